"""The organiser's groups: name, price, days, limit, and which exhibitors are in them.

Who changes a group locks its row, as who orders at its price does: so a member that is removed, or a price that is
changed, is seen by the order before or after, never between. Callers open the transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select, update

from app.audit import Actor, record
from app.booths.claims import tell_of_new_plan
from app.booths.floorplan import held_back
from app.booths.group_models import PriceGroup, PriceGroupMember, PriceGroupUse
from app.booths.models import Booth
from app.booths.reductions import CM2
from app.db import db
from app.errors import FieldErrors, NotFound
from app.fairs.models import Exhibitor, Fair, Zone
from app.fairs.queries import is_shown
from app.i18n_marks import N_
from app.money import Money
from app.payments.models import Order

DEAREST_MINOR = 10**11
MOST = 100_000
NEEDS_NAME = N_("Exhibitors read this name beside the price: give it one.")
SAME_NAME = N_("There is a group of this name already. Choose another one.")
ENDS_BEFORE = N_("The last day comes before the first one.")
ONE_PRICE = N_("Give one price: per cent, per m² or per booth.")
OFF = N_("A reduction is more than 0 % and less than 100 %.")
NO_PRICE = N_("A price is more than 0 and less than %(dearest)s.")
NO_ZONE = N_("This fair has no such zone.")
NO_LIMIT = N_("A limit is from 1 to 100,000, or left empty.")
TAKEN = N_("Orders have %(booths)s booths and %(area)s m² at this price already: a limit is not below that.")
ONE_OF_THREE = N_("Choose one exhibitor, a province or a country: one of the three.")
NO_EXHIBITOR = N_("Choose an exhibitor of this fair with a contract of its own, not a company on another's booth.")
NOBODY_NEW = N_("Every exhibitor from there is in the group already, or there is none. Choose another place.")
TERMS = (
    "name", "name_en", "off_bp", "per_m2_minor", "per_booth_minor", "from_on", "to_on", "zone_id", "most_booths",
    "most_m2",
)  # fmt: skip
PRICES = ("off_bp", "per_m2_minor", "per_booth_minor")
PRICE_FIELDS = {"per_m2_minor": "per_m2", "per_booth_minor": "per_booth"}


@dataclass(frozen=True)
class GroupRow:
    """A group as the list shows it."""

    group: PriceGroup
    members: int
    held_back: int  # booths, by now


@dataclass(frozen=True)
class Use:
    """An order that has a group's price."""

    use: PriceGroupUse
    order: Order
    exhibitor: Exhibitor


def groups_with_counts(fair_id: int, now: datetime) -> list[GroupRow]:
    """Those that stand, by name; one query."""
    members = (
        select(func.count())
        .where(PriceGroupMember.group_id == PriceGroup.id, PriceGroupMember.removed_at.is_(None))
        .correlate(PriceGroup)
        .scalar_subquery()
    )
    booths = (
        select(func.count())
        .where(Booth.held_back_group_id == PriceGroup.id, held_back(now))
        .correlate(PriceGroup)
        .scalar_subquery()
    )
    found = select(PriceGroup, members, booths).where(PriceGroup.fair_id == fair_id, PriceGroup.withdrawn_at.is_(None))
    rows = db.session.execute(found.order_by(PriceGroup.name, PriceGroup.id))
    return [GroupRow(group, number, back) for group, number, back in rows]


def group_by_id(fair_id: int, group_id: int) -> PriceGroup:
    """A group that stands; NotFound otherwise."""
    return _one(select(PriceGroup).where(PriceGroup.fair_id == fair_id, PriceGroup.id == group_id))


def lock_group(fair: Fair, group_id: int) -> PriceGroup:
    """The same as it is now, and nobody changes it or orders at its price until this transaction ends."""
    return _one(select(PriceGroup).where(PriceGroup.fair_id == fair.id, PriceGroup.id == group_id).with_for_update())


def members_of(group: PriceGroup) -> list[tuple[PriceGroupMember, Exhibitor]]:
    """Those in it, by name."""
    found = (
        select(PriceGroupMember, Exhibitor)
        .join(Exhibitor, Exhibitor.id == PriceGroupMember.exhibitor_id)
        .where(
            PriceGroupMember.fair_id == group.fair_id,
            PriceGroupMember.group_id == group.id,
            PriceGroupMember.removed_at.is_(None),
        )
    )
    return [
        (member, exhibitor) for member, exhibitor in db.session.execute(found.order_by(Exhibitor.folded, Exhibitor.id))
    ]


