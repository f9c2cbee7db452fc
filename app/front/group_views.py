"""Groups with a price of their own, booths held back for them, and prices by quantity, as the organiser keeps them."""

from datetime import timedelta
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app import clock
from app.access import Permission, allow, principal
from app.booths import quantities
from app.booths.errors import UnknownBooth
from app.booths.floorplan import zones
from app.booths.group_models import PriceGroup
from app.booths.groups import (
    add_members,
    group_by_id,
    groups_with_counts,
    keep_group,
    members_of,
    not_in,
    remove_member,
    uses_of,
    withdraw_group,
)
from app.booths.held_back import held_back_for, hold_back, let_go
from app.booths.reductions import CM2
from app.db import retrying
from app.errors import FieldErrors
from app.front.blueprint import blueprint
from app.front.group_forms import GroupForm, HeldBackForm, MembersForm, QuantityForm

HERE = "/fairs/<slug>/organise/selling/groups"


@blueprint.get(HERE)
@allow(Permission.BOOTHS_SEE)
def groups() -> Any:
    """Groups, steps by quantity, and which price holds when several meet."""
    return _list_page()


@blueprint.post(HERE)
@allow(Permission.SETTINGS)
def add_group() -> Any:
    form = GroupForm(g.fair, zones(g.fair.id))
    if not form.validate_on_submit():
        return _list_page(form=form)
    actor, asked = principal().actor(), form.values()
    try:
        group = retrying(lambda: keep_group(actor, g.fair, asked, clock.now()))
    except FieldErrors as error:
        form.take_errors(error)
        return _list_page(form=form)
    flash(_("Saved. Now say who is in the group."))
    return redirect(url_for("fairs.group", group_id=group.id), 303)


@blueprint.post("/fairs/<slug>/organise/selling/quantities")
@allow(Permission.SETTINGS)
def add_quantity() -> Any:
    """From so many booths or m² in one order, so much off."""
    form = QuantityForm()
    if not form.validate_on_submit():
        return _list_page(quantity_form=form)
    actor, asked = principal().actor(), form.values()
    try:
        retrying(lambda: quantities.add_step(actor, g.fair, asked, clock.now()))
    except FieldErrors as error:
        form.take_errors(error)
        return _list_page(quantity_form=form)
    flash(_("Saved."))
    return redirect(url_for("fairs.groups", _anchor="quantities"), 303)


@blueprint.post("/fairs/<slug>/organise/selling/quantities/<int:quantity_id>/removal")
@allow(Permission.SETTINGS)
def remove_quantity(quantity_id: int) -> Response:
    retrying(lambda: quantities.remove_step(principal().actor(), g.fair, quantity_id, clock.now()))
    flash(_("Removed. What is held or ordered already keeps its price."))
    return redirect(url_for("fairs.groups", _anchor="quantities"), 303)


@blueprint.get(f"{HERE}/<int:group_id>")
@allow(Permission.BOOTHS_SEE)
def group(group_id: int) -> Any:
    """One group: its terms, who is in it, what is held back for it, which orders have its price."""
    return _group_page(group_by_id(g.fair.id, group_id))


@blueprint.post(f"{HERE}/<int:group_id>")
@allow(Permission.SETTINGS)
def edit_group(group_id: int) -> Any:
    shown = group_by_id(g.fair.id, group_id)
    form = GroupForm(g.fair, zones(g.fair.id), shown)
    if not form.validate_on_submit():
        return _group_page(shown, form=form)
    actor, asked = principal().actor(), form.values()
    try:
        retrying(lambda: keep_group(actor, g.fair, asked, clock.now(), group_id))
    except FieldErrors as error:
        form.take_errors(error)
        return _group_page(group_by_id(g.fair.id, group_id), form=form)
    flash(_("Saved. Orders that have the price keep theirs; who holds booths reads the new one before ordering."))
    return redirect(url_for("fairs.group", group_id=group_id), 303)


@blueprint.post(f"{HERE}/<int:group_id>/removal")
@allow(Permission.SETTINGS)
def remove_group(group_id: int) -> Response:
    retrying(lambda: withdraw_group(principal().actor(), g.fair, group_id, clock.now()))
    flash(_("Removed. Orders that have its price keep it, and its booths are everybody's."))
    return redirect(url_for("fairs.groups"), 303)


