"""Which exhibitors are in a group: one by one, or all of a province or country by now. Callers open the transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from app.audit import Actor, record
from app.booths.group_models import PriceGroup, PriceGroupMember
from app.booths.groups import lock_group
from app.db import db
from app.errors import FieldErrors
from app.fairs.models import Exhibitor, Fair
from app.fairs.queries import is_shown
from app.i18n_marks import N_

ONE_OF_THREE = N_("Choose one exhibitor, a province or a country: one of the three.")
NO_EXHIBITOR = N_("Choose an exhibitor of this fair with a contract of its own, not a company on another's booth.")
NOBODY_NEW = N_("Every exhibitor from there is in the group already, or there is none. Choose another place.")


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
