"""The organiser's pages and the API that change who stands where; the state of the fair by zone."""

import csv
import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import clock
from app.audit import SYSTEM
from app.booths.booking import place_order
from app.booths.fair_state import Wanted, booth_rows, booths_wanted, fair_state, squares_of, sums_of
from app.booths.models import Allocation, Booth, BoothState
from app.booths.moving import release_booth, transfer_booth
from app.booths.moving_choices import standing_of
from app.booths.places import place_of
from app.db import db, transaction
from app.mail import Mail, compose
from tests.booths.test_moving import WHY, let, reserve
from tests.conftest import Client
from tests.support.market import Market, later
from tests.support.terms import arrive, code, deposit

ONE = "/fairs/test-fair/organise/booths"


@pytest.fixture
def sold(app: Flask, client: Client, market: Market) -> Market:
    """Ema's A03 is let, Rita's A07 reserved, A05 held; Sam, who sells, is signed in."""
    with app.app_context():
        let(market, "A03")
        reserve(market, "A07", rival=True)
        market.hold("A05", rival=True)
    client.sign_in(market.cast.sam)
    return market


def form(market: Market, **typed: Any) -> dict[str, Any]:
    return {"exhibitor": market.cast.exhibitor.id, "why": WHY} | typed


def test_a_move_is_chosen_confirmed_and_said(app: Flask, client: Client, sold: Market) -> None:
    card = client.get(f"{ONE}/A03").text
    assert f'href="{ONE}/A03/move"' in card and "Gốm Chi" in card
    choices = client.get(f"{ONE}/A03/move").text
    assert f"{ONE}/A03/move?to=A01" in choices and "+1.440.000" in choices and "to=A05" not in choices
    confirm = client.get(f"{ONE}/A03/move?to=A01").text
    assert "+1.440.000" in confirm and 'name="seen" value="15840000"' in confirm
    assert "đã phát hành giữ số gian cũ" in confirm and "ghi gian mới" not in confirm
    sent = client.post(f"{ONE}/A03/move", data=form(sold, to="A01", seen=15840000))
    assert (sent.status_code, sent.location) == (303, f"{ONE}/A01")
    page = client.get(f"{ONE}/A03").text
    assert "Chuyển sang gian khác" in page and WHY in page and f'href="{ONE}/A01"' in page
    again = client.post(f"{ONE}/A03/move", data=form(sold, to="A01", seen=15840000), follow_redirects=True)
    assert "Việc này đã làm rồi" in again.text
    with app.app_context():
        letter = compose(db.session.scalars(select(Mail).where(Mail.template == "booth_changed")).one())
    text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert letter["Subject"] == "Gian của bạn nay là A01, thay cho A03"
    assert WHY in text and "Nhà A" in text and "&" not in text.replace("&amp;", "")


def test_what_was_typed_stays_and_the_fault_says_what_to_do(client: Client, sold: Market) -> None:
    short = client.post(f"{ONE}/A03/release", data=form(sold, reason="no_show", why=" "))
    assert short.status_code == 422 and 'value="no_show" checked' in short.text and "Hãy ghi lý do" in short.text
    taken = client.post(f"{ONE}/A03/move", data=form(sold, to="A05"))
    assert taken.status_code == 409 and "Gian A05 vừa có người giữ" in taken.text
    dearer = client.post(f"{ONE}/A03/move", data=form(sold, to="A01", seen=1))
    assert dearer.status_code == 409 and "15.840.000" in dearer.text and WHY in dearer.text
    unknown = client.post(f"{ONE}/A03/move", data=form(sold, to="Z99"))
    assert unknown.status_code == 404
    changed = client.post(f"{ONE}/A03/release", data=form(sold, exhibitor=sold.cast.rival.id, reason="other"))
    assert changed.status_code == 409 and "không còn như bạn vừa xem" in changed.text
    assert client.get(f"{ONE}/A05/move").location == f"{ONE}/A05", "who only holds is left to choose"
    assert client.get(f"{ONE}/A07/release").location == f"{ONE}/A07", "an unpaid order is cancelled instead"


