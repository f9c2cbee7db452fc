"""The organiser's visitors: found by name, badge printed, revoked, approved, issued anew."""

from typing import Any

from flask import Response, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from werkzeug.wrappers import Response as AnyResponse

from app import clock
from app.access import Permission, allow, principal
from app.accounts.models import Person
from app.db import after_commit, db, retrying
from app.errors import FieldErrors
from app.fairs.countries import country_name
from app.formats import language
from app.jobs import hurry
from app.search import like, words
from app.visitors.badge_sheet import badge_pdf, sheet_of
from app.visitors.badges import REASONS, REFUSALS, badge_by_id, reissue_badge, revoke_badge
from app.visitors.corrected import corrections_about
from app.visitors.corrections import REASONS as CORRECTION_REASONS
from app.visitors.forms import RegistrationForm
from app.visitors.gate_rules_forms import FeeForm
from app.visitors.models import Badge, BadgeState, Registration, Visit, VisitorCategory
from app.visitors.passages import in_the_fair
from app.visitors.registration import Registered, every_category, register_visitor
from app.visitors.views import blueprint

PAGE = 50


@blueprint.get("/organise/visitors")
@allow(Permission.VISITORS_SEE)
def organise() -> str:
    q, category, state = (request.args.get(name, "").strip() for name in ("q", "category", "state"))
    rows = db.session.execute(_further(_found(q, category, state)).limit(PAGE + 1)).all()
    following = str(rows[PAGE - 1].Badge.id) if len(rows) > PAGE else ""
    categories = db.session.scalars(
        select(VisitorCategory).where(VisitorCategory.fair_id == g.fair.id).order_by(VisitorCategory.number)
    ).all()
    visits = _visits([row.Registration.id for row in rows[:PAGE]])
    return render_template(
        "visitors/organise.html", rows=rows[:PAGE], following=following, categories=categories, states=list(BadgeState),
        q=q, category=category, state=state, visits=visits, reasons=REASONS,
        totals=_totals(), hits=_hits(q, category, state), country_name=lambda code: country_name(code, language()),
    )  # fmt: skip


@blueprint.route("/organise/visitors/new", methods=["GET", "POST"])
@allow(Permission.VISITORS_EDIT)
def add_visitor() -> AnyResponse | tuple[str, int]:
    """Staff, press, crew, and whoever comes to the desk: a badge in any category, with an address or without."""
    form = RegistrationForm()
    form.offer_to_organiser(g.fair, every_category(g.fair.id))
    if request.method == "GET":
        form.country.data = g.fair.country
        return render_template("visitors/add.html", form=form), 200
    secret, now = current_app.config["FAIR_SECRET_KEY"], clock.now()

    def work() -> Registered:
        after_commit(hurry, current_app._get_current_object(), "mail_badges")  # type: ignore[attr-defined]
        return register_visitor(g.fair, form.entry(), secret, principal().actor(), now, by_organiser=True)

    try:
        made = retrying(work)
    except FieldErrors as error:
        form.show(error.sentences())
        return render_template("visitors/add.html", form=form), 422
    flash(_("This address has a badge already: here it is.") if made.again else _("The badge is made."))
    return redirect(url_for("visitors.organise_badge", badge_id=made.badge.id), 303)


@blueprint.get("/organise/badges/<int:badge_id>")
@allow(Permission.VISITORS_SEE)
def organise_badge(badge_id: int) -> str:
    return badge_page(_badge(badge_id))


def badge_page(found: Badge, fee_form: FeeForm | None = None) -> str:
    """A person's page by one of their badges; `fee_form` keeps what was typed."""
    others = db.session.scalars(
        select(Badge)
        .where(Badge.fair_id == g.fair.id, Badge.registration_id == found.registration_id)
        .order_by(Badge.id.desc())
    ).all()
    visits = db.session.scalars(
        select(Visit)
        .where(
            Visit.fair_id == g.fair.id,
            Visit.registration_id == found.registration_id,
            in_the_fair(g.fair, Visit.day),
        )
        .order_by(Visit.day)
    ).all()
    sheet = sheet_of(g.fair, found)
    return render_template(
        "visitors/organise_badge.html", sheet=sheet, badge=found, others=others, visits=visits, reasons=REASONS,
        corrected=corrections_about(g.fair.id, found.registration_id), reasons_of=CORRECTION_REASONS,
        refusals=REFUSALS, country_name=lambda code: country_name(code, language()),
        fee_form=fee_form or FeeForm(g.fair, formdata=None), fee_taker=_person_of(sheet.registration.fee_actor),
    )  # fmt: skip


