"""The frame of every measurement: runs, medians, bars, the table and bench/results.json."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results.json"


class DoesNotAddUp(Exception):
    """Answers or rows are not what they must be: no figure of this run is worth anything."""


@dataclass
class Figure:
    """One measured value: the median of its runs, beside its bar and, where there is one, the bare route's value."""

    bench: str
    case: str
    metric: str
    value: float
    unit: str
    bar: str | None
    ok: bool | None
    limit: float | None
    ratio: float | None
    min: float
    max: float
    runs: int
    commit: str
    at: str


@dataclass
class Bench:
    """What a measurement is given: how much of it to do, and where its figures go."""

    name: str
    quick: bool
    commit: str
    figures: list[Figure] = field(default_factory=list)
    runs: int = 3

    def size(self, full: int) -> int:
        """How many to do: a tenth, at least 40, when quick."""
        return max(40, full // 10) if self.quick else full

    def note(
        self,
        case: str,
        metric: str,
        values: Sequence[float],
        unit: str,
        at_least: float | None = None,
        at_most: float | None = None,
        limit: Sequence[float] | None = None,
        ratio_at_least: float | None = None,
    ) -> None:
        """Keep the median of `values`; the bar is a least or a most, the ratio is to the median of `limit`."""
        value, bare = median(values), median(limit) if limit else None
        bars, held = [], []
        if at_least is not None:
            bars.append(f"≥ {at_least:g}")
            held.append(value >= at_least)
        if at_most is not None:
            bars.append(f"< {at_most:g}")
            held.append(value < at_most)
        ratio = value / bare if bare else None
        if ratio_at_least is not None and ratio is not None:
            bars.append(f"ratio ≥ {ratio_at_least:g}")
            held.append(ratio >= ratio_at_least)
        judged = bool(bars) and not self.quick
        self.figures.append(
            Figure(
                self.name,
                case,
                metric,
                round(value, 3),
                unit,
                ", ".join(bars) or None,
                all(held) if judged else None,
                round(bare, 3) if bare else None,
                round(ratio, 3) if ratio is not None else None,
                round(min(values), 3),
                round(max(values), 3),
                len(values),
                self.commit,
                datetime.now(UTC).isoformat(timespec="seconds"),
            )
        )


def send(plan: dict[str, Any]) -> dict[str, Any]:
    """Have the load process carry out a plan of `sender.py` and answer what it saw."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.sender"],
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    if done.returncode:
        raise DoesNotAddUp(f"the load process failed: {done.stderr[-500:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def share(values: Sequence[float], percent: float) -> float:
    """The value that so many percent of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def require(held: bool, what: str) -> None:
    if not held:
        raise DoesNotAddUp(what)


def run_all(benches: dict[str, Callable[[Bench], None]], names: Sequence[str], quick: bool) -> int:
    """Run the benches by name, print the table, write the results; 1 when a bar was missed or a run failed."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=ROOT, check=False
    ).stdout.strip()
    figures: list[Figure] = []
    failed = False
    for name in names or benches:
        bench = Bench(name, quick, commit, runs=1 if quick else 3)
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            benches[name](bench)
        except DoesNotAddUp as error:
            print(f"{name}: {error}", file=sys.stderr)
            failed = True
        figures += bench.figures
        failed = failed or any(figure.ok is False for figure in bench.figures)
    print(table(figures))
    RESULTS.write_text(json.dumps([asdict(figure) for figure in figures], ensure_ascii=False, indent=1) + "\n")
    return 1 if failed else 0


def table(figures: Sequence[Figure]) -> str:
    head = ("bench", "case", "metric", "median", "spread", "bar", "", "bare route", "ratio")
    rows = [head]
    for f in figures:
        verdict = {True: "ok", False: "MISSED", None: ""}[f.ok]
        spread = f"{f.min:g} – {f.max:g}" if f.runs > 1 else ""
        bare = f"{f.limit:g}" if f.limit is not None else ""
        ratio = f"{f.ratio:.2f}" if f.ratio is not None else ""
        rows.append((f.bench, f.case, f.metric, f"{f.value:g} {f.unit}", spread, f.bar or "", verdict, bare, ratio))
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
