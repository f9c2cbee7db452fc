"""What the bodies that programs send have in common."""

from marshmallow import EXCLUDE, RAISE, Schema


class Input(Schema):
    """A name that is not known is refused: a mistyped one would be lost in silence."""

    class Meta:
        unknown = RAISE


class LenientInput(Schema):
    """Names that are not known are left out: other programs were promised these bodies before."""

    class Meta:
        unknown = EXCLUDE
