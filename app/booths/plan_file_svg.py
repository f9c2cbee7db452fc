"""A floor plan as SVG: one element a booth, through every transform; its number is its label, id or the words in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from app.booths.plan_elements import (
    MOST_TEXTS,
    TOO_MANY,
    Corners,
    Drawing,
    Point,
    Shape,
    Text,
    clean,
    floor_of,
    into_halls,
    is_closed,
    looks_like_a_number,
    number_among,
    texts_inside,
    tidy,
)
from app.booths.plan_file import LARGEST_FILE, Raw, column_called
from app.booths.plan_file_svg_path import AS_IT_IS, BadPath, Matrix, matrix_of, moved, numbers_of, outlines_of, together
from app.booths.plan_lengths import CM_IN
from app.errors import FieldErrors
from app.i18n_marks import N_

SVG, INKSCAPE = "{http://www.w3.org/2000/svg}", "{http://www.inkscape.org/namespaces/inkscape}"
DEEPEST, MOST_ELEMENTS = 60, 200_000
NO_SVG = N_("This is no SVG that can be read. Open it in a drawing program, save it as plain SVG and send it again.")
ENTITIES = N_(
    "This SVG names entities, which are not read. Save it as plain SVG: in Illustrator, without its own editing "
    "capabilities."
)
TOO_LARGE = N_("The file is too large: 10 MB and 200,000 elements at most. Save the layer of the booths alone.")
UNDRAWN = ("defs", "symbol", "clipPath", "mask", "pattern", "marker", "metadata", "style", "script", "foreignObject")
# What drawing programs call an element by themselves: no number of a booth.
BY_ITSELF = re.compile(
    r"(rect|rectangle|path|polygon|polyline|g|group|layer|use|svg|text|tspan|line|circle|ellipse|shape|vector|frame|"
    r"union|clip|image|namedview|defs)([\s_-]?\d[\d\s_-]*)?",
    re.IGNORECASE,
)
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{2,4})_")  # Illustrator's way to write what an id may not hold
LENGTH = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([a-zA-Z%]*)")
PX_IN = {"": 1.0, "px": 1.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4, "q": 96 / 101.6, "pt": 96 / 72, "pc": 16.0}
REAL = ("mm", "cm", "in", "q", "pt", "pc")  # units that an SVG can measure paper by
HIDDEN = re.compile(r"display\s*:\s*none")
CORNERED, OTHERS = ("rect", "polygon", "polyline", "path"), ("circle", "ellipse", "line", "use", "image")


@dataclass(frozen=True)
class _Around:
    """What the groups around an element make of it."""

    matrix: Matrix = AS_IT_IS
    layer: str = ""
    groups: tuple[str, ...] = ()
    words: Raw = field(default_factory=dict)
    outline: str = ""  # hall, floor: what its elements are, if they are no booths


@dataclass
class _Found:
    """What the walk has seen."""

    shapes: list[Shape] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    halls: list[tuple[str, Corners]] = field(default_factory=list)
    aside: int = 0
    said: dict[int, list[str]] = field(default_factory=dict)  # shape → what may be its number


def drawing_of_svg(content: bytes) -> Drawing:
    """Its closed shapes. Raises FieldErrors under `file`."""
    root = _tree(content)
    unit_cm, corner = _measures(root)
    found, start = _Found(), _Around((1, 0, 0, 1, -corner[0], -corner[1]))
    for child in root:
        _walk(child, start, found)
    inside = texts_inside(found.shapes, found.texts)
    for n, shape in enumerate(found.shapes):
        if "number" not in shape.words:
            shape.words["number"] = number_among([*found.said[n], *inside.get(n, [])])
        shape.words = {name: text for name, text in shape.words.items() if text}
    into_halls(found.shapes, found.halls)
    return Drawing("svg", found.shapes, unit_cm, aside=found.aside)


def _tree(content: bytes) -> Element:
    """The tree of a file that names no entities and is neither too deep nor too large; nothing outside is fetched."""
    from defusedxml.common import DefusedXmlException  # at first use, as every reader of files
    from defusedxml.ElementTree import iterparse

    if len(content) > LARGEST_FILE:
        raise FieldErrors({"file": TOO_LARGE})
    depth = elements = 0
    root: Element | None = None
    try:
        for event, element in iterparse(BytesIO(content), events=("start", "end")):
            depth += 1 if event == "start" else -1
            elements += event == "start"
            if depth > DEEPEST or elements > MOST_ELEMENTS:
                raise FieldErrors({"file": TOO_LARGE})
            root = element if root is None else root
    except DefusedXmlException as error:
        raise FieldErrors({"file": ENTITIES}) from error
    except (ParseError, ValueError, LookupError) as error:  # also an encoding that nobody knows
        raise FieldErrors({"file": NO_SVG}) from error
    if root is None or _name(root) != "svg":
        raise FieldErrors({"file": NO_SVG})
    return root


def _measures(root: Element) -> tuple[float | None, Point]:
    """How many cm one unit is, if the file says so, and where its north-west corner lies."""
    try:
        view = numbers_of(root.get("viewBox", ""))
    except BadPath:
        view = []
    left, top, width, height = view if len(view) == 4 else [0.0, 0.0, 0.0, 0.0]
    said = root.get("data-unit", "")
    if said in CM_IN:
        return float(CM_IN[said]), (left, top)
    scales = []
    for name, units in (("width", width), ("height", height)):
        if (match := LENGTH.fullmatch(root.get(name, "").strip())) and match[2].lower() in REAL:
            px = float(match[1]) * PX_IN[match[2].lower()]
            scales.append(px / units if units > 0 else 1.0)
    return (min(scales) * 2.54 / 96 or None) if scales else None, (left, top)


def _walk(element: Element, around: _Around, found: _Found) -> None:
    name = _name(element)
    if name in UNDRAWN or element.get("display") == "none" or HIDDEN.search(element.get("style", "")):
        return
    try:
        matrix = together(around.matrix, matrix_of(element.get("transform", "")))
    except BadPath:
        found.aside += 1
        return
    if name in ("g", "a", "svg", "switch"):
        _walk_group(element, replace(around, matrix=matrix), found)
    elif name == "text":
        found.texts += _texts(element, matrix)
        if len(found.texts) > MOST_TEXTS:
            raise FieldErrors({"file": TOO_MANY})
    elif name in CORNERED or name in OTHERS:
        _take(element, name, replace(around, matrix=matrix), found)


def _walk_group(group: Element, around: _Around, found: _Found) -> None:
    label = _label(group)
    is_layer = group.get(f"{INKSCAPE}groupmode") == "layer"
    layer = label if is_layer or not around.layer else around.layer
    inner = _Around(
        around.matrix, layer, (label, *around.groups) if label else around.groups,
        around.words | _data(group), group.get("data-outline", around.outline),
    )  # fmt: skip
    before = len(found.shapes)
    own_texts = len(found.texts)
    for child in group:
        _walk(child, inner, found)
    if len(found.shapes) == before + 1 and not is_layer:  # a booth drawn as a group: outline and words together
        if looks_like_a_number(label):
            found.shapes[before].layer = around.layer
        found.said[before] += [label, *_titles(group), *(text.words for text in found.texts[own_texts:])]


def _take(element: Element, name: str, around: _Around, found: _Found) -> None:
    """An element that is drawn: a booth, a hall's outline, or something else."""
    outline = element.get("data-outline", around.outline)
    corners, problem = _corners(element, name, around.matrix)
    label, data = element.get(f"{INKSCAPE}label", ""), _data(element)
    if outline == "hall" and corners and around.words.get("hall"):
        found.halls.append((around.words["hall"], corners))
    if outline:
        return
    own = _id(element)
    said = [label, element.get("data-name", ""), own, *_titles(element)]
    if problem and not ("number" in data or any(map(looks_like_a_number, said))):
        found.aside += 1
        return
    called = data.get("number") or label or element.get("id", "") or str(len(found.shapes) + 1)
    found.said[len(found.shapes)] = said
    found.shapes.append(
        Shape(f"{name}#{called}"[:60], corners, around.words | data, around.layer, list(around.groups), problem)
    )


