"""What each side answers to a revision, and where the deal stands by it."""

from datetime import datetime

from sqlalchemy import Update, select, update

from app import audit, live
from app.db import db
from app.deals import letters
from app.deals.errors import DealChanged, DealClosed, NotYourSide, SameOnBothSides
from app.deals.models import Deal, DealConfirmation, DealState, DealVerification
from app.deals.own_people import people_of_exhibitor, refuse_own_affair, weighed
from app.deals.proof import Means, Side, Voice
from app.deals.queries import parties
from app.errors import DomainError, FieldErrors
from app.fairs.models import Fair
from app.i18n_marks import N_

OPEN = (DealState.DECLARED, DealState.CONFIRMED, DealState.VERIFIED, DealState.DISPUTED)
REASON_LENGTH = 500


def confirm_deal(
    fair: Fair, deal: Deal, revision: int, by: Voice, at: datetime, identified_by: str = ""
) -> DealConfirmation:
    """Say, for the side of `by`, that this revision is what was agreed. Said twice, it is said once.

    An answer whose means prove nothing is kept and leaves the deal declared.
    Raises DealChanged (another revision stands), DealClosed, NotYourSide, SameOnBothSides.
    """
    return _answer(fair, deal, revision, "confirm", "", by, at, identified_by)


def dispute_deal(
    fair: Fair, deal: Deal, revision: int, reason: str, by: Voice, at: datetime, identified_by: str = ""
) -> DealConfirmation:
    """Say, for the side of `by`, that this revision is not what was agreed, and why. Raises FieldErrors too."""
    reason = reason.strip()
    if not 0 < len(reason) <= REASON_LENGTH:
        raise FieldErrors({"reason": N_("Give the reason in a sentence.")})
    return _answer(fair, deal, revision, "dispute", reason, by, at, identified_by)


def keep_own_answer(deal: Deal, by: Voice, at: datetime) -> None:
    """A party stands behind the terms that it wrote itself."""
    _keep(deal, "confirm", "", weighed(by, deal, *parties(deal)), at)


def keep_badge_shown(deal: Deal, by: Voice, at: datetime) -> None:
    """Remember that the buyer's badge was read when the deal was recorded. It shows a badge, not an agreement."""
    seen = Voice(by.actor, Side.BUYER, Means.BADGE_SCAN)
    _keep(deal, "confirm", "", seen, at)


def void_answers(deal: Deal, before_revision: int, at: datetime) -> None:
    """No answer to an earlier revision counts any more; each is kept, with the instant at which it fell."""
    db.session.execute(
        update(DealConfirmation)
        .where(
            DealConfirmation.fair_id == deal.fair_id,
            DealConfirmation.deal_id == deal.id,
            DealConfirmation.revision <= before_revision,
            DealConfirmation.voided_at.is_(None),
        )
        .values(voided_at=at)
    )


def claim(deal: Deal, revision: int) -> None:
    """Hold the deal's row until the transaction ends, if `revision` is the one that stands; else say why not.

    Without it two sides that confirm in the same instant would each not see the other (write skew).
    """
    same = (
        update(Deal)
        .where(Deal.id == deal.id, Deal.fair_id == deal.fair_id, Deal.revision == revision, Deal.state.in_(OPEN))
        .values(revision=revision)
    )
    if rows_changed(same) != 1:
        raise why_refused(deal)
    db.session.refresh(deal)


def rows_changed(statement: Update) -> int:
    result = db.session.execute(statement.execution_options(synchronize_session=False))
    return int(result.rowcount)  # type: ignore[attr-defined]


def why_refused(deal: Deal) -> DomainError:
    """Why a guarded statement found no row: the deal was cancelled, or another revision stands by now."""
    db.session.refresh(deal)
    if deal.state == DealState.CANCELLED:
        return DealClosed(number=deal.number)
    return DealChanged(current_revision=deal.revision)


