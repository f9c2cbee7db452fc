"""Holding booths: works, refused, repeated, raced."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.audit import SYSTEM, AuditEntry
from app.booths import booking, claims, holds, one_hold
from app.booths.errors import (
    BookingClosed,
    BoothNotAvailable,
    HeldTooRecently,
    NotForLetting,
    TooManyHeld,
    UnknownBooth,
)
from app.booths.models import Allocation, Booth, BoothState, Hold, HoldState
from app.booths.one_hold import hold_at_once
from app.db import db, retrying, transaction
from app.fairs.models import Fair
from app.live import Event
from tests.support.desk import Desk
from tests.support.market import Market, later

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def context(app: Flask):  # type: ignore[no-untyped-def]
    with app.app_context():
        yield


def test_hold_keeps_all_booths_for_the_fairs_time(market: Market) -> None:
    hold = market.hold("A03", "A05")
    booths = market.booths(["A03", "A05"])
    assert {booth.state for booth in booths.values()} == {BoothState.HELD}
    assert {booth.held_until for booth in booths.values()} == {hold.held_until}
    assert hold.held_until - hold.created_at == timedelta(minutes=20)
    assert db.session.scalar(select(Event.payload).where(Event.topic == "booths")) == {
        "booths": ["A03", "A05"],
        "state": "held",
    }


def test_one_booth_gone_means_none_is_held(market: Market) -> None:
    market.hold("A05", rival=True)
    with pytest.raises(BoothNotAvailable) as refusal:
        market.hold("A03", "A05")
    assert refusal.value.params["booths"] == ["A05"]
    assert refusal.value.params["free_nearby"] == ["A06", "A07", "A08"] or len(refusal.value.params["free_nearby"]) == 3
    assert market.booths(["A03"])["A03"].state == BoothState.FREE
    assert db.session.scalar(select(func.count()).select_from(Hold)) == 1


def test_the_guard_itself_refuses_what_the_first_look_let_through(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    market.hold("A05", rival=True)
    monkeypatch.setattr(claims, "_refuse_at_a_glance", lambda *_: None)
    with pytest.raises(BoothNotAvailable):
        market.hold("A03", "A05")
    assert market.booths(["A03"])["A03"].state == BoothState.FREE
    assert db.session.scalar(select(func.count()).select_from(Allocation)) == 1


def test_a_booth_taken_since_it_was_seen_free_leaves_nothing_behind(market: Market) -> None:
    """Where all were free at the look, the whole hold is one statement on PostgreSQL."""
    fair, now = market.fair, clock.now()
    seen = claims.look_at(fair, ["A03", "A05"], now)
    taken = market.hold("A05", rival=True)
    with pytest.raises(BoothNotAvailable) as refusal, transaction():
        holds.hold_booths(SYSTEM, fair, market.cast.exhibitor.id, seen, now)
    assert refusal.value.params["booths"] == ["A05"]
    assert len(refusal.value.params["free_nearby"]) == 3
    assert market.booths(["A03"])["A03"].state == BoothState.FREE
    assert market.booths(["A05"])["A05"].hold_id == taken.id
    assert db.session.scalars(select(Allocation.hold_id)).all() == [taken.id]
    assert db.session.scalars(select(Hold.id)).all() == [taken.id]
    deeds = select(AuditEntry.subject_id).where(AuditEntry.action == "hold.made")
    assert db.session.scalars(deeds).all() == [taken.id]
    assert db.session.scalar(select(func.count()).select_from(Event).where(Event.topic == "booths")) == 1


def test_expired_hold_can_be_taken_before_any_sweep(market: Market) -> None:
    market.hold("A05", rival=True)
    later(minutes=20.1)
    hold = market.hold("A05")
    booth = market.booths(["A05"])["A05"]
    assert booth.hold_id == hold.id
    live = db.session.scalars(select(Allocation.exhibitor_id).where(Allocation.ended_at.is_(None))).all()
    assert live == [market.cast.exhibitor.id]
    booking.end_unpaid()
    assert market.booths(["A05"])["A05"].hold_id == hold.id, "the sweep frees only what still belongs to the old hold"


def test_sweep_frees_what_ran_out(market: Market) -> None:
    hold = market.hold("A05")
    later(minutes=21)
    booking.end_unpaid()
    assert market.booths(["A05"])["A05"].state == BoothState.FREE
    assert db.session.get_one(Hold, hold.id, populate_existing=True).state == HoldState.EXPIRED
    assert db.session.scalars(select(Allocation.end_reason)).all() == ["expired"]


def test_who_let_a_hold_run_out_waits_before_holding_again(market: Market) -> None:
    market.hold("A05")
    later(minutes=21)
    with pytest.raises(HeldTooRecently):
        market.hold("A05")
    booking.end_unpaid()
    with pytest.raises(HeldTooRecently) as refusal:
        market.hold("A05")
    assert refusal.value.params["at"] == "09:30"
    market.hold("A05", rival=True)
    later(minutes=31)
    assert market.hold("A05").state == HoldState.LIVE


def test_who_lets_a_hold_go_before_its_end_again_and_again_waits_too(market: Market) -> None:
    for _time in range(2):
        hold = market.hold("A05")
        later(minutes=11)
        with transaction():
            holds.release_hold(SYSTEM, market.fair, hold, clock.now())
    with pytest.raises(HeldTooRecently) as refusal:
        market.hold("A05")
    assert refusal.value.params["at"] == "09:32"
    market.hold("A06")
    market.hold("A05", rival=True)
    later(minutes=21)
    assert market.hold("A05").state == HoldState.LIVE


def test_cancelled_card_order_is_no_way_to_keep_a_booth_for_ever(market: Market, desk: Desk) -> None:
    order = market.order(market.hold("A05"), "card")
    later(minutes=25)
    booking.cancel(SYSTEM, order, clock.now())
    with pytest.raises(HeldTooRecently):
        market.hold("A05")


def test_released_hold_can_be_held_again_at_once(market: Market) -> None:
    hold = market.hold("A05", "A07")
    for _twice in range(2):
        with transaction():
            holds.release_hold(SYSTEM, market.fair, hold, clock.now())
    assert {booth.state for booth in market.booths(["A05", "A07"]).values()} == {BoothState.FREE}
    assert market.hold("A05").state == HoldState.LIVE


def test_at_most_ten_unpaid_booths_for_an_exhibitor(market: Market) -> None:
    first = market.hold("A01", "A02", "A03", "A04", "A05", "A06")
    market.order(first, "transfer")
    market.hold("A07", "A08", "A09", "A10")
    with pytest.raises(TooManyHeld):
        market.hold("A11")
    assert market.hold("A11", rival=True)


def test_unknown_booth_and_one_not_let_are_refused(market: Market) -> None:
    with pytest.raises(UnknownBooth):
        market.hold("A03", "Z99")
    with transaction():
        market.booths(["A04"])["A04"].state = BoothState.NOT_LET
    with pytest.raises(NotForLetting):
        market.hold("A04")


def test_nothing_is_held_once_booking_is_closed_or_the_fair_is_over(market: Market) -> None:
    with transaction():
        db.session.get_one(Fair, market.cast.fair.id).booking_closed_at = clock.now()
    with pytest.raises(BookingClosed):
        market.hold("A03")
    with transaction():
        db.session.get_one(Fair, market.cast.fair.id).booking_closed_at = None
    later(days=90)
    with pytest.raises(BookingClosed):
        market.hold("A03")


def race(app: Flask, threads: int, work) -> list[str]:  # type: ignore[no-untyped-def]
    """Run `work(n)` in threads that start together; the name of what each got or raised."""
    gate, results = threading.Barrier(threads), [""] * threads
    db.session.commit()  # what this thread read before must not hide what the others write

    def run(n: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                results[n] = type(work(n)).__name__
            except Exception as error:
                results[n] = type(error).__name__
            finally:
                db.session.remove()

    workers = [threading.Thread(target=run, args=(n,)) for n in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return results


def claim(way: str, fair: Fair, exhibitor_id: int, wanted: list[str], now: datetime) -> Hold:
    """As buyers do: `one` statement, step by step in a `transaction`."""
    if way == "one":
        return hold_at_once(SYSTEM, fair, exhibitor_id, wanted, now)
    seen = claims.look_at(fair, wanted, now)
    return retrying(lambda: holds.hold_booths(SYSTEM, fair, exhibitor_id, seen, now))


MIXED = ("one", "transaction")
WAYS = [MIXED, ("one", "one"), ("transaction", "transaction")]


@pytest.mark.parametrize("ways", WAYS)
def test_of_24_at_once_exactly_one_gets_the_booths(
    app: Flask, market: Market, ways: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """40 rounds; all have seen the booths free, and a third of them want them in the other order."""
    fair, cast, now = market.fair, market.cast, clock.now()
    db.session.commit()
    for round_number in range(40 if ways == MIXED else 10):
        wanted = ["A03", "A05"] if round_number % 2 else ["A05", "A03", "A07"]

        seen = claims.look_at(fair, wanted, now)
        db.session.commit()
        monkeypatch.setattr(one_hold, "look_at", lambda _fair, wanted, _now, seen=seen: wanted and seen)

        def work(n: int, seen: Any = seen, wanted: list[str] = wanted) -> Hold:
            exhibitor = cast.exhibitor if n % 2 else cast.rival
            if ways[n % 4 // 2] == "one":
                return hold_at_once(SYSTEM, fair, exhibitor.id, wanted, now)
            in_order = seen if n % 3 else seen[::-1]
            return retrying(lambda: holds.hold_booths(SYSTEM, fair, exhibitor.id, in_order, now))

        results = race(app, 24, work)
        assert sorted(results) == ["BoothNotAvailable"] * 23 + ["Hold"], (round_number, results)
        held = list(market.booths(wanted).values())
        assert len({booth.hold_id for booth in held}) == 1
        live = db.session.scalars(select(Allocation.booth_id).where(Allocation.ended_at.is_(None))).all()
        assert sorted(live) == sorted(booth.id for booth in held)
        hold = db.session.get_one(Hold, held[0].hold_id)
        with transaction():
            holds.release_hold(SYSTEM, fair, hold, now)


@pytest.mark.parametrize("ways", WAYS)
def test_sets_that_overlap_never_lock_each_other_out(app: Flask, market: Market, ways: tuple[str, str]) -> None:
    fair, cast, now = market.fair, market.cast, clock.now()
    db.session.commit()
    ring = ["A03", "A05", "A07", "A09", "A11", "A13"]

    def work(n: int) -> Hold:
        wanted = [ring[n % 6], ring[(n + 1) % 6]]
        exhibitor = cast.exhibitor if n % 2 else cast.rival
        return claim(ways[n % 4 // 2], fair, exhibitor.id, wanted, now)

    for _round in range(5):
        results = race(app, 24, work)
        assert set(results) == {"Hold", "BoothNotAvailable"}, results
        held = db.session.execute(
            select(Booth.hold_id, func.count()).where(Booth.hold_id.is_not(None)).group_by(Booth.hold_id)
        ).all()
        assert all(count == 2 for _hold, count in held)
        assert len(held) == results.count("Hold")
        for hold_id, _count in held:
            with transaction():
                holds.release_hold(SYSTEM, fair, db.session.get_one(Hold, hold_id), now)


@pytest.mark.parametrize("ways", WAYS)
def test_ten_holds_at_once_by_one_exhibitor_stay_within_the_limit(
    app: Flask, market: Market, ways: tuple[str, str]
) -> None:
    fair, cast, now = market.fair, market.cast, clock.now()
    db.session.commit()

    def work(n: int) -> Hold:
        wanted = [f"A{2 * n + 1:02}", f"A{2 * n + 2:02}"]
        return claim(ways[n % 2], fair, cast.exhibitor.id, wanted, now)

    results = race(app, 10, work)
    assert sorted(results) == ["Hold"] * 5 + ["TooManyHeld"] * 5, results


def test_one_statement_keeps_what_a_transaction_keeps(app: Flask, market: Market) -> None:
    """Hold, allocations, event and audit entry, column by column; and nothing of them where one booth is gone."""
    fair, cast, now = market.fair, market.cast, clock.now()
    tables = (Hold, Allocation, Event, AuditEntry)
    own = {"id", "booth_id", "hold_id", "subject_id", "at", "created_at", "held_until", "payload", "details"}

    def rows() -> list[list[dict[str, Any]]]:
        db.session.rollback()
        found = [db.session.execute(select(table.__table__).order_by(table.id)).mappings().all() for table in tables]
        return [[dict(row) for row in table] for table in found]

    before = [len(table) for table in rows()]
    claim("one", fair, cast.exhibitor.id, ["A03", "A05"], now)
    claim("transaction", fair, cast.exhibitor.id, ["A07", "A09"], now)
    news = [table[n:] for table, n in zip(rows(), before, strict=True)]
    assert [len(table) for table in news] == [2, 4, 2, 2]
    for table in news:
        first, last = ({k: v for k, v in table[n].items() if k not in own} for n in (0, -1))
        assert first == last
    assert [entry["details"]["booths"] for entry in news[3]] == [["A03", "A05"], ["A07", "A09"]]
    assert [event["payload"]["booths"] for event in news[2]] == [["A03", "A05"], ["A07", "A09"]]
    assert {booth.state for booth in market.booths(["A03", "A05"]).values()} == {"held"}
    kept = [len(table) for table in rows()]
    seen = claims.look_at(fair, ["A11", "A13"], now)
    with transaction():
        market.booths(["A13"])["A13"].state = BoothState.NOT_LET
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(one_hold, "look_at", lambda *_asked: seen)
        with pytest.raises(BoothNotAvailable):
            hold_at_once(SYSTEM, fair, cast.rival.id, ["A11", "A13"], now)
    assert [len(table) for table in rows()] == kept
    assert market.booths(["A11"])["A11"].state == BoothState.FREE


def test_more_look_at_once_than_there_are_connections(app: Flask, market: Market) -> None:
    """Each has read something already, as every request has: nobody waits for a second connection with one in hand."""
    fair, now = market.fair, clock.now()
    db.session.commit()
    pool: Any = db.engine.pool
    at_once = pool.size() + pool._max_overflow + 10
    together, seen = threading.Barrier(at_once), []

    def look() -> None:
        with app.app_context():
            together.wait(20)
            db.session.scalar(select(func.count()).select_from(Booth))
            seen.extend(booth.number for booth in claims.look_at(fair, ["A03"], now))

    threads = [threading.Thread(target=look) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(25)
    assert seen == ["A03"] * at_once
