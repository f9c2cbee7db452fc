"""The organiser's deal desk: answers given in person, and the seal after the document was seen."""

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, url_for
from flask_babel import gettext as _

from app import clock
from app.access import Permission, allow, principal
from app.db import retrying
from app.deals.confirmation import confirm_deal, dispute_deal
from app.deals.forms import DeskAnswerForm
from app.deals.proof import Side
from app.deals.queries import visible_deal
from app.deals.speaking import desk_voice, organisers_voice
from app.deals.verification import verify_deal
from app.deals.views import show_again
from app.errors import FieldErrors
from app.input import sent_number

blueprint = Blueprint("deal_desk", __name__, url_prefix="/fairs/<slug>/deals/<number>/desk")


@blueprint.post("/answer")
@allow(Permission.DEAL_DESK)
def answer(number: str) -> Any:
    """A side's person is here and says yes or no; who, and what they showed, is kept."""
    deal = visible_deal(g.fair, principal(), number)
    form = DeskAnswerForm()
    try:
        if not form.validate_on_submit():
            raise FieldErrors({name: str(errors[0]) for name, errors in form.errors.items()})
        spoken_by, identified_by = form.checked()
        by = desk_voice(principal(), Side(form.side.data), spoken_by)
        revision, reason, at = form.revision.data, form.reason.data or "", clock.now()
        if form.answer.data == "confirm":
            retrying(lambda: confirm_deal(g.fair, deal, revision, by, at, identified_by))
        else:
            retrying(lambda: dispute_deal(g.fair, deal, revision, reason, by, at, identified_by))
    except FieldErrors as error:
        return show_again(number, error, desk_form=form)
    flash(_("The answer of %(name)s is recorded.", name=spoken_by))
    return redirect(url_for("deals.show", number=number))


@blueprint.post("/verification")
@allow(Permission.DEAL_VERIFY)
def verify(number: str) -> Any:
    """The seal: the document of this revision was seen."""
    deal = visible_deal(g.fair, principal(), number)
    revision, attached = sent_number("revision"), sent_number("document")
    if revision is None or attached is None:
        abort(400)
    by, at = organisers_voice(principal()), clock.now()
    retrying(lambda: verify_deal(g.fair, deal, revision, attached, by, at))
    flash(_("Deal %(number)s is verified.", number=deal.number))
    return redirect(url_for("deals.show", number=number))
