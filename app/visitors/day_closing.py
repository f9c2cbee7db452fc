"""A fair day's counts are closed by a person, who answers for what a device may still hold.

Closing refuses nothing: a scan that arrives later is kept and counted by its own time like every other. It says what
was known when somebody put their name to the day's figures, and shows from then on what came after.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select, update
from sqlalchemy.exc import IntegrityError

from app import clock
from app.audit import Actor, AuditEntry, record
from app.db import db
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.models import Fair
from app.i18n_marks import N_
from app.visitors.day_models import DayClosing
from app.visitors.models import Device, Gate, Scan, Visit
from app.visitors.passages import doubled, is_entry

SILENT_AFTER = timedelta(minutes=2)  # a gate that is open reports every 15 s
REASON_AT_MOST = 500


class DayNotClosed(DomainError):
    code: ClassVar[str] = "day_not_closed"
    message: ClassVar[str] = N_("%(day)s is open. Load the page again.")


class DayClosedAlready(DomainError):
    code: ClassVar[str] = "day_closed"
    message: ClassVar[str] = N_("%(day)s is closed already. Load the page again to see by whom.")


class ScansUnsent(DomainError):
    """`devices`: the keys of those that nobody has accepted yet."""

    code: ClassVar[str] = "scans_unsent"
    extra: ClassVar[tuple[str, ...]] = ("devices",)
    message: ClassVar[str] = N_(
        "These devices may still hold scans of the day: %(names)s. Bring them to a network, or accept what is missing."
    )


DAY_TO_COME = N_("This day has not begun: it can be closed on its evening.")
WHY = N_("Say why the day is closed without them: whoever reads the figures asks.")
WHY_AGAIN = N_("Say why the day is opened again.")


@dataclass(frozen=True)
class Unsure:
    """A device that may hold scans of the day. `unsent`: as it last said; 0 where it only fell silent."""

    key: str
    name: str
    gate: str
    gate_en: str
    last_seen_at: datetime
    unsent: int


@dataclass(frozen=True)
class DayCounts:
    visits: int
    entries: int
    doubles: int
    scans: int


@dataclass(frozen=True)
class AfterClosing:
    """What the day has more than its closing counted: scans, and entries that stand, below 0 if some went."""

    scans: int
    entries: int


def day_named(fair: Fair, text: str) -> date:
    """A day of the fair, from an address. Raises NotFound."""
    day = next((day for day in clock.fair_days(fair) if day.isoformat() == text), None)
    if day is None:
        raise NotFound()
    return day


def unsure_devices(fair: Fair, day: date, now: datetime) -> list[Unsure]:
    """Who said that it holds scans and was not heard since, and who fell silent before the gates closed.

    A device whose loss was accepted with an earlier day, and which has said nothing since, is not asked about again.
    """
    begins, ends = _span(fair, day)
    silent_before = min(now - SILENT_AFTER, ends)
    found = db.session.execute(
        select(Device, Gate).outerjoin(Gate, Gate.id == Device.gate_id).where(Device.fair_id == fair.id)
        .where((Device.unsent > 0) | ((Device.last_seen_at >= begins) & (Device.last_seen_at < silent_before)))
        .order_by(Device.last_seen_at, Device.id)
    )  # fmt: skip
    accepted = {(one["key"], one["last_seen_at"]) for one in _accepted_before(fair, day)}
    return [
        Unsure(d.key, d.name, gate.name if gate else "", gate.name_en if gate else "", d.last_seen_at, d.unsent)
        for d, gate in found
        if (d.key, d.last_seen_at.isoformat()) not in accepted
    ]


def counts_of(fair: Fair, day: date) -> DayCounts:
    """One statement counts visits and scans: what is kept meanwhile is in both or in neither."""
    visits = select(func.count()).select_from(Visit).where(Visit.fair_id == fair.id, Visit.day == day)
    entries = func.coalesce(func.sum(case((is_entry(), 1), else_=0)), 0)
    scans = select(visits.scalar_subquery(), entries, func.count()).where(Scan.fair_id == fair.id, Scan.day == day)
    found = db.session.execute(scans).one()
    return DayCounts(found[0], int(found[1]), len(doubled(fair, day)), found[2])


def closing_of(fair: Fair, day: date) -> DayClosing | None:
    """The one that stands."""
    return db.session.scalars(
        select(DayClosing).where(DayClosing.fair_id == fair.id, DayClosing.day == day, DayClosing.reopened_at.is_(None))
    ).first()


def closings_of(fair: Fair) -> dict[date, DayClosing]:
    standing = select(DayClosing).where(DayClosing.fair_id == fair.id, DayClosing.reopened_at.is_(None))
    return {one.day: one for one in db.session.scalars(standing)}


def reopenings_of(fair: Fair, day: date) -> list[DayClosing]:
    """Earlier closings of the day that somebody took back, the last first."""
    past = select(DayClosing).where(
        DayClosing.fair_id == fair.id, DayClosing.day == day, DayClosing.reopened_at.is_not(None)
    )
    return list(db.session.scalars(past.order_by(DayClosing.id.desc())))


def after_closing(fair: Fair, closing: DayClosing, now: DayCounts) -> AfterClosing:
    """By what the closing counted: a scan that was on its way when the day was closed came after, too."""
    log = select(AuditEntry.details).where(
        AuditEntry.fair_id == fair.id, AuditEntry.subject_kind == "fair", AuditEntry.subject_id == str(fair.id),
        AuditEntry.action == "day.closed", AuditEntry.at >= closing.closed_at,
    )  # fmt: skip
    told = [one for one in db.session.scalars(log.order_by(AuditEntry.id)) if one.get("closing") == closing.id]
    if told:
        return AfterClosing(max(0, now.scans - told[-1]["scans"]), now.entries - closing.entries)
    late = (Scan.fair_id == fair.id, Scan.day == closing.day, Scan.received_at > closing.closed_at)
    scans = db.session.scalar(select(func.count()).select_from(Scan).where(*late)) or 0
    return AfterClosing(scans, now.entries - closing.entries)


def accepted_of(closing: DayClosing) -> list[Unsure]:
    """The devices as they were when somebody accepted what they might still hold."""
    return [Unsure(**one | {"last_seen_at": datetime.fromisoformat(one["last_seen_at"])}) for one in closing.accepted]


def close_day(actor: Actor, fair: Fair, day: date, accepts: Collection[str], reason: str, now: datetime) -> DayClosing:
    """Put a name to the counts of a day of the fair. `accepts`: keys of the devices whose missing scans are accepted.

    Raises DayClosedAlready, ScansUnsent, FieldErrors (`day`, `reason`).
    """
    if day > clock.fair_day(fair, now):
        raise FieldErrors({"day": DAY_TO_COME})
    if closing_of(fair, day) is not None:
        raise DayClosedAlready(day=written(day))
    unsure, reason = unsure_devices(fair, day, now), reason.strip()[:REASON_AT_MOST]
    open_ones = [one for one in unsure if one.key not in accepts]
    if open_ones:
        names = [one.name or one.key[:8] for one in open_ones]
        raise ScansUnsent(names=names, devices=[one.key for one in open_ones])
    if unsure and not reason:
        raise FieldErrors({"reason": WHY})
    counted = counts_of(fair, day)
    closing = DayClosing(
        fair_id=fair.id, day=day, closed_at=now, closed_by=actor.name, actor=actor.key,
        accepted=[
            {"key": one.key, "name": one.name, "gate": one.gate, "last_seen_at": one.last_seen_at.isoformat(),
             "unsent": one.unsent, "gate_en": one.gate_en} for one in unsure
        ],
        reason=reason if unsure else "", visits=counted.visits, entries=counted.entries, doubles=counted.doubles,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(closing)
    except IntegrityError:
        raise DayClosedAlready(day=written(day)) from None
    record(
        actor, "day.closed", "fair", fair.id, fair.id, day=day.isoformat(), closing=closing.id, visits=counted.visits,
        entries=counted.entries, scans=counted.scans, accepted=[one.key for one in unsure],
    )  # fmt: skip
    return closing


def reopen_day(actor: Actor, fair: Fair, day: date, reason: str, now: datetime) -> None:
    """Take a closing back, with the reason. Raises DayNotClosed, FieldErrors (`reason`)."""
    reason = reason.strip()[:REASON_AT_MOST]
    if not reason:
        raise FieldErrors({"reason": WHY_AGAIN})
    taken = db.session.execute(
        update(DayClosing)
        .where(DayClosing.fair_id == fair.id, DayClosing.day == day, DayClosing.reopened_at.is_(None))
        .values(reopened_at=now, reopened_why=reason)
        .execution_options(synchronize_session=False)
    )
    if not taken.rowcount:  # type: ignore[attr-defined]
        raise DayNotClosed(day=written(day))
    record(actor, "day.reopened", "fair", fair.id, fair.id, day=day.isoformat())


def written(day: date) -> str:
    return f"{day:%d.%m.%Y}"


def _accepted_before(fair: Fair, day: date) -> list[Any]:
    earlier = select(DayClosing.accepted).where(
        DayClosing.fair_id == fair.id, DayClosing.day < day, DayClosing.reopened_at.is_(None)
    )
    return [one for accepted in db.session.scalars(earlier) for one in accepted]


def _span(fair: Fair, day: date) -> tuple[datetime, datetime]:
    """Midnight of the day, and when its gates close."""
    zone = ZoneInfo(fair.time_zone)
    begins = datetime.combine(day, datetime.min.time(), zone)
    return begins.astimezone(UTC), datetime.combine(day, fair.closes_at_time, zone).astimezone(UTC)
