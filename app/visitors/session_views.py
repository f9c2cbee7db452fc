"""The organiser's sessions: the list with its figures, the form, and who signed up and who came."""

from typing import Any, Literal, cast

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from app import badge_token, clock
from app.access import Permission, allow, principal
from app.db import db, retrying
from app.errors import DomainError, FieldErrors
from app.fairs.models import Hall
from app.i18n_marks import N_
from app.input import asked_number
from app.visitors.badges import badge_by_id
from app.visitors.models import Badge, VisitorCategory
from app.visitors.registration import every_category
from app.visitors.session_files import attendees_file, sessions_file
from app.visitors.session_forms import SessionForm
from app.visitors.session_list import GROUPS, attendees_of, numbers_of, sessions_of
from app.visitors.session_models import FairSession
from app.visitors.sessions import cancel_session, change_session, make_session, publish_session, session_by_code
from app.visitors.signing_up import give_back, released_at, sign_up, takes_sign_ups

blueprint = Blueprint("sessions", __name__, url_prefix="/fairs/<slug>")
PAGE = 100
NO_BADGE = N_("No badge of this fair has this number: compare every group of five again.")


@blueprint.get("/organise/sessions")
@allow(Permission.SESSIONS_KEEP)
def organise() -> str:
    rows = sessions_of(g.fair)
    days: dict[Any, list[Any]] = {}
    for row in rows:
        days.setdefault(clock.fair_day(g.fair, row.session.begins_at), []).append(row)
    return render_template("visitors/sessions.html", days=days, total=len(rows))


@blueprint.get("/organise/sessions.<any(csv, xlsx):file_type>")
@allow(Permission.SESSIONS_KEEP)
def sessions_list(file_type: str) -> Response:
    kind = cast(Literal["csv", "xlsx"], file_type)
    return sessions_file(g.fair, kind, sessions_of(g.fair), every_category(g.fair.id))


@blueprint.route("/organise/sessions/new", methods=["GET", "POST"])
@allow(Permission.SESSIONS_KEEP)
def new() -> Any:
    form = SessionForm(g.fair)
    if form.validate_on_submit():
        actor, asked, now = principal().actor(), form.asked(), clock.now()
        made = _done(form, lambda: make_session(actor, g.fair, asked, now))
        if made is not None:
            flash(_("The session is made. Visitors see it once you publish it."))
            return redirect(url_for("sessions.session", session_code=made.code), 303)
    return render_template("visitors/session_edit.html", form=form, session=None), 422 if form.errors else 200


@blueprint.route("/organise/sessions/<session_code>/edit", methods=["GET", "POST"])
@allow(Permission.SESSIONS_KEEP)
def edit(session_code: str) -> Any:
    found = session_by_code(g.fair.id, session_code)
    form = SessionForm(g.fair, found)
    if form.validate_on_submit():
        actor, asked, now = principal().actor(), form.asked(), clock.now()
        if _done(form, lambda: change_session(actor, g.fair, session_code, asked, now)) is not None:
            flash(_("Saved. Devices at the door have it within seconds of being online."))
            return redirect(url_for("sessions.session", session_code=session_code), 303)
    return render_template("visitors/session_edit.html", form=form, session=found), 422 if form.errors else 200


@blueprint.get("/organise/sessions/<session_code>")
@allow(Permission.SESSIONS_KEEP)
def session(session_code: str) -> str:
    """`?group=` one of GROUPS: as many people as its figure says."""
    return _page(session_by_code(g.fair.id, session_code))


@blueprint.get("/organise/sessions/<session_code>/people.<any(csv, xlsx):file_type>")
@allow(Permission.SESSIONS_KEEP)
def people_list(session_code: str, file_type: str) -> Response:
    found = session_by_code(g.fair.id, session_code)
    kind = cast(Literal["csv", "xlsx"], file_type)
    return attendees_file(g.fair, kind, found, attendees_of(g.fair, found, _group()))


