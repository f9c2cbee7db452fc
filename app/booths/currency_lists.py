"""The organiser opens further currencies and keeps their fixed lists: every amount is typed, none is converted."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, select, update

from app.audit import Actor, record
from app.booths.amount_models import CurrencyAmount, CurrencyRate
from app.booths.amounts import Listing
from app.booths.floorplan import is_for_sale
from app.booths.models import Booth, Extra, PriceList
from app.booths.pricing import list_price_minor, listed_minor
from app.db import db
from app.errors import FieldErrors, NotFound
from app.fairs.currencies import FairCurrency, OfferedTo, currency_of
from app.fairs.models import Fair, Zone
from app.i18n_marks import N_
from app.money import CODE, Money

DEAREST_MINOR = 10**11
CURRENCIES_AT_MOST = 6
KINDS = ("row", "corner", "island", "pavilion")
ACCOUNT = ("bank_name", "bank_swift", "bank_account", "bank_account_name")
SWIFT = re.compile("[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")  # ISO 9362
NO_CURRENCY = N_("A currency is three capitals of ISO 4217: USD, EUR or JPY, for instance.")
OWN_CURRENCY = N_("%(currency)s is the fair's own currency: its prices stand in Settings and on the plan.")
TOO_MANY = N_("A fair sells in at most %(most)s further currencies. Close one first.")
NOT_OFFERED_TO = N_("Choose everybody, or exhibitors of other countries.")
NO_SWIFT = N_("A SWIFT code has 8 or 11 letters and digits, BFTVVNVX for instance.")
NO_ACCOUNT = N_("An account number has letters and digits only, 34 at most.")
ACCOUNT_HALF = N_("Give bank and account number, or neither.")
LONG_NAME = N_("Shorten it to 120 characters.")
NO_AMOUNT = N_("An amount is more than 0 and less than %(most)s.")
NO_ZONE = N_("This fair has no such zone.")
NO_KIND = N_("A kind is row, corner, island or pavilion; empty: any.")
NO_SUCH = N_("This fair has no such booth, extra or price per m².")


def keep_currency(actor: Actor, fair: Fair, currency: str, asked: Mapping[str, str], now: datetime) -> FairCurrency:
    """Open a currency, or change who may choose it and its account. Raises FieldErrors.

    `asked`: offered_to, and bank_name, bank_swift, bank_account, bank_account_name. A closed one opens with its list.
    """
    _lock(fair)
    one = currency_of(fair.id, currency)
    values = {name: " ".join(asked.get(name, "").split()) for name in ACCOUNT}
    for name in ("bank_swift", "bank_account"):
        values[name] = values[name].replace(" ", "").upper()
    faults = currency_faults(fair, currency, asked["offered_to"], values)
    if not faults and (one is None or one.closed_at is not None) and _open_ones(fair) >= CURRENCIES_AT_MOST:
        faults = {"currency": TOO_MANY}
    if faults:
        raise FieldErrors(faults, currency=currency[:3], most=CURRENCIES_AT_MOST)
    values["offered_to"] = asked["offered_to"]
    before: dict[str, Any] = {}
    opens = one is None or one.closed_at is not None
    if one is None:
        one = FairCurrency(fair_id=fair.id, currency=currency, opened_at=now, **values)
        db.session.add(one)
    else:
        before = {name: getattr(one, name) for name in values}
        for name, value in values.items():
            setattr(one, name, value)
        one.closed_at = None
    _changed(fair)
    if opens:
        record(actor, "currency.opened", "currency", currency, fair.id, offered_to=one.offered_to)
    told = {name: [old, values[name]] for name, old in before.items() if old != values[name]}
    if told:
        record(actor, "currency.changed", "currency", currency, fair.id, **told)
    return one


def close_currency(actor: Actor, fair: Fair, currency: str, now: datetime) -> None:
    """Nothing new is ordered in it. Orders that are placed keep it; its list is kept for whoever opens it again."""
    _lock(fair)
    closed = db.session.execute(
        update(FairCurrency)
        .where(FairCurrency.fair_id == fair.id, FairCurrency.currency == currency, FairCurrency.closed_at.is_(None))
        .values(closed_at=now)
        .execution_options(synchronize_session=False)
    )
    if not closed.rowcount:  # type: ignore[attr-defined]
        raise NotFound()
    _changed(fair)
    record(actor, "currency.closed", "currency", currency, fair.id)


def set_rate(actor: Actor, fair: Fair, currency: str, zone_code: str, kind: str, per_m2_minor: int | None) -> None:
    """What a square metre costs in a currency, before VAT: in a zone or in all (""), of a kind or of any ("").

    None takes the rate away. Raises FieldErrors, NotFound for a currency that was never opened.
    """
    _open(fair, currency)
    faults: dict[str, str] = {}
    zone_id: int | None = None
    if zone_code:
        zone_id = db.session.scalar(select(Zone.id).where(Zone.fair_id == fair.id, Zone.code == zone_code))
        faults |= {} if zone_id is not None else {"zone": NO_ZONE}
    if kind and kind not in KINDS:
        faults["kind"] = NO_KIND
    if per_m2_minor is not None and not 0 < per_m2_minor < DEAREST_MINOR:
        faults["per_m2"] = NO_AMOUNT
    if faults:
        raise FieldErrors(faults, most=Money(DEAREST_MINOR, currency))
    same = (CurrencyRate.fair_id == fair.id, CurrencyRate.currency == currency, CurrencyRate.kind == kind)
    place = CurrencyRate.zone_id.is_(None) if zone_id is None else CurrencyRate.zone_id == zone_id
    row = db.session.scalar(select(CurrencyRate).where(*same, place), execution_options={"populate_existing": True})
    before = row.per_m2_minor if row is not None else None
    if before == per_m2_minor:
        return
    if per_m2_minor is None:
        db.session.execute(delete(CurrencyRate).where(*same, place))
    elif row is not None:
        row.per_m2_minor = per_m2_minor
    else:
        db.session.add(
            CurrencyRate(fair_id=fair.id, currency=currency, zone_id=zone_id, kind=kind, per_m2_minor=per_m2_minor)
        )
    _changed(fair)
    record(
        actor, "currency.rate_set", "currency", currency, fair.id,
        zone=zone_code, kind=kind, price=f"{_said(before, currency)} → {_said(per_m2_minor, currency)}",
    )  # fmt: skip


def set_amounts(actor: Actor, fair: Fair, currency: str, what: str, amounts: Mapping[str, int | None]) -> int:
    """Amounts before VAT, minor, of several things at once; None takes one away. Answers how many changed.

    `what`: booths by their numbers, extras or price_lists by their ids as text. All or none: raises FieldErrors by
    `what`-key, NotFound for a currency that was never opened.
    """
    _open(fair, currency)
    column = {"booths": CurrencyAmount.booth_id, "extras": CurrencyAmount.extra_id}.get(
        what, CurrencyAmount.price_list_id
    )
    ids = _ids(fair, what, amounts)
    faults = {f"{what}-{key}": NO_SUCH for key in amounts if key not in ids}
    least = 0 if what == "extras" else 1
    faults |= {
        f"{what}-{key}": NO_AMOUNT
        for key, minor in amounts.items()
        if minor is not None and not least <= minor < DEAREST_MINOR
    }
    if faults:
        raise FieldErrors(faults, most=Money(DEAREST_MINOR, currency))
    rows = {
        getattr(row, column.key): row
        for row in db.session.scalars(
            select(CurrencyAmount).where(
                CurrencyAmount.fair_id == fair.id, CurrencyAmount.currency == currency, column.in_(ids.values())
            ),
            execution_options={"populate_existing": True},
        )
    }
    told: dict[str, str] = {}
    for key, minor in amounts.items():
        row = rows.get(ids[key])
        before = row.amount_minor if row is not None else None
        if before == minor:
            continue
        told[key] = f"{_said(before, currency)} → {_said(minor, currency)}"
        if row is None:
            values = {"fair_id": fair.id, "currency": currency, column.key: ids[key], "amount_minor": minor}
            db.session.add(CurrencyAmount(**values))
        elif minor is None:
            db.session.delete(row)
        else:
            row.amount_minor = minor
    if told:
        _changed(fair)
        named = {f"{what}-{key}": words for key, words in told.items()}
        record(actor, "currency.amounts_set", "currency", currency, fair.id, **named)
    return len(told)


def forget_amounts(fair_id: int, booths: Select[int], zones: Select[int] | None = None) -> None:
    """What is deleted from the plan has no amounts left: by the ids of booths, and of zones."""
    steps = [delete(CurrencyAmount).where(CurrencyAmount.fair_id == fair_id, CurrencyAmount.booth_id.in_(booths))]
    if zones is not None:
        steps.append(delete(CurrencyRate).where(CurrencyRate.fair_id == fair_id, CurrencyRate.zone_id.in_(zones)))
    for step in steps:
        db.session.execute(step.execution_options(synchronize_session=False))


def rates_of(fair: Fair, currency: str) -> list[tuple[CurrencyRate, Zone | None]]:
    """In the order of zones and kinds, the one for everywhere first."""
    found = (
        select(CurrencyRate, Zone)
        .outerjoin(Zone, Zone.id == CurrencyRate.zone_id)
        .where(CurrencyRate.fair_id == fair.id, CurrencyRate.currency == currency)
        .order_by(func.coalesce(Zone.code, ""), CurrencyRate.kind)
    )
    return [(rate, zone) for rate, zone in db.session.execute(found)]


def booths_with_prices(fair: Fair, listing: Listing) -> tuple[int, int, int]:
    """How many booths for sale have a price in the list's currency, how many there are, and how many of the priced
    ones have a price of their own in the fair's currency but follow a rate here."""
    priced = own = 0
    booths = list(db.session.scalars(for_sale(fair)))
    for booth in booths:
        if listed_minor(fair, booth, listing) is None:
            continue
        priced += 1
        by_list = list_price_minor(fair, booth.area_cm2, booth.open_sides)
        own += booth.id not in listing.booths and booth.price_minor != by_list
    return priced, len(booths), own


