"""Papers bear every name in its own letters: looked at as pictures, since a missing letter is still in the text."""

import pytest
from flask import Flask

from app.documents.pdf import pdf_of
from tests.support.paper import pictures

NAMES = ("Đặng Thị Hương", "田中 優子", "김민수", "张伟", "สมชาย", "ສົມພອນ", "राम कुमार", "Łukasz Źródło")


def ink(app: Flask, text: str) -> int:
    """Dark pixels of the words."""
    with app.app_context():
        page = f'<link rel="stylesheet" href="css/badge_pdf.css"><h1>{text}</h1>'
        [picture] = pictures(pdf_of(page), 100)
    return sum(picture.convert("L").histogram()[:128])


@pytest.mark.parametrize("name", NAMES)
def test_a_name_prints_in_its_own_letters(app: Flask, name: str) -> None:
    letters = [letter for letter in name if letter != " "]
    assert all(ink(app, letter) > 15 for letter in letters if not letter.isspace() and letter.isalpha())
    assert ink(app, name) > 15 * len(letters)
