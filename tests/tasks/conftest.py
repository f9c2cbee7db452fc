"""The manual on the market's stage."""

import pytest
from flask import Flask

from tests.support.market import Market, desk, market, spring
from tests.tasks.stage import Manual

__all__ = ["desk", "market", "spring"]


@pytest.fixture
def manual(app: Flask, market: Market) -> Manual:
    return Manual(app, market.cast)
