"""What earlier editions of the same organiser say of this fair's companies, the fair's rule, and corrections by hand.

A company is known again by its tax code; where one side has none, by an account that acts for both. Of several
companies of this fair that would be the same earlier one, the first to register has its points, and nobody else.
Callers open the transaction.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update

from app import clock
from app.allocation.points import USUAL, Correction, Edition, Score, Weights, score
from app.allocation.selection_models import PointsCorrection, PointsRule
from app.audit import Actor, record
from app.booths.models import Allocation, Booth, BoothState
from app.booths.moving import Release
from app.db import db
from app.errors import FieldErrors, NotFound
from app.fairs.models import Exhibitor, ExhibitorMember, Fair
from app.fairs.queries import is_shown
from app.i18n_marks import N_
from app.payments.models import Order, OrderState

WEIGHT_AT_MOST = 1000
CORRECTION_AT_MOST = 10_000
WHY_AT_MOST = 300
RELEASES_COUNTED = (Release.NO_SHOW, Release.WITHDRAWN, Release.UNPAID)
NO_WEIGHT = N_("Write whole points, from 0 to 1000. 0 does not count.")
NO_POINTS = N_("Write whole points from −10000 to 10000, not 0.")
NO_REASON = N_("Say why: the exhibitor reads it beside its points.")
LONG_REASON = N_("Shorten the reason to 300 characters.")


def rule_of(fair_id: int) -> Weights:
    kept = db.session.get(PointsRule, fair_id)
    if kept is None:
        return USUAL
    return Weights(kept.edition, kept.per_9_m2, kept.on_time, kept.late, kept.released)


def set_rule(actor: Actor, fair: Fair, weights: Weights) -> None:
    """Change what counts, for lists that are fixed from now on. Raises FieldErrors by the weights' names."""
    said = asdict(weights)
    if faults := {name: NO_WEIGHT for name, value in said.items() if not 0 <= value <= WEIGHT_AT_MOST}:
        raise FieldErrors(faults)
    db.session.execute(select(Fair.id).where(Fair.id == fair.id).with_for_update(of=Fair))
    before = asdict(rule_of(fair.id))
    db.session.merge(PointsRule(fair_id=fair.id, **said))
    if changed := {name: [before[name], value] for name, value in said.items() if before[name] != value}:
        record(actor, "points.rule_set", "fair", fair.id, fair.id, **changed)


