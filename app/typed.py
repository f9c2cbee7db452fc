"""Amounts, percentages and names as somebody types them, for forms that keep them as minor units and basis points."""

from collections.abc import Callable
from decimal import Decimal

from flask_babel import gettext as _
from wtforms.validators import ValidationError

from app.fields import NO_AMOUNT
from app.formats import money
from app.i18n_marks import N_
from app.money import Money, NotMoney, parse_money

HUNDREDTHS = N_("Write per cent with at most two decimals.")


def tidy(text: str | None) -> str:
    """Without space around it, and with one between words."""
    return " ".join((text or "").split())


def typed_amount(minor: int | None, currency: str) -> str:
    """As somebody would type it, and `parse_money` reads it back; empty for none."""
    return "" if minor is None else format(Money(minor, currency).major, "f")


def amount_minor(text: str | None, currency: str) -> int | None:
    """What was typed in minor units, or None for nothing. Raises NotMoney."""
    return parse_money(text, currency).minor if text and text.strip() else None


def check_amount(text: str | None, currency: str, below_minor: int, message: str, word: str = "dearest") -> None:
    """Nothing, or an amount above zero and below `below_minor`, which `message` names as `word`."""
    try:
        minor = amount_minor(text, currency)
    except NotMoney:
        raise ValidationError(_(NO_AMOUNT, currency=currency)) from None
    if minor is not None and not 0 < minor < below_minor:
        raise ValidationError(_(message, **{word: money(Money(below_minor, currency))}))


def percent(basis_points: int) -> Decimal:
    """With no more decimals than it needs."""
    return Decimal(f"{Decimal(basis_points).scaleb(-2).normalize():f}")


def check_percent(value: Decimal | None, fits: Callable[[Decimal], bool], message: str) -> None:
    """Nothing (none was typed, or the field itself has said that it is no number), or a fitting one in hundredths."""
    if value is None:
        return
    if not fits(value):
        raise ValidationError(_(message))
    if (value * 100) % 1:
        raise ValidationError(_(HUNDREDTHS))
