"""The forms of points and windows. What is typed stays; faults that the verb finds stand at their fields."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from app.accounts.forms import Faulty
from app.allocation.points import Weights
from app.allocation.points_record import WHY_AT_MOST
from app.allocation.selection_models import Basis, Selection
from app.allocation.selection_settings import NO_BANDS, NO_DAYS, SOURCE_LENGTH, Settings
from app.clock import local
from app.errors import FieldErrors
from app.fairs.models import Fair, Zone
from app.fields import FairDay, WholeNumber
from app.formats import local_name
from app.i18n_marks import N_
from app.input import fair_day, row_number

NOT_A_DAY = N_("%(typed)s is no day. Write 02.03.2027, several with commas between them.")


def needed() -> InputRequired:
    return InputRequired(_l("Fill in this field."))


class WeightsForm(Faulty):
    edition = WholeNumber(_l("Each earlier edition with a booth"), validators=[needed()])
    per_9_m2 = WholeNumber(_l("Every whole 9 m² had there"), validators=[needed()])
    on_time = WholeNumber(_l("An edition paid on time, all of it"), validators=[needed()])
    late = WholeNumber(_l("Taken off: an edition with a late payment"), validators=[needed()])
    released = WholeNumber(_l("Taken off: an edition with a booth released"), validators=[needed()])

    def __init__(self, weights: Weights, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, data=asdict(weights), **kwargs)

    def weights(self) -> Weights:
        return Weights(**{name: self[name].data for name in asdict(Weights(0, 0, 0, 0, 0))})


class CorrectionForm(Faulty):
    points = StringField(_l("Points"), validators=[needed()])
    reason = StringField(_l("Reason, as the exhibitor reads it"), validators=[needed(), Length(max=WHY_AT_MOST)])

    def validate_points(self, field: StringField) -> None:
        if _signed(field.data) is None:
            raise ValidationError(_("Write whole points: 5, or −5 to take them off."))

    def signed_points(self) -> int:
        return _signed(self.points.data) or 0


class SelectionForm(Faulty):
    """Windows as they are set up; days and hours are the fair's."""

    zone = SelectField(_l("Of which booths"), validate_choice=True)
    basis = RadioField(_l("Who comes first"), validators=[needed()])
    bands = StringField(_l("Rounds by points"), validators=[Optional(), Length(max=100)])
    days = TextAreaField(_l("Days of choosing"), validators=[needed(), Length(max=600)])
    from_time = TimeField(_l("Hours from"), validators=[needed()])
    to_time = TimeField(_l("Hours to"), validators=[needed()])
    slot_minutes = WholeNumber(_l("Minutes of a window"), validators=[needed()])
    per_slot = WholeNumber(_l("Companies that begin together"), validators=[needed()])
    general_on = FairDay(_l("Booking opens for all on"), validators=[needed()])
    general_time = TimeField(_l("at"), validators=[needed()])
    seed_source = StringField(_l("What the seed will be"), validators=[needed(), Length(max=SOURCE_LENGTH)])
    draw_on = FairDay(_l("It is known on"), validators=[needed()])
    draw_time = TimeField(_l("at"), validators=[needed()])
    revision = HiddenField()

    def __init__(self, fair: Fair, zones: Sequence[Zone], kept: Selection | None, *args: Any, **kwargs: Any) -> None:
        self.fair = fair
        data: dict[str, Any] = {
            "basis": Basis.POINTS.value, "from_time": time(9), "to_time": time(17), "slot_minutes": 30, "per_slot": 5,
            "revision": "0",
        }  # fmt: skip
        if kept is not None:
            general, draw = local(fair, kept.general_at), local(fair, kept.draw_at)
            data = {
                name: getattr(kept, name)
                for name in ("basis", "from_time", "to_time", "slot_minutes", "per_slot", "seed_source")
            } | {
                "zone": str(kept.zone_id or ""), "bands": ", ".join(map(str, kept.bands)),
                "days": ", ".join(f"{date.fromisoformat(day):%d.%m.%Y}" for day in kept.days),
                "general_on": general.date(), "general_time": general.time(), "draw_on": draw.date(),
                "draw_time": draw.time(), "revision": str(kept.revision),
            }  # fmt: skip
        super().__init__(*args, data=data, **kwargs)
        self.basis.choices = [
            (Basis.POINTS.value, _("Most points first; who has as many is drawn")),
            (Basis.DRAW.value, _("The whole order is drawn")),
        ]
        self.zone.choices = [("", _("The whole fair"))] + [
            (str(zone.id), f"{zone.code} · {local_name(zone)}" if local_name(zone) != zone.code else zone.code)
            for zone in zones
        ]

    def validate_bands(self, field: StringField) -> None:
        try:
            self._bands()
        except ValueError:
            raise ValidationError(_(NO_BANDS)) from None

    def validate_days(self, field: TextAreaField) -> None:
        for typed in _parts(field.data):
            try:
                _day(typed)
            except ValueError:
                raise ValidationError(_(NOT_A_DAY, typed=typed[:20])) from None
        if not _parts(field.data):
            raise ValidationError(_(NO_DAYS))

    def take_errors(self, error: FieldErrors) -> None:
        beside = {"general": "general_on", "draw": "draw_on"}
        super().take_errors(FieldErrors({beside.get(k, k): v for k, v in error.fields.items()}, **error.params))

    def settings(self) -> Settings:
        zone = ZoneInfo(self.fair.time_zone)
        return Settings(
            zone_id=int(self.zone.data) if self.zone.data else None,
            basis=Basis(self.basis.data),
            bands=self._bands(),
            days=[_day(typed) for typed in _parts(self.days.data)],
            from_time=self.from_time.data,
            to_time=self.to_time.data,
            slot_minutes=self.slot_minutes.data,
            per_slot=self.per_slot.data,
            general_at=datetime.combine(self.general_on.data, self.general_time.data, zone),
            seed_source=self.seed_source.data,
            draw_at=datetime.combine(self.draw_on.data, self.draw_time.data, zone),
        )

    def _bands(self) -> list[int]:
        return [row_number(typed) for typed in _parts(self.bands.data or "")]


def _parts(text: str) -> list[str]:
    return [part for part in text.replace(",", " ").replace(";", " ").split() if part]


def _day(typed: str) -> date:
    """02.03.2027, 2/3/2027 or 2027-03-02. Raises ValueError."""
    parts = typed.replace("/", ".").split(".")
    if len(parts) == 3:
        day, month, year = parts
        return fair_day(f"{row_number(year):04}-{row_number(month):02}-{row_number(day):02}")
    return fair_day(typed)


def _signed(typed: str | None) -> int | None:
    text = (typed or "").strip().replace("−", "-").removeprefix("+")
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 6):
        return None
    return -int(digits) if text.startswith("-") else int(digits)
