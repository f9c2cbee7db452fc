"""Booths held back for a group until a day: nobody else books them until then, and then they are everybody's.

The day stands with the booth as an instant, which the guard of every claim reads (app/booths/claims.py): no sweep.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, update

from app import clock
from app.audit import Actor, record
from app.booths.claims import tell_of_new_plan
from app.booths.errors import UnknownBooth
from app.booths.floorplan import on_plan
from app.booths.group_models import PriceGroup
from app.booths.groups import lock_group
from app.booths.models import Booth, BoothState
from app.db import db
from app.errors import FieldErrors, NotFound
from app.fairs.models import Fair, Zone
from app.i18n_marks import N_

NO_BOOTHS = N_("Write at least one booth's number, or choose a zone.")
ONE_OF_BOTH = N_("Write booths' numbers or choose a zone, not both.")
NOTHING_THERE = N_("This zone has no booth that can be let.")
OVER = N_("Choose a day from today to the fair's last one, %(day)s.")
OTHERS = N_("%(booths)s is held back for another group already. Let it go there first.")
NOT_LET = N_("%(booths)s is a theme show: it is let to nobody.")


def held_back_for(group: PriceGroup, now: datetime) -> list[Booth]:
    """The booths that are held back for a group, by number."""
    found = select(Booth).where(
        Booth.fair_id == group.fair_id,
        on_plan(),
        Booth.held_back_group_id == group.id,
        Booth.held_back_until > now,
    )
    return list(db.session.scalars(found.order_by(Booth.number)))


def hold_back(
    actor: Actor, fair: Fair, group_id: int, numbers: Iterable[str], zone_id: int | None, until_on: date, now: datetime
) -> list[str]:
    """Hold booths back, by number or all of a zone, until the end of a day; those of the group get the new day.

    Who has one by now keeps it: the group comes before others once it is free again. Answers the numbers.
    Raises FieldErrors (`booths`, `zone`, `until_on`), UnknownBooth, NotFound.
    """
    wanted = sorted({number.strip() for number in numbers} - {""})
    if bool(wanted) == (zone_id is not None):
        raise FieldErrors({"booths": ONE_OF_BOTH if wanted else NO_BOOTHS})
    if not clock.fair_day(fair, now) <= until_on <= fair.ends_on:
        raise FieldErrors({"until_on": OVER}, day=f"{fair.ends_on:%d.%m.%Y}")
    group = lock_group(fair, group_id)
    booths = _in_zone(fair, zone_id) if zone_id is not None else _named(fair, wanted)
    until = end_of_day(fair, until_on)
    ids = [booth.id for booth in booths]
    free_of_others = or_(
        Booth.held_back_group_id.is_(None), Booth.held_back_until <= now, Booth.held_back_group_id == group.id
    )
    done = db.session.scalars(
        update(Booth)
        .where(Booth.id.in_(select(Booth.id).where(Booth.id.in_(ids)).order_by(Booth.id).with_for_update()))
        .where(free_of_others)
        .values(held_back_group_id=group.id, held_back_until=until, changed_at=now)
        .returning(Booth.id)
        .execution_options(synchronize_session=False)
    ).all()
    if len(done) != len(ids):
        of_others = sorted(booth.number for booth in booths if booth.id not in set(done))
        raise FieldErrors({"zone" if zone_id is not None else "booths": OTHERS}, booths=", ".join(of_others))
    kept = sorted(booth.number for booth in booths)
    tell_of_new_plan(fair.id)
    record(actor, "group.held_back", "group", group.id, fair.id, booths=kept, until_on=until_on.isoformat())
    return kept


def let_go(actor: Actor, fair: Fair, group_id: int, numbers: Collection[str] | None, now: datetime) -> list[str]:
    """These booths are everybody's again, or all of the group's (None). Repeated, nothing more happens."""
    group = lock_group(fair, group_id)
    mine = [Booth.fair_id == fair.id, Booth.held_back_group_id == group.id]
    if numbers is not None:
        mine.append(Booth.number.in_(numbers))
    freed = sorted(
        db.session.scalars(
            update(Booth)
            .where(*mine)
            .values(held_back_group_id=None, held_back_until=None, changed_at=now)
            .returning(Booth.number)
            .execution_options(synchronize_session=False)
        )
    )
    if freed:
        tell_of_new_plan(fair.id)
        record(actor, "group.let_go", "group", group.id, fair.id, booths=freed)
    return freed


def end_of_day(fair: Fair, day: date) -> datetime:
    """Midnight after it at the fair."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(fair.time_zone)).astimezone(clock.UTC)


def _named(fair: Fair, numbers: list[str]) -> list[Booth]:
    lower = {number.lower(): number for number in numbers}
    found = list(db.session.scalars(select(Booth).where(Booth.fair_id == fair.id, on_plan())))
    booths = [booth for booth in found if booth.number.lower() in lower]
    unknown = sorted(lower[number] for number in lower.keys() - {booth.number.lower() for booth in booths})
    if unknown:
        raise UnknownBooth(booths=unknown)
    shows = sorted(booth.number for booth in booths if booth.state == BoothState.SHOW)
    if shows:
        raise FieldErrors({"booths": NOT_LET}, booths=", ".join(shows))
    return booths


def _in_zone(fair: Fair, zone_id: int) -> list[Booth]:
    zone = db.session.get(Zone, zone_id)
    if zone is None or zone.fair_id != fair.id:
        raise NotFound()
    found = select(Booth).where(
        Booth.fair_id == fair.id, Booth.zone_id == zone.id, on_plan(), Booth.state != BoothState.SHOW
    )
    booths = list(db.session.scalars(found))
    if not booths:
        raise FieldErrors({"zone": NOTHING_THERE})
    return booths
