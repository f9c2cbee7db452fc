"""The report as a whole: what the page and the PDF print, from one count."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import and_, select

from app import clock
from app.booths.models import Allocation, Booth
from app.db import db
from app.documents.charts import Bar, bars, cloth
from app.documents.pdf import render_pdf
from app.fairs.countries import country_name
from app.fairs.models import Exhibitor, Fair, Hall
from app.formats import language, number, short_day
from app.reports import breakdowns
from app.reports.figures import figures_of, represented
from app.reports.rules import RULES, Rule, Way
from app.reports.tally import Tally, is_let

FOREIGN, SUPPORTED, SHADES = "#C5301A", "#1B1917", ("#223F77", "#2F4F8A", "#45639B")
COVER_WIDTH_MM, COVER_HEIGHT_MM = 208, 200
PROVINCES_CHARTED = 12


def contents(tally: Tally, rule: Rule, links: bool = True) -> dict[str, Any]:
    """Everything that the report says about a fair, counted at one moment. `links`: its charts open the rows."""

    def rows(figure_id: str, **chosen: Any) -> str:
        return url_for("reports.evidence", figure_id=figure_id, **chosen) if links else ""

    currencies, levels, rates = breakdowns.by_level(tally)
    days = breakdowns.by_day(tally)
    provinces = breakdowns.by_province(tally)
    exhibitors_share, visits_share = breakdowns.foreign_shares(tally)
    return {
        "fair": tally.fair,
        "rule": rule,
        "rules": RULES,
        "counted_at": clock.now(),
        "data_version": tally.version,
        "figures": figures_of(tally, rule),
        "days": days,
        "busiest": max(days, key=lambda line: line[1]) if any(n for _day, n in days) else None,
        "days_chart": bars(
            [
                Bar(short_day(day), visits, number(visits), href=rows("visits", day=day.isoformat()) if visits else "")
                for day, visits in days
            ],
            _("Visits on each day"),
        ),
        "gates": breakdowns.by_gate(tally),
        "categories": breakdowns.by_category(tally),
        "visitor_countries": [
            (code, country_name(code, language()), visits, visitors)
            for code, visits, visitors in breakdowns.by_visitor_country(tally)
        ],
        "provinces": provinces,
        "provinces_chart": bars(
            [
                Bar(
                    line.name.replace("Thành phố", "TP"),
                    line.exhibitors,
                    number(line.exhibitors),
                    href=rows("exhibitors", province=line.code),
                )
                for line in provinces[:PROVINCES_CHARTED]
            ],
            _("Exhibitors by province"),
            label_width=122,
            widest=50,
        ),
        "provinces_charted": PROVINCES_CHARTED,
        "countries": [
            (code, country_name(code, language()), exhibitors, booths)
            for code, exhibitors, booths in breakdowns.by_country(tally)
        ],
        "halls": breakdowns.by_hall(tally),
        "space": breakdowns.net_space(tally),
        "represented": represented(tally, rule),
        "exhibitors_share": exhibitors_share,
        "visits_share": visits_share,
        "tests": breakdowns.international_tests(tally),
        "currencies": currencies,
        "levels": levels,
        "rates": rates,
        "aside": breakdowns.aside(tally),
        "staff_days": tally.staff_days if _adds_staff(rule) else None,
    }


def pdf(tally: Tally, rule: Rule) -> bytes:
    """The report as a PDF: the cloth of its booths on the cover, the data version at the foot of every page."""
    return render_pdf("reports/report_pdf.html", cloth=cover_cloth(tally.fair), **contents(tally, rule, links=False))


def _adds_staff(rule: Rule) -> bool:
    return any(treatment.way is Way.WITH_EXHIBITOR_STAFF for treatment in rule.differs.values())


def cover_cloth(fair: Fair) -> Any:
    """One plaited square a booth, in the order of the floor: red for a foreign exhibitor's, black where a fund paid."""
    found = db.session.execute(
        select(Exhibitor.country, Allocation.free_of_charge, Hall.position)
        .join(Allocation, and_(Allocation.exhibitor_id == Exhibitor.id, Allocation.fair_id == fair.id, is_let()))
        .join(Booth, Booth.id == Allocation.booth_id)
        .join(Hall, Hall.id == Booth.hall_id)
        .order_by(Hall.position, Booth.y_cm, Booth.x_cm)
    )
    colours = [
        FOREIGN if country != fair.country else SUPPORTED if free else SHADES[position % len(SHADES)]
        for country, free, position in found
    ]
    if not colours:
        return None
    columns = cloth_columns(len(colours))
    rows = -(-len(colours) // columns)
    cell = min(COVER_WIDTH_MM / columns, COVER_HEIGHT_MM / rows)
    return cloth(colours, columns, cell, _("One plaited square for each booth let"))


def cloth_columns(booths: int) -> int:
    """Columns of the fullest rectangle near the cover's shape: 26 for 650 booths."""
    ideal = max((booths * COVER_WIDTH_MM / COVER_HEIGHT_MM) ** 0.5, 1)
    full = [columns for columns in range(1, booths + 1) if booths % columns == 0]
    nearest = min(full, key=lambda columns: abs(columns - ideal))
    return nearest if 0.6 * ideal <= nearest <= 1.6 * ideal else round(ideal)
