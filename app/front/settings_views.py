"""The organiser's settings: the fair and its rules, who works on it, keys of programs."""

from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import exists, select

from app import clock
from app.access import ROLE_NAMES, Permission, Role, allow, principal
from app.accounts.models import Person
from app.accounts.passwords import link_token
from app.accounts.people import invite_person
from app.accounts.tokens import create_token
from app.audit import record
from app.booths.models import Booth, BoothState
from app.db import db, transaction
from app.errors import FieldErrors
from app.fairs.models import Fair
from app.fairs.settings import (
    NotOwnerEverywhere,
    change_fair,
    change_organiser,
    give_role,
    invite_by_hand,
    lacking_of,
    publish_fair,
    revoke_token,
    set_booking,
    set_vat_rate,
    staff_of,
    take_role,
    tokens_of,
    vat_rates_of,
)
from app.front.blueprint import blueprint
from app.front.settings_forms import FairForm, OrganiserForm, StaffForm, TokenForm, VatForm
from app.mail import mail_goes_out, number_waiting, queue_mail
from app.visitors.models import Badge


@blueprint.route("/fairs/<slug>/organise/settings", methods=["GET", "POST"])
@allow(Permission.SETTINGS)
def settings() -> Any:
    form = FairForm(g.fair)
    if form.validate_on_submit():
        try:
            with transaction():
                fair = db.session.get_one(Fair, g.fair.id)
                change_fair(principal().actor(), fair, form.values(), _relied_on(fair))
        except FieldErrors as error:
            form.take_errors(error)
        else:
            flash(_("Saved."))
            return redirect(url_for("fairs.settings"))
    return _page(fair_form=form)


@blueprint.post("/fairs/<slug>/organise/settings/organiser")
@allow(Permission.SETTINGS)
def organiser() -> Any:
    """Who runs the fair: the seller on contracts and invoices, the holder of the account in VietQR."""
    form = OrganiserForm(g.fair.organiser, g.fair.country)
    if form.validate_on_submit():
        try:
            with transaction():
                change_organiser(principal().actor(), db.session.get_one(Fair, g.fair.id), form.values())
        except FieldErrors as error:
            form.take_errors(error)
        except NotOwnerEverywhere as error:
            form.form_errors.append(error.sentence())
        else:
            flash(_("Saved."))
            return redirect(url_for("fairs.settings", _anchor="organiser"))
    return _page(organiser_form=form)


@blueprint.post("/fairs/<slug>/organise/settings/vat")
@allow(Permission.SETTINGS)
def vat() -> Any:
    """A new rate from a day on; what was ordered before keeps the old one."""
    form = VatForm()
    if form.validate_on_submit():
        try:
            with transaction():
                set_vat_rate(principal().actor(), g.fair, form.rate_bp, form.from_on.data)
        except FieldErrors as error:
            form.take_errors(error)
        else:
            flash(_("Saved."))
            return redirect(url_for("fairs.settings", _anchor="vat"))
    return _page(vat_form=form)


@blueprint.post("/fairs/<slug>/organise/settings/publication")
@allow(Permission.SETTINGS)
def publish() -> Any:
    with transaction():
        publish_fair(principal().actor(), db.session.get_one(Fair, g.fair.id), clock.now())
    flash(_("The fair is open to the public."))
    return redirect(url_for("fairs.settings"))


@blueprint.post("/fairs/<slug>/organise/settings/booking")
@allow(Permission.SETTINGS)
def booking() -> Any:
    is_open = request.form.get("open") == "yes"
    with transaction():
        set_booking(principal().actor(), db.session.get_one(Fair, g.fair.id), is_open, clock.now())
    flash(_("Booths can be booked again.") if is_open else _("Booking is closed."))
    return redirect(url_for("fairs.settings"))


@blueprint.get("/fairs/<slug>/organise/settings/<any(organiser, vat, staff, tokens):part>")
@allow(Permission.SETTINGS)
def settings_part(part: str) -> Any:
    """A form's address, opened again: the page it stands on."""
    return redirect(url_for("fairs.settings", _anchor="programs" if part == "tokens" else part))


@blueprint.post("/fairs/<slug>/organise/settings/staff")
@allow(Permission.STAFF)
def invite() -> Any:
    """Gives a role; whoever is new gets a link to set a password: mailed, or by hand while no mail goes out."""
    form = StaffForm()
    if not form.validate_on_submit():
        return _page(staff_form=form)
    role, now, actor = Role(form.role.data), clock.now(), principal().actor()
    asked = (form.email.data, form.name.data or "", g.fair.locale, now)
    try:
        with transaction():
            person = invite_person(*asked) if mail_goes_out() else invite_by_hand(g.fair, *asked)
            if give_role(actor, g.fair, person, role, now):
                _mail_invitation(person, role)
            if not mail_goes_out():
                record(actor, "staff.link_by_hand", "person", person.id, g.fair.id)
    except FieldErrors as error:
        form.take_errors(error)
        return _page(staff_form=form)
    if not mail_goes_out():
        return _page(by_hand=_by_hand(person))
    flash(_("%(name)s is told by mail.", name=person.name))
    return redirect(url_for("fairs.settings", _anchor="staff"))


