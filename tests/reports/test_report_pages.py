"""The report's pages, files and API: who may open them, what they answer, how much they ask of the database."""

import csv
import io
import re
from typing import Any

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from app.accounts.models import Person
from app.accounts.tokens import create_token
from app.audit import SYSTEM
from app.db import db, transaction
from app.deals.models import Deal
from app.fairs.lookup import fair_by_slug
from app.reports.figures import FIGURES
from tests.conftest import Client

REPORT = "/fairs/hanoi-2019/report"
API = "/api/v1/fairs/hanoi-2019/figures"
PAGES = (REPORT, f"{REPORT}/visits", f"{REPORT}/visits.csv", f"{REPORT}/deals_recorded.xlsx", f"{REPORT}.pdf")


def client_of(app: Flask, name: str) -> Client:
    client = app.test_client()
    assert isinstance(client, Client)
    with app.app_context():
        client.sign_in(db.session.scalars(select(Person).where(Person.email == f"{name}@example.com")).one())
    return client


def token_of(app: Flask, role: str) -> dict[str, str]:
    with app.app_context(), transaction():
        return {"Authorization": f"Bearer {create_token(SYSTEM, fair_by_slug('hanoi-2019').id, role)}"}


@pytest.mark.parametrize("name", ["organiser", "sales", "finance", "deals"])
def test_the_organisers_side_opens_the_report(small_demo: Flask, name: str) -> None:
    client = client_of(small_demo, name)
    for page in PAGES[:4]:
        assert client.get(page).status_code == 200, page


@pytest.mark.parametrize("name", ["gate", "exhibitor", "buyer"])
def test_everybody_else_is_refused(small_demo: Flask, name: str) -> None:
    client = client_of(small_demo, name)
    for page in PAGES:
        assert client.get(page).status_code == 403, page


def test_a_stranger_signs_in_first(small_demo: Flask) -> None:
    for page in PAGES:
        answer = small_demo.test_client().get(page)
        assert answer.status_code == 302
        assert "/sign-in" in answer.location
    assert small_demo.test_client().get(API).status_code == 401


@pytest.mark.parametrize("locale", ["vi", "en"])
def test_every_figure_opens_its_rows(small_demo: Flask, locale: str) -> None:
    client = client_of(small_demo, "organiser")
    page = client.get(f"{REPORT}?lang={locale}").text
    for figure in FIGURES:
        link = f"{REPORT}/{figure.__name__}"
        assert f'href="{link}"' in page
        assert client.get(link).status_code == 200


@pytest.mark.parametrize("slug", ["hanoi-today", "hanoi-next"])
def test_a_fair_that_has_not_come_far_has_a_report_too(small_demo: Flask, slug: str) -> None:
    client = client_of(small_demo, "organiser")
    assert client.get(f"/fairs/{slug}/report").status_code == 200
    assert client.get(f"/fairs/{slug}/report/visits").status_code == 200
    assert client.get(f"/fairs/{slug}/report.pdf").data.startswith(b"%PDF")


def test_the_pages_ask_little_of_the_database(small_demo: Flask, statements: Any) -> None:
    client = client_of(small_demo, "organiser")
    client.get(REPORT)
    for page in (REPORT, f"{REPORT}?rule=fr", *(f"{REPORT}/{figure.__name__}" for figure in FIGURES)):
        with statements() as seen:
            assert client.get(page).status_code == 200
        asked = [one for one in seen if one.lstrip().upper().startswith("SELECT")]
        assert len(asked) <= 15, (page, len(asked))


def test_rows_go_on_from_page_to_page(small_demo: Flask) -> None:
    client = client_of(small_demo, "organiser")
    first = client.get(f"{REPORT}/visits").text
    link = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = client.get(link)
    assert second.status_code == 200
    assert 'rel="next"' in second.text or "tbody" in second.text


def test_narrowed_rows_are_headed_by_their_own_number(small_demo: Flask) -> None:
    client = client_of(small_demo, "organiser")
    whole = client.get(f"{REPORT}/exhibitors?lang=en").text
    some = client.get(f"{REPORT}/exhibitors?lang=en&country=VN").text
    heading = re.compile(r'<h1>Exhibitors: <span class="num">(.*?)</span></h1>')
    [all_of_them], [of_one_country] = heading.findall(whole), heading.findall(some)
    assert 0 < int(of_one_country.removesuffix(" rows")) < int(all_of_them)
    assert f"Narrowed. The whole figure is {all_of_them}" in some