@blueprint.post(f"{HERE}/<int:group_id>/members")
@allow(Permission.BOOTHS_EDIT)
def add_to_group(group_id: int) -> Any:
    """One exhibitor, or everybody who is from a province or country by now."""
    shown = group_by_id(g.fair.id, group_id)
    form = MembersForm(g.fair, not_in(shown))
    if not form.validate_on_submit():
        return _group_page(shown, members_form=form)
    actor, asked = principal().actor(), form.values()
    try:
        added = retrying(lambda: add_members(actor, g.fair, group_id, clock.now(), **asked))
    except FieldErrors as error:
        form.take_errors(error)
        return _group_page(group_by_id(g.fair.id, group_id), members_form=form)
    flash(ngettext("One exhibitor is in the group now.", "%(num)s more exhibitors are in the group now.", added))
    return redirect(url_for("fairs.group", group_id=group_id, _anchor="members"), 303)


@blueprint.post(f"{HERE}/<int:group_id>/members/<int:exhibitor_id>/removal")
@allow(Permission.BOOTHS_EDIT)
def remove_from_group(group_id: int, exhibitor_id: int) -> Response:
    retrying(lambda: remove_member(principal().actor(), g.fair, group_id, exhibitor_id, clock.now()))
    flash(_("Its next order is at everybody's price; orders that have the group's keep it."))
    return redirect(url_for("fairs.group", group_id=group_id, _anchor="members"), 303)


@blueprint.post(f"{HERE}/<int:group_id>/booths")
@allow(Permission.BOOTHS_EDIT)
def hold_back_booths(group_id: int) -> Any:
    """Booths by number, or all of a zone, until the end of a day."""
    shown = group_by_id(g.fair.id, group_id)
    form = HeldBackForm(zones(g.fair.id))
    if not form.validate_on_submit():
        return _group_page(shown, back_form=form)
    actor, asked = principal().actor(), (form.numbers, form.zone_asked, form.until_on.data)
    try:
        kept = retrying(lambda: hold_back(actor, g.fair, group_id, *asked, clock.now()))
    except UnknownBooth as error:
        form.booths.errors = [error.sentence()]
        return _group_page(group_by_id(g.fair.id, group_id), back_form=form)
    except FieldErrors as error:
        form.take_errors(error)
        return _group_page(group_by_id(g.fair.id, group_id), back_form=form)
    flash(ngettext("%(num)s booth is held back.", "%(num)s booths are held back.", len(kept)))
    return redirect(url_for("fairs.group", group_id=group_id, _anchor="booths"), 303)


@blueprint.post(f"{HERE}/<int:group_id>/booths/release")
@allow(Permission.BOOTHS_EDIT)
def let_booths_go(group_id: int) -> Response:
    """One booth (`number`), or all of the group's, are everybody's again."""
    number = request.form.get("number", "")
    freed = retrying(lambda: let_go(principal().actor(), g.fair, group_id, [number] if number else None, clock.now()))
    flash(ngettext("%(num)s booth is everybody's again.", "%(num)s booths are everybody's again.", len(freed)))
    return redirect(url_for("fairs.group", group_id=group_id, _anchor="booths"), 303)


def _list_page(form: GroupForm | None = None, quantity_form: QuantityForm | None = None) -> Any:
    """The page; with a form that was refused, what was typed in it stays."""
    now = clock.now()
    page = render_template(
        "fairs/groups.html",
        groups=groups_with_counts(g.fair.id, now),
        zones={zone.id: zone for zone in zones(g.fair.id)},
        steps=quantities.steps_of(g.fair.id),
        form=form or GroupForm(g.fair, zones(g.fair.id), formdata=None),
        quantity_form=quantity_form or QuantityForm(formdata=None),
        today=clock.fair_day(g.fair, now),
        CM2=CM2,
    )
    return page, 422 if form or quantity_form else 200


def _group_page(
    shown: PriceGroup,
    form: GroupForm | None = None,
    members_form: MembersForm | None = None,
    back_form: HeldBackForm | None = None,
) -> Any:
    now, all_zones = clock.now(), zones(g.fair.id)
    page = render_template(
        "fairs/group.html",
        group=shown,
        zones={zone.id: zone for zone in all_zones},
        members=members_of(shown),
        uses=uses_of(shown),
        booths=held_back_for(shown, now),
        form=form or GroupForm(g.fair, all_zones, shown, formdata=None),
        members_form=members_form or MembersForm(g.fair, not_in(shown), formdata=None),
        back_form=back_form or HeldBackForm(all_zones, formdata=None),
        last_day_of=lambda until: clock.fair_day(g.fair, until - timedelta(seconds=1)),
        now_at=now,
        today=clock.fair_day(g.fair, now),
        CM2=CM2,
    )
    return page, 422 if form or members_form or back_form else 200