def not_in(group: PriceGroup) -> list[Exhibitor]:
    """Exhibitors with a contract of their own that are not in it, by name."""
    theirs = select(PriceGroupMember.id).where(
        PriceGroupMember.fair_id == group.fair_id,
        PriceGroupMember.group_id == group.id,
        PriceGroupMember.exhibitor_id == Exhibitor.id,
        PriceGroupMember.removed_at.is_(None),
    )
    found = select(Exhibitor).where(
        Exhibitor.fair_id == group.fair_id, Exhibitor.main_id.is_(None), is_shown(), ~theirs.exists()
    )
    return list(db.session.scalars(found.order_by(Exhibitor.folded, Exhibitor.id)))


def uses_of(group: PriceGroup) -> list[Use]:
    """Orders that have its price, the oldest first."""
    found = (
        select(PriceGroupUse, Order, Exhibitor)
        .join(Order, Order.id == PriceGroupUse.order_id)
        .join(Exhibitor, Exhibitor.id == PriceGroupUse.exhibitor_id)
        .where(
            PriceGroupUse.fair_id == group.fair_id,
            PriceGroupUse.group_id == group.id,
            PriceGroupUse.released_at.is_(None),
        )
        .order_by(PriceGroupUse.id)
    )
    return [Use(*row) for row in db.session.execute(found)]


def keep_group(
    actor: Actor, fair: Fair, asked: dict[str, Any], now: datetime, group_id: int | None = None
) -> PriceGroup:
    """Add a group, or change one: orders keep what they were placed with. Raises FieldErrors, NotFound.

    `asked`: name, name_en, at most one of off_bp, per_m2_minor, per_booth_minor, from_on, to_on, zone_id, most_booths,
    most_m2.
    """
    db.session.execute(select(Fair.id).where(Fair.id == fair.id).with_for_update())  # no two of one name
    group = lock_group(fair, group_id) if group_id is not None else _new(fair, now)
    faults, said = group_faults(asked), {"dearest": Money(DEAREST_MINOR, fair.currency)}
    if not faults:
        faults, words = _faults_here(fair, group, asked)
        said |= words
    if faults:
        raise FieldErrors(faults, **said)
    before = {name: getattr(group, name) for name in TERMS}
    for name in TERMS:
        setattr(group, name, asked[name])
    if group_id is None:
        db.session.add(group)
    db.session.flush()
    told = {name: _said(asked[name]) for name in TERMS}
    changed = {name: [_said(old), told[name]] for name, old in before.items() if old != asked[name]}
    if group_id is None:
        record(actor, "group.added", "group", group.id, fair.id, **{k: v for k, v in told.items() if v is not None})
    elif changed:
        record(actor, "group.changed", "group", group.id, fair.id, **changed)
    if group_id is not None and {"name", "name_en"} & set(changed):
        _touch_booths(group, now)
    return group


def withdraw_group(actor: Actor, fair: Fair, group_id: int, now: datetime) -> None:
    """No order gets its price any more, and no booth is held back for it. Orders that have it keep it."""
    group = lock_group(fair, group_id)
    group.withdrawn_at = now
    freed = _touch_booths(group, now, held_back_group_id=None, held_back_until=None)
    record(actor, "group.withdrawn", "group", group.id, fair.id, name=group.name, booths=freed)


def add_members(
    actor: Actor,
    fair: Fair,
    group_id: int,
    now: datetime,
    exhibitor_ids: Sequence[int] = (),
    province: str = "",
    country: str = "",
) -> int:
    """Exhibitors named, or everybody who is from there by now; answers how many are new. Raises FieldErrors, NotFound.

    Who says later that it is from there is not in it by that: the organiser adds it, for a price hangs on it.
    """
    if bool(exhibitor_ids) + bool(province) + bool(country) != 1:
        raise FieldErrors({"exhibitor": ONE_OF_THREE})
    group = lock_group(fair, group_id)
    others = not_in(group)
    if exhibitor_ids:
        known = {one.id for one in others} | {exhibitor.id for _member, exhibitor in members_of(group)}
        if not set(exhibitor_ids) <= known:
            raise FieldErrors({"exhibitor": NO_EXHIBITOR})
        new = [one for one in others if one.id in exhibitor_ids]
    else:
        new = [
            one
            for one in others
            if (province and (one.country, one.province) == (fair.country, province)) or one.country == country
        ]
        if not new:
            raise FieldErrors({"province" if province else "country": NOBODY_NEW})
    names = {"fair_id": fair.id, "group_id": group.id, "added_at": now, "added_by": actor.name or actor.key}
    db.session.add_all([PriceGroupMember(exhibitor_id=one.id, **names) for one in new])
    db.session.flush()
    for one in new:
        record(actor, "group.member_added", "exhibitor", one.id, fair.id, group=group.name)
    return len(new)


