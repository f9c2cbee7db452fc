"""The report's tables: the same groups as the figures, laid out by day, gate, category, province, country, currency."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import select

from app.clock import fair_days
from app.db import db
from app.deals.models import DealState
from app.fairs.models import ExchangeRate, Hall
from app.fairs.provinces import MERGED_ON, province_name, successor_name
from app.money import Money, exponent
from app.reports.figures import STANDING
from app.reports.rules import RULES, Rule
from app.reports.tally import COUNTED_KINDS, Tally
from app.search import fold_name
from app.visitors.models import Gate, VisitorCategory

FEWEST_SHOWN = 3  # a cell of fewer deals would show one firm's business


@dataclass(frozen=True)
class ProvinceLine:
    code: str
    name: str
    successor: str  # empty where the fair is of the 34 itself
    exhibitors: int
    booths: int


@dataclass(frozen=True)
class DealCell:
    """Deals of one level in one currency; `hidden` where so few would show a firm's business."""

    number: int
    total: Money
    hidden: bool = False


@dataclass(frozen=True)
class DealLevel:
    state: DealState
    number: int
    cells: dict[str, DealCell]
    converted: Money | None  # at the fair's rates, apart from the rest; None where a rate is missing


@dataclass(frozen=True)
class TestResult:
    """Whether a rule would call the fair international."""

    rule: Rule
    met: bool
    sentence: str


def by_province(tally: Tally) -> list[ProvinceLine]:
    """Domestic exhibitors, most first; beside a province of before 2025-07-01 stands the one that it belongs to now."""
    home = tally.fair.country
    exhibitors: Counter[str] = Counter()
    booths: Counter[str] = Counter()
    for one in tally.exhibitors:
        if one.kind in COUNTED_KINDS and one.country == home and one.province:
            exhibitors[one.province] += one.number
    for group in tally.booths:
        if group.country == home and group.province:
            booths[group.province] += group.number
    old = tally.fair.starts_on < MERGED_ON
    lines = [
        ProvinceLine(code, province_name(code), successor_name(code) if old else "", number, booths[code])
        for code, number in exhibitors.items()
    ]
    return sorted(lines, key=lambda line: (-line.exhibitors, fold_name(line.name)))


def by_country(tally: Tally) -> list[tuple[str, int, int]]:
    """Foreign exhibitors and their booths as (country, exhibitors, booths), most first."""
    exhibitors: Counter[str] = Counter()
    booths: Counter[str] = Counter()
    for one in tally.exhibitors:
        if one.kind in COUNTED_KINDS and one.country != tally.fair.country:
            exhibitors[one.country] += one.number
    for group in tally.booths:
        if group.country != tally.fair.country:
            booths[group.country] += group.number
    return sorted(((c, n, booths[c]) for c, n in exhibitors.items()), key=lambda line: (-line[1], line[0]))


def net_space(tally: Tally) -> dict[str, float]:
    """Net m² by how it came to be occupied: paid, free of charge, theme shows; and standard booths of 9 m²."""
    paid = sum(group.area_cm2 for group in tally.booths if not group.free_of_charge) / 10_000
    free = sum(group.area_cm2 for group in tally.booths if group.free_of_charge) / 10_000
    shows = tally.show_area_cm2 / 10_000
    return {"paid": paid, "free": free, "shows": shows, "standard": (paid + free) / 9}


def by_hall(tally: Tally) -> list[tuple[Hall, int, float]]:
    """Booths let and their net m² in each hall."""
    halls = db.session.scalars(select(Hall).where(Hall.fair_id == tally.fair.id).order_by(Hall.position)).all()
    numbers: Counter[int] = Counter()
    areas: Counter[int] = Counter()
    for group in tally.booths:
        numbers[group.hall_id] += group.number
        areas[group.hall_id] += group.area_cm2
    return [(hall, numbers[hall.id], areas[hall.id] / 10_000) for hall in halls]


def by_day(tally: Tally) -> list[tuple[date, int]]:
    """Visits on each fair day; on one day they are as many as the persons who came."""
    counted: Counter[date] = Counter()
    for group in tally.visits:
        counted[group.day] += group.number
    return [(day, counted[day]) for day in fair_days(tally.fair)]


def by_gate(tally: Tally) -> list[tuple[Gate, list[int], int, int]]:
    """Visits by the gate of the day's first entry, on each day and together, and the persons behind them.

    Gates without one are left out. Who came through two gates on two days is one person at each.
    """
    gates = db.session.scalars(select(Gate).where(Gate.fair_id == tally.fair.id).order_by(Gate.position)).all()
    counted: Counter[tuple[int, date]] = Counter()
    for group in tally.visits:
        counted[group.gate_id, group.day] += group.number
    lines = [(gate, [counted[gate.id, day] for day in fair_days(tally.fair)]) for gate in gates]
    persons = tally.visitors_by_gate
    return [(gate, days, sum(days), persons.get(gate.id, 0)) for gate, days in lines if any(days)]


