"""Windows in which exhibitors choose booths one after the other: set up, fixed, drawn, replaced, called off.

The list is fixed and published with its digest before anybody can know the seed; the seed gives the order; nothing is
changed afterwards but by a new draw that stands beside the old one. Every verb locks the fair's row first, so two of
them never cross. Callers open the transaction.
"""

import re
from collections import Counter
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import delete, func, select, update

from app import clock
from app.allocation import selection_letters as letters
from app.allocation.points import Score
from app.allocation.points_record import companies, scores
from app.allocation.selection_errors import (
    NothingToDraw,
    SeedDiffers,
    SeedTooEarly,
    SeedTooLate,
    SelectionChanged,
    SelectionFixed,
    SelectionOver,
    SelectionStands,
)
from app.allocation.selection_models import Basis, Selection, SelectionEntry, SelectionState
from app.allocation.selection_settings import Settings, checked_settings, refuse_times, windows_of
from app.allocation.slots import Window, digest_of, in_order, list_file
from app.audit import Actor, record
from app.booths.claims import tell_of_new_plan
from app.db import db
from app.errors import FieldErrors, NotFound
from app.fairs.models import Exhibitor, Fair
from app.i18n_marks import N_

REASON_LENGTH = 300
SEED = re.compile(r"[0-9A-Za-z][0-9A-Za-z .,:_-]{3,99}")
NOBODY = N_("No company takes part yet: nobody is registered with a contract of its own.")
NO_SEED = N_(
    "Write 4 to 100 letters without accents, digits, spaces, points or hyphens, as anybody can type them again."
)
NO_REASON = N_("Say why: everybody reads it beside the draw.")
LONG_REASON = N_("Shorten the reason to 300 characters.")


@dataclass(frozen=True)
class Placed:
    """A company in the order, as far as it is known: the draw gives it a place from `place` to `last`."""

    exhibitor: Exhibitor
    score: Score
    place: int
    last: int
    window: Window  # of its line: the draw decides who of those that tie gets it


def add_selection(actor: Actor, fair: Fair, settings: Settings, now: datetime) -> Selection:
    """Set windows up as a draft that nobody else sees. Raises FieldErrors, SelectionStands."""
    _lock(fair)
    values = checked_settings(fair, settings, now)
    scope = settings.zone_id or 0
    live = select(Selection.id).where(
        Selection.fair_id == fair.id, Selection.scope == scope, Selection.ended_at.is_(None)
    )
    if db.session.scalar(live) is not None:
        raise SelectionStands()
    made = Selection(fair_id=fair.id, number=_next_number(fair.id), scope=scope, created_at=now, **values)
    db.session.add(made)
    db.session.flush()
    record(actor, "selection.added", "selection", made.number, fair.id)
    return made


def change_selection(actor: Actor, fair: Fair, number: int, settings: Settings, seen: int, now: datetime) -> Selection:
    """Change a draft over the revision seen. Raises FieldErrors, SelectionFixed, SelectionChanged, NotFound."""
    _lock(fair)
    found = one_selection(fair.id, number)
    if found.state != SelectionState.DRAFT:
        raise SelectionFixed()
    if found.revision != seen:
        raise SelectionChanged()
    values = checked_settings(fair, settings, now)
    if (settings.zone_id or 0) != found.scope:
        raise FieldErrors({"zone": SelectionStands.message})
    changed = sorted(name for name, value in values.items() if getattr(found, name) != value)
    for name in changed:
        setattr(found, name, values[name])
    if changed:
        found.revision += 1
        db.session.flush()
        _keep_until(fair)
        record(actor, "selection.changed", "selection", number, fair.id, fields=changed)
    return found


def preview(fair: Fair, selection: Selection, now: datetime) -> list[Placed]:
    """The order and the windows as they would be now, ties unresolved. Raises FieldErrors (`days`)."""
    found = scores(fair, now)
    if selection.basis == Basis.DRAW:
        found = dict.fromkeys(found, score_of_none())
    points = {whose: one.points for whose, one in found.items()}
    ranked = sorted(points, key=lambda whose: (-points[whose], whose))
    given = windows_of(fair, selection, [points[whose] for whose in ranked])
    falling = [points[whose] for whose in ranked]
    first = {one: falling.index(one) + 1 for one in set(falling)}
    alike = Counter(falling)
    known = {one.id: one for one in companies(fair.id)}
    return [
        Placed(known[whose], found[whose], first[one], first[one] + alike[one] - 1, window)
        for whose, one, window in zip(ranked, falling, given, strict=True)
        if whose in known
    ]


