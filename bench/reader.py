"""`reader`: 100,000 made-up inputs for the readers of badge codes, the server's and the device's."""

import time

from hypothesis import reporting

from bench.frame import Bench, DoesNotAddUp
from tests.support.reader import Search

INPUTS = 100_000


def reader(bench: Bench) -> None:
    """One search: neither may throw, take for genuine what nobody signed, or read otherwise than the other."""
    inputs, search, started = bench.size(INPUTS), Search(), time.monotonic()
    try:
        with reporting.with_reporter(lambda _text: None):
            search.run(inputs)
    except Exception as found:
        raise DoesNotAddUp(f"{type(found).__name__}: {found}\n" + "\n".join(getattr(found, "__notes__", []))) from found
    if differs := search.twin_differs():
        raise DoesNotAddUp(differs)
    seconds = time.monotonic() - started
    bench.note(f"{len(search.read)} inputs, both readers", "faults", [0], "", at_most=1)
    bench.note(f"{len(search.read)} inputs, both readers", "inputs", [len(search.read) / seconds], "/s")
