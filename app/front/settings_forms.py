"""The forms of the organiser's settings."""

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, StringField, TimeField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from app.access import ROLE_NAMES, STAFF_ROLES, TOKEN_ROLES, Role
from app.accounts.forms import EMAIL, EMAIL_RULES, Faulty
from app.fairs.models import Fair, Organiser
from app.fairs.settings import day_faults, organiser_faults
from app.fields import NO_AMOUNT, FairDay, FiniteDecimal, WholeNumber
from app.i18n_marks import N_
from app.money import Money, NotMoney, parse_money

NEEDED = N_("This is needed.")
TOO_DEAR = N_("No square metre costs as much. Count the zeros.")
DEAREST_MINOR = 10**11


def needed() -> InputRequired:
    return InputRequired(_l(NEEDED))


def check_price(typed: str, currency: str) -> None:
    """Whether this can be the price of a square metre; the total of a whole hall of them is still an amount."""
    try:
        price = parse_money(typed, currency)
    except NotMoney:
        raise ValidationError(_(NO_AMOUNT, currency=currency)) from None
    if price.minor > DEAREST_MINOR:
        raise ValidationError(_(TOO_DEAR))


class FairForm(Faulty):
    """Details and rules of a fair; the names of the fields are those of its columns."""

    name = StringField(_l("Name"), validators=[needed(), Length(max=200)])
    name_en = StringField(_l("Name in English"), validators=[Optional(), Length(max=200)])
    short_name = StringField(_l("Short name"), validators=[Optional(), Length(max=60)])
    short_name_en = StringField(_l("Short name in English"), validators=[Optional(), Length(max=60)])
    theme = StringField(_l("Theme"), validators=[Optional(), Length(max=300)])
    theme_en = StringField(_l("Theme in English"), validators=[Optional(), Length(max=300)])
    starts_on = FairDay(_l("First day"), validators=[needed()])
    ends_on = FairDay(_l("Last day"), validators=[needed()])
    opens_at_time = TimeField(_l("Gates open"), validators=[needed()])
    closes_at_time = TimeField(_l("Gates close"), validators=[needed()])
    venue = StringField(_l("Place"), validators=[needed(), Length(max=200)])
    venue_en = StringField(_l("Place in English"), validators=[Optional(), Length(max=200)])
    city = StringField(_l("City"), validators=[Optional(), Length(max=80)])
    price_per_m2 = StringField(_l("Price per m² before VAT"), validators=[needed()])
    corner_surcharge = FiniteDecimal(
        _l("Surcharge for each open side after the first, per cent"),
        validators=[InputRequired(_l(NEEDED)), NumberRange(0, 100)],
    )
    hold_minutes = WholeNumber(_l("A hold lasts, minutes"), validators=[needed(), NumberRange(5, 240)])
    rehold_minutes = WholeNumber(
        _l("Wait before holding again, minutes"), validators=[InputRequired(), NumberRange(0, 240)]
    )
    booths_held_at_most = WholeNumber(_l("Booths held at once, at most"), validators=[needed(), NumberRange(1, 100)])
    transfer_due_days = WholeNumber(_l("A bank transfer may take, days"), validators=[needed(), NumberRange(1, 60)])
    approve_guests = BooleanField(_l("Companies on another's booth are approved before they are shown and counted"))
    co_exhibitors_per_9_m2 = WholeNumber(
        _l("Co-exhibitors for each 9 m² of let area, at most"), validators=[Optional(), NumberRange(0, 20)]
    )
    entry_rule = SelectField(_l("Coming in again"), validators=[needed()])
    names_at_gate = BooleanField(_l("Show the visitor's name at the gate"))
    approve_buyers = BooleanField(_l("Trade buyers are approved before their badge opens a gate"))
    counts_exits = BooleanField(_l("Badges are scanned at the exit too"))
    unpaid_at_gate = SelectField(_l("Whose fee is not paid"), validators=[needed()])
    gate_may_force = BooleanField(
        _l("Gate staff may admit, with a reason, who is inside already, has used the badge before, or finds it full")
    )

    def __init__(self, fair: Fair, *args: Any, **kwargs: Any) -> None:
        self.currency = fair.currency
        price = format(Money(fair.price_per_m2_minor, fair.currency).major, "f")
        surcharge = Decimal(fair.corner_surcharge_bp) / 100
        super().__init__(*args, obj=fair, data={"price_per_m2": price, "corner_surcharge": surcharge}, **kwargs)
        self.entry_rule.choices = [
            ("free_reentry", _("as often as one likes")),
            ("single_entry", _("on the same day only after a scan at the exit")),
            ("once_per_edition", _("once for the whole fair")),
        ]
        self.unpaid_at_gate.choices = [("desk", _("is sent to the desk")), ("admit", _("is let in"))]

    def validate(self, extra_validators: Any = None) -> bool:
        """What is wrong with the days together too, whatever else is."""
        valid = super().validate(extra_validators)
        days = [field.data for field in (self.starts_on, self.ends_on, self.opens_at_time, self.closes_at_time)]
        if all(value is not None for value in days):
            valid = self.take_faults(day_faults(*days)) and valid
        return bool(valid)

    def validate_price_per_m2(self, field: StringField) -> None:
        check_price(field.data, self.currency)

    def validate_corner_surcharge(self, field: FiniteDecimal) -> None:
        within = field.data is not None and 0 <= field.data <= 100  # else the field itself has said what is wrong
        if within and field.data * 100 % 1:
            raise ValidationError(_("Two digits after the point at most: 12.25 for instance."))

    def values(self) -> dict[str, Any]:
        other = ("csrf_token", "price_per_m2", "corner_surcharge")
        values = {n: f.data for n, f in self._fields.items() if n not in other}
        tidy = {
            n: " ".join(v.split()) if isinstance(v, str) else v or "" if v is None else v for n, v in values.items()
        }
        tidy["co_exhibitors_per_9_m2"] = self.co_exhibitors_per_9_m2.data  # empty is a value of its own
        return tidy | {
            "price_per_m2_minor": parse_money(self.price_per_m2.data, self.currency).minor,
            "corner_surcharge_bp": int(self.corner_surcharge.data * 100),
        }


