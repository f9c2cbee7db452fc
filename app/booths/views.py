"""The public floor plan, and holding and ordering booths from it."""

import hashlib
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, session, url_for
from flask_babel import get_locale
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as AnyResponse

from app import clock
from app.access import Permission, allow, principal, public
from app.booths import booking, claims, floorplan, holds, quantities
from app.booths.cancelling_fees import steps_of
from app.booths.choosing import chooses_in_turn
from app.booths.currency_choice import choose_currency
from app.booths.discounts import LOOKS_AT_MOST
from app.booths.errors import BoothNotAvailable
from app.booths.extras import asked_for
from app.booths.group_prices import has_groups
from app.booths.models import Booth
from app.booths.one_hold import hold_at_once
from app.booths.own import Own, own_booths, own_hold
from app.booths.plan_page_views import (
    ASKED_AT_MOST,
    chosen_before,
    drawer_context,
    held_price_page,
    plan_page,
    plan_url,
)
from app.booths.plan_search import booths_found, guests_found
from app.booths.proof import require_proved_address
from app.db import retrying, transaction
from app.errors import DomainError, NotFound
from app.fairs.currencies import open_currencies
from app.input import sent_amount, sent_number
from app.kept import Kept
from app.payments.schedule import balance_due_at, terms_of
from app.security import limit

blueprint = Blueprint("booths", __name__, url_prefix="/fairs/<slug>")
FOUND_AT_MOST = 40
_pages: Kept[list[str]] = Kept(48)


@blueprint.get("/plan")
@public
def plan() -> Response:
    """The plan or the list; ETag for everybody who has nothing of their own on it."""
    now = clock.now()
    version = floorplan.plan_version(g.fair.id, now)
    if principal().exhibitor_ids:
        return make_response(plan_page(now, version, own_booths(g.fair, principal().exhibitor_ids, now)))
    tag, news = _tag(now, version, session.get("csrf_token", "")), session.get("_flashes")
    if not news:
        for known in request.if_none_match.as_set():
            if known.partition(":")[0] == tag:  # behind it stands how the page was compressed
                return _cached(make_response("", 304), known)
    page = plan_page(now, version, Own()) if news or principal().person else _strangers_page(now, version)
    return _cached(make_response(page), _tag(now, version, session.get("csrf_token", "")))


@blueprint.get("/plan/drawer")
@public
def drawer() -> str:
    """The drawer alone, for the script: `?pick=A12,A13&booth=A12`."""
    now = clock.now()
    own = own_booths(g.fair, principal().exhibitor_ids, now) if principal().exhibitor_ids else Own()
    return render_template("booths/_drawer.html", **drawer_context(now, own))


@blueprint.get("/plan/search")
@public
def search() -> AnyResponse | str:
    """By number, exhibitor, show or pavilion: the only one found, or the one of that number, opens on the plan."""
    query = request.args.get("q", "").strip()[:100]
    found = booths_found(g.fair.id, query, FOUND_AT_MOST + 1)
    exact = found and found[0][0].number.casefold() == query.casefold()
    if exact or len(found) == 1:
        booth, hall, _exhibitor = found[0]
        view = request.args.get("view") or None
        return redirect(url_for("booths.plan", hall=hall.code, booth=booth.number, view=view), 302)
    return render_template(
        "booths/found.html",
        found=found[:FOUND_AT_MOST],
        guests=guests_found(g.fair.id, {holder.id for _booth, _hall, holder in found if holder is not None}, query),
        more=len(found) > FOUND_AT_MOST,
        q=query,
    )


@blueprint.get("/booths/<number>")
@public
def card(number: str) -> AnyResponse:
    """A booth's own address: the plan of its hall with its card open; the first one's, where there are several."""
    booth = _one(number.partition(",")[0])
    hall = next(hall for hall in floorplan.halls(g.fair.id) if hall.id == booth.hall_id)
    return redirect(url_for("booths.plan", hall=hall.code, booth=booth.number), 302)


@blueprint.get("/terms")
@public
def terms() -> str:
    """What every booth contract says, before anybody books."""
    terms = terms_of(g.fair.id)
    return render_template(
        "booths/terms.html", terms=terms, balance_due_at=balance_due_at(g.fair, terms), steps=steps_of(g.fair.id),
        steps_of_quantity=quantities.steps_of(g.fair.id), has_groups=has_groups(g.fair.id),
    )  # fmt: skip


@blueprint.post("/booths/<numbers>/hold")
@allow(Permission.BOOTH_HOLD)
def hold(numbers: str) -> AnyResponse | tuple[str, int]:
    """Hold one or several booths (`A12,A13`), all or none; or, with `_method=DELETE`, let them go."""
    wanted = [number for number in numbers.split(",") if number][: ASKED_AT_MOST + 1]
    exhibitor_id = _exhibitor_asked()
    if request.form.get("_method") == "DELETE":
        found = own_hold(g.fair.id, principal().exhibitor_ids, wanted)
        with transaction():
            holds.release_hold(principal().actor(), g.fair, found, clock.now())
        return redirect(plan_url(wanted[0]), 303)
    try:
        now = clock.now()
        currency = (request.form.get("currency") or None) if g.fair.currency_revision else None
        hold_at_once(principal().actor(), g.fair, exhibitor_id, wanted, now, currency=currency)
    except DomainError as error:
        own = own_booths(g.fair, principal().exhibitor_ids, now)
        gone = set(error.params.get("booths", [])) if isinstance(error, BoothNotAvailable) else set()
        page = plan_page(now, floorplan.plan_version(g.fair.id, now), own, error, [n for n in wanted if n not in gone])
        return page, error.status
    return redirect(plan_url(wanted[0]), 303)


