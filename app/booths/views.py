"""The public floor plan, and holding and ordering booths from it."""

import hashlib
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, session, url_for
from flask_babel import get_locale
from werkzeug.wrappers import Response as AnyResponse

from app import clock
from app.access import Permission, allow, principal, public
from app.booths import booking, claims, floorplan, holds
from app.booths.errors import BoothNotAvailable, NoVatRate
from app.booths.extras import asked_for, extras_for_sale, left_of
from app.booths.filters import Filters
from app.booths.guest_list import shown_guests
from app.booths.models import Booth, PriceList
from app.booths.own import Own, own_booths, own_hold
from app.booths.plan_colours import PAINTED, View, asked_view
from app.booths.plan_search import booths_found, guests_found
from app.booths.plan_svg import Look, hall_drawing, state_words
from app.booths.pricing import Price, booth_price, price_list_on, vat_bp_on
from app.booths.proof import require_proved_address
from app.db import db, retrying, transaction
from app.errors import DomainError, NotFound
from app.fairs.models import Fair, Hall
from app.input import asked_number, sent_number
from app.money import Money, exponent

blueprint = Blueprint("booths", __name__, url_prefix="/fairs/<slug>")
ASKED_AT_MOST = 100  # the most that a fair can let one exhibitor hold: one more is refused, not left out
LIST_PAGE = 60
FOUND_AT_MOST = 40


@blueprint.get("/plan")
@public
def plan() -> Response:
    """The plan or the list; ETag for everybody who has nothing of their own on it."""
    now = clock.now()
    version = floorplan.plan_version(g.fair.id, now)
    if principal().exhibitor_ids:
        return make_response(_page(now, version, own_booths(g.fair, principal().exhibitor_ids, now)))
    if not session.get("_flashes") and request.if_none_match.contains(_tag(now, version)):
        return _cached(make_response("", 304), now, version)
    return _cached(make_response(_page(now, version, Own())), now, version)


@blueprint.get("/plan/drawer")
@public
def drawer() -> str:
    """The drawer alone, for the script: `?pick=A12,A13&booth=A12`."""
    now = clock.now()
    own = own_booths(g.fair, principal().exhibitor_ids, now) if principal().exhibitor_ids else Own()
    return render_template("booths/_drawer.html", **_drawer_context(now, own))


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
    return render_template("booths/terms.html")


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
        return redirect(_plan_url(wanted[0]), 303)
    try:
        now = clock.now()
        seen = claims.look_at(g.fair, wanted, now)
        retrying(lambda: holds.hold_booths(principal().actor(), g.fair, exhibitor_id, seen, now))
    except DomainError as error:
        own = own_booths(g.fair, principal().exhibitor_ids, now)
        gone = set(error.params.get("booths", [])) if isinstance(error, BoothNotAvailable) else set()
        page = _page(now, floorplan.plan_version(g.fair.id, now), own, error, [n for n in wanted if n not in gone])
        return page, error.status
    return redirect(_plan_url(wanted[0]), 303)


@blueprint.post("/booths/<numbers>/order")
@allow(Permission.ORDER_PLACE)
def order(numbers: str) -> AnyResponse | tuple[str, int]:
    """Order what is held, and go on to pay: to Checkout by card, to the order's page by transfer."""
    found = own_hold(g.fair.id, principal().exhibitor_ids, numbers.split(","))
    pay_by = request.form.get("pay_by", "transfer")
    actor = principal().actor()
    try:
        require_proved_address(pay_by)
        extras = asked_for(request.form)
        placed = retrying(lambda: booking.place_order(actor, g.fair, found, pay_by, clock.now(), extras))
    except DomainError as error:
        now = clock.now()
        own = own_booths(g.fair, principal().exhibitor_ids, now)
        return _page(now, floorplan.plan_version(g.fair.id, now), own, error, []), error.status
    if placed.pay_by == "card":  # a 307 repeats the POST: Checkout is opened by the order's own view
        return redirect(url_for("payments.checkout", reference=placed.reference), 307)
    return redirect(url_for("payments.order", reference=placed.reference), 303)


