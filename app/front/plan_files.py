"""The plan as a drawing to take along: every booth of a hall or of the fair, as the import takes it back unchanged."""

from collections import defaultdict
from collections.abc import Callable

from flask import Response
from sqlalchemy import select

from app.booths.floorplan import halls, on_plan
from app.booths.models import Booth, BoothState
from app.booths.plan_drawn import DrawnBooth, DrawnHall, for_dxf, geojson_of, svg_of
from app.booths.plan_dxf_apart import dxf_apart
from app.booths.pricing import list_price_minor
from app.db import db
from app.errors import NotFound
from app.exports import content_disposition
from app.fairs.models import Fair, Hall, Zone
from app.front.plan_import import TAKEN
from app.money import Money

Drawn = list[DrawnHall]
MEDIA_TYPES = {"geojson": "application/geo+json", "svg": "image/svg+xml", "dxf": "image/vnd.dxf"}
WRITERS: dict[str, Callable[[Drawn], bytes]] = {
    "geojson": geojson_of,
    "svg": svg_of,
    "dxf": lambda drawn: dxf_apart(for_dxf(drawn)),
}


def drawn_response(fair: Fair, file_type: str, hall_code: str) -> Response:
    """A download, of the hall with this code or of all. Raises NotFound where there is none."""
    drawn, name = drawn_halls(fair, asked_halls(fair, hall_code)), file_name(fair, hall_code)
    db.session.rollback()  # no connection is held while the file is made
    response = Response(WRITERS[file_type](drawn), content_type=MEDIA_TYPES[file_type])
    response.headers["Content-Disposition"] = content_disposition("attachment", f"{name}.{file_type}")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def asked_halls(fair: Fair, code: str) -> list[Hall]:
    """Raises NotFound for a code that no hall of the fair has."""
    found = [hall for hall in halls(fair.id) if code in ("", hall.code)]
    if code and not found:
        raise NotFound()
    return found


def file_name(fair: Fair, hall_code: str) -> str:
    return f"{fair.slug}-plan-{hall_code}" if hall_code else f"{fair.slug}-plan"


def drawn_halls(fair: Fair, wanted: list[Hall]) -> Drawn:
    """In one query."""
    found = db.session.execute(
        select(Booth, Zone)
        .outerjoin(Zone, Zone.id == Booth.zone_id)
        .where(Booth.fair_id == fair.id, on_plan(), Booth.hall_id.in_([hall.id for hall in wanted]))
        .order_by(Booth.number)
    )
    booths: dict[int, list[DrawnBooth]] = defaultdict(list)
    for booth, zone in found:
        corners = [(round(x * 100), round(y * 100)) for x, y in booth.polygon]
        booths[booth.hall_id].append(DrawnBooth(booth.number, corners, _words(fair, booth, zone)))
    return [
        DrawnHall(hall.name, hall.width_cm, hall.depth_cm, booths[hall.id], _pieces(hall)) for hall in wanted
    ]  # fmt: skip


def _words(fair: Fair, booth: Booth, zone: Zone | None) -> dict[str, str]:
    """By the columns of a table. The list price is left out: whoever changes a booth's size gets the new one."""
    listed = list_price_minor(fair, booth.area_cm2, booth.open_sides)
    price = "" if booth.price_minor == listed else f"{Money(booth.price_minor, fair.currency).major:f}"
    state = BoothState.FREE if booth.state in TAKEN else booth.state
    words = {
        "zone": zone.code if zone else "", "zone_name": zone.name if zone else "", "kind": booth.kind,
        "sides": str(booth.open_sides), "state": str(state), "name": booth.name, "price": price,
    }  # fmt: skip
    return {name: text for name, text in words.items() if text}


def _pieces(hall: Hall) -> list[tuple[int, int, int, int]]:
    """What stands on the floor besides booths, and has a size."""
    sides = ("x_cm", "y_cm", "width_cm", "depth_cm")
    found = (tuple(int(piece.get(side, 0)) for side in sides) for piece in hall.features)
    return [(x, y, width, depth) for x, y, width, depth in found if width > 0 and depth > 0]
