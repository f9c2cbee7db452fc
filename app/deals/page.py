"""What one deal's page shows to one reader: the story, and what they can do now."""

from typing import Any

from flask_babel import gettext as _

from app.access import Permission, Principal
from app.deals.models import Deal, DealState
from app.deals.own_people import address_is_shared
from app.deals.proof import PROVING, Means, Side
from app.deals.queries import (
    answers_to,
    documents_of,
    parties,
    revisions_of,
    verifications_of,
)
from app.deals.speaking import buyers_link_means, own_side
from app.deals.terms import terms_of
from app.deals.timeline import timeline
from app.fairs.countries import country_name
from app.fairs.models import Exhibitor
from app.fairs.product_categories import product_category_name
from app.formats import language, local_name


def deal_page(deal: Deal, who: Principal) -> dict[str, Any]:
    """The template's names for a deal: sides, terms, knots of the timeline, documents, and the reader's acts."""
    exhibitor, buyer = parties(deal)
    answers = answers_to(deal)
    names = side_names(exhibitor, buyer.company or buyer.name)
    standing = {a.side: a.answer for a in answers if a.revision == deal.revision and a.proves and a.voided_at is None}
    missing = [side for side in (Side.BUYER, Side.EXHIBITOR) if standing.get(side) != "confirm"]
    unproven = [a for a in answers if not a.proves and a.voided_at is None and a.revision == deal.revision]
    written = revisions_of(deal)
    knots = timeline(deal, names, written, answers, verifications_of(deal), missing)
    side = own_side(who, deal)
    desk = who.staff_can(Permission.DEAL_DESK)
    is_open = deal.state != DealState.CANCELLED
    speaks = side is not None and who.can(Permission.DEAL_CONFIRM)
    withdraws = side is not None and deal.recorded_side == side
    noted = next((a.answer for a in reversed(unproven) if a.side == side and a.means == Means.SHARED_ADDRESS), "")
    return {
        "deal": deal,
        "terms": terms_of(deal),
        "exhibitor": exhibitor,
        "buyer": buyer,
        "names": names,
        "knots": knots,
        "documents": documents_of(deal),
        "own_side": side,
        "standing": standing,
        "missing": missing,
        "missing_names": [names[side] for side in missing],
        "category": product_category_name(deal.category, language()),
        "country": country_name(buyer.country, language()),
        "desk": desk,
        "unproven": unproven,
        "wrote": written[-1].side,
        "buyer_can_use_link": bool(buyer.email) and buyers_link_means(deal, exhibitor, buyer) in PROVING,
        "shared_address": address_is_shared(deal, exhibitor, buyer),
        "noted": noted,
        "may": {
            "confirm": is_open and speaks and "confirm" not in (standing.get(side or ""), noted),
            "dispute": is_open and speaks and "dispute" not in (standing.get(side or ""), noted),
            "amend": is_open and (side is not None or desk) and who.can(Permission.DEAL_RECORD),
            "cancel": is_open
            and (desk or (withdraws and deal.state in (DealState.DECLARED, DealState.DISPUTED)))
            and who.can(Permission.DEAL_RECORD),
            "verify": deal.state == DealState.CONFIRMED and side is None and who.staff_can(Permission.DEAL_VERIFY),
            "desk_answer": is_open and side is None and desk,
            "add_document": is_open and (side is not None or desk) and who.can(Permission.DEAL_RECORD),
        },
        "refused": "",
        "faults": {},
    }


def side_names(exhibitor: Exhibitor, buyer_name: str) -> dict[str, str]:
    """What the sides and the organiser are called in sentences."""
    return {Side.BUYER: buyer_name, Side.EXHIBITOR: local_name(exhibitor), Side.ORGANISER: _("The organiser")}
