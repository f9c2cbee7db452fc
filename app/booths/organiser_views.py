"""The organiser's view of the booths: how each stands, who has it, and what may be changed by hand."""

from typing import Any

from flask import g, redirect, render_template, request, url_for
from sqlalchemy import func, or_, select, update
from werkzeug.wrappers import Response

from app import clock
from app.access import Permission, allow, principal
from app.audit import record
from app.booths import claims, floorplan, holds
from app.booths.floorplan import on_plan
from app.booths.models import Allocation, Booth, BoothState, Hold, HoldState
from app.booths.own import hold_by_id
from app.booths.views import blueprint
from app.db import db, transaction
from app.errors import NotFound
from app.fairs.models import Exhibitor, Hall
from app.input import asked_number
from app.payments.models import Order
from app.search import like

PAGE = 100
STATES = tuple(state.value for state in BoothState if state != BoothState.GONE)


@blueprint.get("/organise/booths")
@allow(Permission.BOOTHS_SEE)
def organise() -> str:
    """Sums in words, and the booths with their holders and orders."""
    now = clock.now()
    state, text = request.args.get("state", ""), request.args.get("q", "").strip()
    found = (
        select(Booth, Exhibitor, Order)
        .outerjoin(Exhibitor, Exhibitor.id == Booth.exhibitor_id)
        .outerjoin(
            Allocation,
            (Allocation.booth_id == Booth.id) & Allocation.ended_at.is_(None) & (Allocation.fair_id == g.fair.id),
        )
        .outerjoin(Order, Order.id == Allocation.order_id)
        .where(Booth.fair_id == g.fair.id, on_plan())
    )
    if state in STATES:
        found = found.where(Booth.state == state)
    if text:
        named = Exhibitor.folded.like(like(text), escape="\\")
        found = found.where(or_(Booth.number == text.upper(), named))
    first = asked_number("from", 0) or 0
    rows = db.session.execute(found.order_by(Booth.number).offset(first).limit(PAGE + 1)).all()
    context: dict[str, Any] = {
        "rows": [(booth, floorplan.state_now(booth, now), exhibitor, order) for booth, exhibitor, order in rows[:PAGE]],
        "next_from": first + PAGE if len(rows) > PAGE else None,
        "first": first,
        "counts": _counts(now),
        "state": state,
        "states": STATES,
        "q": text,
        "now_at": now,
        "halls": {hall.id: hall for hall in db.session.scalars(select(Hall).where(Hall.fair_id == g.fair.id))},
        "holds": _live_holds(now),
    }
    return render_template("booths/organise.html", **context)


@blueprint.post("/organise/holds/<hold_id>")
@allow(Permission.BOOTHS_EDIT)
def end_hold(hold_id: str) -> Response:
    """Let a hold go for its exhibitor, who asked for it by telephone."""
    with transaction():
        holds.release_hold(principal().actor(), g.fair, hold_by_id(g.fair.id, hold_id, None), clock.now())
    return redirect(url_for("booths.organise"), 303)


@blueprint.post("/organise/booths/<number>/letting")
@allow(Permission.BOOTHS_EDIT)
def set_letting(number: str) -> Response:
    """Take a free booth out of the market (`let=no`), or bring it back (`let=yes`)."""
    leaves, enters = (
        (BoothState.FREE, BoothState.NOT_LET)
        if request.form.get("let") == "no"
        else (BoothState.NOT_LET, BoothState.FREE)
    )
    with transaction():
        changed = db.session.execute(
            update(Booth)
            .where(Booth.fair_id == g.fair.id, Booth.number == number, Booth.state == leaves)
            .values(state=enters, changed_at=clock.now())
            .execution_options(synchronize_session=False)
        )
        if not changed.rowcount:  # type: ignore[attr-defined]
            raise NotFound()
        claims.tell(g.fair.id, [number], enters)
        record(principal().actor(), "booth.letting_set", "booth", number, g.fair.id, state=str(enters))
    return redirect(url_for("booths.organise", q=number), 303)


def _counts(now: Any) -> dict[str, int]:
    rows = db.session.execute(
        select(Booth.state, (Booth.held_until <= now).label("over"), func.count())
        .where(Booth.fair_id == g.fair.id, on_plan())
        .group_by(Booth.state, "over")
    )
    counts = dict.fromkeys(STATES, 0)
    for state, over, count in rows:
        counts["free" if over and state in ("held", "reserved") else state] += count
    return counts


def _live_holds(now: Any) -> list[tuple[Hold, Exhibitor, list[str]]]:
    """Who is choosing right now."""
    rows = db.session.execute(
        select(Hold, Exhibitor, Booth.number)
        .join(Exhibitor, Exhibitor.id == Hold.exhibitor_id)
        .join(Booth, Booth.hold_id == Hold.id)
        .where(Hold.fair_id == g.fair.id, Hold.state == HoldState.LIVE, Hold.held_until > now)
        .order_by(Hold.held_until, Booth.number)
        .limit(200)
    ).all()
    found: dict[str, tuple[Hold, Exhibitor, list[str]]] = {}
    for hold, exhibitor, number in rows:
        found.setdefault(hold.id, (hold, exhibitor, []))[2].append(number)
    return list(found.values())
