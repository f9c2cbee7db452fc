"""What a gate's token reads of badges: a person who stands there is found, nobody leafs through the visitors."""

from flask import Flask

from app.accounts.tokens import create_token
from app.audit import SYSTEM
from app.db import transaction
from tests.support.cast import Cast

BADGES = "/api/v1/fairs/test-fair/badges"


def test_gate_finds_by_three_letters_and_prints_nothing(app: Flask, cast: Cast) -> None:
    with app.app_context(), transaction():
        token = create_token(SYSTEM, cast.fair.id, "gate", None, None, label="t")
    client, headers = app.test_client(), {"Authorization": f"Bearer {token}"}
    listed = client.get(BADGES, headers=headers)
    assert listed.status_code == 200
    assert all("name" not in item and "company" not in item for item in listed.json["items"])
    assert client.get(f"{BADGES}?q=ab", headers=headers).json == {"items": [], "next": None}
    assert client.get(f"{BADGES}?q=abc", headers=headers).status_code == 200
    assert client.get(f"{BADGES}/1.pdf", headers=headers).status_code == 403