def settle(deal: Deal, at: datetime) -> None:
    """Put the deal, whose row is claimed, where its standing answers put it."""
    standing = select(DealConfirmation.side, DealConfirmation.answer, DealConfirmation.reason).where(
        DealConfirmation.deal_id == deal.id,
        DealConfirmation.revision == deal.revision,
        DealConfirmation.voided_at.is_(None),
        DealConfirmation.proves,
    )
    answers = {side: (answer, reason) for side, answer, reason in db.session.execute(standing)}
    disputes = [reason for answer, reason in answers.values() if answer == "dispute"]
    seen = select(DealVerification.verified_at).where(
        DealVerification.deal_id == deal.id, DealVerification.revision == deal.revision
    )
    if disputes:
        deal.state, deal.confirmed_at, deal.verified_at = DealState.DISPUTED, None, None
    elif {Side.BUYER, Side.EXHIBITOR} <= answers.keys():
        deal.verified_at = db.session.scalar(seen)
        deal.state = DealState.VERIFIED if deal.verified_at else DealState.CONFIRMED
        deal.confirmed_at = deal.confirmed_at or at
    else:
        deal.state, deal.confirmed_at, deal.verified_at = DealState.DECLARED, None, None
    deal.state_reason = "; ".join(disputes)
    db.session.flush()


def _answer(
    fair: Fair, deal: Deal, revision: int, answer: str, reason: str, by: Voice, at: datetime, identified_by: str
) -> DealConfirmation:
    if not by.is_party:
        raise NotYourSide()
    _refuse_other_side(deal, by)
    by = weighed(by, deal, *parties(deal))
    claim(deal, revision)
    earlier = _standing(deal, by)
    if earlier is not None and earlier.answer == answer and (answer == "confirm" or earlier.reason == reason):
        return earlier
    if earlier is not None:
        earlier.voided_at = at
        db.session.flush()  # the unique index allows one standing answer: the old one falls first
    kept = _keep(deal, answer, reason, by, at, identified_by)
    before = deal.state
    settle(deal, at)
    audit.record(
        by.actor,
        f"deal.{answer}",
        "deal",
        deal.id,
        fair.id,
        revision=revision,
        side=by.side,
        means=by.means,
        proves=by.proves,
    )
    live.publish(fair.id, "deals", {"number": deal.number, "state": deal.state})
    if by.proves:
        exhibitor, buyer = parties(deal)
        letters.tell_answered(
            fair, deal, exhibitor, buyer, by, kept, became=deal.state if deal.state != before else None
        )
    return kept


def _refuse_other_side(deal: Deal, by: Voice) -> None:
    """Nobody answers for a side while belonging to the other one, at the desk neither for his own."""
    exhibitor, buyer = parties(deal)
    if by.means is Means.DEAL_DESK:
        refuse_own_affair(by.actor, exhibitor.id, buyer)
    person_id = by.actor.answerable_id
    if person_id is None:
        return
    sells = person_id in people_of_exhibitor(exhibitor.id)
    buys = buyer.person_id == person_id
    if sells and buys:
        raise SameOnBothSides()
    if by.means is Means.SIGNED_IN and not (sells if by.side is Side.EXHIBITOR else buys):
        raise NotYourSide()


def _standing(deal: Deal, by: Voice) -> DealConfirmation | None:
    """The side's answer that stands for this revision: the proving one, or the last of the same unproving means."""
    found = select(DealConfirmation).where(
        DealConfirmation.deal_id == deal.id,
        DealConfirmation.revision == deal.revision,
        DealConfirmation.side == by.side,
        DealConfirmation.voided_at.is_(None),
        DealConfirmation.proves if by.proves else DealConfirmation.means == by.means,
    )
    return db.session.scalars(found.order_by(DealConfirmation.id.desc()).limit(1)).first()


def _keep(deal: Deal, answer: str, reason: str, by: Voice, at: datetime, identified_by: str = "") -> DealConfirmation:
    kept = DealConfirmation(
        fair_id=deal.fair_id,
        deal_id=deal.id,
        revision=deal.revision,
        side=by.side,
        answer=answer,
        means=by.means,
        proves=by.proves,
        reason=reason,
        person_id=by.actor.person_id,
        person_name=by.name[:120],
        identified_by=identified_by[:120],
        answered_at=at,
    )
    db.session.add(kept)
    db.session.flush()
    return kept
