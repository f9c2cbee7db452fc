"""What a booth costs: area, open sides, the price list of the day, and the VAT of the day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select

from app import clock
from app.booths.amounts import EVERYWHERE, Listing, listing_of
from app.booths.errors import NoVatRate
from app.booths.models import Booth, PriceList
from app.db import db
from app.fairs.models import Fair, VatRate
from app.money import Money, apply_rate


@dataclass(frozen=True)
class Price:
    """A booth's price in its parts. `base` + `surcharge` = `listed`; `listed` + `change` = `net`; + `vat` = `total`."""

    base: Money
    surcharge: Money
    surcharge_bp: int
    listed: Money
    change: Money  # what the price list of the day takes off, or puts on
    price_list: PriceList | None  # the one that changes this booth's price
    net: Money
    vat_bp: int
    vat: Money
    total: Money


@dataclass(frozen=True)
class PriceTerms:
    """What makes a price of the day: the VAT in basis points, none where it is not known, and the price list.

    `listing` is the list of a further currency; None: the fair's own.
    """

    vat_bp: int | None
    prices: PriceList | None
    listing: Listing | None = None

    def price(self, fair: Fair, booth: Booth) -> Price:
        """Without VAT where it is not known."""
        return booth_price(fair, booth, self.vat_bp or 0, self.prices)

    def price_in(self, fair: Fair, booth: Booth) -> Price | None:
        """In the currency of its list; None where that has no amount for the booth."""
        return price_in(fair, booth, self.vat_bp or 0, self.prices, self.listing)

    def key(self, fair: Fair) -> tuple[object, ...]:
        """Changes whenever a price does that no booth tells of."""
        listed = self.prices.id if self.prices is not None else None
        return self.vat_bp, listed, fair.price_per_m2_minor, fair.corner_surcharge_bp, fair.currency


def price_terms(fair: Fair, at: datetime) -> PriceTerms:
    try:
        vat_bp = vat_bp_on(fair.id, clock.fair_day(fair, at))
    except NoVatRate:
        vat_bp = None
    return PriceTerms(vat_bp, price_list_at(fair, at))


def list_price_minor(fair: Fair, area_cm2: int, open_sides: int, per_m2_minor: int | None = None) -> int:
    """Before VAT: area by the price of a square metre, and a surcharge for each open side after the first.

    Rounded half up, once for the area and once for the surcharge.
    """
    base = _base_minor(fair.price_per_m2_minor if per_m2_minor is None else per_m2_minor, area_cm2)
    return base + apply_rate(base, _surcharge_bp(fair, open_sides))


def price_list_at(fair: Fair, at: datetime) -> PriceList | None:
    """The price list in force at a moment, as it was known then; None where booths cost their list price."""
    day = clock.fair_day(fair, at)
    return db.session.scalar(
        select(PriceList).where(
            PriceList.fair_id == fair.id,
            PriceList.from_on <= day,
            PriceList.to_on >= day,
            PriceList.created_at <= at,
            or_(PriceList.removed_at.is_(None), PriceList.removed_at > at),
        )
    )


def net_minor(fair: Fair, booth: Booth, prices: PriceList | None) -> int:
    """The booth's price before VAT under a price list. A booth with a price of its own keeps it per square metre."""
    if prices is None:
        return booth.price_minor
    if prices.off_bp is not None:
        return booth.price_minor - apply_rate(booth.price_minor, prices.off_bp)
    size = (booth.area_cm2, booth.open_sides)
    if booth.price_minor != list_price_minor(fair, *size):
        return booth.price_minor
    return list_price_minor(fair, *size, prices.per_m2_minor)


def listed_minor(fair: Fair, booth: Booth, listing: Listing | None) -> int | None:
    """The booth's list price before VAT in a list's currency: its own amount, else by the rate that fits it best."""
    if listing is None:
        return booth.price_minor
    if booth.id in listing.booths:
        return listing.booths[booth.id]
    key = listing.rate_key(booth)
    if key is None:
        return None
    return list_price_minor(fair, booth.area_cm2, booth.open_sides, listing.rates[key])


