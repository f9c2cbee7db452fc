"""The forms of funders, programmes of support, grants, and money that funders have paid."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from app.accounts.forms import Faulty
from app.fairs.models import Exhibitor, Fair
from app.fairs.provinces import provinces_on
from app.fields import FairDay, FiniteDecimal
from app.formats import local_name
from app.front.settings_forms import needed
from app.i18n_marks import N_
from app.money import Money, parse_money
from app.payments.funders import DEAREST_MINOR, NO_RATE, NO_SUM, programme_faults
from app.payments.grants import LONG_REASON, NO_REASON, REASON_LENGTH
from app.payments.settlement import bank_number
from app.payments.support_models import Funder, SupportProgramme
from app.typed import amount_minor, check_amount, check_percent, percent, typed_amount

ONE_OF_BOTH = N_("Choose either one exhibitor or a whole province.")
NO_NUMBER = N_("Write the bank's own number of the transaction: it keeps the same money from counting twice.")
LONG_NUMBER = N_("A bank's number of a transaction has at most 120 letters and digits.")


class FunderForm(Faulty):
    """Who pays, as its invoices name it."""

    name = StringField(_l("Funder"), validators=[needed(), Length(max=80)])
    name_en = StringField(_l("Funder, in English"), validators=[Optional(), Length(max=80)])
    tax_code = StringField(_l("Tax code"), validators=[needed(), Length(max=20)])
    address = StringField(_l("Address"), validators=[needed(), Length(max=200)])

    def __init__(self, funder: Funder | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, obj=funder, **kwargs)

    def values(self) -> dict[str, str]:
        return {name: self._fields[name].data or "" for name in ("name", "name_en", "tax_code", "address")}


class ProgrammeForm(Faulty):
    """What a decision grants: its number, the rate, the ceilings, the budget and the days."""

    name = StringField(_l("Programme"), validators=[needed(), Length(max=120)])
    decision_number = StringField(_l("Number of the decision"), validators=[needed(), Length(max=60)])
    decision_on = FairDay(_l("Date of the decision"), validators=[needed()])
    rate_percent = FiniteDecimal(_l("Of the booth's price, per cent"), places=None, validators=[needed()])
    per_booth = StringField(_l("For one booth, at most"), validators=[Optional()])
    per_exhibitor = StringField(_l("For one exhibitor, at most"), validators=[Optional()])
    budget = StringField(_l("Budget in all"), validators=[needed()])
    from_on = FairDay(_l("Orders from"), validators=[needed()])
    to_on = FairDay(_l("Last day"), validators=[needed()])

    def __init__(self, fair: Fair, programme: SupportProgramme | None = None, *args: Any, **kwargs: Any) -> None:
        self.currency, data = fair.currency, None
        if programme is not None:
            data = {name: getattr(programme, name) for name in ("name", "decision_number", "decision_on")}
            data |= {"from_on": programme.from_on, "to_on": programme.to_on}
            data["rate_percent"] = percent(programme.rate_bp)
            data |= {name: typed_amount(getattr(programme, f"{name}_minor"), programme.currency) for name in AMOUNTS}
        super().__init__(*args, data=data, **kwargs)

    def validate_rate_percent(self, field: FiniteDecimal) -> None:
        check_percent(field.data, lambda rate: 0 < rate <= 100, NO_RATE)

    def validate_per_booth(self, field: StringField) -> None:
        check_amount(field.data, self.currency, DEAREST_MINOR, NO_SUM)

    def validate_per_exhibitor(self, field: StringField) -> None:
        check_amount(field.data, self.currency, DEAREST_MINOR, NO_SUM)

    def validate_budget(self, field: StringField) -> None:
        check_amount(field.data, self.currency, DEAREST_MINOR, NO_SUM)

    def validate(self, extra_validators: Any = None) -> bool:
        return super().validate(extra_validators) and self.take_faults(programme_faults(self.values()))

    def values(self) -> dict[str, Any]:
        names = ("name", "decision_number", "decision_on", "from_on", "to_on")
        values = {name: self._fields[name].data for name in names} | {"rate_bp": int(self.rate_percent.data * 100)}
        return values | {f"{name}_minor": amount_minor(self._fields[name].data, self.currency) for name in AMOUNTS}


AMOUNTS = ("per_booth", "per_exhibitor", "budget")


class GrantForm(Faulty):
    """One exhibitor or a province, why, and the paper that proves it."""

    exhibitor = SelectField(_l("Exhibitor"), validators=[Optional()])
    province = SelectField(_l("Or all of a province"), validators=[Optional()])
    reason = StringField(_l("Reason"), validators=[Length(max=REASON_LENGTH, message=_l(LONG_REASON))])
    document = FileField(_l("Proof: PDF, PNG or JPEG"))

    def __init__(self, fair: Fair, exhibitors: list[Exhibitor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.exhibitor.choices = [("", "–"), *((str(one.id), local_name(one)) for one in exhibitors)]
        theirs = {one.province for one in exhibitors if one.country == fair.country}
        known = [(one.code, one.name) for one in provinces_on(fair.starts_on) if one.code in theirs]
        self.province.choices = [("", "–"), *known]

    def validate_reason(self, field: StringField) -> None:
        if not (field.data or "").strip():
            raise ValidationError(_(NO_REASON))

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        if bool(self.exhibitor.data) == bool(self.province.data):
            self.exhibitor.errors = [*self.exhibitor.errors, _(ONE_OF_BOTH)]
            return False
        return valid


class FunderPaymentForm(Faulty):
    """A line of the bank's statement."""

    number = StringField(_l("The bank's number of the transaction"), validators=[InputRequired(_l(NO_NUMBER))])
    amount = StringField(_l("Amount"), validators=[needed()])

    def __init__(self, fair: Fair, *args: Any, **kwargs: Any) -> None:
        self.currency = fair.currency
        super().__init__(*args, **kwargs)

    def validate_number(self, field: StringField) -> None:
        number = bank_number(field.data or "")
        if not number:
            raise ValidationError(_(NO_NUMBER))
        if len(number) > 120:
            raise ValidationError(_(LONG_NUMBER))

    def validate_amount(self, field: StringField) -> None:
        check_amount(field.data, self.currency, DEAREST_MINOR, NO_SUM)

    def money(self) -> Money:
        return parse_money(self.amount.data, self.currency)
