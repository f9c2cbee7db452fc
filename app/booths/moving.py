"""The organiser changes who stands where: moves, swaps, transfers and releases booths, with the reason kept.

Every verb says who was read to have the booth; who has it now is looked at under locks. The same request again finds
its work done and answers False. An allocation that ends keeps its reason, and the next one names it (`follows_id`).
Money is never touched: docs/booths.md says what stays where. Callers open the transaction.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, select, update

from app.audit import Actor, record
from app.booths.claims import allocate, claim, tell, tell_of_new_plan
from app.booths.errors import NotForLetting
from app.booths.floorplan import line_label
from app.booths.models import Allocation, Booth, BoothState
from app.booths.more_extras import follow_booth
from app.booths.moving_errors import BalanceOpen, NoPriceThere, NotLet, NotTheirs, PlacesAreFinal, PriceChanged
from app.booths.moving_letters import tell_of_change
from app.booths.places import Place, lock_places, open_line_of
from app.booths.price_zones import PriceOfZone, zone_of_price
from app.booths.pricing import listed_in
from app.db import db
from app.errors import FieldErrors
from app.fairs.models import Exhibitor, Fair
from app.fairs.queries import is_shown
from app.i18n_marks import N_
from app.money import Money
from app.payments.models import Order, OrderLine, OrderState

WHY_AT_MOST = 300
NO_WHY = N_("Say why: it stays in the booth's history, and the exhibitor reads it in the mail.")
LONG_WHY = N_("Shorten the reason to 300 characters.")
SAME_BOOTH = N_("Choose another booth than the one it has.")
SAME_COMPANY = N_("Both booths are this company's already.")
ITS_OWN = N_("This booth is this company's already.")
NO_EXHIBITOR = N_("Choose an exhibitor of this fair with a contract of its own, not a company on another's booth.")
NOT_A_REASON = N_("Choose one of the reasons.")


class Release(StrEnum):
    """Why an exhibitor's booth is released."""

    NO_SHOW = "no_show"
    WITHDRAWN = "withdrawn"
    UNPAID = "unpaid"
    OTHER = "other"


RELEASES = {
    Release.NO_SHOW: N_("The exhibitor did not come"),
    Release.WITHDRAWN: N_("The exhibitor withdrew"),
    Release.UNPAID: N_("The booth was not paid as agreed"),
    Release.OTHER: N_("Another reason"),
}


def move_booth(
    actor: Actor,
    fair: Fair,
    number: str,
    exhibitor_id: int,
    to: str,
    why: str,
    now: datetime,
    seen_minor: int | None = None,
) -> bool:
    """Give the exhibitor a free booth instead of the one that it has, let or reserved, at the price agreed before.

    `seen_minor`: the list price of the new booth as it was confirmed. Raises FieldErrors, UnknownBooth, NotTheirs,
    OnlyHeld, NotForLetting, BoothNotAvailable (with what is free nearby), HeldBack, PriceChanged, PlacesAreFinal,
    NoPriceThere, PriceOfZone.
    """
    why = _checked(fair, why)
    if number == to:
        raise FieldErrors({"to": SAME_BOOTH})
    places = lock_places(fair, (number,), wanted=(to,))
    here, there = places[number], places[to]
    if _came_from(there, exhibitor_id, "moved", here.booth.id, exhibitor_id):
        return False
    had = here.of(exhibitor_id, now)
    if there.booth.state in (BoothState.NOT_LET, BoothState.SHOW):
        raise NotForLetting(booths=[to])
    values = _values(here.booth)
    claim(fair, [there.booth], now, **values)
    if seen_minor is not None and seen_minor != there.booth.price_minor:
        raise PriceChanged(booth=to, price=Money(there.booth.price_minor, fair.currency))
    found = open_line_of(had)
    _require_terms(fair, found, here.booth, there.booth)
    _end(had, "moved", why, now)
    _leave(here, had, now)
    _begin(fair, there.booth, had, had.exhibitor_id, now)
    _write_line(fair, found, there.booth)
    follow_booth(fair, exhibitor_id, here.booth.id, there.booth.id)
    tell(fair.id, [number], BoothState.FREE)
    tell(fair.id, [to], values["state"])
    record(actor, "booth.moved", "booth", number, fair.id, to=to, exhibitor=exhibitor_id)
    tell_of_change(fair, _exhibitor(fair, exhibitor_id), "moved", here.booth, why, to=there.booth)
    return True


