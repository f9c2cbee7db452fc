"""The demonstration in small: made once a database, put back for each test that asks for it."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest
from argon2 import PasswordHasher
from flask import Flask

from app import clock
from app.db import db
from app.demo.create import create_demo
from app.demo.edition import SMALL
from tests.support.tables import Kept

MADE_AT = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)  # 14:00 in Hà Nội
STATES = {"declared": 2, "confirmed": 2, "verified": 1, "disputed": 1, "cancelled": 1}
SMALL_TODAY = replace(SMALL, visits=0, deals=STATES)


_made: dict[str, Kept] = {}


@pytest.fixture
def small_demo(app: Flask, database: str, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Three editions of some forty exhibitors, made at a known moment, with passwords that are hashed quickly."""
    monkeypatch.setattr("app.demo.create.PasswordHasher", partial(PasswordHasher, 1, 1024, 1))
    clock.set_offset(MADE_AT - datetime.now(UTC))
    with app.app_context():
        if database in _made:
            _made[database].put_back(db.engine)
        else:
            create_demo(clock.now(), lambda share: None, full=SMALL, today=SMALL_TODAY)
            _made[database] = Kept(db.engine)
    return app
