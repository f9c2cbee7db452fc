"""A hall's plan as one document, which is drawn, kept, judged and published whole.

{"width_cm", "depth_cm", "features": as in `Hall.features`, "booths": [{"number", "x_cm", "y_cm", "width_cm",
"depth_cm", "zone": a code or "", "kind": "" for what the open sides make it, "sides": None for what the neighbours
leave open, "state": free, not_let or show, "name", "price_minor": None for the list price}],
"areas": as in app/booths/areas.py, "background": as in `PlanPicture`, or None}
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.booths.areas import AreaFault, area_faults, differing_zones
from app.booths.floorplan import booths_of_hall, on_plan
from app.booths.models import Booth, BoothState
from app.booths.plan_check import Checked, Ground, Standing, checked_places
from app.booths.plan_geometry import Place, complete_sides
from app.booths.pricing import list_price_minor
from app.db import db
from app.fairs.models import Fair, Hall, Zone
from app.front.plan_areas import Stray, Ways, changed_background, strays_of
from app.front.plan_drawing import values_of
from app.front.plan_import import TAKEN
from app.search import fold

Document = dict[str, Any]
PLACE = ("x_cm", "y_cm", "width_cm", "depth_cm")
# What a changed booth is told by, and the columns of it.
CHANGES = {
    "place": ("x_cm", "y_cm"),
    "size": ("width_cm", "depth_cm"),
    "price": ("price_minor",),
    "kind": ("kind", "open_sides"),
    "state": ("state",),
    "name": ("name",),
}


@dataclass(frozen=True)
class Judged:
    """A document against the fair as it stands: what is wrong, and what publishing it would do."""

    document: Document
    found: Checked
    added: list[str]
    changed: dict[str, list[str]]  # number → what of it
    removed: list[str]
    floor: bool  # the hall's size, walls, words
    outside: list[int]  # features (counted from 0) that stand beyond the hall's walls
    area_faults: list[AreaFault]
    zone_areas: list[str]  # codes of the zones whose areas differ
    background: str  # added, changed, removed; empty where it does not differ
    strays: list[Stray]  # booths that lie in an area of another zone than theirs

    @property
    def needs_a_look(self) -> int:
        return len(self.found.rows_with_faults) + len(self.outside) + len({fault.area for fault in self.area_faults})


def document_of(fair: Fair, hall: Hall, priced: bool = False) -> Document:
    """The plan as it stands. What the geometry says by itself is left to it, so that it follows when booths move.

    `priced`: with the list and what it made of each booth too, for it may be another when the document is read again.
    """
    booths, zones = booths_of_hall(hall.id), _zone_codes(fair)
    guessed = [_bare(n, hall, booth) for n, booth in enumerate(booths)]
    complete_sides(guessed)
    rule = {"list": _list(fair)} if priced else {}
    return rule | {
        "width_cm": hall.width_cm,
        "depth_cm": hall.depth_cm,
        "features": [{"name": "", "name_en": ""} | feature for feature in hall.features],
        "areas": hall.areas,
        "background": hall.background,
        "booths": [
            _entry(fair, booth, place, zones) | ({"listed_minor": booth.price_minor} if priced else {})
            for booth, place in zip(booths, guessed, strict=True)
        ],
    }


def document_again(fair: Fair, kept: Document) -> Document:
    """A priced document to draw from: list prices stay list prices, unless the list is another now."""
    same = kept.get("list") == _list(fair)

    def again(entry: Document) -> Document:
        plain = {name: value for name, value in entry.items() if name != "listed_minor"}
        if same or entry["price_minor"] is not None:
            return plain
        return plain | {"price_minor": entry.get("listed_minor")}

    before_areas: Document = {"areas": [], "background": None}
    return (
        before_areas
        | {name: value for name, value in kept.items() if name != "list"}
        | {"booths": [again(entry) for entry in kept["booths"]]}
    )


def fingerprint(fair: Fair, hall: Hall) -> str:
    """Of the plan as it stands, holds and lettings aside: who draws says on which plan, who publishes over which."""
    text = json.dumps(document_of(fair, hall), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def judged_document(fair: Fair, hall: Hall, document: Document) -> Judged:
    """Booths that somebody holds or has are taken as they stand, whatever the document says of them."""
    standing, zones = booths_of_hall(hall.id), _zone_codes(fair)
    ways = Ways(fair)
    document = with_taken(complete(hall, document), fair, standing, zones, ways)
    places = [_place(n, hall, entry) for n, entry in enumerate(document["booths"])]
    ground = _ground(fair, hall, document)
    found = checked_places(places, ground)
    by_number = {booth.number.casefold(): booth for booth in standing}
    added, changed = [], {}
    for place in places:
        booth = by_number.get(place.number.casefold())
        if booth is None:
            added.append(place.number)
        elif what := _differences(fair, booth, place, zones):
            changed[booth.number] = what
    named = {place.number.casefold() for place in places}
    removed = [booth.number for booth in standing if booth.number.casefold() not in named]
    stands = document_of(fair, hall)
    floor = any(document[name] != stands[name] for name in ("width_cm", "depth_cm", "features"))
    size = document["width_cm"], document["depth_cm"]
    return Judged(
        document, found, sorted(added), changed, sorted(removed), floor, _outside(document),
        area_faults(document["areas"], *size, key_of(hall), ground.zones),
        differing_zones(stands["areas"], document["areas"]),
        changed_background(stands["background"], document["background"]),
        strays_of(document, by_number, ways),
    )  # fmt: skip


def complete(hall: Hall, document: Document) -> Document:
    """What a document says nothing of stays as it stands: one from before there were areas, or an older program's."""
    return {"areas": hall.areas, "background": hall.background} | document


