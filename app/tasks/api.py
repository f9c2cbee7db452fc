"""Exhibitors' tasks over the API: the organiser keeps and decides, an exhibitor reads and answers its own."""

from collections.abc import Collection
from typing import Any

from flask import Response, g
from flask.views import MethodView
from flask_smorest import Blueprint

from app import clock
from app.access import Permission, allow, principal
from app.api.idempotency import idempotent
from app.api.paging import asked_after, asked_limit
from app.db import retrying
from app.documents.uploads import upload_response
from app.errors import FieldErrors, NotFound
from app.i18n_marks import N_
from app.input import row_number
from app.tasks import schemas
from app.tasks.answering import Said, answer_task
from app.tasks.deciding import accept_answers, send_back
from app.tasks.keeping import keep_task, remove_task, take_usual_tasks, task_of, tasks_of
from app.tasks.models import Asks, Task
from app.tasks.queries import document_of
from app.tasks.standing import Asked, companies_of

PREFIX = "/api/v1/fairs/<slug>"
blueprint = Blueprint("tasks_api", __name__, url_prefix=PREFIX, description="Exhibitors' tasks.")


@blueprint.route("/tasks")
class AllTasks(MethodView):
    @allow(Permission.TASKS_KEEP, Permission.TASK_ANSWER)
    @blueprint.response(200, schemas.Tasks)
    def get(self) -> dict[str, Any]:
        """What is asked of exhibitors; of an exhibitor's key what is asked of it."""
        tasks = tasks_of(g.fair.id)
        own = _own_ids()
        if own is not None:
            asked = {task_id for company in companies_of(g.fair, clock.now(), own) for task_id in company.asked}
            tasks = [task for task in tasks if task.id in asked]
        return {"items": tasks, "next": None}

    @allow(Permission.TASKS_KEEP)
    @blueprint.arguments(schemas.TaskIn)
    @blueprint.response(201, schemas.TaskOut)
    def post(self, asked: dict[str, Any]) -> Task:
        """Set a task."""
        return retrying(lambda: keep_task(principal().actor(), g.fair, asked, clock.now()))


@blueprint.route("/usual-tasks")
class UsualTasks(MethodView):
    @allow(Permission.TASKS_KEEP)
    @blueprint.response(200, schemas.Taken)
    def post(self) -> dict[str, Any]:
        """Set what fairs usually ask; what was taken before stays as it is."""
        return {"added": retrying(lambda: take_usual_tasks(principal().actor(), g.fair, clock.now()))}


@blueprint.route("/tasks/<int:task_id>")
class OneTask(MethodView):
    @allow(Permission.TASKS_KEEP)
    @blueprint.arguments(schemas.TaskIn)
    @blueprint.response(200, schemas.TaskOut)
    def put(self, asked: dict[str, Any], task_id: int) -> Task:
        """Change a task; one with answers goes on asking for the same kind of thing."""
        return retrying(lambda: keep_task(principal().actor(), g.fair, asked, clock.now(), task_id))

    @allow(Permission.TASKS_KEEP)
    @blueprint.response(204)
    def delete(self, task_id: int) -> None:
        """Ask it no longer; its answers are kept."""
        retrying(lambda: remove_task(principal().actor(), g.fair, task_id, clock.now()))


@blueprint.route("/tasks/<int:task_id>/answers", methods=["POST"])
@idempotent
@blueprint.arguments(schemas.AnswerIn)
@blueprint.response(201, schemas.Stands)
@allow(Permission.TASK_ANSWER)
def answer(sent: dict[str, Any], task_id: int) -> dict[str, Any]:
    """Answer a task with a tick, a text or a choice, over the revision that was seen. Files go to `documents`."""
    task = task_of(g.fair.id, task_id)
    if task.asks == Asks.FILE:
        raise FieldErrors({"document": N_("This task asks for a file: send it to its documents.")})
    return _answer(task, sent, Said(confirmed=sent["confirmed"], text=sent["text"]))


@blueprint.route("/tasks/<int:task_id>/documents", methods=["POST"])
@idempotent
@blueprint.arguments(schemas.FileQuery, location="query")
@blueprint.arguments(schemas.AnswerUpload, location="files")
@blueprint.response(201, schemas.Stands)
@allow(Permission.TASK_ANSWER)
def send_document(query: dict[str, Any], sent: dict[str, Any], task_id: int) -> dict[str, Any]:
    """Answer a task with a PDF, PNG or JPEG of 10 MB at most."""
    task = task_of(g.fair.id, task_id)
    if task.asks != Asks.FILE:
        raise FieldErrors({"document": N_("This task asks for no file.")})
    file = sent["document"]
    return _answer(task, query, Said(filename=file.filename or "document", content=file.read()))