@pytest.mark.parametrize(
    "wrong",
    ["visits?day=2019-12-31", "visits?day=x", "visits?after=x", "booths?after=a~b", "visits?after=2019-12-12~1"],
)
def test_an_address_that_makes_no_sense_is_refused_in_words(small_demo: Flask, wrong: str) -> None:
    assert client_of(small_demo, "organiser").get(f"{REPORT}/{wrong}").status_code == 422


def test_there_is_no_other_figure_and_no_other_rule(small_demo: Flask) -> None:
    client = client_of(small_demo, "organiser")
    assert client.get(f"{REPORT}/happiness").status_code == 404
    assert client.get(f"{REPORT}?rule=mine").status_code == 422


def test_files_hold_every_row_and_no_more_than_the_reader_may_see(small_demo: Flask) -> None:
    organiser, finance = client_of(small_demo, "organiser"), client_of(small_demo, "finance")
    rows = list(csv.reader(io.StringIO(organiser.get(f"{REPORT}/deals_recorded.csv?lang=en").data.decode("utf-8-sig"))))
    with small_demo.app_context():
        fair = fair_by_slug("hanoi-2019")
        found = select(Deal).where(Deal.fair_id == fair.id, Deal.state.in_(("declared", "confirmed", "verified")))
        deals = {deal.number: deal for deal in db.session.scalars(found)}
    assert len(rows) == len(deals) + 1
    assert "Currency" in rows[0]
    assert {row[0] for row in rows[1:]} == deals.keys()
    without = list(
        csv.reader(io.StringIO(finance.get(f"{REPORT}/deals_recorded.csv?lang=en").data.decode("utf-8-sig")))
    )
    assert "Value" not in without[0]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(organiser.get(f"{REPORT}/visits.xlsx").data)).get_sheet_by_index(
        0
    )
    assert len(sheet.to_python()) == 141


def test_the_pdf_carries_the_version_of_the_data(small_demo: Flask) -> None:
    client = client_of(small_demo, "organiser")
    answer = client.get(f"{REPORT}.pdf?lang=en")
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF")


def test_the_api_answers_the_promised_shape(small_demo: Flask) -> None:
    client, headers = small_demo.test_client(), token_of(small_demo, "organiser")
    answer = client.get(API, headers=headers)
    assert answer.status_code == 200
    body = answer.json
    assert body["rule"] == "iso"
    assert {"counted_at", "data_version"} <= body.keys()
    assert {figure["id"] for figure in body["figures"]} == {figure.__name__ for figure in FIGURES}
    for figure in body["figures"]:
        assert isinstance(figure["value"], int)
        rows: list[Any] = []
        after = None
        while True:
            query = {"limit": "50"} | ({"after": after} if after else {})
            page = client.get(figure["evidence"], headers=headers, query_string=query).json
            rows += page["items"]
            after = page["next"]
            if after is None:
                break
        if figure["id"] == "net_m2":
            assert sum(row["area_m2"] for row in rows) == figure["value"]
        else:
            assert len(rows) == figure["value"] == page["total"]


@pytest.mark.parametrize("rule", ["iso", "ufi", "fkm", "centrex", "fr"])
def test_the_api_counts_by_each_rule_and_says_why_not(small_demo: Flask, rule: str) -> None:
    body = small_demo.test_client().get(f"{API}?rule={rule}", headers=token_of(small_demo, "finance")).json
    assert body["rule"] == rule
    for figure in body["figures"]:
        assert (figure["value"] is None) == bool(figure["not_computed"])


@pytest.mark.parametrize("role", ["gate"])
def test_the_api_is_refused_to_other_roles(small_demo: Flask, role: str) -> None:
    headers = token_of(small_demo, role)
    for path in (API, f"{API}/visits/rows"):
        answer = small_demo.test_client().get(path, headers=headers)
        assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")


def test_the_api_refuses_what_it_does_not_know(small_demo: Flask) -> None:
    client, headers = small_demo.test_client(), token_of(small_demo, "organiser")
    assert client.get(f"{API}?rule=x", headers=headers).status_code == 422
    assert client.get(f"{API}/happiness/rows", headers=headers).status_code == 404
    assert client.get(f"{API}/visits/rows?after=x", headers=headers).status_code == 422
    assert client.get(f"{API}/visits/rows?limit=0", headers=headers).status_code == 422


