"""The organiser's forms: a task, and when reminders go out."""

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.accounts.forms import Faulty
from app.errors import FieldErrors
from app.fairs.models import Fair
from app.fields import FairDay, WholeNumber
from app.i18n_marks import N_
from app.tasks.keeping import ABOUT_LENGTH, BOOTH_KINDS, LIMITS, LONGEST, NO_DAYS, TITLE_LENGTH, task_faults
from app.tasks.models import Asks, Task

NEEDED = _l("Fill in this field.")
ASKS_NAMES = {
    Asks.CONFIRM: N_("A tick: read, or done"),
    Asks.TEXT: N_("A text"),
    Asks.FILE: N_("A document: PDF, JPEG or PNG"),
    Asks.CHOICE: N_("One of several answers"),
}
KIND_NAMES = {
    "row": N_("Row booth"),
    "corner": N_("Corner booth"),
    "island": N_("Island booth"),
    "pavilion": N_("Provincial pavilion"),
}


class TaskForm(Faulty):
    title = StringField(_l("Title"), validators=[InputRequired(NEEDED), Length(max=TITLE_LENGTH)])
    title_en = StringField(_l("Title in English"), validators=[Optional(), Length(max=TITLE_LENGTH)])
    about = TextAreaField(_l("Explanation"), validators=[Optional(), Length(max=ABOUT_LENGTH)])
    about_en = TextAreaField(_l("Explanation in English"), validators=[Optional(), Length(max=ABOUT_LENGTH)])
    due_on = FairDay(_l("Last day"), validators=[InputRequired(NEEDED)])
    asks = RadioField(_l("What is asked"), validators=[InputRequired(_l("Choose what exhibitors answer with."))])
    longest = WholeNumber(_l("Characters at most"), validators=[Optional(), NumberRange(1, LONGEST)])
    options = TextAreaField(_l("Answers to choose from"), validators=[Optional(), Length(max=2000)])
    options_en = TextAreaField(_l("The same in English"), validators=[Optional(), Length(max=2000)])
    must_accept = BooleanField(_l("Each answer must be accepted"))
    booth_kinds = SelectMultipleField(_l("For whom"), validators=[Optional()])

    def __init__(self, fair: Fair, task: Task | None = None, *args: Any, **kwargs: Any) -> None:
        data: dict[str, Any] = {"asks": Asks.CONFIRM.value}
        if task is not None:
            data = {"options": _lines(task.options, "name"), "options_en": _lines(task.options, "name_en")}
            words = ("title", "title_en", "about", "about_en", "due_on", "asks", "longest", "must_accept")
            data |= {name: getattr(task, name) for name in (*words, "booth_kinds")}
        super().__init__(*args, data=data, **kwargs)
        self.asks.choices = [(one.value, _(name)) for one, name in ASKS_NAMES.items()]
        self.booth_kinds.choices = [(kind, _(KIND_NAMES[kind])) for kind in BOOTH_KINDS]

    def validate(self, extra_validators: Any = None) -> bool:
        """What the verb would find, beside what the fields find: all at once."""
        valid = super().validate(extra_validators)
        if self.asks.errors or self.longest.errors or self.options.errors or self.options_en.errors:
            return False
        faults = {name: _(message, **LIMITS) for name, message in task_faults(self.values()).items()}
        for name, sentence in faults.items():
            if not self._fields[name].errors:
                self._fields[name].errors = [sentence]
        return bool(valid and not faults)

    def values(self) -> dict[str, Any]:
        names, english = _split(self.options.data), _split(self.options_en.data)
        asks = self.asks.data
        longest = self.longest.data
        options = [{"name": name, "name_en": english[n] if n < len(english) else ""} for n, name in enumerate(names)]
        if len(english) > len(names):
            options += [{"name": "", "name_en": word} for word in english[len(names) :]]
        return {
            "title": " ".join((self.title.data or "").split()),
            "title_en": self.title_en.data or "",
            "about": self.about.data or "",
            "about_en": self.about_en.data or "",
            "due_on": self.due_on.data,
            "asks": asks,
            "longest": longest if asks == Asks.TEXT else None,
            "options": options if asks == Asks.CHOICE else [],
            "must_accept": self.must_accept.data,
            "booth_kinds": self.booth_kinds.data or [],
        }


class RemindersForm(Faulty):
    days_before = StringField(_l("Days before the deadline"), validators=[Optional(), Length(max=40)])

    def days(self) -> list[int]:
        """Raises FieldErrors for what are no numbers of days."""
        parts = [part for part in re.split(r"[\s,;]+|và|and", self.days_before.data or "") if part]
        if not all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
            raise FieldErrors({"days_before": NO_DAYS})
        return [int(part) for part in parts]


def _lines(options: list[dict[str, str]], name: str) -> str:
    return "\n".join(option[name] for option in options)


def _split(text: str | None) -> list[str]:
    """The lines that say something, each once tidied."""
    return [line for line in (" ".join(one.split()) for one in (text or "").splitlines()) if line]
