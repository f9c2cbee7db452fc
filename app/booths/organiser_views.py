"""The organiser's view of the booths: how each stands, who has it, and what may be changed by hand."""

from typing import Any

from flask import Response as FlaskResponse
from flask import g, redirect, render_template, request, url_for
from sqlalchemy import select, update
from sqlalchemy.orm import load_only
from werkzeug.wrappers import Response

from app import clock
from app.access import Permission, allow, principal
from app.audit import record
from app.booths import claims, holds
from app.booths.fair_state import MONEY, Wanted, booth_rows, booths_wanted, fair_state, squares_of, sums_of, support_in
from app.booths.floorplan import HELD_BACK, groups_named
from app.booths.models import Booth, BoothState, Hold, HoldState
from app.booths.own import hold_by_id
from app.booths.state_files import booths_file, zones_file
from app.booths.views import blueprint
from app.db import db, transaction
from app.errors import NotFound
from app.fairs.models import Exhibitor, Hall, Zone
from app.input import asked_number
from app.payments.models import Order

PAGE = 50
_SHOWN = (load_only(Exhibitor.name, Exhibitor.name_en), load_only(Order.reference), load_only(Zone.code))
STATES = (*(state.value for state in BoothState if state != BoothState.GONE), HELD_BACK)


@blueprint.get("/organise/booths")
@allow(Permission.BOOTHS_SEE)
def organise() -> str:
    """How the whole fair stands by zone, and below it the booths behind each figure, with their holders and orders."""
    now, wanted = clock.now(), asked_filter()
    first = asked_number("from", 0) or 0
    listed = booths_wanted(g.fair, wanted, now).offset(first).limit(PAGE + 1)
    found = list(booth_rows(listed.options(*_SHOWN)))
    zones, whole = fair_state(g.fair, now)
    context: dict[str, Any] = {
        "rows": found[:PAGE],
        "next_from": first + PAGE if len(found) > PAGE else None,
        "first": first,
        "sums": sums_of(g.fair, wanted, now),
        "zones": zones,
        "whole": whole,
        "squares": squares_of(whole),
        "support": support_in(g.fair),
        "wanted": wanted,
        "states": STATES,
        "halls": {hall.id: hall for hall in db.session.scalars(select(Hall).where(Hall.fair_id == g.fair.id))},
        "holds": _live_holds(now),
        "groups": groups_named(g.fair.id, [row.booth for row in found], now),
        "now_at": now,
    }
    return render_template("booths/organise.html", **context)


@blueprint.get("/organise/booths.<any(csv, xlsx):file_type>")
@allow(Permission.BOOTHS_SEE)
def booths_list(file_type: Any) -> FlaskResponse:
    """The list as filtered, whole, as a file."""
    return booths_file(g.fair, file_type, booth_rows(booths_wanted(g.fair, asked_filter(), clock.now())))


@blueprint.get("/organise/zones.<any(csv, xlsx):file_type>")
@allow(Permission.BOOTHS_SEE)
def zones_list(file_type: Any) -> FlaskResponse:
    """The table of zones with its sum, as a file."""
    return zones_file(g.fair, file_type, *fair_state(g.fair, clock.now()))


@blueprint.post("/organise/holds/<hold_id>")
@allow(Permission.BOOTHS_EDIT)
def end_hold(hold_id: str) -> Response:
    """Let a hold go for its exhibitor, who asked for it by telephone."""
    with transaction():
        holds.release_hold(principal().actor(), g.fair, hold_by_id(g.fair.id, hold_id, None), clock.now(), True)
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


def asked_filter() -> Wanted:
    """What the address narrows the list to; a word that it does not know is none."""
    asked = {name: request.args.get(name, "").strip()[:100] for name in ("state", "zone", "money", "q")}
    known = {"state": (*STATES, "lettable"), "money": MONEY}
    return Wanted(**{name: text if text in known.get(name, (text,)) else "" for name, text in asked.items()})


def _live_holds(now: Any) -> list[tuple[Hold, Exhibitor, list[str]]]:
    """Who is choosing right now; what is offered or asked for stands with the applications."""
    rows = db.session.execute(
        select(Hold, Exhibitor, Booth.number)
        .join(Exhibitor, Exhibitor.id == Hold.exhibitor_id)
        .join(Booth, Booth.hold_id == Hold.id)
        .where(Hold.fair_id == g.fair.id, Hold.state == HoldState.LIVE, Hold.held_until > now, Hold.kept_for == "")
        .order_by(Hold.held_until, Booth.number)
        .limit(200)
    ).all()
    found: dict[str, tuple[Hold, Exhibitor, list[str]]] = {}
    for hold, exhibitor, number in rows:
        found.setdefault(hold.id, (hold, exhibitor, []))[2].append(number)
    return list(found.values())
