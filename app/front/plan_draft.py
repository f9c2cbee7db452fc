"""A hall's draft, kept as it is drawn, and its publication: all of it or nothing, and no let booth is touched."""

import secrets
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from app.audit import Actor, record
from app.booths.claims import tell_of_new_plan
from app.booths.models import Booth, PlanDraft, PlanVersion
from app.booths.plan_pictures import leave, placed
from app.db import db
from app.errors import DomainError, NotFound
from app.fairs.models import Fair, Hall
from app.front.plan_areas import add_zones, rezone_taken
from app.front.plan_document import (
    Document,
    Judged,
    complete,
    document_again,
    document_of,
    fingerprint,
    judged_document,
    kept_document,
    key_of,
)
from app.front.plan_drawing import PlanFrozen, Written, draw_places, lock_plan, take_off, zones_for
from app.i18n_marks import N_
from app.search import fold

REVISIONS = 2**30


class DrawingChanged(DomainError):
    code: ClassVar[str] = "plan_changed"
    message: ClassVar[str] = N_(
        "This hall was changed elsewhere meanwhile, so nothing was taken. Look at it as it is now."
    )


class DrawingHasFaults(DomainError):
    code: ClassVar[str] = "plan_has_faults"
    message: ClassVar[str] = N_("Nothing was published: %(things)s things need a look first.")
    extra: ClassVar[tuple[str, ...]] = ("things",)


def hall_by_id(fair: Fair, hall_id: int, lock: bool = False) -> Hall:
    """Raises NotFound, for one of another fair too."""
    found = select(Hall).where(Hall.fair_id == fair.id, Hall.id == hall_id)
    hall = db.session.scalar(found.with_for_update() if lock else found)
    if hall is None:
        raise NotFound()
    return hall


def draft_of(hall: Hall, lock: bool = False) -> PlanDraft | None:
    found = select(PlanDraft).where(PlanDraft.hall_id == hall.id)
    fresh = {"populate_existing": True}
    return db.session.scalar(found.with_for_update() if lock else found, execution_options=fresh)


def drafts_of(fair: Fair) -> dict[int, PlanDraft]:
    """Drafts that wait to be published, by hall."""
    return {one.hall_id: one for one in db.session.scalars(select(PlanDraft).where(PlanDraft.fair_id == fair.id))}


def save_draft(fair: Fair, hall: Hall, document: Document, revision: int, plan: str, at: datetime) -> int:
    """Keep the drawing, and answer its new revision.

    `revision` is the one that was drawn on; 0 where there was none, and then `plan` is the fingerprint of the plan that
    was drawn on. Raises DrawingChanged when somebody else has saved or published meanwhile, PictureGone.
    """
    document = kept_document(fair, hall, _whole(hall, document)) | {"features": _features(hall, document)}
    document["background"], picture_id = placed(hall, document["background"])
    if revision == 0:
        if plan != fingerprint(fair, hall):
            raise DrawingChanged()
        first = 1 + secrets.randbelow(REVISIONS)  # of two drawings no revision is the same
        fresh = PlanDraft(
            hall_id=hall.id, fair_id=fair.id, document=document, picture_id=picture_id, revision=first, created_at=at,
            changed_at=at,
        )  # fmt: skip
        try:
            with db.session.begin_nested():
                db.session.add(fresh)
        except IntegrityError as error:
            raise DrawingChanged() from error
        return first
    left = db.session.scalar(select(PlanDraft.picture_id).where(PlanDraft.hall_id == hall.id))
    saved = db.session.execute(
        update(PlanDraft)
        .where(PlanDraft.hall_id == hall.id, PlanDraft.revision == revision)
        .values(document=document, picture_id=picture_id, revision=revision + 1, changed_at=at)
        .execution_options(synchronize_session=False)
    )
    if not saved.rowcount:  # type: ignore[attr-defined]
        raise DrawingChanged()
    if left != picture_id:
        leave(left, at)
    return revision + 1


def discard_draft(actor: Actor, fair: Fair, hall: Hall, at: datetime, revision: int | None = None) -> None:
    """Throw the drawing away; repeated, nothing more happens. Raises DrawingChanged where `revision` is of before."""
    mine = PlanDraft.hall_id == hall.id, PlanDraft.fair_id == fair.id
    same = () if revision is None else (PlanDraft.revision == revision,)
    left = db.session.scalar(select(PlanDraft.picture_id).where(*mine))
    gone = db.session.execute(delete(PlanDraft).where(*mine, *same))
    if not gone.rowcount and draft_of(hall) is not None:  # type: ignore[attr-defined]
        raise DrawingChanged()
    if gone.rowcount:  # type: ignore[attr-defined]
        leave(left, at)
        record(actor, "plan.draft_discarded", "hall", hall.id, fair.id, name=hall.name)


