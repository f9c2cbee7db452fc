"""The fixed list of a further currency, as it is read: amounts of its own, never converted ones."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlalchemy import or_, select

from app.booths.amount_models import CurrencyAmount, CurrencyRate
from app.booths.models import Booth
from app.db import db
from app.fairs.models import Fair

Rates: TypeAlias = dict[tuple[int | None, str], int]  # zone's id or None, kind or "" → per m², minor
EVERYWHERE = (None, "")


@dataclass(frozen=True)
class Listing:
    """What things cost in one currency, before VAT, in its minor unit: by the ids of booths, extras, price lists."""

    currency: str
    rates: Rates = field(default_factory=dict)
    booths: dict[int, int] = field(default_factory=dict)
    extras: dict[int, int] = field(default_factory=dict)
    price_lists: dict[int, int] = field(default_factory=dict)  # per m², instead of the one for everywhere

    def rate_key(self, booth: Booth) -> tuple[int | None, str] | None:
        """Which of the rates a booth follows: the one that says most of it; None where none fits."""
        zone, kind = booth.zone_id, booth.kind
        return next((key for key in ((zone, kind), (zone, ""), (None, kind), EVERYWHERE) if key in self.rates), None)


def listing_of(fair: Fair, currency: str, booth_ids: Collection[int] | None = None) -> Listing | None:
    """The list of a further currency, with amounts of these booths, or of all; None: the fair's own list. Two queries.

    A currency that was closed keeps its list: what was ordered in it may still be paid.
    """
    if currency == fair.currency:
        return None
    rates = select(CurrencyRate).where(CurrencyRate.fair_id == fair.id, CurrencyRate.currency == currency)
    amounts = select(CurrencyAmount).where(CurrencyAmount.fair_id == fair.id, CurrencyAmount.currency == currency)
    if booth_ids is not None:
        amounts = amounts.where(or_(CurrencyAmount.booth_id.is_(None), CurrencyAmount.booth_id.in_(booth_ids)))
    fresh = {"populate_existing": True}
    found = Listing(
        currency,
        {(row.zone_id, row.kind): row.per_m2_minor for row in db.session.scalars(rates, execution_options=fresh)},
    )
    for row in db.session.scalars(amounts, execution_options=fresh):
        for ids, of in (
            (row.booth_id, found.booths),
            (row.extra_id, found.extras),
            (row.price_list_id, found.price_lists),
        ):
            if ids is not None:
                of[ids] = row.amount_minor
    return found
