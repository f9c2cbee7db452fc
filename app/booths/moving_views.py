"""A booth as the organiser sees it: who has it, who had it and why that ended, and the ways to change it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from app import clock
from app.access import Permission, allow, principal
from app.booths.fair_state import NO_ZONE, STATE_WORDS
from app.booths.floorplan import groups_named, state_now, zones
from app.booths.held_back import last_day_of
from app.booths.holds import is_promised
from app.booths.models import Booth, BoothState
from app.booths.moving import RELEASES, move_booth, release_booth, swap_booths, transfer_booth
from app.booths.moving_choices import (
    SHOWN,
    Choice,
    Standing,
    free_choices,
    heir_choices,
    standing_of,
    taken_choices,
)
from app.booths.moving_errors import BalanceOpen
from app.booths.organiser_views import blueprint
from app.booths.places import END_WORDS, Place, booth_history, place_of
from app.db import db, retrying
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.models import Exhibitor, Hall, Zone
from app.input import row_number, sent_number
from app.money import Money
from app.payments.models import OrderState

ONE = "/organise/booths/<number>"


@dataclass(frozen=True)
class Target:
    """What was chosen: a booth with whoever has it, or an exhibitor."""

    to: str
    booth: Booth | None = None
    standing: Standing | None = None
    exhibitor: Exhibitor | None = None


@blueprint.get(ONE)
@allow(Permission.BOOTHS_SEE)
def organise_booth(number: str) -> str:
    """Its facts, its holder, and its history."""
    return _card(number)


@blueprint.get(f"{ONE}/<any(move, swap, transfer, release):deed>")
@allow(Permission.BOOTHS_EDIT)
def choose_place(number: str, deed: str) -> Any:
    """Choose the other booth or company; once it stands in the address (`to`), read the difference and confirm."""
    now, place = clock.now(), place_of(g.fair, number)
    standing = standing_of(g.fair, place, now)
    if standing is None or (deed in ("transfer", "release") and place.booth.state != BoothState.LET):
        return redirect(url_for("booths.organise_booth", number=number), 303)
    if deed in ("transfer", "release") and standing.order and standing.order.state == OrderState.DEPOSITED:
        error = BalanceOpen(booth=number)  # before anybody fills in a form for nothing
        return _card(number, error), error.status
    target = _target(deed, request.args.get("to", "").strip()[:40], now)
    return _page(deed, standing, target if target is not None and _fits(deed, standing, target, now) else None, now)


@blueprint.post(f"{ONE}/<any(move, swap, transfer, release):deed>")
@allow(Permission.BOOTHS_EDIT)
def change_place(number: str, deed: str) -> Any:
    """Do it, for whom the form was read to be about; what changed meanwhile is shown before anybody decides on it."""
    now, to = clock.now(), request.form.get("to", "").strip()[:40]
    try:
        done = retrying(lambda: _deed(deed, number, to, now))
    except DomainError as error:
        return _refused(deed, number, to, error), error.status
    flash(_said(deed, number, to, now) if done else _("This was done already. Nothing more was changed."))
    return redirect(url_for("booths.organise_booth", number=to if deed in ("move", "swap") else number), 303)


def _deed(deed: str, number: str, to: str, now: datetime) -> bool:
    actor, form = principal().actor(), request.form
    had_by, why = sent_number("exhibitor") or 0, form.get("why", "")
    if deed == "move":
        return move_booth(actor, g.fair, number, had_by, to, why, now, sent_number("seen"))
    if deed == "swap":
        return swap_booths(actor, g.fair, (number, had_by), (to, sent_number("other") or 0), why, now)
    if deed == "transfer":
        return transfer_booth(actor, g.fair, number, had_by, sent_number("to") or 0, why, now)
    return release_booth(actor, g.fair, number, had_by, form.get("reason", ""), why, now)


def _said(deed: str, number: str, to: str, now: datetime) -> str:
    if deed == "move":
        return str(_("%(booth)s is %(to)s now. The exhibitor is told by mail.", booth=number, to=to))
    if deed == "swap":
        return str(_("%(booth)s and %(to)s are swapped. Both exhibitors are told by mail.", booth=number, to=to))
    if deed == "transfer":
        return str(_("%(booth)s is transferred. Both exhibitors are told by mail.", booth=number))
    if _goes_to_the_list(number, now):
        return str(_("%(booth)s goes to the waiting list first. The exhibitor is told by mail.", booth=number))
    return str(_("%(booth)s is free now. The exhibitor is told by mail.", booth=number))


def _goes_to_the_list(number: str, now: datetime) -> bool:
    """It is promised to somebody who waits, or offered by now."""
    booth = place_of(g.fair, number).booth
    return g.fair.has_waiting and (booth.state != BoothState.FREE or is_promised(g.fair, booth, now))


def _refused(deed: str, number: str, to: str, error: DomainError) -> str:
    """The form with what was typed, where there is still something to decide; else the booth as it stands."""
    now, place = clock.now(), place_of(g.fair, number)
    standing = standing_of(g.fair, place, now)
    if standing is None or standing.exhibitor.id != sent_number("exhibitor"):
        return _card(number, error)
    try:
        target = _target(deed, to, now)
    except DomainError:
        target = None
    target = target if target is not None and _fits(deed, standing, target, now) else None
    return _page(deed, standing, target, now, error)


def _target(deed: str, to: str, now: datetime) -> Target | None:
    """What was chosen, if it can be. Raises UnknownBooth, NotFound."""
    if deed == "release":
        return Target("")
    if not to:
        return None
    if deed == "transfer":
        try:
            exhibitor = db.session.get(Exhibitor, row_number(to))
        except ValueError:
            exhibitor = None
        if exhibitor is None or exhibitor.fair_id != g.fair.id:
            raise NotFound()
        return Target(to, exhibitor=exhibitor)
    place = place_of(g.fair, to)
    return Target(place.booth.number, place.booth, standing_of(g.fair, place, now) if deed == "swap" else None)


def _fits(deed: str, standing: Standing, target: Target, now: datetime) -> bool:
    """Whether there is something to confirm; else the list says what can be chosen."""
    if deed == "move":
        return target.booth is not None and state_now(target.booth, now) == BoothState.FREE
    other = target.standing.exhibitor if target.standing is not None else target.exhibitor
    return deed == "release" or (other is not None and other.id != standing.exhibitor.id)


def _page(
    deed: str, standing: Standing, target: Target | None, now: datetime, refusal: DomainError | None = None
) -> str:
    booth = standing.place.booth
    zone, q = (request.args.get(name, "").strip()[:40] for name in ("zone", "q"))
    choices: dict[str, Callable[[], list[Choice]]] = {
        "move": lambda: free_choices(g.fair, booth, zone, q, now),
        "swap": lambda: taken_choices(g.fair, standing.exhibitor.id, zone, q, now),
        "transfer": lambda: heir_choices(g.fair, standing.exhibitor.id, q),
    }
    found = choices[deed]() if target is None else []
    there = target.booth if target is not None else None
    return render_template(
        "booths/change_place.html",
        deed=deed,
        booth=booth,
        standing=standing,
        target=target,
        difference=Money(there.price_minor - booth.price_minor, g.fair.currency) if there is not None else None,
        choices=found[:SHOWN],
        more=len(found) > SHOWN,
        zones=zones(g.fair.id),
        zone=zone,
        q=q,
        NO_ZONE=NO_ZONE,
        reasons=RELEASES,
        refusal=refusal,
        faults=refusal.sentences() if isinstance(refusal, FieldErrors) else {},
        typed={name: request.form.get(name, "") for name in ("why", "reason")},
    )


def _card(number: str, refusal: DomainError | None = None) -> str:
    now = clock.now()
    place: Place = place_of(g.fair, number)
    booth = place.booth
    hall, zone = db.session.execute(
        select(Hall, Zone).outerjoin(Zone, Zone.id == booth.zone_id).where(Hall.id == booth.hall_id)
    ).one()
    return render_template(
        "booths/organise_booth.html",
        booth=booth,
        state=state_now(booth, now),
        held_back_for=groups_named(g.fair.id, [booth], now).get(booth.held_back_group_id or 0),
        held_back_to=last_day_of(g.fair, booth.held_back_until) if booth.held_back_until is not None else None,
        hall=hall,
        zone=zone,
        standing=standing_of(g.fair, place, now),
        history=booth_history(g.fair, booth),
        end_words=END_WORDS,
        state_words=STATE_WORDS,
        refusal=refusal,
    )
