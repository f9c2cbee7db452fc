"""What an exhibitor or a buyer does next: the one step that the portal opens with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from app.booths.choosing import Turn
from app.booths.workflows import KeptFor
from app.fairs.models import Fair
from app.fairs.queries import time_of
from app.formats import day, local_name, moment
from app.front.portal import Portal
from app.payments.models import OrderState
from app.tasks.standing import Asked, Standing

PRESSING_DAYS = 14  # a deadline that is nearer comes before a deal that waits


@dataclass(frozen=True)
class Step:
    """The next thing to do: what, until when, and the button that does it."""

    text: str
    reason: str
    endpoint: str
    values: dict[str, Any]
    label: str
    until: datetime | None = None
    binds: bool = False


def next_step(fair: Fair, portal: Portal, now: datetime) -> Step | None:
    """The most pressing thing; None when there is nothing to do but come."""
    for held in portal.own.holds:
        if held.hold.kept_for:  # an offer or a request has a page of its own
            continue
        numbers = [booth.number for booth in held.booths]
        return Step(
            ngettext("Book booth %(numbers)s", "Book booths %(numbers)s", len(numbers), numbers=", ".join(numbers)),
            _("You hold it until then; after that others can take it."),
            "booths.plan",
            {"pick": ",".join(numbers)},
            _("Go on with the booking"),
            held.hold.held_until,
            binds=True,
        )
    for order in portal.orders:
        if order.state == OrderState.UNDELIVERABLE and order.is_of_extras:
            return Step(
                _("Your money came, but the extras were gone"),
                _("Get everything back, and order again what can still be had."),
                "payments.order",
                {"reference": order.reference},
                _("Decide now"),
            )
        if order.state == OrderState.UNDELIVERABLE:
            return Step(
                _("Your money came, but the booth was gone"),
                _("Take another booth at the same price, or get everything back."),
                "payments.order",
                {"reference": order.reference},
                _("Decide now"),
            )
    for order in portal.orders:
        if order.state == OrderState.AWAITING:
            return Step(
                _("Pay order %(reference)s", reference=order.reference),
                _("The extras are kept for you until then.")
                if order.is_of_extras
                else _("The booths are kept for you until then."),
                "payments.order",
                {"reference": order.reference},
                _("Open the order"),
                order.due_at,
            )
    balance = _balance_step(portal, now)
    if balance is not None:
        return balance
    unsent = [one for one in portal.own.holds if one.hold.kept_for == KeptFor.REQUEST and not one.hold.extended_at]
    if unsent:
        numbers = [booth.number for booth in unsent[0].booths]
        return Step(
            _("Send your request for %(booths)s", booths=", ".join(numbers)),
            _("You hold it until then; the organiser can approve what you send."),
            "booths.plan",
            {"booth": numbers[0]},
            _("Go on with the request"),
            unsent[0].hold.held_until,
        )
    offers = [(one, offer) for one in portal.applications for offer in one.open_offers]
    if offers:
        one, offer = min(offers, key=lambda pair: pair[1].answer_until)
        return Step(
            _("%(booths)s is offered to you", booths=", ".join(offer.numbers)),
            _("Order in time, or decline: then it goes on to the next."),
            "allocation.own",
            {"exhibitor": one.exhibitor.id},
            _("Look at the offer"),
            offer.answer_until,
        )
    tasks = portal.to_do if time_of(fair, now) == "coming" else []
    if tasks and tasks[0].days_left <= PRESSING_DAYS:
        return _task_step(tasks[0])
    if portal.waiting:
        deal, exhibitor, buyer = portal.waiting[0]
        return Step(
            ngettext("One deal waits for you", "%(num)s deals wait for you", len(portal.waiting)),
            _("%(number)s between %(buyer)s and %(seller)s: confirm it, or say what is not right.",
              number=deal.number, buyer=buyer.company or buyer.name, seller=local_name(exhibitor)),
            "deals.show",
            {"number": deal.number},
            _("Look at the deal"),
        )  # fmt: skip
    if tasks:
        return _task_step(tasks[0])
    if (
        portal.own.exhibitors
        and not portal.booths
        and not portal.applications
        and time_of(fair, now) == "coming"
        and not fair.booking_closed_at
    ):
        return _turn_step(portal.turns, now) or Step(
            _("Choose your booth"),
            _("Look at the plan, take one booth or several, and hold them while you decide."),
            "booths.plan",
            {},
            _("Open the floor plan"),
        )
    if time_of(fair, now) == "open" and portal.own.exhibitors:
        return Step(
            _("Record what you agree on"),
            _("Scan the buyer's badge at your booth: the deal is written down in a minute, and the buyer confirms it."),
            "deal_records.record",
            {},
            _("Record a deal"),
        )
    return None


def _balance_step(portal: Portal, now: datetime) -> Step | None:
    """The balance that is due next, once its day is near."""
    open_ones = [order for order in portal.orders if order.state == OrderState.DEPOSITED]
    for order in sorted(open_ones, key=lambda one: one.balance_due_at or now):
        due_at = order.balance_due_at
        if due_at is not None and due_at - now < timedelta(days=PRESSING_DAYS):
            late = due_at <= now
            return Step(
                _("Pay the balance of order %(reference)s", reference=order.reference),
                _("It is late. The booths are let to you; pay what is left.")
                if late
                else _("The deposit is paid and the booths are let to you; this is what is left."),
                "payments.order",
                {"reference": order.reference},
                _("Open the order"),
                due_at,
            )
    return None


def _turn_step(turns: Sequence[Turn], now: datetime) -> Step | None:
    """While booths are chosen in turn: that it is the company's turn, or when; None where it may book anyway."""
    drawn = sorted((one for one in turns if one.starts_at), key=lambda one: one.starts_at or now)
    if any(one.has_begun(now) for one in drawn):
        return Step(
            _("It is your turn to choose"),
            _("Take one booth or several on the plan. Your turn lasts until booking opens for all."),
            "booths.plan",
            {},
            _("Open the floor plan"),
            drawn[0].general_at,
            binds=True,
        )
    for one in drawn:
        return Step(
            _("Your turn to choose: %(at)s", at=moment(one.starts_at)),
            _("You are %(place)s of %(all)s. Look at the plan before, and have a second choice ready.",
              place=one.place, all=one.of),
            "allocation.own_turn",
            {"exhibitor": one.exhibitor_id},
            _("Your place and points"),
        )  # fmt: skip
    for one in turns:
        return Step(
            _("Companies choose in turn"),
            _("Who chooses when is not drawn yet. You are told by mail.")
            if one.state != "drawn"
            else _("Companies on the list choose first; you can book from %(at)s on.", at=moment(one.general_at)),
            "allocation.own_turn",
            {"exhibitor": one.exhibitor_id},
            _("Your place and points"),
        )
    return None


def _task_step(one: Asked) -> Step:
    due = day(one.task.due_on, weekday=True)
    if one.standing == Standing.LATE:
        reason = _("It was due on %(day)s. You can still send it; it is marked as late.", day=due)
    elif one.days_left == 0:
        reason = _("Today is the last day.")
    else:
        reason = ngettext("One day left, until %(day)s.", "%(num)s days left, until %(day)s.", one.days_left, day=due)
    if one.answer is not None:
        reason = _("The organiser sent it back: %(reason)s", reason=one.answer.reason) + " " + reason
    return Step(
        local_name(one.task, "title"),
        reason,
        "tasks.own",
        {"task": one.task.id, "_anchor": f"task-{one.task.id}"},
        _("Do it now"),
    )
