"""The booths' stage: the market, and a caller of the API."""

from typing import Any

import pytest
from flask import Flask

from app.accounts.tokens import create_token
from app.audit import SYSTEM
from app.db import transaction
from tests.support.market import Market, desk, market, spring

__all__ = ["desk", "market", "spring"]
API = "/api/v1/fairs/test-fair"


@pytest.fixture
def call(app: Flask, market: Market) -> Any:
    """`call(role, method, path, json)` with a token of that role; None for a stranger."""
    cast, tokens = market.cast, {}
    with app.app_context(), transaction():
        for role, exhibitor in (("organiser", None), ("sales", None), ("finance", None), ("gate", None)):
            tokens[role] = create_token(SYSTEM, cast.fair.id, role, exhibitor, None, label="test")
        tokens["exhibitor"] = create_token(SYSTEM, cast.fair.id, "exhibitor", cast.exhibitor.id, None, label="test")
        tokens["rival"] = create_token(SYSTEM, cast.fair.id, "exhibitor", cast.rival.id, None, label="test")

    def call(role: str | None, method: str, path: str, json: Any = None, **headers: str) -> Any:
        if role:
            headers["Authorization"] = f"Bearer {tokens[role]}"
        with app.test_client() as client:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return client.open(API + path, method=method, json=json, headers=named)

    return call
