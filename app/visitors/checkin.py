"""The rules of the gate: what a scan is answered, from what is known. Pure; `static/js/checkin.js` is its twin.

Both are run against `tests/visitors/vectors.json`. The rules are tried in this order: the same scan id, rehearsal,
annulment, dwell, unreadable, every other exit, the refusals, staff, then the fair's entry rule; a force only turns a
refusal that can be forced into an admission. The numbers in the comments are the rows of `docs/checkin.md`.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

COLOURS = {
    "admitted": "green",
    "admitted_again": "green",
    "admitted_staff": "green",
    "admitted_session": "green",
    "admitted_forced": "green",
    "goodbye": "blue",
    "annulled": "grey",
    "not_known_here": "amber",
    "not_approved": "amber",
    "unpaid": "amber",
    "incomplete": "amber",
    "unknown": "red",
    "forged": "red",
    "wrong_fair": "red",
    "replaced": "red",
    "revoked": "red",
    "cancelled": "red",
    "wrong_day": "red",
    "wrong_time": "red",
    "wrong_gate": "red",
    "full": "red",
    "already_in": "red",
    "already_used": "red",
    "id_conflict": "red",
}
ADMISSIONS = frozenset({"admitted", "admitted_again", "admitted_staff", "admitted_session", "admitted_forced"})
FORCEABLE = frozenset({"already_in", "already_used", "full"})
NOT_SIGNED_UP = "not_signed_up"  # the mark of the one `wrong_gate` that can be forced
NOT_OURS = frozenset({"unknown", "forged", "wrong_fair", "not_known_here"})
BADGE_REFUSALS = ("replaced", "revoked", "cancelled", "not_approved")
ASKED_AT_DOOR = ("company", "country", "phone")
ENTRY_RULES = ("free_reentry", "single_entry", "once_per_edition")


@dataclass(frozen=True)
class Category:
    code: str
    counts: bool = True  # an entry can be a visit
    gates: tuple[str, ...] = ()  # empty: every gate
    halls: tuple[str, ...] = ()  # empty: every hall
    hours: dict[int, tuple[str, str]] = field(default_factory=dict)  # of a day of the fair (0 is its first), local time
    fee: bool = False
    asks: tuple[str, ...] = ()  # what must be known of a person at the door: of ASKED_AT_DOOR


@dataclass(frozen=True)
class Session:
    """What has a door of its own inside the fair: a seminar, a talk, a final."""

    begins_at: datetime
    ends_at: datetime
    seats: int | None = None  # None: no limit
    held_minutes: int = 10  # after the beginning, the seats of those who signed up
    sign_up: bool = False  # nobody else is let in before that
    categories: tuple[int, ...] = ()  # empty: every visitor. Staff, press and crew are audience only where named
    off: bool = False  # not published, or cancelled

    @property
    def released_at(self) -> datetime:
        """From then on a free seat goes to whoever stands at the door."""
        return self.begins_at + timedelta(minutes=self.held_minutes)


_ANY = Category("")  # a category that nobody set up: as badges of an older day may have


@dataclass(frozen=True)
class Rules:
    """The fair's settings, as far as the gate needs them."""

    fair: int  # the number inside codes
    starts_on: date
    time_zone: str
    categories: dict[int, Category]
    entry_rule: str = "free_reentry"
    annul_minutes: int = 15
    dwell_ms: int = 3000
    ends_on: date | None = None  # None in a device whose snapshot is older than this rule: the badge's days decide
    counts_exits: bool = True  # False: nobody is scanned out, so nobody can be called inside
    unpaid: str = "desk"  # whose fee is not there goes to the desk; "admit" lets them in
    gate_halls: dict[str, str] = field(default_factory=dict)  # by the gate's code; a gate without one opens to all
    sessions: dict[str, Session] = field(default_factory=dict)  # by the code of the gate that is its door


@dataclass(frozen=True)
class Reading:
    """What the code said by itself. `kind`: token, number, or none where nothing could be read."""

    kind: str
    fair: int | None = None
    genuine: bool = False  # the signature holds under a key of this fair
    category: int = 0
    first_day: int = 0
    days_mask: int = 0
    sample: bool = False  # for rehearsals: says so itself, and no key of a fair proves it


