"""A table's booths as pictures, hall by hall: what stands, what comes, and what is in the way."""

from collections import defaultdict
from dataclasses import dataclass, field

from app.booths.outline import Outline, inset, path_of, room_in
from app.booths.plan_check import Checked, Ground, hall_sizes
from app.front.plan_drawing import Effect

INSET_CM = 20
NUMBERED_AT_MOST = 400  # of a larger table only what needs a look is numbered


@dataclass
class HallPicture:
    """Lengths in decimetres; one path for each look, and numbers with the middles of their booths."""

    name: str
    width: int
    height: int
    paths: dict[str, str] = field(default_factory=dict)  # there, comes, wrong, goes
    numbers: list[tuple[str, int, int]] = field(default_factory=list)


def pictures(ground: Ground, found: Checked, effect: Effect) -> list[HallPicture]:
    """Of the halls that the table names."""
    wrong = set(found.rows_with_faults)
    goes = {number.casefold() for number in effect.removed}
    parts: dict[str, dict[str, list[str]]] = defaultdict(lambda: {"there": [], "comes": [], "wrong": [], "goes": []})
    halls: dict[str, HallPicture] = {}
    for key, (name, width, depth) in hall_sizes(found.places).items():
        known = ground.halls.get(key)
        if known:
            width, depth = known[1:]
        halls[known[0] if known else key] = HallPicture(name, width // 10, depth // 10)
    named = {place.number.casefold() for place in found.places}
    for number, one in ground.booths.items():
        if one.hall in halls and number not in named:
            parts[one.hall]["goes" if number in goes else "there"].append(
                _path(one.outline, one.x_cm, one.y_cm, one.width_cm, one.depth_cm)
            )
    for place in found.places:
        hall, look = (
            ground.hall_of(place),
            "wrong" if place.row in wrong else "there" if place.row in effect.same else "comes",
        )
        parts[hall][look].append(_path(place.outline, place.x_cm, place.y_cm, place.width_cm, place.depth_cm))
        if look == "wrong" or len(found.places) <= NUMBERED_AT_MOST:
            x, y, w, d = room_in(place.outline) if place.outline else (
                place.x_cm, place.y_cm, place.width_cm, place.depth_cm
            )  # fmt: skip
            halls[hall].numbers.append((place.number, int(x + w / 2) // 10, int(y + d / 2) // 10))
    for key, picture in halls.items():
        picture.paths = {look: "".join(drawn) for look, drawn in parts[key].items()}
    return list(halls.values())


def _path(outline: Outline, x: int, y: int, width: int, depth: int) -> str:
    if outline:
        return path_of(inset(outline, INSET_CM))
    left, top = (x + INSET_CM) // 10, (y + INSET_CM) // 10
    across, down = max(1, (width - 2 * INSET_CM) // 10), max(1, (depth - 2 * INSET_CM) // 10)
    return f"M{left} {top}h{across}v{down}h-{across}z"
