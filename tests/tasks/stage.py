"""The tasks' stage: Ema's and Rita's companies have a booth each, in the spring before the fair; short ways to act."""

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.audit import SYSTEM, Actor
from app.db import db, retrying
from app.fairs.models import Fair
from app.mail import Mail
from app.tasks.answering import Said, answer_task
from app.tasks.deciding import accept_answers, send_back
from app.tasks.keeping import keep_task
from app.tasks.models import Task, TaskAnswer
from app.tasks.reminders import remind_exhibitors
from app.tasks.standing import Company, companies_of
from tests.support.cast import Cast, let_booth

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
DUE = date(2019, 11, 1)
GIVEN: dict[str, Any] = dict(
    title="Tên trên biển gian", title_en="Fascia name", about="Đúng như in.\nTối đa 24 ký tự.", about_en="", due_on=DUE,
    asks="text", longest=24, options=[], must_accept=True, booth_kinds=[],
)  # fmt: skip
POWER = [{"name": "Không thêm", "name_en": "Nothing more"}, {"name": "Thêm 3 kW", "name_en": "3 kW more"}]


class Manual:
    """Acts for the cast, every act in a context and a transaction of its own."""

    def __init__(self, app: Flask, cast: Cast) -> None:
        self.app, self.cast = app, cast
        with app.app_context():
            let_booth(cast.exhibitor, "A01")  # a corner
            let_booth(cast.rival, "A03")  # in a row

    def __call__(self, work: Callable[[Fair], Any]) -> Any:
        with self.app.app_context():
            try:
                return retrying(lambda: work(db.session.get_one(Fair, self.cast.fair.id)))
            finally:
                db.session.remove()

    def actor(self, name: str) -> Actor:
        person = getattr(self.cast, name)
        return Actor("person", person.id, person.name)

    def task(self, task_id: int | None = None, **more: Any) -> int:
        return int(self(lambda fair: keep_task(SYSTEM, fair, GIVEN | more, clock.now(), task_id).id))

    def answer(self, task_id: int, who: str = "ema", seen: int = 0, asks: str = "text", **said: Any) -> TaskAnswer:
        exhibitor = self.cast.rival if who == "rita" else self.cast.exhibitor
        given = Said(**(said or {"text": "GỐM CHI"}))
        actor = self.actor(who)
        return self(lambda fair: answer_task(actor, fair, exhibitor.id, task_id, seen, asks, given, clock.now()))

    def accept(self, seen: dict[int, int]) -> list[int]:
        return list(self(lambda fair: accept_answers(self.actor("ola"), fair, seen, clock.now())))

    def send_back(self, seen: dict[int, int], reason: str = "Mờ quá.") -> list[int]:
        return list(self(lambda fair: send_back(self.actor("ola"), fair, seen, reason, clock.now())))

    def company(self, rival: bool = False) -> Company:
        exhibitor = self.cast.rival if rival else self.cast.exhibitor
        with self.app.app_context():
            [found] = companies_of(db.session.get_one(Fair, self.cast.fair.id), clock.now(), [exhibitor.id])
            db.session.remove()
            return found

    def remind(self) -> int:
        with self.app.app_context():
            try:
                return remind_exhibitors(db.session.get_one(Fair, self.cast.fair.id), clock.now())
            finally:
                db.session.remove()

    def mails(self, template: str = "task_reminder") -> list[Mail]:
        with self.app.app_context():
            return list(db.session.scalars(select(Mail).where(Mail.template == template).order_by(Mail.id)))

    def count(self, model: Any) -> int:
        with self.app.app_context():
            return int(db.session.scalar(select(func.count()).select_from(model)) or 0)

    def stored(self, task_id: int) -> Task | None:
        with self.app.app_context():
            return db.session.get(Task, task_id)

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


def at(day: date, hour: int = 9) -> datetime:
    """Move the clock to an hour of a day in Hà Nội."""
    wanted = datetime(day.year, day.month, day.day, hour, 0, 30, tzinfo=clock.UTC) - timedelta(hours=7)
    clock.set_offset(wanted - datetime.now(clock.UTC))
    return clock.now()