def remove_member(actor: Actor, fair: Fair, group_id: int, exhibitor_id: int, now: datetime) -> None:
    """Its next order is at everybody's price; orders that have the group's keep it. Repeated, nothing more happens."""
    group = lock_group(fair, group_id)
    gone = db.session.execute(
        update(PriceGroupMember)
        .where(
            PriceGroupMember.fair_id == fair.id,
            PriceGroupMember.group_id == group.id,
            PriceGroupMember.exhibitor_id == exhibitor_id,
            PriceGroupMember.removed_at.is_(None),
        )
        .values(removed_at=now)
        .execution_options(synchronize_session=False)
    )
    if gone.rowcount:  # type: ignore[attr-defined]
        record(actor, "group.member_removed", "exhibitor", exhibitor_id, fair.id, group=group.name)


def group_faults(asked: dict[str, Any]) -> dict[str, str]:
    """What is wrong with a group's terms by themselves, by field."""
    faults = {}
    if not asked["name"].strip():
        faults["name"] = NEEDS_NAME
    if asked["to_on"] < asked["from_on"]:
        faults["to_on"] = ENDS_BEFORE
    if sum(asked[name] is not None for name in PRICES) > 1:
        faults["off_percent"] = ONE_PRICE
    elif asked["off_bp"] is not None and not 0 < asked["off_bp"] < 10_000:
        faults["off_percent"] = OFF
    for name, field in PRICE_FIELDS.items():
        if asked[name] is not None and not 0 < asked[name] < DEAREST_MINOR:
            faults.setdefault(field, NO_PRICE)
    for name in ("most_booths", "most_m2"):
        if asked[name] is not None and not 0 < asked[name] <= MOST:
            faults[name] = NO_LIMIT
    return faults


def forget_zones(fair_id: int, zones: Select[Any]) -> PriceGroup | None:
    """Zones that go for good: out of groups that were withdrawn; a group whose price is for one of them, else."""
    mine = PriceGroup.fair_id == fair_id, PriceGroup.zone_id.in_(zones)
    standing = db.session.scalar(select(PriceGroup).where(*mine, PriceGroup.withdrawn_at.is_(None)).limit(1))
    if standing is None:
        db.session.execute(
            update(PriceGroup).where(*mine).values(zone_id=None).execution_options(synchronize_session=False)
        )
    return standing


def _faults_here(fair: Fair, group: PriceGroup, asked: dict[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """What is wrong with them at this fair, by what is there already."""
    faults = {}
    same = select(PriceGroup.id).where(
        PriceGroup.fair_id == fair.id, PriceGroup.name == asked["name"], PriceGroup.withdrawn_at.is_(None)
    )
    if db.session.scalar(same.where(PriceGroup.id != (group.id or 0)).limit(1)) is not None:
        faults["name"] = SAME_NAME
    zone = db.session.get(Zone, asked["zone_id"]) if asked["zone_id"] is not None else None
    if asked["zone_id"] is not None and (zone is None or zone.fair_id != fair.id):
        faults["zone_id"] = NO_ZONE
    if asked["most_booths"] is not None and asked["most_booths"] < group.taken_booths:
        faults["most_booths"] = TAKEN
    if asked["most_m2"] is not None and asked["most_m2"] * CM2 < group.taken_cm2:
        faults["most_m2"] = TAKEN
    return faults, {"booths": group.taken_booths, "area": f"{group.taken_cm2 / CM2:g}"}


def _new(fair: Fair, now: datetime) -> PriceGroup:
    return PriceGroup(fair_id=fair.id, created_at=now, taken_booths=0, taken_cm2=0)


def _one(found: Select[PriceGroup]) -> PriceGroup:
    group = db.session.scalar(found, execution_options={"populate_existing": True})
    if group is None or group.withdrawn_at is not None:
        raise NotFound()
    return group


def _touch_booths(group: PriceGroup, now: datetime, **values: Any) -> int:
    """What plans say of its booths is another thing now; answers how many there are."""
    booths = db.session.execute(
        update(Booth)
        .where(Booth.fair_id == group.fair_id, Booth.held_back_group_id == group.id)
        .values(changed_at=now, **values)
        .execution_options(synchronize_session=False)
    ).rowcount  # type: ignore[attr-defined]
    if booths:
        tell_of_new_plan(group.fair_id)
    return int(booths)


def _said(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
