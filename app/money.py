"""Money: integer minor units and an ISO 4217 code. Never a float, never × 100."""

import re
from dataclasses import dataclass
from decimal import Decimal

# Digits after the point; every currency not named has 2 (ISO 4217, table A.1).
EXPONENTS = dict.fromkeys(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0
) | dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)

CODE = re.compile("[A-Z]{3}")
LONGEST_AMOUNT = 60  # letters that somebody types for one; Python reads no number of more than 4,300 digits


@dataclass(frozen=True, order=False)
class Money:
    """An amount of one currency, in its minor unit: 1 for 1 ₫, 100 for 1.00 USD, 1000 for 1.000 KWD."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError("money is counted in whole minor units")
        if not CODE.fullmatch(self.currency):
            raise ValueError(f"not an ISO 4217 code: {self.currency!r}")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.minor * times, self.currency)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} are never added")
        return other.minor

    @property
    def major(self) -> Decimal:
        return Decimal(self.minor).scaleb(-exponent(self.currency))


class NotMoney(ValueError):
    """The text is not an amount in this currency."""


def exponent(currency: str) -> int:
    """Digits of the minor unit: VND 0, USD 2, KWD 3."""
    return EXPONENTS.get(currency, 2)


def apply_rate(minor: int, basis_points: int) -> int:
    """`minor` × rate, rounded half up to a whole minor unit (half away from zero for credits)."""
    product = abs(minor) * basis_points
    rounded = (product + 5_000) // 10_000
    return rounded if minor >= 0 else -rounded


def parse_money(text: str, currency: str) -> Money:
    """What a person typed as an amount: "40,000", "40.000", "40 000,50", "1.234.567 ₫".

    The last separator is the decimal one only if it leaves no more digits than the currency has
    and, where that would be ambiguous (three digits: 40.000), it groups thousands, unless the
    currency has three digits and the separator stands once.
    """
    if len(text) > LONGEST_AMOUNT or not CODE.fullmatch(currency):
        raise NotMoney(text[:LONGEST_AMOUNT])
    digits = exponent(currency)
    cleaned = re.sub(r"[\s\u00a0\u202f]|₫|đ|Đ|[$€¥£]|" + re.escape(currency), "", text.strip(), flags=re.IGNORECASE)
    if not re.fullmatch(r"\d[\d.,]*", cleaned):
        raise NotMoney(text)
    separators = [c for c in cleaned if c in ".,"]
    whole, fraction = cleaned, ""
    if separators:
        head, _, tail = cleaned.rpartition(separators[-1])
        used_once = separators.count(separators[-1]) == 1
        if used_once and 0 < len(tail) <= digits and (len(tail) != 3 or digits == 3):
            whole, fraction = head, tail
        elif len(tail) != 3:
            raise NotMoney(text)
    groups = re.split(r"[.,]", whole)
    grouping = {c for c in whole if c in ".,"}
    if len(grouping) > 1 or (fraction and separators[-1] in grouping):  # 1,234.567: whichever is meant, it is no guess
        raise NotMoney(text)
    if len(groups) > 1 and (not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:])):
        raise NotMoney(text)
    minor = int("".join(groups)) * 10**digits + int((fraction or "0").ljust(digits, "0") if digits else 0)
    if minor > 10**15:
        raise NotMoney(text)
    return Money(minor, currency)


def grouped(value: int, locale: str) -> str:
    """1.234.567 in Vietnamese, 1,234,567 in English."""
    return f"{value:,}".replace(",", ".") if locale.startswith("vi") else f"{value:,}"


def format_money(money: Money, locale: str = "vi") -> str:
    """1.234.567 ₫ · 21.400,00 USD in Vietnamese; VND 1,234,567 · USD 21,400.00 in English."""
    digits = exponent(money.currency)
    whole, fraction = divmod(abs(money.minor), 10**digits)
    number = f"{'-' if money.minor < 0 else ''}{grouped(whole, locale)}"
    if digits:
        number += f"{',' if locale.startswith('vi') else '.'}{fraction:0{digits}}"
    if locale.startswith("vi"):
        return f"{number}\u00a0{'₫' if money.currency == 'VND' else money.currency}"
    return f"{money.currency}\u00a0{number}"
