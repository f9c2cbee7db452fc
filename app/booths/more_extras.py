"""Extras for a booth that is let already: an order of their own, until the last day of each."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import select, update

from app import clock
from app.audit import Actor
from app.booths.amounts import listing_of
from app.booths.booking import CHECKOUT_TIME, PAY_BY, PLACED, pay_ways, require_card, require_read, transfer_due_at
from app.booths.claims import require_open
from app.booths.currency_choice import require_currency
from app.booths.errors import (
    AddressNotConfirmed,
    CurrencyNotOffered,
    NoWayToPay,
    PricesChanged,
    TransferNotPossible,
)
from app.booths.extras import ExtraNotForSale, ExtraSoldOut, take_extras
from app.booths.models import Booth, BoothState
from app.booths.pricing import vat_bp_on
from app.db import db
from app.errors import DomainError, FieldErrors
from app.fairs.currencies import account_for
from app.fairs.models import Exhibitor, Fair
from app.i18n_marks import N_
from app.payments import orders
from app.payments.models import Order, OrderLine

NOTHING = N_("Type how many you want of at least one.")


class NotYourBooth(DomainError):
    code: ClassVar[str] = "not_your_booth"
    message: ClassVar[str] = N_(
        "More extras are ordered for a booth that is let to your company. Booth %(booth)s is not: choose another."
    )


class OrderedMeanwhile(DomainError):
    """`reference` is the order that the reader had not seen."""

    code: ClassVar[str] = "extras_ordered_meanwhile"
    message: ClassVar[str] = N_(
        "Extras were just ordered for your company: order %(reference)s. Nothing was ordered twice. Look at that "
        "order; if you want these besides, order once more."
    )
    extra: ClassVar[tuple[str, ...]] = ("reference",)


class _SoldOut(ExtraSoldOut):
    message: ClassVar[str] = N_("Of “%(name)s” only %(left)s are left. Change the number and order again.")


class _NotForSale(ExtraNotForSale):
    message: ClassVar[str] = N_("“%(name)s” can no longer be ordered. Leave it out and order again.")


class _PricesChanged(PricesChanged):
    message: ClassVar[str] = N_(
        "Prices changed while you were choosing: these extras cost %(price)s before VAT by now. Nothing was ordered: "
        "read them again, then order."
    )


class _CurrencyNotOffered(CurrencyNotOffered):
    message: ClassVar[str] = N_(
        "Extras are not sold to your company in %(currency)s. Choose another currency and order again."
    )


class _NoWayToPay(NoWayToPay):
    message: ClassVar[str] = N_(
        "No way is open to pay %(total)s: a card takes no such amount, and there is no account for transfers in this "
        "currency. Change the numbers, choose another currency, or write to the organiser."
    )


class _AddressNotConfirmed(AddressNotConfirmed):
    message: ClassVar[str] = N_(
        "A transfer keeps extras for days, so confirm your address first: open the link that we mailed to %(email)s, "
        "then order."
    )


BESIDES_BOOTHS: dict[type[DomainError], type[DomainError]] = {
    ExtraSoldOut: _SoldOut,
    ExtraNotForSale: _NotForSale,
    PricesChanged: _PricesChanged,
    CurrencyNotOffered: _CurrencyNotOffered,
    NoWayToPay: _NoWayToPay,
    AddressNotConfirmed: _AddressNotConfirmed,
}


@contextmanager
def said_of_extras() -> Iterator[None]:
    """Refusals with the codes that they have at a booth's order, in sentences that name no held booths."""
    try:
        yield
    except tuple(BESIDES_BOOTHS) as error:
        raise BESIDES_BOOTHS[type(error)](**error.params) from error


