import pytest

from app.search import fold, like, words


@pytest.mark.parametrize("typed", ["dang thi huong", "HUONG", "Đặng Thị Hương", "đặng  thị", "thi hương"])
def test_vietnamese_names_are_found_with_and_without_accents(typed: str) -> None:
    assert fold(typed) in fold("Đặng Thị Hương")


def test_full_width_letters_are_ordinary_ones() -> None:
    assert fold("ＴＯＫＹＯ　雑貨") == "tokyo 雑貨"


def test_signs_of_like_are_only_signs() -> None:
    assert like("50%_a\\b") == "%50\\%\\_a\\\\b%"


def test_a_search_has_eight_words_at_most() -> None:
    assert words("Đặng  Thị Hương") == ["dang", "thi", "huong"]
    assert words("ab " * 2000) == ["ab"] * 8
    assert len(like("ab " * 2000)) < 300
