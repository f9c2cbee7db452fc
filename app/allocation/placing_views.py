"""What the organiser does with applications: offers, approvals, refusals, the waiting list, a proposal for all."""

from collections.abc import Callable
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app import clock
from app.access import Permission, allow, principal
from app.allocation.blueprint import blueprint
from app.allocation.offers import take_back
from app.allocation.organiser_views import one_page
from app.allocation.placing import approve, offer_booths, propose, put_on_list, refuse, take_off_list
from app.allocation.queries import one_application, shown
from app.db import retrying
from app.errors import DomainError
from app.input import row_number, sent_number

OFFERED_AT_MOST = 400


@blueprint.post("/organise/applications/<int:application_id>/offers")
@allow(Permission.BOOTHS_EDIT)
def offer(application_id: int) -> Any:
    """Offer booths: a wish as it is, or others by number."""
    actor, numbers, seen = principal().actor(), request.form.get("numbers", ""), sent_number("revision") or 0
    wanted = numbers.replace(";", ",").split(",")[:21]

    def work() -> Any:
        return offer_booths(actor, g.fair, application_id, wanted, seen, clock.now())

    return _done(application_id, work, _("The booths are offered. The exhibitor is told by mail."), numbers=numbers)


@blueprint.post("/organise/applications/<int:application_id>/approval")
@allow(Permission.BOOTHS_EDIT)
def approve_request(application_id: int) -> Any:
    actor, seen = principal().actor(), sent_number("revision") or 0

    def work() -> Any:
        return approve(actor, g.fair, application_id, seen, clock.now())

    return _done(application_id, work, _("Approved. The exhibitor is told by mail, and can order now."))


@blueprint.post("/organise/applications/<int:application_id>/refusal")
@allow(Permission.BOOTHS_EDIT)
def refuse_application(application_id: int) -> Any:
    actor, seen, reason = principal().actor(), sent_number("revision") or 0, request.form.get("reason", "")

    def work() -> Any:
        return refuse(actor, g.fair, application_id, reason, seen, clock.now())

    return _done(application_id, work, _("Refused. The exhibitor is told why by mail."), reason=reason)


@blueprint.post("/organise/applications/<int:application_id>/list")
@allow(Permission.BOOTHS_EDIT)
def change_list(application_id: int) -> Any:
    """On the waiting list, or off it with `to=off`."""
    actor, seen = principal().actor(), sent_number("revision") or 0

    def work() -> Any:
        if request.form.get("to") == "off":
            return take_off_list(actor, g.fair, application_id, seen)
        return put_on_list(actor, g.fair, [application_id])

    return _done(application_id, work, _("Saved."))


@blueprint.post("/organise/applications/<int:application_id>/offers/<int:offer_id>/withdrawal")
@allow(Permission.BOOTHS_EDIT)
def withdraw_offer(application_id: int, offer_id: int) -> Any:
    actor = principal().actor()

    def work() -> Any:
        return take_back(actor, g.fair, offer_id, clock.now())

    return _done(application_id, work, _("The offer is taken back. Its booths are free."))


@blueprint.post("/organise/applications/list")
@allow(Permission.BOOTHS_EDIT)
def put_all_on_list() -> Response:
    """Whoever was sent, agreed to wait and is offered nothing."""
    actor = principal().actor()
    put = retrying(lambda: put_on_list(actor, g.fair))
    flash(
        ngettext("One application waits now.", "%(num)s applications wait now.", len(put))
        if put
        else _("Nobody who agreed to wait is left.")
    )
    return redirect(url_for(".index", show="waiting"), 303)


@blueprint.get("/organise/applications/proposal")
@allow(Permission.BOOTHS_EDIT)
def proposal() -> str:
    """What each would be offered, in the order in which they were sent."""
    now = clock.now()
    proposed = propose(g.fair, now)
    everything = {one.application.id: one for one in shown(g.fair, [one.application for one in proposed], now)}
    return render_template(
        "allocation/proposal.html",
        rows=[(everything[one.application.id], one.match) for one in proposed],
        met=sum(one.match is not None for one in proposed),
    )


@blueprint.post("/organise/applications/proposal")
@allow(Permission.BOOTHS_EDIT)
def offer_proposed() -> Response:
    """Make the chosen offers, `application.revision.numbers` each; what changed meanwhile is left, and said."""
    actor, made, left = principal().actor(), 0, 0
    for chosen in request.form.getlist("offers")[:OFFERED_AT_MOST]:
        application_id, revision, numbers = [*chosen.split(".", 2), "", ""][:3]
        try:
            ids = row_number(application_id), row_number(revision)
        except ValueError:
            continue
        try:
            _offer(actor, ids, numbers.split(","))
            made += 1
        except DomainError:
            left += 1
    if made:
        flash(ngettext("One offer is made.", "%(num)s offers are made.", made))
    if left:
        flash(
            ngettext(
                "One could not be made: the application or the booths changed meanwhile.",
                "%(num)s could not be made: the applications or the booths changed meanwhile.",
                left,
            )
        )
    return redirect(url_for(".index", show="offered" if made else None), 303)


def _offer(actor: Any, ids: tuple[int, int], numbers: list[str]) -> None:
    retrying(lambda: offer_booths(actor, g.fair, ids[0], numbers, ids[1], clock.now()))


def _done(application_id: int, work: Callable[[], Any], said: str, numbers: str = "", reason: str = "") -> Any:
    """Do it and come back to the application; what is refused is said there, and what was typed stays."""
    one_application(g.fair, application_id, clock.now(), None)  # of this fair, or there is nothing here
    try:
        retrying(work)
    except DomainError as error:
        return one_page(application_id, error, numbers, reason), error.status
    flash(said)
    return redirect(url_for(".one", application_id=application_id), 303)
