"""A person asks to come: registration, and the badge that follows from it."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import select, update

from app import audit
from app.audit import Actor
from app.db import db
from app.errors import DomainError, FieldErrors
from app.fairs.countries import countries
from app.fairs.models import Buyer, Fair
from app.fairs.provinces import provinces_on
from app.i18n_marks import N_
from app.input import is_mail_address
from app.mail import number_written
from app.search import fold
from app.visitors.badges import issue_badge
from app.visitors.models import Badge, BadgeState, Registration, VisitorCategory
from app.visitors.own_records import owner_of_address

CONSENT_TEXT = "2026-2"  # which wording of the purposes was agreed to
BADGE_MAIL = "visitor_badge"
BADGE_MAILS_AN_HOUR = 5
PURPOSES = ("news", "exhibitors")  # each its own consent, none a condition for coming


class RegistrationClosed(DomainError):
    code: ClassVar[str] = "registration_closed"
    message: ClassVar[str] = N_("This fair is over. Its badges are no longer given out.")


@dataclass(frozen=True)
class Entry:
    """What somebody typed."""

    name: str
    category: str
    email: str
    company: str = ""
    country: str = "VN"
    province: str | None = None
    phone: str = ""
    locale: str = "vi"
    agreed: bool | None = False  # to the use of the data for coming in at all; None where a program does not say
    consents: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Registered:
    """`again`: this address was registered already; its badge was mailed once more, nothing new was made."""

    registration: Registration
    badge: Badge
    again: bool


def register_visitor(
    fair: Fair, entry: Entry, secret: str, actor: Actor, at: datetime, by_organiser: bool = False
) -> Registered:
    """Give somebody a badge for every day of the fair, and have it mailed. One badge an address.

    The organiser registers whom nobody else can, staff, press and crew, and may leave the address out.
    Registered again, it is mailed again, five times an hour at most: nobody's mailbox is filled by a stranger.
    Raises FieldErrors, or RegistrationClosed after the last day.
    """
    if (at - timedelta(days=1)).date() > fair.ends_on:
        raise RegistrationClosed()
    entry, category = _checked(fair, entry, by_organiser)
    _one_at_a_time(fair)
    known = _registered(fair, entry.email) if entry.email else None
    if known is not None:
        if known.badge_mail_due_at is None and not _mailed_enough(known, at):
            known.badge_mail_due_at = at
        return Registered(known, _badge_of(known), again=True)
    registration = Registration(
        fair_id=fair.id,
        category_id=category.id,
        person_id=owner_of_address(entry.email) if entry.email else None,
        name=entry.name,
        company=entry.company,
        folded=fold(f"{entry.name} {entry.company}")[:400],
        country=entry.country,
        province=entry.province,
        email=entry.email,
        phone=entry.phone,
        locale=entry.locale,
        consents=_consents(entry, at),
        source="desk" if by_organiser or actor.kind == "token" else "online",
        created_at=at,
        badge_mail_due_at=at if entry.email else None,
    )
    db.session.add(registration)
    db.session.flush()
    waits = fair.approve_buyers and category.is_trade
    badge = issue_badge(
        fair, registration, category, secret, at, state=BadgeState.NOT_APPROVED if waits else BadgeState.VALID
    )
    if category.is_trade:
        db.session.add(_buyer(registration, at))
    audit.record(actor, "visitor.registered", "registration", registration.id, fair.id, category=category.code)
    return Registered(registration, badge, again=False)


def confirm_address(fair: Fair, badge: Badge, actor: Actor, at: datetime) -> None:
    """The link of the mail was opened: the address is theirs, for the registration and for the buyer made of it."""
    db.session.execute(
        update(Registration)
        .where(Registration.id == badge.registration_id, Registration.email_verified_at.is_(None))
        .values(email_verified_at=at)
    )
    registration = db.session.get_one(Registration, badge.registration_id, populate_existing=True)
    db.session.execute(
        update(Buyer)
        .where(
            Buyer.fair_id == fair.id,
            Buyer.registration_id == registration.id,
            Buyer.email == registration.email,
            Buyer.email_verified_at.is_(None),
        )
        .values(email_verified_at=at)
    )
    audit.record(actor, "visitor.address_confirmed", "registration", registration.id, fair.id)


def online_categories(fair_id: int) -> list[VisitorCategory]:
    """What a stranger may register as."""
    wanted = select(VisitorCategory).where(VisitorCategory.fair_id == fair_id, VisitorCategory.online.is_(True))
    return list(db.session.scalars(wanted.order_by(VisitorCategory.number)))


def every_category(fair_id: int) -> list[VisitorCategory]:
    """What the organiser may register somebody as."""
    wanted = select(VisitorCategory).where(VisitorCategory.fair_id == fair_id)
    return list(db.session.scalars(wanted.order_by(VisitorCategory.number)))


def _checked(fair: Fair, entry: Entry, by_organiser: bool) -> tuple[Entry, VisitorCategory]:
    faults: dict[str, str] = {}
    name, company = " ".join(entry.name.split()), " ".join(entry.company.split())
    email, phone = entry.email.strip().lower(), " ".join(entry.phone.split())
    if not name:
        faults["name"] = N_("Enter the name that the badge shall show.")
    elif len(name) > 120:
        faults["name"] = N_("The badge holds names of at most 120 characters.")
    if len(company) > 200:
        faults["company"] = N_("The badge holds companies of at most 200 characters.")
    if not is_mail_address(email) and (email or not by_organiser):
        faults["email"] = N_("Enter an e-mail address: the badge is sent to it.")
    if len(phone) > 40 or not re.fullmatch(r"[0-9+ ().-]*", phone):
        faults["phone"] = N_("A phone number holds digits, spaces, and + ( ) . -")
    if entry.country not in dict(countries("en")):
        faults["country"] = N_("Choose a country.")
    province = entry.province if entry.country == fair.country else None
    if province and province not in {p.code for p in provinces_on(fair.starts_on)}:
        faults["province"] = N_("Choose a province of the list.")
    offered = every_category(fair.id) if by_organiser else online_categories(fair.id)
    category = {c.code: c for c in offered}.get(entry.category)
    if category is None:
        faults["category"] = N_("Choose a category.") if by_organiser else N_("Choose what brings you to the fair.")
    if entry.agreed is False:
        faults["agreed"] = N_("Without these details no badge can be made. Tick the box to agree.")
    if faults or category is None:
        raise FieldErrors(faults)
    checked = Entry(
        name, category.code, email, company, entry.country, province, phone, entry.locale, entry.agreed, entry.consents
    )
    return checked, category


def _one_at_a_time(fair: Fair) -> None:
    """Two forms with one address in the same instant: the second waits and finds the first."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(select(Fair.id).where(Fair.id == fair.id).with_for_update(key_share=True))


