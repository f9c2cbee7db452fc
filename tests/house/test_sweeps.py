"""What works by itself is there in every process that serves."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ASK = "from app import create_app; from app.jobs import SWEEPS; create_app({'TESTING': True}); print(*sorted(SWEEPS))"


def test_a_fresh_process_knows_every_sweep_of_the_source() -> None:
    written = set()
    for path in (ROOT / "app").rglob("*.py"):
        written |= set(re.findall(r"^@sweep(?:_often)?\ndef (\w+)", path.read_text(), re.MULTILINE))
    assert {"serve_waiting_lists", "remind_of_tasks", "end_unpaid"} <= written
    answer = subprocess.run([sys.executable, "-c", ASK], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(answer.stdout.split()) == written