def kept_document(fair: Fair, hall: Hall, document: Document) -> Document:
    """As it is kept: what was left out while somebody held it is not gone once the hold has run out."""
    return with_taken(document, fair, booths_of_hall(hall.id), _zone_codes(fair), Ways(fair))


def _outside(document: Document) -> list[int]:
    width, depth = document["width_cm"], document["depth_cm"]

    def fits(feature: Document) -> bool:
        if feature["kind"] == "entrance":
            wall = width if feature["side"] in ("north", "south") else depth
            half = feature["width_cm"] // 2
            return bool(half <= feature["at_cm"] <= wall - half)
        right, bottom = feature["x_cm"] + feature.get("width_cm", 0), feature["y_cm"] + feature.get("depth_cm", 0)
        return bool(right <= width and bottom <= depth)

    return [n for n, feature in enumerate(document["features"]) if not fits(feature)]


def with_taken(
    document: Document, fair: Fair, standing: Sequence[Booth], zones: dict[int, str], ways: Ways
) -> Document:
    """The document with each booth that is held or let at its own place; left out, it comes back.

    Its zone alone follows the drawing, where that changes nothing of how it is let.
    """
    booths = list(document["booths"])
    for booth in standing:
        if booth.state not in TAKEN:
            continue
        fixed = _fixed(fair, booth, zones)
        bearers = [n for n, entry in enumerate(booths) if entry["number"].casefold() == booth.number.casefold()]
        itself = [n for n in bearers if all(booths[n][side] == fixed[side] for side in PLACE)]
        if bearers:  # of several with its number, the one that stands where it stands; the others are told
            at = (itself or bearers)[0]
            drawn = booths[at]["zone"]
            booths[at] = fixed | ({"zone": drawn} if ways.are_one(fixed["zone"], drawn) else {})
        else:
            booths.append(fixed)
    return document | {"booths": booths}


def key_of(hall: Hall) -> str:
    """What a hall is called while it is judged: two may have the same name."""
    return f"hall{hall.id}"


def taken_of(hall: Hall, judged: Judged) -> list[tuple[Document, Booth]]:
    """Entries of a judged document that no draft moves, each with its booth."""
    placed = {(one["number"].casefold(), *(one[side] for side in PLACE)): one for one in judged.document["booths"]}
    found = [(booth.number.casefold(), booth) for booth in booths_of_hall(hall.id) if booth.state in TAKEN]
    return [(placed[number, booth.x_cm, booth.y_cm, booth.width_cm, booth.depth_cm], booth) for number, booth in found]


