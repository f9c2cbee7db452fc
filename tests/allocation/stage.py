"""The applications' stage: Ema's and Rita's companies and as many more as are wanted; short ways to act."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask
from sqlalchemy import delete, func, select

from app import clock
from app.allocation.applying import Asked, keep_wishes, send_request, withdraw
from app.allocation.models import Application, Offer
from app.allocation.placing import approve, offer_booths, propose, put_on_list, refuse
from app.allocation.waiting import serve_waiting_lists
from app.audit import SYSTEM, Actor
from app.booths import booking, claims, holds
from app.booths.booking import end_unpaid
from app.booths.models import Allocation, Booth, BoothState, Hold
from app.booths.workflows import Workflow, set_workflows
from app.db import db, retrying
from app.fairs.models import Exhibitor, Fair, Zone
from app.mail import Mail
from app.payments.models import Order
from app.search import fold
from tests.support.cast import LONG_AGO, Cast, let_booth


class Applicants:
    """Acts for the cast, every act in a context and a transaction of its own."""

    def __init__(self, app: Flask, cast: Cast) -> None:
        self.app, self.cast = app, cast

    def __call__(self, work: Callable[[Fair], Any]) -> Any:
        with self.app.app_context():
            try:
                return retrying(lambda: work(db.session.get_one(Fair, self.cast.fair.id)))
            finally:
                db.session.remove()

    def ways(self, fair: Workflow = Workflow.BUY, zone: Workflow | None = None, hours: int = 48, days: int = 5) -> None:
        def work(one: Fair) -> None:
            ids = db.session.scalars(select(Zone.id).where(Zone.fair_id == one.id))
            set_workflows(SYSTEM, one, fair, dict.fromkeys(ids, zone), hours, days)

        self(work)

    def company(self, name: str) -> int:
        """One more company."""

        def work(fair: Fair) -> int:
            one = Exhibitor(
                fair_id=fair.id, name=name, folded=fold(name), tax_code=fold(name), email=f"{fold(name)}@example.org",
                created_at=LONG_AGO,
            )  # fmt: skip
            db.session.add(one)
            db.session.flush()
            return one.id

        return int(self(work))

    def apply(self, *wishes: Sequence[str], of: int | None = None, seen: int = 0, **more: Any) -> Application:
        exhibitor_id = of or self.cast.exhibitor.id
        asked = Asked(wishes=wishes, **more)
        return self(lambda fair: keep_wishes(SYSTEM, fair, exhibitor_id, asked, seen, clock.now()))

    def withdraw(self, application: Application) -> None:
        self(lambda fair: withdraw(SYSTEM, fair, application.id, clock.now()))

    def offer(self, application: Application, *numbers: str) -> Offer:
        actor = Actor("person", self.cast.ola.id, "Ola")
        seen = self.now(application).revision
        return self(lambda fair: offer_booths(actor, fair, application.id, numbers, seen, clock.now()))

    def approve(self, application: Application) -> Offer:
        seen = self.now(application).revision
        return self(lambda fair: approve(SYSTEM, fair, application.id, seen, clock.now()))

    def refuse(self, application: Application, reason: str = "Hết chỗ cho ngành này.") -> None:
        seen = self.now(application).revision
        self(lambda fair: refuse(SYSTEM, fair, application.id, reason, seen, clock.now()))

    def put_on_list(self, *applications: Application) -> list[int]:
        ids = [one.id for one in applications] or None
        return list(self(lambda fair: put_on_list(SYSTEM, fair, ids)))

    def proposed(self) -> list[tuple[int, list[str]]]:
        def work(fair: Fair) -> list[tuple[int, list[str]]]:
            return [
                (one.application.id, [spot.number for spot in one.match.spots] if one.match else [])
                for one in propose(fair, clock.now())
            ]

        return list(self(work))

    def hold(self, *numbers: str, of: int | None = None) -> Hold:
        def work(fair: Fair) -> Hold:
            now = clock.now()
            seen = claims.look_at(fair, numbers, now)
            return holds.hold_booths(SYSTEM, fair, of or self.cast.exhibitor.id, seen, now)

        return self(work)

    def ask(self, hold: Hold, note: str = "") -> Application:
        return self(lambda fair: send_request(SYSTEM, fair, hold, note, clock.now()))

    def order(self, offer: Offer) -> Order:
        """Accept an offer."""
        return self(
            lambda fair: booking.place_order(
                SYSTEM, fair, db.session.get_one(Hold, offer.hold_id), "transfer", clock.now()
            )
        )

    def decline(self, offer: Offer) -> None:
        self(lambda fair: holds.release_hold(SYSTEM, fair, db.session.get_one(Hold, offer.hold_id), clock.now()))

    def sweep(self) -> None:
        """What the server does by itself each second."""
        for one in (end_unpaid, serve_waiting_lists):
            with self.app.app_context():
                one()
                db.session.remove()

    def let(self, *numbers: str) -> None:
        """These are somebody else's."""
        other = self.company("Người khác") if not hasattr(self, "_other") else self._other
        self._other: int = other
        with self.app.app_context():
            for number in numbers:
                let_booth(db.session.get_one(Exhibitor, other), number)
            db.session.remove()

    def free(self, *numbers: str) -> None:
        """These are given back."""

        def work(fair: Fair) -> None:
            for booth in db.session.scalars(select(Booth).where(Booth.fair_id == fair.id, Booth.number.in_(numbers))):
                booth.state, booth.exhibitor_id, booth.hold_id = BoothState.FREE, None, None
                db.session.execute(delete(Allocation).where(Allocation.booth_id == booth.id))

        self(work)

    def now(self, application: Application) -> Application:
        with self.app.app_context():
            found = db.session.get_one(Application, application.id)
            db.session.remove()
            return found

    def offers(self, application: Application | None = None) -> list[Offer]:
        wanted = select(Offer).order_by(Offer.id)
        if application is not None:
            wanted = wanted.where(Offer.application_id == application.id)
        with self.app.app_context():
            found = list(db.session.scalars(wanted))
            db.session.remove()
            return found

    def states(self, *numbers: str) -> dict[str, str]:
        with self.app.app_context():
            wanted = select(Booth.number, Booth.state).where(Booth.number.in_(numbers))
            return {number: str(state) for number, state in db.session.execute(wanted)}

    def mails(self, template: str) -> list[Mail]:
        with self.app.app_context():
            return list(db.session.scalars(select(Mail).where(Mail.template == template).order_by(Mail.id)))

    def count(self, model: Any) -> int:
        with self.app.app_context():
            return int(db.session.scalar(select(func.count()).select_from(model)) or 0)

    def at_once(self, *works: Callable[[], Any]) -> list[Any]:
        """What each gave or raised, all begun at the same moment."""
        gate, results = threading.Barrier(len(works)), [None] * len(works)

        def run(n: int, work: Callable[[], Any]) -> None:
            gate.wait()
            try:
                results[n] = work()
            except Exception as error:
                results[n] = error  # type: ignore[call-overload]

        threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results
