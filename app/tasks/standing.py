"""How exhibitors stand with a fair's tasks. Reads only."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, and_, select
from sqlalchemy.orm import load_only

from app import clock
from app.booths.models import Booth, BoothState
from app.db import db
from app.documents.store import Document
from app.fairs.models import Exhibitor, Fair
from app.fairs.queries import by_shown_name
from app.tasks.keeping import tasks_of
from app.tasks.models import AnswerState, Task, TaskAnswer


class Standing(StrEnum):
    """Whose turn it is, and whether the deadline has passed."""

    OPEN = "open"
    LATE = "late"  # nothing was sent, or it was sent back, and the deadline has passed
    SENT_BACK = "sent_back"  # within the deadline
    SENT = "sent"
    DONE = "done"


ANSWER = (
    *TaskAnswer.__table__.c,
    Document.filename,
    Document.media_type,
    Document.size,
    Document.sha256,
)
TO_DO = (Standing.LATE, Standing.SENT_BACK, Standing.OPEN)  # the exhibitor's turn, the most pressing first


@dataclass(slots=True)
class Asked:
    """A task and an exhibitor of whom it is asked, with the answer that stands.

    `answer` has the columns of TaskAnswer; `document` the filename, media_type, size and sha256 of its file.
    """

    task: Task
    exhibitor: Exhibitor
    answer: Any
    document: Any
    standing: Standing
    answered_late: bool  # the answer that stands came after the deadline
    today: date

    @property
    def days_left(self) -> int:
        return (self.task.due_on - self.today).days

    @property
    def is_to_do(self) -> bool:
        return self.standing in TO_DO

    @property
    def can_answer(self) -> bool:
        """Until it is accepted; what nobody has to accept, until its deadline."""
        return self.is_to_do or can_correct(self.task, self.answer, self.today)


@dataclass
class Company:
    """An exhibitor with a let booth, and everything that is asked of it."""

    exhibitor: Exhibitor
    numbers: list[str] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)
    asked: dict[int, Asked] = field(default_factory=dict)  # by the task's id, in the tasks' order

    def is_called(self, searched: list[str]) -> bool:
        """Whether all these folded words are in its names, province or goods."""
        return all(word in self.exhibitor.folded for word in searched)

    def count(self, *standings: Standing) -> int:
        return sum(one.standing in standings for one in self.asked.values())


def is_asked(task: Task, kinds: Collection[str]) -> bool:
    """Whether a task is asked of who has let booths of these kinds."""
    return bool(kinds) and (not task.booth_kinds or not set(task.booth_kinds).isdisjoint(kinds))


def can_correct(task: Task, answer: Any, today: date) -> bool:
    if answer is None or answer.state != AnswerState.DONE:
        return True
    return answer.decided_at is None and today <= task.due_on


def companies_of(fair: Fair, now: datetime, ids: Collection[int] | None = None) -> list[Company]:
    """Every exhibitor with a let booth, in the order of names, with how it stands with each task.

    Two queries. `ids` narrows it to some exhibitors.
    """
    lettings = (
        select(Exhibitor, Booth.number, Booth.kind)
        .join(Booth, Booth.exhibitor_id == Exhibitor.id)
        .where(Booth.fair_id == fair.id, Booth.state == BoothState.LET)
        .order_by(Exhibitor.folded, Exhibitor.id, Booth.number)
    )
    if ids is not None:
        lettings = lettings.where(Exhibitor.id.in_(ids))
    else:  # lists show no more of them
        shown = (Exhibitor.name, Exhibitor.name_en, Exhibitor.folded, Exhibitor.email, Exhibitor.phone)
        lettings = lettings.options(load_only(*shown))
    rows = db.session.execute(lettings).all()
    return companies_with(fair, ((row.Exhibitor, row) for row in rows), now, ids is not None)


def companies_with(
    fair: Fair, lettings: Iterable[tuple[Exhibitor, Booth | Row[Any]]], now: datetime, are_few: bool = True
) -> list[Company]:
    """The same for let booths (their `number` and `kind`) that are known already; one query.

    `are_few`: only their answers are looked for.
    """
    found: dict[int, Company] = {}
    for exhibitor, booth in lettings:
        company = found.setdefault(exhibitor.id, Company(exhibitor))
        company.numbers.append(booth.number)
        company.kinds.add(booth.kind)
    tasks, answers = _tasks_and_answers(fair, list(found) if are_few else None) if found else ([], {})
    deadlines = [_Deadline(fair, task, now) for task in tasks]
    asked_of: dict[frozenset[str], list[_Deadline]] = {}
    for exhibitor_id, company in found.items():
        kinds = frozenset(company.kinds)
        if kinds not in asked_of:
            asked_of[kinds] = [one for one in deadlines if is_asked(one.task, kinds)]
        for one in asked_of[kinds]:
            company.asked[one.task_id] = one.asked(company.exhibitor, answers.get((one.task_id, exhibitor_id)))
    return list(found.values())


class _Deadline:
    """A task's deadline as an instant: many answers are compared with it."""

    def __init__(self, fair: Fair, task: Task, now: datetime) -> None:
        midnight = datetime.combine(task.due_on + timedelta(days=1), time(), ZoneInfo(fair.time_zone))
        self.task, self.task_id, self.ends_at = task, task.id, midnight.astimezone(UTC)
        self.today, self.is_over = clock.fair_day(fair, now), now >= self.ends_at

    def asked(self, exhibitor: Exhibitor, answer: Any) -> Asked:
        if answer is not None and answer.state != AnswerState.SENT_BACK:
            standing = Standing(answer.state)
        elif self.is_over:
            standing = Standing.LATE
        else:
            standing = Standing.OPEN if answer is None else Standing.SENT_BACK
        late = answer is not None and answer.answered_at >= self.ends_at
        document = answer if answer is not None and answer.document_id is not None else None
        return Asked(self.task, exhibitor, answer, document, standing, late, self.today)


