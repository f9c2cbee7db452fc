"""The pages of companies on another's booth: the exhibitor's own, and the organiser's."""

import re
from typing import Any

import pytest
from flask import Flask

from app.db import db
from app.fairs.models import Approval, Exhibitor, Fair
from tests.booths.guests_stage import FACTS, GOODS, ask, decide, let, rule
from tests.conftest import Client
from tests.support.cast import Cast

FAIR = "/fairs/test-fair"
LIST = f"{FAIR}/organise/exhibitors"


@pytest.fixture
def cast(app: Flask, cast: Cast, spring: Any) -> Cast:
    with app.app_context():
        let(cast, "A03")
    return cast


@pytest.fixture
def ours(cast: Cast) -> str:
    return f"{FAIR}/portal/company/{cast.exhibitor.id}/companies"


def asked(app: Flask, cast: Cast, kind: str = "co", **facts: Any) -> Exhibitor:
    with app.app_context():
        return ask(cast, kind, **facts)


def state(app: Flask, guest: Exhibitor) -> tuple[str, str]:
    with app.app_context():
        one = db.session.get_one(Exhibitor, guest.id)
        return one.approval, one.refusal


def test_the_portal_leads_to_them(app: Flask, client: Client, cast: Cast, ours: str, statements: Any) -> None:
    client.sign_in(cast.rita)
    assert "Đơn vị tại gian của bạn" not in client.get(f"{FAIR}/portal").text  # no booth, no companies on it
    client.sign_in(cast.ema)
    page = client.get(f"{FAIR}/portal").text
    assert f'href="{ours}"' in page
    asked(app, cast)
    with statements() as seen:
        page = client.get(f"{FAIR}/portal").text
    assert FACTS["name"] in page and "Chờ duyệt" in page
    assert len(seen) <= 15


def test_a_co_exhibitor_is_entered_and_waits(
    app: Flask, client: Client, cast: Cast, ours: str, statements: Any
) -> None:
    client.sign_in(cast.ema)
    assert client.post(f"{ours}/new/co", data=FACTS).location == ours
    with statements() as seen:
        page = client.get(ours).text
    assert FACTS["name"] in page and "Chờ duyệt" in page
    assert len(seen) <= 15
    assert FACTS["name"] not in client.get(f"{FAIR}/exhibitors").text


def test_the_script_is_told_where_to_go(client: Client, cast: Cast, ours: str) -> None:
    client.sign_in(cast.ema)
    answer = client.post(f"{ours}/new/represented", data=GOODS, headers={"X-Kept-Form": "1"})
    assert (answer.status_code, answer.headers["X-Goes-To"]) == (204, ours)
    assert "đến ban tổ chức" in client.get(ours).text  # the toast is not lost on the way


@pytest.mark.parametrize(
    ("kind", "changes", "said"),
    [
        ("co", {"tax_code": "12"}, "Mã số thuế Việt Nam có 10 số"),
        ("co", {"representative": ""}, "ký"),
        ("represented", {"name": ""}, "Nhập tên đơn vị"),
        ("represented", {"tax_code": "12"}, "Mã số thuế Việt Nam có 10 số"),
    ],
)
def test_bad_input_keeps_what_was_typed(
    client: Client, cast: Cast, ours: str, kind: str, changes: dict[str, str], said: str
) -> None:
    client.sign_in(cast.ema)
    answer = client.post(f"{ours}/new/{kind}", data=FACTS | changes)
    assert answer.status_code == 422
    assert said in answer.text and "đèn lồng tre" in answer.text and "Đan Phượng" in answer.text


def test_a_full_booth_says_so_above_the_form(app: Flask, client: Client, cast: Cast, ours: str) -> None:
    with app.app_context():
        rule(cast, co_exhibitors_per_9_m2=1)
    client.sign_in(cast.ema)
    assert "còn chỗ cho 1 đơn vị" in client.get(ours).text
    asked(app, cast)
    assert "đã đủ đơn vị đồng trưng bày" in client.get(ours).text
    answer = client.post(f"{ours}/new/co", data=FACTS | {"name": "Nón Chuông", "tax_code": "0109999999"})
    assert answer.status_code == 409
    assert "tối đa 1 đơn vị" in answer.text and "Nón Chuông" in answer.text


