"""The booths' stage."""

from tests.support.market import desk, market, spring

__all__ = ["desk", "market", "spring"]