@blueprint.get("/organise/badges/<int:badge_id>.pdf")
@allow(Permission.VISITORS_SEE)
def organise_sheet(badge_id: int) -> Response:
    sheet = sheet_of(g.fair, _badge(badge_id))
    headers = {"Content-Disposition": f'inline; filename="{sheet.filename}"', "Cache-Control": "no-store"}
    return Response(badge_pdf(sheet), mimetype="application/pdf", headers=headers)


@blueprint.post("/organise/badges/<int:badge_id>/revoke")
@allow(Permission.VISITORS_EDIT)
def revoke(badge_id: int) -> AnyResponse:
    reason = request.form.get("reason", "")
    retrying(lambda: revoke_badge(_badge(badge_id), reason, principal().actor(), clock.now()))
    flash(_("The badge is revoked. No gate admits it from now on."))
    return redirect(url_for("visitors.organise_badge", badge_id=badge_id), 303)


@blueprint.post("/organise/badges/<int:badge_id>/reissue")
@allow(Permission.VISITORS_EDIT)
def reissue(badge_id: int) -> AnyResponse:
    secret = current_app.config["FAIR_SECRET_KEY"]
    fresh = retrying(lambda: reissue_badge(g.fair, _badge(badge_id), secret, principal().actor(), clock.now()))
    hurry(current_app._get_current_object(), "mail_badges")  # type: ignore[attr-defined]
    flash(_("A new badge is made; the older one no longer opens the gates."))
    return redirect(url_for("visitors.organise_badge", badge_id=fresh.id), 303)


def _badge(badge_id: int) -> Badge:
    return badge_by_id(g.fair.id, badge_id)


def _person_of(actor: str) -> str:
    """The name behind "person:12"; a program's deeds show their key."""
    kind, _colon, number = actor.partition(":")
    if kind != "person":
        return actor
    return db.session.scalar(select(Person.name).where(Person.id == int(number))) or ""


def _hits(q: str, category: str, state: str) -> int | None:
    """How many badges a search or a filter finds; None where neither is asked."""
    if not (q or category or state):
        return None
    found = _found(q, category, state).order_by(None).with_only_columns(func.count())
    return int(db.session.scalar(found) or 0)


def _found(q: str, category: str, state: str) -> Any:
    wanted = (
        select(Badge, Registration, VisitorCategory)
        .join(Registration, Registration.id == Badge.registration_id)
        .join(VisitorCategory, VisitorCategory.id == Badge.category_id)
        .where(Badge.fair_id == g.fair.id)
        .order_by(Badge.id.desc())
    )
    for word in words(q):
        named = Registration.folded.like(like(word), escape="\\")
        wanted = wanted.where(Badge.number.startswith(word) if word.isdigit() and len(word) >= 5 else named)
    if category:
        wanted = wanted.where(VisitorCategory.code == category)
    if state:
        wanted = wanted.where(Badge.state == state)
    return wanted


def _further(wanted: Any) -> Any:
    """Only what comes after the badge of `?after=`."""
    after = request.args.get("after", "")
    return wanted.where(Badge.id < int(after)) if after.isascii() and after.isdigit() and len(after) < 10 else wanted


def _visits(registration_ids: list[int]) -> dict[int, int]:
    counted = select(Visit.registration_id, func.count()).where(
        Visit.fair_id == g.fair.id,
        Visit.registration_id.in_(registration_ids or [0]),
        in_the_fair(g.fair, Visit.day),
    )
    return {person: n for person, n in db.session.execute(counted.group_by(Visit.registration_id))}


def _totals() -> dict[str, int]:
    counted = select(Badge.state, func.count()).where(Badge.fair_id == g.fair.id).group_by(Badge.state)
    return {state: n for state, n in db.session.execute(counted)}
