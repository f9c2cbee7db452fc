"""The forms of a further currency: who may choose it, its account, its rates, and the amounts of a whole list."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from app.accounts.forms import Faulty
from app.booths.currency_lists import KINDS
from app.errors import FieldErrors
from app.fairs.currencies import FairCurrency, OfferedTo
from app.fairs.models import Zone
from app.fields import NO_AMOUNT
from app.formats import local_name
from app.front.settings_forms import check_price, needed
from app.i18n_marks import N_
from app.money import NotMoney, parse_money

KIND_WORDS = {
    "row": N_("Row booths"),
    "corner": N_("Corner booths"),
    "island": N_("Islands"),
    "pavilion": N_("Pavilions"),
}


class CurrencyForm(Faulty):
    """A currency's code, who may choose it, and where transfers in it go."""

    currency = StringField(_l("Currency"), validators=[needed(), Length(max=3)])
    offered_to = RadioField(_l("Who may choose it"), validators=[InputRequired()], default=OfferedTo.EVERYBODY.value)
    bank_name = StringField(_l("Bank"), validators=[Optional(), Length(max=120)])
    bank_swift = StringField(_l("SWIFT code"), validators=[Optional(), Length(max=20)])
    bank_account = StringField(_l("Account number"), validators=[Optional(), Length(max=60)])
    bank_account_name = StringField(_l("Account holder"), validators=[Optional(), Length(max=120)])

    def __init__(self, one: FairCurrency | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, obj=one, **kwargs)
        self.offered_to.choices = [
            (OfferedTo.EVERYBODY.value, _("every exhibitor")),
            (OfferedTo.FOREIGN.value, _("exhibitors from other countries only")),
        ]
        if one is not None:
            self.currency.data = one.currency

    def values(self) -> dict[str, str]:
        return {
            name: field.data or "" for name, field in self._fields.items() if name not in ("csrf_token", "currency")
        }

    @property
    def code(self) -> str:
        return (self.currency.data or "").strip().upper()


class RateForm(Faulty):
    """What a square metre costs, where and for which booths."""

    PREFIX = "rate-"
    zone = SelectField(_l("Zone"), validators=[Optional()])
    kind = SelectField(_l("Kind of booth"), validators=[Optional()])
    per_m2 = StringField(_l("Price per m² before VAT"), validators=[needed()])

    def __init__(self, currency: str, zones: list[Zone], *args: Any, **kwargs: Any) -> None:
        self.currency = currency
        super().__init__(*args, prefix=self.PREFIX, **kwargs)
        self.zone.choices = [("", _("every zone")), *((one.code, f"{one.code} {local_name(one)}") for one in zones)]
        self.kind.choices = [("", _("every kind")), *((kind, _(KIND_WORDS[kind])) for kind in KINDS)]

    def validate_per_m2(self, field: StringField) -> None:
        check_price(field.data, self.currency)

    @property
    def minor(self) -> int:
        return parse_money(self.per_m2.data or "", self.currency).minor


def typed_amounts(form: Mapping[str, str], what: str, currency: str) -> dict[str, int | None]:
    """Of fields `<what>-<key>` those that differ from `was-<what>-<key>`, what the page had there; None: emptied.

    What a colleague wrote meanwhile in other fields stays. Raises FieldErrors for what is no amount.
    """
    amounts: dict[str, int | None] = {}
    faults: dict[str, str] = {}
    for name, text in form.items():
        key = name.removeprefix(f"{what}-")
        if key == name or text.strip() == form.get(f"was-{name}", "").strip():
            continue
        try:
            amounts[key] = parse_money(text, currency).minor if text.strip() else None
        except NotMoney:
            faults[name] = NO_AMOUNT
    if faults:
        raise FieldErrors(faults, currency=currency)
    return amounts
