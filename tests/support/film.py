"""Printed badges before a camera: the product's PDF as paper, photographed as people hold it, as a film."""

import io
import random
import subprocess
from collections.abc import Iterable
from pathlib import Path

from PIL import Image, ImageEnhance, ImageFilter

WIDE, HIGH = 1280, 720  # what the gate asks the camera for
DESK = (96, 92, 86)  # what lies behind the paper


def paper(pdf: bytes, dots_an_inch: int = 150) -> Image.Image:
    """The first page of a PDF as an image, drawn by poppler."""
    drawn = subprocess.run(
        ["pdftoppm", "-r", str(dots_an_inch), "-png", "-singlefile", "-"], input=pdf, capture_output=True, check=True
    )
    return Image.open(io.BytesIO(drawn.stdout)).convert("RGB")


def photograph(sheet: Image.Image, seed: int) -> Image.Image:
    """One of many ways to hold a badge: a little turned, farther away, blurred, in the shade; the same for one seed."""
    chance = random.Random(seed)
    high = chance.randint(500, 700)  # the code is 53 modules with its edge: 3.2 to 4.6 pixels each
    small = sheet.resize((round(sheet.width * high / sheet.height), high), Image.Resampling.LANCZOS)
    turned = small.rotate(chance.uniform(-14, 14), expand=True, fillcolor=DESK, resample=Image.Resampling.BICUBIC)
    frame = Image.new("RGB", (WIDE, HIGH), DESK)
    aside, lower = chance.randint(-120, 120), chance.randint(-40, 40)
    frame.paste(turned, ((WIDE - turned.width) // 2 + aside, (HIGH - turned.height) // 2 + lower))
    blurred = frame.filter(ImageFilter.GaussianBlur(chance.uniform(0.3, 1.0)))
    return ImageEnhance.Brightness(blurred).enhance(chance.uniform(0.4, 1.0))


def nothing() -> Image.Image:
    """The desk, with no badge before the camera."""
    return Image.new("RGB", (WIDE, HIGH), DESK)


def film(path: Path, frames: Iterable[Image.Image], a_second: int) -> Path:
    """A Y4M that Chromium plays over and over, each frame as long as `a_second` says."""
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDE} H{HIGH} F{a_second}:1 Ip A1:1 C420\n".encode())
        for frame in frames:
            bright, blue, red = frame.convert("YCbCr").split()
            half = (WIDE // 2, HIGH // 2)
            planes = (bright, blue.resize(half, Image.Resampling.BOX), red.resize(half, Image.Resampling.BOX))
            file.write(b"FRAME\n" + b"".join(plane.tobytes() for plane in planes))
    return path
