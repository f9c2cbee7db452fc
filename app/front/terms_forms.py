"""The forms of what booths are sold under: deposit and balance, fees of cancelling, discount codes."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.validators import Length, NumberRange, Optional

from app import clock
from app.accounts.forms import Faulty
from app.booths.cancelling_fees import NO_FEE
from app.booths.discounts import DEAREST_MINOR, MOST_USES, NO_PERCENT, code_faults
from app.booths.discounts import NO_AMOUNT as NO_DISCOUNT
from app.fairs.currencies import open_currencies
from app.fairs.models import Fair
from app.fields import FairDay, FiniteDecimal, WholeNumber
from app.formats import money
from app.front.settings_forms import needed
from app.money import Money
from app.payments.models import SalesTerms
from app.payments.schedule import DAYS_BEFORE_MOST, NO_DEPOSIT, schedule_faults
from app.typed import amount_minor, check_amount, check_percent, percent


class ScheduleForm(Faulty):
    """A deposit, and the day of the balance or how many days before the fair it is."""

    PREFIX = "schedule-"
    deposit_percent = FiniteDecimal(_l("Deposit, per cent"), places=None, validators=[needed()])
    balance_on = FairDay(_l("Balance until"), validators=[Optional()])
    balance_days_before = WholeNumber(
        _l("Or days before the fair"), validators=[Optional(), NumberRange(0, DAYS_BEFORE_MOST)]
    )

    def __init__(self, fair: Fair, terms: SalesTerms | None = None, *args: Any, **kwargs: Any) -> None:
        self.fair, data = fair, None
        if terms is not None and terms.deposit_bp is not None:
            data = {
                "deposit_percent": percent(terms.deposit_bp),
                "balance_on": terms.balance_on,
                "balance_days_before": terms.balance_days_before,
            }
        super().__init__(*args, prefix=self.PREFIX, data=data, **kwargs)

    def validate_deposit_percent(self, field: FiniteDecimal) -> None:
        check_percent(field.data, lambda part: 0 < part < 100, NO_DEPOSIT)

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        if not valid:
            return False
        faults = schedule_faults(self.fair, self.values(), clock.now())
        for name, message in faults.items():
            words = {"day": f"{self.fair.starts_on:%d.%m.%Y}", "most": DAYS_BEFORE_MOST}
            self._fields[name].errors = [_(message, **words)]
        return not faults

    def values(self) -> dict[str, Any]:
        return {
            "deposit_bp": int(self.deposit_percent.data * 100),
            "balance_on": self.balance_on.data,
            "balance_days_before": self.balance_days_before.data,
        }


class StepForm(Faulty):
    """A day, and what cancelling costs until then."""

    PREFIX = "step-"
    until_on = FairDay(_l("Until"), validators=[needed()])
    fee_percent = FiniteDecimal(_l("Fee, per cent of the order"), validators=[needed()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix=self.PREFIX, **kwargs)

    def validate_fee_percent(self, field: FiniteDecimal) -> None:
        check_percent(field.data, lambda fee: 0 <= fee <= 100, NO_FEE)

    @property
    def fee_bp(self) -> int:
        return int(self.fee_percent.data * 100)


class CodeForm(Faulty):
    """A code, what it takes off, when, and how often."""

    code = StringField(_l("Code"), validators=[needed(), Length(max=20)])
    off_percent = FiniteDecimal(_l("Off the booths' price, per cent"), validators=[Optional()])
    off_amount = StringField(_l("Or an amount before VAT"), validators=[Optional()])
    currency = SelectField(_l("The amount's currency"), validators=[Optional()])
    from_on = FairDay(_l("From"), validators=[needed()])
    to_on = FairDay(_l("Last day"), validators=[needed()])
    most = WholeNumber(_l("Uses, at most"), validators=[needed(), NumberRange(1, MOST_USES)])

    def __init__(self, fair: Fair, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency.choices = [fair.currency, *(one.currency for one in open_currencies(fair))]
        if len(self.currency.choices) == 1 or not self.currency.data:
            self.currency.data = fair.currency

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        faults = code_faults(self.values())
        for name, message in faults.items():
            words = {"most": money(Money(DEAREST_MINOR, self.currency.data)), "uses": MOST_USES}
            self._fields[name].errors = [_(message, **words)]
        return not faults

    def validate_off_percent(self, field: FiniteDecimal) -> None:
        check_percent(field.data, lambda part: 0 < part < 100, NO_PERCENT)

    def validate_off_amount(self, field: StringField) -> None:
        if self.currency.data in self.currency.choices:
            check_amount(field.data, self.currency.data, DEAREST_MINOR, NO_DISCOUNT, "most")

    def values(self) -> dict[str, Any]:
        return {
            "code": self.code.data or "",
            "off_bp": None if self.off_percent.data is None else int(self.off_percent.data * 100),
            "off_minor": amount_minor(self.off_amount.data, self.currency.data),
            "from_on": self.from_on.data,
            "to_on": self.to_on.data,
            "most": self.most.data,
            "currency": self.currency.data,
        }
