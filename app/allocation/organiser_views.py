"""The organiser's lists of applications, one application, and how booths are let."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app import clock
from app.access import Permission, allow, principal
from app.allocation.blueprint import blueprint
from app.allocation.forms import SHORT_NAMES, RulesForm
from app.allocation.models import ApplicationState, OfferState, Way
from app.allocation.queries import SHOWS, Shown, counts, listed, one_application, shown
from app.booths.floorplan import zones
from app.booths.workflows import Workflow, set_workflows
from app.db import retrying
from app.errors import DomainError, FieldErrors
from app.exports import Column, Kind, list_response
from app.formats import local_name
from app.i18n_marks import N_
from app.input import asked_number

PAGE = 50
STATE_NAMES = {
    ApplicationState.DRAFT: N_("Not sent yet"),
    ApplicationState.SENT: N_("Waits for the organiser"),
    ApplicationState.OFFERED: N_("Offered"),
    ApplicationState.PLACED: N_("Booth ordered"),
    ApplicationState.REFUSED: N_("Refused"),
    ApplicationState.LAPSED: N_("Time ran out"),
    ApplicationState.WITHDRAWN: N_("Withdrawn"),
}


@blueprint.get("/organise/applications")
@allow(Permission.BOOTHS_SEE)
def index() -> str:
    """Who asks for booths: what waits for the organiser, open offers, the waiting list, and what is over."""
    now, number = clock.now(), counts(g.fair)
    show = _show(next((name for name in SHOWS if number[name]), "decide"))
    q = request.args.get("q", "").strip()[:100]
    found = listed(g.fair, show, q)
    after = asked_number("after", 0) or 0
    return render_template(
        "allocation/index.html",
        show=show,
        counts=number,
        rows=shown(g.fair, found[after : after + PAGE], now),
        total=len(found),
        after=after,
        page=PAGE,
        q=q,
        zones=[(zone, SHORT_NAMES[Workflow(zone.workflow)]) for zone in zones(g.fair.id) if zone.workflow],
        way_name=_(SHORT_NAMES[Workflow(g.fair.workflow)]),
    )


@blueprint.get("/organise/applications.<any(csv, xlsx):file_type>")
@allow(Permission.BOOTHS_SEE)
def list_file(file_type: Any) -> Any:
    """The list as it is shown, whole, as a file."""
    show = _show("decide")
    columns = [
        Column(_("Exhibitor")),
        Column(_("State")),
        Column(_("Sent"), Kind.MOMENT),
        Column(_("Place on the waiting list"), Kind.NUMBER),
        Column(_("Wishes")),
        Column(_("How many, next to each other"), Kind.NUMBER),
        Column(_("Offered")),
        Column(_("Answer by"), Kind.MOMENT),
        Column(_("What the organiser should know")),
        Column(_("E-mail")),
        Column(_("Phone")),
    ]
    found = listed(g.fair, show, request.args.get("q", "").strip()[:100])
    rows = (_row(one) for one in shown(g.fair, found, clock.now()))
    return list_response(file_type, f"applications-{g.fair.slug}", columns, rows, ZoneInfo(g.fair.time_zone))


@blueprint.get("/organise/applications/<int:application_id>")
@allow(Permission.BOOTHS_SEE)
def one(application_id: int) -> str:
    return one_page(application_id)


@blueprint.route("/organise/applications/rules", methods=["GET", "POST"])
@allow(Permission.SETTINGS)
def rules() -> Any:
    """How booths are let, at the fair and zone by zone."""
    all_zones = zones(g.fair.id)
    form = RulesForm(g.fair, all_zones)
    if request.method == "POST":
        form.read_zones(request.form)
    if form.validate_on_submit():
        actor = principal().actor()
        values = (Workflow(form.workflow.data), form.zone_workflows(), form.offer_hours.data, form.request_days.data)
        try:
            retrying(lambda: set_workflows(actor, g.fair, *values))
        except FieldErrors as error:
            form.take_errors(error)
        else:
            flash(_("Saved."))
            return redirect(url_for(".index"), 303)
    ways = [(way.value, _(SHORT_NAMES[way])) for way in Workflow]
    page = render_template("allocation/rules.html", form=form, zones=all_zones, ways=ways)
    return page, 422 if form.errors else 200


def one_page(
    application_id: int, error: DomainError | None = None, typed_numbers: str = "", typed_reason: str = ""
) -> str:
    found = one_application(g.fair, application_id, clock.now(), None)
    return render_template(
        "allocation/one.html",
        one=found,
        faults=error.sentences() if isinstance(error, FieldErrors) else {},
        refusal=error,
        typed_numbers=typed_numbers,
        typed_reason=typed_reason,
        is_request=found.application.way == Way.REQUEST,
    )


def _show(otherwise: str) -> str:
    asked = request.args.get("show", "")
    return asked if asked in SHOWS else otherwise


def _row(one: Shown) -> tuple[Any, ...]:
    offers = [offer for offer in one.offers if offer.state in (OfferState.OPEN, OfferState.ACCEPTED)]
    return (
        local_name(one.exhibitor),
        _(STATE_NAMES[ApplicationState(one.application.state)]),
        one.application.sent_at,
        one.place,
        "; ".join(", ".join(wish.numbers) for wish in one.wishes),
        one.application.booths if one.application.similar else None,
        "; ".join(", ".join(offer.numbers) for offer in offers),
        next((offer.answer_until for offer in offers if offer.state == OfferState.OPEN), None),
        one.application.note,
        one.exhibitor.email,
        one.exhibitor.phone,
    )
