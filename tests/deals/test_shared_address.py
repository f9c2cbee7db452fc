"""The exhibitor answers itself through a second address of its own: kept, never counted, but in person at the desk."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Person
from app.accounts.tokens import create_token
from app.audit import SYSTEM
from app.db import db, transaction
from app.deals.models import DealConfirmation
from app.deals.proof import Means, Side
from app.fairs.models import Buyer, Exhibitor, ExhibitorMember
from app.mail import Mail, compose
from tests.deals.conftest import Desk
from tests.deals.test_pages import BASE, answer_path
from tests.support.cast import LONG_AGO

SHARED = [
    ("sales@gomchi.example", {"email": "sales@gomchi.example"}),  # the address in the contract
    ("Sales+mua@gomchi.example", {"email": "sales@gomchi.example"}),
    ("g.om.chi@googlemail.com", {"email": "gomchi+hoi-cho@gmail.com"}),
    ("ema+b@example.org", {}),  # a member's own mailbox
    ("mua@gomchi.example", {"email": "sales@gomchi.example"}),  # the company's domain
    ("mua@hn.gomchi.example", {"email": "sales@gomchi.example"}),
    ("mua@gomchi.example", {"website": "https://shop.gomchi.example/vi"}),
    ("mua@nha-ema.example", {"member": "ema@nha-ema.example"}),
]
OWN = [
    ("bao@example.org", {}),  # a domain that many share
    ("bao@muaxa.example", {"email": "sales@gomchi.example", "website": "https://gomchi.example"}),
    ("gomchi.mua@gmail.com", {"email": "gomchi@gmail.com"}),
    ("mua@gomchi.example", {"email": "sales@gomchi-2.example"}),
]


def arrange(app: Flask, desk: Desk, buyers: str, **exhibitors: str) -> None:
    with app.app_context(), transaction():
        for who in (db.session.get_one(Buyer, desk.cast.buyer.id), db.session.get_one(Person, desk.cast.bao.id)):
            who.email = buyers.lower()
        member = exhibitors.pop("member", "")
        if member:
            db.session.get_one(Person, desk.cast.ema.id).email = member
        for name, value in exhibitors.items():
            setattr(db.session.get_one(Exhibitor, desk.cast.exhibitor.id), name, value)


def means_of(desk: Desk) -> list[tuple[str, bool]]:
    with desk.loaded():
        answers = db.session.scalars(select(DealConfirmation).order_by(DealConfirmation.id))
        return [(a.means, a.proves) for a in answers if a.side == "buyer"]


@pytest.mark.parametrize(("buyers", "exhibitors"), SHARED)
def test_answer_from_the_exhibitors_own_address_is_kept_and_proves_nothing(
    app: Flask, client: Any, desk: Desk, buyers: str, exhibitors: dict[str, str]
) -> None:
    arrange(app, desk, buyers, **exhibitors)
    deal = desk.seen(desk.record("ema"))
    path = answer_path(app, deal, buyers.lower())
    assert "cũng thuộc bên bán" in client.get(path).text
    assert client.post(f"{path}/confirmation", data={"revision": 1}).status_code == 302
    assert "chưa tính là xác nhận" in client.get(path).text
    assert desk.confirm(deal.id, "bao") == desk.confirm(deal.id, "bao")  # signed in, and twice
    assert means_of(desk) == [("shared_address", False)]
    assert desk.state(deal.id) == "declared"


@pytest.mark.parametrize(("buyers", "exhibitors"), OWN)
def test_answer_from_an_address_of_ones_own_counts(
    app: Flask, client: Any, desk: Desk, buyers: str, exhibitors: dict[str, str]
) -> None:
    arrange(app, desk, buyers, **exhibitors)
    deal = desk.seen(desk.record("ema"))
    client.post(f"{answer_path(app, deal, buyers)}/confirmation", data={"revision": 1})
    assert desk.state(deal.id) == "confirmed"


@pytest.mark.parametrize("email", ["sales@gomchi.example", "sales@elsewhere.example"])
def test_what_was_shared_when_recorded_stays_so_and_what_is_shared_now_counts_too(
    app: Flask, desk: Desk, email: str
) -> None:
    """The contract's address is changed between the record and the answer, one way or the other."""
    other = {"sales@gomchi.example": "sales@elsewhere.example", "sales@elsewhere.example": "sales@gomchi.example"}
    arrange(app, desk, "mua@gomchi.example", email=email)
    deal_id = desk.record("ema")
    arrange(app, desk, "mua@gomchi.example", email=other[email])
    desk.confirm(deal_id, "bao")
    assert desk.state(deal_id) == "declared"


def test_buyers_own_record_confirms_nothing_for_a_shared_address(app: Flask, desk: Desk) -> None:
    arrange(app, desk, "mua@gomchi.example", email="sales@gomchi.example")
    deal_id = desk.record("bao")
    desk.confirm(deal_id, "ema")
    assert (means_of(desk), desk.state(deal_id)) == ([("shared_address", False)], "declared")
    desk.amend(deal_id, "bao", subject="Khác")
    desk.confirm(deal_id, "ema", revision=2)
    assert desk.state(deal_id) == "declared"


