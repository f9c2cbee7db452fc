"""`start`: from `./fair run`, not for the first time, to the first page."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

from bench.frame import ROOT, Bench, require
from bench.stage import children, resident_mb, stage
from tests.support.live_server import free_port


def start(bench: Bench) -> None:
    at = stage("sqlite")
    at.server.flask("db", "stamp", "head")
    seconds, memory = [], []
    for _run in range(bench.runs):
        port = free_port()
        started = time.monotonic()
        process = subprocess.Popen(
            ["./fair", "run", "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, **at.server.settings, "FAIR_PORT": str(port), "FAIR_PUBLIC_URL": ""},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            while not _answers(f"http://127.0.0.1:{port}/"):
                require(process.poll() is None and time.monotonic() - started < 60, "./fair run did not start")
                time.sleep(0.02)
            seconds.append(time.monotonic() - started)
            memory.append(max(resident_mb(pid) for pid in children(process.pid)))
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=20)
    bench.note("second start, full demonstration", "to the first page", seconds, "s", at_most=3)
    bench.note("second start, full demonstration", "memory of the web process", memory, "MB", at_most=120)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return False
    except OSError:
        return False
