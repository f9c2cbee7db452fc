"""An exhibitor's or a buyer's own page: the next thing to do, then what is theirs."""

from flask import g, render_template

from app import clock
from app.access import Permission, allow, principal
from app.fairs.queries import time_of
from app.front.blueprint import blueprint
from app.front.next_steps import next_step
from app.front.portal import TASKS_SHOWN, days_to_go, portal_of
from app.visitors.badge_sheet import badge_link


@blueprint.get("/fairs/<slug>/portal")
@allow(Permission.PORTAL)
def portal() -> str:
    now = clock.now()
    found = portal_of(g.fair, principal(), now)
    return render_template(
        "fairs/portal.html",
        portal=found,
        step=next_step(g.fair, found, now),
        when=time_of(g.fair, now),
        days=days_to_go(g.fair, now),
        badge_link=badge_link,
        tasks_shown=TASKS_SHOWN,
    )
