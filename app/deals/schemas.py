"""What programs send and get about deals."""

from datetime import date

from marshmallow import Schema, fields, validate

from app.api.schemas import Input
from app.deals.terms import CURRENCIES, NOTE_LENGTH, SUBJECT_LENGTH, DealKind
from app.fairs.product_categories import PRODUCT_CATEGORIES

KINDS = [str(kind) for kind in DealKind]
CATEGORY_CODES = [code for code, _vi, _en in PRODUCT_CATEGORIES]
AMOUNT = validate.Range(min=1, max=10**15)
ROW = validate.Range(min=0, max=2**31 - 1)


class DealQuery(Schema):
    state = fields.String()
    kind = fields.String()
    country = fields.String(metadata={"description": "Of the buyer, ISO 3166-1 alpha-2."})
    category = fields.String()
    currency = fields.String()
    day = fields.Date(
        validate=validate.Range(date(2000, 1, 1), date(2100, 12, 31)),
        metadata={"description": "The fair's day on which the deal was recorded."},
    )
    paper = fields.String(
        validate=validate.OneOf(("there", "missing")),
        metadata={"description": "Whether a scan came with the revision that stands."},
    )
    q = fields.String(metadata={"description": "Folded search: number, names, goods."})
    limit = fields.Integer(validate=validate.Range(min=1, max=1000))
    after = fields.String(metadata={"description": "`next` of the page before."})


class BuyerQuery(Schema):
    q = fields.String(load_default="", metadata={"description": "Part of a name or company, or a badge number."})


class TermsFields(Input):
    kind = fields.String(validate=validate.OneOf(KINDS))
    category = fields.String(validate=validate.OneOf(CATEGORY_CODES))
    subject = fields.String(validate=validate.Length(max=SUBJECT_LENGTH))
    amount_minor = fields.Integer(
        strict=True,
        allow_none=True,
        validate=AMOUNT,
        metadata={"description": "In the currency's minor unit (ISO 4217): 4000000 is 40,000.00 USD or ₫ 4,000,000."},
    )
    currency = fields.String(validate=validate.OneOf(CURRENCIES))
    signed_on = fields.Date()
    note = fields.String(validate=validate.Length(max=NOTE_LENGTH))


class NewBuyer(Input):
    name = fields.String(load_default="", validate=validate.Length(max=120))
    company = fields.String(load_default="", validate=validate.Length(max=200))
    country = fields.String(required=True, validate=validate.Regexp(r"^[A-Z]{2}\Z"))
    email = fields.String(load_default="", validate=validate.Length(max=254))


class DealRecord(TermsFields):
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    category = fields.String(load_default="other", validate=validate.OneOf(CATEGORY_CODES))
    currency = fields.String(required=True, validate=validate.OneOf(CURRENCIES))
    signed_on = fields.Date(metadata={"description": "Today at the fair, unless told."})
    exhibitor = fields.Integer(strict=True, metadata={"description": "Its id; an exhibitor's own unless told."})
    buyer = fields.Integer(strict=True, metadata={"description": "Its id; a buyer's own unless told."})
    badge = fields.String(metadata={"description": "The buyer's badge: its code, or the 20 digits."})
    new_buyer = fields.Nested(NewBuyer, metadata={"description": "A buyer who never registered."})


class DealAmendment(TermsFields):
    revision = fields.Integer(
        required=True,
        strict=True,
        validate=ROW,
        metadata={"description": "The revision that is amended; another one by now is a 409."},
    )


class Answer(Input):
    revision = fields.Integer(required=True, strict=True, validate=ROW)
    answer = fields.String(load_default="confirm", validate=validate.OneOf(["confirm", "dispute"]))
    reason = fields.String(load_default="", validate=validate.Length(max=500))
    side = fields.String(
        validate=validate.OneOf(["buyer", "exhibitor"]),
        metadata={"description": "At the deal desk: whose person is present. A party answers for its own side alone."},
    )
    spoken_by = fields.String(
        validate=validate.Length(max=120), metadata={"description": "At the desk: who is present."}
    )
    identified_by = fields.String(
        validate=validate.Length(max=120), metadata={"description": "At the desk: what they showed."}
    )


class Verification(Input):
    revision = fields.Integer(required=True, strict=True, validate=ROW)
    document = fields.Integer(
        required=True, strict=True, validate=ROW, metadata={"description": "Id of the document that was seen."}
    )


class Cancellation(Input):
    revision = fields.Integer(required=True, strict=True, validate=ROW)
    reason = fields.String(required=True, validate=validate.Length(min=1, max=500))


class Upload(Schema):
    document = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


class CompanyShown(Schema):
    id = fields.Integer()
    name = fields.String()
    country = fields.String()


class BuyerShown(CompanyShown):
    company = fields.String()


class BuyersShown(Schema):
    items = fields.List(fields.Nested(BuyerShown))
    next = fields.String(allow_none=True)


class ConfirmationShown(Schema):
    id = fields.Integer()
    revision = fields.Integer()
    side = fields.String()
    answer = fields.String()
    means = fields.String()
    proves = fields.Boolean(metadata={"description": "Whether the means shows that it was that side."})
    reason = fields.String()
    answered_at = fields.DateTime()
    voided_at = fields.DateTime(allow_none=True)


class DocumentShown(Schema):
    id = fields.Integer()
    revision = fields.Integer()
    filename = fields.String()
    media_type = fields.String()
    size = fields.Integer()
    sha256 = fields.String()


class DealShown(Schema):
    id = fields.Integer()
    number = fields.String()
    state = fields.String()
    revision = fields.Integer()
    kind = fields.String()
    category = fields.String()
    subject = fields.String()
    amount_minor = fields.Integer(allow_none=True)
    currency = fields.String()
    signed_on = fields.Date()
    note = fields.String()
    exhibitor = fields.Nested(CompanyShown)
    buyer = fields.Nested(BuyerShown)
    recorded_side = fields.String()
    recorded_at = fields.DateTime()
    confirmed_at = fields.DateTime(allow_none=True)
    verified_at = fields.DateTime(allow_none=True)


class DealWhole(DealShown):
    confirmations = fields.List(fields.Nested(ConfirmationShown))
    documents = fields.List(fields.Nested(DocumentShown))


class DealsShown(Schema):
    items = fields.List(fields.Nested(DealShown))
    next = fields.String(allow_none=True)
