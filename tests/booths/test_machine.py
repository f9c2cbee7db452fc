"""Whatever happens in whatever order: one owner a booth, history whole, money accounted for, nothing let disappears."""

import itertools
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, insert, select

from app import clock
from app.audit import SYSTEM
from app.booths import booking, claims, holds, moving
from app.booths.extras import keep_extra
from app.booths.fair_state import fair_state
from app.booths.models import Allocation, Booth, BoothState, Extra, Hold, HoldState, PlanDraft, PlanVersion, PriceList
from app.booths.price_lists import add_price_list
from app.db import db, transaction
from app.errors import DomainError
from app.fairs.models import Fair
from app.front.plan_document import document_of, fingerprint
from app.front.plan_draft import discard_draft, hall_by_id, publish_draft, save_draft
from app.fulfilment import choose_equal, give_back, receive_payment, take_money_back
from app.money import Money
from app.payments.models import Invoice, Order, OrderLine, OrderState, Payment, PaymentState, Refund
from app.payments.settlement import Arrival
from tests.support.market import SPRING, Market

BOOTHS = ("A01", "A02", "A03", "A04", "A05", "A06")
STOCK = 4
WHY = "Đổi chỗ"
ENDED = (OrderState.CANCELLED, OrderState.EXPIRED, OrderState.UNDELIVERABLE, OrderState.REFUNDED)
NEW: dict[str, Any] = {"x_cm": 3500, "y_cm": 1500, "width_cm": 300, "depth_cm": 300, "sides": None, "state": "free"}
NEW |= {"price_minor": None}
some_booths = st.lists(st.sampled_from(BOOTHS), min_size=1, max_size=3, unique=True)
which = st.integers(0, 7)


