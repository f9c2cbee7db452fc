"""Companies on another exhibitor's booth: asked for, corrected, withdrawn, and decided on by the organiser.

Who is approved is shown and counted; others are seen by their host and the organiser alone. Callers open the
transaction.
"""

from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.audit import Actor, record
from app.booths.guest_errors import (
    ApprovedAlready,
    GuestChanged,
    GuestsClosed,
    GuestsFull,
    GuestWithdrawn,
    NoBoothForGuests,
    NoRoomForGuests,
    RefusedAlready,
    ReportIsFinal,
    TooManyGuests,
)
from app.booths.guest_letters import tell_of_decision, tell_of_request
from app.booths.guest_list import GuestKind, is_guest, is_there, room_of, waits
from app.booths.models import Booth, BoothState
from app.db import db
from app.errors import FieldErrors, NotFound
from app.fairs.exhibiting import Company, change_company, company_like, company_of, write_company
from app.fairs.models import Approval, Exhibitor, Fair
from app.fairs.queries import time_of
from app.i18n_marks import N_

GUESTS_AT_MOST = 50  # on one exhibitor's booths, else one account could fill the list of the fair
REASON_AT_MOST = 500
REQUESTS_AT_MOST = 40  # of one person or key in ten minutes: each may write a mail to the organiser
IDENTITY = ("name", "name_en", "country", "tax_code")  # who a company is: approved for one, approved for no other
IN_ITS_OWN_NAME = N_("This company exhibits here in its own name already. It needs no entry on your booth.")
ON_ANOTHER_BOOTH = N_("This company is or was on another booth. The organiser can put it on yours.")
OF_ANOTHER_KIND = N_("This company is on your booth already. Withdraw it there first to enter it differently.")
TAKEN = N_("A company with this name and tax code is at the fair already.")
NO_REASON = N_("Say why, so that the exhibitor knows what to do.")
LONG_REASON = N_("Shorten the reason to 500 characters.")


def request_guest(
    actor: Actor, fair: Fair, main: Exhibitor, kind: GuestKind, company: Company, at: datetime
) -> Exhibitor:
    """The exhibitor's deed: a company comes onto its booth, at once or when the organiser approves.

    The same form again makes nothing new; with other details it corrects what was sent before.
    Raises FieldErrors, GuestsClosed, GuestsFull, NoBoothForGuests.
    """
    _require_coming(fair, at)
    company = company.checked(fair, kind)
    _lock(main)
    known = company_like(fair, company)
    if known is not None and known.main_id != main.id:
        raise FieldErrors({"name": IN_ITS_OWN_NAME if known.kind == "main" else ON_ANOTHER_BOOTH})
    approval = Approval.REQUESTED if fair.approve_guests else Approval.APPROVED
    guest = _come(actor, fair, main, kind, company, known, approval, at)
    return guest if company_of(guest) == company else correct_guest(actor, fair, guest, company, at)


def place_guest(
    actor: Actor, fair: Fair, main: Exhibitor, kind: GuestKind, company: Company, at: datetime
) -> Exhibitor:
    """The organiser's deed: as `request_guest`, approved with it, and also who left another booth or was refused there.

    Raises FieldErrors, GuestsFull, NoBoothForGuests, ReportIsFinal.
    """
    _require_not_final(fair)
    company = company.checked(fair, kind)
    _lock(main)
    known = company_like(fair, company)
    if known is not None and known.main_id != main.id and (known.kind == "main" or not _has_left(known)):
        raise FieldErrors({"name": TAKEN})
    guest = _come(actor, fair, main, kind, company, known, Approval.APPROVED, at)
    if guest.approval == Approval.REQUESTED:  # the exhibitor asked for the same company before
        _decide(actor, fair, guest, Approval.APPROVED, "", guest.requested_at, at)
    if company_of(guest) != company:
        change_company(actor, fair, guest, company)
    return guest


