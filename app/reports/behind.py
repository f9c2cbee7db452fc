"""What stands behind each figure, by the figure's id: as many rows as it says (net_m2: rows that add up to it)."""

from collections.abc import Callable

from app.fairs.models import Fair
from app.reports import deal_evidence, floor_evidence, visit_evidence
from app.reports.evidence import Evidence

EVIDENCE: dict[str, Callable[[Fair], Evidence]] = {
    "booths": floor_evidence.booths,
    "net_m2": floor_evidence.net_m2,
    "exhibitors": floor_evidence.exhibitors,
    "represented": floor_evidence.represented,
    "provinces": floor_evidence.provinces,
    "countries": floor_evidence.countries,
    "visits": visit_evidence.visits,
    "staff_days": visit_evidence.staff_days,
    "unique_visitors": visit_evidence.unique_visitors,
    "deals_recorded": deal_evidence.deals_recorded,
    "deals_declared": deal_evidence.deals_declared,
    "deals_confirmed": deal_evidence.deals_confirmed,
    "deals_verified": deal_evidence.deals_verified,
}