def swap_booths(
    actor: Actor, fair: Fair, one: tuple[str, int], other: tuple[str, int], why: str, now: datetime
) -> bool:
    """Two exhibitors change places: each keeps its state, order and price. `one`, `other`: booth, and who has it.

    Raises FieldErrors, UnknownBooth, NotTheirs, OnlyHeld, PlacesAreFinal, NoPriceThere, PriceOfZone.
    """
    why = _checked(fair, why)
    (number, exhibitor_id), (number_2, exhibitor_id_2) = one, other
    if number == number_2:
        raise FieldErrors({"to": SAME_BOOTH})
    if exhibitor_id == exhibitor_id_2:
        raise FieldErrors({"to": SAME_COMPANY})
    places = lock_places(fair, (number, number_2))
    first, second = places[number], places[number_2]
    if _came_from(second, exhibitor_id, "swapped", first.booth.id, exhibitor_id) and _came_from(
        first, exhibitor_id_2, "swapped", second.booth.id, exhibitor_id_2
    ):
        return False
    had, had_2 = first.of(exhibitor_id, now), second.of(exhibitor_id_2, now)
    values, values_2 = _values(first.booth), _values(second.booth)
    lines = open_line_of(had), open_line_of(had_2)
    _require_terms(fair, lines[0], first.booth, second.booth)
    _require_terms(fair, lines[1], second.booth, first.booth)
    for ending in (had, had_2):
        _end(ending, "swapped", why, now)
    _give(first, had, values_2, now)
    _give(second, had_2, values, now)
    _begin(fair, second.booth, had, exhibitor_id, now)
    _begin(fair, first.booth, had_2, exhibitor_id_2, now)
    for found, booth in zip(lines, (second.booth, first.booth), strict=True):
        _write_line(fair, found, booth)
    follow_booth(fair, exhibitor_id, first.booth.id, second.booth.id)
    follow_booth(fair, exhibitor_id_2, second.booth.id, first.booth.id)
    tell_of_new_plan(fair.id)
    record(
        actor, "booth.swapped", "booth", number, fair.id,
        other=number_2, exhibitor=exhibitor_id, other_exhibitor=exhibitor_id_2,
    )  # fmt: skip
    tell_of_change(fair, _exhibitor(fair, exhibitor_id), "swapped", first.booth, why, to=second.booth)
    tell_of_change(fair, _exhibitor(fair, exhibitor_id_2), "swapped", second.booth, why, to=first.booth)
    return True


