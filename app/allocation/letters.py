"""What an exhibitor is told of its application by mail, in its own language."""

from datetime import datetime
from typing import Any

from flask_babel import force_locale

from app import clock
from app.allocation.models import Offer, Way
from app.fairs.letters import address_of
from app.fairs.models import Exhibitor, Fair
from app.formats import moment
from app.mail import queue_mail


def tell_offer(fair: Fair, exhibitor: Exhibitor, offer: Offer, way: str) -> None:
    """Booths are offered, or a request is approved: until when, and where to answer."""
    tell_exhibitor(
        fair, exhibitor, "application_offer",
        booths=offer.numbers, until=offer.answer_until, approved=way == Way.REQUEST, by_list=offer.by_list,
    )  # fmt: skip


def tell_deadline(fair: Fair, exhibitor: Exhibitor, offer: Offer) -> None:
    tell_exhibitor(fair, exhibitor, "application_deadline", booths=offer.numbers, until=offer.answer_until)


def tell_lapse(fair: Fair, exhibitor: Exhibitor, numbers: list[str]) -> None:
    """An offer's deadline passed; or, without numbers, nobody answered a request in time."""
    tell_exhibitor(fair, exhibitor, "application_lapsed", booths=numbers)


def tell_taken_back(fair: Fair, exhibitor: Exhibitor, offer: Offer) -> None:
    tell_exhibitor(fair, exhibitor, "application_taken_back", booths=offer.numbers)


def tell_refusal(fair: Fair, exhibitor: Exhibitor, reason: str) -> None:
    tell_exhibitor(fair, exhibitor, "application_refused", reason=reason)


def tell_exhibitor(fair: Fair, exhibitor: Exhibitor, template: str, **context: Any) -> None:
    """A mail in the exhibitor's language, instants in the fair's time; nothing where it has no address."""
    address = address_of(exhibitor)
    if not address:
        return
    with force_locale(exhibitor.locale):
        said = {
            name: moment(clock.local(fair, value)) if isinstance(value, datetime) else value
            for name, value in context.items()
        }
    name = exhibitor.representative or exhibitor.name
    queue_mail(address, template, exhibitor.locale, fair.id, {"name": name} | said)
