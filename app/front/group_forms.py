"""The forms of groups: their terms, who is in them, what is held back for them; and of prices by quantity."""

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.validators import Length, Optional, ValidationError

from app.accounts.forms import Faulty
from app.booths.group_models import PriceGroup
from app.booths.groups import DEAREST_MINOR, NO_PRICE, ONE_OF_THREE, group_faults
from app.booths.quantities import OFF, step_faults
from app.fairs.countries import country_name
from app.fairs.models import Exhibitor, Fair, Zone
from app.fairs.provinces import province_name
from app.fields import NO_AMOUNT, FairDay, FiniteDecimal, WholeNumber
from app.formats import language, local_name, money
from app.front.selling_forms import HUNDREDTHS
from app.front.settings_forms import needed
from app.money import Money, NotMoney, parse_money
from app.search import fold


class GroupForm(Faulty):
    """Names, days, one price or none, and a limit."""

    name = StringField(_l("Name"), validators=[needed(), Length(max=60)])
    name_en = StringField(_l("Name in English"), validators=[Optional(), Length(max=60)])
    off_percent = FiniteDecimal(_l("Reduction, per cent"), places=None, validators=[Optional()])
    per_m2 = StringField(_l("Or a price per m² before VAT"), validators=[Optional()])
    per_booth = StringField(_l("Or a price per booth before VAT"), validators=[Optional()])
    zone_id = SelectField(_l("Price for"), validators=[Optional()])
    from_on = FairDay(_l("From"), validators=[needed()])
    to_on = FairDay(_l("Last day"), validators=[needed()])
    most_booths = WholeNumber(_l("Booths in all, at most"), validators=[Optional()])
    most_m2 = WholeNumber(_l("Area in all, m², at most"), validators=[Optional()])

    def __init__(
        self, fair: Fair, zones: list[Zone], group: PriceGroup | None = None, *args: Any, **kwargs: Any
    ) -> None:
        self.currency, data = fair.currency, None
        if group is not None:
            data = {name: getattr(group, name) for name in ("name", "name_en", "from_on", "to_on")}
            data |= {"most_booths": group.most_booths, "most_m2": group.most_m2, "zone_id": str(group.zone_id or "")}
            data |= {name: _typed(getattr(group, f"{name}_minor"), fair.currency) for name in AMOUNTS}
            if group.off_bp is not None:
                data["off_percent"] = Decimal(f"{Decimal(group.off_bp).scaleb(-2).normalize():f}")
        super().__init__(*args, data=data, **kwargs)
        named = [(str(zone.id), f"{zone.code} · {local_name(zone)}") for zone in zones]
        self.zone_id.choices = [("", _("Every zone")), *named]

    def validate_off_percent(self, field: FiniteDecimal) -> None:
        _check_percent(field.data)

    def validate_per_m2(self, field: StringField) -> None:
        _check_amount(field, self.currency)

    def validate_per_booth(self, field: StringField) -> None:
        _check_amount(field, self.currency)

    def validate(self, extra_validators: Any = None) -> bool:
        """What the verb would find, beside what the fields find: all at once."""
        valid = super().validate(extra_validators)
        if any(self._fields[name].errors for name in ("from_on", "to_on", "off_percent", *AMOUNTS)):
            return False
        return bool(self.take_faults(group_faults(self.values())) and valid)

    def values(self) -> dict[str, Any]:
        off = self.off_percent.data
        return {
            "name": _tidy(self.name.data),
            "name_en": _tidy(self.name_en.data),
            "off_bp": None if off is None else int(off * 100),
            "per_m2_minor": _minor(self.per_m2.data, self.currency),
            "per_booth_minor": _minor(self.per_booth.data, self.currency),
            "zone_id": int(self.zone_id.data) if (self.zone_id.data or "").isdigit() else None,
            "from_on": self.from_on.data,
            "to_on": self.to_on.data,
            "most_booths": self.most_booths.data,
            "most_m2": self.most_m2.data,
        }


AMOUNTS = ("per_m2", "per_booth")