def transfer_booth(
    actor: Actor, fair: Fair, number: str, exhibitor_id: int, heir_id: int, why: str, now: datetime
) -> bool:
    """Another exhibitor of the fair takes a let booth over. The order and what was paid stay with who paid.

    Raises FieldErrors, UnknownBooth, NotTheirs, OnlyHeld, NotLet, BalanceOpen, PlacesAreFinal.
    """
    why = _checked(fair, why)
    if heir_id == exhibitor_id:
        raise FieldErrors({"to": ITS_OWN})
    # locked, so that it cannot withdraw or become a guest meanwhile; before the booths, as a hold does it
    heir = db.session.scalar(
        select(Exhibitor)
        .where(Exhibitor.id == heir_id, Exhibitor.fair_id == fair.id, Exhibitor.kind == "main", is_shown())
        .with_for_update(key_share=True)
    )
    if heir is None:
        raise FieldErrors({"to": NO_EXHIBITOR})
    place = lock_places(fair, (number,))[number]
    if _came_from(place, heir_id, "transferred", place.booth.id, exhibitor_id):
        return False
    had = place.of(exhibitor_id, now)
    _require_let(place, had)
    _end(had, "transferred", why, now)
    _give(place, had, _values(place.booth) | {"exhibitor_id": heir_id}, now)
    _begin(fair, place.booth, had, heir_id, now)
    tell_of_new_plan(fair.id)
    record(actor, "booth.transferred", "booth", number, fair.id, exhibitor=exhibitor_id, to_exhibitor=heir_id)
    giver = _exhibitor(fair, exhibitor_id)
    tell_of_change(fair, giver, "given", place.booth, why, other=heir.name)
    tell_of_change(fair, heir, "received", place.booth, why, other=giver.name)
    return True


def release_booth(
    actor: Actor, fair: Fair, number: str, exhibitor_id: int, reason: str, why: str, now: datetime
) -> bool:
    """Take a let booth from its exhibitor: it is free for others. What was paid waits in Money for a person.

    Raises FieldErrors, UnknownBooth, NotTheirs, OnlyHeld, NotLet, BalanceOpen, PlacesAreFinal.
    """
    faults = {} if reason in RELEASES else {"reason": NOT_A_REASON}
    why = _checked(fair, why, faults)
    place = lock_places(fair, (number,))[number]
    if _released_before(place, exhibitor_id):
        return False
    had = place.of(exhibitor_id, now)
    _require_let(place, had)
    _end(had, reason, why, now)
    _leave(place, had, now)
    _ask_for_money(had)
    tell(fair.id, [number], BoothState.FREE)
    record(actor, "booth.released", "booth", number, fair.id, exhibitor=exhibitor_id, reason=reason)
    tell_of_change(fair, _exhibitor(fair, exhibitor_id), "released", place.booth, why, reason=reason)
    return True


def _checked(fair: Fair, why: str, faults: dict[str, str] | None = None) -> str:
    if fair.frozen_at is not None:
        raise PlacesAreFinal()
    why, faults = " ".join(why.split()), dict(faults or {})
    if not why or len(why) > WHY_AT_MOST:
        faults["why"] = LONG_WHY if why else NO_WHY
    if faults:
        raise FieldErrors(faults)
    return why


def _require_let(place: Place, had: Allocation) -> None:
    """Let, and paid whole: nobody goes on owing for a booth that another has."""
    if place.booth.state != BoothState.LET:
        raise NotLet(booth=place.booth.number)
    if had.order_id is not None and db.session.get_one(Order, had.order_id).state == OrderState.DEPOSITED:
        raise BalanceOpen(booth=place.booth.number)


def _came_from(place: Place, exhibitor_id: int, reason: str, booth_id: int, giver_id: int) -> bool:
    """Whether the exhibitor has the booth by just the change that is asked for: it was sent twice."""
    now_has = place.allocation
    if now_has is None or now_has.exhibitor_id != exhibitor_id or now_has.follows_id is None:
        return False
    before = db.session.get_one(Allocation, now_has.follows_id)
    return (before.booth_id, before.exhibitor_id, before.end_reason) == (booth_id, giver_id, reason)


def _released_before(place: Place, exhibitor_id: int) -> bool:
    if place.allocation is not None and place.allocation.exhibitor_id == exhibitor_id:
        return False
    last = db.session.scalar(
        select(Allocation.end_reason)
        .where(
            Allocation.fair_id == place.booth.fair_id,
            Allocation.booth_id == place.booth.id,
            Allocation.exhibitor_id == exhibitor_id,
        )
        .order_by(Allocation.id.desc())
        .limit(1)
    )
    return last in RELEASES


