"""What nobody can keep is refused before any view reads it: never an error of ours."""

import pytest
from flask import Flask
from sqlalchemy import text

from app.accounts.tokens import create_token
from app.audit import SYSTEM
from app.db import db, transaction
from tests.support.cast import PASSWORD

API = "/api/v1/fairs/test-fair"
BAD_BODIES = [
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"exhibitor": ' + b"1" * 5000 + b', "booths": ["A01"]}',
    b'{"exhibitor": 1, "booths": ["\\ud800"]}',
    b'{"exhibitor": 1, "booths": ["A\\u0000"]}',
    b'{"exhibitor": 1, "booths": ["\xff"]}',
    b"",
    b"null",
    b"[]",
]


@pytest.fixture
def headers(app: Flask, cast) -> dict[str, str]:
    with app.app_context(), transaction():
        return {"Authorization": "Bearer " + create_token(SYSTEM, cast.fair.id, "organiser")}


@pytest.mark.parametrize("body", BAD_BODIES, ids=lambda body: repr(body[:18]))
@pytest.mark.parametrize("path", ["/holds", "/orders", "/deals", "/scans", "/registrations"])
def test_a_body_that_nobody_can_read_is_refused(client, headers, path: str, body: bytes) -> None:
    answer = client.post(API + path, data=body, content_type="application/json", headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "/booths?after=" + "9" * 30,
        "/booths?after=2147483648",
        "/booths?after=-1",
        "/booths?limit=" + "9" * 30,
        "/badges?after=" + "9" * 30,
        "/deals?after=2147483648",
        "/deals?after=%C2%B2",
        "/scans?badge=2147483648",
        "/figures/deals_recorded/rows?after=2147483648",
        "/figures/visits/rows?after=0001-01-01T00:00:00%2B14:00~1",
        "/figures/visits/rows?after=9999-12-31T23:59:59-12:00~1",
        "/figures/visits/rows?after=2019-12-12T00:00:00Z~" + "9" * 30,
        "/figures/staff_days/rows?after=1~0001-01-01",
        "/badges?q=%00",
        "/deals?q=%00",
        "/buyers?q=%00",
        "/orders/%00",
    ],
)
def test_a_question_out_of_bounds_is_refused(client, headers, path: str) -> None:
    assert client.get(API + path, headers=headers).status_code in (400, 422)


@pytest.mark.parametrize("path", ["/badges/{}.pdf", "/deals/{}"])
def test_a_number_that_no_row_has_is_nothing_here(client, headers, path: str) -> None:
    assert client.get(API + path.format("9" * 30), headers=headers).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/fairs/test-fair/exhibitors?after=" + "9" * 30,
        "/fairs/test-fair/exhibitors?after=-5",
        "/fairs/test-fair/organise/exhibitors?after=" + "9" * 30,
        "/fairs/test-fair/deals?after=" + "9" * 30,
        "/fairs/test-fair/organise/money?from=" + "9" * 30,
        "/fairs/test-fair/organise/money?done=%C2%B2",
        "/fairs/test-fair/organise/booths?from=" + "9" * 30,
        "/fairs/test-fair/plan?view=list&from=" + "9" * 30,
        "/fairs/test-fair/live/since?topics=booths&after=" + "9" * 30,
    ],
)
def test_a_page_further_than_any_is_an_empty_one(client, cast, path: str) -> None:
    client.sign_in(cast.ola)
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up", "/forgot", "/fairs/test-fair/register"])
def test_nul_in_a_form_is_refused(client, cast, path: str) -> None:
    assert client.post(path, data={"email": "a\0b@example.org", "name": "\0"}).status_code == 400


@pytest.mark.parametrize("path", ["/fairs/test-fair/exhibitors?q=%00", "/fairs/test-fair/plan?booth=%00"])
def test_nul_in_an_address_is_refused(client, cast, path: str) -> None:
    assert client.get(path).status_code == 400


def test_nul_in_a_slug_is_no_fair(client, cast) -> None:
    assert client.get("/fairs/%00/").status_code in (400, 404)


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "x"])
def test_a_day_that_no_fair_has_is_left_aside(client, cast, day: str) -> None:
    client.sign_in(cast.ola)
    for page in ("deals", "organise/", "organise/gates", "organise/gates/scans", "report/visits"):
        assert client.get(f"/fairs/test-fair/{page}?day={day}").status_code < 500, page


@pytest.mark.parametrize(
    "path", ["/organise/visitors?q=", "/exhibitors?q=", "/organise/exhibitors?q=", "/deals?q=", "/organise/money?q="]
)
def test_a_search_of_a_thousand_words_is_one_of_its_first(client, cast, path: str) -> None:
    client.sign_in(cast.ola)
    assert client.get(f"/fairs/test-fair{path}" + "+".join(["ab"] * 1200)).status_code == 200


def test_exhibitors_are_found_by_the_first_words_of_a_search_over_the_api(client, cast) -> None:
    client.sign_in(cast.ola)  # everybody else is shown who has a booth
    assert client.get(f"{API}/exhibitors?q=chi+gom").get_json()["items"][0]["name"] == "Gốm Chi"
    assert client.get(f"{API}/exhibitors?q=gom" + "+ab" * 1200).get_json()["items"] == []


def test_half_an_address_leads_nowhere_but_on(client, cast) -> None:
    typed = {"email": "ola@example.org", "password": PASSWORD, "next": "//["}
    assert client.post("/sign-in", data=typed).headers["Location"] == "/mine"
    assert client.get("/sign-in?next=//%5B").headers["Location"] == "/mine"
    assert client.get("/fairs/test-fair/join?next=//%5B").status_code == 200


@pytest.mark.parametrize("path", ["/", "/mail/", "/fairs/test-fair/plan"])
def test_a_host_without_a_name_is_told_so_in_plain_words(client, cast, path: str) -> None:
    answer = client.get(path, environ_overrides={"HTTP_HOST": ".."})
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert "Không đọc được yêu cầu" in answer.text


def test_a_fault_of_the_database_still_has_its_page(app: Flask, client, cast, monkeypatch) -> None:
    """The page asks who reads it, on the very connection on which the fault has just happened."""

    def faulty() -> str:
        db.session.rollback()  # as a refused deed does: what was read of the person is read again
        return str(db.session.execute(text("SELECT * FROM nowhere")))

    faulty.access = "public"  # type: ignore[attr-defined]
    monkeypatch.setitem(app.view_functions, "health.process", faulty)
    client.sign_in(cast.ola)
    answer = client.get("/healthz")
    assert answer.status_code == 500
    assert "Có lỗi ở phía hệ thống" in answer.text


@pytest.mark.parametrize("name", ["filename*=UTF-8''a%00b.csv", 'filename="a\x00b.csv"'])
def test_a_file_whose_name_nobody_can_keep_is_refused(client, headers, name: str) -> None:
    part = f'Content-Disposition: form-data; name="file"; {name}'
    body = f"--X\r\n{part}\r\n\r\nnumber,hall,x,y,width,depth\r\n--X--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=X"}
    answer = client.post(API + "/plan/file", data=body.encode(), headers=headers | kind)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "bad_request")
