"""A drawing is laid into the hall: its unit, its layers, the hall, and how far from the walls."""

from typing import Any

from flask import g, redirect, request, url_for

from app import clock
from app.access import Permission, allow
from app.db import retrying
from app.errors import FieldErrors, NotFound
from app.front.blueprint import blueprint
from app.front.plan_import import PlanChanged, import_by_id, mend, unchanged_since
from app.front.plan_import_views import HALLS, asked_edits, import_page
from app.front.plan_lying import asked_placing
from app.front.plan_placed import place_anew


@blueprint.post(f"{HALLS}/imports/<import_id>/placing")
@allow(Permission.SETTINGS)
def place_plan(import_id: str) -> Any:
    """Cells that were typed and not sent yet are kept, then the rows get their places from the drawing anew."""
    edits, now = asked_edits(), clock.now()

    def work() -> FieldErrors | None:
        kept = import_by_id(g.fair, import_id)
        if kept.drawing is None:
            raise NotFound()
        unchanged_since(kept, request.form.get("seen", ""))
        mend(kept, edits, now)
        try:
            place_anew(g.fair, kept, asked_placing(kept, request.form))
        except FieldErrors as error:
            return error
        return None

    try:
        wrong = retrying(work)
    except PlanChanged as error:
        return import_page(import_by_id(g.fair, import_id), error.sentence()), error.status
    if wrong is not None:
        return import_page(import_by_id(g.fair, import_id), errors=wrong.sentences()), wrong.status
    return redirect(url_for("fairs.plan_import", import_id=import_id), 303)
