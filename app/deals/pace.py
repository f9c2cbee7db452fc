"""How often a party may ask: it names the buyers it meets, and does not try all of their names and numbers."""

from app.access import Permission, principal
from app.security import limit


def not_too_often(what: str, times_a_minute: int) -> None:
    """Raise TooManyTries for a party's person or program that asks more often. The deal desk's own may."""
    if not principal().staff_can(Permission.DEAL_RECORD):
        actor = principal().actor()
        limit(what, times_a_minute, 60, f"{actor.kind}:{actor.id}")
