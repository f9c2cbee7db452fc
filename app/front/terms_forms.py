"""The forms of what booths are sold under: deposit and balance, fees of cancelling, discount codes."""

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.validators import Length, NumberRange, Optional, ValidationError

from app import clock
from app.accounts.forms import Faulty
from app.booths.cancelling import NO_FEE
from app.booths.discounts import DEAREST_MINOR, MOST_USES, NO_PERCENT, code_faults
from app.booths.discounts import NO_AMOUNT as NO_DISCOUNT
from app.fairs.currencies import open_currencies
from app.fairs.models import Fair
from app.fields import FairDay, FiniteDecimal, WholeNumber
from app.formats import money
from app.front.selling_forms import HUNDREDTHS
from app.front.settings_forms import NO_AMOUNT, needed
from app.money import Money, NotMoney, parse_money
from app.payments.models import SalesTerms
from app.payments.schedule import DAYS_BEFORE_MOST, NO_DEPOSIT, schedule_faults


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
                "deposit_percent": _percent(terms.deposit_bp),
                "balance_on": terms.balance_on,
                "balance_days_before": terms.balance_days_before,
            }
        super().__init__(*args, prefix=self.PREFIX, data=data, **kwargs)

    def validate_deposit_percent(self, field: FiniteDecimal) -> None:
        _check_percent(field.data, NO_DEPOSIT, least=0, most=100, open_ends=True)

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
        _check_percent(field.data, NO_FEE, least=0, most=100, open_ends=False)

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
        _check_percent(field.data, NO_PERCENT, least=0, most=100, open_ends=True)

    def validate_off_amount(self, field: StringField) -> None:
        if not (field.data or "").strip() or self.currency.data not in self.currency.choices:
            return
        try:
            amount = parse_money(field.data, self.currency.data)
        except NotMoney:
            raise ValidationError(_(NO_AMOUNT, currency=self.currency.data)) from None
        if not 0 < amount.minor < DEAREST_MINOR:
            raise ValidationError(_(NO_DISCOUNT, most=money(Money(DEAREST_MINOR, self.currency.data))))

    def values(self) -> dict[str, Any]:
        amount = (self.off_amount.data or "").strip()
        return {
            "code": self.code.data or "",
            "off_bp": None if self.off_percent.data is None else int(self.off_percent.data * 100),
            "off_minor": parse_money(amount, self.currency.data).minor if amount else None,
            "from_on": self.from_on.data,
            "to_on": self.to_on.data,
            "most": self.most.data,
            "currency": self.currency.data,
        }


def _check_percent(value: Any, message: str, least: int, most: int, open_ends: bool) -> None:
    if value is None:  # no number: said by the field itself
        return
    inside = least < value < most if open_ends else least <= value <= most
    if not inside:
        raise ValidationError(_(message))
    if (value * 100) % 1:
        raise ValidationError(_(HUNDREDTHS))


def _percent(basis_points: int) -> Decimal:
    whole, rest = divmod(basis_points, 100)
    return Decimal(whole) if not rest else Decimal(basis_points) / 100
