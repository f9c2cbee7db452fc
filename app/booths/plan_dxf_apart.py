"""DXF read and written by a process of its own: whatever a drawing holds, it takes so much time and memory, no more."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.booths.plan_elements import Drawing, Shape
from app.booths.plan_file_dxf import NO_DXF, drawing_of_dxf
from app.errors import FieldErrors
from app.i18n_marks import N_

ROOT = Path(__file__).parents[2]
LARGEST_DXF = 12_000_000
SECONDS_AT_MOST, BYTES_AT_MOST = 40, 3_000_000_000
_one_at_a_time = threading.Lock()  # two would only take each other's time, and both their memory
TOO_LARGE = N_("The file is too large: 12 MB at most. Save the layer of the booths alone as DXF.")
TOO_LONG = N_("The drawing takes too long to read. Save the layer of the booths alone as DXF and send that.")
IS_DWG = N_("This is a DWG file. Save it as DXF (2010 or newer) in the CAD program and send that.")


def drawing_of_dxf_apart(content: bytes) -> Drawing:
    """A drawing that was sent. Raises FieldErrors under `file`."""
    if content[:4] == b"AC10":
        raise FieldErrors({"file": IS_DWG})
    if len(content) > LARGEST_DXF:
        raise FieldErrors({"file": TOO_LARGE})
    if b"SECTION" not in content:
        raise FieldErrors({"file": NO_DXF})
    try:
        done = _apart("read", content)
        said: dict[str, Any] = json.loads(done)
    except (subprocess.TimeoutExpired, OSError, ValueError) as error:
        raise FieldErrors({"file": TOO_LONG}) from error
    if "refused" in said:
        raise FieldErrors(said["refused"])
    shapes = [Shape(**shape) for shape in said.pop("shapes")]
    for shape in shapes:
        shape.corners = [(x, y) for x, y in shape.corners]
    return Drawing(shapes=shapes, **said)


def dxf_apart(plan: dict[str, Any]) -> bytes:
    """A plan as plan_drawn.py hands it over, as DXF. Raises OSError where the process fails."""
    return _apart("write", json.dumps(plan).encode())


def _apart(verb: str, sent: bytes) -> bytes:
    with _one_at_a_time:
        done = subprocess.run(  # noqa: S603  (this file itself, and a verb of ours)
            [sys.executable, "-m", "app.booths.plan_dxf_apart", verb],
            input=sent,
            capture_output=True,
            cwd=ROOT,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
            timeout=SECONDS_AT_MOST + 20,
        )
    if done.returncode:
        raise OSError(f"no drawing came: {done.stderr.decode(errors='replace')[-2000:]}")
    return done.stdout


def _read() -> dict[str, Any]:
    with tempfile.NamedTemporaryFile(suffix=".dxf") as file:
        file.write(sys.stdin.buffer.read())
        file.flush()
        try:
            return asdict(drawing_of_dxf(file.name))
        except FieldErrors as error:
            return {"refused": error.fields}


def main() -> None:
    """The file from the standard input, what is in it to the standard output; or a plan, and its DXF."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_AT_MOST, SECONDS_AT_MOST))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES_AT_MOST, BYTES_AT_MOST))
    if sys.argv[1] == "read":
        sys.stdout.buffer.write(json.dumps(_read()).encode())
    else:
        from app.booths.plan_drawn_dxf import dxf_of

        sys.stdout.buffer.write(dxf_of(json.load(sys.stdin)))


if __name__ == "__main__":
    main()
