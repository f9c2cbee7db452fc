"""What no page and no address of the API takes, whoever asks: refused before any view reads it."""

import json
import re
from datetime import date, datetime
from itertools import chain
from typing import Any

from flask import Flask, Response, request
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest
from werkzeug.routing import IntegerConverter

from app.clock import YEARS
from app.errors import HTTP_SENTENCES, show

LARGEST_ID = 2**31 - 1  # what a row's number can be on both databases
NOT_IN_ADDRESS = r'@\s"(),:;<>\[\]\\\x00-\x1f\x7f'  # what would make one address two, or none, in the head of a mail
MAIL_ADDRESS = re.compile(rf"[^{NOT_IN_ADDRESS}]+@[^.{NOT_IN_ADDRESS}]+(\.[^.{NOT_IN_ADDRESS}]+)+")
ENDLESS_NUMBER = re.compile(rb"\d{1000}")  # Python refuses to read numbers of more than 4,300 digits


class Id(IntegerConverter):
    """A row's number in an address: one too large for a row is an address of nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"max": LARGEST_ID} | kwargs))


def row_number(text: str | int) -> int:
    """What a form or a cursor says, as a number that a row can have. Raises ValueError for anything else."""
    digits = str(text)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 10 and int(digits) <= LARGEST_ID):
        raise ValueError("not the number of a row")
    return int(digits)


def fair_day(text: str) -> date:
    """A day that a fair can have: at the calendar's ends no time zone fits. Raises ValueError for anything else."""
    day = date.fromisoformat(text)
    if day.year not in YEARS:
        raise ValueError("not a day of any fair")
    return day


def fair_instant(text: str) -> datetime:
    """An aware instant that a fair can have. Raises ValueError for anything else."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None or instant.year not in YEARS:
        raise ValueError("not an instant of any fair")
    return instant


def asked_number(name: str, otherwise: int | None = None) -> int | None:
    """`?name=` as a whole number, at most a row's; what is none, or none at all, is `otherwise`."""
    text = request.args.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return otherwise
    return min(int(text), LARGEST_ID)


def is_mail_address(text: str) -> bool:
    """Whether a mail can be sent there: name@example.com, 254 characters at most (RFC 5321, 4.5.3.1.3)."""
    return len(text) <= 254 and MAIL_ADDRESS.fullmatch(text) is not None


def asked_day(name: str) -> date | None:
    """`?name=` as a day that a fair can have, else None."""
    try:
        return fair_day(request.args.get(name, ""))
    except ValueError:
        return None


def asked_instant(name: str) -> datetime | None:
    """`?name=` as an aware instant that a fair can have, else None."""
    try:
        return fair_instant(request.args.get(name, ""))
    except ValueError:
        return None


def sent_number(name: str) -> int | None:
    """A form's `name` as the number of a row, else None."""
    try:
        return row_number(request.form.get(name, ""))
    except ValueError:
        return None


def sent_amount(name: str) -> int | None:
    """A form's `name` as minor units that a page had written there, else None."""
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


def init_input(app: Flask) -> None:
    """Bound the numbers in addresses; refuse what no text of the database can hold, and JSON that cannot be read."""
    app.url_map.converters["int"] = Id

    @app.before_request
    def refuse_what_nobody_can_keep() -> None:
        if "\0" in request.path or b"%00" in request.query_string:
            raise BadRequest()
        if request.method in ("GET", "HEAD"):
            return
        if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
            names = (sent.filename or "" for _name, sent in request.files.items(multi=True))
            if any("\0" in text for text in chain(names, *(values for _name, values in request.form.lists()))):
                raise BadRequest()
        elif request.path.startswith("/api/") and not _is_sound(request.get_data(cache=True)):
            raise BadRequest()

    @app.errorhandler(RecursionError)
    def nested_without_end(_error: RecursionError) -> Response:
        return show(400, "bad_request", _(HTTP_SENTENCES[400]))


def _is_sound(data: bytes) -> bool:
    """Whether JSON holds neither NUL, nor half a character, nor a number without end.

    The first two can only come as an escape: most requests hold none, and cost a search.
    """
    if ENDLESS_NUMBER.search(data):
        return False
    if b"\\u" not in data:
        return True
    try:
        text = json.dumps(json.loads(data), ensure_ascii=False)
        text.encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    except ValueError:
        return True  # no JSON at all: the view says so
    return "\\u0000" not in text
