"""A floor plan as a table: what a CSV or XLSX file says, row by row, before anybody judges it."""

import csv
import io
from collections.abc import Iterator

from app.booths.plan_xlsx_apart import NO_TABLE, TOO_LARGE, table_of_xlsx_apart
from app.errors import FieldErrors
from app.exports import FORMULA_STARTS
from app.i18n_marks import N_
from app.search import fold

LARGEST_FILE, MOST_ROWS = 10_000_000, 20_000
LONGEST_CELL, LONGEST_OUTLINE = 200, 2_000  # characters
HEADINGS_WITHIN, KNOWN_AT_LEAST = 20, 3  # titles may stand above the headings
ROW = "#"  # where a row stands in its sheet, counted from 1; of a drawing, what the element is called
SHAPE = "@"  # of a drawing: its shape, counted from 0
# What a column may be called, folded. The first is what we write ourselves.
HEADINGS = {
    "number": ("number", "booth", "booth number", "no", "so", "so gian", "gian", "gian hang", "ma gian"),
    "hall": ("hall", "nha", "khu nha", "building"),
    "x": ("x", "left", "trai"),
    "y": ("y", "top", "tren"),
    "width": ("width", "w", "rong", "chieu rong", "ngang"),
    "depth": ("depth", "d", "height", "length", "sau", "chieu sau", "dai", "doc"),
    "polygon": ("polygon", "corners", "outline", "shape", "cac goc", "goc", "da giac", "hinh", "hinh dang", "toa do"),
    "zone": ("zone", "row", "khu", "day"),
    "zone_name": ("zone name", "ten khu"),
    "kind": ("kind", "type", "loai"),
    "sides": ("open sides", "sides", "mat thoang", "so mat thoang"),
    "state": ("state", "status", "tinh trang"),
    "name": ("name", "ten"),
    "price": ("price", "list price", "gia", "don gia"),
}
COLUMNS = tuple(HEADINGS)
BOX = ("x", "y", "width", "depth")  # or a polygon in place of them
NEEDED = ("number", "hall", *BOX)
UNITS_IN_HEADINGS = ("m", "cm", "mm", "ft", "in")
NO_COLUMNS = N_(
    "Columns are missing: %(missing)s. One row names the columns, and row %(row)s came nearest: number, hall, x, y, "
    "width, depth, or polygon in place of the last four; zone, zone name, kind, open sides, state, name and price may "
    "be there too."
)
NO_ROWS = N_("The file names its columns and then holds no booth.")

Raw = dict[str, str]  # column → text as it stood there


def rows_of(filename: str, content: bytes) -> list[Raw]:
    """The rows of a file with known column names, empty rows left out; a unit in a heading goes to its lengths.

    Raises FieldErrors under `file`.
    """
    if len(content) > LARGEST_FILE:
        raise FieldErrors({"file": TOO_LARGE})
    try:
        return _rows(enumerate(table_of_xlsx_apart(content) if content[:2] == b"PK" else _text(content), start=1))
    except csv.Error as error:  # a cell that never ends
        raise FieldErrors({"file": NO_TABLE}) from error


def fitting(column: str, text: str) -> str:
    """A cell as it is kept. A polygon is not cut to what would be another shape: one too long is judged so."""
    return text.strip().rstrip("; ")[: LONGEST_OUTLINE + 1] if column == "polygon" else text.strip()[:LONGEST_CELL]


def _rows(table: Iterator[tuple[int, list[str]]]) -> list[Raw]:
    heads, above = _headings(table)
    names = [name for name, _unit in heads]
    missing = [column for column in NEEDED if column not in names and not (column in BOX and "polygon" in names)]
    if missing:
        raise FieldErrors({"file": NO_COLUMNS}, missing=", ".join(missing), row=above)
    rows: list[Raw] = []
    for n, cells in table:
        row = {}
        for (name, unit), cell in zip(heads, cells, strict=False):
            text = fitting(name, cell).replace("\0", "")
            if text[:1] == "'" and text[1:2] in FORMULA_STARTS:
                text = text[1:]  # as our own exports keep it from being run
            if name and text:
                row[name] = f"{text} {unit}" if unit and text[-1].isdigit() else text
        if row:
            rows.append(row | {ROW: str(n)})
        if len(rows) > MOST_ROWS:
            raise FieldErrors({"file": TOO_LARGE})
    if not rows:
        raise FieldErrors({"file": NO_ROWS})
    return rows


def _headings(table: Iterator[tuple[int, list[str]]]) -> tuple[list[tuple[str, str]], int]:
    """The first row that names enough columns, and where it stands; else the one that names most of them."""
    best: tuple[list[tuple[str, str]], int] = [], 1
    for n, cells in table:
        heads = [_heading(cell) for cell in cells]
        if sum(bool(name) for name, _unit in heads) > sum(bool(name) for name, _unit in best[0]):
            best = heads, n
        named = sum(name in NEEDED for name, _unit in heads) + 2 * sum(name == "polygon" for name, _unit in heads)
        if named > KNOWN_AT_LEAST or n >= HEADINGS_WITHIN:
            break
    return best


def _heading(cell: str) -> tuple[str, str]:
    """`Chiều rộng (m)` → width, m; what is no column of a plan → two empty words."""
    words = fold(cell).replace("(", " ").replace(")", " ").replace("_", " ").replace(",", " ").split()
    unit = words.pop() if len(words) > 1 and words[-1] in UNITS_IN_HEADINGS else ""
    said = " ".join(words)
    return next(((name, unit) for name, others in HEADINGS.items() if said in others), ("", ""))


def column_called(heading: str) -> str:
    """The column that a property or attribute of a drawn booth stands for; its place and size are drawn, not said."""
    name, _unit = _heading(heading.replace("-", " "))
    return "" if name in (*BOX, "polygon") else name


def _text(content: bytes) -> Iterator[list[str]]:
    for encoding in ("utf-8-sig", "utf-16") if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",):
        try:
            text = content.decode(encoding)
            break
        except UnicodeError:
            continue
    else:
        raise FieldErrors({"file": NO_TABLE})
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    return iter(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
