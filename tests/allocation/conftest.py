"""Applications on the market's stage."""

import pytest
from flask import Flask

from tests.allocation.selection_stage import Chooser
from tests.allocation.stage import Applicants
from tests.booths.conftest import call
from tests.support.market import Market, desk, market, spring

__all__ = ["call", "desk", "market", "spring"]


@pytest.fixture
def applicants(app: Flask, market: Market) -> Applicants:
    return Applicants(app, market.cast)


@pytest.fixture
def chooser(app: Flask, market: Market) -> Chooser:
    return Chooser(app, market.cast)
