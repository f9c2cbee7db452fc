"""The registration desk's pages: who waits for approval, and fees."""

from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from app import clock
from app.access import Permission, allow, principal
from app.db import after_commit, db, retrying
from app.fairs.countries import country_name
from app.formats import language
from app.jobs import hurry
from app.visitors.badges import REFUSALS, approve_badge, badge_by_id, refuse_badge
from app.visitors.fees import receive_fee, take_fee_back
from app.visitors.gate_rules_forms import FeeForm
from app.visitors.models import Badge, BadgeState, Registration, VisitorCategory
from app.visitors.organiser_views import badge_page

blueprint = Blueprint("desk", __name__, url_prefix="/fairs/<slug>/organise")
PAGE = 50


@blueprint.get("/visitors/waiting")
@allow(Permission.VISITORS_SEE)
def waiting() -> str:
    """Whoever waits for approval, who registered first on top."""
    waits = (Badge.fair_id == g.fair.id, Badge.state == BadgeState.NOT_APPROVED)
    wanted = (
        select(Badge, Registration, VisitorCategory)
        .join(Registration, Registration.id == Badge.registration_id)
        .join(VisitorCategory, VisitorCategory.id == Badge.category_id)
        .where(*waits)
        .order_by(Badge.id)
    )
    after = request.args.get("after", "")
    if after.isascii() and after.isdigit() and len(after) < 10:
        wanted = wanted.where(Badge.id > int(after))
    rows = db.session.execute(wanted.limit(PAGE + 1)).all()
    return render_template(
        "visitors/waiting.html", rows=rows[:PAGE], following=rows[PAGE - 1].Badge.id if len(rows) > PAGE else None,
        number=db.session.scalar(select(func.count()).select_from(Badge).where(*waits)), refusals=REFUSALS,
        country_name=lambda code: country_name(code, language()), first=not after,
    )  # fmt: skip


@blueprint.post("/badges/<int:badge_id>/approval")
@allow(Permission.VISITORS_EDIT)
def approve(badge_id: int) -> Response:
    def work() -> Badge:
        after_commit(hurry, current_app._get_current_object(), "mail_badges")  # type: ignore[attr-defined]
        badge = badge_by_id(g.fair.id, badge_id)
        approve_badge(badge, principal().actor(), clock.now())
        return badge

    retrying(work)
    flash(_("Approved: the badge opens the gates, and goes out by mail."))
    return _back(badge_id)


@blueprint.post("/badges/<int:badge_id>/refusal")
@allow(Permission.VISITORS_EDIT)
def refuse(badge_id: int) -> Response:
    reason = request.form.get("reason", "")
    retrying(lambda: refuse_badge(badge_by_id(g.fair.id, badge_id), reason, principal().actor(), clock.now()))
    flash(_("Refused. The visitor is told by mail."))
    return _back(badge_id)


@blueprint.post("/badges/<int:badge_id>/fee")
@allow(Permission.VISITORS_EDIT)
def fee(badge_id: int) -> Any:
    badge = badge_by_id(g.fair.id, badge_id)
    form = FeeForm(g.fair)
    if not form.validate_on_submit():
        return badge_page(badge, form), 422
    retrying(lambda: receive_fee(g.fair, badge, form.money, principal().actor(), clock.now()))
    flash(_("The fee is noted. The gates let this visitor in at once."))
    return redirect(url_for("visitors.organise_badge", badge_id=badge_id), 303)


@blueprint.post("/badges/<int:badge_id>/fee/removal")
@allow(Permission.VISITORS_EDIT)
def fee_back(badge_id: int) -> Response:
    retrying(lambda: take_fee_back(g.fair, badge_by_id(g.fair.id, badge_id), principal().actor(), clock.now()))
    flash(_("The note is taken back. The gates send this visitor to the desk."))
    return redirect(url_for("visitors.organise_badge", badge_id=badge_id), 303)


def _back(badge_id: int) -> Response:
    """To the list, if the decision was made there."""
    if request.form.get("back") == "waiting":
        return redirect(url_for("desk.waiting"), 303)
    return redirect(url_for("visitors.organise_badge", badge_id=badge_id), 303)
