"""Finding names as people type them: "Đặng Thị Hương" by "dang thi huong" and by "huong"."""

import re
import unicodedata
from functools import lru_cache

LETTERS, WORDS = 200, 8  # of a search; nobody types more, and some have tried


def fold(text: str) -> str:
    """Lower case, no accents, đ as d, full-width as half-width, single spaces.

    NFKC comes first (full-width Japanese); đ does not decompose in Unicode and is mapped by hand.
    """
    text = unicodedata.normalize("NFKC", text).replace("đ", "d").replace("Đ", "D")
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return re.sub(r"\s+", " ", bare).strip().lower()


fold_name = lru_cache(4096)(fold)  # for lists in the order of names: those are short, and the same on each page


def words(query: str) -> list[str]:
    """The folded words of a search, eight at most: each is a condition, and a database takes only so many."""
    return fold(query[:LETTERS]).split()[:WORDS]


def like(text: str) -> str:
    """A LIKE pattern (escape character \\) that finds the folded text anywhere."""
    return f"%{_plain(text)}%"


def beginning(text: str) -> str:
    """The same for what begins with the folded text."""
    return f"{_plain(text)}%"


def _plain(text: str) -> str:
    folded = fold(text[:LETTERS])
    for special in ("\\", "%", "_"):
        folded = folded.replace(special, "\\" + special)
    return folded
