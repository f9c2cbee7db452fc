"""What each category of visitor may do at the gates: its hours, gates, halls, fee, and what the door asks of it."""

import re
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sqlalchemy import select

from app import audit, clock
from app.audit import Actor
from app.db import db
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.models import Fair
from app.i18n_marks import N_
from app.visitors.checkin import ASKED_AT_DOOR
from app.visitors.gates import NAME_LENGTH, gates_of, halls_of, locked_gates
from app.visitors.models import VisitorCategory

MINUTE = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
BOTH_TIMES = N_("Give both times, or leave both empty for the whole day.")
FROM_FIRST = N_("The hours end before they begin.")
NO_TIME = N_("Write a time, 08:30 for instance.")
NO_DAY = N_("The fair has no such day.")


class HallOfCategory(DomainError):
    code: ClassVar[str] = "hall_of_category"
    message: ClassVar[str] = N_(
        "%(category)s may come into hall %(hall)s alone. Give that category another hall or gate first."
    )


@dataclass(frozen=True)
class CategoryRules:
    """`hours`: (from, to) by the day of the fair, 0 is its first; a day that is left out is open whole."""

    name: str
    name_en: str = ""
    hours: dict[int, tuple[str, str]] = field(default_factory=dict)
    gates: tuple[str, ...] = ()
    halls: tuple[str, ...] = ()
    has_fee: bool = False
    asks: tuple[str, ...] = ()


def category_by_code(fair_id: int, code: str) -> VisitorCategory:
    """The category with this code; NotFound."""
    wanted = select(VisitorCategory).where(VisitorCategory.fair_id == fair_id, VisitorCategory.code == code)
    found = db.session.scalars(wanted).first() if code.isprintable() else None
    if found is None:
        raise NotFound()
    return found


def change_category(actor: Actor, fair: Fair, code: str, rules: CategoryRules) -> VisitorCategory:
    """Set what the gates ask of a category; devices have it with their next snapshot. Raises FieldErrors."""
    locked_gates(fair.id)  # none is retired while a category is given it alone
    category = category_by_code(fair.id, code)
    if faults := category_faults(fair, rules):
        raise FieldErrors(faults)
    values: dict[str, Any] = {
        "name": " ".join(rules.name.split()),
        "name_en": " ".join(rules.name_en.split()),
        "hours": {str(day): list(span) for day, span in sorted(rules.hours.items())},
        "gates": [gate.code for gate in gates_of(fair.id) if gate.code in rules.gates],
        "halls": [hall.code for hall in halls_of(fair.id) if hall.code in rules.halls],
        "has_fee": rules.has_fee,
        "asks": [name for name in ASKED_AT_DOOR if name in rules.asks],
    }
    changed = sorted(name for name, value in values.items() if getattr(category, name) != value)
    for name in changed:
        setattr(category, name, values[name])
    if changed:
        audit.record(actor, "category.changed", "visitor_category", category.id, fair.id, fields=changed)
    return category


def forget_places(fair_id: int, hall: str, gates: set[str]) -> None:
    """A hall leaves the plan, and gates with it. Raises HallOfCategory where a category would be let in everywhere."""
    for category in db.session.scalars(select(VisitorCategory).where(VisitorCategory.fair_id == fair_id)):
        for name, gone in (("halls", {hall}), ("gates", gates)):
            had = getattr(category, name)
            left = [code for code in had if code not in gone]
            if had and not left:
                raise HallOfCategory(category=category.name, hall=hall)
            if left != had:
                setattr(category, name, left)


def category_faults(fair: Fair, rules: CategoryRules) -> dict[str, str]:
    """What is wrong, by field; of hours under `from_0`, `to_0` and so on, by the day."""
    faults = {}
    if not rules.name.strip():
        faults["name"] = N_("Give the category a name: it stands on badges.")
    for name, text in (("name", rules.name), ("name_en", rules.name_en)):
        if len(" ".join(text.split())) > NAME_LENGTH:
            faults[name] = N_("A name has at most 60 characters.")
    days = len(clock.fair_days(fair))
    for day, (begins, ends) in rules.hours.items():
        if not 0 <= day < days:
            faults["hours"] = NO_DAY
        elif not begins or not ends:
            faults[f"to_{day}" if begins else f"from_{day}"] = BOTH_TIMES
        elif not MINUTE.fullmatch(begins) or not MINUTE.fullmatch(ends):
            faults[f"from_{day}"] = NO_TIME
        elif begins >= ends:
            faults[f"to_{day}"] = FROM_FIRST
    gates = gates_of(fair.id)
    if set(rules.gates) - {gate.code for gate in gates}:
        faults["gates"] = N_("There is no gate with this code.")
    elif rules.gates and not any(gate.retired_at is None and gate.code in rules.gates for gate in gates):
        faults["gates"] = N_("These gates are all retired. Choose one that is in use, or none for every gate.")
    if set(rules.halls) - {hall.code for hall in halls_of(fair.id)}:
        faults["halls"] = N_("Choose one of the fair's halls.")
    if set(rules.asks) - set(ASKED_AT_DOOR):
        faults["asks"] = N_("A door asks for company, country or phone.")
    return faults
