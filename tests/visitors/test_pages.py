"""Registration, badges and the organiser's pages: who may, what happens, what is refused."""

import io
from typing import Any

import pytest
import zxingcpp
from flask import Flask
from PIL import Image
from sqlalchemy import func, select

from app import badge_token
from app.accounts.models import Person
from app.accounts.passwords import link_token
from app.db import db
from app.documents.qr import qr_png
from app.fairs.models import Buyer
from app.mail import Mail
from app.visitors.badge_sheet import badge_link, mail_badges
from app.visitors.models import Badge, Registration
from tests.support.cast import Cast
from tests.visitors.stage import NOON, a_scan, at, new_badge, send, token_for

FORM = {
    "name": "Đặng Thị Hương", "company": "Mây Việt", "category": "trade", "country": "JP", "email": "Huong@Example.jp ",
    "phone": "+81 90 1234", "agreed": "y",
}  # fmt: skip
API = "/api/v1/fairs/test-fair"


@pytest.fixture(autouse=True)
def day_two(cast: Cast) -> None:
    at(NOON)


def test_stranger_registers_and_is_mailed_the_badge(app: Flask, client: Any) -> None:
    answer = client.post("/fairs/test-fair/register", data=FORM)
    assert answer.status_code == 303
    assert "Đặng Thị Hương" in client.get(answer.location).text
    with app.app_context():
        mail_badges()
        mail = db.session.scalars(select(Mail)).one()
        buyer = db.session.scalars(select(Buyer).where(Buyer.company == "Mây Việt")).one()
        assert (mail.recipient, mail.template, len(mail.attachments)) == ("huong@example.jp", "visitor_badge", 1)
        assert (buyer.email_typed_by, buyer.email_verified_at) == ("self", None)
        badge = db.session.scalars(select(Badge)).one()
        assert badge_token.is_number(badge.number)
        assert db.session.scalars(select(Registration.consents)).one()["news"]["given"] is False


def test_only_the_mailed_link_proves_the_address(app: Flask, client: Any) -> None:
    badge = new_badge(app, "huong@example.jp")
    with app.app_context():
        shown, mailed = badge_link(badge), badge_link(badge, mailed=True)
    for link, proves in ((shown, False), (mailed, True)):
        assert client.get(f"/fairs/test-fair/badge/{link}").status_code == 200
        client.post(f"/fairs/test-fair/badge/{link}/opened")
        with app.app_context():
            verified = db.session.scalars(select(Buyer.email_verified_at).where(Buyer.company == "Mây Việt")).one()
            assert (verified is not None) is proves
    assert client.get(f"/fairs/test-fair/badge/{shown}x").status_code == 404
    assert client.get(f"/fairs/other-fair/badge/{shown}").status_code == 404


def test_same_address_again_makes_no_second_badge_and_shows_nothing(app: Flask, client: Any) -> None:
    client.post("/fairs/test-fair/register", data=FORM)
    answer = client.post("/fairs/test-fair/register", data=FORM | {"name": "Ai đó"})
    assert answer.location.endswith("/register/again")
    answer = client.post(f"{API}/registrations", json={"name": "X", "category": "public", "email": "huong@example.jp"})
    assert (answer.status_code, answer.get_json()) == (200, {"mailed": True})
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Badge)) == 1


def test_bad_input_keeps_what_was_typed(client: Any) -> None:
    answer = client.post("/fairs/test-fair/register", data=FORM | {"email": "no", "category": "crew", "agreed": ""})
    assert answer.status_code == 422
    assert 'value="Đặng Thị Hương"' in answer.text
    assert answer.text.count("has-error") >= 3


def test_program_registers_a_visitor(client: Any) -> None:
    entry = {"name": "Kenji", "category": "importer", "email": "k@example.jp", "country": "JP"}
    answer = client.post(f"{API}/registrations", json=entry)
    assert answer.status_code == 201
    made = answer.get_json()
    assert {"id", "number", "token", "category", "state"} <= made.keys()
    assert client.post(f"{API}/registrations", json=entry | {"email": 5}).status_code == 422
    assert (
        client.post(f"{API}/registrations", json=entry | {"email": "o@example.jp", "agreed": False}).status_code == 422
    )


