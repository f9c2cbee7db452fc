"""How numbers, days and money look to the reader: one filter for each kind."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal
from flask import Flask, g

from app import clock
from app.i18n import reader_language
from app.money import Money, format_money, grouped

WEEKDAYS_VI = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
MISSING = "–"


def language() -> str:
    return reader_language() or "vi"


def day(value: date | datetime | None, weekday: bool = False) -> str:
    """13.12.2019 (T6 13.12.2019 with its weekday) · 13 Dec 2019 (Fri 13 Dec 2019)."""
    if value is None:
        return MISSING
    if isinstance(value, datetime):
        value = _local(value).date()
    if language() == "vi":
        text = f"{value.day:02}.{value.month:02}.{value.year}"
        return f"{WEEKDAYS_VI[value.weekday()]} {text}" if weekday else text
    return str(format_date(value, "EEE d MMM y" if weekday else "d MMM y", locale="en"))


def short_day(value: date | datetime | None, weekday: bool = True) -> str:
    """T6 13.12 · Fri 13 Dec."""
    if value is None:
        return MISSING
    if isinstance(value, datetime):
        value = _local(value).date()
    if language() == "vi":
        text = f"{value.day:02}.{value.month:02}"
        return f"{WEEKDAYS_VI[value.weekday()]} {text}" if weekday else text
    return str(format_date(value, "EEE d MMM" if weekday else "d MMM", locale="en"))


def clock_time(value: datetime | time | None) -> str:
    """09:47, the fair's time, 24 hours."""
    if value is None:
        return MISSING
    return (_local(value) if isinstance(value, datetime) else value).strftime("%H:%M")


def moment(value: datetime | None) -> str:
    """09:47, 13.12.2019 · 13 Dec 2019, 09:47, in the fair's time."""
    if value is None:
        return MISSING
    return f"{clock_time(value)}, {day(value)}" if language() == "vi" else f"{day(value)}, {clock_time(value)}"


def days_span(starts_on: date, ends_on: date) -> str:
    """12 – 15.12.2019 · 12 – 15 Dec 2019; both months when they differ."""
    if starts_on == ends_on:
        return day(starts_on)
    if (starts_on.year, starts_on.month) == (ends_on.year, ends_on.month):
        first = f"{starts_on.day:02}" if language() == "vi" else str(starts_on.day)
    elif starts_on.year == ends_on.year:
        first = short_day(starts_on, weekday=False)
    else:
        first = day(starts_on)
    return f"{first} – {day(ends_on)}"


def number(value: int | float | Decimal | None, digits: int | None = None) -> str:
    """1.234.567 · 1,234,567; `digits` fixes the places after the point."""
    if value is None:
        return MISSING
    if digits is None and value % 1 == 0:
        return grouped(int(value), language())
    pattern = "#,##0.###" if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
    return str(format_decimal(value, format=pattern, locale=language()))


def percent(value: float | Decimal | None, digits: int = 1) -> str:
    """A share of 0 to 1 as "8,4 %"."""
    return MISSING if value is None else f"{number(Decimal(str(value)) * 100, digits)}\u00a0%"


def area(value: float | int | None) -> str:
    """Square metres, two decimals at most: 9 m², 13,49 m²."""
    return MISSING if value is None else f"{number(round(value, 2))}\u00a0m²"


def money(value: Money | None) -> str:
    return MISSING if value is None else format_money(value, language())


def zone_words(zone: Any, between: str = " ") -> str:
    """Code and name of a zone; once, where its name says no more than its code."""
    return between.join(dict.fromkeys(filter(None, (zone.code, local_name(zone)))))


def local_name(thing: Any, attribute: str = "name") -> str:
    """The thing's name in the reader's language: `name_en` for English where there is one."""
    read = thing.get if isinstance(thing, dict) else lambda name, missing="": getattr(thing, name, missing)
    english = read(f"{attribute}_en", "") if language() != "vi" else ""
    return str(english or read(attribute, ""))


def own_words(text: str) -> str:
    """A paper's "Bàn / Table (cái / piece)" in the reader's words alone, also with its number, "… × 4"."""
    nth = 0 if language() == "vi" else -1
    name, times, number = text.rpartition(" × ")
    text, often = (name, times + number) if number.isdigit() and name else (text, "")
    words, bracket, unit = text.partition(" (")
    return words.split(" / ")[nth] + bracket + (unit.rstrip(")").split(" / ")[nth] + ")" if bracket else "") + often


def one_language(label: str) -> str:
    """A paper's line "Gian hàng / Booth A05, Nhà 1 / Hall 1" in the reader's words alone."""
    parts = [part.split(" / ") for part in label.split(", ")]
    if len(parts[0]) == 2:
        parts[0][0] += f" {parts[0][1].rpartition(' ')[2]}"  # the booth's number stands behind the second word alone
    nth = 0 if language() == "vi" else 1
    return ", ".join(said[nth] if len(said) == 2 else " / ".join(said) for said in parts)


def _local(value: datetime) -> datetime:
    fair = g.get("fair")
    return clock.local(fair, value) if fair is not None else value


def init_formats(app: Flask) -> None:
    app.jinja_env.filters.update(
        one_language=one_language,
        own_words=own_words,
        day=day,
        short_day=short_day,
        clock=clock_time,
        moment=moment,
        number=number,
        percent=percent,
        area=area,
        money=money,
        local_name=local_name,
        zone_words=zone_words,
    )
    app.jinja_env.globals.update(days_span=days_span, Money=Money, language=language, now=clock.now)
