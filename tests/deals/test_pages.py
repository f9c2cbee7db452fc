"""The pages of deals: who may open and do what, and the link of the mail."""

import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.db import db, transaction
from app.deals.answer_links import write_link
from app.deals.models import Deal, DealConfirmation
from app.fairs.models import Buyer, Exhibitor, ExhibitorMember
from app.mail import Mail, compose
from app.search import fold
from app.visitors.models import Badge, Registration, VisitorCategory
from tests.deals.conftest import PDF, Desk
from tests.support.cast import LONG_AGO, Cast
from tests.visitors.stage import NOON, at, new_badge

BASE = "/fairs/test-fair/deals"
FORM = {
    "kind": "contract",
    "value": "40.000",
    "currency": "USD",
    "category": "ceramics",
    "signed_on": "2019-12-13",
    "subject": "Ấm chén",
}
NUMBER = "123456789012345678"


@pytest.fixture
def as_(client: Any, cast: Cast) -> Any:
    def become(name: str) -> Any:
        client.sign_out()
        if name:
            client.sign_in(getattr(cast, name))
        return client

    return become


def answer_path(app: Flask, deal: Deal, address: str, revision: int = 1, side: str = "buyer") -> str:
    with app.app_context():
        return f"{BASE}/answer/{write_link(deal.fair_id, deal.id, revision, side, address)}"


@pytest.mark.parametrize(
    ("name", "list_status", "deal_status"),
    [("ola", 200, 200), ("dana", 200, 200), ("ema", 200, 200), ("cleo", 200, 200), ("bao", 200, 200)]
    + [("rita", 200, 404), ("gia", 403, 403), ("sam", 403, 403), ("fin", 403, 403), ("stan", 403, 403), ("", 302, 302)],
)
def test_deals_are_seen_by_their_sides_and_the_desk(
    as_: Any, desk: Desk, name: str, list_status: int, deal_status: int
) -> None:
    desk.record("ema")
    client = as_(name)
    assert client.get(BASE).status_code == list_status
    for path in ("/GD-0001", "/GD-0001/amend"):
        assert client.get(BASE + path).status_code == deal_status
    if list_status == 200:
        listed = "GD-0001" in client.get(BASE).text
        exported = "GD-0001" in client.get(f"{BASE}/list.csv").text
        assert listed == exported == (deal_status == 200)
        assert client.get(f"{BASE}/list.xlsx").status_code == 200


@pytest.mark.parametrize("name", ["ola", "dana", "ema", "cleo", "rita", "gia", "sam", "fin", "stan", ""])
def test_no_form_of_anybody_else_confirms_for_the_buyer(as_: Any, desk: Desk, name: str) -> None:
    deal_id = desk.record("ema")
    client = as_(name)
    for field in ({}, {"side": "buyer"}, {"buyer": desk.cast.buyer.id}, {"means": "signed_in", "proves": "1"}):
        client.post(f"{BASE}/GD-0001/confirmation", data={"revision": 1} | field)
        client.post(f"{BASE}/GD-0001/dispute", data={"revision": 1, "reason": "x"} | field)
    if name not in ("ola", "dana"):
        form = {"revision": 1, "side": "buyer", "spoken_by": "Bảo", "identified_by": "hộ chiếu", "answer": "confirm"}
        client.post(f"{BASE}/GD-0001/desk/answer", data=form)
        client.post(f"{BASE}/GD-0001/desk/verification", data={"revision": 1, "document": 1})
    assert [a for a in desk.answers(deal_id) if a[0] == "buyer"] == []
    assert desk.state(deal_id) in ("declared", "disputed")  # the exhibitor may object to what it wrote itself


def test_buyer_confirms_signed_in(as_: Any, desk: Desk) -> None:
    deal_id = desk.record("ema")
    assert "Xác nhận bản 1" in as_("bao").get(f"{BASE}/GD-0001").text
    assert as_("bao").post(f"{BASE}/GD-0001/confirmation", data={"revision": 1}).status_code == 302
    assert desk.state(deal_id) == "confirmed"


def test_confirming_what_was_replaced_says_so(as_: Any, desk: Desk) -> None:
    desk.record("ema")
    desk.amend(1, "ema", subject="Khác")
    refused = as_("bao").post(f"{BASE}/GD-0001/confirmation", data={"revision": 1})
    assert refused.status_code == 409
    assert "bản 2" in refused.text


