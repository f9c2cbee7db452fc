"""The organiser's windows: set up, previewed, published, drawn; who has chosen and who missed its turn."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app import clock
from app.access import Permission, allow, principal
from app.allocation import selecting
from app.allocation.blueprint import blueprint
from app.allocation.points_record import rule_of
from app.allocation.selecting import one_selection
from app.allocation.selection_forms import SelectionForm
from app.allocation.selection_models import Selection, SelectionState
from app.allocation.selection_queries import Place, Standing, count_of, has_ties, places, selections
from app.booths.floorplan import zones
from app.db import retrying
from app.errors import DomainError, FieldErrors
from app.exports import Column, Kind, list_response
from app.formats import local_name
from app.i18n_marks import N_
from app.input import asked_number, sent_number

PAGE = 50
STANDING_NAMES = {
    Standing.WAITS: N_("Turn not begun"),
    Standing.CHOOSING: N_("Choosing now"),
    Standing.MISSED: N_("Missed its window"),
    Standing.CHOSEN: N_("Has a booth"),
}


@blueprint.get("/organise/selection")
@allow(Permission.BOOTHS_SEE)
def selection_index() -> str:
    """Windows and draws of the fair, and what points count."""
    return render_template(
        "allocation/selection_index.html", drawn=selections(g.fair.id), weights=rule_of(g.fair.id), now_at=clock.now()
    )


@blueprint.route("/organise/selection/new", methods=["GET", "POST"])
@allow(Permission.SETTINGS)
def add_windows() -> Any:
    """Set windows up as a draft."""
    form = SelectionForm(g.fair, zones(g.fair.id), None)
    if form.validate_on_submit():
        actor, settings = principal().actor(), form.settings()
        made = _tried(form, lambda: selecting.add_selection(actor, g.fair, settings, clock.now()))
        if made is not None:
            flash(_("Kept as a draft. Nobody sees it before you publish the list."))
            return redirect(url_for(".windows", draw_number=made.number), 303)
    page = render_template("allocation/selection_new.html", form=form)
    return page, 422 if form.errors else 200


@blueprint.get("/organise/selection/draws/<int:draw_number>")
@allow(Permission.BOOTHS_SEE)
def windows(draw_number: int) -> Any:
    """A draft with its form and preview; a published draw with how everybody stands."""
    return _page(one_selection(g.fair.id, draw_number))


@blueprint.post("/organise/selection/draws/<int:draw_number>")
@allow(Permission.SETTINGS)
def change_windows(draw_number: int) -> Any:
    kept = one_selection(g.fair.id, draw_number)
    form = SelectionForm(g.fair, zones(g.fair.id), kept)
    if form.validate_on_submit():
        actor, settings, seen = principal().actor(), form.settings(), sent_number("revision") or 0
        if _tried(form, lambda: selecting.change_selection(actor, g.fair, draw_number, settings, seen, clock.now())):
            flash(_("Saved."))
            return redirect(url_for(".windows", draw_number=draw_number), 303)
    return _page(one_selection(g.fair.id, draw_number), form), 422


@blueprint.post("/organise/selection/draws/<int:draw_number>/list")
@allow(Permission.SETTINGS)
def publish_list(draw_number: int) -> Any:
    """Publish who takes part with how many points, and the digest of it."""
    actor, seen = principal().actor(), sent_number("revision") or 0
    try:
        fixed = retrying(lambda: selecting.fix_list(actor, g.fair, draw_number, seen, clock.now()))
    except DomainError as error:
        return _refused(draw_number, error)
    if fixed.state == SelectionState.DRAWN:
        flash(_("Published. No two companies have as many points, so the order stands without a draw."))
    else:
        flash(_("The list is published. Type the seed once it is known."))
    return redirect(url_for(".windows", draw_number=draw_number), 303)


@blueprint.post("/organise/selection/draws/<int:draw_number>/seed")
@allow(Permission.SETTINGS)
def publish_seed(draw_number: int) -> Any:
    """Publish the seed; the order and everybody's window follow, and the mails go out."""
    actor, seed = principal().actor(), request.form.get("seed", "")[:200]
    try:
        retrying(lambda: selecting.draw(actor, g.fair, draw_number, seed, clock.now()))
    except DomainError as error:
        return _refused(draw_number, error)
    flash(_("Drawn and published. Every company gets its window by mail."))
    return redirect(url_for(".windows", draw_number=draw_number), 303)


