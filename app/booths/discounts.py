"""Discount codes: typed with an order, off the price of its booths, never used more often than the organiser allows."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import select, update

from app import clock
from app.audit import Actor, record
from app.booths.discount_models import DiscountCode, DiscountUse
from app.db import db
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.currencies import open_currencies
from app.fairs.models import Exhibitor, Fair
from app.i18n_marks import N_
from app.money import Money, apply_rate
from app.payments.models import Order
from app.payments.orders import Line

CODE = re.compile("[A-Z0-9][A-Z0-9-]{2,19}")
LOOKS_AT_MOST = 120  # in ten minutes by one person: codes are not to be guessed
MOST_USES = 100_000
DEAREST_MINOR = 10**11
NO_CODE = N_("A code has 3 to 20 letters without marks, digits and hyphens, TET2027 for instance.")
SAME_CODE = N_("There is this code already. Remove it first, or choose another one.")
ONE_OF_BOTH = N_("Give either per cent or an amount.")
NO_PERCENT = N_("A discount is more than 0 and less than 100 per cent.")
NO_AMOUNT = N_("An amount is more than 0 and less than %(most)s.")
ENDS_BEFORE = N_("The last day comes before the first one.")
NO_CURRENCY = N_("Choose one of the currencies that the fair sells in.")
NO_USES = N_("Give a number of uses from 1 to %(uses)s.")


class DiscountUnknown(DomainError):
    code: ClassVar[str] = "discount_unknown"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_(
        "This fair has no discount code “%(typed)s”. Correct it or leave it out; your booths stay held."
    )


class DiscountNotNow(DomainError):
    code: ClassVar[str] = "discount_not_now"
    message: ClassVar[str] = N_(
        "The code “%(typed)s” holds from %(from_on)s to %(to_on)s. Leave it out to book today; your booths stay held."
    )


class DiscountUsedUp(DomainError):
    code: ClassVar[str] = "discount_used_up"
    message: ClassVar[str] = N_(
        "The code “%(typed)s” has been used as often as it can be. Leave it out and book again; your booths stay held."
    )


class DiscountUsedBefore(DomainError):
    code: ClassVar[str] = "discount_used_before"
    message: ClassVar[str] = N_(
        "Your company has the code “%(typed)s” in an order already, and each company uses it once. Leave it out and "
        "book again; your booths stay held."
    )


class DiscountTooLarge(DomainError):
    code: ClassVar[str] = "discount_too_large"
    message: ClassVar[str] = N_(
        "The code “%(typed)s” takes %(off)s off, and these booths cost %(net)s before VAT. Hold more booths or leave "
        "it out; your booths stay held."
    )


class DiscountOtherCurrency(DomainError):
    code: ClassVar[str] = "discount_other_currency"
    message: ClassVar[str] = N_(
        "The code “%(typed)s” takes %(off)s off, and your order is in %(currency)s. Order in its currency or leave the "
        "code out; your booths stay held."
    )


class DiscountGone(DomainError):
    """Late money: the code's uses went to others meanwhile, or to another order of the company."""

    code: ClassVar[str] = "discount_gone"
    message: ClassVar[str] = N_(
        "The discount code of this order can no longer be used, so the order cannot be delivered at its price. Get the "
        "money back and book again."
    )


@dataclass(frozen=True)
class Use:
    """An order's use of a code that stands, for the organiser."""

    use: DiscountUse
    order: Order
    exhibitor: Exhibitor
    off_minor: int  # before VAT


def codes_of(fair_id: int) -> list[DiscountCode]:
    """Those that can be typed, by name."""
    live = select(DiscountCode).where(DiscountCode.fair_id == fair_id, DiscountCode.withdrawn_at.is_(None))
    return list(db.session.scalars(live.order_by(DiscountCode.code)))


def has_codes(fair_id: int) -> bool:
    """Whether any code can be typed at this fair."""
    live = select(DiscountCode.id).where(DiscountCode.fair_id == fair_id, DiscountCode.withdrawn_at.is_(None))
    return db.session.scalar(live.limit(1)) is not None


def uses_of(fair_id: int) -> dict[int, list[Use]]:
    """Code's id → its uses that stand, in one query."""
    found = (
        select(DiscountUse, Order, Exhibitor)
        .join(Order, Order.id == DiscountUse.order_id)
        .join(Exhibitor, Exhibitor.id == DiscountUse.exhibitor_id)
        .where(DiscountUse.fair_id == fair_id, DiscountUse.released_at.is_(None))
        .order_by(DiscountUse.id)
    )
    uses: dict[int, list[Use]] = {}
    for use, order, exhibitor in db.session.execute(found):
        off = -sum(line.net_minor for line in order.lines if line.kind == "discount")
        uses.setdefault(use.code_id, []).append(Use(use, order, exhibitor, off))
    return uses