def correct_guest(actor: Actor, fair: Fair, guest: Exhibitor, company: Company, at: datetime) -> Exhibitor:
    """The exhibitor's deed: new details. Another name, country or tax code is asked for anew; so is who was refused.

    Raises FieldErrors, GuestsClosed, GuestsFull, GuestWithdrawn.
    """
    _require_coming(fair, at)
    guest = _locked(fair, guest)
    before, company = company_of(guest), company.checked(fair, guest.kind)
    same = company_like(fair, company)
    if same is not None and same.id != guest.id:
        raise FieldErrors({"name": TAKEN})
    if guest.approval == Approval.REFUSED:
        _require_room(fair, guest.main_id, guest.kind)
    write_company(guest, company)
    another = any(getattr(before, name) != getattr(company, name) for name in IDENTITY)
    if before != company:
        record(actor, "exhibitor.changed", "exhibitor", guest.id, fair.id)
    if guest.approval == Approval.REQUESTED:
        guest.requested_at = at if before != company else guest.requested_at  # who reads the old is told
    elif guest.approval == Approval.REFUSED or (another and fair.approve_guests):
        _put_before(fair, guest, Approval.REQUESTED if fair.approve_guests else Approval.APPROVED, at)
        _note_arrival(actor, fair, guest, at)
    db.session.flush()
    _redraw(fair, guest.main_id, at)
    return guest


def withdraw_guest(actor: Actor, fair: Fair, guest: Exhibitor, at: datetime) -> bool:
    """Take a company off the booth: kept as history, counted no more. False when that was done before."""
    _require_not_final(fair)
    left = db.session.execute(
        update(Exhibitor)
        .where(Exhibitor.id == guest.id, Exhibitor.fair_id == fair.id, is_guest(), Exhibitor.withdrawn_at.is_(None))
        .values(withdrawn_at=at)
        .execution_options(synchronize_session=False)
    )
    if not left.rowcount:  # type: ignore[attr-defined]
        return False
    record(actor, "guest.withdrawn", "exhibitor", guest.id, fair.id)
    _redraw(fair, guest.main_id, at)
    return True


def decide_guest(
    actor: Actor, fair: Fair, guest: Exhibitor, to: Approval, reason: str, seen: datetime | None, at: datetime
) -> None:
    """The organiser's deed: approve what was asked for, or refuse it with a reason; once, and the exhibitor is told.

    `seen` is the `requested_at` of what was read; none decides on what stands there now. Raises FieldErrors,
    ApprovedAlready, RefusedAlready, GuestChanged, GuestWithdrawn, ReportIsFinal.
    """
    _require_not_final(fair)
    reason = " ".join(reason.split()) if to == Approval.REFUSED else ""
    if to == Approval.REFUSED and not reason:
        raise FieldErrors({"reason": NO_REASON})
    if len(reason) > REASON_AT_MOST:
        raise FieldErrors({"reason": LONG_REASON})
    _decide(actor, fair, guest, to, reason, seen, at)


def _require_not_final(fair: Fair) -> None:
    if fair.frozen_at is not None:
        raise ReportIsFinal()


def _require_coming(fair: Fair, at: datetime) -> None:
    _require_not_final(fair)
    if time_of(fair, at) == "past":
        raise GuestsClosed()


def _lock(main: Exhibitor) -> None:
    """An exhibitor's guests queue up, so that their count stays true."""
    here = select(Exhibitor.id).where(
        Exhibitor.id == main.id, Exhibitor.kind == "main", Exhibitor.withdrawn_at.is_(None)
    )
    if db.session.scalar(here.with_for_update(key_share=True)) is None:
        raise NotFound()


def _locked(fair: Fair, guest: Exhibitor) -> Exhibitor:
    """The guest as it stands, its host's queue first; GuestWithdrawn for who has left."""
    db.session.execute(select(Exhibitor.id).where(Exhibitor.id == guest.main_id).with_for_update(key_share=True))
    now = (
        select(Exhibitor).where(Exhibitor.id == guest.id, Exhibitor.fair_id == fair.id).with_for_update(key_share=True)
    )
    fresh = db.session.scalars(now, execution_options={"populate_existing": True}).one()
    if fresh.withdrawn_at is not None:
        raise GuestWithdrawn(name=fresh.name)
    return fresh


def _has_left(guest: Exhibitor) -> bool:
    return guest.withdrawn_at is not None or guest.approval == Approval.REFUSED


def _require_room(fair: Fair, main_id: int | None, kind: str) -> None:
    """Called under the host's lock: what is counted here is still true when the guest is written."""
    assert main_id is not None  # a guest has a host
    room = room_of(fair, main_id)
    if not room.area_cm2:
        raise NoBoothForGuests()
    if kind == GuestKind.CO and room.left == 0:
        raise GuestsFull(at_most=room.at_most) if room.at_most else NoRoomForGuests()
    there = select(func.count()).where(
        Exhibitor.fair_id == fair.id, Exhibitor.main_id == main_id, is_guest(), is_there()
    )
    if (db.session.scalar(there) or 0) >= GUESTS_AT_MOST:
        raise TooManyGuests(most=GUESTS_AT_MOST)


