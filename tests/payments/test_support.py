"""Subsidised booths: the split is exact, the budget is never exceeded, and what ends gives its share back."""

import threading
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.audit import SYSTEM
from app.booths import booking, cancelling
from app.booths.funder_list import funder_list
from app.booths.models import Hold
from app.booths.moving import move_booth
from app.db import db, retrying, transaction
from app.documents.store import Document
from app.documents.uploads import keep_upload
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.models import Exhibitor, Fair
from app.fulfilment import choose_equal, give_back, receive_payment
from app.money import Money, apply_rate
from app.payments.funder_money import FunderNumberUsed, note_funder_payment, take_back_payment
from app.payments.funders import BudgetTaken, keep_funder, keep_programme, withdraw_programme
from app.payments.grants import GrantInUse, grant_province, grant_support, grants_of, withdraw_grant
from app.payments.invoices import papers_of
from app.payments.models import Invoice, Order, OrderState
from app.payments.orders import Line
from app.payments.papers import paper_pdf, print_papers
from app.payments.settlement import Arrival, BankNumberFunders
from app.payments.support import SupportChanged, SupportGone, net_within, share_of, support_of
from app.payments.support_models import FunderPayment, SupportGrant
from app.payments.support_papers import credit_support, issue_support_invoice, support_papers_of
from tests.support.market import Market, later
from tests.support.paper import text_of
from tests.support.subsidy import FUNDER, TERMS, funder, granted, order, programme, taken
from tests.support.terms import arrive, code, deposit, fees, fresh

pytestmark = pytest.mark.usefixtures("context")
HALF = 7_920_000  # of A03 with 10 % VAT
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def context(app: Flask):  # type: ignore[no-untyped-def]
    with app.app_context():
        yield


def total_of(paper: Invoice) -> int:
    content = paper.content
    assert content["net_minor"] + content["vat_minor"] == content["total_minor"]
    assert sum(line["net_minor"] + line["vat_minor"] for line in content["lines"]) == content["total_minor"]
    return int(content["total_minor"])


def test_support_is_a_line_of_its_own_and_two_invoices_come_to_the_whole_price(market: Market) -> None:
    granted(market)
    one = order(market, "A03")
    booth, line = one.lines
    assert (line.kind, line.net_minor, line.vat_minor) == ("support", -7_200_000, -720_000)
    assert line.label.startswith("Hỗ trợ từ Trung tâm Khuyến công Hà Nội / Supported by Hanoi")
    assert (one.total_minor, taken()) == (HALF, HALF)
    assert support_papers_of(one) == []
    arrive(one, HALF)
    one = fresh(one)
    assert one.state == OrderState.PAID
    [theirs] = support_papers_of(one)
    [own] = [paper for paper in papers_of(one) if paper.kind == "invoice"]
    assert (own.number, theirs.number) == ("HD2019-00001", "HT2019-00001")
    assert total_of(own) + total_of(theirs) == booth.net_minor + booth.vat_minor == 15_840_000
    assert theirs.content["buyer"]["tax_code"] == FUNDER["tax_code"]
    assert {paper.kind for paper in papers_of(one)} == {"invoice", "contract"}
    with transaction():
        assert issue_support_invoice(SYSTEM, one, clock.now()).id == theirs.id  # type: ignore[union-attr]


def test_the_papers_say_who_pays_what(market: Market) -> None:
    granted(market)
    one = order(market, "A03")
    arrive(one, HALF)
    print_papers()
    [theirs] = support_papers_of(fresh(one))
    said = text_of(paper_pdf(market.fair, one, theirs))
    assert theirs.document_id is not None
    for words in ("123/QĐ-SCT", "Trung tâm Khuyến công Hà Nội", "7.920.000", "Gốm Chi", "HT2019-00001"):
        assert words in said
    with transaction():
        give_back(SYSTEM, fresh(one), clock.now())
    print_papers()
    said = text_of(paper_pdf(market.fair, one, support_papers_of(one)[1]))
    assert "GH2019-00001" in said and "-7.920.000" in said.replace("−", "-")


