"""Exhibitors answer tasks; of two at once the second sees what the first wrote. Callers open the transaction."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, insert, literal, or_, select, update

from app import clock
from app.audit import Actor, record
from app.booths.models import Booth, BoothState
from app.db import db
from app.documents.store import Document
from app.documents.uploads import keep_upload
from app.errors import FieldErrors, NotFound
from app.fairs.models import Fair
from app.i18n_marks import N_
from app.tasks.errors import AnsweredMeanwhile, AnswerFixed, TaskChanged
from app.tasks.keeping import lines_of
from app.tasks.models import AnswerState, Asks, Task, TaskAnswer, TaskAnswerRevision
from app.tasks.standing import can_correct, is_asked

ONE_LINE = 80  # texts up to here are one line
TICK = N_("Tick the box once it is so.")
WRITE = N_("Write your answer.")
TOO_LONG = N_("At most %(longest)s characters fit; this has %(characters)s. Shorten it.")
CHOOSE = N_("Choose one of the answers.")
SEND_FILE = N_("Choose the file to send.")


@dataclass(frozen=True)
class Said:
    """What somebody sends, whatever the task asks for."""

    confirmed: bool = False
    text: str = ""  # of a choice: the option's name
    filename: str = ""
    content: bytes = b""


def answer_task(
    actor: Actor, fair: Fair, exhibitor_id: int, task_id: int, seen: int, asks: str, said: Said, now: datetime
) -> TaskAnswer:
    """Send an answer, or another one, over the revision that was `seen` (0: none); `asks` is what the reader was asked.

    The same answer sent twice is one. Raises NotFound, TaskChanged, FieldErrors (`answer`, `document`),
    AnsweredMeanwhile, AnswerFixed.
    """
    task = _asked_task(fair, exhibitor_id, task_id)
    if task.asks != asks:
        raise TaskChanged()
    text = _checked(task, said)
    stands = _standing_answer(task, exhibitor_id)
    if stands is not None and _is_repeat(actor, stands, seen, text, said.content):
        return stands
    today = clock.fair_day(fair, now)
    if stands is not None and stands.revision == seen and not can_correct(task, stands, today):
        raise AnswerFixed()
    document = keep_upload(fair.id, "task", said.filename, said.content) if task.asks == Asks.FILE else None
    values = {
        "state": (AnswerState.SENT if task.must_accept else AnswerState.DONE).value,
        "text": text,
        "document_id": document.id if document is not None else None,
        "person_id": actor.person_id,
        "person_name": actor.name,
        "answered_at": now,
        "reason": "",
        "decided_at": None,
    }
    written = _insert(task, exhibitor_id, values) if seen == 0 else _update(task, exhibitor_id, seen, values, today)
    if not written:
        stands = _standing_answer(task, exhibitor_id)
        if stands is None or stands.revision != seen:
            raise AnsweredMeanwhile(revision=stands.revision if stands is not None else 0)
        raise AnswerFixed()
    answer = _standing_answer(task, exhibitor_id)
    assert answer is not None  # written above
    kept = ("text", "document_id", "person_id", "person_name", "answered_at")
    revision = {name: values[name] for name in kept} | {"revision": answer.revision}
    db.session.add(TaskAnswerRevision(fair_id=fair.id, answer_id=answer.id, **revision))
    sha256 = document.sha256 if document is not None else None
    record(
        actor, "task.answered", "exhibitor", exhibitor_id, fair.id,
        task=task.title, revision=answer.revision, sha256=sha256,
    )  # fmt: skip
    return answer


def is_one_line(task: Task) -> bool:
    return (task.longest or 0) <= ONE_LINE


def option_name(task: Task, name: str, english: bool) -> str:
    """A choice in the reader's language; one that is no longer offered as it was chosen."""
    for option in task.options if english else ():
        if option["name"] == name:
            return str(option["name_en"] or name)
    return name


