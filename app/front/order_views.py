"""An order's own page: what to pay and how, until when, and what came of it."""

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, current_app, g, redirect, render_template, request, session, url_for
from flask_babel import get_locale
from werkzeug.wrappers import Response as AnyResponse

from app import clock
from app.access import Permission, allow, principal
from app.booths import booking, floorplan
from app.booths.cancelling import cancellation_of
from app.booths.cancelling_fees import fee_today, has_its_booths
from app.booths.extras import extras_for_sale
from app.booths.letting import equal_offers
from app.booths.places import lost_places
from app.booths.proof import require_proved_address
from app.db import db, retrying
from app.documents.qr import qr_png_data_uri
from app.errors import DomainError, NotFound
from app.fairs.currencies import Account, account_for
from app.fairs.models import Exhibitor
from app.fulfilment import choose_equal, take_money_back
from app.money import Money
from app.payments.balance import card_can_pay, start_balance_checkout
from app.payments.invoices import EXHIBITORS, every_paper_of, papers_of
from app.payments.models import Order, OrderState, PaymentState
from app.payments.orders import order_by_reference, total_of
from app.payments.papers import filename, paper_pdf
from app.payments.refunds import going_back
from app.payments.schedule import due_now, instalments_of
from app.payments.settlement import payments_of
from app.payments.support import support_of
from app.payments.vietqr import vietqr

blueprint = Blueprint("payments", __name__, url_prefix="/fairs/<slug>")
CARD_CONFIRMS_WITHIN_SECONDS = 600


@blueprint.get("/orders/<reference>")
@allow(Permission.ORDERS_SEE)
def order(reference: str) -> str:
    """Who comes from the card page has paid, as that says: until the service confirms it, no other way is offered."""
    if request.args.get("back") == "paid":
        session["card_paid"] = {reference: clock.now().timestamp()}
    return order_page(own_order(reference))


@blueprint.get("/orders/<reference>/balance")
@allow(Permission.ORDERS_SEE)
def balance_back(reference: str) -> AnyResponse:
    """Where the card page of the balance leads back to: as `order`, and the deposit's own return is another one."""
    back = request.args.get("back", "")
    if back == "paid":
        session["card_paid"] = {f"{reference}/balance": clock.now().timestamp()}
    return redirect(url_for("payments.order", reference=reference, back="left" if back == "cancelled" else None), 303)


@blueprint.post("/orders/<reference>/balance")
@allow(Permission.ORDER_PLACE)
def balance(reference: str) -> AnyResponse | tuple[str, int]:
    """Go on to the card page for the balance."""
    mine = own_order(reference, Permission.ORDER_PLACE)
    back_to = current_app.config["FAIR_PUBLIC_URL"] + url_for("payments.balance_back", reference=mine.reference)
    try:
        url = start_balance_checkout(g.fair, mine, back_to, _email(mine), str(get_locale()), clock.now())
    except DomainError as error:
        db.session.rollback()
        return order_page(own_order(reference), error), error.status
    return redirect(url or url_for("payments.order", reference=mine.reference), 303)


@blueprint.get("/orders/<reference>/state")
@allow(Permission.ORDERS_SEE)
def state(reference: str) -> Response:
    """204 while nothing has changed, else "reload": the page asks while a payment is on its way."""
    changed = own_order(reference).state != request.args.get("was")
    return Response(status=200 if changed else 204, headers={"HX-Refresh": "true"} if changed else {})


@blueprint.post("/orders/<reference>/checkout")
@allow(Permission.ORDER_PLACE)
def checkout(reference: str) -> AnyResponse:
    """Go on to the card page; it is opened again only if it never was."""
    mine = own_order(reference, Permission.ORDER_PLACE)
    url = booking.start_checkout(g.fair, mine, return_url(mine), _email(mine), str(get_locale()))
    return redirect(url or url_for("payments.order", reference=mine.reference), 303)


@blueprint.post("/orders/<reference>/transfer")
@allow(Permission.ORDER_PLACE)
def transfer(reference: str) -> AnyResponse:
    mine = own_order(reference, Permission.ORDER_PLACE)
    require_proved_address("transfer")
    booking.change_to_transfer(principal().actor(), g.fair, mine, clock.now())
    return redirect(url_for("payments.order", reference=mine.reference), 303)


@blueprint.post("/orders/<reference>/cancellation")
@allow(Permission.ORDER_PLACE)
def cancellation(reference: str) -> AnyResponse | tuple[str, int]:
    mine = own_order(reference, Permission.ORDER_PLACE)
    try:
        booking.cancel(principal().actor(), mine, clock.now())
    except DomainError as error:  # paid in this very moment, say: their order tells how it stands
        db.session.rollback()
        return order_page(own_order(reference), error), error.status
    return redirect(url_for("payments.order", reference=mine.reference), 303)


@blueprint.post("/orders/<reference>/choice")
@allow(Permission.ORDER_PLACE, Permission.MONEY_SETTLE)
def choice(reference: str) -> AnyResponse | tuple[str, int]:
    """Paid, but the booths went: take equal ones (`booths=A07,A09`), or the money back (`booths=`)."""
    mine, actor, staff = _to_choose(reference), principal().actor(), principal().is_staff
    numbers = [number for number in request.form.get("booths", "").split(",") if number]
    try:
        if numbers:
            retrying(lambda: choose_equal(actor, g.fair, mine, numbers, clock.now(), by_organiser=staff))
        else:
            retrying(lambda: take_money_back(actor, mine, clock.now()))
    except DomainError as error:
        db.session.rollback()
        return order_page(own_order(reference), error), error.status
    return redirect(url_for("payments.order", reference=mine.reference), 303)


