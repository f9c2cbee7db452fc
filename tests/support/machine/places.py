"""The organiser moves, swaps, transfers and releases booths, and draws the plan anew: splits and merges too."""

from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from app import clock
from app.audit import SYSTEM
from app.booths import moving
from app.front.plan_document import document_of, fingerprint
from app.front.plan_draft import discard_draft, hall_by_id, publish_draft, save_draft
from tests.support.machine.base import BOOTHS, WHY, Stage, which

NEW: dict[str, Any] = {"x_cm": 3500, "y_cm": 1500, "width_cm": 300, "depth_cm": 300, "sides": None, "state": "free"}
NEW |= {"price_minor": None}


class Places(Stage):
    def _twice_at_most(self, deed: Any, twice: bool) -> None:
        for again in range(1 + twice):
            assert self.attempt(deed) is not True or not again, "the same request was done twice"

    @rule(n=which, to=st.sampled_from(BOOTHS), twice=st.booleans())
    def move(self, n: int, to: str, twice: bool) -> None:
        mine = self.pick(self.had(), n)
        if mine is not None:
            self._twice_at_most(partial(moving.move_booth, SYSTEM, self.fair, *mine, to, WHY, clock.now()), twice)

    @rule(n=which, m=which, twice=st.booleans())
    def swap(self, n: int, m: int, twice: bool) -> None:
        mine, theirs = self.pick(self.had(), n), self.pick(self.had(), m)
        if mine is not None:
            self._twice_at_most(partial(moving.swap_booths, SYSTEM, self.fair, mine, theirs, WHY, clock.now()), twice)

    @rule(n=which, m=which, twice=st.booleans())
    def transfer(self, n: int, m: int, twice: bool) -> None:
        mine = self.pick(self.had(), n)
        if mine is not None:
            heir = self.company_but(mine[1], m)
            self._twice_at_most(partial(moving.transfer_booth, SYSTEM, self.fair, *mine, heir, WHY, clock.now()), twice)

    @rule(n=which, reason=st.sampled_from(list(moving.RELEASES)), twice=st.booleans())
    def release_let(self, n: int, reason: str, twice: bool) -> None:
        mine = self.pick(self.had(), n)
        if mine is not None:
            deed = partial(moving.release_booth, SYSTEM, self.fair, *mine, reason, WHY, clock.now())
            self._twice_at_most(deed, twice)

    @precondition(lambda self: self.drawn < 3)
    @rule(number=st.sampled_from(BOOTHS), deed=st.sampled_from(["leave", "price", "move", "split", "merge", "zone"]))
    def redraw(self, number: str, deed: str) -> None:
        self.drawn += 1
        fair = self.fair
        hall = hall_by_id(fair, self.market.cast.hall.id)
        document = document_of(fair, hall)
        by_number = {one["number"]: one for one in document["booths"]}
        entry = by_number.get(number)
        if entry is None:
            document["booths"].append(dict.fromkeys(("zone", "kind", "name"), "") | NEW | {"number": number})
        elif deed == "leave":
            document["booths"].remove(entry)
        elif deed == "price":
            entry["price_minor"] = 20_000_000
        elif deed == "move":
            entry["y_cm"] = 1500
        elif deed == "zone":  # held and let ones follow too
            entry["zone"] = "" if entry["zone"] else "A"
        elif deed == "split":
            entry["width_cm"] = 150
        else:  # with the one to its east
            east = (entry["x_cm"] + entry["width_cm"], entry["y_cm"])
            other = next((one for one in document["booths"] if (one["x_cm"], one["y_cm"]) == east), None)
            if other is not None:
                document["booths"].remove(other)
                entry["width_cm"] += other["width_cm"]
        seen = fingerprint(fair, hall)

        def publish() -> None:
            revision = save_draft(fair, hall, document, 0, seen, clock.now())
            publish_draft(SYSTEM, "Ola", fair, hall.id, revision, seen, clock.now())

        self.attempt(publish)
        self.attempt(lambda: discard_draft(SYSTEM, fair, hall, clock.now()))
