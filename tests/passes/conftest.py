"""A booth that is let, in the spring before the fair."""

import pytest
from flask import Flask

from tests.passes.stage import Handing
from tests.support.market import Market, desk, market, spring

__all__ = ["desk", "market", "spring"]


@pytest.fixture
def handing(app: Flask, market: Market) -> Handing:
    handing = Handing(app, market.cast)
    handing.let("A05")
    return handing
