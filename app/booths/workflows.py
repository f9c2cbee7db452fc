"""How booths are let: at once, after the organiser's yes, or by application. A zone may differ from its fair."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Protocol

from sqlalchemy import select, update

from app import clock
from app.audit import Actor, record
from app.booths.errors import GivenByApplication, NotTogether
from app.booths.models import Booth
from app.db import db
from app.errors import FieldErrors
from app.fairs.models import Fair, Zone
from app.i18n_marks import N_


class Workflow(StrEnum):
    BUY = "buy"  # hold, order, pay
    REQUEST = "request"  # hold, ask, be approved, order, pay
    APPLY = "apply"  # send ranked wishes, be offered one, order, pay


class KeptFor(StrEnum):
    """What a hold keeps its booths for."""

    BUYING = ""
    REQUEST = "request"  # the organiser's yes is needed before it can be ordered
    OFFER = "offer"  # the organiser, or the waiting list, offers the booths


class InZone(Protocol):
    number: str
    zone_workflow: str | None


OFFER_HOURS = range(1, 24 * 30 + 1)
REQUEST_DAYS = range(1, 31)
NO_HOURS = N_("An offer stays open from 1 to 720 hours.")
NO_DAYS = N_("A request keeps its booths from 1 to 30 days.")
NO_ZONE = N_("This fair has no such zone.")


def workflow_for(fair: Fair, zone_workflow: str | None) -> Workflow:
    return Workflow(zone_workflow or fair.workflow)


def kept_for(fair: Fair, booths: Sequence[InZone]) -> KeptFor:
    """What an exhibitor's own hold of these booths is for. Raises GivenByApplication, NotTogether."""
    ways = {booth.number: workflow_for(fair, booth.zone_workflow) for booth in booths}
    applied_for = sorted(number for number, way in ways.items() if way is Workflow.APPLY)
    if applied_for:
        raise GivenByApplication(booths=applied_for)
    asked_for = sorted(number for number, way in ways.items() if way is Workflow.REQUEST)
    if asked_for and len(asked_for) < len(ways):
        raise NotTogether(booths=asked_for)
    return KeptFor.REQUEST if asked_for else KeptFor.BUYING


def workflows_of(fair: Fair, booths: Iterable[Booth]) -> dict[str, Workflow]:
    """Booths' numbers → how each is let."""
    booths = list(booths)
    ids = {booth.zone_id for booth in booths if booth.zone_id is not None}
    found = db.session.execute(select(Zone.id, Zone.workflow).where(Zone.id.in_(ids))).all() if ids else []
    own = {zone_id: workflow for zone_id, workflow in found}
    return {booth.number: workflow_for(fair, own.get(booth.zone_id or 0)) for booth in booths}


def set_workflows(
    actor: Actor, fair: Fair, workflow: Workflow, zones: dict[int, Workflow | None], offer_hours: int, request_days: int
) -> None:
    """Change how booths are let from now on; `zones`: a zone's id → its own way, None for the fair's.

    What is held, asked for, applied for or offered goes on as it began. Callers open the transaction.
    Raises FieldErrors (`offer_hours`, `request_days`, `zones`).
    """
    faults = {}
    if offer_hours not in OFFER_HOURS:
        faults["offer_hours"] = NO_HOURS
    if request_days not in REQUEST_DAYS:
        faults["request_days"] = NO_DAYS
    fair = db.session.scalars(
        select(Fair).where(Fair.id == fair.id).with_for_update(of=Fair), execution_options={"populate_existing": True}
    ).one()
    known = {zone.id: zone for zone in db.session.scalars(select(Zone).where(Zone.fair_id == fair.id))}
    if set(zones) - set(known):
        faults["zones"] = NO_ZONE
    if faults:
        raise FieldErrors(faults)
    before: dict[str, object] = {
        "workflow": fair.workflow, "offer_hours": fair.offer_hours, "request_days": fair.request_days
    }  # fmt: skip
    after: dict[str, object] = {
        "workflow": workflow.value, "offer_hours": offer_hours, "request_days": request_days
    }  # fmt: skip
    fair.workflow, fair.offer_hours, fair.request_days = workflow.value, offer_hours, request_days
    for zone_id, own in zones.items():
        zone = known[zone_id]
        if zone.workflow != (own.value if own else None):  # plans that readers keep show another button now
            now = clock.now()
            db.session.execute(
                update(Booth)
                .where(Booth.fair_id == fair.id, Booth.zone_id == zone_id)
                .values(changed_at=now)
                .execution_options(synchronize_session=False)
            )
        before[f"zone_{zone.code}"], after[f"zone_{zone.code}"] = zone.workflow, own.value if own else None
        zone.workflow = own.value if own else None
    changed = {name: [before[name], value] for name, value in after.items() if before[name] != value}
    if changed:
        record(actor, "workflow.set", "fair", fair.id, fair.id, **changed)
