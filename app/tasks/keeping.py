"""The organiser keeps a fair's tasks. Callers open the transaction."""

import unicodedata
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, exists, func, select

from app import clock
from app.audit import Actor, record
from app.db import db
from app.errors import FieldErrors, NotFound
from app.fairs.models import Fair
from app.i18n_marks import N_
from app.tasks.errors import TaskHasAnswers
from app.tasks.models import Asks, Task, TaskAnswer, TaskReminder, TaskRule
from app.tasks.usual import USUAL

BOOTH_KINDS = ("row", "corner", "island", "pavilion")
TITLE_LENGTH, ABOUT_LENGTH, OPTION_LENGTH = 120, 3000, 120
LONGEST = 2000  # characters of a text
LONGEST_USUAL = 300
OPTIONS_AT_MOST = 12
TASKS_AT_MOST = 40
DAYS_BEFORE = (7, 1)
DAYS_BEFORE_MOST = 60
REMINDERS_AT_MOST = 4
NEEDS_TITLE = N_("Exhibitors read this title: give it one.")
NEEDS_OPTIONS = N_("Give at least two answers to choose from, each on a line of its own.")
TOO_MANY_OPTIONS = N_("At most %(options)s answers to choose from, each of at most %(characters)s characters.")
SAME_OPTION = N_("Two answers are the same. Each is there once.")
OPTIONS_EN = N_("Give as many English answers as Vietnamese ones, in the same order, or none.")
NO_LONGEST = N_("A text has at most 1 to %(longest)s characters.")
TOO_MANY_TASKS = N_("A fair has at most %(tasks)s tasks. Remove one first.")
NO_DAYS = N_("Give up to four numbers of days from 1 to 60, 7 and 1 for instance.")


def tasks_of(fair_id: int, retired: bool = False) -> list[Task]:
    """Those that are asked, in the organiser's order; or those that no longer are."""
    kept = select(Task).where(
        Task.fair_id == fair_id, Task.retired_at.is_not(None) if retired else Task.retired_at.is_(None)
    )
    return list(db.session.scalars(kept.order_by(Task.position, Task.id)))


def task_of(fair_id: int, task_id: int, retired: bool = False) -> Task:
    """One of them; NotFound where there is none."""
    task = db.session.get(Task, task_id)
    if task is None or task.fair_id != fair_id or (task.retired_at is not None and not retired):
        raise NotFound()
    return task


def keep_task(actor: Actor, fair: Fair, asked: dict[str, Any], now: datetime, task_id: int | None = None) -> Task:
    """Set a task, or change one. Raises FieldErrors, NotFound, TaskHasAnswers where another kind of answer is asked.

    `asked`: title, title_en, about, about_en, due_on, asks, longest or None, options, must_accept, booth_kinds.
    """
    wanted = _tidy(asked)
    _lock(fair)
    task = _locked(fair, task_id) if task_id is not None else Task(fair_id=fair.id, created_at=now, dated_at=now)
    faults = task_faults(wanted)
    if task_id is None and _number(fair) >= TASKS_AT_MOST:
        faults["title"] = TOO_MANY_TASKS
    if faults:
        raise FieldErrors(faults, **LIMITS)
    if task_id is not None and wanted["asks"] != task.asks and _has_answers(task):
        raise TaskHasAnswers()
    before = {name: getattr(task, name) for name in wanted} if task_id is not None else {}
    for name, value in wanted.items():
        setattr(task, name, value)
    if task_id is None:
        task.position = _last_position(fair) + 1
        db.session.add(task)
    elif before["due_on"] != task.due_on:
        task.dated_at = now
    db.session.flush()
    if task_id is None:
        record(actor, "task.added", "task", task.id, fair.id, title=task.title, due_on=task.due_on.isoformat())
    else:
        told = {name: _told(name, old, wanted[name]) for name, old in before.items() if old != wanted[name]}
        if told:
            record(actor, "task.changed", "task", task.id, fair.id, **told)
    return task


def take_usual_tasks(actor: Actor, fair: Fair, now: datetime) -> int:
    """Set what fairs usually ask; answers how many were added. What was taken before stays as it is."""
    _lock(fair)
    known = set(db.session.scalars(select(Task.code).where(Task.fair_id == fair.id, Task.code.is_not(None))))
    today, position = clock.fair_day(fair, now), _last_position(fair)
    new = [one for one in USUAL if one.code not in known]
    if _number(fair) + len(new) > TASKS_AT_MOST:
        raise FieldErrors({"title": TOO_MANY_TASKS}, **LIMITS)
    for place, one in enumerate(new, start=position + 1):
        values = one.values(fair.starts_on, today)
        db.session.add(Task(fair_id=fair.id, created_at=now, dated_at=now, position=place, **values))
    if new:
        record(actor, "task.usual_taken", "fair", fair.id, fair.id, tasks=len(new))
    return len(new)


def remove_task(actor: Actor, fair: Fair, task_id: int, now: datetime) -> bool:
    """Ask it no longer. Answers are kept, and the task with them; without any it is gone, and True is answered."""
    task = _locked(fair, task_id)
    gone = not _has_answers(task)
    if gone:
        db.session.execute(delete(TaskReminder).where(TaskReminder.task_id == task.id))
        db.session.execute(delete(Task).where(Task.id == task.id))
    else:
        task.retired_at = now
    record(actor, "task.removed" if gone else "task.retired", "task", task_id, fair.id, title=task.title)
    return gone