@pytest.mark.parametrize(
    ("currency", "price", "rate_bp"),
    [("VND", 14_400_005, 3333), ("USD", 62_555, 5000), ("JPY", 90_005, 7777), ("KWD", 190_005, 9999), ("VND", 7, 9999)],
)
def test_each_currency_is_split_to_the_minor_unit(market: Market, currency: str, price: int, rate_bp: int) -> None:
    with transaction():
        db.session.get_one(Fair, market.cast.fair.id).currency = currency
        for booth in market.booths(["A03", "A05"]).values():
            booth.price_minor = price
    granted(market, rate_bp=rate_bp, budget_minor=10**9)
    one = order(market, "A03", "A05")
    net = 2 * apply_rate(price, rate_bp)
    support = support_of(one)
    assert (support.net_minor, one.net_minor) == (net, 2 * price - net)  # type: ignore[union-attr]
    assert one.total_minor + support.total_minor == 2 * (price + apply_rate(price, 1000))  # type: ignore[union-attr]
    assert one.vat_minor >= 0 and one.total_minor >= 0
    assert one.currency == support.currency == currency  # type: ignore[union-attr]


def test_ceilings_and_budget_hold_the_share_with_its_vat(market: Market) -> None:
    one = programme(market, per_booth_minor=5_000_000, per_exhibitor_minor=12_000_000)
    granted(market, one)
    first = order(market, "A03", "A05")
    assert taken() == 10_000_000 - 1 or taken() <= 10_000_000
    assert support_of(first).total_minor in (9_999_999, 10_000_000)  # type: ignore[union-attr]
    second = order(market, "A07")
    assert support_of(second).total_minor <= 12_000_000 - support_of(first).total_minor  # type: ignore[union-attr]
    assert 11_999_990 <= taken() <= 12_000_000
    third = order(market, "A09")
    assert support_of(third) is None or support_of(third).total_minor < 10  # type: ignore[union-attr]
    granted(market, one, rival=True)
    rivals = order(market, "A11", rival=True)
    assert support_of(rivals).total_minor <= 5_000_000  # type: ignore[union-attr]
    taken()


@pytest.mark.parametrize("vat_bp", [0, 800, 1000, 2100])
@pytest.mark.parametrize("total", [0, 1, 10, 11, 999, 5_000_000, 5_000_001])
def test_an_amount_with_vat_is_never_exceeded_and_used_up(total: int, vat_bp: int) -> None:
    net = net_within(total, vat_bp)
    assert net + apply_rate(net, vat_bp) <= total < net + 1 + apply_rate(net + 1, vat_bp) or total == net == 0


def test_all_of_the_booths_can_be_paid_and_then_they_are_let_at_once(market: Market) -> None:
    with transaction():
        for booth in market.booths(["A03", "A05"]).values():
            booth.price_minor = 14_400_005  # two VATs rounded up: their sum is not the VAT of the sum
    granted(market, rate_bp=10_000, budget_minor=100_000_000)
    one = fresh(order(market, "A03", "A05"))
    assert (one.total_minor, one.vat_minor, one.state) == (0, 0, OrderState.PAID)
    assert market.let(one) == ["A03", "A05"]
    assert [total_of(paper) for paper in support_papers_of(one)] == [2 * 15_840_006]
    assert {paper.kind for paper in papers_of(one)} == {"invoice", "contract"}
    with transaction():
        give_back(SYSTEM, one, clock.now())
    assert (taken(), market.let(one)) == (0, [])
    assert [paper.kind for paper in support_papers_of(one)] == ["support", "support_note"]


def test_extras_are_the_exhibitors_and_the_deposit_is_of_the_rest(market: Market) -> None:
    from app.booths.extras import keep_extra

    granted(market)
    deposit(market)
    with transaction():
        given: dict[str, Any] = dict.fromkeys(("name_en", "unit", "unit_en", "about", "about_en"), "")
        given |= {"name": "Điện", "price_minor": 1_000_000, "stock": 2, "order_until": None}
        power = keep_extra(SYSTEM, market.fair, given, clock.now()).id
    one = order(market, "A03", extras={power: 1})
    assert [line.kind for line in one.lines] == ["booth", "support", "extra"]
    assert one.total_minor == HALF + 1_100_000
    assert one.deposit_minor == apply_rate(one.total_minor, 3000)
    arrive(one, one.deposit_minor or 0)
    assert fresh(one).state == OrderState.DEPOSITED
    assert [total_of(paper) for paper in support_papers_of(one)] == [HALF]
    arrive(one, one.total_minor - (one.deposit_minor or 0), "FT2")
    assert fresh(one).state == OrderState.PAID
    assert len(support_papers_of(one)) == 1


