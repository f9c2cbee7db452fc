"""The forms of the set-up page: the first organiser and fair, then one hall after another."""

import zoneinfo
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, SelectField, StringField, TimeField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from app.accounts.forms import EMAIL_RULES, Faulty
from app.accounts.people import check_password
from app.errors import FieldErrors
from app.fairs.settings import day_faults
from app.fields import FairDay, FiniteDecimal, WholeNumber
from app.front.beginning import Beginning, BlankHall, HallPlan
from app.front.settings_forms import check_price, needed
from app.money import parse_money

CURRENCIES = ("VND", "USD", "EUR", "JPY", "KWD", "THB", "SGD", "CNY", "KRW", "GBP")


NAMES_HERE = {"opens_at_time": "opens", "closes_at_time": "closes"}


class BeginForm(Faulty):
    person_name = StringField(_l("Your name"), validators=[needed(), Length(max=120)])
    email = StringField(_l("E-mail"), validators=EMAIL_RULES)
    password = PasswordField(_l("Password"), validators=[InputRequired(_l("Choose a password."))])
    organiser = StringField(_l("Organising body"), validators=[needed(), Length(max=200)])
    name = StringField(_l("Name of the fair"), validators=[needed(), Length(max=200)])
    name_en = StringField(_l("Name in English"), validators=[Optional(), Length(max=200)])
    slug = StringField(
        _l("Link"),
        validators=[
            needed(),
            Regexp(r"^[a-z0-9]+(-[a-z0-9]+)*$", message=_l("Small letters, digits and hyphens: hanoi-2027.")),
            Length(min=2, max=60),
        ],
    )
    starts_on = FairDay(_l("First day"), validators=[needed()])
    ends_on = FairDay(_l("Last day"), validators=[needed()])
    opens = TimeField(_l("Gates open"), validators=[needed()])
    closes = TimeField(_l("Gates close"), validators=[needed()])
    venue = StringField(_l("Place"), validators=[needed(), Length(max=200)])
    city = StringField(_l("City"), validators=[Optional(), Length(max=80)])
    time_zone = SelectField(_l("Time zone"), validators=[needed()])
    currency = SelectField(_l("Currency"), validators=[needed()])
    price_per_m2 = StringField(_l("Price per m² before VAT"), validators=[needed()])
    vat_percent = FiniteDecimal(_l("VAT, per cent"), places=None, validators=[InputRequired(), NumberRange(0, 50)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency.choices = [(code, code) for code in CURRENCIES]
        self.time_zone.choices = [(name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones())]

    def validate_price_per_m2(self, field: StringField) -> None:
        check_price(field.data, self.currency.data or "")

    def validate_password(self, field: PasswordField) -> None:
        try:
            check_password(field.data, self.email.data or "")
        except FieldErrors as error:
            raise ValidationError(error.sentences()["password"]) from None

    def validate(self, extra_validators: Any = None) -> bool:
        """What is wrong with the days together too, whatever else is."""
        valid = super().validate(extra_validators)
        days = [field.data for field in (self.starts_on, self.ends_on, self.opens, self.closes)]
        if all(value is not None for value in days):
            faults = day_faults(*days)
            valid = self.take_faults({NAMES_HERE.get(name, name): said for name, said in faults.items()}) and valid
        return bool(valid)

    def take_errors(self, error: Any) -> None:
        error.fields = {NAMES_HERE.get(name, name): sentence for name, sentence in error.fields.items()}
        super().take_errors(error)

    def beginning(self) -> Beginning:
        typed = {name: field.data for name, field in self._fields.items() if name != "csrf_token"}
        price = parse_money(typed.pop("price_per_m2"), typed["currency"]).minor
        vat_bp = int((typed.pop("vat_percent") * Decimal(100)).to_integral_value())
        tidy = {
            name: value.strip() if isinstance(value, str) and name != "password" else value
            for name, value in typed.items()
        }
        return Beginning(**tidy | {"name_en": tidy["name_en"] or ""}, price_per_m2_minor=price, vat_bp=vat_bp)


class BlankHallForm(Faulty):
    name = StringField(_l("Name of the hall"), validators=[needed(), Length(max=80)])
    name_en = StringField(_l("Name in English"), validators=[Optional(), Length(max=80)])
    width_m = FiniteDecimal(
        _l("Width of the hall, m"), places=None, default=Decimal(60), validators=[needed(), NumberRange(3, 1000)]
    )
    depth_m = FiniteDecimal(
        _l("Depth of the hall, m"), places=None, default=Decimal(40), validators=[needed(), NumberRange(3, 1000)]
    )
    gates = WholeNumber(_l("Gates"), default=2, validators=[InputRequired(), NumberRange(0, 10)])

    def hall(self) -> BlankHall:
        return BlankHall(
            name=self.name.data.strip(),
            name_en=(self.name_en.data or "").strip(),
            width_cm=int(self.width_m.data * 100),
            depth_cm=int(self.depth_m.data * 100),
            gates=self.gates.data,
        )


class HallForm(Faulty):
    name = StringField(_l("Name of the hall"), validators=[needed(), Length(max=80)])
    name_en = StringField(_l("Name in English"), validators=[Optional(), Length(max=80)])
    rows = WholeNumber(_l("Rows of booths"), default=6, validators=[needed(), NumberRange(1, 60)])
    columns = WholeNumber(_l("Booths in a row"), default=10, validators=[needed(), NumberRange(1, 60)])
    width_m = FiniteDecimal(_l("Width of a booth, m"), default=Decimal(3), validators=[needed(), NumberRange(1, 30)])
    depth_m = FiniteDecimal(_l("Depth of a booth, m"), default=Decimal(3), validators=[needed(), NumberRange(1, 30)])
    gates = WholeNumber(_l("Gates"), default=2, validators=[InputRequired(), NumberRange(0, 10)])

    def plan(self) -> HallPlan:
        return HallPlan(
            name=self.name.data.strip(),
            name_en=(self.name_en.data or "").strip(),
            rows=self.rows.data,
            columns=self.columns.data,
            booth_width_cm=int(self.width_m.data * 100),
            booth_depth_cm=int(self.depth_m.data * 100),
            gates=self.gates.data,
        )
