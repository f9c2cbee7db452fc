"""What programs send and get about profiles."""

from marshmallow import Schema, fields, validate

from app.api.schemas import Input
from app.directory import words
from app.directory.models import ItemKind

ROW = validate.Range(min=0, max=2**31 - 1)
DIGEST = validate.Regexp(r"[0-9a-f]{64}\Z", error="64 hexadecimal digits")
MINOR = validate.Range(min=0, max=10**15)


class FoundQuery(Schema):
    q = fields.String(metadata={"description": "Names, goods and profiles, with or without accents"})
    province = fields.String()
    country = fields.String()
    category = fields.String(metadata={"description": "Of the company or one of its products"})
    hall = fields.String(metadata={"description": "Code of a hall where it stands"})
    zone = fields.String(metadata={"description": "Code of a zone where it stands"})
    limit = fields.Integer(validate=validate.Range(min=1, max=1000))
    after = fields.String(metadata={"description": "`next` of the page before"})


class ExhibitorOut(Schema):
    id = fields.Integer()
    name = fields.String()
    name_en = fields.String()
    kind = fields.String(metadata={"description": "main, co or represented"})
    country = fields.String(metadata={"description": "ISO 3166-1, of the address in the contract"})
    province = fields.String(allow_none=True, metadata={"description": "Code of the list in force on the fair's dates"})
    category = fields.String()


class ExhibitorPage(Schema):
    items = fields.List(fields.Nested(ExhibitorOut))
    next = fields.String(allow_none=True)


class ItemOut(Schema):
    id = fields.Integer()
    kind = fields.String()
    revision = fields.Integer()
    name = fields.String()
    name_en = fields.String()
    about = fields.String()
    about_en = fields.String()
    category = fields.String()
    currency = fields.String()
    price_from_minor = fields.Integer(allow_none=True)
    price_to_minor = fields.Integer(allow_none=True)
    file = fields.String(metadata={"description": "SHA-256 of the photograph or PDF; empty: none"})
    hidden = fields.String(metadata={"description": "Why the organiser hid it; empty: it is shown"})


class ProfileOut(Schema):
    exhibitor = fields.Nested(ExhibitorOut)
    revision = fields.Integer(metadata={"description": "0: nothing was said yet"})
    about = fields.String()
    about_en = fields.String()
    about_hidden = fields.String(metadata={"description": "Why the organiser hid the words; empty: they are shown"})
    seeks = fields.List(fields.String())
    website = fields.String()
    contact_name = fields.String()
    contact_email = fields.String()
    contact_phone = fields.String()
    logo = fields.String(metadata={"description": "SHA-256 of the logo; empty: none"})
    logo_hidden = fields.String()
    products = fields.List(fields.Nested(ItemOut))
    certificates = fields.List(fields.Nested(ItemOut))
    booths = fields.List(fields.String(), metadata={"description": "Numbers; a guest's are its host's"})
    on_its_booth = fields.List(fields.Nested(ExhibitorOut))
    host = fields.Nested(ExhibitorOut, allow_none=True)


class ProfileIn(Input):
    revision = fields.Integer(
        required=True, strict=True, validate=ROW, metadata={"description": "The one that was seen"}
    )
    about = fields.String(load_default="", validate=validate.Length(max=words.ABOUT_LENGTH))
    about_en = fields.String(load_default="", validate=validate.Length(max=words.ABOUT_LENGTH))
    seeks = fields.List(fields.String(validate=validate.OneOf(list(words.SEEKS))), load_default=list)
    website = fields.String(load_default="", validate=validate.Length(max=200))
    contact_name = fields.String(load_default="", validate=validate.Length(max=120))
    contact_email = fields.String(load_default="", validate=validate.Length(max=254))
    contact_phone = fields.String(load_default="", validate=validate.Length(max=40))
    logo = fields.String(
        load_default=None,
        allow_none=True,
        validate=DIGEST,
        metadata={"description": "SHA-256 that a file was kept under"},
    )


class ItemChange(Input):
    name = fields.String(required=True, validate=validate.Length(1, words.NAME_LENGTH))
    name_en = fields.String(load_default="", validate=validate.Length(max=words.NAME_LENGTH))
    about = fields.String(load_default="", validate=validate.Length(max=words.ITEM_ABOUT_LENGTH))
    about_en = fields.String(load_default="", validate=validate.Length(max=words.ITEM_ABOUT_LENGTH))
    category = fields.String(load_default="", metadata={"description": "Of a product"})
    currency = fields.String(load_default="", metadata={"description": "VND, USD, EUR or JPY, where a price is said"})
    price_from_minor = fields.Integer(load_default=None, allow_none=True, strict=True, validate=MINOR)
    price_to_minor = fields.Integer(load_default=None, allow_none=True, strict=True, validate=MINOR)
    file = fields.String(load_default=None, allow_none=True, validate=DIGEST)


class ItemIn(ItemChange):
    kind = fields.String(required=True, validate=validate.OneOf([str(one) for one in ItemKind]))


class ItemPut(ItemChange):
    revision = fields.Integer(required=True, strict=True, validate=ROW)


class Seen(Schema):
    revision = fields.Integer(required=True, validate=ROW, metadata={"description": "The one that was seen"})


class FileUpload(Schema):
    photograph = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


class FileOut(Schema):
    file = fields.String(metadata={"description": "SHA-256 under which it is kept and shown"})
    media_type = fields.String()


class HideIn(Input):
    reason = fields.String(required=True, validate=validate.Length(1, words.REASON_LENGTH))
