"""What the two sides are told by mail. Each gets what the other did, in its own language; nobody gets his own deed."""

from typing import Any

from app.deals.models import Deal, DealConfirmation, DealState
from app.deals.proof import Side, Voice
from app.deals.queries import addresses_of_exhibitor
from app.deals.speaking import buyers_link_means
from app.deals.terms import Terms, terms_of
from app.fairs.models import Buyer, Exhibitor, Fair
from app.mail import queue_mail


def tell_recorded(fair: Fair, deal: Deal, exhibitor: Exhibitor, buyer: Buyer, by: Voice) -> None:
    _tell_others("deal_recorded", fair, deal, exhibitor, buyer, by, {})


def tell_amended(fair: Fair, deal: Deal, exhibitor: Exhibitor, buyer: Buyer, by: Voice, before: Terms) -> None:
    _tell_others("deal_amended", fair, deal, exhibitor, buyer, by, {"before": before.as_json()})


def tell_cancelled(fair: Fair, deal: Deal, exhibitor: Exhibitor, buyer: Buyer, by: Voice) -> None:
    _tell_others("deal_cancelled", fair, deal, exhibitor, buyer, by, {"reason": deal.state_reason})


def tell_answered(
    fair: Fair,
    deal: Deal,
    exhibitor: Exhibitor,
    buyer: Buyer,
    by: Voice,
    answer: DealConfirmation,
    became: str | None,
) -> None:
    """The other side hears of a confirmation or a dispute; `became` is the deal's new state, if it changed."""
    template = "deal_disputed" if answer.answer == "dispute" else "deal_confirmed"
    both = became in (DealState.CONFIRMED, DealState.VERIFIED)
    _tell_others(template, fair, deal, exhibitor, buyer, by, {"reason": answer.reason, "both": both})


def _tell_others(
    template: str, fair: Fair, deal: Deal, exhibitor: Exhibitor, buyer: Buyer, by: Voice, more: dict[str, Any]
) -> None:
    context = {
        "deal_id": deal.id,
        "number": deal.number,
        "revision": deal.revision,
        "terms": terms_of(deal).as_json(),
        "by_side": by.side,
        "seller": {"name": exhibitor.name, "name_en": exhibitor.name_en},
        "buyer": {"name": buyer.name, "company": buyer.company},
        **more,
    }
    if by.side is not Side.BUYER and buyer.email:
        means = buyers_link_means(deal, exhibitor, buyer)
        to_buyer = context | {"to_side": Side.BUYER, "address": buyer.email, "link_means": means}
        queue_mail(buyer.email, template, buyer.locale, fair.id, to_buyer)
    if by.side is not Side.EXHIBITOR:
        for address, locale in addresses_of_exhibitor(exhibitor):
            to_exhibitor = context | {"to_side": Side.EXHIBITOR, "address": address}
            queue_mail(address, template, locale, fair.id, to_exhibitor)
