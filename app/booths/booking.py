"""From a hold to an order: the price is fixed, and the booths are kept as long as the payment may take."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import case, select, update

from app import clock
from app.audit import SYSTEM, Actor
from app.booths.amounts import listing_of
from app.booths.claims import require_open
from app.booths.currency_choice import require_currency
from app.booths.discounts import (
    DiscountUsedBefore,
    DiscountUsedUp,
    discount_line,
    give_use_back,
    note_use,
    release_discount,
    take_discount,
)
from app.booths.errors import (
    CardNotPossible,
    HoldEnded,
    NotApproved,
    NoWayToPay,
    OrderCannotChange,
    PricesChanged,
    TransferNotPossible,
)
from app.booths.extras import put_back, release_extras, take_extras
from app.booths.group_prices import lock_groups, release_group_price, require_price_seen, take_group_price
from app.booths.holds import free_booths_of_hold, keep_booths, keep_for_order
from app.booths.models import Allocation, BoothState, Hold, HoldState
from app.booths.pricing import vat_bp_on
from app.booths.quoting import priced_lines
from app.booths.workflows import KeptFor
from app.db import db, retrying, transaction
from app.errors import FieldErrors
from app.fairs.currencies import FairCurrency, account_for
from app.fairs.models import Fair
from app.i18n_marks import N_
from app.jobs import sweep_often
from app.money import Money
from app.payments import orders, schedule, settlement, stripe_gateway
from app.payments.models import Order, OrderState
from app.payments.support import (
    lock_grant,
    release_support,
    require_home_currency,
    require_seen,
    share_of,
    support_lines,
    take_support,
)

CHECKOUT_TIME = timedelta(minutes=31)  # Stripe's least is 30 from when it gets the request
CHECKOUT_LEAST = timedelta(minutes=30, seconds=20)  # and the request takes its time
CHECKOUT_WITHIN = timedelta(hours=2)  # of the order: so long may a card service be away before booths go
AFTER_CHECKOUT = timedelta(minutes=2)
PAY_BY = ("card", "transfer")
PLACED: list[Callable[[Actor, Order, datetime], None]] = []  # told of each new order, in its transaction


@dataclass(frozen=True)
class PayWays:
    """How an amount can be paid, decided in one place for page, API and verb."""

    total: Money
    card: bool
    transfer: bool
    too_large_for_card: bool


def pay_ways(
    fair: Fair, total: Money, plan: schedule.Plan | None = None, known: Sequence[FairCurrency] = ()
) -> PayWays:
    """Card where the service can take what is due first, transfer where there is an account in the total's currency.

    Without an account the card must take the balance too: nobody pays a deposit whose rest has no way.
    """
    transfer = account_for(fair, total.currency, known) is not None
    deposit = plan.deposit_of(total) if plan is not None else None
    parts = [total] if deposit is None else [Money(deposit, total.currency), total - Money(deposit, total.currency)]
    by_card = parts[:1] if transfer else parts
    too_large = any(stripe_gateway.to_stripe(part) > stripe_gateway.LARGEST_MINOR for part in by_card)
    card = total.minor > 0 and all(stripe_gateway.card_possible(part, fair.is_demo) for part in by_card)
    return PayWays(total, card, transfer, too_large)


def require_card(ways: PayWays) -> None:
    """Raises CardNotPossible, NoWayToPay where there is no transfer either."""
    if ways.total.minor and not ways.card:
        raise CardNotPossible(total=ways.total) if ways.transfer else NoWayToPay(total=ways.total)


def place_order(
    actor: Actor,
    fair: Fair,
    hold: Hold,
    pay_by: str,
    now: datetime,
    extras: Mapping[int, int] | None = None,
    code: str = "",
    seen_support_minor: int | None = None,
    currency: str | None = None,
    seen_net_minor: int | None = None,
    seen_price_minor: int | None = None,
) -> Order:
    """Order what is held, with `extras` (id → number), at the prices of the day of the hold and today's VAT.

    The better of the group's price and the quantity's comes off first: `seen_price_minor`, with VAT, is what was read
    of the booths after it. A discount `code` takes its part off that, and a funder's support its share:
    `seen_support_minor`, with VAT and before any code, is what was read of it. One hold makes one order: asked again,
    the same one answers.

    `seen_price_minor` guards the booths with VAT and what group or quantity takes off; `seen_net_minor` guards booths
    and extras before VAT, without it.

    `currency` is the hold's, else the fair's, where none is given; its amounts are the fixed list's of now, never
    converted ones. `seen_net_minor` is what was read of booths and extras before VAT: at another price nothing is
    ordered. Raises CurrencyNotOffered, NoPriceInCurrency, PricesChanged, SupportOtherCurrency beside the others.

    By card the booths are kept until Checkout ends plus 2 minutes, by transfer until the due date.
    """
    if pay_by not in PAY_BY:
        raise FieldErrors({"pay_by": N_("pay_by is card or transfer.")})
    existing = orders.order_of_hold(fair.id, hold.id)
    if existing is not None:
        return existing
    currency = currency or hold.currency or fair.currency
    require_currency(fair, hold.exhibitor_id, currency)
    if pay_by == "transfer" and account_for(fair, currency) is None:
        raise TransferNotPossible()
    require_open(fair, now, promised=hold.kept_for == KeptFor.OFFER)
    if hold.kept_for == KeptFor.REQUEST:
        raise NotApproved()
    vat_bp = vat_bp_on(fair.id, clock.fair_day(fair, now))
    plan = schedule.plan_at(fair, now)
    due_at = now + CHECKOUT_TIME if pay_by == "card" else transfer_due_at(fair, now)
    if plan is not None and pay_by == "transfer":
        due_at = min(due_at, plan.balance_due_at)
    kept_until = due_at + AFTER_CHECKOUT if pay_by == "card" else due_at
    state = BoothState.HELD if pay_by == "card" else BoothState.RESERVED
    listing = listing_of(fair, currency)
    taken = take_extras(
        fair, extras or {}, vat_bp, now, listing
    )  # before the booths, as every verb does that takes both
    discount = granted = None
    try:
        discount = take_discount(fair, code, hold.exhibitor_id, now) if code.strip() else None
        groups = lock_groups(fair, hold.exhibitor_id)
        granted = lock_grant(fair, hold.exhibitor_id)
        booths = keep_for_order(hold, state, kept_until, now)
    except (HoldEnded, DiscountUsedBefore, DiscountUsedUp):
        existing = orders.order_of_hold(fair.id, hold.id)
        if existing is None:
            raise
        put_back(taken)  # the same hold, ordered twice in the same moment: the second waited for the first
        give_use_back(discount)
        return existing
    lines, reduction = priced_lines(fair, booths, groups, vat_bp, hold.created_at, listing)
    require_read([line for line in lines if line.booth_id is not None] + taken, currency, seen_net_minor)
    require_price_seen(lines, seen_price_minor)
    require_home_currency(fair, granted, currency, now)
    require_seen(fair, share_of(fair, granted, lines, vat_bp, now), seen_support_minor)
    lines += [discount_line(fair, discount, lines, vat_bp)] if discount is not None else []
    share = share_of(fair, granted, lines, vat_bp, now)
    lines += support_lines(fair, granted, share, vat_bp) + taken
    order = orders.open_order(actor, fair.id, hold.exhibitor_id, hold.id, pay_by, lines, due_at, now, plan)
    if granted is not None and share.net_minor:
        take_support(order, granted, share, now)
    take_group_price(order, reduction, now)
    if discount is not None:
        note_use(order, discount.id, now)
    if pay_by == "card":
        require_card(pay_ways(fair, orders.total_of(order), plan))
    db.session.execute(
        update(Allocation)
        .where(Allocation.fair_id == fair.id, Allocation.hold_id == hold.id, Allocation.ended_at.is_(None))
        .values(order_id=order.id)
        .execution_options(synchronize_session=False)
    )
    for told in PLACED:
        told(actor, order, now)
    return order


def start_checkout(fair: Fair, order: Order, return_url: str, email: str, locale: str) -> str | None:
    """The address where the card is typed; opens the Checkout Session first, outside any transaction.

    None when the order takes no card payment any more. Asked again, the same session answers.
    """
    with transaction():
        order = orders.lock_order(order.id)
        if order.state != OrderState.AWAITING or order.pay_by != "card":
            return None
        if order.stripe_session_url:
            return order.stripe_session_url
        _give_checkout_its_time(order, clock.now())
    part = "" if order.deposit_minor is None else "deposit"
    label = "; ".join(["Đặt cọc / Deposit"] * bool(part) + order.labels)[:250]
    session = stripe_gateway.open_session(
        fair.id, order.reference, schedule.due_now(order), label, order.due_at, return_url, email, locale, part
    )
    with transaction():
        locked = orders.lock_order(order.id)
        if locked.state == OrderState.AWAITING and locked.pay_by == "card":
            locked.stripe_session_id, locked.stripe_session_url = session.id, session.url
            return session.url
    stripe_gateway.close_session(session.id)  # it was cancelled, or turned to the bank, while Stripe was asked
    return None


def change_to_transfer(actor: Actor, fair: Fair, order: Order, now: datetime) -> None:
    """Close Checkout, then wait for a bank transfer instead. OrderCannotChange when the card was charged first."""
    if account_for(fair, order.currency) is None:
        raise TransferNotPossible()
    _close_checkout(order)

    def turn_to_the_bank() -> None:
        orders.lock_order(order.id)
        hold = _hold_of(order)
        due_at = schedule.deposit_due_at(order, fair, transfer_due_at(fair, now), now)
        orders.pay_by_transfer(actor, order, due_at, now)
        if order.is_of_extras:
            return
        if hold is None or hold.held_until <= now:
            raise HoldEnded()
        hold.held_until = due_at
        keep_booths(hold, BoothState.RESERVED, due_at, now)

    retrying(turn_to_the_bank)


def cancel(actor: Actor, order: Order, now: datetime) -> None:
    """Give up an unpaid order: Checkout is closed first, so that nobody pays for what is let go."""
    _close_checkout(order)
    with transaction():
        orders.cancel_order(actor, order, now)
        order.stripe_session_url = None
        settlement.order_ended(order)
        _end(order, HoldState.RELEASED, "cancelled", now)


@sweep_often
def end_unpaid() -> None:
    """Free what was kept long enough: holds without an order, and orders that nobody paid.

    A card order is kept two minutes longer than Checkout, time enough to ask Stripe (app/webhooks.py).
    """
    now = clock.now()
    ended = select(Hold.id).where(Hold.state == HoldState.LIVE, Hold.held_until <= now).limit(500)
    for hold_id in db.session.scalars(ended).all():
        with transaction():
            _expire_hold(hold_id, now)
    late = (
        select(Order.id)
        .join(Hold, Hold.id == Order.hold_id)
        .where(Order.state == OrderState.AWAITING, Hold.held_until <= now)
        .limit(500)
    )
    of_extras = (  # nothing is held for them: their own time counts
        select(Order.id)
        .where(Order.state == OrderState.AWAITING, Order.hold_id.is_(None))
        .where(Order.due_at <= case((Order.pay_by == "card", now - AFTER_CHECKOUT), else_=now))
        .limit(500)
    )
    for order_id in [*db.session.scalars(late).all(), *db.session.scalars(of_extras).all()]:
        with transaction():
            order = orders.lock_order(order_id)
            if orders.expire_order(order, SYSTEM, now):
                settlement.order_ended(order)
                _end(order, HoldState.EXPIRED, "expired", now)


def transfer_due_at(fair: Fair, now: datetime) -> datetime:
    """17:00 at the fair, some days on; never after the fair has opened, and never less than the hold's own time.

    While it is open, never after its last closing.
    """
    zone = ZoneInfo(fair.time_zone)
    day = clock.fair_day(fair, now) + timedelta(days=fair.transfer_due_days)
    due = datetime.combine(day, schedule.BANKS_CLOSE, zone)
    opens = datetime.combine(fair.starts_on, fair.opens_at_time, zone)
    ends = opens if now < opens else datetime.combine(fair.ends_on, fair.closes_at_time, zone)
    return max(min(due, ends), now + timedelta(minutes=fair.hold_minutes))


def require_read(lines: list[orders.Line], currency: str, seen_net_minor: int | None) -> None:
    """Raises PricesChanged where the lines cost something else before VAT than was read."""
    net = sum(line.net.minor for line in lines)
    if seen_net_minor is not None and seen_net_minor != net:
        raise PricesChanged(price=Money(net, currency))


def _give_checkout_its_time(order: Order, now: datetime) -> None:
    """Stripe takes no session that ends within 30 minutes: who comes to it later has the booths kept so much longer."""
    if order.due_at - now >= CHECKOUT_LEAST:
        return
    if order.is_of_extras and now <= min(order.due_at + AFTER_CHECKOUT, order.created_at + CHECKOUT_WITHIN):
        order.due_at = now + CHECKOUT_TIME
        return
    hold = _hold_of(order)
    if hold is None or hold.held_until <= now or now > order.created_at + CHECKOUT_WITHIN:
        raise HoldEnded()
    order.due_at = now + CHECKOUT_TIME
    hold.held_until = order.due_at + AFTER_CHECKOUT
    keep_booths(hold, BoothState.HELD, hold.held_until, now)


def _close_checkout(order: Order) -> None:
    if order.pay_by == "card" and order.stripe_session_id:
        session = stripe_gateway.close_session(order.stripe_session_id)
        if session.paid:
            raise OrderCannotChange()


def _hold_of(order: Order) -> Hold | None:
    if order.hold_id is None:
        return None
    return db.session.scalar(
        select(Hold).where(Hold.id == order.hold_id).with_for_update(), execution_options={"populate_existing": True}
    )


def _end(order: Order, state: HoldState, reason: str, now: datetime) -> None:
    release_extras(order)
    release_discount(order, now)
    release_group_price(order, now)
    release_support(order, now)
    hold = _hold_of(order)
    if hold is not None:
        hold.state, hold.ended_at = state, now
        free_booths_of_hold(order.fair_id, hold.id, now, reason)


def _expire_hold(hold_id: str, now: datetime) -> None:
    hold = db.session.scalar(
        select(Hold).where(Hold.id == hold_id).with_for_update(), execution_options={"populate_existing": True}
    )
    if hold is not None and hold.state == HoldState.LIVE and hold.held_until <= now:
        hold.state, hold.ended_at = HoldState.EXPIRED, now
        free_booths_of_hold(hold.fair_id, hold.id, now, "expired")
