"""The registration form: what is asked, in the reader's words."""

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, EmailField, RadioField, SelectField, StringField, TelField
from wtforms.validators import InputRequired, Optional

from app.fairs.countries import countries
from app.fairs.models import Fair
from app.fairs.provinces import provinces_on
from app.fields import Form
from app.formats import local_name
from app.visitors.models import VisitorCategory
from app.visitors.registration import Entry


class RegistrationForm(Form):
    name = StringField(_l("Name as it should appear on the badge"), [InputRequired()])
    company = StringField(_l("Company or organisation"), [Optional()])
    category = RadioField(_l("You come as"), [InputRequired()])
    country = SelectField(_l("Country"), [InputRequired()])
    province = SelectField(_l("Province or city"), [Optional()])
    email = EmailField(_l("E-mail"), [InputRequired()])
    phone = TelField(_l("Phone"), [Optional()])
    agreed = BooleanField(_l("I have read what my details are used for and want a badge made of them."))
    news = BooleanField(_l("Tell me by e-mail about the next editions of this fair."))
    exhibitors = BooleanField(_l("An exhibitor whom I let scan my badge may have my name, company and e-mail."))

    def offer(self, fair: Fair, categories: list[VisitorCategory]) -> None:
        """Fill the choices; an unknown value is kept and refused by the verb, with the other faults."""
        language = str(get_locale().language) if get_locale() else "vi"
        self.category.choices = [(c.code, local_name(c)) for c in categories]
        self.country.choices = [("", _("Choose a country")), *countries(language)]
        self.province.choices = [("", "–"), *((p.code, p.name) for p in provinces_on(fair.starts_on))]

    def offer_to_organiser(self, fair: Fair, categories: list[VisitorCategory]) -> None:
        """The same, asked about somebody else."""
        self.offer(fair, categories)
        self.name.label.text = _("Name as it should appear on the badge")
        self.category.label.text = _("They come as")
        self.agreed.label.text = _("They know what their details are used for and want a badge made of them.")
        self.email.flags.required = False

    def entry(self) -> Entry:
        consents = {name for name in ("news", "exhibitors") if self[name].data}
        return Entry(
            name=self.name.data or "",
            category=self.category.data or "",
            email=self.email.data or "",
            company=self.company.data or "",
            country=self.country.data or "",
            province=self.province.data or None,
            phone=self.phone.data or "",
            locale=str(get_locale().language) if get_locale() else "vi",
            agreed=bool(self.agreed.data),
            consents=frozenset(consents),
        )

    def show(self, faults: dict[str, str]) -> None:
        """Put the verb's sentences at their fields."""
        for name, sentence in faults.items():
            self[name].errors = [sentence]
