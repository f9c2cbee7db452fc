"""The booths' stage: the spring before the fair, and short ways to hold and order."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.audit import Actor
from app.booths import booking, claims, holds
from app.booths.models import Allocation, Booth, Hold
from app.db import db, transaction
from app.fairs.models import Fair
from app.payments.models import Order
from tests.support.cast import Cast
from tests.support.desk import Desk

SPRING = datetime(2019, 10, 7, 2, 0, tzinfo=UTC)  # 09:00 in Hà Nội, two months before the fair


@pytest.fixture
def spring(app: Flask) -> datetime:
    clock.set_offset(SPRING - datetime.now(UTC))
    return clock.now()


@pytest.fixture
def desk(app: Flask, spring: datetime) -> Desk:
    app.config["FAIR_STRIPE_KEY"] = ""
    return Desk(app)


class Market:
    """Acts for an exhibitor of the cast."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast

    @property
    def fair(self) -> Fair:
        return db.session.scalars(select(Fair).where(Fair.id == self.cast.fair.id)).one()

    def hold(self, *numbers: str, rival: bool = False, at: datetime | None = None) -> Hold:
        exhibitor = self.cast.rival if rival else self.cast.exhibitor
        person = self.cast.rita if rival else self.cast.ema
        fair, now = self.fair, at or clock.now()
        with transaction():
            seen = claims.look_at(fair, numbers, now)
            return holds.hold_booths(Actor("person", person.id), fair, exhibitor.id, seen, now)

    def order(self, hold: Hold, pay_by: str = "card", at: datetime | None = None) -> Order:
        actor = Actor("person", self.cast.ema.id)
        with transaction():
            order = booking.place_order(actor, self.fair, hold, pay_by, at or clock.now())
        if pay_by == "card":
            booking.start_checkout(self.fair, order, "http://localhost/return", "ema@example.org", "vi")
        return order

    def let(self, order: Order) -> list[str]:
        """Numbers of the booths that are let for the order."""
        rows = select(Booth.number).join(Allocation, Allocation.booth_id == Booth.id)
        rows = rows.where(Allocation.order_id == order.id, Allocation.state == "let", Allocation.ended_at.is_(None))
        return sorted(db.session.scalars(rows))

    def booths(self, numbers: Iterable[str]) -> dict[str, Booth]:
        rows = select(Booth).where(Booth.fair_id == self.cast.fair.id, Booth.number.in_(list(numbers)))
        return {
            booth.number: booth for booth in db.session.scalars(rows, execution_options={"populate_existing": True})
        }


@pytest.fixture
def market(app: Flask, cast: Cast, spring: datetime) -> Market:
    with app.app_context(), transaction():
        db.session.get_one(Fair, cast.fair.id).is_demo = True  # the desk serves demonstrations only
    return Market(cast)


def later(minutes: float = 0, days: float = 0) -> datetime:
    """Move the clock on, and say what it shows."""
    clock.set_offset(clock._offset + timedelta(minutes=minutes, days=days))
    return clock.now()
