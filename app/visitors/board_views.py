"""Pages around the gates' board: who is inside, to print; capacities; the fire alarm."""

from collections import defaultdict
from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from app import clock
from app.access import Permission, allow, principal
from app.db import db, retrying
from app.documents.pdf import pdf_of
from app.errors import NotFound
from app.exports import content_disposition
from app.security import limit
from app.visitors.alarm import end_alarm, raise_alarm
from app.visitors.capacity import NOT_A_NUMBER, halls_of, set_capacity
from app.visitors.gate_facts import GateFacts, gate_facts
from app.visitors.gate_views import blueprint
from app.visitors.inside import PersonInside, Within
from app.visitors.inside_list import InsideList, inside_list
from app.visitors.occupancy import WHOLE_FAIR

PDF_AT_MOST = 2000  # people: a PDF of more takes the server many seconds, the page itself prints at once
PDFS_A_MINUTE = 10


@blueprint.post("/organise/gates/alarm")
@allow(Permission.ALARM_RAISE)
def raise_the_alarm() -> AnyResponse:
    now, actor = clock.now(), principal().actor()
    _alarm, raised = retrying(lambda: raise_alarm(actor, g.fair, now))
    flash(_("The alarm is raised: every gate scans out.") if raised else _("The alarm is on already."))
    return redirect(url_for("gates.organise"), 303)


@blueprint.post("/organise/gates/alarm/<int:alarm_id>/end")
@allow(Permission.ALARM_RAISE)
def end_the_alarm(alarm_id: int) -> AnyResponse:
    now, actor = clock.now(), principal().actor()
    ended = retrying(lambda: end_alarm(actor, g.fair, alarm_id, now))
    flash(_("The alarm is over: gates scan as before.") if ended else _("This alarm is over already."))
    return redirect(url_for("gates.organise"), 303)


@blueprint.get("/organise/gates/inside")
@allow(Permission.SCANS_SEE, Permission.ALARM_SEE)
def inside() -> str:
    """Plain, and complete once it is open: it is printed where the network may be gone."""
    facts = gate_facts(g.fair.id, fresh=True)
    found = inside_list(g.fair, facts, principal(), clock.now())
    return render_template("visitors/inside.html", pdf=len(found.people) <= PDF_AT_MOST, **sheet_of(facts, found))


@blueprint.get("/organise/gates/inside.pdf")
@allow(Permission.SCANS_SEE, Permission.ALARM_SEE)
def inside_pdf() -> Response:
    facts, now = gate_facts(g.fair.id, fresh=True), clock.now()
    found = inside_list(g.fair, facts, principal(), now)
    if len(found.people) > PDF_AT_MOST:
        raise NotFound()
    limit("inside_pdf", PDFS_A_MINUTE, 60)
    html = render_template("visitors/inside_pdf.html", **sheet_of(facts, found))
    db.session.rollback()  # no connection is held while the sheet is made
    name = f"{g.fair.slug}-inside-{clock.local(g.fair, now):%Y%m%d-%H%M}.pdf"
    headers = {"Content-Disposition": content_disposition("inline", name), "Cache-Control": "no-store"}
    return Response(pdf_of(html), mimetype="application/pdf", headers=headers)


@blueprint.route("/organise/gates/capacity", methods=["GET", "POST"])
@allow(Permission.SETTINGS)
def capacity() -> AnyResponse | tuple[str, int]:
    halls = halls_of(g.fair.id)
    typed = {"fair": g.fair.capacity, **{f"hall-{hall.code}": hall.capacity for hall in halls}}
    faults: dict[str, str] = {}
    if request.method == "POST":
        typed = {name: request.form.get(name, "").strip() for name in typed}
        wanted, faults = _capacities(typed)
        if not faults:
            actor = principal().actor()
            retrying(lambda: set_capacity(actor, g.fair, wanted))
            flash(_("Saved. Gates know it within 15 seconds."))
            return redirect(url_for("gates.organise"), 303)
    page = render_template("visitors/capacity.html", halls=halls, typed=typed, faults=faults)
    return page, 422 if faults else 200


def _capacities(typed: dict[str, Any]) -> tuple[dict[str, int | None], dict[str, str]]:
    """Hall code → people, "" for the fair; and what cannot be read, by field. Thousands may be grouped."""
    wanted: dict[str, int | None] = {}
    faults = {}
    for name, text in typed.items():
        code = WHOLE_FAIR if name == "fair" else name.removeprefix("hall-")
        plain = text.replace(" ", "").replace("\u00a0", "").replace(".", "").replace(",", "")
        if plain and not (plain.isascii() and plain.isdigit() and 0 < len(plain) < 8 and 1 <= int(plain) <= 1_000_000):
            faults[name] = _(NOT_A_NUMBER)
        wanted[code] = int(plain) if plain and name not in faults else None
    return wanted, faults


def sheet_of(facts: GateFacts, found: InsideList) -> dict[str, Any]:
    """The list by hall, visitors before staff, press and crew."""
    groups: dict[str, list[PersonInside]] = defaultdict(list)
    for one in found.people:
        groups[one.hall].append(one)
    within = {
        hall: Within(sum(one.counts for one in people), sum(not one.counts for one in people))
        for hall, people in groups.items()
    }
    all_of_them = sum(within.values(), Within())
    return {"facts": facts, "groups": groups, "within": within, "whole": all_of_them, "named": found.named,
            "at": found.at, "at_most": not facts.rules.counts_exits}  # fmt: skip
