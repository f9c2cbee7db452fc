"""Why an application or an offer cannot be dealt with as asked."""

from typing import ClassVar

from app.errors import DomainError
from app.i18n_marks import N_


class ChangedMeanwhile(DomainError):
    """`revision` is the one that stands, 0 where there is none."""

    code: ClassVar[str] = "application_changed"
    message: ClassVar[str] = N_(
        "Somebody of your company changed this application meanwhile. Below it stands as you typed it; "
        "look at what is kept, then send it again."
    )
    extra: ClassVar[tuple[str, ...]] = ("revision",)


class ApplicationClosed(DomainError):
    code: ClassVar[str] = "application_closed"
    message: ClassVar[str] = N_("This application was answered already. Reload the page to see how it stands.")


class OfferWaits(DomainError):
    code: ClassVar[str] = "offer_waits"
    message: ClassVar[str] = N_("Booths are offered to you: accept or decline them first, then change your wishes.")


class OfferClosed(DomainError):
    code: ClassVar[str] = "offer_closed"
    message: ClassVar[str] = N_("This offer was answered, or its time is over. Reload the page to see how it stands.")


class NothingToSend(DomainError):
    code: ClassVar[str] = "request_without_hold"
    message: ClassVar[str] = N_("These booths are not held for a request any more. Choose them on the plan again.")
