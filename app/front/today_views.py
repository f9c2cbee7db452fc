"""The organiser's day: a sentence whose figures open their rows, what needs a person, entries as they come."""

from datetime import date, timedelta

from flask import g, render_template, request
from sqlalchemy import exists, select

from app import clock
from app.access import Permission, allow, principal
from app.db import db
from app.fairs.models import Fair
from app.fairs.queries import last_day_so_far, time_of
from app.front.blueprint import blueprint
from app.front.day import LEVELS, day_figures, fair_figures
from app.front.todo import todos
from app.front.visits_chart import visits_chart
from app.live import topics_of
from app.visitors.models import Visit


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
        opened = clock.local(fair, now).time() >= fair.opens_at_time
        if opened or latest != clock.fair_day(fair, now) or latest == fair.starts_on:
            return latest
        came = exists().where(Visit.fair_id == fair.id, Visit.day == latest)
        return latest if db.session.scalar(select(came)) else latest - timedelta(days=1)  # the day before tells more
    return asked if fair.starts_on <= asked <= latest else latest
