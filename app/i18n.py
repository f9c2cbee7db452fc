"""Vietnamese and English: which one a reader gets, and the catalogues compiled from every area's .po."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, g, request, session
from flask_babel import Babel, get_locale, gettext
from flask_login import current_user
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

LOCALES = {"vi": "Tiếng Việt", "en": "English"}
WITHOUT_SESSION: set[str] = set()  # endpoints that keep nothing in the browser, not even a choice of language
NO_DAY = datetime(2000, 1, 1, tzinfo=UTC)
SOURCES = Path(__file__).parent / "translations"


def choose_locale() -> str:
    """The reader's choice, else what their browser asks for, else the fair's own language."""
    asked = request.args.get("lang", "") if request else ""
    if asked in LOCALES:
        if request.endpoint not in WITHOUT_SESSION:
            session["locale"] = asked
        return asked
    if session.get("locale") in LOCALES:
        return str(session["locale"])
    if current_user and current_user.is_authenticated and current_user.locale in LOCALES:
        return str(current_user.locale)
    fair = g.get("fair")
    ours = fair.locale if fair is not None and fair.locale in LOCALES else "vi"
    wanted = [code.split("-")[0] for code, _quality in request.accept_languages]
    if not wanted or "*" in wanted[:1]:
        return ours
    return next((code for code in wanted if code in LOCALES), "en")


def init_i18n(app: Flask) -> None:
    folder = Path(app.config["FAIR_DATA_DIR"]) / "translations"
    for locale in LOCALES:
        compile_catalogue(locale, folder)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(folder)
    app.config["BABEL_DEFAULT_LOCALE"] = "vi"
    Babel(app, locale_selector=choose_locale)
    app.jinja_env.globals["LOCALES"] = LOCALES

    @app.before_request
    def keep_choice() -> None:
        """A page that only leads on is not written in any language, yet was asked for in one."""
        is_page = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
        if is_page and request.args.get("lang") in LOCALES:
            choose_locale()

    app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"] = _quick_gettext()


def reader_language() -> str:
    """The language of this request, or of the mail that is being written; "" outside both.

    A page asks some thousand times, so what flask-babel keeps in `g` is read without the five proxies before it.
    """
    try:
        kept = getattr(g._get_current_object(), "_flask_babel", None)
    except RuntimeError:
        return ""
    locale = getattr(kept, "babel_locale", None) or get_locale()
    return locale.language if locale else ""


def _quick_gettext() -> Callable[..., str]:
    """The templates' gettext: a page of scans asks for the same words some 2,700 times, so each is looked up once."""
    kept: dict[tuple[str, str], Markup] = {}

    @pass_context
    def quick(context: Context, message: str, /, **variables: Any) -> str:
        key = (reader_language(), message)
        if key not in kept:
            if len(kept) > 10_000:
                kept.clear()
            kept[key] = Markup(gettext(message))  # noqa: S704 (our own words, as Jinja's own gettext holds them)
        text = kept[key] if context.eval_ctx.autoescape else str(kept[key])
        return text % variables if variables or "%" in text else text

    return quick


def merged_catalogue(locale: str) -> Catalog:
    """Every area's messages in one catalogue. Two areas may hold the same message, if they say the same."""
    # without a day of its own: the same words make the same file in every minute
    whole = Catalog(locale=locale, domain="messages", fuzzy=False, creation_date=NO_DAY, revision_date=NO_DAY)
    for path in sorted((SOURCES / locale / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=locale):
                if message.id and message.string:
                    whole.add(message.id, message.string)
    return whole


def compile_catalogue(locale: str, folder: Path) -> None:
    """Write messages.mo where Babel looks, whole or not at all: several processes may start at once.

    What it was made of is told by content: an upgrade may bring files that are older than what was compiled last.
    """
    target = folder / locale / "LC_MESSAGES" / "messages.mo"
    sources = sorted((SOURCES / locale / "LC_MESSAGES").glob("*.po"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    made_of = target.with_suffix(".sha256")
    if target.exists() and made_of.exists() and made_of.read_text() == digest:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, partial = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(descriptor, "wb") as file:
        write_mo(file, merged_catalogue(locale))
    os.replace(partial, target)
    made_of.write_text(digest)
