"""Windows and draws: published, drawn, kept by every hold; refused, repeated, raced, by the server's clock."""

import hashlib
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from app import clock
from app.allocation.selection_errors import (
    NothingToDraw,
    SeedDiffers,
    SeedTooEarly,
    SeedTooLate,
    SelectionChanged,
    SelectionFixed,
    SelectionOver,
    SelectionStands,
)
from app.allocation.selection_letters import remind_of_windows
from app.allocation.selection_models import Basis, Selection, SelectionState
from app.audit import SYSTEM, AuditEntry
from app.booths import claims, holds
from app.booths.errors import NotInTurn, NotYourTurn, TurnsNotDrawn
from app.booths.models import Hold
from app.db import db
from app.errors import FieldErrors, NotFound
from app.fairs.models import Fair
from tests.allocation.selection_stage import DRAW_AT, FIRST, GENERAL_AT, LIST_AT, SEED, Chooser, at
from tests.conftest import Client
from tests.support.market import later

SECOND = timedelta(seconds=1)


def companies_of(chooser: Chooser) -> list[int]:
    """The company whose turn is first, then the other."""
    return [one.exhibitor_id for one in chooser.entries()]


def test_list_then_seed_then_order(chooser: Chooser) -> None:
    chooser.past("Gốm Chi", "0101111111", booths=2)
    third, last = chooser.company("Lụa Vạn Phúc"), chooser.company("Nón Chuông")
    chooser.add()
    fixed = chooser.fix()
    assert fixed.state == SelectionState.FIXED
    assert hashlib.sha256(fixed.list_text.encode()).hexdigest() == fixed.digest
    assert fixed.list_text.splitlines()[:2] == ["number,points", f"{chooser.cast.exhibitor.id},10"]
    assert [one.place for one in chooser.entries()] == [None] * 4
    at(DRAW_AT)
    chooser.draw()
    ordered = chooser.entries()
    equals = [chooser.cast.rival.id, third, last]
    by_key = sorted(equals, key=lambda number: hashlib.sha256(f"{SEED}{number}".encode()).hexdigest())
    assert [one.exhibitor_id for one in ordered] == [chooser.cast.exhibitor.id, *by_key]
    assert [one.starts_at for one in ordered] == [FIRST + timedelta(minutes=30 * n) for n in range(4)]
    assert ordered[0].explained[0]["edition"]["year"] == 2018
    letters = chooser.mails("selection_window")
    assert len(letters) == 4
    assert [
        (m.context["place"], m.context["of"], m.context["starts"]) for m in letters if m.recipient == "ema@example.org"
    ] == [(1, 4, "09:00, 21.10.2019")]
    actions = chooser(lambda fair: list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))))
    assert [one for one in actions if one.startswith("selection")] == [
        "selection.added", "selection.fixed", "selection.drawn",
    ]  # fmt: skip


def test_without_a_tie_no_seed_is_needed(chooser: Chooser) -> None:
    chooser.past("Gốm Chi", "0101111111")
    chooser.add()
    fixed = chooser.fix()
    assert (fixed.state, fixed.seed) == (SelectionState.DRAWN, "")
    assert len(chooser.mails("selection_window")) == 2
    with pytest.raises(SeedDiffers):
        at(DRAW_AT)
        chooser.draw()


def test_the_whole_order_is_drawn(chooser: Chooser) -> None:
    chooser.past("Gốm Chi", "0101111111", booths=9)
    entries = chooser.drawn(basis=Basis.DRAW)
    assert [(one.points, one.explained) for one in entries] == [(0, [])] * 2
    assert [one.draw_key for one in entries] == sorted(one.draw_key for one in entries)


def test_nobody_holds_before_its_window(chooser: Chooser) -> None:
    chooser.add()
    assert chooser.hold("A20").held_until  # a draft binds nobody
    chooser.fix()
    with pytest.raises(TurnsNotDrawn) as refused:
        chooser.hold("A03")
    assert refused.value.params["at"] == "09:00, 28.10.2019"
    at(DRAW_AT)
    chooser.draw()
    first, second = companies_of(chooser)
    late = chooser.company("Đăng ký sau")
    at(FIRST - SECOND * 2)
    with pytest.raises(NotYourTurn) as early:
        chooser.hold("A03", of=first)
    assert (early.value.params["at"], early.value.code) == ("09:00, 21.10.2019", "not_your_turn")
    at(FIRST)
    chooser.hold("A03", of=first)
    with pytest.raises(NotYourTurn):
        chooser.hold("A05", of=second)
    with pytest.raises(NotInTurn):
        chooser.hold("A05", of=late)
    at(FIRST + timedelta(minutes=30))
    chooser.hold("A05", of=second)
    at(FIRST + timedelta(hours=3))
    chooser.hold("A07", of=first)  # whose window has begun goes on
    at(GENERAL_AT)
    chooser.hold("A09", of=late)


