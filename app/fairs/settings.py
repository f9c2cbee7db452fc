"""What the organiser sets for a fair: its details and rules, and who works on it. Callers open the transaction."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from sqlalchemy import delete, exists, func, or_, select

from app import clock
from app.access import STAFF_ROLES, Role
from app.accounts.models import ApiToken, Person
from app.accounts.people import invite_person, person_by_email
from app.audit import Actor, record
from app.badge_token import DAYS_AT_MOST
from app.db import db
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.exhibiting import TAX_CODE, TAX_CODE_FORM
from app.fairs.models import Buyer, ExhibitorMember, Fair, Membership, VatRate
from app.i18n_marks import N_


class LastOwner(DomainError):
    code: ClassVar[str] = "last_owner"
    message: ClassVar[str] = N_(
        "A fair keeps at least one organiser with all rights. Give somebody else the role first."
    )


ENDS_FIRST = N_("The fair ends before it begins.")
TOO_LONG = N_("A fair has at most 16 days: a badge's code has no room for more.")
NO_YEAR = N_("A fair is held between 2000 and 2100.")
CLOSES_FIRST = N_("The gates close before they open.")
FROZEN_DAYS = N_("Booths are let or badges are out: days and currency stay as they are.")
VAT_LATER = N_("A new rate begins after the last one that is listed.")
BANK_WHOLE = N_("Name the bank, the account and its holder together, or leave all three empty.")
NO_BIN = N_("A bank's BIN has 6 digits, 970436 for instance. Your bank tells it; it is the same for all its customers.")
NO_ACCOUNT = N_("An account number has 6 to 19 letters and digits, without other signs.")
SHORTEST_ACCOUNT = 6
NOT_BY_HAND = N_(
    "Somebody has an account with this address and has not proved it, which takes a mail. Set the mail server first, "
    "or take another address for this person."
)
BANK = ("bank_name", "bank_account", "bank_account_name")


@dataclass(frozen=True)
class Member:
    membership: Membership
    person: Person


def change_fair(actor: Actor, fair: Fair, values: dict[str, Any], fixed: bool) -> None:
    """Write the details. `fixed`: people rely on the days already, and these do not change any more."""
    faults = day_faults(values["starts_on"], values["ends_on"], values["opens_at_time"], values["closes_at_time"])
    if fixed and (values["starts_on"], values["ends_on"]) != (fair.starts_on, fair.ends_on):
        faults["starts_on"] = FROZEN_DAYS
    if faults:
        raise FieldErrors(faults)
    changed = sorted(name for name, value in values.items() if getattr(fair, name) != value)
    for name in changed:
        setattr(fair, name, values[name])
    if changed:
        record(actor, "fair.changed", "fair", fair.id, fair.id, fields=changed)


def day_faults(starts_on: date, ends_on: date, opens: time, closes: time) -> dict[str, str]:
    """What is wrong with days and hours, by field: a fair's days must fit its badges, and the calendar of its pages."""
    faults = {
        name: NO_YEAR for name, day in (("starts_on", starts_on), ("ends_on", ends_on)) if day.year not in clock.YEARS
    }
    if ends_on < starts_on:
        faults["ends_on"] = ENDS_FIRST
    elif not faults and (ends_on - starts_on).days >= DAYS_AT_MOST:
        faults["ends_on"] = TOO_LONG
    if closes <= opens:
        faults["closes_at_time"] = CLOSES_FIRST
    return faults


class NotOwnerEverywhere(DomainError):
    code: ClassVar[str] = "not_owner_everywhere"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_(
        "Every fair of this organiser shows these details and its account. Only who has all rights in each of them can "
        "change them."
    )


def change_organiser(actor: Actor, fair: Fair, values: dict[str, str]) -> None:
    """Write who runs the fair and which account takes transfers; every fair of this organiser shows it.

    Raises FieldErrors, and NotOwnerEverywhere for who has all rights in one fair only: the money of all is sent there.
    """
    if faults := organiser_faults(fair.country, values):
        raise FieldErrors(faults)
    organiser = fair.organiser
    fair_ids = set(db.session.scalars(select(Fair.id).where(Fair.organiser_id == organiser.id)))
    if actor.person_id is not None:
        owned = select(Membership.fair_id).where(Membership.person_id == actor.person_id, Membership.role == Role.OWNER)
        if not fair_ids <= set(db.session.scalars(owned)):
            raise NotOwnerEverywhere()
    changed = sorted(name for name, value in values.items() if getattr(organiser, name) != value)
    for name in changed:
        setattr(organiser, name, values[name])
    for fair_id in sorted(fair_ids) if changed else ():
        record(actor, "organiser.changed", "fair", fair_id, fair_id, fields=changed)


def organiser_faults(country: str, values: dict[str, str]) -> dict[str, str]:
    """What is wrong with who runs a fair in that country, by field."""
    faults = bank_faults(values)
    if values["tax_code"] and country == "VN" and not TAX_CODE_FORM.fullmatch(values["tax_code"]):
        faults["tax_code"] = TAX_CODE
    return faults


def bank_faults(values: dict[str, str]) -> dict[str, str]:
    """Half an account takes no money: bank, number and holder are there together or not at all."""
    faults = {}
    account, number = values["bank_account"], values["bank_bin"]
    if any(values[name] for name in (*BANK, "bank_bin")):
        faults = {name: BANK_WHOLE for name in BANK if not values[name]}
    if account and not (account.isascii() and account.isalnum() and SHORTEST_ACCOUNT <= len(account) <= 19):
        faults["bank_account"] = NO_ACCOUNT
    if number and not (number.isascii() and number.isdigit() and len(number) == 6):
        faults["bank_bin"] = NO_BIN
    return faults


