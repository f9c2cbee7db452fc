"""What every page has: addresses of assets that change with them, the theme, the other language."""

import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, g, redirect, request, url_for
from flask_login import current_user

from app.navigation import navigation

KEPT_SECONDS = 31_536_000
_versions: dict[str, str] = {}


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

    def asset(filename: str) -> str:
        """The file's address with a piece of its digest: browsers keep it until it changes."""
        if filename not in _versions or app.debug:
            path = folder / filename
            _versions[filename] = hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.exists() else ""
        version = f"?v={_versions[filename]}" if _versions[filename] else ""
        return f"{request.script_root}{app.static_url_path}/{filename}{version}"  # url_for, forty times a page, is slow

    @app.after_request
    def keep_assets(response):  # type: ignore[no-untyped-def]
        if request.endpoint == "static" and response.status_code in (200, 304):
            lasting = "v" in request.args or "/fonts/" in request.path
            response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}, immutable" if lasting else "no-cache"
        return response

    app.jinja_env.globals.update(attributes=field_attributes)
    app.jinja_env.globals.update(asset=asset, theme=theme, in_language=in_language, navigation=navigation)
