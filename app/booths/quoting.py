"""What booths cost line by line: each at the price of the day of its hold, then what group or quantity takes off."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from app import clock
from app.booths.amounts import Listing, listing_of
from app.booths.currency_choice import require_priced
from app.booths.errors import HoldEnded
from app.booths.floorplan import line_label
from app.booths.group_models import PriceGroup
from app.booths.group_prices import every_step, groups_of, reduction_at
from app.booths.models import Booth, Hold, HoldState
from app.booths.pricing import Price, PriceTerms, price_list_at, vat_bp_on
from app.booths.reductions import Reduction
from app.db import db
from app.fairs.models import Fair
from app.payments.orders import Line


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


def quote_of(fair: Fair, hold: Hold, now: datetime) -> list[Line]:
    """As an order placed now would have them, in the hold's currency.

    Raises HoldEnded, NoVatRate, NoPriceInCurrency.
    """
    if hold.state != HoldState.LIVE or hold.held_until <= now:
        raise HoldEnded()
    theirs = select(Booth).where(Booth.fair_id == fair.id, Booth.hold_id == hold.id).order_by(Booth.number)
    booths = list(db.session.scalars(theirs))
    groups = groups_of(fair.id, [hold.exhibitor_id]).get(hold.exhibitor_id, [])
    vat_bp = vat_bp_on(fair.id, clock.fair_day(fair, now))
    listing = listing_of(fair, hold.currency or fair.currency, [booth.id for booth in booths])
    return priced_lines(fair, booths, groups, vat_bp, hold.created_at, listing)[0]


def _line(booth: Booth, price: Price) -> Line:
    note = ""
    if price.price_list is not None:
        note = " / ".join(dict.fromkeys([price.price_list.name, price.price_list.name_en or price.price_list.name]))
    line = Line("booth", booth.id, line_label(booth), price.net, price.vat_bp, price.vat)
    return replace(line, price_note=note, listed_minor=price.listed.minor)
