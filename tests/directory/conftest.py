"""The shelf on which profiles stand."""

import pytest
from flask import Flask

from tests.directory.stage import Shelf
from tests.support.cast import Cast


@pytest.fixture
def shelf(app: Flask, cast: Cast) -> Shelf:
    return Shelf(app, cast)
