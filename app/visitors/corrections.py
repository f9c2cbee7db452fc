"""What the organiser puts right of a gate: an entry that no gate kept, an entry that is none, and either undone.

What was read stays as it was read. Each correction is a new row with a reason, done once however often it is asked
under its id, and told in the log; visits follow in the same transaction. Callers open it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import delete, insert, select, update

from app import audit, clock
from app.audit import Actor
from app.db import db
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.models import Fair
from app.i18n_marks import N_
from app.visitors import scan_sql
from app.visitors.counting import Entry, entry_of, first_entries, scans_with_person, visit_values
from app.visitors.models import Badge, Correction, CorrectionKind, Gate, Scan, Visit, VisitorCategory
from app.visitors.passages import is_entry

RECORDED = "recorded_later"  # the verdict of an entry that no gate gave
MARK = "correction"
NOTE_AT_MOST = 300
AHEAD = timedelta(minutes=2)
OTHER = "other"
REASONS: dict[CorrectionKind, dict[str, str]] = {
    CorrectionKind.MISSED_ENTRY: {
        "gate_down": N_("The gate could not read badges"),
        "let_in": N_("Let in without a scan"),
        "device_lost": N_("The device was lost with its scans"),
        OTHER: N_("Another reason"),
    },
    CorrectionKind.WRONG_ENTRY: {
        "not_entered": N_("Did not come in after all"),
        "wrong_person": N_("Somebody else's badge"),
        "trial": N_("A trial of the device"),
        OTHER: N_("Another reason"),
    },
    CorrectionKind.UNDO: {
        "mistaken": N_("The correction was a mistake"),
        OTHER: N_("Another reason"),
    },
}
CHOOSE_REASON = N_("Choose a reason.")
SAY_WHICH = N_("Say which reason, in a few words.")
LONG_NOTE = N_("Shorten the note to 300 characters.")
NO_GATE = N_("Choose a gate of this fair.")
NOT_OF_THE_FAIR = N_("The entry belongs to a day of the fair: %(first)s to %(last)s.")
NOT_YET = N_("This time has not come yet.")


class CorrectionIdTaken(DomainError):
    code: ClassVar[str] = "correction_id_taken"
    message: ClassVar[str] = N_("Another correction has this id. Open the page again and send it anew.")


class NoEntryThatCounts(DomainError):
    code: ClassVar[str] = "no_entry_that_counts"
    message: ClassVar[str] = N_("This scan is no entry that counts, or it was taken out already. Look at it again.")


class UndoneAlready(DomainError):
    code: ClassVar[str] = "correction_undone"
    message: ClassVar[str] = N_("This correction does not stand any more. Look at the list again.")


class CorrectedReportIsFinal(DomainError):
    code: ClassVar[str] = "report_frozen"
    message: ClassVar[str] = N_("The report of this fair is final: nothing at its gates is corrected any more.")


@dataclass(frozen=True)
class Why:
    """A reason of REASONS, and a note in one's own words, which the reason "other" needs."""

    reason: str
    note: str = ""

    def check(self, kind: CorrectionKind) -> "Why":
        note, faults = " ".join(self.note.split()), {}
        if self.reason not in REASONS[kind]:
            faults["reason"] = CHOOSE_REASON
        elif self.reason == OTHER and not note:
            faults["note"] = SAY_WHICH
        if len(note) > NOTE_AT_MOST:
            faults["note"] = LONG_NOTE
        if faults:
            raise FieldErrors(faults)
        return replace(self, note=note)


@dataclass(frozen=True)
class Made:
    """The correction, and whether it had been made before under the same id."""

    correction: Correction
    again: bool = False


