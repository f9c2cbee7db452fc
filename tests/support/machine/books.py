"""Everything that the machine judges, read once a step."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from app.allocation.models import Application, Offer
from app.booths.discount_models import DiscountCode, DiscountUse
from app.booths.models import Allocation, Booth, Extra, Hold
from app.db import db
from app.fairs.models import Exhibitor
from app.payments.models import Cancellation, Invoice, Order, Payment, Refund
from app.payments.support_models import Support, SupportGrant, SupportProgramme


class Books:
    """All rows of a fair that says nothing but what happened to its booths and its money."""

    def __init__(self) -> None:
        db.session.expire_all()
        self.booths = self._all(Booth)
        self.holds = {one.id: one for one in self._all(Hold)}
        self.allocations = self._all(Allocation)
        self.orders = self._all(Order)
        self.payments, self.refunds, self.invoices = self._all(Payment), self._all(Refund), self._all(Invoice)
        self.cancellations, self.extras = self._all(Cancellation), self._all(Extra)
        self.codes, self.uses = self._all(DiscountCode), self._all(DiscountUse)
        self.programmes, self.grants, self.supports = (
            self._all(SupportProgramme), self._all(SupportGrant), self._all(Support)
        )  # fmt: skip
        self.applications, self.offers = self._all(Application), self._all(Offer)
        self.exhibitors = {one.id: one for one in self._all(Exhibitor)}
        self.live = [one for one in self.allocations if one.ended_at is None]
        self.papers = _by(self.invoices, lambda one: one.order_id)
        self.refunds_of = _by(self.refunds, lambda one: one.payment_id)
        self.payments_of = _by(self.payments, lambda one: one.order_id)
        db.session.commit()

    def _all(self, model: Any) -> list[Any]:
        return list(db.session.scalars(select(model).order_by(model.id)))

    def going_back(self, payment: Payment, *states: str) -> int:
        """What goes back of a payment, or has gone; only in these states of its refunds, else in all but failed."""
        mine = self.refunds_of[payment.id]
        return sum(r.amount_minor for r in mine if (r.state in states if states else r.state != "failed"))


def _by(rows: Iterable[Any], key: Any) -> defaultdict[Any, list[Any]]:
    found: defaultdict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found
