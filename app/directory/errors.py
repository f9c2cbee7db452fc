"""Why a profile cannot be saved as it was sent."""

from typing import ClassVar

from app.errors import DomainError
from app.i18n_marks import N_


class EditedMeanwhile(DomainError):
    """Somebody of the same company saved it after the page was opened; `revision` is the one that stands."""

    code: ClassVar[str] = "edited_meanwhile"
    message: ClassVar[str] = N_(
        "A colleague saved this meanwhile. What stands now is shown beside yours; save again if yours shall stand."
    )
    extra: ClassVar[tuple[str, ...]] = ("revision",)


class ItemGone(DomainError):
    code: ClassVar[str] = "item_gone"
    message: ClassVar[str] = N_("A colleague deleted this meanwhile. Add it anew if it shall be shown.")


class TooManyItems(DomainError):
    code: ClassVar[str] = "too_many_items"
    message: ClassVar[str] = N_("%(most)s are shown already, as many as fit. Change one of them, or delete one first.")


class CatalogueAtWork(DomainError):
    code: ClassVar[str] = "catalogue_at_work"
    message: ClassVar[str] = N_("This catalogue is being made already. Wait for it, then make it again if you must.")
