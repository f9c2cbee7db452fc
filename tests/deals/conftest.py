"""A hand for tests of deals: the voices of the cast, and short ways to record, answer and look."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.audit import Actor
from app.db import db, retrying
from app.deals.confirmation import confirm_deal, dispute_deal
from app.deals.deals import amend_deal, cancel_deal, record_deal
from app.deals.documents import attach_document
from app.deals.models import Deal, DealConfirmation
from app.deals.proof import Means, Side, Voice
from app.deals.terms import Terms, terms_of
from app.deals.verification import verify_deal
from app.fairs.models import Buyer, Exhibitor, Fair
from app.mail import Mail
from app.money import Money
from tests.support.cast import Cast, let_booth

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
TERMS = Terms(
    kind="contract",
    category="ceramics",
    subject="Ấm chén men lam, 900 bộ",
    value=Money(4_000_000, "USD"),
    currency="USD",
    signed_on=date(2019, 12, 13),
)


@dataclass
class Desk:
    """The deal desk of a test: every act opens a context and a transaction of its own."""

    app: Flask
    cast: Cast

    def voice(self, name: str) -> Voice:
        side = {"ema": Side.EXHIBITOR, "cleo": Side.EXHIBITOR, "rita": Side.EXHIBITOR, "bao": Side.BUYER}
        person = getattr(self.cast, name)
        return Voice(Actor("person", person.id, person.name), side.get(name, Side.ORGANISER), Means.SIGNED_IN)

    @contextmanager
    def loaded(self, deal_id: int | None = None) -> Iterator[tuple[Fair, Any]]:
        with self.app.app_context():
            fair = db.session.get(Fair, self.cast.fair.id)
            yield fair, db.session.get(Deal, deal_id) if deal_id else None

    def record(self, by: str = "ema", terms: Terms = TERMS, form_key: str | None = None, **changes: Any) -> int:
        with self.loaded() as (fair, _none):
            exhibitor = db.session.get(Exhibitor, self.cast.exhibitor.id)
            buyer = db.session.get(Buyer, self.cast.buyer.id)
            terms = replace(terms, **changes)
            voice = self.voice(by)
            return retrying(lambda: record_deal(fair, exhibitor, buyer, terms, voice, clock.now(), form_key)).id

    def confirm(self, deal_id: int, by: str | Voice, revision: int = 1) -> int:
        return self._act(deal_id, confirm_deal, revision, by)

    def dispute(self, deal_id: int, by: str | Voice, revision: int = 1, reason: str = "Giá không đúng") -> int:
        return self._act(deal_id, dispute_deal, revision, reason, by)

    def amend(self, deal_id: int, by: str | Voice, base: int = 1, **changes: Any) -> int:
        with self.loaded(deal_id) as (fair, deal):
            terms = replace(terms_of(deal), **changes)
            voice = self.voice(by) if isinstance(by, str) else by
            return retrying(lambda: amend_deal(fair, deal, base, terms, voice, clock.now())).revision

    def cancel(self, deal_id: int, by: str, revision: int = 1, reason: str = "Khách đổi ý") -> None:
        self._act(deal_id, cancel_deal, revision, reason, by)

    def attach(self, deal_id: int, by: str = "ema", content: bytes = PDF, name: str = "hợp đồng.pdf") -> int:
        with self.loaded(deal_id) as (_fair, deal):
            voice = self.voice(by)
            return retrying(lambda: attach_document(deal, name, content, voice, clock.now())).id

    def verify(self, deal_id: int, document: int, by: str = "dana", revision: int = 1) -> int:
        with self.loaded(deal_id) as (fair, deal):
            voice = self.voice(by)
            return retrying(lambda: verify_deal(fair, deal, revision, document, voice, clock.now())).id

    def state(self, deal_id: int) -> str:
        with self.loaded(deal_id) as (_fair, deal):
            return str(deal.state)

    def seen(self, deal_id: int) -> Deal:
        with self.loaded(deal_id) as (_fair, deal):
            db.session.expunge(deal)
            return deal

    def answers(self, deal_id: int) -> list[tuple[str, int, str, bool, bool]]:
        """Each answer as (side, revision, answer, proves, stands)."""
        with self.loaded():
            rows = db.session.scalars(
                select(DealConfirmation).where(DealConfirmation.deal_id == deal_id).order_by(DealConfirmation.id)
            )
            return [(a.side, a.revision, a.answer, a.proves, a.voided_at is None) for a in rows]

    def mails(self) -> list[tuple[str, str]]:
        with self.loaded():
            return [(m.recipient, m.template) for m in db.session.scalars(select(Mail).order_by(Mail.id))]

    def count(self, model: type) -> int:
        with self.loaded():
            return db.session.scalar(select(func.count()).select_from(model)) or 0

    def _act(self, deal_id: int, verb: Callable[..., Any], *arguments: Any) -> int:
        with self.loaded(deal_id) as (fair, deal):
            *others, by = arguments
            voice = self.voice(by) if isinstance(by, str) else by
            return int(retrying(lambda: verb(fair, deal, *others, voice, clock.now())).id)


@pytest.fixture
def cast(app: Flask, cast: Cast) -> Cast:
    """The cast, at the fair: both exhibitors have a booth."""
    with app.app_context():
        let_booth(cast.exhibitor, "A19")
        let_booth(cast.rival, "A20")
    return cast


@pytest.fixture
def desk(app: Flask, cast: Cast) -> Desk:
    return Desk(app, cast)


@pytest.fixture
def race() -> Callable[[list[Callable[[], Any]]], list[Any]]:
    """Run all at once, each in a thread; the answers or the errors, in the order given."""
    import threading

    def run(works: list[Callable[[], Any]]) -> list[Any]:
        start, results = threading.Barrier(len(works)), [None] * len(works)

        def one(index: int, work: Callable[[], Any]) -> None:
            start.wait()
            try:
                results[index] = work()
            except Exception as error:
                results[index] = error

        threads = [threading.Thread(target=one, args=(i, work)) for i, work in enumerate(works)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results

    return run


def at_days(days: int) -> datetime:
    return clock.now() + clock.timedelta(days=days)
