"""The floor as a file, a table or a drawing: taken away, sent back, mended row by row, and drawn."""

from decimal import Decimal
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from app import clock
from app.access import Permission, allow, principal
from app.audit import Actor
from app.booths.floorplan import halls, on_plan
from app.booths.models import Booth, BoothState, PlanImport
from app.booths.outline import outline_of
from app.booths.plan_check import Fault, row_of
from app.booths.plan_elements import Drawing
from app.booths.plan_file import BOX, COLUMNS, Raw
from app.booths.pricing import list_price_minor
from app.db import db, retrying
from app.errors import FieldErrors
from app.exports import Column, Kind, list_response
from app.fairs.models import Hall, Zone
from app.front.blueprint import blueprint
from app.front.plan_drawing import PlanFrozen, PlanHasFaults, effect_of, write_plan
from app.front.plan_files import asked_halls, file_name
from app.front.plan_import import (
    UNITS,
    PlanChanged,
    discard,
    ground_of,
    import_by_id,
    imports_of,
    judged,
    keep_import,
    mend,
    replace_everywhere,
    unchanged_since,
)
from app.front.plan_lying import lying
from app.front.plan_picture import pictures
from app.front.plan_placed import drawing_in, is_laid, keep_drawing
from app.i18n_marks import N_
from app.input import asked_number
from app.money import Money
from app.security import limit

SHOWN = 100  # rows with faults on a page
HEADINGS_SAID = {
    "number": N_("Number"),
    "hall": N_("Hall"),
    "x": "x",
    "y": "y",
    "width": N_("Width"),
    "depth": N_("Depth"),
    "polygon": N_("Corners"),
    "zone": N_("Zone"),
    "zone_name": N_("Zone name"),
    "kind": N_("Kind"),
    "sides": N_("Open sides"),
    "state": N_("State"),
    "name": N_("Name"),
    "price": N_("Price"),
}
KIND_WORDS = {
    "row": N_("row"),
    "corner": N_("corner"),
    "island": N_("island"),
    "pavilion": N_("pavilion"),
    "show": N_("show"),
}
STATE_WORDS = {BoothState.FREE: N_("free"), BoothState.NOT_LET: N_("not let"), BoothState.SHOW: N_("show")}
LENGTHS = (*BOX, "polygon")
NUMBERS = (*BOX, "sides", "price")
HALLS = "/fairs/<slug>/organise/halls"


@blueprint.get(f"{HALLS}/plan.<any(csv, xlsx):file_type>")
@allow(Permission.BOOTHS_SEE)
def plan_file(file_type: str) -> Response:
    """Every booth with its place, as the import takes it back unchanged; `?hall=` names one hall by its code."""
    code = request.args.get("hall", "")
    wanted = asked_halls(g.fair, code)
    rows = db.session.execute(
        select(Booth, Hall, Zone)
        .join(Hall, Hall.id == Booth.hall_id)
        .outerjoin(Zone, Zone.id == Booth.zone_id)
        .where(Booth.fair_id == g.fair.id, on_plan(), Booth.hall_id.in_([hall.id for hall in wanted]))
        .order_by(Hall.position, Hall.id, Booth.number)
    )
    columns = [
        Column(f"{_(HEADINGS_SAID[name])} (m)" if name in LENGTHS else _(HEADINGS_SAID[name]),
               Kind.NUMBER if name in NUMBERS else Kind.TEXT)
        for name in COLUMNS
    ]  # fmt: skip
    kind = cast(Literal["csv", "xlsx"], file_type)
    lines = [_line(booth, hall, zone) for booth, hall, zone in rows]
    return list_response(kind, file_name(g.fair, code), columns, lines, ZoneInfo(g.fair.time_zone))


