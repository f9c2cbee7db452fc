"""What an exhibitor is told by mail while an order waits for the bank."""

from flask_babel import force_locale

from app import clock
from app.db import db
from app.fairs.models import Exhibitor, Fair
from app.formats import moment
from app.mail import queue_mail
from app.payments.models import Order


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
    context = {
        "name": exhibitor.representative or exhibitor.name,
        "reference": order.reference,
        "booths": order.booth_labels,
        "total_minor": order.total_minor,
        "currency": order.currency,
        "due": due,
        "bank": seller.bank_name,
        "account": seller.bank_account,
        "holder": seller.bank_account_name or seller.name,
    }
    queue_mail(exhibitor.email, "order_transfer", exhibitor.locale, fair.id, context)
