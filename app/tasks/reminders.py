"""Who has not answered is reminded before the deadline and the day after it: once each, in one mail a company."""

from datetime import date, datetime, time, timedelta
from functools import partial

from sqlalchemy import insert, literal, select

from app import clock
from app.audit import SYSTEM, record
from app.db import db, retrying
from app.fairs.letters import address_of
from app.fairs.models import Fair
from app.jobs import sweep
from app.tasks.keeping import days_before_of
from app.tasks.letters import tell_deadlines
from app.tasks.models import Task, TaskReminder
from app.tasks.standing import Company, asked_in_turn, companies_of

SENT_FROM = time(8)  # at the fair: nobody's telephone rings at midnight
DAY_AFTER = -1
Stage = tuple[int, date, int]  # a task's id, its deadline, how many days before it


@sweep
def remind_of_tasks() -> None:
    """Every fair that is not over and asks something. A server that was down sends what fell due meanwhile, in one."""
    now = clock.now()
    asking = select(Task.id).where(Task.fair_id == Fair.id, Task.retired_at.is_(None)).exists()
    soon = (now - timedelta(days=2)).date()  # the last day of a fair in any time zone
    fairs = db.session.scalars(
        select(Fair).where(Fair.ends_on >= soon, Fair.published_at.is_not(None), asking).order_by(Fair.id)
    ).all()
    for fair in fairs:
        remind_exhibitors(fair, now)


def remind_exhibitors(fair: Fair, now: datetime) -> int:
    """Remind whoever is due at one fair; answers how many mails were written. Opens its own transactions."""
    today = clock.fair_day(fair, now)
    if today > fair.ends_on or clock.local(fair, now).time() < SENT_FROM:
        return 0
    days = [*days_before_of(fair.id), DAY_AFTER]
    due = [company for company in companies_of(fair, now) if _stages(fair, company, days, today)]
    known = _known(fair) if due else set()
    written = 0
    for company in due:
        exhibitor_id = company.exhibitor.id
        if any((exhibitor_id, *stage) not in known for stage in _stages(fair, company, days, today)):
            written += retrying(partial(_remind, fair, exhibitor_id, days, now))
    return written


def _remind(fair: Fair, exhibitor_id: int, days: list[int], now: datetime) -> bool:
    """One mail to one company, unless it has answered meanwhile or another process was quicker."""
    found = companies_of(fair, now, [exhibitor_id])
    address = address_of(found[0].exhibitor) if found else ""
    if not address:
        return False
    stages = _stages(fair, found[0], days, clock.fair_day(fair, now))
    new = {task_id for task_id, due_on, before in stages if _claim(fair, exhibitor_id, task_id, due_on, before, now)}
    if not new:
        return False
    named = [one for one in asked_in_turn(found) if one.task.id in new]
    tell_deadlines(fair, found[0].exhibitor, address, named)
    record(SYSTEM, "task.reminded", "exhibitor", exhibitor_id, fair.id, tasks=len(named))
    return True


def _stages(fair: Fair, company: Company, days: list[int], today: date) -> list[Stage]:
    """The reminders whose day has come, of tasks that are to do; not those of days before the deadline was set."""
    return [
        (one.task.id, one.task.due_on, before)
        for one in asked_in_turn([company])
        for before in days
        if clock.fair_day(fair, one.task.dated_at) < one.task.due_on - timedelta(days=before) <= today
    ]


def _known(fair: Fair) -> set[tuple[int, int, date, int]]:
    rows = select(TaskReminder.exhibitor_id, TaskReminder.task_id, TaskReminder.due_on, TaskReminder.days_before)
    return {(*row,) for row in db.session.execute(rows.where(TaskReminder.fair_id == fair.id))}


def _claim(fair: Fair, exhibitor_id: int, task_id: int, due_on: date, before: int, now: datetime) -> bool:
    """The guard: written in the transaction of the mail, and only where it was not there."""
    row = {
        "fair_id": fair.id,
        "exhibitor_id": exhibitor_id,
        "task_id": task_id,
        "due_on": due_on,
        "days_before": before,
        "sent_at": now,
    }
    columns = TaskReminder.__table__.c
    there = select(TaskReminder.id).where(*(columns[name] == row[name] for name in list(row)[:5]))
    new = select(*(literal(value, columns[name].type).label(name) for name, value in row.items())).where(
        ~there.exists()
    )
    return db.session.scalar(insert(TaskReminder).from_select(list(row), new).returning(TaskReminder.id)) is not None