def by_category(tally: Tally) -> list[tuple[VisitorCategory, int, int]]:
    """Visits and unique visitors of each category."""
    found = select(VisitorCategory).where(VisitorCategory.fair_id == tally.fair.id, VisitorCategory.counts)
    visits: Counter[int] = Counter()
    visitors: Counter[int] = Counter()
    for group in tally.visits:
        visits[group.category_id] += group.number
    for person in tally.visitors:
        visitors[person.category_id] += person.number
    categories = db.session.scalars(found.order_by(VisitorCategory.number)).all()
    return [(one, visits[one.id], visitors[one.id]) for one in categories if visits[one.id] or visitors[one.id]]


def by_visitor_country(tally: Tally) -> list[tuple[str, int, int]]:
    """Visits and unique visitors from abroad as (country, visits, visitors), most first."""
    visits: Counter[str] = Counter()
    visitors: Counter[str] = Counter()
    for group in tally.visits:
        visits[group.country] += group.number
    for person in tally.visitors:
        visitors[person.country] += person.number
    lines = [(c, n, visitors[c]) for c, n in visits.items() if c != tally.fair.country]
    return sorted(lines, key=lambda line: (-line[1], line[0]))


def foreign_shares(tally: Tally) -> tuple[float | None, float | None]:
    """The shares of foreign exhibitors and of visits from abroad, 0 to 1; None where nothing is counted yet."""
    counted = [one for one in tally.exhibitors if one.kind in COUNTED_KINDS]
    abroad = sum(one.number for one in counted if one.country != tally.fair.country)
    visits = sum(group.number for group in tally.visits)
    visits_abroad = sum(group.number for group in tally.visits if group.country != tally.fair.country)
    exhibitors = sum(one.number for one in counted)
    return abroad / exhibitors if exhibitors else None, visits_abroad / visits if visits else None


def international_tests(tally: Tally) -> list[TestResult]:
    """Which of the rules that know such a test would call this fair international."""
    exhibitors, visits = (share or 0 for share in foreign_shares(tally))
    results = []
    for rule in RULES.values():
        if rule.international is not None:
            enough = (
                exhibitors * 100 >= rule.international.exhibitors_percent,
                visits * 100 >= rule.international.visits_percent,
            )
            met = all(enough) if rule.international.both else any(enough)
            results.append(TestResult(rule, met, rule.international.sentence))
    return results


def by_level(tally: Tally) -> tuple[list[str], list[DealLevel], list[ExchangeRate]]:
    """Deals by level and currency, the currencies in their order, and the rates that conversion used."""
    home = tally.fair.currency
    currencies = sorted({group.currency for group in tally.deals}, key=lambda code: (code != home, code))
    rates = _rates(tally)
    levels = []
    for state in STANDING:
        cells = {}
        for currency in currencies:
            groups = [g for g in tally.deals if g.state == state and g.currency == currency]
            total = Money(sum(g.amount_minor for g in groups), currency)
            cells[currency] = DealCell(sum(g.number for g in groups), total)
        cells = hide_few(cells)
        levels.append(
            DealLevel(state, sum(cell.number for cell in cells.values()), cells, _convert(cells, home, rates))
        )
    return currencies, levels, list(rates.values())


def aside(tally: Tally) -> dict[str, int]:
    """Deals that are in no sum: disputed and cancelled."""
    return {
        state.value: sum(group.number for group in tally.deals if group.state == state)
        for state in (DealState.DISPUTED, DealState.CANCELLED)
    }


def hide_few(cells: dict[str, DealCell]) -> dict[str, DealCell]:
    """Hide cells of one or two deals; with a single one hidden, its level's sum would give it away: so hide another."""
    few = {currency for currency, cell in cells.items() if 0 < cell.number < FEWEST_SHOWN}
    rest = sorted((cell.number, currency) for currency, cell in cells.items() if cell.number and currency not in few)
    if len(few) == 1 and rest:
        few.add(rest[0][1])
    return {c: DealCell(cell.number, cell.total, c in few) for c, cell in cells.items()}


def _rates(tally: Tally) -> dict[str, ExchangeRate]:
    """The latest rate of each currency."""
    found = select(ExchangeRate).where(ExchangeRate.fair_id == tally.fair.id).order_by(ExchangeRate.rate_on)
    return {rate.currency: rate for rate in db.session.scalars(found)}


def _convert(cells: dict[str, DealCell], home: str, rates: dict[str, ExchangeRate]) -> Money | None:
    """The level's value in the fair's currency, rounded half up once at the end; None where it cannot be told."""
    whole = Decimal(0)
    for currency, cell in cells.items():
        if not cell.number:
            continue
        if cell.hidden or (currency != home and currency not in rates):
            return None
        rate = Decimal(1) if currency == home else Decimal(rates[currency].rate)
        whole += Decimal(cell.total.minor).scaleb(-exponent(currency)) * rate
    minor = whole.scaleb(exponent(home)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return Money(int(minor), home)