def _registered(fair: Fair, email: str) -> Registration | None:
    wanted = select(Registration).where(
        Registration.fair_id == fair.id, Registration.email == email, Registration.cancelled_at.is_(None)
    )
    return db.session.scalars(wanted.order_by(Registration.id).limit(1)).first()


def _mailed_enough(registration: Registration, at: datetime) -> bool:
    return number_written(registration.email, BADGE_MAIL, at - timedelta(hours=1)) >= BADGE_MAILS_AN_HOUR


def _badge_of(registration: Registration) -> Badge:
    wanted = select(Badge).where(Badge.fair_id == registration.fair_id, Badge.registration_id == registration.id)
    return db.session.scalars(wanted.order_by(Badge.reissue.desc(), Badge.id.desc()).limit(1)).one()


def _consents(entry: Entry, at: datetime) -> dict[str, dict[str, object]]:
    said = {"admission": entry.agreed is True} | {purpose: purpose in entry.consents for purpose in PURPOSES}
    return {name: {"given": given, "at": at.isoformat(), "text": CONSENT_TEXT} for name, given in said.items()}


def _buyer(registration: Registration, at: datetime) -> Buyer:
    return Buyer(
        fair_id=registration.fair_id,
        registration_id=registration.id,
        person_id=registration.person_id,
        name=registration.name,
        company=registration.company,
        folded=registration.folded,
        country=registration.country,
        email=registration.email,
        phone=registration.phone,
        locale=registration.locale,
        email_typed_by="self",
        created_at=at,
    )
