"""An exhibitor's own page to order more extras for a booth that is let to it already."""

from typing import Any

from flask import g, redirect, render_template, request, url_for

from app import clock
from app.access import Permission, allow, principal
from app.booths.amounts import listing_of
from app.booths.booking import pay_ways
from app.booths.currency_choice import currencies_for
from app.booths.extras import asked_for, extra_price, extras_for_sale, left_of
from app.booths.models import BoothState
from app.booths.more_extras import last_of, order_more, said_of_extras
from app.booths.own import own_booths
from app.booths.pricing import vat_bp_on
from app.booths.proof import require_proved_address
from app.db import db, retrying
from app.errors import DomainError, NotFound
from app.fairs.currencies import first_choice, open_currencies
from app.fairs.models import Exhibitor
from app.front.blueprint import blueprint
from app.input import sent_amount
from app.money import Money, exponent
from app.payments.models import Order

ANY_AMOUNT = 100_000  # in minor units: asks which ways there are at all, before anything is typed


@blueprint.route("/fairs/<slug>/portal/company/<int:exhibitor_id>/extras", methods=["GET", "POST"])
@allow(Permission.ORDER_PLACE)
def more_extras(exhibitor_id: int) -> Any:
    """What is still for sale, for one of the company's let booths; sent, an order of its own to be paid."""
    if exhibitor_id not in principal().exhibitor_ids:
        raise NotFound()
    if request.method == "GET":
        return _page(exhibitor_id)
    pay_by = request.form.get("pay_by", "transfer")
    try:
        with said_of_extras():
            placed = _placed(exhibitor_id, pay_by)
    except DomainError as error:
        return _page(exhibitor_id, error), error.status
    if placed.pay_by == "card":  # a 307 repeats the POST: Checkout is opened by the order's own view
        return redirect(url_for("payments.checkout", reference=placed.reference), 307)
    return redirect(url_for("payments.order", reference=placed.reference), 303)


def _placed(exhibitor_id: int, pay_by: str) -> Order:
    require_proved_address(pay_by)
    actor, number, extras = principal().actor(), request.form.get("booth", ""), asked_for(request.form)
    seen: dict[str, Any] = {"seen_net_minor": _net_read(extras), "seen_last": request.form.get("seen_last")}
    seen["currency"] = request.form.get("currency") or None
    return retrying(lambda: order_more(actor, g.fair, exhibitor_id, number, extras, pay_by, clock.now(), **seen))


def _page(exhibitor_id: int, refusal: DomainError | None = None) -> str:
    now, offered = clock.now(), open_currencies(g.fair)
    exhibitor = db.session.get_one(Exhibitor, exhibitor_id)
    choices = currencies_for(g.fair, [exhibitor], offered)
    asked = request.values.get("currency", "")
    currency = asked if asked in choices else first_choice(g.fair, offered, exhibitor)
    listing, last = listing_of(g.fair, currency, []), last_of(g.fair, exhibitor_id)
    own, extras = own_booths(g.fair, {exhibitor_id}, now, for_plan=False), extras_for_sale(g.fair, now)
    return render_template(
        "fairs/more_extras.html",
        exhibitor=exhibitor,
        booths=[booth for booth in own.booths if booth.state == BoothState.LET],
        chosen=request.values.get("booth", ""),
        choices=choices,
        currency=currency,
        extras=extras,
        prices={one.id: extra_price(g.fair, one, listing) for one in extras},
        left_of=left_of,
        last=last.reference if last is not None else "",
        ways=pay_ways(g.fair, Money(ANY_AMOUNT, currency), None, offered),
        vat_bp=vat_bp_on(g.fair.id, clock.fair_day(g.fair, now)),
        digits=exponent(currency),
        nothing=Money(0, currency),
        typed=request.form,
        refusal=refusal,
        faults=getattr(refusal, "sentences", dict)(),
    )


def _net_read(extras: dict[int, int]) -> int | None:
    """What the page said that they cost before VAT; None where it did not say all of it."""
    prices = [(sent_amount(f"price-{extra_id}"), number) for extra_id, number in extras.items()]
    if any(price is None for price, _number in prices):
        return None
    return sum((price or 0) * number for price, number in prices)
