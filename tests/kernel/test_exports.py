"""Lists as CSV and XLSX: what a spreadsheet reads is what was written, and nothing in it runs."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook

from app.exports import Column, Kind, Row, content_disposition, csv_chunks, file_chunks, list_response, xlsx_file
from app.money import Money

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
COLUMNS = [
    Column("Tên"),
    Column("Số", Kind.NUMBER),
    Column("Giá trị", Kind.MONEY, "Tiền tệ"),
    Column("Ngày", Kind.DAY),
    Column("Lúc", Kind.MOMENT),
]
LATE = datetime(2019, 12, 12, 17, 30, 5, tzinfo=UTC)  # half past midnight of the 13th in Hà Nội


def row(name: str = "Gốm Chi", value: Money | None = None, number: int | None = 7) -> Row:
    return (name, number, value, date(2019, 12, 13), LATE)


def read_csv(rows: list[Row]) -> list[list[str]]:
    text = b"".join(csv_chunks(COLUMNS, rows, HANOI)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def read_xlsx(rows: list[Row]) -> list[list[object]]:
    content = b"".join(file_chunks(xlsx_file(COLUMNS, rows, HANOI, sheet="deals")))
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def test_csv_begins_with_a_bom_so_that_excel_reads_vietnamese() -> None:
    assert b"".join(csv_chunks(COLUMNS, [], HANOI)).startswith(b"\xef\xbb\xbf")


def test_headings_give_the_currency_a_column_of_its_own() -> None:
    assert read_csv([])[0] == ["Tên", "Số", "Giá trị", "Tiền tệ", "Ngày", "Lúc"]
    assert read_xlsx([])[0] == ["Tên", "Số", "Giá trị", "Tiền tệ", "Ngày", "Lúc"]


@pytest.mark.parametrize(
    ("money", "written", "number"),
    [
        (Money(1_234_567, "VND"), "1234567", 1_234_567),
        (Money(4_000_000, "USD"), "40000.00", 40_000),
        (Money(600, "JPY"), "600", 600),
        (Money(12_345, "KWD"), "12.345", 12.345),
        (Money(10**15, "VND"), "1000000000000000", 10**15),
    ],
)
def test_money_is_a_number_with_its_currency_beside_it(money: Money, written: str, number: float) -> None:
    assert read_csv([row(value=money)])[1][2:4] == [written, money.currency]
    assert read_xlsx([row(value=money)])[1][2:4] == [number, money.currency]


def test_moments_are_the_fairs_wall_clock_and_days_are_dates() -> None:
    assert read_csv([row()])[1][4:] == ["2019-12-13", "2019-12-13T00:30:05+07:00"]
    assert read_xlsx([row()])[1][4:] == [date(2019, 12, 13), datetime(2019, 12, 13, 0, 30, 5)]


@pytest.mark.parametrize("text", ["=1+1", "+84 24", "-2", "@SUM(A1)", "\tx", "\rx", "=cmd|' /C calc'!A0", " =1", "＝1"])
def test_text_that_a_sheet_would_run_is_escaped_in_csv_and_plain_in_xlsx(text: str) -> None:
    assert read_csv([row(text)])[1][0] == f"'{text}"
    content = b"".join(file_chunks(xlsx_file(COLUMNS, [row(text)], HANOI)))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert str(sheet[1][0]).strip() == text.replace("\r", "\n").strip() or sheet[1][0] == text


def test_negative_numbers_stay_numbers() -> None:
    assert read_csv([row(number=-5)])[1][1] == "-5"
    assert read_xlsx([row(number=-5)])[1][1] == -5


def test_what_is_missing_is_an_empty_cell() -> None:
    assert read_csv([(None, None, None, None, None)])[1] == [""] * 6


def test_quotes_newlines_and_decimals_survive() -> None:
    rows: list[Row] = [('Lụa "Vạn An",\nHà Nội', None, None, None, None)]
    assert read_csv(rows)[1][0] == 'Lụa "Vạn An",\nHà Nội'
    assert read_csv([("a", Decimal("1.50"), None, None, None)])[1][1] == "1.50"


def test_long_list_is_sent_in_pieces() -> None:
    pieces = list(csv_chunks(COLUMNS, (row("x" * 100) for _n in range(5_000)), HANOI))
    assert len(pieces) > 5
    assert max(map(len, pieces)) < 80_000


def test_row_of_the_wrong_length_is_a_fault() -> None:
    with pytest.raises(ValueError):
        read_csv([("a", 1)])


def test_response_is_a_download_that_nobody_keeps(app: Flask) -> None:
    with app.test_request_context():
        response = list_response("xlsx", "deals-hanoi-2019", COLUMNS, [row()], HANOI)
    assert response.headers["Content-Disposition"] == (
        "attachment; filename=\"deals-hanoi-2019.xlsx\"; filename*=UTF-8''deals-hanoi-2019.xlsx"
    )
    assert response.headers["Cache-Control"] == "private, no-store"
    response.close()  # a reader who leaves before the first byte keeps no file open


def test_vietnamese_file_names_travel_in_a_latin_1_header() -> None:
    header = content_disposition("inline", 'hợp đồng "số 1".pdf')
    assert header.encode("latin-1").startswith(b'inline; filename="hop dong so 1.pdf"; filename*=UTF-8')
    assert "h%E1%BB%A3p%20%C4%91%E1%BB%93ng" in header
