"""The floor as a small picture: every booth at its true place, one path for each state."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, select

from app.booths.floorplan import held_back, on_plan, plan_version
from app.booths.models import Booth, BoothState
from app.booths.outline import inset, outline_of, path_of
from app.db import db
from app.fairs.models import Hall
from app.kept import Kept

GAP_CM = 600  # between two halls that are drawn side by side
INSET_CM = 20  # so that neighbours do not touch
_drawn: Kept["Miniature"] = Kept(24)


@dataclass(frozen=True)
class Miniature:
    width: int
    height: int
    floors: list[tuple[int, int, int, int]]  # x, y, width, height of each hall
    paths: dict[str, str]  # free, kept (for a group), held, let, show, off (not let) -> the `d` of one SVG path
    counts: dict[str, int]

    @property
    def booths(self) -> int:
        """Booths that can be let, let or not."""
        return sum(n for look, n in self.counts.items() if look not in ("show", "off"))


def miniature(fair_id: int, at: datetime, columns: int = 3) -> Miniature:
    """The fair's halls side by side, `columns` in a row; drawn once for each state of the plan."""
    key = (fair_id, plan_version(fair_id, at), columns)
    return _drawn.get(key, lambda: _draw(fair_id, at, columns))


def _draw(fair_id: int, at: datetime, columns: int) -> Miniature:
    """Lengths in decimetres: shorter paths, and no booth is placed more exactly than that."""
    drawn = select(Booth.hall_id).where(Booth.fair_id == fair_id, on_plan())
    wanted = select(Hall).where(Hall.fair_id == fair_id, Hall.id.in_(drawn))
    halls = db.session.scalars(wanted.order_by(Hall.position, Hall.id)).all()
    places, floors, x, y, row_height, width = {}, [], 0, 0, 0, 0
    for n, hall in enumerate(halls):
        if n and n % columns == 0:
            x, y, row_height = 0, y + row_height + GAP_CM, 0
        places[hall.id] = (x, y)
        floors.append((x // 10, y // 10, hall.width_cm // 10, hall.depth_cm // 10))
        x, row_height = x + hall.width_cm + GAP_CM, max(row_height, hall.depth_cm)
        width = max(width, x - GAP_CM)
    paths: dict[str, list[str]] = {"free": [], "kept": [], "held": [], "let": [], "show": [], "off": []}
    rows = db.session.execute(
        select(
            Booth.hall_id,
            Booth.x_cm,
            Booth.y_cm,
            Booth.width_cm,
            Booth.depth_cm,
            Booth.outline,
            Booth.state,
            Booth.held_until,
            case((held_back(at), True), else_=False),
        ).where(Booth.fair_id == fair_id, on_plan())
    )
    for hall_id, bx, by, w, d, outline, state, held_until, kept in rows:
        hx, hy = places[hall_id]
        if outline:
            corners = tuple((x + hx, y + hy) for x, y in outline_of(outline))
            paths[_look(state, held_until, kept, at)].append(path_of(inset(corners, INSET_CM)))
            continue
        left, top = (hx + bx + INSET_CM) // 10, (hy + by + INSET_CM) // 10
        across, down = (w - 2 * INSET_CM) // 10, (d - 2 * INSET_CM) // 10
        paths[_look(state, held_until, kept, at)].append(f"M{left} {top}h{across}v{down}h-{across}z")
    return Miniature(
        max(width, 1) // 10,
        max(y + row_height, 1) // 10,
        floors,
        {look: "".join(parts) for look, parts in paths.items()},
        {look: len(parts) for look, parts in paths.items()},
    )


def _look(state: str, held_until: datetime | None, kept: bool, at: datetime) -> str:
    if state in (BoothState.HELD, BoothState.RESERVED):
        state = BoothState.HELD if held_until is not None and held_until > at else BoothState.FREE
    if state == BoothState.FREE and kept:
        return "kept"
    looks = {BoothState.FREE: "free", BoothState.HELD: "held", BoothState.LET: "let", BoothState.SHOW: "show"}
    return looks.get(BoothState(state), "off")