def test_person_on_both_sides_speaks_for_neither(as_: Any, desk: Desk, app: Flask) -> None:
    deal_id = desk.record("ema")
    with app.app_context(), transaction():
        member = ExhibitorMember(
            fair_id=desk.cast.fair.id,
            exhibitor_id=desk.cast.exhibitor.id,
            person_id=desk.cast.bao.id,
            created_at=LONG_AGO,
        )
        db.session.add(member)
    assert as_("bao").post(f"{BASE}/GD-0001/confirmation", data={"revision": 1}).status_code == 403
    assert desk.state(deal_id) == "declared"


def test_desk_takes_the_answer_of_a_person_who_is_there(as_: Any, desk: Desk) -> None:
    deal_id = desk.record("ema")
    form = {"revision": 1, "side": "buyer", "spoken_by": "", "identified_by": "hộ chiếu", "answer": "confirm"}
    refused = as_("dana").post(f"{BASE}/GD-0001/desk/answer", data=form)
    assert refused.status_code == 422
    assert "hộ chiếu" in refused.text  # what was typed stays
    assert as_("dana").post(f"{BASE}/GD-0001/desk/answer", data=form | {"spoken_by": "Sato"}).status_code == 302
    assert desk.state(deal_id) == "confirmed"
    with app_rows(desk) as rows:
        assert (rows[-1].person_name, rows[-1].identified_by, rows[-1].person_id) == (
            "Sato",
            "hộ chiếu",
            desk.cast.dana.id,
        )


def test_verified_link_confirms_without_an_account(as_: Any, desk: Desk, app: Flask) -> None:
    deal = desk.seen(desk.record("ema"))
    path = answer_path(app, deal, desk.cast.buyer.email)
    page = as_("").get(path)
    assert page.status_code == 200
    assert "40.000,00" in page.text
    assert desk.answers(deal.id)[1:] == []  # looking is not answering
    assert as_("").post(f"{path}/confirmation", data={"revision": 1}).status_code == 302
    assert desk.state(deal.id) == "confirmed"
    assert as_("").post(f"{path}/dispute", data={"revision": 1, "reason": ""}).status_code == 422
    as_("").post(f"{path}/dispute", data={"revision": 1, "reason": "Nhầm"})
    assert desk.state(deal.id) == "disputed"


@pytest.mark.parametrize("change", ["typed_by_exhibitor", "never_verified", "verified_later", "address_of_member"])
def test_link_to_an_address_that_was_not_proved_is_kept_and_counts_nothing(
    as_: Any, desk: Desk, app: Flask, change: str
) -> None:
    deal = desk.seen(desk.record("ema"))
    with app.app_context(), transaction():
        buyer = db.session.get_one(Buyer, desk.cast.buyer.id)
        if change == "typed_by_exhibitor":
            buyer.email_typed_by = "exhibitor"
        elif change == "never_verified":
            buyer.email_verified_at = None
        elif change == "verified_later":
            buyer.email_verified_at = clock.now()
        else:
            buyer.email = desk.cast.cleo.email
        address = buyer.email
    path = answer_path(app, deal, address)
    assert as_("").post(f"{path}/confirmation", data={"revision": 1}).status_code == 302
    assert desk.state(deal.id) == "declared"
    assert desk.answers(deal.id)[1:] == [("buyer", 1, "confirm", False, True)]
    if change in ("never_verified", "typed_by_exhibitor"):  # the own address is verified for the next deal
        later = desk.seen(desk.record("ema"))
        as_("").post(f"{answer_path(app, later, address)}/confirmation", data={"revision": 1})
        assert desk.state(later.id) == ("confirmed" if change == "never_verified" else "declared")


def test_link_answers_for_its_own_revision_side_and_fair_only(as_: Any, desk: Desk, app: Flask) -> None:
    deal = desk.seen(desk.record("ema"))
    path = answer_path(app, deal, desk.cast.buyer.email)
    assert as_("").post(f"{path}/confirmation", data={"revision": 2}).status_code == 400
    assert as_("").get(path[:-2] + "xx").status_code == 404
    assert as_("").get(path.replace("test-fair", "other-fair")).status_code == 404
    assert as_("").get(answer_path(app, deal, "somebody@else.example")).status_code == 404
    desk.amend(deal.id, "ema", subject="Khác")
    assert as_("").post(f"{path}/confirmation", data={"revision": 1}).status_code == 409
    assert "Bản 1 đã được thay" in as_("").get(path).text
    exhibitors = answer_path(app, deal, desk.cast.ema.email, revision=2, side="exhibitor")
    desk.amend(deal.id, "dana", base=2, subject="Khác nữa")
    exhibitors = answer_path(app, deal, desk.cast.ema.email, revision=3, side="exhibitor")
    as_("").post(f"{exhibitors}/confirmation", data={"revision": 3})
    assert desk.answers(deal.id)[-1] == ("exhibitor", 3, "confirm", False, True)


