"""The programme for everybody, and one's own: signing up and giving back by a link that opens nothing else."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import clock
from app.access import public
from app.audit import Actor
from app.db import db, retrying
from app.errors import DomainError, NotFound
from app.formats import local_name
from app.security import limit
from app.visitors.models import BadgeState, VisitorCategory
from app.visitors.programme_link import badge_of_programme, programme_link
from app.visitors.registration import every_category
from app.visitors.session_list import own_seats, sessions_of
from app.visitors.session_views import badge_by_number, blueprint
from app.visitors.signing_up import at_the_same_time, give_back, is_for, released_at, sign_up, takes_sign_ups

TRIES_A_MINUTE = 20


@blueprint.get("/programme")
@public
def programme() -> str:
    return _page(None)


@blueprint.post("/programme")
@public
def own_by_number() -> Response | tuple[str, int]:
    """The 20 digits of a badge open its bearer's programme; the page behind shows neither name nor badge."""
    limit("badge numbers", TRIES_A_MINUTE, 60)
    try:
        badge = badge_by_number(g.fair.id, request.form.get("number", ""))
    except DomainError as error:
        return _page(None, error, request.form.get("number", "")), error.status
    return redirect(url_for("sessions.own", own=programme_link(badge)), 303)


@blueprint.get("/programme/<own>")
@public
def own(own: str) -> str:
    return _page(own)


@blueprint.post("/programme/<own>/<session_code>/seat")
@public
def take_seat(own: str, session_code: str) -> Response | tuple[str, int]:
    badge, now = badge_of_programme(g.fair, own), clock.now()
    try:
        signed = retrying(lambda: sign_up(Actor("link", badge.id), g.fair, session_code, badge, now))
    except NotFound:
        raise
    except DomainError as error:
        return _page(own, error), error.status
    others = at_the_same_time(g.fair, signed.session, badge.registration_id)
    said = _("You have a seat until %(time)s.", time=f"{clock.local(g.fair, released_at(signed.session)):%H:%M}")
    if others:
        named = ", ".join(local_name(one, "title") for one in others)
        said += " " + _("At the same time you are signed up for: %(titles)s.", titles=named)
    flash(said)
    return redirect(url_for("sessions.own", own=own, _anchor=session_code), 303)


@blueprint.post("/programme/<own>/<session_code>/return")
@public
def return_seat(own: str, session_code: str) -> Response:
    badge, now = badge_of_programme(g.fair, own), clock.now()
    retrying(lambda: give_back(Actor("link", badge.id), g.fair, session_code, badge, now))
    flash(_("Your sign-up is taken back."))
    return redirect(url_for("sessions.own", own=own, _anchor=session_code), 303)


def _page(link: str | None, refusal: DomainError | None = None, number: str = "") -> str:
    badge, now = badge_of_programme(g.fair, link) if link is not None else None, clock.now()
    category = db.session.get_one(VisitorCategory, badge.category_id) if badge is not None else None
    seats = own_seats(g.fair.id, badge.registration_id) if badge is not None else set()
    days: dict[Any, list[Any]] = {}
    for row in sessions_of(g.fair, published=True):
        days.setdefault(clock.fair_day(g.fair, row.session.begins_at), []).append(row)
    return render_template(
        "visitors/programme.html", days=days, own=link, badge=badge, category=category, seats=seats, now=now,
        refusal=refusal, number=number, is_for=is_for, takes=takes_sign_ups, released=released_at,
        usable=badge is not None and badge.state == BadgeState.VALID,
        names={one.code: local_name(one) for one in every_category(g.fair.id)},
    )  # fmt: skip
