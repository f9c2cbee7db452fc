"""The badge as a sheet: an A6 PDF to print, its link for the phone, and the mail that brings both."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app, g, url_for
from flask_babel import force_locale
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select, update

from app import clock
from app.db import db, transaction
from app.documents import store
from app.documents.pdf import render_pdf
from app.documents.qr import qr_png_data_uri
from app.errors import NotFound
from app.fairs.countries import country_name
from app.fairs.models import Fair
from app.fairs.provinces import province_name
from app.jobs import sweep
from app.mail import queue_mail
from app.visitors.models import Badge, BadgeState, Registration, VisitorCategory
from app.visitors.registration import BADGE_MAIL

QR_VERSION = 5  # holds 193 and 196 digits at level M


@dataclass(frozen=True)
class Sheet:
    """All that a badge shows."""

    fair: Fair
    badge: Badge
    registration: Registration
    category: VisitorCategory

    @property
    def qr(self) -> str:
        return qr_png_data_uri(self.badge.token, QR_VERSION, "M")

    @property
    def number_groups(self) -> list[str]:
        return [self.badge.number[n : n + 5] for n in range(0, 20, 5)]

    @property
    def days(self) -> list[tuple[date, bool]]:
        first = self.badge.first_day
        return [
            (day, n >= first and bool(self.badge.days_mask >> (n - first) & 1))
            for n, day in enumerate(clock.fair_days(self.fair))
        ]

    @property
    def owes(self) -> bool:
        """A fee of the category has not been received."""
        return self.category.has_fee and self.registration.fee_received_at is None

    @property
    def place(self) -> str:
        """The province at home, the country from abroad."""
        registration = self.registration
        if registration.country == self.fair.country:
            return province_name(registration.province) if registration.province else ""
        return country_name(registration.country, registration.locale)

    @property
    def name_size(self) -> str:
        """Names shrink from 25 pt to 18 before they would take a third line."""
        longest = max((len(word) for word in self.registration.name.split()), default=0)
        length = len(self.registration.name)
        for size, letters, word in (("large", 26, 13), ("middle", 34, 16), ("small", 52, 18)):
            if length <= letters and longest <= word:
                return size
        return "tiny"

    @property
    def filename(self) -> str:
        return f"badge-{self.badge.number}.pdf"


def sheet_of(fair: Fair, badge: Badge) -> Sheet:
    registration = db.session.get_one(Registration, badge.registration_id)
    return Sheet(fair, badge, registration, db.session.get_one(VisitorCategory, badge.category_id))


def badge_pdf(sheet: Sheet) -> bytes:
    """The A6 sheet, in the language of its bearer."""
    with force_locale(sheet.registration.locale):
        return render_pdf("visitors/badge_pdf.html", sheet=sheet)


def badge_link(badge: Badge, mailed: bool = False) -> str:
    """What opens a badge without signing in. Only the mailed one proves that the address is the bearer's."""
    return _signer().dumps([badge.id, badge.number, int(mailed)])


def badge_of_link(fair: Fair, link: str) -> tuple[Badge, bool]:
    """The badge that a link opens, the newest if it was issued anew, and whether the link came by mail."""
    try:
        badge_id, number, mailed = _signer().loads(link)
    except (BadSignature, ValueError, TypeError):
        raise NotFound() from None
    wanted = select(Badge).where(Badge.fair_id == fair.id, Badge.id == badge_id, Badge.number == number)
    badge = db.session.scalars(wanted).first()
    if badge is None:
        raise NotFound()
    if badge.state == BadgeState.REPLACED:
        newest = select(Badge).where(Badge.fair_id == fair.id, Badge.registration_id == badge.registration_id)
        badge = db.session.scalars(newest.order_by(Badge.reissue.desc(), Badge.id.desc()).limit(1)).one()
    return badge, bool(mailed)


@sweep
def mail_badges() -> None:
    """Mail the badges that wait: the PDF is made outside the transaction that queues its mail."""
    due = select(Registration.id, Registration.badge_mail_due_at).where(Registration.badge_mail_due_at.is_not(None))
    for registration_id, due_at in db.session.execute(due.order_by(Registration.badge_mail_due_at).limit(200)).all():
        registration = db.session.get_one(Registration, registration_id)
        fair = db.session.get_one(Fair, registration.fair_id)
        newest = select(Badge).where(Badge.fair_id == fair.id, Badge.registration_id == registration_id)
        badge = db.session.scalars(newest.order_by(Badge.reissue.desc(), Badge.id.desc()).limit(1)).first()
        if badge is not None:
            _mail(sheet_of(fair, badge), due_at)


def _mail(sheet: Sheet, due_at: Any) -> None:
    fair, registration = sheet.fair, sheet.registration
    with current_app.test_request_context(base_url=current_app.config["FAIR_PUBLIC_URL"]):
        g.fair = fair
        data = badge_pdf(sheet)
        link = url_for("visitors.badge", signed=badge_link(sheet.badge, mailed=True), _external=True)
    with transaction():
        claimed = db.session.execute(
            update(Registration)
            .where(Registration.id == registration.id, Registration.badge_mail_due_at == due_at)
            .values(badge_mail_due_at=None)
        )
        if claimed.rowcount != 1:  # type: ignore[attr-defined]
            return
        document = store.put(fair.id, "badge", sheet.filename, "application/pdf", data)
        context = {
            "name": registration.name,
            "number": " ".join(sheet.number_groups),
            "link": link,
            "is_trade": sheet.category.is_trade,
            "waits": sheet.badge.state == BadgeState.NOT_APPROVED,
            "owes": sheet.owes,
        }
        queue_mail(registration.email, BADGE_MAIL, registration.locale, fair.id, context, [document.key])


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="badge link")