def move_task(actor: Actor, fair: Fair, task_id: int, places: int) -> None:
    """Put a task so many places further down, up if negative; at an end it stays there."""
    _lock(fair)
    tasks = tasks_of(fair.id)
    at = next((n for n, task in enumerate(tasks) if task.id == task_id), None)
    if at is None:
        raise NotFound()
    to = min(max(at + places, 0), len(tasks) - 1)
    if to == at:
        return
    tasks.insert(to, tasks.pop(at))
    for place, task in enumerate(tasks, start=1):
        task.position = place
    record(actor, "task.moved", "task", task_id, fair.id, place=to + 1)


def days_before_of(fair_id: int) -> list[int]:
    """How many days before a deadline those are reminded who have not answered; the day after it all are."""
    rule = db.session.get(TaskRule, fair_id)
    return list(rule.days_before) if rule is not None else list(DAYS_BEFORE)


def set_days_before(actor: Actor, fair: Fair, days: list[int]) -> None:
    """Change when reminders go out; an empty list leaves the one after the deadline alone. Raises FieldErrors."""
    chosen = sorted(set(days), reverse=True)
    if len(chosen) > REMINDERS_AT_MOST or any(not 1 <= day <= DAYS_BEFORE_MOST for day in chosen):
        raise FieldErrors({"days_before": NO_DAYS})
    _lock(fair)
    before = days_before_of(fair.id)
    if chosen != before:
        db.session.merge(TaskRule(fair_id=fair.id, days_before=chosen))
        record(actor, "task.reminders_set", "fair", fair.id, fair.id, days_before=[before, chosen])


def task_faults(wanted: dict[str, Any]) -> dict[str, str]:
    """What is wrong with a task by itself, by field."""
    faults = {} if wanted["title"] else {"title": NEEDS_TITLE}
    if wanted["asks"] == Asks.TEXT and not 1 <= (wanted["longest"] or 0) <= LONGEST:
        faults["longest"] = NO_LONGEST
    if wanted["asks"] == Asks.CHOICE:
        names = [option["name"] for option in wanted["options"]]
        english = [option["name_en"] for option in wanted["options"]]
        if len(names) < 2 or not all(names):
            faults["options"] = NEEDS_OPTIONS
        elif len(names) > OPTIONS_AT_MOST or any(len(name) > OPTION_LENGTH for name in names + english):
            faults["options"] = TOO_MANY_OPTIONS
        elif len(set(names)) < len(names):
            faults["options"] = SAME_OPTION
        elif any(english) and not all(english):
            faults["options_en"] = OPTIONS_EN
    return faults


LIMITS = {"longest": LONGEST, "options": OPTIONS_AT_MOST, "characters": OPTION_LENGTH, "tasks": TASKS_AT_MOST}


def _tidy(asked: dict[str, Any]) -> dict[str, Any]:
    """One line where one line is meant, and nothing that another kind of answer would want."""
    asks = Asks(asked["asks"])
    return {
        "title": " ".join(asked["title"].split()),
        "title_en": " ".join(asked["title_en"].split()),
        "about": lines_of(asked["about"]),
        "about_en": lines_of(asked["about_en"]),
        "due_on": asked["due_on"],
        "asks": asks.value,
        "longest": (asked["longest"] or LONGEST_USUAL) if asks is Asks.TEXT else None,
        "options": [
            {"name": " ".join(one["name"].split()), "name_en": " ".join(one["name_en"].split())}
            for one in asked["options"]
        ]
        if asks is Asks.CHOICE
        else [],
        "must_accept": bool(asked["must_accept"]),
        "booth_kinds": [kind for kind in BOOTH_KINDS if kind in asked["booth_kinds"]],
    }


def lines_of(text: str) -> str:
    """A text with its line breaks as the database keeps it: composed (NFC), no blanks at the ends of lines."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def _told(name: str, old: Any, new: Any) -> Any:
    """A change as the log keeps it; of long texts only that they changed."""
    if name in ("about", "about_en", "options"):
        return "…"
    return [value.isoformat() if isinstance(value, date) else value for value in (old, new)]


def _lock(fair: Fair) -> None:
    """One at a time changes a fair's tasks, so that their order and number are as they were read."""
    db.session.execute(select(Fair.id).where(Fair.id == fair.id).with_for_update())


def _locked(fair: Fair, task_id: int) -> Task:
    """Locked, so that nobody answers it while it is removed, or asks for something else."""
    task = db.session.scalar(
        select(Task).where(Task.id == task_id, Task.fair_id == fair.id).with_for_update(),
        execution_options={"populate_existing": True},
    )
    if task is None or task.retired_at is not None:
        raise NotFound()
    return task


def _has_answers(task: Task) -> bool:
    return bool(db.session.scalar(select(exists().where(TaskAnswer.task_id == task.id))))


def _number(fair: Fair) -> int:
    return db.session.scalar(select(func.count()).where(Task.fair_id == fair.id, Task.retired_at.is_(None))) or 0


def _last_position(fair: Fair) -> int:
    return db.session.scalar(select(func.max(Task.position)).where(Task.fair_id == fair.id)) or 0