@blueprint.post("/organise/sessions/<session_code>/publication")
@allow(Permission.SESSIONS_KEEP)
def publish(session_code: str) -> AnyResponse:
    actor, now = principal().actor(), clock.now()
    retrying(lambda: publish_session(actor, g.fair, session_code, now))
    flash(_("Published: it stands in the programme, and devices can be set up for its door."))
    return redirect(url_for("sessions.session", session_code=session_code), 303)


@blueprint.post("/organise/sessions/<session_code>/cancellation")
@allow(Permission.SESSIONS_KEEP)
def cancel(session_code: str) -> AnyResponse | tuple[str, int]:
    found, reason = session_by_code(g.fair.id, session_code), request.form.get("reason", "")
    actor, now = principal().actor(), clock.now()
    try:
        retrying(lambda: cancel_session(actor, g.fair, session_code, reason, now))
    except DomainError as error:
        return _page(found, error, typed=reason), error.status
    flash(_("The session is cancelled. Those who signed up are told by mail."))
    return redirect(url_for("sessions.session", session_code=session_code), 303)


@blueprint.post("/organise/sessions/<session_code>/sign-ups")
@allow(Permission.SESSIONS_KEEP)
def add(session_code: str) -> AnyResponse | tuple[str, int]:
    """Sign somebody up by the 20 digits of the badge."""
    found, actor, now = session_by_code(g.fair.id, session_code), principal().actor(), clock.now()
    try:
        badge = badge_by_number(g.fair.id, request.form.get("number", ""))
        signed = retrying(lambda: sign_up(actor, g.fair, session_code, badge, now))
    except DomainError as error:
        return _page(found, error, number=request.form.get("number", "")), error.status
    flash(_("This badge has a seat already.") if signed.again else _("Signed up."))
    return redirect(url_for("sessions.session", session_code=session_code, group="signed_up"), 303)


@blueprint.post("/organise/sessions/<session_code>/sign-ups/<int:badge_id>/end")
@allow(Permission.SESSIONS_KEEP)
def end(session_code: str, badge_id: int) -> AnyResponse:
    badge, actor, now = badge_by_id(g.fair.id, badge_id), principal().actor(), clock.now()
    retrying(lambda: give_back(actor, g.fair, session_code, badge, now))
    flash(_("The sign-up is taken back; the seat is free."))
    return redirect(url_for("sessions.session", session_code=session_code, group="signed_up"), 303)


def badge_by_number(fair_id: int, typed: str) -> Badge:
    """The badge with these 20 digits, however they are grouped. Raises FieldErrors (`number`)."""
    number = "".join(sign for sign in typed if sign not in " .-")
    wanted = select(Badge).where(Badge.fair_id == fair_id, Badge.number == number)
    found = db.session.scalars(wanted).first() if badge_token.is_number(number) else None
    if found is None:
        raise FieldErrors({"number": NO_BADGE})
    return found


def _done(form: SessionForm, work: Any) -> FairSession | None:
    """What was made or changed; what cannot be taken is said at its field."""
    try:
        done: FairSession = retrying(work)
    except FieldErrors as error:
        form.take(error.sentences())
        return None
    return done


def _group() -> str:
    asked = request.args.get("group", "")
    return asked if asked in GROUPS else "all"


def _page(found: FairSession, refusal: DomainError | None = None, typed: str = "", number: str = "") -> str:
    group, after = _group(), asked_number("after", 0) or 0
    people = attendees_of(g.fair, found, group, after, PAGE + 1)
    kinds = select(VisitorCategory).where(VisitorCategory.fair_id == g.fair.id)
    return render_template(
        "visitors/session.html", session=found, numbers=numbers_of(g.fair, found), group=group, after=after, page=PAGE,
        people=people[:PAGE], further=len(people) > PAGE, released=released_at(found), takes=takes_sign_ups(found),
        hall=db.session.get(Hall, found.hall_id) if found.hall_id else None, refusal=refusal, typed=typed,
        faults=refusal.sentences() if isinstance(refusal, FieldErrors) else {}, number=number, now=clock.now(),
        kinds=[one for one in db.session.scalars(kinds) if one.code in found.categories],
    )  # fmt: skip
