"""An exhibitor's own tasks: what is to do until when, answered in place."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app import clock
from app.access import Permission, allow, principal
from app.db import retrying
from app.documents.uploads import BYTES_AT_MOST, upload_response
from app.errors import DomainError, FieldErrors, NotFound
from app.formats import day
from app.input import asked_number, sent_number
from app.tasks.answering import Said, answer_task, is_one_line, option_name
from app.tasks.blueprint import blueprint
from app.tasks.models import AnswerState
from app.tasks.queries import document_of, earlier_of
from app.tasks.standing import Standing, asked_in_turn, companies_of


@dataclass(frozen=True)
class Refused:
    """An answer that was not taken: of which task and company, why, and what was typed."""

    task_id: int
    exhibitor_id: int
    sentence: str
    faults: dict[str, str]
    typed: str
    confirmed: bool


@blueprint.get("/portal/tasks")
@allow(Permission.TASK_ANSWER)
def own() -> str:
    """Preparing for the fair: `?task=` opens one of them, else the most pressing is open."""
    return _page(asked_number("task"))


@blueprint.post("/portal/tasks/<int:task_id>/answers")
@allow(Permission.TASK_ANSWER)
def answer(task_id: int) -> Any:
    exhibitor_id, seen = sent_number("exhibitor"), sent_number("revision")
    who, now = principal(), clock.now()
    if exhibitor_id not in who.exhibitor_ids or seen is None:
        raise NotFound()
    sent = request.files.get("document")
    said = Said(
        confirmed=request.form.get("confirmed") == "yes",
        text=request.form.get("answer", ""),
        filename=(sent.filename or "") if sent else "",
        content=sent.read(BYTES_AT_MOST + 1) if sent else b"",
    )
    asks = request.form.get("asks", "")
    try:
        kept = retrying(lambda: answer_task(who.actor(), g.fair, exhibitor_id, task_id, seen, asks, said, now))
    except NotFound:
        raise
    except DomainError as error:
        faults = error.sentences() if isinstance(error, FieldErrors) else {}
        refused = Refused(task_id, exhibitor_id, error.sentence(), faults, said.text, said.confirmed)
        return _page(task_id, refused), error.status
    waits = kept.state == AnswerState.SENT
    flash(_("Sent. The organiser looks at it and tells you if something is missing.") if waits else _("Done."))
    return redirect(url_for(".own"), 303)


@blueprint.get("/tasks/answers/<int:answer_id>/<int:revision>/document")
@allow(Permission.TASKS_KEEP, Permission.TASK_ANSWER)
def document(answer_id: int, revision: int) -> Response:
    """A file that was sent, for its company and the organiser alone."""
    who = principal()
    own_ids = None if who.staff_can(Permission.TASKS_KEEP) else who.exhibitor_ids
    return upload_response(document_of(g.fair, answer_id, revision, own_ids))


@blueprint.app_template_global()
def said_option(task: Any, name: str, english: bool) -> str:
    """A choice in the reader's language."""
    return option_name(task, name, english)


@blueprint.app_template_filter()
def written_day(iso: str) -> str:
    """A day as a mail's context keeps it, in the reader's words."""
    return day(date.fromisoformat(iso), weekday=True)


def _page(task_id: int | None, refused: Refused | None = None) -> str:
    companies = companies_of(g.fair, clock.now(), principal().exhibitor_ids)
    everything = [one for company in companies for one in company.asked.values()]
    to_do = asked_in_turn(companies)
    opened = task_id if any(one.task.id == task_id for one in everything) else to_do[0].task.id if to_do else None
    return render_template(
        "tasks/own.html",
        companies=companies,
        to_do=to_do,
        waiting=[one for one in everything if one.standing == Standing.SENT],
        done=[one for one in everything if one.standing == Standing.DONE],
        late=sum(one.standing == Standing.LATE for one in everything),
        opened=opened,
        earlier=earlier_of(g.fair, companies),
        refused=refused,
        is_one_line=is_one_line,
    )
