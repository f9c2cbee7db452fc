"""Photographs as phones send them: judged by their bytes, turned upright, made smaller, and rid of what they tell.

Only pixels are kept: a camera writes where and when it stood, and which camera it was.
"""

import io
from dataclasses import dataclass
from datetime import datetime

from PIL import Image
from sqlalchemy import select

from app.db import db
from app.directory.models import Picture
from app.documents import store
from app.documents.pixels import Refusal, unpacked
from app.documents.uploads import media_type_of
from app.errors import FieldErrors
from app.i18n_marks import N_

LARGE, SMALL = 1600, 480  # pixels of the longer side
QUALITY = 82
NO_PHOTOGRAPH = N_("Add a photograph: JPEG or PNG.")
TOO_LARGE = N_("The photograph is larger than 10 MB. Choose a smaller one.")
TOO_MANY_PIXELS = N_("The photograph has too many points: at most 25 million as PNG, or send it as JPEG.")
BROKEN = N_("The photograph cannot be read to its end. Choose it again, or another one.")


@dataclass(frozen=True)
class Prepared:
    """A photograph in two sizes, ready to be kept."""

    large: bytes
    small: bytes
    media_type: str
    width: int
    height: int


def prepared(content: bytes, field: str = "photograph") -> Prepared:
    """Both sizes of what was sent; costs some tenths of a second, so outside any transaction.

    Raises FieldErrors (`field`): empty, no JPEG or PNG, too large, broken.
    """
    if _type_of(content, field) == "application/pdf":
        raise FieldErrors({field: NO_PHOTOGRAPH})
    picture = unpacked(content, ("JPEG", "PNG"), LARGE, Refusal(field, TOO_MANY_PIXELS, BROKEN))
    small = picture.copy()
    small.thumbnail((SMALL, SMALL), Image.Resampling.LANCZOS)
    media_type = "image/png" if picture.mode == "RGBA" else "image/jpeg"
    return Prepared(_bytes(picture), _bytes(small), media_type, picture.width, picture.height)


def keep_picture(fair_id: int, exhibitor_id: int, made: Prepared, now: datetime) -> Picture:
    """The row of a photograph; the same one sent again is the same row. Callers open the transaction."""
    sha256, small_sha256 = store.keep_bytes(made.large), store.keep_bytes(made.small)
    known = picture_of(fair_id, exhibitor_id, sha256)
    if known is not None:
        return known
    picture = Picture(
        fair_id=fair_id, exhibitor_id=exhibitor_id, sha256=sha256, small_sha256=small_sha256,
        media_type=made.media_type, width=made.width, height=made.height, created_at=now,
    )  # fmt: skip
    db.session.add(picture)
    db.session.flush()
    return picture


def picture_of(fair_id: int, exhibitor_id: int, sha256: str) -> Picture | None:
    """A picture that this exhibitor sent, by the digest of its large size."""
    return db.session.scalar(
        select(Picture).where(
            Picture.fair_id == fair_id, Picture.exhibitor_id == exhibitor_id, Picture.sha256 == sha256
        )
    )


def _type_of(content: bytes, field: str) -> str:
    try:
        return media_type_of(content)
    except FieldErrors as error:
        said = error.fields["document"]
        kept = {N_("The file is empty."): said, N_("Add a PDF, PNG or JPEG file."): NO_PHOTOGRAPH}
        raise FieldErrors({field: kept.get(said, TOO_LARGE)}) from None


def _bytes(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    if picture.mode == "RGBA":
        picture.save(out, "PNG", optimize=True)
    else:
        picture.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue()