def test_a_code_comes_off_before_the_support(market: Market) -> None:
    granted(market)
    code(market)  # 10 %
    one = order(market, "A03", code="TET-2020", seen_support_minor=HALF)
    assert [line.kind for line in one.lines] == ["booth", "discount", "support"]
    assert support_of(one).base_minor == 12_960_000  # type: ignore[union-attr]
    assert support_of(one).total_minor == one.total_minor == 7_128_000  # type: ignore[union-attr]


def test_an_order_outside_its_days_or_after_its_withdrawal_is_without_it(market: Market) -> None:
    one = programme(market, from_on=date(2019, 10, 8))
    granted(market, one)
    assert order(market, "A03").total_minor == 15_840_000
    later(days=1)
    assert order(market, "A05").total_minor == HALF
    with transaction():
        withdraw_programme(SYSTEM, market.fair, one.id, clock.now())
    assert order(market, "A07").total_minor == 15_840_000
    with pytest.raises(NotFound), transaction():
        withdraw_programme(SYSTEM, market.fair, one.id, clock.now())
    assert taken() == HALF  # the order that has it keeps it


def test_nobody_orders_at_another_amount_than_was_read(market: Market) -> None:
    granted(market)
    with pytest.raises(SupportChanged):
        order(market, "A03", seen_support_minor=HALF + 1)
    assert (taken(), db.session.scalar(select(Order.id))) == (0, None)


def test_orders_that_end_give_the_budget_back(market: Market) -> None:
    granted(market, budget_minor=HALF)
    one = order(market, "A03")
    booking.cancel(SYSTEM, fresh(one), clock.now())
    assert taken() == 0
    two = order(market, "A05")
    assert taken() == HALF
    later(days=4)
    booking.end_unpaid()
    assert (fresh(two).state, taken()) == (OrderState.EXPIRED, 0)
    assert db.session.scalar(select(Invoice.id)) is None


def test_a_cancellation_for_a_fee_credits_both_and_the_fee_is_of_the_exhibitors_share(market: Market) -> None:
    granted(market)
    fees(market)
    one = order(market, "A03")
    arrive(one, HALF)
    cancelling.call_off(SYSTEM, market.fair, fresh(one), "Xin rút", 792_000, clock.now())
    assert (fresh(one).state, taken()) == (OrderState.CALLED_OFF, 0)
    own = [paper for paper in papers_of(one) if paper.kind == "credit_note"]
    assert own[0].content["fee"]["refund_minor"] == HALF - 792_000
    invoice, note = support_papers_of(one)
    assert (note.number, total_of(note), note.content["invoice_number"]) == ("GH2019-00001", HALF, invoice.number)
    with transaction():
        assert credit_support(SYSTEM, one, clock.now()).id == note.id  # type: ignore[union-attr]


def test_late_money_takes_the_support_again_or_waits_for_a_choice(market: Market) -> None:
    one = granted(market, budget_minor=HALF)
    first = order(market, "A03")
    later(days=4)
    booking.end_unpaid()
    arrive(first, HALF)
    assert (fresh(first).state, taken()) == (OrderState.PAID, HALF)
    with transaction():
        give_back(SYSTEM, fresh(first), clock.now())
    second = order(market, "A05")
    later(days=4)
    booking.end_unpaid()
    with transaction():
        withdraw_grant(SYSTEM, market.fair, one.id, clock.now())
    assert arrive(second, HALF, "FT2").reason == "too_late"
    assert (fresh(second).state, market.let(second), taken()) == (OrderState.UNDELIVERABLE, [], 0)
    with pytest.raises(SupportGone), transaction():
        choose_equal(SYSTEM, market.fair, second, ["A07"], clock.now())
    assert (fresh(second).state, taken()) == (OrderState.UNDELIVERABLE, 0)


