"""What programs send and get about tasks."""

from marshmallow import Schema, fields, validate

from app.api.schemas import Input
from app.input import YEARS
from app.tasks.deciding import REASON_LENGTH
from app.tasks.keeping import ABOUT_LENGTH, BOOTH_KINDS, LONGEST, OPTION_LENGTH, OPTIONS_AT_MOST, TITLE_LENGTH
from app.tasks.models import Asks
from app.tasks.standing import Standing

ROW = validate.Range(min=0, max=2**31 - 1)
ASKS = [str(one) for one in Asks]
STANDINGS = [str(one) for one in Standing]


class Option(Input):
    name = fields.String(required=True, validate=validate.Length(1, OPTION_LENGTH))
    name_en = fields.String(load_default="", validate=validate.Length(max=OPTION_LENGTH))


class TaskIn(Input):
    title = fields.String(required=True, validate=validate.Length(1, TITLE_LENGTH))
    title_en = fields.String(load_default="", validate=validate.Length(max=TITLE_LENGTH))
    about = fields.String(
        load_default="", validate=validate.Length(max=ABOUT_LENGTH), metadata={"description": "Plain text"}
    )
    about_en = fields.String(load_default="", validate=validate.Length(max=ABOUT_LENGTH))
    due_on = fields.Date(
        required=True, validate=lambda day: day.year in YEARS, metadata={"description": "The last day, at the fair"}
    )
    asks = fields.String(required=True, validate=validate.OneOf(ASKS))
    longest = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, LONGEST),
        metadata={"description": "Characters of a text; null: 300"},
    )  # fmt: skip
    options = fields.List(
        fields.Nested(Option), load_default=list, validate=validate.Length(max=OPTIONS_AT_MOST),
        metadata={"description": "Answers to choose from, at least two"},
    )  # fmt: skip
    must_accept = fields.Boolean(
        load_default=False, metadata={"description": "The organiser accepts each answer, or sends it back"}
    )
    booth_kinds = fields.List(
        fields.String(validate=validate.OneOf(BOOTH_KINDS)), load_default=list, validate=validate.Length(max=4),
        metadata={"description": "Asked of who has a let booth of these kinds; none: of every kind"},
    )  # fmt: skip


class TaskOut(TaskIn):
    id = fields.Integer()


class Tasks(Schema):
    items = fields.List(fields.Nested(TaskOut))
    next = fields.String(allow_none=True)


class Taken(Schema):
    added = fields.Integer(metadata={"description": "How many were not there"})


class AnswerQuery(Schema):
    task = fields.Integer(validate=ROW)
    exhibitor = fields.Integer(validate=ROW)
    state = fields.String(validate=validate.OneOf(STANDINGS))
    limit = fields.Integer(validate=validate.Range(min=1, max=1000))
    after = fields.String(metadata={"description": "`next` of the page before"})


class DocumentOut(Schema):
    filename = fields.String()
    media_type = fields.String()
    size = fields.Integer()
    sha256 = fields.String()


class Stands(Schema):
    task = fields.Integer()
    exhibitor = fields.Integer()
    state = fields.String(metadata={"description": "open, late, sent_back, sent or done"})
    due_on = fields.Date()
    id = fields.Integer(allow_none=True, metadata={"description": "Of the answer; null: none yet"})
    revision = fields.Integer(metadata={"description": "0: nothing was sent yet"})
    text = fields.String(metadata={"description": "What was written; of a choice the option's name"})
    document = fields.Nested(DocumentOut, allow_none=True)
    answered_at = fields.DateTime(allow_none=True)
    answered_late = fields.Boolean()
    reason = fields.String(metadata={"description": "Why it was sent back"})


class StandsPage(Schema):
    items = fields.List(fields.Nested(Stands))
    next = fields.String(allow_none=True)


class AnswerIn(Input):
    exhibitor = fields.Integer(strict=True, validate=ROW, metadata={"description": "Where the key speaks for several"})
    revision = fields.Integer(
        required=True, strict=True, validate=ROW, metadata={"description": "The one that was seen; 0: none"}
    )
    confirmed = fields.Boolean(load_default=False, metadata={"description": "For a task that asks for a tick"})
    text = fields.String(
        load_default="", validate=[validate.Length(max=4 * LONGEST)],
        metadata={"description": "A text, or the name of the option"},
    )  # fmt: skip


class FileQuery(Schema):
    exhibitor = fields.Integer(validate=ROW)
    revision = fields.Integer(required=True, validate=ROW, metadata={"description": "The one that was seen; 0: none"})


class AnswerUpload(Schema):
    document = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


class Seen(Input):
    id = fields.Integer(required=True, strict=True, validate=ROW)
    revision = fields.Integer(required=True, strict=True, validate=ROW)


class Decision(Input):
    decision = fields.String(required=True, validate=validate.OneOf(("accept", "send_back")))
    reason = fields.String(
        load_default="", validate=validate.Length(max=REASON_LENGTH), metadata={"description": "Needed to send back"}
    )
    answers = fields.List(fields.Nested(Seen), required=True, validate=validate.Length(1, 400))


class Decided(Schema):
    decided = fields.List(fields.Integer(), metadata={"description": "Ids of answers"})
    left = fields.List(fields.Integer(), metadata={"description": "Answered anew, or decided already"})
