"""The organiser's forms of gates, categories and fees."""

from datetime import time
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TimeField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from app import clock
from app.accounts.forms import Faulty
from app.fairs.models import Fair
from app.fields import NO_AMOUNT, Form
from app.formats import local_name
from app.i18n_marks import N_
from app.money import Money, NotMoney, parse_money
from app.visitors.categories import CategoryRules, category_faults
from app.visitors.fees import MOST_MINOR
from app.visitors.gates import NAME_LENGTH, gates_of, halls_of
from app.visitors.models import Gate, VisitorCategory

ASKED_NAMES = {"company": N_("Company or organisation"), "country": N_("Country"), "phone": N_("Phone")}
LISTS = {"asks": "asks_for", "gates": "at_gates", "halls": "in_halls"}  # by the rule's name: the form's field
NEEDED = _l("Fill in this field.")


class GateForm(Faulty):
    name = StringField(_l("Name"), validators=[InputRequired(NEEDED), Length(max=NAME_LENGTH)])
    name_en = StringField(_l("Name in English"), validators=[Optional(), Length(max=NAME_LENGTH)])
    hall = SelectField(_l("Hall"), validators=[Optional()])

    def __init__(self, fair: Fair, gate: Gate | None = None, *args: Any, **kwargs: Any) -> None:
        halls = halls_of(fair.id)
        hall = next((one.code for one in halls if gate and one.id == gate.hall_id), "")
        data = {"name": gate.name, "name_en": gate.name_en, "hall": hall} if gate else {}
        super().__init__(*args, data=data, **kwargs)
        self.hall.choices = [("", _("none: it opens to every hall")), *((one.code, local_name(one)) for one in halls)]

    def values(self) -> dict[str, str]:
        return {name: self[name].data or "" for name in ("name", "name_en", "hall")}


class CategoryForm(Faulty):
    """Hours are fields `from_0`, `to_0`, … by the day of the fair; `category_form` makes them."""

    name = StringField(_l("Name"), validators=[InputRequired(NEEDED), Length(max=NAME_LENGTH)])
    name_en = StringField(_l("Name in English"), validators=[Optional(), Length(max=NAME_LENGTH)])
    has_fee = BooleanField(_l("This category pays a fee"))
    asks_for = SelectMultipleField(_l("Must be known at the door"), validators=[Optional()])
    at_gates = SelectMultipleField(_l("Gates"), validators=[Optional()])
    in_halls = SelectMultipleField(_l("Halls"), validators=[Optional()])
    days: list[Any]
    fair: Fair

    def rules(self) -> CategoryRules:
        hours = {}
        for n, _day in enumerate(self.days):
            begins, ends = (f"{at:%H:%M}" if at else "" for at in (self[f"from_{n}"].data, self[f"to_{n}"].data))
            if begins or ends:
                hours[n] = (begins, ends)
        return CategoryRules(
            self.name.data or "", self.name_en.data or "", hours, tuple(self.at_gates.data or ()),
            tuple(self.in_halls.data or ()), bool(self.has_fee.data), tuple(self.asks_for.data or ()),
        )  # fmt: skip

    def validate(self, extra_validators: Any = None) -> bool:
        """What the verb would find, beside what the fields find: all at once."""
        valid = super().validate(extra_validators)
        faults = category_faults(self.fair, self.rules())
        return bool(self.take_faults({LISTS.get(name, name): fault for name, fault in faults.items()}) and valid)


def category_form(fair: Fair, category: VisitorCategory) -> CategoryForm:
    """The form of one category, with two times for each day of the fair."""
    days = clock.fair_days(fair)
    times = {f"{end}_{n}": TimeField(words, validators=[Optional()]) for n, _day in enumerate(days)
             for end, words in (("from", _l("From")), ("to", _l("Until")))}  # fmt: skip
    made = type("CategoryFormOfDays", (CategoryForm,), times | {"days": days, "fair": fair})
    latest = {"24:00": "23:59"}  # what a field of time can show
    spans = {day: [time.fromisoformat(latest.get(at, at)) for at in span] for day, span in category.hours.items()}
    data = {name: getattr(category, name) for name in ("name", "name_en", "has_fee")}
    data |= {field: getattr(category, name) for name, field in LISTS.items()}
    for day, (begins, ends) in spans.items():
        data |= {f"from_{day}": begins, f"to_{day}": ends}
    form: CategoryForm = made(data=data)
    form.asks_for.choices = [(name, _(words)) for name, words in ASKED_NAMES.items()]
    used = [gate for gate in gates_of(fair.id) if gate.retired_at is None or gate.code in category.gates]
    form.at_gates.choices = [(gate.code, local_name(gate)) for gate in used]
    form.in_halls.choices = [(hall.code, local_name(hall)) for hall in halls_of(fair.id)]
    return form


class FeeForm(Form):
    amount = StringField(_l("Amount received"), validators=[InputRequired(NEEDED)])

    def __init__(self, fair: Fair, *args: Any, **kwargs: Any) -> None:
        self.currency = fair.currency
        super().__init__(*args, **kwargs)

    def validate_amount(self, field: StringField) -> None:
        try:
            money = parse_money(field.data or "", self.currency)
        except NotMoney:
            raise ValidationError(_(NO_AMOUNT, currency=self.currency)) from None
        if not 0 < money.minor <= MOST_MINOR:
            raise ValidationError(_("Enter what was received, more than nothing."))

    @property
    def money(self) -> Money:
        return parse_money(self.amount.data, self.currency)