def record_missed_entry(
    fair: Fair, correction_id: str, badge_id: int, gate: str, at: datetime, why: Why, actor: Actor, now: datetime
) -> Made:
    """Count an entry that no gate kept. Raises FieldErrors (`reason`, `note`, `gate`, `at`), NotFound for the badge."""
    why = why.check(CorrectionKind.MISSED_ENTRY)
    badge = db.session.scalars(select(Badge).where(Badge.fair_id == fair.id, Badge.id == badge_id)).first()
    if badge is None:
        raise NotFound()
    of_fair = (Gate.fair_id == fair.id, Gate.session_id.is_(None))  # a session's door is no way into the fair
    gate_id = db.session.scalar(select(Gate.id).where(*of_fair, Gate.code == gate))
    day, days = clock.fair_day(fair, at), (fair.starts_on, fair.ends_on)
    if gate_id is None:
        raise FieldErrors({"gate": NO_GATE})
    if not days[0] <= day <= days[1]:
        raise FieldErrors({"at": NOT_OF_THE_FAIR}, first=f"{days[0]:%d.%m.%Y}", last=f"{days[1]:%d.%m.%Y}")
    if at > now + AHEAD:
        raise FieldErrors({"at": NOT_YET})
    _require_open(fair)
    made = _correction(fair, correction_id, CorrectionKind.MISSED_ENTRY, correction_id, None, why, actor, now)
    if made.again:
        kept = db.session.get_one(Scan, (fair.id, made.correction.scan_id))
        if (kept.badge_id, kept.gate_id, kept.counted_at) != (badge.id, gate_id, at):
            raise CorrectionIdTaken()
        return made
    category = db.session.get_one(VisitorCategory, badge.category_id)
    person = badge.registration_id
    entry = Entry(correction_id, person, badge.id, category.id, category.counts, gate_id, day, at)
    lock_days(fair.id, [person])
    held = db.session.scalar(_visit(Visit.scan_id, fair.id, person, day)) is not None
    settle_day(fair.id, [*_entries(fair.id, person, day), entry], person, day)
    row = {
        "fair_id": fair.id, "id": correction_id, "gate_id": gate_id, "badge_id": badge.id, "direction": "in",
        "code_digest": "", "scanned_at": at, "counted_at": at, "received_at": now, "day": day, "verdict": RECORDED,
        "colour": "green", "counts": "visit" if category.counts and not held else "entry", "detail": {"marks": [MARK]},
        "actor": actor.key,
    }  # fmt: skip
    db.session.execute(insert(Scan.__table__), row)
    _log(actor, "badge.entry_recorded", fair.id, badge.id, made.correction, gate=gate, day=day.isoformat())
    return made


def drop_entry(fair: Fair, correction_id: str, scan_id: str, why: Why, actor: Actor, now: datetime) -> Made:
    """Take an entry out of the counts. Raises FieldErrors (`reason`, `note`), NotFound, NoEntryThatCounts."""
    why = why.check(CorrectionKind.WRONG_ENTRY)
    scan = _scan(fair.id, scan_id)
    _require_open(fair)
    made = _correction(fair, correction_id, CorrectionKind.WRONG_ENTRY, scan_id, None, why, actor, now)
    if made.again:
        return made
    if not _stands(fair.id, scan_id):
        raise NoEntryThatCounts()
    _mark(fair.id, scan, None, correction_id, NoEntryThatCounts())
    _log(actor, "badge.entry_dropped", fair.id, scan.badge_id, made.correction, day=scan.day.isoformat())
    return made


def undo_correction(fair: Fair, correction_id: str, undoes: str, why: Why, actor: Actor, now: datetime) -> Made:
    """Make it as if the other correction had not been; both stay on record. Raises NotFound, UndoneAlready."""
    why = why.check(CorrectionKind.UNDO)
    other = db.session.get(Correction, (fair.id, undoes))
    if other is None or other.kind == CorrectionKind.UNDO:
        raise NotFound()
    _require_open(fair)
    scan = _scan(fair.id, other.scan_id)
    made = _correction(fair, correction_id, CorrectionKind.UNDO, other.scan_id, undoes, why, actor, now)
    if made.again:
        return made
    was, becomes = (None, correction_id) if other.kind == CorrectionKind.MISSED_ENTRY else (other.id, None)
    _mark(fair.id, scan, was, becomes, UndoneAlready())
    _log(actor, "badge.correction_undone", fair.id, scan.badge_id, made.correction, day=scan.day.isoformat())
    return made


def lock_days(fair_id: int, people: Sequence[int]) -> None:
    """Hold these people's visits until the transaction ends, as gates do: people first, then their visits."""
    if db.engine.dialect.name == "postgresql" and people:
        db.session.execute(scan_sql.LOCK_PEOPLE, {"people": sorted(people)})
        theirs = select(Visit.scan_id).where(Visit.fair_id == fair_id, Visit.registration_id.in_(people))
        db.session.execute(theirs.with_for_update())


