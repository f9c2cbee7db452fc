"""A deal's life: recorded, amended, cancelled. What the two sides answer stands in confirmation.py."""

from datetime import datetime

from sqlalchemy import Integer, cast, func, select, update
from sqlalchemy.exc import IntegrityError

from app import audit, clock, live
from app.db import db
from app.deals import letters
from app.deals.confirmation import OPEN, keep_own_answer, rows_changed, void_answers, why_refused
from app.deals.errors import DealWithOneself, NotCancellable, NothingChanged, NotYourSide
from app.deals.models import Deal, DealRevision, DealState
from app.deals.own_people import belongs_to_exhibitor, own_addresses, shares_address
from app.deals.proof import Voice
from app.deals.queries import parties
from app.deals.terms import Terms, changed_fields, checked, terms_from_json, terms_of
from app.errors import FieldErrors, NotFound
from app.fairs.models import Buyer, Exhibitor, Fair
from app.i18n_marks import N_
from app.search import fold

REASON_LENGTH = 500


def record_deal(
    fair: Fair, exhibitor: Exhibitor, buyer: Buyer, terms: Terms, by: Voice, at: datetime, form_key: str | None = None
) -> Deal:
    """Record what was agreed, as revision 1. A party that records it has thereby confirmed its own side, no other.

    The same `form_key` twice is one deal.
    Raises FieldErrors, NotFound (a company of another fair), DealWithOneself.
    """
    if form_key and (earlier := _recorded_by_form(fair, form_key, by)) is not None:
        return earlier
    if exhibitor.fair_id != fair.id or buyer.fair_id != fair.id:
        raise NotFound()
    if belongs_to_exhibitor(buyer, exhibitor.id):
        raise DealWithOneself()
    terms = checked(terms, clock.fair_day(fair, at))
    deal = _insert_numbered(
        Deal(
            fair_id=fair.id,
            number="",
            exhibitor_id=exhibitor.id,
            buyer_id=buyer.id,
            state=DealState.DECLARED,
            revision=1,
            recorded_at=at,
            recorded_side=by.side,
            recorded_by=by.actor.person_id,
            shared_address=shares_address(buyer, own_addresses(exhibitor)),
            form_key=form_key,
            **_columns(terms),
        ),
        _names(exhibitor, buyer, terms),
    )
    _keep_revision(deal, terms, by, at)
    if by.is_party:
        keep_own_answer(deal, by, at)
    live.publish(fair.id, "deals", {"number": deal.number, "state": deal.state})
    audit.record(by.actor, "deal.recorded", "deal", deal.id, fair.id, number=deal.number, side=by.side)
    letters.tell_recorded(fair, deal, exhibitor, buyer, by)
    return deal


def amend_deal(fair: Fair, deal: Deal, base_revision: int, terms: Terms, by: Voice, at: datetime) -> Deal:
    """Change the terms of revision `base_revision`: the next revision begins, and no earlier answer counts for it.

    Sent twice with the same terms, it is done once. Raises DealChanged, DealClosed, NothingChanged, FieldErrors.
    """
    terms = checked(terms, clock.fair_day(fair, at))
    db.session.refresh(deal)
    if _already_amended(deal, base_revision, terms, by):
        return deal
    if not changed_fields(terms_of(deal), terms) and deal.revision == base_revision:
        raise NothingChanged(revision=deal.revision)
    begin_next_revision = (
        update(Deal)
        .where(Deal.id == deal.id, Deal.fair_id == fair.id, Deal.revision == base_revision, Deal.state.in_(OPEN))
        .values(
            revision=base_revision + 1,
            state=DealState.DECLARED,
            confirmed_at=None,
            verified_at=None,
            state_reason="",
            **_columns(terms),
        )
    )
    if rows_changed(begin_next_revision) != 1:
        refusal = why_refused(deal)
        if _already_amended(deal, base_revision, terms, by):  # the same form, twice in the same instant
            return deal
        raise refusal
    db.session.refresh(deal)
    before = terms_from_json(_revision(deal.id, base_revision).terms)
    exhibitor, buyer = parties(deal)
    deal.folded = fold(f"{deal.number} {_names(exhibitor, buyer, terms)}")[:800]
    void_answers(deal, base_revision, at)
    _keep_revision(deal, terms, by, at)
    if by.is_party:
        keep_own_answer(deal, by, at)
    audit.record(
        by.actor,
        "deal.amended",
        "deal",
        deal.id,
        fair.id,
        revision=deal.revision,
        changed=changed_fields(before, terms),
    )
    letters.tell_amended(fair, deal, exhibitor, buyer, by, before)
    return deal


