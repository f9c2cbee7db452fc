"""A PDF as somebody sees it: its pages as pictures."""

import pypdfium2
from PIL import Image


def pictures(pdf: bytes, dots_per_inch: int = 150) -> list[Image.Image]:
    """One picture a page."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.render(scale=dots_per_inch / 72).to_pil().convert("RGB") for page in document]


def text_of(pdf: bytes) -> str:
    """Its words, page after page."""
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
