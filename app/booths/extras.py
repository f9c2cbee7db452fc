"""What is sold with a booth: power, furniture, internet. Of its stock nothing is given twice."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import func, or_, select, update

from app import clock
from app.audit import Actor, record
from app.booths.amounts import Listing
from app.booths.errors import NoPriceInCurrency
from app.booths.models import Extra
from app.db import db
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.models import Fair
from app.i18n_marks import N_
from app.money import Money, apply_rate
from app.payments.models import Order, OrderLine
from app.payments.orders import Line

MOST = 999  # of one extra in one order
DEAREST_MINOR = 10**11
NEEDS_NAME = N_("Exhibitors read this name: give it one.")
NO_PRICE = N_("A price is 0 or more, and less than %(most)s.")
TOO_FEW = N_("%(taken)s are ordered already: the stock cannot be less.")
NOT_SO_MANY = N_("Give a whole number from 0 to %(most)s.")


class ExtraSoldOut(DomainError):
    """`left` of it can still be had."""

    code: ClassVar[str] = "extra_sold_out"
    message: ClassVar[str] = N_(
        "Of “%(name)s” only %(left)s are left. Change the number and book again; your booths stay held."
    )
    extra: ClassVar[tuple[str, ...]] = ("name", "left")


class ExtraGone(DomainError):
    """Late money, and too little of it is left: the booths alone were not what was paid for."""

    code: ClassVar[str] = "extra_gone"
    message: ClassVar[str] = N_(
        "Of “%(name)s” too few are left by now, so this order can no longer be delivered whole. Get the money back and "
        "book again."
    )
    extra: ClassVar[tuple[str, ...]] = ("name",)


class ExtraNotForSale(DomainError):
    code: ClassVar[str] = "extra_not_for_sale"
    message: ClassVar[str] = N_(
        "“%(name)s” can no longer be ordered. Leave it out and book again; your booths stay held."
    )
    extra: ClassVar[tuple[str, ...]] = ("name",)


def extras_of(fair_id: int) -> list[Extra]:
    """Those that are offered, in the organiser's order."""
    offered = select(Extra).where(Extra.fair_id == fair_id, Extra.withdrawn_at.is_(None))
    return list(db.session.scalars(offered.order_by(Extra.position, Extra.id)))


def extras_for_sale(fair: Fair, now: datetime) -> list[Extra]:
    """Those that can be ordered today; of some nothing may be left."""
    return [one for one in extras_of(fair.id) if _in_time(one, clock.fair_day(fair, now))]


def left_of(extra: Extra) -> int | None:
    """How many can still be had; None: as many as are wanted."""
    return None if extra.stock is None else max(0, extra.stock - extra.taken)


def asked_for(typed: Mapping[str, str]) -> dict[int, int]:
    """Extra's id → number, of a form's fields `extra-<id>`; empty ones are 0. Raises FieldErrors for what is none."""
    found, faults = {}, {}
    for name, text in typed.items():
        number = name.removeprefix("extra-")
        if number == name or not (number.isascii() and number.isdigit() and len(number) < 10):
            continue
        text = text.strip() or "0"
        if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= MOST):
            faults[name] = NOT_SO_MANY
        elif int(text):
            found[int(number)] = int(text)
    if faults:
        raise FieldErrors(faults, most=MOST)
    return found


def take_extras(
    fair: Fair, wanted: Mapping[int, int], vat_bp: int, now: datetime, listing: Listing | None = None
) -> list[Line]:
    """Take them from their stocks and price them: all, or none where the caller's transaction ends with the refusal.

    `wanted` maps ids to numbers of 1 to 999; `listing` is the list of a further currency. Raises ExtraSoldOut,
    ExtraNotForSale, NoPriceInCurrency, NotFound for what is another fair's.
    """
    return [_taken(fair, extra_id, number, vat_bp, now, listing) for extra_id, number in sorted(wanted.items())]


def extra_price(fair: Fair, extra: Extra, listing: Listing | None) -> Money | None:
    """Of one, before VAT; None where the list of a further currency has no amount for it."""
    if listing is None:
        return Money(extra.price_minor, fair.currency)
    minor = listing.extras.get(extra.id)
    return Money(minor, listing.currency) if minor is not None else None


def put_back(lines: list[Line]) -> None:
    """What take_extras took, where no order came of it."""
    for line in lines:
        if line.extra_id is not None:
            _give(line.extra_id, line.quantity)


def release_extras(order: Order) -> None:
    """Its order ended: what was kept for it goes back, once."""
    let_go = (
        update(OrderLine)
        .where(OrderLine.order_id == order.id, OrderLine.kept)
        .values(kept=False)
        .returning(OrderLine.extra_id, OrderLine.quantity)
        .execution_options(synchronize_session=False)
    )
    for extra_id, number in sorted((row.extra_id or 0, row.quantity) for row in db.session.execute(let_go)):
        _give(extra_id, number)


def keep_extras(order: Order) -> OrderLine | None:
    """Its money came, if late: take again what was let go; the first line that cannot be had, and then none is taken.

    Late money is not asked whether the extra may still be ordered: only whether there is one.
    """
    wanted = select(OrderLine).where(
        OrderLine.order_id == order.id, OrderLine.extra_id.is_not(None), OrderLine.kept.is_(False)
    )
    for line in db.session.scalars(wanted.order_by(OrderLine.extra_id)):
        if not _take(line.extra_id or 0, order.fair_id, line.quantity):
            release_extras(order)
            return line
        line.kept = True
        db.session.flush()
    return None


