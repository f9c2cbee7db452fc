"""Mails are rows, written in the transaction that gives reason for them, and sent by a sweep."""

import smtplib
import ssl
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import current_app, g, render_template
from flask_babel import force_locale
from sqlalchemy import ForeignKey, Index, String, Text, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.db import after_commit, db, transaction
from app.documents import store
from app.jobs import hurry, sweep

ATTEMPTS = 8
CLAIMED_FOR = timedelta(minutes=5)


class Mail(db.Model):
    """One mail to one address: what is needed to render it, and how far it got."""

    __tablename__ = "mail"
    __table_args__ = (Index("ix_mail_state_next_at", "state", "next_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int | None] = mapped_column(ForeignKey("fair.id"))
    recipient: Mapped[str] = mapped_column(String(254))
    template: Mapped[str] = mapped_column(String(60))
    locale: Mapped[str] = mapped_column(String(8))
    context: Mapped[dict[str, Any]]
    attachments: Mapped[list[Any]]
    state: Mapped[str] = mapped_column(String(10), default="queued")  # queued, sending, sent, kept, failed
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    next_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text, default="")


def queue_mail(
    to: str,
    template: str,
    locale: str,
    fair_id: int | None,
    context: dict[str, Any],
    attachments: list[str] | None = None,
) -> None:
    """Have `templates/mail/<template>.{txt,html}` sent to an address, with stored documents by their keys.

    `context` must be JSON. Call it inside the transaction that gives reason for the mail.
    """
    now = clock.now()
    db.session.add(
        Mail(
            fair_id=fair_id,
            recipient=to,
            template=template,
            locale=locale,
            context=context,
            attachments=attachments or [],
            created_at=now,
            next_at=now,
        )
    )
    after_commit(hurry, current_app._get_current_object(), "send_mails")  # type: ignore[attr-defined]


@sweep
def send_mails() -> None:
    """Send what waits. A mail is claimed before it is sent; one whose sender died is taken up again."""
    while (mail := _claim()) is not None:
        try:
            message = compose(mail)
            sent = _send(message)
        except (OSError, smtplib.SMTPException, ssl.SSLError) as error:
            _put_off(mail, error)
            continue
        except Exception as error:
            current_app.logger.exception("mail %s cannot be composed", mail.id)
            _put_off(mail, error, for_good=True)
            continue
        with transaction():
            db.session.execute(
                update(Mail).where(Mail.id == mail.id).values(state="sent" if sent else "kept", sent_at=clock.now())
            )


def compose(mail: Mail) -> EmailMessage:
    """The mail as it goes out: text and HTML in the reader's language, documents attached."""
    fair = current_app.extensions["fair_by_id"](mail.fair_id) if mail.fair_id else None
    with current_app.test_request_context(base_url=current_app.config["FAIR_PUBLIC_URL"]):
        g.fair = fair
        with force_locale(mail.locale):
            names = {"fair": fair, "public_url": current_app.config["FAIR_PUBLIC_URL"], **mail.context}
            text = render_template(f"mail/{mail.template}.txt", **names)
            html = render_template(f"mail/{mail.template}.html", **names)
    first, _end, body = text.lstrip().partition("\n")
    message = EmailMessage()
    message["Subject"] = " ".join(first.removeprefix("Subject:").split())
    message["From"] = current_app.config["FAIR_MAIL_FROM"]
    message["To"] = mail.recipient
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<mail-{mail.id}@{make_msgid().rpartition('@')[2]}"
    message.set_content(body.strip() + "\n")
    message.add_alternative(html, subtype="html")
    for key in mail.attachments:
        document = store.by_key(key)
        kind, _slash, subtype = document.media_type.partition("/")
        message.add_attachment(store.read(document), maintype=kind, subtype=subtype, filename=document.filename)
    return message


def _claim() -> Mail | None:
    now = clock.now()
    waiting = (
        select(Mail.id).where(Mail.state.in_(("queued", "sending")), Mail.next_at <= now).order_by(Mail.id).limit(1)
    )
    mail_id = db.session.scalar(waiting)
    if mail_id is None:
        db.session.rollback()
        return None
    with transaction():
        claimed = db.session.execute(
            update(Mail)
            .where(Mail.id == mail_id, Mail.state.in_(("queued", "sending")), Mail.next_at <= now)
            .values(state="sending", attempts=Mail.attempts + 1, next_at=now + CLAIMED_FOR)
        )
    return db.session.get(Mail, mail_id, populate_existing=True) if claimed.rowcount else _claim()  # type: ignore[attr-defined]


def _put_off(mail: Mail, error: Exception, for_good: bool = False) -> None:
    failed = for_good or mail.attempts >= ATTEMPTS
    with transaction():
        db.session.execute(
            update(Mail)
            .where(Mail.id == mail.id)
            .values(
                state="failed" if failed else "queued",
                next_at=clock.now() + timedelta(seconds=15 * 2**mail.attempts),
                error=f"{type(error).__name__}: {error}"[:500],
            )
        )


def _send(message: EmailMessage) -> bool:
    """Hand the mail to the server of FAIR_MAIL_URL; False when there is none and the mail is only kept."""
    url = urlsplit(current_app.config["FAIR_MAIL_URL"])
    if not url.hostname:
        return False
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(url.hostname, url.port or 465, timeout=20)
    else:
        server = smtplib.SMTP(url.hostname, url.port or 25, timeout=20)
    with server:
        if url.scheme != "smtps" and server.has_extn("starttls") and url.username:
            server.starttls(context=ssl.create_default_context())
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)
    return True