def test_a_grant_is_one_however_often_and_no_booth_is_paid_for_twice(market: Market) -> None:
    one = programme(market)
    first = granted(market, one)
    assert granted(market, one).id == first.id
    other = programme(market, name="Tỉnh", decision_number="9")
    with pytest.raises(FieldErrors) as refused:
        granted(market, other)
    assert "exhibitor" in refused.value.fields
    with transaction():
        withdraw_grant(SYSTEM, market.fair, first.id, clock.now())
        withdraw_grant(SYSTEM, market.fair, first.id, clock.now())
    assert granted(market, other).id != first.id
    assert len(grants_of(market.cast.fair.id, [market.cast.exhibitor.id])) == 1


def test_a_grant_that_an_order_has_stays_until_the_order_ends(market: Market) -> None:
    one = granted(market)
    placed = order(market, "A03")
    with pytest.raises(GrantInUse), transaction():
        withdraw_grant(SYSTEM, market.fair, one.id, clock.now())
    booking.cancel(SYSTEM, fresh(placed), clock.now())
    with transaction():
        withdraw_grant(SYSTEM, market.fair, one.id, clock.now())
    assert order(market, "A05").total_minor == 15_840_000


def test_a_province_is_granted_whole_with_its_proof(market: Market) -> None:
    one = programme(market)
    with transaction():
        paper = keep_upload(market.cast.fair.id, "support", "quyet-dinh.pdf", PDF)
        db.session.add(
            Exhibitor(fair_id=market.cast.fair.id, name="Xa", folded="xa", country="VN", province="48",
                      created_at=clock.now())
        )  # fmt: skip
    with transaction():
        rows = grant_province(SYSTEM, market.fair, one.id, "01", "Đơn vị của Hà Nội", clock.now(), paper.id)
    theirs = {market.cast.exhibitor.id, market.cast.rival.id}
    assert {row.exhibitor_id for row in rows} == theirs
    assert {row.document_id for row in rows} == {paper.id}
    assert db.session.get_one(Document, paper.id).kind == "support"
    with pytest.raises(FieldErrors), transaction():
        grant_province(SYSTEM, market.fair, one.id, "01", "Lần nữa", clock.now())


@pytest.mark.parametrize(
    "wrong",
    [{"rate_bp": 0}, {"rate_bp": 10_001}, {"budget_minor": 0}, {"per_booth_minor": -1}, {"per_exhibitor_minor": 0},
     {"decision_number": " "}, {"name": ""}, {"to_on": date(2019, 9, 30)}, {"budget_minor": 10**13}],
)  # fmt: skip
def test_what_is_no_programme_is_refused(market: Market, wrong: dict[str, Any]) -> None:
    with pytest.raises(FieldErrors):
        programme(market, **wrong)


def test_a_budget_is_never_less_than_what_orders_have(market: Market) -> None:
    one = programme(market)
    granted(market, one)
    order(market, "A03")
    with pytest.raises(BudgetTaken), transaction():
        keep_programme(SYSTEM, market.fair, one.funder_id, TERMS | {"budget_minor": HALF - 1}, clock.now(), one.id)
    with transaction():
        keep_programme(SYSTEM, market.fair, one.funder_id, TERMS | {"budget_minor": HALF}, clock.now(), one.id)
    assert order(market, "A05").total_minor == 15_840_000  # used up


@pytest.mark.parametrize("wrong", [{"name": ""}, {"tax_code": ""}, {"address": ""}, {"name": "x" * 81}])
def test_a_funder_is_whom_invoices_can_name(market: Market, wrong: dict[str, str]) -> None:
    funder(market)
    with pytest.raises(FieldErrors), transaction():
        keep_funder(SYSTEM, market.fair, FUNDER | {"name": "Khác"} | wrong, clock.now())
    with pytest.raises(FieldErrors), transaction():
        keep_funder(SYSTEM, market.fair, FUNDER, clock.now())


