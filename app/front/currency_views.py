"""The organiser opens further currencies and types their fixed lists."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from app import clock
from app.access import Permission, allow, principal
from app.booths.amounts import Listing, listing_of
from app.booths.currency_lists import (
    booths_with_prices,
    close_currency,
    for_sale,
    keep_currency,
    rates_of,
    set_amounts,
    set_rate,
)
from app.booths.extras import extras_of
from app.booths.floorplan import zones
from app.booths.models import Booth
from app.booths.price_lists import price_lists_of
from app.booths.pricing import listed_minor
from app.db import db, retrying
from app.errors import FieldErrors, NotAllowed, NotFound
from app.fairs.currencies import FairCurrency, currency_of
from app.fairs.models import Zone
from app.front.blueprint import blueprint
from app.front.currency_forms import KIND_WORDS, CurrencyForm, RateForm, typed_amounts
from app.i18n_marks import N_
from app.input import asked_number
from app.money import Money

HERE = "/fairs/<slug>/organise/selling/currencies"
PAGE = 30
THERE_ALREADY = N_("It is in the list above: open its page to change it, or to open it again.")


@blueprint.get(HERE)
@allow(Permission.BOOTHS_SEE)
def currencies() -> Any:
    """Those that are open, those that were, and the form for another one."""
    return _all_page(CurrencyForm(formdata=None)), 200


@blueprint.post(HERE)
@allow(Permission.SETTINGS)
def open_currency() -> Any:
    form = CurrencyForm()
    if not form.validate_on_submit():
        return _all_page(form), 422
    actor, code, asked = principal().actor(), form.code, form.values()
    try:
        if currency_of(g.fair.id, code) is not None:
            raise FieldErrors({"currency": THERE_ALREADY})
        retrying(lambda: keep_currency(actor, g.fair, code, asked, clock.now()))
    except FieldErrors as error:
        form.take_errors(error)
        return _all_page(form), 422
    flash(_("Opened. Now its amounts: what has none cannot be bought in it."))
    return redirect(url_for("fairs.currency", currency=code), 303)


@blueprint.get(f"{HERE}/<currency>")
@allow(Permission.BOOTHS_SEE)
def currency(currency: str) -> Any:
    """Its rates, own amounts, account, and how many booths can be bought in it."""
    return _page(_one(currency))


@blueprint.post(f"{HERE}/<currency>")
@allow(Permission.SETTINGS)
def change_currency(currency: str) -> Any:
    """Who may choose it, and its account; a closed one is opened again with its list."""
    one = _one(currency)
    form = CurrencyForm()
    form.currency.data = one.currency
    actor = principal().actor()
    try:
        if not form.validate():
            return _page(one, terms_form=form)
        asked = form.values()
        retrying(lambda: keep_currency(actor, g.fair, currency, asked, clock.now()))
    except FieldErrors as error:
        form.take_errors(error)
        return _page(_one(currency), terms_form=form)
    flash(_("Saved."))
    return redirect(url_for("fairs.currency", currency=currency), 303)


@blueprint.post(f"{HERE}/<currency>/closing")
@allow(Permission.SETTINGS)
def end_currency(currency: str) -> Response:
    retrying(lambda: close_currency(principal().actor(), g.fair, currency, clock.now()))
    flash(_("Closed. Orders in %(currency)s go on as they are.", currency=currency))
    return redirect(url_for("fairs.currencies"), 303)


@blueprint.post(f"{HERE}/<currency>/rates")
@allow(Permission.SETTINGS)
def add_rate(currency: str) -> Any:
    """Another one for the same zone and kind takes its place."""
    one = _one(currency)
    form = RateForm(currency, zones(g.fair.id))
    if not form.validate_on_submit():
        return _page(one, rate_form=form)
    actor, zone, kind, minor = principal().actor(), form.zone.data or "", form.kind.data or "", form.minor
    try:
        retrying(lambda: set_rate(actor, g.fair, currency, zone, kind, minor))
    except FieldErrors as error:
        form.take_errors(error)
        return _page(_one(currency), rate_form=form)
    flash(_("Saved."))
    return redirect(url_for("fairs.currency", currency=currency, _anchor="rates"), 303)


@blueprint.post(f"{HERE}/<currency>/rates/removal")
@allow(Permission.SETTINGS)
def remove_rate(currency: str) -> Response:
    zone, kind = request.form.get("zone", ""), request.form.get("kind", "")
    retrying(lambda: set_rate(principal().actor(), g.fair, currency, zone, kind, None))
    flash(_("Removed. What is ordered already keeps its price."))
    return redirect(url_for("fairs.currency", currency=currency, _anchor="rates"), 303)


@blueprint.post(f"{HERE}/<currency>/amounts/<any(booths, extras, price_lists):what>")
@allow(Permission.SETTINGS, Permission.BOOTHS_EDIT)
def keep_amounts(currency: str, what: str) -> Any:
    """What was changed of a list's fields: all or none. Extras are priced by whoever keeps them."""
    if what != "extras" and not principal().can(Permission.SETTINGS):
        raise NotAllowed()
    _one(currency)
    actor = principal().actor()
    try:
        amounts = typed_amounts(request.form, what, currency)
        changed = retrying(lambda: set_amounts(actor, g.fair, currency, what, amounts))
    except FieldErrors as error:
        return _page(_one(currency), faults=error.sentences(), faulty=what)
    flash(
        ngettext("%(num)s amount saved.", "%(num)s amounts saved.", changed) if changed else _("Nothing was changed.")
    )
    asked: dict[str, Any] = {name: request.args[name] for name in ("zone", "from") if name in request.args}
    return redirect(url_for("fairs.currency", currency=currency, **asked, _anchor=what), 303)


