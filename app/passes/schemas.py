"""What programs send and get about passes."""

from marshmallow import Schema, fields, validate

from app.api.schemas import Input

ROW = validate.Range(min=0, max=2**31 - 1)


class PassQuery(Schema):
    exhibitor = fields.Integer(validate=ROW, metadata={"description": "Where the key speaks for several, or for all"})


class PassIn(Input):
    exhibitor = fields.Integer(strict=True, validate=ROW, metadata={"description": "Where the key speaks for several"})
    company = fields.Integer(strict=True, validate=ROW, metadata={"description": "A co-exhibitor on its booth"})
    name = fields.String(required=True, validate=validate.Length(1, 120))
    email = fields.String(load_default="", validate=validate.Length(max=254))


class PassName(Input):
    exhibitor = fields.Integer(strict=True, validate=ROW)
    badge = fields.Integer(required=True, strict=True, validate=ROW, metadata={"description": "The one that was seen"})
    name = fields.String(required=True, validate=validate.Length(1, 120))
    email = fields.String(load_default="", validate=validate.Length(max=254))


class PassOut(Schema):
    id = fields.Integer()
    company = fields.Integer()
    name = fields.String()
    email = fields.String()
    badge = fields.Integer()
    number = fields.String(metadata={"description": "20 digits, as on the badge"})
    state = fields.String()


class PassQuotaOut(Schema):
    exhibitor = fields.Integer()
    area_m2 = fields.Float()
    ruled = fields.Integer(metadata={"description": "What follows from the let area"})
    extra = fields.Integer(metadata={"description": "Granted by the organiser besides"})
    given = fields.Integer()
    left = fields.Integer()
    passes = fields.List(fields.Nested(PassOut))


class PassRuleIn(Input):
    per_9_m2 = fields.Integer(required=True, strict=True, validate=validate.Range(0, 99))


class AllowanceIn(Input):
    extra = fields.Integer(required=True, strict=True, validate=validate.Range(0, 99))
