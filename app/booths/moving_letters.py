"""What exhibitors are told when the organiser changes who stands where. Called inside the verb's transaction."""

from typing import Any

from app.booths.guest_letters import addresses_of
from app.booths.models import Booth
from app.db import db
from app.fairs.models import Exhibitor, Fair, Hall
from app.mail import queue_mail


def tell_of_change(fair: Fair, exhibitor: Exhibitor, deed: str, booth: Booth, why: str, **more: Any) -> None:
    """`deed`: moved, swapped, given, received or released; `booth`: the one that it is about, the old one of two.

    `more`: `to`, the new booth; `other`, the other company's name; `reason`, the code of a release.
    """
    to: Booth | None = more.pop("to", None)
    place = to or booth
    hall = db.session.get_one(Hall, place.hall_id)
    context = {
        "deed": deed,
        "name": exhibitor.representative or exhibitor.name,
        "booth": booth.number,
        "to": to.number if to is not None else "",
        "area_m2": place.area_m2,
        "hall": hall.name,
        "hall_en": hall.name_en,
        "why": why,
        "other": "",
        "reason": "",
        **more,
    }
    for address, locale in addresses_of(exhibitor):
        queue_mail(address, "booth_changed", locale, fair.id, context)
