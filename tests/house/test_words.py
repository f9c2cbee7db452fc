"""Every word that a person reads has its Vietnamese."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from app.i18n import SOURCES, merged_catalogue

ROOT = Path(__file__).parents[2]
METHODS = [
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2.ext:babel_extract"),
    ("**/templates/**.txt", "jinja2.ext:babel_extract"),
]
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None, "_n": (1, 2), "_l": None}


def messages() -> dict[str, str]:
    found = {}
    options = {
        "**/templates/**.html": {"trimmed": "true", "silent": "false"},
        "**/templates/**.txt": {"silent": "false"},
    }
    for name, line, message, _comments, _context in extract_from_dir(
        ROOT / "app", METHODS, options_map=options, keywords=KEYWORDS
    ):
        for one in message if isinstance(message, tuple) else (message,):
            found[one] = f"{name}:{line}"
    return found


def test_no_message_lacks_its_vietnamese() -> None:
    catalogue = merged_catalogue("vi")
    have = set()
    for message in catalogue:
        have |= set(message.id) if isinstance(message.id, tuple) else {message.id}
    missing = {text: where for text, where in messages().items() if text and text not in have}
    assert missing == {}, f"{len(missing)} without Vietnamese"


@pytest.mark.parametrize("path", sorted((SOURCES / "vi" / "LC_MESSAGES").glob("*.po")), ids=lambda p: p.stem)
def test_a_translation_keeps_its_parameters(path: Path) -> None:
    with path.open("rb") as file:
        for message in read_po(file, locale="vi"):
            if not message.id or not isinstance(message.id, str) or not message.string:
                continue
            named = set(re.findall(r"%\((\w+)\)", message.id))
            assert set(re.findall(r"%\((\w+)\)", message.string)) == named, message.id


def test_areas_agree_where_they_translate_the_same_words() -> None:
    said: dict[str, tuple[str, str]] = {}
    for path in sorted((SOURCES / "vi" / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="vi"):
                if isinstance(message.id, str) and message.id and message.string:
                    first, where = said.setdefault(message.id, (message.string, path.stem))
                    assert first == message.string, f"{message.id!r}: {where} and {path.stem} differ"
