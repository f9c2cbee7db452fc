"""The fire alarm: everybody leaves, every gate scans out. Callers open the transaction."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from app.audit import Actor, record
from app.db import db
from app.fairs.models import Fair
from app.formats import local_name
from app.live import publish
from app.visitors.gate_facts import Alarm
from app.visitors.models import FireAlarm

DAY_AT_THE_GATE = timedelta(hours=12)  # who was not heard of for longer is not at work


def raise_alarm(actor: Actor, fair: Fair, at: datetime) -> tuple[FireAlarm, bool]:
    """The alarm that is on, and whether this call raised it: a second press finds the first one's.

    Two at once meet at the unique key of open alarms; whoever was later is run again by `retrying` and finds it.
    """
    found = open_alarm(fair.id)
    if found is not None:
        return found, False
    made = db.session.scalars(insert(FireAlarm).returning(FireAlarm), [{"fair_id": fair.id, "raised_at": at}]).one()
    record(actor, "alarm.raised", "alarm", made.id, fair.id)
    _tell(fair, made, at)
    return made, True


def end_alarm(actor: Actor, fair: Fair, alarm_id: int, at: datetime) -> bool:
    """End that alarm, not one that was raised since; whether it was still on."""
    wanted = update(FireAlarm).where(
        FireAlarm.fair_id == fair.id, FireAlarm.id == alarm_id, FireAlarm.ended_at.is_(None)
    )
    ended = db.session.execute(wanted.values(ended_at=at)).rowcount == 1  # type: ignore[attr-defined]
    if ended:
        record(actor, "alarm.ended", "alarm", alarm_id, fair.id)
        _tell(fair, None, at)
    return ended


def open_alarm(fair_id: int) -> FireAlarm | None:
    return db.session.scalars(
        select(FireAlarm).where(FireAlarm.fair_id == fair_id, FireAlarm.ended_at.is_(None))
    ).first()


def scanning_out(devices: Iterable[Any], alarm: Alarm | None, now: datetime) -> tuple[list[str], list[str]]:
    """Names of the day's devices that scan out for the alarm, and of those that have not said so."""
    heard: list[str] = []
    silent: list[str] = []
    for device, gate, _version in devices:
        if alarm is not None and now - device.last_seen_at < DAY_AT_THE_GATE:
            name = " · ".join(
                part for part in (device.name or device.key[:8], local_name(gate) if gate else "") if part
            )
            (heard if device.alarm_id == alarm.id else silent).append(name)
    return heard, silent


def _tell(fair: Fair, alarm: FireAlarm | None, at: datetime) -> None:
    """What gates need, in the event itself: they turn before they have asked for anything."""
    shown = {"id": alarm.id, "raised_at": alarm.raised_at.isoformat()} if alarm else None
    publish(fair.id, "alarm", {"alarm": shown, "at": at.isoformat()})
