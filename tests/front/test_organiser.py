"""The organiser's day, companies, settings; the set-up of an empty installation."""

import re
import threading
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.accounts.models import ApiToken, Person
from app.audit import AuditEntry
from app.booths.models import Allocation, Booth
from app.booths.pricing import list_price_minor, vat_bp_on
from app.db import db, transaction
from app.fairs.models import Exhibitor, Fair, Hall, Membership, Organiser, Zone
from app.mail import Mail
from app.visitors.models import Gate, VisitorCategory
from tests.visitors.stage import at, open_today

SETTINGS = "/fairs/test-fair/organise/settings"
BEGIN = {
    "person_name": "Ola", "email": "ola@example.org", "password": "nón lá làng Chuông", "organiser": "Trung tâm Thử",
    "name": "Hội chợ Làng nghề", "name_en": "Craft Fair", "slug": "lang-nghe-2030", "starts_on": "2030-03-01",
    "ends_on": "2030-03-03", "opens": "08:30", "closes": "18:00", "venue": "Nhà văn hoá", "city": "Huế",
    "time_zone": "Asia/Ho_Chi_Minh", "currency": "VND", "price_per_m2": "1.600.000", "vat_percent": "10",
}  # fmt: skip
RULES = {
    "name": "Hội chợ", "starts_on": "2019-12-12", "ends_on": "2019-12-15", "opens_at_time": "08:30",
    "closes_at_time": "18:00", "venue": "Nơi khác", "price_per_m2": "1600000", "hold_minutes": "20",
    "rehold_minutes": "10", "booths_held_at_most": "10", "transfer_due_days": "3", "entry_rule": "free_reentry",
    "counts_exits": "y", "unpaid_at_gate": "desk",
    "corner_surcharge": "0",
}  # fmt: skip
HALL = {"name": "Nhà A", "name_en": "Hall A", "rows": "4", "columns": "5", "width_m": "3", "depth_m": "3", "gates": "2"}


