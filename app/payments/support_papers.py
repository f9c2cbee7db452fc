"""The funder's half of an order's papers: an invoice for its share, and the credit note that takes it back."""

from datetime import datetime

from sqlalchemy import select

from app.audit import Actor
from app.db import db
from app.payments.invoices import issue_numbered, lock_numbers, paper_content, papers_of
from app.payments.models import Invoice, Order
from app.payments.support import support_of
from app.payments.support_models import Funder, SupportProgramme


def issue_support_invoice(actor: Actor, order: Order, now: datetime) -> Invoice | None:
    """The funder's invoice, beside the exhibitor's: the two come to the whole price. Once; None without support.

    The caller holds the order's lock, and has issued the exhibitor's papers.
    """
    support = support_of(order)
    if support is None or support.released_at is not None or support.invoice_id is not None:
        return db.session.get(Invoice, support.invoice_id) if support is not None and support.invoice_id else None
    fair = lock_numbers(order.fair_id)
    funder = db.session.get_one(Funder, support.funder_id)
    programme = db.session.get_one(SupportProgramme, support.programme_id)
    content = paper_content(fair, order, now)
    line = next(line for line in order.lines if line.kind == "support")
    booths = ", ".join(label.partition(",")[0].rpartition(" ")[2] for label in order.booth_labels)
    exhibitor = content["buyer"]
    own = next((paper.number for paper in papers_of(order) if paper.kind == "invoice"), "")
    content |= {
        "lines": [
            {
                "label": f"Hỗ trợ giá thuê gian {booths} cho {exhibitor['name']} / "
                f"Booth support for {exhibitor['name_en'] or exhibitor['name']} ({booths})",
                "price_note": "",
                "quantity": 1,
                "unit_minor": support.net_minor,
                "net_minor": support.net_minor,
                "vat_bp": line.vat_bp,
                "vat_minor": support.vat_minor,
                "booth_id": None,
            }
        ],
        "net_minor": support.net_minor,
        "vat_minor": support.vat_minor,
        "total_minor": support.total_minor,
        "whole_minor": order.total_minor + support.total_minor,
        "rest_minor": order.total_minor,
        "open_minor": support.total_minor,
        "exhibitor_invoice": own,
        "exhibitor": exhibitor,
        "buyer": {
            "name": funder.name,
            "name_en": funder.name_en,
            "address": funder.address,
            "tax_code": funder.tax_code,
        },
        "rate_bp": support.rate_bp,
        "per_booth_minor": programme.per_booth_minor,
        "programme": programme.name,
        "decision_number": programme.decision_number,
        "decision_on": programme.decision_on.isoformat(),
    }
    paper = issue_numbered(actor, fair, order, "support", content, now)
    support.invoice_id = paper.id
    db.session.flush()
    return paper


def credit_support(actor: Actor, order: Order, now: datetime) -> Invoice | None:
    """The order ended after its invoices: takes back all of the funder's. Once; None where there is none."""
    support = support_of(order)
    if support is None or support.invoice_id is None:
        return None
    if support.credit_id is not None:
        return db.session.get_one(Invoice, support.credit_id)
    fair = lock_numbers(order.fair_id)
    issued = db.session.get_one(Invoice, support.invoice_id)
    paper = issue_numbered(actor, fair, order, "support_note", issued.content | {"invoice_number": issued.number}, now)
    support.credit_id = paper.id
    db.session.flush()
    return paper


def support_papers_of(order: Order) -> list[Invoice]:
    """The funder's papers of an order, the oldest first."""
    theirs = select(Invoice).where(
        Invoice.fair_id == order.fair_id, Invoice.order_id == order.id, Invoice.kind.in_(("support", "support_note"))
    )
    return list(db.session.scalars(theirs.order_by(Invoice.id)))
