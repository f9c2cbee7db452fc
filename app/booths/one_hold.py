"""Booths held in one statement (on SQLite: in one short transaction): the way of whoever takes what is plainly free.

It looks at the booths and at what the exhibitor has, and takes all of them or none while both are as they were seen.
Whatever is not such a plain hold, and whoever came a moment too late, goes through `hold_booths`, which says why.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Insert, Select, bindparam, case, false, func, insert, literal, select, true, update
from sqlalchemy.exc import DBAPIError

from app.audit import Actor, AuditEntry, entry_of
from app.booths.choosing import chooses_in_turn
from app.booths.claims import Seen, look_at, news
from app.booths.currency_choice import remember, require_buyable
from app.booths.holds import hold_booths, hold_row
from app.booths.models import Allocation, Booth, BoothState, Hold
from app.booths.one_hold_sqlite import keep_on_sqlite
from app.booths.standing import STANDING, TURN, asked_standing, refuse_by_standing
from app.booths.workflows import KeptFor, kept_for
from app.db import db, glancing, retrying
from app.fairs.models import Exhibitor, Fair
from app.live import Event, event_of

DIVISION_BY_ZERO = "22012"
HOLD = ("id", "fair_id", "exhibitor_id", "person_id", "state", "kept_for", "currency", "held_until", "created_at")
EVENT = ("fair_id", "topic", "payload", "at")
ENTRY = ("fair_id", "at", "actor", "action", "subject_kind", "subject_id", "details")


def hold_at_once(
    actor: Actor,
    fair: Fair,
    exhibitor_id: int,
    numbers: Iterable[str],
    now: datetime,
    by_organiser: bool = False,
    currency: str | None = None,
) -> Hold:
    """As `look_at` and then `hold_booths` in a transaction of its own, with what they raise. Call it outside of any.

    In a currency that the company may choose and in which all of the booths have a price; None: chosen with the order.
    Raises CurrencyNotOffered, NoPriceInCurrency beside theirs.
    """
    booths = look_at(fair, numbers, now)
    require_buyable(fair, exhibitor_id, [booth.number for booth in booths], currency)
    hold = _hold_plain_or_not(actor, fair, exhibitor_id, booths, now, by_organiser, currency)
    if currency is not None:
        retrying(lambda: remember(fair, exhibitor_id, currency))
    return hold


def _hold_plain_or_not(
    actor: Actor,
    fair: Fair,
    exhibitor_id: int,
    booths: Sequence[Seen],
    now: datetime,
    by_organiser: bool,
    currency: str | None,
) -> Hold:
    plain = all(booth.state == BoothState.FREE and booth.held_back_until is None for booth in booths)
    if plain and (by_organiser or not (fair.has_waiting or chooses_in_turn(fair, now))):
        hold = _hold_plain(actor, fair, exhibitor_id, booths, now, by_organiser, currency)
        if hold is not None:
            return hold
    return retrying(lambda: hold_booths(actor, fair, exhibitor_id, booths, now, by_organiser, currency))


def _hold_plain(
    actor: Actor,
    fair: Fair,
    exhibitor_id: int,
    booths: Sequence[Seen],
    now: datetime,
    by_organiser: bool,
    currency: str | None,
) -> Hold | None:
    """The hold, or None where something was not as it was seen; nothing was changed then."""
    keeps_for = KeptFor.BUYING if by_organiser else kept_for(fair, booths)
    hold = hold_row(actor, fair, exhibitor_id, keeps_for, now, currency)
    keep = keep_on_sqlite if db.engine.dialect.name == "sqlite" else _keep_on_postgresql
    numbers = [booth.number for booth in booths]
    event = event_of(fair.id, "booths", news(numbers, BoothState.HELD))
    entry = entry_of(actor, "hold.made", "hold", hold["id"], fair.id, booths=numbers, exhibitor=exhibitor_id)
    rows = {"hold": hold, "event": event, "entry": entry}
    return Hold(**hold) if keep(fair, booths, rows, now, by_organiser) else None


def _keep_on_postgresql(
    fair: Fair, booths: Sequence[Seen], rows: dict[str, dict[str, Any]], now: datetime, by_organiser: bool
) -> bool:
    hold = rows["hold"]
    values = {f"{table}_{name}": value for table, row in rows.items() for name, value in row.items()}
    with glancing() as connection:
        asked = asked_standing(fair, hold["exhibitor_id"], now)
        standing = connection.execute(STANDING, asked).all()
        refuse_by_standing(fair, standing, booths, now, by_organiser)
        values |= {
            "fair": fair.id, "exhibitor": hold["exhibitor_id"], "seen": standing[0].claims, "now": now,
            "ids": [booth.id for booth in booths], "wanted": len(booths),
        }  # fmt: skip
        try:
            taken = connection.execute(_at_once(), values).scalar_one()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == DIVISION_BY_ZERO:
                return False
            raise
        return bool(taken)


@cache
def _at_once() -> Select[Any]:
    """Claim, hold, allocations, event and audit entry, all or none of it; it answers how many booths were taken.

    Locks are taken in the order of `hold_booths`: the exhibitor, then the booths by id. Were ever only some of the
    booths taken, the division would fail the statement, and with it everything that it did.
    """
    wanted: Any = bindparam("wanted")
    is_plain = (Booth.state == BoothState.FREE, Booth.held_back_group_id.is_(None))
    turn = TURN.where(Exhibitor.claims == bindparam("seen")).cte("turn")
    free = (
        select(Booth.id)
        .select_from(turn.join(Booth, true()))
        .where(Booth.id.in_(bindparam("ids", expanding=True)), *is_plain)
        .order_by(Booth.id)
        .with_for_update(of=Booth)
        .cte("free")
    )
    to = {"held_until": "hold_held_until", "hold_id": "hold_id", "exhibitor_id": "exhibitor", "changed_at": "now"}
    taken = (
        update(Booth)
        .where(
            Booth.id.in_(select(free.c.id)),
            *is_plain,
            select(func.count()).select_from(free).scalar_subquery() == wanted,
        )
        .values({column: bindparam(name) for column, name in to.items()} | {"state": BoothState.HELD})
        .returning(Booth.id)
        .execution_options(synchronize_session=False)
        .cte("taken")
    )
    how_many = select(func.count()).select_from(taken).scalar_subquery()
    made = _kept_if(Hold, "hold", HOLD, lambda row: row.where(how_many == wanted)).returning(Hold.id).cte("made")
    values: dict[str, Any] = {
        "fair_id": bindparam("fair"),
        "booth_id": taken.c.id,
        "exhibitor_id": bindparam("exhibitor"),
        "hold_id": made.c.id,
        "state": literal(BoothState.HELD.value),
        "free_of_charge": false(),
        "created_at": bindparam("now"),
        "end_reason": literal(""),
    }
    rows = select(*values.values()).select_from(made.join(taken, true()))
    allocated = insert(Allocation).from_select(list(values), rows, include_defaults=False).cte("allocated")
    told = _kept_if(Event, "event", EVENT, lambda row: row.select_from(made)).cte("told")
    written = _kept_if(AuditEntry, "entry", ENTRY, lambda row: row.select_from(made)).cte("written")
    whole = literal(1) / case((how_many.in_((literal(0), wanted)), 1), else_=0)
    return select(how_many * whole).add_cte(allocated, told, written)


def _kept_if(table: type[Any], prefix: str, names: Sequence[str], when: Callable[[Select[Any]], Select[Any]]) -> Insert:
    """The insertion of one row, of the parameters PREFIX_NAME, where the row as `when` leaves it is there."""
    row = select(*(bindparam(f"{prefix}_{name}", type_=table.__table__.c[name].type) for name in names))
    return insert(table).from_select(list(names), when(row), include_defaults=False)
