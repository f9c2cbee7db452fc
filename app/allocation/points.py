"""Priority points: what a company's earlier editions are worth under a fair's rule, and the sum line by line.

Pure: no database, no clock. The lines are what an exhibitor reads, and add up to its points.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

BOOTH_M2 = 9  # area counts in whole standard booths


@dataclass(frozen=True)
class Weights:
    """Whole points; `late` and `released` are taken off. Zero: it does not count."""

    edition: int
    per_9_m2: int
    on_time: int
    late: int
    released: int


USUAL = Weights(edition=5, per_9_m2=1, on_time=3, late=0, released=0)


@dataclass(frozen=True)
class Edition:
    """What a company did at one earlier edition: the rows that its points come from.

    Numbers of booths and references of orders as they stand in that edition; `matched` says how the company was
    known again there: `tax_code` or `account`.
    """

    fair: str
    fair_en: str
    year: int
    matched: str
    booths: Sequence[str] = ()
    area_m2: float = 0
    on_time: Sequence[str] = ()
    late: Sequence[str] = ()
    released: Sequence[str] = ()


@dataclass(frozen=True)
class Correction:
    points: int
    reason: str


@dataclass(frozen=True)
class Part:
    """One addend: `why` is edition, area, on_time, late or released; `rows` are what it was counted from."""

    why: str
    points: int
    rows: Sequence[str]


@dataclass(frozen=True)
class Line:
    """An edition, or one of the organiser's corrections (`reason`), with its parts."""

    points: int
    edition: Edition | None = None
    parts: Sequence[Part] = ()
    reason: str = ""

    def kept(self) -> dict[str, Any]:
        """As JSON, for the row of a draw."""
        return asdict(self)


@dataclass(frozen=True)
class Score:
    points: int
    lines: Sequence[Line]


def score(weights: Weights, editions: Sequence[Edition], corrections: Sequence[Correction] = ()) -> Score:
    """Points of a company, the latest edition first, corrections last.

    Being there and area count with a let booth. Payment counts once an edition, whatever the number of orders: on time
    only if nothing was late, so nothing is won by splitting an order. The sum may be below zero.
    """
    lines = [
        Line(sum(part.points for part in parts), edition=edition, parts=parts)
        for edition in sorted(editions, key=lambda one: (-one.year, one.fair))
        if (parts := _parts(weights, edition))
    ]
    lines += [Line(one.points, reason=one.reason) for one in corrections]
    return Score(sum(line.points for line in lines), lines)


def _parts(weights: Weights, edition: Edition) -> list[Part]:
    counted = [
        Part("edition", weights.edition, edition.booths) if edition.booths else None,
        Part("area", weights.per_9_m2 * int(edition.area_m2 // BOOTH_M2), edition.booths) if edition.booths else None,
        Part("on_time", weights.on_time, edition.on_time) if edition.on_time and not edition.late else None,
        Part("late", -weights.late, edition.late) if edition.late else None,
        Part("released", -weights.released, edition.released) if edition.released else None,
    ]
    return [part for part in counted if part is not None and part.points]
