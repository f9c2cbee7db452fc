"""The figures: each equals its rows, and each rule counts as its text says."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import func, select, update

from app.access import Permission, Principal, Role
from app.booths.models import Allocation, Booth
from app.clock import now
from app.db import db, transaction
from app.deals.models import Deal
from app.fairs.lookup import fair_by_slug
from app.fairs.models import Exhibitor
from app.front.day import fair_figures
from app.money import Money
from app.reports import visit_evidence
from app.reports.behind import EVIDENCE
from app.reports.breakdowns import (
    by_category,
    by_country,
    by_day,
    by_gate,
    by_hall,
    by_level,
    by_province,
    foreign_shares,
    international_tests,
    net_space,
)
from app.reports.evidence import narrowed
from app.reports.fair_report import cloth_columns
from app.reports.figures import figure_of, figures_of
from app.reports.pages import open_columns, page_of_evidence
from app.reports.rules import RULES
from app.reports.tally import Tally
from app.visitors.models import Badge, Visit
from app.visitors.passages import busy_days

OWNER = Principal(roles={Role.OWNER})
ISO = RULES["iso"]


def rows_behind(fair: Any, figure_id: str, **chosen: str) -> list[Any]:
    """Every row behind a figure, fetched page by page as a reader would."""
    rows: list[Any] = []
    cursor = None
    while True:
        page = page_of_evidence(EVIDENCE[figure_id](fair), OWNER, chosen, "", cursor, limit=37)
        rows += page.rows
        assert page.total >= len(rows)
        cursor = page.next
        if cursor is None:
            assert page.total == len(rows)
            return rows


@pytest.mark.parametrize("slug", ["hanoi-2019", "hanoi-today", "hanoi-next"])
def test_every_figure_is_the_number_of_its_rows(small_demo: Flask, slug: str) -> None:
    with small_demo.app_context():
        fair = fair_by_slug(slug)
        figures = figures_of(Tally(fair), ISO)
        for figure in figures.values():
            rows = rows_behind(fair, figure.id)
            assert len({tuple(row) for row in rows}) == len(rows), figure.id
            if figure.id == "net_m2":
                assert sum(row.area_m2 for row in rows) == figure.value
            else:
                assert len(rows) == figure.value, figure.id


def test_what_was_recorded_outside_the_fair_counts_nowhere(small_demo: Flask) -> None:
    """Rows of days that the fair never had, from before gates refused them."""
    figures = ("visits", "unique_visitors")
    with small_demo.app_context():
        fair = g.fair = fair_by_slug("hanoi-2019")
        counted = [figures_of(Tally(fair), ISO)[f].value for f in figures]
        version = Tally(fair).version
        before = fair_figures(fair, now()).visits, busy_days(fair), Tally(fair).staff_days
        came = set(db.session.scalars(select(Visit.registration_id).where(Visit.fair_id == fair.id)))
        with transaction():
            one = db.session.scalars(select(Visit).where(Visit.fair_id == fair.id).limit(1)).one()
            stayed = db.session.scalars(
                select(Badge).where(Badge.fair_id == fair.id, Badge.registration_id.not_in(came)).limit(1)
            ).one()
            for day in (fair.starts_on - timedelta(days=30), fair.ends_on + timedelta(days=1)):
                for person in (one.registration_id, stayed.registration_id):
                    row = {c.name: getattr(one, c.name) for c in Visit.__table__.columns}
                    db.session.add(Visit(**row | {"registration_id": person, "day": day}))
        assert [figures_of(Tally(fair), ISO)[f].value for f in figures] == counted
        assert [len(rows_behind(fair, f)) for f in figures] == counted
        assert Tally(fair).version == version
        assert (fair_figures(fair, now()).visits, busy_days(fair), Tally(fair).staff_days) == before
        visitors = {row.id: row.days for row in rows_behind(fair, "unique_visitors")}
        assert stayed.registration_id not in visitors
        assert sum(visitors.values()) == counted[0]


def test_breakdowns_add_up_to_their_figures(small_demo: Flask) -> None:
    with small_demo.app_context():
        fair = fair_by_slug("hanoi-2019")
        tally = Tally(fair)
        value = {id_: figure.value for id_, figure in figures_of(tally, ISO).items()}
        assert sum(visits for _, visits in by_day(tally)) == value["visits"]
        assert sum(together for _, _, together, _ in by_gate(tally)) == value["visits"]
        for gate, _days, together, persons in by_gate(tally):
            rows = narrowed(visit_evidence.visits(tally.fair), {"gate": gate.code}, "")
            assert len({row.registration_id for row in db.session.execute(rows)}) == persons <= together
        assert sum(visits for _, visits, _ in by_category(tally)) == value["visits"]
        assert sum(visitors for _, _, visitors in by_category(tally)) == value["unique_visitors"]
        provinces, countries = by_province(tally), by_country(tally)
        assert (len(provinces), len(countries)) == (value["provinces"], value["countries"])
        assert sum(line.exhibitors for line in provinces) + sum(n for _, n, _ in countries) == value["exhibitors"]
        assert sum(line.booths for line in provinces) + sum(n for _, _, n in countries) == value["booths"]
        assert sum(booths for _, booths, _ in by_hall(tally)) == value["booths"]
        space = net_space(tally)
        assert space["paid"] + space["free"] + space["shows"] == value["net_m2"]
        levels = {level.state: level.number for level in by_level(tally)[1]}
        assert sum(levels.values()) == value["deals_recorded"]


def test_filters_narrow_to_the_breakdowns_own_numbers(small_demo: Flask) -> None:
    with small_demo.app_context():
        fair = fair_by_slug("hanoi-2019")
        tally = Tally(fair)
        for day, visits in by_day(tally):
            assert len(rows_behind(fair, "visits", day=day.isoformat())) == visits
        for category, visits, visitors in by_category(tally):
            assert len(rows_behind(fair, "visits", category=category.code)) == visits
            assert len(rows_behind(fair, "unique_visitors", category=category.code)) == visitors
        for line in by_province(tally):
            assert len(rows_behind(fair, "exhibitors", province=line.code)) == line.exhibitors


def test_rows_are_searched_without_accents(small_demo: Flask) -> None:
    with small_demo.app_context():
        fair = fair_by_slug("hanoi-2019")
        for typed in ("Gốm Thuỳ Hương", "gom thuy huong"):
            page = page_of_evidence(EVIDENCE["exhibitors"](fair), OWNER, {}, typed, None)
            assert [row.name for row in page.rows] == ["Công ty TNHH Gốm Thuỳ Hương"]


def test_the_french_rule_adds_exhibitors_staff_and_counts_no_persons(small_demo: Flask) -> None:
    with small_demo.app_context():
        fair = fair_by_slug("hanoi-2019")
        iso, french = figures_of(Tally(fair), ISO), figures_of(Tally(fair), RULES["fr"])
        staff = figure_of("staff_days", Tally(fair), ISO).value
        assert staff == len(rows_behind(fair, "staff_days"))
        assert staff
        assert french["visits"].value == (iso["visits"].value or 0) + staff
        assert french["unique_visitors"].value is None
        assert french["unique_visitors"].why


def test_fkm_has_no_count_of_persons_and_centrex_counts_shown_repeats(small_demo: Flask) -> None:
    with small_demo.app_context():
        tally = Tally(fair_by_slug("hanoi-2019"))
        assert figures_of(tally, RULES["fkm"])["unique_visitors"].value is None
        assert figures_of(tally, RULES["centrex"])["visits"].value == figures_of(tally, ISO)["visits"].value


def test_international_by_iso_needs_one_share_and_by_fkm_both(small_demo: Flask) -> None:
    with small_demo.app_context():
        tally = Tally(fair_by_slug("hanoi-2019"))
        exhibitors, visits = foreign_shares(tally)
        assert exhibitors is not None
        assert visits is not None
        met = {result.rule.code: result.met for result in international_tests(tally)}
        assert met == {"iso": exhibitors >= 0.1 or visits >= 0.05, "fkm": exhibitors >= 0.1 and visits >= 0.05}


def test_represented_companies_are_listed_and_never_counted(small_demo: Flask) -> None:
    with small_demo.app_context():
        fair = fair_by_slug("hanoi-2019")
        kinds = Counter(db.session.scalars(select(Exhibitor.kind).where(Exhibitor.fair_id == fair.id)))
        assert figure_of("exhibitors", Tally(fair), ISO).value == kinds["main"] + kinds["co"]
        assert figure_of("represented", Tally(fair), ISO).value == kinds["represented"]
        assert len(rows_behind(fair, "represented")) == kinds["represented"]


def test_a_hold_a_reservation_and_an_ended_letting_are_no_booth_let(small_demo: Flask) -> None:
    with small_demo.app_context():
        fair = fair_by_slug("hanoi-2019")
        before = figure_of("booths", Tally(fair), ISO).value or 0
        lettings = db.session.scalars(select(Allocation).where(Allocation.fair_id == fair.id).limit(3)).all()
        with transaction():
            lettings[0].state, lettings[1].state, lettings[2].ended_at = "held", "reserved", now()
        assert figure_of("booths", Tally(fair), ISO).value == before - 3
        assert len(rows_behind(fair, "booths")) == before - 3


def test_who_only_registered_is_no_exhibitor_yet(small_demo: Flask) -> None:
    with small_demo.app_context():
        fair = fair_by_slug("hanoi-next")
        assert db.session.scalar(select(func.count()).where(Exhibitor.fair_id == fair.id)) == 1
        assert figure_of("exhibitors", Tally(fair), ISO).value == 0


def test_cancelled_and_disputed_deals_are_in_no_sum(small_demo: Flask) -> None:
    with small_demo.app_context():
        fair = fair_by_slug("hanoi-2019")
        figures = figures_of(Tally(fair), ISO)
        standing = ("declared", "confirmed", "verified")
        assert figures["deals_recorded"].value == sum(figures[f"deals_{state}"].value or 0 for state in standing)
        with transaction():
            db.session.execute(update(Deal).where(Deal.fair_id == fair.id).values(state="disputed"))
        assert figure_of("deals_recorded", Tally(fair), ISO).value == 0


def test_currencies_are_kept_apart_and_converted_beside_it(small_demo: Flask) -> None:
    with small_demo.app_context():
        fair = fair_by_slug("hanoi-2019")
        with transaction():
            db.session.execute(update(Deal).where(Deal.fair_id == fair.id).values(state="cancelled"))
            chosen = db.session.scalars(select(Deal).where(Deal.fair_id == fair.id).limit(6)).all()
            for i, deal in enumerate(chosen):
                deal.state, deal.currency = "confirmed", "VND" if i < 3 else "USD"
                deal.amount_minor = 1_000_000 if i < 3 else 100_00
        currencies, levels, rates = by_level(Tally(fair))
        confirmed = next(level for level in levels if level.state == "confirmed")
        assert confirmed.cells["VND"].total == Money(3_000_000, "VND")
        assert confirmed.cells["USD"].total == Money(300_00, "USD")
        dollar = next(rate for rate in rates if rate.currency == "USD")
        assert confirmed.converted == Money(3_000_000 + 300 * int(dollar.rate), "VND")
        assert set(currencies) >= {"VND", "USD"}


def test_a_cell_of_two_deals_is_hidden_with_a_second_one(small_demo: Flask) -> None:
    with small_demo.app_context():
        fair = fair_by_slug("hanoi-2019")
        with transaction():
            db.session.execute(update(Deal).where(Deal.fair_id == fair.id).values(state="cancelled"))
            chosen = db.session.scalars(select(Deal).where(Deal.fair_id == fair.id).limit(12)).all()
            for deal, currency in zip(chosen, ["VND"] * 6 + ["USD"] * 4 + ["EUR"] * 2, strict=True):
                deal.state, deal.currency = "verified", currency
        level = next(level for level in by_level(Tally(fair))[1] if level.state == "verified")
        assert {currency for currency, cell in level.cells.items() if cell.hidden} == {"EUR", "USD"}
        assert level.converted is None


def test_names_and_values_are_shown_to_whom_they_are_open(small_demo: Flask) -> None:
    with small_demo.app_context():
        fair = fair_by_slug("hanoi-2019")
        finance = Principal(roles={Role.FINANCE})
        assert not finance.can(Permission.VISITORS_SEE)
        assert "person" in {column.name for column in open_columns(EVIDENCE["visits"](fair), OWNER)}
        assert "person" not in {column.name for column in open_columns(EVIDENCE["visits"](fair), finance)}
        assert "amount" in {column.name for column in open_columns(EVIDENCE["deals_recorded"](fair), OWNER)}
        assert "amount" not in {column.name for column in open_columns(EVIDENCE["deals_recorded"](fair), finance)}


def test_the_version_changes_with_the_data_and_with_nothing_else(small_demo: Flask) -> None:
    with small_demo.app_context():
        fair = fair_by_slug("hanoi-2019")
        version = Tally(fair).version
        assert Tally(fair).version == version
        with transaction():
            booth = db.session.scalars(select(Booth).where(Booth.fair_id == fair.id, Booth.state == "let")).first()
            assert booth is not None
            booth.changed_at = now()
        assert Tally(fair).version == version
        with transaction():
            visit = db.session.scalars(select(Visit).where(Visit.fair_id == fair.id).limit(1)).one()
            db.session.delete(visit)
        assert Tally(fair).version != version


def test_a_visit_counts_on_the_day_that_it_is_in_ha_noi(small_demo: Flask) -> None:
    with small_demo.app_context():
        g.fair = fair_by_slug("hanoi-2019")
        assert [day for day, _ in by_day(Tally(g.fair))] == [date(2019, 12, n) for n in (12, 13, 14, 15)]


@pytest.mark.parametrize(("booths", "columns"), [(650, 26), (1, 1), (12, 4), (643, 26)])
def test_the_cloth_is_the_fullest_rectangle_near_the_cover(booths: int, columns: int) -> None:
    assert cloth_columns(booths) == columns
