"""The organiser keeps the tasks, and sees who stands where."""

from collections import Counter
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app import clock
from app.access import Permission, allow, principal
from app.db import retrying
from app.errors import DomainError, FieldErrors
from app.input import asked_number
from app.search import words
from app.tasks.blueprint import blueprint
from app.tasks.forms import KIND_NAMES, RemindersForm, TaskForm
from app.tasks.keeping import (
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
from app.tasks.queries import listed_companies
from app.tasks.standing import Company, Standing

PAGE = 50  # companies of the matrix


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


def _days_said() -> str:
    return ", ".join(map(str, days_before_of(g.fair.id)))