def count(app: Flask, table: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("name", ["ola", "sam", "fin", "dana"])
def test_the_day_opens_for_those_who_follow_it(cast, client, name) -> None:
    client.sign_in(getattr(cast, name))
    page = client.get("/fairs/test-fair/organise/")
    assert page.status_code == 200
    assert "lượt khách" in page.text


@pytest.mark.parametrize("name", ["ola", "sam", "fin", "dana"])
def test_the_day_follows_only_what_its_reader_may_follow(app: Flask, cast, client, name) -> None:
    open_today(app)
    client.sign_in(getattr(cast, name))
    today = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()
    at(datetime.combine(today, time(10), ZoneInfo("Asia/Ho_Chi_Minh")))  # while the gates are open
    page = client.get(f"/fairs/test-fair/organise/?day={today}").text
    topics = re.search(r'data-topics="([^"]+)" data-live', page)
    assert topics is not None
    assert client.get(f"/fairs/test-fair/live/since?topics={topics[1]}").status_code == 200
    assert ("deals" in topics[1]) is (name in ("ola", "dana"))


@pytest.mark.parametrize(
    ("moment", "shown"),
    [("2019-12-13T07:10", "T5 12.12"), ("2019-12-13T08:40", "T6 13.12"), ("2019-12-15T07:10", "T7 14.12")],
)
def test_before_the_gates_open_the_day_before_is_shown(app: Flask, cast, client, moment: str, shown: str) -> None:
    there = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    clock.set_offset(there - datetime.now(UTC))
    client.sign_in(cast.ola)
    page = client.get("/fairs/test-fair/organise/").text
    assert re.search(rf'aria-current="[a-z]+"[^>]*>\s*{shown}', page)


@pytest.mark.parametrize("name", ["ema", "bao", "gia", "stan"])
def test_the_day_stays_closed_to_others(cast, client, name) -> None:
    client.sign_in(getattr(cast, name))
    assert client.get("/fairs/test-fair/organise/").status_code == 403


def test_a_company_opens_with_what_it_has(cast, client) -> None:
    client.sign_in(cast.ola)
    page = client.get(f"/fairs/test-fair/organise/exhibitors/{cast.exhibitor.id}").text
    assert cast.exhibitor.name in page
    assert "ema@example.org" in page
    assert client.get("/fairs/other-fair/organise/exhibitors/1").status_code == 403
    assert client.get("/fairs/test-fair/organise/exhibitors/999999").status_code == 404


def test_finance_sees_companies_but_changes_none(cast, client) -> None:
    client.sign_in(cast.fin)
    assert client.get("/fairs/test-fair/organise/exhibitors").status_code == 200
    assert client.get("/fairs/test-fair/organise/exhibitors/new").status_code == 403
    assert client.get(SETTINGS).status_code == 403


@pytest.mark.usefixtures("mail_server_named")
def test_somebody_new_is_invited_and_sets_a_password(app, cast, client) -> None:
    client.sign_in(cast.ola)
    form = {"staff-email": "moi@example.org", "staff-name": "Người Mới", "staff-role": "gate"}
    assert client.post(f"{SETTINGS}/staff", data=form).status_code == 302
    with app.app_context():
        [mail] = db.session.scalars(select(Mail).where(Mail.recipient == "moi@example.org"))
    path = re.sub(r"^https?://[^/]+", "", mail.context["link"])
    client.sign_out()
    assert client.post(path, data={"password": "bốn mùa hoa nở"}).headers["Location"] == "/mine"
    assert client.get("/mine").headers["Location"] == "/fairs/test-fair/gate"


def test_without_a_mail_server_the_invitation_is_given_by_hand(app, cast, client) -> None:
    """Its link sets a password, and proves nothing of the address: the organiser had it too."""
    client.sign_in(cast.ola)
    form = {"staff-email": "moi@example.org", "staff-name": "Người Mới", "staff-role": "gate"}
    page = client.post(f"{SETTINGS}/staff", data=form)
    assert page.status_code == 200
    assert "được báo qua thư" not in page.text
    [path] = re.findall(r"<code>https?://[^/<]+(/[^<]+)</code>", page.text)
    again = client.post(f"{SETTINGS}/staff", data=form).text
    assert path.rsplit(".", 1)[0].split("/")[1] in again, "a lost link is shown again"
    client.sign_out()
    assert client.post(path, data={"password": "bốn mùa hoa nở"}).headers["Location"] == "/mine"
    assert client.get("/mine").headers["Location"] == "/fairs/test-fair/gate"
    assert client.get(path).status_code == 410
    with app.app_context():
        person = db.session.scalars(select(Person).where(Person.email == "moi@example.org")).one()
        assert person.email_verified_at is None


@pytest.mark.parametrize("victim", ["ola", "ema", "bao"])
def test_an_invitation_by_hand_opens_nobody_elses_account(app, cast, client, victim: str) -> None:
    """Without mails nobody's address is proved: an organiser of another fair gets no link to it, and ends nothing."""
    person = getattr(cast, victim)
    with app.app_context():
        db.session.add(
            Membership(fair_id=cast.other_fair.id, person_id=cast.stan.id, role="owner", created_at=clock.now())
        )
        before = db.session.get_one(Person, person.id)
        before.email_verified_at = None
        had = before.password_hash
        db.session.commit()
    client.sign_in(cast.stan)
    form = {"staff-email": person.email, "staff-name": "x", "staff-role": "gate"}
    answer = client.post("/fairs/other-fair/organise/settings/staff", data=form)
    assert answer.status_code == 422
    assert "đã có tài khoản nhưng chưa được xác nhận" in answer.text
    assert "/invitation/" not in answer.text
    with app.app_context():
        assert db.session.get_one(Person, person.id).password_hash == had
        given = select(func.count()).select_from(Membership).where(Membership.fair_id == cast.other_fair.id)
        assert db.session.scalar(given) == 1


def test_who_was_invited_by_hand_at_one_fair_is_no_way_into_another(app, cast, client) -> None:
    with app.app_context():
        db.session.add(
            Membership(fair_id=cast.other_fair.id, person_id=cast.stan.id, role="owner", created_at=clock.now())
        )
        db.session.commit()
    form = {"staff-email": "moi@example.org", "staff-name": "Người Mới", "staff-role": "owner"}
    client.sign_in(cast.ola)
    assert "/invitation/" in client.post(f"{SETTINGS}/staff", data=form).text
    client.sign_in(cast.stan)
    answer = client.post("/fairs/other-fair/organise/settings/staff", data=form)
    assert answer.status_code == 422
    assert "/invitation/" not in answer.text
    with app.app_context():
        said = select(func.count()).where(AuditEntry.action == "staff.link_by_hand")
        assert db.session.scalar(said) == 1


def test_the_last_owner_stays(app, cast, client) -> None:
    client.sign_in(cast.ola)
    with app.app_context():
        own = db.session.scalar(select(Membership.id).where(Membership.person_id == cast.ola.id))
        gate = db.session.scalar(select(Membership.id).where(Membership.person_id == cast.gia.id))
    assert client.post(f"{SETTINGS}/staff/{own}/removal").status_code == 409
    assert client.post(f"{SETTINGS}/staff/{gate}/removal").status_code == 302
    client.sign_in(cast.gia)
    assert client.get("/fairs/test-fair/gate").status_code == 403


def test_a_key_is_shown_once_and_dies_when_revoked(app, cast, client) -> None:
    client.sign_in(cast.ola)
    page = client.post(f"{SETTINGS}/tokens", data={"program-label": "Cổng", "program-role": "gate"}).text
    [token] = set(re.findall(r"fair_[\w-]{20,}", page))  # as text, and for the button that copies it
    assert token not in client.get(SETTINGS).text
    headers = {"Authorization": f"Bearer {token}"}
    program = app.test_client()
    assert program.get("/api/v1/fairs/test-fair/gates", headers=headers).status_code == 200
    with app.app_context():
        token_id = db.session.scalar(select(ApiToken.id))
    client.post(f"{SETTINGS}/tokens/{token_id}/revocation")
    assert program.get("/api/v1/fairs/test-fair/gates", headers=headers).status_code == 401


def test_bad_settings_keep_what_was_typed(app, cast, client) -> None:
    client.sign_in(cast.ola)
    form = RULES | {"name": "Tên rất mới", "starts_on": "2019-12-15", "ends_on": "2019-12-12"}
    answer = client.post(SETTINGS, data=form)
    assert answer.status_code == 422
    assert "Tên rất mới" in answer.text
    assert client.post(SETTINGS, data=form | {"starts_on": "2019-12-12", "ends_on": "2019-12-15"}).status_code == 302
    with app.app_context():
        assert db.session.get_one(Fair, cast.fair.id).name == "Tên rất mới"


def test_days_that_no_badge_and_no_calendar_holds_are_refused(app, cast, client) -> None:
    client.sign_in(cast.ola)
    form = {"name": "Tên rất mới", "starts_on": "2019-12-12", "opens_at_time": "08:30", "closes_at_time": "18:00",
            "venue": "Nơi khác", "price_per_m2": "1600000", "hold_minutes": "20", "rehold_minutes": "10",
            "booths_held_at_most": "10", "transfer_due_days": "3", "entry_rule": "free_reentry",
            "counts_exits": "y", "unpaid_at_gate": "desk",
             "corner_surcharge": "10"}  # fmt: skip
    for last, sentence in (("2020-01-07", "nhiều nhất 16 ngày"), ("9999-12-31", "từ 2000 đến 2100")):
        answer = client.post(SETTINGS, data=form | {"ends_on": last})
        assert answer.status_code == 422
        assert sentence in answer.text
    with app.app_context():
        assert db.session.get_one(Fair, cast.fair.id).ends_on == cast.fair.ends_on


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("price_per_m2", "1000000000000", "Không mét vuông nào đắt đến thế"),
        ("price_per_m2", "9" * 5000, "Đây không phải số tiền"),
        ("corner_surcharge", "101", "từ 0 đến 100"),
        ("corner_surcharge", "2.005", "Nhiều nhất hai chữ số"),
        ("hold_minutes", "9" * 400, "Hãy viết một số nguyên"),
        ("starts_on", "9999-12-30", "các năm từ 2000 đến 2100"),
        ("ends_on", "0001-01-02", "các năm từ 2000 đến 2100"),
    ],
)
def test_a_setting_beyond_all_measure_is_refused_beside_its_field(app, cast, client, name, typed, sentence) -> None:
    client.sign_in(cast.ola)
    answer = client.post(SETTINGS, data=RULES | {"name": "Tên rất mới", name: typed})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{typed}"' in answer.text
    with app.app_context():
        assert db.session.get_one(Fair, cast.fair.id).name == cast.fair.name


