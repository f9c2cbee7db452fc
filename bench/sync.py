"""`sync`: phones that were without a network send what they kept, while the gates go on scanning."""

import json
import random
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.frame import Bench, require, send, share
from bench.scans import FAIR, PATH, entries_to_come, put_back, rows_of
from bench.stage import stage

BATCH, DEVICES, SINGLE = 500, 4, 4
BARS = {"postgresql": (10_000, 60), "sqlite": (5_000, 200)}  # scans/s; p99 of single scans meanwhile, ms


def sync(bench: Bench) -> None:
    """Batches of 500 scans from 4 devices: each answered, and answered the same again; then beside single scans."""
    for kind, (rate, wait) in BARS.items():
        at = stage(kind)
        token, entries = at.token(FAIR, "gate"), entries_to_come(at)
        headers = {"Authorization": f"Bearer {token}"}
        rates, waits = [], []
        number = bench.size(20) * BATCH
        for _run in range(bench.runs):
            chosen = random.sample(entries, number + bench.size(1200))
            batches, single = _batches(chosen[:number]), _batches(chosen[number:], 1)
            with at.serving() as server:
                plan = {"port": server.port, "headers": headers}
                before = rows_of(at)
                seen = send(plan | {"connections": DEVICES, "requests": batches, "keep": 10**7})
                rates.append(number / seen["seconds"])
                made = rows_of(at)
                again = send(plan | {"connections": DEVICES, "requests": batches[:DEVICES], "keep": 10**7})
                _answered(seen, number, repeat=False)
                _answered(again, DEVICES * BATCH, repeat=True)
                require((made[0] - before[0], made[1] - before[1]) == (number, number), f"{number} sent, made: {made}")
                require(rows_of(at) == made, "a repeated upload made rows")
                put_back(at)
                with ThreadPoolExecutor(2) as both:
                    load = both.submit(send, plan | {"connections": DEVICES, "requests": batches})
                    gates = both.submit(send, plan | {"connections": SINGLE, "requests": single})
                    waits.append(share(gates.result()["ms"], 99))
                    _answered(load.result(), number, repeat=False)
                put_back(at)
        case = f"{kind}, batches of {BATCH} from {DEVICES} devices"
        bench.note(case, "scans/s", rates, "/s", at_least=rate)
        bench.note(case, "single scans meanwhile, p99", waits, "ms", at_most=wait)


def _batches(entries: list[dict[str, Any]], size: int = BATCH) -> list[list[Any]]:
    made = []
    for start in range(0, len(entries), size):
        scans = [
            entry | {"id": str(uuid.uuid4()), "device_verdict": "admitted"} for entry in entries[start : start + size]
        ]
        made.append(["POST", PATH, json.dumps({"scans": scans})])
    return made


def _answered(seen: dict[str, Any], number: int, repeat: bool) -> None:
    require(set(seen["statuses"]) == {200}, f"answers other than 200: {Counter(seen['statuses'])}")
    results = [result for body in seen["bodies"] for result in json.loads(body)["results"]]
    told = Counter((result["verdict"], result["repeat"]) for result in results)
    require(told == {("admitted", repeat): number}, f"{number} sent, answered {dict(told)}")
