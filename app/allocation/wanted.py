"""Applications as the matching sees them, and the booths that can be had."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from app.allocation.matching import Spot, Wanted
from app.allocation.models import Application, ApplicationState, Offer, OfferState, Way, Wish
from app.booths.claims import can_be_had
from app.booths.floorplan import is_held_back, on_plan
from app.booths.models import Booth
from app.booths.pricing import price_terms
from app.db import db
from app.fairs.models import Fair

IN_VAIN = (OfferState.DECLINED, OfferState.LAPSED, OfferState.WITHDRAWN)
OFFERED_AT_MOST = 3  # times by the list, to one company that took nothing


@dataclass(frozen=True)
class Floor:
    """What of a fair can be had at a moment, and where the booths are that somebody wishes for."""

    free: dict[int, Spot]
    at: dict[int, Spot]


def is_waiting() -> ColumnElement[bool]:
    """On the waiting list, and nothing is offered to it at the moment.

    Who let booths be kept for it so often, and took none, waits for the organiser instead.
    """
    kept_in_vain = (
        select(func.count())
        .where(Offer.exhibitor_id == Application.exhibitor_id, Offer.by_list.is_(True), Offer.state.in_(IN_VAIN))
        .correlate(Application)
        .scalar_subquery()
    )
    return Application.waits.is_(True) & (Application.state == ApplicationState.SENT) & (kept_in_vain < OFFERED_AT_MOST)


def to_be_placed() -> ColumnElement[bool]:
    """Sent, and the organiser has neither offered anything nor put it on the waiting list."""
    return (Application.way == Way.WISHES) & (Application.state == ApplicationState.SENT) & Application.waits.is_(False)


def in_turn(fair_id: int, which: ColumnElement[bool]) -> Select[Application]:
    """Applications of a fair, the one that was sent first before the others."""
    return (
        select(Application).where(Application.fair_id == fair_id, which).order_by(Application.sent_at, Application.id)
    )


def wanted_of(applications: Sequence[Application]) -> list[Wanted]:
    """What they ask for, in their order, in two queries."""
    ids = [one.id for one in applications]
    wishes = wishes_of(ids)
    declined: defaultdict[int, set[frozenset[int]]] = defaultdict(set)  # by company: applying anew forgets nothing
    in_vain = select(Offer.exhibitor_id, Offer.booth_ids).where(
        Offer.exhibitor_id.in_({one.exhibitor_id for one in applications}), Offer.state.in_(IN_VAIN)
    )
    for exhibitor_id, booth_ids in db.session.execute(in_vain):
        declined[exhibitor_id].add(frozenset(booth_ids))
    return [
        Wanted(
            application_id=one.id,
            wishes=tuple(frozenset(row.booth_id for row in rows) for rows in wishes.get(one.id, {}).values()),
            similar=one.similar,
            booths=one.booths,
            zone_id=one.zone_id,
            least_m2=one.least_m2,
            budget_minor=one.budget_minor,
            declined=frozenset(declined[one.exhibitor_id]),
        )
        for one in applications
    ]


def wishes_of(application_ids: Collection[int]) -> dict[int, dict[int, list[Any]]]:
    """Application's id → rank → its booths as rows of booth_id, number, state, held_until, by number."""
    rows = db.session.execute(
        select(
            Wish.application_id, Wish.rank, Wish.booth_id, Booth.number, Booth.state, Booth.held_until, Booth.hold_id
        )
        .join(Booth, Booth.id == Wish.booth_id)
        .where(Wish.application_id.in_(application_ids))
        .order_by(Wish.application_id, Wish.rank, Booth.number)
    )
    found: defaultdict[int, dict[int, list[Any]]] = defaultdict(dict)
    for row in rows:
        found[row.application_id].setdefault(row.rank, []).append(row)
    return dict(found)


def floor_of(fair: Fair, now: datetime, wished: Iterable[int] = (), also: Collection[int] = ()) -> Floor:
    """`wished`: booths whose place is needed, free or not; `also`: booths that count as free.

    What is held back for a group is not: its members book it, or the organiser offers it by hand.
    """
    wanted = set(wished) | set(also)
    had = can_be_had(now)
    rows = db.session.execute(
        select(Booth, had.label("had")).where(Booth.fair_id == fair.id, on_plan(), or_(had, Booth.id.in_(wanted))),
        execution_options={"populate_existing": True},
    ).all()
    terms = price_terms(fair, now)
    spots = {
        booth.id: Spot(
            booth.id, booth.number, booth.hall_id, booth.zone_id, booth.x_cm, booth.y_cm, booth.width_cm,
            booth.depth_cm, terms.price(fair, booth).total.minor,
        )
        for booth, _had in rows
    }  # fmt: skip
    free = {booth.id for booth, is_free in rows if (is_free or booth.id in also) and not is_held_back(booth, now)}
    return Floor({one: spots[one] for one in sorted(free)}, spots)
