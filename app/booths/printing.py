"""The answer to who asks for the plan on paper: the same on pages and over the API."""

import threading
from collections import OrderedDict
from collections.abc import Mapping

from flask import Response

from app import clock
from app.booths.floorplan import plan_version
from app.booths.plan_colours import asked_view
from app.booths.plan_print import asked_halls, asked_paper, plan_html
from app.db import db
from app.documents.pdf import pdf_of
from app.exports import content_disposition
from app.fairs.models import Fair
from app.formats import language
from app.security import limit

PRINTS_A_MINUTE = 10  # from one address: a sheet of 650 booths costs the server some seconds
KEPT = 8
_kept: OrderedDict[tuple[object, ...], bytes] = OrderedDict()
_lock = threading.Lock()


def printed(fair: Fair, asked: Mapping[str, str], prices: bool, hall: str | None = None) -> Response:
    """The PDF that `paper`, `hall` and `view` of an address ask for; of the hall of that code, if one is given.

    Raises FieldErrors, NotFound, TooManyTries.
    """
    now, view = clock.now(), asked_view(asked.get("view"))
    paper, code = asked_paper(asked.get("paper", "")), asked.get("hall", "") if hall is None else hall
    wanted = asked_halls(fair, code)
    limit("plan_print", PRINTS_A_MINUTE, 60)
    name = "-".join(part for part in (fair.slug, wanted[0].code if code else "", paper) if part)
    key = (fair.id, code, paper, view, prices, language(), plan_version(fair.id, now), int(now.timestamp() // 60))
    data = _kept.get(key)
    if data is None:
        html = plan_html(fair, wanted, paper, view, now, prices)
        db.session.rollback()  # no connection is held while the sheet is made
        data = _pdf(key, html)
    headers = {"Content-Disposition": content_disposition("inline", f"{name}.pdf")}
    return Response(data, mimetype="application/pdf", headers=headers)


def _pdf(key: tuple[object, ...], html: str) -> bytes:
    """The sheet says at which minute it was made; for so long the same one is handed out again."""
    with _lock:  # who asks for the same meanwhile waits for it
        if key not in _kept:
            _kept[key] = pdf_of(html)
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
        return _kept[key]
