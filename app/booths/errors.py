"""Why a booth cannot be had."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from app import clock
from app.errors import DomainError
from app.formats import local_name
from app.i18n_marks import N_


class BoothNotAvailable(DomainError):
    """`booths` are gone; `free_nearby` are the nearest that are not."""

    code: ClassVar[str] = "booth_not_available"
    message: ClassVar[str] = N_("%(booths)s was just taken. Still free nearby: %(free_nearby)s.")
    extra: ClassVar[tuple[str, ...]] = ("booths", "free_nearby")

    def sentence(self) -> str:
        return super().sentence() if self.params["free_nearby"] else NothingNearby(**self.params).sentence()


class NothingNearby(DomainError):
    message: ClassVar[str] = N_("%(booths)s was just taken, and nothing like it is free in this hall.")


class HeldBack(DomainError):
    """`booths` are held back for a group that the exhibitor is not of."""

    code: ClassVar[str] = "held_back"
    message: ClassVar[str] = N_(
        "%(booths)s is held back for “%(group)s” until %(until)s. Choose another booth, or ask the organiser."
    )
    extra: ClassVar[tuple[str, ...]] = ("booths", "group", "until_on")

    @classmethod
    def of(cls, fair: clock.HasDays, booths: list[str], group: Any, until: datetime) -> Self:
        """`group`: with its name and name_en; `until`: midnight after the last day."""
        last = clock.fair_day(fair, until - timedelta(seconds=1))
        names = {"group": group.name, "group_en": group.name_en}
        return cls(booths=booths, **names, until=f"{last:%d.%m.%Y}", until_on=last.isoformat())

    def sentence(self) -> str:
        shown = self.params | {"group": local_name(self.params, "group")}
        return DomainError.sentence(HeldBack(**shown))


class UnknownBooth(DomainError):
    code: ClassVar[str] = "unknown_booth"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This fair has no booth %(booths)s.")
    extra: ClassVar[tuple[str, ...]] = ("booths",)


class NotForLetting(DomainError):
    code: ClassVar[str] = "booth_not_for_letting"
    message: ClassVar[str] = N_("%(booths)s is not let at this fair.")
    extra: ClassVar[tuple[str, ...]] = ("booths",)


class TooManyHeld(DomainError):
    code: ClassVar[str] = "too_many_held"
    message: ClassVar[str] = N_(
        "A company holds at most %(most)s unpaid booths at a time. Pay for some, or let some go."
    )
    extra: ClassVar[tuple[str, ...]] = ("most",)


class HeldTooRecently(DomainError):
    code: ClassVar[str] = "held_too_recently"
    message: ClassVar[str] = N_(
        "You kept %(booths)s as long as a hold lasts. Others may take it first; you can hold it again at %(at)s."
    )
    extra: ClassVar[tuple[str, ...]] = ("booths", "again_at")


class GivenByApplication(DomainError):
    code: ClassVar[str] = "given_by_application"
    message: ClassVar[str] = N_(
        "The organiser gives %(booths)s by application: put it among your wishes and send them."
    )
    extra: ClassVar[tuple[str, ...]] = ("booths",)


class NotTogether(DomainError):
    code: ClassVar[str] = "not_together"
    message: ClassVar[str] = N_(
        "%(booths)s needs the organiser's approval and the others do not: take them one after the other."
    )
    extra: ClassVar[tuple[str, ...]] = ("booths",)


class NeedsApproval(DomainError):
    code: ClassVar[str] = "needs_approval"
    message: ClassVar[str] = N_(
        "%(booths)s needs the organiser's approval. Choose another booth, or ask the organiser to take it for you."
    )
    extra: ClassVar[tuple[str, ...]] = ("booths",)


class ForWaitingList(DomainError):
    code: ClassVar[str] = "for_waiting_list"
    message: ClassVar[str] = N_(
        "%(booths)s goes to the waiting list first: somebody asked for it earlier. Join the list, or choose another."
    )
    extra: ClassVar[tuple[str, ...]] = ("booths",)


class NotYourTurn(DomainError):
    """Booths are chosen in turn. `starts_at` is when the company's own window begins, once it is drawn."""

    code: ClassVar[str] = "not_your_turn"
    message: ClassVar[str] = N_(
        "%(booths)s: your turn to choose begins at %(at)s. Others choose before you; your window stays yours."
    )
    extra: ClassVar[tuple[str, ...]] = ("booths", "starts_at", "general_at")


