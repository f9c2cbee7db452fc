"""Numbered documents of an order: invoice, booth contract, credit note. What was printed is kept, never recomputed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from app import clock
from app.audit import Actor, record
from app.db import db
from app.fairs.countries import country_name
from app.fairs.models import Exhibitor, Fair
from app.fairs.provinces import provinces_on
from app.payments.models import CancellationStep, Invoice, Order, OrderState, Payment
from app.payments.schedule import counted_minor

PREFIXES = {"invoice": "HD", "credit_note": "GC", "receipt": "PT", "support": "HT", "support_note": "GH"}
EXHIBITORS = ("invoice", "contract", "credit_note", "receipt")  # the others are the funder's


def issue_papers(actor: Actor, order: Order, now: datetime) -> list[Invoice]:
    """The invoice and the contract of an order whose booths are let, each with the next number of its kind.

    Extras that were ordered alone have an invoice only: the booth has its contract.

    Once for an order: with instalments they say what has come, what is open, and until when.
    """
    issued = papers_of(order)
    if any(paper.kind == "invoice" for paper in issued):
        return issued
    fair = lock_numbers(order.fair_id)
    content = paper_content(fair, order, now)
    kinds = ("invoice",) if order.is_of_extras else ("invoice", "contract")
    papers = [issue_numbered(actor, fair, order, kind, content, now) for kind in kinds]
    order.contract_number = None if order.is_of_extras else papers[1].number
    return papers


def issue_receipt(actor: Actor, order: Order, now: datetime) -> Invoice | None:
    """The balance came after the invoice: that it did, with a number of its own. Once for an order, else None."""
    if order.deposit_minor is None or order.state != OrderState.PAID:
        return None
    issued = {paper.kind: paper for paper in papers_of(order)}
    came = issued["invoice"].content.get("open_minor", 0) if "invoice" in issued else 0
    if not came or "receipt" in issued:
        return issued.get("receipt")
    fair = lock_numbers(order.fair_id)
    content = paper_content(fair, order, now) | {"invoice_number": issued["invoice"].number, "amount_minor": came}
    return issue_numbered(actor, fair, order, "receipt", content, now)


def issue_credit_note(actor: Actor, order: Order, now: datetime, fee: dict[str, int] | None = None) -> Invoice:
    """Takes back the order's invoice, all of it or but for a `fee`. Once for an order.

    `fee`: fee_bp, fee_net_minor, fee_vat_minor, kept_minor, refund_minor.
    """
    issued = {paper.kind: paper for paper in papers_of(order)}
    if "credit_note" in issued:
        return issued["credit_note"]
    fair = lock_numbers(order.fair_id)
    content = paper_content(fair, order, now) | {
        "invoice_number": issued["invoice"].number if "invoice" in issued else "",
        "fee": fee,
        "part_paid": order.deposit_minor is not None and order.paid_at is None,
    }
    return issue_numbered(actor, fair, order, "credit_note", content, now)


def papers_of(order: Order) -> list[Invoice]:
    """The exhibitor's papers, the oldest first; the funder's stand in support_papers.py."""
    return [paper for paper in every_paper_of(order) if paper.kind in EXHIBITORS]


def every_paper_of(order: Order) -> list[Invoice]:
    """The funder's too."""
    return list(
        db.session.scalars(
            select(Invoice).where(Invoice.fair_id == order.fair_id, Invoice.order_id == order.id).order_by(Invoice.id)
        )
    )


