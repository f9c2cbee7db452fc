"""The organiser reads answers to tasks, accepts them or sends them back, and takes the list along."""

from dataclasses import dataclass
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app import clock
from app.access import Permission, allow, principal
from app.db import retrying
from app.errors import FieldErrors, NotFound
from app.input import asked_number, row_number
from app.tasks.blueprint import blueprint
from app.tasks.deciding import accept_answers, send_back
from app.tasks.files import answers_file
from app.tasks.forms import KIND_NAMES
from app.tasks.keeping import BOOTH_KINDS, task_of, tasks_of
from app.tasks.queries import company_page, shown_answers
from app.tasks.standing import Standing

ANSWERS_PAGE = 100
DECIDED_AT_MOST = 400


@dataclass(frozen=True)
class Filter:
    """What a list of answers is narrowed to."""

    task: int | None = None
    state: str = ""
    kind: str = ""
    q: str = ""

    @property
    def arguments(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value}


@blueprint.get("/organise/tasks/answers")
@allow(Permission.TASKS_KEEP)
def answers() -> str:
    """Who stands how with which task: the answers, to be read and decided, and who has not answered."""
    return _answers_page(_asked_filter())


@blueprint.get("/organise/tasks/answers.<any(csv, xlsx):file_type>")
@allow(Permission.TASKS_KEEP)
def answers_list(file_type: Any) -> Response:
    """The list as filtered, whole, as a file."""
    return answers_file(g.fair, file_type, shown_answers(g.fair, clock.now(), **vars(_asked_filter())))


@blueprint.get("/organise/tasks/exhibitors/<int:exhibitor_id>")
@allow(Permission.TASKS_KEEP)
def company(exhibitor_id: int) -> str:
    return _company_page(exhibitor_id)


@blueprint.post("/organise/tasks/decisions")
@allow(Permission.TASKS_KEEP)
def decide() -> Any:
    """Accept the chosen answers, or send them back with one reason; what changed meanwhile is left and said."""
    actor, now = principal().actor(), clock.now()
    seen, reason = _chosen(), request.form.get("reason", "")
    exhibitor_id = asked_number("exhibitor")
    wanted = _asked_filter()
    try:
        if request.form.get("decision") == "send_back":
            done = retrying(lambda: send_back(actor, g.fair, seen, reason, now))
            said = ngettext("One answer is sent back.", "%(num)s answers are sent back.", len(done))
        else:
            done = retrying(lambda: accept_answers(actor, g.fair, seen, now))
            said = ngettext("One answer is accepted.", "%(num)s answers are accepted.", len(done))
    except FieldErrors as error:
        page = _company_page(exhibitor_id, error) if exhibitor_id else _answers_page(wanted, error)
        return page, error.status
    left = len(seen) - len(done)
    if done:
        flash(said)
    if left:
        flash(
            ngettext(
                "One answer changed meanwhile or was decided already: look at it again.",
                "%(num)s answers changed meanwhile or were decided already: look at them again.",
                left,
            )
        )
    if exhibitor_id:
        return redirect(url_for(".company", exhibitor_id=exhibitor_id), 303)
    return redirect(url_for(".answers", **wanted.arguments), 303)


def _answers_page(wanted: Filter, error: FieldErrors | None = None) -> str:
    found = shown_answers(g.fair, clock.now(), **vars(wanted))
    after = asked_number("after", 0) or 0
    return render_template(
        "tasks/answers.html",
        rows=found[after : after + ANSWERS_PAGE],
        total=len(found),
        after=after,
        page=ANSWERS_PAGE,
        wanted=wanted,
        tasks=tasks_of(g.fair.id),
        chosen_task=task_of(g.fair.id, wanted.task, retired=True) if wanted.task else None,
        states=list(Standing),
        kinds=[(kind, _(KIND_NAMES[kind])) for kind in BOOTH_KINDS],
        faults=error.sentences() if error is not None else {},
        chosen=set(request.form.getlist("answers")),
        reason=request.form.get("reason", ""),
    )


def _company_page(exhibitor_id: int, error: FieldErrors | None = None) -> str:
    found = company_page(g.fair, exhibitor_id, clock.now())
    return render_template(
        "tasks/company.html",
        company=found.company,
        earlier=found.earlier,
        faults=error.sentences() if error is not None else {},
        chosen=set(request.form.getlist("answers")),
        reason=request.form.get("reason", ""),
    )


def _asked_filter() -> Filter:
    """The filter in the address; what it does not know is left aside."""
    state, kind = request.args.get("state", ""), request.args.get("kind", "")
    task_id = asked_number("task")
    if task_id and not _is_task(task_id):
        task_id = None
    return Filter(
        task=task_id,
        state=state if state in set(Standing) else "",
        kind=kind if kind in BOOTH_KINDS else "",
        q=request.args.get("q", "").strip()[:100],
    )


def _is_task(task_id: int) -> bool:
    try:
        task_of(g.fair.id, task_id, retired=True)
    except NotFound:
        return False
    return True


def _chosen() -> dict[int, int]:
    """An answer's id → the revision that was seen, of the form's `answers`; what is none is left aside."""
    seen = {}
    for one in request.form.getlist("answers")[:DECIDED_AT_MOST]:
        answer_id, _dot, revision = one.partition(".")
        try:
            seen[row_number(answer_id)] = row_number(revision)
        except ValueError:
            continue
    return seen