def test_the_list_adds_up_to_the_invoices_and_what_is_open(market: Market) -> None:
    one = programme(market, rate_bp=3333)
    granted(market, one)
    granted(market, one, rival=True)
    for name, whose in (("A03", False), ("A05", True), ("A07", False)):
        placed = order(market, name, rival=whose)
        arrive(placed, placed.total_minor, f"FT{name}")
    waits = order(market, "A09")
    with transaction():
        give_back(SYSTEM, fresh(placed), clock.now())
    payer = funder(market)
    with transaction():
        note_funder_payment(SYSTEM, market.fair, payer.id, "KB1", Money(1_000_000, "VND"), clock.now())
    shown = funder_list(payer, "VND")
    [sums] = shown.sums
    invoices = db.session.scalars(select(Invoice).where(Invoice.kind == "support")).all()
    notes = db.session.scalars(select(Invoice).where(Invoice.kind == "support_note")).all()
    assert [paper.serial for paper in invoices] == [1, 2, 3]
    assert (
        sums.invoiced
        == sum(map(total_of, invoices))
        == sum(row.support.total_minor for row in shown.rows if row.number)
    )
    assert sums.credited == sum(map(total_of, notes)) > 0
    assert (sums.open, sums.paid) == (sums.invoiced - sums.credited - 1_000_000, 1_000_000)
    assert sums.waits == support_of(waits).total_minor  # type: ignore[union-attr]
    assert [row.state for row in shown.rows] == ["invoiced", "invoiced", "credited", "waits"]
    assert taken() == sums.stands + sums.waits
    assert [[booth.number for booth in row.booths] for row in shown.rows] == [["A03"], ["A05"], ["A07"], ["A09"]]


def test_a_booth_that_is_moved_keeps_its_support_and_the_list_follows(market: Market) -> None:
    granted(market)
    one = order(market, "A03")
    arrive(one, HALF)
    with transaction():
        move_booth(SYSTEM, market.fair, "A03", market.cast.exhibitor.id, "A07", "Đổi chỗ", clock.now())
    [row] = funder_list(funder(market), "VND").rows
    assert ([booth.number for booth in row.booths], row.support.total_minor, taken()) == (["A07"], HALF, HALF)


def test_what_a_funder_paid_is_noted_once_and_can_be_taken_back(market: Market) -> None:
    payer = funder(market)

    def note(number: str = "KB1", minor: int = 5) -> FunderPayment:
        with transaction():
            return note_funder_payment(SYSTEM, market.fair, payer.id, number, Money(minor, "VND"), clock.now())

    first = note()
    assert note().id == first.id
    with pytest.raises(FunderNumberUsed):
        note(minor=6)
    arrive(order(market, "A03"), 100, "FT7")
    with pytest.raises(FunderNumberUsed):
        note("FT7")
    for _twice in range(2):
        with transaction():
            take_back_payment(SYSTEM, market.fair, payer.id, first.id, clock.now())
    assert funder_list(payer, "VND").sums[0].paid == 0
    assert note(minor=6).id != first.id


def test_a_transfer_has_a_number_that_no_funder_paid_under(market: Market) -> None:
    payer = funder(market)
    with transaction():
        noted = note_funder_payment(SYSTEM, market.fair, payer.id, "KB9", Money(5, "VND"), clock.now())
    one = order(market, "A03")
    with pytest.raises(BankNumberFunders):
        arrive(one, one.total_minor, "KB9")
    assert fresh(one).state == OrderState.AWAITING
    with transaction():
        take_back_payment(SYSTEM, market.fair, payer.id, noted.id, clock.now())
    arrive(one, one.total_minor, "KB9")
    assert fresh(one).state == OrderState.PAID


def test_one_line_of_the_statement_is_never_both_sides_at_once(app: Flask, market: Market) -> None:
    payer, one = funder(market).id, order(market, "A03")
    fair_id, order_id, minor = market.cast.fair.id, one.id, one.total_minor

    def of_the_funder() -> None:
        fair = db.session.get_one(Fair, fair_id)
        note_funder_payment(SYSTEM, fair, payer, "KB9", Money(minor, "VND"), clock.now())

    def of_the_exhibitor() -> None:
        arrival = Arrival("transfer", "KB9", Money(minor, "VND"), clock.now())
        receive_payment(SYSTEM, fair_id, order_id, arrival, clock.now())

    assert race(app, [of_the_funder, of_the_exhibitor]) == ["bank_number_used", "done"]