class NotInTurn(NotYourTurn):
    code: ClassVar[str] = "not_in_turn"
    message: ClassVar[str] = N_(
        "%(booths)s: companies on the list choose first, and yours came after it was made. Booking opens for all at "
        "%(at)s."
    )


class TurnsNotDrawn(NotYourTurn):
    code: ClassVar[str] = "turns_not_drawn"
    message: ClassVar[str] = N_(
        "%(booths)s: who chooses when is not drawn yet. You are told your window by mail; booking opens for all at "
        "%(at)s."
    )


class NotApproved(DomainError):
    code: ClassVar[str] = "not_approved"
    message: ClassVar[str] = N_("The organiser has not approved this yet. It can be ordered once you have the answer.")


class OfAnApplication(DomainError):
    code: ClassVar[str] = "of_an_application"
    message: ClassVar[str] = N_("These booths are kept for an application. Take the offer back there, or refuse it.")


class HoldEnded(DomainError):
    code: ClassVar[str] = "hold_ended"
    message: ClassVar[str] = N_("This hold has ended. Look at the plan: the booths may still be free.")


class BookingClosed(DomainError):
    code: ClassVar[str] = "booking_closed"
    message: ClassVar[str] = N_("Booths of this fair can no longer be booked.")


class NoVatRate(DomainError):
    code: ClassVar[str] = "no_vat_rate"
    message: ClassVar[str] = N_(
        "The organiser has not said which VAT rate holds on %(day)s. Booths can be booked once it is set."
    )


class CardNotPossible(DomainError):
    code: ClassVar[str] = "card_not_possible"
    message: ClassVar[str] = N_("An order of %(total)s cannot be paid by card. Pay it by bank transfer.")


class NoWayToPay(CardNotPossible):
    """Neither the whole nor, with a deposit, each of its two parts can be paid by card, and there is no account."""

    message: ClassVar[str] = N_(
        "No way is open to pay %(total)s: a card does not take all of its parts, and there is no account for transfers "
        "in this currency. Choose another currency or write to the organiser; your booths stay held."
    )


class TransferNotPossible(DomainError):
    code: ClassVar[str] = "transfer_not_possible"
    message: ClassVar[str] = N_(
        "The organiser has not said yet which account takes transfers. Pay by card, or write to the organiser."
    )


class CurrencyNotOffered(DomainError):
    """`currency` is not open at the fair, or not for this exhibitor."""

    code: ClassVar[str] = "currency_not_offered"
    message: ClassVar[str] = N_(
        "Booths of this fair are not sold to your company in %(currency)s. Choose another currency; your booths stay "
        "held."
    )
    extra: ClassVar[tuple[str, ...]] = ("currency",)


class NoPriceInCurrency(DomainError):
    """`things` have no amount in `currency`; they have one in `home`, the fair's own."""

    code: ClassVar[str] = "no_price_in_currency"
    message: ClassVar[str] = N_("%(things)s: no %(currency)s price. Choose %(home)s, or write to us.")
    extra: ClassVar[tuple[str, ...]] = ("things", "currency", "home")


class PricesChanged(DomainError):
    """`price` is what booths and extras cost now, before VAT, discount and support."""

    code: ClassVar[str] = "price_changed"
    message: ClassVar[str] = N_(
        "Prices changed while you were choosing: booths and extras cost %(price)s before VAT by now. Nothing was "
        "ordered: read them again, then book; your booths stay held."
    )


class OrderCannotChange(DomainError):
    code: ClassVar[str] = "order_cannot_change"
    message: ClassVar[str] = N_("This order is no longer open. Reload the page to see how it stands.")


class AddressNotConfirmed(DomainError):
    code: ClassVar[str] = "address_not_confirmed"
    message: ClassVar[str] = N_(
        "A transfer keeps booths for days, so confirm your address first: open the link that we mailed to %(email)s, "
        "then book. Your booths stay held meanwhile."
    )


class FairFrozen(DomainError):
    code: ClassVar[str] = "fair_frozen"
    message: ClassVar[str] = N_("The report of this fair is final: what it counted can no longer be given back here.")
