"""The organiser's money page: what is typed of a bank's statement is taken, or refused beside its field and kept."""

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import db
from app.payments.models import Payment

PAGE = "/fairs/test-fair/organise/money/transfers"
TYPED = {"number": "FT26328", "amount": "18.150.000", "reference": "", "payer": "GOM CHI"}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"currency": "XX"}, "Nhập số tiền như trên sao kê"),
        ({"currency": "vnd"}, "Nhập số tiền như trên sao kê"),
        ({"amount": "1" * 4400}, "Nhập số tiền như trên sao kê"),
        ({"number": "N" * 121}, "có nhiều nhất 120 chữ và số"),
    ],
)
def test_a_line_that_no_statement_has_is_refused_and_stays_typed(client, cast, typed, sentence) -> None:
    client.sign_in(cast.fin)
    answer = client.post(PAGE, data=TYPED | typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="GOM CHI"' in answer.text


def test_a_long_number_counts_by_all_of_it(app: Flask, client, cast) -> None:
    client.sign_in(cast.fin)
    for end in "AB":
        assert client.post(PAGE, data=TYPED | {"number": "N" * 119 + end}).status_code == 303
    with app.app_context():
        assert len(list(db.session.scalars(select(Payment)))) == 2
