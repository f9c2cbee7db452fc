"""The list of who is still inside, for a roll-call: who may have it, and how much of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from app import clock
from app.access import Permission, Principal
from app.errors import DomainError
from app.fairs.models import Fair
from app.i18n_marks import N_
from app.visitors.gate_facts import GateFacts
from app.visitors.inside import PersonInside, people_inside


class OnlyInAlarm(DomainError):
    code: ClassVar[str] = "only_in_alarm"
    message: ClassVar[str] = N_("Gate staff see who is inside during a fire alarm only. Ask the organiser.")


@dataclass(frozen=True)
class InsideList:
    """`named`: with names, companies and whole numbers, for who sees visitors anyway."""

    people: list[PersonInside]
    named: bool
    at: datetime


def inside_list(fair: Fair, facts: GateFacts, who: Principal, now: datetime) -> InsideList:
    """Everybody who is inside now. Raises OnlyInAlarm for who sees no scans while no alarm is on."""
    if facts.alarm is None and not who.can(Permission.SCANS_SEE):
        raise OnlyInAlarm()
    return InsideList(people_inside(facts, clock.fair_day(fair, now)), who.can(Permission.VISITORS_SEE), now)
