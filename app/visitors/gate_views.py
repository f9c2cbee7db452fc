"""The gate's page, its service worker, and the organiser's view of all gates."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, current_app, g, make_response, render_template, request
from sqlalchemy import or_, select

from app import clock
from app.access import Permission, allow, principal
from app.db import db
from app.fairs.countries import countries
from app.formats import language
from app.input import asked_instant
from app.visitors.alarm import scanning_out
from app.visitors.board import board_of
from app.visitors.corrected import corrections_of
from app.visitors.corrections import REASONS
from app.visitors.day_closing import closing_of
from app.visitors.gate_facts import GateFacts, gate_facts
from app.visitors.models import Badge, Device, Gate, Registration, Scan
from app.visitors.passages import (
    QUARTER,
    SAMPLE,
    busy_days,
    day_to_show,
    devices_heard,
    double_entries,
    doubled,
    holds_a_visit,
    is_entry,
    is_refusal,
    is_sample,
    scan_faults,
    taken_back_too_early,
)
from app.visitors.quarter_chart import quarter_chart

blueprint = Blueprint("gates", __name__, url_prefix="/fairs/<slug>")
SCANS_A_PAGE = 60
FONT_PARTS = ("latin", "latin-ext", "vietnamese")
OFFLINE = (
    "css/gate.css",
    "css/gate_camera.css",
    "fonts/fonts.css",
    "js/gate.js",
    "js/gate_alarm.js",
    "js/gate_camera.js",
    "js/gate_camera_panel.js",
    "js/gate_clock.js",
    "js/gate_decoder.js",
    "js/gate_door.js",
    "js/gate_dwell.js",
    "js/gate_frames.js",
    "js/gate_kiosk.js",
    "js/gate_lens.js",
    "js/gate_light.js",
    "js/gate_places.js",
    "js/gate_rehearsal.js",
    "js/gate_rooms.js",
    "js/gate_scanner.js",
    "js/gate_signals.js",
    "js/gate_store.js",
    "js/gate_sync.js",
    "js/gate_words.js",
    "js/checkin.js",
    "js/live.js",
    "js/badge_token.js",
    "vendor/idb.js",
    "vendor/ed25519.js",
    "vendor/zxing/share.js",
    "vendor/zxing/reader/index.js",
    "vendor/zxing/zxing_reader.wasm",
    *(f"fonts/be-vietnam-pro-{part}-{w}-normal.woff2" for part in FONT_PARTS for w in (400, 500, 600, 700)),
    "fonts/inter-latin-600-normal.woff2",
)


@blueprint.get("/gate")
@allow(Permission.SCAN)
def gate() -> str:
    facts, seat = gate_facts(g.fair.id, fresh=True), principal().device
    seat_gate = db.session.get_one(Gate, seat.gate_id) if seat is not None else None
    return render_template(
        "visitors/gate.html", facts=facts, seat=seat, seat_gate=seat_gate, countries=countries(language()),
        doors=_doors_today(facts),
    )  # fmt: skip


def _doors_today(facts: GateFacts) -> list[str]:
    """Codes of the sessions that staff may read badges for: the day's that are not over, the next first."""
    now = clock.now()
    today = clock.fair_day(g.fair, now)
    near = {
        code: one.begins_at
        for code, one in facts.rules.sessions.items()
        if not one.off and clock.fair_day(g.fair, one.begins_at) == today and one.ends_at > now
    }
    return sorted(near, key=lambda code: (near[code], code))


@blueprint.get("/gate/worker.js")
@allow(Permission.SCAN)
def worker() -> Response:
    """Served from the fair's own address, so that it may answer for the gate's page when the network does not."""
    response = make_response(render_template("visitors/worker.js", files=OFFLINE))
    response.headers["Content-Type"] = "text/javascript; charset=utf-8"
    response.headers["Service-Worker-Allowed"] = f"/fairs/{g.fair.slug}/gate"
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/organise/gates")
@allow(Permission.SCANS_SEE)
def organise() -> str:
    """Entries per gate and quarter of an hour, the devices, and what needs a look."""
    days = clock.fair_days(g.fair)
    today = clock.fair_day(g.fair, clock.now())
    asked = next((d for d in days if d.isoformat() == request.args.get("day")), None)
    facts = gate_facts(g.fair.id, fresh=True)
    if asked is None and today in days:
        asked = today if facts.alarm else day_to_show(g.fair, clock.now())
    day = asked or (busy_days(g.fair) or days[:1])[-1]
    template = "visitors/_gates.html" if request.headers.get("X-Fragment") else "visitors/gates.html"
    board = board_of(g.fair, facts, day, clock.now(), fresh=current_app.testing)
    devices, twice = devices_heard(g.fair.id), doubled(g.fair, day)
    early = taken_back_too_early(g.fair.id, day) if board.takings_back else []
    return render_template(
        template, days=days, day=day, today=today, table=board.quarters, board=board,
        chart=quarter_chart(g.fair, day, board.quarters, board.quarters.before),
        devices=devices, doubles=double_entries(g.fair, day, twice), doubles_in_all=len(twice),
        faults=scan_faults(g.fair.id), too_early=early, facts=facts, closing=closing_of(g.fair, day),
        scanning_out=scanning_out(devices, facts.alarm, clock.now()),
    )  # fmt: skip