@dataclass(frozen=True)
class BadgeFacts:
    """What is known of a badge: on the server its row, on a device the snapshot."""

    state: str
    category: int
    first_day: int
    days_mask: int
    reason: str = ""
    changed_at: datetime | None = None
    paid: bool = True
    lacks: tuple[str, ...] = ()  # of ASKED_AT_DOOR, what nobody has told yet


@dataclass(frozen=True)
class Passage:
    """An entry or exit of the same person that stands: of the fair, or at the door of one session."""

    id: str
    at: datetime
    gate: str
    way: str  # in, out
    visit: bool = False


@dataclass(frozen=True)
class Verdict:
    """The answer. `refused` is what a force, an exit or a device's own decision overrode."""

    code: str
    counts: str = "no"  # visit, entry, exit, session, undone, no
    refused: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    repeat: bool = False
    stored: bool = True

    @property
    def colour(self) -> str:
        return COLOURS[self.code]

    @property
    def admits(self) -> bool:
        return self.code in ADMISSIONS


@dataclass(frozen=True)
class Earlier:
    """An earlier scan: `same` says whether everything else in it is equal."""

    verdict: Verdict
    same: bool = True


@dataclass(frozen=True)
class Annullable:
    """The scan that is to be taken back."""

    gate: str
    at: datetime
    code: str
    annulled: bool = False
    received_at: datetime | None = None  # by the server; a device does not know


@dataclass(frozen=True)
class State:
    badge: BadgeFacts | None = None
    passages: tuple[Passage, ...] = ()  # this person's, in this edition, in order; at a session's door: there
    earlier: Earlier | None = None  # a scan with the same id
    previous: Earlier | None = None  # what this device read last, if it was the same code in the same direction
    previous_at: datetime | None = None
    target: Annullable | None = None  # the scan that `annuls` names
    full: str | None = None  # the code of the hall that holds no more people, "" where it is the whole fair
    signed_up: bool = False  # for the session
    taken: int = 0  # seats of the session on which others sit
    held: int = 0  # seats that others have signed up for and do not sit on


@dataclass(frozen=True)
class Scan:
    id: str
    reading: Reading
    gate: str
    direction: str  # in, out
    at: datetime  # corrected by the device's drift
    rehearsal: bool = False
    annuls: str | None = None
    forced: bool = False  # by who may, with a reason
    late: bool = False  # uploaded after the gate had to decide alone
    received_at: datetime | None = None  # by the server; a device does not know
    device_verdict: str | None = None
    answers: tuple[str, ...] = ()  # of ASKED_AT_DOOR, what the gate was told


def decide(state: State, scan: Scan, rules: Rules) -> Verdict:
    """The verdict on a scan."""
    if state.earlier is not None:  # 19
        if state.earlier.same:
            return replace(state.earlier.verdict, repeat=True, stored=False)
        return Verdict("id_conflict", stored=False)
    if scan.rehearsal:  # 24
        verdict = decide(state, replace(scan, rehearsal=False), rules)
        return replace(verdict, counts="no", detail=verdict.detail | {"rehearsal": True})
    if scan.annuls:  # 21
        return _annul(state, scan, rules)
    dwell = timedelta(milliseconds=rules.dwell_ms)
    if state.previous and state.previous_at and abs(scan.at - state.previous_at) < dwell:  # 23
        return replace(state.previous.verdict, repeat=True, stored=False)
    if scan.reading.kind == "none":  # 1
        return Verdict("unknown")
    refusal = _refusal(state, scan, rules)
    if scan.direction == "out":  # 17
        inside = _last_way(state, day_of(scan.at, rules), rules) == "in"
        marks = {} if inside else {"marks": ["no_entry"]}
        counts = "session" if scan.gate in rules.sessions else "exit"
        return Verdict("goodbye", counts, refusal.code if refusal else None, marks)
    verdict = refusal or _admission(state, scan, rules)
    if scan.forced and can_be_forced(verdict):  # 20
        verdict = Verdict("admitted_forced", _entry_counts(state, scan, rules), verdict.code, verdict.detail)
    return _as_the_device_decided(state, scan, rules, verdict)


