"""Signing up, in and out; a forgotten password; the account."""

from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_login import current_user, login_user

from app import clock
from app.access import public, signed_in
from app.accounts.address import address_proved
from app.accounts.forms import AccountForm, ChangePasswordForm, ForgotForm, NewPasswordForm, SignInForm, SignUpForm
from app.accounts.models import Person
from app.accounts.passwords import link_token, password_fits, person_of_link, wants_new_hash
from app.accounts.people import change_password, person_by_email, renew_hash, set_password, sign_up, tidy_email
from app.accounts.session import begin_session, end_session
from app.db import db, transaction
from app.errors import FieldErrors
from app.formats import language
from app.mail import mail_goes_out, queue_mail
from app.pages import own_path
from app.security import limit

blueprint = Blueprint("accounts", __name__)


@blueprint.route("/sign-in", methods=["GET", "POST"], endpoint="sign_in")
@public
def sign_in_page() -> Any:
    form = SignInForm(next=request.args.get("next", ""))
    if current_user.is_authenticated and request.method == "GET":
        return redirect(own_path(form.next.data) or url_for("fairs.mine"))
    if form.validate_on_submit():
        limit("sign_in", 60, 60)
        guesser = f"{tidy_email(form.email.data)} {request.remote_addr}"  # a stranger elsewhere locks nobody out
        limit("sign_in_failed", 10, 600, guesser, counts=False)
        person = person_by_email(form.email.data)
        if password_fits(person, form.password.data) and person is not None and not person.blocked_at:
            if wants_new_hash(person):
                with transaction():
                    renew_hash(person, form.password.data)
            return _enter(person, form.next.data)
        limit("sign_in_failed", 10, 600, guesser)
        form.password.errors = [_("The address and the password do not belong together.")]
    return render_template("accounts/sign_in.html", form=form), 422 if form.errors else 200


@blueprint.route("/sign-up", methods=["GET", "POST"], endpoint="sign_up")
@public
def sign_up_page() -> Any:
    form = SignUpForm(next=request.args.get("next", ""))
    if form.validate_on_submit():
        limit("sign_up", 60, 600)  # a whole hall may share one address
        try:
            with transaction():
                person = sign_up(form.email.data, form.name.data, form.password.data, language(), clock.now())
                _mail_link(person, "address", "accounts.confirm_address", "welcome")
        except FieldErrors as error:
            form.take_errors(error)
        else:
            if mail_goes_out():
                flash(
                    _(
                        "A link is on its way to %(email)s. Open it in this browser to confirm your address.",
                        email=person.email,
                    )
                )
            return _enter(person, form.next.data)
    return render_template("accounts/sign_up.html", form=form), 422 if form.errors else 200


@blueprint.post("/sign-out")
@public
def sign_out() -> Any:
    """This session ends, here and for copies of its cookie; those of the same person on other devices go on."""
    end_session(clock.now())
    return redirect(url_for("fairs.start"))


@blueprint.route("/forgot", methods=["GET", "POST"])
@public
def forgot() -> Any:
    """The answer is the same whether the address has an account or not."""
    form = ForgotForm(email=request.args.get("email", ""))
    if form.validate_on_submit():
        limit("forgot", 10, 600)
        limit("forgot_address", 5, 3600, tidy_email(form.email.data))
        person = person_by_email(form.email.data)
        if person is not None and not person.blocked_at:
            with transaction():
                _mail_link(person, "reset", "accounts.reset", "password_reset")
        return render_template("accounts/forgot_sent.html", email=tidy_email(form.email.data))
    return render_template("accounts/forgot.html", form=form), 422 if form.errors else 200


@blueprint.route("/reset/<token>", methods=["GET", "POST"])
@public
def reset(token: str) -> Any:
    return _new_password("reset", token)


@blueprint.route("/invitation/<token>", methods=["GET", "POST"])
@public
def invitation(token: str) -> Any:
    """A link that was mailed, or one that the organiser gave by hand, which proves nothing of the address."""
    by_hand = person_of_link(current_app.config["SECRET_KEY"], "by_hand", token) is not None
    return _new_password("by_hand" if by_hand else "invite", token)