def _come(
    actor: Actor,
    fair: Fair,
    main: Exhibitor,
    kind: GuestKind,
    company: Company,
    known: Exhibitor | None,
    approval: Approval,
    at: datetime,
) -> Exhibitor:
    """Write the guest: a new row, or the row of the same company that was there before."""
    if known is not None and not _has_left(known):
        if known.kind != kind:
            raise FieldErrors({"name": OF_ANOTHER_KIND})
        return known
    _require_room(fair, main.id, kind)
    if known is not None:
        guest = _again(known)
    else:
        guest = Exhibitor(fair_id=fair.id, locale=main.locale, created_at=at)
    guest.kind, guest.main_id = kind, main.id
    write_company(guest, company)
    _put_before(fair, guest, approval, at)
    try:
        with db.session.begin_nested():
            db.session.add(guest)
    except IntegrityError:  # somebody else entered the same company in the same moment
        raise FieldErrors({"name": TAKEN}) from None
    _note_arrival(actor, fair, guest, at)
    _redraw(fair, main.id, at)
    return guest


def _again(known: Exhibitor) -> Exhibitor:
    """A row that is free to be taken up again, taken; FieldErrors when somebody else was faster."""
    taken = db.session.execute(
        update(Exhibitor)
        .where(
            Exhibitor.id == known.id,
            or_(Exhibitor.withdrawn_at.is_not(None), Exhibitor.approval == Approval.REFUSED),
        )
        .values(withdrawn_at=None, approval=Approval.REQUESTED)
        .execution_options(synchronize_session=False)
    )
    if not taken.rowcount:  # type: ignore[attr-defined]
        raise FieldErrors({"name": TAKEN})
    return db.session.get_one(Exhibitor, known.id, populate_existing=True)


def _put_before(fair: Fair, guest: Exhibitor, approval: Approval, at: datetime) -> None:
    guest.approval, guest.refusal = approval, ""
    guest.requested_at, guest.decided_at = at, at if approval == Approval.APPROVED else None


def _note_arrival(actor: Actor, fair: Fair, guest: Exhibitor, at: datetime) -> None:
    asked = guest.approval == Approval.REQUESTED
    record(
        actor, "guest.requested" if asked else "guest.added", "exhibitor", guest.id, fair.id,
        main=guest.main_id, kind=guest.kind,
    )  # fmt: skip
    if asked:
        tell_of_request(fair, guest, db.session.get_one(Exhibitor, guest.main_id))


def _decide(
    actor: Actor, fair: Fair, guest: Exhibitor, to: Approval, reason: str, seen: datetime | None, at: datetime
) -> None:
    asked = update(Exhibitor).where(Exhibitor.id == guest.id, Exhibitor.fair_id == fair.id, waits())
    if seen is not None:
        asked = asked.where(Exhibitor.requested_at == seen)
    decided = db.session.execute(
        asked.values(approval=to, refusal=reason, decided_at=at).execution_options(synchronize_session=False)
    )
    fresh = db.session.get_one(Exhibitor, guest.id, populate_existing=True)
    if not decided.rowcount:  # type: ignore[attr-defined]
        if fresh.fair_id != fair.id or fresh.kind == "main":
            raise NotFound()
        if fresh.withdrawn_at is not None:
            raise GuestWithdrawn(name=fresh.name)
        if fresh.approval == Approval.REQUESTED:
            raise GuestChanged(name=fresh.name)
        raise (ApprovedAlready if fresh.approval == Approval.APPROVED else RefusedAlready)(name=fresh.name)
    record(actor, f"guest.{to}", "exhibitor", guest.id, fair.id, main=fresh.main_id)
    tell_of_decision(fair, fresh, db.session.get_one(Exhibitor, fresh.main_id))
    _redraw(fair, fresh.main_id, at)


def _redraw(fair: Fair, main_id: int | None, at: datetime) -> None:
    """Plans that browsers keep name who is on a booth: the booth looks different now."""
    db.session.execute(
        update(Booth)
        .where(Booth.fair_id == fair.id, Booth.exhibitor_id == main_id, Booth.state == BoothState.LET)
        .values(changed_at=at)
        .execution_options(synchronize_session=False)
    )
