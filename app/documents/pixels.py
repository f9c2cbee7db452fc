"""Pictures as people send them, unpacked within bounds: by their bytes alone, one at a time, upright, in sRGB.

Only pixels come out: a camera writes where and when it stood, and which camera it was.
"""

import io
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageFile, ImageOps

from app.errors import FieldErrors

# points: a JPEG is unpacked at a fraction of its size, the others are not
MOST = {"JPEG": 110_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}
SIDE_AT_MOST = 20_000
_one_at_a_time = threading.Lock()  # unpacked, a photograph takes hundreds of megabytes
_UNREADABLE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    TypeError,  # this and the next: a broken EXIF block
    struct.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


@dataclass(frozen=True)
class Refusal:
    """How a field says that its picture is too large to be unpacked, or broken: English msgids."""

    field: str
    too_many_points: str
    broken: str


def unpacked(content: bytes, formats: tuple[str, ...], side: int, refusal: Refusal) -> Image.Image:
    """The picture as RGB or RGBA, its longer side `side` pixels at most; costs tenths of a second.

    `formats` are Pillow's names. Raises FieldErrors (`refusal.field`): too many points, none of the formats, broken.
    """
    try:
        with _one_at_a_time, _to_its_end(), Image.open(io.BytesIO(content), formats=formats) as sent:
            if sent.width * sent.height > MOST[sent.format or "PNG"] or max(sent.size) > SIDE_AT_MOST:
                raise FieldErrors({refusal.field: refusal.too_many_points})
            sent.draft("RGB", (side, side))
            if sent.mode in ("RGB", "RGBA", "L", "LA"):  # smaller before anything else copies it
                sent.thumbnail((side, side), Image.Resampling.LANCZOS)
            picture = _plain(sent)
    except _UNREADABLE:
        raise FieldErrors({refusal.field: refusal.broken}) from None
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    return picture


@contextmanager
def _to_its_end() -> Iterator[None]:
    """Half a photograph is refused, although whoever makes PDFs tells Pillow for the whole process to take it."""
    before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _plain(sent: Image.Image) -> Image.Image:
    """The pixels alone, upright, in sRGB; transparency stays."""
    profile = sent.info.get("icc_profile")
    picture = ImageOps.exif_transpose(sent)
    clear = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    if profile and picture.mode == "RGB":
        with suppress(ImageCms.PyCMSError, OSError):  # unreadable: colours a little off are better than no picture
            theirs = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            done = ImageCms.profileToProfile(picture, theirs, ImageCms.createProfile("sRGB"))
            picture = done or picture
    picture = picture.convert("RGBA" if clear else "RGB")
    return Image.frombytes(picture.mode, picture.size, picture.tobytes())  # a new one: nothing of `info` comes along
