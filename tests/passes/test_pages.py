"""Passes as people meet them: given on a phone, refused with what to do, granted, and read at the gate."""

import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import clock
from app.accounts.tokens import create_token
from app.audit import SYSTEM
from app.booths.models import Booth
from app.db import db, transaction
from app.security import _tries
from app.visitors.models import Badge, Registration
from tests.conftest import Client
from tests.passes.stage import Handing
from tests.tasks.stage import at

FAIR = "/fairs/test-fair"
OWN = f"{FAIR}/portal/passes"


def newest(app: Flask, name: str) -> Badge:
    with app.app_context():
        rows = select(Badge).join(Registration, Registration.id == Badge.registration_id)
        return db.session.scalars(rows.where(Registration.name == name).order_by(Badge.id.desc())).first()


def test_passes_are_given_renamed_and_withdrawn(app: Flask, client: Client, handing: Handing, statements: Any) -> None:
    own = f"{OWN}/{handing.cast.exhibitor.id}"
    client.sign_in(handing.cast.ema)
    assert "2 thẻ cho 9\u00a0m² bạn thuê." in client.get(OWN).text
    refused = client.post(own, data={"name": "Lan", "email": "lan@"})
    assert refused.status_code == 422
    assert 'value="lan@"' in refused.text
    for name in ("Lan", "Minh"):
        assert client.post(own, data={"name": name, "email": ""}).status_code == 303
    refused = client.post(own, data={"name": "Tú", "email": ""})
    assert refused.status_code == 409
    assert "Đã cấp hết 2 thẻ." in refused.text
    assert 'value="Tú"' in refused.text
    lan = newest(app, "Lan")
    renamed = {"badge": str(lan.id), "name": "Lan Anh", "email": ""}
    assert client.post(f"{own}/{lan.registration_id}/name", data=renamed).status_code == 303
    stale = client.post(f"{own}/{lan.registration_id}/name", data=renamed | {"name": "Ly"})
    assert stale.status_code == 409
    assert 'value="Ly"' in stale.text
    with statements() as seen:
        page = client.get(OWN).text
    assert len(seen) <= 15
    assert "Lan Anh" in page
    assert client.post(f"{own}/{lan.registration_id}/withdraw").status_code == 303
    assert "Lan Anh" not in client.get(OWN).text


def test_the_organiser_sets_the_quota_and_grants_more(client: Client, handing: Handing, statements: Any) -> None:
    handing.give("Lan")
    client.sign_in(handing.cast.sam)
    where = f"{FAIR}/organise/exhibitors/{handing.cast.exhibitor.id}/passes"
    with statements() as seen:
        assert "Đã cấp 1 / 2 thẻ." in client.get(f"{FAIR}/organise/passes").text
    assert len(seen) <= 15
    refused = client.post(f"{FAIR}/organise/passes/rule", data={"per_9_m2": "nhiều"})
    assert refused.status_code == 422
    assert 'value="nhiều"' in refused.text
    assert client.post(f"{FAIR}/organise/passes/rule", data={"per_9_m2": "3"}).status_code == 303
    assert client.post(where, data={"extra": "-1"}).status_code == 422
    assert client.post(where, data={"extra": "4"}).status_code == 303
    page = client.get(where).text
    assert "Đã cấp 1 / 7 thẻ." in page
    assert "Lan" in page
    client.sign_in(handing.cast.fin)
    assert client.get(where).status_code == 200
    assert client.post(where, data={"extra": "9"}).status_code == 403


@pytest.mark.parametrize("who", ["rita", "bao", "gia", "stan", "ola"])
def test_nobody_else_gives_passes(client: Client, handing: Handing, who: str) -> None:
    one = handing.give("Lan")
    client.sign_in(getattr(handing.cast, who))
    own = f"{OWN}/{handing.cast.exhibitor.id}"
    typed = {"badge": str(one.badge.id), "name": "Tôi", "email": ""}
    for path in ("", f"/{one.registration.id}/name", f"/{one.registration.id}/withdraw"):
        assert client.post(own + path, data=typed).status_code in (403, 404), path


def test_a_pass_enters_at_the_gate_until_it_is_withdrawn(app: Flask, handing: Handing) -> None:
    one = handing.give("Lan")
    older = handing.give("Minh")
    handing.rename(older, "Tú")
    with app.app_context(), transaction():
        token = create_token(SYSTEM, handing.cast.fair.id, "gate", None, None, label="gate")
    at(handing.cast.fair.starts_on, 10)

    def scan(badge: Badge) -> str:
        sent = {"id": str(uuid.uuid4()), "code": badge.token, "gate": "C1", "direction": "in"}
        sent["scanned_at"] = clock.now().isoformat()
        with app.test_client() as client:
            answer = client.post(
                "/api/v1/fairs/test-fair/scans", json={"scans": [sent]}, headers={"Authorization": f"Bearer {token}"}
            )
        assert answer.status_code == 200, answer.text
        return str(answer.json["results"][0]["verdict"])

    assert scan(one.badge) == "admitted_staff"
    assert scan(older.badge) == "replaced"
    assert scan(newest(app, "Tú")) == "admitted_staff"
    handing.withdraw(one.registration.id)
    assert scan(one.badge) == "cancelled"