def test_mails_speak_the_readers_language_and_hold_no_link_in_the_database(desk: Desk, app: Flask) -> None:
    with app.app_context(), transaction():
        db.session.get_one(Buyer, desk.cast.buyer.id).locale = "en"
    desk.record("ema", subject="Trà & sen <b>")
    desk.amend(1, "bao", subject="Khác")
    desk.dispute(1, "ema", revision=2, reason="Sai & thiếu")
    desk.confirm(1, "ema", revision=2)
    desk.cancel(1, "dana", revision=2)
    with app.app_context():
        mails = list(db.session.scalars(select(Mail).order_by(Mail.id)))
        assert {m.template for m in mails} == {
            "deal_recorded", "deal_amended", "deal_disputed", "deal_confirmed", "deal_cancelled",
        }  # fmt: skip
        texts = [str(compose(m).get_body(("plain",)).get_content()) for m in mails]  # type: ignore[union-attr]
        assert "answer/" not in str([m.context for m in mails])
    assert "Trà & sen <b>" in texts[0]
    assert "Look at revision 1" in texts[0]
    assert re.search(r"/deals/answer/\S+lang=en", texts[0])
    assert "Xem bản 2" in texts[1]
    assert "/deals/GD-0001" in texts[1]
    assert "answer/" not in texts[1]


def test_exhibitor_records_with_a_scan_and_gets_every_fault_at_once(as_: Any, desk: Desk) -> None:
    client = as_("ema")
    refused = client.post(
        f"{BASE}/record", data={"currency": "USD", "signed_on": "2019-12-13", "kind": "order", "note": "giữ"}
    )
    assert refused.status_code == 422
    assert "Chọn nhóm hàng." in refused.text
    assert "Nhập giá trị" in refused.text
    assert "giữ" in refused.text
    sent = FORM | {"buyer": desk.cast.buyer.id, "document": (io.BytesIO(PDF), "hđ.pdf")}
    assert client.post(f"{BASE}/record", data=sent).status_code == 302
    deal = desk.seen(1)
    assert (deal.amount_minor, deal.currency, deal.recorded_side) == (4_000_000, "USD", "exhibitor")


def test_record_form_cannot_name_a_foreign_company(as_: Any, desk: Desk) -> None:
    sent = FORM | {"buyer": desk.cast.buyer.id, "exhibitor": desk.cast.rival.id}
    assert as_("ema").post(f"{BASE}/record", data=sent).status_code == 422
    assert as_("bao").post(f"{BASE}/record", data=sent).status_code == 302  # the buyer, for himself
    assert desk.seen(1).recorded_side == "buyer"
    assert desk.count(Deal) == 1


def test_badge_read_at_the_booth_picks_the_buyer_and_proves_nothing(as_: Any, desk: Desk, app: Flask) -> None:
    number = NUMBER + f"{98 - int(NUMBER) * 100 % 97:02}"
    with app.app_context(), transaction():
        category = db.session.scalars(select(VisitorCategory).where(VisitorCategory.code == "trade")).one()
        registration = Registration(
            fair_id=desk.cast.fair.id, category_id=category.id, name="Đặng Thị Hương", company="Lụa Xa",
            folded=fold("Đặng Thị Hương Lụa Xa"), country="VN", email="huong@example.org", created_at=LONG_AGO,
        )  # fmt: skip
        db.session.add(registration)
        db.session.flush()
        db.session.add(
            Badge(fair_id=desk.cast.fair.id, registration_id=registration.id, category_id=category.id, number=number,
                  code_id="00" * 8, token="0" * 193, days_mask=15, created_at=LONG_AGO)
        )  # fmt: skip
    client = as_("ema")
    shown = client.post(f"{BASE}/record/buyers", data={"badge": number}).text
    assert "Lụa Xa" in shown
    assert "huong@example.org" not in shown
    assert "Lụa Xa" in client.post(f"{BASE}/record/buyers", data={"buyer_query": "dang thi huong"}).text
    assert client.post(f"{BASE}/record", data=FORM | {"badge": number}).status_code == 302
    assert desk.answers(1) == [("exhibitor", 1, "confirm", True, True), ("buyer", 1, "confirm", False, True)]
    assert desk.state(1) == "declared"
    assert "không tính là xác nhận" in client.get(f"{BASE}/GD-0001").text
    assert client.post(f"{BASE}/record", data=FORM | {"badge": "9" * 20}).status_code == 422


