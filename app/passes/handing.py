"""An exhibitor hands out its passes by name; of two at once one gets the last. Callers open the transaction."""

from datetime import datetime

from sqlalchemy import select, update

from app import clock
from app.audit import Actor, record
from app.db import db
from app.errors import FieldErrors, NotFound
from app.fairs.models import Exhibitor, Fair
from app.i18n_marks import N_
from app.input import is_mail_address
from app.passes.errors import HasBooth, NamesFixed, NoBooth, PassChanged, QuotaUsed
from app.passes.models import PassAllowance, PassRule
from app.passes.quota import CATEGORY, SOURCE, Pass, companies_on_booth, passes_of, quota_of
from app.search import fold
from app.visitors.badges import issue_badge, reissue_badge
from app.visitors.models import Badge, BadgeState, Registration, VisitorCategory
from app.visitors.registration import RegistrationClosed

MAILED_AT_MOST = 100  # passes with an address, of one person or key in ten minutes: given and withdrawn, each writes
NAME = N_("Enter the name that the badge shall show.")
NAME_LONG = N_("The badge holds names of at most 120 characters.")
EMAIL = N_("This is no e-mail address: name@example.com.")
COMPANY = N_("Choose a company that stands on your booth.")
NUMBER = N_("Write a whole number from 0 to 99.")
NO_CATEGORY = N_("This fair has no badges for exhibitors. Ask the organiser.")


def give_pass(
    actor: Actor, fair: Fair, exhibitor_id: int, name: str, email: str, for_id: int, secret: str, now: datetime
) -> Pass:
    """A pass in a name, for the main exhibitor itself or a co-exhibitor on its booth; mailed where there is an address.

    The same name and address twice is one. Raises NotFound, FieldErrors, NoBooth, QuotaUsed, RegistrationClosed.
    """
    name, email = _checked(name, email)
    _lock(fair, exhibitor_id)
    company = next((one for one in companies_on_booth(fair, exhibitor_id) if one.id == for_id), None)
    if company is None:
        raise FieldErrors({"company": COMPANY})
    if clock.fair_day(fair, now) > fair.ends_on:
        raise RegistrationClosed()
    for one in passes_of(fair.id, exhibitor_id):
        known = one.registration
        if (fold(known.name), known.email, known.exhibitor_id) == (fold(name), email, for_id):
            return one
    quota = quota_of(fair, exhibitor_id)
    if not quota.total:
        raise NoBooth()
    if not quota.left:
        raise QuotaUsed(quota=quota.total)
    category = db.session.scalar(
        select(VisitorCategory).where(VisitorCategory.fair_id == fair.id, VisitorCategory.code == CATEGORY)
    )
    if category is None:
        raise FieldErrors({"name": NO_CATEGORY})
    registration = Registration(
        fair_id=fair.id, category_id=category.id, exhibitor_id=company.id, name=name, company=company.name,
        folded=_folded(name, company.name), country=company.country, province=company.province, email=email,
        locale=company.locale, consents={}, source=SOURCE, created_at=now, badge_mail_due_at=now if email else None,
    )  # fmt: skip
    db.session.add(registration)
    db.session.flush()
    badge = issue_badge(fair, registration, category, secret, now)
    record(actor, "pass.given", "registration", registration.id, fair.id, exhibitor=exhibitor_id)
    return Pass(registration, badge)


def rename_pass(
    actor: Actor, fair: Fair, exhibitor_id: int, registration_id: int, seen_badge: int, name: str, email: str,
    secret: str, now: datetime,
) -> Pass:  # fmt: skip
    """Another name, until the fair's first day: a new badge, and the older one opens no gate. The same name is none.

    `seen_badge` is the badge that was seen. Raises NotFound, FieldErrors, NamesFixed, PassChanged.
    """
    name, email = _checked(name, email)
    _lock(fair, exhibitor_id)
    one = _pass(fair, exhibitor_id, registration_id)
    registration = one.registration
    if (registration.name, registration.email) == (name, email):
        return one
    if clock.fair_day(fair, now) >= fair.starts_on:
        raise NamesFixed()
    if one.badge.id != seen_badge:
        raise PassChanged()
    registration.name, registration.email = name, email
    registration.folded = _folded(name, registration.company)
    registration.badge_mail_due_at = None
    badge = reissue_badge(fair, one.badge, secret, actor, now)
    record(actor, "pass.renamed", "registration", registration.id, fair.id, exhibitor=exhibitor_id)
    return Pass(registration, badge)


