"""The organiser's tasks: set, changed, put in order, taken from the usual ones, deleted or retired."""

from datetime import date, timedelta
from typing import Any

import pytest

from app import clock
from app.audit import SYSTEM
from app.errors import FieldErrors, NotFound
from app.tasks.errors import TaskHasAnswers
from app.tasks.keeping import (
    days_before_of,
    move_task,
    remove_task,
    set_days_before,
    take_usual_tasks,
    tasks_of,
)
from app.tasks.models import Task
from app.tasks.usual import USUAL
from tests.tasks.stage import DUE, POWER, Manual, at


def test_a_task_is_set_changed_and_tidied(manual: Manual) -> None:
    task_id = manual.task(title="  Tên   biển ", about="Dòng một \r\n\r\nDòng ba  ", longest=None, options=POWER)
    kept = manual.stored(task_id)
    assert kept is not None
    assert (kept.title, kept.about, kept.longest, kept.options) == ("Tên biển", "Dòng một\n\nDòng ba", 300, [])
    manual.task(task_id, asks="choice", options=POWER, booth_kinds=["island", "row", "none"])
    kept = manual.stored(task_id)
    assert kept is not None
    assert (kept.asks, kept.longest, kept.options, kept.booth_kinds) == ("choice", None, POWER, ["row", "island"])


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"title": "  "}, "title"),
        ({"longest": 2001}, "longest"),
        ({"asks": "choice", "options": POWER[:1]}, "options"),
        ({"asks": "choice", "options": [POWER[0], POWER[0]]}, "options"),
        ({"asks": "choice", "options": [{"name": "x" * 121, "name_en": ""}, POWER[0]]}, "options"),
        ({"asks": "choice", "options": [POWER[0], {"name": "Thêm", "name_en": ""}]}, "options_en"),
    ],
)
def test_what_is_no_task_is_refused(manual: Manual, asked: dict[str, Any], field: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        manual.task(**asked)
    assert list(refused.value.fields) == [field]
    assert manual.count(Task) == 0


def test_usual_tasks_are_taken_once_and_deadlines_count_back(manual: Manual) -> None:
    results = manual.at_once(*[lambda: manual(lambda f: take_usual_tasks(SYSTEM, f, clock.now()))] * 4)
    assert sorted(results) == [0, 0, 0, len(USUAL)]
    tasks = manual(lambda fair: tasks_of(fair.id))
    assert [task.code for task in tasks] == [one.code for one in USUAL]
    assert [task.due_on for task in tasks] == [date(2019, 12, 12) - timedelta(days=one.days_before) for one in USUAL]
    assert manual(lambda fair: remove_task(SYSTEM, fair, tasks[0].id, clock.now())) is True
    assert manual(lambda fair: take_usual_tasks(SYSTEM, fair, clock.now())) == 1


def test_usual_tasks_taken_late_leave_time_to_answer(manual: Manual) -> None:
    at(date(2019, 12, 9))
    manual(lambda fair: take_usual_tasks(SYSTEM, fair, clock.now()))
    assert {task.due_on for task in manual(lambda fair: tasks_of(fair.id))} == {date(2019, 12, 11)}


def test_a_task_with_answers_only_retires_and_keeps_what_it_asks(manual: Manual) -> None:
    task_id, other = manual.task(), manual.task(title="Nội quy", asks="confirm")
    manual.answer(task_id)
    with pytest.raises(TaskHasAnswers):
        manual.task(task_id, asks="file")
    manual.task(task_id, title="Tên biển, viết hoa")
    assert manual(lambda fair: remove_task(SYSTEM, fair, task_id, clock.now())) is False
    assert manual(lambda fair: remove_task(SYSTEM, fair, other, clock.now())) is True
    assert manual.stored(other) is None
    assert manual.company().asked == {}
    for gone in (task_id, other):
        with pytest.raises(NotFound):
            manual.task(gone)
        with pytest.raises(NotFound):
            manual(lambda fair, gone=gone: remove_task(SYSTEM, fair, gone, clock.now()))


def test_answered_while_it_is_removed_is_never_lost(manual: Manual) -> None:
    for _round in range(4):
        task_id = manual.task()
        results = manual.at_once(
            lambda task_id=task_id: manual.answer(task_id),
            lambda task_id=task_id: manual(lambda fair: remove_task(SYSTEM, fair, task_id, clock.now())),
        )
        assert results[1] is isinstance(results[0], NotFound), results


def test_order_is_the_organisers(manual: Manual) -> None:
    first, second, third = (manual.task(title=title) for title in "abc")
    manual(lambda fair: move_task(SYSTEM, fair, third, -1))
    manual(lambda fair: move_task(SYSTEM, fair, first, -5))
    manual(lambda fair: move_task(SYSTEM, fair, second, 5))
    assert [task.id for task in manual(lambda fair: tasks_of(fair.id))] == [first, third, second]
    with pytest.raises(NotFound):
        manual(lambda fair: move_task(SYSTEM, fair, 999, 1))


@pytest.mark.parametrize("days", [[0], [61], [1, 2, 3, 4, 5]])
def test_reminders_have_days_that_make_sense(manual: Manual, days: list[int]) -> None:
    with pytest.raises(FieldErrors):
        manual(lambda fair: set_days_before(SYSTEM, fair, days))
    assert manual(lambda fair: days_before_of(fair.id)) == [7, 1]


def test_reminder_days_are_kept(manual: Manual) -> None:
    for days, kept in (([3, 14, 3], [14, 3]), ([], [])):
        manual(lambda fair, days=days: set_days_before(SYSTEM, fair, days))
        assert manual(lambda fair: days_before_of(fair.id)) == kept


def test_a_moved_deadline_counts_from_when_it_was_moved(manual: Manual) -> None:
    task_id = manual.task()
    at(date(2019, 10, 20))
    manual.task(task_id, title="Khác")
    kept = manual.stored(task_id)
    assert kept is not None
    assert kept.dated_at.date() == date(2019, 10, 7)
    manual.task(task_id, due_on=DUE + timedelta(days=7))
    kept = manual.stored(task_id)
    assert kept is not None
    assert kept.dated_at.date() == date(2019, 10, 20)
