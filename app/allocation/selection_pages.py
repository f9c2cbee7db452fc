"""What exhibitors read of their turn and points, and what everybody can check of a draw."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, g, render_template
from flask_babel import gettext as _
from sqlalchemy import select

from app import clock
from app.access import Permission, allow, principal, public
from app.allocation.blueprint import blueprint
from app.allocation.points_record import rule_of, scores
from app.allocation.selecting import one_selection
from app.allocation.selection_models import Selection, SelectionEntry, SelectionState
from app.allocation.selection_queries import is_public, places, selections
from app.booths.choosing import chooses_in_turn, turns_shown
from app.db import db
from app.errors import NotFound
from app.exports import Column, Kind, list_response
from app.fairs.models import Exhibitor
from app.formats import local_name
from app.input import asked_number

PAGE = 100


@blueprint.get("/portal/selection")
@allow(Permission.BOOTH_HOLD)
def own_turn() -> str:
    """One's own window and place, and one's points line by line with the rows that they come from."""
    own_ids, now = principal().exhibitor_ids, clock.now()
    wanted = asked_number("exhibitor") or min(own_ids, default=0)
    if wanted not in own_ids:
        raise NotFound()
    mine = {one.id: one for one in db.session.scalars(select(Exhibitor).where(Exhibitor.id.in_(own_ids)))}
    turns = turns_shown(g.fair, [wanted], now)
    fixed = db.session.execute(
        select(SelectionEntry, Selection)
        .join(Selection, Selection.id == SelectionEntry.selection_id)
        .where(SelectionEntry.exhibitor_id == wanted, Selection.binds.is_(True), Selection.ended_at.is_(None))
        .order_by(Selection.scope)
    ).all()
    return render_template(
        "allocation/own_turn.html",
        exhibitor=mine[wanted],
        companies=sorted(mine.values(), key=lambda one: one.id) if len(mine) > 1 else [],
        turns=turns,
        fixed=[(entry, one) for entry, one in fixed],
        score=scores(g.fair, now, [wanted]).get(wanted),
        weights=rule_of(g.fair.id),
        now_at=now,
    )


@blueprint.get("/selection")
@public
def draws() -> str:
    """Every draw that was published, the replaced ones too, and what points count."""
    return render_template(
        "allocation/draws.html",
        drawn=selections(g.fair.id, published=True),
        weights=rule_of(g.fair.id),
        in_turn=chooses_in_turn(g.fair, clock.now()),
    )


@blueprint.get("/selection/<int:draw_number>")
@public
def one_draw(draw_number: int) -> str:
    """A draw as anybody can check it: list, digest, seed, order, and the line that computes it again."""
    selection = _published(draw_number)
    found, after = places(g.fair, selection, clock.now()), asked_number("after", 0) or 0
    return render_template(
        "allocation/one_draw.html",
        one=selection,
        zone=next((one.zone for one in selections(g.fair.id) if one.selection.id == selection.id), None),
        rows=found[after : after + PAGE],
        total=len(found),
        after=after,
        page=PAGE,
        names=_reads_names(),
        shell=shell_line(selection.seed) if selection.state != SelectionState.FIXED else "",
        now_at=clock.now(),
    )


@blueprint.get("/selection/<int:draw_number>/list.csv")
@public
def list_of_draw(draw_number: int) -> Response:
    """The published list, to the byte: its SHA-256 is the digest."""
    selection = _published(draw_number)
    response = Response(selection.list_text, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="list-{draw_number}.csv"'
    return response


@blueprint.get("/selection/<int:draw_number>/order.<any(csv, xlsx):file_type>")
@public
def order_of_draw(draw_number: int, file_type: Any) -> Any:
    """The order as it was drawn, with the keys; names for those who are part of the fair."""
    selection, names = _published(draw_number), _reads_names()
    if selection.drawn_at is None:
        raise NotFound()
    columns = [
        Column(_("Place in the order"), Kind.NUMBER), Column(_("Number"), Kind.NUMBER),
        Column(_("Points"), Kind.NUMBER), Column("SHA-256"),
        Column(_("Window begins"), Kind.MOMENT), Column(_("ends"), Kind.MOMENT),
    ]  # fmt: skip
    columns += [Column(_("Exhibitor"))] if names else []
    rows = (
        (
            one.entry.place, one.exhibitor.id, one.entry.points, one.entry.draw_key, one.entry.starts_at,
            one.entry.ends_at, *([local_name(one.exhibitor)] if names else []),
        )
        for one in places(g.fair, selection, clock.now())
    )  # fmt: skip
    return list_response(file_type, f"order-{draw_number}", columns, rows, ZoneInfo(g.fair.time_zone))


def shell_line(seed: str) -> str:
    """What puts the list in order again, anywhere with coreutils: points falling, then the key. One place a line."""
    return (
        "tail -n +2 list.csv | while IFS=, read -r number points; do "
        f'printf \'%s,%s,%s\\n\' "$points" "$(printf \'%s\' \'{seed}\'"$number" | sha256sum | cut -c1-64)" "$number"; '
        "done | sort -t, -k1,1nr -k2,2"
    )


def _published(draw_number: int) -> Selection:
    selection = one_selection(g.fair.id, draw_number)
    if not is_public(selection):
        raise NotFound()
    return selection


def _reads_names() -> bool:
    """Companies and the organiser's side read names; strangers check the draw by numbers."""
    return bool(principal().exhibitor_ids) or principal().is_staff
