"""A long PDF made by a process of its own: while it reckons, this one goes on answering everybody."""

import os
import subprocess
import sys
from pathlib import Path

from app.documents.pdf import pdf_of

ROOT = Path(__file__).parents[2]
SECONDS_AT_MOST = 600
NICE = 10  # gates and booths come first


def pdf_apart(html: str) -> bytes:
    """HTML that is ready, as PDF. Raises OSError where the process fails, TimeoutExpired after ten minutes."""
    made = subprocess.run(
        [sys.executable, "-m", "app.documents.pdf_apart"],
        input=html.encode(),
        capture_output=True,
        cwd=ROOT,
        timeout=SECONDS_AT_MOST,
    )
    if made.returncode or not made.stdout.startswith(b"%PDF-"):
        raise OSError(f"no PDF was made: {made.stderr.decode(errors='replace')[-2000:]}")
    return made.stdout


def main() -> None:
    """HTML from the standard input, a PDF to the standard output."""
    os.nice(NICE)
    sys.stdout.buffer.write(pdf_of(sys.stdin.buffer.read().decode()))


if __name__ == "__main__":
    main()
