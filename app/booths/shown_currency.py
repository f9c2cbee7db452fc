"""The currencies of one page of the plan: which prices are in, which can be chosen, and each list, read once."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from app.booths.amounts import Listing, listing_of
from app.booths.currency_choice import currencies_for
from app.booths.models import Booth
from app.booths.own import Own
from app.booths.pricing import PriceTerms
from app.fairs.currencies import FairCurrency, OfferedTo, first_choice, open_currencies
from app.fairs.models import Fair


@dataclass
class ShownCurrency:
    """`currency` is what prices are shown in, `choices` what its reader may choose, the fair's own first."""

    fair: Fair
    currency: str
    choices: list[str]
    offered: list[FairCurrency]  # every one that is open
    booth_ids: set[int]
    listings: dict[str, Listing | None] = field(default_factory=dict)

    def terms(self, terms: PriceTerms, currency: str) -> PriceTerms:
        """The same terms by the list of a currency, for the page's booths."""
        if currency not in self.listings:
            self.listings[currency] = listing_of(self.fair, currency, self.booth_ids)
        return replace(terms, listing=self.listings[currency])

    def for_abroad(self, own: Own) -> list[str]:
        """What a reader without a company is told to be for companies from other countries."""
        return [one.currency for one in self.offered if one.offered_to == OfferedTo.FOREIGN and not own.exhibitors]


def shown_currency(fair: Fair, own: Own, booths: Iterable[Booth], chosen: str) -> ShownCurrency:
    """What the reader chose before, else what its company gets; for these booths and those it holds."""
    offered = open_currencies(fair)
    choices = currencies_for(fair, own.exhibitors, offered)
    if chosen not in choices:
        chosen = first_choice(fair, offered, own.exhibitors[0]) if own.exhibitors else fair.currency
    ids = {booth.id for booth in (*booths, *(booth for held in own.holds for booth in held.booths))}
    return ShownCurrency(fair, chosen, choices, offered, ids)
