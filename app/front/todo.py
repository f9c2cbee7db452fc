"""What needs a person of the organiser: found in the data, each with the page where it is settled. Reads only."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import BindParameter, Integer, Select, bindparam, func, select

from app.access import Permission, Principal
from app.allocation.models import Application
from app.allocation.queries import SHOWS
from app.booths.guest_list import waits
from app.booths.models import Booth, BoothState
from app.booths.released_money import is_unsettled
from app.db import UTCDateTime, db
from app.deals.models import Deal, DealState
from app.deals.queries import has_paper
from app.fairs.models import Exhibitor, Fair
from app.fairs.settings import lacking_of
from app.formats import local_name, moment, money
from app.mail import mail_goes_out, number_waiting
from app.money import Money
from app.payments.models import Cancellation, Order, OrderState, Payment, PaymentState
from app.payments.schedule import is_late
from app.tasks.models import AnswerState, Task, TaskAnswer
from app.visitors.models import Badge, BadgeState, Gate, Scan
from app.visitors.passages import doubled

REFUSALS_IN_A_ROW = 4
RECENT = timedelta(minutes=30)


@dataclass(frozen=True)
class Todo:
    tone: str  # bad, warn, note
    icon: str
    what: str
    detail: str
    link: str
    endpoint: str
    values: dict[str, Any] = field(default_factory=dict)


def todos(fair: Fair, who: Principal, day: date, running: bool, now: datetime) -> list[Todo]:
    """The most pressing first; only what this person may settle."""
    found: list[Todo] = []
    numbers = _numbers(fair, now)
    if who.can(Permission.SETTINGS):
        found += _beginning(fair, numbers.booths)
    if who.can(Permission.SCANS_SEE):
        found += _refusing_gates(fair, day, now) if running else []
    if who.can(Permission.MONEY_SETTLE):
        found += [*_stray_money(fair), *_undeliverable(numbers.undeliverable)]
        found += [*_cancellations(numbers.cancellations), *_late_balances(numbers.late_balances)]
        found += _released(numbers.released)
    if who.can(Permission.BOOTHS_SEE):
        found += _late(fair, now)
    if who.can(Permission.SCANS_SEE):
        found += _double_entries(fair, day)
    if who.staff_can(Permission.DEAL_VERIFY):
        found += [*_disputed(numbers.disputed), *_to_verify(numbers.to_verify)]
    if who.can(Permission.BOOTHS_EDIT):
        found += _applications(numbers.applications)
    if who.can(Permission.TASKS_KEEP):
        found += _answers(numbers.answers)
    if who.can(Permission.EXHIBITORS_EDIT):
        found += _guests_waiting(numbers.guests)
    if who.can(Permission.VISITORS_EDIT):
        found += _unapproved(numbers.unapproved)
    return found


def _numbers(fair: Fair, now: datetime) -> Any:
    """What only has to be counted, in one statement."""
    return db.session.execute(_counts(), {"fair": fair.id, "now": now}).one()


@cache
def _counts() -> Select[Any]:
    """Put together once: that takes longer than to count."""
    fair_id: BindParameter[int] = bindparam("fair", type_=Integer)
    now: BindParameter[datetime] = bindparam("now", type_=UTCDateTime)
    asked_tasks = select(Task.id).where(Task.fair_id == fair_id, Task.retired_at.is_(None))
    wanted: dict[str, tuple[Any, ...]] = {
        "booths": (Booth,),
        "undeliverable": (Order, Order.state == OrderState.UNDELIVERABLE),
        "cancellations": (Cancellation, Cancellation.state == "asked"),
        "late_balances": (Order, *is_late(now)),
        "released": (Order, *is_unsettled(fair_id)),
        "disputed": (Deal, Deal.state == DealState.DISPUTED),
        "to_verify": (Deal, Deal.state == DealState.CONFIRMED, has_paper()),
        "applications": (Application, SHOWS["decide"]),
        "answers": (TaskAnswer, TaskAnswer.state == AnswerState.SENT, TaskAnswer.task_id.in_(asked_tasks)),
        "guests": (Exhibitor, waits()),
        "unapproved": (Badge, Badge.state == BadgeState.NOT_APPROVED),
    }
    return select(
        *(
            select(func.count())
            .select_from(table)
            .where(table.fair_id == fair_id, *conditions)
            .scalar_subquery()
            .label(name)
            for name, (table, *conditions) in wanted.items()
        )
    )


def _beginning(fair: Fair, booths: int) -> list[Todo]:
    """What a fair still lacks before the public comes."""
    bank, papers = lacking_of(fair)
    lacks = ", ".join(_(word) for word in (*bank, *papers))
    found = []
    if not fair.is_demo and not mail_goes_out():
        n = number_waiting()
        what = ngettext("One mail waits", "%(num)s mails wait", n) if n else _("No mail goes out yet")
        found.append(
            Todo("warn", "mail", what,
                 _("No mail server is set. Badges, papers and links reach nobody until then."), _("See how to set it"),
                 "fairs.settings", {"_anchor": "mail"})
        )  # fmt: skip
    if not booths:
        found.append(
            Todo("note", "layout-grid", _("No hall is drawn yet"), _("Rows and columns make the first plan."),
                 _("Draw the halls"), "fairs.halls")
        )  # fmt: skip
    if lacks and not fair.is_demo:
        found.append(
            Todo("note", "building-bank", _("The organiser's details are not complete"),
                 _("Transfers and contracts need them: %(what)s.", what=lacks), _("Complete them"), "fairs.settings",
                 {"_anchor": "organiser"})
        )  # fmt: skip
    if fair.published_at is None:
        found.append(
            Todo("note", "speakerphone", _("The fair is not public yet"),
                 _("Only you and your staff see it. Look at the plan, then publish it."), _("To the settings"),
                 "fairs.settings")
        )  # fmt: skip
    return found


def _refusing_gates(fair: Fair, day: date, now: datetime) -> list[Todo]:
    """A gate that says no again and again: a group with wrong badges, or a fault of ours."""
    newest = func.row_number().over(partition_by=Scan.gate_id, order_by=Scan.counted_at.desc()).label("newest")
    recent = (
        select(Scan.gate_id, Scan.colour, newest)
        .where(Scan.fair_id == fair.id, Scan.day == day, Scan.counted_at > now - RECENT)
        .subquery()
    )
    rows = db.session.execute(
        select(Gate, recent.c.colour)
        .join(recent, recent.c.gate_id == Gate.id)
        .where(recent.c.newest <= 30)
        .order_by(Gate.position, Gate.id, recent.c.newest)
    )
    found = []
    for gate, scans in groupby(rows, key=lambda row: row.Gate):
        last = [scan.colour for scan in scans]
        row = next((n for n, colour in enumerate(last) if colour != "red"), len(last))
        if row >= REFUSALS_IN_A_ROW:
            found.append(
                Todo("bad", "alert-octagon",
                     _("%(gate)s: %(n)s badges refused in a row", gate=local_name(gate), n=row),
                     _("Perhaps a group with the wrong tickets."),
                     ngettext("See the scan", "See the %(num)s scans", row),
                     "gates.scans", {"gate": gate.code, "day": day.isoformat()})
            )  # fmt: skip
    return found


def _stray_money(fair: Fair) -> list[Todo]:
    rows = db.session.execute(
        select(Payment.currency, func.count(), func.sum(Payment.amount_minor))
        .where(Payment.fair_id == fair.id, Payment.state == PaymentState.UNMATCHED)
        .group_by(Payment.currency)
    ).all()
    n = sum(row[1] for row in rows)
    amounts = ", ".join(money(Money(int(total), currency)) for currency, _n, total in rows)
    return [
        Todo("warn", "cash-off", ngettext("One payment fits no order", "%(num)s payments fit no order", n),
             _("%(amount)s. Find the order, or send it back.", amount=amounts), _("Settle it"), "payments.money")
    ] if n else []  # fmt: skip


def _undeliverable(n: int) -> list[Todo]:
    return [
        Todo("warn", "alert-triangle", ngettext("One order was paid too late", "%(num)s orders were paid too late", n),
             _("The booth has gone: offer an equal one, or the money goes back."), _("Open the orders"),
             "payments.money")
    ] if n else []  # fmt: skip


def _cancellations(n: int) -> list[Todo]:
    return [
        Todo("warn", "circle-x",
             ngettext("One cancellation waits for you", "%(num)s cancellations wait for you", n),
             _("The exhibitor has read the fee. Until you decide the booths stay let."), _("Decide"),
             "payments.money", {"_anchor": "asked"})
    ] if n else []  # fmt: skip


def _late_balances(n: int) -> list[Todo]:
    return [
        Todo("warn", "clock-exclamation", ngettext("One balance is late", "%(num)s balances are late", n),
             _("The deposit is paid and the booths are let; the rest was due."), _("See who is late"),
             "payments.money", {"state": "late", "_anchor": "late"})
    ] if n else []  # fmt: skip


def _released(n: int) -> list[Todo]:
    return [
        Todo("warn", "cash-off",
             ngettext("One paid booth was released", "%(num)s orders with released booths are paid", n),
             _("Nothing was given back: give it back, or write why it stays."), _("Settle it"),
             "payments.money", {"_anchor": "needs"})
    ] if n else []  # fmt: skip


def _late(fair: Fair, now: datetime) -> list[Todo]:
    """Reservations whose transfer is due within a day, or overdue."""
    rows = db.session.execute(
        select(Booth.number, Booth.held_until, Exhibitor)
        .join(Exhibitor, Exhibitor.id == Booth.exhibitor_id)
        .where(Booth.fair_id == fair.id, Booth.state == BoothState.RESERVED, Booth.held_until < now + timedelta(days=1))
        .order_by(Booth.held_until)
    ).all()
    if not rows:
        return []
    numbers = ", ".join(row.number for row in rows[:6]) + ("…" if len(rows) > 6 else "")
    return [
        Todo("warn", "clock-exclamation",
             ngettext("Payment for one booth is due", "Payment for %(num)s booths is due", len(rows)),
             _("%(booths)s. The first is kept until %(when)s.", booths=numbers, when=moment(rows[0].held_until)),
             _("See who is late"), "booths.organise", {"state": "reserved"})
    ]  # fmt: skip


def _double_entries(fair: Fair, day: date) -> list[Todo]:
    n = len(doubled(fair, day))
    return [
        Todo("warn", "arrows-join", ngettext("One person let in by two gates", "%(num)s people let in by two gates", n),
             _("While the gates had no network. Each counts once."), _("Compare the scans"),
             "gates.organise", {"day": day.isoformat()})
    ] if n else []  # fmt: skip


def _applications(n: int) -> list[Todo]:
    return [
        Todo("note", "list-numbers",
             ngettext("One application for booths waits for you", "%(num)s applications for booths wait for you", n),
             _("Approve what is held, offer booths, or say no: the exhibitors wait for the answer."),
             _("Look at them"), "allocation.index", {"show": "decide"})
    ] if n else []  # fmt: skip


def _answers(n: int) -> list[Todo]:
    return [
        Todo("note", "list-check",
             ngettext("One answer to a task waits for you", "%(num)s answers to tasks wait for you", n),
             _("Exhibitors sent what you asked for: accept it, or send it back with a reason."), _("Read the answers"),
             "tasks.answers", {"state": "sent"})
    ] if n else []  # fmt: skip


def _disputed(n: int) -> list[Todo]:
    return [
        Todo("warn", "arrows-exchange", ngettext("One deal is disputed", "%(num)s deals are disputed", n),
             _("One side disagrees. Disputed deals are left out of every total."), _("Open them"),
             "deals.index", {"state": "disputed"})
    ] if n else []  # fmt: skip


def _to_verify(n: int) -> list[Todo]:
    return [
        Todo("note", "file-check",
             ngettext("One deal can be verified", "%(num)s deals can be verified", n),
             _("Both sides stand behind it, and the document is there."), _("Verify"),
             "deals.index", {"state": "confirmed", "paper": "there"})
    ] if n else []  # fmt: skip


def _guests_waiting(n: int) -> list[Todo]:
    return [
        Todo("warn", "building-store",
             ngettext("One company waits for approval", "%(num)s companies wait for approval", n),
             _("They come onto another's booth. Until then they are in no list and no figure."), _("Decide"),
             "fairs.organise_exhibitors", {"_anchor": "requests"})
    ] if n else []  # fmt: skip


def _unapproved(n: int) -> list[Todo]:
    return [
        Todo("note", "user-check", ngettext("One buyer waits for approval", "%(num)s buyers wait for approval", n),
             _("Their badges open no gate until then."), _("Look at them"), "desk.waiting")
    ] if n else []  # fmt: skip