def test_it_is_corrected_and_withdrawn(app: Flask, client: Client, cast: Cast, ours: str) -> None:
    guest = asked(app, cast)
    client.sign_in(cast.cleo)
    assert 'value="Đan Phượng"' in client.get(f"{ours}/{guest.id}").text
    assert client.post(f"{ours}/{guest.id}", data=FACTS | {"address": "Hoài Đức"}).location == ours
    assert 'value="Hoài Đức"' in client.get(f"{ours}/{guest.id}").text
    assert client.post(f"{ours}/{guest.id}/withdrawal").location == ours
    assert "Đã rút" in client.get(ours).text
    assert client.get(f"{ours}/{guest.id}").status_code == 409
    assert client.post(f"{ours}/{guest.id}/withdrawal").location == ours  # again: nothing more


def test_it_is_nobody_elses(app: Flask, client: Client, cast: Cast, ours: str) -> None:
    guest = asked(app, cast)
    for person, status in ((cast.rita, 404), (cast.bao, 404), (cast.gia, 403), (cast.ola, 403), (cast.stan, 403)):
        client.sign_in(person)
        for path in (ours, f"{ours}/new/co", f"{ours}/{guest.id}"):
            assert client.get(path).status_code == status, (person.name, path)
        assert client.post(f"{ours}/new/co", data=FACTS).status_code == status
        assert client.post(f"{ours}/{guest.id}/withdrawal").status_code == status
    client.sign_out()
    assert client.get(ours).status_code == 302
    client.sign_in(cast.rita)
    theirs = ours.replace(f"/{cast.exhibitor.id}/", f"/{cast.rival.id}/")
    assert client.get(f"{theirs}/{guest.id}").status_code == 404


def test_the_organiser_reads_and_approves(app: Flask, client: Client, cast: Cast, statements: Any) -> None:
    guest = asked(app, cast)
    client.sign_in(cast.sam)
    with statements() as seen:
        page = client.get(LIST).text
    assert len(seen) <= 15
    for said in (FACTS["name"], FACTS["tax_code"], f"tại gian của {cast.exhibitor.name}", "A03"):
        assert said in page
    seen_at = page.partition('name="seen" value="')[2].partition('"')[0]
    answer = client.post(f"{LIST}/{guest.id}/decision", data={"decision": "approve", "seen": seen_at})
    assert answer.location == f"{LIST}#requests"
    assert state(app, guest) == (Approval.APPROVED, "")
    assert f"tại gian của {cast.exhibitor.name}" in client.get(f"{FAIR}/exhibitors").text
    late = client.post(f"{LIST}/{guest.id}/decision", data={"decision": "refuse", "reason": "muộn", "seen": seen_at})
    assert late.status_code == 409 and "đã được duyệt trước đó" in late.text
    assert "Cùng gian: Xưởng đèn lồng Cleo." in client.get(f"{FAIR}/plan?booth=A03").text


def test_a_refusal_without_a_reason_asks_for_it(app: Flask, client: Client, cast: Cast, ours: str) -> None:
    guest = asked(app, cast)
    client.sign_in(cast.ola)
    silent = client.post(f"{LIST}/{guest.id}/decision", data={"decision": "refuse", "reason": " "})
    assert silent.status_code == 422 and "Nêu lý do" in silent.text
    long = client.post(f"{LIST}/{guest.id}/decision", data={"decision": "refuse", "reason": "dài " * 200})
    assert long.status_code == 422 and "dài dài" in long.text
    client.post(f"{LIST}/{guest.id}/decision", data={"decision": "refuse", "reason": "Thiếu giấy phép."})
    assert state(app, guest) == (Approval.REFUSED, "Thiếu giấy phép.")
    client.sign_in(cast.ema)
    assert "Thiếu giấy phép." in client.get(ours).text
    assert "Thiếu giấy phép." in client.get(f"{ours}/{guest.id}").text


@pytest.mark.parametrize("person", ["fin", "gia", "dana", "ema"])
def test_only_organiser_and_sales_decide(app: Flask, client: Client, cast: Cast, person: str) -> None:
    guest = asked(app, cast)
    client.sign_in(getattr(cast, person))
    for path in ("decision", "withdrawal", "companies/co"):
        assert client.post(f"{LIST}/{guest.id}/{path}", data={"decision": "approve"}).status_code == 403
    if person in ("fin", "dana"):
        assert "Chờ bạn duyệt" not in client.get(LIST).text


