"""What a booth costs: area, open sides, and the VAT of the day."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select

from app.booths.errors import NoVatRate
from app.booths.models import Booth
from app.db import db
from app.fairs.models import Fair, VatRate
from app.money import Money, apply_rate


@dataclass(frozen=True)
class Price:
    """A booth's price in its parts. `base` + `surcharge` = `net`; `net` + `vat` = `total`."""

    base: Money
    surcharge: Money
    surcharge_bp: int
    net: Money
    vat_bp: int
    vat: Money
    total: Money


def list_price_minor(fair: Fair, width_cm: int, depth_cm: int, open_sides: int) -> int:
    """Before VAT: area by the price of a square metre, and a surcharge for each open side after the first.

    Rounded half up, once for the area and once for the surcharge.
    """
    base = _base_minor(fair, width_cm, depth_cm)
    return base + apply_rate(base, fair.corner_surcharge_bp * max(0, open_sides - 1))


def booth_price(fair: Fair, booth: Booth, vat_bp: int) -> Price:
    """The booth's own price, which may differ from the list: then all of it is base. VAT is rounded half up."""
    base = _base_minor(fair, booth.width_cm, booth.depth_cm)
    surcharge_bp = fair.corner_surcharge_bp * max(0, booth.open_sides - 1)
    surcharge = booth.price_minor - base
    if surcharge != apply_rate(base, surcharge_bp):
        base, surcharge, surcharge_bp = booth.price_minor, 0, 0
    vat = apply_rate(booth.price_minor, vat_bp)

    def money(minor: int) -> Money:
        return Money(minor, fair.currency)

    return Price(
        base=money(base),
        surcharge=money(surcharge),
        surcharge_bp=surcharge_bp,
        net=money(booth.price_minor),
        vat_bp=vat_bp,
        vat=money(vat),
        total=money(booth.price_minor + vat),
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


def _base_minor(fair: Fair, width_cm: int, depth_cm: int) -> int:
    return (width_cm * depth_cm * fair.price_per_m2_minor + 5_000) // 10_000