def passages_after(state: State, scan: Scan, rules: Rules, verdict: Verdict) -> tuple[Passage, ...]:
    """The person's passages once the verdict has been given; the day's earliest entry holds the visit."""
    if not verdict.stored or verdict.detail.get("rehearsal"):
        return state.passages
    if verdict.code == "annulled":
        gone = next((p for p in state.passages if p.id == scan.annuls), None)
        kept = [p for p in state.passages if p is not gone]
        return _visit_on_the_first(kept, gone, rules) if gone and gone.visit else tuple(kept)
    if verdict.counts not in ("visit", "entry", "exit", "session"):
        return state.passages
    if verdict.counts == "session" and not _is_audience(state, scan, rules):  # takes no seat
        return state.passages
    made = Passage(scan.id, scan.at, scan.gate, scan.direction, verdict.counts == "visit")
    passages = sorted((*state.passages, made), key=lambda p: (p.at, p.id))
    day = day_of(made.at, rules)
    holder = next((p for p in passages if p.visit and day_of(p.at, rules) == day), None)
    return _visit_on_the_first(passages, holder, rules) if holder and made.way == "in" else tuple(passages)


def can_be_forced(verdict: Verdict) -> bool:
    """Whether who may, with a reason, turns this refusal into an admission."""
    return verdict.code in FORCEABLE or NOT_SIGNED_UP in verdict.detail.get("marks", ())


def day_of(instant: datetime, rules: Rules) -> date:
    """The fair's calendar day."""
    return _day_in(instant, rules.time_zone)


@lru_cache(maxsize=8192)  # of one instant it is asked a dozen times
def _day_in(instant: datetime, time_zone: str) -> date:
    return instant.astimezone(ZoneInfo(time_zone)).date()


def valid_days(first_day: int, days_mask: int, rules: Rules) -> list[date]:
    """The days of the fair on which a badge lets in; bit 0 is `first_day`, which counts from the fair's first."""
    days = [rules.starts_on + timedelta(days=first_day + n) for n in range(16) if days_mask >> n & 1]
    return [day for day in days if rules.ends_on is None or day <= rules.ends_on]


def in_hours(category: Category, instant: datetime, rules: Rules) -> bool:
    """Whether the category may come in at that time of its day: from the first minute on, up to the last."""
    hours = _hours(category, instant, rules) if category.hours else ()
    return not hours or hours[0] <= f"{instant.astimezone(ZoneInfo(rules.time_zone)):%H:%M}" < hours[1]


def _refusal(state: State, scan: Scan, rules: Rules) -> Verdict | None:
    """Rows 2 to 12; None where nothing speaks against an entry."""
    reading, badge = scan.reading, state.badge
    if reading.kind == "token":
        if reading.fair != rules.fair:  # 3: needs no signature to refuse
            return Verdict("wrong_fair", detail={"fair": reading.fair})
        if not reading.genuine:  # 2
            return Verdict("forged", detail={"marks": ["sample"]} if reading.sample else {})
    elif badge is None:  # 2b
        return Verdict("not_known_here")
    if badge is not None and badge.state in BADGE_REFUSALS:  # 4 to 7
        detail: dict[str, Any] = {"changed_at": badge.changed_at}
        if badge.state == "revoked":
            detail["reason"] = badge.reason
        return Verdict(badge.state, detail=detail)
    category = rules.categories.get((badge or reading).category, _ANY)
    paid = badge is not None and badge.paid  # of a badge that a device does not know yet, no fee is known either
    if category.fee and rules.unpaid == "desk" and not paid:  # 8
        return Verdict("unpaid")
    if lacks := [name for name in category.asks if badge and name in badge.lacks and name not in scan.answers]:  # 9
        kept_out = _admission(state, scan, rules)  # by the entry rule: nobody is asked for anything first
        if scan.direction == "out" or kept_out.admits or _time_and_place(state, scan, rules, category) is not None:
            return Verdict("incomplete", detail={"fields": lacks})
        return kept_out
    return _time_and_place(state, scan, rules, category)