def test_passes_over_the_api(app: Flask, handing: Handing) -> None:
    cast, tokens = handing.cast, {}
    with app.app_context(), transaction():
        tokens["organiser"] = create_token(SYSTEM, cast.fair.id, "organiser", None, None, label="test")
        for role, of in (("exhibitor", cast.exhibitor.id), ("rival", cast.rival.id)):
            tokens[role] = create_token(SYSTEM, cast.fair.id, "exhibitor", of, None, label="test")

    def call(role: str, method: str, path: str, json: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {tokens[role]}"}
        with app.test_client() as client:
            return client.open(f"/api/v1{FAIR}{path}", method=method, json=json, headers=headers)

    made = call("exhibitor", "POST", "/passes", {"name": "Lan"})
    assert made.status_code == 201, made.text
    one = f"/passes/{made.json['id']}"
    assert call("rival", "DELETE", one).status_code == 404
    assert call("rival", "POST", "/passes", {"name": "Lan"}).json["code"] == "pass_without_booth"
    assert call("exhibitor", "PUT", one, {"badge": made.json["badge"], "name": "Ly"}).json["name"] == "Ly"
    assert call("exhibitor", "PUT", one, {"badge": made.json["badge"], "name": "Tú"}).status_code == 409
    assert call("exhibitor", "PUT", "/pass-rule", {"per_9_m2": 9}).status_code == 403
    assert call("organiser", "PUT", "/pass-rule", {"per_9_m2": 1}).status_code == 204
    refused = call("exhibitor", "POST", "/passes", {"name": "Tú"})
    assert (refused.json["code"], refused.json["quota"]) == ("pass_quota_used", 1)
    granted = call("organiser", "PUT", f"/exhibitors/{cast.exhibitor.id}/passes", {"extra": 2})
    assert (granted.json["ruled"], granted.json["extra"], granted.json["left"]) == (1, 2, 2)
    assert call("exhibitor", "DELETE", one).status_code == 204
    assert call("exhibitor", "GET", "/passes").json["given"] == 0


def test_the_organiser_withdraws_the_passes_of_a_company_without_a_booth(
    app: Flask, client: Client, handing: Handing, statements: Any
) -> None:
    handing.give("Lan")
    client.sign_in(handing.cast.sam)
    listed = f"{FAIR}/organise/passes"
    where = f"{FAIR}/organise/exhibitors/{handing.cast.exhibitor.id}/passes/withdrawal"
    assert "Thẻ của đơn vị không còn gian" not in client.get(listed).text
    refused = client.post(where)
    assert refused.status_code == 409
    assert "Đơn vị này đang có gian" in refused.text
    handing(lambda fair: db.session.execute(update(Booth).values(state="free", exhibitor_id=None)))
    with statements() as seen:
        page = client.get(listed).text
    assert len(seen) <= 15
    assert "Thẻ của đơn vị không còn gian" in page and "Gốm Chi" in page
    client.sign_in(handing.cast.ema)
    assert client.post(where).status_code in (403, 404)
    client.sign_in(handing.cast.sam)
    assert "Đã thu hồi 1 thẻ." in client.post(where, follow_redirects=True).text
    assert newest(app, "Lan").state == "cancelled"
    with app.app_context(), transaction():
        key = create_token(SYSTEM, handing.cast.fair.id, "sales", None, None, label="test")
    path = f"/api/v1/fairs/test-fair/exhibitors/{handing.cast.exhibitor.id}/passes"
    assert client.delete(path, headers={"Authorization": f"Bearer {key}"}).status_code == 204


def test_passes_are_mailed_at_a_persons_pace(
    app: Flask, client: Client, handing: Handing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given and withdrawn again and again, a quota of two would write to anybody without end."""
    monkeypatch.setitem(app.config, "FAIR_NO_LIMITS", False)
    monkeypatch.setattr("app.passes.exhibitor_views.MAILED_AT_MOST", 2)
    _tries.clear()
    client.sign_in(handing.cast.ema)
    own = f"{OWN}/{handing.cast.exhibitor.id}"
    for name in ("Lan", "Minh"):
        assert client.post(own, data={"name": name, "email": "a@example.org"}).status_code == 303
    assert client.post(f"{own}/{newest(app, 'Lan').registration_id}/withdraw").status_code == 303
    assert client.post(own, data={"name": "Tú", "email": "b@example.org"}).status_code == 429
    assert client.post(own, data={"name": "Tú", "email": ""}).status_code == 303