@blueprint.post(f"{HALLS}/imports")
@allow(Permission.SETTINGS)
def send_plan() -> Any:
    """A table or a drawing comes in: it is kept and shown with what is wrong in it; nothing is drawn yet."""
    limit("plan_imports", 20, 600)
    sent, unit = request.files.get("file"), request.form.get("unit", "m")
    content = sent.read() if sent else b""
    try:
        if not content or sent is None:
            raise FieldErrors({"file": _("Choose a file first.")})
        actor, name = principal().actor(), sent.filename or "plan"
        unit = unit if unit in UNITS else "m"
        db.session.rollback()  # no connection is held while a drawing is read
        drawing = drawing_in(name, content)
        kept = retrying(lambda: _keep(actor, name, content, drawing, unit))
    except FieldErrors as error:
        return _send_page(error.sentences()), error.status
    return redirect(url_for("fairs.plan_import", import_id=kept.id), 303)


@blueprint.get(f"{HALLS}/imports")
@allow(Permission.SETTINGS)
def plan_imports() -> str:
    return _send_page({})


@blueprint.get(f"{HALLS}/imports/<import_id>")
@allow(Permission.SETTINGS)
def plan_import(import_id: str) -> str:
    """What would be drawn, and each row that cannot be, with its cells to mend."""
    return import_page(import_by_id(g.fair, import_id))


@blueprint.post(f"{HALLS}/imports/<import_id>")
@allow(Permission.SETTINGS)
def mend_plan(import_id: str) -> Any:
    """The typed cells are kept, then all rows are judged again."""
    edits, removes = asked_edits(), request.form.get("removes")

    def work() -> None:
        kept = import_by_id(g.fair, import_id)
        unchanged_since(kept, request.form.get("seen", ""))
        mend(kept, edits, clock.now())
        if removes is not None:
            kept.removes = removes == "yes"

    try:
        retrying(work)
    except PlanChanged as error:
        return import_page(import_by_id(g.fair, import_id), error.sentence()), error.status
    return redirect(url_for("fairs.plan_import", import_id=import_id), 303)


@blueprint.post(f"{HALLS}/imports/<import_id>/replacement")
@allow(Permission.SETTINGS)
def replace_in_plan(import_id: str) -> Any:
    """One mend for many rows: a hall's name, a zone, a unit that every row says wrong."""
    column, old, new = (request.form.get(name, "").replace("\0", "") for name in ("column", "old", "new"))
    edits, now = asked_edits(), clock.now()

    def work() -> int:
        kept = import_by_id(g.fair, import_id)
        unchanged_since(kept, request.form.get("seen", ""))
        mend(kept, edits, now)  # cells that were typed and not sent yet are not lost
        return replace_everywhere(kept, column, old, new, now)

    try:
        mended = retrying(work)
    except PlanChanged as error:
        return import_page(import_by_id(g.fair, import_id), error.sentence()), error.status
    flash(ngettext("One row was changed.", "%(num)s rows were changed.", mended))
    return redirect(url_for("fairs.plan_import", import_id=import_id), 303)


@blueprint.post(f"{HALLS}/imports/<import_id>/writing")
@allow(Permission.SETTINGS)
def draw_plan(import_id: str) -> Any:
    """Draw it, all or none."""
    actor, gates = principal().actor(), min(asked_gates(), 20)
    try:
        written = retrying(lambda: write_plan(actor, g.fair, import_id, gates, clock.now()))
    except (PlanHasFaults, PlanFrozen) as error:
        return import_page(import_by_id(g.fair, import_id), error.sentence()), error.status
    flash(
        _("%(added)s booths were added, %(changed)s changed, %(removed)s left, %(same)s stand as before.",
          added=written.added, changed=written.changed, removed=written.removed, same=written.same)
    )  # fmt: skip
    return redirect(url_for("fairs.halls"), 303)


@blueprint.post(f"{HALLS}/imports/<import_id>/removal")
@allow(Permission.SETTINGS)
def discard_plan(import_id: str) -> Response:
    retrying(lambda: discard(principal().actor(), g.fair, import_by_id(g.fair, import_id)))
    flash(_("The file is thrown away. The plan is as it was."))
    return redirect(url_for("fairs.plan_imports"), 303)