def test_a_square_metre_may_cost_more_than_fits_into_32_bits(app, cast, client) -> None:
    client.sign_in(cast.ola)
    assert client.post(SETTINGS, data=RULES | {"price_per_m2": "3.000.000.000"}).status_code == 302
    with app.app_context():
        assert db.session.get_one(Fair, cast.fair.id).price_per_m2_minor == 3_000_000_000


def test_open_sides_after_the_first_cost_what_the_organiser_sets(app, cast, client) -> None:
    client.sign_in(cast.ola)
    with app.app_context():
        before = db.session.scalars(select(Booth.price_minor).order_by(Booth.id)).all()
    assert client.post(SETTINGS, data=RULES | {"corner_surcharge": "12.5"}).status_code == 302
    assert 'value="12.50"' in client.get(SETTINGS).text
    with app.app_context():
        fair = db.session.get_one(Fair, cast.fair.id)
        assert list_price_minor(fair, 90_000, 3) == 18_000_000  # 9 m² at 1,600,000, and 25 % of it
        assert db.session.scalars(select(Booth.price_minor).order_by(Booth.id)).all() == before
        said = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "fair.changed")).all()
        assert "corner_surcharge_bp" in said[-1].details["fields"]


def test_an_empty_installation_is_set_up_in_three_steps(app, client) -> None:
    assert client.get("/").headers["Location"] == "/set-up"
    assert client.get("/set-up").status_code == 200
    answer = client.post("/set-up", data=BEGIN)
    assert answer.headers["Location"] == "/fairs/lang-nghe-2030/organise/halls"
    assert client.post("/fairs/lang-nghe-2030/organise/halls", data=HALL).status_code == 302
    assert [count(app, table) for table in (Hall, Booth, Gate, VisitorCategory)] == [1, 20, 2, 7]
    stranger = app.test_client()
    assert stranger.get("/fairs/lang-nghe-2030/").status_code == 404
    assert client.post("/fairs/lang-nghe-2030/organise/settings/publication").status_code == 302
    assert stranger.get("/fairs/lang-nghe-2030/").status_code == 200
    assert "Hội chợ Làng nghề" in stranger.get("/").text
    with app.app_context():
        corner = db.session.scalar(select(Booth).where(Booth.number == "A01"))
        assert (corner.price_minor, corner.open_sides) == (14_400_000, 2)


