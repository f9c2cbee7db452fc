"""What booths are sold under: when an order is due, what cancelling costs, and discount codes."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import clock
from app.access import Permission, allow, principal
from app.booths.cancelling_fees import add_step, remove_step
from app.booths.discounts import add_code, codes_of, uses_of, withdraw_code
from app.db import retrying
from app.errors import FieldErrors
from app.front.blueprint import blueprint
from app.front.selling_views import selling_page
from app.front.terms_forms import CodeForm, ScheduleForm, StepForm
from app.payments.schedule import end_schedule, set_cancels_at_once, set_schedule


@blueprint.post("/fairs/<slug>/organise/selling/schedule")
@allow(Permission.SETTINGS)
def set_payment_schedule() -> Any:
    """A deposit at order and the balance until a day; orders that are placed keep their own."""
    form = ScheduleForm(g.fair)
    if not form.validate_on_submit():
        return selling_page(schedule_form=form)
    actor, asked = principal().actor(), form.values()
    try:
        retrying(lambda: set_schedule(actor, g.fair, asked, clock.now()))
    except FieldErrors as error:
        form.take_errors(error)
        return selling_page(schedule_form=form)
    flash(_("Saved."))
    return redirect(url_for("fairs.selling", _anchor="schedule"), 303)


@blueprint.post("/fairs/<slug>/organise/selling/schedule/removal")
@allow(Permission.SETTINGS)
def end_payment_schedule() -> Response:
    retrying(lambda: end_schedule(principal().actor(), g.fair))
    flash(_("New orders are due whole."))
    return redirect(url_for("fairs.selling", _anchor="schedule"), 303)


@blueprint.post("/fairs/<slug>/organise/selling/fees")
@allow(Permission.SETTINGS)
def add_fee() -> Any:
    """A step: until a day, cancelling costs so much of the order."""
    form = StepForm()
    if not form.validate_on_submit():
        return selling_page(step_form=form)
    actor, until_on, fee_bp = principal().actor(), form.until_on.data, form.fee_bp
    try:
        retrying(lambda: add_step(actor, g.fair, until_on, fee_bp))
    except FieldErrors as error:
        form.take_errors(error)
        return selling_page(step_form=form)
    flash(_("Saved."))
    return redirect(url_for("fairs.selling", _anchor="fees"), 303)


@blueprint.post("/fairs/<slug>/organise/selling/fees/<int:step_id>/removal")
@allow(Permission.SETTINGS)
def remove_fee(step_id: int) -> Response:
    retrying(lambda: remove_step(principal().actor(), g.fair, step_id))
    flash(_("Removed. Contracts that name this fee keep it."))
    return redirect(url_for("fairs.selling", _anchor="fees"), 303)


@blueprint.post("/fairs/<slug>/organise/selling/fees/rule/<any(ask, at_once):rule>")
@allow(Permission.SETTINGS)
def set_fee_rule(rule: str) -> Response:
    """Whether a cancellation is carried out at once, or waits for the organiser."""
    retrying(lambda: set_cancels_at_once(principal().actor(), g.fair, rule == "at_once"))
    flash(_("Saved."))
    return redirect(url_for("fairs.selling", _anchor="fees"), 303)


@blueprint.get("/fairs/<slug>/organise/selling/codes")
@allow(Permission.BOOTHS_SEE)
def discount_codes() -> Any:
    """Codes, what they take off, and who used them."""
    return _codes_page(CodeForm(g.fair, formdata=None)), 200


@blueprint.post("/fairs/<slug>/organise/selling/codes")
@allow(Permission.SETTINGS)
def add_discount_code() -> Any:
    form = CodeForm(g.fair)
    if not form.validate_on_submit():
        return _codes_page(form), 422
    actor, asked = principal().actor(), form.values()
    try:
        retrying(lambda: add_code(actor, g.fair, asked, clock.now()))
    except FieldErrors as error:
        form.take_errors(error)
        return _codes_page(form), 422
    flash(_("Saved."))
    return redirect(url_for("fairs.discount_codes"), 303)


@blueprint.post("/fairs/<slug>/organise/selling/codes/<int:code_id>/removal")
@allow(Permission.SETTINGS)
def remove_discount_code(code_id: int) -> Response:
    retrying(lambda: withdraw_code(principal().actor(), g.fair, code_id, clock.now()))
    flash(_("Nobody can type it any more. Orders that have it keep it."))
    return redirect(url_for("fairs.discount_codes"), 303)


def _codes_page(form: CodeForm) -> str:
    return render_template(
        "fairs/discount_codes.html",
        form=form,
        codes=codes_of(g.fair.id),
        uses=uses_of(g.fair.id),
        today=clock.fair_day(g.fair, clock.now()),
    )
