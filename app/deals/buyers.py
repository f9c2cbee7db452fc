"""Who the buyer is: found by badge, number or name among the fair's buyers, or written down as somebody new."""

import re
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app import audit, badge_token
from app.db import db
from app.deals.proof import Side, Voice
from app.errors import DomainError, FieldErrors
from app.fairs.countries import countries
from app.fairs.models import Buyer, Fair
from app.i18n_marks import N_
from app.input import is_mail_address
from app.search import fold, like, words
from app.visitors.models import Badge, BadgeState, Registration, VisitorCategory

FOUND_AT_MOST = 8
LETTERS_AT_LEAST = 2  # a search by one letter would be a list of everybody


class BadgeNotOfBuyer(DomainError):
    code = "badge_not_of_buyer"
    status = 422
    message = N_("No buyer of this fair has this badge. Check the number, or search by name.")


def found_buyers(fair: Fair, q: str, limit: int = FOUND_AT_MOST) -> list[Buyer]:
    """Buyers whose name or company holds the words, or who wear the badge of this number; few, and never all."""
    q = q.strip()
    if is_badge_number(q):
        worn = select(Badge.registration_id).where(Badge.fair_id == fair.id, Badge.number == _digits(q))
        return list(db.session.scalars(select(Buyer).where(Buyer.fair_id == fair.id, Buyer.registration_id.in_(worn))))
    asked = words(q)
    if len(" ".join(asked)) < LETTERS_AT_LEAST:
        return []
    named = select(Buyer).where(Buyer.fair_id == fair.id)
    for word in asked:
        named = named.where(Buyer.folded.like(like(word), escape="\\"))
    return list(db.session.scalars(named.order_by(Buyer.company, Buyer.name, Buyer.id).limit(limit)))


def is_badge_number(q: str) -> bool:
    """Whether this is the number under a badge's code, as people type it."""
    return badge_token.is_number(_digits(q))


def buyer_of_badge(fair: Fair, code: str, at: datetime) -> Buyer:
    """The buyer who wears a badge, by its signed code or its 20 digits; made out of the registration where needed.

    Raises BadgeNotOfBuyer for unknown, withdrawn and staff badges.
    """
    badge = _badge(fair, _digits(code))
    if badge is None or badge.state in (BadgeState.REVOKED, BadgeState.CANCELLED):
        raise BadgeNotOfBuyer()
    known = select(Buyer).where(Buyer.fair_id == fair.id, Buyer.registration_id == badge.registration_id)
    if (buyer := db.session.scalars(known).first()) is not None:
        return buyer
    registration = db.session.get(Registration, badge.registration_id)
    category = db.session.get(VisitorCategory, badge.category_id)
    if registration is None or category is None or not category.counts:
        raise BadgeNotOfBuyer()
    buyer = Buyer(
        fair_id=fair.id,
        registration_id=registration.id,
        person_id=registration.person_id,
        name=registration.name,
        company=registration.company,
        folded=registration.folded,
        country=registration.country,
        email=registration.email,
        phone=registration.phone,
        locale=registration.locale,
        email_verified_at=registration.email_verified_at,
        email_typed_by="self",
        created_at=at,
    )
    try:
        with db.session.begin_nested():
            db.session.add(buyer)
    except IntegrityError:  # somebody else read the same badge in the same instant
        return db.session.scalars(known).one()
    return buyer


def write_down_buyer(fair: Fair, name: str, company: str, country: str, email: str, by: Voice, at: datetime) -> Buyer:
    """Somebody who never registered. The address is theirs by hearsay: a link sent to it proves nothing.

    The same entry by the same side is the same buyer. Raises FieldErrors.
    """
    name, company, email = " ".join(name.split()), " ".join(company.split()), email.strip().lower()
    faults: dict[str, str] = {}
    if not name and not company:
        faults["buyer_name"] = N_("Enter the buyer's name or company.")
    if len(name) > 120 or len(company) > 200:
        faults["buyer_name"] = N_("This name is too long.")
    if country not in dict(countries("en")):
        faults["buyer_country"] = N_("Choose the buyer's country.")
    if email and not is_mail_address(email):
        faults["buyer_email"] = N_("This is not an e-mail address.")
    if faults:
        raise FieldErrors(faults)
    folded = fold(f"{name} {company}")[:400]
    same = select(Buyer).where(
        Buyer.fair_id == fair.id,
        Buyer.folded == folded,
        Buyer.email == email,
        Buyer.country == country,
        Buyer.email_typed_by == by.side,
        Buyer.registration_id.is_(None),
        Buyer.person_id.is_(None),
    )
    if (known := db.session.scalars(same.limit(1)).first()) is not None:
        return known
    buyer = Buyer(
        fair_id=fair.id,
        name=name or company[:120],
        company=company,
        folded=folded,
        country=country,
        email=email,
        locale="vi" if country == "VN" else "en",
        email_typed_by=by.side,
        created_at=at,
    )
    db.session.add(buyer)
    db.session.flush()
    audit.record(by.actor, "buyer.written_down", "buyer", buyer.id, fair.id, side=by.side)
    return buyer


def note_address_reached(buyer: Buyer, at: datetime) -> None:
    """Somebody answered by a link sent to the buyer's own address: for deals recorded from now on it is verified.

    An address that the exhibitor typed stays hearsay, whoever reads the mail.
    """
    db.session.execute(
        update(Buyer)
        .where(Buyer.id == buyer.id, Buyer.email_verified_at.is_(None), Buyer.email_typed_by != Side.EXHIBITOR)
        .values(email_verified_at=at)
    )


def _digits(code: str) -> str:
    return re.sub(r"[\s.-]", "", code)


def _badge(fair: Fair, code: str) -> Badge | None:
    if badge_token.is_number(code):
        return db.session.scalars(select(Badge).where(Badge.fair_id == fair.id, Badge.number == code)).first()
    try:
        code_id = badge_token.decode(code).payload.code_id.hex()
    except badge_token.Unreadable:
        return None
    badge = db.session.scalars(select(Badge).where(Badge.fair_id == fair.id, Badge.code_id == code_id)).first()
    return badge if badge is not None and badge.token == code else None
