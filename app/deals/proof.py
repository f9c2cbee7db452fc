"""Sides, and what proves that an answer came from one. The rules of the deal desk stand here and nowhere else."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.audit import Actor
from app.deals.errors import NotYourSide
from app.deals.models import Deal


class Side(StrEnum):
    BUYER = "buyer"
    EXHIBITOR = "exhibitor"
    ORGANISER = "organiser"

    @property
    def other(self) -> "Side":
        return Side.EXHIBITOR if self is Side.BUYER else Side.BUYER


class Means(StrEnum):
    """How an answer reached us."""

    SIGNED_IN = "signed_in"
    API_TOKEN = "api_token"  # noqa: S105 a program that the party gave its own key
    VERIFIED_LINK = "verified_link"
    TYPED_LINK = "typed_link"
    SHARED_ADDRESS = "shared_address"  # signed in, by key or by link, with an address that is the exhibitor's too
    BADGE_SCAN = "badge_scan"
    DEAL_DESK = "deal_desk"


# A badge lies on a table, an address is typed in a second, and one's own mailbox takes a second name: none of these
# shows who answered.
PROVING = frozenset({Means.SIGNED_IN, Means.API_TOKEN, Means.VERIFIED_LINK, Means.DEAL_DESK})


@dataclass(frozen=True)
class Voice:
    """Who speaks, for which side, and by what means. `side` is the organiser's only where no party speaks.

    At the deal desk `actor` is the organiser's person and `spoken_by` the one who stands in front of the desk.
    """

    actor: Actor
    side: Side
    means: Means
    spoken_by: str = ""

    @property
    def proves(self) -> bool:
        return self.means in PROVING

    @property
    def name(self) -> str:
        return self.spoken_by or self.actor.name

    @property
    def is_party(self) -> bool:
        return self.side is not Side.ORGANISER


def sides_of(deal: Deal, exhibitor_ids: set[int], buyer_ids: set[int]) -> set[Side]:
    """The sides of the deal that somebody with these companies belongs to; both, for a deal with oneself."""
    sides = set()
    if deal.exhibitor_id in exhibitor_ids:
        sides.add(Side.EXHIBITOR)
    if deal.buyer_id in buyer_ids:
        sides.add(Side.BUYER)
    return sides


def only_side(sides: set[Side]) -> Side:
    """The one side that somebody speaks for. Raises NotYourSide for none, and for both: no one agrees with himself."""
    if len(sides) != 1:
        raise NotYourSide()
    return next(iter(sides))


def means_of_link(deal: Deal, side: Side, verified_at: datetime | None, typed_by: str) -> Means:
    """What a mailed link proves: its address was the party's own and verified before the deal was recorded, or nothing.

    An address that the other side typed stays theirs, even after somebody opened a link that went there.
    """
    own = typed_by != side.other
    return Means.VERIFIED_LINK if own and verified_at and verified_at < deal.recorded_at else Means.TYPED_LINK
