"""What the filters of an evidence page offer: the values that the fair has, in the reader's words."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import gettext as _
from sqlalchemy import select

from app.clock import fair_days
from app.db import db
from app.fairs.countries import country_name
from app.fairs.models import Fair
from app.fairs.provinces import province_name
from app.formats import language, local_name, short_day
from app.i18n_marks import N_
from app.reports.evidence import Evidence
from app.reports.figures import STANDING
from app.reports.pages import WORDS
from app.search import fold
from app.visitors.gates import gates_of, halls_of
from app.visitors.models import VisitorCategory

LABELS = {
    "hall": N_("Hall"),
    "gate": N_("Gate"),
    "day": N_("Day"),
    "category": N_("Category"),
    "country": N_("Country"),
    "province": N_("Province"),
    "kind": N_("Kind"),
    "state": N_("State"),
    "currency": N_("Currency"),
    "occupied": N_("Occupied"),
    "origin": N_("From"),
}
Options = list[tuple[str, str]]


def filter_choices(fair: Fair, evidence: Evidence) -> list[tuple[str, str, Options]]:
    """Each filter as (parameter, label, options); a filter with a single option is left out."""
    offered = [(name, _(LABELS[name]), _options(fair, evidence, name)) for name in evidence.filters]
    return [(name, label, options) for name, label, options in offered if len(options) > 1]


def _options(fair: Fair, evidence: Evidence, name: str) -> Options:
    named: dict[str, Callable[[Fair], Options]] = {
        "hall": lambda fair: [(hall.code, local_name(hall)) for hall in halls_of(fair.id)],
        "gate": lambda fair: [(gate.code, local_name(gate)) for gate in gates_of(fair.id)],
        "day": lambda fair: [(day.isoformat(), short_day(day)) for day in fair_days(fair)],
        "category": _categories,
        "state": lambda fair: [(state.value, _word(state.value)) for state in STANDING],
        "occupied": lambda fair: [(how, _word(how)) for how in ("paid", "free_of_charge", "show")],
        "origin": lambda fair: [(where, _word(where)) for where in ("home", "abroad")],
    }
    if name in named:
        return named[name](fair)
    column = evidence.filters[name]
    values = db.session.scalars(select(column).where(column.class_.fair_id == fair.id).distinct())
    words: dict[str, Callable[[str], str]] = {
        "country": lambda value: country_name(value, language()),
        "province": province_name,
    }
    options = [(value, words.get(name, _word)(value)) for value in values if value]
    return sorted(options, key=lambda option: fold(option[1]))


def _categories(fair: Fair) -> Options:
    found = select(VisitorCategory).where(VisitorCategory.fair_id == fair.id, VisitorCategory.counts)
    return [(one.code, local_name(one)) for one in db.session.scalars(found.order_by(VisitorCategory.number))]


def _word(value: str) -> str:
    return _(WORDS[value]) if value in WORDS else value
