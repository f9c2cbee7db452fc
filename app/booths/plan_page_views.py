"""What the plan's page and its drawer show: the hall or the list, prices of the day, what the reader has in hand."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import g, render_template, request, session, url_for

from app import clock
from app.access import Permission, principal
from app.booths import claims, floorplan
from app.booths.amounts import listing_of
from app.booths.choosing import chooses_in_turn, turns_shown, who_waits
from app.booths.discounts import has_codes
from app.booths.errors import BoothNotAvailable, HeldBack, HoldEnded
from app.booths.extras import extras_for_sale, left_of
from app.booths.filters import Filters
from app.booths.group_models import PriceGroup, QuantityStep
from app.booths.group_prices import every_step, reduction_at
from app.booths.guest_list import shown_guests
from app.booths.held_back import last_day_of
from app.booths.held_price import add_typed, price_hold
from app.booths.models import Booth, BoothState, Hold
from app.booths.own import Own, own_booths
from app.booths.plan_colours import PAINTED, View, asked_view
from app.booths.plan_svg import Look, hall_drawing, state_words
from app.booths.pricing import Price, price_terms
from app.booths.reductions import Reduction, bare_lines
from app.booths.shown_currency import shown_currency
from app.booths.workflows import Workflow, workflows_of
from app.db import db
from app.errors import DomainError, NotFound
from app.fairs.models import Exhibitor, Hall
from app.input import asked_number
from app.money import Money, exponent
from app.payments.grants import grants_of
from app.payments.schedule import plan_at
from app.payments.support import share_of

ASKED_AT_MOST = 100  # the most that a fair can let one exhibitor hold: one more is refused, not left out
LIST_PAGE = 60


def plan_page(
    now: datetime, version: str, own: Own, refusal: DomainError | None = None, picked: list[str] | None = None
) -> str:
    counts = [one for one in floorplan.hall_counts(g.fair.id, now, own.group_ids) if one.drawn]
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
        context |= _list(hall.hall, filters, zone_id, now, own, context["currency"])
    else:
        shown = context["card"].number if context["card"] else ""
        look = Look(
            mine=frozenset(own.numbers),
            picked=frozenset(booth.number for booth in context["picks"]),
            key=f"{filters.query()} {shown}",
            shown=shown,
            bright=(lambda booth, state: filters.lets_through(booth, state, zone_id)) if filters.any else None,
            view=view,
            groups=own.group_ids,
        )
        context["drawing"] = hall_drawing(g.fair, hall.hall, now, version, look)
    return render_template("booths/plan.html", **context)


def _list(hall: Hall, filters: Filters, zone_id: int | None, now: datetime, own: Own, currency: str) -> dict[str, Any]:
    shown = [
        (booth, state)
        for booth, state in (
            (booth, floorplan.shown_state(booth, now, own.group_ids)) for booth in floorplan.booths_of_hall(hall.id)
        )
        if filters.lets_through(booth, state, zone_id)
    ]
    shown.sort(key=lambda pair: pair[0].number)
    first = asked_number("from", 0) or 0
    page = shown[first : first + LIST_PAGE]
    booths = [booth.id for booth, _state in page]
    terms = replace(price_terms(g.fair, now), listing=listing_of(g.fair, currency, booths))
    return {
        "row_holders": floorplan.holders(booth for booth, state in page if state == "let"),
        "rows": [(booth, state, terms.price_in(g.fair, booth), booth.number in own.numbers) for booth, state in page],
        "found": len(shown),
        "first": first,
        "next_from": first + LIST_PAGE if first + LIST_PAGE < len(shown) else None,
    }


def drawer_context(
    now: datetime,
    own: Own,
    refusal: DomainError | None = None,
    picked: list[str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """`typed`: extras and a code, where they are not those of the form that was sent."""
    typed = request.form if typed is None else typed
    numbers = picked if picked is not None else request.args.get("pick", "").split(",")[:ASKED_AT_MOST]
    asked = request.args.get("booth", "")
    found = {booth.number: booth for booth in floorplan.booths_by_number(g.fair.id, [*numbers, asked])}
    in_currency = shown_currency(g.fair, own, found.values(), chosen_before())
    shown = {number: floorplan.shown_state(booth, now, own.group_ids) for number, booth in found.items()}
    held_back = floorplan.groups_named(g.fair.id, found.values(), now)
    terms = in_currency.terms(price_terms(g.fair, now), in_currency.currency)
    prices = {number: terms.price_in(g.fair, booth) for number, booth in found.items()}
    picks = [found[number] for number in dict.fromkeys(numbers) if number in found and shown[number] == "free"]
    if refusal is None:
        refusal = _lost([found[number] for number in numbers if number in found], own, held_back, now)
    card = found.get(asked)
    if card is not None and card not in picks and shown[asked] == "free" and "pick" not in request.args:
        picks.append(card)
    zones = {zone.id: zone for zone in floorplan.zones(g.fair.id)} if found or own.holds else {}
    priced = {b.number: price for b in picks if (price := prices[b.number]) is not None}
    card_state = shown[asked] if card is not None else None
    ways = set(workflows_of(g.fair, picks).values()) if picks else set()
    plan = plan_at(g.fair, now) if own.holds else None
    extras = extras_for_sale(g.fair, now) if own.holds else []
    steps = every_step(g.fair.id) if picks or own.holds else []
    turns = turns_shown(g.fair, [one.id for one in own.exhibitors], now)
    granted = grants_of(g.fair.id, [one.id for one in own.exhibitors]) if picks or own.holds else {}
    for held in own.holds:
        price_hold(g.fair, held, own, in_currency, terms, extras, granted.get(held.hold.exhibitor_id), steps, now)
        add_typed(g.fair, held, typed, extras, plan, terms.vat_bp or 0, now)
    pick_reduction, pick_company = None, None
    if len(priced) == len(picks):
        pick_reduction, pick_company = _best_for(own, picks, list(priced.values()), steps, now)
    total = Money(sum(price.total.minor for price in priced.values()), in_currency.currency)
    pick_granted = granted.get(own.exhibitors[0].id) if len(own.exhibitors) == 1 else None
    pick_lines = bare_lines(picks, list(priced.values())) if len(priced) == len(picks) else []
    pick_lines += [pick_reduction.line] if pick_reduction is not None else []
    pick_share = share_of(g.fair, pick_granted, pick_lines, terms.vat_bp or 0, now).total_minor if pick_lines else 0
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
        "total": total if pick_reduction is None else total + pick_reduction.total,
        "unpriced": [booth.number for booth in picks if booth.number not in priced],
        "currency": in_currency.currency,
        "currencies": in_currency.choices,
        "for_abroad": in_currency.for_abroad(own),
        "reduction": pick_reduction,
        "pick_granted": pick_granted,
        "pick_support": Money(pick_share, in_currency.currency),
        "reduced_company": pick_company,
        "held_back": held_back,
        "last_day_of": partial(last_day_of, g.fair),
        "zones_by_id": zones,
        "vat_known": terms.vat_bp is not None,
        "price_list": terms.prices,
        "extras": extras,
        "sells_more": _sells_more(card, own, now),
        "left_of": left_of,
        "payment_plan": plan,
        "has_codes": bool(own.holds) and has_codes(g.fair.id),
        "digits_of": exponent,
        "typed": typed,
        "refusal": refusal,
        "nearby": refusal.params.get("free_nearby", []) if refusal is not None else [],
        "is_open": claims.is_open(g.fair, now),
        "here": plan_url(None, [booth.number for booth in picks]),
        "now_at": now,
        "today": clock.fair_day(g.fair, now),
    }


def _sells_more(card: Booth | None, own: Own, now: datetime) -> bool:
    """Whether the card is of a booth that is let to the reader's own company, and extras can still be ordered."""
    let = card is not None and card.state == BoothState.LET and card.number in own.numbers
    return let and principal().can(Permission.ORDER_PLACE) and bool(extras_for_sale(g.fair, now))


