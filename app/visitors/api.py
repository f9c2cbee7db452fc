"""The API of visitors, badges, gates and devices; POST /scans has a file of its own."""

from datetime import date, datetime
from typing import Any

from flask import Response, current_app, g, jsonify, request
from flask_smorest import Blueprint
from sqlalchemy import ColumnElement, Select, and_, case, or_, select

from app import audit, clock
from app.access import Permission, allow, principal, public
from app.api.idempotency import idempotent
from app.api.paging import asked_limit, page_of
from app.db import after_commit, db, retrying, transaction
from app.errors import FieldErrors, NotFound
from app.i18n_marks import N_
from app.input import fair_day, fair_instant, row_number
from app.jobs import hurry
from app.search import like, words
from app.security import limit
from app.visitors.badge_sheet import badge_link, badge_pdf, sheet_of
from app.visitors.devices import heard_from, heard_from_seat
from app.visitors.gate_facts import gate_facts
from app.visitors.gates import gates_of, halls_of
from app.visitors.models import Badge, BadgeState, Registration, Scan, VisitorCategory
from app.visitors.registration import PURPOSES, Entry, Registered, register_visitor
from app.visitors.rehearsal import practice
from app.visitors.snapshot import snapshot

LETTERS_AT_GATE, FOUND_AT_GATE = 3, 8
blueprint = Blueprint(
    "visitors_api", __name__, url_prefix="/api/v1/fairs/<slug>", description="Visitors, badges, gates and devices."
)
_TEXT = {"type": "string"}
_BADGE = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "number": _TEXT,
        "token": _TEXT,
        "category": _TEXT,
        "state": _TEXT,
        "name": _TEXT,
        "company": _TEXT,
    },
}
_GATE = {
    "type": "object",
    "properties": {
        "code": _TEXT,
        "name": _TEXT,
        "name_en": _TEXT,
        "hall": {"type": ["string", "null"]},
        "retired": {"type": "boolean"},
    },
}
_ENTRY = {
    "type": "object",
    "required": ["name", "category", "email"],
    "properties": {
        "name": {"type": "string", "maxLength": 120},
        "category": {
            "type": "string",
            "description": "A code of the fair: trade, importer, public, press",
        },
        "email": _TEXT,
        "company": {"type": "string", "maxLength": 200},
        "country": {"type": "string", "description": "ISO 3166-1 alpha-2"},
        "province": {"type": ["string", "null"]},
        "phone": _TEXT,
        "locale": {"type": "string", "enum": ["vi", "en"]},
        "agreed": {
            "type": "boolean",
            "description": "The person has read what the details are for. Left out, none is noted; false is refused.",
        },
        "consents": {"type": "array", "items": {"type": "string", "enum": list(PURPOSES)}},
    },
}


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _list_of(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["items", "next"],
        "properties": {"items": {"type": "array", "items": item}, "next": {"type": ["string", "null"]}},
    }


def _query(*names: str) -> list[dict[str, Any]]:
    return [{"in": "query", "name": name, "required": False, "schema": {"type": "string"}} for name in names]


@blueprint.route("/registrations", methods=["POST"])
@blueprint.doc(
    summary="Register a visitor",
    description="One badge an address: a repeat mails the badge again and, to a stranger, shows nothing of it. "
    "With an organiser's key in every category, and without an address where there is none.",
    requestBody=_body(_ENTRY),
    responses={
        "201": _answer("The badge; it was mailed as well.", _BADGE),
        "200": _answer("Known already; mailed again.", _BADGE),
        "409": {"description": "The fair is over."},
        "422": {"description": "Fields that need another look."},
    },
)
@public
@idempotent
def register() -> tuple[Response, int]:
    who = principal()
    if not who.can(Permission.VISITORS_EDIT):
        limit("registrations", 30, 60)
    entry = _entry(_json_object())
    now, secret = clock.now(), current_app.config["FAIR_SECRET_KEY"]

    def work() -> Registered:
        after_commit(hurry, current_app._get_current_object(), "mail_badges")  # type: ignore[attr-defined]
        return register_visitor(g.fair, entry, secret, who.actor(), now, by_organiser=who.can(Permission.VISITORS_EDIT))

    made = retrying(work)
    if made.again and not who.can(Permission.VISITORS_EDIT):
        return jsonify(mailed=True), 200
    category = db.session.get_one(VisitorCategory, made.badge.category_id)
    shown = _shown(made.badge, category.code) | {"link": badge_link(made.badge), "name": made.registration.name}
    return jsonify(shown), 200 if made.again else 201


