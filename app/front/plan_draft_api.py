"""A hall's drawing for the plan editor and for programs: read, kept, judged, published."""

from typing import Any

from flask import g
from flask.views import MethodView
from flask_babel import gettext as _
from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app import clock
from app.access import Permission, allow, principal
from app.api.idempotency import idempotent
from app.booths.areas import MOST_AREAS, MOST_CORNERS
from app.booths.floorplan import holders, zones
from app.db import retrying
from app.fairs.models import Hall
from app.formats import local_name
from app.front.plan_document import document_of, fingerprint, judged_document, numbers_elsewhere, taken_of
from app.front.plan_draft import discard_draft, draft_of, hall_by_id, publish_draft, save_draft
from app.i18n_marks import N_

blueprint = Blueprint(
    "plan_draft_api",
    __name__,
    url_prefix="/api/v1/fairs/<slug>/halls/<int:hall_id>",
    description="A hall as it is drawn.",
)
LONGEST_CM, LONGEST_SIDE_CM, SMALLEST_SIDE_CM = 100_000, 10_000, 50
MOST_BOOTHS, MOST_FEATURES, REVISIONS = 10_000, 1_000, validate.Range(0, 2**31 - 2)
PLACE = validate.Range(0, LONGEST_CM)
NAME = validate.Length(max=80)
OUTSIDE = N_("It stands beyond the hall's walls.")
ENTRANCE, BOX = ("gate", "side", "at_cm", "width_cm"), ("x_cm", "y_cm", "width_cm", "depth_cm")


def _whole(valid: Any, **more: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=valid, **({"required": True} | more))


class BoothDrawn(Schema):
    number = fields.String(required=True, validate=validate.Length(max=12))
    x_cm = _whole(PLACE)
    y_cm = _whole(PLACE)
    width_cm = _whole(validate.Range(SMALLEST_SIDE_CM, LONGEST_SIDE_CM))
    depth_cm = _whole(validate.Range(SMALLEST_SIDE_CM, LONGEST_SIDE_CM))
    zone = fields.String(load_default="", validate=validate.Length(max=12))
    kind = fields.String(
        load_default="", validate=validate.OneOf(("", "row", "corner", "island", "pavilion", "show")),
        metadata={"description": "Empty for what its open sides make it"},
    )  # fmt: skip
    sides = _whole(
        validate.Range(1, 4), required=False, load_default=None, allow_none=True,
        metadata={"description": "Open sides; null for what its neighbours leave open"},
    )  # fmt: skip
    state = fields.String(load_default="free", validate=validate.OneOf(("free", "not_let", "show")))
    name = fields.String(load_default="", validate=NAME)
    price_minor = _whole(
        validate.Range(0, 10**15), required=False, load_default=None, allow_none=True,
        metadata={"description": "Before VAT; null for the list price"},
    )  # fmt: skip


class FeatureDrawn(Schema):
    kind = fields.String(
        required=True, validate=validate.OneOf(("entrance", "pillar", "wall", "stage", "text", "exit", "wc"))
    )
    x_cm = _whole(PLACE, required=False)
    y_cm = _whole(PLACE, required=False)
    width_cm = _whole(validate.Range(10, LONGEST_CM), required=False)
    depth_cm = _whole(validate.Range(10, LONGEST_CM), required=False)
    name = fields.String(load_default="", validate=NAME)
    name_en = fields.String(load_default="", validate=NAME)
    gate = fields.String(validate=validate.Length(max=12))
    side = fields.String(validate=validate.OneOf(("north", "south", "west", "east")))
    at_cm = _whole(PLACE, required=False)

    @validates_schema
    def places(self, sent: dict[str, Any], **_more: Any) -> None:
        """An entrance is told by its gate, wall and middle; everything else by its box."""
        wanted = ENTRANCE if sent["kind"] == "entrance" else BOX
        missing = {name: [_("Fill in this field.")] for name in wanted if name not in sent}
        if missing:
            raise ValidationError(missing)


