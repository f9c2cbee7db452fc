"""Booths that somebody looks for on the plan."""

from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.booths.floorplan import on_plan
from app.booths.models import Booth, BoothState
from app.db import db
from app.fairs.models import Approval, Exhibitor, Hall
from app.search import beginning, fold, like, words


def booths_found(fair_id: int, query: str, at_most: int) -> list[tuple[Booth, Hall, Exhibitor | None]]:
    """Booths whose number begins so, or where an exhibitor, its guest, a show or pavilion is called so.

    The very number comes first. Who has a booth is told of let ones alone, as on the plan.
    """
    asked = words(query)
    if not asked:
        return []
    named = [
        id_
        for id_, name in db.session.execute(
            select(Booth.id, Booth.name + " " + Booth.name_en).where(
                Booth.fair_id == fair_id, Booth.name != "", on_plan()
            )
        )
        if all(word in fold(name) for word in asked)
    ]
    number = func.lower(Booth.number)
    by_number = number.like(beginning(query), escape="\\")
    by_holder = and_(*(Exhibitor.folded.like(like(word), escape="\\") for word in asked))
    guest = aliased(Exhibitor)
    by_guest = and_(
        Booth.state == BoothState.LET,
        exists().where(guest.fair_id == fair_id, guest.main_id == Booth.exhibitor_id, *_called(guest, asked)),
    )
    holds_it = and_(Exhibitor.id == Booth.exhibitor_id, Booth.state == BoothState.LET)
    rows = db.session.execute(
        select(Booth, Hall, Exhibitor)
        .join(Hall, Hall.id == Booth.hall_id)
        .outerjoin(Exhibitor, holds_it)
        .where(Booth.fair_id == fair_id, on_plan(), or_(by_number, by_holder, by_guest, Booth.id.in_(named)))
        .order_by(case((number == fold(query), 0), else_=1), Booth.number)
        .limit(at_most)
    )
    return [(booth, hall, exhibitor) for booth, hall, exhibitor in rows]


def guests_found(fair_id: int, main_ids: set[int], query: str) -> dict[int, list[Exhibitor]]:
    """Companies of that name on the booths of these exhibitors, by the exhibitor's id."""
    asked = words(query)
    if not asked or not main_ids:
        return {}
    found: dict[int, list[Exhibitor]] = {}
    rows = select(Exhibitor).where(
        Exhibitor.fair_id == fair_id, Exhibitor.main_id.in_(main_ids), *_called(Exhibitor, asked)
    )
    for guest in db.session.scalars(rows.order_by(Exhibitor.folded, Exhibitor.id)):
        assert guest.main_id is not None  # one of those asked for
        found.setdefault(guest.main_id, []).append(guest)
    return found


def _called(guest: Any, asked: list[str]) -> list[ColumnElement[bool]]:
    """A guest that visitors may know of, called so."""
    return [
        guest.kind != "main",
        guest.withdrawn_at.is_(None),
        guest.approval == Approval.APPROVED,
        *(guest.folded.like(like(word), escape="\\") for word in asked),
    ]
