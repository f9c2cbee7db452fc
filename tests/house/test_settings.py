"""Every setting stands in config.py, and the operations page tells of it."""

import re
from pathlib import Path

from config import SETTINGS

ROOT = Path(__file__).parents[2]


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    assert [s.name for s in SETTINGS if f"`{s.name}`" not in text] == []


def test_no_setting_is_read_that_config_does_not_name() -> None:
    known = {s.name for s in SETTINGS} | {"FAIR_ON_LOOPBACK", "FAIR_NO_LIMITS"}
    used = set()
    for path in [*(ROOT / "app").rglob("*.py"), ROOT / "wsgi.py", ROOT / "fair"]:
        used |= set(re.findall(r"FAIR_[A-Z_]*[A-Z]", path.read_text()))
    assert used - known == set()