def cancel_deal(fair: Fair, deal: Deal, revision: int, reason: str, by: Voice, at: datetime) -> Deal:
    """Take the deal out of the count, with a reason. A side may withdraw what it recorded itself until both confirmed.

    Cancelling twice changes nothing. Raises DealChanged, NotCancellable, NotYourSide, FieldErrors.
    """
    reason = reason.strip()
    if not 0 < len(reason) <= REASON_LENGTH:
        raise FieldErrors({"reason": N_("Give the reason in a sentence.")})
    states: tuple[DealState, ...] = OPEN
    if by.is_party:
        if deal.recorded_side != by.side:
            raise NotYourSide()
        states = (DealState.DECLARED, DealState.DISPUTED)
    cancel = (
        update(Deal)
        .where(Deal.id == deal.id, Deal.fair_id == fair.id, Deal.revision == revision, Deal.state.in_(states))
        .values(state=DealState.CANCELLED, state_reason=reason, confirmed_at=None, verified_at=None)
    )
    if rows_changed(cancel) != 1:
        db.session.refresh(deal)
        if deal.state == DealState.CANCELLED:
            return deal
        if deal.revision == revision and deal.state not in states:
            raise NotCancellable()
        raise why_refused(deal)
    db.session.refresh(deal)
    audit.record(by.actor, "deal.cancelled", "deal", deal.id, fair.id, revision=revision)
    exhibitor, buyer = parties(deal)
    letters.tell_cancelled(fair, deal, exhibitor, buyer, by)
    return deal


def _recorded_by_form(fair: Fair, form_key: str, by: Voice) -> Deal | None:
    """The deal that the same form made a moment ago, for the same person."""
    found = db.session.scalars(select(Deal).where(Deal.fair_id == fair.id, Deal.form_key == form_key)).first()
    if found is not None and (found.recorded_side, found.recorded_by) != (by.side, by.actor.person_id):
        raise NotFound()
    return found


def _insert_numbered(deal: Deal, names: str) -> Deal:
    """Give the deal the next number of its fair; who loses the race for one takes the one after it."""
    digits = cast(func.substr(Deal.number, 4), Integer)
    for _attempt in range(100):
        last = db.session.scalar(select(func.max(digits)).where(Deal.fair_id == deal.fair_id)) or 0
        deal.number = f"GD-{last + 1:04}"
        deal.folded = fold(f"{deal.number} {names}")[:800]
        try:
            with db.session.begin_nested():
                db.session.add(deal)
            return deal
        except IntegrityError as error:
            if "number" not in str(error.orig):  # the same form, twice in the same instant
                raise
    raise AssertionError("no number was free in a hundred tries")


def _columns(terms: Terms) -> dict[str, object]:
    return terms.as_json() | {"signed_on": terms.signed_on}


def _names(exhibitor: Exhibitor, buyer: Buyer, terms: Terms) -> str:
    return f"{exhibitor.name} {exhibitor.name_en} {buyer.company} {buyer.name} {terms.subject}"


def _keep_revision(deal: Deal, terms: Terms, by: Voice, at: datetime) -> None:
    db.session.add(
        DealRevision(
            fair_id=deal.fair_id,
            deal_id=deal.id,
            revision=deal.revision,
            terms=terms.as_json(),
            side=by.side,
            person_id=by.actor.person_id,
            person_name=by.actor.name[:120],
            made_at=at,
        )
    )


def _already_amended(deal: Deal, base_revision: int, terms: Terms, by: Voice) -> bool:
    """Whether the same side made this very amendment a moment ago: a form sent twice, or an answer lost."""
    if deal.revision != base_revision + 1 or deal.state not in OPEN or changed_fields(terms_of(deal), terms):
        return False
    return _revision(deal.id, deal.revision).side == by.side


def _revision(deal_id: int, revision: int) -> DealRevision:
    found = select(DealRevision).where(DealRevision.deal_id == deal_id, DealRevision.revision == revision)
    return db.session.scalars(found).one()
