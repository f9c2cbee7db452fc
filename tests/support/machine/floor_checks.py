"""Owners, history and the plan, after every step."""

from collections import Counter

from app.allocation.models import OPEN, ApplicationState, OfferState
from app.booths.models import BoothState, HoldState
from app.booths.moving import RELEASES
from app.booths.places import END_WORDS
from app.booths.workflows import KeptFor
from app.fairs.models import Approval
from app.payments.models import OrderState
from tests.support.machine.base import WHY, Stage
from tests.support.machine.books import Books

HAD = (BoothState.HELD, BoothState.RESERVED, BoothState.LET)
LET = (OrderState.PAID, OrderState.DEPOSITED)
HANDED_ON = ("moved", "swapped", "transferred")


def one_owner_a_booth_at_most(books: Books) -> None:
    of_booth = {one.booth_id: one for one in books.live}
    assert len(of_booth) == len(books.live), "a booth has two owners"
    for booth in books.booths:
        mine = of_booth.get(booth.id)
        if booth.state not in HAD:
            assert mine is None, f"{booth.number} is {booth.state} and somebody's"
            assert (booth.exhibitor_id, booth.hold_id, booth.held_until) == (None, None, None)
            continue
        assert mine is not None, f"{booth.number} is {booth.state} and nobody's"
        assert (mine.state, mine.exhibitor_id, mine.hold_id) == (booth.state, booth.exhibitor_id, booth.hold_id)
        assert (booth.held_until is None) == (booth.state == BoothState.LET)


def nothing_let_disappears(books: Books, drawn: dict[int, tuple[int, ...]]) -> dict[int, tuple[int, ...]]:
    """What is let stands on the plan where it stood when it was let; answers where it stands."""
    by_id, now = {booth.id: booth for booth in books.booths}, {}
    for one in books.live:
        booth = by_id.get(one.booth_id)
        assert booth is not None and booth.state in HAD, "what somebody has left the plan"
        now[one.id] = (booth.x_cm, booth.y_cm, booth.width_cm, booth.depth_cm)
        assert drawn.get(one.id, now[one.id]) == now[one.id], f"{booth.number} was drawn anew under its holder"
    return now


def orders_have_their_booths_and_no_other_has(books: Books) -> None:
    """But for what the organiser released; what was transferred is let for its order, whoever has it."""
    released = Counter(one.order_id for one in books.allocations if one.end_reason in RELEASES)
    transferred = {one.order_id for one in books.allocations if one.end_reason == "transferred"}
    numbers = {booth.id: booth.number for booth in books.booths}
    for order in books.orders:
        bought = [line.booth_id for line in order.lines if line.booth_id]
        assert len(set(bought)) == len(bought) and set(bought) <= set(numbers), "an order names a booth twice, or none"
        mine = [one for one in books.live if one.order_id == order.id]
        let = [one for one in mine if one.state == BoothState.LET]
        if order.state in LET:
            assert {one.booth_id for one in mine} <= set(bought)
            assert len(let) == len(mine) == len(bought) - released[order.id], f"{order.reference}: {len(let)} let"
            assert order.state == OrderState.PAID or not released[order.id]
        elif order.state == OrderState.AWAITING:
            assert not let, "let and not paid"
        elif order.state == OrderState.REFUNDED:
            gone = order.id in transferred
            assert gone or not mine, "its money went back, it kept the booth"
        else:
            assert not let, f"let for an order that is {order.state}"


def history_is_whole(books: Books, before: dict[int, tuple]) -> dict[int, tuple]:
    """Every row ends with a reason that has words, follows at most one, and never changes once it ended."""
    rows = {one.id: one for one in books.allocations}
    now = {
        one.id: (one.booth_id, one.exhibitor_id, one.state, one.created_at, one.ended_at, one.end_reason, one.end_note)
        for one in books.allocations
    }
    followers = Counter(one.follows_id for one in books.allocations if one.follows_id is not None)
    for number, was in before.items():
        assert number in now, "a row of the history is gone"
        assert was[4] is None or now[number] == was, "what had ended was changed"
    for one in books.allocations:
        assert (one.ended_at is None) == (one.end_reason == ""), "it ended without a reason"
        assert one.end_reason in {"", *END_WORDS}, one.end_reason
        assert followers[one.id] == (one.end_reason in HANDED_ON), "nobody follows, or two do"
        assert bool(one.end_note) == (one.end_reason in {*HANDED_ON, *RELEASES}) and one.end_note in ("", WHY)
        if one.follows_id is not None:
            past = rows[one.follows_id]
            assert past.end_reason in HANDED_ON
            assert (past.ended_at, past.order_id or one.order_id) == (one.created_at, one.order_id)
    last = {}
    for one in books.allocations:
        before_it = last.get(one.booth_id)
        assert before_it is None or before_it.ended_at <= one.created_at, "two had a booth at one time"
        last[one.booth_id] = one
    return now


def offers_keep_just_their_booths(books: Books, now: object) -> None:
    applications = {one.id: one for one in books.applications}
    kept: dict[str, set[int]] = {}
    for booth in books.booths:
        kept.setdefault(booth.hold_id, set()).add(booth.id)
    for offer in books.offers:
        hold, application = books.holds[offer.hold_id], applications[offer.application_id]
        if offer.state == OfferState.OPEN:
            assert (hold.state, hold.kept_for) == (HoldState.LIVE, KeptFor.OFFER)
            assert hold.held_until == offer.answer_until and application.state == ApplicationState.OFFERED
            assert kept.get(hold.id, set()) == set(offer.booth_ids) or hold.held_until <= now
        elif offer.state == OfferState.ACCEPTED:
            assert (application.state, hold.state) == (ApplicationState.PLACED, HoldState.ORDERED) or hold.ended_at
        else:
            assert hold.state in (HoldState.RELEASED, HoldState.EXPIRED), "an offer ended and kept its booths"


def applications_say_how_they_stand(books: Books, turns: dict[int, object]) -> None:
    open_ones = Counter(one.application_id for one in books.offers if one.state == OfferState.OPEN)
    wishes = [one.exhibitor_id for one in books.applications if one.ended_at is None and one.way == "wishes"]
    assert len(set(wishes)) == len(wishes), "a company has two open applications"
    for one in books.applications:
        assert (one.state == ApplicationState.OFFERED) == bool(open_ones[one.id])
        assert (one.ended_at is None) == (one.state in OPEN)
        assert turns.setdefault(one.id, one.sent_at) == one.sent_at, "a turn was lost"
        assert not (one.waits and one.ended_at is not None), "it waits and is over"


def guests_stand_with_one_host(books: Books) -> None:
    """And nobody who is a guest has a booth of its own."""
    owners = {one.exhibitor_id for one in books.live}
    for guest in (one for one in books.exhibitors.values() if one.kind != "main"):
        host = books.exhibitors[guest.main_id]
        assert (host.kind, host.main_id) == ("main", None) and guest.id not in owners
        assert guest.approval != Approval.REFUSED or guest.refusal


class FloorChecks(Stage):
    """Keeps what the checks compare with."""

    def check_floor(self, books: Books, now: object) -> None:
        one_owner_a_booth_at_most(books)
        self.places = nothing_let_disappears(books, getattr(self, "places", {}))
        orders_have_their_booths_and_no_other_has(books)
        self.history = history_is_whole(books, self.history)
        offers_keep_just_their_booths(books, now)
        self.turns = getattr(self, "turns", {})
        applications_say_how_they_stand(books, self.turns)
        guests_stand_with_one_host(books)
