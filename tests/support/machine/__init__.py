"""Whatever anybody does to booths and money, in whatever order: one machine for the tests and for the long search."""

from typing import Any

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, run_state_machine_as_test
from sqlalchemy import select

from app import clock
from app.booths.funder_list import funder_list
from app.booths.models import Booth
from app.db import db, transaction
from app.fairs.models import Exhibitor
from app.payments.funders import funder_by_id
from tests.support.cast import LONG_AGO
from tests.support.machine import money_checks
from tests.support.machine.base import BOOTHS
from tests.support.machine.books import Books
from tests.support.machine.floor_checks import FloorChecks
from tests.support.machine.paying import Paying
from tests.support.machine.places import Places
from tests.support.machine.selling import STOCK, Selling
from tests.support.machine.waiting import Waiting
from tests.support.market import Market


class Floor(Selling, Paying, Places, Waiting, FloorChecks):
    """Three companies, six booths, everything that is sold with them, and every way to have one and lose it."""

    @invariant()
    def everything_holds(self) -> None:
        if not self.begun:
            return
        books, now = Books(), clock.now()
        self.check_floor(books, now)
        money_checks.all_money_is_somewhere(books, self.came)
        money_checks.what_came_is_what_orders_say(books)
        money_checks.orders_add_up(books)
        money_checks.papers_say_the_same(books)
        money_checks.nothing_scarce_is_given_twice(books, STOCK)
        shown = funder_list(funder_by_id(self.fair.id, self.funder), self.fair.currency)
        money_checks.supports_go_with_their_orders(books, shown)
        money_checks.the_figures_of_the_floor_add_up(books, self.fair, now)
        db.session.commit()


def machine_of(app: Flask, market: Market) -> type[RuleBasedStateMachine]:
    """The machine on this database, which holds the cast; every example begins with the plan as it is now."""
    with app.app_context():
        rows = db.session.execute(select(Booth.__table__)).mappings()
        first = [dict(row) for row in rows if row["number"] in BOOTHS]
        with transaction():
            third = Exhibitor(
                fair_id=market.cast.fair.id, name="Người thứ ba", folded="nguoi thu ba", country="VN", province="01",
                tax_code="0103333333", email="ba@example.org", created_at=LONG_AGO,
            )  # fmt: skip
            db.session.add(third)
            db.session.flush()
        companies = (market.cast.exhibitor.id, market.cast.rival.id, third.id)
    return type("Floor", (Floor,), {"app": app, "market": market, "first": first, "companies": companies})


def search(machine: type[RuleBasedStateMachine], examples: int, steps: int, **more: Any) -> None:
    """Try so many stories of so many steps. Raises what does not hold, with the shortest story that shows it."""
    wanted = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), **more,
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=wanted)
