"""Support on an order: its line below zero, taken from the budget with the order, back when the order ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import or_, select, update

from app import clock
from app.db import db
from app.errors import DomainError
from app.fairs.models import Fair
from app.i18n_marks import N_
from app.money import Money, apply_rate
from app.payments.grants import Granted, grants_of
from app.payments.models import Order
from app.payments.orders import Line
from app.payments.support_models import Support, SupportGrant, SupportProgramme

WHOLE_BP = 10_000


class SupportChanged(DomainError):
    """`support` is what the order would have now."""

    code: ClassVar[str] = "support_changed"
    message: ClassVar[str] = N_(
        "The support for your booths is %(support)s by now, so there is another amount to pay. Nothing was ordered: "
        "read it again, then book; your booths stay held."
    )


class SupportOtherCurrency(DomainError):
    code: ClassVar[str] = "support_other_currency"
    message: ClassVar[str] = N_(
        "Your company's support pays in %(home)s only. Choose %(home)s to book with it, or write to the organiser to "
        "give it up and book in %(currency)s; your booths stay held."
    )
    extra: ClassVar[tuple[str, ...]] = ("home", "currency")


class SupportGone(DomainError):
    """Late money: the budget went to others meanwhile, or the support was withdrawn."""

    code: ClassVar[str] = "support_gone"
    message: ClassVar[str] = N_(
        "The support of this order can no longer be had, so the order cannot be delivered at its price. Get the money "
        "back and book again."
    )


@dataclass(frozen=True)
class Share:
    """What a funder pays of some booths. `base`: their price before VAT, a discount taken off."""

    base_minor: int
    net_minor: int
    vat_minor: int

    @property
    def total_minor(self) -> int:
        return self.net_minor + self.vat_minor


def lock_grant(fair: Fair, exhibitor_id: int) -> Granted | None:
    """The exhibitor's grant as it is now; nobody else takes of it or of its budget until this transaction ends."""
    locked = select(SupportGrant.programme_id).where(
        SupportGrant.fair_id == fair.id,
        SupportGrant.exhibitor_id == exhibitor_id,
        SupportGrant.withdrawn_at.is_(None),
    )
    programme_id = db.session.scalar(locked.with_for_update())
    if programme_id is None:
        return None
    db.session.execute(select(SupportProgramme.id).where(SupportProgramme.id == programme_id).with_for_update())
    return grants_of(fair.id, [exhibitor_id]).get(exhibitor_id)


def holds_today(fair: Fair, granted: Granted, now: datetime) -> bool:
    """Whether an order that is placed now gets the support, if any of the budget is left."""
    programme = granted.programme
    if programme.withdrawn_at is not None or programme.currency != fair.currency:
        return False
    return programme.from_on <= clock.fair_day(fair, now) <= programme.to_on


def require_home_currency(fair: Fair, granted: Granted | None, currency: str, now: datetime) -> None:
    """A funder pays in the fair's currency alone. Raises SupportOtherCurrency where it would pay at home."""
    if pays_at_home_only(fair, granted, currency, now):
        raise SupportOtherCurrency(home=fair.currency, currency=currency)


def pays_at_home_only(fair: Fair, granted: Granted | None, currency: str, now: datetime) -> bool:
    """Whether an order in this currency would go without a support that another would have."""
    if granted is None or currency == fair.currency or not holds_today(fair, granted, now):
        return False
    return _left(granted) > 0


def share_of(fair: Fair, granted: Granted | None, lines: Sequence[Line], vat_bp: int, now: datetime) -> Share:
    """What the funder pays of these lines, booths and a discount: zero where nothing.

    The rate is of each booth's price before VAT, rounded half up; ceilings and budget hold the share with its VAT.
    """
    whole_net, whole_vat = sum(line.net.minor for line in lines), sum(line.vat.minor for line in lines)
    at_home = all(line.net.currency == fair.currency for line in lines)
    if granted is None or not at_home or not holds_today(fair, granted, now):
        return Share(whole_net, 0, 0)
    programme = granted.programme
    nets = [apply_rate(net, programme.rate_bp) for net in _after_discount(lines)]
    left = _left(granted)
    if programme.per_booth_minor is not None:
        most = net_within(programme.per_booth_minor, vat_bp)
        nets = [min(net, most) for net in nets]
        left = min(left, programme.per_booth_minor * len(nets))  # the VAT of the sum may be rounded up
    net = min(sum(nets), whole_net, net_within(max(left, 0), vat_bp))
    share = _with_vat(net, whole_net, whole_vat, vat_bp)
    if share.total_minor > left:  # all of several booths: their VAT, rounded one by one, is over that of their sum
        share = _with_vat(net - 1, whole_net, whole_vat, vat_bp)
    return share


def _left(granted: Granted) -> int:
    """Of the budget, and of the exhibitor's ceiling, with VAT, in minor units."""
    grant, programme = granted.grant, granted.programme
    left = programme.budget_minor - programme.taken_minor
    if programme.per_exhibitor_minor is not None:
        left = min(left, programme.per_exhibitor_minor - grant.taken_minor)
    return left


def require_seen(fair: Fair, share: Share, seen_minor: int | None) -> None:
    """Nobody orders at another amount than was read. `seen_minor`: with VAT; None where nothing was shown."""
    if seen_minor is not None and seen_minor != share.total_minor:
        raise SupportChanged(support=Money(share.total_minor, fair.currency))


