"""Why a deal refuses."""

from app.errors import DomainError
from app.i18n_marks import N_


class DealChanged(DomainError):
    code = "deal_changed"
    message = N_("This deal is now at revision %(current_revision)s. Look at it again before you answer.")
    extra = ("current_revision",)


class DealClosed(DomainError):
    code = "deal_closed"
    message = N_("Deal %(number)s was cancelled. Record a new one if the sale goes on.")


class NothingChanged(DomainError):
    code = "nothing_changed"
    message = N_("Nothing was changed, so revision %(revision)s stands as it is.")


class NotYourSide(DomainError):
    code = "not_your_side"
    status = 403
    message = N_("You can answer for your own side only. The other side answers for itself, or at the deal desk.")


class SameOnBothSides(DomainError):
    code = "same_on_both_sides"
    status = 403
    message = N_("You belong to a side of this deal already, so somebody else has to do this.")


class DealWithOneself(SameOnBothSides):
    message = N_(
        "This buyer is one of the exhibitor's own people, by account or address. If it is somebody else, write them "
        "down without an e-mail address; they confirm at the deal desk, with an identity card or passport."
    )


class RecordingNeedsBooth(DomainError):
    code = "recording_needs_booth"
    status = 403
    message = N_("Deals are recorded once a booth at this fair is yours. Book one on the plan first.")


class NotConfirmedYet(DomainError):
    code = "not_confirmed"
    message = N_("Both sides have to confirm revision %(revision)s before it can be verified.")


class NoSuchDocument(DomainError):
    code = "no_document"
    message = N_("Deal %(number)s has no such document. Add the scanned document first.")


class NotCancellable(DomainError):
    code = "not_cancellable"
    message = N_("Both sides stand behind this deal. Only the organiser can cancel it now.")


class LinkTooOld(DomainError):
    code = "link_not_valid"
    status = 404
    message = N_("This link is not valid any more. Use the newest mail about the deal, or ask the organiser.")