def test_a_name_that_unfolds_beyond_its_column_buys_like_any_other(as_: Any, desk: Desk, app: Flask) -> None:
    at(NOON)
    badge = new_badge(app, "long@example.org", "public", name="\ufdfa" * 120)
    assert as_("ema").post(f"{BASE}/record", data=FORM | {"badge": badge.number}).status_code == 302
    assert desk.count(Deal) == 1


@pytest.mark.parametrize("field", ["buyer", "exhibitor"])
@pytest.mark.parametrize("typed", ["9" * 30, "2147483648", "²", "9" * 5000])
def test_a_company_of_no_number_is_refused_and_the_rest_stays_typed(
    as_: Any, desk: Desk, field: str, typed: str
) -> None:
    answer = as_("dana").post(
        f"{BASE}/record", data=FORM | {"buyer": desk.cast.buyer.id, "exhibitor": desk.cast.exhibitor.id, field: typed}
    )
    assert answer.status_code == 422
    assert FORM["subject"] in answer.text
    assert desk.count(Deal) == 0


@pytest.mark.parametrize("typed", ["9" * 30, "2147483648", "²"])
def test_a_revision_or_document_of_no_number_is_none(as_: Any, desk: Desk, typed: str) -> None:
    desk.record()
    dana, deal = as_("dana"), f"{BASE}/GD-0001"
    assert dana.post(f"{deal}/cancellation", data={"revision": typed, "reason": "x"}).status_code == 400
    assert dana.post(f"{deal}/amend", data=FORM | {"base_revision": typed}).status_code == 422
    assert dana.post(f"{deal}/desk/verification", data={"revision": "1", "document": typed}).status_code == 400
    assert as_("bao").post(f"{deal}/confirmation", data={"revision": typed}).status_code == 400
    assert desk.state(1) == "declared"


def test_buyer_who_never_registered_is_written_down(as_: Any, desk: Desk, app: Flask) -> None:
    person = {"buyer_name": "Anna", "buyer_company": "Nordlys", "buyer_email": "anna@nordlys.example"}
    refused = as_("ema").post(f"{BASE}/record", data=FORM | person)
    assert "Chọn nước của bên mua." in refused.text
    assert as_("ema").post(f"{BASE}/record", data=FORM | person | {"buyer_country": "NO"}).status_code == 302
    with app.app_context():
        kept = db.session.scalars(select(Buyer).where(Buyer.company == "Nordlys")).one()
        assert (kept.email_typed_by, kept.locale, kept.person_id) == ("exhibitor", "en", None)


def test_list_sums_each_currency_apart_and_leaves_out_what_fell(as_: Any, desk: Desk) -> None:
    from app.money import Money

    for minor, currency in ((1_500_000, "VND"), (12_345, "KWD"), (500, "JPY"), (250_000, "VND")):
        desk.record("ema", value=Money(minor, currency), currency=currency)
    desk.cancel(desk.record("ema", value=Money(9_000_000, "VND"), currency="VND"), "ema")
    page = as_("dana").get(f"{BASE}?lang=vi").text.replace("\u00a0", " ")
    for total in ("1.750.000 ₫", "12,345 KWD", "500 JPY"):
        assert total in page
    assert "không cộng với nhau" in page
    assert "GD-0005" in as_("dana").get(f"{BASE}?state=cancelled").text
    assert "GD-0001" not in as_("dana").get(f"{BASE}?currency=JPY").text
    assert "Không có gì khớp" in page or as_("dana").get(f"{BASE}?q=khongco").status_code == 200


def test_deals_that_can_be_verified_are_one_step_from_the_day(as_: Any, desk: Desk) -> None:
    ready, without, changed_since = desk.record("ema"), desk.record("ema"), desk.record("ema")
    for deal_id in (ready, without):
        desk.confirm(deal_id, "bao")
    desk.attach(ready)
    desk.attach(changed_since)
    desk.amend(changed_since, "ema", subject="Khác")
    desk.confirm(changed_since, "bao", revision=2)
    client = as_("dana")

    def numbers(query: str) -> set[str]:
        return set(re.findall(r"GD-\d{4}", client.get(f"{BASE}?{query}").text))

    assert "state=confirmed&amp;paper=there" in client.get("/fairs/test-fair/organise/?lang=vi").text
    assert numbers("state=confirmed&paper=there") == {"GD-0001"}
    assert numbers("state=confirmed&paper=missing") == {"GD-0002", "GD-0003"}
    assert numbers("paper=anything") == {"GD-0001", "GD-0002", "GD-0003"}
    assert "GD-0002" not in client.get(f"{BASE}/list.csv?paper=there").text


