"""What a gate needs in a fire alarm, where a set-up device's cookie reaches: the event, and who is inside."""

from flask import Response, g, render_template

from app import clock, live
from app.access import Permission, allow, principal
from app.visitors.board_views import sheet_of
from app.visitors.gate_facts import gate_facts
from app.visitors.gate_views import blueprint
from app.visitors.inside_list import inside_list


@blueprint.get("/gate/inside")
@allow(Permission.ALARM_SEE)
def inside_at_gate() -> str:
    """As the organiser's list, without names, while an alarm is on."""
    facts = gate_facts(g.fair.id, fresh=True)
    found = inside_list(g.fair, facts, principal(), clock.now())
    return render_template("visitors/inside.html", pdf=False, **sheet_of(facts, found))


@blueprint.get("/gate/live")
@allow(Permission.ALARM_SEE)
def alarm_stream() -> Response:
    """As `/live`, `?topics=alarm`."""
    return live.stream()


@blueprint.get("/gate/live/since")
@allow(Permission.ALARM_SEE)
def alarms_since() -> Response:
    return live.since()