def held_price_page(now: datetime, hold: Hold) -> str:
    """The price of one hold of the reader, as a part of the drawer. Raises HoldEnded."""
    own = own_booths(g.fair, principal().exhibitor_ids, now)
    context = drawer_context(now, own, typed=request.args)
    held = next((one for one in own.holds if one.hold.id == hold.id and one.prices), None)
    if held is None:
        raise HoldEnded()
    return render_template("booths/held_price.html", held=held, **context)


def _best_for(
    own: Own, booths: list[Booth], prices: list[Price], steps: list[QuantityStep], now: datetime
) -> tuple[Reduction | None, Exhibitor | None]:
    """What comes off the booths chosen; and for which company, where the reader has several that differ."""
    lines = bare_lines(booths, prices)
    tried = [
        (reduction_at(g.fair, booths, lines, own.groups.get(one.id, []), steps, now), one) for one in own.exhibitors
    ]
    if not tried:
        return reduction_at(g.fair, booths, lines, [], steps, now), None
    best, whose = min(tried, key=lambda pair: pair[0].line.net.minor if pair[0] is not None else 0)
    differ = len({one.line.net.minor if one is not None else 0 for one, _company in tried}) > 1
    return best, whose if differ else None


def chosen_before() -> str:
    """The currency that this browser chose at this fair, or nothing."""
    return str(session.get("currency", {}).get(g.fair.slug, ""))


def _pick_way(ways: set[Workflow]) -> str:
    """What can be done with the booths chosen: buy, request, apply; mixed where only some need approval."""
    if Workflow.APPLY in ways:
        return "apply"
    return "mixed" if len(ways) > 1 else str(next(iter(ways), Workflow.BUY))


def _lost(asked: list[Booth], own: Own, held_back: dict[int, PriceGroup], now: datetime) -> DomainError | None:
    """Somebody else took what was just being chosen, or it was held back: said as the hold would have said it."""
    kept = [booth for booth in asked if floorplan.shown_state(booth, now, own.group_ids) == floorplan.HELD_BACK]
    if kept and kept[0].held_back_until is not None:
        group = held_back[kept[0].held_back_group_id or 0]
        return HeldBack.of(g.fair, [booth.number for booth in kept], group, kept[0].held_back_until)
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
