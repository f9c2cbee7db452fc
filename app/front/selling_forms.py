"""The forms of what is sold: prices by date, and extras."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import Length, NumberRange, Optional, ValidationError

from app.accounts.forms import Faulty
from app.booths.extras import DEAREST_MINOR
from app.booths.models import Extra
from app.booths.price_lists import OFF, price_list_faults
from app.fairs.models import Fair
from app.fields import NO_AMOUNT, FairDay, FiniteDecimal, WholeNumber
from app.front.settings_forms import check_price, needed
from app.i18n_marks import N_
from app.money import NotMoney, parse_money
from app.typed import amount_minor, check_percent, tidy, typed_amount

TOO_DEAR = N_("Nothing that is sold with a booth costs as much. Count the zeros.")


class PriceListForm(Faulty):
    """Names and days, and either a reduction or a price of a square metre."""

    PREFIX = "prices-"
    name = StringField(_l("Name"), validators=[needed(), Length(max=60)])
    name_en = StringField(_l("Name in English"), validators=[Optional(), Length(max=60)])
    from_on = FairDay(_l("From"), validators=[needed()])
    to_on = FairDay(_l("Last day"), validators=[needed()])
    off_percent = FiniteDecimal(_l("Reduction, per cent"), validators=[Optional()])
    per_m2 = StringField(_l("Or a price per m² before VAT"), validators=[Optional()])

    def __init__(self, fair: Fair, *args: Any, **kwargs: Any) -> None:
        self.currency = fair.currency
        super().__init__(*args, prefix=self.PREFIX, **kwargs)

    def validate(self, extra_validators: Any = None) -> bool:
        """What the verb would find, beside what the fields find: all at once."""
        valid = super().validate(extra_validators)
        if any(self._fields[name].errors for name in ("from_on", "to_on", "off_percent", "per_m2")):
            return False
        return bool(self.take_faults(price_list_faults(self.values())) and valid)

    def validate_off_percent(self, field: FiniteDecimal) -> None:
        check_percent(field.data, lambda off: 0 < off < 100, OFF)

    def validate_per_m2(self, field: StringField) -> None:
        if field.data:
            check_price(field.data, self.currency)

    def values(self) -> dict[str, Any]:
        off = self.off_percent.data
        return {
            "name": tidy(self.name.data),
            "name_en": tidy(self.name_en.data),
            "from_on": self.from_on.data,
            "to_on": self.to_on.data,
            "off_bp": None if off is None else int(off * 100),
            "per_m2_minor": amount_minor(self.per_m2.data, self.currency),
        }


class ExtraForm(Faulty):
    """Something that is sold with a booth."""

    name = StringField(_l("Name"), validators=[needed(), Length(max=80)])
    name_en = StringField(_l("Name in English"), validators=[Optional(), Length(max=80)])
    unit = StringField(_l("Unit"), validators=[Optional(), Length(max=20)])
    unit_en = StringField(_l("Unit in English"), validators=[Optional(), Length(max=20)])
    about = StringField(_l("What it is"), validators=[Optional(), Length(max=300)])
    about_en = StringField(_l("What it is, in English"), validators=[Optional(), Length(max=300)])
    price = StringField(_l("Price of one before VAT"), validators=[needed()])
    stock = WholeNumber(_l("How many there are"), validators=[Optional(), NumberRange(0, 1_000_000)])
    order_until = FairDay(_l("Last day to order"), validators=[Optional()])

    def __init__(self, fair: Fair, extra: Extra | None = None, *args: Any, **kwargs: Any) -> None:
        self.currency = fair.currency
        data = None
        if extra is not None:
            data = {"price": typed_amount(extra.price_minor, fair.currency)}
        super().__init__(*args, obj=extra, data=data, **kwargs)

    def validate_price(self, field: StringField) -> None:
        try:
            price = parse_money(field.data, self.currency)
        except NotMoney:
            raise ValidationError(_(NO_AMOUNT, currency=self.currency)) from None
        if price.minor >= DEAREST_MINOR:
            raise ValidationError(_(TOO_DEAR))

    def values(self) -> dict[str, Any]:
        words = ("name", "name_en", "unit", "unit_en", "about", "about_en")
        return {name: tidy(self._fields[name].data) for name in words} | {
            "price_minor": parse_money(self.price.data, self.currency).minor,
            "stock": self.stock.data,
            "order_until": self.order_until.data,
        }
