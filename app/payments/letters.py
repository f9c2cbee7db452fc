"""What an exhibitor is told by mail while an order waits for the bank."""

from flask_babel import force_locale

from app import clock
from app.db import db
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
    seller = fair.organiser
    with force_locale(exhibitor.locale):
        due = moment(clock.local(fair, order.due_at))
        balance_due = moment(clock.local(fair, order.balance_due_at)) if order.balance_due_at is not None else ""
    amount = first_due(order)
    context = {
        "name": exhibitor.representative or exhibitor.name,
        "reference": order.reference,
        "booths": order.booth_labels,
        "total_minor": amount.minor,
        "balance_minor": order.total_minor - amount.minor,
        "balance_due": balance_due,
        "currency": order.currency,
        "due": due,
        "bank": seller.bank_name,
        "account": seller.bank_account,
        "holder": seller.bank_account_name or seller.name,
    }
    queue_mail(exhibitor.email, "order_transfer", exhibitor.locale, fair.id, context)


def tell_balance(order: Order, missing_minor: int, late: bool) -> None:
    """What is still to be paid for booths that are let, and until when."""
    fair = db.session.get_one(Fair, order.fair_id)
    exhibitor = db.session.get_one(Exhibitor, order.exhibitor_id)
    if not exhibitor.email or order.balance_due_at is None:
        return
    seller = fair.organiser
    with force_locale(exhibitor.locale):
        due = moment(clock.local(fair, order.balance_due_at))
    context = {
        "name": exhibitor.representative or exhibitor.name,
        "reference": order.reference,
        "booths": order.booth_labels,
        "missing_minor": missing_minor,
        "currency": order.currency,
        "due": due,
        "late": late,
        "bank": seller.bank_name,
        "account": seller.bank_account,
        "holder": seller.bank_account_name or seller.name,
    }
    queue_mail(exhibitor.email, "balance_reminder", exhibitor.locale, fair.id, context)