def test_two_are_swapped_one_is_transferred_and_released(app: Flask, client: Client, sold: Market) -> None:
    ema, rita = sold.cast.exhibitor.id, sold.cast.rival.id
    assert "Mây tre Phú Vinh" in client.get(f"{ONE}/A03/swap?q=phu vinh").text
    confirm = client.get(f"{ONE}/A03/swap?to=A07").text
    assert f'name="other" value="{rita}"' in confirm
    swapped = client.post(f"{ONE}/A03/swap", data=form(sold, to="A07", other=rita))
    assert swapped.location == f"{ONE}/A07"
    assert f"?to={rita}" in client.get(f"{ONE}/A07/transfer?q=phu").text
    assert "gian duy nhất" in client.get(f"{ONE}/A07/transfer?to={rita}").text
    assert client.post(f"{ONE}/A07/transfer", data=form(sold, to=rita)).status_code == 303
    released = client.post(f"{ONE}/A07/release", data=form(sold, exhibitor=rita, reason="withdrawn"))
    assert released.status_code == 303
    with app.app_context():
        rows = select(Allocation.end_reason).where(Allocation.ended_at.is_not(None)).order_by(Allocation.id)
        assert db.session.scalars(rows).all() == ["swapped", "swapped", "transferred", "withdrawn"]
        assert ema not in db.session.scalars(select(Booth.exhibitor_id)).all()
        for mail in db.session.scalars(select(Mail).where(Mail.template == "booth_changed").order_by(Mail.id)).all():
            for locale in ("vi", "en"):
                mail.locale = locale
                letter = compose(mail)
        text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert letter["Subject"] == "Booth A07 was released" and f"The exhibitor withdrew. {WHY}" in text


@pytest.mark.parametrize(("person", "sees", "changes"), [("fin", 200, 403), ("ema", 403, 403), ("gia", 403, 403)])
def test_only_who_sells_booths_changes_them(client: Client, sold: Market, person: str, sees: int, changes: int) -> None:
    client.sign_in(getattr(sold.cast, person))
    assert client.get(f"{ONE}/A03").status_code == client.get(f"{ONE}.csv").status_code == sees
    for deed in ("move", "swap", "transfer", "release"):
        assert client.get(f"{ONE}/A03/{deed}").status_code == changes
        assert client.post(f"{ONE}/A03/{deed}", data=form(sold, to="A09", reason="other")).status_code == changes


def test_the_same_over_the_api(call: Any, market: Market, app: Flask) -> None:
    ema, rita = market.cast.exhibitor.id, market.cast.rival.id
    with app.app_context():
        let(market, "A03"), let(market, "A07", rival=True)
    said = {"exhibitor": ema, "why": WHY}
    moved = call("sales", "POST", "/booths/A03/move", said | {"to": "A09", "list_price_minor": 14_400_000})
    assert moved.json["done"] is True
    assert moved.json["booths"] == [
        {"number": "A03", "state": "free", "exhibitor": None}, {"number": "A09", "state": "let", "exhibitor": ema},
    ]  # fmt: skip
    assert call("sales", "POST", "/booths/A03/move", said | {"to": "A09"}).json["done"] is False
    stale = call("sales", "POST", "/booths/A03/move", said | {"to": "A11"})
    assert (stale.status_code, stale.json["code"]) == (409, "booth_not_theirs")
    swap = said | {"other": "A07", "other_exhibitor": rita}
    assert call("sales", "POST", "/booths/A09/swap", swap).json["done"] is True
    assert call("sales", "POST", "/booths/A07/transfer", said | {"to_exhibitor": rita}).json["done"] is True
    late = said | {"exhibitor": rita, "reason": "no_show"}
    keyed = [call("sales", "POST", "/booths/A07/release", late, Idempotency_Key="k1").json for _ in range(2)]
    assert keyed[0] == keyed[1] and keyed[0]["done"] is True
    assert call("sales", "POST", "/booths/A07/release", late).json["done"] is False
    history = call("finance", "GET", "/booths/A07/history").json["items"]
    assert [(one["exhibitor"], one["end_reason"], one["why"]) for one in history] == [
        (rita, "no_show", WHY), (ema, "transferred", WHY), (rita, "swapped", WHY),
    ]  # fmt: skip
    assert [one["came_from"] for one in history] == ["", "A09", ""] and history[2]["went_to"] == "A09"
    for role in ("finance", "exhibitor", "rival", "gate"):
        assert call(role, "POST", "/booths/A09/move", said | {"to": "A11"}).status_code == 403
    assert call("exhibitor", "GET", "/booths/A07/history").status_code == 403
    assert call("sales", "GET", "/booths/Z9/history").status_code == 404
    state = call("sales", "GET", "/zones/state").json
    assert (state["fair"]["states"]["let"]["booths"], state["zones"][0]["zone"]) == (1, "A")


