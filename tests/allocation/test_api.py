"""Applications over the API: sent, offered, approved, refused, listed; each key sees what is its own."""

from typing import Any

from app.booths.workflows import Workflow
from tests.allocation.stage import Applicants


def sent(applicants: Applicants, *wishes: list[str], **more: Any) -> dict[str, Any]:
    return {"exhibitor": applicants.cast.exhibitor.id, "wishes": list(wishes)} | more


def test_apply_be_offered_and_order(call: Any, applicants: Applicants) -> None:
    applicants.ways(Workflow.APPLY)
    made = call("exhibitor", "POST", "/applications", sent(applicants, ["A03"], ["A05", "A07"], zone="A"))
    assert made.status_code == 201, made.text
    assert made.json["wishes"] == [["A03"], ["A05", "A07"]]
    path = f"/applications/{made.json['id']}"
    held = call("exhibitor", "POST", "/holds", {"exhibitor": applicants.cast.exhibitor.id, "booths": ["A03"]})
    assert (held.status_code, held.json["code"]) == (409, "given_by_application")
    offered = call("sales", "POST", f"{path}/offers", {"booths": ["A05", "A07"], "revision": 1})
    assert offered.status_code == 201, offered.text
    [offer] = offered.json["offers"]
    assert (offer["rank"], offer["state"], offer["booths"]) == (2, "open", ["A05", "A07"])
    again = call("sales", "POST", f"{path}/offers", {"booths": ["A09"], "revision": 1})
    assert (again.status_code, again.json["code"]) == (409, "application_closed")
    ordered = call("exhibitor", "POST", "/orders", {"hold": offer["hold"], "pay_by": "transfer"})
    assert ordered.status_code == 201, ordered.text
    assert call("exhibitor", "GET", path).json["state"] == "placed"


def test_a_request_is_approved(call: Any, applicants: Applicants) -> None:
    applicants.ways(Workflow.REQUEST)
    held = call("exhibitor", "POST", "/holds", {"exhibitor": applicants.cast.exhibitor.id, "booths": ["A03"]}).json
    early = call("exhibitor", "POST", "/orders", {"hold": held["id"], "pay_by": "transfer"})
    assert (early.status_code, early.json["code"]) == (409, "not_approved")
    assert call("rival", "POST", "/requests", {"hold": held["id"]}).status_code == 404
    asked = call("exhibitor", "POST", "/requests", {"hold": held["id"], "note": "Gần cửa"})
    assert asked.status_code == 201, asked.text
    path = f"/applications/{asked.json['id']}"
    assert call("exhibitor", "POST", f"{path}/approval", {"revision": 1}).status_code == 403
    assert call("sales", "POST", f"{path}/approval", {"revision": 1}).json["offers"][0]["hold"] == held["id"]
    assert call("exhibitor", "POST", "/orders", {"hold": held["id"], "pay_by": "transfer"}).status_code == 201


def test_refused_taken_back_and_withdrawn(call: Any, applicants: Applicants) -> None:
    applicants.ways(Workflow.APPLY)
    made = call("exhibitor", "POST", "/applications", sent(applicants, ["A03"])).json
    path = f"/applications/{made['id']}"
    offer = call("sales", "POST", f"{path}/offers", {"booths": ["A03"], "revision": 1}).json["offers"][0]
    assert call("sales", "DELETE", f"{path}/offers/{offer['id']}").status_code == 204
    assert call("sales", "DELETE", f"{path}/offers/999").status_code == 404
    seen = call("sales", "GET", path).json["revision"]
    refusal = {"reason": "Hết chỗ.", "revision": seen}
    assert call("sales", "POST", f"{path}/refusal", refusal).json["reason"] == "Hết chỗ."
    again = call("exhibitor", "POST", "/applications", sent(applicants, ["A05"])).json
    assert call("rival", "DELETE", f"/applications/{again['id']}").status_code == 404
    assert call("exhibitor", "DELETE", f"/applications/{again['id']}").status_code == 204
    assert call("exhibitor", "GET", f"/applications/{again['id']}").json["state"] == "withdrawn"


def test_each_key_sees_its_own_and_nobody_who_came_earlier(call: Any, applicants: Applicants) -> None:
    applicants.let("A03", "A05")
    first = call("rival", "POST", "/applications", sent(applicants, ["A03"], exhibitor=applicants.cast.rival.id)).json
    own = call("exhibitor", "POST", "/applications", sent(applicants, ["A05"])).json
    assert [one["place"] for one in call("organiser", "GET", "/applications").json["items"]] == [1, 2]
    assert [one["id"] for one in call("exhibitor", "GET", "/applications").json["items"]] == [own["id"]]
    assert call("exhibitor", "GET", f"/applications/{first['id']}").status_code == 404
    assert call(None, "GET", "/applications").status_code == 401
    applicants.free("A05")
    applicants.sweep()
    told = call("exhibitor", "GET", f"/applications/{own['id']}").json["offers"][0]["why"]["earlier"]
    assert told == [{"because": "others"}]
    whole = call("organiser", "GET", f"/applications/{own['id']}").json["offers"][0]["why"]["earlier"]
    assert whole == [{"application": first["id"], "because": "others"}]


def test_the_list_is_served_first_over_the_api_too(call: Any, applicants: Applicants) -> None:
    applicants.let("A03")
    call("rival", "POST", "/applications", sent(applicants, ["A03"], exhibitor=applicants.cast.rival.id))
    applicants.free("A03")
    held = call("exhibitor", "POST", "/holds", {"exhibitor": applicants.cast.exhibitor.id, "booths": ["A03"]})
    assert (held.status_code, held.json["code"], held.json["booths"]) == (409, "for_waiting_list", ["A03"])


def test_letting_rules_are_read_by_all_and_set_by_the_organiser(call: Any, applicants: Applicants) -> None:
    rules = {"workflow": "request", "zones": [{"zone": "A", "workflow": "apply"}], "offer_hours": 24, "request_days": 3}
    assert call("sales", "PUT", "/letting-rules", rules).status_code == 403
    assert (
        call("organiser", "PUT", "/letting-rules", rules | {"zones": [{"zone": "Q", "workflow": "buy"}]}).status_code
        == 422
    )
    assert call("organiser", "PUT", "/letting-rules", rules).status_code == 200
    assert call(None, "GET", "/letting-rules").json == rules
    assert call("organiser", "PUT", "/letting-rules", rules | {"zones": []}).status_code == 200
    assert call(None, "GET", "/letting-rules").json["zones"] == []


def test_waits_by_the_organisers_word(call: Any, applicants: Applicants) -> None:
    applicants.ways(Workflow.APPLY)
    made = call("exhibitor", "POST", "/applications", sent(applicants, ["A03"])).json
    assert made["place"] is None
    assert call("exhibitor", "PUT", f"/applications/{made['id']}/waiting").status_code == 403
    assert call("sales", "PUT", f"/applications/{made['id']}/waiting").json["place"] == 1
