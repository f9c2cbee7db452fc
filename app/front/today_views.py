"""The organiser's day: a sentence whose figures open their rows, what needs a person, entries as they come."""

from datetime import date

from flask import g, render_template, request

from app import clock
from app.access import Permission, allow, principal
from app.fairs.models import Fair
from app.fairs.queries import last_day_so_far, time_of
from app.front.blueprint import blueprint
from app.front.day import LEVELS, day_figures, fair_figures
from app.front.todo import todos
from app.front.visits_chart import visits_chart
from app.live import topics_of
from app.visitors.passages import day_to_show


@blueprint.get("/fairs/<slug>/organise/")
@allow(Permission.SEE_DAY)
def today() -> str:
    """The running day; of a past fair the last one, of a coming one what has been booked. `?day=` opens another."""
    now = clock.now()
    when, day = time_of(g.fair, now), _day_asked(g.fair)
    figures = day_figures(g.fair, day, now)
    return render_template(
        "fairs/_today.html" if request.headers.get("X-Fragment") else "fairs/today.html",
        when=when,
        figures=figures,
        whole=fair_figures(g.fair, now),
        chart=visits_chart(g.fair, day, [gate for gate, _n in figures.by_gate]) if when != "coming" else None,
        todos=todos(g.fair, principal(), day, figures.running, now),
        days=[one for one in clock.fair_days(g.fair) if one <= clock.fair_day(g.fair, now)],
        days_to_go=(g.fair.starts_on - clock.fair_day(g.fair, now)).days,
        levels=LEVELS,
        topics=topics_of(principal()),
        at=now,
    )


def _day_asked(fair: Fair) -> date:
    now = clock.now()
    latest = last_day_so_far(fair, now)
    try:
        asked = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return day_to_show(fair, now)
    return asked if fair.starts_on <= asked <= latest else latest