def _corners(element: Element, name: str, matrix: Matrix) -> tuple[Corners, str]:
    """In the drawing's units; where it is none, a key of plan_check.UNREAD."""
    try:
        match name:
            case "rect":
                x, y, width, height = (_length(element.get(one, "0")) for one in ("x", "y", "width", "height"))
                parts = [([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], True)]
                if width <= 0 or height <= 0:
                    return [], "area"
            case "polygon" | "polyline":
                numbers = numbers_of(element.get("points", ""))
                points = list(zip(numbers[::2], numbers[1::2], strict=False))
                parts = [(points, name == "polygon" or is_closed(points))]
            case "path":
                parts = outlines_of(element.get("d", ""))
            case "use":
                return [], "copy"
            case _:
                return [], "outline"
        closed = [moved(matrix, points) for points, is_shut in parts if is_shut or is_closed(points)]
    except (BadPath, ArithmeticError):
        return [], "outline"
    whole = [corners for points in closed if (corners := tidy(points))]
    if not whole:
        return [], "open"
    if len(whole) > 1:
        return [], "parts"
    return (whole[0], "") if floor_of(whole[0]) > 0 else ([], "area")


def _length(text: str) -> float:
    """In user units. Raises BadPath for per cent and what is no length."""
    match = LENGTH.fullmatch(text.strip())
    if match is None or match[2].lower() not in PX_IN or abs(float(match[1])) > 1e9:
        raise BadPath(text[:40])
    return float(match[1]) * PX_IN[match[2].lower()]


