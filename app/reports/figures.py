"""The report's figures: one function each. What stands behind a figure, row by row, is in evidence.py under its id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.deals.models import DealState
from app.fairs.provinces import MERGED_ON
from app.i18n_marks import N_
from app.reports.rules import Rule, Way
from app.reports.tally import COUNTED_KINDS, Tally

STANDING = (DealState.DECLARED, DealState.CONFIRMED, DealState.VERIFIED)


@dataclass(frozen=True)
class Figure:
    """One number of the report: `value` is None where the rule does not let it be computed, and `why` says so."""

    id: str
    code: str  # of its evidence, as printed: V-01
    name: str
    value: int | float | None
    unit: str
    how: str
    why: str = ""


def booths(tally: Tally, rule: Rule) -> Figure:
    """Numbered lettings, those that funds pay for included; a merged booth once."""
    value = sum(group.number for group in tally.booths)
    return Figure("booths", "B-01", N_("Booths let"), value, "booth", N_("all halls, supported booths included"))


def net_m2(tally: Tally, rule: Rule) -> Figure:
    """Floor that exhibitors occupy, paid or not, plus theme shows; without aisles."""
    let = sum(group.area_cm2 for group in tally.booths)
    value = _tidy((let + tally.show_area_cm2) / 10_000)
    return Figure(
        "net_m2", "B-04", N_("Net exhibition space"), value, "m2", N_("booths let and theme shows, no aisles")
    )


def exhibitors(tally: Tally, rule: Rule) -> Figure:
    """Main and co-exhibitors; represented companies are listed, never counted."""
    value = sum(group.number for group in tally.exhibitors if group.kind in COUNTED_KINDS)
    return Figure("exhibitors", "E-01", N_("Exhibitors"), value, "exhibitor", N_("main exhibitors and co-exhibitors"))


def provinces(tally: Tally, rule: Rule) -> Figure:
    """Provinces of domestic exhibitors, as provinces were on the fair's dates."""
    home = tally.fair.country
    value = len({g.province for g in tally.exhibitors if g.kind in COUNTED_KINDS and g.country == home and g.province})
    how = (
        N_("of the 63 provinces of 2019") if tally.fair.starts_on < MERGED_ON else N_("of the 34 provinces since 2025")
    )
    return Figure("provinces", "E-02", N_("Provinces and cities with exhibitors"), value, "province", how)


def countries(tally: Tally, rule: Rule) -> Figure:
    """Countries of foreign exhibitors: by the address in the contract, not the owner's nationality."""
    home = tally.fair.country
    value = len({g.country for g in tally.exhibitors if g.kind in COUNTED_KINDS and g.country != home})
    return Figure(
        "countries",
        "E-03",
        N_("Countries with exhibitors"),
        value,
        "country",
        N_("abroad, by the address in the booth contract"),
    )


def visits(tally: Tally, rule: Rule) -> Figure:
    """Entries of visitors, at most one per person and fair day; staff, press and crew are none."""
    value = sum(group.number for group in tally.visits)
    how, treatment = N_("at most one per person and day, by scan"), rule.differs.get("visits")
    if treatment is not None and treatment.way is Way.WITH_EXHIBITOR_STAFF:
        value, how = value + tally.staff_days, treatment.why
    elif treatment is not None and treatment.way is Way.AS_DEFINED:
        how = treatment.why
    return Figure("visits", "V-01", N_("Visits"), value, "visit", how)


def unique_visitors(tally: Tally, rule: Rule) -> Figure:
    """Persons who came, each once for the whole edition."""
    name, how, treatment = (
        N_("Unique visitors"),
        N_("each person once per edition"),
        rule.differs.get("unique_visitors"),
    )
    if treatment is not None and treatment.way is Way.NOT_COMPUTED:
        return Figure("unique_visitors", "V-02", name, None, "person", how, treatment.why)
    return Figure("unique_visitors", "V-02", name, sum(group.number for group in tally.visitors), "person", how)


def deals_declared(tally: Tally, rule: Rule) -> Figure:
    """Deals that one side says were agreed."""
    value = _deals(tally, DealState.DECLARED)
    return Figure("deals_declared", "D-01", N_("Deals declared"), value, "deal", N_("by one side"))


def deals_confirmed(tally: Tally, rule: Rule) -> Figure:
    """Deals whose present revision both sides confirmed."""
    value = _deals(tally, DealState.CONFIRMED)
    return Figure("deals_confirmed", "D-02", N_("Deals confirmed"), value, "deal", N_("by both sides"))


def deals_verified(tally: Tally, rule: Rule) -> Figure:
    """Confirmed deals whose document the organiser saw."""
    value = _deals(tally, DealState.VERIFIED)
    return Figure("deals_verified", "D-03", N_("Deals verified"), value, "deal", N_("the organiser saw the document"))


def deals_recorded(tally: Tally, rule: Rule) -> Figure:
    """Declared, confirmed and verified together; cancelled and disputed ones are never in it."""
    value = _deals(tally, *STANDING)
    how = N_("declared, confirmed or verified; cancelled and disputed ones come on top")
    return Figure("deals_recorded", "D-00", N_("Deals recorded"), value, "deal", how)


def staff_days(tally: Tally, rule: Rule) -> Figure:
    """What the French rule adds to the visits; on its own it is no figure of the report."""
    name = N_("Daily badges of exhibitors' staff")
    return Figure("staff_days", "V-03", name, tally.staff_days, "visit", N_("once per person and day"))


def represented(tally: Tally, rule: Rule) -> Figure:
    """Companies whose goods were shown without staff of their own: listed, and in no figure of the report."""
    value = sum(one.number for one in tally.exhibitors if one.kind == "represented")
    return Figure(
        "represented",
        "E-04",
        N_("Represented companies"),
        value,
        "exhibitor",
        N_("listed, never counted as exhibitors"),
    )


FIGURES: tuple[Callable[[Tally, Rule], Figure], ...] = (
    booths,
    net_m2,
    exhibitors,
    provinces,
    countries,
    visits,
    unique_visitors,
    deals_recorded,
    deals_declared,
    deals_confirmed,
    deals_verified,
)


def figures_of(tally: Tally, rule: Rule) -> dict[str, Figure]:
    """Every figure by its id, in the order of the report."""
    return {figure.id: figure for figure in (count(tally, rule) for count in FIGURES)}


def figure_of(figure_id: str, tally: Tally, rule: Rule) -> Figure:
    """One figure by its id, or what stands beside the figures with rows of its own; counts no more than it needs."""
    counts = {count.__name__: count for count in (*FIGURES, staff_days, represented)}
    return counts[figure_id](tally, rule)


def adds(figure_id: str, rule: Rule) -> list[str]:
    """What a rule counts into a figure besides the rows of its own id."""
    treatment = rule.differs.get(figure_id)
    return ["staff_days"] if treatment is not None and treatment.way is Way.WITH_EXHIBITOR_STAFF else []


def _deals(tally: Tally, *states: DealState) -> int:
    return sum(group.number for group in tally.deals if group.state in states)


def _tidy(value: float) -> int | float:
    return int(value) if value == int(value) else round(value, 2)