def test_figures_count_what_they_say_and_lead_to_their_rows(app: Flask, client: Client, sold: Market) -> None:
    with app.app_context():
        with transaction():
            for number, state in (("A20", BoothState.NOT_LET), ("A19", BoothState.SHOW)):
                db.session.execute(update(Booth).where(Booth.number == number).values(state=state))
            free = update(Allocation).where(Allocation.state == "let").values(free_of_charge=True)
        fair, now = sold.fair, clock.now()
        [zone], whole = fair_state(fair, now)
        assert {state: sums.booths for state, sums in whole.states.items()} == {
            "let": 1, "reserved": 1, "held": 1, "held_back": 0, "free": 15,
        }  # fmt: skip
        assert (whole.whole.booths, whole.whole.area_m2, zone.whole) == (18, 162.0, whole.whole)
        money = {name: sums.agreed["VND"] for name, sums in whole.money.items()}
        assert money == {"agreed": 28_800_000, "paid": 14_400_000, "open": 14_400_000, "due": 0}
        for wanted in (*(Wanted(state=state) for state in whole.states), *(Wanted(money=name) for name in money)):
            rows = list(booth_rows(booths_wanted(fair, wanted, now)))
            sums = whole.states.get(wanted.state) or whole.money[wanted.money]
            assert sums == sums_of(fair, wanted, now)
            assert (len(rows), sum(one.agreed.minor if one.agreed else 0 for one in rows)) == (
                sums.booths,
                sums.agreed["VND"],
            )
        now = later(days=2.5)
        assert fair_state(fair, now)[1].money["due"].agreed["VND"] == 14_400_000
        assert fair_state(fair, later(days=2))[1].states["reserved"].booths == 0, "what ran out is free, swept or not"
        with transaction():
            db.session.execute(free)
        assert fair_state(fair, now)[1].money["paid"].agreed["VND"] == 0, "a booth free of charge owes nothing"
    page = client.get(ONE).text
    assert 'href="?zone=A&amp;state=let#list"' in page
    assert "A03" in client.get(f"{ONE}?zone=A&state=let").text
    assert "A03" not in client.get(f"{ONE}?zone=A&state=free").text


def test_figures_are_less_what_came_off_and_tell_deposits_from_what_is_open(app: Flask, market: Market) -> None:
    with app.app_context():
        deposit(market)
        code(market, code="LE-2020", off_bp=None, off_minor=1_000_001)
        hold, fair = market.hold("A01", "A03", "A04"), market.fair
        with transaction():
            booked = place_order(SYSTEM, fair, hold, "transfer", clock.now(), code="LE-2020")
        net, total, part = booked.net_minor, booked.total_minor, booked.deposit_minor or 0
        arrive(booked, part)
        now = clock.now()
        money = fair_state(fair, now)[1].money
        assert money["agreed"].agreed["VND"] == net == sum(line.net_minor for line in booked.lines)
        assert abs(money["paid"].agreed["VND"] - net * part / total) <= 2
        assert money["paid"].agreed["VND"] + money["open"].agreed["VND"] == net
        for name in ("agreed", "paid", "open"):
            rows = list(booth_rows(booths_wanted(fair, Wanted(money=name), now)))
            assert len(rows) == 3 and money[name] == sums_of(fair, Wanted(money=name), now)
            assert sum(row.agreed.minor for row in rows if row.agreed) == money[name].agreed["VND"]
        for row in booth_rows(booths_wanted(fair, Wanted(money="agreed"), now)):
            standing = standing_of(fair, place_of(fair, row.booth.number), now)
            assert standing is not None and standing.agreed == row.agreed
            assert row.agreed and abs(row.agreed.minor - row.booth.price_minor * net / (net + 1_000_001)) <= 1


