"""Booths held back for a group: nobody else has them until its last day is over, by whatever way; no sweep ends it."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.allocation.wanted import floor_of
from app.audit import SYSTEM, AuditEntry
from app.booths import claims, holds, moving
from app.booths.errors import HeldBack, UnknownBooth
from app.booths.fair_state import Wanted, booth_rows, booths_wanted, fair_state
from app.booths.floorplan import free_nearby, hall_counts, plan_version
from app.booths.group_members import remove_member
from app.booths.groups import keep_group, withdraw_group
from app.booths.held_back import held_back_for, hold_back, let_go
from app.booths.letting import equal_offers
from app.booths.models import Booth, Hold
from app.booths.moving_choices import free_choices
from app.db import db, retrying, transaction
from app.errors import DomainError, FieldErrors
from app.fairs.models import Zone
from app.front.miniature import miniature
from app.payments.models import OrderState
from tests.support.groups import TERMS, UNTIL, back, group, order
from tests.support.market import Market, later
from tests.support.terms import arrive, fresh

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def context(app: Flask):  # type: ignore[no-untyped-def]
    with app.app_context():
        yield


def test_what_is_held_back_is_not_counted_as_free(market: Market) -> None:
    back(market, group(market), "A03", "A05", "A07")
    market.hold("A09", rival=True)
    fair, now = market.fair, clock.now()
    whole = fair_state(fair, now)[1]
    [hall] = hall_counts(fair.id, now)
    picture = miniature(fair.id, now)
    assert whole.states["free"].booths == hall.free == picture.counts["free"] == 16
    assert (whole.states["held_back"].booths, whole.whole.booths, picture.booths) == (3, 20, 20)
    kept = booth_rows(booths_wanted(fair, Wanted(state="held_back"), now))
    assert [row.booth.number for row in kept] == ["A03", "A05", "A07"]


def test_members_book_it_and_nobody_else_by_any_way(market: Market) -> None:
    one = group(market)
    assert back(market, one, "a03", "A05", "A07") == ["A03", "A05", "A07"]
    for numbers in (("A03",), ("A09", "A05")):
        with pytest.raises(HeldBack) as refused:
            market.hold(*numbers, rival=True)
        assert refused.value.params["booths"] == [numbers[-1]]
        assert refused.value.params["until_on"] == "2019-10-31"
    fair, now = market.fair, clock.now()
    seen = claims.look_at(fair, ["A05"], now)
    with pytest.raises(HeldBack), transaction():
        holds.hold_for_offer(SYSTEM, fair, market.cast.rival.id, seen, now + timedelta(days=1), now)
    theirs = order(market, "A11", rival=True)
    with pytest.raises(HeldBack), transaction():
        moving.move_booth(SYSTEM, fair, "A11", market.cast.rival.id, "A05", "Đổi chỗ", clock.now())
    booths = market.booths(["A03", "A05", "A11"])
    offered = {choice.to for choice in free_choices(fair, booths["A11"], "", "", clock.now())}
    assert "A09" in offered and not {"A03", "A05", "A07"} & offered
    nearby = free_nearby(db.session.connection(), fair.id, booths["A03"], clock.now(), {"A03"}, 20)
    assert nearby and not {"A05", "A07"} & set(nearby)
    assert not {booths["A03"].id, booths["A05"].id} & set(floor_of(fair, clock.now(), also=[booths["A03"].id]).free)
    assert order(market, "A03").booth_labels[0].startswith("Gian hàng / Booth A03")
    assert theirs.state == OrderState.AWAITING


def test_after_its_last_day_it_is_everybodys_with_no_sweep(market: Market) -> None:
    one = group(market)
    back(market, one, "A03", until=date(2019, 10, 7))
    versions = {plan_version(market.fair.id, clock.now())}
    free = hall_counts(market.fair.id, clock.now())[0].free
    assert hall_counts(market.fair.id, clock.now(), {one.id})[0].free == free + 1
    later(minutes=14 * 60 + 59)  # 23:59 at the fair
    with pytest.raises(HeldBack):
        market.hold("A03", rival=True)
    later(minutes=2)
    versions.add(plan_version(market.fair.id, clock.now()))
    assert len(versions) == 2
    assert hall_counts(market.fair.id, clock.now())[0].free == free + 1
    assert market.hold("A03", rival=True).exhibitor_id == market.cast.rival.id


def test_who_has_it_keeps_it_and_free_again_it_is_the_groups(market: Market) -> None:
    one = group(market)
    theirs, awaited = market.hold("A03", rival=True), order(market, "A05", rival=True)
    assert back(market, one, "A03", "A05") == ["A03", "A05"]
    assert market.order(theirs, "transfer").state == OrderState.AWAITING
    later(days=4)  # both ran out, unswept
    with pytest.raises(HeldBack):
        market.hold("A03", rival=True)
    arrive(awaited, awaited.total_minor)
    assert (fresh(awaited).state, market.let(awaited)) == (OrderState.UNDELIVERABLE, [])
    assert "A03" not in {booth.number for offer in equal_offers(awaited, clock.now()) for booth in offer}
    assert market.hold("A03", "A05").exhibitor_id == market.cast.exhibitor.id


def test_a_zone_is_held_back_whole_let_go_and_gone_with_its_group(market: Market) -> None:
    one = group(market)
    zone = db.session.scalars(select(Zone.id)).one()
    assert len(back(market, one, zone=zone)) == 20
    for _twice in range(2):
        with transaction():
            freed = let_go(SYSTEM, market.fair, one.id, ["A03"], clock.now())
    assert freed == [] and len(held_back_for(one, clock.now())) == 19
    assert market.hold("A03", rival=True)
    with transaction():
        withdraw_group(SYSTEM, market.fair, one.id, clock.now())
    assert db.session.scalars(select(Booth.id).where(Booth.held_back_group_id.is_not(None))).all() == []
    assert market.hold("A05", rival=True)
    told = select(AuditEntry.action).where(AuditEntry.subject_kind == "group").order_by(AuditEntry.id)
    assert db.session.scalars(told).all() == ["group.added", "group.held_back", "group.let_go", "group.withdrawn"]


def test_who_left_the_group_is_a_stranger_and_keeps_what_it_holds(market: Market) -> None:
    one = group(market)
    back(market, one, "A03", "A05")
    held = market.hold("A03")
    with transaction():
        remove_member(SYSTEM, market.fair, one.id, market.cast.exhibitor.id, clock.now())
    with pytest.raises(HeldBack):
        market.hold("A05")
    assert market.order(held, "transfer").state == OrderState.AWAITING


@pytest.mark.parametrize(
    ("numbers", "more", "field"),
    [((), {}, "booths"), (("A03",), {"zone": 1}, "booths"), (("A03",), {"until": date(2019, 10, 6)}, "until_on"),
     (("A03",), {"until": date(2019, 12, 16)}, "until_on"), (("A05",), {}, "booths"), (("A09",), {}, "booths")],
)  # fmt: skip
def test_what_cannot_be_held_back_is_refused_beside_its_field(
    market: Market, numbers: Any, more: Any, field: str
) -> None:
    other = group(market, members=False, name="Khác")
    back(market, other, "A05")
    with transaction():
        market.booths(["A09"])["A09"].state = "show"
    one = group(market)
    with pytest.raises(FieldErrors) as refused:
        back(market, one, *numbers, **more)
    assert set(refused.value.fields) == {field}
    with pytest.raises(UnknownBooth):
        back(market, one, "A03", "Z99")
    assert held_back_for(one, clock.now()) == []


def test_of_two_groups_and_a_stranger_at_once_one_has_each_booth(app: Flask, market: Market) -> None:
    first = group(market, name="Một")
    with transaction():
        second = keep_group(SYSTEM, market.fair, TERMS | {"name": "Hai"}, clock.now())
    ids, gate, done = (first.id, second.id), threading.Barrier(6), []

    def work(n: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                if n < 4:
                    fair, now = market.fair, clock.now()
                    retrying(lambda: hold_back(SYSTEM, fair, ids[n % 2], ["A03", "A05"], None, UNTIL, now))
                    done.append(ids[n % 2])
                else:
                    market.hold("A03", rival=True)
                    done.append("held")
            except DomainError as error:
                done.append(error.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    booths = market.booths(["A03", "A05"])
    assert booths["A03"].held_back_group_id == booths["A05"].held_back_group_id in ids
    assert done.count(booths["A03"].held_back_group_id) == 2
    held = db.session.scalars(select(Hold)).all()
    assert len(held) == done.count("held") <= 1
