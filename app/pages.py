"""What every page has: addresses of assets that change with them, the theme, the other language.

An asset's address begins with one digest of all assets, so a module finds the others of its version by their names.
"""

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, g, redirect, request, url_for
from flask_compress import Compress
from flask_login import current_user
from markupsafe import Markup

from app.navigation import navigation

KEPT_SECONDS = 31_536_000
IMPORTED = re.compile(r"""^(?:import|export) [^"';]*"(\.[^"]+)";""", re.MULTILINE)
COMPRESSED = (
    "text/html", "text/css", "text/javascript", "application/json", "application/geo+json", "image/svg+xml",
    "application/problem+json", "application/manifest+json", "application/wasm",
)  # fmt: skip
_versions: dict[Path, str] = {}


def theme() -> str:
    """light or dark, by the person's choice."""
    return str(current_user.theme) if current_user and current_user.is_authenticated else "light"


def in_language(locale: str) -> str:
    """This page in another language; a page that answers a form leads back to the fair."""
    if request.method != "GET":
        return f"{url_for('fairs.home') if g.get('fair') else '/'}?lang={locale}"
    arguments = {**request.args.to_dict(), "lang": locale}
    return f"{request.path}?{urlencode(arguments)}"


def own_path(wanted: str | None) -> str | None:
    """The path to go back to, if it is one of ours: never another site, never a page of signing in or out."""
    try:
        parts = urlsplit(wanted or "")
    except ValueError:  # half an address, //[ for instance
        return None
    if not wanted or parts.scheme or parts.netloc or not wanted.startswith("/") or wanted.startswith("//"):
        return None
    if "\\" in wanted or any(ord(c) < 32 for c in wanted) or parts.path.startswith(("/sign-", "/reset/", "/forgot")):
        return None
    return wanted


def sent_on(url: str) -> Any:
    """Where a form leads; kept_form.js sends it itself and goes there, so that no page and no toast is lost."""
    if "X-Kept-Form" in request.headers:
        return Response(status=204, headers={"X-Goes-To": url})
    return redirect(url, 303)


def field_attributes(field: Any, hint: str, more: dict[str, Any]) -> dict[str, Any]:
    """What the control of a form field says of itself: what describes it, whether it is wrong."""
    described = [f"{field.id}-hint"] * bool(hint) + [f"{field.id}-error"] * bool(field.errors)
    said = {"aria-describedby": " ".join(described)} if described else {}
    return said | ({"aria-invalid": "true"} if field.errors else {}) | more


def init_pages(app: Flask) -> None:
    folder = Path(app.static_folder or "")
    app.config["COMPRESS_MIMETYPES"] = COMPRESSED
    Compress(app)

    def asset(filename: str) -> str:
        """The file's address with the digest: browsers keep it until any asset changes."""
        return f"{request.script_root}{app.static_url_path}/v-{_version(folder, app.debug)}/{filename}"

    def preload(*modules: str) -> Markup:
        """Links that fetch these modules and all that they import at once, not one after the other."""
        found = dict.fromkeys(path for name in modules for path in _with_imports(folder, f"js/{name}.js"))
        return Markup("\n").join(Markup('<link rel="modulepreload" href="{}">').format(asset(path)) for path in found)

    @app.url_value_preprocessor
    def take_version(endpoint: str | None, values: dict[str, Any] | None) -> None:
        if endpoint == "static" and values is not None:
            version, slash, filename = values["filename"].partition("/")
            if slash and version.startswith("v-"):
                g.asset_version, values["filename"] = version[2:], filename

    @app.after_request
    def keep_assets(response):  # type: ignore[no-untyped-def]
        if response.is_streamed and hasattr(response.response, "close"):
            response.call_on_close(response.response.close)  # the file stays open where its bytes are compressed
        if request.endpoint == "static" and response.status_code in (200, 304):
            lasting = g.get("asset_version") == _version(folder, app.debug) or "/fonts/" in request.path
            response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}, immutable" if lasting else "no-cache"
        return response

    app.jinja_env.globals.update(attributes=field_attributes)
    app.jinja_env.globals.update(asset=asset, preload=preload, theme=theme)
    app.jinja_env.globals.update(app_version=lambda: _version(folder, app.debug))
    app.jinja_env.globals.update(in_language=in_language, navigation=navigation)


def _version(folder: Path, anew: bool) -> str:
    """A piece of the digest of everything in the folder."""
    if folder not in _versions or anew:
        digest = hashlib.sha256()
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
        _versions[folder] = digest.hexdigest()[:10]
    return _versions[folder]


@cache
def _with_imports(folder: Path, filename: str) -> tuple[str, ...]:
    """A module and what it imports, with what those import; addresses within the folder."""
    found: dict[str, None] = {}
    waiting = [filename]
    while waiting:
        one = waiting.pop()
        path = folder / one
        if one in found or not path.exists():
            continue
        found[one] = None
        wanted = IMPORTED.findall(path.read_text()) if one.startswith("js/") else []
        waiting += [(path.parent / name).resolve().relative_to(folder.resolve()).as_posix() for name in wanted]
    return tuple(found)
