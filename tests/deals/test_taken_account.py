"""The exhibitor signs up with the buyer's address: a deal is not confirmed by the buyer's one harmless press."""

from typing import Any

from flask import Flask
from sqlalchemy import select

from app.accounts.models import Person
from app.accounts.passwords import link_token
from app.db import db, transaction
from app.fairs.models import Buyer
from tests.deals.conftest import Desk

DEAL = "/fairs/test-fair/deals/GD-0001"


def test_exhibitor_never_confirms_as_the_buyer_it_signed_up_for(app: Flask, client: Any, desk: Desk) -> None:
    with app.app_context(), transaction():
        buyer = db.session.get_one(Buyer, desk.cast.buyer.id)
        buyer.email, buyer.person_id = "haruka@sakura.example", None
    deal_id = desk.record("ema")
    form = {"name": "Haruka", "email": "haruka@sakura.example", "password": "kẻ lạ chọn mật khẩu"}
    client.post("/sign-up", data=form)
    with app.app_context():
        account = db.session.scalars(select(Person).where(Person.email == form["email"])).one()
        link = "/confirm-address/" + link_token(app.config["SECRET_KEY"], "address", account)
    owner = app.test_client()
    assert owner.get(link).status_code == 200
    owner.post(link)
    assert client.post(f"{DEAL}/confirmation", data={"revision": 1}).status_code == 403
    assert desk.state(deal_id) == "declared"
    owner.post(link, data={"password": "nón lá làng Chuông"})
    assert client.post(f"{DEAL}/confirmation", data={"revision": 1}).status_code == 302  # to the sign-in page
    assert desk.state(deal_id) == "declared"
    assert owner.post(f"{DEAL}/confirmation", data={"revision": 1}).status_code == 302
    assert desk.state(deal_id) == "confirmed"
