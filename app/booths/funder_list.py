"""The funder's list: which booths it pays a share of, by which papers, what it has paid and what is open."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import or_, select

from app.booths.models import Booth
from app.db import db
from app.fairs.models import Exhibitor
from app.i18n_marks import N_
from app.money import Money
from app.payments.funder_money import payments_by
from app.payments.models import Invoice, Order
from app.payments.support_models import Funder, FunderPayment, Support, SupportGrant, SupportProgramme

STATES = {
    "waits": N_("order awaits payment, not invoiced yet"),
    "invoiced": N_("invoiced"),
    "credited": N_("cancelled, credited"),
}


@dataclass(frozen=True)
class ListRow:
    """One order's share. `invoice_number` is the exhibitor's; `number` and `credit_number` are the funder's."""

    support: Support
    order: Order
    exhibitor: Exhibitor
    programme: SupportProgramme
    grant: SupportGrant
    booths: list[Booth]
    invoice_number: str
    number: str
    credit_number: str

    @property
    def area_m2(self) -> float:
        return sum(booth.area_m2 for booth in self.booths)

    @property
    def state(self) -> str:
        if self.support.invoice_id is None:
            return "waits"
        return "invoiced" if self.support.credit_id is None else "credited"

    def money(self, minor: int) -> Money:
        return Money(minor, self.support.currency)


@dataclass
class Sums:
    """Of one currency, in minor units with VAT. `stands` = invoiced less credited; `open` = stands less paid."""

    currency: str
    invoiced: int = 0
    credited: int = 0
    paid: int = 0
    waits: int = 0

    @property
    def stands(self) -> int:
        return self.invoiced - self.credited

    @property
    def open(self) -> int:
        return self.stands - self.paid

    def money(self, name: str) -> Money:
        return Money(getattr(self, name), self.currency)


@dataclass(frozen=True)
class FunderList:
    funder: Funder
    rows: list[ListRow]
    payments: list[FunderPayment]
    sums: list[Sums] = field(default_factory=list)  # one a currency: two are never added


def funder_list(funder: Funder, currency: str) -> FunderList:
    """Everything of a funder, in six queries. `currency`: whose sums stand first, even where they are zero."""
    found = (
        select(Support, Order, Exhibitor, SupportProgramme, SupportGrant)
        .join(Order, Order.id == Support.order_id)
        .join(Exhibitor, Exhibitor.id == Order.exhibitor_id)
        .join(SupportProgramme, SupportProgramme.id == Support.programme_id)
        .join(SupportGrant, SupportGrant.id == Support.grant_id)
        .where(Support.fair_id == funder.fair_id, Support.funder_id == funder.id)
        .where(or_(Support.released_at.is_(None), Support.invoice_id.is_not(None)))
        .order_by(Support.id)
    )
    shares = db.session.execute(found, execution_options={"populate_existing": True}).all()
    booths, papers = _booths_of(funder, shares), _numbers_of(funder, shares)
    rows = []
    for support, order, exhibitor, programme, grant in shares:
        ids = order.booth_ids
        rows.append(
            ListRow(
                support=support,
                order=order,
                exhibitor=exhibitor,
                programme=programme,
                grant=grant,
                booths=sorted((booths[one] for one in ids), key=lambda booth: booth.number),
                invoice_number=papers.get((order.id, "invoice"), ""),
                number=papers.get((order.id, "support"), ""),
                credit_number=papers.get((order.id, "support_note"), ""),
            )
        )
    payments = payments_by(funder)
    return FunderList(funder, rows, payments, _sums(rows, payments, currency))


def _booths_of(funder: Funder, shares: Sequence[object]) -> dict[int, Booth]:
    ids = {line.booth_id for row in shares for line in row[1].lines if line.kind == "booth"}  # type: ignore[index]
    found = select(Booth).where(Booth.fair_id == funder.fair_id, Booth.id.in_(ids))
    return {booth.id: booth for booth in db.session.scalars(found)}


def _numbers_of(funder: Funder, shares: Sequence[object]) -> dict[tuple[int, str], str]:
    ids = [row[1].id for row in shares]  # type: ignore[index]
    found = select(Invoice.order_id, Invoice.kind, Invoice.number).where(
        Invoice.fair_id == funder.fair_id, Invoice.order_id.in_(ids)
    )
    return {(order_id, kind): number for order_id, kind, number in db.session.execute(found)}


def _sums(rows: list[ListRow], payments: list[FunderPayment], currency: str) -> list[Sums]:
    sums = {currency: Sums(currency)}
    for row in rows:
        one = sums.setdefault(row.support.currency, Sums(row.support.currency))
        if row.state == "waits":
            one.waits += row.support.total_minor
        else:
            one.invoiced += row.support.total_minor
            one.credited += row.support.total_minor if row.state == "credited" else 0
    for payment in payments:
        sums.setdefault(payment.currency, Sums(payment.currency)).paid += payment.amount_minor
    return list(sums.values())
