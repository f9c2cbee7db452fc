"""A company joins the fair; the public list; the portal."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.db import db, transaction
from app.fairs.models import Exhibitor, ExhibitorMember, Fair
from tests.support.cast import let_booth

COMPANY = {
    "name": "Hợp tác xã Mây tre Phú Vinh", "country": "VN", "province": "ha-noi", "address": "Phú Vinh, Chương Mỹ",
    "tax_code": "0107654321", "representative": "Đặng Thị Hương", "phone": "0912 345 678", "category": "bamboo",
    "products": "giỏ, đèn mây",
}  # fmt: skip
JOIN = "/fairs/test-fair/join"


@pytest.fixture
def coming(app: Flask, cast) -> None:
    """The test fair of 2019 has to be ahead for companies to join."""
    from datetime import UTC, datetime

    from app import clock

    clock.set_offset(datetime(2019, 11, 1, tzinfo=UTC) - datetime.now(UTC))


def named(app: Flask, name: str) -> list[Exhibitor]:
    with app.app_context():
        return list(db.session.scalars(select(Exhibitor).where(Exhibitor.name == name)))


def test_a_company_joins_and_its_person_acts_for_it(app, cast, coming, client) -> None:
    client.sign_in(cast.stan)
    answer = client.post(JOIN, data=COMPANY | {"next": "/fairs/test-fair/plan?pick=A02"})
    assert answer.headers["Location"] == "/fairs/test-fair/plan?pick=A02"
    [made] = named(app, COMPANY["name"])
    assert (made.province, made.tax_code) == ("ha-noi", "0107654321")
    assert "hop tac xa may tre phu vinh" in made.folded
    with app.app_context():
        assert db.session.scalar(select(ExhibitorMember.person_id).where(ExhibitorMember.exhibitor_id == made.id)) == (
            cast.stan.id
        )


def test_the_same_form_twice_makes_one_company(app, cast, coming, client) -> None:
    client.sign_in(cast.stan)
    assert client.post(JOIN, data=COMPANY).status_code == 302
    assert client.post(JOIN, data=COMPANY).status_code == 302
    assert len(named(app, COMPANY["name"])) == 1
    with app.app_context():
        members = select(func.count()).where(ExhibitorMember.person_id == cast.stan.id)
        assert db.session.scalar(members) == 1


def test_somebody_elses_company_is_not_taken_over(app, cast, coming, client) -> None:
    client.sign_in(cast.stan)
    answer = client.post(JOIN, data=COMPANY | {"name": cast.exhibitor.name, "tax_code": cast.exhibitor.tax_code})
    assert answer.status_code == 422
    assert "đã đăng ký" in answer.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tax_code": "123"}, "Mã số thuế Việt Nam có 10 số"),
        ({"province": ""}, "Chọn tỉnh, thành phố"),
        ({"phone": "12"}, "ít nhất 7 chữ số"),
        ({"name": ""}, "Nhập tên đơn vị"),
    ],
)
def test_bad_input_keeps_what_was_typed(app, cast, coming, client, changes, said) -> None:
    client.sign_in(cast.stan)
    answer = client.post(JOIN, data=COMPANY | changes)
    assert answer.status_code == 422
    assert said in answer.text
    assert "Phú Vinh, Chương Mỹ" in answer.text
    assert "giỏ, đèn mây" in answer.text
    assert named(app, COMPANY["name"]) == []


def test_a_company_from_abroad_needs_no_tax_code(app, cast, coming, client) -> None:
    client.sign_in(cast.stan)
    form = COMPANY | {"name": "Kyoto Crafts", "country": "JP", "province": "", "tax_code": ""}
    assert client.post(JOIN, data=form).status_code == 302
    assert named(app, "Kyoto Crafts")[0].province is None


def test_the_63_provinces_hold_for_a_fair_of_2019(app, cast, coming, client) -> None:
    client.sign_in(cast.stan)
    assert "Bắc Giang" in client.get(JOIN).text


def test_a_stranger_signs_in_first_and_comes_back(cast, client) -> None:
    assert client.get(JOIN).headers["Location"] == "/sign-in?next=/fairs/test-fair/join"


def test_a_past_fair_takes_no_company(app, cast, client) -> None:
    client.sign_in(cast.stan)
    answer = client.post(JOIN, data=COMPANY)
    assert "đã kết thúc" in answer.text
    assert named(app, COMPANY["name"]) == []


def test_exhibitors_are_found_without_accents_once_they_have_a_booth(app, cast, client) -> None:
    assert "Gốm Chi" not in client.get("/fairs/test-fair/exhibitors").text
    with app.app_context():
        let_booth(cast.exhibitor, "A05")
        let_booth(cast.rival, "A07")
    page = client.get("/fairs/test-fair/exhibitors?q=gom chi").text
    assert "Gốm Chi" in page
    assert "Mây tre Phú Vinh" not in page
    assert "Không có đơn vị nào khớp" in client.get("/fairs/test-fair/exhibitors?q=khong co ai").text


def test_an_unpublished_fair_exists_for_its_staff_alone(app, cast, client) -> None:
    with app.app_context(), transaction():
        db.session.get_one(Fair, cast.fair.id).published_at = None
    assert client.get("/fairs/test-fair/").status_code == 404
    client.sign_in(cast.stan)
    assert client.get(JOIN).status_code == 404
    client.sign_in(cast.ola)
    assert client.get("/fairs/test-fair/").status_code == 200


def test_only_the_own_company_is_changed(app, cast, client) -> None:
    client.sign_in(cast.ema)
    own, other = (f"/fairs/test-fair/portal/company/{one.id}" for one in (cast.exhibitor, cast.rival))
    assert client.get(own).status_code == 200
    assert client.post(other, data=COMPANY).status_code == 404
    assert client.post(own, data=COMPANY).status_code == 302
    assert named(app, COMPANY["name"])[0].id == cast.exhibitor.id


@pytest.mark.parametrize("email", ['"@phu-vinh.example', "a@b.example,c@d.example", "<a@b.example>", "a@b"])
def test_papers_are_mailed_only_where_a_mail_can_go(app, cast, coming, client, email: str) -> None:
    client.sign_in(cast.stan)
    answer = client.post(JOIN, data=COMPANY | {"email": email})
    assert answer.status_code == 422
    assert "ten@example.com" in answer.text
    assert named(app, COMPANY["name"]) == []


def test_one_person_registers_three_companies_and_the_organiser_more(app, cast, coming, client) -> None:
    def register(n: int, path: str = JOIN) -> int:
        company = COMPANY | {"name": f"Xưởng {n}", "tax_code": f"010765432{n}"}
        return client.post(path, data=company).status_code

    client.sign_in(cast.stan)
    assert [register(n) for n in range(4)] == [302, 302, 302, 422]
    assert register(0) == 302  # the same form again is no further company
    client.sign_in(cast.ola)
    assert register(4, "/fairs/test-fair/organise/exhibitors/new") == 302