def for_sale(fair: Fair) -> Select[Booth]:
    return select(Booth).where(Booth.fair_id == fair.id, is_for_sale()).order_by(Booth.number)


def currency_faults(fair: Fair, currency: str, offered_to: str, account: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with it by itself, by field."""
    faults = {}
    if not CODE.fullmatch(currency):
        faults["currency"] = NO_CURRENCY
    elif currency == fair.currency:
        faults["currency"] = OWN_CURRENCY
    if offered_to not in tuple(OfferedTo):
        faults["offered_to"] = NOT_OFFERED_TO
    if account["bank_swift"] and not SWIFT.fullmatch(account["bank_swift"]):
        faults["bank_swift"] = NO_SWIFT
    number = account["bank_account"]
    if number and not (number.isascii() and number.isalnum() and len(number) <= 34):
        faults["bank_account"] = NO_ACCOUNT
    if bool(account["bank_name"]) != bool(number):
        faults.setdefault("bank_account" if account["bank_name"] else "bank_name", ACCOUNT_HALF)
    for name in ("bank_name", "bank_account_name"):
        if len(account[name]) > 120:
            faults[name] = LONG_NAME
    return faults


def _ids(fair: Fair, what: str, amounts: Mapping[str, Any]) -> dict[str, int]:
    """Key → row's id, of things that can have an amount."""
    found: Select[Any, int]
    if what == "booths":
        found = select(Booth.number, Booth.id).where(Booth.fair_id == fair.id, Booth.number.in_(list(amounts)))
    elif what == "extras":
        found = select(Extra.id, Extra.id).where(Extra.fair_id == fair.id, Extra.withdrawn_at.is_(None))
    else:
        found = select(PriceList.id, PriceList.id).where(
            PriceList.fair_id == fair.id, PriceList.removed_at.is_(None), PriceList.per_m2_minor.is_not(None)
        )
    return {str(key): row_id for key, row_id in db.session.execute(found) if str(key) in amounts}


def _said(minor: int | None, currency: str) -> str:
    return "–" if minor is None else f"{Money(minor, currency).major:f} {currency}"


def _open(fair: Fair, currency: str) -> None:
    """Locked, so that two never write one amount."""
    _lock(fair)
    one = currency_of(fair.id, currency)
    if one is None or one.closed_at is not None:
        raise NotFound()


def _open_ones(fair: Fair) -> int:
    live = select(func.count()).where(FairCurrency.fair_id == fair.id, FairCurrency.closed_at.is_(None))
    return int(db.session.scalar(live) or 0)


def _changed(fair: Fair) -> None:
    """Pages that show prices are new from now on."""
    db.session.execute(
        update(Fair)
        .where(Fair.id == fair.id)
        .values(currency_revision=Fair.currency_revision + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.flush()
    db.session.refresh(fair, ["currency_revision"])


def _lock(fair: Fair) -> None:
    """One at a time changes a fair's prices."""
    db.session.execute(select(Fair.id).where(Fair.id == fair.id).with_for_update())
