"""What cancelling an order costs: the organiser's steps by date, and the fee of the day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, select

from app import clock
from app.audit import Actor, record
from app.booths.models import Allocation, BoothState
from app.db import db
from app.errors import FieldErrors, NotFound
from app.fairs.models import Fair
from app.i18n_marks import N_
from app.money import Money, apply_rate
from app.payments.invoices import papers_of
from app.payments.models import CancellationStep, Invoice, Order, OrderState, Payment, PaymentState, Refund

LET = (OrderState.PAID, OrderState.DEPOSITED)
WHOLE_BP = 10_000
STEPS_AT_MOST = 12
SAME_DAY = N_("There is a fee until that day already. Remove it first.")
FALLS = N_("A fee never falls with time: until %(day)s it is %(fee)s %%.")
NO_FEE = N_("A fee is 0 to 100 per cent of the order.")
AFTER_START = N_("Cancelling ends when the fair begins: the last day is %(day)s.")
TOO_MANY_STEPS = N_("A fair has at most %(steps)s steps.")


@dataclass(frozen=True)
class Fee:
    """What cancelling an order costs today. `until_on` is None once the last step is over: then it is the whole."""

    bp: int
    amount: Money
    paid: Money
    until_on: date | None

    @property
    def kept(self) -> Money:
        """Of what has come; what has not cannot be kept."""
        return Money(min(self.amount.minor, self.paid.minor), self.amount.currency)

    @property
    def goes_back(self) -> Money:
        return self.paid - self.kept


def steps_of(fair_id: int) -> list[CancellationStep]:
    """In the order of their days."""
    steps = select(CancellationStep).where(CancellationStep.fair_id == fair_id)
    return list(db.session.scalars(steps.order_by(CancellationStep.until_on)))


def add_step(actor: Actor, fair: Fair, until_on: date, fee_bp: int) -> CancellationStep:
    """Until this day, midnight at the fair, cancelling costs so much. Raises FieldErrors."""
    _lock(fair)
    steps = steps_of(fair.id)
    faults, said = step_faults(fair, steps, until_on, fee_bp)
    if faults:
        raise FieldErrors(faults, **said)
    step = CancellationStep(fair_id=fair.id, until_on=until_on, fee_bp=fee_bp)
    db.session.add(step)
    db.session.flush()
    record(actor, "cancellation.step_added", "fair", fair.id, fair.id, until_on=until_on.isoformat(), rate_bp=fee_bp)
    return step


def remove_step(actor: Actor, fair: Fair, step_id: int) -> None:
    """Contracts that name it keep it where it is the cheaper one."""
    _lock(fair)
    step = db.session.get(CancellationStep, step_id)
    if step is None or step.fair_id != fair.id:
        raise NotFound()
    db.session.execute(delete(CancellationStep).where(CancellationStep.id == step_id))
    record(
        actor, "cancellation.step_removed", "fair", fair.id, fair.id, until_on=step.until_on.isoformat(),
        rate_bp=step.fee_bp,
    )  # fmt: skip


def step_faults(
    fair: Fair, steps: list[CancellationStep], until_on: date, fee_bp: int
) -> tuple[dict[str, str], dict[str, Any]]:
    """What is wrong with a new step, by field, and what the sentences name."""
    if not 0 <= fee_bp <= WHOLE_BP:
        return {"fee_percent": NO_FEE}, {}
    if until_on >= fair.starts_on:
        return {"until_on": AFTER_START}, {"day": f"{date.fromordinal(fair.starts_on.toordinal() - 1):%d.%m.%Y}"}
    if len(steps) >= STEPS_AT_MOST:
        return {"until_on": TOO_MANY_STEPS}, {"steps": STEPS_AT_MOST}
    for step in steps:
        if step.until_on == until_on:
            return {"until_on": SAME_DAY}, {}
        if (step.until_on < until_on and step.fee_bp > fee_bp) or (step.until_on > until_on and step.fee_bp < fee_bp):
            return {"fee_percent": FALLS}, {"day": f"{step.until_on:%d.%m.%Y}", "fee": f"{step.fee_bp / 100:g}"}
    return {}, {}


def fee_today(
    fair: Fair, order: Order, now: datetime, papers: list[Invoice] | None = None, has_booths: bool | None = None
) -> Fee | None:
    """What cancelling costs today: by the organiser's steps, or by those of the contract where these are cheaper.

    None where the order cannot be cancelled: a booth of it is not let to its exhibitor any more, it is of extras alone,
    the fair has begun, or neither the organiser nor the contract names steps.
    """
    today = clock.fair_day(fair, now)
    present = [(step.until_on, step.fee_bp) for step in steps_of(fair.id)]
    if order.is_of_extras or order.state not in LET or today >= fair.starts_on or fair.frozen_at is not None:
        return None
    papers = papers_of(order) if papers is None else papers
    contract = next((paper for paper in papers if paper.kind == "contract"), None)
    agreed = contract.content.get("cancellation", []) if contract is not None else []
    has_booths = has_its_booths(order) if has_booths is None and (present or agreed) else has_booths
    if not (present or agreed) or not has_booths:
        return None
    choices = [_step_at(present, today)] if present else []
    if agreed:
        choices.append(_step_at([(date.fromisoformat(one["until_on"]), one["fee_bp"]) for one in agreed], today))
    until_on, bp = min(choices, key=lambda choice: choice[1])
    return Fee(bp, Money(apply_rate(order.total_minor, bp), order.currency), _came(order), until_on)


def has_its_booths(order: Order) -> bool:
    """Whether all that was ordered is let to its exhibitor: what was released or transferred is settled by hand."""
    let = select(func.count()).where(
        Allocation.fair_id == order.fair_id,
        Allocation.order_id == order.id,
        Allocation.exhibitor_id == order.exhibitor_id,
        Allocation.state == BoothState.LET,
        Allocation.ended_at.is_(None),
    )
    return db.session.scalar(let) == sum(line.kind == "booth" for line in order.lines)


def _step_at(steps: Iterable[tuple[date, int]], today: date) -> tuple[date | None, int]:
    return min(((until_on, bp) for until_on, bp in steps if today <= until_on), default=(None, WHOLE_BP))


def _came(order: Order) -> Money:
    """Everything that has come in the order's currency and not gone back."""
    theirs = select(Payment).where(
        Payment.fair_id == order.fair_id,
        Payment.order_id == order.id,
        Payment.currency == order.currency,
        Payment.state.in_((PaymentState.SETTLED, PaymentState.UNMATCHED)),
    )
    back = (
        select(func.coalesce(func.sum(Refund.amount_minor), 0))
        .where(Refund.payment_id == Payment.id, Refund.state != "failed")
        .correlate(Payment)
        .scalar_subquery()
    )
    return Money(
        int(db.session.scalar(theirs.with_only_columns(func.sum(Payment.amount_minor - back))) or 0), order.currency
    )


def _lock(fair: Fair) -> None:
    """One at a time changes what a fair sells under."""
    db.session.execute(select(Fair.id).where(Fair.id == fair.id).with_for_update())
