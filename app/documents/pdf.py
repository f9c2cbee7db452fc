"""Pages as PDF. WeasyPrint is imported when the first one is asked for: it costs half a second and 40 MB."""

import logging
import threading
from functools import cache
from pathlib import Path
from typing import Any

from flask import render_template

STATIC = Path(__file__).parents[1] / "static"
_lock = threading.Lock()


def render_pdf(template: str, **context: Any) -> bytes:
    """A template as PDF, its fonts embedded.

    Styles, fonts and pictures are named relative to `static/` (`css/paper.css`, `fonts/Inter_400Regular.ttf`) or are
    `data:` addresses; nothing else is read, and nothing comes over a network. Use the whole TTFs: the woff2 subsets
    of the pages print garbled Vietnamese.
    """
    return pdf_of(render_template(template, **context))


def pdf_of(html: str) -> bytes:
    """HTML that is ready, as PDF. One at a time in a process: what fontconfig knows is shared."""
    weasyprint, fonts, fetcher = _printer()
    with _lock:
        document = weasyprint.HTML(string=html, base_url=f"{STATIC}/", url_fetcher=fetcher)
        data: bytes = document.write_pdf(font_config=fonts)
    return data


@cache
def _printer() -> tuple[Any, Any, Any]:
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    class OwnFiles(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url.startswith("file:") and not Path(url.removeprefix("file://")).resolve().is_relative_to(STATIC):
                raise ValueError(f"not a file of ours: {url}")
            return super().fetch(url, headers)

    for name in ("fontTools", "weasyprint"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return weasyprint, FontConfiguration(), OwnFiles(allowed_protocols={"file", "data"})