class AreaDrawn(Schema):
    zone = fields.String(
        load_default="", validate=validate.Length(max=12), metadata={"description": "The code of the zone it is of"}
    )
    corners = fields.List(
        fields.List(_whole(PLACE), validate=validate.Length(equal=2)),
        required=True, validate=validate.Length(3, MOST_CORNERS),
        metadata={"description": "[x, y] in centimetres from the hall's north-west corner, one after another"},
    )  # fmt: skip


class BackgroundDrawn(Schema):
    picture = fields.String(
        required=True, validate=validate.Length(32, 32), metadata={"description": "As `/pictures` answered"}
    )
    x_cm = _whole(validate.Range(-LONGEST_CM, LONGEST_CM))
    y_cm = _whole(validate.Range(-LONGEST_CM, LONGEST_CM))
    width_cm = _whole(validate.Range(10, 10 * LONGEST_CM))
    depth_cm = _whole(
        validate.Range(1), required=False, metadata={"description": "What width and picture make it, whatever is sent"}
    )
    opacity = _whole(validate.Range(5, 100), required=False, load_default=50, metadata={"description": "Percent"})
    public = fields.Boolean(load_default=False, metadata={"description": "Everybody sees it, on the plan and on paper"})


class DocumentDrawn(Schema):
    width_cm = _whole(validate.Range(300, LONGEST_CM))
    depth_cm = _whole(validate.Range(300, LONGEST_CM))
    booths = fields.List(fields.Nested(BoothDrawn), required=True, validate=validate.Length(max=MOST_BOOTHS))
    features = fields.List(fields.Nested(FeatureDrawn), required=True, validate=validate.Length(max=MOST_FEATURES))
    areas = fields.List(
        fields.Nested(AreaDrawn), validate=validate.Length(max=MOST_AREAS),
        metadata={"description": "Of zones; left out, they stay as they are drawn"},
    )  # fmt: skip
    background = fields.Nested(
        BackgroundDrawn, allow_none=True,
        metadata={"description": "The picture under the plan, or null; left out, it stays as it is drawn"},
    )  # fmt: skip


PLAN = {"description": "Fingerprint of the plan as it stood when this was read, holds and lettings aside"}


class DraftIn(Schema):
    revision = _whole(REVISIONS, metadata={"description": "The one that was drawn on; 0 where there was none"})
    plan = fields.String(required=True, validate=validate.Length(max=40), metadata=PLAN)
    document = fields.Nested(DocumentDrawn, required=True)


class PublicationIn(Schema):
    revision = _whole(REVISIONS)
    plan = fields.String(required=True, validate=validate.Length(max=40), metadata=PLAN)


class TakenOut(Schema):
    state = fields.String(metadata={"description": "held, reserved, let"})
    exhibitor = fields.String()
    booth = fields.Nested(BoothDrawn)


class DrawingFaultOut(Schema):
    booth = fields.Integer(metadata={"description": "Its place in the document's booths, from 0"})
    column = fields.String()
    sentence = fields.String()


class OutsideOut(Schema):
    feature = fields.Integer(metadata={"description": "Its place in the document's features, from 0"})
    sentence = fields.String()


class AreaFaultOut(Schema):
    area = fields.Integer(metadata={"description": "Its place in the document's areas, from 0"})
    sentence = fields.String()


class StrayOut(Schema):
    booth = fields.Integer(metadata={"description": "Its place in the document's booths, from 0"})
    number = fields.String()
    zone = fields.String(metadata={"description": "Of the area in which its middle lies"})
    why = fields.String(metadata={"description": "Why it keeps the zone that it has; empty where it can be given this"})


class ChangeOut(Schema):
    number = fields.String()
    what = fields.List(fields.String(), metadata={"description": "place, size, price, kind, state, name, zone"})


class DraftOut(Schema):
    revision = fields.Integer()
    plan = fields.String(metadata=PLAN)
    document = fields.Nested(DocumentDrawn)
    taken = fields.List(fields.Nested(TakenOut), metadata={"description": "Booths that no drawing changes"})
    zones = fields.List(fields.String())
    elsewhere = fields.List(fields.String(), metadata={"description": "Numbers of the other halls"})
    faults = fields.List(fields.Nested(DrawingFaultOut))
    outside = fields.List(fields.Nested(OutsideOut), metadata={"description": "Beyond the hall's walls"})
    added = fields.List(fields.String())
    changed = fields.List(fields.Nested(ChangeOut))
    removed = fields.List(fields.String())
    floor = fields.Boolean(metadata={"description": "The hall's size, walls or words differ"})
    area_faults = fields.List(fields.Nested(AreaFaultOut))
    strays = fields.List(fields.Nested(StrayOut), metadata={"description": "Booths in an area of another zone"})
    zone_areas = fields.List(fields.String(), metadata={"description": "Zones whose areas differ"})
    background = fields.String(metadata={"description": "added, changed, removed; empty where it does not differ"})