def lacking_of(fair: Fair) -> tuple[list[str], list[str]]:
    """What the organiser has not said yet, as msgids: for transfers, and for contracts and invoices."""
    bank = {"bank_name": N_("the bank"), "bank_account": N_("the account number")}
    if fair.currency == "VND":
        bank["bank_bin"] = N_("the bank's BIN")
    papers = {"address": N_("the address"), "tax_code": N_("the tax code"), "representative": N_("who signs")}
    organiser = fair.organiser
    lacks = [[word for name, word in one.items() if not getattr(organiser, name)] for one in (bank, papers)]
    return lacks[0], lacks[1]


def vat_rates_of(fair: Fair) -> list[VatRate]:
    """The latest first."""
    return list(db.session.scalars(select(VatRate).where(VatRate.fair_id == fair.id).order_by(VatRate.from_on.desc())))


def set_vat_rate(actor: Actor, fair: Fair, rate_bp: int, from_on: date) -> VatRate:
    """A rate from a day on: the one before ends the day before. Raises FieldErrors for a day that is not after it."""
    latest = next(iter(vat_rates_of(fair)), None)
    if latest is not None and from_on <= latest.from_on:
        raise FieldErrors({"from_on": VAT_LATER})
    if latest is not None and (latest.to_on is None or latest.to_on >= from_on):
        latest.to_on = from_on - timedelta(days=1)
    rate = VatRate(fair_id=fair.id, rate_bp=rate_bp, from_on=from_on)
    db.session.add(rate)
    db.session.flush()
    record(actor, "fair.vat_set", "fair", fair.id, fair.id, rate_bp=rate_bp, from_on=from_on.isoformat())
    return rate


def publish_fair(actor: Actor, fair: Fair, at: datetime) -> None:
    if fair.published_at is None:
        fair.published_at = at
        record(actor, "fair.published", "fair", fair.id, fair.id)


def set_booking(actor: Actor, fair: Fair, is_open: bool, at: datetime) -> None:
    fair.booking_closed_at = None if is_open else fair.booking_closed_at or at
    record(actor, "fair.booking_set", "fair", fair.id, fair.id, open=is_open)


def staff_of(fair: Fair) -> list[Member]:
    rows = db.session.execute(
        select(Membership, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.fair_id == fair.id)
        .order_by(Person.name, Membership.role)
    )
    return [Member(membership, person) for membership, person in rows]


def give_role(actor: Actor, fair: Fair, person: Person, role: Role, at: datetime) -> bool:
    """Let a person work on the fair in a role; False when they do already."""
    if role not in STAFF_ROLES:
        raise ValueError(role)
    have = select(Membership.id).where(
        Membership.fair_id == fair.id, Membership.person_id == person.id, Membership.role == role
    )
    if db.session.scalar(have) is not None:
        return False
    db.session.add(Membership(fair_id=fair.id, person_id=person.id, role=role, created_at=at))
    record(actor, "staff.role_given", "person", person.id, fair.id, role=role)
    return True


def invite_by_hand(fair: Fair, email: str, name: str, locale: str, at: datetime) -> Person:
    """As `invite_person` while no mail goes out: what the organiser hands over must open nothing that is not its own.

    So whoever has the address proved it once, or is new, or works at this fair and has no part anywhere else.
    Raises FieldErrors for anybody else.
    """
    person = person_by_email(email)
    if person is None:
        return invite_person(email, name, locale, at)
    if person.email_verified_at is None and not _only_works_here(fair, person.id):
        raise FieldErrors({"email": NOT_BY_HAND})
    return person


def _only_works_here(fair: Fair, person_id: int) -> bool:
    fairs = set(db.session.scalars(select(Membership.fair_id).where(Membership.person_id == person_id)))
    parts = [exists().where(table.person_id == person_id) for table in (ExhibitorMember, Buyer)]
    return fairs == {fair.id} and not db.session.scalar(select(or_(*parts)))


def take_role(actor: Actor, fair: Fair, membership_id: int, at: datetime) -> int:
    """End somebody's role. The last organiser with all rights stays.

    Keys that they made for programs end with their right to make any; returns how many.
    """
    db.session.execute(select(Fair.id).where(Fair.id == fair.id).with_for_update())
    membership = db.session.get(Membership, membership_id)
    if membership is None or membership.fair_id != fair.id:
        raise NotFound()
    owners = select(func.count()).where(Membership.fair_id == fair.id, Membership.role == Role.OWNER)
    if membership.role == Role.OWNER and (db.session.scalar(owners) or 0) < 2:
        raise LastOwner()
    db.session.execute(delete(Membership).where(Membership.id == membership.id))
    record(actor, "staff.role_taken", "person", membership.person_id, fair.id, role=membership.role)
    if membership.role != Role.OWNER:
        return 0
    theirs = [token.id for token in tokens_of(fair) if token.person_id == membership.person_id]
    for token_id in theirs:
        revoke_token(actor, fair, token_id, at)
    return len(theirs)


def tokens_of(fair: Fair) -> list[ApiToken]:
    """Keys of programs that work, the newest first."""
    return list(
        db.session.scalars(
            select(ApiToken)
            .where(ApiToken.fair_id == fair.id, ApiToken.revoked_at.is_(None))
            .order_by(ApiToken.id.desc())
        )
    )


def revoke_token(actor: Actor, fair: Fair, token_id: int, at: datetime) -> None:
    token = db.session.get(ApiToken, token_id)
    if token is None or token.fair_id != fair.id:
        raise NotFound()
    token.revoked_at = token.revoked_at or at
    record(actor, "token.revoked", "api_token", token.id, fair.id)
