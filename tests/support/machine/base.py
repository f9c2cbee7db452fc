"""What every part of the machine of the floor stands on: its fair, its clock, and ways to pick from what there is."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any, ClassVar

from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import delete, insert, select

from app import clock
from app.allocation.models import Application, Offer, Wish
from app.booths.discount_models import DiscountCode, DiscountUse
from app.booths.models import (
    Allocation,
    Booth,
    BoothState,
    Extra,
    Hold,
    HoldState,
    PlanDraft,
    PlanVersion,
    PriceList,
)
from app.db import db, transaction
from app.errors import DomainError
from app.fairs.models import Exhibitor, Fair
from app.live import Event
from app.mail import Mail
from app.payments.models import (
    BalanceReminder,
    Cancellation,
    CancellationStep,
    Invoice,
    Order,
    OrderLine,
    Payment,
    Refund,
    SalesTerms,
)
from app.payments.support_models import Funder, FunderPayment, Support, SupportGrant, SupportProgramme
from tests.support.market import SPRING, Market

BOOTHS = ("A01", "A02", "A03", "A04", "A05", "A06")
WHY = "Đổi chỗ"
TABLES = (
    Refund, Payment, Support, Invoice, BalanceReminder, Cancellation, CancellationStep, SalesTerms, SupportGrant,
    SupportProgramme, FunderPayment, Funder, DiscountUse, DiscountCode, Offer, Wish, Application, Allocation, OrderLine,
    Order, Hold, Extra, PriceList, PlanDraft, PlanVersion, Mail, Event,
)  # fmt: skip
some_booths = st.lists(st.sampled_from(BOOTHS), min_size=1, max_size=3, unique=True)
which = st.integers(0, 7)
who = st.integers(0, 2)


class Stage(RuleBasedStateMachine):
    """Three companies and a hall. `app`, `market`, `first` (the booths' rows) and `companies` are set by the maker."""

    app: ClassVar[Flask]
    market: ClassVar[Market]
    first: ClassVar[list[dict[str, Any]]]
    companies: ClassVar[tuple[int, ...]]
    numbers = count(1)

    def __init__(self) -> None:
        super().__init__()
        self.context = self.app.app_context()
        self.context.push()
        self.history: dict[int, tuple[Any, ...]] = {}
        self.came = 0  # money, all of it
        self.drawn = 0  # plans: the rest is sales
        self.begun = False

    def teardown(self) -> None:
        db.session.remove()
        self.context.pop()

    @property
    def fair(self) -> Fair:
        return db.session.get_one(Fair, self.market.cast.fair.id, populate_existing=True)

    def empty(self) -> None:
        clock.set_offset(SPRING - clock.datetime.now(clock.UTC))
        with transaction():
            for table in TABLES:
                db.session.execute(delete(table))
            db.session.execute(delete(Booth))
            db.session.execute(delete(Exhibitor).where(Exhibitor.main_id.is_not(None)))
            db.session.execute(insert(Booth), self.first)
            self.fair.has_waiting = False

    def attempt(self, deed: Callable[[], Any]) -> Any:
        """A refusal is an answer, and undoes all of it; any other fault is the machine's find."""
        try:
            with transaction():
                return deed()
        except DomainError:
            db.session.rollback()
            return None

    def try_alone(self, deed: Callable[[], Any]) -> Any:
        """The same of a verb that opens its own transactions."""
        try:
            return deed()
        except DomainError:
            db.session.rollback()
            return None

    def pick(self, found: Any, n: int) -> Any:
        found = list(found)
        return found[n % len(found)] if found else None

    def orders(self, *states: str) -> list[Order]:
        wanted = select(Order).where(Order.state.in_(states)) if states else select(Order)
        return list(db.session.scalars(wanted.order_by(Order.id)))

    def holds(self, *states: HoldState) -> list[Hold]:
        wanted = select(Hold).where(Hold.state.in_(states)) if states else select(Hold)
        return list(db.session.scalars(wanted.order_by(Hold.created_at, Hold.id)))

    def had(self) -> list[tuple[str, int]]:
        """Booths that somebody has by the last word of their rows, with who: let, reserved, or only held."""
        rows = select(Booth.number, Booth.exhibitor_id).where(Booth.exhibitor_id.is_not(None))
        found = db.session.execute(rows.order_by((Booth.state == BoothState.LET).desc(), Booth.number))
        return [(row.number, row.exhibitor_id) for row in found]

    def company_but(self, exhibitor_id: int, n: int) -> int:
        others = [one for one in self.companies if one != exhibitor_id]
        return others[n % len(others)]

    def wait(self, hours: float) -> None:
        clock.set_offset(clock._offset + timedelta(hours=hours))
