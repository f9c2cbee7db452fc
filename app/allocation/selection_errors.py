"""Why a draw or its windows cannot be dealt with as asked."""

from typing import ClassVar

from app.errors import DomainError
from app.i18n_marks import N_


class SelectionStands(DomainError):
    code: ClassVar[str] = "selection_stands"
    message: ClassVar[str] = N_("Windows for this part of the fair are there already. Change those, or call them off.")


class SelectionFixed(DomainError):
    """What was published is not changed."""

    code: ClassVar[str] = "selection_fixed"
    message: ClassVar[str] = N_(
        "The list is published, so nothing of it changes any more. Make a new draw, with the reason, if it must."
    )


class SelectionChanged(DomainError):
    code: ClassVar[str] = "selection_changed"
    message: ClassVar[str] = N_("Somebody changed these windows meanwhile. Look at them below, then go on.")


class NothingToDraw(DomainError):
    code: ClassVar[str] = "nothing_to_draw"
    message: ClassVar[str] = N_("Publish the list first; the seed comes after it.")


class SeedTooEarly(DomainError):
    code: ClassVar[str] = "seed_too_early"
    message: ClassVar[str] = N_("The list says that the seed is not known before %(at)s. Type it then.")


class SeedTooLate(DomainError):
    code: ClassVar[str] = "seed_too_late"
    message: ClassVar[str] = N_("The first window was to begin at %(at)s, and that is over. Make a new draw.")


class SeedDiffers(DomainError):
    code: ClassVar[str] = "seed_differs"
    message: ClassVar[str] = N_(
        "It was drawn with the seed %(seed)s already. Another seed takes a new draw, with the reason."
    )


class SelectionOver(DomainError):
    code: ClassVar[str] = "selection_over"
    message: ClassVar[str] = N_("These windows are over: booking is open for all, or another draw came after them.")
