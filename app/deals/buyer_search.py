"""Who may look up buyers, and by what: the list of a fair's buyers is worth stealing, so nobody leafs through it."""

from datetime import datetime
from typing import ClassVar

from app.access import Permission, Principal
from app.booths.own import has_booth
from app.db import db
from app.deals.buyers import FOUND_AT_MOST, LETTERS_AT_LEAST, found_buyers, is_badge_number
from app.errors import DomainError, NotFound
from app.fairs.models import Buyer, Fair
from app.i18n_marks import N_
from app.search import fold


class SearchNeedsBooth(DomainError):
    code: ClassVar[str] = "search_needs_booth"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_(
        "Names can be searched once a booth at this fair is yours. Scan the buyer's badge, or type its 20 digits."
    )


def may_search_names(fair: Fair, who: Principal, at: datetime) -> bool:
    """The deal desk, and exhibitors who stand at the fair. Anybody can sign up a company before there is a booth."""
    return who.staff_can(Permission.BUYERS_SEARCH) or has_booth(fair, who.exhibitor_ids, at)


def searched_buyers(fair: Fair, who: Principal, q: str, at: datetime, limit: int = FOUND_AT_MOST) -> list[Buyer]:
    """Buyers by part of a name or by the number of a badge that one has seen; few, and never all.

    Raises SearchNeedsBooth for a name, where only numbers may be looked up.
    """
    if is_badge_number(q) or may_search_names(fair, who, at):
        return found_buyers(fair, q, limit)
    if len(fold(q)) < LETTERS_AT_LEAST or fold(q).replace(" ", "").isdigit():  # a number that is still being typed
        return []
    raise SearchNeedsBooth()


def named_buyer(fair: Fair, who: Principal, buyer_id: int, at: datetime, q: str = "") -> Buyer:
    """The buyer whose id a form or a program sends. An exhibitor that may not search names has it by the number `q`.

    Ids count upwards: without this they would be the list. Raises NotFound, SearchNeedsBooth.
    """
    tries = bool(who.exhibitor_ids) and buyer_id not in who.buyer_ids and not may_search_names(fair, who, at)
    if tries and not (is_badge_number(q) and buyer_id in {buyer.id for buyer in found_buyers(fair, q)}):
        raise SearchNeedsBooth()
    buyer = db.session.get(Buyer, buyer_id) if 0 < buyer_id < 2**31 else None
    if buyer is None or buyer.fair_id != fair.id:
        raise NotFound()
    return buyer
