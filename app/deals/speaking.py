"""From whoever makes the request to the side they may speak for. Nothing in a form can widen this."""

from datetime import datetime

from app.access import Permission, Principal
from app.audit import Actor
from app.booths.own import has_booth
from app.deals.answer_links import AnswerLink
from app.deals.errors import NotYourSide, RecordingNeedsBooth, SameOnBothSides
from app.deals.models import Deal
from app.deals.own_people import address_is_shared, refuse_own_affair
from app.deals.proof import Means, Side, Voice, means_of_link, only_side, sides_of
from app.deals.queries import address_verified_at, parties
from app.fairs.models import Buyer, Exhibitor, Fair


def own_side(who: Principal, deal: Deal) -> Side | None:
    """The side of the deal that the reader belongs to, if exactly one."""
    sides = sides_of(deal, who.exhibitor_ids, who.buyer_ids)
    return next(iter(sides)) if len(sides) == 1 else None


def own_voice(who: Principal, deal: Deal) -> Voice:
    """The reader speaking for the own side. Raises NotYourSide."""
    return Voice(who.actor(), only_side(sides_of(deal, who.exhibitor_ids, who.buyer_ids)), _means(who))


def own_or_organisers_voice(who: Principal, deal: Deal) -> Voice:
    """The own side's voice, else the organiser's: who may amend or cancel, though not confirm.

    Raises NotYourSide, and SameOnBothSides for the organiser's own affair.
    """
    if own_side(who, deal) is None and who.staff_can(Permission.DEAL_DESK):
        exhibitor, buyer = parties(deal)
        return _organisers_voice_between(who, exhibitor.id, buyer)
    return own_voice(who, deal)


def recording_voice(fair: Fair, who: Principal, exhibitor_id: int, buyer: Buyer | None, at: datetime) -> Voice:
    """Who records a deal between these two: one of them, or the organiser. Raises NotYourSide for anybody else.

    Anybody can sign up a company: RecordingNeedsBooth until one stands at the fair.
    """
    sells, buys = exhibitor_id in who.exhibitor_ids, buyer is not None and buyer.id in who.buyer_ids
    if sells and buys:
        raise SameOnBothSides()
    if sells and not has_booth(fair, {exhibitor_id}, at):
        raise RecordingNeedsBooth()
    if sells or buys:
        return Voice(who.actor(), Side.EXHIBITOR if sells else Side.BUYER, _means(who))
    if who.staff_can(Permission.DEAL_DESK):
        return _organisers_voice_between(who, exhibitor_id, buyer)
    raise NotYourSide()


def organisers_voice(who: Principal) -> Voice:
    """The deal desk itself: records and verifies. The view has checked the permission."""
    return Voice(who.actor(), Side.ORGANISER, _means(who))


def desk_voice(who: Principal, side: Side, spoken_by: str) -> Voice:
    """A side's person in front of the deal desk; the desk's own person is the actor that is kept."""
    if not who.staff_can(Permission.DEAL_DESK) or side is Side.ORGANISER:
        raise NotYourSide()
    return Voice(who.actor(), side, Means.DEAL_DESK, spoken_by)


def link_voice(link: AnswerLink, deal: Deal, exhibitor: Exhibitor, buyer: Buyer) -> Voice:
    """Whoever opened a mailed link, and what that proves. Raises NotYourSide if the address is not the side's any more.

    An exhibitor's address was never shown to be its own, so its link proves nothing: its people sign in.
    """
    if link.side is Side.EXHIBITOR:
        if not link.went_to(exhibitor.email):
            raise NotYourSide()
        return Voice(Actor("link"), Side.EXHIBITOR, Means.TYPED_LINK, exhibitor.representative)
    if not link.went_to(buyer.email):
        raise NotYourSide()
    return Voice(Actor("link"), Side.BUYER, buyers_link_means(deal, exhibitor, buyer), buyer.name)


def buyers_link_means(deal: Deal, exhibitor: Exhibitor, buyer: Buyer) -> Means:
    """What a link to the buyer's address proves. It is settled when the deal is recorded, so its mail can say it."""
    if address_is_shared(deal, exhibitor, buyer):
        return Means.SHARED_ADDRESS
    return means_of_link(deal, Side.BUYER, address_verified_at(buyer), buyer.email_typed_by)


def _organisers_voice_between(who: Principal, exhibitor_id: int, buyer: Buyer | None) -> Voice:
    """A key for programs names no companies of its own: its maker's count, or it would widen what the maker may."""
    refuse_own_affair(who.actor(), exhibitor_id, buyer)
    return Voice(who.actor(), Side.ORGANISER, _means(who))


def _means(who: Principal) -> Means:
    return Means.SIGNED_IN if who.person is not None else Means.API_TOKEN