@blueprint.route("/confirm-address/<token>", methods=["GET", "POST"])
@public
def confirm_address(token: str) -> Any:
    """The link of the first mail. A press confirms only in a browser that is signed in as the account.

    Anybody can sign up with the address of another: a mere press by its owner would prove it for that stranger.
    Who opens the link elsewhere signs in, or sets a password here, which ends the stranger's.
    """
    person = person_of_link(current_app.config["SECRET_KEY"], "address", token)
    here = person is not None and current_user.is_authenticated and current_user.id == person.id
    if person is None or (person.email_verified_at is not None and not here):
        return render_template("accounts/link_dead.html"), 410
    if not here:
        return _new_password("address", token)
    if request.method == "POST":
        with transaction():
            found = db.session.get_one(Person, person.id)
            found.email_verified_at = found.email_verified_at or clock.now()
            address_proved.send(found)
        flash(_("Your address is confirmed."))
        return redirect(url_for("fairs.mine"))
    return render_template("accounts/confirm_address.html", person=person)


@blueprint.route("/account", methods=["GET", "POST"])
@signed_in
def account() -> Any:
    person = current_user._get_current_object()
    form = AccountForm(obj=person)
    if request.method == "GET":
        form.locale.data = language()  # what the header was switched to is what stays
    if form.validate_on_submit():
        with transaction():
            kept = db.session.get_one(Person, person.id)
            kept.name, kept.locale, kept.theme = " ".join(form.name.data.split()), form.locale.data, form.theme.data
        session["locale"] = form.locale.data
        with force_locale(form.locale.data):
            flash(_("Saved."))
        return redirect(url_for("accounts.account"))
    return _account_page(form, ChangePasswordForm())


@blueprint.post("/account/address")
@signed_in
def mail_address_link() -> Any:
    """The link that confirms the address, once more: the first mail may be lost, or too old."""
    person = current_user._get_current_object()
    if person.email_verified_at is None:
        limit("address_link", 5, 3600, str(person.id))
        with transaction():
            _mail_link(person, "address", "accounts.confirm_address", "welcome")
        if mail_goes_out():
            _say_link_comes(person)
    return redirect(url_for("accounts.account"))


@blueprint.post("/account/password")
@signed_in
def change_own_password() -> Any:
    person, form = current_user._get_current_object(), ChangePasswordForm()
    limit("change_password", 10, 600, str(person.id))
    if form.validate_on_submit():
        if not password_fits(person, form.current.data):
            form.current.errors = [_("This is not your present password.")]
        else:
            try:
                with transaction():
                    kept = db.session.get_one(Person, person.id)
                    change_password(kept, form.password.data)
                login_user(kept)
                flash(_("Your password is changed. Other devices have to sign in again."))
                return redirect(url_for("accounts.account"))
            except FieldErrors as error:
                form.take_errors(error)
    return _account_page(AccountForm(formdata=None, obj=person), form)


def _account_page(form: AccountForm, password: ChangePasswordForm) -> Any:
    faulty = bool(form.errors or password.errors)
    return render_template("accounts/account.html", form=form, password=password), 422 if faulty else 200


def _new_password(purpose: str, token: str) -> Any:
    person = person_of_link(current_app.config["SECRET_KEY"], purpose, token)
    if person is None:
        return render_template("accounts/link_dead.html"), 410
    form = NewPasswordForm()
    if form.validate_on_submit():
        limit("reset", 10, 600)
        try:
            with transaction():
                kept = db.session.get_one(Person, person.id)
                if purpose == "by_hand":
                    change_password(kept, form.password.data)
                else:
                    set_password(kept, form.password.data, clock.now())
                    address_proved.send(kept)
            flash(_("Your password is set."))
            return _enter(kept, "")
        except FieldErrors as error:
            form.take_errors(error)
    page = render_template("accounts/new_password.html", form=form, person=person, purpose=purpose)
    return page, 422 if form.errors else 200


def _say_link_comes(person: Person) -> None:
    said = _("A link is on its way to %(email)s. Open it in this browser to confirm your address.", email=person.email)
    flash(said)


def _mail_link(person: Person, purpose: str, endpoint: str, template: str) -> None:
    token = link_token(current_app.config["SECRET_KEY"], purpose, person)
    link = current_app.config["FAIR_PUBLIC_URL"] + url_for(endpoint, token=token)
    queue_mail(person.email, template, person.locale, None, {"name": person.name, "link": link})


def _enter(person: Person, wanted: str | None) -> Response:
    begin_session(person, clock.now())
    return redirect(own_path(wanted) or url_for("fairs.mine"))  # type: ignore[return-value]