def test_a_second_before_its_window_nobody_wins_a_race(chooser: Chooser) -> None:
    first = chooser.drawn()[0].exhibitor_id

    def hold_at(moment: Any, number: str) -> Any:
        def work(fair: Fair) -> Hold:
            return holds.hold_booths(SYSTEM, fair, first, claims.look_at(fair, [number], moment), moment)

        return lambda: chooser(work)

    results = chooser.at_once(*[hold_at(FIRST - SECOND, f"A{n:02}") for n in (3, 5, 7)], hold_at(FIRST, "A09"))
    assert [type(one) for one in results] == [NotYourTurn] * 3 + [Hold]
    assert chooser.states("A03", "A05", "A07", "A09") == {"A03": "free", "A05": "free", "A07": "free", "A09": "held"}
    assert chooser.count(Hold) == 1


def test_lists_and_seeds_are_published_once(chooser: Chooser) -> None:
    chooser.add()
    lists = chooser.at_once(*[chooser.fix] * 3)
    assert len({one.digest for one in lists}) == 1
    assert len(chooser.entries()) == 2
    at(DRAW_AT)
    draws = chooser.at_once(lambda: chooser.draw(seed="11111"), lambda: chooser.draw(seed="22222"))
    assert sorted(type(one).__name__ for one in draws) == ["SeedDiffers", "Selection"]
    kept = chooser.one()
    assert chooser.draw(seed=kept.seed).drawn_at == kept.drawn_at  # the same again: nothing
    assert len(chooser.mails("selection_window")) == 2


def test_seeds_come_in_their_time_and_can_be_typed_again(chooser: Chooser) -> None:
    chooser.add()
    with pytest.raises(NothingToDraw):
        chooser.draw()
    chooser.fix()
    with pytest.raises(SeedTooEarly):
        chooser.draw()
    at(DRAW_AT)
    for wrong in ("", "123", "sáu mươi", "1234'; rm", "x" * 101):
        with pytest.raises(FieldErrors):
            chooser.draw(seed=wrong)
    at(FIRST)
    with pytest.raises(SeedTooLate):
        chooser.draw()
    assert chooser.one().state == SelectionState.FIXED


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("days", {"days": ()}),
        ("days", {"days": (date(2019, 10, 1),)}),
        ("days", {"days": (date(2019, 10, 21), date(2019, 10, 21))}),
        ("days", {"days": (date(2020, 1, 1),)}),
        ("slot_minutes", {"slot_minutes": 4}),
        ("per_slot", {"per_slot": 0}),
        ("bands", {"bands": (10, 20)}),
        ("bands", {"bands": (20,), "basis": Basis.DRAW}),
        ("seed_source", {"seed_source": " "}),
        ("zone", {"zone_id": 99_999}),
        ("draw", {"draw_at": FIRST}),
        ("general", {"general_at": FIRST}),
    ],
)
def test_what_cannot_be_set_up(chooser: Chooser, field: str, more: dict[str, Any]) -> None:
    with pytest.raises(FieldErrors) as refused:
        chooser.add(**more)
    assert set(refused.value.fields) == {field}
    assert chooser.count(Selection) == 0


def test_a_list_is_refused_that_could_not_be_kept(chooser: Chooser) -> None:
    for n in range(16):
        chooser.company(f"Đơn vị {n}")
    chooser.add()
    with pytest.raises(FieldErrors) as few:
        chooser.fix()
    assert few.value.params == {"companies": 2, "days": 1}
    chooser.change(1, days=(date(2019, 10, 21), date(2019, 10, 22)), general_at=FIRST + timedelta(hours=9))
    with pytest.raises(FieldErrors) as soon:
        chooser.fix(seen=2)
    assert (set(soon.value.fields), soon.value.params["at"]) == ({"general"}, "10:00, 22.10.2019")
    with pytest.raises(SelectionChanged):
        chooser.fix(seen=1)
    chooser.change(1, seen=2, days=(date(2019, 10, 21), date(2019, 10, 22)))
    at(DRAW_AT)
    with pytest.raises(FieldErrors) as late:
        chooser.fix(seen=3)
    assert set(late.value.fields) == {"draw"}


def test_what_is_published_does_not_change(chooser: Chooser) -> None:
    made = chooser.add()
    with pytest.raises(SelectionStands):
        chooser.add()
    with pytest.raises(SelectionChanged):
        chooser.change(made.number, seen=7)
    chooser.fix()
    with pytest.raises(SelectionFixed):
        chooser.change(made.number)
    with pytest.raises(NotFound):
        chooser.fix(number=9)


def test_a_new_draw_stands_beside_the_old_one(chooser: Chooser) -> None:
    before = chooser.drawn()
    at(FIRST + timedelta(hours=2))
    with pytest.raises(FieldErrors):
        chooser.renew(reason=" ")
    made = chooser.at_once(chooser.renew, chooser.renew)
    assert [one.number for one in made] == [2, 2]
    old = chooser.one()
    assert (old.state, old.end_reason, old.seed) == (SelectionState.REPLACED, "Sót một đơn vị.", SEED)
    assert [one.draw_key for one in chooser.entries()] == [one.draw_key for one in before]
    with pytest.raises(TurnsNotDrawn):  # the old window began, and holds no longer
        chooser.hold("A03", of=before[0].exhibitor_id)
    assert len(chooser.mails("selection_ended")) == 2
    with pytest.raises(SelectionOver):
        chooser.call_off(1)
    chooser.call_off(2)
    chooser.call_off(2)
    chooser.hold("A03", of=before[1].exhibitor_id)
    assert len(chooser.mails("selection_ended")) == 4
    chooser.add()
    chooser.call_off(3, "")  # a draft that nobody saw goes without a word
    assert chooser.count(Selection) == 2


