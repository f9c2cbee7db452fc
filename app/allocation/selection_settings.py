"""How windows are set up: what may be asked for, as the columns of a draft, and the windows that come of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app import clock
from app.allocation.selection_models import Basis, Selection
from app.allocation.slots import Hours, TooFewSlots, Window, windows
from app.db import db
from app.errors import FieldErrors
from app.fairs.models import Fair, Zone
from app.i18n_marks import N_

DAYS_AT_MOST = 30
BANDS_AT_MOST = 10
MINUTES = range(5, 481)
PER_SLOT = range(1, 501)
SOURCE_LENGTH = 200
NO_ZONE = N_("This fair has no such zone.")
NO_DAYS = N_("Name 1 to 30 days, each once.")
DAYS_OVER = N_("Choose days that are still to come, and before the fair is over.")
ENDS_FIRST = N_("The hours end before they begin.")
NO_MINUTES = N_("A window lasts from 5 to 480 minutes, and fits into the hours of a day.")
NO_PER_SLOT = N_("From 1 to 500 companies begin together.")
NO_BANDS = N_("Write up to 10 limits, falling: 40, 20, 10.")
BANDS_OF_NONE = N_("Rounds are by points: leave this empty where the whole order is drawn.")
NO_SOURCE = N_("Say in words what the seed will be, in 200 characters at most: nobody may know it yet.")
DRAW_FIRST = N_("The seed is known before the first window begins, and after the list is published.")
GENERAL_FIRST = N_("Booking opens for all when the last window is over, at %(at)s, or later.")
GENERAL_OVER = N_("That time is over. Choose when booking opens for all, later than now.")
TOO_FEW = N_("%(companies)s companies have no window: take %(days)s more days, shorter windows, or more at a time.")


@dataclass(frozen=True)
class Settings:
    """How a round of windows is set up. Days and hours are the fair's; instants are aware."""

    zone_id: int | None
    basis: Basis
    bands: Sequence[int]
    days: Sequence[date]
    from_time: time
    to_time: time
    slot_minutes: int
    per_slot: int
    general_at: datetime
    seed_source: str
    draw_at: datetime


def checked_settings(fair: Fair, settings: Settings, now: datetime) -> dict[str, Any]:
    """The columns of a draft. Raises FieldErrors by the form's names."""
    faults: dict[str, str] = {}
    days = sorted(settings.days)
    zone = db.session.get(Zone, settings.zone_id) if settings.zone_id is not None else None
    if settings.zone_id is not None and (zone is None or zone.fair_id != fair.id):
        faults["zone"] = NO_ZONE
    if not 1 <= len(days) <= DAYS_AT_MOST or len(set(days)) != len(days):
        faults["days"] = NO_DAYS
    elif days[0] < clock.fair_day(fair, now) or days[-1] > fair.ends_on:
        faults["days"] = DAYS_OVER
    if settings.to_time <= settings.from_time:
        faults["to_time"] = ENDS_FIRST
    elif settings.slot_minutes not in MINUTES or settings.slot_minutes > _minutes(settings):
        faults["slot_minutes"] = NO_MINUTES
    if settings.per_slot not in PER_SLOT:
        faults["per_slot"] = NO_PER_SLOT
    bands = list(settings.bands)
    if bands and settings.basis == Basis.DRAW:
        faults["bands"] = BANDS_OF_NONE
    elif len(bands) > BANDS_AT_MOST or bands != sorted(set(bands), reverse=True):
        faults["bands"] = NO_BANDS
    source = " ".join(settings.seed_source.split())
    if not source or len(source) > SOURCE_LENGTH:
        faults["seed_source"] = NO_SOURCE
    if faults:
        raise FieldErrors(faults)
    if settings.draw_at >= datetime.combine(days[0], settings.from_time, ZoneInfo(fair.time_zone)):
        faults["draw"] = DRAW_FIRST
    if settings.general_at <= datetime.combine(days[0], settings.from_time, ZoneInfo(fair.time_zone)):
        at = clock.stamp(fair, datetime.combine(days[-1], settings.to_time, ZoneInfo(fair.time_zone)))
        raise FieldErrors(faults | {"general": GENERAL_FIRST}, at=at)
    if settings.general_at <= now:  # a draft that follows a draw binds: booking would open for all without a word
        faults["general"] = GENERAL_OVER
    if faults:
        raise FieldErrors(faults)
    return {
        "zone_id": settings.zone_id, "basis": settings.basis.value, "bands": bands,
        "days": [day.isoformat() for day in days], "from_time": settings.from_time, "to_time": settings.to_time,
        "slot_minutes": settings.slot_minutes, "per_slot": settings.per_slot, "general_at": settings.general_at,
        "seed_source": source, "draw_at": settings.draw_at,
    }  # fmt: skip


def _minutes(settings: Settings) -> int:
    day = date(2000, 1, 1)
    hours = datetime.combine(day, settings.to_time) - datetime.combine(day, settings.from_time)
    return int(hours / timedelta(minutes=1))


def windows_of(fair: Fair, selection: Selection, points: Sequence[int]) -> list[Window]:
    """Raises FieldErrors (`days`)."""
    days = [date.fromisoformat(day) for day in selection.days]
    hours = Hours(days, selection.from_time, selection.to_time, ZoneInfo(fair.time_zone))
    try:
        return windows(points, selection.bands, hours, selection.slot_minutes, selection.per_slot)
    except TooFewSlots as lacking:
        raise FieldErrors({"days": TOO_FEW}, companies=lacking.companies, days=lacking.days) from None


def refuse_times(fair: Fair, selection: Selection, given: Sequence[Window], now: datetime) -> None:
    """The list comes before the seed, the seed before the first window, and all windows before booking for all."""
    if not now < selection.draw_at < given[0][0]:
        raise FieldErrors({"draw": DRAW_FIRST})
    last = given[-1][1]
    if selection.general_at < last:
        raise FieldErrors({"general": GENERAL_FIRST}, at=clock.stamp(fair, last))