def fix_list(actor: Actor, fair: Fair, number: int, seen: int, now: datetime) -> Selection:
    """Publish who takes part with how many points, and the digest of that list: from here on nothing changes.

    Nobody books before its window from this moment on. Without a tie the order follows at once. The same again does
    nothing. Raises FieldErrors (`days`, `general`, `draw`), SelectionChanged, SelectionOver, NotFound.
    """
    _lock(fair)
    found = one_selection(fair.id, number)
    if found.ended_at is not None:
        raise SelectionOver()
    if found.state != SelectionState.DRAFT:
        return found
    if found.revision != seen:
        raise SelectionChanged()
    drawn = found.basis == Basis.DRAW
    counted = {whose: score_of_none() if drawn else one for whose, one in scores(fair, now).items()}
    if not counted:
        raise FieldErrors({"days": NOBODY})
    points = {whose: one.points for whose, one in counted.items()}
    given = windows_of(fair, found, sorted(points.values(), reverse=True))
    refuse_times(fair, found, given, now)
    text = list_file(points)
    db.session.add_all(
        SelectionEntry(
            fair_id=fair.id, selection_id=found.id, exhibitor_id=whose, points=one.points,
            explained=[line.kept() for line in one.lines],
        )
        for whose, one in counted.items()
    )  # fmt: skip
    found.state, found.fixed_at, found.binds = SelectionState.FIXED.value, now, True
    found.list_text, found.digest = text, digest_of(text)
    db.session.flush()
    _keep_until(fair)
    record(actor, "selection.fixed", "selection", number, fair.id, companies=len(points), digest=found.digest)
    if len(set(points.values())) == len(points):
        _give_windows(actor, fair, found, "", now)
    return found


def draw(actor: Actor, fair: Fair, number: int, seed: str, now: datetime) -> Selection:
    """Publish the seed; the order and the windows follow from it, and every company is told its own.

    The same seed again does nothing. Raises FieldErrors (`seed`), NothingToDraw, SeedTooEarly, SeedTooLate,
    SeedDiffers, SelectionOver, NotFound.
    """
    seed = " ".join(seed.split())
    if not SEED.fullmatch(seed):
        raise FieldErrors({"seed": NO_SEED})
    _lock(fair)
    found = one_selection(fair.id, number)
    if found.ended_at is not None:
        raise SelectionOver()
    if found.state == SelectionState.DRAWN:
        if found.seed != seed:
            raise SeedDiffers(seed=found.seed or "–")
        return found
    if found.state != SelectionState.FIXED:
        raise NothingToDraw()
    if now < found.draw_at:
        raise SeedTooEarly(at=clock.stamp(fair, found.draw_at))
    _give_windows(actor, fair, found, seed, now)
    return found