def test_with_a_deposit_alone_it_is_refused_as_the_page_opens(app: Flask, client: Client, market: Market) -> None:
    with app.app_context():
        deposit(market)
        booked = market.order(market.hold("A03"), "transfer")
        arrive(booked, booked.deposit_minor or 0)
    client.sign_in(market.cast.sam)
    for deed, status in (("transfer", 409), ("release", 409), ("move", 200), ("swap", 200)):
        page = client.get(f"{ONE}/A03/{deed}")
        assert (page.status_code, "chưa trả hết phần còn lại" in page.text) == (status, status == 409), deed


def test_a_zone_less_booth_has_a_row_and_files_hold_what_lists_show(app: Flask, client: Client, sold: Market) -> None:
    with app.app_context(), transaction():
        db.session.execute(update(Booth).where(Booth.number == "A03").values(zone_id=None))
    assert "zone=-" in client.get(ONE).text
    rows = list(csv.reader(io.StringIO(client.get(f"{ONE}.csv?zone=-").get_data(as_text=True).lstrip("\ufeff"))))
    assert [row[0] for row in rows[1:]] == ["A03"] and rows[1][5] == "Gốm Chi"
    zones = list(csv.reader(io.StringIO(client.get(f"{ONE[:-6]}zones.csv").get_data(as_text=True).lstrip("\ufeff"))))
    assert [row[0] for row in zones[1:]] == ["A Mây tre đan", "Ngoài các khu", "Toàn hội chợ"]
    assert int(zones[1][1]) + int(zones[2][1]) == int(zones[3][1]) == 20
    assert client.get(f"{ONE}.xlsx").status_code == client.get(f"{ONE[:-6]}zones.xlsx").status_code == 200


def test_the_bar_has_as_many_squares_as_it_says(app: Flask, sold: Market) -> None:
    with app.app_context():
        whole = fair_state(sold.fair, clock.now())[1]
        squares = squares_of(whole)
        assert len(squares) == 40 and set(squares) == {"let", "reserved", "held", "free"}
        for sums in whole.states.values():
            sums.booths = 0
        assert squares_of(whole) == []


def test_pages_ask_little(client: Client, sold: Market, statements: Any) -> None:
    for path in ("", "?zone=A&state=let", "/A03", "/A03/move", "/A03/move?to=A01", "/A03/swap", "/A03/transfer"):
        client.get(ONE + path)
        with statements() as seen:
            assert client.get(ONE + path).status_code == 200
        sent = [one for one in seen if not re.match(r"BEGIN|PRAGMA|COMMIT", one)]
        assert len(sent) <= 15, f"{path}: {len(sent)}"


def test_the_former_tenants_order_says_what_became_of_its_booths(app: Flask, client: Client, market: Market) -> None:
    with app.app_context():
        one = market.order(market.hold("A03", "A05"), "transfer")
        arrive(one, one.total_minor)
        reference, ema, rita = one.reference, market.cast.exhibitor.id, market.cast.rival.id
        with transaction():
            transfer_booth(SYSTEM, market.fair, "A03", ema, rita, "Bán lại", clock.now())
    client.sign_in(market.cast.ema)
    page = client.get(f"/fairs/test-fair/orders/{reference}").text
    assert "Gian A03 đã chuyển cho đơn vị khác lúc" in page
    assert "Gian A05 vẫn thuộc đơn vị này." in page
    assert "Từ giờ gian của bạn hiện tên" not in page
    with app.app_context(), transaction():
        release_booth(SYSTEM, market.fair, "A05", ema, "no_show", "Không đến", clock.now())
    page = client.get(f"/fairs/test-fair/orders/{reference}").text
    assert "Gian A05 đã được thu lại lúc" in page
    assert "không còn hiện tên đơn vị này" in page