def test_account_that_shares_the_address_weighs_as_the_address_does(app: Flask, desk: Desk) -> None:
    """A buyer of another address was linked to the account afterwards."""
    arrange(app, desk, "sales@gomchi.example", email="sales@gomchi.example")
    with app.app_context(), transaction():
        buyer = db.session.get_one(Buyer, desk.cast.buyer.id)
        buyer.email, buyer.person_id = "haruka@sakura.example", None
    deal_id = desk.record("ema")
    with app.app_context(), transaction():
        db.session.get_one(Buyer, desk.cast.buyer.id).person_id = desk.cast.bao.id
    desk.confirm(deal_id, "bao")
    assert desk.state(deal_id) == "declared"


def test_buyer_who_joins_the_company_afterwards_answers_nothing(app: Flask, client: Any, desk: Desk) -> None:
    arrange(app, desk, "haruka@sakura.example")
    deal = desk.seen(desk.record("ema"))
    with app.app_context(), transaction():
        member = {"exhibitor_id": desk.cast.exhibitor.id, "person_id": desk.cast.bao.id, "created_at": LONG_AGO}
        db.session.add(ExhibitorMember(fair_id=desk.cast.fair.id, **member))
    client.post(f"{answer_path(app, deal, 'haruka@sakura.example')}/confirmation", data={"revision": 1})
    assert desk.state(deal.id) == "declared"


def test_buyers_key_with_a_shared_address_proves_nothing(app: Flask, client: Any, desk: Desk) -> None:
    arrange(app, desk, "mua@gomchi.example", email="sales@gomchi.example")
    deal_id = desk.record("ema")
    with app.app_context(), transaction():
        key = create_token(SYSTEM, desk.cast.fair.id, "buyer", buyer_id=desk.cast.buyer.id)
    answered = client.post(
        f"/api/v1{BASE}/{deal_id}/confirmations", json={"revision": 1}, headers={"Authorization": f"Bearer {key}"}
    )
    assert (answered.status_code, answered.json["state"]) == (201, "declared")
    assert answered.json["confirmations"][-1]["means"] == "shared_address"


def test_person_at_the_desk_is_the_way_out(app: Flask, desk: Desk) -> None:
    arrange(app, desk, "mua@gomchi.example", email="sales@gomchi.example")
    deal_id = desk.record("ema")
    desk.confirm(deal_id, "bao")
    present = replace(desk.voice("dana"), side=Side.BUYER, means=Means.DEAL_DESK, spoken_by="Sato Haruka")
    desk.confirm(deal_id, present)
    assert desk.state(deal_id) == "confirmed"
    desk.dispute(deal_id, "bao")  # from the shared address: kept, and stops nothing
    assert desk.state(deal_id) == "confirmed"


def test_raced_answers_from_a_shared_address_confirm_nothing(app: Flask, desk: Desk, race: Any) -> None:
    arrange(app, desk, "mua@gomchi.example", email="sales@gomchi.example")
    deal_id = desk.record("ema")
    results = race([lambda: desk.confirm(deal_id, "bao")] * 6)
    assert len(set(results)) == 1
    assert (means_of(desk), desk.state(deal_id)) == ([("shared_address", False)], "declared")


def test_everybody_is_told_where_the_way_out_is(app: Flask, client: Any, desk: Desk) -> None:
    arrange(app, desk, "mua@gomchi.example", email="sales@gomchi.example")
    client.sign_in(desk.cast.ema)
    assert "hộ chiếu đến bàn giao dịch" in client.post(f"{BASE}/record/buyers", data={"buyer_query": "Mua Xa"}).text
    deal_id = desk.record("ema")
    assert "hộ chiếu đến bàn giao dịch" in client.get(f"{BASE}/GD-0001").text
    with app.app_context():
        mail = db.session.scalars(select(Mail).where(Mail.recipient == "mua@gomchi.example")).one()
        assert "cũng thuộc bên bán" in " ".join(str(compose(mail).get_body(("plain",)).get_content()).split())  # type: ignore[union-attr]
    client.sign_out()
    client.sign_in(desk.cast.bao)
    assert "1 giao dịch chờ bạn" in client.get("/fairs/test-fair/portal").text
    assert "sẽ được lưu làm ghi chú" in client.get(f"{BASE}/GD-0001").text
    answered = client.post(f"{BASE}/GD-0001/confirmation", data={"revision": 1}, follow_redirects=True).text
    assert "Bạn đã xác nhận bản 1" not in answered
    assert "chưa tính là xác nhận" in answered
    assert "Xác nhận bản 1</button>" not in answered
    assert "1 giao dịch chờ bạn" not in client.get("/fairs/test-fair/portal").text
    client.sign_out()
    client.sign_in(desk.cast.dana)
    assert "chỉ câu trả lời trực tiếp tại đây được tính" in client.get(f"{BASE}/GD-0001").text
    assert desk.state(deal_id) == "declared"
