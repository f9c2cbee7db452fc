"""The usual way to a booth: hold, order, pay; with extras, a code, a deposit and support; in time, late, or never."""

from contextlib import suppress
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from app import clock
from app.audit import SYSTEM
from app.booths import booking, claims, holds
from app.booths.cancelling import add_step
from app.booths.discounts import add_code
from app.booths.extras import keep_extra
from app.booths.models import HoldState
from app.booths.one_hold import hold_at_once
from app.booths.price_lists import add_price_list
from app.db import db, transaction
from app.errors import DomainError
from app.payments.funders import keep_funder, keep_programme
from app.payments.grants import grant_support, withdraw_grant
from app.payments.models import OrderState
from app.payments.schedule import end_schedule, set_schedule
from app.payments.support_models import SupportGrant
from tests.support.machine.base import Stage, some_booths, which, who
from tests.support.subsidy import FUNDER, TERMS

STOCK, CODE, USES, BUDGET = 4, "SOM10", 2, 15_000_000
pay_by = st.sampled_from(["transfer", "transfer", "card"])


class Selling(Stage):
    @initialize(deposit=st.booleans(), rate_bp=st.sampled_from([5000, 10_000]), supported=st.booleans(),
                sold=st.sampled_from([True, True, False]))  # fmt: skip
    def begin(self, deposit: bool, rate_bp: int, supported: bool, sold: bool) -> None:
        """An extra of which there are four, an early-bird price of three days, a code, a fee, a budget for a booth.

        Mostly something is sold already: moves, fees and what follows want booths that are let.
        """
        self.empty()
        now, today = clock.now(), clock.fair_day(self.fair, clock.now())
        with transaction():
            given = dict.fromkeys(("name_en", "unit", "unit_en", "about", "about_en"), "") | {"name": "Điện"}
            given |= {"price_minor": 650_000, "stock": STOCK, "order_until": None}
            self.extra = keep_extra(SYSTEM, self.fair, given, now).id
            days = {"from_on": today, "to_on": today + timedelta(days=2)}
            early = {"name": "Sớm", "name_en": "Early", "off_bp": 1000, "per_m2_minor": None}
            add_price_list(SYSTEM, self.fair, early | days, now)
            off = {"code": CODE, "off_bp": 1000, "off_minor": None, "most": USES}
            add_code(SYSTEM, self.fair, off | days | {"to_on": today + timedelta(days=20)}, now)
            add_step(SYSTEM, self.fair, today + timedelta(days=10), 1000)
            add_step(SYSTEM, self.fair, today + timedelta(days=40), 5000)
            self.funder = keep_funder(SYSTEM, self.fair, FUNDER, now).id
            most = 6_000_000 if rate_bp < 10_000 else None  # then a booth can be paid for whole
            terms = TERMS | {"rate_bp": rate_bp, "budget_minor": BUDGET, "per_booth_minor": most}
            self.programme = keep_programme(SYSTEM, self.fair, self.funder, terms, now).id
            for exhibitor in self.companies[: 2 * supported]:
                grant_support(SYSTEM, self.fair, self.programme, exhibitor, "Làng nghề", now)
        if deposit:
            self.change_terms("deposit", 0)
        self.begun = True
        for n, wanted in enumerate((["A01", "A03"], ["A02"], ["A05"])) if sold else ():
            self.book(n, wanted, n, "transfer", n == 1, False)
            self.pay_in_time(n, False)

    @rule(what=st.sampled_from(["deposit", "whole", "grant", "withdraw"]), n=who)
    def change_terms(self, what: str, n: int) -> None:
        """Orders that are placed keep theirs."""
        fair, now = self.fair, clock.now()
        if what == "deposit":
            asked = {"deposit_bp": 3000, "balance_on": None, "balance_days_before": 20}
            self.attempt(lambda: set_schedule(SYSTEM, fair, asked, now))
        elif what == "whole":
            self.attempt(lambda: end_schedule(SYSTEM, fair))
        elif what == "grant":
            self.attempt(lambda: grant_support(SYSTEM, fair, self.programme, self.companies[n], "Làng nghề", now))
        else:
            grant = self.pick(db.session.query(SupportGrant).filter(SupportGrant.withdrawn_at.is_(None)), n)
            if grant is not None:
                self.attempt(lambda: withdraw_grant(SYSTEM, fair, grant.id, now))

    @rule(n=who, wanted=some_booths, by_organiser=st.sampled_from([True, True, False]), at_once=st.booleans())
    def hold(self, n: int, wanted: list[str], by_organiser: bool = True, at_once: bool = True) -> None:
        fair, now = self.fair, clock.now()

        def deed() -> None:
            seen = claims.look_at(fair, wanted, now)
            holds.hold_booths(SYSTEM, fair, self.companies[n], seen, now, by_organiser)

        if not at_once:
            self.attempt(deed)
            return
        with suppress(DomainError):
            hold_at_once(SYSTEM, fair, self.companies[n], wanted, now, by_organiser)
        db.session.rollback()

    @rule(n=which, by=pay_by, number=st.integers(0, 3), code=st.booleans(), release=st.booleans())
    def order_or_release(self, n: int, by: str, number: int, code: bool, release: bool) -> None:
        """Any hold, ended or not."""
        held = self.pick(self.holds(), n)
        if held is not None and release:
            self.attempt(lambda: holds.release_hold(SYSTEM, self.fair, held, clock.now()))
        elif held is not None:
            self._place(held, by, number, code)

    @rule(n=who, wanted=some_booths, number=st.integers(0, 3), by=pay_by, code=st.booleans(), late=st.booleans())
    def book(self, n: int, wanted: list[str], number: int, by: str, code: bool, late: bool) -> None:
        """The usual way, in one go; late: its time runs out while somebody else may take the booths."""
        self.hold(n, wanted)
        held = self.holds(HoldState.LIVE)
        if held:
            self._place(held[-1], by, number, code)
        if late:
            self.wait(100)
            self.hold((n + 1) % 3, wanted[:1])

    def _place(self, held: object, by: str, number: int, code: bool) -> None:
        extras = {self.extra: number} if number else {}
        typed = CODE if code else ""
        self.attempt(lambda: booking.place_order(SYSTEM, self.fair, held, by, clock.now(), extras, typed))

    @rule(n=which, extend=st.booleans())
    def cancel(self, n: int, extend: bool = False) -> None:
        """Or turn from the card to the bank, which keeps the booths for days."""
        one = self.pick(self.orders(OrderState.AWAITING), n)
        if one is not None and extend:
            self.try_alone(lambda: booking.change_to_transfer(SYSTEM, self.fair, one, clock.now()))
        elif one is not None:
            self.try_alone(lambda: booking.cancel(SYSTEM, one, clock.now()))

    @rule(hours=st.sampled_from([0.2, 0.6, 12, 40, 100]))
    def time_passes(self, hours: float) -> None:
        self.wait(hours)
