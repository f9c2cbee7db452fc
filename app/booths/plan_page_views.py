"""What the plan's page and its drawer show: the hall or the list, prices of the day, what the reader has in hand."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import g, render_template, request, url_for

from app import clock
from app.booths import booking, claims, floorplan
from app.booths.choosing import chooses_in_turn, turns_shown, who_waits
from app.booths.discounts import has_codes
from app.booths.errors import BoothNotAvailable
from app.booths.extras import extras_for_sale, left_of
from app.booths.filters import Filters
from app.booths.guest_list import shown_guests
from app.booths.models import Booth
from app.booths.own import Own, OwnHold
from app.booths.plan_colours import PAINTED, View, asked_view
from app.booths.plan_svg import Look, hall_drawing, state_words
from app.booths.pricing import Price, PriceTerms, price_list_at, price_terms
from app.booths.workflows import Workflow, workflows_of
from app.db import db
from app.errors import DomainError, NotFound
from app.fairs.models import Hall
from app.input import asked_number
from app.money import Money, exponent
from app.payments.grants import grants_of
from app.payments.orders import Line
from app.payments.schedule import plan_at
from app.payments.support import share_of

ASKED_AT_MOST = 100  # the most that a fair can let one exhibitor hold: one more is refused, not left out
LIST_PAGE = 60


def plan_page(
    now: datetime, version: str, own: Own, refusal: DomainError | None = None, picked: list[str] | None = None
) -> str:
    counts = [one for one in floorplan.hall_counts(g.fair.id, now) if one.drawn]
    context = drawer_context(now, own, refusal, picked)
    filters = Filters.of(request.args)
    all_zones = floorplan.zones(g.fair.id)
    of_zone = next((zone.hall_id for zone in all_zones if filters.zone and zone.code == filters.zone), None)
    booth = context["card"] or (context["picks"][0] if context["picks"] else None)
    hall = _hall_asked(counts, booth.hall_id if booth is not None else of_zone)
    zones = [zone for zone in all_zones if zone.hall_id == hall.hall.id]
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
    terms = price_terms(g.fair, now)
    return {
        "row_holders": floorplan.holders(booth for booth, state in page if state == "let"),
        "rows": [(booth, state, terms.price(g.fair, booth), booth.number in own.numbers) for booth, state in page],
        "found": len(shown),
        "first": first,
        "next_from": first + LIST_PAGE if first + LIST_PAGE < len(shown) else None,
    }


def drawer_context(
    now: datetime, own: Own, refusal: DomainError | None = None, picked: list[str] | None = None
) -> dict[str, Any]:
    numbers = picked if picked is not None else request.args.get("pick", "").split(",")[:ASKED_AT_MOST]
    asked = request.args.get("booth", "")
    found = {booth.number: booth for booth in floorplan.booths_by_number(g.fair.id, [*numbers, asked])}
    terms = price_terms(g.fair, now)
    prices = {number: terms.price(g.fair, booth) for number, booth in found.items()}
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
    ways = set(workflows_of(g.fair, picks).values()) if picks else set()
    plan = plan_at(g.fair, now) if own.holds else None
    turns = turns_shown(g.fair, [one.id for one in own.exhibitors], now)
    granted = grants_of(g.fair.id, [held.hold.exhibitor_id for held in own.holds])
    for held in own.holds:
        kept = PriceTerms(terms.vat_bp, price_list_at(g.fair, held.hold.created_at))  # nothing held gets dearer
        held.prices = [kept.price(g.fair, booth) for booth in held.booths]
        lines = [Line("booth", booth.id, "", price.net, price.vat_bp, price.vat) for booth, price in _priced(held)]
        held.granted = granted.get(held.hold.exhibitor_id)
        share = share_of(g.fair, held.granted, lines, terms.vat_bp or 0, now)
        held.support = Money(share.total_minor, g.fair.currency)
        total = sum(price.total.minor for price in held.prices) - share.total_minor
        held.ways = booking.pay_ways(g.fair, Money(total, g.fair.currency), plan)
    holder = floorplan.holders([card]).get(card.exhibitor_id or 0) if card is not None and card_state == "let" else None
    return {
        "own": own,
        "card": card,
        "card_state": card_state,
        "holder": holder,
        "guests": shown_guests(g.fair.id, holder.id) if holder is not None else [],
        "picks": picks,
        "pick_way": _pick_way(ways),
        "in_turn": chooses_in_turn(g.fair, now),
        "turns": turns,
        "not_yet": who_waits(turns, picks, now) if len(own.exhibitors) == 1 else None,
        "prices": prices,
        "total": Money(sum(prices[booth.number].total.minor for booth in picks), g.fair.currency),
        "zones_by_id": zones,
        "vat_known": terms.vat_bp is not None,
        "price_list": terms.prices,
        "extras": extras_for_sale(g.fair, now) if own.holds else [],
        "left_of": left_of,
        "payment_plan": plan,
        "has_codes": bool(own.holds) and has_codes(g.fair.id),
        "digits": exponent(g.fair.currency),
        "typed": request.form,
        "refusal": refusal,
        "nearby": refusal.params.get("free_nearby", []) if refusal is not None else [],
        "is_open": claims.is_open(g.fair, now),
        "here": plan_url(None, [booth.number for booth in picks]),
        "now_at": now,
        "today": clock.fair_day(g.fair, now),
    }


def _priced(held: OwnHold) -> list[tuple[Booth, Price]]:
    return list(zip(held.booths, held.prices, strict=True))


def _pick_way(ways: set[Workflow]) -> str:
    """What can be done with the booths chosen: buy, request, apply; mixed where only some need approval."""
    if Workflow.APPLY in ways:
        return "apply"
    return "mixed" if len(ways) > 1 else str(next(iter(ways), Workflow.BUY))


def _lost(asked: list[Booth], own: Own, now: datetime) -> BoothNotAvailable | None:
    """Somebody else took what was just being chosen: said as the hold would have said it."""
    gone = [booth for booth in asked if floorplan.state_now(booth, now) != "free" and booth.number not in own.numbers]
    if not gone:
        return None
    besides = {booth.number for booth in asked}
    nearby = floorplan.free_nearby(db.session.connection(), g.fair.id, gone[0], now, besides)
    return BoothNotAvailable(booths=[booth.number for booth in gone], free_nearby=nearby)


def _hall_asked(counts: list[floorplan.HallCount], hall_id: int | None) -> floorplan.HallCount:
    """The one of the address, else that of the booth or zone that is asked for, else the first."""
    if not counts:
        raise NotFound()
    asked = request.args.get("hall")
    for count in counts:
        if (asked and count.hall.code == asked) or (not asked and count.hall.id == hall_id):
            return count
    return counts[0]


def plan_url(number: str | None, picks: list[str] | None = None) -> str:
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
