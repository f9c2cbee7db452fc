"""Pictures to draw a hall's plan over: sent here, placed with its draft."""

from typing import Any

from flask import g
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from app import clock
from app.access import Permission, allow, principal
from app.booths.plan_pictures import keep_picture, prepared
from app.db import retrying
from app.documents.uploads import BYTES_AT_MOST
from app.front.plan_draft import hall_by_id
from app.security import limit

blueprint = Blueprint(
    "plan_picture_api",
    __name__,
    url_prefix="/api/v1/fairs/<slug>/halls/<int:hall_id>",
    description="Pictures under a hall's plan.",
)
PICTURES_AN_HOUR = 60  # of one person or key: nobody fills the disk


class PictureUpload(Schema):
    picture = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


class PictureOut(Schema):
    picture = fields.String(metadata={"description": "What a draft's background names it by"})
    width = fields.Integer(metadata={"description": "Pixels"})
    height = fields.Integer(metadata={"description": "Pixels"})


@blueprint.route("/pictures", methods=["POST"])
@blueprint.arguments(PictureUpload, location="files")
@blueprint.response(201, PictureOut)
@allow(Permission.SETTINGS)
def add_picture(sent: dict[str, Any], hall_id: int) -> dict[str, Any]:
    """Keep a PNG, JPEG or WebP of 10 MB at most; a draft's `background` then says where it lies.

    One that no draft and no version has named for a day is not kept. The organiser sees it at
    `/fairs/{slug}/plan/pictures/{picture}`, everybody once it is published with `public`.
    """
    hall, actor = hall_by_id(g.fair, hall_id), principal().actor()
    limit("plan_pictures", PICTURES_AN_HOUR, 3600, actor.key)
    made = prepared(sent["picture"].read(BYTES_AT_MOST + 1))
    kept = retrying(lambda: keep_picture(actor, g.fair, hall, made, clock.now()))
    return {"picture": kept.key, "width": kept.width, "height": kept.height}
