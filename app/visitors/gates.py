"""The gates of a fair: added, named, put in order, retired; never deleted, since scans name them."""

import re
from datetime import datetime
from itertools import count
from typing import Any, ClassVar

from sqlalchemy import select

from app import audit
from app.audit import Actor
from app.db import db
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.models import Fair, Hall
from app.i18n_marks import N_
from app.visitors.models import Gate, VisitorCategory

CODE = re.compile(r"[A-Z0-9-]{1,12}")
NAME_LENGTH = 60
GATES_AT_MOST = 200


class LastGate(DomainError):
    code: ClassVar[str] = "last_gate"
    message: ClassVar[str] = N_("This is the only gate in use: without it nobody could be scanned. Add another first.")


class GateNeeded(DomainError):
    code: ClassVar[str] = "gate_needed"
    message: ClassVar[str] = N_(
        "%(category)s may come in through this gate alone. Give that category another gate first."
    )


def gates_of(fair_id: int) -> list[Gate]:
    """All ways into the fair in their order, the retired last; doors of sessions are none."""
    wanted = (
        select(Gate)
        .where(Gate.fair_id == fair_id, Gate.session_id.is_(None))
        .order_by(Gate.retired_at.is_not(None), Gate.position, Gate.code)
    )
    return list(db.session.scalars(wanted))


def locked_gates(fair_id: int) -> list[Gate]:
    """The gates, and nobody else changes them meanwhile; read anew, in their order."""
    db.session.execute(select(Fair.id).where(Fair.id == fair_id).with_for_update(key_share=True))
    wanted = select(Gate).where(Gate.fair_id == fair_id, Gate.session_id.is_(None)).order_by(Gate.position, Gate.code)
    return list(db.session.scalars(wanted, execution_options={"populate_existing": True}))


def gate_by_code(fair_id: int, code: str) -> Gate:
    """The gate with this code, retired or not; NotFound, also for a session's door."""
    wanted = select(Gate).where(Gate.fair_id == fair_id, Gate.code == code, Gate.session_id.is_(None))
    found = db.session.scalars(wanted).first() if code.isprintable() else None
    if found is None:
        raise NotFound()
    return found


def codes_taken(fair_id: int) -> set[str]:
    """Of gates and of sessions' doors."""
    return set(db.session.scalars(select(Gate.code).where(Gate.fair_id == fair_id)))


def halls_of(fair_id: int) -> list[Hall]:
    return list(db.session.scalars(select(Hall).where(Hall.fair_id == fair_id).order_by(Hall.position, Hall.id)))


def add_gate(actor: Actor, fair: Fair, name: str, name_en: str = "", hall: str = "", code: str = "") -> Gate:
    """A gate after the others. Without a code it gets the next of C1, C2, …; `hall` is a hall's code or empty."""
    gates = locked_gates(fair.id)
    faults, values = _checked(fair.id, name, name_en, hall)
    code, taken = code.strip().upper(), codes_taken(fair.id)
    if code and not CODE.fullmatch(code):
        faults["code"] = N_("A code has 1 to 12 capital letters, digits or hyphens.")
    elif code in taken:
        faults["code"] = N_("Another gate has this code.")
    if len(gates) >= GATES_AT_MOST:
        faults["name"] = N_("A fair has at most 200 gates.")
    if faults:
        raise FieldErrors(faults)
    code = code or next(f"C{n}" for n in count(1) if f"C{n}" not in taken)
    gate = Gate(fair_id=fair.id, code=code, position=max((g.position for g in gates), default=-1) + 1, **values)
    db.session.add(gate)
    db.session.flush()
    audit.record(actor, "gate.added", "gate", gate.id, fair.id, code=code)
    return gate


def change_gate(actor: Actor, fair: Fair, code: str, name: str, name_en: str = "", hall: str = "") -> Gate:
    """Another name or hall; the code stays, since devices and scans know the gate by it."""
    gate = gate_by_code(fair.id, code)
    faults, values = _checked(fair.id, name, name_en, hall)
    if faults:
        raise FieldErrors(faults)
    changed = sorted(field for field, value in values.items() if getattr(gate, field) != value)
    for field in changed:
        setattr(gate, field, values[field])
    if changed:
        audit.record(actor, "gate.changed", "gate", gate.id, fair.id, fields=changed)
    return gate


def order_gates(actor: Actor, fair: Fair, codes: list[str]) -> None:
    """Put the gates in use into this order, as staff choose among them and the board shows them."""
    used = {gate.code: gate for gate in locked_gates(fair.id) if gate.retired_at is None}
    if sorted(codes) != sorted(used):
        raise FieldErrors({"gates": N_("Name every gate in use once, in the order wanted.")})
    if [used[code].position for code in codes] == list(range(len(codes))):
        return
    for position, code in enumerate(codes):
        used[code].position = position
    audit.record(actor, "gates.ordered", "fair", fair.id, fair.id, gates=codes)


def move_gate(actor: Actor, fair: Fair, code: str, up: bool) -> None:
    """One place up or down among the gates in use; at the end nothing happens."""
    codes = [gate.code for gate in locked_gates(fair.id) if gate.retired_at is None]
    if code not in codes:
        raise NotFound()
    at = codes.index(code)
    to = at - 1 if up else at + 1
    if 0 <= to < len(codes):
        codes[at], codes[to] = codes[to], codes[at]
        order_gates(actor, fair, codes)


def retire_gate(actor: Actor, fair: Fair, code: str, at: datetime) -> Gate:
    """Offered no more. What was scanned there stays, and what a device still has to send is taken."""
    gates = locked_gates(fair.id)
    gate = next((one for one in gates if one.code == code), None)
    if gate is None:
        raise NotFound()
    if gate.retired_at is not None:
        return gate
    left = {one.code for one in gates if one.retired_at is None} - {code}
    if not left:
        raise LastGate()
    categories = select(VisitorCategory).where(VisitorCategory.fair_id == fair.id).order_by(VisitorCategory.number)
    for category in db.session.scalars(categories):
        if code in category.gates and not left & set(category.gates):
            raise GateNeeded(category=category.name)
    gate.retired_at = at
    audit.record(actor, "gate.retired", "gate", gate.id, fair.id)
    return gate


def reopen_gate(actor: Actor, fair: Fair, code: str) -> Gate:
    """A retired gate is used again, after the others."""
    gates = locked_gates(fair.id)
    gate = next((one for one in gates if one.code == code), None)
    if gate is None:
        raise NotFound()
    if gate.retired_at is not None:
        gate.retired_at = None
        gate.position = max(one.position for one in gates) + 1
        audit.record(actor, "gate.reopened", "gate", gate.id, fair.id)
    return gate


def _checked(fair_id: int, name: str, name_en: str, hall: str) -> tuple[dict[str, str], dict[str, Any]]:
    faults = {}
    named = {"name": " ".join(name.split()), "name_en": " ".join(name_en.split())}
    if not named["name"]:
        faults["name"] = N_("Give the gate a name that staff and visitors know it by.")
    for field, text in named.items():
        if len(text) > NAME_LENGTH:
            faults[field] = N_("A name has at most 60 characters.")
    hall_id = {one.code: one.id for one in halls_of(fair_id)}.get(hall)
    if hall and hall_id is None:
        faults["hall"] = N_("Choose one of the fair's halls.")
    return faults, named | {"hall_id": hall_id}
