"""Answers as a list to take along: CSV and XLSX."""

from collections.abc import Iterable
from typing import Literal
from zoneinfo import ZoneInfo

from flask import Response
from flask_babel import gettext as _

from app.exports import Column, Kind, list_response
from app.fairs.models import Fair
from app.formats import language, local_name
from app.i18n_marks import N_
from app.tasks.answering import option_name
from app.tasks.models import Asks
from app.tasks.queries import Shown
from app.tasks.standing import Asked, Standing

STANDING_NAMES = {
    Standing.OPEN: N_("To do"),
    Standing.LATE: N_("Late"),
    Standing.SENT_BACK: N_("Sent back"),
    Standing.SENT: N_("Waits for the organiser"),
    Standing.DONE: N_("Done"),
}


def answers_file(fair: Fair, file_type: Literal["csv", "xlsx"], shown: Iterable[Shown]) -> Response:
    """One row a company and task, in the reader's language."""
    columns = [
        Column(_("Exhibitor")),
        Column(_("Booths")),
        Column(_("Task")),
        Column(_("Deadline"), Kind.DAY),
        Column(_("State")),
        Column(_("What was answered")),
        Column(_("Sent"), Kind.MOMENT),
        Column(_("By")),
        Column(_("After the deadline")),
        Column(_("Why it was sent back")),
        Column(_("E-mail")),
        Column(_("Phone")),
    ]
    rows = (
        (
            local_name(one.asked.exhibitor),
            ", ".join(one.numbers),
            local_name(one.asked.task, "title"),
            one.asked.task.due_on,
            _(STANDING_NAMES[one.asked.standing]),
            answer_said(one.asked),
            one.asked.answer.answered_at if one.asked.answer is not None else None,
            one.asked.answer.person_name if one.asked.answer is not None else "",
            _("yes") if one.asked.answered_late else "",
            one.asked.answer.reason if one.asked.answer is not None else "",
            one.asked.exhibitor.email,
            one.asked.exhibitor.phone,
        )
        for one in shown
    )
    return list_response(file_type, f"tasks-{fair.slug}", columns, rows, ZoneInfo(fair.time_zone))


def answer_said(asked: Asked) -> str:
    """The answer that stands as one text: what was written or chosen, or the file's name."""
    if asked.answer is None:
        return ""
    match asked.task.asks:
        case Asks.FILE:
            return asked.document.filename if asked.document is not None else ""
        case Asks.CHOICE:
            return option_name(asked.task, asked.answer.text, language() != "vi")
        case Asks.TEXT:
            return asked.answer.text
        case _:
            return str(_("confirmed"))
