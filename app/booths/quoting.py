"""What booths cost line by line: each at the price of the day of its hold, then what group or quantity takes off."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from app import clock
from app.booths.amounts import Listing, listing_of
from app.booths.currency_choice import require_currency, require_priced
from app.booths.discounts import discount_line, discount_typed
from app.booths.errors import HoldEnded
from app.booths.floorplan import line_label
from app.booths.group_models import PriceGroup
from app.booths.group_prices import every_step, groups_of, reduction_at
from app.booths.models import Booth, Hold, HoldState
from app.booths.pricing import Price, PriceTerms, price_list_at, vat_bp_on
from app.booths.reductions import Reduction
from app.db import db
from app.fairs.models import Fair
from app.payments.grants import grants_of
from app.payments.orders import Line
from app.payments.support import require_home_currency, share_of, support_lines


def priced_lines(
    fair: Fair,
    booths: Sequence[Booth],
    groups: Sequence[PriceGroup],
    vat_bp: int,
    held_at: datetime,
    listing: Listing | None = None,
) -> tuple[list[Line], Reduction | None]:
    """The booths' lines, and below them what comes off by the better of the groups' price and the quantity's."""
    prices = price_list_at(fair, held_at)
    terms = PriceTerms(vat_bp, prices, listing)
    require_priced(fair, booths, terms)
    lines = [_line(booth, price) for booth in booths if (price := terms.price_in(fair, booth)) is not None]
    reduction = reduction_at(fair, booths, lines, groups, every_step(fair.id), held_at)
    return lines + ([reduction.line] if reduction is not None else []), reduction


def quote_of(fair: Fair, hold: Hold, now: datetime, code: str = "") -> list[Line]:
    """As an order placed now would have them, in the hold's currency; with a discount code what that takes off.

    A funder's share is the last line. Raises HoldEnded, NoVatRate, CurrencyNotOffered, NoPriceInCurrency,
    SupportOtherCurrency, and what `take_discount` and `discount_line` raise.
    """
    if hold.state != HoldState.LIVE or hold.held_until <= now:
        raise HoldEnded()
    theirs = select(Booth).where(Booth.fair_id == fair.id, Booth.hold_id == hold.id).order_by(Booth.number)
    booths = list(db.session.scalars(theirs))
    groups = groups_of(fair.id, [hold.exhibitor_id]).get(hold.exhibitor_id, [])
    vat_bp = vat_bp_on(fair.id, clock.fair_day(fair, now))
    currency = hold.currency or fair.currency
    require_currency(fair, hold.exhibitor_id, currency)
    listing = listing_of(fair, currency, [booth.id for booth in booths])
    lines = priced_lines(fair, booths, groups, vat_bp, hold.created_at, listing)[0]
    granted = grants_of(fair.id, [hold.exhibitor_id]).get(hold.exhibitor_id)
    require_home_currency(fair, granted, currency, now)
    if code.strip():
        lines += [discount_line(fair, discount_typed(fair, code, hold.exhibitor_id, now), lines, vat_bp)]
    return lines + support_lines(fair, granted, share_of(fair, granted, lines, vat_bp, now), vat_bp)


def _line(booth: Booth, price: Price) -> Line:
    note = ""
    if price.price_list is not None:
        note = " / ".join(dict.fromkeys([price.price_list.name, price.price_list.name_en or price.price_list.name]))
    line = Line("booth", booth.id, line_label(booth), price.net, price.vat_bp, price.vat)
    return replace(line, price_note=note, listed_minor=price.listed.minor)
