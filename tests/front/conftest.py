"""The pages' stage: the same market."""

from tests.support.market import desk, market, spring

__all__ = ["desk", "market", "spring"]
