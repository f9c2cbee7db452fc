"""Booths that somebody looks for on the plan."""

from sqlalchemy import and_, case, func, or_, select

from app.booths.floorplan import on_plan
from app.booths.models import Booth, BoothState
from app.db import db
from app.fairs.models import Exhibitor, Hall
from app.search import beginning, fold, like, words


def booths_found(fair_id: int, query: str, at_most: int) -> list[tuple[Booth, Hall, Exhibitor | None]]:
    """Booths whose number begins so, or whose exhibitor, show or pavilion is called so; the very number comes first.

    Who has a booth is told of let ones alone, as on the plan.
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
    holds_it = and_(Exhibitor.id == Booth.exhibitor_id, Booth.state == BoothState.LET)
    rows = db.session.execute(
        select(Booth, Hall, Exhibitor)
        .join(Hall, Hall.id == Booth.hall_id)
        .outerjoin(Exhibitor, holds_it)
        .where(Booth.fair_id == fair_id, on_plan(), or_(by_number, by_holder, Booth.id.in_(named)))
        .order_by(case((number == fold(query), 0), else_=1), Booth.number)
        .limit(at_most)
    )
    return [(booth, hall, exhibitor) for booth, hall, exhibitor in rows]
