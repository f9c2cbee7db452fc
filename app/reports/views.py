"""The report's pages: the figures, the rows behind each, the same as files, and the whole as a PDF."""

from __future__ import annotations

from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, g, render_template, request, url_for

from app import clock
from app.access import Permission, allow, principal
from app.errors import FieldErrors, NotFound
from app.exports import list_response
from app.i18n_marks import N_
from app.reports import fair_report
from app.reports.behind import EVIDENCE
from app.reports.choices import filter_choices
from app.reports.evidence import Evidence, EvidenceColumn
from app.reports.figures import adds, figure_of
from app.reports.pages import all_rows, cell, export_columns, open_columns, page_of_evidence, searchable
from app.reports.rules import DEFAULT_RULE, RULES, Rule
from app.reports.tally import Tally

blueprint = Blueprint("reports", __name__, url_prefix="/fairs/<slug>")


@blueprint.get("/report")
@allow(Permission.FIGURES_SEE)
def figures() -> str:
    """What the fair came to, in sentences and tables; each figure opens its rows."""
    rule = asked_rule()
    return render_template("reports/figures.html", **fair_report.contents(Tally(g.fair), rule))


@blueprint.get("/report.pdf")
@allow(Permission.FIGURES_SEE)
def pdf() -> Response:
    """The report as it is handed to the Department of Industry and Trade."""
    rule = asked_rule()
    response = Response(fair_report.pdf(Tally(g.fair), rule), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{g.fair.slug}-report.pdf"'
    return response


@blueprint.get("/report/<figure_id>")
@allow(Permission.FIGURES_SEE)
def evidence(figure_id: str) -> str:
    """The rows behind one figure, to be narrowed, searched and paged."""
    behind, chosen, query = asked_evidence(figure_id)
    tally, rule = Tally(g.fair), asked_rule()
    figure = figure_of(figure_id, tally, RULES[DEFAULT_RULE])
    known = figure.value if isinstance(figure.value, int) and figure.unit != "m2" else None
    try:
        page = page_of_evidence(behind, principal(), chosen, query, request.args.get("after"), known=known)
    except ValueError as error:
        raise FieldErrors({"after": N_("This page's address is not complete. Start from the figure again.")}) from error
    return render_template(
        "reports/evidence.html",
        figure=figure,
        rule=rule,
        by_rule=figure_of(figure_id, tally, rule),
        added=[figure_of(added, tally, rule) for added in adds(figure_id, rule)],
        page=page,
        cell=cell,
        link=lambda column, row: _link(figure_id, column, row),
        choices=filter_choices(g.fair, behind),
        chosen=chosen,
        query=query,
    )


def _link(figure_id: str, column: EvidenceColumn, row: Any) -> str:
    """Where a row's thing is looked at; empty where it is not, or not by this reader."""
    who, name = principal(), column.name
    if name == "number" and figure_id.startswith("deals") and who.can(Permission.DEALS_SEE):
        return url_for("deals.show", number=row.number)
    if name == "number" and not figure_id.startswith("deals"):
        return url_for("booths.plan", booth=row.number)
    if name == "badge" and who.can(Permission.VISITORS_SEE):
        return url_for("visitors.organise", q=row.badge)
    if figure_id in ("provinces", "countries") and column.kind in ("province", "country"):
        return url_for("reports.evidence", figure_id="exhibitors", **{name: getattr(row, name)})
    return ""


@blueprint.get("/report/<figure_id>.<any(csv, xlsx):file_type>")
@allow(Permission.FIGURES_SEE)
def evidence_file(figure_id: str, file_type: str) -> Response:
    """The same rows, all of them, as a file."""
    behind, chosen, query = asked_evidence(figure_id)
    columns = open_columns(behind, principal())
    rows = ([cell(column, row) for column in columns] for row in all_rows(behind, chosen, query))
    name = f"{g.fair.slug}-{figure_id}"
    kind = cast(Literal["csv", "xlsx"], file_type)
    return list_response(kind, name, export_columns(columns), rows, ZoneInfo(g.fair.time_zone))


def asked_rule() -> Rule:
    """`?rule=`, ISO 25639 unless told. Raises FieldErrors."""
    code = request.args.get("rule", DEFAULT_RULE)
    if code not in RULES:
        raise FieldErrors({"rule": N_("rule is one of iso, ufi, fkm, centrex, fr.")})
    return RULES[code]


def asked_evidence(figure_id: str) -> tuple[Evidence, dict[str, str], str]:
    """The evidence of the address, with the filters and words that narrow it. Raises NotFound, FieldErrors."""
    if figure_id not in EVIDENCE:
        raise NotFound()
    behind = searchable(EVIDENCE[figure_id](g.fair), principal())
    chosen = {name: request.args[name] for name in behind.filters if request.args.get(name)}
    if "day" in chosen and chosen["day"] not in {day.isoformat() for day in clock.fair_days(g.fair)}:
        raise FieldErrors({"day": N_("Choose a day of the fair.")})
    return behind, chosen, request.args.get("q", "").strip()[:100] if behind.searched else ""