def _keep(actor: Actor, name: str, content: bytes, drawing: Drawing | None, unit: str) -> PlanImport:
    if drawing is None:
        return keep_import(actor, g.fair, name, content, unit, clock.now())
    return keep_drawing(actor, g.fair, name, drawing, unit, clock.now())


def asked_gates() -> int:
    text = request.form.get("gates", "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 1


def _send_page(errors: dict[str, str]) -> str:
    return render_template("fairs/plan_imports.html", waiting=imports_of(g.fair), errors=errors, units=UNITS,
                           halls=halls(g.fair.id), unit=request.form.get("unit", "m"))  # fmt: skip


def import_page(kept: PlanImport, refusal: str = "", errors: dict[str, str] | None = None) -> str:
    found = judged(g.fair, kept)
    ground = ground_of(g.fair, kept.unit)
    effect = effect_of(g.fair, kept, found, ground)
    faulty, everything = found.rows_with_faults, "all" in request.args
    listed = list(range(len(kept.rows))) if everything else faulty if is_laid(kept) else []
    first = asked_number("from", 0) or 0
    shown = listed[first : first + SHOWN]
    by_row: dict[int, list[Fault]] = {n: [] for n in shown}
    for fault in found.faults:
        if fault.row in by_row:
            by_row[fault.row].append(fault)
    return render_template(
        "fairs/plan_import.html",
        kept=kept,
        rows=[(n, row_of(kept.rows, n), kept.rows[n], by_row[n], {f.column for f in by_row[n]}) for n in shown],
        lying=lying(g.fair, kept, errors or {}, request.form),
        laid=is_laid(kept),
        units=UNITS,
        faulty=len(faulty),
        sound=len(found.sound()),
        effect=effect,
        everything=everything,
        first=first,
        next_from=first + SHOWN if first + SHOWN < len(listed) else None,
        pictures=pictures(ground, found, effect),
        columns=COLUMNS,
        headings={name: _(said) for name, said in HEADINGS_SAID.items()},
        faults_most=max(COLUMNS, key=[fault.column for fault in found.faults].count),
        kinds=[_(word) for word in KIND_WORDS.values()],
        states=[_(word) for word in STATE_WORDS.values()],
        refusal=refusal,
    )


def asked_edits() -> dict[int, Raw | None]:
    """Cells are named row.column, `out.row` leaves a row out."""
    edits: dict[int, Raw | None] = {}
    for name, value in request.form.items():
        head, _dot, tail = name.partition(".")
        if head.isascii() and head.isdigit() and len(head) < 6 and tail in COLUMNS:
            row = edits.setdefault(int(head), {})
            if row is not None:
                row[tail] = value.replace("\0", "")
        elif head == "out" and tail.isascii() and tail.isdigit() and len(tail) < 6:
            edits[int(tail)] = None
    return edits


def _line(booth: Booth, hall: Hall, zone: Zone | None) -> list[Any]:
    """The list price is left out: whoever changes a booth's size gets the new one."""
    box = [Decimal(cm) / 100 for cm in (booth.x_cm, booth.y_cm, booth.width_cm, booth.depth_cm)]
    corners = "; ".join(f"{Decimal(x) / 100} {Decimal(y) / 100}" for x, y in outline_of(booth.outline))
    listed = list_price_minor(g.fair, booth.area_cm2, booth.open_sides)
    price = None if booth.price_minor == listed else Money(booth.price_minor, g.fair.currency).major
    state = BoothState(booth.state) if booth.state in STATE_WORDS else BoothState.FREE
    return [
        booth.number, hall.name, *([None] * 4 if corners else box), corners,
        zone.code if zone else "", zone.name if zone else "",
        _(KIND_WORDS.get(booth.kind, booth.kind)), booth.open_sides, _(STATE_WORDS[state]), booth.name, price,
    ]  # fmt: skip
