"""The organiser's pages of gates and categories: what each gate is, and what it asks of whom."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import clock
from app.access import Permission, allow, principal
from app.db import retrying
from app.errors import FieldErrors
from app.formats import local_name
from app.visitors import gates
from app.visitors.categories import category_by_code, change_category
from app.visitors.gate_rules_forms import ASKED_NAMES, GateForm, category_form
from app.visitors.registration import every_category

blueprint = Blueprint("gate_rules", __name__, url_prefix="/fairs/<slug>/organise/gates/rules")


@blueprint.get("")
@allow(Permission.GATES_KEEP)
def index() -> str:
    return _page(GateForm(g.fair, formdata=None))


@blueprint.post("/gates")
@allow(Permission.GATES_KEEP)
def add_gate() -> Any:
    form = GateForm(g.fair)
    if not form.validate_on_submit():
        return _page(form), 422
    actor, values = principal().actor(), form.values()
    try:
        retrying(lambda: gates.add_gate(actor, g.fair, **values))
    except FieldErrors as error:
        form.take_errors(error)
        return _page(form), 422
    flash(_("The gate is added."))
    return redirect(url_for("gate_rules.index"), 303)


@blueprint.route("/gates/<gate_code>", methods=["GET", "POST"])
@allow(Permission.GATES_KEEP)
def gate(gate_code: str) -> Any:
    found = gates.gate_by_code(g.fair.id, gate_code)
    form = GateForm(g.fair, found)
    if request.method == "GET":
        return render_template("visitors/gate_edit.html", gate=found, form=form)
    if form.validate_on_submit():
        actor, values = principal().actor(), form.values()
        try:
            retrying(lambda: gates.change_gate(actor, g.fair, gate_code, **values))
        except FieldErrors as error:
            form.take_errors(error)
        else:
            flash(_("Saved."))
            return redirect(url_for("gate_rules.index"), 303)
    return render_template("visitors/gate_edit.html", gate=found, form=form), 422


@blueprint.post("/gates/<gate_code>/move")
@allow(Permission.GATES_KEEP)
def move_gate(gate_code: str) -> Response:
    up = request.form.get("to") == "up"
    retrying(lambda: gates.move_gate(principal().actor(), g.fair, gate_code, up))
    return redirect(url_for("gate_rules.index"), 303)


@blueprint.post("/gates/<gate_code>/retirement")
@allow(Permission.GATES_KEEP)
def retire_gate(gate_code: str) -> Response:
    retrying(lambda: gates.retire_gate(principal().actor(), g.fair, gate_code, clock.now()))
    flash(_("The gate is retired. Scans that devices still have of it are taken."))
    return redirect(url_for("gate_rules.index"), 303)


@blueprint.post("/gates/<gate_code>/reopening")
@allow(Permission.GATES_KEEP)
def reopen_gate(gate_code: str) -> Response:
    retrying(lambda: gates.reopen_gate(principal().actor(), g.fair, gate_code))
    flash(_("The gate is in use again."))
    return redirect(url_for("gate_rules.index"), 303)


@blueprint.route("/categories/<category_code>", methods=["GET", "POST"])
@allow(Permission.GATES_KEEP)
def category(category_code: str) -> Any:
    found = category_by_code(g.fair.id, category_code)
    form = category_form(g.fair, found)
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate_on_submit():
            actor, rules = principal().actor(), form.rules()
            retrying(lambda: change_category(actor, g.fair, category_code, rules))
            flash(_("Saved. Devices at the gates have it within seconds of being online."))
            return redirect(url_for("gate_rules.index", _anchor="categories"), 303)
    return render_template("visitors/category_edit.html", category=found, form=form), status


def _page(form: GateForm) -> str:
    listed, halls = gates.gates_of(g.fair.id), gates.halls_of(g.fair.id)
    return render_template(
        "visitors/gate_rules.html", form=form, used=[one for one in listed if one.retired_at is None],
        retired=[one for one in listed if one.retired_at is not None],
        halls={one.id: one for one in halls}, halls_by_code={one.code: one for one in halls},
        gates={one.code: one for one in listed}, names_of=_names_of,
        categories=every_category(g.fair.id), asked_names=ASKED_NAMES, days=clock.fair_days(g.fair),
    )  # fmt: skip


def _names_of(codes: list[str], known: dict[str, Any]) -> str:
    return ", ".join(local_name(known[code]) if code in known else code for code in codes)