@blueprint.post("/fairs/<slug>/organise/settings/staff/<int:membership_id>/removal")
@allow(Permission.STAFF)
def remove_role(membership_id: int) -> Any:
    with transaction():
        keys = take_role(principal().actor(), g.fair, membership_id, clock.now())
    flash(_("The role has ended."))
    if keys:
        flash(
            ngettext(
                "%(n)s key that they made has ended too.", "%(n)s keys that they made have ended too.", keys, n=keys
            )
        )
    return redirect(url_for("fairs.settings", _anchor="staff"))


@blueprint.post("/fairs/<slug>/organise/settings/tokens")
@allow(Permission.STAFF)
def make_token() -> Any:
    """The only answer in which the key can be read."""
    form = TokenForm()
    if not form.validate_on_submit():
        return _page(token_form=form)
    with transaction():
        token = create_token(principal().actor(), g.fair.id, form.role.data, label=form.label.data.strip())
    return _page(token_form=TokenForm(formdata=None), new_token=token)


@blueprint.post("/fairs/<slug>/organise/settings/tokens/<int:token_id>/revocation")
@allow(Permission.STAFF)
def end_token(token_id: int) -> Any:
    with transaction():
        revoke_token(principal().actor(), g.fair, token_id, clock.now())
    flash(_("The key no longer works."))
    return redirect(url_for("fairs.settings", _anchor="programs"))


def _page(
    fair_form: FairForm | None = None,
    organiser_form: OrganiserForm | None = None,
    staff_form: StaffForm | None = None,
    token_form: TokenForm | None = None,
    vat_form: VatForm | None = None,
    new_token: str = "",
    by_hand: tuple[str, str] | None = None,
) -> Any:
    asked = (fair_form, organiser_form, staff_form, token_form, vat_form)
    faulty = any(form is not None and form.errors for form in asked)
    page = render_template(
        "fairs/settings.html",
        form=fair_form or FairForm(g.fair, formdata=None),
        organiser_form=organiser_form or OrganiserForm(g.fair.organiser, g.fair.country, formdata=None),
        lacking=lacking_of(g.fair),
        staff_form=staff_form or StaffForm(formdata=None),
        token_form=token_form or TokenForm(formdata=None),
        vat_form=vat_form or VatForm(formdata=None),
        vat_rates=vat_rates_of(g.fair),
        staff=staff_of(g.fair),
        tokens=tokens_of(g.fair),
        new_token=new_token,
        by_hand=by_hand,
        waiting=0 if mail_goes_out() else number_waiting(),
        role_names={role.value: _(name) for role, name in ROLE_NAMES.items()}
        | {"organiser": _(ROLE_NAMES[Role.OWNER])},
        fixed=_relied_on(g.fair),
    )
    return page, 422 if faulty else 200


def _relied_on(fair: Fair) -> bool:
    """Whether contracts or badges name the fair's days already."""
    let = select(exists().where(Booth.fair_id == fair.id, Booth.state.in_((BoothState.LET, BoothState.RESERVED))))
    badges = select(exists().where(Badge.fair_id == fair.id))
    return bool(db.session.scalar(let) or db.session.scalar(badges))


def _by_hand(person: Person) -> tuple[str, str]:
    """Who was invited, and what to give them: the way to a password, or to the fair for who has one."""
    settings = current_app.config
    if person.password_hash is not None:
        return person.name, settings["FAIR_PUBLIC_URL"] + url_for("fairs.home")
    token = link_token(settings["SECRET_KEY"], "by_hand", person)
    return person.name, settings["FAIR_PUBLIC_URL"] + url_for("accounts.invitation", token=token)


def _mail_invitation(person: Person, role: Role) -> None:
    settings = current_app.config
    if person.password_hash is None:
        path = url_for("accounts.invitation", token=link_token(settings["SECRET_KEY"], "invite", person))
    else:
        path = url_for("fairs.home")
    context = {
        "who": principal().actor().name or g.fair.organiser.name,
        "fair_name": g.fair.name,
        "role": ROLE_NAMES[role],
        "link": settings["FAIR_PUBLIC_URL"] + path,
    }
    queue_mail(person.email, "staff_invitation", person.locale, g.fair.id, context)
