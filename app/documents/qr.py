"""QR codes, one pixel a module: small, quick to print, sharp at any size with `image-rendering: pixelated`."""

import io
from base64 import b64encode

import qrcode
from PIL import Image
from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.util import MODE_8BIT_BYTE, MODE_NUMBER, QRData

LEVELS = {"L": ERROR_CORRECT_L, "M": ERROR_CORRECT_M, "Q": ERROR_CORRECT_Q}
QUIET_ZONE = 4  # modules, ISO/IEC 18004
MASK = 2  # any mask can be read; choosing the best costs ten times the drawing


def qr_png(
    text: str, version: int | None = None, level: str = "M", mask: int = MASK, quiet_zone: int = QUIET_ZONE
) -> bytes:
    """The code as a PNG, one pixel a module. Digits alone are packed as such; `version` fixes the size, or fails."""
    code = qrcode.QRCode(
        version=version, error_correction=LEVELS[level], mask_pattern=mask, border=quiet_zone, box_size=1
    )
    digits = text.isascii() and text.isdigit()
    code.add_data(QRData(text, mode=MODE_NUMBER if digits else MODE_8BIT_BYTE), optimize=0)
    code.make(fit=version is None)
    matrix = code.get_matrix()
    size = len(matrix)
    image = Image.new("1", (size, size), 1)
    image.putdata([0 if dark else 255 for row in matrix for dark in row])
    kept = io.BytesIO()
    image.save(kept, "PNG")
    return kept.getvalue()


def qr_png_data_uri(text: str, version: int | None = None, level: str = "M") -> str:
    """The same as an address for an <img>."""
    return "data:image/png;base64," + b64encode(qr_png(text, version, level)).decode()
