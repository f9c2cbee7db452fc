"""Moving, swapping, transferring and releasing booths: works, refused, repeated, raced."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app import clock
from app.audit import SYSTEM, AuditEntry
from app.booths import claims, holds
from app.booths.errors import BoothNotAvailable, NotForLetting, UnknownBooth
from app.booths.models import Allocation, Booth, BoothState
from app.booths.moving import move_booth, release_booth, swap_booths, transfer_booth
from app.booths.moving_errors import NotLet, NotTheirs, OnlyHeld, PlacesAreFinal, PriceChanged
from app.booths.places import booth_history, place_of
from app.db import db, retrying, transaction
from app.errors import DomainError, FieldErrors
from app.fairs.models import Exhibitor, Fair
from app.fulfilment import give_back, receive_payment
from app.live import Event
from app.mail import Mail
from app.money import Money
from app.payments.models import Invoice, Order, OrderState, Refund
from app.payments.settlement import Arrival
from tests.booths.guests_stage import ask
from tests.support.market import Market, later

pytestmark = pytest.mark.usefixtures("context")
WHY = "Cột nhà chắn lối vào"


@pytest.fixture
def context(app: Flask):  # type: ignore[no-untyped-def]
    with app.app_context():
        yield


def reserve(market: Market, *numbers: str, rival: bool = False) -> Order:
    return market.order(market.hold(*numbers, rival=rival), "transfer")


def pay(order: Order, number: str = "FT1") -> Order:
    with transaction():
        arrival = Arrival("transfer", number, Money(order.total_minor, order.currency), clock.now())
        receive_payment(SYSTEM, order.fair_id, order.id, arrival, clock.now())
    return db.session.get_one(Order, order.id, populate_existing=True)


def let(market: Market, *numbers: str, rival: bool = False) -> Order:
    order = reserve(market, *numbers, rival=rival)
    return pay(order, f"FT-{order.reference}")


def move(market: Market, number: str, to: str, rival: bool = False, **more: Any) -> bool:
    holder = (market.cast.rival if rival else market.cast.exhibitor).id
    with transaction():
        return move_booth(SYSTEM, market.fair, number, holder, to, WHY, clock.now(), **more)


def swap(market: Market, one: str = "A03", other: str = "A07") -> bool:
    with transaction():
        mine, theirs = (one, market.cast.exhibitor.id), (other, market.cast.rival.id)
        return swap_booths(SYSTEM, market.fair, mine, theirs, WHY, clock.now())


def transfer(market: Market, number: str = "A03", back: bool = False) -> bool:
    giver, heir = (market.cast.exhibitor.id, market.cast.rival.id)[:: -1 if back else 1]
    with transaction():
        return transfer_booth(SYSTEM, market.fair, number, giver, heir, WHY, clock.now())


def release(market: Market, number: str = "A03", reason: str = "no_show", why: str = WHY) -> bool:
    with transaction():
        return release_booth(SYSTEM, market.fair, number, market.cast.exhibitor.id, reason, why, clock.now())


def ended(reason: str) -> list[Allocation]:
    rows = select(Allocation).where(Allocation.end_reason == reason).order_by(Allocation.id)
    return list(db.session.scalars(rows, execution_options={"populate_existing": True}))


def letters(template: str = "booth_changed") -> list[Mail]:
    return list(db.session.scalars(select(Mail).where(Mail.template == template).order_by(Mail.id)))


def holder(market: Market, number: str) -> tuple[str, int | None]:
    booth = market.booths([number])[number]
    return booth.state, booth.exhibitor_id


def test_a_let_booth_is_moved_with_its_order_and_its_history(market: Market) -> None:
    order = let(market, "A03")
    papers = db.session.scalars(select(Invoice.content)).all()
    assert move(market, "A03", "A07")
    assert holder(market, "A03") == ("free", None)
    assert holder(market, "A07") == ("let", market.cast.exhibitor.id)
    assert market.let(order) == ["A07"]
    [before] = ended("moved")
    assert before.end_note == WHY
    [now] = db.session.scalars(select(Allocation).where(Allocation.ended_at.is_(None))).all()
    assert (now.follows_id, now.order_id, now.hold_id) == (before.id, order.id, before.hold_id)
    line = db.session.get_one(Order, order.id, populate_existing=True).lines[0]
    assert line.booth_id == market.booths(["A07"])["A07"].id
    assert line.label.startswith("Gian hàng / Booth A03"), "as its papers and a credit note say"
    assert db.session.scalars(select(Invoice.content)).all() == papers
    told = [one.payload for one in db.session.scalars(select(Event).where(Event.topic == "booths").order_by(Event.id))]
    assert told[-2:] == [{"booths": ["A03"], "state": "free"}, {"booths": ["A07"], "state": "let"}]
    deed = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "booth.moved")).one()
    assert (deed.subject_id, deed.details) == ("A03", {"to": "A07", "exhibitor": market.cast.exhibitor.id})
    [letter] = letters()
    assert (letter.recipient, letter.locale) == ("ema@example.org", "vi")
    assert (letter.context["booth"], letter.context["to"], letter.context["why"]) == ("A03", "A07", WHY)


def test_a_reserved_booth_is_moved_and_paid_late_as_what_it_is_now(market: Market) -> None:
    """The price agreed stays; papers name the new booth, though its list price is another."""
    order = reserve(market, "A03")
    assert move(market, "A03", "A01")
    assert holder(market, "A01")[0] == "reserved"
    later(days=5)  # it ran out, and nobody took it meanwhile
    order = pay(order)
    assert (order.state, market.let(order)) == (OrderState.PAID, ["A01"])
    content = db.session.scalars(select(Invoice.content).where(Invoice.kind == "invoice")).one()
    assert content["lines"][0]["label"].startswith("Gian hàng / Booth A01")
    assert content["net_minor"] == 14_400_000


def test_two_booths_of_one_order_keep_a_line_each_whatever_is_released_and_moved(market: Market) -> None:
    order = let(market, "A03", "A05")
    release(market, "A03")
    move(market, "A05", "A03")
    lines = db.session.get_one(Order, order.id, populate_existing=True).lines
    booths = market.booths(["A03", "A05"])
    assert {line.label[18:21]: line.booth_id for line in lines} == {"A03": booths["A05"].id, "A05": booths["A03"].id}
    assert market.let(order) == ["A03"]


def test_a_move_sent_twice_is_one(market: Market) -> None:
    let(market, "A03")
    assert move(market, "A03", "A07")
    assert not move(market, "A03", "A07")
    assert len(ended("moved")) == len(letters()) == 1


@pytest.mark.parametrize(("to", "refusal"), [("A05", BoothNotAvailable), ("A20", NotForLetting), ("Z9", UnknownBooth)])
def test_what_cannot_be_had_is_moved_to_by_nobody(market: Market, to: str, refusal: type[DomainError]) -> None:
    let(market, "A03")
    market.hold("A05", rival=True)
    with transaction():
        db.session.execute(update(Booth).where(Booth.number == "A20").values(state=BoothState.NOT_LET))
    with pytest.raises(refusal):
        move(market, "A03", to)
    assert holder(market, "A03")[0] == "let"
    assert not ended("moved") and not letters()


def test_a_booth_whose_hold_ran_out_is_free_to_move_to(market: Market) -> None:
    let(market, "A03")
    market.hold("A05", rival=True)
    later(minutes=21)
    assert move(market, "A03", "A05")
    assert [one.exhibitor_id for one in ended("expired")] == [market.cast.rival.id]


def test_a_move_asks_again_when_the_price_is_another_than_was_read(market: Market) -> None:
    let(market, "A03")
    with pytest.raises(PriceChanged) as refusal:
        move(market, "A03", "A01", seen_minor=14_400_000)
    assert refusal.value.params["price"] == Money(15_840_000, "VND")
    assert holder(market, "A01") == ("free", None)
    assert move(market, "A03", "A01", seen_minor=15_840_000)


def test_who_only_holds_is_left_to_choose_and_nobody_else_is_moved(market: Market) -> None:
    market.hold("A03")
    for deed in (lambda: move(market, "A03", "A07"), lambda: transfer(market), lambda: release(market)):
        with pytest.raises(OnlyHeld):
            deed()
    with pytest.raises(NotTheirs):
        move(market, "A09", "A07")
    with pytest.raises(NotTheirs):
        move(market, "A03", "A07", rival=True)
    order = reserve(market, "A11")
    later(days=5)
    with pytest.raises(NotTheirs):
        move(market, "A11", "A07")
    assert order.state == OrderState.AWAITING, "the sweep has not come by: the booth is free all the same"


def test_a_reason_is_needed_and_a_final_report_stays(market: Market) -> None:
    let(market, "A03")
    for why, said in (("  ", "why"), ("x" * 301, "why")):
        with pytest.raises(FieldErrors) as refusal:
            release(market, why=why)
        assert list(refusal.value.fields) == [said]
    with pytest.raises(FieldErrors) as refusal:
        release(market, reason="because", why="")
    assert set(refusal.value.fields) == {"reason", "why"}
    with transaction():
        db.session.execute(update(Fair).values(frozen_at=clock.now()))
    for deed in (lambda: move(market, "A03", "A07"), lambda: transfer(market), lambda: release(market)):
        with pytest.raises(PlacesAreFinal):
            deed()


def test_two_exhibitors_change_places_each_with_its_order(market: Market) -> None:
    mine, theirs = let(market, "A03"), reserve(market, "A07", rival=True)
    assert swap(market)
    assert holder(market, "A03") == ("reserved", market.cast.rival.id)
    assert holder(market, "A07") == ("let", market.cast.exhibitor.id)
    assert market.let(mine) == ["A07"]
    assert market.let(pay(theirs, "FT9")) == ["A03"]
    assert sorted(letter.recipient for letter in letters()) == ["ema@example.org", "rita@example.org"]
    assert [one.end_note for one in ended("swapped")] == [WHY, WHY]
    news = db.session.scalars(select(Event.payload).where(Event.topic == "booths").order_by(Event.id)).all()
    assert any(one.get("plan") for one in news), "open plans read the names again"


def test_a_swap_sent_twice_is_one_and_back_is_another(market: Market) -> None:
    let(market, "A03"), let(market, "A07", rival=True)
    assert swap(market)
    assert not swap(market)
    assert len(ended("swapped")) == 2
    assert swap(market, "A07", "A03")
    assert holder(market, "A03") == ("let", market.cast.exhibitor.id)
    with pytest.raises(NotTheirs):
        swap(market, "A05", "A07")


def test_own_booths_are_not_swapped(market: Market) -> None:
    let(market, "A03", "A05")
    ema = market.cast.exhibitor.id
    with pytest.raises(FieldErrors), transaction():
        swap_booths(SYSTEM, market.fair, ("A03", ema), ("A05", ema), WHY, clock.now())


def test_a_transferred_booth_is_the_other_companys_and_the_money_stays(market: Market) -> None:
    order = let(market, "A03")
    assert transfer(market)
    assert holder(market, "A03") == ("let", market.cast.rival.id)
    assert not transfer(market)
    assert [one.context["deed"] for one in letters()] == ["given", "received"]
    with transaction():
        give_back(SYSTEM, db.session.get_one(Order, order.id), clock.now())
    assert holder(market, "A03") == ("let", market.cast.rival.id), "who has it now keeps it"
    assert db.session.scalars(select(Refund.amount_minor)).all() == [order.total_minor]


def test_a_booth_is_transferred_back_and_then_goes_with_its_order(market: Market) -> None:
    order = let(market, "A03")
    transfer(market)
    assert transfer(market, back=True)
    with transaction():
        give_back(SYSTEM, db.session.get_one(Order, order.id), clock.now())
    assert holder(market, "A03") == ("free", None)


def test_only_an_exhibitor_of_its_own_takes_a_paid_booth_over(market: Market) -> None:
    reserve(market, "A05")
    with pytest.raises(NotLet):
        transfer(market, "A05")
    let(market, "A03")
    guest = ask(market.cast)
    with transaction():
        db.session.execute(
            update(Exhibitor).where(Exhibitor.id == market.cast.rival.id).values(withdrawn_at=clock.now())
        )
    for heir_id in (guest.id, market.cast.rival.id, 2**31 - 1, market.cast.exhibitor.id):
        with pytest.raises(FieldErrors), transaction():
            transfer_booth(SYSTEM, market.fair, "A03", market.cast.exhibitor.id, heir_id, WHY, clock.now())


def test_a_no_show_is_released_after_the_fair_began_and_keeps_its_order(market: Market) -> None:
    order = let(market, "A03")
    later(days=67)
    assert release(market)
    assert not release(market), "sent twice"
    assert holder(market, "A03") == ("free", None)
    assert db.session.get_one(Order, order.id, populate_existing=True).state == OrderState.PAID
    [row] = ended("no_show")
    assert row.end_note == WHY
    [past] = booth_history(market.fair, place_of(market.fair, "A03").booth)
    assert (past.exhibitor.name, past.order.id, past.number_after) == ("Gốm Chi", order.id, "")
    assert letters()[0].context["reason"] == "no_show"


def test_a_released_booth_is_somebody_elses_whatever_is_given_back(market: Market) -> None:
    order = let(market, "A03")
    release(market)
    other = let(market, "A03", rival=True)
    assert not release(market), "sent again, it touches nobody"
    with transaction():
        give_back(SYSTEM, db.session.get_one(Order, order.id), clock.now())
    assert market.let(other) == ["A03"]


def test_history_says_where_a_company_came_from_and_went(market: Market) -> None:
    let(market, "A03")
    move(market, "A03", "A07")
    transfer(market, "A07")
    [gone] = booth_history(market.fair, place_of(market.fair, "A03").booth)
    assert (gone.number_after, gone.allocation.end_reason) == ("A07", "moved")
    now, before = booth_history(market.fair, place_of(market.fair, "A07").booth)
    assert (before.number_before, before.exhibitor_after.name) == ("A03", "Mây tre Phú Vinh")
    assert (now.came_from_elsewhere, before.came_from_elsewhere) == (False, True)


def race(app: Flask, *deeds: Callable[[], Any]) -> list[Any]:
    """Each deed in a thread of its own, at once; what each answered or was refused with."""
    ready, answers = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(n: int, deed: Callable[[], Any]) -> None:
        with app.app_context():
            ready.wait()
            try:
                answers[n] = retrying(deed)
            except DomainError as error:
                answers[n] = error
            db.session.remove()

    threads = [threading.Thread(target=run, args=(n, deed)) for n, deed in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()  # what it reads next is what they wrote
    return answers


def one_live_row_a_booth() -> bool:
    live = select(Allocation.booth_id).where(Allocation.ended_at.is_(None))
    taken = select(Booth.id).where(Booth.state.in_(("held", "reserved", "let")))
    return sorted(db.session.scalars(live)) == sorted(db.session.scalars(taken))


@pytest.mark.parametrize("_round", range(4))
def test_two_organisers_and_an_exhibitor_want_one_booth(app: Flask, market: Market, _round: int) -> None:
    let(market, "A03"), let(market, "A05", rival=True)
    fair, now = market.fair, clock.now()
    seen = claims.look_at(fair, ["A07"], now)
    ema, rita = market.cast.exhibitor.id, market.cast.rival.id
    answers = race(
        app,
        lambda: move_booth(SYSTEM, fair, "A03", ema, "A07", WHY, now),
        lambda: move_booth(SYSTEM, fair, "A05", rita, "A07", WHY, now),
        lambda: holds.hold_booths(SYSTEM, fair, rita, seen, now),
    )
    assert sum(isinstance(answer, BoothNotAvailable) for answer in answers) == 2, answers
    assert one_live_row_a_booth()


@pytest.mark.parametrize("_round", range(4))
def test_one_move_sent_by_two_at_once_is_one(app: Flask, market: Market, _round: int) -> None:
    let(market, "A03")
    fair, now, ema = market.fair, clock.now(), market.cast.exhibitor.id
    answers = race(app, *[lambda: move_booth(SYSTEM, fair, "A03", ema, "A07", WHY, now)] * 3)
    assert sorted(answers) == [False, False, True]
    assert len(letters()) == 1 and one_live_row_a_booth()


@pytest.mark.parametrize("_round", range(4))
def test_money_that_comes_while_the_booth_is_moved_finds_it(app: Flask, market: Market, _round: int) -> None:
    order = reserve(market, "A03")
    fair, now, ema = market.fair, clock.now(), market.cast.exhibitor.id
    arrival = Arrival("transfer", "FT1", Money(order.total_minor, order.currency), now)
    answers = race(
        app,
        lambda: move_booth(SYSTEM, fair, "A03", ema, "A07", WHY, now),
        lambda: receive_payment(SYSTEM, fair.id, order.id, arrival, now),
    )
    assert answers[0] is True
    assert db.session.get_one(Order, order.id, populate_existing=True).state == OrderState.PAID
    assert market.let(order) == ["A07"] and one_live_row_a_booth()


@pytest.mark.parametrize("_round", range(4))
def test_a_swap_and_a_move_of_the_same_booths_leave_one_owner_each(app: Flask, market: Market, _round: int) -> None:
    let(market, "A03"), let(market, "A07", rival=True)
    fair, now = market.fair, clock.now()
    ema, rita = market.cast.exhibitor.id, market.cast.rival.id
    answers = race(
        app,
        lambda: swap_booths(SYSTEM, fair, ("A03", ema), ("A07", rita), WHY, now),
        lambda: swap_booths(SYSTEM, fair, ("A07", rita), ("A03", ema), WHY, now),
        lambda: move_booth(SYSTEM, fair, "A07", rita, "A09", WHY, now),
        lambda: release_booth(SYSTEM, fair, "A03", ema, "withdrawn", WHY, now),
    )
    assert all(answer in (True, False) or isinstance(answer, NotTheirs) for answer in answers), answers
    assert one_live_row_a_booth()
    owners = db.session.execute(select(Booth.exhibitor_id, func.count()).group_by(Booth.exhibitor_id)).all()
    assert all(number == 1 for owner, number in owners if owner is not None)
