"""Lists answer {"items": […], "next": cursor or null}; a cursor says where the page before ended."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import request
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from app.db import db
from app.errors import FieldErrors
from app.i18n_marks import N_
from app.input import row_number

T = TypeVar("T")
LIMIT = 100
LIMIT_AT_MOST = 1000


def asked_limit() -> int:
    """`?limit=`, 1 to 1,000, 100 unless told."""
    text = request.args.get("limit", str(LIMIT))
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= LIMIT_AT_MOST):
        raise FieldErrors({"limit": N_("limit is a whole number from 1 to 1000.")})
    return int(text)


def asked_after(parse: Callable[[str], Any] = row_number) -> Any | None:
    """`?after=`, the `next` of the page before; None on the first. Raises FieldErrors for what none can be."""
    after = request.args.get("after")
    if after is None:
        return None
    try:
        return parse(after)
    except ValueError as error:
        raise FieldErrors({"after": N_("after is the `next` of the page before.")}) from error


def page_of(
    statement: Select[*tuple[Any, ...]], key: InstrumentedAttribute[Any], parse: Callable[[str], Any] = row_number
) -> tuple[list[Any], str | None]:
    """The rows after `?after=`, ordered by a unique key, and the next cursor."""
    limit, after = asked_limit(), asked_after(parse)
    if after is not None:
        statement = statement.where(key > after)
    rows = list(db.session.execute(statement.order_by(key).limit(limit + 1)))
    more = len(rows) > limit
    rows = rows[:limit]
    return rows, str(getattr(rows[-1][0], key.key)) if more and key.key else None