def test_mailed_link_shows_what_a_new_revision_changed(as_: Any, desk: Desk, app: Flask) -> None:
    from app.money import Money

    deal_id = desk.record("ema")
    desk.amend(deal_id, "ema", value=Money(3_800_000, "USD"))
    client = as_("")
    path = answer_path(app, desk.seen(deal_id), desk.cast.buyer.email, revision=2)
    page = client.get(f"{path}?lang=en").text
    assert "USD 40,000.00 → USD 38,000.00" in page.replace("\u00a0", " ")
    assert "What was said to revision 1 no longer counts" in page
    assert "Opening this page answered nothing" in page
    client.post(f"{path}/confirmation", data={"revision": 2})
    assert "Opening this page answered nothing" not in client.get(f"{path}?lang=en").text


def test_buyer_is_told_who_wrote_the_deal_down(as_: Any, desk: Desk) -> None:
    desk.record("dana")
    page = as_("bao").get(f"{BASE}/GD-0001?lang=en").text
    assert "The organiser wrote down that you agreed on this with" in page


def test_organiser_sees_the_document_then_seals(as_: Any, desk: Desk) -> None:
    deal_id = desk.record("ema")
    desk.confirm(deal_id, "bao")
    client = as_("dana")
    assert "Thẩm tra bản 1" not in client.get(f"{BASE}/GD-0001").text
    added = client.post(f"{BASE}/GD-0001/documents", data={"document": (io.BytesIO(b"GIF89a"), "x.pdf")})
    assert added.status_code == 422
    client.post(f"{BASE}/GD-0001/documents", data={"document": (io.BytesIO(PDF), "x.pdf")})
    assert "Thẩm tra bản 1" in client.get(f"{BASE}/GD-0001").text
    for name, status in (("bao", 200), ("ema", 200), ("rita", 404), ("gia", 403), ("", 302)):
        assert as_(name).get(f"{BASE}/GD-0001/documents/1").status_code == status
    assert as_("ema").post(f"{BASE}/GD-0001/desk/verification", data={"revision": 1, "document": 1}).status_code == 403
    assert as_("dana").post(f"{BASE}/GD-0001/desk/verification", data={"revision": 1, "document": 1}).status_code == 302
    assert desk.state(deal_id) == "verified"


def app_rows(desk: Desk) -> Any:
    from contextlib import contextmanager

    @contextmanager
    def rows() -> Any:
        with desk.loaded():
            yield list(db.session.scalars(select(DealConfirmation).order_by(DealConfirmation.id)))

    return rows()


def test_reader_is_told_before_answering_that_it_will_be_a_note(as_: Any, desk: Desk, app: Flask) -> None:
    with app.app_context(), transaction():
        db.session.get_one(Buyer, desk.cast.buyer.id).email_verified_at = None
    deal = desk.seen(desk.record("ema"))
    address = desk.cast.buyer.email
    assert 'id="note-only"' in as_("").get(answer_path(app, deal, address)).text
    with app.app_context():
        mail = db.session.scalars(select(Mail).where(Mail.recipient == address)).one()
        plain = compose(mail).get_body(("plain",))
        assert plain is not None and "lưu làm ghi chú" in " ".join(plain.get_content().split())
    found = as_("ema").post(f"{BASE}/record/buyers", data={"buyer_query": "Mua Xa"}).text
    assert "unproved" in found
    with app.app_context(), transaction():
        db.session.get_one(Buyer, desk.cast.buyer.id).email_verified_at = LONG_AGO
    assert 'id="note-only"' not in as_("").get(answer_path(app, desk.seen(deal.id), address)).text
    assert "unproved" not in as_("ema").post(f"{BASE}/record/buyers", data={"buyer_query": "Mua Xa"}).text


def test_record_form_begins_with_the_exhibitors_own_category(as_: Any, desk: Desk, app: Flask) -> None:
    with app.app_context(), transaction():
        db.session.get_one(Exhibitor, desk.cast.exhibitor.id).category = "ceramics"
    assert '<option value="ceramics" selected>' in as_("ema").get(f"{BASE}/record").text
