"""Lists as files: CSV and XLSX, written row by row so that a whole fair's list never stands in memory."""

import csv
import io
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import IO, Any, Literal, TypeAlias
from urllib.parse import quote
from zoneinfo import ZoneInfo

from flask import Response, stream_with_context

from app.money import Money, exponent

Cell: TypeAlias = str | int | Decimal | date | datetime | Money | None
Row: TypeAlias = Sequence[Cell]

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
BOM = "\ufeff"  # without it Excel reads UTF-8 as Windows-1252 and garbles Vietnamese
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Kind(StrEnum):
    """What a column holds; `money` becomes two columns, the amount and the currency."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DAY = "day"
    MOMENT = "moment"


@dataclass(frozen=True)
class Column:
    """One column of an exported list: its heading in the reader's language, and its kind."""

    heading: str
    kind: Kind = Kind.TEXT
    currency_heading: str = ""


def list_response(
    file_type: Literal["csv", "xlsx"], name: str, columns: Sequence[Column], rows: Iterable[Row], zone: ZoneInfo
) -> Response:
    """Send a list as a download named `<name>.<file_type>`; moments are written in `zone`, the fair's."""
    if file_type == "csv":
        response = Response(stream_with_context(csv_chunks(columns, rows, zone)), content_type=MEDIA_TYPES["csv"])
    else:
        file = xlsx_file(columns, rows, zone, sheet=name)
        response = Response(file_chunks(file), content_type=MEDIA_TYPES["xlsx"])
        response.call_on_close(file.close)  # also where the reader left before the first byte
    response.headers["Content-Disposition"] = content_disposition("attachment", f"{name}.{file_type}")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def content_disposition(kind: Literal["inline", "attachment"], filename: str) -> str:
    """The header that names a download: Latin-1 holds no Vietnamese name, so it goes encoded (RFC 6266)."""
    plain = unicodedata.normalize("NFKD", filename.replace("đ", "d").replace("Đ", "D"))
    ascii_name = re.sub(r"[^A-Za-z0-9 ._-]", "", plain) or "file"
    return f"{kind}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(filename, safe='')}"


def csv_chunks(columns: Sequence[Column], rows: Iterable[Row], zone: ZoneInfo) -> Iterator[bytes]:
    """The list as CSV (RFC 4180, UTF-8 with BOM), some 64 KB at a time; text that a sheet would run is escaped."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)  # no text is cut in two at a ;
    buffer.write(BOM)
    writer.writerow([_csv_text(heading) for heading in headings(columns)])
    for row in rows:
        writer.writerow([_csv_cell(value, zone) for value in _flat(columns, row)])
        if buffer.tell() > 65_536:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def xlsx_file(columns: Sequence[Column], rows: Iterable[Row], zone: ZoneInfo, sheet: str = "") -> IO[bytes]:
    """The list as an XLSX workbook in a temporary file, read from its start; numbers and dates stay what they are."""
    import xlsxwriter  # at first use: 30 ms that a page without an export need not pay

    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (file_chunks closes it)
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False}
    with xlsxwriter.Workbook(file, options) as book:
        page = book.add_worksheet(_sheet_name(sheet))
        formats = _Formats(book)
        flat_kinds = _kinds(columns)
        for index, (heading, kind) in enumerate(zip(headings(columns), flat_kinds, strict=True)):
            page.set_column(index, index, 28 if kind is Kind.TEXT else 18)
            page.write_string(0, index, heading, formats.head)
        page.freeze_panes(1, 0)
        for number, row in enumerate(rows, start=1):
            for index, value in enumerate(_flat(columns, row)):
                _write_xlsx_cell(page, number, index, value, formats, zone)
    file.seek(0)
    return file


def file_chunks(file: IO[bytes]) -> Iterator[bytes]:
    """Read a file to its end in pieces of 64 KB, then close it."""
    with file:
        while chunk := file.read(65_536):
            yield chunk


def headings(columns: Sequence[Column]) -> list[str]:
    """The headings as written, with a column of its own for the currency of each money column."""
    written: list[str] = []
    for column in columns:
        written.append(column.heading)
        if column.kind is Kind.MONEY:
            written.append(column.currency_heading)
    return written


def _kinds(columns: Sequence[Column]) -> list[Kind]:
    return [kind for c in columns for kind in ((Kind.MONEY, Kind.NUMBER) if c.kind is Kind.MONEY else (c.kind,))]


def _flat(columns: Sequence[Column], row: Row) -> Iterator[Cell]:
    for column, value in zip(columns, row, strict=True):
        if column.kind is Kind.MONEY:
            yield value
            yield value.currency if isinstance(value, Money) else None
        else:
            yield value


def _csv_cell(value: Cell, zone: ZoneInfo) -> str:
    match value:
        case None:
            return ""
        case Money():
            return format(value.major, "f")
        case datetime():
            return value.astimezone(zone).isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case str():
            return _csv_text(value)
        case _:
            return format(value, "f") if isinstance(value, Decimal) else str(value)


def _csv_text(text: str) -> str:
    """A sheet runs a cell that begins like a formula (OWASP, CSV injection); an apostrophe makes it text."""
    return f"'{text}" if text.lstrip(" \u00a0").startswith(FORMULA_STARTS) else text


class _Formats:
    """The few cell formats of a workbook; a money amount shows as many digits as its currency has."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.head = book.add_format({"bold": True, "bottom": 1})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._amounts: dict[int, Any] = {}

    def amount(self, digits: int) -> Any:
        if digits not in self._amounts:
            pattern = "#,##0" + ("." + "0" * digits if digits else "")
            self._amounts[digits] = self.book.add_format({"num_format": pattern})
        return self._amounts[digits]


def _write_xlsx_cell(page: Any, row: int, column: int, value: Cell, formats: _Formats, zone: ZoneInfo) -> None:
    match value:
        case None:
            return
        case Money():
            page.write_number(row, column, value.major, formats.amount(exponent(value.currency)))
        case datetime():  # a sheet knows no time zones: the fair's wall clock is written
            page.write_datetime(row, column, value.astimezone(zone).replace(tzinfo=None), formats.moment)
        case date():
            page.write_datetime(row, column, value, formats.day)
        case str():
            page.write_string(row, column, value[:32_767])  # a cell's limit in XLSX
        case _:
            page.write_number(row, column, value)


def _sheet_name(name: str) -> str:
    """A sheet's name may have 31 characters, none of them []:*?/\\ (XLSX)."""
    return "".join("-" if character in "[]:*?/\\" else character for character in name)[:31]
