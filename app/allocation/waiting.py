"""The waiting list: whoever joined first is offered what becomes free, if it meets the wishes; groups all or nothing.

An offer that nobody answers passes on. Nobody buys past the list: what it would be offered is refused to others.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from app import clock
from app.allocation import letters
from app.allocation.matching import Match, Wanted, match, passed_by
from app.allocation.models import Application, Offer, OfferState
from app.allocation.offers import make_offer
from app.allocation.placing import explained
from app.allocation.wanted import Floor, floor_of, in_turn, is_waiting, wanted_of, wishes_of
from app.audit import SYSTEM
from app.booths.claims import Seen, is_open, look_at
from app.booths.errors import BoothNotAvailable, ForWaitingList, HeldBack
from app.booths.holds import BEFORE_HOLD
from app.db import db, retrying
from app.fairs.models import Exhibitor, Fair
from app.jobs import sweep, sweep_often

REMIND_LATEST = timedelta(hours=12)  # before the deadline; of a short one, when half of it is over


@sweep_often
def serve_waiting_lists() -> None:
    """Offer what is free to those who wait, fair by fair."""
    now = clock.now()
    waiting = select(Application.fair_id).where(is_waiting())
    for fair in db.session.scalars(select(Fair).where(Fair.has_waiting.is_(True), Fair.id.in_(waiting))).all():
        if is_open(fair, now):
            serve(fair, now)


def serve(fair: Fair, now: datetime) -> int:
    """Make every offer that can be made now, each in a transaction of its own; answers how many."""
    made = 0
    try:
        while retrying(partial(_serve_next, fair, now)):
            made += 1
    except (BoothNotAvailable, HeldBack):  # somebody else was quicker by a moment: the next round looks again
        pass
    return made


@sweep
def remind_of_offers() -> None:
    """Once, when an offer's deadline is near."""
    now = clock.now()
    waiting = select(Offer.id).where(Offer.state == OfferState.OPEN, Offer.reminded_at.is_(None))
    for offer_id in db.session.scalars(waiting).all():
        retrying(partial(_remind, offer_id, now))


def _serve_next(fair: Fair, now: datetime) -> bool:
    """The first of the list that can be offered something is; False where there is none."""
    waiting = list(
        db.session.scalars(
            in_turn(fair.id, is_waiting()).with_for_update(), execution_options={"populate_existing": True}
        )
    )
    wanted = wanted_of(waiting)
    floor = floor_of(fair, now, wished=_wished(wanted))
    for place, (application, asked) in enumerate(zip(waiting, wanted, strict=True)):
        found = match(asked, floor.free, floor.at)
        if found is None:
            continue
        booths = look_at(fair, [spot.number for spot in found.spots], now)
        ranks = wishes_of([application.id]).get(application.id, {})
        why = explained(ranks, found.rank, now) | {"earlier": _passed(wanted[:place], found, floor)}
        make_offer(SYSTEM, fair, application, booths, now, rank=found.rank, by_list=True, why=why)
        return True
    return False


def _passed(earlier: Sequence[Wanted], found: Match, floor: Floor) -> list[dict[str, Any]]:
    """Who came earlier and is not offered these booths, and why."""
    return [
        {"application": one.application_id, "because": passed_by(one, found.spots, floor.free).value} for one in earlier
    ]


def _refuse_what_is_promised(fair: Fair, booths: Sequence[Seen], now: datetime) -> None:
    """Nobody takes what the list would be offered this moment. Raises ForWaitingList."""
    waiting = list(db.session.scalars(in_turn(fair.id, is_waiting())))
    if not waiting:
        return
    wanted = wanted_of(waiting)
    ids = {booth.id for booth in booths}
    floor = floor_of(fair, now, wished=_wished(wanted), also=ids)
    free, promised = dict(floor.free), set()
    for asked in wanted:
        found = match(asked, free, floor.at)
        for spot in found.spots if found is not None else ():
            promised |= {spot.id} & ids
            del free[spot.id]
    if promised:
        raise ForWaitingList(booths=sorted(booth.number for booth in booths if booth.id in promised))


def _wished(wanted: Sequence[Wanted]) -> list[int]:
    return [one for asked in wanted for ids in asked.wishes for one in ids]


def _remind(offer_id: int, now: datetime) -> None:
    offer = db.session.scalar(
        select(Offer).where(Offer.id == offer_id).with_for_update(), execution_options={"populate_existing": True}
    )
    if offer is None or offer.state != OfferState.OPEN or offer.reminded_at is not None or offer.answer_until <= now:
        return
    before = min(REMIND_LATEST, (offer.answer_until - offer.made_at) / 2)
    if now < offer.answer_until - before:
        return
    offer.reminded_at = now
    fair = db.session.get_one(Fair, offer.fair_id)
    letters.tell_deadline(fair, db.session.get_one(Exhibitor, offer.exhibitor_id), offer)


BEFORE_HOLD.append(_refuse_what_is_promised)