def code_typed(text: str) -> str:
    """As it is kept: with spaces, in small letters or full width it is the same code."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())[:40]


def add_code(actor: Actor, fair: Fair, asked: dict[str, Any], now: datetime) -> DiscountCode:
    """`asked`: code, off_bp or off_minor, from_on, to_on, most, and the amount's currency; none: the fair's.

    Raises FieldErrors; never two of one name.
    """
    db.session.execute(select(Fair.id).where(Fair.id == fair.id).with_for_update())
    currency = asked.get("currency") or fair.currency
    asked = asked | {"code": code_typed(asked["code"])}
    asked["currency"] = currency if asked["off_minor"] is not None else None
    faults = code_faults(asked)
    if currency not in {fair.currency, *(one.currency for one in open_currencies(fair))}:
        faults["currency"] = NO_CURRENCY
    if not faults and _found(fair.id, asked["code"]) is not None:
        faults = {"code": SAME_CODE}
    if faults:
        raise FieldErrors(faults, most=Money(DEAREST_MINOR, fair.currency), uses=MOST_USES)
    code = DiscountCode(fair_id=fair.id, created_at=now, taken=0, **asked)
    db.session.add(code)
    db.session.flush()
    told = {name: value if isinstance(value, int) else str(value) for name, value in asked.items() if value is not None}
    record(actor, "discount.added", "discount", code.id, fair.id, **told)
    return code


def withdraw_code(actor: Actor, fair: Fair, code_id: int, now: datetime) -> None:
    """Nobody can type it any more. Orders that have it keep it."""
    gone = db.session.scalar(
        update(DiscountCode)
        .where(DiscountCode.id == code_id, DiscountCode.fair_id == fair.id, DiscountCode.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
        .returning(DiscountCode.code)
        .execution_options(synchronize_session=False)
    )
    if gone is None:
        raise NotFound()
    record(actor, "discount.withdrawn", "discount", code_id, fair.id, code=gone)


def code_faults(asked: dict[str, Any]) -> dict[str, str]:
    """What is wrong with it by itself, by field."""
    faults = {}
    if not CODE.fullmatch(code_typed(asked["code"])):
        faults["code"] = NO_CODE
    if (asked["off_bp"] is None) == (asked["off_minor"] is None):
        faults["off_percent"] = ONE_OF_BOTH
    elif asked["off_bp"] is not None and not 0 < asked["off_bp"] < 10_000:
        faults["off_percent"] = NO_PERCENT
    elif asked["off_minor"] is not None and not 0 < asked["off_minor"] < DEAREST_MINOR:
        faults["off_amount"] = NO_AMOUNT
    if asked["to_on"] < asked["from_on"]:
        faults["to_on"] = ENDS_BEFORE
    if not 0 < asked["most"] <= MOST_USES:
        faults["most"] = NO_USES
    return faults


def take_discount(fair: Fair, typed: str, exhibitor_id: int, now: datetime) -> DiscountCode:
    """Take one use of a code, before the booths as every verb does that takes both.

    Raises DiscountUnknown, DiscountNotNow, DiscountUsedUp, DiscountUsedBefore.
    """
    code = _that_holds(fair, typed, now)
    _take(code, exhibitor_id, DiscountCode.withdrawn_at.is_(None))
    return code


def discount_typed(fair: Fair, typed: str, exhibitor_id: int, now: datetime) -> DiscountCode:
    """What an order placed now would take; nothing is taken. Raises as take_discount."""
    code = _that_holds(fair, typed, now)
    if code.taken >= code.most:
        raise DiscountUsedUp(typed=code.code)
    _require_first_use(code, exhibitor_id)
    return code


def discount_line(fair: Fair, code: DiscountCode, booths: Sequence[Line], vat_bp: int) -> Line:
    """What a code takes off the booths' price before VAT, as a line below zero: rounded half up, and so its VAT.

    The VAT of booths is rounded one by one: no more of it is taken off than they have.

    Per cent hold in every currency, an amount in its own alone. Raises DiscountOtherCurrency, and DiscountTooLarge
    where nothing of the price would be left.
    """
    currency = booths[0].net.currency
    if code.off_minor is not None and currency != (code.currency or fair.currency):
        raise DiscountOtherCurrency(typed=code.code, off=off_of(fair, code), currency=currency)
    net = sum(line.net.minor for line in booths)
    off = apply_rate(net, code.off_bp) if code.off_bp is not None else code.off_minor or 0
    if off >= net:
        amounts = {"off": Money(off, currency), "net": Money(net, currency)}
        raise DiscountTooLarge(typed=code.code, **amounts)
    return Line(
        kind="discount",
        booth_id=None,
        label=f"Mã giảm giá {code.code} / Discount code {code.code}",
        net=Money(-off, currency),
        vat_bp=vat_bp,
        vat=Money(-min(apply_rate(off, vat_bp), sum(line.vat.minor for line in booths)), currency),
    )


def off_of(fair: Fair, code: DiscountCode) -> Money | None:
    """The amount that it takes off before VAT; None where it takes per cent."""
    return Money(code.off_minor, code.currency or fair.currency) if code.off_minor is not None else None


def give_use_back(code: DiscountCode | None) -> None:
    """What take_discount took, where no order came of it."""
    if code is not None:
        _give(code.id)


def note_use(order: Order, code_id: int, now: datetime) -> None:
    """The use that was taken is this order's; the partial unique index refuses a second one of the company."""
    use = DiscountUse(
        fair_id=order.fair_id, code_id=code_id, exhibitor_id=order.exhibitor_id, order_id=order.id, used_at=now
    )
    db.session.add(use)
    db.session.flush()