@blueprint.get("/organise/gates/scans")
@allow(Permission.SCANS_SEE)
def scans() -> str:
    """Every reading, newest first, with filters."""
    names = ("day", "gate", "verdict", "badge", "counts", "quarter", "until", "arrived", "before")
    asked = {name: request.args.get(name, "").strip() for name in names}
    quarter = asked_instant("quarter")
    facts = gate_facts(g.fair.id, fresh=True)
    wanted = _wanted(asked, facts)
    if quarter is not None:
        wanted = wanted.where(Scan.counted_at >= quarter, Scan.counted_at < quarter + timedelta(seconds=QUARTER))
    until = asked_instant("until")
    if until is not None:
        wanted = wanted.where(Scan.counted_at <= until)
    arrived = asked_instant("arrived")
    if arrived is not None:
        wanted = wanted.where(Scan.received_at > arrived)
    rows = db.session.execute(wanted.limit(SCANS_A_PAGE + 1)).all()
    following = ""
    if len(rows) > SCANS_A_PAGE:
        last = rows[SCANS_A_PAGE - 1].Scan
        following = f"{last.counted_at.isoformat()}~{last.id}"
    corrected = corrections_of(g.fair.id, [row.Scan.id for row in rows[:SCANS_A_PAGE]])
    return render_template(
        "visitors/scans.html", rows=rows[:SCANS_A_PAGE], corrected=corrected, reasons=REASONS,
        asked=asked, following=following, facts=facts,
        days=clock.fair_days(g.fair), quarter=quarter, arrived=arrived, until=until,
        devices=_device_names({row.Scan.device_key for row in rows if row.Scan.device_key}),
        quarter_ends=quarter and quarter + timedelta(seconds=QUARTER),
    )  # fmt: skip


_COUNTS = {"entries": is_entry, "visits": holds_a_visit, "refused": is_refusal}


def _device_names(keys: set[str]) -> dict[str, str]:
    """By key, as the devices of these scans last called themselves."""
    wanted = select(Device.key, Device.name).where(Device.fair_id == g.fair.id, Device.key.in_(keys))
    return {key: name or key[:8] for key, name in db.session.execute(wanted)} if keys else {}


def _wanted(asked: dict[str, str], facts: Any) -> Any:
    wanted = (
        select(Scan, Badge.number, Registration.name)
        .outerjoin(Badge, Badge.id == Scan.badge_id)
        .outerjoin(Registration, Registration.id == Badge.registration_id)
        .where(Scan.fair_id == g.fair.id)
        .order_by(Scan.counted_at.desc(), Scan.id.desc())
    )
    days = {d.isoformat(): d for d in clock.fair_days(g.fair)}
    if asked["day"] in days:
        wanted = wanted.where(Scan.day == days[asked["day"]])
    if asked["gate"] in facts.gates:
        wanted = wanted.where(Scan.gate_id == facts.gates[asked["gate"]])
    if asked["verdict"] == SAMPLE:
        wanted = wanted.where(is_sample())
    elif asked["verdict"].replace("_", "").isalpha():
        wanted = wanted.where(Scan.verdict == asked["verdict"][:20])
        if asked["verdict"] == "forged":
            wanted = wanted.where(or_(Scan.detail.is_(None), ~is_sample()))
    if asked["badge"].isascii() and asked["badge"].isdigit() and len(asked["badge"]) < 10:
        wanted = wanted.where(Scan.badge_id == int(asked["badge"]))
    if asked["counts"] in _COUNTS:
        wanted = wanted.where(_COUNTS[asked["counts"]]())
    at, _tilde, scan_id = asked["before"].replace(" ", "+").partition("~")
    if scan_id:
        try:
            moment = datetime.fromisoformat(at)
        except ValueError:
            return wanted
        if moment.tzinfo is not None:
            earlier = (Scan.counted_at == moment) & (Scan.id < scan_id[:36])
            wanted = wanted.where((Scan.counted_at < moment) | earlier)
    return wanted
