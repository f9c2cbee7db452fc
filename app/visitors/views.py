"""The visitor's own pages: the registration form, and the badge that a signed link opens."""

from flask import Blueprint, Response, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app import clock
from app.access import principal, public
from app.audit import Actor
from app.db import after_commit, retrying, transaction
from app.errors import FieldErrors
from app.formats import language
from app.jobs import hurry
from app.security import limit
from app.visitors.badge_sheet import badge_link, badge_of_link, badge_pdf, sheet_of
from app.visitors.forms import RegistrationForm
from app.visitors.models import BadgeState
from app.visitors.programme_link import programme_link
from app.visitors.registration import Registered, confirm_address, online_categories, register_visitor
from app.visitors.session_list import any_published

COUNTRY_OF_LANGUAGE = {"vi": "VN"}
blueprint = Blueprint("visitors", __name__, url_prefix="/fairs/<slug>")


@blueprint.get("/register")
@public
def register() -> str:
    form = _form()
    if not form.country.data:  # the language says where most of its readers live; English says nothing
        form.country.data = COUNTRY_OF_LANGUAGE.get(language(), "")
    return _page(form)


@blueprint.post("/register")
@public
def send_registration() -> AnyResponse | tuple[str, int]:
    limit("registrations", 30, 60)
    form = _form()
    entry, now, secret = form.entry(), clock.now(), current_app.config["FAIR_SECRET_KEY"]

    def work() -> Registered:
        after_commit(hurry, current_app._get_current_object(), "mail_badges")  # type: ignore[attr-defined]
        return register_visitor(g.fair, entry, secret, principal().actor(), now)

    try:
        made = retrying(work)
    except FieldErrors as error:
        form.show(error.sentences())
        return _page(form), 422
    if made.again:
        return redirect(url_for("visitors.mailed_again"), 303)
    return redirect(url_for("visitors.badge", signed=badge_link(made.badge), new=1), 303)


@blueprint.get("/register/again")
@public
def mailed_again() -> str:
    return render_template("visitors/mailed_again.html")


@blueprint.get("/badge/<signed>")
@public
def badge(signed: str) -> str:
    """The badge on a phone. The mailed link also proves the address, by a request of its own: GET writes nothing."""
    found, mailed = badge_of_link(g.fair, signed)
    sheet = sheet_of(g.fair, found)
    to_confirm = mailed and sheet.registration.email_verified_at is None
    return render_template(
        "visitors/badge.html", sheet=sheet, signed=signed, to_confirm=to_confirm, new="new" in request.args,
        usable=found.state == BadgeState.VALID, programme=programme_link(found) if any_published(g.fair.id) else "",
    )  # fmt: skip


@blueprint.post("/badge/<signed>/opened")
@public
def opened(signed: str) -> AnyResponse | str:
    found, mailed = badge_of_link(g.fair, signed)
    if mailed:
        with transaction():
            confirm_address(g.fair, found, Actor("link", found.id), clock.now())
    if request.headers.get("HX-Request"):
        return render_template("visitors/_confirmed.html")
    return redirect(url_for("visitors.badge", signed=signed), 303)


@blueprint.get("/badge/<signed>/badge.pdf")
@public
def badge_sheet(signed: str) -> Response:
    found, _mailed = badge_of_link(g.fair, signed)
    sheet = sheet_of(g.fair, found)
    headers = {"Content-Disposition": f'inline; filename="{sheet.filename}"', "Cache-Control": "no-store"}
    return Response(badge_pdf(sheet), mimetype="application/pdf", headers=headers)


def _form() -> RegistrationForm:
    form = RegistrationForm()
    form.offer(g.fair, online_categories(g.fair.id))
    return form


def _page(form: RegistrationForm) -> str:
    over = clock.fair_day(g.fair, clock.now()) > g.fair.ends_on
    trade = [category for category in online_categories(g.fair.id) if category.is_trade]
    return render_template("visitors/register.html", form=form, over=over, trade=trade)
