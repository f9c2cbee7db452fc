"""Booths, holds and orders over the API: each role, each refusal, each repeat."""

from datetime import datetime
from typing import Any

from app import clock
from tests.support.market import Market, later

API = "/api/v1/fairs/test-fair"


def test_everybody_sees_the_booths_with_the_promised_members(call: Any) -> None:
    answer = call(None, "GET", "/booths?limit=2").get_json()
    assert answer["items"][0] == {
        "number": "A01",
        "hall": "A",
        "polygon": [[2, 4], [5, 4], [5, 7], [2, 7]],
        "area_m2": 9,
        "open_sides": 2,
        "kind": "corner",
        "category": "",
        "state": "free",
        "price_minor": 15_840_000,
        "list_price_minor": 15_840_000,
        "price_list": "",
        "currency": "VND",
        "prices": [{"currency": "VND", "price_minor": 15_840_000, "list_price_minor": 15_840_000}],
        "held_back_for": "",
        "held_back_until": None,
    }
    rest = call(None, "GET", f"/booths?limit=100&after={answer['next']}").get_json()
    assert [b["number"] for b in rest["items"]][0] == "A03" and rest["next"] is None
    assert [b["number"] for b in call(None, "GET", "/booths?q=a07").get_json()["items"]] == ["A07"]


def test_hold_is_made_refused_and_let_go(call: Any, market: Market) -> None:
    ema, rita = market.cast.exhibitor.id, market.cast.rival.id
    made = call("exhibitor", "POST", "/holds", {"exhibitor": ema, "booths": ["A03", "A05"]})
    assert made.status_code == 201 and made.get_json()["booths"] == ["A03", "A05"]
    assert datetime.fromisoformat(made.get_json()["held_until"]) > clock.now()
    refused = call("rival", "POST", "/holds", {"exhibitor": rita, "booths": ["A05", "A07"]})
    assert refused.status_code == 409 and refused.content_type == "application/problem+json"
    body = refused.get_json()
    assert (body["code"], body["booths"], len(body["free_nearby"])) == ("booth_not_available", ["A05"], 3)
    hold = made.get_json()["id"]
    assert call("rival", "DELETE", f"/holds/{hold}").status_code == 404
    assert call("exhibitor", "DELETE", f"/holds/{hold}").status_code == 204
    assert call("rival", "POST", "/holds", {"exhibitor": rita, "booths": ["A05", "A07"]}).status_code == 201


def test_nobody_holds_for_a_stranger_but_the_organisers_sales(call: Any, market: Market) -> None:
    wanted = {"exhibitor": market.cast.exhibitor.id, "booths": ["A03"]}
    assert call(None, "POST", "/holds", wanted).status_code in (400, 401)
    assert call("rival", "POST", "/holds", wanted).status_code == 404
    for role in ("finance", "gate"):
        assert call(role, "POST", "/holds", wanted).status_code == 403
    assert call("sales", "POST", "/holds", wanted).status_code == 201


def test_order_is_placed_once_and_seen_by_its_own(call: Any, market: Market) -> None:
    hold = call("exhibitor", "POST", "/holds", {"exhibitor": market.cast.exhibitor.id, "booths": ["A03"]}).get_json()[
        "id"
    ]
    assert call("rival", "POST", "/orders", {"hold": hold, "pay_by": "transfer"}).status_code == 404
    assert call("exhibitor", "POST", "/orders", {"hold": hold, "pay_by": "shells"}).status_code == 422
    first = call("exhibitor", "POST", "/orders", {"hold": hold, "pay_by": "transfer"}, Idempotency_Key="k1")
    again = call("exhibitor", "POST", "/orders", {"hold": hold, "pay_by": "transfer"}, Idempotency_Key="k1")
    other = call("exhibitor", "POST", "/orders", {"hold": hold, "pay_by": "transfer"})
    assert [a.status_code for a in (first, again, other)] == [201] * 3
    order = first.get_json()
    assert again.get_json() == order and other.get_json()["reference"] == order["reference"]
    assert (order["net_minor"], order["vat_minor"], order["total_minor"]) == (14_400_000, 1_440_000, 15_840_000)
    assert order["transfer"]["vietqr"].startswith("000201010212")
    path = f"/orders/{order['reference']}"
    assert call("rival", "GET", path).status_code == 404
    for role in ("exhibitor", "organiser", "sales", "finance"):
        assert call(role, "GET", path).get_json()["state"] == "awaiting"
    assert call("gate", "GET", path).status_code == 403


def test_expired_hold_is_no_longer_ordered(call: Any, market: Market) -> None:
    hold = call("exhibitor", "POST", "/holds", {"exhibitor": market.cast.exhibitor.id, "booths": ["A03"]}).get_json()[
        "id"
    ]
    later(minutes=21)
    answer = call("exhibitor", "POST", "/orders", {"hold": hold, "pay_by": "card"})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "hold_ended")


def test_nonsense_is_refused_field_by_field(call: Any) -> None:
    for wanted in (
        {},
        {"exhibitor": "x", "booths": ["A03"]},
        {"exhibitor": 1, "booths": []},
        {"exhibitor": 1, "booths": [""]},
    ):
        answer = call("organiser", "POST", "/holds", wanted)
        assert answer.status_code == 422 and answer.content_type == "application/problem+json"
    assert call("organiser", "POST", "/holds", {"exhibitor": 10**6, "booths": ["A03"]}).status_code == 422


def test_exhibitors_are_listed_and_found_without_accents(call: Any) -> None:
    assert call(None, "GET", "/exhibitors?q=phu vinh").get_json()["items"] == []  # it has no booth yet
    [found] = call("organiser", "GET", "/exhibitors?q=phu vinh").get_json()["items"]
    assert {"id": 2, "name": "Mây tre Phú Vinh", "country": "VN", "province": "01"}.items() <= found.items()
