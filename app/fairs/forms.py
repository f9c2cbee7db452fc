"""The form with which a company describes itself; what it may say is checked by exhibiting.py."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from app.accounts.forms import Faulty
from app.errors import FieldErrors
from app.fairs.countries import countries
from app.fairs.exhibiting import (
    ADDRESS,
    CATEGORY,
    COUNTRY,
    HOST_COUNTRY,
    NAME,
    PHONE,
    PRODUCTS,
    REPRESENTATIVE,
    Company,
)
from app.fairs.models import Fair
from app.fairs.product_categories import product_categories
from app.fairs.provinces import provinces_on
from app.formats import language


def needed(sentence: str) -> InputRequired:
    return InputRequired(_l(sentence))


class CompanyForm(Faulty):
    kind = "main"
    name = StringField(_l("Company name"), validators=[needed(NAME), Length(max=200)])
    name_en = StringField(_l("Name in English"), validators=[Optional(), Length(max=200)])
    country = SelectField(_l("Country"), default=HOST_COUNTRY, validators=[needed(COUNTRY)])
    province = SelectField(_l("Province"), validators=[Optional()])
    address = StringField(_l("Address"), validators=[needed(ADDRESS), Length(max=300)])
    tax_code = StringField(_l("Tax code"), validators=[Optional(), Length(max=30)])
    representative = StringField(_l("Who signs for the company"), validators=[needed(REPRESENTATIVE), Length(max=120)])
    phone = StringField(_l("Phone"), validators=[needed(PHONE), Length(max=40)])
    email = StringField(_l("E-mail for contracts and invoices"), validators=[Optional(), Length(max=254)])
    website = StringField(_l("Website"), validators=[Optional(), Length(max=200)])
    category = SelectField(_l("Goods"), validators=[needed(CATEGORY)])
    products = TextAreaField(_l("What you show"), validators=[needed(PRODUCTS), Length(max=300)])
    next = HiddenField()

    def __init__(self, fair: Fair, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country.choices = countries(language())
        self.province.choices = [("", _("Choose a province"))] + [
            (p.code, p.name) for p in provinces_on(fair.starts_on)
        ]
        self.category.choices = [("", _("Choose what comes nearest")), *product_categories(language())]

    def take_missing(self, company: Company, fair: Fair) -> None:
        """What the company's own rules find, beside what the fields found: all of it in one round."""
        try:
            company.checked(fair, self.kind)
        except FieldErrors as error:
            error.fields = {name: said for name, said in error.fields.items() if not self._fields[name].errors}
            self.take_errors(error)

    def company(self) -> Company:
        return Company(**{name: self._fields[name].data or "" for name in Company.__dataclass_fields__})


class CoExhibitorForm(CompanyForm):
    """The same facts; contract and invoice go to the exhibitor on whose booth the company is."""

    kind = "co"
    email = StringField(_l("E-mail"), validators=[Optional(), Length(max=254)])


class RepresentedForm(CompanyForm):
    """Of a company that sends its goods alone less is asked: nobody signs, and nobody writes it a contract."""

    kind = "represented"
    address = StringField(_l("Address"), validators=[Optional(), Length(max=300)])
    representative = StringField(_l("Whom to ask"), validators=[Optional(), Length(max=120)])
    phone = StringField(_l("Phone"), validators=[Optional(), Length(max=40)])
    email = StringField(_l("E-mail"), validators=[Optional(), Length(max=254)])


def form_for(kind: str, fair: Fair, *args: Any, **kwargs: Any) -> CompanyForm:
    """The form of a main exhibitor, a co-exhibitor or a represented company."""
    forms = {form.kind: form for form in (CompanyForm, CoExhibitorForm, RepresentedForm)}
    return forms[kind](fair, *args, **kwargs)
