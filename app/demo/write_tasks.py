"""Exhibitors' tasks of the demonstration: the usual ones, and in the running edition what became of them."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from app.demo.edition import Edition
from app.demo.exhibitors import PlannedExhibitor
from app.demo.rows import Rows
from app.documents.store import Document
from app.tasks.keeping import DAYS_BEFORE
from app.tasks.models import AnswerState, Asks, Task, TaskAnswer, TaskAnswerRevision, TaskReminder
from app.tasks.reminders import DAY_AFTER
from app.tasks.standing import is_asked
from app.tasks.usual import USUAL, Usual

SET_BEFORE = timedelta(days=70)  # the fair
FILE_NAMES = {"contract": "hop-dong-da-ky.pdf", "construction": "ban-ve-gian.pdf", "insurance": "bao-hiem.pdf"}
REASONS = {
    "contract": "Thiếu dấu ở trang cuối.",
    "fascia": "Tên này khác tên trong hợp đồng, xin kiểm tra lại.",
    "construction": "Chưa ghi chiều cao gian.",
    "insurance": "Bảo hiểm hết hạn trước ngày tháo gian.",
}
MISSING, SENT_BACK, WAITS = 0.03, 0.045, 0.065  # shares of the answers, one after the other
LATE = 0.08


def write_tasks(rows: Rows, edition: Edition, fair_id: int) -> list[tuple[int, Usual, date]]:
    """The usual tasks; answers (id, task, deadline)."""
    set_at = min(edition.now - timedelta(days=30), edition.at(edition.starts_on - SET_BEFORE, 9))
    tasks = []
    for position, one in enumerate(USUAL, start=1):
        values = one.values(edition.starts_on, set_at.date())
        task_id = rows.add(
            Task, fair_id=fair_id, position=position, created_at=set_at, dated_at=set_at, retired_at=None, **values
        )
        tasks.append((task_id, one, values["due_on"]))
    return tasks


def write_answers(
    rows: Rows,
    edition: Edition,
    fair_id: int,
    exhibitors: list[tuple[int, PlannedExhibitor]],
    ours: int,
    specimen: dict[str, Any],
) -> None:
    """What became of the tasks; who signs in as the exhibitor (`ours`) has done all. A seed of its own: no other
    number of the demonstration moves.
    """
    random = Random(edition.seed + 100_000)
    tasks = write_tasks(rows, edition, fair_id)
    for exhibitor_id, exhibitor in exhibitors:
        kinds = {booth.kind for booth in exhibitor.booths}
        for task_id, one, due_on in tasks:
            if not kinds or not is_asked(Task(booth_kinds=list(one.booth_kinds)), kinds):
                continue
            luck = 1.0 if exhibitor_id == ours else random.random()
            if luck < SENT_BACK:
                _write_reminded(rows, edition, fair_id, exhibitor_id, task_id, due_on)
            if luck >= MISSING:
                answered_at = _answered_at(random, edition, due_on, is_late=luck < 1 and random.random() < LATE)
                _write_answer(
                    rows, random, fair_id, (exhibitor_id, exhibitor), (task_id, one), answered_at, luck, specimen
                )


def _write_answer(
    rows: Rows,
    random: Random,
    fair_id: int,
    whose: tuple[int, PlannedExhibitor],
    task: tuple[int, Usual],
    answered_at: datetime,
    luck: float,
    specimen: dict[str, Any],
) -> None:
    (exhibitor_id, exhibitor), (task_id, one) = whose, task
    state = AnswerState.DONE
    if one.must_accept:
        state = AnswerState.SENT_BACK if luck < SENT_BACK else AnswerState.SENT if luck < WAITS else AnswerState.DONE
    document_id = None
    if one.asks is Asks.FILE:
        document_id = rows.add(
            Document,
            fair_id=fair_id,
            key=secrets.token_hex(16),
            kind="task",
            filename=FILE_NAMES[one.code],
            media_type="application/pdf",
            created_at=answered_at,
            **specimen,
        )
    said = {
        "revision": 1,
        "text": _text(random, one, exhibitor),
        "document_id": document_id,
        "person_id": None,
        "person_name": exhibitor.representative,
        "answered_at": answered_at,
        "reason": REASONS[one.code] if state is AnswerState.SENT_BACK else "",
    }
    answer_id = rows.add(
        TaskAnswer,
        fair_id=fair_id,
        task_id=task_id,
        exhibitor_id=exhibitor_id,
        state=state.value,
        decided_at=answered_at + timedelta(hours=3) if one.must_accept and state is not AnswerState.SENT else None,
        **said,
    )
    rows.add(TaskAnswerRevision, fair_id=fair_id, answer_id=answer_id, **said)


def _write_reminded(rows: Rows, edition: Edition, fair_id: int, exhibitor_id: int, task_id: int, due_on: date) -> None:
    """Those mails went out long ago, or the first start would send them all."""
    for days in (*DAYS_BEFORE, DAY_AFTER):
        sent_at = edition.at(due_on - timedelta(days=days), 8)
        rows.add(
            TaskReminder,
            fair_id=fair_id,
            exhibitor_id=exhibitor_id,
            task_id=task_id,
            due_on=due_on,
            days_before=days,
            sent_at=sent_at,
        )


def _answered_at(random: Random, edition: Edition, due_on: date, is_late: bool) -> datetime:
    day = due_on + timedelta(days=random.randint(1, 4)) if is_late else due_on - timedelta(days=random.randint(0, 9))
    return edition.at(day, random.randint(8, 17), random.randrange(60))


def _text(random: Random, one: Usual, exhibitor: PlannedExhibitor) -> str:
    if one.asks is Asks.CHOICE:
        return random.choice(one.options)[0]
    if one.code == "fascia":
        return exhibitor.name.removeprefix("Công ty TNHH ").removeprefix("Công ty ").upper()[:24].strip()
    if one.code == "catalogue":
        return f"{exhibitor.name}: {exhibitor.products}."
    return ""
