"""Closing a fair day on its evening: what is sure, what may be missing, and who answers for it."""

from collections.abc import Mapping
from datetime import date

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import clock
from app.access import Permission, allow, principal
from app.db import db, retrying
from app.errors import DomainError, FieldErrors
from app.visitors.day_closing import (
    accepted_of,
    after_closing,
    close_day,
    closing_of,
    counts_of,
    day_named,
    reopen_day,
    reopenings_of,
    unsure_devices,
    written,
)
from app.visitors.gate_views import blueprint


@blueprint.get("/organise/gates/closing/<day>")
@allow(Permission.DAY_CLOSE)
def closing(day: str) -> str:
    return _page(day_named(g.fair, day))


@blueprint.post("/organise/gates/closing/<day>")
@allow(Permission.DAY_CLOSE)
def close(day: str) -> Response | tuple[str, int]:
    asked, actor = day_named(g.fair, day), principal().actor()
    accepts, reason = frozenset(request.form.getlist("accepts")), request.form.get("reason", "")
    try:
        retrying(lambda: close_day(actor, g.fair, asked, accepts, reason, clock.now()))
    except DomainError as error:
        db.session.rollback()
        return _page(asked, error, request.form), error.status
    flash(_("%(day)s is closed.", day=written(asked)))
    return redirect(url_for("gates.closing", day=day), 303)


@blueprint.post("/organise/gates/closing/<day>/reopening")
@allow(Permission.DAY_CLOSE)
def reopen(day: str) -> Response | tuple[str, int]:
    asked, actor = day_named(g.fair, day), principal().actor()
    try:
        retrying(lambda: reopen_day(actor, g.fair, asked, request.form.get("reason", ""), clock.now()))
    except DomainError as error:
        db.session.rollback()
        return _page(asked, error, request.form), error.status
    flash(_("%(day)s is open again.", day=written(asked)))
    return redirect(url_for("gates.closing", day=day), 303)


def _page(day: date, refusal: DomainError | None = None, typed: Mapping[str, str] | None = None) -> str:
    now = clock.now()
    standing, counts = closing_of(g.fair, day), counts_of(g.fair, day)
    return render_template(
        "visitors/closing.html", day=day, today=clock.fair_day(g.fair, now), closing=standing,
        counts=counts, after=after_closing(g.fair, standing, counts) if standing else None,
        accepted=accepted_of(standing) if standing else [],
        unsure=unsure_devices(g.fair, day, now) if standing is None else [], past=reopenings_of(g.fair, day),
        refusal=refusal, faults=refusal.sentences() if isinstance(refusal, FieldErrors) else {}, typed=typed or {},
        accepts=request.form.getlist("accepts"),
    )  # fmt: skip
