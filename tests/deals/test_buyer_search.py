"""Looking up buyers: for who stands at the fair, a few at a time; for the rest by the badge in front of them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import clock, security
from app.accounts.tokens import create_token
from app.audit import SYSTEM, Actor
from app.booths import booking, claims, holds
from app.booths.models import Booth, BoothState
from app.db import db, transaction
from app.deals.models import Deal
from app.fairs.models import Buyer, Exhibitor, Fair
from app.mail import Mail
from app.search import fold
from app.visitors.models import Badge, Registration, VisitorCategory
from tests.deals.conftest import Desk
from tests.deals.test_pages import BASE, FORM, NUMBER
from tests.support.cast import LONG_AGO, Cast
from tests.support.market import SPRING

SEARCH = f"{BASE}/record/buyers"
BADGE = NUMBER + f"{98 - int(NUMBER) * 100 % 97:02}"
NO_BOOTH = "khi bạn đã có gian hàng"
NO_DEALS = "Chỉ ghi được giao dịch khi bạn đã có gian hàng"


@pytest.fixture
def huong(app: Flask, cast: Cast) -> int:
    """A buyer who wears a badge; answers her id."""
    with app.app_context(), transaction():
        category = db.session.scalars(select(VisitorCategory).where(VisitorCategory.code == "trade")).one()
        same: dict[str, Any] = {"fair_id": cast.fair.id, "created_at": LONG_AGO}
        who: dict[str, Any] = {"name": "Đặng Thị Hương", "company": "Lụa Xa", "folded": fold("Đặng Thị Hương Lụa Xa")}
        registration = Registration(category_id=category.id, **who, **same)
        db.session.add(registration)
        db.session.flush()
        worn = {"number": BADGE, "code_id": "00" * 8, "token": "0" * 193, "days_mask": 15}
        db.session.add(Badge(registration_id=registration.id, category_id=category.id, **worn, **same))
        buyer = Buyer(registration_id=registration.id, country="VN", **who, **same)
        db.session.add(buyer)
        db.session.flush()
        return int(buyer.id)


@pytest.fixture
def no_booth(app: Flask, cast: Cast) -> None:
    """Ema's and Rita's companies have signed up and nothing more."""
    with app.app_context(), transaction():
        db.session.execute(update(Booth).values(state=BoothState.FREE, exhibitor_id=None))


@pytest.fixture
def search(client: Any, cast: Cast) -> Callable[..., str]:
    def by(name: str, q: str, field: str = "buyer_query") -> str:
        client.sign_out()
        client.sign_in(getattr(cast, name))
        answer = client.post(SEARCH, data={field: q})
        return str(answer.text) if answer.status_code == 200 else str(answer.status_code)

    return by


@pytest.fixture
def limited(app: Flask) -> Iterator[None]:
    security._tries.clear()
    app.config["FAIR_NO_LIMITS"] = False
    yield
    app.config["FAIR_NO_LIMITS"] = True
    security._tries.clear()


@pytest.mark.parametrize("name", ["ema", "dana", "ola"])
def test_who_stands_at_the_fair_or_runs_it_searches_by_name(search: Any, huong: int, name: str) -> None:
    assert "Lụa Xa" in search(name, "dang thi")


@pytest.mark.parametrize("name", ["bao", "gia", "sam", "stan"])
def test_nobody_else_searches_buyers(search: Any, huong: int, name: str) -> None:
    """A buyer names exhibitors; other buyers are none of his business, not by badge either."""
    assert search(name, "dang thi") == search(name, BADGE) == search(name, BADGE, "badge") == "403"


def test_company_without_a_booth_finds_by_the_badge_alone(search: Any, huong: int, no_booth: None) -> None:
    assert NO_BOOTH in search("ema", "dang thi")
    assert search("ema", "d").strip() == search("ema", BADGE[:7]).strip() == ""  # still being typed
    assert "Lụa Xa" in search("ema", BADGE)
    assert "Lụa Xa" in search("ema", BADGE, "badge")
    assert "Lụa Xa" in search("dana", "dang thi")  # the deal desk is not asked for a booth


def test_company_without_a_booth_records_nothing_and_learns_nothing(
    client: Any, cast: Cast, desk: Desk, huong: int, no_booth: None
) -> None:
    """Anybody can sign up a company, and a deal writes a letter to whoever it names."""
    client.sign_in(cast.ema)
    page = client.get(f"{BASE}/record").text
    assert NO_DEALS in page and '<form method="post" enctype' not in page
    stranger = {"buyer_name": "Ai Đó", "buyer_company": "Bất kỳ", "buyer_country": "JP", "buyer_email": "x@example.net"}
    for sent in (
        {"buyer": huong}, {"buyer": huong, "buyer_query": "Lụa Xa"}, {"buyer_query": "Lụa Xa"}, stranger,
        {"buyer": "9" * 40}, {"buyer": huong, "buyer_query": BADGE}, {"badge": BADGE},
    ):  # fmt: skip
        for form in (FORM, FORM | {"value": ""}):
            refused = client.post(f"{BASE}/record", data=form | sent)
            assert refused.status_code == 422
            assert BADGE in str(sent) or "Đặng Thị Hương" not in refused.text
    assert desk.count(Deal) == desk.count(Mail) == 0


@pytest.mark.parametrize(
    ("state", "kept", "may"),
    [("hold", True, False), ("card", True, False), ("transfer", True, True), ("transfer", False, False)],
)
def test_booth_reserved_for_a_transfer_counts_and_a_hold_or_an_unpaid_card_does_not(
    app: Flask, cast: Cast, search: Any, huong: int, no_booth: None, state: str, kept: bool, may: bool
) -> None:
    clock.set_offset(SPRING - datetime.now(UTC))
    with app.app_context():
        fair = db.session.get_one(Fair, cast.fair.id)
        fair.is_demo = True
        actor = Actor("person", cast.ema.id)
        with transaction():
            now = clock.now()
            hold = holds.hold_booths(actor, fair, cast.exhibitor.id, claims.look_at(fair, ["A01"], now), now)
            if state != "hold":
                booking.place_order(actor, fair, hold, state, clock.now())
    if not kept:
        clock.set_offset(SPRING + timedelta(days=9) - datetime.now(UTC))
    assert ("Lụa Xa" in search("ema", "dang thi")) is may


def test_co_exhibitor_searches_from_its_hosts_booth(
    app: Flask, cast: Cast, search: Any, huong: int, no_booth: None
) -> None:
    with app.app_context(), transaction():
        db.session.get_one(Exhibitor, cast.exhibitor.id).main_id = cast.rival.id
    assert NO_BOOTH in search("ema", "dang thi")
    with app.app_context(), transaction():
        booth = db.session.scalars(select(Booth).where(Booth.number == "A02")).one()
        booth.state, booth.exhibitor_id = BoothState.LET, cast.rival.id
    assert "Lụa Xa" in search("ema", "dang thi")


def test_pages_and_keys_count_alike_and_the_organiser_goes_on(
    app: Flask, client: Any, cast: Cast, search: Any, limited: None
) -> None:
    assert [search("ema", "zz") for _n in range(60)].count("429") == 0
    assert search("ema", "zz") == search("ema", BADGE) == "429"
    assert client.get("/api/v1/fairs/test-fair/buyers?q=zz").status_code == 429  # the same person
    assert search("cleo", "zz") != "429"
    assert [search("dana", "zz") for _n in range(61)].count("429") == 0


def test_record_form_tries_no_more_than_thirty_numbers_a_minute(client: Any, cast: Cast, limited: None) -> None:
    client.sign_in(cast.ema)
    tried = [client.post(f"{BASE}/record", data={"buyer": n}).status_code for n in range(31)]
    assert (set(tried[:30]), tried[30]) == ({422}, 429)


def test_buyers_form_shows_no_other_buyer(client: Any, cast: Cast, huong: int) -> None:
    client.sign_in(cast.bao)
    for sent in ({"buyer": huong}, {"buyer_query": "Lụa Xa"}, {"buyer_query": BADGE}, {"badge": BADGE}):
        for form in (FORM, FORM | {"value": ""}):
            answer = client.post(f"{BASE}/record", data=form | sent | {"exhibitor": cast.exhibitor.id})
            assert "Đặng Thị Hương" not in answer.text


@pytest.fixture
def call(app: Flask, client: Any, cast: Cast) -> Callable[..., Any]:
    def send(role: str, method: str, path: str, json: Any = None) -> Any:
        own = {"exhibitor": {"exhibitor_id": cast.exhibitor.id}, "buyer": {"buyer_id": cast.buyer.id}}.get(role, {})
        with app.app_context(), transaction():
            key = create_token(SYSTEM, cast.fair.id, role, **own)
        headers = {"Authorization": f"Bearer {key}"}
        return client.open(f"/api/v1/fairs/test-fair{path}", method=method, json=json, headers=headers)

    return send


def test_programs_find_buyers_by_the_same_rules(call: Any, huong: int, no_booth: None) -> None:
    refused = call("exhibitor", "GET", "/buyers?q=dang thi")
    assert (refused.status_code, refused.json["code"]) == (403, "search_needs_booth")
    assert [b["id"] for b in call("exhibitor", "GET", f"/buyers?q={BADGE}").json["items"]] == [huong]
    assert call("buyer", "GET", f"/buyers?q={BADGE}").status_code == 403
    assert [b["id"] for b in call("deals", "GET", "/buyers?q=dang thi").json["items"]] == [huong]
    sale = {"kind": "order", "amount_minor": 5, "currency": "VND"}
    refused = call("exhibitor", "POST", "/deals", sale | {"buyer": huong})
    assert (refused.status_code, refused.json["code"]) == (403, "search_needs_booth")
    refused = call("exhibitor", "POST", "/deals", sale | {"badge": BADGE})
    assert (refused.status_code, refused.json["code"]) == (403, "recording_needs_booth")
