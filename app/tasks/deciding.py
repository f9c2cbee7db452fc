"""The organiser accepts answers, or sends them back with a reason. Callers open the transaction."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update

from app.audit import Actor, record
from app.db import db
from app.errors import FieldErrors
from app.fairs.models import Exhibitor, Fair
from app.i18n_marks import N_
from app.tasks.keeping import lines_of
from app.tasks.letters import tell_sent_back
from app.tasks.models import AnswerState, Task, TaskAnswer, TaskAnswerRevision

REASON_LENGTH = 500
NEEDS_REASON = N_("Say what is missing or wrong: the exhibitor reads it and sends the answer again.")
TOO_LONG = N_("Say it in at most %(characters)s characters.")
NOTHING_CHOSEN = N_("Choose at least one answer.")


def accept_answers(actor: Actor, fair: Fair, seen: Mapping[int, int], now: datetime) -> list[int]:
    """Accept those that still stand as they were seen; answers their ids. `seen`: an answer's id → its revision.

    One that was answered anew or decided meanwhile is left as it is. Raises FieldErrors for none at all.
    """
    return [answer.id for answer, _task in _decide(actor, fair, seen, now, AnswerState.DONE, "")]


def send_back(actor: Actor, fair: Fair, seen: Mapping[int, int], reason: str, now: datetime) -> list[int]:
    """Ask for another answer, and say why; accepted ones too. The exhibitor is told by mail. As accept_answers."""
    said = lines_of(reason)
    if not said:
        raise FieldErrors({"reason": NEEDS_REASON})
    if len(said) > REASON_LENGTH:
        raise FieldErrors({"reason": TOO_LONG}, characters=REASON_LENGTH)
    decided = _decide(actor, fair, seen, now, AnswerState.SENT_BACK, said)
    tasks: dict[int, list[Task]] = defaultdict(list)
    for answer, task in decided:
        tasks[answer.exhibitor_id].append(task)
    for exhibitor in db.session.scalars(select(Exhibitor).where(Exhibitor.id.in_(tasks)).order_by(Exhibitor.id)):
        tell_sent_back(fair, exhibitor, tasks[exhibitor.id], said)
    return [answer.id for answer, _task in decided]


def _decide(
    actor: Actor, fair: Fair, seen: Mapping[int, int], now: datetime, state: AnswerState, reason: str
) -> list[tuple[TaskAnswer, Task]]:
    if not seen:
        raise FieldErrors({"answers": NOTHING_CHOSEN})
    leaves = [AnswerState.SENT] if state is AnswerState.DONE else [AnswerState.SENT, AnswerState.DONE]
    decided = []
    for answer_id, revision in sorted(seen.items()):
        changed = db.session.execute(
            update(TaskAnswer)
            .where(
                TaskAnswer.id == answer_id,
                TaskAnswer.fair_id == fair.id,
                TaskAnswer.revision == revision,
                TaskAnswer.state.in_(leaves),
            )
            .values(state=state.value, reason=reason, decided_at=now)
            .execution_options(synchronize_session=False)
        )
        if changed.rowcount:  # type: ignore[attr-defined]
            decided.append(answer_id)
    if reason:
        db.session.execute(
            update(TaskAnswerRevision)
            .where(
                TaskAnswerRevision.fair_id == fair.id,
                TaskAnswerRevision.answer_id == TaskAnswer.id,
                TaskAnswerRevision.revision == TaskAnswer.revision,
                TaskAnswer.id.in_(decided),
            )
            .values(reason=reason)
            .execution_options(synchronize_session=False)
        )
    found = [
        (answer, task)
        for answer, task in db.session.execute(
            select(TaskAnswer, Task)
            .join(Task, Task.id == TaskAnswer.task_id)
            .where(TaskAnswer.id.in_(decided))
            .order_by(TaskAnswer.id)
            .execution_options(populate_existing=True)
        )
    ]
    action = "task.accepted" if state is AnswerState.DONE else "task.sent_back"
    for answer, task in found:
        record(
            actor, action, "exhibitor", answer.exhibitor_id, fair.id, task=task.title, revision=answer.revision
        )  # fmt: skip
    return found