def correct_points(
    actor: Actor, fair: Fair, exhibitor_id: int, points: int, reason: str, now: datetime
) -> PointsCorrection:
    """Give or take points by hand. The same points for the same reason again are the one that stands.

    Raises FieldErrors (`points`, `reason`), NotFound.
    """
    why, faults = " ".join(reason.split()), {}
    if not points or abs(points) > CORRECTION_AT_MOST:
        faults["points"] = NO_POINTS
    if not why or len(why) > WHY_AT_MOST:
        faults["reason"] = LONG_REASON if why else NO_REASON
    if faults:
        raise FieldErrors(faults)
    mine = select(Exhibitor.id).where(Exhibitor.fair_id == fair.id, Exhibitor.id == exhibitor_id, *_takes_part())
    if db.session.scalar(mine.with_for_update(key_share=True, of=Exhibitor)) is None:
        raise NotFound()
    same = select(PointsCorrection).where(
        PointsCorrection.fair_id == fair.id,
        PointsCorrection.exhibitor_id == exhibitor_id,
        PointsCorrection.points == points,
        PointsCorrection.reason == why,
        PointsCorrection.withdrawn_at.is_(None),
    )
    if (stands := db.session.scalar(same)) is not None:
        return stands
    made = PointsCorrection(
        fair_id=fair.id, exhibitor_id=exhibitor_id, points=points, reason=why, made_at=now,
        made_by=actor.name or actor.key,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()  # a second one in the same moment meets the unique index, and finds this one when tried again
    record(actor, "points.corrected", "exhibitor", exhibitor_id, fair.id, points=points, correction=made.id)
    return made


def withdraw_correction(actor: Actor, fair: Fair, correction_id: int, now: datetime) -> int:
    """Take a correction back, once; answers whose it was. Raises NotFound."""
    ended = db.session.execute(
        update(PointsCorrection)
        .where(
            PointsCorrection.id == correction_id,
            PointsCorrection.fair_id == fair.id,
            PointsCorrection.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
        .execution_options(synchronize_session=False)
    )
    found = db.session.get(PointsCorrection, correction_id)
    if found is None or found.fair_id != fair.id:
        raise NotFound()
    if ended.rowcount:  # type: ignore[attr-defined]
        record(actor, "points.correction_withdrawn", "exhibitor", found.exhibitor_id, fair.id, correction=correction_id)
    return found.exhibitor_id


def corrections_of(fair_id: int, exhibitor_ids: Collection[int] | None = None) -> list[PointsCorrection]:
    """Those that stand, the oldest first."""
    wanted = select(PointsCorrection).where(
        PointsCorrection.fair_id == fair_id, PointsCorrection.withdrawn_at.is_(None)
    )
    if exhibitor_ids is not None:
        wanted = wanted.where(PointsCorrection.exhibitor_id.in_(exhibitor_ids))
    return list(db.session.scalars(wanted.order_by(PointsCorrection.id)))


def companies(fair_id: int) -> list[Exhibitor]:
    """Who can have points: companies with a contract of their own, in the order in which they registered."""
    return list(
        db.session.scalars(select(Exhibitor).where(Exhibitor.fair_id == fair_id, *_takes_part()).order_by(Exhibitor.id))
    )


def scores(fair: Fair, now: datetime, exhibitor_ids: Collection[int] | None = None) -> dict[int, Score]:
    """Exhibitor's id → its points, for all companies of the fair or for these, in eight queries."""
    weights, editions = rule_of(fair.id), _editions(fair, now, exhibitor_ids)
    corrected: defaultdict[int, list[Correction]] = defaultdict(list)
    for one in corrections_of(fair.id, exhibitor_ids):
        corrected[one.exhibitor_id].append(Correction(one.points, one.reason))
    return {whose: score(weights, found, corrected[whose]) for whose, found in editions.items()}


def _takes_part() -> tuple[Any, ...]:
    return Exhibitor.kind == "main", is_shown()


def _editions(fair: Fair, now: datetime, exhibitor_ids: Collection[int] | None) -> dict[int, list[Edition]]:
    """Exhibitor's id → what it did at each earlier edition; every company of the fair has an entry."""
    here = db.session.execute(
        select(Exhibitor.id, Exhibitor.tax_code, Exhibitor.country)
        .where(Exhibitor.fair_id == fair.id, *_takes_part())
        .order_by(Exhibitor.id)
    ).all()
    wanted = {row.id for row in here if exhibitor_ids is None or row.id in exhibitor_ids}
    found: dict[int, list[Edition]] = {one: [] for one in sorted(wanted)}
    before = min(fair.starts_on, clock.fair_day(fair, now))
    earlier = {
        one.id: one
        for one in db.session.scalars(
            select(Fair).where(Fair.organiser_id == fair.organiser_id, Fair.id != fair.id, Fair.ends_on < before)
        )
    }
    if not earlier or not wanted:
        return found
    same = {
        past: (whose, how) for past, (whose, how) in _known_again(here, earlier, fair.id).items() if whose in wanted
    }
    done = _done(same, now)
    for (whose, how, fair_id), facts in done.items():
        one = earlier[fair_id]
        found[whose].append(Edition(one.name, one.name_en or one.name, one.starts_on.year, how, **facts))
    return found


def _known_again(here: Sequence[Any], earlier: Collection[int], fair_id: int) -> dict[int, tuple[int, str]]:
    """Earlier exhibitor's id → (exhibitor of this fair, `tax_code` or `account`); each counts for one company only."""
    past = db.session.execute(
        select(Exhibitor.id, Exhibitor.tax_code, Exhibitor.country)
        .where(Exhibitor.fair_id.in_(earlier), Exhibitor.kind == "main")
        .order_by(Exhibitor.id)
    ).all()
    by_code: dict[tuple[str, str], int] = {}
    for row in here:
        if code := _code(row.tax_code):
            by_code.setdefault((row.country, code), row.id)
    same = {
        row.id: (by_code[key], "tax_code") for row in past if (key := (row.country, _code(row.tax_code))) in by_code
    }
    people: defaultdict[int, set[int]] = defaultdict(set)
    for member in db.session.execute(
        select(ExhibitorMember.exhibitor_id, ExhibitorMember.person_id).where(
            or_(ExhibitorMember.fair_id == fair_id, ExhibitorMember.fair_id.in_(earlier))
        )
    ):
        people[member.exhibitor_id].add(member.person_id)
    for row in past:
        if row.id in same or not people[row.id]:
            continue
        for mine in here:  # two codes that differ are two companies, whoever acts for them
            if people[mine.id] & people[row.id] and not (_code(mine.tax_code) and _code(row.tax_code)):
                same[row.id] = (mine.id, "account")
                break
    return same


def _done(same: dict[int, tuple[int, str]], now: datetime) -> dict[tuple[int, str, int], dict[str, Any]]:
    """(exhibitor, how it was known again, earlier fair) → the rows of booths, payments and releases there."""
    done: defaultdict[tuple[int, str, int], dict[str, Any]] = defaultdict(
        lambda: {"booths": [], "area_m2": 0.0, "on_time": [], "late": [], "released": []}
    )
    ids = list(same)
    let = select(Booth).where(Booth.exhibitor_id.in_(ids), Booth.state == BoothState.LET).order_by(Booth.number)
    for booth in db.session.scalars(let):
        facts = done[(*same[booth.exhibitor_id or 0], booth.fair_id)]
        facts["booths"].append(booth.number)
        facts["area_m2"] += booth.area_m2
    paid = (
        select(
            Order.exhibitor_id, Order.fair_id, Order.reference, Order.due_at, Order.paid_at, Order.deposit_minor,
            Order.deposit_paid_at, Order.balance_due_at,
        )
        .where(Order.exhibitor_id.in_(ids), Order.state.in_((OrderState.PAID, OrderState.DEPOSITED)))
        .order_by(Order.id)
    )  # fmt: skip
    for row in db.session.execute(paid):
        facts = done[(*same[row.exhibitor_id], row.fair_id)]
        facts["late" if _was_late(row, now) else "on_time"].append(row.reference)
    gone = (
        select(Allocation.exhibitor_id, Allocation.fair_id, Booth.number)
        .join(Booth, Booth.id == Allocation.booth_id)
        .where(Allocation.exhibitor_id.in_(ids), Allocation.end_reason.in_(RELEASES_COUNTED))
        .order_by(Allocation.id)
    )
    for left in db.session.execute(gone):
        done[(*same[left.exhibitor_id], left.fair_id)]["released"].append(left.number)
    return dict(done)


def _was_late(order: Any, now: datetime) -> bool:
    """A deposit and its balance have a due date each; an order placed whole has one."""
    if order.deposit_minor is None or order.balance_due_at is None:
        return order.paid_at is not None and order.paid_at > order.due_at
    deposit_late = order.deposit_paid_at is not None and order.deposit_paid_at > order.due_at
    return bool(deposit_late or (order.paid_at or now) > order.balance_due_at)


def _code(text: str) -> str:
    return "".join(sign for sign in text.upper() if sign.isalnum())
