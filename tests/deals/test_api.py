"""The API of deals: who sees and does what, by token and by session."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete

from app import security
from app.accounts.tokens import create_token
from app.api.idempotency import IdempotencyKey
from app.audit import SYSTEM
from app.db import db, transaction
from app.deals.models import Deal
from app.fairs.models import Buyer
from tests.deals.conftest import PDF, Desk
from tests.support.cast import Cast

BASE = "/api/v1/fairs/test-fair"
SALE = {
    "kind": "contract",
    "category": "ceramics",
    "subject": "Ấm chén, 900 bộ",
    "amount_minor": 4_000_000,
    "currency": "USD",
    "signed_on": "2019-12-13",
}


@pytest.fixture
def tokens(app: Flask, cast: Cast) -> dict[str, str]:
    with app.app_context(), transaction():
        return {
            "organiser": create_token(SYSTEM, cast.fair.id, "organiser", None, None, label="t"),
            "deals": create_token(SYSTEM, cast.fair.id, "deals", None, None, label="t"),
            "gate": create_token(SYSTEM, cast.fair.id, "gate", None, None, label="t"),
            "finance": create_token(SYSTEM, cast.fair.id, "finance", None, None, label="t"),
            "exhibitor": create_token(SYSTEM, cast.fair.id, "exhibitor", cast.exhibitor.id, None, label="t"),
            "rival": create_token(SYSTEM, cast.fair.id, "exhibitor", cast.rival.id, None, label="t"),
            "buyer": create_token(SYSTEM, cast.fair.id, "buyer", None, cast.buyer.id, label="t"),
            "other_fair": create_token(SYSTEM, cast.other_fair.id, "organiser", None, None, label="t"),
        }


@pytest.fixture
def call(app: Flask, tokens: dict[str, str]) -> Callable[..., Any]:
    client = app.test_client()

    def send(role: str, method: str, path: str, json: Any = None, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {tokens[role]}"} if role else {}
        return client.open(BASE + path, method=method, json=json, headers=headers | more.pop("headers", {}), **more)

    return send


def test_exhibitor_records_and_buyer_confirms_by_their_own_tokens(call: Any, cast: Cast) -> None:
    made = call("exhibitor", "POST", "/deals", SALE | {"buyer": cast.buyer.id})
    assert made.status_code == 201
    assert made.json["exhibitor"] == {"id": cast.exhibitor.id, "name": "Gốm Chi", "country": "VN"}
    assert (made.json["state"], made.json["revision"], made.json["amount_minor"]) == ("declared", 1, 4_000_000)
    answered = call("buyer", "POST", f"/deals/{made.json['id']}/confirmations", {"revision": 1})
    assert answered.status_code == 201
    assert answered.json["state"] == "confirmed"
    assert {c["means"] for c in answered.json["confirmations"]} == {"api_token"}


def test_amending_voids_and_the_old_revision_takes_no_confirmation(call: Any, cast: Cast) -> None:
    deal = call("exhibitor", "POST", "/deals", SALE | {"buyer": cast.buyer.id}).json
    call("buyer", "POST", f"/deals/{deal['id']}/confirmations", {"revision": 1})
    amended = call("exhibitor", "PATCH", f"/deals/{deal['id']}", {"revision": 1, "amount_minor": 4_200_000})
    assert (amended.status_code, amended.json["revision"], amended.json["state"]) == (200, 2, "declared")
    assert amended.json["subject"] == SALE["subject"]
    late = call("buyer", "POST", f"/deals/{deal['id']}/confirmations", {"revision": 1})
    assert (late.status_code, late.json["code"], late.json["current_revision"]) == (409, "deal_changed", 2)
    assert call("buyer", "POST", f"/deals/{deal['id']}/confirmations", {"revision": 2}).json["state"] == "confirmed"


def test_organiser_verifies_the_document_and_falls_back_when_amended(call: Any, cast: Cast) -> None:
    deal = call("exhibitor", "POST", "/deals", SALE | {"buyer": cast.buyer.id}).json
    path = f"/deals/{deal['id']}"
    upload = {"document": (io.BytesIO(PDF), "hợp đồng.pdf")}
    added = call("exhibitor", "POST", f"{path}/documents", data=upload)
    assert added.status_code == 201, added.json
    document = added.json["documents"][0]
    early = call("deals", "POST", f"{path}/verifications", {"revision": 1, "document": document["id"]})
    assert (early.status_code, early.json["code"]) == (409, "not_confirmed")
    call("buyer", "POST", f"{path}/confirmations", {"revision": 1})
    sealed = call("deals", "POST", f"{path}/verifications", {"revision": 1, "document": document["id"]})
    assert (sealed.status_code, sealed.json["state"]) == (201, "verified")
    call("buyer", "PATCH", path, {"revision": 1, "amount_minor": 1})
    assert call("organiser", "GET", path).json["state"] == "declared"


@pytest.mark.parametrize("role", ["exhibitor", "rival", "gate", "finance", "other_fair", ""])
def test_nobody_confirms_for_the_buyer(call: Any, cast: Cast, role: str) -> None:
    deal = call("exhibitor", "POST", "/deals", SALE | {"buyer": cast.buyer.id}).json
    path = f"/deals/{deal['id']}"
    for body in (
        {"revision": 1, "side": "buyer"},
        {"revision": 1, "side": "buyer", "spoken_by": "Bảo", "identified_by": "hộ chiếu"},
    ):
        refused = call(role, "POST", f"{path}/confirmations", body)
        assert refused.status_code in (400, 401, 403, 404), refused.json
    assert call("organiser", "GET", path).json["state"] == "declared"


def test_exhibitors_plain_confirmation_stays_its_own(call: Any, cast: Cast) -> None:
    deal = call("exhibitor", "POST", "/deals", SALE | {"buyer": cast.buyer.id}).json
    assert call("exhibitor", "POST", f"/deals/{deal['id']}/confirmations", {"revision": 1}).json["state"] == "declared"


@pytest.mark.parametrize("role", ["organiser", "deals"])
def test_desk_says_who_is_present(call: Any, cast: Cast, role: str) -> None:
    deal = call("exhibitor", "POST", "/deals", SALE | {"buyer": cast.buyer.id}).json
    path = f"/deals/{deal['id']}/confirmations"
    assert call(role, "POST", path, {"revision": 1}).status_code == 422
    assert call(role, "POST", path, {"revision": 1, "side": "buyer"}).status_code == 422
    present = {"revision": 1, "side": "buyer", "spoken_by": "Sato Haruka", "identified_by": "passport"}
    assert call(role, "POST", path, present).json["state"] == "confirmed"


@pytest.mark.parametrize("method", ["GET", "PATCH"])
@pytest.mark.parametrize(("role", "status"), [("rival", 404), ("gate", 403), ("finance", 403)])
def test_strangers_do_not_reach_a_deal(call: Any, cast: Cast, method: str, role: str, status: int) -> None:
    deal = call("exhibitor", "POST", "/deals", SALE | {"buyer": cast.buyer.id}).json
    body = {"revision": 1, "amount_minor": 5} if method == "PATCH" else None
    assert call(role, method, f"/deals/{deal['id']}", body).status_code == status


def test_lists_show_each_company_its_own(call: Any, cast: Cast) -> None:
    call("exhibitor", "POST", "/deals", SALE | {"buyer": cast.buyer.id})
    call("rival", "POST", "/deals", SALE | {"new_buyer": {"company": "Lạ", "country": "FR"}})
    counts = {
        role: len(call(role, "GET", "/deals").json["items"]) for role in ("organiser", "exhibitor", "rival", "buyer")
    }
    assert counts == {"organiser": 2, "exhibitor": 1, "rival": 1, "buyer": 1}


def test_deal_with_somebody_elses_company_is_refused(call: Any, cast: Cast) -> None:
    body = SALE | {"exhibitor": cast.rival.id, "buyer": cast.buyer.id}
    assert call("exhibitor", "POST", "/deals", body).json["code"] == "not_your_side"
    assert call("buyer", "POST", "/deals", body).status_code == 201
    with_stranger = {"exhibitor": cast.rival.id, "new_buyer": {"company": "Lạ", "country": "FR"}}
    assert call("buyer", "POST", "/deals", SALE | with_stranger).json["code"] == "not_your_side"


def test_buyer_written_down_by_the_exhibitor_is_asked_but_never_proves(call: Any, app: Flask) -> None:
    body = SALE | {
        "new_buyer": {"name": "Anna", "company": "Nordlys", "country": "NO", "email": "Anna@Nordlys.example"}
    }
    first, second = call("exhibitor", "POST", "/deals", body).json, call("exhibitor", "POST", "/deals", body).json
    assert first["buyer"] == second["buyer"]
    with app.app_context():
        buyer = db.session.get(Buyer, first["buyer"]["id"])
        assert buyer is not None
        assert (buyer.email, buyer.email_typed_by, buyer.email_verified_at) == (
            "anna@nordlys.example",
            "exhibitor",
            None,
        )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount_minor": 0}, "amount_minor"),
        ({"amount_minor": 40_000.5}, "amount_minor"),
        ({"amount_minor": "40000"}, "amount_minor"),
        ({"amount_minor": None}, "value"),
        ({"currency": "usd"}, "currency"),
        ({"kind": "promise"}, "kind"),
        ({"signed_on": "2999-01-01"}, "signed_on"),
        ({"state": "verified"}, "state"),
        ({"revision": 3}, "revision"),
        ({"recorded_side": "buyer"}, "recorded_side"),
        ({"new_buyer": {"country": "XX"}}, None),
    ],
)
def test_bad_input_is_named(call: Any, cast: Cast, change: dict[str, Any], field: str | None) -> None:
    refused = call("exhibitor", "POST", "/deals", SALE | {"buyer": cast.buyer.id} | change)
    assert refused.status_code == 422
    assert refused.content_type == "application/problem+json"
    assert field is None or field in str(refused.json["fields"])


def test_unknown_ids_are_no_server_error(call: Any) -> None:
    assert call("organiser", "GET", "/deals/999999999999999999999").status_code == 404
    assert call("exhibitor", "POST", "/deals", SALE | {"buyer": 10**12}).status_code == 422
    assert call("organiser", "GET", "/deals?after=x").status_code == 422
    assert call("organiser", "GET", "/deals?limit=0").status_code == 422


def test_same_idempotency_key_records_one_deal(call: Any, cast: Cast, desk: Desk) -> None:
    headers = {"Idempotency-Key": "one-sale"}
    answers = [call("exhibitor", "POST", "/deals", SALE | {"buyer": cast.buyer.id}, headers=headers) for _n in range(3)]
    assert {a.json["id"] for a in answers} == {answers[0].json["id"]}
    assert desk.count(Deal) == 1


def test_list_narrows_pages_and_searches_without_accents(call: Any, cast: Cast) -> None:
    for amount, currency, subject in ((1, "VND", "Đèn mây"), (2, "USD", "Lụa tơ tằm"), (3, "USD", "Đèn gốm")):
        made = {"buyer": cast.buyer.id, "amount_minor": amount, "currency": currency, "subject": subject}
        call("exhibitor", "POST", "/deals", SALE | made)

    def found(query: str) -> list[int]:
        return [item["amount_minor"] for item in call("organiser", "GET", f"/deals?{query}").json["items"]]

    assert found("") == [3, 2, 1]
    assert found("currency=USD") == [3, 2]
    assert found("q=den") == [3, 1]
    assert found("q=MUA XA") == [3, 2, 1]
    assert found("q=GD-0002") == [2]
    assert found("country=JP&q=lua") == [2]
    assert found("country=FR") == []
    first = call("organiser", "GET", "/deals?limit=2").json
    assert [item["amount_minor"] for item in first["items"]] == [3, 2]
    assert found(f"limit=2&after={first['next']}") == [1]


def test_buyers_are_searched_with_the_least_that_picks_them_out(call: Any, cast: Cast) -> None:
    items = call("exhibitor", "GET", "/buyers?q=mua xa").json["items"]
    assert items == [{"id": cast.buyer.id, "name": "Bảo", "company": "Mua Xa", "country": "JP"}]
    assert call("exhibitor", "GET", "/buyers?q=m").json["items"] == []
    assert call("exhibitor", "GET", "/buyers?q=%25%25").json["items"] == []
    assert call("gate", "GET", "/buyers?q=mua").status_code == 403


def test_uploaded_document_is_what_it_says_and_stays_among_the_sides(call: Any, cast: Cast) -> None:
    deal = call("exhibitor", "POST", "/deals", SALE | {"buyer": cast.buyer.id}).json
    path = f"/deals/{deal['id']}/documents"
    for name, content in (
        ("x.pdf", b"<html><script>alert(1)</script></html>"), ("x.png", b"GIF89a" + b"0" * 40), ("x.pdf", b""),
        ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    ):  # fmt: skip
        assert call("exhibitor", "POST", path, data={"document": (io.BytesIO(content), name)}).status_code == 422
    added = call("exhibitor", "POST", path, data={"document": (io.BytesIO(PDF), "../../etc/hợp đồng.exe")}).json
    document = added["documents"][0]
    assert (document["filename"], document["media_type"]) == ("hợp đồng.exe.pdf", "application/pdf")
    for role, status in (("buyer", 200), ("deals", 200), ("rival", 404), ("gate", 403), ("", 401), ("other_fair", 401)):
        assert call(role, "GET", f"{path}/{document['id']}").status_code == status, role
    sent = call("buyer", "GET", f"{path}/{document['id']}")
    assert sent.data == PDF
    assert sent.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in sent.headers["Content-Security-Policy"]
    assert sent.headers["Cache-Control"] == "private, no-store"


def test_a_key_that_comes_again_after_its_answer_was_lost_records_no_second_deal(
    app: Flask, call: Any, cast: Cast
) -> None:
    key = {"Idempotency-Key": "sale-1"}
    first = call("exhibitor", "POST", "/deals", SALE | {"buyer": cast.buyer.id}, headers=key).json
    with app.app_context(), transaction():  # as when the server died before it had kept its answer
        db.session.execute(delete(IdempotencyKey))
    again = call("exhibitor", "POST", "/deals", SALE | {"buyer": cast.buyer.id}, headers=key).json
    assert again["number"] == first["number"]
    with app.app_context(), transaction():
        db.session.execute(delete(IdempotencyKey))
    other = call("exhibitor", "POST", "/deals", SALE | {"buyer": cast.buyer.id, "note": "another"}, headers=key).json
    assert other["number"] != first["number"]


def test_another_document_under_the_same_key_is_not_lost_in_silence(call: Any, cast: Cast) -> None:
    deal = call("exhibitor", "POST", "/deals", SALE | {"buyer": cast.buyer.id}).json

    def send(content: bytes) -> Any:
        sent = {"document": (io.BytesIO(content), "contract.pdf")}
        key = {"Idempotency-Key": "paper-1"}
        return call("exhibitor", "POST", f"/deals/{deal['id']}/documents", data=sent, headers=key)

    assert [send(PDF).status_code, send(PDF).status_code] == [201, 201]
    assert len(call("exhibitor", "GET", f"/deals/{deal['id']}").json["documents"]) == 1
    other = send(PDF + b"\n%another")
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")


def test_party_that_tries_many_buyers_has_to_wait(app: Flask, call: Any, cast: Cast) -> None:
    app.config["FAIR_NO_LIMITS"] = False
    try:
        tried = [call("exhibitor", "POST", "/deals", SALE | {"buyer": 900_000 + n}).status_code for n in range(31)]
        assert (set(tried[:30]), tried[30]) == ({422}, 429)
        asked = [call("rival", "GET", "/buyers?q=zz").status_code for _ in range(61)]
        assert (set(asked[:60]), asked[60]) == ({200}, 429)
        assert call("organiser", "GET", "/buyers?q=zz").status_code == 200
    finally:
        app.config["FAIR_NO_LIMITS"] = True
        security._tries.clear()


@pytest.mark.parametrize("day", ["1999-12-31", "2101-01-01"])
def test_day_out_of_all_bounds_is_refused(call: Any, day: str) -> None:
    assert call("organiser", "GET", f"/deals?day={day}").status_code == 422


def test_name_of_a_document_loses_marks_that_turn_its_reading(call: Any, cast: Cast) -> None:
    deal = call("exhibitor", "POST", "/deals", SALE | {"buyer": cast.buyer.id}).json
    sent = {"document": (io.BytesIO(PDF), "don\u202efdp.exe\u200f.pdf")}
    added = call("exhibitor", "POST", f"/deals/{deal['id']}/documents", data=sent)
    assert added.json["documents"][0]["filename"] == "donfdp.exe.pdf"
