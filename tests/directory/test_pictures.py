"""Photographs: upright, small, without what the camera wrote; what is none is refused by its bytes."""

import io
import struct
from unittest.mock import Mock

import pytest
from PIL import Image

from app.directory import pictures
from app.directory.pictures import LARGE, SMALL, prepared
from app.errors import FieldErrors
from tests.directory.stage import GPS, PDF, photograph


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_a_photograph_stands_upright_and_tells_nothing_of_its_place() -> None:
    sent = photograph()
    assert opened(sent).getexif().get_ifd(GPS)  # else this test could not fail
    made = prepared(sent)
    for data in (made.large, made.small):
        kept = opened(data)
        assert kept.size == (40, 80)
        assert not kept.getexif()
        assert "exif" not in kept.info
        assert "icc_profile" not in kept.info
        assert b"Tr" + b"\xe1\xbb\x91" not in data
        above, below = kept.convert("RGB").getpixel((20, 10)), kept.convert("RGB").getpixel((20, 70))
        assert min(above) > 240  # the white half, which was at the left
        assert below[0] > 200 > below[1]


def test_large_photographs_come_in_two_sizes() -> None:
    made = prepared(photograph(4000, 3000, turned=False))
    assert (made.width, made.height) == (LARGE, 1200)
    assert opened(made.small).size == (SMALL, 360)
    assert made.media_type == "image/jpeg"


def test_a_logo_keeps_its_transparency() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(out, "PNG")
    made = prepared(out.getvalue())
    assert made.media_type == "image/png"
    assert opened(made.large).getpixel((5, 5)) == (0, 0, 0, 0)


def test_a_photograph_whose_notes_are_broken_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for found in (TypeError, struct.error):  # as Pillow raises them on a malformed EXIF block
        monkeypatch.setattr("app.documents.pixels.ImageOps.exif_transpose", Mock(side_effect=found))
        with pytest.raises(FieldErrors) as refused:
            prepared(photograph())
        assert list(refused.value.fields) == ["photograph"]


def test_what_is_no_photograph_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = photograph(400, 400)
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")  # a few kilobytes that unpack to 81 million points
    for content in (b"", b"<svg onload=alert(1)>", PDF, whole[: len(whole) // 2], whole[:30], out.getvalue()):
        with pytest.raises(FieldErrors) as refused:
            prepared(content)
        assert list(refused.value.fields) == ["photograph"]
    monkeypatch.setattr("PIL.ImageFile.LOAD_TRUNCATED_IMAGES", True)  # as whoever makes PDFs leaves it
    with pytest.raises(FieldErrors):
        prepared(whole[: len(whole) // 2])
    monkeypatch.setattr("app.documents.uploads.BYTES_AT_MOST", 100)
    with pytest.raises(FieldErrors) as refused:
        prepared(whole)
    assert refused.value.fields == {"photograph": pictures.TOO_LARGE}
