"""Processes that are born quickly: one imports the program once and forks at each order.

Run as `python -m tests.support.nursery`: it reads an order a line, and the newborn says its own number. What is born is
what `python -m flask …` would be, in a session of its own, two seconds of importing later.
"""

import atexit
import json
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Born:
    """A process that is nobody's child here; as much of `subprocess.Popen` as its users need."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        try:
            self._watch = os.pidfd_open(pid)
        except ProcessLookupError:
            self._watch = -1

    def poll(self) -> int | None:
        """None while it lives. Its status went to the nursery: an ended one answers 0."""
        return None if self._lives(0) else 0

    def wait(self, timeout: float) -> None:
        """Raises subprocess.TimeoutExpired."""
        if self._lives(timeout):
            raise subprocess.TimeoutExpired(str(self.pid), timeout)

    def _lives(self, seconds: float) -> bool:
        if self._watch >= 0 and select.select([self._watch], [], [], seconds)[0]:
            os.close(self._watch)
            self._watch = -1
        return self._watch >= 0


class Nursery:
    """Started at the first order, ended with the process that gives them."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def flask(self, arguments: list[str], environment: dict[str, str], log: Path, status: Path | None = None) -> Born:
        """`python -m flask …` whose output goes to `log`; its exit status to the file `status`, once it has ended."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.nursery"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            atexit.register(self._process.stdin.close)  # type: ignore[union-attr]
        orders, answers = self._process.stdin, self._process.stdout
        assert orders is not None
        assert answers is not None
        order = {"arguments": arguments, "environment": environment, "log": str(log), "status": str(status or "")}
        orders.write(json.dumps(order) + "\n")
        orders.flush()
        return Born(int(answers.readline()))


def _import_the_program() -> None:
    program = import_module("app")
    views = (name.partition(":")[0] for name in program.BLUEPRINTS)
    others = ("app.demo.stripe_desk.views", "app.api", "app.cli", "app.serve", "flask.cli", "gunicorn.workers.gthread")
    for name in (*program.MODELS, *views, *program.SWEEPERS, *others):
        import_module(name)


def _become(order: dict[str, object]) -> None:
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.write(1, f"{os.getpid()}\n".encode())
    log = os.open(str(order["log"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ.clear()
    os.environ.update(order["environment"])  # type: ignore[call-overload]
    sys.argv = ["flask", *order["arguments"]]  # type: ignore[misc]
    status: object = 1
    try:
        import_module("flask.cli").main()
        status = 0
    except SystemExit as ended:
        status = ended.code or 0
        raise
    finally:
        if order["status"]:
            sys.stdout.flush()
            Path(str(order["status"])).write_text(str(status))


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    _import_the_program()
    for line in sys.stdin:
        if os.fork() == 0:
            _become(json.loads(line))
            return


nursery = Nursery()

if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