def _one(currency: str) -> FairCurrency:
    one = currency_of(g.fair.id, currency)
    if one is None:
        raise NotFound()
    return one


def _all_page(form: CurrencyForm) -> str:
    known = select(FairCurrency).where(FairCurrency.fair_id == g.fair.id).order_by(FairCurrency.id)
    return render_template("fairs/currencies.html", form=form, currencies=list(db.session.scalars(known)))


def _page(
    one: FairCurrency,
    terms_form: CurrencyForm | None = None,
    rate_form: RateForm | None = None,
    faults: dict[str, str] | None = None,
    faulty: str = "",
) -> Any:
    """The page; in a form that was refused, what was typed stays."""
    all_zones = zones(g.fair.id)
    zone = next((each for each in all_zones if each.code == request.args.get("zone")), None)
    listing = listing_of(g.fair, one.currency) or Listing(one.currency)
    page = render_template(
        "fairs/currency.html",
        one=one,
        terms_form=terms_form or CurrencyForm(one, formdata=None),
        rate_form=rate_form or RateForm(one.currency, all_zones, formdata=None),
        rates=rates_of(g.fair, one.currency),
        kinds=KIND_WORDS,
        listing=listing,
        counts=booths_with_prices(g.fair, listing),
        zones=all_zones,
        zone=zone,
        extras=extras_of(g.fair.id),
        price_lists=price_lists_of(g.fair.id),
        faults=faults or {},
        faulty=faulty,
        typed=request.form if faults else {},
        **_booths(listing, zone),
    )
    return page, 422 if terms_form or rate_form or faults else 200


def _booths(listing: Listing, zone: Zone | None) -> dict[str, Any]:
    """A page of booths for sale, with what each costs in the fair's currency and by the rates of this one."""
    first = asked_number("from", 0) or 0
    found = for_sale(g.fair)
    if zone is not None:
        found = found.where(Booth.zone_id == zone.id)
    rows = list(db.session.scalars(found.offset(first).limit(PAGE + 1)))
    by_rate = Listing(listing.currency, listing.rates)

    def rated(minor: int | None) -> Money | None:
        return Money(minor, listing.currency) if minor is not None else None

    return {
        "booths": [(booth, rated(listed_minor(g.fair, booth, by_rate))) for booth in rows[:PAGE]],
        "first": first,
        "next_from": first + PAGE if len(rows) > PAGE else None,
    }