@blueprint.route("/task-answers", methods=["GET"])
@blueprint.arguments(schemas.AnswerQuery, location="query")
@blueprint.response(200, schemas.StandsPage)
@allow(Permission.TASKS_KEEP, Permission.TASK_ANSWER)
def answers(asked: dict[str, Any]) -> dict[str, Any]:
    """How exhibitors stand with the tasks, those too who have not answered; an exhibitor's key sees its own."""
    limit, after = asked_limit(), asked_after(_place)
    own = _own_ids()
    companies = companies_of(g.fair, clock.now(), own)
    rows = sorted((_key(one), one) for company in companies for one in company.asked.values())
    wanted = [
        (key, one)
        for key, one in rows
        if (after is None or key > after)
        and asked.get("task", one.task.id) == one.task.id
        and asked.get("exhibitor", one.exhibitor.id) == one.exhibitor.id
        and asked.get("state", one.standing) == one.standing
    ]
    following = "-".join(map(str, wanted[limit - 1][0])) if len(wanted) > limit else None
    return {"items": [_shown(one) for _key, one in wanted[:limit]], "next": following}


@blueprint.route("/task-answers/<int:answer_id>/<int:revision>/document", methods=["GET"])
@blueprint.response(200, content_type="application/octet-stream")
@allow(Permission.TASKS_KEEP, Permission.TASK_ANSWER)
def document(answer_id: int, revision: int) -> Response:
    """A file as it was sent with a revision."""
    return upload_response(document_of(g.fair, answer_id, revision, _own_ids()))


@blueprint.route("/task-answers/decisions", methods=["POST"])
@idempotent
@blueprint.arguments(schemas.Decision)
@blueprint.response(201, schemas.Decided)
@allow(Permission.TASKS_KEEP)
def decide(sent: dict[str, Any]) -> dict[str, Any]:
    """Accept answers at the revision that was seen, or send them back with a reason; others are left."""
    seen = {one["id"]: one["revision"] for one in sent["answers"]}
    actor, now = principal().actor(), clock.now()
    if sent["decision"] == "accept":
        done = retrying(lambda: accept_answers(actor, g.fair, seen, now))
    else:
        done = retrying(lambda: send_back(actor, g.fair, seen, sent["reason"], now))
    return {"decided": done, "left": [one for one in sorted(seen) if one not in done]}


def _answer(task: Task, sent: dict[str, Any], said: Said) -> dict[str, Any]:
    who, now = principal(), clock.now()
    exhibitor_id = sent.get("exhibitor") or (min(who.exhibitor_ids) if len(who.exhibitor_ids) == 1 else None)
    if exhibitor_id not in who.exhibitor_ids:
        raise NotFound()
    asks = task.asks
    retrying(lambda: answer_task(who.actor(), g.fair, exhibitor_id, task.id, sent["revision"], asks, said, now))
    [company] = companies_of(g.fair, now, [exhibitor_id])
    return _shown(company.asked[task.id])


def _own_ids() -> Collection[int] | None:
    """The exhibitors that the caller speaks for; None: the organiser's side, who sees all."""
    who = principal()
    return None if who.staff_can(Permission.TASKS_KEEP) else who.exhibitor_ids


def _key(one: Asked) -> tuple[int, int]:
    return one.exhibitor.id, one.task.id


def _place(text: str) -> tuple[int, int]:
    exhibitor_id, _dash, task_id = text.partition("-")
    return row_number(exhibitor_id), row_number(task_id)


def _shown(one: Asked) -> dict[str, Any]:
    answer = one.answer
    return {
        "task": one.task.id,
        "exhibitor": one.exhibitor.id,
        "state": one.standing.value,
        "due_on": one.task.due_on,
        "id": answer.id if answer is not None else None,
        "revision": answer.revision if answer is not None else 0,
        "text": answer.text if answer is not None else "",
        "document": one.document,
        "answered_at": answer.answered_at if answer is not None else None,
        "answered_late": one.answered_late,
        "reason": answer.reason if answer is not None else "",
    }
