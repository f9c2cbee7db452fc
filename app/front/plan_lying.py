"""How a drawing lies in the hall, as a form: what it asks, what was typed into it, and what that means."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from app.booths.models import PlanImport
from app.booths.plan_check import LONG_HALL
from app.booths.plan_file import LONGEST_CELL
from app.booths.plan_lengths import CM_IN
from app.booths.plan_placing import Placing, metres
from app.db import db
from app.errors import FieldErrors
from app.fairs.models import Fair, Hall
from app.front.plan_placed import placing_of, unit_to_offer
from app.i18n_marks import N_

UNITS = tuple(CM_IN)
SMALLEST_UNIT_CM, LARGEST_UNIT_CM, FARTHEST_CM = Decimal("0.0001"), Decimal(100_000), 100_000
NO_UNIT_LENGTH = N_("Say how long one unit of the drawing is: a number above zero, such as 1, 0.1 or 30.48.")
NO_PLACE = N_("Write metres from the wall, 0 to 1,000, or leave it empty: the drawing is put where it fits.")
NO_LAYER = N_("Choose at least one layer.")
NO_HALL = N_("Name the hall that the drawing shows.")


@dataclass(frozen=True)
class Lying:
    """The form as it is shown: texts as they were typed, or as the drawing lies now."""

    kind: str
    one: str
    unit: str
    hall: str
    left: str
    top: str
    layers: list[tuple[str, int, int, bool]]  # name, shapes, numbered, chosen
    numbered_only: bool
    halls: list[str]
    aside: int
    sides: tuple[float, float] | None
    size_m: tuple[float, float] | None
    corner_m: tuple[str, str] | None
    unit_said: bool  # by the file, or by somebody before
    errors: dict[str, str]


def lying(fair: Fair, kept: PlanImport, errors: dict[str, str], form: MultiDict[str, str]) -> Lying | None:
    """None for a table. `form`: what was typed, where it has errors."""
    said: dict[str, Any] | None = kept.drawing
    if said is None:
        return None
    placing, (one, unit) = placing_of(kept), unit_to_offer(kept)
    size, corner, sides = said["size_cm"], said["corner_cm"], said["sides"]
    typed = form if errors else MultiDict[str, str]()
    chosen = set(form.getlist("layer")) if errors else None
    return Lying(
        said["kind"], typed.get("one", one), typed.get("unit", unit), typed.get("hall", placing.hall),
        typed.get("left", _metres(placing.left_cm)), typed.get("top", _metres(placing.top_cm)),
        [(name, shapes, numbered, str(n) in chosen if chosen is not None else name in placing.layers)
         for n, (name, shapes, numbered) in enumerate(said["layers"])],
        typed.get("numbered", "") == "yes" if errors else placing.numbered_only,
        list(db.session.scalars(_hall_names(fair))), said["aside"], (sides[0], sides[1]) if sides else None,
        (size[0] / 100, size[1] / 100) if size else None,
        (metres(corner[0]), metres(corner[1])) if corner else None,
        bool(placing.one), errors,
    )  # fmt: skip


def asked_placing(kept: PlanImport, form: MultiDict[str, str]) -> Placing:
    """What the form says, for a drawing that is kept. Raises FieldErrors."""
    names = [name for name, _shapes, _numbered in (kept.drawing or {}).get("layers", [])]
    chosen = {int(text) for text in form.getlist("layer") if text.isascii() and text.isdigit() and len(text) < 4}
    layers = [name for n, name in enumerate(names) if n in chosen] if len(names) > 1 else names
    return placing_from(
        {name: form.get(name, "") for name in ("one", "unit", "hall", "left", "top")},
        layers,
        form.get("numbered") == "yes",
        bool((kept.drawing or {}).get("homeless")),
    )


def placing_from(typed: dict[str, str], layers: list[str], numbered_only: bool, needs_hall: bool) -> Placing:
    """Raises FieldErrors, by what was typed: one, unit, hall, left, top, layer."""
    errors = {}
    unit = typed["unit"] if typed["unit"] in UNITS else "m"
    one = _number(typed["one"])
    if one is None or not SMALLEST_UNIT_CM <= one * CM_IN[unit] <= LARGEST_UNIT_CM:
        errors["one"] = NO_UNIT_LENGTH
    places = {}
    for side in ("left", "top"):
        metres_typed = _number(typed[side]) if typed[side].strip() else None
        if metres_typed is not None and 0 <= metres_typed * 100 <= FARTHEST_CM:
            places[side] = round(metres_typed * 100)
        elif typed[side].strip():
            errors[side] = NO_PLACE
    hall = typed["hall"].strip()[:LONGEST_CELL]
    if len(hall) > 80:
        errors["hall"] = LONG_HALL
    elif needs_hall and not hall:
        errors["hall"] = NO_HALL
    if not layers:
        errors["layer"] = NO_LAYER
    if errors:
        raise FieldErrors(errors)
    return Placing(f"{one:f}", unit, hall, places.get("left"), places.get("top"), layers, numbered_only)


def _number(text: str) -> Decimal | None:
    """3, 0.1 or 0,1; None for anything else."""
    said = text.strip().replace(",", ".")
    if not 0 < len(said) <= 30 or not said.isascii() or not set(said) <= set("0123456789."):
        return None
    try:
        return Decimal(said)
    except InvalidOperation:
        return None


def _metres(cm: int | None) -> str:
    return "" if cm is None else metres(cm)


def _hall_names(fair: Fair) -> Any:
    return select(Hall.name).where(Hall.fair_id == fair.id).order_by(Hall.position, Hall.id)
