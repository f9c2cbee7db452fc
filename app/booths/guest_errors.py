"""Why a company cannot come onto another's booth, or why nobody can decide on it any more."""

from typing import ClassVar

from app.errors import DomainError
from app.i18n_marks import N_


class NoBoothForGuests(DomainError):
    code: ClassVar[str] = "no_booth_for_guests"
    message: ClassVar[str] = N_("Other companies can come onto a booth once it is paid. Book one first.")


class GuestsFull(DomainError):
    code: ClassVar[str] = "guests_full"
    message: ClassVar[str] = N_(
        "Your booths have room for %(at_most)s co-exhibitors, and all places are taken. Withdraw one, or enter a "
        "represented company."
    )


class NoRoomForGuests(DomainError):
    code: ClassVar[str] = "guests_full"
    message: ClassVar[str] = N_(
        "By the rule of this fair your booths have no room for co-exhibitors. Represented companies can be entered."
    )


class TooManyGuests(DomainError):
    code: ClassVar[str] = "too_many_guests"
    message: ClassVar[str] = N_("An exhibitor has at most %(most)s companies on its booths.")


class GuestsClosed(DomainError):
    code: ClassVar[str] = "guests_closed"
    message: ClassVar[str] = N_("The fair is over. For a correction write to the organiser.")


class ReportIsFinal(DomainError):
    code: ClassVar[str] = "fair_frozen"
    message: ClassVar[str] = N_("The report of this fair is final: the companies that it counted stay as they are.")


class GuestWithdrawn(DomainError):
    code: ClassVar[str] = "guest_withdrawn"
    message: ClassVar[str] = N_("%(name)s has been withdrawn meanwhile. Nothing was changed.")


class GuestChanged(DomainError):
    code: ClassVar[str] = "guest_changed"
    message: ClassVar[str] = N_("The exhibitor corrected %(name)s meanwhile. Read the new details, then decide.")


class ApprovedAlready(DomainError):
    code: ClassVar[str] = "guest_decided"
    message: ClassVar[str] = N_("%(name)s has been approved already. That decision stands.")


class RefusedAlready(DomainError):
    code: ClassVar[str] = "guest_decided"
    message: ClassVar[str] = N_("%(name)s has been refused already. That decision stands.")
