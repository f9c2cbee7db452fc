"""A floor plan sent as a table: kept with every mend, and judged against the plan as it stands."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import delete, exists, select

from app import clock
from app.audit import Actor, record
from app.booths.floorplan import on_plan
from app.booths.models import Allocation, Booth, BoothState, PlanImport
from app.booths.outline import outline_of
from app.booths.plan_check import Checked, Ground, Standing, checked
from app.booths.plan_file import COLUMNS, Raw, fitting, rows_of
from app.db import db, transaction
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.models import Fair, Hall, Zone
from app.i18n_marks import N_
from app.jobs import sweep
from app.payments.models import OrderLine
from app.search import fold

KEPT_FOR = timedelta(days=30)
UNITS = ("m", "cm", "mm", "ft", "in")
TAKEN = (BoothState.HELD, BoothState.RESERVED, BoothState.LET)


class PlanChanged(DomainError):
    code: ClassVar[str] = "plan_changed"
    message: ClassVar[str] = N_(
        "The file was mended elsewhere meanwhile, so nothing of this was taken. Look at it as it is now."
    )


def keep_import(actor: Actor, fair: Fair, filename: str, content: bytes, unit: str, at: datetime) -> PlanImport:
    """Read a table and keep it; nothing of the plan changes yet. Raises FieldErrors under `file`."""
    return keep_rows(actor, fair, filename, rows_of(filename, content), unit, at)


def keep_rows(actor: Actor, fair: Fair, filename: str, rows: list[Raw], unit: str, at: datetime) -> PlanImport:
    """The same for rows that came as such."""
    rows = [{name: text.strip() for name, text in row.items() if text.strip()} for row in rows]
    kept = PlanImport(
        id=str(uuid.uuid4()),
        fair_id=fair.id,
        filename=filename[:200],
        unit=unit,
        rows=rows,
        created_at=at,
        changed_at=at,
    )
    db.session.add(kept)
    db.session.flush()
    record(actor, "plan.received", "plan", kept.id, fair.id, rows=len(rows))
    return kept


def import_by_id(fair: Fair, import_id: str) -> PlanImport:
    """Raises NotFound, for one of another fair too."""
    kept = db.session.scalar(select(PlanImport).where(PlanImport.fair_id == fair.id, PlanImport.id == import_id))
    if kept is None:
        raise NotFound()
    return kept


def imports_of(fair: Fair) -> list[PlanImport]:
    """Tables that wait to be written, the newest first."""
    waiting = select(PlanImport).where(PlanImport.fair_id == fair.id)
    return list(db.session.scalars(waiting.order_by(PlanImport.created_at.desc(), PlanImport.id)))


def judged(fair: Fair, kept: PlanImport) -> Checked:
    """The kept rows against the plan as it stands now, or as it will without the booths that leave it."""
    ground = ground_of(fair, kept.unit)
    if kept.removes:
        leaving = {booth.number.casefold() for booth in leaving_booths(fair, kept)}
        ground = replace(ground, booths={n: one for n, one in ground.booths.items() if n not in leaving})
    return checked(kept.rows, ground)


def leaving_booths(fair: Fair, kept: PlanImport) -> list[Booth]:
    """Booths of the table's halls that it does not name and that nobody has ever had: the only ones that may go."""
    named = {row.get("number", "").casefold() for row in kept.rows}
    halls = called(list(db.session.scalars(select(Hall).where(Hall.fair_id == fair.id))))
    ids = {halls[key].id for row in kept.rows if (key := fold(row.get("hall", ""))) in halls}
    had = exists().where(Allocation.fair_id == fair.id, Allocation.booth_id == Booth.id)
    ordered = exists().where(OrderLine.fair_id == fair.id, OrderLine.booth_id == Booth.id)
    free = select(Booth).where(
        Booth.fair_id == fair.id, Booth.hall_id.in_(ids), on_plan(), Booth.state.not_in(TAKEN), ~had, ~ordered
    )
    return [booth for booth in db.session.scalars(free.order_by(Booth.number)) if booth.number.casefold() not in named]


def unchanged_since(kept: PlanImport, seen: str) -> None:
    """Rows are called by their place: who mends what somebody else has mended meanwhile would hit others."""
    if seen != kept.changed_at.isoformat():
        raise PlanChanged()


def mend(kept: PlanImport, edits: dict[int, Raw | None], at: datetime) -> None:
    """Write the cells that were typed into rows (counted from 0); None leaves the row out."""
    rows: list[Raw] = []
    for n, row in enumerate(kept.rows):
        edit = edits.get(n, row)
        if edit is not None:
            typed = {column: fitting(column, text) for column, text in edit.items() if column in COLUMNS}
            rows.append({column: text for column, text in (row | typed).items() if text})
    kept.rows, kept.changed_at = rows, at


def replace_everywhere(kept: PlanImport, column: str, old: str, new: str, at: datetime) -> int:
    """The same mend in every row whose cell says so, whatever the case; returns how many. An empty cell counts too."""
    wanted, written = old.strip().casefold(), fitting(column, new)
    if column not in COLUMNS:
        raise FieldErrors({"column": N_("Choose a column.")})
    rows, mended = [], 0
    for row in kept.rows:
        if row.get(column, "").casefold() == wanted:
            mended += 1
            row = {name: text for name, text in (row | {column: written}).items() if text}
        rows.append(row)
    kept.rows, kept.changed_at = rows, at
    return mended


def throw_away(kept: PlanImport) -> None:
    db.session.delete(kept)


def discard(actor: Actor, fair: Fair, kept: PlanImport) -> None:
    throw_away(kept)
    record(actor, "plan.discarded", "plan", kept.id, fair.id)


def ground_of(fair: Fair, unit: str) -> Ground:
    """What the plan holds already, in three queries."""
    halls = list(db.session.scalars(select(Hall).where(Hall.fair_id == fair.id)))
    names = {hall.id: fold(hall.name) for hall in halls}
    known = {key: (names[hall.id], hall.width_cm, hall.depth_cm) for key, hall in called(halls).items()}
    booths = {
        b.number.casefold(): Standing(
            b.number, names[b.hall_id], b.x_cm, b.y_cm, b.width_cm, b.depth_cm, b.state in TAKEN, outline_of(b.outline)
        )
        for b in db.session.scalars(select(Booth).where(Booth.fair_id == fair.id, on_plan()))
    }
    zones = {
        fold(code): names[hall_id]
        for code, hall_id in db.session.execute(select(Zone.code, Zone.hall_id).where(Zone.fair_id == fair.id))
    }
    return Ground(known, booths, zones, fair.currency, unit)


def called(halls: list[Hall]) -> dict[str, Hall]:
    """Each hall by what a table may call it, folded. A name wins over the code of another: people see names."""
    found: dict[str, Hall] = {}
    for what in ("code", "name_en", "name"):
        found |= {fold(getattr(hall, what)): hall for hall in reversed(halls) if fold(getattr(hall, what))}
    return found


@sweep
def forget_old_imports() -> None:
    """Tables that nobody wrote or threw away within a month."""
    with transaction():
        db.session.execute(delete(PlanImport).where(PlanImport.changed_at < clock.now() - KEPT_FOR))
