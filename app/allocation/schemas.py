"""What programs send and get about applications."""

from marshmallow import Schema, fields, validate

from app.allocation.applying import LARGEST_BUDGET, LARGEST_M2, NOTE_LENGTH, TOGETHER_AT_MOST, WISHES_AT_MOST
from app.allocation.models import ApplicationState, OfferState
from app.allocation.placing import REASON_LENGTH
from app.api.schemas import Input
from app.booths.workflows import OFFER_HOURS, REQUEST_DAYS, Workflow

ROW = validate.Range(min=0, max=2**31 - 1)
NUMBER = validate.Length(1, 12)
WAYS = [str(one) for one in Workflow]


class WishesIn(Input):
    exhibitor = fields.Integer(required=True, strict=True, validate=ROW)
    revision = fields.Integer(
        load_default=0, strict=True, validate=ROW, metadata={"description": "The one that was seen; 0: none is open"}
    )
    wishes = fields.List(
        fields.List(fields.String(validate=NUMBER), validate=validate.Length(1, TOGETHER_AT_MOST)),
        load_default=list, validate=validate.Length(max=WISHES_AT_MOST),
        metadata={"description": "Booth numbers by rank, the best first; those of one wish are wanted together"},
    )  # fmt: skip
    similar = fields.Boolean(load_default=False, metadata={"description": "Booths of the kind below will do too"})
    booths = fields.Integer(
        load_default=1, strict=True, validate=validate.Range(1, TOGETHER_AT_MOST),
        metadata={"description": "So many next to each other"},
    )  # fmt: skip
    zone = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(1, 12), metadata={"description": "Its code"}
    )
    least_m2 = fields.Integer(load_default=None, allow_none=True, strict=True, validate=validate.Range(1, LARGEST_M2))
    budget_minor = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, LARGEST_BUDGET),
        metadata={"description": "All together at most, with VAT, in the currency's minor unit"},
    )  # fmt: skip
    may_wait = fields.Boolean(load_default=True)
    note = fields.String(load_default="", validate=validate.Length(max=NOTE_LENGTH))


class RequestIn(Input):
    hold = fields.String(required=True, validate=validate.Length(1, 36))
    note = fields.String(load_default="", validate=validate.Length(max=NOTE_LENGTH))


class SeenApplication(Input):
    revision = fields.Integer(required=True, strict=True, validate=ROW)


class OfferIn(SeenApplication):
    booths = fields.List(fields.String(validate=NUMBER), required=True, validate=validate.Length(1, 20))


class ApplicationRefusal(SeenApplication):
    reason = fields.String(required=True, validate=validate.Length(1, REASON_LENGTH))


class OfferOut(Schema):
    id = fields.Integer()
    hold = fields.String(metadata={"description": "Order it to accept, delete it to decline"})
    booths = fields.List(fields.String())
    rank = fields.Integer(allow_none=True)
    state = fields.String(validate=validate.OneOf([str(one) for one in OfferState]))
    answer_until = fields.DateTime(format="iso")
    by_list = fields.Boolean()
    why = fields.Dict()


class ApplicationOut(Schema):
    id = fields.Integer()
    exhibitor = fields.Integer()
    way = fields.String(metadata={"description": "wishes, or request for what is held"})
    state = fields.String(validate=validate.OneOf([str(one) for one in ApplicationState]))
    revision = fields.Integer()
    wishes = fields.List(fields.List(fields.String()))
    similar = fields.Boolean()
    booths = fields.Integer()
    zone = fields.String(allow_none=True)
    least_m2 = fields.Integer(allow_none=True)
    budget_minor = fields.Integer(allow_none=True)
    may_wait = fields.Boolean()
    place = fields.Integer(allow_none=True, metadata={"description": "On the waiting list, from 1"})
    note = fields.String()
    sent_at = fields.DateTime(format="iso", allow_none=True)
    reason = fields.String()
    offers = fields.List(fields.Nested(OfferOut))


class ApplicationPage(Schema):
    items = fields.List(fields.Nested(ApplicationOut))
    next = fields.String(allow_none=True)


class ZoneWay(Input):
    zone = fields.String(required=True, validate=validate.Length(1, 12))
    workflow = fields.String(required=True, allow_none=True, validate=validate.OneOf(WAYS))


class LettingRules(Input):
    workflow = fields.String(required=True, validate=validate.OneOf(WAYS))
    zones = fields.List(
        fields.Nested(ZoneWay), load_default=list, validate=validate.Length(max=200),
        metadata={"description": "Zones that differ; null: as the fair"},
    )  # fmt: skip
    offer_hours = fields.Integer(
        required=True, strict=True, validate=validate.Range(OFFER_HOURS.start, OFFER_HOURS.stop - 1)
    )
    request_days = fields.Integer(
        required=True, strict=True, validate=validate.Range(REQUEST_DAYS.start, REQUEST_DAYS.stop - 1)
    )