def _values(booth: Booth) -> dict[str, Any]:
    """What makes a booth somebody's, to be written on another one."""
    return {
        "state": booth.state,
        "held_until": booth.held_until,
        "hold_id": booth.hold_id,
        "exhibitor_id": booth.exhibitor_id,
    }


def _end(allocation: Allocation, reason: str, why: str, now: datetime) -> None:
    ended = db.session.execute(
        update(Allocation)
        .where(Allocation.id == allocation.id, Allocation.ended_at.is_(None))
        .values(ended_at=now, end_reason=reason, end_note=why)
        .execution_options(synchronize_session=False)
    )
    if not ended.rowcount:  # type: ignore[attr-defined]  # locked before: cannot be, and must not pass in silence
        raise NotTheirs(booth=db.session.get_one(Booth, allocation.booth_id).number)


def _leave(place: Place, had: Allocation, now: datetime) -> None:
    nobodys = dict.fromkeys(("held_until", "hold_id", "exhibitor_id"))
    _give(place, had, nobodys | {"state": BoothState.FREE}, now)


def _give(place: Place, had: Allocation, values: dict[str, Any], now: datetime) -> None:
    """Write who has the booth next, where it is still its last holder's."""
    theirs = and_(Booth.exhibitor_id == had.exhibitor_id, Booth.state == had.state)
    given = db.session.execute(
        update(Booth)
        .where(Booth.id == place.booth.id, theirs)
        .values(**values, changed_at=now)
        .execution_options(synchronize_session=False)
    )
    if not given.rowcount:  # type: ignore[attr-defined]
        raise NotTheirs(booth=place.booth.number)


def _begin(fair: Fair, booth: Booth, had: Allocation, exhibitor_id: int, now: datetime) -> None:
    allocate(
        fair, [booth.id], exhibitor_id, BoothState(had.state), now,
        hold_id=had.hold_id, order_id=had.order_id, free_of_charge=had.free_of_charge,
        let_at=now if had.state == BoothState.LET else None, follows_id=had.id,
    )  # fmt: skip


def _write_line(fair: Fair, found: tuple[OrderLine, Order] | None, booth: Booth) -> None:
    """The order's line names the booth that stands for it now. What was printed is kept as it was printed.

    While the order waits, its papers are yet to be made: they will name this booth, at the price agreed for the other.
    """
    if found is None:
        return
    line, order = found
    for twin in order.lines:  # it had this booth before and lost it: an order names each booth once
        if twin.id != line.id and twin.booth_id == booth.id:
            twin.booth_id = line.booth_id
    line.booth_id = booth.id
    if order.state == OrderState.AWAITING:
        line.label, line.listed_minor = line_label(booth), listed_in(fair, order.currency, [booth])[booth.id]


def _require_terms(fair: Fair, found: tuple[OrderLine, Order] | None, booth: Booth, to: Booth) -> None:
    """What was agreed must hold for the other booth too: a price in the order's currency, the zone of a group's price.

    Raises NoPriceThere, PriceOfZone.
    """
    if found is None:
        return
    _line, order = found
    if order.state == OrderState.AWAITING and listed_in(fair, order.currency, [to])[to.id] is None:
        raise NoPriceThere(booth=to.number, currency=order.currency)
    priced = zone_of_price(order)
    if priced is not None and booth.zone_id == priced.zone_id != to.zone_id:
        raise PriceOfZone(booth=to.number, group=priced.name)


def _ask_for_money(had: Allocation) -> None:
    """What was settled about another booth of the order says nothing about this one (app/booths/released_money.py)."""
    db.session.execute(
        update(Order).where(Order.id == had.order_id).values(note="").execution_options(synchronize_session="fetch")
    )


def _exhibitor(fair: Fair, exhibitor_id: int) -> Exhibitor:
    return db.session.scalars(select(Exhibitor).where(Exhibitor.fair_id == fair.id, Exhibitor.id == exhibitor_id)).one()