def net_in(fair: Fair, booth: Booth, prices: PriceList | None, listing: Listing | None) -> int | None:
    """As net_minor, in a list's currency; None where that has no amount.

    A price list per square metre holds for booths that follow the rate for everywhere, and only where it has an amount
    in this currency: else they cost their list price in it. Per cent hold in every currency.
    """
    if listing is None:
        return net_minor(fair, booth, prices)
    listed = listed_minor(fair, booth, listing)
    if listed is None or prices is None:
        return listed
    if prices.off_bp is not None:
        return listed - apply_rate(listed, prices.off_bp)
    follows = booth.id not in listing.booths and listing.rate_key(booth) == EVERYWHERE
    if not follows or prices.id not in listing.price_lists:
        return listed
    per_m2 = listing.price_lists[prices.id]
    return list_price_minor(fair, booth.area_cm2, booth.open_sides, per_m2)


def listed_in(fair: Fair, currency: str, booths: Iterable[Booth]) -> dict[int, int | None]:
    """Booth's id → its list price in a currency today, before VAT; None where it has none. Two queries at most."""
    booths = list(booths)
    listing = listing_of(fair, currency, [booth.id for booth in booths])
    return {booth.id: listed_minor(fair, booth, listing) for booth in booths}


def booth_price(fair: Fair, booth: Booth, vat_bp: int, prices: PriceList | None) -> Price:
    """The booth's own price, which may differ from the list: then all of it is base. VAT is rounded half up."""
    net = net_minor(fair, booth, prices)
    return _price(fair, booth, booth.price_minor, net, vat_bp, prices, fair.price_per_m2_minor, fair.currency)


def price_in(fair: Fair, booth: Booth, vat_bp: int, prices: PriceList | None, listing: Listing | None) -> Price | None:
    """As booth_price, in a list's currency; None where that has no amount for the booth."""
    if listing is None:
        return booth_price(fair, booth, vat_bp, prices)
    listed, net = listed_minor(fair, booth, listing), net_in(fair, booth, prices, listing)
    if listed is None or net is None:
        return None
    key = None if booth.id in listing.booths else listing.rate_key(booth)
    per_m2 = listing.rates[key] if key is not None else 0
    return _price(fair, booth, listed, net, vat_bp, prices, per_m2, listing.currency)


def _price(
    fair: Fair, booth: Booth, listed: int, net: int, vat_bp: int, prices: PriceList | None, per_m2: int, currency: str
) -> Price:
    base = _base_minor(per_m2, booth.area_cm2)
    surcharge_bp = _surcharge_bp(fair, booth.open_sides)
    surcharge = listed - base
    if surcharge != apply_rate(base, surcharge_bp):
        base, surcharge, surcharge_bp = listed, 0, 0
    vat = apply_rate(net, vat_bp)

    def money(minor: int) -> Money:
        return Money(minor, currency)

    return Price(
        base=money(base),
        surcharge=money(surcharge),
        surcharge_bp=surcharge_bp,
        listed=money(listed),
        change=money(net - listed),
        price_list=prices if net != listed else None,
        net=money(net),
        vat_bp=vat_bp,
        vat=money(vat),
        total=money(net + vat),
    )


def vat_bp_on(fair_id: int, day: date) -> int:
    """The rate in force on a day, in basis points; NoVatRate where the organiser has set none."""
    rate = db.session.scalar(
        select(VatRate.rate_bp)
        .where(VatRate.fair_id == fair_id, VatRate.from_on <= day, or_(VatRate.to_on.is_(None), VatRate.to_on >= day))
        .order_by(VatRate.from_on.desc())
        .limit(1)
    )
    if rate is None:
        raise NoVatRate(day=day.isoformat())
    return rate


def _surcharge_bp(fair: Fair, open_sides: int) -> int:
    return fair.corner_surcharge_bp * max(0, open_sides - 1)


def _base_minor(per_m2_minor: int, area_cm2: int) -> int:
    return (area_cm2 * per_m2_minor + 5_000) // 10_000
