"""Ola runs the fair and exhibits at it: what the pages refuse her in her own affair, a key she made is refused too."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.tokens import create_token
from app.audit import SYSTEM, Actor, AuditEntry
from app.db import db, transaction
from app.deals.models import Deal, DealConfirmation
from app.fairs.models import Buyer, ExhibitorMember
from tests.deals.conftest import PDF, Desk
from tests.support.cast import LONG_AGO

BASE = "/api/v1/fairs/test-fair"
SALE = {"kind": "order", "category": "ceramics", "amount_minor": 5_000_000, "currency": "VND"}
PRESENT = {"revision": 1, "side": "buyer", "spoken_by": "Sato Haruka", "identified_by": "passport"}


@pytest.fixture(params=["exhibitor", "buyer"])
def hers(request: pytest.FixtureRequest, app: Flask, desk: Desk) -> str:
    """The side of the deal between Ema's company and Bảo that Ola belongs to as well."""
    cast = desk.cast
    with app.app_context(), transaction():
        if request.param == "exhibitor":
            db.session.add(
                ExhibitorMember(
                    fair_id=cast.fair.id, exhibitor_id=cast.exhibitor.id, person_id=cast.ola.id, created_at=LONG_AGO
                )
            )
        else:
            db.session.get_one(Buyer, cast.buyer.id).person_id = cast.ola.id
    return str(request.param)


@pytest.fixture
def by_key_of(app: Flask, desk: Desk) -> Callable[..., Any]:
    """Call the API by a new key: of a person of the cast, made in Settings, or of the command line (no name)."""

    def send(maker: str, method: str, path: str, json: Any = None, role: str = "deals", **more: Any) -> Any:
        actor = Actor("person", getattr(desk.cast, maker).id) if maker else SYSTEM
        with app.app_context(), transaction():
            key = create_token(actor, desk.cast.fair.id, role, label="t")
        headers = {"Authorization": f"Bearer {key}"}
        return app.test_client().open(BASE + path, method=method, json=json, headers=headers, **more)

    return send


@pytest.mark.parametrize("role", ["deals", "organiser"])
def test_own_key_neither_answers_nor_verifies(hers: str, by_key_of: Any, desk: Desk, role: str) -> None:
    deal_id = desk.record("ema")
    refused = by_key_of("ola", "POST", f"/deals/{deal_id}/confirmations", PRESENT, role)
    assert (refused.status_code, refused.json["code"]) == (403, "same_on_both_sides")
    assert desk.state(deal_id) == "declared"
    assert by_key_of("dana", "POST", f"/deals/{deal_id}/confirmations", PRESENT, role).json["state"] == "confirmed"
    seal = {"revision": 1, "document": desk.attach(deal_id)}
    assert by_key_of("ola", "POST", f"/deals/{deal_id}/verifications", seal, role).status_code == 403
    assert desk.state(deal_id) == "confirmed"
    assert by_key_of("dana", "POST", f"/deals/{deal_id}/verifications", seal, role).json["state"] == "verified"


def test_own_key_neither_records_nor_changes_in_the_organisers_name(hers: str, by_key_of: Any, desk: Desk) -> None:
    deal_id = desk.record("ema")
    between = SALE | {"exhibitor": desk.cast.exhibitor.id, "buyer": desk.cast.buyer.id}
    paper = {"document": (io.BytesIO(PDF), "x.pdf")}
    for method, path, body, more in (
        ("POST", "/deals", between, {}),
        ("PATCH", f"/deals/{deal_id}", {"revision": 1, "amount_minor": 1}, {}),
        ("POST", f"/deals/{deal_id}/cancellation", {"revision": 1, "reason": "x"}, {}),
        ("POST", f"/deals/{deal_id}/documents", None, {"data": paper}),
    ):
        refused = by_key_of("ola", method, path, body, **more)
        assert (refused.status_code, refused.json["code"]) == (403, "same_on_both_sides"), path
    assert (desk.count(Deal), desk.state(deal_id), desk.seen(deal_id).revision) == (1, "declared", 1)


def test_own_key_serves_every_other_deal(hers: str, by_key_of: Any, desk: Desk) -> None:
    other = SALE | {"exhibitor": desk.cast.rival.id, "new_buyer": {"company": "Lạ", "country": "FR"}}
    deal_id = by_key_of("ola", "POST", "/deals", other).json["id"]
    assert by_key_of("ola", "POST", f"/deals/{deal_id}/confirmations", PRESENT).status_code == 201


def test_key_of_the_command_line_is_the_operators(hers: str, by_key_of: Any, desk: Desk) -> None:
    deal_id = desk.record("ema")
    assert by_key_of("", "POST", f"/deals/{deal_id}/confirmations", PRESENT).json["state"] == "confirmed"


def test_rows_name_no_person_for_a_key_and_the_log_names_the_key(by_key_of: Any, desk: Desk) -> None:
    """Whose hand it was is the program's; `api_token` says who made it."""
    sale = SALE | {"exhibitor": desk.cast.exhibitor.id, "buyer": desk.cast.buyer.id}
    deal_id = by_key_of("ola", "POST", "/deals", sale).json["id"]
    by_key_of("ola", "POST", f"/deals/{deal_id}/confirmations", PRESENT)
    with desk.loaded():
        assert db.session.get_one(Deal, deal_id).recorded_by is None
        assert list(db.session.scalars(select(DealConfirmation.person_id))) == [None]
        said = select(AuditEntry.actor).where(AuditEntry.subject_kind == "deal").order_by(AuditEntry.id)
        assert list(db.session.scalars(said)) == ["token:1", "token:2"]
