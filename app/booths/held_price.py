"""What a hold comes to before it is ordered: its booths, what comes off them, what is typed besides, and when due."""

from collections.abc import Mapping
from datetime import datetime

from app import clock
from app.booths import booking
from app.booths.currency_choice import currencies_for
from app.booths.discounts import discount_line, discount_typed
from app.booths.extras import asked_for, extra_price
from app.booths.group_models import PriceGroup, QuantityStep
from app.booths.group_prices import reduction_at
from app.booths.models import Extra
from app.booths.own import Own, OwnHold
from app.booths.pricing import PriceTerms, price_list_at
from app.booths.reductions import bare_lines, why_not
from app.booths.shown_currency import ShownCurrency
from app.errors import DomainError, FieldErrors
from app.fairs.currencies import first_choice
from app.fairs.models import Fair
from app.money import Money, apply_rate
from app.payments.grants import Granted
from app.payments.schedule import Plan
from app.payments.support import pays_at_home_only, share_of


def price_hold(
    fair: Fair,
    held: OwnHold, own: Own, shown: ShownCurrency, terms: PriceTerms, extras: list[Extra],
    granted: Granted | None, steps: list[QuantityStep], now: datetime,
) -> None:  # fmt: skip
    """What a hold's booths cost in its currency, what comes off them, and what a funder has of it."""
    exhibitor = next(one for one in own.exhibitors if one.id == held.hold.exhibitor_id)
    held.choices = currencies_for(fair, [exhibitor], shown.offered)
    held.currency = held.hold.currency or first_choice(fair, shown.offered, exhibitor)
    held.granted, held.support = granted, Money(0, fair.currency)
    held.supported_elsewhere = pays_at_home_only(fair, granted, held.currency, now)
    kept = PriceTerms(terms.vat_bp, price_list_at(fair, held.hold.created_at))  # nothing held gets dearer
    kept = shown.terms(kept, held.currency)
    priced = [(booth, kept.price_in(fair, booth)) for booth in held.booths]
    held.lacking = [booth.number for booth, price in priced if price is None]
    if held.lacking or held.currency not in held.choices:
        return
    held.prices = [price for _booth, price in priced if price is not None]
    held.extra_prices = {one.id: extra_price(fair, one, kept.listing) for one in extras}
    lines = bare_lines(held.booths, held.prices)
    at, groups = held.hold.created_at, own.groups.get(exhibitor.id, [])
    held.reduction = reduction_at(fair, held.booths, lines, groups, steps, at)
    lines += [held.reduction.line] if held.reduction is not None else []
    held.lapsed = _lapsed(fair, held, groups)
    held.price = Money(sum(line.net.minor + line.vat.minor for line in lines), held.currency)
    held.lines = lines
    held.support = Money(share_of(fair, granted, lines, terms.vat_bp or 0, now).total_minor, held.currency)
    held.offered = shown.offered


def add_typed(
    fair: Fair,
    held: OwnHold,
    typed: Mapping[str, str],
    extras: list[Extra],
    plan: Plan | None,
    vat_bp: int,
    now: datetime,
) -> None:
    """The code and the extras that are typed, and what is then due when. Nothing of them is taken yet."""
    if held.price is None or held.support is None:
        return
    lines, support, nothing = held.lines, held.support, Money(0, held.currency)
    code = typed.get("code", "")
    if code.strip():
        try:
            found = discount_typed(fair, code, held.hold.exhibitor_id, now)
            held.code_line = discount_line(fair, found, lines, vat_bp)
            lines = [*lines, held.code_line]
            support = Money(share_of(fair, held.granted, lines, vat_bp, now).total_minor, held.currency)
        except DomainError as error:
            held.code_fault = error
    held.support_shown = support
    held.without_extras = sum((line.net + line.vat for line in lines), nothing) - support
    held.extras_total = sum((_with_vat(*one, vat_bp) for one in _typed_extras(held, typed, extras)), nothing)
    total = held.without_extras + held.extras_total
    held.ways = booking.pay_ways(fair, total, plan, held.offered)
    deposit = plan.deposit_of(total) if plan is not None else None
    held.deposit = None if deposit is None else Money(deposit, held.currency)


def _typed_extras(held: OwnHold, typed: Mapping[str, str], extras: list[Extra]) -> list[tuple[Money, int]]:
    try:
        wanted = asked_for(typed)
    except FieldErrors:  # said where it was typed, once it is sent
        return []
    prices = {one.id: held.extra_prices.get(one.id) for one in extras}
    return [(price, number) for one, number in wanted.items() if (price := prices.get(one)) is not None]


def _with_vat(price: Money, number: int, vat_bp: int) -> Money:
    net = price * number
    return net + Money(apply_rate(net.minor, vat_bp), net.currency)


def _lapsed(fair: Fair, held: OwnHold, groups: list[PriceGroup]) -> list[tuple[PriceGroup, str]]:
    """Groups whose price the hold has not, with the reason, where that is not plain to see."""
    day = clock.fair_day(fair, held.hold.created_at)
    reasons = [(group, why_not(group, held.booths, day)) for group in groups]
    having = held.reduction.group.id if held.reduction is not None and held.reduction.group is not None else None
    return [(group, reason) for group, reason in reasons if reason and group.id != having]