def _time_and_place(state: State, scan: Scan, rules: Rules, category: Category) -> Verdict | None:
    """Rows 10 to 12."""
    days = _own_days(state, scan, rules)
    if day_of(scan.at, rules) not in days:  # 10
        return Verdict("wrong_day", detail={"days": days})
    if scan.gate in rules.sessions:
        return _session_refusal(rules.sessions[scan.gate], state, scan, rules)
    if not in_hours(category, scan.at, rules):
        return Verdict("wrong_time", detail={"hours": list(_hours(category, scan.at, rules))})
    if category.gates and scan.gate not in category.gates:  # 11
        return Verdict("wrong_gate", detail={"gates": list(category.gates)})
    hall = rules.gate_halls.get(scan.gate, "")
    if category.halls and hall and hall not in category.halls:
        return Verdict("wrong_gate", detail={"halls": list(category.halls)})
    if state.full is not None and scan.direction == "in" and _counts_visits(state, scan, rules):  # 12: never staff
        return Verdict("full", detail={"hall": state.full})
    return None


def _session_refusal(session: Session, state: State, scan: Scan, rules: Rules) -> Verdict | None:
    """Rows 11b to 12b, at a session's door: hours, gates and halls of a category are for the ways into the fair."""
    named: dict[str, Any] = {"session": scan.gate}
    if session.off:
        return Verdict("wrong_gate", detail=named | {"marks": ["session_off"]})
    if (day := day_of(session.begins_at, rules)) != day_of(scan.at, rules):
        return Verdict("wrong_day", detail={"days": [day]})
    if scan.at >= session.ends_at:  # a phone that was left at the door when the next session began there
        zone = ZoneInfo(rules.time_zone)
        hours = [f"{at.astimezone(zone):%H:%M}" for at in (session.begins_at, session.ends_at)]
        return Verdict("wrong_time", detail={"hours": hours})
    if not _is_audience(state, scan, rules):
        if not _counts_visits(state, scan, rules):
            return None
        return Verdict("wrong_gate", detail=named | {"categories": list(session.categories)})
    sits = bool(state.passages) and state.passages[-1].way == "in"
    released = scan.at >= session.released_at
    if sits or (state.signed_up and not released):
        return None
    if session.sign_up and not released:
        return Verdict("wrong_gate", detail=named | {"from": session.released_at, "marks": [NOT_SIGNED_UP]})
    if session.seats is not None and state.taken + (0 if released else state.held) >= session.seats:
        return Verdict("full", detail=named)
    return None


def _hours(category: Category, instant: datetime, rules: Rules) -> tuple[str, ...]:
    return category.hours.get((day_of(instant, rules) - rules.starts_on).days, ())


def _admission(state: State, scan: Scan, rules: Rules) -> Verdict:
    """Rows 13 to 18, under the fair's entry rule."""
    counts = _entry_counts(state, scan, rules)
    at_session = scan.gate in rules.sessions
    if not (_is_audience(state, scan, rules) if at_session else _counts_visits(state, scan, rules)):  # 18
        return Verdict("admitted_staff", counts)
    if at_session:
        entries = [p for p in state.passages if p.way == "in"]
        if entries:
            return Verdict("admitted_again", counts, detail=_first(entries[0]))
        return Verdict("admitted_session", counts, detail={"session": scan.gate, "signed_up": state.signed_up})
    day = day_of(scan.at, rules)
    entries = [p for p in state.passages if p.way == "in"]
    today = [p for p in entries if day_of(p.at, rules) == day]
    if rules.entry_rule == "once_per_edition" and (before := [p for p in entries if day_of(p.at, rules) < day]):
        return Verdict("already_used", detail=_first(before[0]))  # 16b
    if not today:  # 13
        return Verdict("admitted", counts)
    inside = not rules.counts_exits or _last_way(state, day, rules) == "in"
    if rules.entry_rule == "single_entry" and inside:  # 15
        return Verdict("already_in", detail=_first(today[-1]))
    return Verdict("admitted_again", counts, detail=_first(today[0]))  # 14, 16


