"""Form fields that take no more than a row can keep: what is beyond is refused beside the field, and stays typed.

WTForms' own would read it, and fail where it is compared: a whole number beyond a float, a NaN that raises.
"""

from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from wtforms import DateField, DecimalField, IntegerField

from app.input import fair_day, row_number


class WholeNumber(IntegerField):
    """From 0 to the largest number of a row."""

    data: Any  # of its kind once the form is valid

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = None
            try:
                self.data = row_number(valuelist[0].strip())
            except ValueError:
                raise ValueError(_("Write a whole number, in digits.")) from None


class FiniteDecimal(DecimalField):
    """A number that can be compared with others."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = None
            try:
                number = Decimal(valuelist[0].strip())
            except InvalidOperation:
                number = Decimal("NaN")
            if not number.is_finite():
                raise ValueError(_("Write a number, 3 or 3.5 for instance."))
            self.data = number


class FairDay(DateField):
    """A day that a fair can have."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = None
            try:
                self.data = fair_day(valuelist[0].strip())
            except ValueError:
                raise ValueError(_("Choose a day between the years 2000 and 2100.")) from None
