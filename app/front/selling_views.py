"""What the organiser sells booths for and with: prices by date, extras, and who ordered which."""

from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import clock
from app.access import Permission, allow, principal
from app.booths.cancelling_fees import steps_of
from app.booths.extras import extras_of, keep_extra, left_of, withdraw_extra
from app.booths.models import Extra
from app.booths.ordered_extras import ordered_extras
from app.booths.price_lists import add_price_list, booths_following, price_lists_of, remove_price_list
from app.db import db, retrying
from app.errors import FieldErrors, NotFound
from app.exports import Column, Kind, list_response
from app.fairs.currencies import open_currencies
from app.formats import local_name
from app.front.blueprint import blueprint
from app.front.selling_forms import ExtraForm, PriceListForm
from app.front.terms_forms import ScheduleForm, StepForm
from app.payments.schedule import balance_due_at, terms_of


@blueprint.get("/fairs/<slug>/organise/selling")
@allow(Permission.BOOTHS_SEE)
def selling() -> Any:
    return selling_page()


@blueprint.post("/fairs/<slug>/organise/selling/prices")
@allow(Permission.SETTINGS)
def add_prices() -> Any:
    """A price list from a day to a day; what was held or ordered before keeps its price."""
    form = PriceListForm(g.fair)
    if not form.validate_on_submit():
        return selling_page(prices_form=form)
    actor, asked = principal().actor(), form.values()
    try:
        retrying(lambda: add_price_list(actor, g.fair, asked, clock.now()))
    except FieldErrors as error:
        form.take_errors(error)
        return selling_page(prices_form=form)
    flash(_("Saved."))
    return redirect(url_for("fairs.selling", _anchor="prices"), 303)


@blueprint.post("/fairs/<slug>/organise/selling/prices/<int:price_list_id>/removal")
@allow(Permission.SETTINGS)
def remove_prices(price_list_id: int) -> Response:
    retrying(lambda: remove_price_list(principal().actor(), g.fair, price_list_id, clock.now()))
    flash(_("Booths cost their list price again in those days."))
    return redirect(url_for("fairs.selling", _anchor="prices"), 303)


@blueprint.route("/fairs/<slug>/organise/selling/extras", methods=["GET", "POST"])
@allow(Permission.BOOTHS_EDIT)
def add_extra() -> Any:
    return _extra_page(None)


@blueprint.route("/fairs/<slug>/organise/selling/extras/<int:extra_id>", methods=["GET", "POST"])
@allow(Permission.BOOTHS_EDIT)
def edit_extra(extra_id: int) -> Any:
    extra = db.session.get(Extra, extra_id)
    if extra is None or extra.fair_id != g.fair.id or extra.withdrawn_at is not None:
        raise NotFound()
    return _extra_page(extra)


@blueprint.post("/fairs/<slug>/organise/selling/extras/<int:extra_id>/removal")
@allow(Permission.BOOTHS_EDIT)
def remove_extra(extra_id: int) -> Response:
    retrying(lambda: withdraw_extra(principal().actor(), g.fair, extra_id, clock.now()))
    flash(_("It is no longer offered. Orders that have it keep it."))
    return redirect(url_for("fairs.selling", _anchor="extras"), 303)


@blueprint.get("/fairs/<slug>/organise/selling/ordered.<any(csv, xlsx):file_type>")
@allow(Permission.BOOTHS_SEE)
def ordered_list(file_type: Any) -> Any:
    """Who ordered how many of which extra, for whoever brings them to the booths."""
    columns = [
        Column(_("Extra")),
        Column(_("Exhibitor")),
        Column(_("Booths")),
        Column(_("Number"), Kind.NUMBER),
        Column(_("Unit")),
        Column(_("Order")),
        Column(_("Paid"), Kind.MOMENT),
    ]
    rows = (
        (
            local_name(one.extra),
            local_name(one.exhibitor),
            ", ".join(one.numbers),
            one.line.quantity,
            local_name(one.extra, "unit"),
            one.order.reference,
            one.order.paid_at,
        )
        for one in ordered_extras(g.fair.id)
    )
    return list_response(file_type, f"extras-{g.fair.slug}", columns, rows, ZoneInfo(g.fair.time_zone))


def _extra_page(extra: Extra | None) -> Any:
    form = ExtraForm(g.fair, extra)
    if form.validate_on_submit():
        actor, asked = principal().actor(), form.values()
        extra_id = extra.id if extra is not None else None
        try:
            retrying(lambda: keep_extra(actor, g.fair, asked, clock.now(), extra_id))
        except FieldErrors as error:
            form.take_errors(error)
        else:
            flash(_("Saved."))
            return redirect(url_for("fairs.selling", _anchor="extras"), 303)
    return render_template("fairs/extra.html", form=form, extra=extra), 422 if form.errors else 200


def selling_page(
    prices_form: PriceListForm | None = None,
    schedule_form: ScheduleForm | None = None,
    step_form: StepForm | None = None,
) -> Any:
    """The page; with a form that was refused, what was typed in it stays."""
    today, terms = clock.fair_day(g.fair, clock.now()), terms_of(g.fair.id)
    ordered = ordered_extras(g.fair.id)
    page = render_template(
        "fairs/selling.html",
        form=prices_form or PriceListForm(g.fair, formdata=None),
        price_lists=price_lists_of(g.fair.id),
        open_currencies=open_currencies(g.fair),
        following=booths_following(g.fair),
        extras=[(extra, left_of(extra)) for extra in extras_of(g.fair.id)],
        ordered=[
            (extra, [(one, one.numbers) for one in orders])
            for extra, orders in ((key, list(group)) for key, group in groupby(ordered, lambda one: one.extra))
        ],
        today=today,
        terms=terms,
        balance_due_at=balance_due_at(g.fair, terms),
        steps=steps_of(g.fair.id),
        schedule_form=schedule_form or ScheduleForm(g.fair, terms, formdata=None),
        step_form=step_form or StepForm(formdata=None),
    )
    return page, 422 if prices_form or schedule_form or step_form else 200
