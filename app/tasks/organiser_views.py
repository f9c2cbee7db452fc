"""The organiser keeps the tasks, sees who is late, reads answers, accepts them or sends them back."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app import clock
from app.access import Permission, allow, principal
from app.db import retrying
from app.errors import DomainError, FieldErrors, NotFound
from app.input import asked_number, row_number
from app.search import words
from app.tasks.blueprint import blueprint
from app.tasks.deciding import accept_answers, send_back
from app.tasks.files import answers_file
from app.tasks.forms import KIND_NAMES, RemindersForm, TaskForm
from app.tasks.keeping import (
    BOOTH_KINDS,
    days_before_of,
    keep_task,
    move_task,
    remove_task,
    set_days_before,
    take_usual_tasks,
    task_of,
    tasks_of,
)
from app.tasks.models import Task
from app.tasks.queries import company_page, listed_companies, shown_answers
from app.tasks.standing import Company, Standing

PAGE = 50  # companies of the matrix
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


@blueprint.get("/organise/tasks")
@allow(Permission.TASKS_KEEP)
def index() -> str:
    return _index(RemindersForm(formdata=None, data={"days_before": _days_said()}))


@blueprint.post("/organise/tasks/usual")
@allow(Permission.TASKS_KEEP)
def take_usual() -> Response:
    """What fairs usually ask, with deadlines counted back from the first day."""
    taken = retrying(lambda: take_usual_tasks(principal().actor(), g.fair, clock.now()))
    flash(
        ngettext("One task is set.", "%(num)s tasks are set.", taken) if taken else _("All of them are there already.")
    )
    return redirect(url_for(".index"), 303)


@blueprint.post("/organise/tasks/reminders")
@allow(Permission.TASKS_KEEP)
def set_reminders() -> Any:
    form, actor = RemindersForm(), principal().actor()
    if form.validate_on_submit():
        try:
            days = form.days()
            retrying(lambda: set_days_before(actor, g.fair, days))
        except FieldErrors as error:
            form.take_errors(error)
        else:
            flash(_("Saved."))
            return redirect(url_for(".index", _anchor="reminders"), 303)
    return _index(form), 422


@blueprint.route("/organise/tasks/new", methods=["GET", "POST"])
@allow(Permission.TASKS_KEEP)
def add_task() -> Any:
    return _task_page(None)


@blueprint.route("/organise/tasks/<int:task_id>", methods=["GET", "POST"])
@allow(Permission.TASKS_KEEP)
def edit_task(task_id: int) -> Any:
    return _task_page(task_of(g.fair.id, task_id))


@blueprint.post("/organise/tasks/<int:task_id>/removal")
@allow(Permission.TASKS_KEEP)
def remove(task_id: int) -> Response:
    gone = retrying(lambda: remove_task(principal().actor(), g.fair, task_id, clock.now()))
    flash(_("The task is deleted.") if gone else _("The task is asked no longer. Its answers are kept."))
    return redirect(url_for(".index"), 303)


@blueprint.post("/organise/tasks/<int:task_id>/place")
@allow(Permission.TASKS_KEEP)
def move(task_id: int) -> Response:
    """One place up, or down."""
    places = -1 if request.form.get("to") == "up" else 1
    retrying(lambda: move_task(principal().actor(), g.fair, task_id, places))
    return redirect(url_for(".index", _anchor="tasks"), 303)


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


def _index(form: RemindersForm) -> str:
    now = clock.now()
    tasks, q = tasks_of(g.fair.id), request.args.get("q", "").strip()[:100]
    state = request.args.get("state", "")
    everybody, searched = listed_companies(g.fair, now), words(q)
    shown = [
        one
        for one in everybody
        if one.is_called(searched) and (state not in set(Standing) or one.count(Standing(state)))
    ]
    after = asked_number("after", 0) or 0
    return render_template(
        "tasks/index.html",
        tasks=tasks,
        retired=tasks_of(g.fair.id, retired=True),
        counts=_counts(everybody),
        companies=shown[after : after + PAGE],
        total=len(shown),
        everybody=len(everybody),
        after=after,
        page=PAGE,
        q=q,
        state=state if state in set(Standing) else "",
        states=list(Standing),
        form=form,
        today=clock.fair_day(g.fair, now),
        kind_names=KIND_NAMES,
    )


def _counts(companies: list[Company]) -> dict[int, dict[str, int]]:
    """Task's id → how many stand how; under 0 the sums of all tasks."""
    counts: dict[int, dict[str, int]] = {0: dict.fromkeys(Standing, 0)}
    stands = Counter((task_id, one.standing) for company in companies for task_id, one in company.asked.items())
    for (task_id, standing), number in stands.items():
        counts.setdefault(task_id, dict.fromkeys(Standing, 0))[standing] = number
        counts[0][standing] += number
    return counts


def _task_page(task: Task | None) -> Any:
    form, actor = TaskForm(g.fair, task), principal().actor()
    if form.validate_on_submit():
        asked, task_id = form.values(), task.id if task is not None else None
        try:
            retrying(lambda: keep_task(actor, g.fair, asked, clock.now(), task_id))
        except FieldErrors as error:
            form.take_errors(error)
        except DomainError as error:
            form.asks.errors = [error.sentence()]
        else:
            flash(_("Saved."))
            return redirect(url_for(".index"), 303)
    page = render_template("tasks/task.html", form=form, task=task, starts_on=g.fair.starts_on)
    return page, 422 if form.errors else 200


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


def _days_said() -> str:
    return ", ".join(map(str, days_before_of(g.fair.id)))
