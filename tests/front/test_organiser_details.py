"""The organiser's own details: who signs, and which account takes the money."""

import pytest
from flask import Flask
from sqlalchemy import delete, select

from app.audit import AuditEntry
from app.booths.errors import TransferNotPossible
from app.db import db, transaction
from app.fairs.models import Fair, Membership, Organiser
from tests.support.market import Market, spring

__all__ = ["spring"]

PAGE = "/fairs/test-fair/organise/settings/organiser"
WHOLE = {
    "organiser-name": "Sở Công Thương Thử", "organiser-name_en": "Test Department", "organiser-address": "2 Phố Mới",
    "organiser-tax_code": "0100 686 174", "organiser-representative": "Trần Thị Ola",
    "organiser-representative_title": "Giám đốc", "organiser-email": "btc@example.org", "organiser-phone": "024 1",
    "organiser-bank_name": "Ngân hàng Mới", "organiser-bank_bin": "970 415", "organiser-bank_account": "1110 0022",
    "organiser-bank_account_name": "SO CONG THUONG",
}  # fmt: skip
NO_BANK = {"organiser-bank_name": "", "organiser-bank_bin": "", "organiser-bank_account": "",
           "organiser-bank_account_name": ""}  # fmt: skip


def organiser(app: Flask) -> Organiser:
    with app.app_context():
        return db.session.scalar(select(Fair).where(Fair.slug == "test-fair")).organiser


def entries(app: Flask) -> list[AuditEntry]:
    with app.app_context():
        return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == "organiser.changed")))


@pytest.fixture(autouse=True)
def owner_of_all(app: Flask, cast) -> None:
    """The other fair is of the same organiser, and the details are of both."""
    with app.app_context(), transaction():
        at = cast.fair.created_at
        db.session.add(Membership(fair_id=cast.other_fair.id, person_id=cast.ola.id, role="owner", created_at=at))


def test_who_has_all_rights_in_one_fair_only_sends_no_money_elsewhere(app: Flask, cast, client) -> None:
    with app.app_context(), transaction():
        db.session.execute(delete(Membership).where(Membership.fair_id == cast.other_fair.id))
    client.sign_in(cast.ola)
    answer = client.post(PAGE, data=WHOLE)
    assert answer.status_code == 422 and "toàn quyền ở tất cả các kỳ" in answer.text
    assert organiser(app).name != "Sở Công Thương Thử" and entries(app) == []


@pytest.fixture
def without_account(app: Flask, cast) -> None:
    with app.app_context(), transaction():
        one = db.session.get_one(Organiser, cast.fair.organiser_id)
        one.bank_name = one.bank_bin = one.bank_account = one.bank_account_name = ""


def test_the_details_are_kept_and_the_log_names_the_fields(app, cast, client) -> None:
    client.sign_in(cast.ola)
    assert client.post(PAGE, data=WHOLE).headers["Location"].endswith("/organise/settings#organiser")
    now = organiser(app)
    assert (now.name, now.bank_bin, now.bank_account) == ("Sở Công Thương Thử", "970415", "11100022")
    assert (now.tax_code, now.representative_title) == ("0100686174", "Giám đốc")
    entry, other = entries(app)
    assert {entry.fair_id, other.fair_id} == {cast.fair.id, cast.other_fair.id}
    assert entry.subject_kind == "fair" and "bank_account" in entry.details["fields"]
    assert "11100022" not in str(entry.details)


def test_the_same_details_again_change_nothing(app, cast, client) -> None:
    client.sign_in(cast.ola)
    for _again in range(2):
        assert client.post(PAGE, data=WHOLE).status_code == 302
    assert len(entries(app)) == 2  # one in each fair's log


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"organiser-name": ""}, "organiser-name-error"),
        ({"organiser-email": "nobody"}, "organiser-email-error"),
        ({"organiser-bank_bin": "97041"}, "gồm 6 chữ số"),
        ({"organiser-bank_account": "12/34"}, "từ 6 đến 19 chữ cái và chữ số"),
        ({"organiser-bank_account": "abc"}, "từ 6 đến 19 chữ cái và chữ số"),
        ({"organiser-bank_account": ""}, "hoặc để trống cả ba"),
        ({"organiser-tax_code": "123"}, "Mã số thuế Việt Nam có 10 số"),
    ],
)
def test_what_cannot_be_is_refused_and_stays_in_the_form(app, cast, client, typed, sentence) -> None:
    client.sign_in(cast.ola)
    answer = client.post(PAGE, data=WHOLE | typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Trần Thị Ola" in answer.text
    assert organiser(app).name == "Trung tâm Khuyến công thử"
    assert entries(app) == []


@pytest.mark.parametrize("name", ["sam", "fin", "dana", "gia", "ema", "bao"])
def test_nobody_else_changes_the_organiser(app, cast, client, name) -> None:
    client.sign_in(getattr(cast, name))
    assert client.post(PAGE, data=WHOLE).status_code == 403
    assert organiser(app).bank_account == "0011001234567"


def test_settings_halls_and_money_say_what_is_missing(cast, client, without_account) -> None:
    client.sign_in(cast.ola)
    for page in ("settings", "halls", "money"):
        shown = client.get(f"/fairs/test-fair/organise/{page}").text
        assert "Chưa ai trả bằng chuyển khoản được." in shown
        assert "/organise/settings#organiser" in shown
    client.sign_in(cast.fin)
    shown = client.get("/fairs/test-fair/organise/money").text
    assert "Nhờ người có quyền sửa thiết lập bổ sung." in shown and "/organise/settings#organiser" not in shown


def test_nothing_is_missing_once_all_is_said(cast, client) -> None:
    client.sign_in(cast.ola)
    assert client.post(PAGE, data=WHOLE).status_code == 302
    assert "Còn thiếu" not in client.get("/fairs/test-fair/organise/money").text


def test_without_an_account_no_transfer_is_offered_or_taken(app, cast, client, spring, without_account) -> None:
    with app.app_context():
        market = Market(cast)
        hold = market.hold("A03")
        with pytest.raises(TransferNotPossible):
            market.order(hold, "transfer")
        db.session.rollback()
    client.sign_in(cast.ema)
    assert 'value="transfer"' not in client.get("/fairs/test-fair/plan").text


def test_an_order_that_waits_for_a_transfer_shows_no_code_without_an_account(app, cast, client, spring) -> None:
    with app.app_context():
        market = Market(cast)
        order = market.order(market.hold("A03"), "transfer")
    client.sign_in(cast.ema)
    path = f"/fairs/test-fair/orders/{order.reference}"
    assert "data:image/png" in client.get(path).text
    client.sign_in(cast.ola)
    assert client.post(PAGE, data=WHOLE | NO_BANK).status_code == 302
    client.sign_in(cast.ema)
    shown = client.get(path).text
    assert "data:image/png" not in shown
    assert "Khoan trả tiền" in shown