@pytest.mark.parametrize(("sent", "given"), [({"agreed": True}, True), ({}, False)])
def test_a_consent_that_nobody_gave_is_not_noted(app: Flask, client: Any, sent: dict[str, bool], given: bool) -> None:
    entry = {"name": "Kenji", "category": "importer", "email": "k@example.jp", "country": "JP"}
    assert client.post(f"{API}/registrations", json=entry | sent).status_code == 201
    with app.app_context():
        consents = db.session.scalars(select(Registration.consents)).one()
        assert {name: said["given"] for name, said in consents.items()} == {
            "admission": given, "news": False, "exhibitors": False,
        }  # fmt: skip


def test_organiser_makes_badges_that_nobody_can_register_for(app: Flask, client: Any, cast: Cast) -> None:
    crew = {"name": "Lê Văn Dựng", "category": "crew", "country": "VN", "agreed": "y"}
    assert client.post("/fairs/test-fair/register", data=crew | {"email": "d@example.org"}).status_code == 422
    client.sign_in(cast.ola)
    assert "Làm thẻ" in client.get("/fairs/test-fair/organise/visitors/new").text
    for refused in ({"agreed": ""}, {"name": ""}, {"category": "king"}, {"email": "no"}):
        answer = client.post("/fairs/test-fair/organise/visitors/new", data=crew | refused)
        assert answer.status_code == 422 and "has-error" in answer.text
    made = client.post("/fairs/test-fair/organise/visitors/new", data=crew)
    assert made.status_code == 303 and client.get(made.location).status_code == 200
    with app.app_context():
        badge = db.session.scalars(select(Badge)).one()
        registration = db.session.get_one(Registration, badge.registration_id)
        assert (registration.email, registration.source, registration.badge_mail_due_at) == ("", "desk", None)
        assert badge.state == "valid"
    assert client.post("/fairs/test-fair/organise/visitors/new", data=crew | {"name": "Hai"}).status_code == 303
    client.sign_in(cast.fin)
    assert client.post("/fairs/test-fair/organise/visitors/new", data=crew).status_code == 403


def test_code_on_the_printed_badge_is_the_token(app: Flask, client: Any, cast: Cast) -> None:
    badge = new_badge(app, "huong@example.jp")
    [read] = zxingcpp.read_barcodes(Image.open(io.BytesIO(qr_png(badge.token, 5))).resize((360, 360)))
    assert read.text == badge.token
    answer = client.get(f"{API}/badges/{badge.id}.pdf", headers=token_for(app, "organiser"))
    assert (answer.mimetype, answer.data[:5]) == ("application/pdf", b"%PDF-")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/badges?q=huong", {"organiser", "gate"}),
        ("/gates", {"organiser", "gate"}),
        ("/snapshot", {"organiser", "gate"}),
        ("/scans", {"organiser"}),
    ],
)
def test_each_list_is_for_its_roles(app: Flask, client: Any, path: str, allowed: set[str]) -> None:
    for role in ("organiser", "sales", "finance", "gate", "deals"):
        status = client.get(API + path, headers=token_for(app, role)).status_code
        assert status == (200 if role in allowed else 403), role
    assert client.get(API + path).status_code == 401
    wrong = token_for(app, "organiser", slug="other-fair")
    assert client.get(API + path, headers=wrong).status_code == 401


def test_only_gate_and_organiser_record_scans(app: Flask, client: Any) -> None:
    badge = new_badge(app, "huong@example.jp")
    body = {"scans": [a_scan(badge.token)]}
    for role in ("sales", "finance", "deals"):
        assert client.post(f"{API}/scans", json=body, headers=token_for(app, role)).status_code == 403
    assert client.post(f"{API}/scans", json=body).status_code in (400, 401)


@pytest.mark.parametrize(
    "scans",
    [
        None,
        [],
        [{}],
        ["x"],
        [a_scan("1") | {"id": "7"}],
        [a_scan("1") | {"gate": "C9"}],
        [a_scan("1") | {"direction": "up"}],
        [a_scan("1") | {"scanned_at": "2019-12-13T10:00:00"}],
        [a_scan("1") | {"drift_ms": True}],
        [a_scan("1")] * 1001,
    ],
)
def test_scans_that_cannot_be_read_are_refused_by_name(app: Flask, client: Any, scans: Any) -> None:
    answer = client.post(f"{API}/scans", json={"scans": scans}, headers=token_for(app, "gate"))
    assert answer.status_code == 422
    assert answer.get_json()["fields"]


