"""XLSX read by a process of its own: a few kilobytes can unpack to styles and words without end, and take no more."""

import io
import json
import os
import resource
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from app.errors import FieldErrors
from app.i18n_marks import N_

ROOT = Path(__file__).parents[2]
LARGEST_UNPACKED, MOST_LINES, MOST_COLUMNS, MOST_CHARACTERS = 50_000_000, 40_000, 60, 20_000_000
SECONDS_AT_MOST, BYTES_AT_MOST = 20, 1_000_000_000
_one_at_a_time = threading.Lock()  # two would only take each other's time, and both their memory
NO_TABLE = N_("This file cannot be read here. Save a table as CSV (UTF-8) or XLSX, a drawing as GeoJSON, SVG or DXF.")
TOO_LARGE = N_("The file is too large: 10 MB and 20,000 rows at most.")
TOO_LONG = N_("The workbook takes too long to read. Copy the rows of the booths into a new workbook and send that.")


def table_of_xlsx_apart(content: bytes) -> list[list[str]]:
    """The first sheet of a workbook, cell by cell, from its first row on. Raises FieldErrors under `file`."""
    try:
        with _one_at_a_time:
            done = subprocess.run(  # noqa: S603  (this file itself)
                [sys.executable, "-m", "app.booths.plan_xlsx_apart", str(SECONDS_AT_MOST), str(BYTES_AT_MOST)],
                input=content,
                capture_output=True,
                cwd=ROOT,
                timeout=SECONDS_AT_MOST + 20,
            )
        said: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, OSError, ValueError) as error:  # ended by its limits, it says nothing
        raise FieldErrors({"file": TOO_LONG}) from error
    if "refused" in said:
        raise FieldErrors({"file": said["refused"]})
    table: list[list[str]] = said["table"]
    return table


def _read(content: bytes) -> dict[str, Any]:
    from openpyxl import load_workbook  # at first use, as every heavy library

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > LARGEST_UNPACKED:
                return {"refused": TOO_LARGE}
        sheet = load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size is not believed
        return _table(sheet.iter_rows(max_row=MOST_LINES, max_col=MOST_COLUMNS, values_only=True))
    except MemoryError:
        return {"refused": TOO_LONG}
    except Exception:  # whatever a broken workbook makes the library say
        return {"refused": NO_TABLE}


def _table(rows: Iterable[tuple[Any, ...]]) -> dict[str, Any]:
    """One long word may stand in every cell: what is said in all is bounded, too."""
    table, characters = [], 0
    for row in rows:
        cells = [_cell(value) for value in row]
        characters += sum(map(len, cells))
        table.append(cells)
        if characters > MOST_CHARACTERS or len(table) > MOST_LINES:
            return {"refused": TOO_LARGE}
    return {"table": table}


def _cell(value: Any) -> str:
    """A whole number as people wrote it: 3, not 3.0."""
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def main() -> None:
    """The file from the standard input, its table to the standard output. Called with seconds and bytes at most."""
    seconds, memory = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    os.nice(5)  # whoever reads pages goes first
    sys.stdout.write(json.dumps(_read(sys.stdin.buffer.read())))


if __name__ == "__main__":
    main()
