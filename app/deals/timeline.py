"""A deal's story as two threads, the buyer's left and the exhibitor's right; where both stand, they are crossed."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from app.deals.models import Deal, DealConfirmation, DealRevision, DealState, DealVerification
from app.deals.proof import Means, Side
from app.deals.terms import KIND_NAMES, DealKind, changed_fields, terms_from_json
from app.fairs.product_categories import product_category_name
from app.formats import MISSING, day, language
from app.formats import money as shown_money
from app.i18n_marks import N_

MEANS_WORDS = {
    Means.SIGNED_IN: N_("signed in"),
    Means.API_TOKEN: N_("by its own program"),
    Means.VERIFIED_LINK: N_("by the link to its verified address"),
    Means.TYPED_LINK: N_("by a link to an address that was not verified"),
    Means.SHARED_ADDRESS: N_("from an address that the seller has too"),
    Means.BADGE_SCAN: N_("badge read when recording"),
    Means.DEAL_DESK: N_("in person at the deal desk"),
}


@dataclass
class Knot:
    """One thing that happened: where it sits, how it is marked, and what is said beside it."""

    at: datetime | None
    side: str  # buyer, exhibitor, both
    mark: str  # said, stands, void, unproven, dispute, crossed, seal, waiting, cancelled
    sentence: str
    details: list[str] = field(default_factory=list)
    is_void: bool = False
    buyer_thread: tuple[str, str] = ("", "")  # above and below the knot: "", idle, stands
    exhibitor_thread: tuple[str, str] = ("", "")


def timeline(
    deal: Deal,
    names: dict[str, str],
    revisions: list[DealRevision],
    answers: list[DealConfirmation],
    verifications: list[DealVerification],
    missing: list[Side],
) -> list[Knot]:
    """Every knot of the deal in its order, threads coloured.

    `names` gives what to call each side, `missing` the sides that have yet to confirm.
    """
    knots = [_revision_knot(revision, revisions, answers, names) for revision in revisions]
    written = {(r.revision, r.side) for r in revisions}
    knots += [_answer_knot(a, names) for a in answers if not _is_own_record(a, written, revisions)]
    knots += [_seal_knot(deal, seal) for seal in verifications]
    crossed = _crossed_at(deal, answers)
    if crossed is not None:
        counted = _("counted among the confirmed deals")
        knots.append(
            Knot(crossed, "both", "crossed", _("Both sides agree on revision %(n)s", n=deal.revision), [counted])
        )
    knots.sort(key=lambda knot: (knot.at, knot.mark in ("crossed", "seal"), knot.mark == "seal"))
    knots += _ends(deal)
    if deal.state == DealState.DECLARED:
        knots += [Knot(None, side, "waiting", _("%(who)s has not confirmed yet", who=names[side])) for side in missing]
    _colour_threads(knots)
    return knots


def _revision_knot(
    made: DealRevision, revisions: list[DealRevision], answers: list[DealConfirmation], names: dict[str, str]
) -> Knot:
    terms = terms_from_json(made.terms)
    who = names[made.side]
    own = next((a for a in answers if a.revision == made.revision and a.side == made.side and a.proves), None)
    stands = own is not None and own.voided_at is None and own.answer == "confirm" and own.answered_at == made.made_at
    if made.revision == 1:
        sentence = _("%(who)s recorded revision 1", who=who)
        details = [shown_money(terms.value) if terms.value else _("no value stated"), made.person_name]
    else:
        sentence = _("%(who)s changed it: revision %(n)s", who=who, n=made.revision)
        earlier = terms_from_json(next(r for r in revisions if r.revision == made.revision - 1).terms)
        details = [*changes(earlier, terms), made.person_name]
    side = made.side if made.side in (Side.BUYER, Side.EXHIBITOR) else "both"
    return Knot(made.made_at, side, "stands" if stands else "said", sentence, [d for d in details if d])


def _answer_knot(answer: DealConfirmation, names: dict[str, str]) -> Knot:
    who, n = names[answer.side], answer.revision
    how = _(MEANS_WORDS[Means(answer.means)])
    details = [how]
    if answer.means == Means.DEAL_DESK:
        details = [how, ", ".join(filter(None, (answer.person_name, answer.identified_by)))]
    elif answer.person_name and answer.means in (Means.SIGNED_IN, Means.VERIFIED_LINK):
        details.append(answer.person_name)
    if answer.means == Means.BADGE_SCAN:
        sentence = _("The badge of %(who)s was read for revision %(n)s", who=who, n=n)
    elif not answer.proves:
        sentence = (
            _("Somebody answered for %(who)s: revision %(n)s is right", who=who, n=n)
            if answer.answer == "confirm"
            else _("Somebody answered for %(who)s: revision %(n)s is not right", who=who, n=n)
        )
    elif answer.answer == "dispute":
        sentence = _("%(who)s disputes revision %(n)s", who=who, n=n)
    else:
        sentence = _("%(who)s confirmed revision %(n)s", who=who, n=n)
    if answer.reason:
        details.append(f"“{answer.reason}”")
    if not answer.proves:
        details.append(_("does not count as a confirmation"))
    void = answer.voided_at is not None
    if void:
        details = [_("no longer counts"), *([f"“{answer.reason}”"] if answer.reason else [])]
    mark = (
        "void" if void else "unproven" if not answer.proves else "dispute" if answer.answer == "dispute" else "stands"
    )
    return Knot(answer.answered_at, answer.side, mark, sentence, details, is_void=void)


def _seal_knot(deal: Deal, seal: DealVerification) -> Knot:
    sentence = _("The organiser verified revision %(n)s", n=seal.revision)
    if seal.revision == deal.revision and deal.state == DealState.VERIFIED:
        return Knot(seal.verified_at, "both", "seal", sentence, [_("saw the document"), seal.person_name])
    return Knot(seal.verified_at, "both", "void", sentence, [_("no longer counts")], is_void=True)


def _ends(deal: Deal) -> list[Knot]:
    """What the deal waits for now, or how it ended."""
    if deal.state == DealState.CANCELLED:
        return [Knot(None, "both", "cancelled", _("Cancelled"), [f"“{deal.state_reason}”"])]
    if deal.state == DealState.DISPUTED:
        hint = _("A corrected revision, or the deal desk, settles it.")
        return [Knot(None, "both", "waiting", _("The two sides do not agree yet"), [hint])]
    if deal.state == DealState.CONFIRMED:
        return [Knot(None, "both", "waiting-seal", _("Waiting for the organiser's verification"), [])]
    return []


def _is_own_record(answer: DealConfirmation, written: set[tuple[int, str]], revisions: list[DealRevision]) -> bool:
    """A party's answer that came with its own record is told by the record's knot."""
    if (answer.revision, answer.side) not in written or answer.answer != "confirm" or not answer.proves:
        return False
    return any(r.revision == answer.revision and r.made_at == answer.answered_at for r in revisions)


def _crossed_at(deal: Deal, answers: list[DealConfirmation]) -> datetime | None:
    standing = {
        a.side: a.answered_at
        for a in answers
        if a.revision == deal.revision and a.proves and a.voided_at is None and a.answer == "confirm"
    }
    return max(standing.values()) if len(standing) == 2 and deal.state != DealState.CANCELLED else None


def changes(before: Any, after: Any) -> list[str]:
    """What an amendment changed, as a reader compares it: old → new."""
    shown = []
    for name in changed_fields(before, after):
        if name in ("amount_minor", "currency"):
            line = f"{shown_money(before.value)} → {shown_money(after.value)}"
        elif name == "note":
            line = _("note changed")
        else:
            line = f"{shown_term(name, before)} → {shown_term(name, after)}"
        if line not in shown:
            shown.append(line)
    return shown


def shown_term(name: str, terms: Any) -> str:
    """One term in words."""
    if name == "kind":
        return _(KIND_NAMES[DealKind(terms.kind)])
    if name == "category":
        return product_category_name(terms.category, language())
    if name == "signed_on":
        return day(terms.signed_on)
    if name == "amount_minor":
        return shown_money(terms.value)
    return str(getattr(terms, name)) or MISSING


def _colour_threads(knots: list[Knot]) -> None:
    """A thread begins at its side's first knot, and takes colour from the knot on with which the side stands."""
    for side in ("buyer", "exhibitor"):
        colour = ""
        last = max((i for i, knot in enumerate(knots) if knot.mark != "cancelled"), default=0)
        for index, knot in enumerate(knots):
            above = colour
            if knot.side in (side, "both"):
                colour = "stands" if knot.mark == "stands" and knot.side == side else colour or "idle"
                if knot.mark in ("said", "dispute") and knot.side == side:
                    colour = "idle"
            below = colour if index < last else ""
            setattr(knot, f"{side}_thread", (above, below))
