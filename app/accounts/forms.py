"""The forms of an account. What is typed stays; a verb's faults are put beside their fields."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Regexp

from app.errors import FieldErrors
from app.fields import Form
from app.i18n import LOCALES
from app.input import MAIL_ADDRESS

EMAIL = rf"^\s*{MAIL_ADDRESS.pattern}\s*$"
EMAIL_RULES = [
    InputRequired(_l("Enter your e-mail address.")),
    Regexp(EMAIL, message=_l("This is no e-mail address: name@example.com.")),
    Length(max=254),
]


class Faulty(Form):
    """A form that can take the faults a verb found."""

    def take_errors(self, error: FieldErrors) -> None:
        for name, sentence in error.sentences().items():
            field = self._fields.get(name)
            if field is None:
                self.form_errors.append(sentence)
            else:
                field.errors = [*field.errors, sentence]

    def take_faults(self, faults: dict[str, str]) -> bool:
        """What the verb would find, put beside fields that have no fault of their own; whether there is none."""
        for name, message in faults.items():
            if not self._fields[name].errors:
                self._fields[name].errors = [_(message)]
        return not faults


class SignInForm(Faulty):
    email = StringField(_l("E-mail"), validators=EMAIL_RULES)
    password = PasswordField(_l("Password"), validators=[InputRequired(_l("Enter your password."))])
    next = HiddenField()


class SignUpForm(Faulty):
    name = StringField(_l("Your name"), validators=[InputRequired(_l("Enter your name.")), Length(max=120)])
    email = StringField(_l("E-mail"), validators=EMAIL_RULES)
    password = PasswordField(_l("Password"), validators=[InputRequired(_l("Choose a password.")), Length(max=200)])
    next = HiddenField()


class ForgotForm(Faulty):
    email = StringField(_l("E-mail"), validators=EMAIL_RULES)


class NewPasswordForm(Faulty):
    password = PasswordField(_l("New password"), validators=[InputRequired(_l("Choose a password.")), Length(max=200)])


class AccountForm(Faulty):
    name = StringField(_l("Your name"), validators=[InputRequired(_l("Enter your name.")), Length(max=120)])
    locale = SelectField(_l("Language"), validators=[InputRequired()])
    theme = RadioField(_l("Look"), validators=[InputRequired()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.locale.choices = list(LOCALES.items())
        self.theme.choices = [("light", _("Light")), ("dark", _("Dark"))]


class ChangePasswordForm(Faulty):
    current = PasswordField(_l("Present password"), validators=[InputRequired(_l("Enter your present password."))])
    password = PasswordField(_l("New password"), validators=[InputRequired(_l("Choose a password.")), Length(max=200)])
