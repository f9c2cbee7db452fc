"""The forms of a deal. They read what was typed; what a deal may say is checked by terms.py."""

import re
from datetime import date
from typing import Any

from babel.numbers import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from app.deals.terms import CURRENCIES, KIND_NAMES, DealKind, Terms
from app.errors import FieldErrors
from app.fairs.countries import countries
from app.fairs.product_categories import product_categories
from app.fields import FairDay, Form, WholeNumber
from app.formats import language
from app.i18n_marks import N_
from app.input import row_number
from app.money import Money, NotMoney, exponent, parse_money


class TermsForm(Form):
    """What was agreed: the part that recording and amending share."""

    kind = RadioField(_l("Kind"), validators=[InputRequired(_l("Choose order, contract or memorandum."))])
    category = SelectField(_l("Product category"))
    subject = StringField(_l("What, and how much"), validators=[Optional()])
    value = StringField(_l("Value"), validators=[Optional()])
    currency = SelectField(_l("Currency"))
    signed_on = FairDay(_l("Signed on"), validators=[InputRequired(_l("Enter the day of signing."))])
    note = TextAreaField(_l("Note"), validators=[Optional()])
    document = FileField(_l("Scanned document"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [(str(kind), _(name)) for kind, name in KIND_NAMES.items()]
        self.currency.choices = [(code, code) for code in CURRENCIES]
        self.category.choices = [("", _("Choose a category")), *product_categories(language())]

    def validate(self, extra_validators: Any = None) -> bool:
        """All that is missing at once, not one fault after the other."""
        valid = super().validate(extra_validators)
        if not self.category.data:
            self.category.errors = [_("Choose a product category.")]
        if not (self.value.data or "").strip() and self.kind.data and self.kind.data != DealKind.MEMORANDUM:
            self.value.errors = [_("Enter the value. Only a memorandum may leave it open.")]
        try:
            self._money()
        except FieldErrors as error:
            self.value.errors = [error.sentences()["value"]]
        return valid and bool(self.category.data) and not self.value.errors

    def terms(self) -> Terms:
        """The typed terms; raises FieldErrors for an amount that is none in the chosen currency."""
        money, currency = self._money(), self.currency.data
        signed_on = self.signed_on.data
        assert isinstance(signed_on, date)  # validated
        return Terms(
            self.kind.data,
            self.category.data or "",
            self.subject.data or "",
            money,
            currency,
            signed_on,
            self.note.data or "",
        )

    def _money(self) -> Money | None:
        value, currency = (self.value.data or "").strip(), self.currency.data
        if currency not in CURRENCIES:
            return None  # the field of the currency says so
        try:
            return parse_money(value, currency) if value else None
        except NotMoney:
            raise FieldErrors({"value": _amount_hint(value, currency)}) from None

    def fill(self, terms: Terms) -> None:
        """Show the terms of a deal, the amount as a person would type it."""
        self.kind.data, self.category.data, self.subject.data = terms.kind, terms.category, terms.subject
        self.value.data = _typed(terms.value) if terms.value else ""
        self.currency.data, self.signed_on.data, self.note.data = terms.currency, terms.signed_on, terms.note

    def take_errors(self, error: FieldErrors) -> None:
        """Put a verb's faults beside their fields."""
        for name, sentence in error.sentences().items():
            field = self._fields.get(name)
            if field is not None:
                field.errors = [*field.errors, sentence]


class RecordForm(TermsForm):
    """A deal and its two sides. Which of the fields are asked depends on who records."""

    form_key = HiddenField()
    exhibitor = SelectField(_l("Exhibitor (seller)"), coerce=row_number, validate_choice=False, validators=[Optional()])
    buyer = RadioField(_l("Buyer"), coerce=str, validate_choice=False, validators=[Optional()])
    buyer_query = StringField(_l("Name, company or badge number"), validators=[Optional()])
    badge = HiddenField()
    buyer_name = StringField(_l("Buyer's name"), validators=[Optional()])
    buyer_company = StringField(_l("Buyer's company"), validators=[Optional()])
    buyer_country = SelectField(_l("Buyer's country"), validators=[Optional()])
    buyer_email = StringField(_l("Buyer's e-mail"), validators=[Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.buyer_country.choices = [("", _("Choose a country")), *countries(language())]
        self.asks_for_buyer = True  # a buyer who records is the buyer

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        told = (self.buyer, self.badge, self.buyer_query, self.buyer_name, self.buyer_company, self.buyer_email)
        if self.asks_for_buyer and not any(field.data for field in told):
            self.buyer_query.errors = [_("Scan the buyer's badge, search for them, or write them down.")]
            return False
        return valid


class AmendForm(TermsForm):
    base_revision = WholeNumber(validators=[InputRequired()])


class AnswerForm(Form):
    """An answer to one revision, by the party itself or over a mailed link."""

    revision = WholeNumber(validators=[InputRequired()])
    reason = TextAreaField(_l("What is not right?"), validators=[Optional()])


class DeskAnswerForm(AnswerForm):
    """An answer given in person at the organiser's desk."""

    side = RadioField(_l("Who is here"))
    spoken_by = StringField(_l("Name of the person"))
    identified_by = StringField(_l("Identified by"))
    answer = RadioField(_l("They say"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.side.choices = [("buyer", _("The buyer")), ("exhibitor", _("The exhibitor"))]
        self.answer.choices = [("confirm", _("This revision is right")), ("dispute", _("This revision is not right"))]

    def checked(self) -> tuple[str, str]:
        """The person's name and what identified them; raises FieldErrors."""
        faults = {}
        spoken_by, identified_by = (self.spoken_by.data or "").strip(), (self.identified_by.data or "").strip()
        if not 0 < len(spoken_by) <= 120:
            faults["spoken_by"] = N_("Enter the name of the person who is here.")
        if not 0 < len(identified_by) <= 120:
            faults["identified_by"] = N_("Say what they showed: identity card, passport, badge with photo.")
        if faults:
            raise FieldErrors(faults)
        return spoken_by, identified_by


def _typed(value: Money) -> str:
    """The amount as the reader would type it, which `parse_money` reads back to the same minor units."""
    digits = exponent(value.currency)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return str(format_decimal(value.major, format=pattern, locale=language()))


def _amount_hint(value: str, currency: str) -> str:
    if value.startswith(("-", "−")):
        return N_("An amount is above zero. Leave out the minus sign.")
    if not re.search(r"\d", value):
        return N_("Write the amount in digits, such as 4,000,000.")
    if len(re.sub(r"\D", "", value)) > 15:
        return N_("This amount is too large: is a digit too many in it?")
    if exponent(currency) == 0:
        return N_("This currency has no decimals. Write whole units, such as 4,000,000.")
    return N_("This is not an amount. Write it like 40,000 or 40,000.50.")
