"""Money that comes and goes back: whole, in part, too much, twice, late, without an order; and cancelling for a fee."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import select

from app import clock
from app.audit import SYSTEM, Actor
from app.booths.cancelling import ask_cancellation, call_off, carry_out, fee_today, refuse, withdraw
from app.db import db, transaction
from app.fulfilment import choose_equal, give_back, match, receive_payment, take_money_back
from app.money import Money
from app.payments import stripe_gateway
from app.payments.models import Cancellation, CancellationState, Order, OrderState, Payment, PaymentState, Refund
from app.payments.refunds import finish_by_hand, refund_payment, send_refunds
from app.payments.schedule import due_now
from app.payments.settlement import Arrival
from app.payments.stripe_gateway import CardServiceRefused
from tests.support.machine.base import Stage, some_booths, which

OLA = Actor("person", 1, "Ola")
LET = (OrderState.PAID, OrderState.DEPOSITED)


class Paying(Stage):
    @rule(n=which, share=st.sampled_from([100, 100, 100, 50, 120]), whole=st.booleans(), card=st.booleans(),
          twice=st.booleans())  # fmt: skip
    def pay(self, n: int, share: int, whole: bool, card: bool, twice: bool) -> None:
        """What is due or the whole; at any time, whatever became of the order; the same money told twice."""
        one = self.pick(self.orders(), n)
        if one is None:
            return
        part = "" if one.deposit_minor is None else "balance" if one.state == OrderState.DEPOSITED else "deposit"
        amount = (one.total_minor if whole else due_now(one).minor) * share // 100
        if amount > 0:
            self._came(one.id, Money(amount, one.currency), "card" if card else "transfer", part if card else "", twice)

    @rule(n=which, late=st.booleans())
    def pay_in_time(self, n: int, late: bool) -> None:
        """The usual way: what is due of an order that waits for it."""
        one = self.pick(self.orders(OrderState.AWAITING, OrderState.DEPOSITED), n)
        if one is not None and due_now(one).minor > 0:
            if late:
                self.wait(100)
            self._came(one.id, due_now(one), "transfer", "", False)

    @rule(n=which)
    def stray(self, n: int) -> None:
        """A transfer without a reference, and the one before finds its order."""
        found = select(Payment).where(Payment.order_id.is_(None), Payment.state == PaymentState.UNMATCHED)
        before, one = db.session.scalars(found.order_by(Payment.id)).first(), self.pick(self.orders(), n)
        if one is None:
            return
        if before is None:
            self._came(None, Money(max(due_now(one).minor, 1), one.currency), "transfer", "", False)
        else:
            self.attempt(lambda: match(OLA, before, one, clock.now()))

    def _came(self, order_id: int | None, amount: Money, method: str, part: str, twice: bool) -> None:
        number = f"FT{next(self.numbers)}"
        for _told in range(1 + twice):
            with transaction():
                arrival = Arrival(method, number, amount, clock.now(), "", part)
                receive_payment(SYSTEM, self.fair.id, order_id, arrival, clock.now())
        self.came += amount.minor

    @rule(n=which, wanted=some_booths, back=st.booleans())
    def choose(self, n: int, wanted: list[str], back: bool) -> None:
        """Paid, and the booths went: other ones, or the money back. Or the organiser gives it back, at any time."""
        one = self.pick(self.orders(OrderState.UNDELIVERABLE), n)
        if one is None and back:
            other = self.pick(self.orders(), n)
            self.attempt(lambda: give_back(SYSTEM, other, clock.now()) if other is not None else None)
        elif one is not None and back:
            self.attempt(lambda: take_money_back(SYSTEM, one, clock.now()))
        elif one is not None:
            self.attempt(lambda: choose_equal(SYSTEM, self.fair, one, wanted, clock.now()))

    @rule(n=which, then=st.sampled_from(["carry out", "wait", "wait", "refuse", "withdraw"]))
    def ask_to_cancel(self, n: int, then: str) -> None:
        """The exhibitor asks for the fee of the day; what waits is decided by another call, or by this one."""
        one = self.pick(self.orders(*LET), n)
        fee = fee_today(self.fair, one, clock.now()) if one is not None else None
        if one is not None and fee is not None:
            self.try_alone(lambda: ask_cancellation(SYSTEM, self.fair, one, "Xin rút", fee.amount.minor, clock.now()))
        if then != "wait":
            self.decide(n, then)

    @rule(n=which, then=st.sampled_from(["carry out", "carry out", "refuse", "withdraw", "unasked"]))
    def decide(self, n: int, then: str) -> None:
        """On what was asked for; or the organiser cancels of its own accord."""
        if then == "unasked":
            one = self.pick(self.orders(*LET), n)
            fee = fee_today(self.fair, one, clock.now()) if one is not None else None
            if one is not None and fee is not None:
                self.try_alone(lambda: call_off(OLA, self.fair, one, "Chậm trả", fee.amount.minor, clock.now()))
            return
        waiting = select(Cancellation).where(Cancellation.state == CancellationState.ASKED)
        wish = self.pick(db.session.scalars(waiting.order_by(Cancellation.id)), n)
        if wish is None:
            return
        fair, order, now = self.fair, db.session.get_one(Order, wish.order_id), clock.now()
        if then == "carry out":
            self.try_alone(lambda: carry_out(OLA, fair, order, wish, "Đồng ý", now))
        else:
            deed = {"refuse": lambda: refuse(OLA, wish, "Không", now), "withdraw": lambda: withdraw(OLA, wish, now)}
            self.attempt(deed[then])

    @rule(n=which, deed=st.sampled_from(["stripe", "stripe refuses", "bank", "stray"]))
    def money_goes(self, n: int, deed: str) -> None:
        """What is due back is sent by Stripe, or refused; or a person sends it, or sends back what counts nowhere."""
        if deed == "bank":
            refund = self.pick(db.session.scalars(select(Refund).order_by(Refund.id)), n)
            self.attempt(lambda: finish_by_hand(OLA, refund, clock.now()) if refund is not None else None)
        elif deed == "stray":
            found = select(Payment).where(Payment.state == PaymentState.UNMATCHED).order_by(Payment.id)
            one = self.pick(db.session.scalars(found), n)
            self.attempt(lambda: refund_payment(OLA, one, "cancelled", clock.now()) if one is not None else None)
        else:
            self._stripe_answers(deed == "stripe refuses")

    def _stripe_answers(self, refuses: bool) -> None:
        real = stripe_gateway.refund

        def answer(*_asked: Any) -> str:
            if refuses:
                raise CardServiceRefused()
            return f"re_{next(self.numbers)}"

        stripe_gateway.refund = answer
        try:
            send_refunds()
        finally:
            stripe_gateway.refund = real