@blueprint.route("/badges", methods=["GET"])
@blueprint.doc(
    summary="Badges",
    description="`?q=` finds names and companies without accents, and numbers; `?after=` and `?limit=` page. A gate "
    "asks for somebody who stands there: `?q=` with 3 letters or more, 8 badges at most, no pages; of a company it "
    "gets the initials. The log keeps who asked and whom it found.",
    parameters=_query("q", "limit", "after"),
    responses={"200": _answer("Badges.", _list_of(_BADGE)), "422": {"description": "A parameter that cannot be read."}},
)
@allow(Permission.BADGES_SEE)
def badges() -> Response:
    asked = words(request.args.get("q", ""))
    wanted = (
        select(Badge, VisitorCategory.code, Registration.name, Registration.company)
        .join(VisitorCategory, VisitorCategory.id == Badge.category_id)
        .join(Registration, Registration.id == Badge.registration_id)
        .where(Badge.fair_id == g.fair.id)
    )
    for word in asked:
        found = Registration.folded.like(like(word), escape="\\")
        wanted = wanted.where(Badge.number.startswith(word) if word.isdigit() and len(word) >= 5 else found)
    if principal().can(Permission.VISITORS_SEE):
        (rows, following), named = page_of(wanted, Badge.id), True
    else:
        seat = principal().device
        rows, following = _found_at_gate(wanted, asked), None
        rows = [(badge, code, name, initials(company)) for badge, code, name, company in rows]
        named = g.fair.names_at_gate and (seat is None or seat.sees_names)
    items = [_shown(b, code) | ({"name": n, "company": c} if named else {}) for b, code, n, c in rows]
    return jsonify(items=items, next=following)


def _found_at_gate(wanted: Select[*tuple[Any, ...]], asked: list[str]) -> list[Any]:
    """The few badges that a gate may choose from for a visitor who forgot theirs.

    Each comes with its signed code: by that the gate reads the chosen one as if it had been shown, also where the
    device's snapshot does not know it yet (the number beside it opens no more than the code does). So a gate is given
    few at a time, by name, and never the list of all: a device that is lost gives no badges away. Who looks a person
    up is written down, as a reader of the log would want it: that is all that this GET writes.
    """
    if sum(map(len, asked)) < LETTERS_AT_GATE or max(map(len, asked)) < 2:
        raise FieldErrors({"q": N_("Search by at least 3 letters of a name.")})
    limit("badges at a gate", 60, 60, principal().actor().key)
    likeliest = wanted.order_by(_nearness(asked), Badge.state != BadgeState.VALID, Badge.id)
    rows = list(db.session.execute(likeliest.limit(min(asked_limit(), FOUND_AT_GATE))))
    with transaction():
        found = [row[0].id for row in rows]
        audit.record(principal().actor(), "badges.searched", "fair", g.fair.id, g.fair.id, badges=found)
    return rows


def initials(company: str) -> str:
    """What tells two people of one name apart, and nothing more: "Mây Việt" is "M. V."."""
    return " ".join(f"{word[0].upper()}." for word in company.split()[:4] if word[0].isalnum())


