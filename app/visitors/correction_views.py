"""The organiser puts right what a gate got wrong: pages of the missed entry, the wrong entry, and the list of both."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import DateField, HiddenField, RadioField, SelectField, StringField, TimeField
from wtforms.validators import InputRequired, Optional

from app import clock
from app.access import Permission, allow, principal
from app.db import db, retrying
from app.errors import FieldErrors, NotFound
from app.fields import Form
from app.formats import language
from app.visitors.corrected import latest_corrections
from app.visitors.corrections import (
    REASONS,
    Made,
    Why,
    drop_entry,
    record_missed_entry,
    undo_correction,
)
from app.visitors.gate_facts import gate_facts
from app.visitors.gate_views import blueprint
from app.visitors.models import Badge, CorrectionKind, Registration, Scan
from app.visitors.ticker import tell_of_scans

PAGE = 60


class CorrectionForm(Form):
    key = HiddenField()  # made with the page: what is sent twice is done once
    reason = RadioField(_l("Reason"), [InputRequired()])
    note = StringField(_l("In your own words"), [Optional()])

    def offer(self, kind: CorrectionKind) -> None:
        self.reason.choices = [(code, _(word)) for code, word in REASONS[kind].items()]
        self.key.data = _uuid(self.key.data) or str(uuid.uuid4())

    @property
    def why(self) -> Why:
        return Why(self.reason.data or "", self.note.data or "")


class MissedEntryForm(CorrectionForm):
    gate = SelectField(_l("Gate"), [InputRequired()])
    entered_on = DateField(_l("Day"), [InputRequired()])
    entered_time = TimeField(_l("Time"), [InputRequired()])


@blueprint.get("/organise/gates/corrections")
@allow(Permission.SCANS_SEE)
def corrections() -> str:
    """`?before=` pages back; the newest stands first."""
    rows, following = latest_corrections(g.fair.id, request.args.get("before", ""), PAGE)
    return render_template(
        "visitors/corrections.html", rows=rows, following=following, reasons=REASONS, new_key=lambda: str(uuid.uuid4())
    )


@blueprint.route("/organise/badges/<int:badge_id>/missed-entry", methods=["GET", "POST"])
@allow(Permission.SCANS_CORRECT)
def missed_entry(badge_id: int) -> Any:
    facts, form = gate_facts(g.fair.id, fresh=True), MissedEntryForm()
    badge, person = _badge(badge_id)
    form.offer(CorrectionKind.MISSED_ENTRY)
    vietnamese = language() == "vi"
    ways_in = {code: names for code, names in facts.gate_names.items() if code not in facts.rules.sessions}
    names = {code: vi if vietnamese or not en else en for code, (vi, en) in ways_in.items()}
    form.gate.choices = list(names.items())
    if request.method == "GET":
        form.entered_on.data = min(max(clock.fair_day(g.fair, clock.now()), g.fair.starts_on), g.fair.ends_on)
    elif form.validate_on_submit():
        entered_at = _at_the_fair(form.entered_on.data, form.entered_time.data)
        key, gate, why, actor, now = form.key.data, form.gate.data, form.why, principal().actor(), clock.now()
        done = _done(form, lambda: record_missed_entry(g.fair, key, badge_id, gate, entered_at, why, actor, now))
        if done:
            flash(_("The entry is recorded; the counts have it from now on."))
            return redirect(url_for("visitors.organise_badge", badge_id=badge_id), 303)
    page = render_template("visitors/missed_entry.html", form=form, badge=badge, person=person)
    return page, 422 if form.errors else 200


@blueprint.route("/organise/gates/scans/<scan_id>/correction", methods=["GET", "POST"])
@allow(Permission.SCANS_CORRECT)
def wrong_entry(scan_id: str) -> Any:
    scan = db.session.get(Scan, (g.fair.id, scan_id[:36]))
    if scan is None:
        raise NotFound()
    form, facts = CorrectionForm(), gate_facts(g.fair.id, fresh=True)
    form.offer(CorrectionKind.WRONG_ENTRY)
    badge, person = _badge(scan.badge_id) if scan.badge_id else (None, None)
    if form.validate_on_submit():
        key, why, actor, now = form.key.data, form.why, principal().actor(), clock.now()
        if _done(form, lambda: drop_entry(g.fair, key, scan_id, why, actor, now)):
            flash(_("The entry no longer counts. What was read is kept."))
            return redirect(url_for("gates.scans", badge=badge.id) if badge else url_for("gates.scans"), 303)
    page = render_template("visitors/wrong_entry.html", form=form, scan=scan, badge=badge, person=person, facts=facts)
    return page, 422 if form.errors else 200


@blueprint.post("/organise/gates/corrections/<undone_id>/undo")
@allow(Permission.SCANS_CORRECT)
def undo(undone_id: str) -> Any:
    key = _uuid(request.form.get("key", "")) or str(uuid.uuid4())
    actor, now = principal().actor(), clock.now()
    retrying(lambda: undo_correction(g.fair, key, undone_id[:36], Why("mistaken"), actor, now))
    tell_of_scans(g.fair.id)
    flash(_("The correction is undone. Both stay on record."))
    return redirect(url_for("gates.corrections"), 303)


def _done(form: CorrectionForm, work: Callable[[], Made]) -> bool:
    """Whether it was done; what cannot be taken is said at its field."""
    try:
        retrying(work)
    except FieldErrors as error:
        for name, sentence in error.sentences().items():
            form["entered_on" if name == "at" else name].errors = [sentence]
        return False
    tell_of_scans(g.fair.id)
    return True


def _badge(badge_id: int) -> tuple[Badge, Registration]:
    wanted = select(Badge, Registration).join(Registration, Registration.id == Badge.registration_id)
    found = db.session.execute(wanted.where(Badge.fair_id == g.fair.id, Badge.id == badge_id)).first()
    if found is None:
        raise NotFound()
    return found[0], found[1]


def _at_the_fair(day: Any, moment: time) -> datetime:
    return datetime.combine(day, moment, ZoneInfo(g.fair.time_zone)).astimezone(UTC)


def _uuid(value: str | None) -> str:
    try:
        return str(uuid.UUID(value or "")) if len(value or "") <= 45 else ""
    except ValueError:
        return ""