def paper_content(fair: Fair, order: Order, now: datetime) -> dict[str, Any]:
    """Everything that an order's papers say, as JSON: who, what, how much, as it is at this moment."""
    exhibitor = db.session.get_one(Exhibitor, order.exhibitor_id)
    seller = fair.organiser
    whole = order.deposit_minor is None or order.balance_due_at is None
    open_minor = 0 if whole else max(0, order.total_minor - counted_minor(order))
    steps = select(CancellationStep).where(CancellationStep.fair_id == fair.id).order_by(CancellationStep.until_on)
    payment = db.session.scalar(
        select(Payment)
        .where(Payment.fair_id == fair.id, Payment.order_id == order.id, Payment.state == "settled")
        .order_by(Payment.id.desc())
        .limit(1)
    )
    return {
        "reference": order.reference,
        "currency": order.currency,
        "net_minor": order.net_minor,
        "vat_minor": order.vat_minor,
        "total_minor": order.total_minor,
        "paid_at": (order.paid_at or now).isoformat(),
        "open_minor": open_minor,
        "balance_due_at": order.balance_due_at.isoformat() if order.balance_due_at is not None else None,
        "cancellation": [
            {"until_on": step.until_on.isoformat(), "fee_bp": step.fee_bp} for step in db.session.scalars(steps)
        ],
        "pay_by": payment.method if payment is not None else order.pay_by,
        "lines": [
            {
                "label": line.label,
                "price_note": line.price_note,
                "quantity": line.quantity,
                "unit_minor": line.unit_minor,
                "net_minor": line.net_minor,
                "vat_bp": line.vat_bp,
                "vat_minor": line.vat_minor,
                "booth_id": line.booth_id if line.kind == "booth" else None,
            }
            for line in order.lines
        ],
        "seller": {
            name: getattr(seller, name)
            for name in (
                "name",
                "name_en",
                "address",
                "tax_code",
                "representative",
                "representative_title",
                "email",
                "phone",
            )
        },
        "buyer": {
            name: getattr(exhibitor, name)
            for name in ("name", "name_en", "address", "tax_code", "representative", "email", "phone", "country")
        }
        | {"place": place_of(exhibitor.country, exhibitor.province, fair.country, fair.starts_on, exhibitor.address)},
        "fair": {
            "name": fair.name,
            "name_en": fair.name_en,
            "starts_on": fair.starts_on.isoformat(),
            "ends_on": fair.ends_on.isoformat(),
            "venue": fair.venue,
            "venue_en": fair.venue_en,
            "city": fair.city,
            "time_zone": fair.time_zone,
        },
    }


def place_of(country: str, province: str | None, at_home_in: str, on: date, address: str = "") -> str:
    """Province and country of an address, as they are called on a day; a foreign country in English too.

    What the address ends with already is not said again.
    """
    names = {known.code: known.name for known in provinces_on(on)}
    name, english = country_name(country, "vi"), country_name(country, "en")
    if country != at_home_in and english != name:
        name = f"{name} ({english})"
    called = names.get(province or "", "")
    return ", ".join(filter(None, ("" if called and address.endswith(called) else called, name)))


def issue_numbered(
    actor: Actor, fair: Fair, order: Order, kind: str, content: dict[str, Any], now: datetime
) -> Invoice:
    """A paper with the next number of its kind; the caller has locked the fair's numbers."""
    last = db.session.scalar(select(func.max(Invoice.serial)).where(Invoice.fair_id == fair.id, Invoice.kind == kind))
    serial = int(last or 0) + 1
    issued_on = clock.fair_day(fair, now)
    year = fair.starts_on.year
    number = f"{serial:04}/{year}/HĐTG" if kind == "contract" else f"{PREFIXES[kind]}{year}-{serial:05}"
    paper = Invoice(
        fair_id=fair.id,
        order_id=order.id,
        kind=kind,
        serial=serial,
        number=number,
        issued_on=issued_on,
        issued_at=now,
        content=content,
    )
    db.session.add(paper)
    db.session.flush()
    record(actor, "invoice.issued", "invoice", paper.id, fair.id, kind=kind, number=number)
    return paper


def lock_numbers(fair_id: int) -> Fair:
    """One at a time numbers the papers of a fair, so that none is missing. References to the fair are not held up."""
    return db.session.scalars(select(Fair).where(Fair.id == fair_id).with_for_update(key_share=True, of=Fair)).one()