def _nearness(asked: list[str]) -> ColumnElement[int]:
    """0 for a name that begins as it was typed, 1 where each word begins one of the name, 2 for any other."""
    name = Registration.folded
    begins = [
        or_(name.like(like(word)[1:], escape="\\"), name.like(f"% {like(word)[1:]}", escape="\\")) for word in asked
    ]
    return case((name.like(like(" ".join(asked))[1:], escape="\\"), 0), (and_(*begins), 1), else_=2)


@blueprint.route("/badges/<int:badge_id>.pdf", methods=["GET"])
@blueprint.doc(
    summary="A badge to print",
    responses={
        "200": {
            "description": "A6.",
            "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
        },
        "404": {"description": "No such badge."},
    },
)
@allow(Permission.VISITORS_SEE)
def badge_sheet(badge_id: int) -> Response:
    badge = db.session.scalars(select(Badge).where(Badge.fair_id == g.fair.id, Badge.id == badge_id)).first()
    if badge is None:
        raise NotFound()
    sheet = sheet_of(g.fair, badge)
    headers = {"Content-Disposition": f'inline; filename="{sheet.filename}"', "Cache-Control": "no-store"}
    return Response(badge_pdf(sheet), mimetype="application/pdf", headers=headers)


@blueprint.route("/gates", methods=["GET"])
@blueprint.doc(
    summary="Gates",
    description="In their order, the retired last: nobody is offered these, but what was scanned there is taken.",
    responses={"200": _answer("Gates.", _list_of(_GATE))},
)
@allow(Permission.SCAN, Permission.SCANS_SEE)
def gates() -> Response:
    halls = {hall.id: hall.code for hall in halls_of(g.fair.id)}
    items = [
        {
            "code": x.code,
            "name": x.name,
            "name_en": x.name_en,
            "hall": halls.get(x.hall_id or 0),
            "retired": x.retired_at is not None,
        }
        for x in gates_of(g.fair.id)
    ]
    return jsonify(items=items, next=None)


@blueprint.route("/scans", methods=["GET"])
@blueprint.doc(
    summary="Scans",
    description="Every reading with its verdict, in the order of their ids.",
    parameters=_query("day", "gate", "verdict", "badge", "limit", "after"),
    responses={
        "200": _answer("Scans.", _list_of({"type": "object"})),
        "422": {"description": "A parameter that cannot be read."},
    },
)
@allow(Permission.SCANS_SEE)
def scans() -> Response:
    facts = gate_facts(g.fair.id, fresh=True)
    wanted = select(Scan).where(Scan.fair_id == g.fair.id)
    if asked := request.args.get("day"):
        wanted = wanted.where(Scan.day == _day(asked))
    if asked := request.args.get("gate"):
        wanted = wanted.where(Scan.gate_id == facts.gates.get(asked, 0))
    if asked := request.args.get("verdict"):
        wanted = wanted.where(Scan.verdict == asked[:20].replace("\0", ""))
    if asked := request.args.get("badge"):
        try:
            wanted = wanted.where(Scan.badge_id == row_number(asked))
        except ValueError:
            raise FieldErrors({"badge": N_("badge is the id of a badge.")}) from None
    rows, following = page_of(wanted, Scan.id, _cursor)
    return jsonify(items=[_scan(row[0], facts.gate_codes) for row in rows], next=following)


@blueprint.route("/snapshot", methods=["GET"])
@blueprint.doc(
    summary="What a device needs to decide alone",
    description="Rules, public keys, badges without names, who is in. `?after=` with the last `at`: what changed.",
    parameters=_query("after"),
    responses={
        "200": _answer("The snapshot.", {"type": "object"}),
        "422": {"description": "A parameter that cannot be read."},
    },
)
@allow(Permission.SCAN)
def device_snapshot() -> Response:
    after = request.args.get("after")
    facts = gate_facts(g.fair.id, fresh=True)
    shown = snapshot(g.fair, facts, _instant(after) if after else None, clock.now())
    rehearsal = practice(facts, current_app.config["FAIR_SECRET_KEY"])
    seat = principal().device
    stands = {"name": seat.name, "gate": facts.gate_codes.get(seat.gate_id)} if seat is not None else None
    may_force = principal().can(Permission.SCAN_FORCE)
    return jsonify(shown | {"may_force": may_force, "practice": rehearsal, "device": stands})


