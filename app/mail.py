"""Mails are rows, written in the transaction that gives reason for them, and sent by a sweep."""

import smtplib
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any

from flask import current_app, g, render_template
from flask_babel import force_locale
from sqlalchemy import ForeignKey, Index, String, Text, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.db import after_commit, db, transaction
from app.documents import store
from app.jobs import hurry, sweep
from app.mail_server import Unreachable, mail_server, send

ATTEMPTS = 8
CLAIMED_FOR = timedelta(minutes=5)
WAITING = ("queued", "sending")


class Mail(db.Model):
    """One mail to one address: what is needed to render it, and how far it got."""

    __tablename__ = "mail"
    __table_args__ = (
        Index("ix_mail_state_next_at", "state", "next_at"),
        Index("ix_mail_recipient_created_at", "recipient", "created_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int | None] = mapped_column(ForeignKey("fair.id"))
    recipient: Mapped[str] = mapped_column(String(254))
    template: Mapped[str] = mapped_column(String(60))
    locale: Mapped[str] = mapped_column(String(8))
    context: Mapped[dict[str, Any]]
    attachments: Mapped[list[Any]]
    state: Mapped[str] = mapped_column(String(10), default="queued")  # queued, sending, sent, failed
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


def number_written(to: str, template: str, since: datetime) -> int:
    """How many mails of a kind were written to an address since then: whoever names it may not be who reads them."""
    wanted = select(func.count()).where(Mail.recipient == to, Mail.template == template, Mail.created_at > since)
    return db.session.scalar(wanted) or 0


def mail_goes_out() -> bool:
    """Whether mails reach anybody: the settings name a server, or the demonstration shows them in its outbox."""
    return bool(current_app.config["FAIR_MAIL_URL"]) or current_app.extensions["mail_is_shown"]()


def number_waiting() -> int:
    return db.session.scalar(select(func.count()).where(Mail.state.in_(WAITING))) or 0


@sweep
def send_mails() -> None:
    """Send what waits, if a server is named. A mail is claimed before; one whose sender died is taken up again.

    A server that does not answer ends the round: every mail would wait as long for it. Then it is left alone for a
    while, and that counts as a try of no mail that it has not begun to take.
    """
    server = mail_server(current_app)  # type: ignore[arg-type]
    if not server.is_named:
        return
    while not server.rests(clock.now()) and (mail_id := _longest_waiting()) is not None:
        try:
            with server.reached() as connection:
                if (mail := _claim(mail_id)) is not None:
                    _send(mail, connection)
        except Unreachable as error:
            rest = server.fell_silent(clock.now())
            current_app.logger.warning(
                "%s mails wait for a mail server (%s): again in %s", number_waiting(), error, rest
            )
        else:
            server.answered()


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


def _send(mail: Mail, connection: smtplib.SMTP) -> None:
    """Send a claimed mail. Raises Unreachable when it broke off."""
    try:
        send(connection, compose(mail))
    except Unreachable as error:
        _put_off(mail, error)
        raise
    except OSError as error:  # refused by the server, or a document that cannot be read now
        _put_off(mail, error)
        return
    except Exception as error:
        current_app.logger.exception("mail %s cannot be sent by anybody", mail.id)
        _put_off(mail, error, for_good=True)
        return
    with transaction():
        db.session.execute(update(Mail).where(Mail.id == mail.id).values(state="sent", sent_at=clock.now()))


def _longest_waiting() -> int | None:
    """The mail that is due since longest: one that broke a connection off stands behind the others."""
    due = select(Mail.id).where(Mail.state.in_(WAITING), Mail.next_at <= clock.now())
    mail_id = db.session.scalar(due.order_by(Mail.next_at, Mail.id).limit(1))
    db.session.rollback()
    return mail_id


def _claim(mail_id: int) -> Mail | None:
    """The mail, now ours; None when somebody else took it."""
    now = clock.now()
    with transaction():
        claimed = db.session.execute(
            update(Mail)
            .where(Mail.id == mail_id, Mail.state.in_(WAITING), Mail.next_at <= now)
            .values(state="sending", attempts=Mail.attempts + 1, next_at=now + CLAIMED_FOR)
        )
    return db.session.get(Mail, mail_id, populate_existing=True) if claimed.rowcount else None  # type: ignore[attr-defined]


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