def renew(actor: Actor, fair: Fair, number: int, reason: str, now: datetime) -> Selection:
    """Replace what was published by a new draw, as a draft with the same settings; the old one stays to be read.

    Nobody books outside the turns meanwhile. Repeated, it answers the new one. Raises FieldErrors (`reason`),
    SelectionOver, NotFound.
    """
    why = _reason(reason)
    _lock(fair)
    found = one_selection(fair.id, number)
    after = db.session.scalar(select(Selection).where(Selection.fair_id == fair.id, Selection.follows_id == found.id))
    if after is not None:
        return after
    if found.ended_at is not None or found.state == SelectionState.DRAFT or found.general_at <= now:
        raise SelectionOver()
    _end(fair, found, SelectionState.REPLACED, why, now)
    same = {name: getattr(found, name) for name in (one.name for one in fields(Settings))}
    made = Selection(
        fair_id=fair.id, number=_next_number(fair.id), scope=found.scope, binds=True, created_at=now,
        follows_id=found.id, **same,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    _keep_until(fair)
    record(actor, "selection.replaced", "selection", number, fair.id, by=made.number)
    return made


def call_off(actor: Actor, fair: Fair, number: int, reason: str, now: datetime) -> None:
    """Let all book as without windows. A draft that nobody saw is deleted, without a reason; repeated: nothing.

    Raises FieldErrors (`reason`), SelectionOver, NotFound.
    """
    _lock(fair)
    found = one_selection(fair.id, number)
    if found.state == SelectionState.CALLED_OFF:
        return
    if found.ended_at is not None:
        raise SelectionOver()
    if not found.binds:
        db.session.execute(delete(Selection).where(Selection.id == found.id, Selection.binds.is_(False)))
        db.session.expunge(found)
        record(actor, "selection.deleted", "selection", number, fair.id)
        return
    _end(fair, found, SelectionState.CALLED_OFF, _reason(reason), now)
    _keep_until(fair)
    record(actor, "selection.called_off", "selection", number, fair.id)


def one_selection(fair_id: int, number: int) -> Selection:
    """Raises NotFound."""
    found = db.session.scalar(
        select(Selection).where(Selection.fair_id == fair_id, Selection.number == number),
        execution_options={"populate_existing": True},
    )
    if found is None:
        raise NotFound()
    return found


def score_of_none() -> Score:
    """Where the whole order is drawn points do not count, and all tie."""
    return Score(0, [])


def _lock(fair: Fair) -> None:
    db.session.execute(select(Fair.id).where(Fair.id == fair.id).with_for_update(of=Fair))


def _next_number(fair_id: int) -> int:
    return (db.session.scalar(select(func.max(Selection.number)).where(Selection.fair_id == fair_id)) or 0) + 1


def _give_windows(actor: Actor, fair: Fair, selection: Selection, seed: str, now: datetime) -> None:
    entries = {
        one.exhibitor_id: one
        for one in db.session.scalars(select(SelectionEntry).where(SelectionEntry.selection_id == selection.id))
    }
    ordered = in_order(seed, {whose: one.points for whose, one in entries.items()})
    given = windows_of(fair, selection, [entries[whose].points for whose, _key in ordered])
    if given[0][0] <= now:
        raise SeedTooLate(at=clock.stamp(fair, given[0][0]))
    drawn = db.session.execute(
        update(Selection)
        .where(Selection.id == selection.id, Selection.state == SelectionState.FIXED)
        .values(state=SelectionState.DRAWN, seed=seed, drawn_at=now)
    )
    if not drawn.rowcount:  # type: ignore[attr-defined]  # cannot be behind the fair's lock, and must not pass
        raise SelectionOver()
    for place, ((whose, key), window) in enumerate(zip(ordered, given, strict=True), start=1):
        one = entries[whose]
        one.place, one.draw_key = place, key
        one.starts_at, one.ends_at = window
    db.session.flush()
    record(actor, "selection.drawn", "selection", selection.number, fair.id, seed=seed)
    letters.tell_windows(fair, selection, [entries[whose] for whose, _key in ordered])


def _end(fair: Fair, selection: Selection, state: SelectionState, why: str, now: datetime) -> None:
    selection.state, selection.ended_at, selection.end_reason = state.value, now, why
    db.session.flush()
    letters.tell_end(fair, selection, called_off=state == SelectionState.CALLED_OFF)


def _reason(reason: str) -> str:
    why = " ".join(reason.split())
    if not why or len(why) > REASON_LENGTH:
        raise FieldErrors({"reason": LONG_REASON if why else NO_REASON})
    return why


def _keep_until(fair: Fair) -> None:
    """What holds and plans ask of the fair alone; open plans are told to read themselves again."""
    until = db.session.scalar(
        select(func.max(Selection.general_at)).where(
            Selection.fair_id == fair.id, Selection.binds.is_(True), Selection.ended_at.is_(None)
        )
    )
    db.session.execute(update(Fair).where(Fair.id == fair.id).values(selects_until=until))
    tell_of_new_plan(fair.id)
