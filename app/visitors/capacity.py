"""How many people halls and the fair hold at once. Callers open the transaction."""

from collections.abc import Mapping

from sqlalchemy import select

from app.audit import Actor, record
from app.db import db
from app.errors import FieldErrors
from app.fairs.models import Fair, Hall
from app.i18n_marks import N_
from app.live import publish
from app.visitors.occupancy import WHOLE_FAIR

MOST = 1_000_000
NOT_A_NUMBER = N_("A whole number of people from 1 to 1,000,000, or nothing: then there is no limit.")
NO_HALL = N_("There is no hall with this code.")


def set_capacity(actor: Actor, fair: Fair, wanted: Mapping[str, int | None]) -> bool:
    """Hall code → people at once, "" for the whole fair, None for no limit; whether anything changed.

    What is not named stays. Raises FieldErrors, by the hall's code, "fair" for the whole fair.
    """
    halls = {hall.code: hall for hall in halls_of(fair.id)}
    faults = {code: NO_HALL for code in wanted if code and code not in halls}
    for code, people in wanted.items():
        if people is not None and (type(people) is not int or not 1 <= people <= MOST):
            faults[code or "fair"] = NOT_A_NUMBER
    if faults:
        raise FieldErrors(faults)
    changed = {}
    for code, people in wanted.items():
        place = fair if code == WHOLE_FAIR else halls[code]
        if place.capacity != people:
            changed[code or "fair"] = [place.capacity, people]
            place.capacity = people
    if changed:
        record(actor, "capacity.set", "fair", fair.id, fair.id, **{"capacity": changed})
        publish(fair.id, "scans", {})  # boards show it
    return bool(changed)


def halls_of(fair_id: int) -> list[Hall]:
    wanted = select(Hall).where(Hall.fair_id == fair_id)
    return list(db.session.scalars(wanted.order_by(Hall.position, Hall.code)))
