"""The currencies of one page of the plan: which prices are in, which can be chosen, and each list, read once."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from flask import g, session

from app.booths.amounts import Listing, listing_of
from app.booths.currency_choice import currencies_for
from app.booths.models import Booth
from app.booths.own import Own
from app.booths.pricing import PriceTerms
from app.fairs.currencies import FairCurrency, OfferedTo, first_choice, open_currencies


@dataclass
class ShownCurrency:
    """`currency` is what prices are shown in, `choices` what its reader may choose, the fair's own first."""

    currency: str
    choices: list[str]
    offered: list[FairCurrency]  # every one that is open
    booth_ids: set[int]
    listings: dict[str, Listing | None] = field(default_factory=dict)

    def terms(self, terms: PriceTerms, currency: str) -> PriceTerms:
        """The same terms by the list of a currency, for the page's booths."""
        if currency not in self.listings:
            self.listings[currency] = listing_of(g.fair, currency, self.booth_ids)
        return replace(terms, listing=self.listings[currency])

    def for_abroad(self, own: Own) -> list[str]:
        """What a reader without a company is told to be for companies from other countries."""
        return [one.currency for one in self.offered if one.offered_to == OfferedTo.FOREIGN and not own.exhibitors]


def shown_currency(own: Own, booths: Iterable[Booth]) -> ShownCurrency:
    """What the reader chose in this browser, else what its company gets; for these booths and those it holds."""
    offered = open_currencies(g.fair)
    choices, currency = currencies_for(g.fair, own.exhibitors, offered), chosen_before()
    if currency not in choices:
        currency = first_choice(g.fair, offered, own.exhibitors[0]) if own.exhibitors else g.fair.currency
    ids = {booth.id for booth in (*booths, *(booth for held in own.holds for booth in held.booths))}
    return ShownCurrency(currency, choices, offered, ids)


def chosen_before() -> str:
    """What this browser chose at this fair, or nothing."""
    return str(session.get("currency", {}).get(g.fair.slug, ""))