def answers_of_retired(fair: Fair, task: Task, now: datetime) -> list[Asked]:
    """What was answered while a task was asked; nobody is late with it."""
    rows = db.session.execute(
        select(Exhibitor, *ANSWER)
        .join(TaskAnswer, TaskAnswer.exhibitor_id == Exhibitor.id)
        .outerjoin(Document, Document.id == TaskAnswer.document_id)
        .where(TaskAnswer.fair_id == fair.id, TaskAnswer.task_id == task.id)
        .order_by(*by_shown_name())
    )
    deadline = _Deadline(fair, task, now)
    return [deadline.asked(row.Exhibitor, row) for row in rows]


def asked_in_turn(companies: Iterable[Company]) -> list[Asked]:
    """What is to be done by these companies, the most pressing first."""
    open_ones = [one for company in companies for one in company.asked.values() if one.is_to_do]
    return sorted(open_ones, key=lambda one: (one.task.due_on, one.task.position, one.exhibitor.id))


def _tasks_and_answers(fair: Fair, ids: Collection[int] | None) -> tuple[list[Task], dict[tuple[int, int], Any]]:
    """The tasks, and answers by task and exhibitor. Of few exhibitors in one query; of all in two, since one would
    bring every task with each of its answers.
    """
    theirs = [TaskAnswer.task_id == Task.id, TaskAnswer.fair_id == fair.id]
    if ids is None:
        answers = select(*ANSWER).outerjoin(Document, Document.id == TaskAnswer.document_id).where(theirs[1])
        return tasks_of(fair.id), {(row.task_id, row.exhibitor_id): row for row in db.session.execute(answers)}
    rows = db.session.execute(
        select(Task, *ANSWER)
        .outerjoin(TaskAnswer, and_(*theirs, TaskAnswer.exhibitor_id.in_(ids)))
        .outerjoin(Document, Document.id == TaskAnswer.document_id)
        .where(Task.fair_id == fair.id, Task.retired_at.is_(None))
        .order_by(Task.position, Task.id)
        .execution_options(populate_existing=True)
    ).all()
    known = {(row.task_id, row.exhibitor_id): row for row in rows if row.id is not None}
    return list(dict.fromkeys(row.Task for row in rows)), known