def _asked_task(fair: Fair, exhibitor_id: int, task_id: int) -> Task:
    """The task, shared with other answers and closed to changes; NotFound unless it is asked of the exhibitor."""
    task = db.session.scalar(
        select(Task)
        .where(Task.id == task_id, Task.fair_id == fair.id, Task.retired_at.is_(None))
        .with_for_update(read=True),
        execution_options={"populate_existing": True},
    )
    kinds = select(Booth.kind).where(
        Booth.fair_id == fair.id, Booth.exhibitor_id == exhibitor_id, Booth.state == BoothState.LET
    )
    if task is None or not is_asked(task, set(db.session.scalars(kinds))):
        raise NotFound()
    return task


def _checked(task: Task, said: Said) -> str:
    """The text to be kept. Raises FieldErrors for what the task does not take."""
    match task.asks:
        case Asks.CONFIRM:
            if not said.confirmed:
                raise FieldErrors({"answer": TICK})
            return ""
        case Asks.CHOICE:
            if said.text not in {option["name"] for option in task.options}:
                raise FieldErrors({"answer": CHOOSE})
            return said.text
        case Asks.TEXT:
            text = " ".join(lines_of(said.text).split()) if is_one_line(task) else lines_of(said.text)
            if not text:
                raise FieldErrors({"answer": WRITE})
            if len(text) > (task.longest or 0):
                raise FieldErrors({"answer": TOO_LONG}, longest=task.longest, characters=len(text))
            return text
        case _:
            if not said.content and not said.filename:
                raise FieldErrors({"document": SEND_FILE})
            return ""


def _standing_answer(task: Task, exhibitor_id: int) -> TaskAnswer | None:
    return db.session.scalar(
        select(TaskAnswer).where(
            TaskAnswer.fair_id == task.fair_id, TaskAnswer.task_id == task.id, TaskAnswer.exhibitor_id == exhibitor_id
        ),
        execution_options={"populate_existing": True},
    )


def _is_repeat(actor: Actor, stands: TaskAnswer, seen: int, text: str, content: bytes) -> bool:
    """Whether this was kept already, and only its receipt was lost on the way."""
    if stands.revision != seen + 1 or (stands.person_id, stands.text) != (actor.person_id, text):
        return False
    if stands.state == AnswerState.SENT_BACK:
        return False
    document = db.session.get(Document, stands.document_id) if stands.document_id is not None else None
    return (document.sha256 if document is not None else "") == (hashlib.sha256(content).hexdigest() if content else "")


def _insert(task: Task, exhibitor_id: int, values: dict[str, Any]) -> bool:
    """The first answer; False when there is one. Two at the same instant: one key is refused, and tried again."""
    row = values | {"fair_id": task.fair_id, "task_id": task.id, "exhibitor_id": exhibitor_id, "revision": 1}
    there = select(TaskAnswer.id).where(
        TaskAnswer.fair_id == task.fair_id, TaskAnswer.task_id == task.id, TaskAnswer.exhibitor_id == exhibitor_id
    )
    columns = TaskAnswer.__table__.c
    new = select(*(literal(value, columns[name].type).label(name) for name, value in row.items())).where(
        ~there.exists()
    )
    return db.session.scalar(insert(TaskAnswer).from_select(list(row), new).returning(TaskAnswer.id)) is not None


def _update(task: Task, exhibitor_id: int, seen: int, values: dict[str, Any], today: Any) -> bool:
    """Another answer over the one that was seen, unless it became final."""
    open_still: list[Any] = [TaskAnswer.state.in_((AnswerState.SENT, AnswerState.SENT_BACK))]
    if today <= task.due_on:
        open_still.append(and_(TaskAnswer.state == AnswerState.DONE, TaskAnswer.decided_at.is_(None)))
    written = db.session.execute(
        update(TaskAnswer)
        .where(
            TaskAnswer.fair_id == task.fair_id,
            TaskAnswer.task_id == task.id,
            TaskAnswer.exhibitor_id == exhibitor_id,
            TaskAnswer.revision == seen,
            or_(*open_still),
        )
        .values(revision=seen + 1, **values)
        .execution_options(synchronize_session=False)
    )
    return bool(written.rowcount)  # type: ignore[attr-defined]
