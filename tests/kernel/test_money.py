import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.money import Money, NotMoney, apply_rate, format_money, parse_money


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("18.150.000 ₫", "VND", 18_150_000),
        ("18,150,000", "VND", 18_150_000),
        ("18 150 000", "VND", 18_150_000),
        ("15000000", "VND", 15_000_000),
        ("40,000", "USD", 4_000_000),
        ("40.000", "USD", 4_000_000),
        ("40.000,50", "USD", 4_000_050),
        ("40,000.50 USD", "USD", 4_000_050),
        ("40000.5", "USD", 4_000_050),
        ("5,25", "EUR", 525),
        ("1.250.000", "JPY", 1_250_000),
        ("12.345", "KWD", 12_345),
        ("1,200.500", "KWD", 1_200_500),
    ],
)
def test_amounts_are_read_as_people_type_them(text: str, currency: str, minor: int) -> None:
    assert parse_money(text, currency) == Money(minor, currency)


@pytest.mark.parametrize("text", ["", "abc", "-5", "1.2.3", "12,34,567", "1..000", "4.00.000", "9" * 17, "10.5 VND x"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(NotMoney):
        parse_money(text, "VND")


@pytest.mark.parametrize(("text", "currency"), [("9" * 5000, "VND"), ("0," * 3000, "USD"), ("5", "vnd"), ("5", "XX")])
def test_what_cannot_be_read_at_all_is_no_amount_either(text: str, currency: str) -> None:
    with pytest.raises(NotMoney):
        parse_money(text, currency)


@given(st.integers(0, 10**14), st.sampled_from(["VND", "USD", "JPY", "KWD"]), st.sampled_from(["vi", "en"]))
def test_what_is_written_is_read_back(minor: int, currency: str, locale: str) -> None:
    money = Money(minor, currency)
    assert parse_money(format_money(money, locale), currency) == money


def test_money_is_written_as_each_language_does() -> None:
    assert format_money(Money(18_150_000, "VND"), "vi") == "18.150.000\u00a0₫"
    assert format_money(Money(18_150_000, "VND"), "en") == "VND\u00a018,150,000"
    assert format_money(Money(2_140_000, "EUR"), "vi") == "21.400,00\u00a0EUR"
    assert format_money(Money(1_500, "KWD"), "en") == "KWD\u00a01.500"


def test_two_currencies_are_never_added() -> None:
    with pytest.raises(ValueError):
        Money(1, "VND") + Money(1, "USD")
    with pytest.raises(TypeError):
        Money(1.5, "USD")  # type: ignore[arg-type]


def test_rates_round_half_up_and_credits_mirror() -> None:
    assert apply_rate(16_500_000, 1000) == 1_650_000
    assert apply_rate(5, 1000) == 1
    assert apply_rate(4, 1000) == 0
    assert apply_rate(-5, 1000) == -1
