"""Whatever anybody does in whatever order: no booth twice, no offer without its booths, no turn lost."""

from datetime import timedelta
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, insert, select

from app import clock
from app.allocation.applying import Asked, keep_wishes, send_request, withdraw
from app.allocation.matching import match
from app.allocation.models import Application, ApplicationState, Offer, OfferState, Wish
from app.allocation.offers import take_back
from app.allocation.placing import approve, offer_booths, propose, put_on_list, refuse
from app.allocation.waiting import serve
from app.allocation.wanted import floor_of, in_turn, is_waiting, wanted_of
from app.audit import SYSTEM
from app.booths import booking, claims, holds
from app.booths.models import Allocation, Booth, BoothState, Hold, HoldState
from app.booths.moving import move_booth
from app.booths.workflows import KeptFor, Workflow
from app.db import db, transaction
from app.errors import DomainError
from app.fairs.models import Exhibitor, Fair, Zone
from app.payments.models import Order, OrderLine
from tests.support.cast import LONG_AGO
from tests.support.market import SPRING, Market

BOOTHS = ("A03", "A05", "A07", "A09", "A11")  # side by side
COMPANIES = 3
some_booths = st.lists(st.sampled_from(BOOTHS), min_size=1, max_size=2, unique=True)
who = st.integers(0, COMPANIES - 1)
which = st.integers(0, 7)
OPEN_STATES = (ApplicationState.DRAFT, ApplicationState.SENT, ApplicationState.OFFERED)


