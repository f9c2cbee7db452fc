"""A transfer keeps booths for days: whoever asks for one has shown that the address is theirs."""

from app.access import Permission, principal
from app.booths.errors import AddressNotConfirmed
from app.mail import mail_goes_out


def require_proved_address(pay_by: str) -> None:
    """Nobody blocks the floor for days under an address that is not known to be theirs; raises AddressNotConfirmed.

    Where no mail goes out nobody could show it: the organiser then sees to who books.
    """
    if not mail_goes_out():
        return
    person = principal().person
    staff = principal().staff_can(Permission.ORDER_PLACE)
    if pay_by == "transfer" and person is not None and person.email_verified_at is None and not staff:
        raise AddressNotConfirmed(email=person.email)