def require_extras(order: Order) -> None:
    """As keep_extras. Raises ExtraGone."""
    lacking = keep_extras(order)
    if lacking is not None:
        raise ExtraGone(name=db.session.get_one(Extra, lacking.extra_id).name)


def keep_extra(actor: Actor, fair: Fair, asked: dict[str, Any], now: datetime, extra_id: int | None = None) -> Extra:
    """Offer an extra, or change one: orders keep what they were placed with. Raises FieldErrors, NotFound.

    `asked`: name, name_en, unit, unit_en, about, about_en, price_minor, stock or None, order_until or None.
    """
    extra = _own(fair, extra_id) if extra_id is not None else Extra(fair_id=fair.id, created_at=now, taken=0)
    faults = {} if asked["name"].strip() else {"name": NEEDS_NAME}
    if not 0 <= asked["price_minor"] < DEAREST_MINOR:
        faults["price"] = NO_PRICE
    if asked["stock"] is not None and asked["stock"] < extra.taken:
        faults["stock"] = TOO_FEW
    if faults:
        raise FieldErrors(faults, taken=extra.taken, most=Money(DEAREST_MINOR, fair.currency))
    before = {name: getattr(extra, name) for name in asked} if extra_id is not None else {}
    for name, value in asked.items():
        setattr(extra, name, value)
    if extra_id is None:
        last = db.session.scalar(select(func.max(Extra.position)).where(Extra.fair_id == fair.id))
        extra.position = (last or 0) + 1
        db.session.add(extra)
    db.session.flush()
    told = {name: [_said(old), _said(asked[name])] for name, old in before.items() if old != asked[name]}
    if extra_id is None:
        record(actor, "extra.added", "extra", extra.id, fair.id, name=extra.name, price_minor=extra.price_minor)
    elif told:
        record(actor, "extra.changed", "extra", extra.id, fair.id, **told)
    return extra


def withdraw_extra(actor: Actor, fair: Fair, extra_id: int, now: datetime) -> None:
    """No longer offered. What was ordered stays ordered."""
    extra = _own(fair, extra_id)
    extra.withdrawn_at = now
    record(actor, "extra.withdrawn", "extra", extra.id, fair.id, name=extra.name)


def extra_label(extra: Extra) -> str:
    """How it stands on an order and its papers, in both of their languages."""
    english, unit_en = extra.name_en or extra.name, extra.unit_en or extra.unit
    name = extra.name if english == extra.name else f"{extra.name} / {english}"
    unit = extra.unit if unit_en == extra.unit else f"{extra.unit} / {unit_en}"
    return f"{name} ({unit})" if unit else name


def _taken(fair: Fair, extra_id: int, number: int, vat_bp: int, now: datetime, listing: Listing | None) -> Line:
    if not 0 < number <= MOST:
        raise FieldErrors({f"extra-{extra_id}": NOT_SO_MANY}, most=MOST)
    today = clock.fair_day(fair, now)
    in_time = or_(Extra.order_until.is_(None), Extra.order_until >= today)
    got = _take(extra_id, fair.id, number, Extra.withdrawn_at.is_(None), in_time)
    extra = db.session.get(Extra, extra_id, populate_existing=True)
    if extra is None or extra.fair_id != fair.id:
        raise NotFound()
    if not got:
        if extra.withdrawn_at is not None or not _in_time(extra, today):
            raise ExtraNotForSale(name=extra.name)
        raise ExtraSoldOut(name=extra.name, left=left_of(extra))
    price = extra_price(fair, extra, listing)
    if price is None:
        currency = listing.currency if listing is not None else fair.currency
        raise NoPriceInCurrency(things=[extra.name], currency=currency, home=fair.currency)
    net = price * number
    return Line(
        kind="extra",
        booth_id=None,
        label=extra_label(extra),
        net=net,
        vat_bp=vat_bp,
        vat=Money(apply_rate(net.minor, vat_bp), net.currency),
        quantity=number,
        unit_minor=price.minor,
        extra_id=extra.id,
    )


def _take(extra_id: int, fair_id: int, number: int, *offered: Any) -> bool:
    """The guard: in one statement, or not at all."""
    guard = [Extra.id == extra_id, Extra.fair_id == fair_id, *offered]
    guard.append(or_(Extra.stock.is_(None), Extra.taken + number <= Extra.stock))
    taken = db.session.execute(
        update(Extra).where(*guard).values(taken=Extra.taken + number).execution_options(synchronize_session=False)
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]


def _give(extra_id: int, number: int) -> None:
    db.session.execute(
        update(Extra)
        .where(Extra.id == extra_id)
        .values(taken=Extra.taken - number)
        .execution_options(synchronize_session=False)
    )


def _own(fair: Fair, extra_id: int) -> Extra:
    """Locked, so that its stock and what is taken of it are compared as they are."""
    extra = db.session.scalar(
        select(Extra).where(Extra.id == extra_id, Extra.fair_id == fair.id).with_for_update(),
        execution_options={"populate_existing": True},
    )
    if extra is None or extra.withdrawn_at is not None:
        raise NotFound()
    return extra


def _in_time(extra: Extra, today: date) -> bool:
    return extra.order_until is None or extra.order_until >= today


def _said(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
