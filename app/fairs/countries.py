"""Countries by their ISO 3166-1 alpha-2 code, named in the reader's language (names: Unicode CLDR, through Babel)."""

from __future__ import annotations

from functools import cache

from babel import Locale

from app.search import fold

# CLDR's territories also hold regions, islands without an ISO code and exceptional reservations.
_NOT_ISO_3166 = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}


@cache
def countries(locale: str) -> list[tuple[str, str]]:
    """Every country as (code, name), in the order of a reader who looks for the name without its accents."""
    names = Locale.parse(locale).territories
    found = [(code, name) for code, name in names.items() if _is_country(code)]
    return sorted(found, key=lambda country: fold(country[1]))


def country_name(code: str, locale: str) -> str:
    """The country's name, or the code itself where it is no country's."""
    return str(Locale.parse(locale).territories.get(code, code)) if _is_country(code) else code


def _is_country(code: str) -> bool:
    return len(code) == 2 and code.isalpha() and code.isupper() and code not in _NOT_ISO_3166
