"""./fair bench [name …] [--quick]"""

import signal
import sys
from collections.abc import Callable

from bench.device import device
from bench.frame import Bench, run_all
from bench.holds import holds
from bench.machine import machine
from bench.pages import badge_one, pages
from bench.plan import live, plan
from bench.reader import reader
from bench.scans import race, scan, scan_sqlite
from bench.start import start
from bench.sync import sync

BENCHES: dict[str, Callable[[Bench], None]] = {
    "scan": scan,
    "scan_sqlite": scan_sqlite,
    "sync": sync,
    "race": race,
    "holds": holds,
    "badge_one": badge_one,
    "pages": pages,
    "plan": plan,
    "live": live,
    "device": device,
    "start": start,
    "machine": machine,
    "reader": reader,
}
LONG = ("machine", "reader")  # by name only


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the cluster and the folders go too
    quick = "--quick" in arguments
    names = [argument for argument in arguments if argument != "--quick"]
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"There is no bench {unknown[0]!r}: there are {', '.join(BENCHES)}.", file=sys.stderr)
        return 2
    return run_all(BENCHES, names or [name for name in BENCHES if name not in LONG], quick)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