def order_more(
    actor: Actor,
    fair: Fair,
    exhibitor_id: int,
    number: str,
    extras: Mapping[int, int],
    pay_by: str,
    now: datetime,
    currency: str | None = None,
    seen_net_minor: int | None = None,
    seen_last: str | None = None,
) -> Order:
    """Order extras (id → number) for the let booth `number`, at today's prices and VAT; due whole.

    `seen_last` is the reference of the company's newest such order as its page said, or empty: sent twice the same
    one answers, and the second of two colleagues is told. `currency` is the fair's where none is given.
    `seen_net_minor` is what was read before VAT. The stock is kept until the money comes or its time runs out.

    Raises FieldErrors, NotYourBooth, OrderedMeanwhile, BookingClosed once the fair is over, and what `place_order`
    raises of extras, currencies and ways to pay.
    """
    if pay_by not in PAY_BY:
        raise FieldErrors({"pay_by": N_("pay_by is card or transfer.")})
    require_open(fair, now, promised=True)  # booths may be closed: each extra has its own last day
    if not extras:
        raise FieldErrors({"extras": NOTHING})
    # one at a time for a company: the second finds the first's order
    db.session.execute(select(Exhibitor.id).where(Exhibitor.id == exhibitor_id).with_for_update(key_share=True))
    if seen_last is not None:
        placed = last_of(fair, exhibitor_id)
        if placed is not None and placed.reference != seen_last.upper():
            if _wanted(placed) == (number, dict(extras), pay_by):
                return placed
            raise OrderedMeanwhile(reference=placed.reference)
    currency = currency or fair.currency
    require_currency(fair, exhibitor_id, currency)
    if pay_by == "transfer" and account_for(fair, currency) is None:
        raise TransferNotPossible()
    vat_bp = vat_bp_on(fair.id, clock.fair_day(fair, now))
    lines = take_extras(fair, extras, vat_bp, now, listing_of(fair, currency, []))
    require_read(lines, currency, seen_net_minor)
    booth = _theirs(fair, exhibitor_id, number)  # after the extras, as every verb does that takes both
    said = f"Cho gian {number} / For booth {number}"
    lines = [replace(line, booth_id=booth.id, price_note=said) for line in lines]
    due_at = now + CHECKOUT_TIME if pay_by == "card" else transfer_due_at(fair, now)
    order = orders.open_order(actor, fair.id, exhibitor_id, None, pay_by, lines, due_at, now)
    if pay_by == "card":
        require_card(pay_ways(fair, orders.total_of(order)))
    for told in PLACED:
        told(actor, order, now)
    return order


def last_of(fair: Fair, exhibitor_id: int) -> Order | None:
    """The company's newest order of extras alone, however it stands."""
    theirs = select(Order).where(Order.fair_id == fair.id, Order.exhibitor_id == exhibitor_id, Order.hold_id.is_(None))
    of_extras = select(OrderLine.order_id).where(
        OrderLine.fair_id == fair.id, OrderLine.kind == "extra", OrderLine.booth_id.is_not(None)
    )
    newest = theirs.where(Order.id.in_(of_extras)).order_by(Order.id.desc()).limit(1)
    return db.session.scalar(newest, execution_options={"populate_existing": True})


def follow_booth(fair: Fair, exhibitor_id: int, booth_id: int, to_booth_id: int) -> None:
    """The company has another booth instead: what it ordered for the old one is brought to the new one."""
    theirs = select(Order.id).where(Order.fair_id == fair.id, Order.exhibitor_id == exhibitor_id)
    lines: Any = (
        OrderLine.fair_id == fair.id,
        OrderLine.kind == "extra",
        OrderLine.booth_id == booth_id,
        OrderLine.order_id.in_(theirs),
    )
    db.session.execute(
        update(OrderLine).where(*lines).values(booth_id=to_booth_id).execution_options(synchronize_session="fetch")
    )


def has_any_booth(order: Order) -> bool:
    """Whether its company still has a let booth that extras could be brought to."""
    theirs = select(Booth.id).where(
        Booth.fair_id == order.fair_id, Booth.exhibitor_id == order.exhibitor_id, Booth.state == BoothState.LET
    )
    return db.session.scalar(theirs.limit(1)) is not None


def _theirs(fair: Fair, exhibitor_id: int, number: str) -> Booth:
    """Locked, so that it is not moved, transferred or released at the same moment."""
    booth = db.session.scalar(
        select(Booth).where(Booth.fair_id == fair.id, Booth.number == number).with_for_update(),
        execution_options={"populate_existing": True},
    )
    if booth is None or booth.state != BoothState.LET or booth.exhibitor_id != exhibitor_id:
        raise NotYourBooth(booth=number[:12])
    return booth


def _wanted(order: Order) -> tuple[str, dict[int, int], str]:
    """What an order of extras was placed with; the booth as it was called then."""
    number = order.lines[0].price_note.rpartition(" ")[2]
    return number, {line.extra_id or 0: line.quantity for line in order.lines}, order.pay_by
