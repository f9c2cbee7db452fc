"""Currencies that a fair sells in beside its own: who may choose one, and which account takes transfers in it.

Each has amounts of its own (app/booths/amounts.py); nothing is converted, and no rate is kept for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.db import db
from app.fairs.models import Exhibitor, Fair


class OfferedTo(StrEnum):
    EVERYBODY = "everybody"
    FOREIGN = "foreign"  # exhibitors whose address lies outside the fair's country


class FairCurrency(db.Model):
    """A further currency. Once closed nothing new is ordered in it; what was ordered is paid in it all the same."""

    __tablename__ = "fair_currency"
    __table_args__ = (UniqueConstraint("fair_id", "currency"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    currency: Mapped[str] = mapped_column(String(3))
    offered_to: Mapped[str] = mapped_column(String(10), default=OfferedTo.EVERYBODY)
    bank_name: Mapped[str] = mapped_column(String(120), default="")
    bank_swift: Mapped[str] = mapped_column(String(11), default="")
    bank_account: Mapped[str] = mapped_column(String(34), default="")  # an IBAN is as long
    bank_account_name: Mapped[str] = mapped_column(String(120), default="")
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Account:
    """Where money in one currency is sent to. `bin` is NAPAS's number of the bank, for VietQR; `swift` for abroad."""

    bank: str
    number: str
    holder: str
    bin: str = ""
    swift: str = ""


def open_currencies(fair: Fair) -> list[FairCurrency]:
    """In the order in which they were opened; a fair that never opened one is not asked."""
    if not fair.currency_revision:
        return []
    found = select(FairCurrency).where(FairCurrency.fair_id == fair.id, FairCurrency.closed_at.is_(None))
    return list(db.session.scalars(found.order_by(FairCurrency.id)))


def currency_of(fair_id: int, currency: str) -> FairCurrency | None:
    """Open or closed."""
    return db.session.scalar(
        select(FairCurrency).where(FairCurrency.fair_id == fair_id, FairCurrency.currency == currency),
        execution_options={"populate_existing": True},
    )


def may_choose(fair: Fair, one: FairCurrency, exhibitor: Exhibitor) -> bool:
    return one.offered_to == OfferedTo.EVERYBODY or exhibitor.country != fair.country


def first_choice(fair: Fair, offered: list[FairCurrency], exhibitor: Exhibitor) -> str:
    """What a company chose last, if it still can; else from abroad the first that is offered, at home the fair's."""
    codes = [one.currency for one in offered if may_choose(fair, one, exhibitor)]
    if exhibitor.currency in (fair.currency, *codes):
        return exhibitor.currency
    return codes[0] if codes and exhibitor.country != fair.country else fair.currency


def account_for(fair: Fair, currency: str, known: Sequence[FairCurrency] = ()) -> Account | None:
    """The organiser's account for transfers in a currency; None where it has named none.

    `known` are currencies that were read already: only others are asked for.
    """
    seller = fair.organiser
    if currency == fair.currency:
        holder = seller.bank_account_name or seller.name
        account = Account(seller.bank_name, seller.bank_account, holder, seller.bank_bin)
        return account if seller.takes_transfers else None
    one = next((one for one in known if one.currency == currency), None) or currency_of(fair.id, currency)
    if one is None or not (one.bank_name and one.bank_account):
        return None
    return Account(one.bank_name, one.bank_account, one.bank_account_name or seller.name, swift=one.bank_swift)