class OrganiserForm(Faulty):
    """Who runs the fair and where money goes; the names of the fields are those of its columns."""

    PREFIX = "organiser-"
    name = StringField(_l("Name"), validators=[needed(), Length(max=200)])
    name_en = StringField(_l("Name in English"), validators=[Optional(), Length(max=200)])
    address = StringField(_l("Address"), validators=[Optional(), Length(max=300)])
    tax_code = StringField(_l("Tax code"), validators=[Optional(), Length(max=20)])
    representative = StringField(_l("Who signs"), validators=[Optional(), Length(max=120)])
    representative_title = StringField(_l("Their title"), validators=[Optional(), Length(max=120)])
    email = StringField(
        _l("E-mail"),
        validators=[
            Optional(),
            Regexp(EMAIL, message=_l("This is no e-mail address: name@example.com.")),
            Length(max=254),
        ],
    )
    phone = StringField(_l("Phone"), validators=[Optional(), Length(max=40)])
    bank_name = StringField(_l("Bank"), validators=[Optional(), Length(max=120)])
    bank_bin = StringField(_l("BIN of the bank"), validators=[Optional()])
    bank_account = StringField(_l("Account number"), validators=[Optional()])
    bank_account_name = StringField(_l("Account holder"), validators=[Optional(), Length(max=120)])

    def __init__(self, organiser: Organiser, country: str, *args: Any, **kwargs: Any) -> None:
        self.country = country
        super().__init__(*args, obj=organiser, prefix=self.PREFIX, **kwargs)

    def validate(self, extra_validators: Any = None) -> bool:
        """What the verb would find, beside what the fields find: all at once."""
        valid = super().validate(extra_validators)
        return bool(self.take_faults(organiser_faults(self.country, self.values())) and valid)

    def values(self) -> dict[str, str]:
        """Numbers may be typed with spaces; they are kept without."""
        values = {n: " ".join((f.data or "").split()) for n, f in self._fields.items() if n != "csrf_token"}
        return values | {n: values[n].replace(" ", "") for n in ("bank_bin", "bank_account", "tax_code")}


class VatForm(Faulty):
    PREFIX = "vat-"
    percent = FiniteDecimal(_l("VAT, per cent"), validators=[InputRequired(_l(NEEDED)), NumberRange(0, 50)])
    from_on = FairDay(_l("From"), validators=[needed()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix=self.PREFIX, **kwargs)

    @property
    def rate_bp(self) -> int:
        return int((self.percent.data * 100).to_integral_value())


class StaffForm(Faulty):
    PREFIX = "staff-"
    email = StringField(_l("E-mail"), validators=EMAIL_RULES)
    name = StringField(_l("Name"), validators=[Optional(), Length(max=120)])
    role = SelectField(_l("Role"), validators=[needed()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix=self.PREFIX, **kwargs)
        self.role.choices = _offered([(role.value, role) for role in Role if role in STAFF_ROLES])


class TokenForm(Faulty):
    PREFIX = "program-"
    label = StringField(_l("What it is for"), validators=[needed(), Length(max=120)])
    role = SelectField(_l("Role"), validators=[needed()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix=self.PREFIX, **kwargs)
        roles = [(name, role) for name, role in TOKEN_ROLES.items() if role in STAFF_ROLES and name != "owner"]
        self.role.choices = _offered(roles)


def _offered(roles: list[tuple[str, Role]]) -> list[tuple[str, str]]:
    """None is chosen at first: the strongest stands on top, and nobody gives it away in passing."""
    return [("", _("Choose a role")), *((name, _(ROLE_NAMES[role])) for name, role in roles)]
