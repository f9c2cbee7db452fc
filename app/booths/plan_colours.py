"""What the booths of a plan are coloured by, besides their state: price, zone, or where their exhibitor comes from.

Each group has a mark (dots, a letter, initials) beside its colour, so that nobody needs to tell colours apart.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import func, select

from app.booths.floorplan import FOR_SALE, is_for_sale, zones
from app.booths.models import Booth, BoothState
from app.booths.pricing import PriceTerms, net_minor, price_terms
from app.db import db
from app.fairs.countries import country_name
from app.fairs.models import Approval, Exhibitor, Fair, Hall
from app.fairs.provinces import province_name
from app.formats import language, local_name, money
from app.money import Money, apply_rate
from app.search import fold

BANDS = 5
HUES = 8  # after that many groups the others share one tone, and their marks part them


class View(StrEnum):
    """By what a plan is coloured; an address says it as `?view=`."""

    STATE = "state"
    PRICE = "price"
    ZONE = "zone"
    PROVINCE = "province"


# Whose state leaves room for a colour. What is not for sale has no price to show; what is not let, no exhibitor.
PAINTED = {
    View.STATE: frozenset[str](),
    View.PRICE: frozenset({"free", "held"}),
    View.ZONE: frozenset({"free", "held", "let"}),
    View.PROVINCE: frozenset({"let"}),
}


@dataclass(frozen=True)
class Group:
    """Booths of one colour: how they are marked, what the legend says, how many of the hall they are."""

    tone: str  # class of the stylesheet: p1 to p5 from light to dark, c1 to c8 apart, c0 for the rest
    mark: str
    words: str
    booths: int


@dataclass(frozen=True)
class Colouring:
    """The groups in the legend's order, and which booth (by id) is in which of them."""

    view: View = View.STATE
    groups: tuple[Group, ...] = ()
    of: dict[int, Group] = field(default_factory=dict)
    vat_known: bool = True  # prices are with VAT


def asked_view(text: str | None) -> View:
    """`?view=`; whatever is none of them shows the state."""
    return View(text) if text in tuple(View) else View.STATE


def colouring(
    view: View,
    fair: Fair,
    hall: Hall,
    booths: Iterable[Booth],
    holders: dict[int, Exhibitor],
    now: datetime,
    terms: PriceTerms | None = None,
) -> Colouring:
    """How a hall's booths are coloured. `holders` are those of let booths, as the plan names them."""
    if view == View.PRICE:
        return _by_price(fair, list(booths), now, terms)
    if view == View.ZONE:
        return _by_zone(fair, hall, list(booths))
    if view == View.PROVINCE:
        return _by_province(fair, list(booths), holders)
    return Colouring()


def _by_price(fair: Fair, booths: list[Booth], now: datetime, terms: PriceTerms | None) -> Colouring:
    """Five bands at most, each with about as many of the fair's booths for sale; alike in every hall."""
    terms = terms or price_terms(fair, now)
    places = (Booth.price_minor, Booth.area_cm2, Booth.open_sides)
    rows = db.session.execute(
        select(*places, func.count().label("booths"))
        .where(Booth.fair_id == fair.id, is_for_sale(), Booth.price_minor > 0)
        .group_by(*places)
    )
    prices: Counter[int] = Counter()
    for row in rows:
        prices[net_minor(fair, cast(Booth, row), terms.prices)] += row.booths
    bands = price_bands(sorted(prices.items()))
    found: dict[int, int] = {}
    for booth in (booth for booth in booths if booth.state in FOR_SALE and booth.price_minor > 0):
        net = net_minor(fair, booth, terms.prices)
        found[booth.id] = next(n for n, (_least, most) in enumerate(bands) if net <= most)
    counts = Counter(found.values())

    def shown(minor: int) -> str:
        return money(Money(minor + apply_rate(minor, terms.vat_bp or 0), fair.currency))

    groups = tuple(
        Group(f"p{n + 1}", "•" * (n + 1), shown(a) if a == b else f"{shown(a)} – {shown(b)}", counts[n])
        for n, (a, b) in enumerate(bands)
    )
    return Colouring(View.PRICE, groups, {key: groups[n] for key, n in found.items()}, terms.vat_bp is not None)


def price_bands(prices: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Least and highest price of each band, from (price, booths) in the order of prices.

    A band ends where its share of the booths is reached; no price is ever in two of them.
    """
    if len(prices) <= BANDS:
        return [(price, price) for price, _booths in prices]
    bands: list[tuple[int, int]] = []
    left, begun, taken = sum(booths for _price, booths in prices), prices[0][0], 0
    for n, (price, booths) in enumerate(prices):
        taken += booths
        bands_left, prices_left = BANDS - len(bands), len(prices) - n - 1
        if (taken * bands_left >= left or prices_left < bands_left) and bands_left > 1 and prices_left:
            bands.append((begun, price))
            begun, left, taken = prices[n + 1][0], left - taken, 0
    return [*bands, (begun, prices[-1][0])]


def _by_zone(fair: Fair, hall: Hall, booths: list[Booth]) -> Colouring:
    counts = Counter(booth.zone_id for booth in booths if booth.state in (*FOR_SALE, BoothState.LET))
    shown = [zone for zone in zones(fair.id) if zone.hall_id == hall.id and counts[zone.id]]
    groups = {
        zone.id: Group(_tone(n), zone.code, local_name(zone) if zone.name != zone.code else "", counts[zone.id])
        for n, zone in enumerate(shown)
    }
    of = {booth.id: groups[booth.zone_id] for booth in booths if booth.zone_id in groups}
    return Colouring(View.ZONE, tuple(groups.values()), of)


def _by_province(fair: Fair, booths: list[Booth], holders: dict[int, Exhibitor]) -> Colouring:
    """By province, those from abroad by country; the frequent ones first, as they take the colours."""
    places: dict[int, str] = {}
    for booth in booths:
        holder = holders.get(booth.exhibitor_id or 0) if booth.state == BoothState.LET else None
        if holder is not None and holder.withdrawn_at is None and holder.approval == Approval.APPROVED:
            places[booth.id] = _place(fair, holder)
    counts = Counter(place for place in places.values() if place)
    order = sorted(counts, key=lambda place: (-counts[place], fold(place)))
    marks = initials(order)
    groups = {place: Group(_tone(n), marks[place], place, counts[place]) for n, place in enumerate(order)}
    of = {key: groups[place] for key, place in places.items() if place}
    return Colouring(View.PROVINCE, tuple(groups.values()), of)


def _place(fair: Fair, holder: Exhibitor) -> str:
    if holder.country != fair.country:
        return country_name(holder.country, language())
    return province_name(holder.province).removeprefix("Thành phố ") if holder.province else ""


def initials(names: Iterable[str]) -> dict[str, str]:
    """A short mark for each name, none twice: HN for Hà Nội, and HNa for Hà Nam after it."""
    found: dict[str, str] = {}
    for name in names:
        parts = name.replace("-", " ").split() or [name]
        first, rest = "".join(part[0].upper() for part in parts)[:3], parts[-1][1:]
        if len(parts) == 1:
            first, rest = name[:2], name[2:]
        tries = [first + rest[:n] for n in range(len(rest) + 1)] + [f"{first}{n}" for n in range(2, 100)]
        found[name] = next(mark for mark in tries if mark not in found.values())
    return found


def _tone(n: int) -> str:
    return f"c{n + 1}" if n < HUES else "c0"