def _list(fair: Fair) -> list[int]:
    return [fair.price_per_m2_minor, fair.corner_surcharge_bp]


def _fixed(fair: Fair, booth: Booth, zones: dict[int, str]) -> Document:
    return _entry(fair, booth, None, zones)


def _entry(fair: Fair, booth: Booth, guessed: Place | None, zones: dict[int, str]) -> Document:
    by_itself = guessed is not None and (guessed.sides, guessed.kind) == (booth.open_sides, booth.kind)
    listed = list_price_minor(fair, booth.width_cm, booth.depth_cm, booth.open_sides)
    own_state = BoothState.FREE if booth.state in TAKEN else booth.state
    return {
        "number": booth.number, "x_cm": booth.x_cm, "y_cm": booth.y_cm, "width_cm": booth.width_cm,
        "depth_cm": booth.depth_cm, "zone": zones.get(booth.zone_id or 0, ""), "kind": "" if by_itself else booth.kind,
        "sides": None if by_itself else booth.open_sides, "state": str(own_state), "name": booth.name,
        "price_minor": None if booth.price_minor == listed else booth.price_minor,
    }  # fmt: skip


def _bare(n: int, hall: Hall, booth: Booth) -> Place:
    """Without kind and sides, so that they are guessed."""
    return Place(
        n, booth.number, key_of(hall), booth.x_cm, booth.y_cm, booth.width_cm, booth.depth_cm, state=booth.state
    )


def _place(n: int, hall: Hall, entry: Document) -> Place:
    return Place(
        n, entry["number"], key_of(hall), entry["x_cm"], entry["y_cm"], entry["width_cm"], entry["depth_cm"],
        zone=entry["zone"], kind=entry["kind"], sides=entry["sides"], state=entry["state"], name=entry["name"],
        price_minor=entry["price_minor"],
    )  # fmt: skip


def _ground(fair: Fair, hall: Hall, document: Document) -> Ground:
    halls = {one.id: key_of(one) for one in db.session.scalars(select(Hall).where(Hall.fair_id == fair.id))}
    elsewhere = select(Booth).where(Booth.fair_id == fair.id, Booth.hall_id != hall.id, on_plan())
    booths = {
        b.number.casefold(): Standing(
            b.number, halls[b.hall_id], b.x_cm, b.y_cm, b.width_cm, b.depth_cm, b.state in TAKEN
        )
        for b in db.session.scalars(elsewhere)
    }
    own = key_of(hall)
    zones = {
        fold(zone.code): halls[zone.hall_id] for zone in db.session.scalars(select(Zone).where(Zone.fair_id == fair.id))
    }
    return Ground({own: (own, document["width_cm"], document["depth_cm"])}, booths, zones, fair.currency)


def _differences(fair: Fair, booth: Booth, place: Place, zones: dict[int, str]) -> list[str]:
    if booth.state in TAKEN:  # nothing else of it follows the drawing
        return ["zone"] if fold(zones.get(booth.zone_id or 0, "")) != fold(place.zone) else []
    values = values_of(fair, place)
    found = [what for what, columns in CHANGES.items() if any(getattr(booth, c) != values[c] for c in columns)]
    return found + (["zone"] if fold(zones.get(booth.zone_id or 0, "")) != fold(place.zone) else [])


def _zone_codes(fair: Fair) -> dict[int, str]:
    return {zone.id: zone.code for zone in db.session.scalars(select(Zone).where(Zone.fair_id == fair.id))}


def numbers_elsewhere(fair: Fair, hall: Hall) -> list[str]:
    """Numbers that this hall's booths cannot have: those of the other halls."""
    found = select(Booth.number).where(Booth.fair_id == fair.id, Booth.hall_id != hall.id, on_plan())
    return list(db.session.scalars(found.order_by(Booth.number)))