def machine_of(app: Flask, market: Market) -> type[RuleBasedStateMachine]:
    with app.app_context():
        first = [dict(row) for row in db.session.execute(select(Booth.__table__)).mappings() if row["number"] in BOOTHS]
        with transaction():
            third = Exhibitor(
                fair_id=market.cast.fair.id, name="Người thứ ba", tax_code="3", email="ba@example.org",
                created_at=LONG_AGO,
            )  # fmt: skip
            db.session.add(third)
            db.session.flush()
        companies = (market.cast.exhibitor.id, market.cast.rival.id, third.id)

    class Floor(RuleBasedStateMachine):
        """Three companies, five booths in a row, let in any of the three ways."""

        def __init__(self) -> None:
            super().__init__()
            self.context = app.app_context()
            self.context.push()
            self.turns: dict[int, Any] = {}

        def teardown(self) -> None:
            db.session.remove()
            self.context.pop()

        @initialize()
        def begin(self) -> None:
            clock.set_offset(SPRING - clock.datetime.now(clock.UTC))
            with transaction():
                for table in (Offer, Wish, Application, Allocation, OrderLine, Order, Hold, Booth):
                    db.session.execute(delete(table))
                db.session.execute(insert(Booth), first)
                self.fair.has_waiting, self.fair.workflow = False, Workflow.BUY.value
                for zone in db.session.scalars(select(Zone)):
                    zone.workflow = None

        @property
        def fair(self) -> Fair:
            return db.session.get_one(Fair, market.cast.fair.id, populate_existing=True)

        def attempt(self, deed: Any) -> bool:
            """A refusal undoes all of it, and is an answer."""
            try:
                with transaction():
                    deed()
            except DomainError:
                return False
            return True

        def pick(self, model: Any, n: int, *conditions: Any) -> Any:
            key = Hold.created_at if model is Hold else model.id
            found = list(db.session.scalars(select(model).where(*conditions).order_by(key)))
            return found[n % len(found)] if found else None

        @rule(way=st.sampled_from(list(Workflow)))
        def change_the_way(self, way: Workflow) -> None:
            with transaction():
                self.fair.workflow = way.value

        @rule(n=who, wanted=some_booths)
        def hold(self, n: int, wanted: list[str]) -> None:
            now, fair = clock.now(), self.fair
            promised = self._promised(fair, now)
            ids = set(db.session.scalars(select(Booth.id).where(Booth.number.in_(wanted))))
            held = self.attempt(
                lambda: holds.hold_booths(SYSTEM, fair, companies[n], claims.look_at(fair, wanted, now), now)
            )
            assert not (held and promised & ids), "somebody bought past the list"

        def _promised(self, fair: Fair, now: Any) -> set[int]:
            waiting = list(db.session.scalars(in_turn(fair.id, is_waiting())))
            floor = floor_of(fair, now, wished=[one for each in wanted_of(waiting) for w in each.wishes for one in w])
            free, promised = dict(floor.free), set()
            for asked in wanted_of(waiting):
                found = match(asked, free, floor.at)
                for spot in found.spots if found is not None else ():
                    promised.add(spot.id)
                    del free[spot.id]
            return promised

        @rule(n=who, first=some_booths, second=some_booths, booths=st.integers(1, 3), similar=st.booleans())
        def apply(self, n: int, first: list[str], second: list[str], booths: int, similar: bool) -> None:
            wishes = [first] if set(first) == set(second) else [first, second]
            seen = db.session.scalar(
                select(Application.revision).where(
                    Application.exhibitor_id == companies[n],
                    Application.ended_at.is_(None),
                    Application.way == "wishes",
                )
            )
            asked = Asked(wishes=wishes, similar=similar, booths=booths)
            self.attempt(lambda: keep_wishes(SYSTEM, self.fair, companies[n], asked, seen or 0, clock.now()))

        @rule(n=which)
        def ask(self, n: int) -> None:
            held = self.pick(Hold, n, Hold.kept_for == KeptFor.REQUEST, Hold.state == HoldState.LIVE)
            if held is not None:
                self.attempt(lambda: send_request(SYSTEM, self.fair, held, "", clock.now()))

        @rule(n=which, wanted=some_booths)
        def offer(self, n: int, wanted: list[str]) -> None:
            one = self.pick(Application, n, Application.state.in_(OPEN_STATES))
            if one is not None:
                self.attempt(lambda: offer_booths(SYSTEM, self.fair, one.id, wanted, one.revision, clock.now()))

        @rule(n=who, wanted=some_booths, m=which, way=st.sampled_from([Workflow.BUY, Workflow.REQUEST]))
        def come_free(self, n: int, wanted: list[str], m: int, way: Workflow) -> None:
            """What somebody else has comes free, and a buyer is quicker than the sweep, and orders at once."""
            with transaction():
                self.fair.workflow = way.value
            self.cancel(m)
            self.hold(n, wanted)
            self.order_what_is_held(m)

        @rule()
        def offer_what_is_proposed(self) -> None:
            for one in propose(self.fair, clock.now()):
                if one.match is not None:
                    ids, seen = [spot.number for spot in one.match.spots], one.application.revision
                    assert self.attempt(
                        lambda ids=ids, seen=seen, id=one.application.id: offer_booths(
                            SYSTEM, self.fair, id, ids, seen, clock.now()
                        )
                    ), "what is proposed can be offered"

        @rule(n=which, deed=st.sampled_from(["approve", "refuse", "withdraw"]))
        def answer(self, n: int, deed: str) -> None:
            one = self.pick(Application, n)
            if one is None:
                return
            deeds = {
                "approve": lambda: approve(SYSTEM, self.fair, one.id, one.revision, clock.now()),
                "refuse": lambda: refuse(SYSTEM, self.fair, one.id, "Không hợp", one.revision, clock.now()),
                "withdraw": lambda: withdraw(SYSTEM, self.fair, one.id, clock.now()),
            }
            self.attempt(deeds[deed])

        @rule(apply=st.booleans(), wanted=st.sampled_from(BOOTHS), n=who, booths=st.integers(1, 3))
        def three_come_at_once(self, apply: bool, wanted: str, n: int, booths: int) -> None:
            """The usual way: all want the same, who can be is offered it, the others wait."""
            for one in range(COMPANIES):
                self.apply((n + one) % COMPANIES, [wanted], [BOOTHS[(BOOTHS.index(wanted) + one) % 5]], booths, True)
            if apply:
                self.offer_what_is_proposed()
            self.attempt(lambda: put_on_list(SYSTEM, self.fair))

        @rule(n=which, deed=st.sampled_from(["accept", "accept", "decline", "take back"]))
        def deal_with_an_offer(self, n: int, deed: str) -> None:
            offer = self.pick(Offer, n)
            if offer is None:
                return
            held = db.session.get_one(Hold, offer.hold_id)
            deeds = {
                "accept": lambda: booking.place_order(SYSTEM, self.fair, held, "transfer", clock.now()),
                "decline": lambda: holds.release_hold(SYSTEM, self.fair, held, clock.now()),
                "take back": lambda: take_back(SYSTEM, self.fair, offer.id, clock.now()),
            }
            self.attempt(deeds[deed])

        @rule(n=which)
        def order_what_is_held(self, n: int) -> None:
            held = self.pick(Hold, n, Hold.state == HoldState.LIVE)
            if held is not None:
                ordered = self.attempt(lambda: booking.place_order(SYSTEM, self.fair, held, "transfer", clock.now()))
                assert not (ordered and held.kept_for == KeptFor.REQUEST), "ordered without the organiser's yes"

        @rule(n=which)
        def cancel(self, n: int) -> None:
            one = self.pick(Order, n)
            if one is not None:
                self.attempt(lambda: booking.cancel(SYSTEM, one, clock.now()))

        @rule(n=which, to=st.sampled_from(BOOTHS))
        def move(self, n: int, to: str) -> None:
            booth = self.pick(Booth, n, Booth.state == BoothState.RESERVED)
            if booth is not None:
                self.attempt(
                    lambda: move_booth(SYSTEM, self.fair, booth.number, booth.exhibitor_id, to, "Đổi", clock.now())
                )

        @rule(hours=st.sampled_from([0.2, 0.6, 12, 40, 100]))
        def time_passes(self, hours: float) -> None:
            clock.set_offset(clock._offset + timedelta(hours=hours))

        @rule()
        def sweep(self) -> None:
            booking.end_unpaid()
            db.session.expire_all()
            serve(self.fair, clock.now())
            assert not self._promised(self.fair, clock.now()), "somebody waits for what is free"

        @invariant()
        def one_owner_a_booth_at_most(self) -> None:
            db.session.expire_all()
            live = list(db.session.scalars(select(Allocation).where(Allocation.ended_at.is_(None))))
            of_booth = {one.booth_id: one for one in live}
            assert len(of_booth) == len(live)
            for booth in db.session.scalars(select(Booth)):
                mine = of_booth.get(booth.id)
                taken = booth.state in (BoothState.HELD, BoothState.RESERVED, BoothState.LET)
                assert taken == (mine is not None), f"{booth.number} is {booth.state}"
                if mine is not None:
                    assert (mine.state, mine.exhibitor_id) == (booth.state, booth.exhibitor_id)
                    assert booth.hold_id == mine.hold_id

        @invariant()
        def an_open_offer_keeps_just_its_booths(self) -> None:
            for offer in db.session.scalars(select(Offer)):
                hold = db.session.get_one(Hold, offer.hold_id)
                application = db.session.get_one(Application, offer.application_id)
                if offer.state == OfferState.OPEN:
                    kept = set(db.session.scalars(select(Booth.id).where(Booth.hold_id == hold.id)))
                    assert (hold.state, hold.kept_for) == (HoldState.LIVE, KeptFor.OFFER)
                    assert hold.held_until == offer.answer_until
                    assert kept == set(offer.booth_ids) or hold.held_until <= clock.now()
                    assert application.state == ApplicationState.OFFERED
                elif offer.state == OfferState.ACCEPTED:
                    assert application.state == ApplicationState.PLACED
                else:
                    assert hold.state in (HoldState.RELEASED, HoldState.EXPIRED)

        @invariant()
        def applications_say_how_they_stand(self) -> None:
            open_wishes = set()
            for one in db.session.scalars(select(Application)):
                waiting = db.session.scalars(
                    select(Offer.id).where(Offer.application_id == one.id, Offer.state == OfferState.OPEN)
                ).all()
                assert (one.state == ApplicationState.OFFERED) == bool(waiting)
                assert (one.ended_at is None) == (one.state in OPEN_STATES)
                if one.ended_at is None and one.way == "wishes":
                    assert one.exhibitor_id not in open_wishes
                    open_wishes.add(one.exhibitor_id)
                assert self.turns.setdefault(one.id, one.sent_at) == one.sent_at, "a turn was lost"
                assert not (one.waits and one.ended_at is not None)

    return Floor


def test_whatever_happens_in_whatever_order(app: Flask, market: Market) -> None:
    steps = settings(
        max_examples=60,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine_of(app, market), settings=steps)
