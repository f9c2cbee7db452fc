"""Reminders: on their days, once each, in one mail a company; not to who is done; a server that was down sends one."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.audit import SYSTEM
from app.db import db, transaction
from app.fairs.models import Exhibitor, ExhibitorMember
from app.jobs import SWEEPS, run_sweep
from app.mail import compose
from app.tasks.keeping import set_days_before
from app.tasks.models import TaskReminder
from tests.tasks.stage import DUE, Manual, at


def test_seven_days_one_day_and_the_day_after_once_each(manual: Manual) -> None:
    manual.task()
    sent = {}
    for days in range(-10, 5):
        for hour in (0, 7, 8, 12, 23):
            at(DUE + timedelta(days=days), hour)
            if number := manual.remind():
                sent[days, hour] = number
    assert sent == {(-7, 8): 2, (-1, 8): 2, (1, 8): 2}


def test_one_mail_names_everything_and_speaks_the_companys_language(manual: Manual) -> None:
    for n, title in enumerate(("Hợp đồng", "Bảo hiểm", "Điện")):
        manual.task(title=title, title_en=f"Paper {n}", due_on=DUE + timedelta(days=n // 2))
    with manual.app.app_context(), transaction():
        db.session.execute(update(Exhibitor).where(Exhibitor.id == manual.cast.rival.id).values(locale="en"))
    at(DUE - timedelta(days=7))
    assert manual.remind() == 2
    first, second = manual.mails()
    assert [task["title"] for task in first.context["tasks"]] == ["Hợp đồng", "Bảo hiểm"]
    with manual.app.app_context():
        vietnamese, english = compose(first), compose(second)
    assert vietnamese["Subject"] == "Hội chợ thử: còn 2 việc phải làm"
    assert english["Subject"] == "Test Fair: 2 tasks are still to do"
    text = english.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Paper 0: by Fri 1 Nov 2019" in text
    assert "/fairs/test-fair/portal/tasks" in text
    at(DUE - timedelta(days=6))
    assert manual.remind() == 2  # the third task's turn
    assert [task["title"] for task in manual.mails()[2].context["tasks"]] == ["Điện"]


def test_who_is_done_or_waits_for_the_organiser_is_left_alone(manual: Manual) -> None:
    task_id = manual.task()
    answer = manual.answer(task_id)
    at(DUE - timedelta(days=7))
    assert manual.remind() == 1
    assert manual.mails()[0].recipient == "rita@example.org"
    manual.send_back({answer.id: 1})
    assert manual.remind() == 1  # it is Ema's turn again, on that day
    at(DUE + timedelta(days=1))
    assert manual.remind() == 2
    late = manual.mails()[-1]
    with manual.app.app_context():
        assert compose(late)["Subject"] == "Hội chợ thử: 1 việc đã quá hạn"


def test_a_server_that_was_down_sends_one_mail_when_it_is_back(manual: Manual) -> None:
    manual.task()
    at(DUE + timedelta(days=3))
    assert [manual.remind(), manual.remind()] == [2, 0]
    assert manual.count(TaskReminder) == 6  # what was missed goes out no more


def test_sweeps_at_once_send_one(manual: Manual) -> None:
    manual.task()
    manual.task(title="Khác")
    at(DUE - timedelta(days=1))
    results = manual.at_once(*[manual.remind] * 5)
    assert sum(results) == len(manual.mails()) == 2, results


def test_a_task_set_within_the_time_begins_with_the_next_reminder(manual: Manual) -> None:
    at(DUE - timedelta(days=3))
    task_id = manual.task()
    assert manual.remind() == 0
    at(DUE - timedelta(days=1))
    assert manual.remind() == 2
    manual.task(task_id, due_on=DUE + timedelta(days=14))  # moved: its reminders begin anew
    at(DUE + timedelta(days=6))
    assert manual.remind() == 0
    at(DUE + timedelta(days=7))
    assert manual.remind() == 2


def test_the_organiser_chooses_the_days(manual: Manual) -> None:
    manual.task()
    manual(lambda fair: set_days_before(SYSTEM, fair, [3]))
    sent = []
    for days in range(-8, 3):
        at(DUE + timedelta(days=days))
        sent += [days] if manual.remind() else []
    assert sent == [-3, 1]


def test_after_the_fair_nobody_is_reminded(manual: Manual) -> None:
    manual.task()
    at(manual.cast.fair.ends_on + timedelta(days=1))
    assert manual.remind() == 0


def test_a_company_without_an_address_is_reached_through_its_people(manual: Manual) -> None:
    manual.task()
    rival = manual.cast.rival.id
    with manual.app.app_context(), transaction():
        db.session.execute(update(Exhibitor).values(email=""))
        member = db.session.scalars(select(ExhibitorMember).where(ExhibitorMember.exhibitor_id == rival)).one()
        db.session.delete(member)
    at(DUE - timedelta(days=7))
    assert manual.remind() == 1
    assert [mail.recipient for mail in manual.mails()] == ["ema@example.org"]
    with manual.app.app_context(), transaction():
        db.session.execute(update(Exhibitor).where(Exhibitor.id == rival).values(email="moi@example.org"))
    assert manual.remind() == 1


@pytest.mark.parametrize("published", [True, False])
def test_the_sweep_finds_published_fairs(app: Flask, manual: Manual, published: bool) -> None:
    manual.task()
    if not published:
        with app.app_context(), transaction():
            manual_fair = db.session.merge(manual.cast.fair)
            manual_fair.published_at = None
    at(DUE - timedelta(days=7))
    assert "remind_of_tasks" in SWEEPS
    for _time in range(2):
        run_sweep(app, "remind_of_tasks")
    assert len(manual.mails()) == (2 if published else 0)
