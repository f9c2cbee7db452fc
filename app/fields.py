"""The form of every page, and fields that take no more than a row can keep: what is beyond is refused, and stays typed.

WTForms' own would read it, and fail where it is compared: a whole number beyond a float, a NaN that raises.
"""

from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from flask_wtf import FlaskForm
from wtforms import DateField, DecimalField, IntegerField

from app.i18n_marks import N_
from app.input import fair_day, row_number

NO_AMOUNT = N_("This is no amount in %(currency)s.")
SAID_BY_WTFORMS = {
    "This field is required.": N_("Fill in this field."),
    "Number must be at least %(min)s.": N_("Write a number from %(min)s up."),
    "Number must be at most %(max)s.": N_("Write a number of at most %(max)s."),
    "Number must be between %(min)s and %(max)s.": N_("Write a number from %(min)s to %(max)s."),
    "Not a valid choice.": N_("Choose one of the list."),
    "Not a valid time value.": N_("Write a time, 08:30 for instance."),
    "Not a valid date value.": N_("Write a day, 2027-03-31 for instance."),
}


class _Sentences:
    """WTForms' faults in our words, in the reader's language: its own catalogues know no Vietnamese."""

    def gettext(self, sentence: str) -> str:
        return str(_(SAID_BY_WTFORMS[sentence])) if sentence in SAID_BY_WTFORMS else sentence

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        if singular.startswith("Field cannot be longer"):
            return str(ngettext("Shorten it to %(n)s character.", "Shorten it to %(n)s characters.", n, n=n))
        return singular if n == 1 else plural


class Form(FlaskForm):  # type: ignore[misc]
    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def get_translations(self, _form: Any) -> _Sentences:
            return _Sentences()


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
