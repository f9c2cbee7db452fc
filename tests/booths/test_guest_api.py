"""Companies on a booth over the API: each role, each refusal, each repeat."""

from typing import Any

import pytest
from flask import Flask

from app.accounts.tokens import create_token
from app.audit import SYSTEM
from app.db import transaction
from tests.booths.guests_stage import FACTS, GOODS, let, rule
from tests.conftest import Client
from tests.support.market import Market

API = "/api/v1/fairs/test-fair"


@pytest.fixture
def call(app: Flask, market: Market) -> Any:
    """`call(role, method, path, json)` with a token of that role; None for a stranger. A03 is Ema's."""
    cast, tokens = market.cast, {}
    with app.app_context():
        let(cast, "A03")
        with transaction():
            for role in ("organiser", "sales", "finance", "gate", "deals"):
                tokens[role] = create_token(SYSTEM, cast.fair.id, role, None, None, label="test")
            for name, exhibitor in (("exhibitor", cast.exhibitor), ("rival", cast.rival)):
                tokens[name] = create_token(SYSTEM, cast.fair.id, "exhibitor", exhibitor.id, None, label="test")
            tokens["buyer"] = create_token(SYSTEM, cast.fair.id, "buyer", None, cast.buyer.id, label="test")

    def call(role: str | None, method: str, path: str, json: Any = None, **headers: str) -> Any:
        if role:
            headers["Authorization"] = f"Bearer {tokens[role]}"
        with app.test_client() as client:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return client.open(f"{API}/exhibitors{path}", method=method, json=json, headers=named)

    return call


@pytest.fixture
def ours(market: Market) -> str:
    return f"/{market.cast.exhibitor.id}/companies"


def test_asked_for_approved_corrected_and_withdrawn(call: Any, ours: str) -> None:
    made = call("exhibitor", "POST", ours, FACTS | {"kind": "co"})
    assert made.status_code == 201
    guest = made.get_json()
    assert (guest["state"], guest["kind"], guest["reason"], guest["name"]) == ("requested", "co", "", FACTS["name"])
    one = f"{ours}/{guest['id']}"
    assert call(None, "GET", "?q=den").get_json()["items"] == []
    decided = call("organiser", "POST", f"{one}/decision", {"decision": "approved"})
    assert (decided.status_code, decided.get_json()["state"]) == (200, "approved")
    assert [item["id"] for item in call(None, "GET", "?q=den").get_json()["items"]] == [guest["id"]]
    corrected = call("exhibitor", "PUT", one, FACTS | {"products": "đèn giấy"})
    assert (corrected.get_json()["products"], corrected.get_json()["state"]) == ("đèn giấy", "approved")
    assert call("exhibitor", "PUT", one, FACTS | {"name": "Khác"}).get_json()["state"] == "requested"
    assert call("sales", "PUT", one, FACTS | {"name": "Khác nữa"}).get_json()["name"] == "Khác nữa"
    assert [call("exhibitor", "DELETE", one).status_code for _again in range(2)] == [204, 204]
    assert call("exhibitor", "GET", one).get_json()["state"] == "withdrawn"
    listed = call("exhibitor", "GET", ours).get_json()
    assert ([item["state"] for item in listed["items"]], listed["next"]) == (["withdrawn"], None)


def test_sent_twice_it_is_one(call: Any, ours: str) -> None:
    sent = FACTS | {"kind": "co"}
    first, again = (call("exhibitor", "POST", ours, sent, Idempotency_Key="k1") for _ in range(2))
    assert first.get_json() == again.get_json()
    assert call("exhibitor", "POST", ours, sent).get_json()["id"] == first.get_json()["id"]
    assert len(call("sales", "GET", ours).get_json()["items"]) == 1


def test_the_organisers_side_enters_it_approved(call: Any, ours: str) -> None:
    for role, facts in (("organiser", FACTS | {"kind": "co"}), ("sales", GOODS | {"kind": "represented"})):
        assert call(role, "POST", ours, facts).get_json()["state"] == "approved"