def withdraw_pass(actor: Actor, fair: Fair, exhibitor_id: int, registration_id: int, now: datetime) -> None:
    """Its badges open no gate any more, and the place is free. Withdrawn twice is withdrawn. Raises NotFound."""
    _lock(fair, exhibitor_id)
    try:
        registration = _pass(fair, exhibitor_id, registration_id).registration
    except NotFound:
        if _was_withdrawn(fair, exhibitor_id, registration_id):
            return
        raise
    _cancel(fair, [registration], now)
    record(actor, "pass.withdrawn", "registration", registration_id, fair.id, exhibitor=exhibitor_id)


def withdraw_passes(actor: Actor, fair: Fair, exhibitor_id: int, now: datetime) -> int:
    """The organiser's deed: all passes of a company that has no let booth any more, its co-exhibitors' too.

    Answers how many; repeated, none. Raises NotFound, HasBooth.
    """
    _lock(fair, exhibitor_id)
    if quota_of(fair, exhibitor_id).area_m2:
        raise HasBooth()
    db.session.expire_all()
    given = [one.registration for one in passes_of(fair.id, exhibitor_id)]
    if given:
        _cancel(fair, given, now)
        record(actor, "pass.all_withdrawn", "exhibitor", exhibitor_id, fair.id, number=len(given))
    return len(given)


def set_pass_rule(actor: Actor, fair: Fair, number: int | None) -> None:
    """So many passes for each 9 m² let. Passes that are given stay, over a smaller quota too. Raises FieldErrors."""
    if number is None or not 0 <= number <= 99:
        raise FieldErrors({"per_9_m2": NUMBER})
    db.session.merge(PassRule(fair_id=fair.id, per_9_m2=number))
    db.session.flush()
    record(actor, "pass.rule_set", "fair", fair.id, fair.id, number=number)


def grant_passes(actor: Actor, fair: Fair, exhibitor_id: int, extra: int | None, now: datetime) -> None:
    """So many passes besides the quota, in all. Raises NotFound, FieldErrors."""
    if extra is None or not 0 <= extra <= 99:
        raise FieldErrors({"extra": NUMBER})
    _lock(fair, exhibitor_id)
    quota_of(fair, exhibitor_id)
    db.session.merge(
        PassAllowance(fair_id=fair.id, exhibitor_id=exhibitor_id, extra=extra, granted_at=now, granted_by=actor.name)
    )
    db.session.flush()
    record(actor, "pass.granted", "exhibitor", exhibitor_id, fair.id, number=extra)


def _cancel(fair: Fair, registrations: list[Registration], now: datetime) -> None:
    for one in registrations:
        one.cancelled_at, one.badge_mail_due_at = now, None
    db.session.execute(
        update(Badge)
        .where(
            Badge.fair_id == fair.id, Badge.registration_id.in_([one.id for one in registrations]),
            Badge.state.in_((BadgeState.VALID, BadgeState.NOT_APPROVED)),
        )
        .values(state=BadgeState.CANCELLED, changed_at=now)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    db.session.flush()


def _checked(name: str, email: str) -> tuple[str, str]:
    name, email = " ".join(name.split()), email.strip().lower()
    wrong = {
        "name": NAME if not name else NAME_LONG if len(name) > 120 else "",
        "email": EMAIL if email and not is_mail_address(email) else "",
    }
    if any(wrong.values()):
        raise FieldErrors({field: fault for field, fault in wrong.items() if fault})
    return name, email


def _lock(fair: Fair, exhibitor_id: int) -> None:
    """Who gives or takes passes of one company waits behind its row, so two never take the last. Raises NotFound."""
    row = select(Exhibitor.id).where(
        Exhibitor.id == exhibitor_id, Exhibitor.fair_id == fair.id, Exhibitor.main_id.is_(None)
    )
    if db.session.scalar(row.with_for_update(key_share=True)) is None:
        raise NotFound()


def _pass(fair: Fair, exhibitor_id: int, registration_id: int) -> Pass:
    db.session.expire_all()
    one = next((p for p in passes_of(fair.id, exhibitor_id) if p.registration.id == registration_id), None)
    if one is None:
        raise NotFound()
    return one


def _was_withdrawn(fair: Fair, exhibitor_id: int, registration_id: int) -> bool:
    found = (
        select(Registration.id)
        .join(Exhibitor, Exhibitor.id == Registration.exhibitor_id)
        .where(
            Registration.id == registration_id, Registration.fair_id == fair.id, Registration.source == SOURCE,
            (Exhibitor.id == exhibitor_id) | (Exhibitor.main_id == exhibitor_id),
        )
    )  # fmt: skip
    return db.session.scalar(found) is not None


def _folded(name: str, company: str) -> str:
    return fold(f"{name} {company}")[:400]