class PublishedOut(Schema):
    version = fields.Integer()
    added = fields.Integer()
    changed = fields.Integer()
    removed = fields.Integer()


@blueprint.route("/draft")
class Draft(MethodView):
    @blueprint.response(200, DraftOut)
    @allow(Permission.SETTINGS)
    def get(self, hall_id: int) -> dict[str, Any]:
        """The draft, or the plan as it stands where nobody draws; with its faults, and what publishing would do."""
        return _shown(hall_by_id(g.fair, hall_id))

    @blueprint.arguments(DraftIn)
    @blueprint.response(200, DraftOut)
    @allow(Permission.SETTINGS)
    def put(self, sent: dict[str, Any], hall_id: int) -> dict[str, Any]:
        """Keep the drawing, whatever is wrong in it. 409 `plan_changed` when somebody else has saved meanwhile."""
        hall, now = hall_by_id(g.fair, hall_id), clock.now()
        retrying(lambda: save_draft(g.fair, hall, sent["document"], sent["revision"], sent["plan"], now))
        return _shown(hall)

    @blueprint.response(204)
    @allow(Permission.SETTINGS)
    def delete(self, hall_id: int) -> None:
        """Throw the drawing away; the plan stays as it is."""
        hall, now = hall_by_id(g.fair, hall_id), clock.now()
        retrying(lambda: discard_draft(principal().actor(), g.fair, hall, now))


@blueprint.route("/draft/publication", methods=["POST"])
@idempotent
@blueprint.arguments(PublicationIn)
@blueprint.response(200, PublishedOut)
@allow(Permission.SETTINGS)
def publication(sent: dict[str, Any], hall_id: int) -> dict[str, Any]:
    """Make the draft the plan that everybody sees. 409 `plan_has_faults`; booths that are held or let stay."""
    actor, now = principal().actor(), clock.now()
    version, written = retrying(
        lambda: publish_draft(actor, actor.name, g.fair, hall_id, sent["revision"], sent["plan"], now)
    )
    done = {"added": written.added, "changed": written.changed, "removed": written.removed}
    return done | {"version": version.number}


def _shown(hall: Hall) -> dict[str, Any]:
    draft = draft_of(hall)
    judged = judged_document(g.fair, hall, draft.document if draft else document_of(g.fair, hall))
    taken = taken_of(hall, judged)
    names = holders(booth for _entry, booth in taken)
    return {
        "revision": draft.revision if draft else 0,
        "plan": fingerprint(g.fair, hall),
        "document": judged.document,
        "taken": [
            {
                "state": booth.state,
                "exhibitor": local_name(names[booth.exhibitor_id]) if booth.exhibitor_id in names else "",
                "booth": entry,
            }
            for entry, booth in taken
        ],
        "zones": [zone.code for zone in zones(g.fair.id) if zone.hall_id == hall.id],
        "faults": [
            {"booth": f.row, "column": f.column, "sentence": _(f.message, **f.params)} for f in judged.found.faults
        ],
        "outside": [{"feature": n, "sentence": _(OUTSIDE)} for n in judged.outside],
        "added": judged.added,
        "changed": [{"number": number, "what": what} for number, what in sorted(judged.changed.items())],
        "removed": judged.removed,
        "floor": judged.floor,
        "area_faults": [{"area": f.area, "sentence": _(f.message, **f.params)} for f in judged.area_faults],
        "strays": [
            {"booth": one.booth, "number": one.number, "zone": one.zone, "why": _(one.why) if one.why else ""}
            for one in judged.strays
        ],
        "zone_areas": judged.zone_areas,
        "background": judged.background,
        "elsewhere": numbers_elsewhere(g.fair, hall),
    }
