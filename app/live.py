"""What just changed, to every open page: an event table, one poller a process, server-sent events."""

import json
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from sqlalchemy import ForeignKey, Index, String, delete, insert, select, text
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.access import Permission, Principal, principal, public
from app.db import db, transaction
from app.errors import NotAllowed
from app.input import LARGEST_ID
from app.jobs import sweep
from app.live_seats import Seats, hung_up
from config import THREADS

POLL_SECONDS = 0.4
PING_SECONDS = 20
TOLD_AT_ONCE, BREATH_SECONDS = 20, 0.01  # hundreds of threads that wake at once would keep every page waiting
LOOK_SECONDS = 2  # a reader who has gone is noticed within
ASK_AGAIN_SECONDS = 180  # as the pages themselves do (app/static/js/live.js)
KEPT_FOR = timedelta(hours=2)
TOPICS: dict[str, Permission | None] = {"booths": None, "scans": Permission.SEE_DAY, "deals": Permission.DEALS_SEE}
TOPICS["alarm"] = Permission.ALARM_SEE

blueprint = Blueprint("live", __name__, url_prefix="/fairs/<slug>/live")


class Event(db.Model):
    __tablename__ = "event"
    __table_args__ = (Index("ix_event_fair_id_id", "fair_id", "id"), Index("ix_event_at", "at"))
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    topic: Mapped[str] = mapped_column(String(20))
    payload: Mapped[dict[str, Any]]
    at: Mapped[datetime]


_TELL = insert(Event)


def publish(fair_id: int, topic: str, payload: dict[str, Any]) -> None:
    """Tell open pages, once the surrounding transaction is kept. A topic open to strangers carries no personal data."""
    db.session.connection().execute(_TELL, event_of(fair_id, topic, payload))


def event_of(fair_id: int, topic: str, payload: dict[str, Any]) -> dict[str, Any]:
    """The row that `publish` keeps, for statements that write more than it."""
    return {"fair_id": fair_id, "topic": topic, "payload": payload, "at": clock.now()}