def _page(
    now: datetime, version: str, own: Own, refusal: DomainError | None = None, picked: list[str] | None = None
) -> str:
    counts = [one for one in floorplan.hall_counts(g.fair.id, now) if one.drawn]
    context = _drawer_context(now, own, refusal, picked)
    hall = _hall_asked(counts, context["card"] or (context["picks"][0] if context["picks"] else None))
    zones = [zone for zone in floorplan.zones(g.fair.id) if zone.hall_id == hall.hall.id]
    filters = Filters.of(request.args)
    zone_id = next((zone.id for zone in zones if zone.code == filters.zone), None)
    as_list = request.args.get("view") == "list"
    view = asked_view(request.args.get("view"))
    context |= {
        "halls": counts,
        "hall": hall,
        "zones": zones,
        "filters": filters,
        "as_list": as_list,
        "view": view,
        "paints": PAINTED[view],
        "words": state_words(),
        "link": _linker(hall.hall, filters, "list" if as_list else view),
    }
    if as_list:
        context |= _list(hall.hall, filters, zone_id, now, own)
    else:
        shown = context["card"].number if context["card"] else ""
        look = Look(
            mine=frozenset(own.numbers),
            picked=frozenset(booth.number for booth in context["picks"]),
            key=f"{filters.query()} {shown}",
            shown=shown,
            bright=(lambda booth, state: filters.lets_through(booth, state, zone_id)) if filters.any else None,
            view=view,
        )
        context["drawing"] = hall_drawing(g.fair, hall.hall, now, version, look)
    return render_template("booths/plan.html", **context)


def _list(hall: Hall, filters: Filters, zone_id: int | None, now: datetime, own: Own) -> dict[str, Any]:
    shown = [
        (booth, state)
        for booth, state in ((booth, floorplan.state_now(booth, now)) for booth in floorplan.booths_of_hall(hall.id))
        if filters.lets_through(booth, state, zone_id)
    ]
    shown.sort(key=lambda pair: pair[0].number)
    first = asked_number("from", 0) or 0
    page = shown[first : first + LIST_PAGE]
    vat_bp, prices = _vat_bp(g.fair, now), price_list_on(g.fair.id, clock.fair_day(g.fair, now))
    return {
        "row_holders": floorplan.holders(booth for booth, state in page if state == "let"),
        "rows": [
            (booth, state, _price(g.fair, booth, vat_bp, prices), booth.number in own.numbers) for booth, state in page
        ],
        "found": len(shown),
        "first": first,
        "next_from": first + LIST_PAGE if first + LIST_PAGE < len(shown) else None,
    }


def _drawer_context(
    now: datetime, own: Own, refusal: DomainError | None = None, picked: list[str] | None = None
) -> dict[str, Any]:
    numbers = picked if picked is not None else request.args.get("pick", "").split(",")[:ASKED_AT_MOST]
    asked = request.args.get("booth", "")
    found = {booth.number: booth for booth in floorplan.booths_by_number(g.fair.id, [*numbers, asked])}
    vat_bp, price_list = _vat_bp(g.fair, now), price_list_on(g.fair.id, clock.fair_day(g.fair, now))
    prices = {number: _price(g.fair, booth, vat_bp, price_list) for number, booth in found.items()}
    picks = [
        found[number]
        for number in dict.fromkeys(numbers)
        if number in found and floorplan.state_now(found[number], now) == "free"
    ]
    if refusal is None:
        refusal = _lost([found[number] for number in numbers if number in found], own, now)
    card = found.get(asked)
    if (
        card is not None
        and card not in picks
        and floorplan.state_now(card, now) == "free"
        and "pick" not in request.args
    ):
        picks.append(card)
    zones = {zone.id: zone for zone in floorplan.zones(g.fair.id)} if found or own.holds else {}
    card_state = floorplan.state_now(card, now) if card is not None else None
    for held in own.holds:
        on = clock.fair_day(g.fair, held.hold.created_at)  # at midnight nothing gets dearer that somebody holds
        of_hold = price_list if on == clock.fair_day(g.fair, now) else price_list_on(g.fair.id, on)
        held.prices = [_price(g.fair, booth, vat_bp, of_hold) for booth in held.booths]
        total = sum(price.total.minor for price in held.prices)
        held.ways = booking.pay_ways(g.fair, Money(total, g.fair.currency))
    holder = floorplan.holders([card]).get(card.exhibitor_id or 0) if card is not None and card_state == "let" else None
    return {
        "own": own,
        "card": card,
        "card_state": card_state,
        "holder": holder,
        "guests": shown_guests(g.fair.id, holder.id) if holder is not None else [],
        "picks": picks,
        "prices": prices,
        "total": Money(sum(prices[booth.number].total.minor for booth in picks), g.fair.currency),
        "zones_by_id": zones,
        "vat_known": vat_bp is not None,
        "price_list": price_list,
        "extras": extras_for_sale(g.fair, now) if own.holds else [],
        "left_of": left_of,
        "digits": exponent(g.fair.currency),
        "typed": request.form,
        "refusal": refusal,
        "nearby": refusal.params.get("free_nearby", []) if refusal is not None else [],
        "is_open": claims.is_open(g.fair, now),
        "here": _plan_url(None, [booth.number for booth in picks]),
        "now_at": now,
    }


