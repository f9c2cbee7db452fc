"""Sessions and their people as lists to take along: CSV and XLSX."""

from collections.abc import Iterable
from typing import Literal
from zoneinfo import ZoneInfo

from flask import Response
from flask_babel import gettext as _

from app.exports import Column, Kind, list_response
from app.fairs.models import Fair
from app.formats import local_name
from app.visitors.models import VisitorCategory
from app.visitors.session_list import Attendee, Listed
from app.visitors.session_models import FairSession


def sessions_file(
    fair: Fair, file_type: Literal["csv", "xlsx"], listed: Iterable[Listed], categories: Iterable[VisitorCategory]
) -> Response:
    """One row a session, with its figures, in the reader's language."""
    names = {one.code: local_name(one) for one in categories}
    columns = [
        Column(_("Code")), Column(_("Session")), Column(_("Title in English")), Column(_("Begins"), Kind.MOMENT),
        Column(_("Ends"), Kind.MOMENT), Column(_("Hall")), Column(_("Room or stage")), Column(_("State")),
        Column(_("Sign-up needed")), Column(_("Who may come")), Column(_("Seats"), Kind.NUMBER),
        Column(_("Signed up"), Kind.NUMBER), Column(_("Came"), Kind.NUMBER),
        Column(_("Came without sign-up"), Kind.NUMBER),
    ]  # fmt: skip
    rows = (
        (
            one.session.code, one.session.title, one.session.title_en, one.session.begins_at, one.session.ends_at,
            local_name(one.hall) if one.hall else "", one.session.room, state_word(one.session),
            _("yes") if one.session.needs_sign_up else "",
            ", ".join(names.get(code, code) for code in one.session.categories), one.session.seats, one.signed_up,
            one.came, one.walked_in,
        )
        for one in listed
    )  # fmt: skip
    return list_response(file_type, f"sessions-{fair.slug}", columns, rows, ZoneInfo(fair.time_zone))


def attendees_file(
    fair: Fair, file_type: Literal["csv", "xlsx"], session: FairSession, attendees: Iterable[Attendee]
) -> Response:
    """One row a person who signed up, or came."""
    columns = [
        Column(_("Name")), Column(_("Company or organisation")), Column(_("Visitor category")), Column(_("E-mail")),
        Column(_("Phone")), Column(_("Signed up"), Kind.MOMENT), Column(_("Came"), Kind.MOMENT),
    ]  # fmt: skip
    rows = (
        (
            one.registration.name, one.registration.company, local_name(one.category), one.registration.email,
            one.registration.phone, one.signed_up_at, one.came_at,
        )
        for one in attendees
    )  # fmt: skip
    return list_response(file_type, f"session-{session.code}-{fair.slug}", columns, rows, ZoneInfo(fair.time_zone))


def state_word(session: FairSession) -> str:
    if session.cancelled_at is not None:
        return str(_("Cancelled"))
    return str(_("Published")) if session.published_at is not None else str(_("Draft"))