class Poller:
    """Reads the event table for all streams of this process.

    Numbers of concurrent transactions can appear out of order, so the last seconds are read again
    and what was seen is left out.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.lock = threading.Lock()
        self.streams: dict[queue.SimpleQueue[str | None], tuple[int, frozenset[str]]] = {}
        self.seen: dict[int, float] = {}
        self.started = self.ending = False

    def join(self, fair_id: int, topics: frozenset[str]) -> "queue.SimpleQueue[str | None]":
        stream: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        with self.lock:
            self.streams[stream] = (fair_id, topics)
            if self.ending:
                stream.put(None)
            if not self.started:
                self.started = True
                self._remember_present()
                threading.Thread(target=self._run, name="live-poller", daemon=True).start()
        return stream

    def end(self) -> None:
        """The server stops: every stream ends, and those that would begin now."""
        self.ending = True
        for stream in list(self.streams):
            stream.put(None)

    def leave(self, stream: "queue.SimpleQueue[str | None]") -> None:
        with self.lock:
            self.streams.pop(stream, None)

    def _remember_present(self) -> None:
        for event in self._recent():
            self.seen[event.id] = time.monotonic()

    def _recent(self) -> list[Event]:
        since = clock.now() - timedelta(seconds=15)
        try:
            return list(db.session.scalars(select(Event).where(Event.at > since).order_by(Event.id)))
        finally:
            db.session.rollback()

    def _run(self) -> None:
        while True:
            time.sleep(POLL_SECONDS)
            with self.lock:
                streams = dict(self.streams)
            try:
                with self.app.app_context():
                    fresh = [(event, _line(event)) for event in self._recent() if event.id not in self.seen]
                    db.session.remove()
            except Exception:
                self.app.logger.exception("live poller")
                continue
            ago = time.monotonic()
            self.seen |= dict.fromkeys((event.id for event, _line in fresh), ago)
            told = 0
            for stream, (fair_id, topics) in streams.items():
                lines = [line for event, line in fresh if event.fair_id == fair_id and event.topic in topics]
                for line in lines:
                    stream.put(line)
                told += bool(lines)
                if lines and told % TOLD_AT_ONCE == 0:
                    time.sleep(BREATH_SECONDS)
            self.seen = {key: at for key, at in self.seen.items() if ago - at < 60}


@blueprint.get("")
@public
def stream() -> Response:
    """`?topics=booths,scans`: server-sent events, each `data` a JSON object {"id", "topic", …payload}.

    503 when as many streams are open as the threads allow: `since` answers then.
    """
    topics = _asked_topics()
    if request.method == "HEAD":
        return Response(content_type="text/event-stream")  # reads nothing, so it must take no seat
    poller: Poller = current_app.extensions["live"]
    seats: Seats = current_app.extensions["live_seats"]
    leave_seat = seats.take(request.remote_addr or "", principal().is_staff or principal().device is not None)
    if leave_seat is None:
        return Response(status=503, headers={"Retry-After": str(ASK_AGAIN_SECONDS), "Cache-Control": "no-store"})
    with ExitStack() as leaving:
        leaving.callback(leave_seat)
        events = poller.join(g.fair.id, topics)
        leaving.callback(poller.leave, events)
        missed = _after(request.headers.get("Last-Event-ID", type=int), topics)
        db.session.remove()  # an open stream must not keep a connection
        lines = _lines(events, missed, request.environ.get("gunicorn.socket"))
        response = Response(
            lines, content_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        response.call_on_close(leaving.pop_all().close)
    return response


@blueprint.get("/since")
@public
def since() -> Response:
    """`?topics=…&after=ID`: what came after an event, for pages whose stream does not get through."""
    topics = _asked_topics()
    newest = db.session.scalar(
        text("SELECT COALESCE(MAX(id), 0) FROM event WHERE fair_id = :fair"), {"fair": g.fair.id}
    )
    events = _after(request.args.get("after", type=int), topics)
    return jsonify(last=newest, events=[_shown(event) for event in events])


@sweep
def forget_old_events() -> None:
    with transaction():
        db.session.execute(delete(Event).where(Event.at < clock.now() - KEPT_FOR))


def _lines(events: "queue.SimpleQueue[str | None]", missed: list[Event], connection: Any) -> Iterator[str]:
    yield "retry: 2000\n\n"
    yield from map(_line, missed)
    pinged_at = time.monotonic()
    while not hung_up(connection):
        try:
            line = events.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            if time.monotonic() - pinged_at >= PING_SECONDS:
                pinged_at = time.monotonic()
                yield ": ping\n\n"
            continue
        if line is None:
            return
        yield line


def _after(event_id: int | None, topics: frozenset[str]) -> list[Event]:
    if event_id is None or not 0 <= event_id <= LARGEST_ID:
        return []
    wanted = select(Event).where(Event.fair_id == g.fair.id, Event.topic.in_(topics), Event.id > event_id)
    return list(db.session.scalars(wanted.order_by(Event.id).limit(500)))


def _line(event: Event) -> str:
    return f"id: {event.id}\ndata: {json.dumps(_shown(event), ensure_ascii=False)}\n\n"


def _shown(event: Event) -> dict[str, Any]:
    return {**event.payload, "id": event.id, "topic": event.topic}


def topics_of(who: Principal) -> list[str]:
    """What somebody may follow in the fair of the request."""
    return [
        topic
        for topic, needed in TOPICS.items()
        if needed is None or who.staff_can(needed) or (who.device is not None and who.can(needed))
    ]


def _asked_topics() -> frozenset[str]:
    topics = frozenset(request.args.get("topics", "").split(",")) & TOPICS.keys()
    if not topics <= set(topics_of(principal())):
        raise NotAllowed()
    return topics


def init_live(app: Flask) -> None:
    app.extensions["live"] = Poller(app)
    threads, at_one_address = app.config["FAIR_THREADS"] or THREADS, app.config["FAIR_STREAMS_PER_ADDRESS"]
    app.extensions["live_seats"] = Seats(int(threads), int(at_one_address))
    app.register_blueprint(blueprint)