@pytest.mark.parametrize("vat_bp", [800, 1000, 2100])
def test_ceilings_of_several_booths_are_not_passed_by_rounding_their_vat(market: Market, vat_bp: int) -> None:
    one = granted(market, rate_bp=5000, per_booth_minor=1000, budget_minor=10**9)
    terms, now = grants_of(market.cast.fair.id, [one.exhibitor_id])[one.exhibitor_id], clock.now()
    for most in range(995, 1100):
        terms.programme.per_booth_minor = most
        for booths in (2, 3, 7):
            net, vat = Money(10_000, "VND"), Money(apply_rate(10_000, vat_bp), "VND")
            lines = [Line("booth", n, "", net, vat_bp, vat) for n in range(booths)]
            share = share_of(market.fair, terms, lines, vat_bp, now)
            assert 0 < share.total_minor <= most * booths
    db.session.rollback()


def test_an_order_that_owed_nothing_is_credited_when_it_is_called_off(market: Market) -> None:
    fees(market)
    granted(market, rate_bp=10_000, budget_minor=100_000_000)
    one = fresh(order(market, "A03"))
    cancelling.call_off(SYSTEM, market.fair, one, "Xin rút", 0, clock.now())
    assert (fresh(one).state, taken(), market.let(one)) == (OrderState.CALLED_OFF, 0, [])
    assert {paper.kind for paper in papers_of(one)} == {"invoice", "contract", "credit_note"}
    assert [paper.kind for paper in support_papers_of(one)] == ["support", "support_note"]


def race(app: Flask, works: list[Any]) -> list[str]:
    db.session.commit()
    gate, said = threading.Barrier(len(works)), []

    def run(work: Any) -> None:
        with app.app_context():
            gate.wait()
            try:
                retrying(work)
                said.append("done")
            except DomainError as error:
                said.append(error.code)
            db.session.remove()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(said)


def placing(market: Market, hold: str, **more: Any) -> Any:
    def place() -> int:
        fair, mine = db.session.get_one(Fair, market.cast.fair.id), db.session.get_one(Hold, hold)
        return booking.place_order(SYSTEM, fair, mine, "transfer", clock.now(), **more).id

    return place


def test_two_orders_never_take_the_last_of_the_budget_both(app: Flask, market: Market) -> None:
    one = programme(market, budget_minor=HALF)
    granted(market, one)
    granted(market, one, rival=True)
    holds = [market.hold("A03").id, market.hold("A05", rival=True).id]
    said = race(app, [placing(market, hold, seen_support_minor=HALF) for hold in holds])
    assert (said, taken()) == (["done", "support_changed"], HALF)


def test_one_hold_ordered_twice_at_once_has_one_support(app: Flask, market: Market) -> None:
    granted(market, budget_minor=HALF)
    hold = market.hold("A03").id
    said = race(app, [placing(market, hold, seen_support_minor=HALF) for _n in range(4)])
    assert (said, taken()) == (["done"] * 4, HALF)
    assert len(db.session.scalars(select(Order)).all()) == 1


def test_an_order_and_the_withdrawal_at_once_never_both_have_their_way(app: Flask, market: Market) -> None:
    one = granted(market).id
    hold = market.hold("A03").id

    def withdraw() -> None:
        withdraw_grant(SYSTEM, db.session.get_one(Fair, market.cast.fair.id), one, clock.now())

    race(app, [placing(market, hold), withdraw])
    grant = db.session.get_one(SupportGrant, one, populate_existing=True)
    assert (taken() == HALF) == (grant.withdrawn_at is None)


def test_the_same_grant_at_once_is_one(app: Flask, market: Market) -> None:
    one = programme(market).id

    def grant() -> None:
        fair = db.session.get_one(Fair, market.cast.fair.id)
        grant_support(SYSTEM, fair, one, market.cast.exhibitor.id, "Làng nghề", clock.now())

    assert race(app, [grant] * 4) == ["done"] * 4
    assert len(db.session.scalars(select(SupportGrant)).all()) == 1
