"""What the pages in docs promise is what the code does."""

import re
from pathlib import Path

from config import SETTINGS

ROOT = Path(__file__).parents[2]


def test_the_table_of_settings_is_made_from_config() -> None:
    rows = [f"| `{s.name}` | {f'`{s.default}`' if s.default else '–'} | {s.meaning} |" for s in SETTINGS]
    assert "\n".join(rows) in (ROOT / "docs" / "operations.md").read_text()


def test_no_link_between_our_pages_is_dead() -> None:
    dead = []
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            if not (page.parent / target).exists():
                dead.append(f"{page.name}: {target}")
    assert dead == []


def test_every_direct_dependency_has_its_decision() -> None:
    pages = "\n".join(page.read_text().lower() for page in (ROOT / "docs" / "decisions").glob("*.md"))
    names = [
        re.split(r"[\[<>=]", line)[0].strip()
        for file in ("requirements.in", "requirements-dev.in", "requirements-node.in")
        for line in (ROOT / file).read_text().splitlines()
        if line and not line.startswith(("#", "-r"))
    ]
    names += re.findall(r'"(@?[\w./-]+)": "\d', (ROOT / "package.json").read_text())
    assert [name for name in names if name.lower() not in pages] == []
