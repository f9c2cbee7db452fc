"""What was made once and is asked for again: kept in the process, the longest unused goes first."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar

from app.db import database_state

__all__ = ["Kept", "KeptUntilWritten", "forget_all"]
Made = TypeVar("Made")
_all: list["Kept[Any]"] = []


class Kept(Generic[Made]):
    """At most `most` things, each under everything that it depends on; a key that says less serves stale things."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._made: OrderedDict[Hashable, Made] = OrderedDict()
        self._lock = Lock()
        _all.append(self)

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What is kept, else what `make` makes now; two who ask at once may both make it."""
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key]
        made = make()
        self.put(key, made)
        return made

    def put(self, key: Hashable, made: Made) -> None:
        """Keep this from now on, whatever was kept before."""
        with self._lock:
            self._made[key] = made
            while len(self._made) > self.most:
                self._made.popitem(last=False)

    def forget(self) -> None:
        with self._lock:
            self._made.clear()


class KeptUntilWritten(Kept[Made]):
    """What is read from the database: kept until anybody commits anything to it, in this process or another.

    So the key names what `make` reads besides: the clock, the reader, and whatever was read before it was called.
    Of many who read at once while the fair goes on, one reads anew after each change. Never change what is kept.
    """

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        return self.get_as_of(database_state(), key, make)

    def get_as_of(self, state: Hashable, key: Hashable, make: Callable[[], Made]) -> Made:
        """For what is read in several parts: all of them as of the state that was asked for before the first."""
        return make() if state is None else super().get((state, key), make)


def forget_all() -> None:
    """Another database stands behind the same numbers: tests call it."""
    for one in _all:
        one.forget()
