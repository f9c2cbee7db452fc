"""Funders and their programmes of support: kept by the organiser, with the decision that each rests on."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import select, update

from app.audit import Actor, record
from app.db import db
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.models import Fair
from app.i18n_marks import N_
from app.money import Money
from app.payments.support_models import Funder, SupportGrant, SupportProgramme

WHOLE_BP = 10_000
DEAREST_MINOR = 10**13
NAME_LENGTH = 80
LENGTHS = {"name": NAME_LENGTH, "name_en": NAME_LENGTH, "tax_code": 20, "address": 200}
NEEDED = N_("Fill in this field: the funder's invoice names it.")
SHORTER = N_("Shorten it to %(most)s characters.")
SAME_NAME = N_("There is a funder of this name already.")
NO_RATE = N_("Support is more than 0 and at most 100 per cent of the booth's price.")
NO_SUM = N_("An amount is more than 0 and less than %(dearest)s.")
ENDS_BEFORE = N_("The last day comes before the first one.")
NO_DECISION = N_("Name the decision that the support rests on: its number proves the funder's invoices.")
NO_PROGRAMME_NAME = N_("Name the programme in 1 to 120 letters.")


class BudgetTaken(DomainError):
    """`taken`: what orders have of it."""

    code: ClassVar[str] = "support_budget_taken"
    message: ClassVar[str] = N_("Orders have %(taken)s of this budget already: it cannot be less than that.")


def funders_of(fair_id: int) -> list[Funder]:
    """By name."""
    return list(db.session.scalars(select(Funder).where(Funder.fair_id == fair_id).order_by(Funder.name)))


def funder_by_id(fair_id: int, funder_id: int) -> Funder:
    funder = db.session.scalar(select(Funder).where(Funder.fair_id == fair_id, Funder.id == funder_id))
    if funder is None:
        raise NotFound()
    return funder


def keep_funder(actor: Actor, fair: Fair, asked: dict[str, str], now: datetime, funder_id: int | None = None) -> Funder:
    """Add a funder, or change one; invoices that are numbered keep what they say. Raises FieldErrors, NotFound.

    `asked`: name, name_en, tax_code, address.
    """
    lock_support(fair)
    asked = {name: " ".join(asked[name].split()) for name in LENGTHS}
    funder = funder_by_id(fair.id, funder_id) if funder_id is not None else None
    faults = funder_faults(asked)
    if faults:
        name, message = next(iter(faults.items()))
        raise FieldErrors({name: message}, most=LENGTHS[name])
    if any(one.name.casefold() == asked["name"].casefold() and one is not funder for one in funders_of(fair.id)):
        raise FieldErrors({"name": SAME_NAME})
    if funder is None:
        funder = Funder(fair_id=fair.id, created_at=now, **asked)
        db.session.add(funder)
        db.session.flush()
        record(actor, "funder.added", "funder", funder.id, fair.id)
        return funder
    if any(getattr(funder, name) != value for name, value in asked.items()):
        for name, value in asked.items():
            setattr(funder, name, value)
        db.session.flush()
        record(actor, "funder.changed", "funder", funder.id, fair.id)
    return funder


def funder_faults(asked: dict[str, str]) -> dict[str, str]:
    """What is wrong with it by itself, by field."""
    faults = {name: NEEDED for name in ("name", "tax_code", "address") if not asked[name]}
    return faults or {name: SHORTER for name, most in LENGTHS.items() if len(asked[name]) > most}


def programmes_of(fair_id: int, funder_id: int | None = None) -> list[SupportProgramme]:
    """Those that new orders can get and those that are withdrawn, the oldest first."""
    found = select(SupportProgramme).where(SupportProgramme.fair_id == fair_id)
    if funder_id is not None:
        found = found.where(SupportProgramme.funder_id == funder_id)
    return list(db.session.scalars(found.order_by(SupportProgramme.id), execution_options={"populate_existing": True}))


def programme_by_id(fair_id: int, programme_id: int) -> SupportProgramme:
    found = select(SupportProgramme).where(SupportProgramme.fair_id == fair_id, SupportProgramme.id == programme_id)
    programme = db.session.scalar(found, execution_options={"populate_existing": True})
    if programme is None:
        raise NotFound()
    return programme


def keep_programme(
    actor: Actor, fair: Fair, funder_id: int, asked: dict[str, Any], now: datetime, programme_id: int | None = None
) -> SupportProgramme:
    """Add a programme, or change one for orders placed from now on. Raises FieldErrors, NotFound, BudgetTaken.

    `asked`: name, decision_number, decision_on, rate_bp, per_exhibitor_minor, per_booth_minor, budget_minor, from_on,
    to_on; amounts with VAT.
    """
    funder_by_id(fair.id, funder_id)
    asked = asked | {name: " ".join(asked[name].split()) for name in ("name", "decision_number")}
    faults = programme_faults(asked)
    if faults:
        raise FieldErrors(faults, dearest=Money(DEAREST_MINOR, fair.currency))
    told = {"rate_bp": asked["rate_bp"], "amount_minor": asked["budget_minor"], "currency": fair.currency}
    if programme_id is None:
        programme = SupportProgramme(
            fair_id=fair.id, funder_id=funder_id, currency=fair.currency, taken_minor=0, created_at=now, **asked
        )
        db.session.add(programme)
        db.session.flush()
        record(actor, "programme.added", "programme", programme.id, fair.id, **told)
        return programme
    programme = programme_by_id(fair.id, programme_id)
    if programme.funder_id != funder_id or programme.withdrawn_at is not None:
        raise NotFound()
    changed = db.session.execute(
        update(SupportProgramme)
        .where(SupportProgramme.id == programme.id, SupportProgramme.withdrawn_at.is_(None))
        .where(SupportProgramme.taken_minor <= asked["budget_minor"])
        .values(**asked)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(programme)
    if not changed.rowcount:  # type: ignore[attr-defined]
        raise BudgetTaken(taken=Money(programme.taken_minor, programme.currency))
    record(actor, "programme.changed", "programme", programme.id, fair.id, **told)
    return programme


def programme_faults(asked: dict[str, Any]) -> dict[str, str]:
    """What is wrong with it by itself, by field of the form."""
    faults = {}
    if not 1 <= len(asked["name"]) <= 120:
        faults["name"] = NO_PROGRAMME_NAME
    if not 1 <= len(asked["decision_number"]) <= 60:
        faults["decision_number"] = NO_DECISION
    if not 0 < asked["rate_bp"] <= WHOLE_BP:
        faults["rate_percent"] = NO_RATE
    for name in ("per_exhibitor", "per_booth", "budget"):
        minor = asked[f"{name}_minor"]
        if not (minor is None and name != "budget") and not 0 < minor < DEAREST_MINOR:
            faults[name] = NO_SUM
    if asked["to_on"] < asked["from_on"]:
        faults["to_on"] = ENDS_BEFORE
    return faults


def withdraw_programme(actor: Actor, fair: Fair, programme_id: int, now: datetime) -> None:
    """No order gets it from now on, and who has no order yet may be granted another. Orders that have it keep it."""
    db.session.execute(  # grants before their programme, as every order locks them
        update(SupportGrant)
        .where(
            SupportGrant.fair_id == fair.id,
            SupportGrant.programme_id == programme_id,
            SupportGrant.withdrawn_at.is_(None),
            SupportGrant.taken_minor == 0,
        )
        .values(withdrawn_at=now)
        .execution_options(synchronize_session=False)
    )
    gone = db.session.execute(
        update(SupportProgramme)
        .where(
            SupportProgramme.id == programme_id,
            SupportProgramme.fair_id == fair.id,
            SupportProgramme.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
        .execution_options(synchronize_session=False)
    )
    if not gone.rowcount:  # type: ignore[attr-defined]
        raise NotFound()
    record(actor, "programme.withdrawn", "programme", programme_id, fair.id)


def lock_support(fair: Fair) -> None:
    """One at a time adds funders and what they paid. References to the fair are not held up."""
    db.session.execute(select(Fair.id).where(Fair.id == fair.id).with_for_update(key_share=True))