def _texts(element: Element, matrix: Matrix) -> Iterator[Text]:
    """Each line of a text where it begins, and the whole of it."""
    lines = [one for one in element.iter() if _name(one) == "tspan" and (one.text or "").strip()] or [element]
    x, y = element.get("x"), element.get("y")
    for line in lines[:20]:
        place = line if line.get("x") else next((one for one in lines if one.get("x")), element)
        try:
            at = (numbers_of(line.get("x") or x or place.get("x") or "0")[0],
                  numbers_of(line.get("y") or y or place.get("y") or "0")[0])  # fmt: skip
        except (BadPath, IndexError):
            continue
        words = " ".join("".join(line.itertext()).split())
        if words:
            yield Text(words[:200], moved(matrix, [at])[0])


def _titles(element: Element) -> list[str]:
    return [" ".join("".join(child.itertext()).split())[:200] for child in element if _name(child) == "title"]


def _label(element: Element) -> str:
    return (element.get(f"{INKSCAPE}label") or _id(element))[:80]


def _id(element: Element) -> str:
    """As it was typed; nothing where the program made it up."""
    own = clean(ESCAPED.sub(lambda match: chr(int(match[1], 16)), element.get("id", "")))
    return "" if BY_ITSELF.fullmatch(own) else own


def _data(element: Element) -> Raw:
    """`data-zone-name` and the like, by the columns of a table; places and sizes are drawn, not said.

    `data-caption` is the column `name`: Illustrator keeps an element's own name in `data-name`.
    """
    keys = {key[5:]: text for key, text in element.attrib.items() if key.startswith("data-") and key != "data-name"}
    said = {"name" if key == "caption" else column_called(key): text for key, text in keys.items()}
    return {name: text for name, text in said.items() if name}


def _name(element: Any) -> str:
    """Without its namespace; comments and instructions have none."""
    tag = element.tag
    return tag.removeprefix(SVG) if isinstance(tag, str) else ""
