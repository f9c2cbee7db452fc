"""How many live streams are open at once, and for whom: each holds a thread, and pages and gates need theirs."""

import select
import socket
import threading
from collections import Counter
from collections.abc import Callable


class Seats:
    """The streams of this process: half of its threads at most, strangers a third.

    So strangers never keep the organiser's staff out, and all of them together leave half of the threads to pages,
    the API and gates. Whoever finds no seat asks every few seconds instead (app/static/js/live.js).
    """

    def __init__(self, threads: int, at_one_address: int) -> None:
        self.in_all, self.for_strangers, self.at_one_address = threads // 2, threads // 3, at_one_address
        self.lock = threading.Lock()
        self.staff = 0
        self.strangers: Counter[str] = Counter()

    def take(self, address: str, is_staff: bool) -> Callable[[], None] | None:
        """What gives the seat back, to be called once; None when there is none left."""
        with self.lock:
            strangers = self.strangers.total()
            if self.staff + strangers >= self.in_all:
                return None
            if is_staff:
                self.staff += 1
                return self._staff_left
            if strangers >= self.for_strangers or self.strangers[address] >= self.at_one_address:
                return None
            self.strangers[address] += 1
            return lambda: self._stranger_left(address)

    def _staff_left(self) -> None:
        with self.lock:
            self.staff -= 1

    def _stranger_left(self, address: str) -> None:
        with self.lock:
            self.strangers[address] -= 1
            self.strangers += Counter()  # drops addresses that have none left


def hung_up(connection: socket.socket | None) -> bool:
    """Whether the reader of a stream has gone: nothing but an end comes from one.

    Found by looking, since writing shows it only at the second try, and a thread would wait for both.
    """
    if connection is None:
        return False
    try:
        looking = select.poll()
        looking.register(connection, select.POLLIN)
        return bool(looking.poll(0))
    except (OSError, ValueError):
        return True