def publish_draft(
    actor: Actor, who: str, fair: Fair, hall_id: int, revision: int, plan: str, now: datetime
) -> tuple[PlanVersion, Written]:
    """Make the draft the plan that everybody sees, and keep it as a version.

    Booths that are held or let stay as they stand. Those that the draft leaves out go; if anybody ever had them they
    are kept off the plan, for their history. `plan` is the fingerprint of the plan that the differences were seen
    against: a table may have changed it since. Raises NotFound without a draft, DrawingChanged,
    DrawingHasFaults, PlanFrozen, and PlanHasFaults when a buyer was faster.
    """
    lock_plan(fair)
    hall = hall_by_id(fair, hall_id, lock=True)
    draft = draft_of(hall, lock=True)
    if draft is None:
        raise NotFound()
    if draft.revision != revision or plan != fingerprint(fair, hall):
        raise DrawingChanged()
    if db.session.get_one(Fair, fair.id).frozen_at is not None:
        raise PlanFrozen()
    judged = judged_document(fair, hall, draft.document)
    if judged.needs_a_look:
        raise DrawingHasFaults(things=judged.needs_a_look)
    if not versions_of(hall):
        _keep_version(fair, hall, {}, "", now)
    written = _write(fair, hall, judged, now)
    tell_of_new_plan(fair.id)
    done: dict[str, Any] = {"added": judged.added, "changed": sorted(judged.changed), "removed": judged.removed}
    done |= {"areas": judged.zone_areas, "background": judged.background}
    version = _keep_version(fair, hall, done, who, now)
    db.session.execute(delete(PlanDraft).where(PlanDraft.hall_id == hall.id))
    record(actor, "plan.published", "hall", hall.id, fair.id, name=hall.name, version=version.number, **done)
    return version, written


def versions_of(hall: Hall) -> list[PlanVersion]:
    """The newest first."""
    found = select(PlanVersion).where(PlanVersion.hall_id == hall.id)
    return list(db.session.scalars(found.order_by(PlanVersion.number.desc())))


def draw_version_again(actor: Actor, fair: Fair, hall: Hall, number: int, revision: int, at: datetime) -> None:
    """Take an older version as the draft, in place of the one of `revision`. Raises NotFound, DrawingChanged."""
    found = select(PlanVersion).where(PlanVersion.hall_id == hall.id, PlanVersion.number == number)
    version = db.session.scalar(found)
    if version is None:
        raise NotFound()
    save_draft(fair, hall, document_again(fair, version.document), revision, fingerprint(fair, hall), at)
    record(actor, "plan.version_drawn", "hall", hall.id, fair.id, name=hall.name, version=number)


def _write(fair: Fair, hall: Hall, judged: Judged, now: datetime) -> Written:
    hall.width_cm, hall.depth_cm = judged.document["width_cm"], judged.document["depth_cm"]
    hall.features = judged.document["features"]
    hall.areas, hall.background = judged.document["areas"], judged.document["background"]
    places = judged.found.places
    halls = {key_of(hall): hall}
    leaving = list(
        db.session.scalars(
            select(Booth).where(Booth.hall_id == hall.id, Booth.number.in_(judged.removed)).order_by(Booth.id)
        )
    )
    for booth in leaving:
        take_off(booth, now)
    stirred = {number for number, what in judged.changed.items() if {"place", "zone"} & set(what)} | set(judged.added)
    moved = {fold(place.zone) for place in places if place.number in stirred and place.zone}
    zones = zones_for(fair, places, halls, moved)
    add_zones(fair, hall, judged.document["areas"], zones)
    added, changed, same = draw_places(fair, places, halls, zones, now)
    rezoned = rezone_taken(hall, places, zones, now)
    return Written(added, len(changed) + rezoned, same - rezoned, len(leaving), [])


def _keep_version(fair: Fair, hall: Hall, done: dict[str, Any], who: str, now: datetime) -> PlanVersion:
    last = db.session.scalar(select(func.max(PlanVersion.number)).where(PlanVersion.hall_id == hall.id)) or 0
    version = PlanVersion(
        fair_id=fair.id, hall_id=hall.id, number=last + 1, document=document_of(fair, hall, priced=True), done=done,
        actor=who[:120], picture_id=placed(hall, hall.background)[1],
        published_at=now,
    )  # fmt: skip
    db.session.add(version)
    db.session.flush()
    return version


def _whole(hall: Hall, document: Document) -> Document:
    """What a program says nothing of stays as it is drawn."""
    if document.keys() >= {"areas", "background"}:
        return document
    draft = draft_of(hall)
    kept = draft.document if draft is not None else {}
    return complete(hall, {name: kept[name] for name in ("areas", "background") if name in kept} | document)


def _features(hall: Hall, document: Document) -> list[dict[str, Any]]:
    """Gates are read at: a drawing moves their entrances along the walls, and neither makes nor loses one."""
    entrances = {one["gate"]: one for one in hall.features if one["kind"] == "entrance"}
    drawn = []
    for feature in document["features"]:
        if feature["kind"] != "entrance":
            drawn.append(feature)
        elif feature.get("gate") in entrances:
            drawn.append(entrances.pop(feature["gate"]) | {k: feature[k] for k in ("side", "at_cm", "width_cm")})
    return [*entrances.values(), *drawn]
