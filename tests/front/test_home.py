"""A fair's own page for everybody: what is shown where, and the price of the day."""

from flask import Flask
from sqlalchemy import select, update

from app import clock
from app.audit import SYSTEM
from app.booths.models import Booth
from app.booths.price_lists import add_price_list
from app.db import db, transaction
from app.fairs.models import Zone
from tests.conftest import Client
from tests.support.market import Market

HOME = "/fairs/test-fair/"


def zones(client: Client) -> str:
    page = client.get(HOME).text
    return " ".join(page[page.index('<ul class="zones">') :].partition("</ul>")[0].split())


def test_booths_outside_the_zones_and_zones_without_a_name_are_shown(
    app: Flask, client: Client, market: Market
) -> None:
    shown = zones(client)
    assert "Mây tre đan" in shown
    assert "đã thuê 0/20" in shown
    with app.app_context(), transaction():
        outside = select(Booth.id).where(Booth.fair_id == market.cast.fair.id, Booth.number.in_(("A01", "A02")))
        db.session.execute(update(Booth).where(Booth.id.in_(outside)).values(zone_id=None))
        db.session.execute(update(Zone).where(Zone.fair_id == market.cast.fair.id).values(name="", name_en=""))
    shown = zones(client)
    assert shown.index("Khu A") < shown.index("đã thuê 0/18") < shown.index("Ngoài các khu") < shown.index("0/2<")


def test_the_price_of_the_day_is_named_until_its_last_day(app: Flask, client: Client, market: Market) -> None:
    today = clock.fair_day(market.cast.fair, clock.now())
    assert "Giá đặt sớm" not in client.get(HOME).text
    given = {"name": "Giá đặt sớm", "name_en": "Early bird", "from_on": today, "to_on": today}
    with app.app_context(), transaction():
        add_price_list(SYSTEM, market.fair, given | {"off_bp": 1250, "per_m2_minor": None}, clock.now())
    assert "Giá đặt sớm −12,5 %</b> đến hết 07.10.2019." in client.get(HOME).text
    assert "Early bird −12.5 %</b> until 7 Oct 2019." in client.get(f"{HOME}?lang=en").text


def test_a_zone_whose_name_is_its_code_is_said_once(app: Flask, client: Client, market: Market) -> None:
    with app.app_context(), transaction():
        db.session.execute(update(Zone).where(Zone.fair_id == market.cast.fair.id).values(code="Gốm sứ", name="Gốm sứ"))
    page = client.get("/fairs/test-fair/plan").text
    assert "Gốm sứ" in page and "Gốm sứ · Gốm sứ" not in page and "Gốm sứ Gốm sứ" not in page
