"""What a deal says: its kind, product, value, day and note. A new revision is a new set of terms."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from app.deals.models import Deal
from app.errors import FieldErrors
from app.fairs.product_categories import PRODUCT_CATEGORIES
from app.i18n_marks import N_
from app.money import Money

CURRENCIES = (  # the commonest first; all have the digits that app/money.py knows (ISO 4217)
    *("VND", "USD", "EUR", "JPY", "GBP", "CNY", "KRW", "AUD", "CAD", "SGD", "THB", "HKD", "TWD", "MYR", "IDR", "INR"),
    *("CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "NZD", "AED", "SAR", "KWD", "BHD", "ZAR", "BRL", "MXN", "CLP", "RUB"),
)
CATEGORIES = frozenset(code for code, _vi, _en in PRODUCT_CATEGORIES)
NOTE_LENGTH = 2_000
SUBJECT_LENGTH = 300


class DealKind(StrEnum):
    ORDER = "order"
    CONTRACT = "contract"
    MEMORANDUM = "memorandum"


KIND_NAMES = {
    DealKind.ORDER: N_("Order"),
    DealKind.CONTRACT: N_("Contract"),
    DealKind.MEMORANDUM: N_("Memorandum"),
}


@dataclass(frozen=True)
class Terms:
    """The terms of one revision; `value` is None for a memorandum that names none."""

    kind: str
    category: str
    subject: str
    value: Money | None
    currency: str
    signed_on: date
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "category": self.category,
            "subject": self.subject,
            "amount_minor": self.value.minor if self.value else None,
            "currency": self.currency,
            "signed_on": self.signed_on.isoformat(),
            "note": self.note,
        }


def terms_of(deal: Deal) -> Terms:
    """The terms that the deal holds now."""
    value = None if deal.amount_minor is None else Money(deal.amount_minor, deal.currency)
    return Terms(deal.kind, deal.category, deal.subject, value, deal.currency, deal.signed_on, deal.note)


def terms_from_json(kept: dict[str, Any]) -> Terms:
    """The terms of an earlier revision, as they were kept."""
    amount = kept.get("amount_minor")
    return Terms(
        kind=kept["kind"],
        category=kept.get("category", ""),
        subject=kept.get("subject", ""),
        value=None if amount is None else Money(amount, kept["currency"]),
        currency=kept["currency"],
        signed_on=date.fromisoformat(kept["signed_on"]),
        note=kept.get("note", ""),
    )


def checked(terms: Terms, today: date) -> Terms:
    """The terms, tidied. Raises FieldErrors: value missing or zero, unknown kind, currency or category, day ahead."""
    faults: dict[str, str] = {}
    terms = replace(terms, subject=" ".join(terms.subject.split()), note=terms.note.strip())
    if terms.kind not in set(DealKind):
        faults["kind"] = N_("Choose order, contract or memorandum.")
    if terms.category not in CATEGORIES:
        faults["category"] = N_("Choose a product category.")
    if len(terms.subject) > SUBJECT_LENGTH:
        faults["subject"] = N_("This is too long; put the rest into the note.")
    if terms.currency not in CURRENCIES:
        faults["currency"] = N_("Choose a currency of the list.")
    if terms.value is None and terms.kind != DealKind.MEMORANDUM:
        faults["value"] = N_("Enter the value. Only a memorandum may leave it open.")
    elif terms.value is not None and not 0 < terms.value.minor <= 10**15:
        faults["value"] = N_("Enter a value above zero.")
    if terms.signed_on > today + timedelta(days=1):  # a day's grace: it may be tomorrow already where the buyer is
        faults["signed_on"] = N_("The day of signing cannot lie ahead.")
    elif terms.signed_on.year < 2000:
        faults["signed_on"] = N_("Check the year.")
    if len(terms.note) > NOTE_LENGTH:
        faults["note"] = N_("The note is too long.")
    if faults:
        raise FieldErrors(faults)
    return terms


def changed_fields(old: Terms, new: Terms) -> list[str]:
    """The names of the terms that differ, in the order of the form."""
    before, after = old.as_json(), new.as_json()
    return [name for name in before if before[name] != after[name]]