def test_a_zone_has_windows_of_its_own(chooser: Chooser) -> None:
    zone = chooser.second_zone("A03", "A05")
    first, second = (one.exhibitor_id for one in chooser.drawn(zone_id=zone))
    at(FIRST)
    chooser.hold("A07", of=second)  # elsewhere whoever comes first
    with pytest.raises(NotYourTurn) as refused:
        chooser.hold("A03", "A09", of=second)
    assert refused.value.params["booths"] == ["A03"]
    chooser.hold("A03", of=first)
    at(LIST_AT)
    chooser.add(general_at=GENERAL_AT + timedelta(days=7), days=(date(2019, 11, 1),))
    chooser.fix(2)
    at(GENERAL_AT)
    chooser.hold("A05", of=second)  # the zone is open for all, the rest of the fair is not
    with pytest.raises(TurnsNotDrawn):
        chooser.hold("A11", of=second)


def test_the_organiser_books_and_the_waiting_list_waits(chooser: Chooser) -> None:
    chooser.let("A03")
    waits = chooser.apply(["A03"], of=chooser.cast.rival.id)
    chooser.put_on_list(waits)
    first = chooser.drawn()[0].exhibitor_id
    chooser.free("A03")
    at(FIRST)
    chooser.sweep()
    assert chooser.offers() == []
    if first != chooser.cast.rival.id:
        chooser.hold("A03", of=first)  # in its turn, whoever waits

    def by_hand(fair: Fair) -> Hold:
        now = clock.now()
        seen = claims.look_at(fair, ["A05"], now)
        return holds.hold_booths(SYSTEM, fair, chooser.cast.rival.id, seen, now, by_organiser=True)

    chooser(by_hand)
    at(GENERAL_AT)
    chooser.sweep()
    assert [one.numbers for one in chooser.offers()] == [["A03"]]


def test_a_fair_without_windows_asks_nothing_more(app: Flask, chooser: Chooser) -> None:
    said: list[str] = []

    def listen(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", listen)
    try:
        chooser.hold("A03")
        without = len(said)
        assert not any("selection" in one.replace("selects_until", "") for one in said)
        chooser.drawn()
        at(GENERAL_AT)  # and no more once booking is open for all
        said.clear()
        chooser.hold("A05")
        assert len(said) == without
    finally:
        event.remove(engine, "before_cursor_execute", listen)


def test_each_is_reminded_once_before_its_window(app: Flask, chooser: Chooser) -> None:
    def sweep() -> int:
        with app.app_context():
            remind_of_windows()
            db.session.remove()
        return len(chooser.mails("selection_soon"))

    chooser.drawn()
    assert sweep() == 0
    at(FIRST - timedelta(hours=23, minutes=50))
    assert (sweep(), sweep()) == (1, 1)
    at(FIRST + timedelta(minutes=10))  # the server was down: the second window has not begun
    assert sweep() == 2
    chooser.call_off()
    later(days=1)
    assert sweep() == 2


def test_kept_plans_are_fresh_when_turns_begin_and_end(client: Client, chooser: Chooser) -> None:
    plan = "/fairs/test-fair/plan?booth=A03"

    def tag() -> str:
        return client.get(plan).headers["ETag"]

    before = tag()
    chooser.add()
    assert tag() == before
    chooser.fix()
    assert "Các đơn vị chọn gian theo lượt đến 09:00, 28.10.2019" in client.get(plan).text
    during = tag()
    at(GENERAL_AT)
    assert len({before, during, tag()}) == 3


def test_a_draft_that_follows_a_draw_opens_booking_at_no_time_that_is_over(chooser: Chooser) -> None:
    chooser.drawn()
    chooser.renew()
    at(FIRST - timedelta(days=3) + timedelta(hours=2))  # 11:00
    over = clock.now() - timedelta(hours=1)
    with pytest.raises(FieldErrors) as refused:
        chooser.change(2, days=(clock.now().date(),), draw_at=over - timedelta(days=1), general_at=over)
    assert list(refused.value.fields) == ["general"]
    with pytest.raises(TurnsNotDrawn):
        chooser.hold("A03")


def test_a_wish_before_ones_turn_names_the_time_and_no_hold_that_is_refused(chooser: Chooser) -> None:
    chooser.drawn()
    at(FIRST - timedelta(hours=1))
    with pytest.raises(FieldErrors) as refused:
        chooser.apply(["A03"])
    (said,) = refused.value.sentences().values()
    assert said.startswith("A03 is free, and companies choose in turn: you can hold it on the plan from ")