def test_eight_who_set_up_at_once_make_one_organiser(app) -> None:
    begin, answers = threading.Barrier(8), []

    def set_up(n: int) -> None:
        form = BEGIN | {"email": f"ola{n}@example.org", "slug": f"lang-nghe-{n}", "name": f"Hội chợ {n}"}
        client = app.test_client()
        begin.wait()
        answer = client.post("/set-up", data=form)
        answers.append((answer.status_code, answer.headers.get("Location", "").rpartition("/")[2]))

    people = [threading.Thread(target=set_up, args=(n,)) for n in range(8)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert {status for status, _to in answers} == {302}, answers
    assert [to for _status, to in answers].count("halls") == 1, answers
    assert {to for _status, to in answers} <= {"halls", "sign-in", ""}, answers
    assert [count(app, table) for table in (Fair, Membership, Person, Organiser)] == [1, 1, 1, 1]


def test_set_up_serves_only_while_there_is_nobody(app, cast, client) -> None:
    assert client.post("/set-up", data=BEGIN).headers["Location"] == "/"
    assert count(app, Person) == 10


def test_a_bad_beginning_keeps_what_was_typed(app, client) -> None:
    answer = client.post("/set-up", data=BEGIN | {"ends_on": "2030-02-01", "slug": "Có Dấu"})
    assert answer.status_code == 422
    assert "Hội chợ Làng nghề" in answer.text
    assert count(app, Person) == 0


def test_a_row_takes_no_letter_that_booths_elsewhere_have(app: Flask, client) -> None:
    client.post("/set-up", data=BEGIN)
    halls = "/fairs/lang-nghe-2030/organise/halls"
    client.post(halls, data=HALL | {"name": "Nhà A"})
    with app.app_context(), transaction():
        db.session.scalars(select(Zone).where(Zone.code == "B")).one().code = "lua"
    assert client.post(halls, data=HALL | {"name": "Nhà B"}).status_code == 302
    with app.app_context():
        assert count(app, Booth) == 40
        assert {"E", "F", "G", "H"} <= set(db.session.scalars(select(Zone.code)))


def test_a_hall_that_nobody_used_is_drawn_again(app: Flask, client) -> None:
    client.post("/set-up", data=BEGIN)
    halls = "/fairs/lang-nghe-2030/organise/halls"
    for name in ("Nhà A", "Nhà B"):
        client.post(halls, data=HALL | {"name": name})
    page = client.get(halls).text
    assert "A01 – D05" in page and "E01 – H05" in page
    with app.app_context():
        first, second = db.session.scalars(select(Hall.id).order_by(Hall.id))
    assert client.post(f"{halls}/{first}/removal").status_code == 302
    assert client.post(f"{halls}/{first}/removal").status_code == 404
    client.post(halls, data=HALL | {"name": "Nhà C"})
    assert (count(app, Booth), count(app, Gate), count(app, Hall)) == (40, 4, 2)
    with app.app_context():
        assert sorted(db.session.scalars(select(Booth.number)))[0] == "A01", "free letters are taken first"
        booth = db.session.scalars(select(Booth).where(Booth.hall_id == second)).first()
        db.session.add(
            Allocation(
                fair_id=booth.fair_id, booth_id=booth.id, exhibitor_id=_exhibitor(booth.fair_id), state="held",
                created_at=clock.now(), ended_at=clock.now(),
            )
        )  # fmt: skip
        db.session.commit()
    assert client.post(f"{halls}/{second}/removal").status_code == 409
    assert count(app, Hall) == 2


def _exhibitor(fair_id: int) -> int:
    one = Exhibitor(fair_id=fair_id, name="Gốm Chi", created_at=clock.now())
    db.session.add(one)
    db.session.flush()
    return one.id


def test_vat_changes_from_a_day_on(app: Flask, cast, client) -> None:
    client.sign_in(cast.ola)
    path = f"{SETTINGS}/vat"
    assert client.post(path, data={"vat-percent": "8", "vat-from_on": "2030-02-01"}).status_code == 302
    assert "8" in client.get(SETTINGS).text
    again = client.post(path, data={"vat-percent": "9", "vat-from_on": "2030-02-01"})
    assert again.status_code == 422 and "bắt đầu sau" in again.text and 'value="9"' in again.text
    with app.app_context():
        assert [vat_bp_on(cast.fair.id, day) for day in (date(2030, 1, 31), date(2030, 2, 1))] == [1000, 800]
    client.sign_in(cast.fin)
    assert client.post(path, data={"vat-percent": "0", "vat-from_on": "2031-01-01"}).status_code == 403


def test_a_fair_that_is_not_public_says_what_it_still_lacks(app: Flask, client) -> None:
    client.post("/set-up", data=BEGIN)
    day = client.get("/fairs/lang-nghe-2030/organise/").text
    for said in ("Chưa vẽ nhà", "Thông tin ban tổ chức chưa đủ", "chưa công bố"):
        assert said in day


def test_everybody_finds_the_way_to_their_other_fairs(app: Flask, cast, client) -> None:
    with app.app_context():
        db.session.add(
            Membership(fair_id=cast.other_fair.id, person_id=cast.gia.id, role="finance", created_at=clock.now())
        )
        db.session.commit()
    client.sign_in(cast.gia)
    assert 'href="/"' in client.get("/fairs/other-fair/organise/").text
    start = client.get("/").text
    assert 'href="/fairs/test-fair/gate"' in start and 'href="/fairs/other-fair/organise/"' in start
    client.sign_out()
    assert "Hội chợ của bạn" not in client.get("/").text


@pytest.mark.parametrize(("last", "says"), [("2030-03-27", "nhiều nhất 16 ngày"), ("9999-12-31", "từ 2000 đến 2100")])
def test_a_beginning_has_days_that_badges_and_calendar_hold(app, client, last: str, says: str) -> None:
    answer = client.post("/set-up", data=BEGIN | {"ends_on": last})
    assert answer.status_code == 422
    assert says in answer.text
    assert count(app, Fair) == 0


@pytest.mark.parametrize(
    ("name", "typed"),
    [("vat_percent", "sNaN"), ("vat_percent", "NaN"), ("currency", "xx"), ("price_per_m2", "9" * 5000)],
)
def test_a_beginning_that_nobody_can_reckon_with_is_refused(app, client, name: str, typed: str) -> None:
    answer = client.post("/set-up", data=BEGIN | {name: typed})
    assert answer.status_code == 422
    assert "Hội chợ Làng nghề" in answer.text
    assert count(app, Person) == 0


@pytest.mark.parametrize(("name", "typed"), [("width_m", "sNaN"), ("rows", "9" * 400), ("gates", "²")])
def test_a_hall_of_no_size_is_refused(app, cast, client, name: str, typed: str) -> None:
    client.sign_in(cast.ola)
    before = count(app, Hall)
    answer = client.post("/fairs/test-fair/organise/halls", data=HALL | {name: typed})
    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.text
    assert count(app, Hall) == before


@pytest.mark.parametrize("path", ["", "portal", "plan", "deals", "organise/", "join"])
def test_a_fair_that_is_not_published_is_nothing_to_others(app: Flask, cast, client, path: str) -> None:
    with app.app_context(), transaction():
        db.session.get_one(Fair, cast.other_fair.id).published_at = None
    client.sign_in(cast.stan)
    page = client.get(f"/fairs/{cast.other_fair.slug}/{path}")
    assert page.status_code == 404
    assert cast.other_fair.name not in page.text