def _as_the_device_decided(state: State, scan: Scan, rules: Rules, verdict: Verdict) -> Verdict:
    """22: the gate decided long ago, alone; its answer stands, what we know better is kept beside it.

    A code that is not ours is never an admission, whatever the device said; nor does a device force, nor admit on a day
    that the badge has not: its days stand in the code, and every gate can read them.
    """
    theirs = scan.device_verdict
    if theirs == "admitted" and scan.gate in rules.sessions:  # a device that did not know yet whose door it is
        theirs = "admitted_session"
    if not scan.late or theirs is None or theirs == verdict.code or verdict.code == "admitted_forced":
        return verdict
    known = verdict.code not in NOT_OURS or (verdict.code == "not_known_here" and theirs not in ADMISSIONS)
    if not known or theirs not in COLOURS or theirs in ("admitted_forced", "goodbye", "annulled", "id_conflict"):
        return verdict
    if theirs in ADMISSIONS and day_of(scan.at, rules) not in _own_days(state, scan, rules):  # 22b
        return verdict
    counts = _entry_counts(state, scan, rules) if theirs in ADMISSIONS else "no"
    return Verdict(theirs, counts, verdict.code, verdict.detail | {"marks": ["device"]})


def _annul(state: State, scan: Scan, rules: Rules) -> Verdict:
    """21: within the limit by the gate's clock, and within twice the limit by the server's.

    The gate's clock alone is no proof: an annulment made today could claim yesterday's time. A gate that was offline
    sends both scans together or soon after each other, however late; for a network that goes in between, there is the
    limit once more.
    """
    target, limit = state.target, timedelta(minutes=rules.annul_minutes)
    if target is None or target.annulled or target.code not in ADMISSIONS | {"goodbye"} or target.gate != scan.gate:
        return Verdict("unknown", detail={"marks": ["nothing_to_annul"]})
    if scan.at < target.at:  # at that time there was nothing yet
        return Verdict("unknown", detail={"marks": ["nothing_to_annul"]})
    held = scan.received_at - target.received_at if scan.received_at and target.received_at else timedelta()
    if scan.at - target.at > limit or held > 2 * limit:
        return Verdict("unknown", detail={"marks": ["too_late_to_annul"]})
    return Verdict("annulled", "undone")


def _own_days(state: State, scan: Scan, rules: Rules) -> list[date]:
    facts = state.badge or scan.reading
    return valid_days(facts.first_day, facts.days_mask, rules)


def _counts_visits(state: State, scan: Scan, rules: Rules) -> bool:
    category = rules.categories.get((state.badge or scan.reading).category)
    return category is None or category.counts


def _is_audience(state: State, scan: Scan, rules: Rules) -> bool:
    """Whether the badge is of those for whom the session is: they take its seats."""
    named = rules.sessions[scan.gate].categories
    return (state.badge or scan.reading).category in named if named else _counts_visits(state, scan, rules)


def _entry_counts(state: State, scan: Scan, rules: Rules) -> str:
    """An entry is a visit once a person and day, and never for staff, press and crew, nor at a session's door."""
    if scan.gate in rules.sessions:
        return "session"
    if not _counts_visits(state, scan, rules):
        return "entry"
    day = day_of(scan.at, rules)
    return "entry" if any(p.visit and day_of(p.at, rules) == day for p in state.passages) else "visit"


def _last_way(state: State, day: date, rules: Rules) -> str | None:
    ways = [p.way for p in state.passages if day_of(p.at, rules) == day]
    return ways[-1] if ways else None


def _visit_on_the_first(passages: list[Passage], holder: Passage, rules: Rules) -> tuple[Passage, ...]:
    day = day_of(holder.at, rules)
    first = next((p for p in passages if p.way == "in" and day_of(p.at, rules) == day), None)
    return tuple(replace(p, visit=p is first) if day_of(p.at, rules) == day else p for p in passages)


def _first(passage: Passage) -> dict[str, Any]:
    return {"at": passage.at, "gate": passage.gate}
