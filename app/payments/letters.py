"""What an exhibitor is told by mail while an order waits for the bank."""

from flask_babel import force_locale

from app import clock
from app.db import db
from app.fairs.currencies import account_for
from app.fairs.models import Exhibitor, Fair
from app.formats import moment
from app.mail import queue_mail
from app.payments.models import Order
from app.payments.schedule import first_due


def tell_where_to_transfer(order: Order) -> None:
    """Account, amount, message and time of a transfer, for whoever pays: often not the one who chose the booths.

    Called by the verbs that make an order wait for the bank, so an order has one such mail.
    """
    fair = db.session.get_one(Fair, order.fair_id)
    exhibitor = db.session.get_one(Exhibitor, order.exhibitor_id)
    if not exhibitor.email:
        return
    with force_locale(exhibitor.locale):
        due = moment(clock.local(fair, order.due_at))
        balance_due = moment(clock.local(fair, order.balance_due_at)) if order.balance_due_at is not None else ""
    amount = first_due(order)
    context = {
        "name": exhibitor.representative or exhibitor.name,
        "reference": order.reference,
        "booths": order.labels,
        "of_extras": order.is_of_extras,
        "total_minor": amount.minor,
        "balance_minor": order.total_minor - amount.minor,
        "balance_due": balance_due,
        "currency": order.currency,
        "due": due,
        **_account(fair, order.currency),
    }
    queue_mail(exhibitor.email, "order_transfer", exhibitor.locale, fair.id, context)


def tell_balance(order: Order, missing_minor: int, late: bool) -> None:
    """What is still to be paid for booths that are let, and until when."""
    fair = db.session.get_one(Fair, order.fair_id)
    exhibitor = db.session.get_one(Exhibitor, order.exhibitor_id)
    if not exhibitor.email or order.balance_due_at is None:
        return
    with force_locale(exhibitor.locale):
        due = moment(clock.local(fair, order.balance_due_at))
    context = {
        "name": exhibitor.representative or exhibitor.name,
        "reference": order.reference,
        "booths": order.labels,
        "of_extras": order.is_of_extras,
        "missing_minor": missing_minor,
        "currency": order.currency,
        "due": due,
        "late": late,
        **_account(fair, order.currency),
    }
    queue_mail(exhibitor.email, "balance_reminder", exhibitor.locale, fair.id, context)


def _account(fair: Fair, currency: str) -> dict[str, str]:
    """Where money in this currency goes, as the mails name it; without an account they say so."""
    account = account_for(fair, currency)
    if account is None:
        return dict.fromkeys(("bank", "account", "holder", "swift"), "")
    return {"bank": account.bank, "account": account.number, "holder": account.holder, "swift": account.swift}
