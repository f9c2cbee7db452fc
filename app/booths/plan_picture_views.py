"""The picture under a plan, for whoever may see it; the same on pages and over the API."""

from flask import Response, g, request
from werkzeug.wrappers import Response as AnyResponse

from app.access import Permission, principal, public
from app.booths.moving_views import blueprint
from app.booths.plan_pictures import picture_bytes, picture_for

KEPT_SECONDS = 86_400  # what a key names never changes; after a day a browser asks whether it is still shown


@blueprint.get("/plan/pictures/<picture_key>")
@public
def plan_picture(picture_key: str) -> AnyResponse:
    """Everybody's once it is published to be seen; until then the organiser's."""
    picture, is_open = picture_for(g.fair, picture_key, principal().staff_can(Permission.SETTINGS))
    response = Response(picture_bytes(picture), content_type=picture.media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    kept = f"public, max-age={KEPT_SECONDS}, immutable" if is_open else "private, no-cache"
    response.headers["Cache-Control"] = kept
    response.set_etag(picture.sha256)
    return response.make_conditional(request)
