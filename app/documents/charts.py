"""Charts as SVG from the server: one source for pages and PDFs, no style attributes, so that the CSP may stay strict.

pygal was tried: it writes its look into a <style> element, which our policy forbids, and labels at right angles.
Colours are presentation attributes (they hold in PDFs); in pages the classes let the tokens override them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

BAR, INK, SOFT, LINE = "#223F77", "#1B1917", "#524E48", "#D8D7CE"
ROW, THICK, TEXT = 32, 20, 13
GRIDLINES = 4


@dataclass(frozen=True)
class Bar:
    """One bar: its label, its length in the unit of the chart, and the figure that stands at its end."""

    label: str
    value: float
    shown: str
    series: int = 1
    href: str = ""  # of the rows behind the figure, on a page


def bars(rows: Sequence[Bar], title: str, label_width: int = 84, widest: int = 58) -> Markup:
    """Horizontal bars from zero, labelled directly; lengths in per cent, so that text keeps its size on a phone.

    `label_width` in pixels, the `widest` bar in per cent; both with the figure at the bar's end fit into 350 px.
    """
    most = max((row.value for row in rows), default=0) or 1
    height = len(rows) * ROW + 4
    parts = [_open(title, height, any(row.href for row in rows))]
    for i in range(1, GRIDLINES + 1):
        x = widest * i / GRIDLINES
        parts.append(
            f'<line class="grid" x1="{x:.2f}%" x2="{x:.2f}%" y1="0" y2="{height}" '
            f'transform="translate({label_width})" stroke="{LINE}" stroke-width="1"/>'
        )
    for i, row in enumerate(rows):
        y = i * ROW + (ROW - THICK) // 2
        share, middle = widest * row.value / most, y + THICK / 2 + 4.5
        parts.append(
            f'<text class="label" x="0" y="{middle}" font-size="{TEXT}" fill="{INK}">{escape(row.label)}</text>'
        )
        parts.append(
            f'<rect class="c{row.series}" x="0" y="{y}" width="{share:.2f}%" height="{THICK}" '
            f'transform="translate({label_width})" fill="{BAR}"/>'
        )
        figure = (
            f'<text class="figure" x="{share:.2f}%" y="{middle}" transform="translate({label_width + 7})" '
            f'font-size="{TEXT}" font-weight="600" fill="{INK}">{escape(row.shown)}</text>'
        )
        name = f"{escape(row.label)}: {escape(row.shown)}"
        parts.append(f'<a href="{escape(row.href)}" aria-label="{name}">{figure}</a>' if row.href else figure)
    parts.append("</svg>")
    return Markup("".join(parts))  # noqa: S704  every text above went through escape


def cloth(colours: Sequence[str], columns: int, cell: float = 8.0, title: str = "") -> Markup:
    """A plaited cloth: each square is two strips, lying and standing in turn, in the colour of one booth."""
    rows = -(-len(colours) // columns)
    width, height = columns * cell, rows * cell
    edge, strip, long = 0.09 * cell, 0.365 * cell, 0.82 * cell
    step = 0.455 * cell
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(title)}" width="{width:g}mm" '
        f'height="{height:g}mm" viewBox="0 0 {width:g} {height:g}">'
    ]
    for i, colour in enumerate(colours):
        row, column = divmod(i, columns)
        x, y = column * cell + edge, row * cell + edge
        for second in (0, 1):
            if (row + column) % 2 == 0:
                shape = (x, y + second * step, long, strip)
            else:
                shape = (x + second * step, y, strip, long)
            parts.append(
                f'<rect x="{shape[0]:.2f}" y="{shape[1]:.2f}" width="{shape[2]:.2f}" height="{shape[3]:.2f}" '
                f'fill="{escape(colour)}"/>'
            )
    parts.append("</svg>")
    return Markup("".join(parts))  # noqa: S704  as above


def _open(title: str, height: int, linked: bool) -> str:
    role = "group" if linked else "img"  # in an image nothing can be followed
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="{role}" aria-label="{escape(title)}" '
        f'width="100%" height="{height}" font-family="BVP, Be Vietnam Pro, sans-serif">'
    )