def _lost(asked: list[Booth], own: Own, now: datetime) -> BoothNotAvailable | None:
    """Somebody else took what was just being chosen: said as the hold would have said it."""
    gone = [booth for booth in asked if floorplan.state_now(booth, now) != "free" and booth.number not in own.numbers]
    if not gone:
        return None
    besides = {booth.number for booth in asked}
    nearby = floorplan.free_nearby(db.session.connection(), g.fair.id, gone[0], now, besides)
    return BoothNotAvailable(booths=[booth.number for booth in gone], free_nearby=nearby)


def _exhibitor_asked() -> int:
    """For whom: the only one, or the one named in the form; of somebody else there is none."""
    own = principal().exhibitor_ids
    asked = sent_number("exhibitor") or (next(iter(own)) if len(own) == 1 else None)
    if asked is None or (asked not in own and not principal().staff_can(Permission.BOOTH_HOLD)):
        raise NotFound()
    return asked


def _hall_asked(counts: list[floorplan.HallCount], booth: Booth | None) -> floorplan.HallCount:
    if not counts:
        raise NotFound()
    asked = request.args.get("hall")
    for count in counts:
        if (asked and count.hall.code == asked) or (not asked and booth is not None and count.hall.id == booth.hall_id):
            return count
    return counts[0]


def _one(number: str) -> Booth:
    found = floorplan.booths_by_number(g.fair.id, [number])
    if not found:
        raise NotFound()
    return found[0]


def _plan_url(number: str | None, picks: list[str] | None = None) -> str:
    view = asked_view(request.args.get("view"))
    values: dict[str, Any] = {"hall": request.args.get("hall"), "view": None if view == View.STATE else view}
    if number:
        values |= {"booth": number, "hall": None}
    if picks:
        values["pick"] = ",".join(picks)
    return url_for("booths.plan", **values)


def _linker(hall: Hall, filters: Filters, view: str) -> Any:
    """A function for the template: this page's address with some parameters changed; None leaves one out."""

    def link(**changes: str | None) -> str:
        params = {"hall": hall.code, **dict(filters.pairs()), "view": None if view == View.STATE else view, **changes}
        return "?" + urlencode({name: value for name, value in params.items() if value})

    return link


def _vat_bp(fair: Fair, now: datetime) -> int | None:
    try:
        return vat_bp_on(fair.id, clock.fair_day(fair, now))
    except NoVatRate:
        return None


def _price(fair: Fair, booth: Booth, vat_bp: int | None, prices: PriceList | None) -> Price:
    return booth_price(fair, booth, vat_bp or 0, prices)


def _tag(now: datetime, version: str) -> str:
    """Everything that the page of a reader without booths depends on; the form token is the session's own."""
    person = principal().person.get_id() if principal().person else ""
    theme = getattr(principal().person, "theme", "")
    parts = (version, get_locale(), person, theme, session.get("csrf_token", ""), request.query_string.decode())
    prices = (clock.fair_day(g.fair, now), g.fair.price_per_m2_minor)
    text = "|".join(map(str, (*parts, *prices, claims.is_open(g.fair, now), g.fair.name, g.fair.hold_minutes)))
    return hashlib.blake2s(text.encode(), digest_size=12).hexdigest()


def _cached(response: Response, now: datetime, version: str) -> Response:
    response.set_etag(_tag(now, version))
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Cookie, Accept-Language"
    return response
