"""Prices by quantity: from so many booths or m² together in one order, so much off; kept by the organiser."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.audit import Actor, record
from app.booths.group_models import QuantityStep
from app.db import db
from app.errors import FieldErrors, NotFound
from app.fairs.models import Fair
from app.i18n_marks import N_

MOST_BOOTHS, MOST_M2 = 100, 100_000
STEPS_AT_MOST = 12
ONE_OF_BOTH = N_("Give either a number of booths or m².")
FEW = N_("A step begins at 2 to 100 booths: one booth alone is no quantity.")
FLOOR = N_("A step begins at 1 to 100,000 m².")
OFF = N_("A reduction is more than 0 % and less than 100 %.")
SAME = N_("There is a step from there already. Remove it first.")
FALLS = N_("More takes more off: the step from %(other)s takes %(off)s %% off.")
TOO_MANY_STEPS = N_("A fair has at most %(steps)s steps.")


def steps_of(fair_id: int) -> list[QuantityStep]:
    """Those that stand: by booths first, then by m², each from the lowest."""
    standing = select(QuantityStep).where(QuantityStep.fair_id == fair_id, QuantityStep.removed_at.is_(None))
    found = list(db.session.scalars(standing))
    return sorted(found, key=lambda step: (step.from_booths is None, step.from_booths or step.from_m2))


def add_step(actor: Actor, fair: Fair, asked: dict[str, Any], now: datetime) -> QuantityStep:
    """`asked`: from_booths or from_m2, and off_bp. What is held already keeps its price. Raises FieldErrors."""
    _lock(fair)
    said: dict[str, Any] = {}
    faults = step_faults(asked)
    if not faults:
        faults, said = _faults_beside(steps_of(fair.id), asked)
    if faults:
        raise FieldErrors(faults, **said)
    step = QuantityStep(fair_id=fair.id, created_at=now, **asked)
    db.session.add(step)
    db.session.flush()
    record(actor, "quantity.added", "quantity", step.id, fair.id, **{k: v for k, v in asked.items() if v is not None})
    return step


def remove_step(actor: Actor, fair: Fair, step_id: int, now: datetime) -> None:
    """Orders of what is held from now on are without it."""
    _lock(fair)
    step = db.session.get(QuantityStep, step_id, populate_existing=True)
    if step is None or step.fair_id != fair.id or step.removed_at is not None:
        raise NotFound()
    step.removed_at = now
    told = {"from_booths": step.from_booths, "from_m2": step.from_m2, "off_bp": step.off_bp}
    record(actor, "quantity.removed", "quantity", step.id, fair.id, **{k: v for k, v in told.items() if v is not None})


def step_faults(asked: dict[str, Any]) -> dict[str, str]:
    """What is wrong with a step by itself, by field."""
    booths, m2 = asked["from_booths"], asked["from_m2"]
    if (booths is None) == (m2 is None):
        return {"from_booths": ONE_OF_BOTH}
    faults = {}
    if booths is not None and not 2 <= booths <= MOST_BOOTHS:
        faults["from_booths"] = FEW
    if m2 is not None and not 1 <= m2 <= MOST_M2:
        faults["from_m2"] = FLOOR
    if not 0 < asked["off_bp"] < 10_000:
        faults["off_percent"] = OFF
    return faults


def _faults_beside(steps: list[QuantityStep], asked: dict[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """What is wrong with it beside those that stand; a step by booths and one by m² do not meet."""
    name = "from_booths" if asked["from_booths"] is not None else "from_m2"
    if len(steps) >= STEPS_AT_MOST:
        return {name: TOO_MANY_STEPS}, {"steps": STEPS_AT_MOST}
    begins, off_bp = asked[name], asked["off_bp"]
    for step in steps:
        other = getattr(step, name)
        if other is None:
            continue
        if other == begins:
            return {name: SAME}, {}
        if (other < begins) != (step.off_bp < off_bp):
            return {"off_percent": FALLS}, {"other": other, "off": f"{step.off_bp / 100:g}"}
    return {}, {}


def _lock(fair: Fair) -> None:
    """One at a time changes a fair's prices."""
    db.session.execute(select(Fair.id).where(Fair.id == fair.id).with_for_update())
