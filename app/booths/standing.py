"""How many booths one exhibitor may keep at a time, and how soon again: what each claim looks at before it takes any.

`exhibitor.claims` is raised by every claim of the exhibitor. A claim that read the standing under one number and
takes booths only while it is still that number has counted all of them.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, bindparam, case, func, or_, select, update

from app import clock
from app.booths.claims import WAITING, Seen
from app.booths.errors import HeldTooRecently, TooManyHeld
from app.booths.models import Allocation, Booth, Hold
from app.booths.workflows import KeptFor
from app.errors import FieldErrors
from app.fairs.models import Exhibitor, Fair
from app.fairs.queries import is_shown
from app.i18n_marks import N_

__all__ = ["NO_EXHIBITOR", "STANDING", "TURN", "asked_standing", "refuse_by_standing"]
NO_EXHIBITOR = N_("This fair has no such exhibitor.")


def asked_standing(fair: Fair, exhibitor_id: int, now: datetime) -> dict[str, Any]:
    """The parameters of STANDING."""
    since = now - timedelta(minutes=fair.rehold_minutes + fair.hold_minutes)
    return {"fair": fair.id, "exhibitor": exhibitor_id, "now": now, "since": since}


def refuse_by_standing(
    fair: Fair, rows: Sequence[Row[Any] | Any], booths: Sequence[Seen], now: datetime, by_organiser: bool
) -> None:
    """No more than the fair lets one exhibitor keep; and who had a booth as long as one may gives others some minutes.

    As long as a hold lasts, in one piece or let go and taken again just before its end. `rows` are those of STANDING,
    none for an exhibitor that the fair does not have. Raises FieldErrors, TooManyHeld, HeldTooRecently.
    """
    if not rows:
        raise FieldErrors({"exhibitor": NO_EXHIBITOR})
    if sum(row.waits for row in rows) + len(booths) > fair.booths_held_at_most:
        raise TooManyHeld(most=fair.booths_held_at_most)
    if by_organiser:
        return
    pause, longest = timedelta(minutes=fair.rehold_minutes), timedelta(minutes=fair.hold_minutes)
    since, wanted = now - pause - longest, {booth.number for booth in booths}
    had: defaultdict[str, timedelta] = defaultdict(timedelta)
    until: dict[str, datetime] = {}
    for row in rows:
        if row.had and row.number in wanted:
            ended = min(row.ended_at or row.held_until, row.held_until)
            ran_out = ended >= row.held_until
            had[row.number] += longest if ran_out and ended > now - pause else ended - max(row.created_at, since)
            until[row.number] = max(ended, until.get(row.number, ended))
    too_long = sorted(number for number, time in had.items() if time >= longest and until[number] + pause > now)
    if too_long:
        again_at = max(until[number] for number in too_long) + pause
        raise HeldTooRecently(
            booths=too_long, again_at=again_at.isoformat(), at=clock.local(fair, again_at).strftime("%H:%M")
        )


_waiting = or_(*(Allocation.state == state for state in WAITING))  # one by one: SQLite's driver takes it as it stands
_waits = and_(  # what is offered was not its own doing
    Allocation.ended_at.is_(None),
    _waiting,
    Booth.held_until > bindparam("now"),
    func.coalesce(Hold.kept_for, "") != KeptFor.OFFER.value,
)
_had = and_(  # it ended not long ago, whether swept or not
    _waiting,
    or_(
        and_(Allocation.ended_at.is_(None), Hold.held_until <= bindparam("now"), Hold.held_until > bindparam("since")),
        and_(Allocation.ended_at > bindparam("since"), Hold.held_until.is_not(None)),
    ),
)
_kept = (
    select(
        Allocation.exhibitor_id,
        Booth.number,
        Allocation.created_at,
        Allocation.ended_at,
        Hold.held_until,
        case((_waits, 1), else_=0).label("waits"),
        case((_had, 1), else_=0).label("had"),
    )
    .select_from(Allocation)
    .join(Booth, Booth.id == Allocation.booth_id)
    .outerjoin(Hold, Hold.id == Allocation.hold_id)
    .where(
        Allocation.fair_id == bindparam("fair"),
        Allocation.exhibitor_id == bindparam("exhibitor"),
        or_(_waits, _had),
    )
    .subquery()
)
_itself = (Exhibitor.fair_id == bindparam("fair"), Exhibitor.id == bindparam("exhibitor"), is_shown())
# Many want booths in the same minute: the statements of a claim are put together once, not for each of them.
STANDING = (  # a row for each booth that counts, one without a number where none does
    select(
        Exhibitor.claims,
        _kept.c.number,
        _kept.c.created_at,
        _kept.c.ended_at,
        _kept.c.held_until,
        func.coalesce(_kept.c.waits, 0).label("waits"),
        func.coalesce(_kept.c.had, 0).label("had"),
    )
    .select_from(Exhibitor)
    .outerjoin(_kept, _kept.c.exhibitor_id == Exhibitor.id)
    .where(*_itself)
)
TURN = (  # locks the exhibitor's row: its claims queue up behind it, so that the count of its holds stays true
    update(Exhibitor)
    .where(*_itself)
    .values(claims=Exhibitor.claims + 1)
    .returning(Exhibitor.id)
    .execution_options(synchronize_session=False)
)