def support_lines(fair: Fair, granted: Granted | None, share: Share, vat_bp: int) -> list[Line]:
    """The share as a line below zero with its VAT; none where there is none."""
    if granted is None or not share.net_minor:
        return []
    funder = granted.funder
    label = f"Hỗ trợ từ {funder.name} / Supported by {funder.name_en or funder.name}"
    net, vat = Money(-share.net_minor, fair.currency), Money(-share.vat_minor, fair.currency)
    return [Line(kind="support", booth_id=None, label=label, net=net, vat_bp=vat_bp, vat=vat)]


def take_support(order: Order, granted: Granted, share: Share, now: datetime) -> Support:
    """The guards: of the budget and of the exhibitor's ceiling in one statement each, or not at all."""
    if not _take(granted.grant.id, granted.programme.id, share.total_minor):
        raise SupportChanged(support=Money(0, order.currency))  # locked by the caller: cannot be
    support = Support(
        fair_id=order.fair_id,
        order_id=order.id,
        grant_id=granted.grant.id,
        programme_id=granted.programme.id,
        funder_id=granted.funder.id,
        rate_bp=granted.programme.rate_bp,
        base_minor=share.base_minor,
        net_minor=share.net_minor,
        vat_minor=share.vat_minor,
        currency=order.currency,
        taken_at=now,
    )
    db.session.add(support)
    db.session.flush()
    return support


def support_of(order: Order) -> Support | None:
    """What stands for an order, or stood last."""
    found = select(Support).where(Support.fair_id == order.fair_id, Support.order_id == order.id)
    return db.session.scalar(found.order_by(Support.id.desc()).limit(1), execution_options={"populate_existing": True})


def release_support(order: Order, now: datetime) -> None:
    """Its order ended: what it had goes back to the budget, once."""
    let_go = (
        update(Support)
        .where(Support.order_id == order.id, Support.released_at.is_(None))
        .values(released_at=now)
        .returning(Support.grant_id, Support.programme_id, Support.net_minor + Support.vat_minor)
        .execution_options(synchronize_session=False)
    )
    for grant_id, programme_id, minor in db.session.execute(let_go).all():
        _give_to_grant(grant_id, minor)
        db.session.execute(
            update(SupportProgramme)
            .where(SupportProgramme.id == programme_id)
            .values(taken_minor=SupportProgramme.taken_minor - minor)
            .execution_options(synchronize_session=False)
        )


def keep_support(order: Order, now: datetime) -> bool:
    """Its money came, if late: take again what was let go. False where it cannot be had.

    Late money is not asked for the programme's days: only whether the grant stands and enough is left.
    """
    last = support_of(order)
    if last is None or last.released_at is None:
        return True
    if not _take(last.grant_id, last.programme_id, last.total_minor):
        return False
    names = ("fair_id", "order_id", "grant_id", "programme_id", "funder_id", "rate_bp", "base_minor", "net_minor",
             "vat_minor", "currency")  # fmt: skip
    db.session.add(Support(taken_at=now, **{name: getattr(last, name) for name in names}))
    db.session.flush()
    return True


def require_support(order: Order, now: datetime) -> None:
    """As keep_support. Raises SupportGone."""
    if not keep_support(order, now):
        raise SupportGone()


def net_within(total_minor: int, vat_bp: int) -> int:
    """The most before VAT that stays within an amount with VAT."""
    net = total_minor * WHOLE_BP // (WHOLE_BP + vat_bp) + 1
    while net > 0 and net + apply_rate(net, vat_bp) > total_minor:
        net -= 1
    return net


def _after_discount(lines: Sequence[Line]) -> list[int]:
    """Each booth's price before VAT; a discount is spread over them in proportion, to the last minor unit."""
    booths = [line.net.minor for line in lines if line.booth_id is not None]
    whole, off = sum(booths), -sum(line.net.minor for line in lines if line.booth_id is None)
    nets, so_far, given = [], 0, 0
    for net in booths:
        so_far += net
        upto = off * so_far // whole if whole else 0
        nets.append(net - (upto - given))
        given = upto
    return nets


def _with_vat(net: int, whole_net: int, whole_vat: int, vat_bp: int) -> Share:
    """All of the booths have exactly their VAT, and a part never more: the rest of the order is never below zero."""
    vat = whole_vat if net == whole_net else min(apply_rate(net, vat_bp), whole_vat)
    return Share(whole_net, net, vat)


def _take(grant_id: int, programme_id: int, minor: int) -> bool:
    most = select(SupportProgramme.per_exhibitor_minor).where(SupportProgramme.id == programme_id).scalar_subquery()
    of_grant = db.session.execute(
        update(SupportGrant)
        .where(SupportGrant.id == grant_id, SupportGrant.withdrawn_at.is_(None))
        .where(or_(most.is_(None), SupportGrant.taken_minor + minor <= most))
        .values(taken_minor=SupportGrant.taken_minor + minor)
        .execution_options(synchronize_session=False)
    )
    if not of_grant.rowcount:  # type: ignore[attr-defined]
        return False
    of_budget = db.session.execute(
        update(SupportProgramme)
        .where(
            SupportProgramme.id == programme_id,
            SupportProgramme.taken_minor + minor <= SupportProgramme.budget_minor,
        )
        .values(taken_minor=SupportProgramme.taken_minor + minor)
        .execution_options(synchronize_session=False)
    )
    if not of_budget.rowcount:  # type: ignore[attr-defined]
        _give_to_grant(grant_id, minor)
        return False
    return True


def _give_to_grant(grant_id: int, minor: int) -> None:
    db.session.execute(
        update(SupportGrant)
        .where(SupportGrant.id == grant_id)
        .values(taken_minor=SupportGrant.taken_minor - minor)
        .execution_options(synchronize_session=False)
    )
