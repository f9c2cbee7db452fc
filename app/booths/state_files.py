"""The state of the fair as files: its booths, and its zones."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from flask import Response
from flask_babel import gettext as _

from app.booths.fair_state import MONEY, STATE_WORDS, BoothRow, ZoneState
from app.booths.models import BoothState
from app.exports import Cell, Column, Kind, Row, list_response
from app.fairs.models import Fair
from app.formats import local_name, zone_words
from app.money import Money


def booths_file(fair: Fair, file_type: Literal["csv", "xlsx"], shown: Iterable[BoothRow]) -> Response:
    """One row a booth, in the reader's language."""
    columns = [
        Column(_("Booth")),
        Column(_("Zone")),
        Column(_("Net space (m²)"), Kind.NUMBER),
        Column(_("State")),
        Column(_("Until"), Kind.MOMENT),
        Column(_("Company")),
        Column(_("Order")),
        Column(_("List price before VAT"), Kind.MONEY, _("Currency")),
        Column(_("Agreed before VAT"), Kind.MONEY, _("Currency")),
    ]
    rows: Iterable[Row] = (
        (
            one.booth.number,
            zone_words(one.zone) if one.zone is not None else "",
            Decimal(str(one.booth.area_m2)),
            _(STATE_WORDS[one.state]),
            one.booth.held_until if one.state in (BoothState.HELD, BoothState.RESERVED) else None,
            local_name(one.exhibitor) if one.exhibitor is not None else "",
            one.order.reference if one.order is not None else "",
            Money(one.booth.price_minor, fair.currency),
            one.agreed,
        )
        for one in shown
    )
    return list_response(file_type, f"booths-{fair.slug}", columns, rows, ZoneInfo(fair.time_zone))


def zones_file(fair: Fair, file_type: Literal["csv", "xlsx"], zones: list[ZoneState], whole: ZoneState) -> Response:
    """One row a zone, and the whole fair's last; money before VAT.

    What is agreed in another currency than the fair's has a row of its own under the zone's, with nothing else in it.
    """
    words = {"agreed": _("Agreed"), "paid": _("Paid"), "open": _("Open"), "due": _("Due within a day or late")}
    states = list(whole.states)
    columns = [Column(_("Zone")), Column(_("Booths"), Kind.NUMBER), Column(_("Net space (m²)"), Kind.NUMBER)]
    columns += [Column(_(STATE_WORDS[state]), Kind.NUMBER) for state in states]
    columns += [Column(_("At list price"), Kind.MONEY, _("Currency"))]
    columns += [Column(words[name], Kind.MONEY, _("Currency")) for name in MONEY]

    def lines(row: ZoneState) -> Iterable[Row]:
        name = zone_name(row) if row is not whole else _("Whole fair")
        counts: list[Cell] = [row.whole.booths, Decimal(str(row.whole.area_m2))]
        counts += [row.states[state].booths for state in states]
        yield name, *counts, Money(row.whole.list_minor, fair.currency), *_agreed(row, fair.currency)
        for one in row.money["agreed"].amounts(fair)[1:]:
            yield name, *(None for _count in counts), None, *_agreed(row, one.currency)

    rows = (line for row in [*zones, whole] for line in lines(row))
    return list_response(file_type, f"zones-{fair.slug}", columns, rows, ZoneInfo(fair.time_zone))


def _agreed(row: ZoneState, currency: str) -> Iterable[Money]:
    return (Money(row.money[name].agreed[currency], currency) for name in MONEY)


def zone_name(row: ZoneState) -> str:
    """A zone as lists call it; in the reader's language."""
    return zone_words(row.zone) if row.zone is not None else str(_("In no zone"))
