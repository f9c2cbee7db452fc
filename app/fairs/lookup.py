"""From the slug in an address to the fair, for every request."""

import time
from typing import Any

from flask import Flask, g
from sqlalchemy import bindparam, select

from app.db import db
from app.errors import NotFound
from app.fairs.models import Fair
from app.turns import QUICK_ENDPOINTS

LIFE_SECONDS = 2.0  # so old may the fair be that a quick endpoint reads
_kept: dict[tuple[int, str], tuple[float, Fair]] = {}
_BY_SLUG = select(Fair).where(Fair.slug == bindparam("slug"))  # put together once: every request asks it


def fair_by_slug(slug: str) -> Fair:
    """The fair with this slug; NotFound where there is none. Whether a stranger may see it, app.access decides."""
    fair = db.session.scalar(_BY_SLUG, {"slug": slug}) if slug.isprintable() else None
    if fair is None:
        raise NotFound()
    return fair


def kept_fair(slug: str) -> Fair:
    """As `fair_by_slug`, from this process's memory where that is at most two seconds old; for reading only."""
    key = (id(db.engine), slug)
    kept = _kept.get(key)
    if kept is not None and time.monotonic() - kept[0] < LIFE_SECONDS:
        return kept[1]
    fair = fair_by_slug(slug)
    db.session.expunge(fair)
    db.session.rollback()
    _kept[key] = (time.monotonic(), fair)
    return fair


def fair_by_id(fair_id: int) -> Fair | None:
    return db.session.get(Fair, fair_id)


def init_fairs(app: Flask) -> None:
    """`<slug>` in a rule becomes `g.fair`; url_for fills it in by itself."""
    app.extensions["fair_by_id"] = fair_by_id

    @app.url_value_preprocessor
    def find_fair(endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.fair = None
        if values is not None and "slug" in values:
            quick = endpoint in QUICK_ENDPOINTS and not app.testing
            g.fair = (kept_fair if quick else fair_by_slug)(values.pop("slug"))

    @app.url_defaults
    def fill_slug(endpoint: str, values: dict[str, Any]) -> None:
        if "slug" not in values and g.get("fair") is not None and app.url_map.is_endpoint_expecting(endpoint, "slug"):
            values["slug"] = g.fair.slug

    @app.context_processor
    def fair_name() -> dict[str, Any]:
        return {"fair": g.get("fair")}
