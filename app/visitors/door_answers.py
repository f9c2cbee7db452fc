"""What a fair must know of a person at the door: read from a scan, kept where the registration says nothing yet."""

import re
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from app.audit import Actor, AuditEntry, entry_of
from app.fairs.countries import countries
from app.fairs.models import Buyer
from app.search import fold
from app.visitors.checkin import ASKED_AT_DOOR
from app.visitors.models import Registration

LONGEST = {"company": 200, "country": 2, "phone": 40}
FEE_KNOWN = 1
_KNOWN = {name: 2 << n for n, name in enumerate(ASKED_AT_DOOR)}
_PERSON, _BUYER = Registration.__table__.c, Buyer.__table__.c


def read_answers(raw: Any) -> dict[str, str] | None:
    """The answers of a scan, tidied, empty ones left out; None for what is no answer to what a door asks."""
    if not isinstance(raw, dict) or not set(raw) <= set(ASKED_AT_DOOR):
        return None
    read = {}
    for name, said in raw.items():
        if not isinstance(said, str):
            return None
        text = " ".join(said.encode("utf-8", "ignore").decode().replace("\0", "").split())
        if len(text) > LONGEST[name] or not _fits(name, text):
            return None
        if text:
            read[name] = text
    return read


def knows(person: Any) -> int:
    """What is known of a person as devices are told it, in bits: 1 the fee, 2 company, 4 country, 8 phone."""
    fee = FEE_KNOWN if person.fee_received_at is not None else 0
    return fee + sum(bit for name, bit in _KNOWN.items() if getattr(person, name))


def lacks(person: Any) -> tuple[str, ...]:
    """Of what doors ask, what is not known of a person."""
    return tuple(name for name in ASKED_AT_DOOR if not getattr(person, name))


def keep_answers(
    connection: Connection, fair_id: int, registration_id: int, answers: dict[str, str], scan_id: str, actor: Actor,
    at: datetime,
) -> None:  # fmt: skip
    """Fill what is empty, never what somebody has typed meanwhile; the log says which was which.

    The caller holds the person's row, so what is read here is what is written over.
    """
    wanted = select(_PERSON.name, *(_PERSON[name] for name in ASKED_AT_DOOR)).where(_PERSON.id == registration_id)
    person = connection.execute(wanted).one()
    fresh = {name: said for name, said in answers.items() if not getattr(person, name)}
    if fresh:
        company = fresh.get("company", person.company)
        folded = {"folded": fold(f"{person.name} {company}")[:400]} if "company" in fresh else {}
        guards = [_PERSON[name] == "" for name in fresh]
        row = update(Registration.__table__).where(_PERSON.id == registration_id, *guards)
        connection.execute(row.values(**fresh, **folded, gate_changed_at=at))
        for name, said in fresh.items():
            buyer = update(Buyer.__table__).where(
                _BUYER.fair_id == fair_id, _BUYER.registration_id == registration_id, _BUYER[name] == ""
            )
            connection.execute(buyer.values(**{name: said}, **(folded if name == "company" else {})))
    entry = entry_of(
        actor, "visitor.answered_at_door", "registration", registration_id, fair_id,
        scan=scan_id, kept=sorted(fresh), known=sorted(set(answers) - set(fresh)),
    )  # fmt: skip
    connection.execute(insert(AuditEntry.__table__), entry)


def _fits(name: str, text: str) -> bool:
    if name == "country":
        return not text or text in dict(countries("en"))
    return name != "phone" or re.fullmatch(r"[0-9+ ().-]*", text) is not None
