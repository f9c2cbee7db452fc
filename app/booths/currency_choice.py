"""In which currency an exhibitor holds and orders: one that is open to it, and in which every booth has a price."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from app.audit import Actor, record
from app.booths.amounts import listing_of
from app.booths.claims import Seen
from app.booths.errors import CurrencyNotOffered, HoldEnded, NoPriceInCurrency
from app.booths.holds import hold_booths
from app.booths.models import Booth, Hold, HoldState
from app.booths.pricing import PriceTerms, listed_minor
from app.booths.standing import NO_EXHIBITOR
from app.db import db
from app.errors import FieldErrors
from app.fairs.currencies import FairCurrency, may_choose, open_currencies
from app.fairs.models import Exhibitor, Fair


def currencies_for(fair: Fair, exhibitors: Sequence[Exhibitor], offered: list[FairCurrency]) -> list[str]:
    """The fair's own first, then what any of the companies may choose; a stranger sees all of them."""
    codes = [one.currency for one in offered if not exhibitors or any(may_choose(fair, one, e) for e in exhibitors)]
    return [fair.currency, *codes]


def require_currency(fair: Fair, exhibitor_id: int, currency: str) -> None:
    """Raises CurrencyNotOffered for a currency that is not open to the exhibitor; the fair's own is to everybody.

    FieldErrors (`exhibitor`) for one that the fair has not.
    """
    if currency == fair.currency:
        return
    exhibitor = db.session.scalar(select(Exhibitor).where(Exhibitor.fair_id == fair.id, Exhibitor.id == exhibitor_id))
    if exhibitor is None:
        raise FieldErrors({"exhibitor": NO_EXHIBITOR})
    if currency not in currencies_for(fair, [exhibitor], open_currencies(fair)):
        raise CurrencyNotOffered(currency=currency[:3])


def require_priced(fair: Fair, booths: Sequence[Booth], terms: PriceTerms) -> None:
    """Raises NoPriceInCurrency, with the numbers of the booths that have no amount."""
    lacking = [booth.number for booth in booths if listed_minor(fair, booth, terms.listing) is None]
    if lacking and terms.listing is not None:
        raise NoPriceInCurrency(things=lacking, currency=terms.listing.currency, home=fair.currency)


def require_buyable(fair: Fair, exhibitor_id: int, numbers: Sequence[str], currency: str | None) -> None:
    """Whether these booths can be held in a currency; none given: it is chosen later.

    Raises CurrencyNotOffered, NoPriceInCurrency. Booths that are no booths are refused elsewhere.
    """
    if currency is None or currency == fair.currency:
        return
    require_currency(fair, exhibitor_id, currency)
    found = select(Booth).where(Booth.fair_id == fair.id, Booth.number.in_(list(numbers))).order_by(Booth.number)
    booths = list(db.session.scalars(found))
    require_priced(fair, booths, PriceTerms(None, None, listing_of(fair, currency, [booth.id for booth in booths])))


def hold_in(
    actor: Actor,
    fair: Fair,
    exhibitor_id: int,
    booths: Sequence[Seen],
    now: datetime,
    currency: str | None,
    by_organiser: bool = False,
) -> Hold:
    """As hold_booths, in a currency that the company may choose and in which all of the booths have a price."""
    require_buyable(fair, exhibitor_id, [booth.number for booth in booths], currency)
    hold = hold_booths(actor, fair, exhibitor_id, booths, now, by_organiser, currency)
    if currency is not None:
        remember(fair, exhibitor_id, currency)
    return hold


def choose_currency(actor: Actor, fair: Fair, hold: Hold, currency: str) -> None:
    """Another currency for what is held; remembered for the company's next hold. Repeated: nothing more happens.

    Raises CurrencyNotOffered, NoPriceInCurrency, and HoldEnded for a hold that ended or was ordered.
    """
    require_currency(fair, hold.exhibitor_id, currency)
    booths = list(db.session.scalars(select(Booth).where(Booth.fair_id == fair.id, Booth.hold_id == hold.id)))
    require_priced(fair, booths, PriceTerms(None, None, listing_of(fair, currency, [booth.id for booth in booths])))
    chosen = db.session.execute(
        update(Hold)
        .where(Hold.id == hold.id, Hold.state == HoldState.LIVE)
        .values(currency=currency)
        .execution_options(synchronize_session=False)
    )
    if not chosen.rowcount:  # type: ignore[attr-defined]
        raise HoldEnded()
    remember(fair, hold.exhibitor_id, currency)
    record(actor, "hold.currency_chosen", "hold", hold.id, fair.id, chosen=currency)


def remember(fair: Fair, exhibitor_id: int, currency: str) -> None:
    """What a company chose is offered first next time; written only where it is another one than before."""
    db.session.execute(
        update(Exhibitor)
        .where(Exhibitor.id == exhibitor_id, Exhibitor.fair_id == fair.id, Exhibitor.currency != currency)
        .values(currency=currency)
        .execution_options(synchronize_session=False)
    )