def machine_of(app: Flask, market: Market) -> type[RuleBasedStateMachine]:
    numbers = itertools.count(1)
    with app.app_context():
        first = [dict(row) for row in db.session.execute(select(Booth.__table__)).mappings()]

    class Floor(RuleBasedStateMachine):
        """Two companies, six booths, an extra of which there are four, an early-bird price of three days."""

        def __init__(self) -> None:
            super().__init__()
            self.context = app.app_context()
            self.context.push()
            self.history: dict[int, tuple[Any, ...]] = {}
            self.came = 0  # money, all of it
            self.drawn = 0  # the rest is sales

        def teardown(self) -> None:
            db.session.remove()
            self.context.pop()

        @initialize()
        def begin(self) -> None:
            clock.set_offset(SPRING - clock.datetime.now(clock.UTC))
            with transaction():
                for table in (Refund, Payment, Invoice, Allocation, OrderLine, Order, Hold, Extra, PriceList):
                    db.session.execute(delete(table))
                for table in (PlanDraft, PlanVersion, Booth):
                    db.session.execute(delete(table))
                db.session.execute(insert(Booth), first)
                given = dict.fromkeys(("name_en", "unit", "unit_en", "about", "about_en"), "") | {"name": "Điện"}
                given |= {"price_minor": 650_000, "stock": STOCK, "order_until": None}
                self.extra = keep_extra(SYSTEM, self.fair, given, clock.now()).id
                today = clock.fair_day(self.fair, clock.now())
                days = {"from_on": today, "to_on": today + timedelta(days=2), "off_bp": 1000, "per_m2_minor": None}
                add_price_list(SYSTEM, self.fair, {"name": "Sớm", "name_en": "Early"} | days, clock.now())

        @property
        def fair(self) -> Fair:
            return market.fair

        def attempt(self, deed: Any) -> Any:
            """A refusal is an answer; any other fault is the test's."""
            try:
                with transaction():
                    return deed()
            except DomainError:
                db.session.rollback()
                return None

        def orders(self, *states: str) -> list[Order]:
            wanted = select(Order).where(Order.state.in_(states)) if states else select(Order)
            return list(db.session.scalars(wanted.order_by(Order.id)))

        def had(self) -> list[tuple[str, int]]:
            """Booths that somebody has by the last word of their rows, with who: let, reserved, or only held."""
            rows = select(Booth.number, Booth.exhibitor_id).where(Booth.exhibitor_id.is_not(None))
            found = db.session.execute(rows.order_by((Booth.state == BoothState.LET).desc(), Booth.number))
            return [(row.number, row.exhibitor_id) for row in found]

        def pick(self, found: list[Any], n: int) -> Any:
            return found[n % len(found)] if found else None

        @rule(wanted=some_booths, rival=st.booleans())
        def hold(self, wanted: list[str], rival: bool) -> None:
            exhibitor = market.cast.rival if rival else market.cast.exhibitor
            fair, now = self.fair, clock.now()

            def deed() -> None:
                holds.hold_booths(SYSTEM, fair, exhibitor.id, claims.look_at(fair, wanted, now), now, True)

            self.attempt(deed)

        @rule(n=which)
        def release(self, n: int) -> None:
            held = self.pick(list(db.session.scalars(select(Hold).where(Hold.state == HoldState.LIVE))), n)
            if held is not None:
                self.attempt(lambda: holds.release_hold(SYSTEM, self.fair, held, clock.now()))

        @rule(n=which, pay_by=st.sampled_from(["card", "transfer"]), number=st.integers(0, 3))
        def order(self, n: int, pay_by: str, number: int) -> None:
            held = self.pick(list(db.session.scalars(select(Hold).order_by(Hold.created_at))), n)
            if held is not None:
                extras = {self.extra: number} if number else {}
                self.attempt(lambda: booking.place_order(SYSTEM, self.fair, held, pay_by, clock.now(), extras))

        @rule(wanted=some_booths, rival=st.booleans(), number=st.integers(0, 3), late=st.booleans())
        def book(self, wanted: list[str], rival: bool, number: int, late: bool) -> None:
            """The usual way, in one go; late: its time runs out while somebody else may take the booths."""
            self.hold(wanted, rival)
            held = list(db.session.scalars(select(Hold).where(Hold.state == HoldState.LIVE)))
            if held:
                extras = {self.extra: number} if number else {}
                self.attempt(lambda: booking.place_order(SYSTEM, self.fair, held[-1], "transfer", clock.now(), extras))
            if late:
                clock.set_offset(clock._offset + timedelta(hours=100))
                self.hold(wanted[:1], not rival)

        @rule(n=which)
        def cancel(self, n: int) -> None:
            one = self.pick(self.orders(), n)
            if one is not None:
                self.attempt(lambda: booking.cancel(SYSTEM, one, clock.now()))

        @rule(n=which, share=st.sampled_from([100, 100, 100, 50, 120]), twice=st.booleans())
        def pay(self, n: int, share: int, twice: bool) -> None:
            """Whole, in part, too much; at any time, whatever became of the order; the same money told twice."""
            one = self.pick(self.orders(), n)
            if one is None:
                return
            amount, number = one.total_minor * share // 100, f"FT{next(numbers)}"
            for _told in range(1 + twice):
                arrival = Arrival("transfer", number, Money(amount, one.currency), clock.now())
                with transaction():
                    receive_payment(SYSTEM, one.fair_id, one.id, arrival, clock.now())
            self.came += amount

        @rule(n=which, wanted=some_booths)
        def choose_other_booths(self, n: int, wanted: list[str]) -> None:
            one = self.pick(self.orders(OrderState.UNDELIVERABLE), n)
            if one is not None:
                self.attempt(lambda: choose_equal(SYSTEM, self.fair, one, wanted, clock.now()))

        @rule(n=which)
        def take_the_money_back(self, n: int) -> None:
            one = self.pick(self.orders(OrderState.UNDELIVERABLE), n)
            if one is not None:
                self.attempt(lambda: take_money_back(SYSTEM, one, clock.now()))

        @rule(n=which)
        def give_the_money_back(self, n: int) -> None:
            one = self.pick(self.orders(), n)
            if one is not None:
                self.attempt(lambda: give_back(SYSTEM, one, clock.now()))

        @rule(hours=st.sampled_from([0.2, 0.6, 12, 40, 100]))
        def time_passes(self, hours: float) -> None:
            clock.set_offset(clock._offset + timedelta(hours=hours))

        @rule()
        def sweep(self) -> None:
            booking.end_unpaid()

        @rule(n=which, to=st.sampled_from(BOOTHS), twice=st.booleans())
        def move(self, n: int, to: str, twice: bool) -> None:
            mine = self.pick(self.had(), n)
            for again in range(1 + twice) if mine is not None else ():
                deed = partial(moving.move_booth, SYSTEM, self.fair, *mine, to, WHY, clock.now())
                assert self.attempt(deed) is not True or not again, "the same request moved twice"

        @rule(n=which, m=which, twice=st.booleans())
        def swap(self, n: int, m: int, twice: bool) -> None:
            mine, theirs = self.pick(self.had(), n), self.pick(self.had(), m)
            for again in range(1 + twice) if mine is not None else ():
                deed = partial(moving.swap_booths, SYSTEM, self.fair, mine, theirs, WHY, clock.now())
                assert self.attempt(deed) is not True or not again, "the same request swapped twice"

        @rule(n=which, twice=st.booleans())
        def transfer(self, n: int, twice: bool) -> None:
            mine = self.pick(self.had(), n)
            if mine is None:
                return
            heir = market.cast.rival if mine[1] == market.cast.exhibitor.id else market.cast.exhibitor
            for again in range(1 + twice):
                deed = partial(moving.transfer_booth, SYSTEM, self.fair, *mine, heir.id, WHY, clock.now())
                assert self.attempt(deed) is not True or not again, "the same request transferred twice"

        @rule(n=which, reason=st.sampled_from(list(moving.RELEASES)), twice=st.booleans())
        def release_let(self, n: int, reason: str, twice: bool) -> None:
            mine = self.pick(self.had(), n)
            for again in range(1 + twice) if mine is not None else ():
                deed = partial(moving.release_booth, SYSTEM, self.fair, *mine, reason, WHY, clock.now())
                assert self.attempt(deed) is not True or not again, "the same request released twice"

        @precondition(lambda self: self.drawn < 3)
        @rule(number=st.sampled_from(BOOTHS), deed=st.sampled_from(["leave", "price", "move", "split"]))
        def redraw(self, number: str, deed: str) -> None:
            self.drawn += 1
            fair = self.fair
            hall = hall_by_id(fair, market.cast.hall.id)
            document = document_of(fair, hall)
            entry = next((one for one in document["booths"] if one["number"] == number), None)
            if entry is None:
                document["booths"].append(dict.fromkeys(("zone", "kind", "name"), "") | NEW | {"number": number})
            elif deed == "leave":
                document["booths"].remove(entry)
            elif deed == "price":
                entry["price_minor"] = 20_000_000
            elif deed == "move":
                entry["y_cm"] = 1500
            else:
                entry["width_cm"] = 150
            seen = fingerprint(fair, hall)

            def publish() -> None:
                revision = save_draft(fair, hall, document, 0, seen, clock.now())
                publish_draft(SYSTEM, "Ola", fair, hall.id, revision, seen, clock.now())

            self.attempt(publish)
            self.attempt(lambda: discard_draft(SYSTEM, fair, hall))

        @invariant()
        def one_owner_a_booth_at_most(self) -> None:
            db.session.expire_all()
            live = list(db.session.scalars(select(Allocation).where(Allocation.ended_at.is_(None))))
            of_booth = {one.booth_id: one for one in live}
            assert len(of_booth) == len(live)
            for booth in db.session.scalars(select(Booth)):
                mine = of_booth.get(booth.id)
                if booth.state in (BoothState.HELD, BoothState.RESERVED, BoothState.LET):
                    assert mine is not None, f"{booth.number} is {booth.state} and nobody's"
                    assert (mine.state, mine.exhibitor_id) == (booth.state, booth.exhibitor_id)
                    assert booth.hold_id == mine.hold_id
                else:
                    assert mine is None, f"{booth.number} is {booth.state} and somebody's"
                    assert booth.exhibitor_id is None

        @invariant()
        def paid_orders_have_their_booths_and_no_other_has(self) -> None:
            """But for what the organiser released; what was transferred is let for its order, whoever has it."""
            released = Counter(
                db.session.scalars(select(Allocation.order_id).where(Allocation.end_reason.in_(moving.RELEASES)))
            )
            for one in self.orders():
                bought = [line.booth_id for line in one.lines if line.booth_id]
                assert len(set(bought)) == len(bought), "an order names a booth twice"
                if one.state == OrderState.PAID:
                    numbers_of = db.session.scalars(select(Booth.number).where(Booth.id.in_(bought)))
                    let = market.let(one)
                    assert set(let) <= set(numbers_of)
                    assert len(let) == len(bought) - released[one.id]
                else:
                    mine = select(Allocation.id).where(Allocation.order_id == one.id, Allocation.ended_at.is_(None))
                    mine = mine.where(Allocation.state == "let", Allocation.exhibitor_id == one.exhibitor_id)
                    assert db.session.scalars(mine).all() == []

        @invariant()
        def what_follows_another_has_the_same_order_and_began_when_it_ended(self) -> None:
            rows = {one.id: one for one in db.session.scalars(select(Allocation))}
            followed = [one for one in rows.values() if one.follows_id is not None]
            assert len({one.follows_id for one in followed}) == len(followed), "two came from one"
            for one in followed:
                before = rows[one.follows_id]
                assert before.end_reason in ("moved", "swapped", "transferred") and before.end_note == WHY
                assert (before.ended_at, before.order_id or one.order_id) == (one.created_at, one.order_id)

        @invariant()
        def the_figures_of_the_floor_add_up(self) -> None:
            zones, whole = fair_state(self.fair, clock.now())
            assert sum(row.whole.booths for row in zones) == whole.whole.booths
            assert sum(sums.booths for sums in whole.states.values()) == whole.whole.booths
            money = {name: sums.agreed["VND"] for name, sums in whole.money.items()}
            assert money["agreed"] == money["paid"] + money["open"] and money["due"] <= money["open"]
            booths = list(db.session.scalars(select(Booth).where(Booth.state.not_in(("gone", "not_let", "show")))))
            assert len(booths) == whole.whole.booths, "a booth was counted twice, or not at all"

        @invariant()
        def history_is_whole(self) -> None:
            rows = {
                one.id: (one.booth_id, one.exhibitor_id, one.state, one.created_at, one.ended_at, one.end_reason)
                for one in db.session.scalars(select(Allocation))
            }
            for number, before in self.history.items():
                assert number in rows, "a row of the history is gone"
                if before[4] is not None:
                    assert rows[number] == before, "what had ended was changed"
            self.history = rows

        @invariant()
        def all_money_is_somewhere(self) -> None:
            payments = list(db.session.scalars(select(Payment)))
            assert sum(one.amount_minor for one in payments) == self.came
            going_back: Counter[int] = Counter()
            for refund in db.session.scalars(select(Refund)):
                going_back[refund.payment_id] += refund.amount_minor
            kept: Counter[int | None] = Counter()
            for one in payments:
                assert one.order_id is not None
                assert going_back[one.id] <= one.amount_minor
                if one.state == PaymentState.SETTLED:
                    kept[one.order_id] += one.amount_minor - going_back[one.id]
            for order in self.orders():
                due = order.total_minor if order.state == OrderState.PAID else 0
                assert kept[order.id] == due, f"{order.state}: {kept[order.id]} of {due}"

        @invariant()
        def no_extra_is_sold_twice(self) -> None:
            if not hasattr(self, "extra"):
                return
            taken = db.session.scalars(select(Extra.taken).where(Extra.id == self.extra)).one()
            rows = db.session.execute(
                select(OrderLine.quantity, Order.state, OrderLine.kept)
                .join(Order, Order.id == OrderLine.order_id)
                .where(OrderLine.extra_id.is_not(None))
            ).all()
            assert taken == sum(number for number, _state, kept in rows if kept) <= STOCK
            for _number, state, kept in rows:
                assert kept == (state in (OrderState.AWAITING, OrderState.PAID))

        @invariant()
        def papers_are_numbered_without_gaps(self) -> None:
            for kind in ("invoice", "contract", "credit_note"):
                serials = sorted(db.session.scalars(select(Invoice.serial).where(Invoice.kind == kind)))
                assert serials == list(range(1, len(serials) + 1))

    return Floor


def test_whatever_happens_in_whatever_order(app: Flask, market: Market) -> None:
    """A long search runs with `./fair bench`; this one finds what is near."""
    steps = settings(
        max_examples=25,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine_of(app, market), settings=steps)
