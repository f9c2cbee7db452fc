"""The demonstration in small, made once for each test that asks for it."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest
from argon2 import PasswordHasher
from flask import Flask

from app import clock
from app.demo.create import create_demo
from app.demo.edition import SMALL

MADE_AT = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)  # 14:00 in Hà Nội
STATES = {"declared": 2, "confirmed": 2, "verified": 1, "disputed": 1, "cancelled": 1}
SMALL_TODAY = replace(SMALL, visits=0, deals=STATES)


@pytest.fixture
def small_demo(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Three editions of some forty exhibitors, made at a known moment, with passwords that are hashed quickly."""
    monkeypatch.setattr("app.demo.create.PasswordHasher", partial(PasswordHasher, 1, 1024, 1))
    clock.set_offset(MADE_AT - datetime.now(UTC))
    with app.app_context():
        create_demo(clock.now(), lambda share: None, full=SMALL, today=SMALL_TODAY)
    return app