def test_who_may_not_see_deals_or_badges_reads_neither_parties_nor_numbers(small_demo: Flask) -> None:
    client = small_demo.test_client()
    for role, open_to_it in (("organiser", True), ("finance", False), ("sales", False)):
        headers = token_of(small_demo, role)
        deal = client.get(f"{API}/deals_recorded/rows?limit=1", headers=headers).json["items"][0]
        assert {"number", "state", "signed_on", "kind"} <= deal.keys()
        assert [name in deal for name in ("exhibitor", "company", "amount_minor")] == [open_to_it] * 3
        visit = client.get(f"{API}/visits/rows?limit=1", headers=headers).json["items"][0]
        assert ("badge" in visit) is open_to_it
        found = client.get(f"{API}/deals_recorded/rows?q=khongcoai", headers=headers).json
        assert bool(found["items"]) is not open_to_it


@pytest.mark.parametrize("rule", ["iso", "fr"])
def test_every_number_of_the_report_opens_rows_that_come_to_it(small_demo: Flask, rule: str) -> None:
    client = client_of(small_demo, "organiser")
    page = client.get(f"{REPORT}?rule={rule}").text
    numbers = set(re.findall(r'<a class="fact num" href="([^"]+)">([^<]+)</a>', page))
    charted = set(re.findall(r'<a href="([^"]+)" aria-label="[^"]+: ([\d.]+)">', page))
    assert len(numbers) > 60 and len(charted) > 6
    numbers |= charted
    for what in ("occupied=show", "currency=USD", "/represented", "unique_visitors?gate=", "origin=abroad", "?day="):
        assert rule == "fr" or any(what in address for address, _said in numbers), what
    for address, said in sorted(numbers):
        rows = client.get(address.replace("&amp;", "&")).text
        what = r'<p class="evidence-sum">(.*?)</p>' if "/report/" in address else "<main(.*)</main>"
        told = re.search(what, rows, re.DOTALL)
        assert told, address
        figure = said.removesuffix(" m²")
        if rule == "fr" and address.endswith("/visits?rule=fr"):  # the other part is in a list of its own
            assert f"{figure}:" in rows, address
        elif address.endswith("/net_m2") and "m²" not in said:  # as standard booths of 9 m², shows apart
            assert "m² thuần" in told[1]
        elif re.search(r"/deals_\w+$", address) and "₫" in said:  # converted, beside the rows' own currencies
            assert "Giá trị của chúng" in told[1]
        else:
            assert re.search(rf"(?<![\d.,]){re.escape(figure)}(?![\d.,]\d)", told[1]), (address, said, told[1])


def test_a_hall_that_sells_nothing_and_a_filter_that_is_none_open_no_rows(small_demo: Flask) -> None:
    client = client_of(small_demo, "organiser")
    for nothing in ("net_m2?occupied=air", "visits?origin=mars", "unique_visitors?gate=nowhere"):
        assert "0 dòng" in client.get(f"{REPORT}/{nothing}").text, nothing


def test_values_are_added_up_for_whom_they_are_open(small_demo: Flask) -> None:
    told = "Giá trị của chúng"
    narrowed = f"{REPORT}/deals_declared?currency=USD"
    assert told in client_of(small_demo, "organiser").get(narrowed).text
    assert told not in client_of(small_demo, "finance").get(narrowed).text


def test_every_number_of_the_gates_opens_its_scans(small_demo: Flask) -> None:
    client = client_of(small_demo, "organiser")
    page = client.get("/fairs/hanoi-2019/organise/gates?day=2019-12-12").text
    numbers = set(re.findall(r'<a class="fact" href="([^"]+)">([\d.]+)</a>', page))
    quarters = {address for address, _said in numbers if "quarter=" in address}
    assert any("gate=" in address for address in quarters) and numbers - {(a, s) for a, s in numbers if a in quarters}
    for address, said in sorted(numbers):
        lines, following = 0, address.replace("&amp;", "&")
        while following:
            rows = client.get(following).text
            lines += rows.count('class="num nowrap corner2"')
            more = re.search(r'href="([^"]+before=[^"]+)"', rows.partition("<main")[2])
            following = more[1].replace("&amp;", "&") if more else ""
        assert lines == int(said.replace(".", "")), address


def test_persons_are_nowhere_counted_by_a_rule_that_counts_none(small_demo: Flask) -> None:
    client = client_of(small_demo, "organiser")
    assert "/report/unique_visitors?" in client.get(REPORT).text
    assert "/report/unique_visitors?" not in client.get(f"{REPORT}?rule=fr").text
