"""The log of deeds, for who answers for the figures: who did what to which thing, when."""

from flask import Blueprint, g, render_template, request
from sqlalchemy import select

from app.access import Permission, allow
from app.accounts.models import ApiToken, Person
from app.audit import AuditEntry
from app.chain import head_of, rows_waiting
from app.db import db
from app.errors import FieldErrors
from app.i18n_marks import N_
from app.reports.audit_things import details_of, things_of
from app.reports.audit_words import ACTIONS, KINDS
from app.visitors.device_models import GateDevice

blueprint = Blueprint("audit", __name__, url_prefix="/fairs/<slug>/organise/audit")
SHOWN = 50


@blueprint.get("")
@allow(Permission.AUDIT_SEE)
def index() -> str:
    """`?kind=`, `?subject=` narrow the log; `?before=` pages back. The newest deed stands first."""
    kind, subject, before = (
        request.args.get("kind", ""),
        request.args.get("subject", ""),
        request.args.get("before", ""),
    )
    wanted = select(AuditEntry).where(AuditEntry.fair_id == g.fair.id)
    if kind in KINDS:
        wanted = wanted.where(AuditEntry.subject_kind == kind)
    if subject:
        wanted = wanted.where(AuditEntry.subject_id == subject[:60])
    if before:
        if not (before.isascii() and before.isdigit() and len(before) < 10):
            raise FieldErrors({"before": N_("This page's address is not complete. Open the log again.")})
        wanted = wanted.where(AuditEntry.id < int(before))
    entries = list(db.session.scalars(wanted.order_by(AuditEntry.id.desc()).limit(SHOWN + 1)))
    more, entries = len(entries) > SHOWN, entries[:SHOWN]
    return render_template(
        "reports/audit.html",
        entries=entries,
        actors=_names(entries),
        kinds=KINDS,
        actions=ACTIONS,
        things=things_of(entries),
        details=details_of,
        kind=kind if kind in KINDS else "",
        subject=subject,
        older=entries[-1].id if more else None,
    )


@blueprint.get("/chain")
@allow(Permission.AUDIT_SEE)
def chain() -> str:
    """Where the fair's chain stands, and how anybody with the database proves it."""
    return render_template("reports/chain.html", head=head_of(g.fair.id), waiting=rows_waiting(g.fair.id))


def _names(entries: list[AuditEntry]) -> dict[str, str]:
    """What to call the actors: people by name, programs by their key's label, devices; one query each."""
    ids: dict[str, set[int]] = {"person": set(), "token": set(), "device": set()}
    for entry in entries:
        kind, _colon, number = entry.actor.partition(":")
        if kind in ids and number.isdigit():
            ids[kind].add(int(number))
    people = (
        db.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids["person"]))) if ids["person"] else ()
    )
    keys = (
        db.session.execute(select(ApiToken.id, ApiToken.label).where(ApiToken.id.in_(ids["token"])))
        if ids["token"]
        else ()
    )
    devices = (
        db.session.execute(select(GateDevice.id, GateDevice.name).where(GateDevice.id.in_(ids["device"])))
        if ids["device"]
        else ()
    )
    named = {f"person:{i}": name for i, name in people} | {f"token:{i}": label for i, label in keys}
    return named | {f"device:{i}": name for i, name in devices}
