"""SVG's path data and transforms (SVG 1.1, 7.6 and 8.3) as corners; curves become short straight lines."""

import re
from collections.abc import Iterator
from math import acos, ceil, cos, degrees, hypot, pi, radians, sin, sqrt, tan

from app.booths.plan_elements import MOST_CORNERS, Corners, Point

Matrix = tuple[float, float, float, float, float, float]  # a b c d e f, as SVG writes them
AS_IT_IS: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
PIECES_OF_A_CURVE, DEGREES_OF_A_PIECE = 8, 15
NUMBER = re.compile(r"[\s,]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
FLAG = re.compile(r"[\s,]*([01])")
COMMAND = re.compile(r"[\s,]*([MmZzLlHhVvCcSsQqTtAa])")
TRANSFORM = re.compile(r"(matrix|translate|scale|rotate|skewX|skewY)\s*\(([^()]*)\)")
TAKES = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
LONGEST_PATH, MOST_TRANSFORMS, LARGEST_NUMBER = 20_000, 20, 1e9  # characters, steps


class BadPath(ValueError):
    """Path data or a transform that cannot be read."""


def numbers_of(text: str) -> list[float]:
    """Numbers between spaces and commas. Raises BadPath for anything else between them."""
    found, at = [], 0
    while match := NUMBER.match(text, at):
        found.append(float(match[1]))
        at = match.end()
    if text[at:].strip(" \t\r\n,") or not all(map(_is_sane, found)):
        raise BadPath(text[:40])
    return found


def matrix_of(text: str) -> Matrix:
    """Of a `transform` attribute. Raises BadPath."""
    steps = TRANSFORM.findall(text)
    if len(steps) > MOST_TRANSFORMS or TRANSFORM.sub("", text).strip(" \t\r\n,"):
        raise BadPath(text[:40])
    matrix = AS_IT_IS
    for name, said in steps:
        matrix = together(matrix, _step(name, numbers_of(said)))
    return matrix


def together(outer: Matrix, inner: Matrix) -> Matrix:
    """What stands within `inner` first, then within `outer`."""
    a, b, c, d, e, f = outer
    g, h, i, j, k, m = inner
    return a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * m + e, b * k + d * m + f


def moved(matrix: Matrix, points: list[Point]) -> Corners:
    if matrix == AS_IT_IS:
        return points
    a, b, c, d, e, f = matrix
    return [(a * x + c * y + e, b * x + d * y + f) for x, y in points]


def _step(name: str, said: list[float]) -> Matrix:
    match name, said:
        case "matrix", [a, b, c, d, e, f]:
            return a, b, c, d, e, f
        case "translate", [x]:
            return 1, 0, 0, 1, x, 0
        case "translate", [x, y]:
            return 1, 0, 0, 1, x, y
        case "scale", [x]:
            return x, 0, 0, x, 0, 0
        case "scale", [x, y]:
            return x, 0, 0, y, 0, 0
        case "rotate", [angle]:
            return _turn(angle)
        case "rotate", [angle, x, y]:
            return together(together((1, 0, 0, 1, x, y), _turn(angle)), (1, 0, 0, 1, -x, -y))
        case "skewX", [angle]:
            return 1, 0, tan(radians(angle)), 1, 0, 0
        case "skewY", [angle]:
            return 1, tan(radians(angle)), 0, 1, 0, 0
    raise BadPath(name)


def _is_sane(number: float) -> bool:
    return abs(number) < LARGEST_NUMBER


def _turn(angle: float) -> Matrix:
    c, s = cos(radians(angle)), sin(radians(angle))
    if angle % 90 == 0:
        c, s = round(c), round(s)  # a quarter turn is exact
    return c, s, -s, c, 0, 0


def outlines_of(data: str) -> list[tuple[Corners, bool]]:
    """Each part of a path: its corners, and whether it is closed by Z. Raises BadPath, also for one without end."""
    if len(data) > LONGEST_PATH:
        raise BadPath(data[:40])
    parts: list[tuple[Corners, bool]] = []
    points: Corners = []
    at: Point = (0.0, 0.0)
    start: Point = at
    before, control = "", at
    for letter, said in _commands(data):
        kind = letter.upper()
        if letter.islower() and kind != "A":
            said = [v + at[n % 2] for n, v in enumerate(said)] if kind not in "HV" else [said[0] + at[kind == "V"]]
        elif letter.islower():
            said = [*said[:5], said[5] + at[0], said[6] + at[1]]
        if kind == "Z":
            if points:
                parts.append((points, True))
            at, points = start, []
        elif kind == "M":
            if len(points) > 1:
                parts.append((points, False))
            at = start = said[0], said[1]
            points = [at]
        else:
            points = points or [at]
            end, control, pieces = _pieces(kind, said, at, control if before in _BENT.get(kind, "") else at)
            points += pieces
            at = end
            if len(points) > 10 * MOST_CORNERS:
                raise BadPath(data[:40])
        before = kind
    if len(points) > 1:
        parts.append((points, False))
    return parts


_BENT = {"S": "CS", "T": "QT"}  # which commands leave a control point that the next one mirrors


def _commands(data: str) -> Iterator[tuple[str, list[float]]]:
    """Each command with its numbers; after the first pair of an M, pairs are lines."""
    place, letter, end = 0, "", len(data.rstrip())
    while place < end:
        if match := COMMAND.match(data, place):
            letter, place = match[1], match.end()
        elif not letter or letter in "Zz":
            raise BadPath(data[:40])
        said = []
        for n in range(TAKES[letter.upper()]):
            pattern = FLAG if letter in "Aa" and n in (3, 4) else NUMBER
            if (number := pattern.match(data, place)) is None:
                raise BadPath(data[:40])
            said.append(float(number[1]))
            place = number.end()
        if not all(map(_is_sane, said)):
            raise BadPath(data[:40])
        yield letter, said
        letter = {"M": "L", "m": "l"}.get(letter, letter)


def _pieces(kind: str, said: list[float], at: Point, control: Point) -> tuple[Point, Point, Corners]:
    """Where a command ends, the control point that it leaves, and the corners on the way."""
    match kind:
        case "L":
            end = said[0], said[1]
            return end, end, [end]
        case "H":
            end = said[0], at[1]
            return end, end, [end]
        case "V":
            end = at[0], said[0]
            return end, end, [end]
        case "A":
            end = said[5], said[6]
            return end, end, _arc(at, end, said)
        case "C" | "S":
            first = (said[0], said[1]) if kind == "C" else _mirrored(control, at)
            second, end = (said[-4], said[-3]), (said[-2], said[-1])
            return end, second, _cubic(at, first, second, end)
        case _:  # Q, T: as the cubic curve of the same shape
            middle = (said[0], said[1]) if kind == "Q" else _mirrored(control, at)
            end = said[-2], said[-1]
            return end, middle, _cubic(at, _towards(at, middle), _towards(end, middle), end)


def _towards(point: Point, middle: Point) -> Point:
    """Two thirds of the way."""
    return point[0] + 2 * (middle[0] - point[0]) / 3, point[1] + 2 * (middle[1] - point[1]) / 3


def _mirrored(point: Point, middle: Point) -> Point:
    return 2 * middle[0] - point[0], 2 * middle[1] - point[1]


def _cubic(a: Point, b: Point, c: Point, d: Point) -> Corners:
    found = []
    for n in range(1, PIECES_OF_A_CURVE):
        t = n / PIECES_OF_A_CURVE
        p, q, r, s = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        found.append((p * a[0] + q * b[0] + r * c[0] + s * d[0], p * a[1] + q * b[1] + r * c[1] + s * d[1]))
    return [*found, d]


def _arc(start: Point, end: Point, said: list[float]) -> Corners:
    """An elliptical arc from its ends (SVG 1.1, F.6.5)."""
    rx, ry, tilt, large, sweep = abs(said[0]), abs(said[1]), radians(said[2]), said[3], said[4]
    if not rx or not ry or start == end:
        return [end]
    c, s = cos(tilt), sin(tilt)
    dx, dy = (start[0] - end[0]) / 2, (start[1] - end[1]) / 2
    x, y = c * dx + s * dy, c * dy - s * dx
    if (wide := (x / rx) ** 2 + (y / ry) ** 2) > 1:
        rx, ry = rx * sqrt(wide), ry * sqrt(wide)
    under = (rx * y) ** 2 + (ry * x) ** 2
    factor = sqrt(max(0.0, ((rx * ry) ** 2 - under) / under)) * (-1 if large == sweep else 1)
    mx, my = factor * rx * y / ry, -factor * ry * x / rx
    first = _angle((1, 0), ((x - mx) / rx, (y - my) / ry))
    turn = _angle(((x - mx) / rx, (y - my) / ry), ((-x - mx) / rx, (-y - my) / ry)) % (2 * pi)
    if not sweep:
        turn -= 2 * pi
    pieces = max(1, ceil(abs(degrees(turn)) / DEGREES_OF_A_PIECE))
    middle = c * mx - s * my + (start[0] + end[0]) / 2, s * mx + c * my + (start[1] + end[1]) / 2
    found = []
    for n in range(1, pieces):
        angle = first + turn * n / pieces
        u, v = rx * cos(angle), ry * sin(angle)
        found.append((c * u - s * v + middle[0], s * u + c * v + middle[1]))
    return [*found, end]


def _angle(a: Point, b: Point) -> float:
    size = hypot(*a) * hypot(*b)
    turn = acos(max(-1.0, min(1.0, (a[0] * b[0] + a[1] * b[1]) / size))) if size else 0.0
    return turn if a[0] * b[1] - a[1] * b[0] >= 0 else -turn