@blueprint.post("/plan/currency")
@public
def show_currency() -> AnyResponse:
    """The currency that prices are shown in to this browser, and that is offered first when it holds."""
    currency = request.form.get("currency", "")
    if currency in {g.fair.currency, *(one.currency for one in open_currencies(g.fair))}:
        session["currency"] = {**session.get("currency", {}), g.fair.slug: currency}
    names = ("hall", "view", "zone", "size", "sides", "state", "pick", "booth", "from")
    asked: dict[str, Any] = {name: request.args[name] for name in names if name in request.args}
    return redirect(url_for("booths.plan", **asked), 303)


@blueprint.post("/booths/<numbers>/currency")
@allow(Permission.BOOTH_HOLD)
def choose_hold_currency(numbers: str) -> AnyResponse | tuple[str, int]:
    """Another currency for what is held; each of the booths must have a price in it."""
    wanted = numbers.split(",")
    found, currency = own_hold(g.fair.id, principal().exhibitor_ids, wanted), request.form.get("currency", "")
    try:
        retrying(lambda: choose_currency(principal().actor(), g.fair, found, currency))
    except DomainError as error:
        now = clock.now()
        own = own_booths(g.fair, principal().exhibitor_ids, now)
        return plan_page(now, floorplan.plan_version(g.fair.id, now), own, error, []), error.status
    return redirect(plan_url(wanted[0]), 303)


@blueprint.get("/booths/<numbers>/price")
@allow(Permission.BOOTH_HOLD)
def held_price(numbers: str) -> str:
    """For the script: what a hold comes to with `?code=` and extras as they are being typed. Nothing is taken."""
    if request.args.get("code"):
        limit("discounts", LOOKS_AT_MOST, 600, principal().actor().key)
    found = own_hold(g.fair.id, principal().exhibitor_ids, numbers.split(","))
    return held_price_page(clock.now(), found)


@blueprint.post("/booths/<numbers>/order")
@allow(Permission.ORDER_PLACE)
def order(numbers: str) -> AnyResponse | tuple[str, int]:
    """Order what is held, and go on to pay: to Checkout by card, to the order's page by transfer."""
    found = own_hold(g.fair.id, principal().exhibitor_ids, numbers.split(","))
    pay_by = request.form.get("pay_by", "transfer")
    actor = principal().actor()
    try:
        require_proved_address(pay_by)
        extras, code = asked_for(request.form), request.form.get("code", "")
        seen: dict[str, Any] = {f"seen_{name}": sent_amount(name) for name in ("support_minor", "price_minor")}
        seen |= {"seen_net_minor": _net_read(extras), "currency": request.form.get("currency") or None}
        placed = retrying(lambda: booking.place_order(actor, g.fair, found, pay_by, clock.now(), extras, code, **seen))
    except DomainError as error:
        now = clock.now()
        own = own_booths(g.fair, principal().exhibitor_ids, now)
        return plan_page(now, floorplan.plan_version(g.fair.id, now), own, error, []), error.status
    if placed.pay_by == "card":  # a 307 repeats the POST: Checkout is opened by the order's own view
        return redirect(url_for("payments.checkout", reference=placed.reference), 307)
    return redirect(url_for("payments.order", reference=placed.reference), 303)


def _net_read(extras: dict[int, int]) -> int | None:
    """What the page said that booths and extras cost before VAT; None where it did not say all of it."""
    prices = [(sent_amount(f"price-{extra_id}"), number) for extra_id, number in extras.items()]
    net = sent_amount("net_minor")
    if net is None or any(price is None for price, _number in prices):
        return None
    return net + sum((price or 0) * number for price, number in prices)


def _exhibitor_asked() -> int:
    """For whom: the only one, or the one named in the form; of somebody else there is none."""
    own = principal().exhibitor_ids
    asked = sent_number("exhibitor") or (next(iter(own)) if len(own) == 1 else None)
    if asked is None or (asked not in own and not principal().staff_can(Permission.BOOTH_HOLD)):
        raise NotFound()
    return asked


def _one(number: str) -> Booth:
    found = floorplan.booths_by_number(g.fair.id, [number])
    if not found:
        raise NotFound()
    return found[0]


def _strangers_page(now: datetime, version: str) -> str:
    """The page of who has not signed in, rendered once a state of the plan; only the form token is each one's own."""

    def rendered() -> list[str]:
        return plan_page(now, version, Own()).split(generate_csrf())

    parts = _pages.get((g.fair.id, request.host_url, _tag(now, version, "")), rendered)
    return generate_csrf().join(parts) if len(parts) > 1 else parts[0]


def _tag(now: datetime, version: str, token: str) -> str:
    """Everything that the page of a reader without booths depends on; the form token is the session's own."""
    person = principal().person.get_id() if principal().person else ""
    theme = getattr(principal().person, "theme", "")
    parts = (version, get_locale(), person, theme, token, request.query_string.decode())
    rates = (g.fair.price_per_m2_minor, g.fair.corner_surcharge_bp)
    prices = (clock.fair_day(g.fair, now), *rates, g.fair.currency_revision, chosen_before())
    turns = g.fair.selects_until if chooses_in_turn(g.fair, now) else ""
    text = "|".join(
        map(
            str,
            (*parts, *prices, turns, claims.is_open(g.fair, now), g.fair.name, g.fair.hold_minutes, g.fair.workflow),
        )
    )
    return hashlib.blake2s(text.encode(), digest_size=12).hexdigest()


def _cached(response: Response, tag: str) -> Response:
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Cookie, Accept-Language"
    return response
