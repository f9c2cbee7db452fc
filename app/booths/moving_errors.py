"""Why a booth cannot be moved, swapped, transferred or released."""

from typing import ClassVar

from app.errors import DomainError
from app.i18n_marks import N_


class NotTheirs(DomainError):
    code: ClassVar[str] = "booth_not_theirs"
    message: ClassVar[str] = N_(
        "%(booth)s stands otherwise than you read it: somebody changed it meanwhile. Look at it again, then decide."
    )
    extra: ClassVar[tuple[str, ...]] = ("booth",)


class OnlyHeld(DomainError):
    code: ClassVar[str] = "booth_only_held"
    message: ClassVar[str] = N_(
        "%(booth)s is only held: its company is choosing or paying by card right now. Wait until it is paid, or let "
        "the hold go."
    )
    extra: ClassVar[tuple[str, ...]] = ("booth",)


class NotLet(DomainError):
    code: ClassVar[str] = "booth_not_let"
    message: ClassVar[str] = N_("%(booth)s is reserved and not paid yet. Cancel its order to free it.")
    extra: ClassVar[tuple[str, ...]] = ("booth",)


class BalanceOpen(DomainError):
    code: ClassVar[str] = "balance_open"
    message: ClassVar[str] = N_(
        "The balance of %(booth)s is still open. Cancel its order at the fee of the day, or wait until it is paid."
    )
    extra: ClassVar[tuple[str, ...]] = ("booth",)


class NoPriceThere(DomainError):
    """The order waits in another currency than the fair's, and late money asks for the booth's price in it."""

    code: ClassVar[str] = "no_price_there"
    message: ClassVar[str] = N_(
        "The order waits for its payment in %(currency)s, and %(booth)s has no price in it. Give it one in Prices, or "
        "choose another booth."
    )
    extra: ClassVar[tuple[str, ...]] = ("booth",)


class PriceChanged(DomainError):
    code: ClassVar[str] = "price_changed"
    message: ClassVar[str] = N_("The list price of %(booth)s is %(price)s now. Read the difference, then confirm.")
    extra: ClassVar[tuple[str, ...]] = ("booth",)


class PlacesAreFinal(DomainError):
    code: ClassVar[str] = "fair_frozen"
    message: ClassVar[str] = N_("The report of this fair is final: who had which booth stays as it was counted.")
