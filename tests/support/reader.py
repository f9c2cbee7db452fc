"""Whatever a camera, a scanner or a hand brings: inputs for the readers of badge codes, in Python and on the device."""

import json
import subprocess
import tempfile
from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import badge_token
from app.visitors.checkin import Reading, Rules
from app.visitors.gate_facts import GateFacts
from tests.support.node import node

TWIN = Path(__file__).parents[1] / "visitors" / "reader.mjs"
FAIR = 700


class Search:
    """Reads everything that is made up; keeps it for the twin, with what Python made of it."""

    def __init__(self) -> None:
        public, sealed = badge_token.new_key("reader")
        self.public, self.private = public, badge_token.open_key(sealed, "reader")
        rules = Rules(FAIR, date(2026, 12, 10), "Asia/Ho_Chi_Minh", {})
        self.facts = GateFacts(
            0, rules, {number: public for number in range(16)}, {}, {}, {}, frozenset(), {}, {}, {}, {}, True, None
        )
        self.read: list[tuple[str, bool, bool | None]] = []  # what was read, a number that fits, a code's signature

    def codes(self) -> st.SearchStrategy[str]:
        """Anything, and what is nearly a code: the right length, a digit changed, cut, doubled or in another script."""
        byte = st.integers(0, 255)
        payloads = st.builds(
            badge_token.Payload, fair=st.sampled_from([FAIR, 0, 65535]), code_id=st.binary(min_size=8, max_size=8),
            category=byte, days_mask=st.integers(0, 65535), first_day=byte, reissue=byte, flags=byte,
            key=st.integers(0, 15),
        )  # fmt: skip
        genuine = payloads.map(lambda payload: badge_token.encode(payload, self.private))
        digits = [st.text("0123456789", min_size=n, max_size=n) for n in (19, 20, 21, 192, 193, 194, 195, 196, 197)]
        numbers = st.text("0123456789", min_size=18, max_size=18).map(badge_token.with_check_digits)
        spoiled = st.builds(_spoiled, genuine, st.integers(0, 196), st.text(max_size=3), st.integers(0, 3))
        others = st.text(st.characters(categories=["Nd", "Nl", "No", "Cs", "Cc"]), max_size=200)
        return st.one_of(st.text(), *digits, numbers, genuine, spoiled, others)

    def run(self, inputs: int) -> None:
        """Raises what the reader throws, and AssertionError where it takes for genuine what nobody signed."""

        @settings(max_examples=inputs, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(self.codes())
        def never_throws(code: str) -> None:
            reading, _find = self.facts.reading(code)
            assert isinstance(reading, Reading) and reading.kind in ("token", "number", "none")
            try:
                signed: bool | None = badge_token.is_genuine(badge_token.decode(code), self.public)
            except badge_token.Unreadable:
                signed = None
            assert (reading.kind == "token") == (signed is not None)
            assert reading.genuine == bool(signed and reading.fair == FAIR and not reading.sample)
            assert not reading.sample or badge_token.decode(code).payload.key == badge_token.SAMPLE_KEY
            self.read.append((code, badge_token.is_number(code), signed))

        never_throws()

    def twin_differs(self) -> str:
        """What the device's reader throws or says otherwise on the same inputs; empty where it agrees."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "read.json"
            path.write_text(json.dumps({"key": self.public.hex(), "read": self.read}))
            ran = subprocess.run(
                [node(), str(TWIN), str(path)], capture_output=True, text=True, timeout=900, check=False
            )
        return "" if ran.returncode == 0 else ran.stdout + ran.stderr


def _spoiled(code: str, place: int, typed: str, left_out: int) -> str:
    return code[:place] + typed + code[place + left_out :]