def settle_day(fair_id: int, entries: Sequence[Entry], person: int, day: Any) -> bool:
    """Let the visit of a day be what its entries make of it; answers whether anything changed.

    On PostgreSQL a gate may make the day's first visit in the same moment: the unique key then says so, and whoever
    opened the transaction begins anew.
    """
    first = first_entries(entries).get((person, day))
    kept = db.session.execute(_visit(Visit.__table__, fair_id, person, day)).mappings().first()
    values = visit_values(fair_id, first) if first else None
    if values == (dict(kept) if kept else None):
        return False
    mine = (Visit.fair_id == fair_id, Visit.registration_id == person, Visit.day == day)
    if values is None:
        db.session.execute(delete(Visit).where(*mine))
    elif kept is None:
        db.session.execute(insert(Visit.__table__), values)
    else:
        db.session.execute(update(Visit.__table__).where(*mine).values(values))
    return True


def _require_open(fair: Fair) -> None:
    if db.session.scalar(select(Fair.frozen_at).where(Fair.id == fair.id)) is not None:
        raise CorrectedReportIsFinal()


def _correction(
    fair: Fair, correction_id: str, kind: CorrectionKind, scan_id: str, undoes: str | None, why: Why, actor: Actor,
    now: datetime,
) -> Made:  # fmt: skip
    """The new row, or the one that has this id and says the same. Raises CorrectionIdTaken, UndoneAlready."""
    kept = db.session.get(Correction, (fair.id, correction_id), populate_existing=True)
    if kept is not None:
        if (kept.kind, kept.scan_id, kept.undoes, kept.reason) != (kind, scan_id, undoes, why.reason):
            raise CorrectionIdTaken()
        return Made(kept, again=True)
    if undoes and db.session.scalar(
        select(Correction.id).where(Correction.fair_id == fair.id, Correction.undoes == undoes)
    ):
        raise UndoneAlready()
    if kind == CorrectionKind.MISSED_ENTRY and db.session.get(Scan, (fair.id, correction_id)) is not None:
        raise CorrectionIdTaken()
    made = Correction(
        fair_id=fair.id, id=correction_id, kind=kind, scan_id=scan_id, undoes=undoes, reason=why.reason, note=why.note,
        actor=actor.key, made_at=now,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    return Made(made)


def _scan(fair_id: int, scan_id: str) -> Scan:
    found = db.session.get(Scan, (fair_id, scan_id), populate_existing=True)
    if found is None:
        raise NotFound()
    return found


def _stands(fair_id: int, scan_id: str) -> bool:
    wanted = select(Scan.id).where(Scan.fair_id == fair_id, Scan.id == scan_id, is_entry())
    return db.session.scalar(wanted) is not None


def _mark(fair_id: int, scan: Scan, was: str | None, becomes: str | None, refusal: DomainError) -> None:
    """Say on the scan what took it back, if it still says what was read; then settle the day, visits before scans."""
    person = db.session.scalar(select(Badge.registration_id).where(Badge.id == scan.badge_id))
    if person is not None:
        lock_days(fair_id, [person])
        entries = [entry for entry in _entries(fair_id, person, scan.day) if entry.scan_id != scan.id]
        if becomes is None:
            entries += _entries(fair_id, person, scan.day, scan.id)
        settle_day(fair_id, entries, person, scan.day)
    same = Scan.annulled_by.is_(None) if was is None else Scan.annulled_by == was
    marked = update(Scan.__table__).where(Scan.fair_id == fair_id, Scan.id == scan.id, same)
    if db.session.execute(marked.values(annulled_by=becomes)).rowcount != 1:  # type: ignore[attr-defined]
        raise refusal
    db.session.expire(scan)


def _entries(fair_id: int, person: int, day: Any, scan_id: str = "") -> list[Entry]:
    """The entries of a person's day that stand; with `scan_id` that one alone, whether it stands or not."""
    wanted = scans_with_person(fair_id).where(Badge.registration_id == person, Scan.day == day)
    wanted = wanted.where(Scan.id == scan_id) if scan_id else wanted.where(is_entry())
    return [entry_of(row) for row in db.session.execute(wanted)]


def _visit(what: Any, fair_id: int, person: int, day: Any) -> Any:
    return select(what).where(Visit.fair_id == fair_id, Visit.registration_id == person, Visit.day == day)


def _log(actor: Actor, action: str, fair_id: int, badge_id: int | None, made: Correction, **more: Any) -> None:
    about = ("badge", badge_id) if badge_id is not None else ("scan", made.scan_id)
    audit.record(actor, action, about[0], about[1] or 0, fair_id, reason=made.reason, correction=made.id, **more)