class MembersForm(Faulty):
    """One exhibitor, or all of a province or country."""

    exhibitor = SelectField(_l("Exhibitor"), validators=[Optional()])
    province = SelectField(_l("Or all of a province"), validators=[Optional()])
    country = SelectField(_l("Or all of a country"), validators=[Optional()])

    def __init__(self, fair: Fair, exhibitors: list[Exhibitor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.exhibitor.choices = [("", "–"), *((str(one.id), local_name(one)) for one in exhibitors)]
        provinces = {one.province for one in exhibitors if one.country == fair.country and one.province}
        self.province.choices = _choices({code: province_name(code) for code in provinces})
        self.country.choices = _choices({one.country: country_name(one.country, language()) for one in exhibitors})

    def validate(self, extra_validators: Any = None) -> bool:
        valid = super().validate(extra_validators)
        chosen = [field.data for field in (self.exhibitor, self.province, self.country) if field.data]
        if len(chosen) != 1:
            self.exhibitor.errors = [*self.exhibitor.errors, _(ONE_OF_THREE)]
            return False
        return bool(valid)

    def values(self) -> dict[str, Any]:
        ids = [int(self.exhibitor.data)] if self.exhibitor.data else []
        return {"exhibitor_ids": ids, "province": self.province.data or "", "country": self.country.data or ""}


class HeldBackForm(Faulty):
    """Booths or a zone, and the last day."""

    PREFIX = "back-"
    booths = StringField(_l("Booths"), validators=[Optional(), Length(max=2000)])
    zone = SelectField(_l("Or a whole zone"), validators=[Optional()])
    until_on = FairDay(_l("Last day"), validators=[needed()])

    def __init__(self, zones: list[Zone], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix=self.PREFIX, **kwargs)
        self.zone.choices = [("", "–"), *((str(zone.id), f"{zone.code} · {local_name(zone)}") for zone in zones)]

    @property
    def numbers(self) -> list[str]:
        return (self.booths.data or "").replace(",", " ").replace(";", " ").split()

    @property
    def zone_asked(self) -> int | None:
        return int(self.zone.data) if self.zone.data else None


class QuantityForm(Faulty):
    """From how many booths, or m², how much comes off."""

    PREFIX = "quantity-"
    from_booths = WholeNumber(_l("From so many booths"), validators=[Optional()])
    from_m2 = WholeNumber(_l("Or from so many m²"), validators=[Optional()])
    off_percent = FiniteDecimal(_l("Reduction, per cent"), places=None, validators=[needed()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix=self.PREFIX, **kwargs)

    def validate_off_percent(self, field: FiniteDecimal) -> None:
        _check_percent(field.data)

    def validate(self, extra_validators: Any = None) -> bool:
        return bool(super().validate(extra_validators) and self.take_faults(step_faults(self.values())))

    def values(self) -> dict[str, Any]:
        names = {"from_booths": self.from_booths.data, "from_m2": self.from_m2.data}
        return names | {"off_bp": int(self.off_percent.data * 100)}


def _check_percent(value: Any) -> None:
    if value is None:  # none, or no number: said by the field itself
        return
    if not 0 < value < 100:
        raise ValidationError(_(OFF))
    if (value * 100) % 1:
        raise ValidationError(_(HUNDREDTHS))


def _check_amount(field: StringField, currency: str) -> None:
    if not (field.data or "").strip():
        return
    try:
        amount = parse_money(field.data, currency)
    except NotMoney:
        raise ValidationError(_(NO_AMOUNT, currency=currency)) from None
    if not 0 < amount.minor < DEAREST_MINOR:
        raise ValidationError(_(NO_PRICE, dearest=money(Money(DEAREST_MINOR, currency))))


def _minor(text: str | None, currency: str) -> int | None:
    return parse_money(text, currency).minor if text and text.strip() else None


def _typed(minor: int | None, currency: str) -> str:
    return "" if minor is None else format(Money(minor, currency).major, "f")


def _choices(named: dict[str, str]) -> list[tuple[str, str]]:
    return [("", "–"), *sorted(named.items(), key=lambda pair: fold(pair[1]))]


def _tidy(text: str | None) -> str:
    return " ".join((text or "").split())
