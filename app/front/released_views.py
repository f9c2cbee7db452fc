"""What becomes of the money for booths that were released: said by finance, on the Money page."""

from flask import flash, g, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import clock
from app.access import Permission, allow, principal
from app.booths.released_money import settle_release
from app.db import db, retrying
from app.errors import FieldErrors
from app.front.money_views import money_page
from app.front.order_views import blueprint
from app.payments.orders import order_by_reference


@blueprint.post("/organise/money/orders/<reference>/released")
@allow(Permission.MONEY_SETTLE)
def settle_released(reference: str) -> Response | tuple[str, int]:
    """Nothing more goes back, and why; who gives all of it back does that on the order's page."""
    actor, order = principal().actor(), order_by_reference(g.fair.id, reference)
    try:
        retrying(lambda: settle_release(actor, g.fair, order, request.form.get("words", ""), clock.now()))
    except FieldErrors as error:
        db.session.rollback()
        return money_page({}, (order.reference, error.sentences()["words"])), error.status
    flash(_("Noted: nothing more goes back for order %(reference)s.", reference=order.reference))
    return redirect(url_for("payments.money", _anchor="needs"), 303)
