"""Who exhibits: a company with a let booth, and those on it; not who has only registered, or gave its booth up."""

from sqlalchemy import ColumnElement, func, select

from app.booths.models import Booth, BoothState
from app.fairs.models import Exhibitor


def is_on_a_booth(fair_id: int) -> ColumnElement[bool]:
    """Of a statement on exhibitors: those who have a let booth or stand on one. `is_shown` is asked besides."""
    holder = func.coalesce(Exhibitor.main_id, Exhibitor.id)
    of_the_fair = Booth.fair_id == fair_id, Booth.state == BoothState.LET, Booth.exhibitor_id.is_not(None)
    return holder.in_(select(Booth.exhibitor_id).where(*of_the_fair))  # gathered once, not asked of each company