def test_snapshot_names_nobody_and_tells_what_changed(app: Flask, client: Any) -> None:
    headers = token_for(app, "gate")
    badge = new_badge(app, "huong@example.jp")
    send(client, headers, a_scan(badge.token))
    answer = client.get(f"{API}/snapshot", headers=headers)
    assert badge.number not in answer.text and "Hương" not in answer.text
    whole = answer.get_json()
    assert [len(whole["badges"]), len(whole["passages"])] == [1, 1]
    changed = client.get(f"{API}/snapshot", query_string={"after": whole["at"]}, headers=headers).get_json()
    assert changed["whole"] is False


def test_organiser_finds_revokes_and_issues_anew(app: Flask, client: Any, cast: Cast) -> None:
    badge = new_badge(app, "huong@example.jp")
    client.sign_in(cast.ola)
    assert "Đặng Thị Hương" in client.get("/fairs/test-fair/organise/visitors?q=dang thi").text
    assert "Đặng Thị Hương" not in client.get("/fairs/test-fair/organise/visitors?q=nguyen").text
    page = f"/fairs/test-fair/organise/badges/{badge.id}"
    assert client.get(page).status_code == 200
    assert client.post(f"{page}/revoke", data={"reason": "nonsense"}).status_code == 422
    assert client.post(f"{page}/revoke", data={"reason": "misuse"}).status_code == 303
    assert client.post(f"{page}/revoke", data={"reason": "misuse"}).status_code == 409
    assert client.post(f"{page}/reissue").status_code == 303
    with app.app_context():
        assert list(db.session.scalars(select(Badge.state).order_by(Badge.id))) == ["replaced", "valid"]
    client.sign_in(cast.gia)
    assert client.post(f"{page}/reissue").status_code == 403
    assert client.get("/fairs/test-fair/organise/visitors").status_code == 403
    assert client.get("/fairs/test-fair/gate").status_code == 200


def test_devices_say_how_much_they_have_not_sent(app: Flask, client: Any, cast: Cast) -> None:
    headers = token_for(app, "gate")
    said = {"key": "0123456789", "name": "Máy 1", "gate": "C1", "unsent": 37}
    assert client.post(f"{API}/devices", json=said, headers=headers).status_code == 200
    assert client.post(f"{API}/devices", json=said | {"unsent": -1}, headers=headers).status_code == 422
    client.sign_in(cast.ola)
    page = client.get("/fairs/test-fair/organise/gates").text
    assert "Máy 1" in page and ">37<" in page
    for query in ("", "?day=2019-12-13", "?gate=C1&verdict=admitted", "?badge=1", "?before=x~y", "?before=2019~1"):
        assert client.get(f"/fairs/test-fair/organise/gates/scans{query}").status_code == 200


def test_country_is_preselected_by_language_alone(client: Any) -> None:
    assert '<option selected value="VN">' in client.get("/fairs/test-fair/register?lang=vi").text
    english = client.get("/fairs/test-fair/register?lang=en").text
    assert '<option selected value="">' in english
    assert "find you by name or company" in english
    assert client.post("/fairs/test-fair/register", data=FORM | {"country": ""}).status_code == 422


def test_account_takes_what_was_registered_with_its_address_once_that_is_proved(
    app: Flask, cast: Cast, client: Any
) -> None:
    new_badge(app, "huong@example.jp")
    client.post("/sign-up", data={"name": "Hương", "email": "huong@example.jp", "password": "nón lá làng Chuông"})
    assert client.get("/fairs/test-fair/deals").status_code == 403
    with app.app_context():
        person = db.session.scalars(select(Person).where(Person.email == "huong@example.jp")).one()
        hearsay = {"name": "Ai", "country": "JP", "email": person.email, "email_typed_by": "exhibitor"}
        db.session.add(Buyer(fair_id=cast.fair.id, created_at=person.created_at, **hearsay))
        db.session.commit()
        link = link_token(app.config["SECRET_KEY"], "address", person)
        assert db.session.scalars(select(Buyer.person_id).where(Buyer.company == "Mây Việt")).one() is None
    client.post(f"/confirm-address/{link}")
    assert client.get("/fairs/test-fair/deals").status_code == 200
    with app.app_context():
        mine = db.session.scalars(select(Buyer).where(Buyer.person_id == person.id)).one()
        assert (mine.company, mine.email_verified_at is not None) == ("Mây Việt", True)


def test_badge_of_somebody_with_a_proved_account_is_theirs_at_once(app: Flask, cast: Cast) -> None:
    new_badge(app, "stan@example.org")
    with app.app_context():
        assert db.session.scalars(select(Buyer.person_id).where(Buyer.company == "Mây Việt")).one() == cast.stan.id