@blueprint.route("/devices", methods=["POST"])
@blueprint.doc(
    summary="A device says that it is there",
    requestBody=_body(
        {
            "type": "object",
            "required": ["key"],
            "properties": {
                "key": _TEXT,
                "name": _TEXT,
                "gate": _TEXT,
                "unsent": {"type": "integer", "minimum": 0},
                "version": {"type": "string", "description": "Of the app; kept of devices that were set up."},
                "alarm": {"type": "integer", "description": "The fire alarm that it scans out for."},
                "ready": {"type": "boolean", "description": "Its readiness page is all green."},
            },
        }
    ),
    responses={
        "200": _answer("The server's time.", {"type": "object", "properties": {"now": _TEXT}}),
        "422": {"description": "Fields that need another look."},
    },
)
@allow(Permission.SCAN)
def device() -> Response:
    now, who = clock.now(), principal()
    with transaction():
        if who.device is not None:
            heard_from_seat(g.fair.id, who.device, _json_object(), now)
        else:
            heard_from(g.fair.id, _json_object(), who.actor(), now)
    return jsonify(now=now.isoformat())


def _json_object() -> dict[str, Any]:
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise FieldErrors({"body": N_("Send a JSON object.")})
    return body


def _entry(body: dict[str, Any]) -> Entry:
    def text(name: str, default: str = "") -> str:
        value = body.get(name, default)
        if value is None:
            return default
        if not isinstance(value, str) or "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
            raise FieldErrors({name: N_("This is text.")})
        return value

    consents = body.get("consents", [])
    if not isinstance(consents, list) or not all(isinstance(c, str) for c in consents):
        raise FieldErrors({"consents": N_("consents is a list of purposes.")})
    country = text("country", "VN")
    locale = text("locale", "vi" if country == "VN" else "en")
    return Entry(
        name=text("name"),
        category=text("category"),
        email=text("email"),
        company=text("company"),
        country=country,
        province=text("province") or None,
        phone=text("phone"),
        locale=locale if locale in ("vi", "en") else "en",
        agreed=None if body.get("agreed") is None else body["agreed"] is True,
        consents=frozenset(consents) & frozenset(PURPOSES),
    )


def _shown(badge: Badge, category: str) -> dict[str, Any]:
    return {
        "id": badge.id,
        "number": badge.number,
        "token": badge.token,
        "category": category,
        "state": badge.state,
    }


def _scan(scan: Scan, gate_codes: dict[int, str]) -> dict[str, Any]:
    return {
        "id": scan.id,
        "gate": gate_codes.get(scan.gate_id, ""),
        "badge": scan.badge_id,
        "direction": scan.direction,
        "scanned_at": scan.scanned_at.isoformat(),
        "counted_at": scan.counted_at.isoformat(),
        "received_at": scan.received_at.isoformat(),
        "day": scan.day.isoformat(),
        "verdict": scan.verdict,
        "colour": scan.colour,
        "counts": scan.counts,
        "refused": scan.refused,
        "device_verdict": scan.device_verdict,
        "annulled": scan.annulled_by is not None,
        "forced_reason": scan.forced_reason,
        "answers": scan.answers,
    }


def _cursor(text: str) -> str:
    if len(text) > 36 or "\0" in text:
        raise ValueError(text)
    return text


def _day(text: str) -> date:
    try:
        return fair_day(text)
    except ValueError:
        raise FieldErrors({"day": N_("A day is written 2026-12-11.")}) from None


def _instant(text: str) -> datetime:
    try:
        return fair_instant(text.replace(" ", "+"))
    except ValueError:
        raise FieldErrors({"after": N_("after is the `at` of the snapshot before.")}) from None
