"""What an entry of the log is about, by the name that people know it by, and its details in words."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from app.access import ROLE_NAMES, Role
from app.accounts.models import Person
from app.allocation.models import Application
from app.audit import AuditEntry
from app.db import db
from app.deals.models import Deal
from app.fairs.models import Buyer, Exhibitor, Hall
from app.formats import money, number
from app.i18n_marks import N_
from app.money import Money
from app.payments.models import Invoice, Order, Payment
from app.payments.settlement import REASONS
from app.payments.support_models import Funder, SupportProgramme
from app.tasks.models import Task
from app.visitors.corrections import REASONS as AT_GATES
from app.visitors.device_models import GateDevice
from app.visitors.models import Badge, Gate, Registration, VisitorCategory
from app.visitors.session_models import FairSession

# kind → the columns that name a thing, and where it is looked at; one query a kind
_NAMED: dict[str, tuple[Any, Any, Callable[[Any], str] | None]] = {
    "deal": (Deal, Deal.number, lambda one: url_for("deals.show", number=one.name)),
    "order": (Order, Order.reference, lambda one: url_for("payments.order", reference=one.name)),
    "exhibitor": (Exhibitor, Exhibitor.name, lambda one: url_for("fairs.organise_exhibitor", exhibitor_id=one.id)),
    "badge": (Badge, Badge.number, lambda one: url_for("visitors.organise_badge", badge_id=one.id)),
    "gate": (Gate, Gate.name, None),
    "session": (FairSession, FairSession.title, None),
    "visitor_category": (VisitorCategory, VisitorCategory.name, None),
    "device": (GateDevice, GateDevice.name, lambda one: url_for("gates.device", device_id=one.id)),
    "payment": (Payment, Payment.external_id, None),
    "invoice": (Invoice, Invoice.number, None),
    "registration": (Registration, Registration.name, None),
    "buyer": (Buyer, Buyer.name, None),
    "application": (
        Application,
        select(Exhibitor.name).where(Exhibitor.id == Application.exhibitor_id).scalar_subquery(),
        lambda one: url_for("allocation.one", application_id=one.id),
    ),
    "hall": (Hall, Hall.name, None),
    "task": (Task, Task.title, lambda one: url_for("tasks.answers", task=one.id)),
    "person": (Person, Person.name, None),
    "funder": (Funder, Funder.name, lambda one: url_for("fairs.funder", funder_id=one.id)),
    "programme": (SupportProgramme, SupportProgramme.name, lambda one: url_for("fairs.programme", programme_id=one.id)),
}


def things_of(entries: Iterable[AuditEntry]) -> dict[tuple[str, str], tuple[str, str]]:
    """(kind, id) → (name, address or ""), for what is still there; the rest keeps its number."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for entry in entries:
        if entry.subject_kind in _NAMED and entry.subject_id.isdigit():
            wanted[entry.subject_kind].add(int(entry.subject_id))
    found = {}
    for kind, ids in wanted.items():
        model, column, address = _NAMED[kind]
        for row in db.session.execute(select(model.id, column.label("name")).where(model.id.in_(ids))):
            found[kind, str(row.id)] = (row.name, address(row) if address else "")
    return found


def details_of(entry: AuditEntry) -> list[str]:
    """The details as short sentences; what has no words of its own stays as it was written."""
    said, rest = [], dict(entry.details)
    currency = rest.pop("currency", "VND")
    for name in ("amount_minor", "total_minor"):
        if isinstance(rest.get(name), int):
            said.append(money(Money(rest.pop(name), currency)))
    for name, sentence in (("kept_minor", N_("%(amount)s kept")), ("refund_minor", N_("%(amount)s goes back"))):
        if isinstance(rest.get(name), int):
            said.append(_(sentence, amount=money(Money(rest.pop(name), currency))))
    for name, words in _words().items():
        if name in rest:
            value = rest.pop(name)
            told = words(value) if value not in (None, "", []) else ""
            said += [told] if told else []
    return said + [f"{name}: {_listed(value)}" for name, value in rest.items() if value not in (None, "", [])]


def _words() -> dict[str, Callable[[Any], str]]:
    sides = {"exhibitor": _("for the exhibitor"), "buyer": _("for the buyer"), "organiser": _("by the organiser")}
    means = {
        "signed_in": _("signed in"),
        "verified_link": _("by a mailed link to a proved address"),
        "typed_link": _("by a link to an address that the other side typed"),
        "deal_desk": _("at the deal desk"),
        "badge_scan": _("by a scan of the badge"),
        "api_token": _("by a program"),
    }
    states = {"settled": _("counted"), "unmatched": _("waits for a person"), "refund_due": _("goes back")}
    papers = {
        "invoice": _("Invoice"),
        "contract": _("Booth contract"),
        "credit_note": _("Credit note"),
        "receipt": _("Receipt"),
        "support": _("Funder's invoice"),
        "support_note": _("Funder's credit note"),
    }
    places = {"fair": _("the whole fair")}
    roles = {role.value: _(name) for role, name in ROLE_NAMES.items()} | {"organiser": _(ROLE_NAMES[Role.OWNER])}
    reasons = REASONS | {code: word for words in AT_GATES.values() for code, word in words.items()}
    return {
        "reference": str,
        "reason": lambda value: _(reasons[value]) if value in reasons else str(value),
        "state": lambda value: states.get(value, str(value)),
        "kind": lambda value: papers.get(value, str(value)),
        "role": lambda value: roles.get(value, str(value)),
        "by_hand": lambda value: _("by hand"),
        "number": str,
        "booths": lambda value: (
            ngettext("one booth", "%(num)s booths", value)
            if isinstance(value, int)
            else _("booths %(booths)s", booths=_listed(value))
        ),
        "wishes": lambda value: "; ".join(_listed(wish) for wish in value),
        "by_list": lambda value: _("by the waiting list") if value else "",
        "instead_of": lambda value: _("instead of %(booths)s", booths=_listed(value)),
        "gate": lambda value: _("gate %(code)s", code=value),
        "session": lambda value: _("session %(code)s", code=value),
        "names": lambda value: _("sees names") if value else "",
        "becomes": lambda value: _("the phone is now %(name)s", name=value),
        "revision": lambda value: _("revision %(n)s", n=value),
        "side": lambda value: sides.get(value, str(value)),
        "means": lambda value: means.get(value, str(value)),
        "proves": lambda value: _("counts as proof") if value else _("proves nothing"),
        "task": lambda value: _("“%(name)s”", name=value),
        "tasks": lambda value: ngettext("one task", "%(num)s tasks", value),
        "rate_bp": lambda value: f"{number(value / 100)} %",
        "document_sha256": lambda value: f"SHA-256 {value[:12]}…",
        "sha256": lambda value: f"SHA-256 {value[:12]}…",
        "capacity": lambda value: "; ".join(
            _(
                "%(place)s: %(before)s, now %(after)s",
                place=places.get(place, place),
                before=before or "–",
                after=after or "–",
            )
            for place, (before, after) in value.items()
        ),
        "exhibitor": lambda value: "",  # the thing itself, or what the order says
        "order": lambda value: "",
        "correction": lambda value: "",
    }


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