@blueprint.post("/organise/selection/draws/<int:draw_number>/renewal")
@allow(Permission.SETTINGS)
def draw_anew(draw_number: int) -> Any:
    """Replace a published draw by a new one; the old one stays to be read."""
    actor, reason = principal().actor(), request.form.get("reason", "")
    try:
        made = retrying(lambda: selecting.renew(actor, g.fair, draw_number, reason, clock.now()))
    except DomainError as error:
        return _refused(draw_number, error)
    flash(_("Draw %(old)s is replaced. Set up draw %(new)s and publish its list.", old=draw_number, new=made.number))
    return redirect(url_for(".windows", draw_number=made.number), 303)


@blueprint.post("/organise/selection/draws/<int:draw_number>/end")
@allow(Permission.SETTINGS)
def call_off_windows(draw_number: int) -> Any:
    """Let all book at once; or throw a draft away that nobody saw."""
    actor, reason = principal().actor(), request.form.get("reason", "")
    try:
        retrying(lambda: selecting.call_off(actor, g.fair, draw_number, reason, clock.now()))
    except DomainError as error:
        return _refused(draw_number, error)
    flash(_("Done. Booking is as without these windows."))
    return redirect(url_for(".selection_index"), 303)


@blueprint.get("/organise/selection/draws/<int:draw_number>/standing.<any(csv, xlsx):file_type>")
@allow(Permission.BOOTHS_SEE)
def standing_file(draw_number: int, file_type: Any) -> Any:
    """How everybody of a draw stands, as a file."""
    selection = one_selection(g.fair.id, draw_number)
    columns = [
        Column(_("Place in the order"), Kind.NUMBER), Column(_("Number"), Kind.NUMBER), Column(_("Exhibitor")),
        Column(_("Points"), Kind.NUMBER), Column(_("Window begins"), Kind.MOMENT), Column(_("ends"), Kind.MOMENT),
        Column(_("State")), Column(_("Booths")), Column(_("E-mail")), Column(_("Phone")),
    ]  # fmt: skip
    rows = (
        (
            one.entry.place, one.exhibitor.id, local_name(one.exhibitor), one.entry.points, one.entry.starts_at,
            one.entry.ends_at, _(STANDING_NAMES[one.standing]), ", ".join(one.booths), one.exhibitor.email,
            one.exhibitor.phone,
        )
        for one in places(g.fair, selection, clock.now())
    )  # fmt: skip
    name = f"selection-{g.fair.slug}-{draw_number}"
    return list_response(file_type, name, columns, rows, ZoneInfo(g.fair.time_zone))


def _tried(form: SelectionForm, work: Any) -> Selection | None:
    """What the verb gives, or its refusal beside the fields."""
    try:
        return retrying(work)  # type: ignore[no-any-return]
    except FieldErrors as error:
        form.take_errors(error)
    except DomainError as error:
        form.form_errors.append(error.sentence())
    return None


def _refused(draw_number: int, error: DomainError) -> Any:
    return _page(one_selection(g.fair.id, draw_number), refusal=error), error.status


def _page(selection: Selection, form: SelectionForm | None = None, refusal: DomainError | None = None) -> str:
    now = clock.now()
    faults = refusal.sentences() if isinstance(refusal, FieldErrors) else {}
    after = asked_number("after", 0) or 0
    all_zones = zones(g.fair.id)
    context: dict[str, Any] = {
        "one": selection, "zone": next((zone for zone in all_zones if zone.id == selection.zone_id), None),
        "refusal": refusal, "faults": faults, "typed": request.form, "now_at": now, "after": after, "page": PAGE,
    }  # fmt: skip
    if selection.state == SelectionState.DRAFT:
        form = form or SelectionForm(g.fair, all_zones, selection, formdata=None)
        return render_template("allocation/selection_draft.html", form=form, **context | _preview(selection, now))
    found = places(g.fair, selection, now)
    show = request.args.get("show", "")
    listed: list[Place] = [one for one in found if one.standing == show] if show in list(Standing) else found
    context |= {
        "counts": count_of(found), "total": len(found), "listed": len(listed), "rows": listed[after : after + PAGE],
        "show": show if show in list(Standing) else "", "ties": has_ties(found),
    }  # fmt: skip
    return render_template("allocation/selection_one.html", **context)


def _preview(selection: Selection, now: datetime) -> dict[str, Any]:
    """The order and windows as they would be now, or why there are none."""
    try:
        placed = selecting.preview(g.fair, selection, now)
    except FieldErrors as error:
        return {"placed": [], "total": 0, "lacking": next(iter(error.sentences().values()))}
    after = asked_number("after", 0) or 0
    ends = max((one.window[1] for one in placed), default=None)
    return {
        "placed": placed[after : after + PAGE], "total": len(placed), "lacking": "", "last_end": ends,
        "ties": sum(one.last > one.place for one in placed),
    }  # fmt: skip