def release_discount(order: Order, now: datetime) -> None:
    """Its order ended: the use goes back, once."""
    let_go = (
        update(DiscountUse)
        .where(DiscountUse.order_id == order.id, DiscountUse.released_at.is_(None))
        .values(released_at=now)
        .returning(DiscountUse.code_id)
        .execution_options(synchronize_session=False)
    )
    for code_id in db.session.scalars(let_go).all():
        _give(code_id)


def keep_discount(order: Order, now: datetime) -> bool:
    """Its money came, if late: take again the use that was let go. False where it cannot be had.

    Late money is not asked whether the code still holds: only whether a use is left, and the company has no other.
    """
    uses = select(DiscountUse).where(DiscountUse.order_id == order.id).order_by(DiscountUse.id.desc()).limit(1)
    last = db.session.scalar(uses, execution_options={"populate_existing": True})
    if last is None or last.released_at is None:
        return True
    code = db.session.get_one(DiscountCode, last.code_id, populate_existing=True)
    try:
        _take(code, order.exhibitor_id)
    except (DiscountUsedUp, DiscountUsedBefore):
        return False
    note_use(order, code.id, now)
    return True


def require_discount(order: Order, now: datetime) -> None:
    """As keep_discount. Raises DiscountGone."""
    if not keep_discount(order, now):
        raise DiscountGone()


def _take(code: DiscountCode, exhibitor_id: int, *more: Any) -> None:
    """The guard: in one statement, or not at all. It locks the code, so that the look at the company's uses is true."""
    taken = db.session.execute(
        update(DiscountCode)
        .where(DiscountCode.id == code.id, DiscountCode.taken < DiscountCode.most, *more)
        .values(taken=DiscountCode.taken + 1)
        .execution_options(synchronize_session=False)
    )
    if not taken.rowcount:  # type: ignore[attr-defined]
        raise DiscountUsedUp(typed=code.code)
    try:
        _require_first_use(code, exhibitor_id)
    except DiscountUsedBefore:
        _give(code.id)
        raise


def _that_holds(fair: Fair, typed: str, now: datetime) -> DiscountCode:
    typed = code_typed(typed)
    code = _found(fair.id, typed)
    if code is None:
        raise DiscountUnknown(typed=typed)
    if not code.from_on <= clock.fair_day(fair, now) <= code.to_on:
        raise DiscountNotNow(typed=code.code, from_on=f"{code.from_on:%d.%m.%Y}", to_on=f"{code.to_on:%d.%m.%Y}")
    return code


def _require_first_use(code: DiscountCode, exhibitor_id: int) -> None:
    theirs = select(DiscountUse.id).where(
        DiscountUse.fair_id == code.fair_id,
        DiscountUse.code_id == code.id,
        DiscountUse.exhibitor_id == exhibitor_id,
        DiscountUse.released_at.is_(None),
    )
    if db.session.scalar(theirs.limit(1)) is not None:
        raise DiscountUsedBefore(typed=code.code)


def _give(code_id: int) -> None:
    db.session.execute(
        update(DiscountCode)
        .where(DiscountCode.id == code_id)
        .values(taken=DiscountCode.taken - 1)
        .execution_options(synchronize_session=False)
    )


def _found(fair_id: int, code: str) -> DiscountCode | None:
    live = select(DiscountCode).where(
        DiscountCode.fair_id == fair_id, DiscountCode.code == code, DiscountCode.withdrawn_at.is_(None)
    )
    return db.session.scalar(live, execution_options={"populate_existing": True})