def test_the_organiser_enters_and_withdraws(app: Flask, client: Client, cast: Cast, statements: Any) -> None:
    client.sign_in(cast.ola)
    place = f"{LIST}/{cast.exhibitor.id}"
    assert client.get(f"{place}/companies/represented").status_code == 200
    assert client.post(f"{place}/companies/co", data=FACTS | {"phone": ""}).status_code == 422
    assert client.post(f"{place}/companies/co", data=FACTS).location == f"{place}#guests"
    with statements() as seen:
        page = client.get(place).text
    assert len(seen) <= 15
    assert FACTS["name"] in page and "Đã duyệt" in page
    with app.app_context():
        guest = db.session.query(Exhibitor).filter_by(name=FACTS["name"]).one()
    assert "Mở đơn vị chủ gian" in client.get(f"{LIST}/{guest.id}").text
    assert client.post(f"{LIST}/{guest.id}/edit", data=FACTS | {"products": "đèn"}).status_code == 302
    assert client.post(f"{LIST}/{guest.id}/withdrawal").location == f"{place}#guests"
    assert "Đã rút" in client.get(place).text
    assert client.post(f"{LIST}/{cast.exhibitor.id}/withdrawal").status_code == 404  # not a guest
    assert client.get(f"{LIST}/{guest.id}/companies/co").status_code == 404


def test_it_stands_among_what_needs_the_organiser(app: Flask, client: Client, cast: Cast) -> None:
    guest = asked(app, cast)
    client.sign_in(cast.ola)
    page = client.get(f"{FAIR}/organise/").text
    assert "1 đơn vị ở chung gian chờ duyệt" in page and f"{LIST}#requests" in page
    with app.app_context():
        decide(cast, guest)
    assert "chờ duyệt" not in client.get(f"{FAIR}/organise/").text


def test_the_plans_search_finds_who_is_on_a_booth(app: Flask, client: Client, cast: Cast) -> None:
    guest = asked(app, cast)
    search = f"{FAIR}/plan/search?q=den+long"
    assert client.get(search).status_code == 200
    with app.app_context():
        decide(cast, guest)
        let(cast, "A05")
    page = client.get(search).text
    assert "Cùng gian: Xưởng đèn lồng Cleo." in page and "A03" in page and "A05" in page


def test_the_plan_is_drawn_anew_when_who_is_there_changes(app: Flask, client: Client, cast: Cast) -> None:
    guest = asked(app, cast)
    tag = client.get(f"{FAIR}/plan?booth=A03").headers["ETag"]
    assert client.get(f"{FAIR}/plan?booth=A03", headers={"If-None-Match": tag}).status_code == 304
    with app.app_context():
        decide(cast, guest)
    assert client.get(f"{FAIR}/plan?booth=A03", headers={"If-None-Match": tag}).status_code == 200


def test_the_rules_stand_in_the_settings(app: Flask, client: Client, cast: Cast) -> None:
    client.sign_in(cast.ola)
    page = client.get(f"{FAIR}/organise/settings").text
    assert re.search(r"<input[^>]*checked[^>]*name=\"approve_guests\"", page)
    settings = {
        "name": "Hội chợ", "starts_on": "2019-12-12", "ends_on": "2019-12-15", "opens_at_time": "08:30",
        "closes_at_time": "18:00", "venue": "Nhà", "price_per_m2": "1000", "corner_surcharge": "0",
        "hold_minutes": "20",
        "rehold_minutes": "10", "booths_held_at_most": "10", "transfer_due_days": "3", "entry_rule": "free_reentry",
    "counts_exits": "y", "unpaid_at_gate": "desk",
    }  # fmt: skip

    def saved(**more: str) -> tuple[int, bool, int | None]:
        status = client.post(f"{FAIR}/organise/settings", data=settings | more).status_code
        with app.app_context():
            fair = db.session.get_one(Fair, cast.fair.id)
            return status, fair.approve_guests, fair.co_exhibitors_per_9_m2

    assert saved(co_exhibitors_per_9_m2="2", approve_guests="y") == (302, True, 2)
    assert saved(co_exhibitors_per_9_m2="0") == (302, False, 0)
    assert saved(co_exhibitors_per_9_m2="x")[0] == 422
    assert saved(co_exhibitors_per_9_m2="") == (302, False, None)
