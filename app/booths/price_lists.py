"""The prices of a fair by date: kept by the organiser, never two for one day."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from app.audit import Actor, record
from app.booths.floorplan import is_for_sale
from app.booths.models import Booth, PriceList
from app.booths.pricing import list_price_minor
from app.db import db
from app.errors import FieldErrors, NotFound
from app.fairs.models import Fair
from app.i18n_marks import N_

ENDS_BEFORE = N_("The last day comes before the first one.")
OVERLAPS = N_("“%(name)s” holds until %(to_on)s already, from %(from_on)s. Choose other days, or end that one first.")
ONE_OF_BOTH = N_("Give either a reduction or a price per m².")
NEEDS_NAME = N_("Exhibitors read this name beside the price: give it one.")
FOR_NOTHING = N_("A price per m² is more than 0: nobody could pay an order of nothing.")
OFF = N_("A reduction is more than 0 % and less than 100 %.")


def price_lists_of(fair_id: int) -> list[PriceList]:
    """Those that stand, in the order of their days."""
    return list(db.session.scalars(select(PriceList).where(*_standing(fair_id)).order_by(PriceList.from_on)))


def add_price_list(actor: Actor, fair: Fair, asked: dict[str, Any], now: datetime) -> PriceList:
    """`asked`: name, name_en, from_on, to_on, and off_bp or per_m2_minor. Raises FieldErrors; never two on one day."""
    _lock(fair)
    faults = price_list_faults(asked)
    before = None if faults else _in_the_way(fair.id, asked["from_on"], asked["to_on"])
    if before is not None:
        words = {"name": before.name, "from_on": f"{before.from_on:%d.%m.%Y}", "to_on": f"{before.to_on:%d.%m.%Y}"}
        raise FieldErrors({"from_on": OVERLAPS}, **words)
    if faults:
        raise FieldErrors(faults)
    prices = PriceList(fair_id=fair.id, created_at=now, **asked)
    db.session.add(prices)
    db.session.flush()
    told = {name: value.isoformat() if isinstance(value, date) else value for name, value in asked.items()}
    record(actor, "price_list.added", "price_list", prices.id, fair.id, **told)
    return prices


def remove_price_list(actor: Actor, fair: Fair, price_list_id: int, now: datetime) -> None:
    """Booths cost their list price again. What was held or ordered before keeps its price."""
    _lock(fair)
    prices = db.session.get(PriceList, price_list_id)
    if prices is None or prices.fair_id != fair.id or prices.removed_at is not None:
        raise NotFound()
    prices.removed_at = now
    record(actor, "price_list.removed", "price_list", prices.id, fair.id, name=prices.name)


def booths_following(fair: Fair) -> tuple[int, int]:
    """How many booths a price per m² would change, and how many are for sale: the others have a price of their own."""
    priced = (Booth.price_minor, Booth.area_cm2, Booth.open_sides)
    groups = db.session.execute(
        select(*priced, func.count()).where(Booth.fair_id == fair.id, is_for_sale()).group_by(*priced)
    ).all()
    following = sum(number for price, *size, number in groups if price == list_price_minor(fair, *size))
    return following, sum(row[3] for row in groups)


def price_list_faults(asked: dict[str, Any]) -> dict[str, str]:
    """What is wrong with it by itself, by field."""
    faults = {}
    if not asked["name"].strip():
        faults["name"] = NEEDS_NAME
    if asked["to_on"] < asked["from_on"]:
        faults["to_on"] = ENDS_BEFORE
    if (asked["off_bp"] is None) == (asked["per_m2_minor"] is None):
        faults["off_percent"] = ONE_OF_BOTH
    elif asked["off_bp"] is not None and not 0 < asked["off_bp"] < 10_000:
        faults["off_percent"] = OFF
    elif asked["per_m2_minor"] is not None and asked["per_m2_minor"] < 1:
        faults["per_m2"] = FOR_NOTHING
    return faults


def _in_the_way(fair_id: int, from_on: date, to_on: date) -> PriceList | None:
    found = select(PriceList).where(*_standing(fair_id), PriceList.from_on <= to_on, PriceList.to_on >= from_on)
    return db.session.scalar(found.limit(1))


def _standing(fair_id: int) -> tuple[ColumnElement[bool], ...]:
    return PriceList.fair_id == fair_id, PriceList.removed_at.is_(None)


def _lock(fair: Fair) -> None:
    """One at a time changes a fair's prices, so that no two of them hold on one day."""
    db.session.execute(select(Fair.id).where(Fair.id == fair.id).with_for_update())
