"""The plan outside its page: on paper, and framed by the organiser's own site."""

from datetime import datetime
from typing import Any

from flask import Response, current_app, g, make_response, render_template, request, url_for

from app import clock
from app.access import Permission, allow, public
from app.booths import floorplan
from app.booths.models import Booth
from app.booths.plan_colours import PAINTED, View, asked_view
from app.booths.plan_picture_views import blueprint
from app.booths.plan_search import booths_found, guests_found
from app.booths.plan_svg import Look, hall_drawing, state_words
from app.booths.printing import printed
from app.errors import NotFound
from app.i18n import LOCALES, WITHOUT_SESSION
from app.security import framed_anywhere

FOUND_AT_MOST = 20
EMBED_HEIGHT = 640
WITHOUT_SESSION.add("booths.embed")


@blueprint.get("/plan.pdf")
@public
def public_plan_pdf() -> Response:
    """The plan on paper as everybody may see it: `?paper=A3&hall=H1&view=zone`; all halls where none is named."""
    return printed(g.fair, request.args, prices=False)


@blueprint.get("/organise/plan.pdf")
@allow(Permission.BOOTHS_SEE)
def organise_plan_pdf() -> Response:
    """The same with what free booths cost, and a list of them."""
    return printed(g.fair, request.args, prices=True)


@blueprint.get("/organise/plan")
@allow(Permission.BOOTHS_SEE)
def share() -> str:
    """The plan to print, and what the organiser's own site needs to show it."""
    counts = [one for one in floorplan.hall_counts(g.fair.id, clock.now()) if one.drawn]
    return render_template(
        "booths/share.html", halls=counts, snippets=[(name, _snippet(code)) for code, name in LOCALES.items()]
    )


def _snippet(locale: str) -> str:
    address = current_app.config["FAIR_PUBLIC_URL"] + url_for("booths.embed", lang=locale)
    title = g.fair.name_en if locale == "en" and g.fair.name_en else g.fair.name
    title = title.replace("&", "&amp;").replace('"', "&quot;")
    return (
        f'<iframe src="{address}" title="{title}" width="100%" height="{EMBED_HEIGHT}" '
        'style="border: 0" loading="lazy"></iframe>'
    )


@blueprint.get("/plan/embed")
@public
def embed() -> Response:
    """The plan in somebody else's page: the same for everybody, with nothing to sign in to or to send.

    It may be framed anywhere, so it shows nothing of the reader's own and does nothing: its links open the full page.
    """
    if g.fair.published_at is None:
        raise NotFound()
    now = clock.now()
    version = floorplan.plan_version(g.fair.id, now)
    response = make_response(render_template("booths/embed.html", **_embedded(now, version)))
    response.headers["Content-Security-Policy"] = framed_anywhere()
    response.headers["Cache-Control"] = "no-cache"
    return response


def _embedded(now: datetime, version: str) -> dict[str, Any]:
    counts = [one for one in floorplan.hall_counts(g.fair.id, now) if one.drawn]
    if not counts:
        raise NotFound()
    query = request.args.get("q", "").strip()[:100]
    found = booths_found(g.fair.id, query, FOUND_AT_MOST + 1)
    one = found[0][0] if found and (len(found) == 1 or found[0][0].number.casefold() == query.casefold()) else None
    shown = one or next(iter(floorplan.booths_by_number(g.fair.id, [request.args.get("booth", "")])), None)
    hall = _hall(counts, shown)
    view = asked_view(request.args.get("view"))
    lang = request.args.get("lang")
    asked = {"lang": lang if lang in LOCALES else "", "view": "" if view == View.STATE else view}
    kept: dict[str, Any] = {name: value for name, value in asked.items() if value}
    page = url_for("booths.plan", **kept)
    look = Look(
        key=f"embed {shown.number if shown else ''}", shown=shown.number if shown else "", view=view,
        page=page + ("&" if "?" in page else "?"),
    )  # fmt: skip
    return {
        "halls": counts,
        "hall": hall,
        "shown": shown,
        "found": [] if one else found[:FOUND_AT_MOST],
        "guests": guests_found(g.fair.id, {holder.id for _booth, _hall, holder in found if holder is not None}, query),
        "more": len(found) > FOUND_AT_MOST,
        "q": query,
        "kept": kept,
        "page": page,
        "words": state_words(),
        "paints": PAINTED[view],
        "drawing": hall_drawing(g.fair, hall.hall, now, version, look),
    }


def _hall(counts: list[floorplan.HallCount], shown: Booth | None) -> floorplan.HallCount:
    """Where the booth that was looked for stands; else the hall of the address, else the first."""
    code = request.args.get("hall")
    wanted = (one for one in counts if (one.hall.id == shown.hall_id if shown else one.hall.code == code))
    return next(wanted, counts[0])
