"""The organiser's form of a session, and the visitor's of a badge number."""

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, SelectMultipleField, StringField, TimeField
from wtforms.validators import InputRequired, Length, Optional

from app import clock
from app.accounts.forms import Faulty
from app.fairs.models import Fair
from app.fields import WholeNumber
from app.formats import local_name, short_day
from app.visitors.gates import halls_of
from app.visitors.registration import every_category
from app.visitors.session_models import FairSession
from app.visitors.sessions import ROOM_LENGTH, TITLE_LENGTH, Asked

NEEDED = _l("Fill in this field.")
FIELDS = {"begins_at": "day", "ends_at": "to_time"}  # where the verb's faults belong


class SessionForm(Faulty):
    title = StringField(_l("Title of the session"), validators=[InputRequired(NEEDED), Length(max=TITLE_LENGTH)])
    title_en = StringField(_l("Title in English"), validators=[Optional(), Length(max=TITLE_LENGTH)])
    day = SelectField(_l("Day"), validators=[InputRequired(NEEDED)])
    from_time = TimeField(_l("Begins"), validators=[InputRequired(NEEDED)])
    to_time = TimeField(_l("Ends"), validators=[InputRequired(NEEDED)])
    hall = SelectField(_l("Hall"), validators=[Optional()])
    room = StringField(_l("Room or stage"), validators=[Optional(), Length(max=ROOM_LENGTH)])
    seats = WholeNumber(_l("Seats"), validators=[Optional()])
    door = RadioField(_l("At the door"), validators=[InputRequired(NEEDED)])
    held_minutes = WholeNumber(_l("Seats are kept for"), validators=[InputRequired(NEEDED)])
    categories = SelectMultipleField(_l("Who may come"), validators=[Optional()])

    def __init__(self, fair: Fair, session: FairSession | None = None, *args: Any, **kwargs: Any) -> None:
        self.fair = fair
        super().__init__(*args, data=_data(fair, session), **kwargs)
        self.day.choices = [(day.isoformat(), short_day(day)) for day in clock.fair_days(fair)]
        self.hall.choices = [("", _("no hall")), *((one.code, local_name(one)) for one in halls_of(fair.id))]
        self.door.choices = [
            ("open", _("Open: whoever comes takes a free seat")),
            ("needed", _("Sign-up needed: others come in once free seats are given out")),
        ]
        self.categories.choices = [(one.code, local_name(one)) for one in every_category(fair.id)]

    def asked(self) -> Asked:
        return Asked(
            self.title.data or "", self._at(self.from_time.data), self._at(self.to_time.data), self.title_en.data or "",
            self.hall.data or "", self.room.data or "", self.seats.data, self.held_minutes.data,
            self.door.data == "needed", tuple(self.categories.data or ()),
        )  # fmt: skip

    def take(self, faults: dict[str, str]) -> None:
        """The verb's sentences, each beside the field that it is about."""
        for name, sentence in faults.items():
            self._fields[FIELDS.get(name, name)].errors = [sentence]

    def _at(self, moment: time) -> datetime:
        day = next(one for one in clock.fair_days(self.fair) if one.isoformat() == self.day.data)
        return datetime.combine(day, moment, ZoneInfo(self.fair.time_zone)).astimezone(UTC)


def _data(fair: Fair, session: FairSession | None) -> dict[str, Any]:
    if session is None:
        return {"held_minutes": 10, "door": "open"}
    begins, ends = clock.local(fair, session.begins_at), clock.local(fair, session.ends_at)
    same = {name: getattr(session, name) for name in ("title", "title_en", "room", "seats", "held_minutes")}
    hall = next((one.code for one in halls_of(fair.id) if one.id == session.hall_id), "")
    return same | {
        "day": begins.date().isoformat(), "from_time": begins.time(), "to_time": ends.time(), "hall": hall,
        "door": "needed" if session.needs_sign_up else "open", "categories": session.categories,
    }  # fmt: skip