def test_who_decides_first_is_believed(call: Any, ours: str) -> None:
    guest = call("exhibitor", "POST", ours, FACTS | {"kind": "co"}).get_json()
    decision = f"{ours}/{guest['id']}/decision"
    silent = call("sales", "POST", decision, {"decision": "refused"})
    assert (silent.status_code, list(silent.get_json()["fields"])) == (422, ["reason"])
    old = {"decision": "approved", "requested_at": "2019-01-01T00:00:00+00:00"}
    assert call("sales", "POST", decision, old).get_json()["code"] == "guest_changed"
    read = {"decision": "refused", "reason": "Chưa rõ hàng.", "requested_at": guest["requested_at"]}
    assert call("sales", "POST", decision, read).get_json()["reason"] == "Chưa rõ hàng."
    late = call("organiser", "POST", decision, {"decision": "approved"})
    assert (late.status_code, late.get_json()["code"]) == (409, "guest_decided")


def test_the_room_is_told_and_kept(app: Flask, call: Any, market: Market, ours: str) -> None:
    assert call("exhibitor", "GET", ours).get_json()["co_exhibitors_left"] is None
    with app.app_context():
        rule(market.cast, co_exhibitors_per_9_m2=1)
    assert call("exhibitor", "GET", ours).get_json()["co_exhibitors_left"] == 1
    call("exhibitor", "POST", ours, FACTS | {"kind": "co"})
    assert call("exhibitor", "GET", ours).get_json()["co_exhibitors_left"] == 0
    full = call("exhibitor", "POST", ours, FACTS | {"kind": "co", "name": "Hai"})
    assert (full.status_code, full.get_json()["code"]) == (409, "guests_full")


@pytest.mark.parametrize(
    ("role", "status"), [("rival", 404), ("buyer", 404), ("gate", 403), ("finance", 403), ("deals", 403), (None, 401)]
)
def test_it_is_nobody_elses(call: Any, ours: str, role: str | None, status: int) -> None:
    guest = call("exhibitor", "POST", ours, FACTS | {"kind": "co"}).get_json()
    one = f"{ours}/{guest['id']}"
    assert call(role, "GET", ours).status_code == status
    assert call(role, "POST", ours, GOODS | {"kind": "represented"}).status_code == status
    for method, sent in (("GET", None), ("PUT", FACTS), ("DELETE", None)):
        assert call(role, method, one, sent).status_code == status
    decided = call(role, "POST", f"{one}/decision", {"decision": "approved"})
    assert decided.status_code == (401 if role is None else 403)
    assert call("exhibitor", "GET", one).get_json()["state"] == "requested"


def test_exhibitors_do_not_decide_and_reach_no_other_booth(call: Any, market: Market, ours: str) -> None:
    guest = call("exhibitor", "POST", ours, FACTS | {"kind": "co"}).get_json()
    assert call("exhibitor", "POST", f"{ours}/{guest['id']}/decision", {"decision": "approved"}).status_code == 403
    theirs = f"/{market.cast.rival.id}/companies"
    assert call("exhibitor", "GET", theirs).status_code == 404
    assert call("rival", "GET", f"{theirs}/{guest['id']}").status_code == 404
    assert call("organiser", "GET", f"{theirs}/{guest['id']}").status_code == 404
    assert call("organiser", "GET", f"/{guest['id']}/companies").status_code == 404  # a guest has no guests


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tax_code": "1"}, "tax_code"),
        ({"province": ""}, "province"),
        ({"email": "a@b"}, "email"),
        ({"kind": "main"}, "kind"),
    ],
)
def test_bad_input_names_the_field(call: Any, ours: str, changes: dict[str, str], field: str) -> None:
    answer = call("exhibitor", "POST", ours, FACTS | {"kind": "co"} | changes)
    assert answer.status_code == 422
    assert field in str(answer.get_json()["fields"])


def test_a_signed_in_member_needs_the_pages_token(app: Flask, market: Market, ours: str, client: Client) -> None:
    with app.app_context():
        let(market.cast, "A03")
    client.sign_in(market.cast.cleo)  # acts for Ema's firm too
    assert client.get(f"{API}/exhibitors{ours}").status_code == 200
    client.sign_in(market.cast.rita)
    assert client.get(f"{API}/exhibitors{ours}").status_code == 404
