"""Pictures that a hall's plan lies over: made ready, kept while a draft or a version needs them, shown to whom."""

import hashlib
import io
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from PIL import Image
from sqlalchemy import delete, exists, select, update
from sqlalchemy.exc import IntegrityError

from app import clock
from app.audit import SYSTEM, Actor, record
from app.booths.models import PlanDraft, PlanPicture, PlanVersion
from app.db import after_commit, db, retrying
from app.documents import store
from app.documents.pixels import Refusal, unpacked
from app.documents.uploads import BYTES_AT_MOST
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.models import Fair, Hall
from app.i18n_marks import N_
from app.jobs import sweep

SIDE = 4000  # pixels of the longer side: 3 cm a pixel in a hall of 120 m
QUALITY = 85
KEPT = timedelta(days=1)  # after a draft has left it: whoever undoes that finds it again
FIELD = "picture"
FORMATS = ("PNG", "JPEG", "WEBP")
NONE = N_("Add a picture: PNG, JPEG or WebP.")
TOO_LARGE = N_("The picture is larger than 10 MB. Save it smaller.")
TOO_MANY_POINTS = N_("The picture has too many points: at most 25 million as PNG or WebP, or send it as JPEG.")
BROKEN = N_("The picture cannot be read to its end. Choose it again, or another one.")


class PictureGone(DomainError):
    code: ClassVar[str] = "picture_gone"
    message: ClassVar[str] = N_("The background picture is no longer kept here. Remove it, and add it again.")


@dataclass(frozen=True)
class Prepared:
    """A picture's bytes, ready to be kept; its size in pixels."""

    data: bytes
    media_type: str
    width: int
    height: int


def prepared(content: bytes) -> Prepared:
    """What was sent, on white and at most `SIDE` wide; costs some seconds, so outside any transaction.

    Raises FieldErrors (`picture`): no PNG, JPEG or WebP by its bytes, larger than 10 MB, too many points, broken.
    """
    if len(content) > BYTES_AT_MOST:
        raise FieldErrors({FIELD: TOO_LARGE})
    if not content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")) and content[:4] + content[8:12] != b"RIFFWEBP":
        raise FieldErrors({FIELD: NONE})
    picture = unpacked(content, FORMATS, SIDE, Refusal(FIELD, TOO_MANY_POINTS, BROKEN))
    if picture.mode == "RGBA":
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture).convert("RGB")
    media_type, data = min((_as(picture, "PNG"), _as(picture, "JPEG")), key=lambda one: len(one[1]))
    return Prepared(data, media_type, picture.width, picture.height)


def keep_picture(actor: Actor, fair: Fair, hall: Hall, made: Prepared, now: datetime) -> PlanPicture:
    """Keep it for the hall; a draft then says where it lies. Callers open the transaction."""
    key = secrets.token_hex(16)
    picture = PlanPicture(
        fair_id=fair.id, hall_id=hall.id, key=key, sha256=hashlib.sha256(made.data).hexdigest(),
        media_type=made.media_type, width=made.width, height=made.height, used_at=now, created_at=now,
    )  # fmt: skip
    db.session.add(picture)
    db.session.flush()
    store.keep_apart(key, made.data)
    record(actor, "plan.picture_added", "hall", hall.id, fair.id, name=hall.name, bytes=len(made.data))
    return picture


def placed(hall: Hall, background: dict[str, Any] | None) -> tuple[dict[str, Any] | None, int | None]:
    """A background with its depth as its picture's sides say, and the picture's id. Raises PictureGone."""
    if background is None:
        return None, None
    found = select(PlanPicture).where(PlanPicture.hall_id == hall.id, PlanPicture.key == background["picture"])
    picture = db.session.scalar(found)
    if picture is None:
        raise PictureGone()
    depth_cm = max(1, round(background["width_cm"] * picture.height / picture.width))
    return background | {"depth_cm": depth_cm}, picture.id


def leave(picture_id: int | None, now: datetime) -> None:
    """A draft does without it from now on."""
    if picture_id is not None:
        db.session.execute(update(PlanPicture).where(PlanPicture.id == picture_id).values(used_at=now))


def picture_for(fair: Fair, key: str, is_staff: bool) -> tuple[PlanPicture, bool]:
    """A picture, and whether everybody sees it. Raises NotFound for who is not staff while it is not shown."""
    found = select(PlanPicture, Hall).join(Hall, Hall.id == PlanPicture.hall_id)
    row = db.session.execute(found.where(PlanPicture.fair_id == fair.id, PlanPicture.key == key)).one_or_none()
    if row is None:
        raise NotFound()
    shown = shown_background(row.Hall)
    is_open = shown is not None and shown["picture"] == key and fair.published_at is not None
    if not (is_open or is_staff):
        raise NotFound()
    return row.PlanPicture, is_open


def shown_background(hall: Hall) -> dict[str, Any] | None:
    """The hall's background if everybody sees it on the plan and on paper."""
    return hall.background if hall.background and hall.background["public"] else None


def picture_bytes(picture: PlanPicture) -> bytes:
    return store.bytes_apart(picture.key, picture.sha256)


def forget_pictures(fair: Fair, hall: Hall) -> None:
    """Of a hall that goes, after its drafts and versions."""
    mine = PlanPicture.fair_id == fair.id, PlanPicture.hall_id == hall.id
    for key in db.session.scalars(select(PlanPicture.key).where(*mine)):
        after_commit(store.take_away, key)
    db.session.execute(delete(PlanPicture).where(*mine))


@sweep
def free_plan_pictures() -> None:
    """What no draft and no version has needed for a day leaves the disk."""
    unused = (
        PlanPicture.used_at < clock.now() - KEPT,
        ~exists().where(PlanDraft.picture_id == PlanPicture.id),
        ~exists().where(PlanVersion.picture_id == PlanPicture.id),
    )
    for picture in list(db.session.scalars(select(PlanPicture).where(*unused))):
        with suppress(IntegrityError):  # a draft took it up in this moment
            retrying(lambda one=picture: _free(one, unused))  # type: ignore[misc]


def _free(picture: PlanPicture, unused: tuple[Any, ...]) -> None:
    gone = delete(PlanPicture).where(PlanPicture.id == picture.id, *unused)
    if db.session.execute(gone.execution_options(synchronize_session=False)).rowcount:  # type: ignore[attr-defined]
        record(SYSTEM, "plan.picture_freed", "hall", picture.hall_id, picture.fair_id)
        after_commit(store.take_away, picture.key)


def _as(picture: Image.Image, form: str) -> tuple[str, bytes]:
    out = io.BytesIO()
    picture.save(out, form, **({"quality": QUALITY, "progressive": True} if form == "JPEG" else {"compress_level": 6}))
    return f"image/{form.lower()}", out.getvalue()
