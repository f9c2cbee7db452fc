"""The demonstration's outbox: mails that no server takes are shown, so that links in them can be followed."""

from datetime import datetime

from flask import Blueprint, Response, abort, current_app, render_template
from flask.blueprints import BlueprintSetupState
from sqlalchemy import select

from app import clock
from app.access import public
from app.db import db
from app.documents import store
from app.errors import NotFound
from app.exports import content_disposition
from app.fairs.models import Fair
from app.fairs.queries import demo_exists
from app.mail import Mail, compose, mail_goes_out
from app.security import from_this_machine

blueprint = Blueprint("outbox", __name__, url_prefix="/mail")
blueprint.add_app_template_global(mail_goes_out)
SHOWN = 50


def is_open() -> bool:
    """Only in a demonstration, on this machine, with no mail server: these would be other people's mails."""
    if current_app.config["FAIR_MAIL_URL"] or not from_this_machine():
        return False
    return demo_exists()


@blueprint.record_once
def tell_mails(state: BlueprintSetupState) -> None:
    state.app.extensions["mail_is_shown"] = is_open


@blueprint.before_request
def closed_elsewhere() -> None:
    if not is_open():
        raise NotFound()


@blueprint.get("/")
@public
def index() -> str:
    mails = db.session.scalars(select(Mail).order_by(Mail.id.desc()).limit(SHOWN)).all()
    fairs = {fair.id: fair for fair in db.session.scalars(select(Fair))}
    shown = [(mail, _subject(mail), _written(mail, fairs.get(mail.fair_id or 0))) for mail in mails]
    return render_template("mail/outbox.html", mails=shown)


@blueprint.get("/<int:mail_id>")
@public
def show(mail_id: int) -> str:
    mail = _mail(mail_id)
    message = compose(mail)
    files = [part.get_filename() for part in message.iter_attachments()]
    written = _written(mail, db.session.get(Fair, mail.fair_id) if mail.fair_id else None)
    return render_template(
        "mail/outbox_mail.html", mail=mail, subject=message["Subject"], files=list(enumerate(files)), written=written
    )


@blueprint.get("/<int:mail_id>/body")
@public
def body(mail_id: int) -> Response:
    part = compose(_mail(mail_id)).get_body(("html",))
    if part is None:
        abort(404)
    shown = part.get_content().replace("<head>", '<head><base target="_top">', 1)  # as a mail program opens a link
    response = Response(shown, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'"
    )
    return response


@blueprint.get("/<int:mail_id>/files/<int:position>")
@public
def attachment(mail_id: int, position: int) -> Response:
    mail = _mail(mail_id)
    if position >= len(mail.attachments):
        raise NotFound()
    document = store.by_key(mail.attachments[position])
    response = Response(store.read(document), content_type=document.media_type)
    response.headers["Content-Disposition"] = content_disposition("inline", document.filename)
    return response


def _subject(mail: Mail) -> str:
    """One mail that cannot be put together hides none of the others."""
    try:
        return str(compose(mail)["Subject"])
    except Exception:
        current_app.logger.exception("mail %s cannot be composed", mail.id)
        return f"{mail.template}: {mail.error}"


def _written(mail: Mail, fair: Fair | None) -> datetime:
    """When the mail was written, as the fair's wall clock shows it."""
    shown_by = fair or db.session.scalars(select(Fair).order_by(Fair.id).limit(1)).first()
    return clock.local(shown_by, mail.created_at) if shown_by else mail.created_at


def _mail(mail_id: int) -> Mail:
    mail = db.session.get(Mail, mail_id)
    if mail is None:
        raise NotFound()
    return mail