@blueprint.get("/orders/<reference>/<any(invoice, contract, credit_note, receipt):kind>.pdf")
@allow(Permission.ORDERS_SEE)
def paper(reference: str, kind: str) -> Response:
    mine = own_order(reference)
    found = next((one for one in papers_of(mine) if one.kind == kind), None)
    if found is None:
        raise NotFound()
    data = paper_pdf(g.fair, mine, found)
    headers = {"Content-Disposition": f'inline; filename="{filename(found)}"', "Cache-Control": "private, no-store"}
    return Response(data, content_type="application/pdf", headers=headers)


def return_url(order: Order) -> str:
    """Where Checkout leads back to; the same for every try, or Stripe would take the second for another request."""
    return current_app.config["FAIR_PUBLIC_URL"] + url_for("payments.order", reference=order.reference)


def _to_choose(reference: str) -> Order:
    settles = principal().staff_can(Permission.MONEY_SETTLE)
    return own_order(reference, Permission.MONEY_SETTLE if settles else Permission.ORDER_PLACE)


def own_order(reference: str, to: Permission = Permission.ORDERS_SEE) -> Order:
    """One's own, or of the organiser's staff anybody's, if their role on that side lets them do this with it."""
    everybodys = principal().staff_can(to)
    return order_by_reference(g.fair.id, reference, None if everybodys else principal().exhibitor_ids)


def _email(order: Order) -> str:
    return db.session.get_one(Exhibitor, order.exhibitor_id).email


def order_page(order: Order, refusal: DomainError | None = None) -> str:
    total, now, due = total_of(order), clock.now(), due_now(order)
    payments, every_paper = payments_of(order), every_paper_of(order)
    papers = [paper for paper in every_paper if paper.kind in EXHIBITORS]
    own = [p for p in payments if p.currency == order.currency]
    paid = sum(p.amount_minor for p in own if p.state in (PaymentState.SETTLED, PaymentState.UNMATCHED))
    waiting = sum(p.amount_minor for p in own if p.state == PaymentState.UNMATCHED)
    missing = Money(max(0, due.minor - waiting), order.currency)
    deposited = order.state == OrderState.DEPOSITED
    booths = floorplan.booths_by_id(line.booth_id for line in order.lines if line.booth_id is not None)
    account = account_for(g.fair, order.currency)
    has_booths = order.state not in (OrderState.PAID, OrderState.DEPOSITED) or has_its_booths(order)
    context: dict[str, Any] = {
        "order": order,
        "total": total,
        "due": due,
        "missing": missing,
        "instalments": instalments_of(order),
        "cancellation": cancellation_of(order),
        "fee": fee_today(g.fair, order, now, papers, has_booths),
        "here": Money(paid, order.currency),
        "exhibitor": db.session.get_one(Exhibitor, order.exhibitor_id),
        "ways": booking.pay_ways(g.fair, due),
        "account": account,
        "balance_by_card": deposited and card_can_pay(g.fair, order, due, missing.minor),
        "payments": payments,
        "parts_back": going_back(order) if order.state == OrderState.CALLED_OFF else {},
        "papers": papers,
        "support": support_of(order) if any(line.kind == "support" for line in order.lines) else None,
        "funders_papers": [paper for paper in every_paper if paper.kind not in EXHIBITORS and principal().is_staff],
        "qr": _qr(order, account, missing),
        "back": "" if deposited and request.args.get("back") == "paid" else request.args.get("back", ""),
        "refusal": refusal,
        "now_at": now,
        "can_act": principal().can(Permission.ORDER_PLACE),
        "as_staff": principal().is_staff,
        "numbers": sorted(booth.number for booth in booths),
        "has_booths": has_booths,
        "lost": [] if has_booths else lost_places(order),
        "booths_by_id": {booth.id: booth for booth in booths},
    }
    context["more_extras"] = _can_order_more(order, has_booths, now)
    context["back"] = context["back"] or _back_from_card(order)
    if order.state == OrderState.UNDELIVERABLE:
        context["offers"] = equal_offers(order, now, by_organiser=principal().is_staff)
    return render_template("payments/order.html", **context)


def _can_order_more(order: Order, has_booths: bool, now: datetime) -> bool:
    """Whether the reader's company has booths by this order and anything can still be ordered for them."""
    theirs = order.exhibitor_id in principal().exhibitor_ids and principal().can(Permission.ORDER_PLACE)
    let = order.state in (OrderState.PAID, OrderState.DEPOSITED) and has_booths and not order.is_of_extras
    return theirs and let and bool(extras_for_sale(g.fair, now))


def _back_from_card(order: Order) -> str:
    """For some minutes also without the mark in the address: the page was reloaded, or opened from elsewhere."""
    mark = f"{order.reference}/balance" if order.state == OrderState.DEPOSITED else order.reference
    at = session.get("card_paid", {}).get(mark, 0)
    return "paid" if clock.now().timestamp() - at < CARD_CONFIRMS_WITHIN_SECONDS else ""


def _qr(order: Order, account: Account | None, missing: Money) -> str | None:
    """The VietQR code for what is still missing, where it can be paid with one: dong, on an account in Viet Nam."""
    by_transfer = order.state == OrderState.AWAITING and order.pay_by == "transfer"
    if not (by_transfer or order.state == OrderState.DEPOSITED) or account is None or not account.bin:
        return None
    try:
        return qr_png_data_uri(vietqr(account.bin, account.number, missing, order.reference))
    except ValueError:
        return None
