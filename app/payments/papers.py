"""Papers as PDF: printed after the payment is kept, stored, and mailed to the exhibitor."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, g
from flask_babel import force_locale
from sqlalchemy import and_, or_, select, update

from app import clock
from app.db import after_commit, db, transaction
from app.documents import store
from app.documents.pdf import render_pdf
from app.fairs.models import Exhibitor, Fair
from app.formats import moment
from app.jobs import hurry, sweep
from app.mail import queue_mail
from app.money import Money, format_money
from app.payments.invoices import paper_content
from app.payments.models import Invoice, Order, OrderState
from app.payments.schedule import due_now

DEMO_PAST = timedelta(days=14)
NAMES = {"invoice": "hoa-don", "contract": "hop-dong", "credit_note": "ghi-giam", "receipt": "phieu-thu"}
NAMES |= {"support": "hoa-don-ho-tro", "support_note": "ghi-giam-ho-tro"}
TOGETHER = {"contract": ("invoice", "contract"), "credit_note": ("credit_note",), "receipt": ("receipt",)}
FUNDERS = ("support", "support_note")  # printed and kept; the organiser hands them out with the list
TOGETHER |= {kind: (kind,) for kind in FUNDERS}


def print_soon() -> None:
    after_commit(hurry, current_app._get_current_object(), "print_papers")  # type: ignore[attr-defined]


@sweep
def print_papers() -> None:
    """Print what has been numbered and not printed: contract and invoice together, the others alone; then mail them.

    Extras that were ordered alone have an invoice and no contract.
    """
    # The demonstration's past orders are printed for whoever opens them: no hundreds of mails on its first start.
    waiting = (
        select(Invoice.order_id, Invoice.kind)
        .join(Fair, Fair.id == Invoice.fair_id)
        .join(Order, Order.id == Invoice.order_id)
        .where(
            or_(Invoice.kind.in_(TOGETHER), and_(Invoice.kind == "invoice", Order.contract_number.is_(None))),
            Invoice.document_id.is_(None),
            or_(Fair.is_demo.is_(False), Invoice.issued_at > clock.now() - DEMO_PAST),
        )
    )
    rows = db.session.execute(waiting.order_by(Invoice.id).limit(200)).all()
    db.session.commit()
    for order_id, kind in rows:
        try:
            _print(order_id, TOGETHER.get(kind, (kind,)))
        except Exception:
            current_app.logger.exception("papers of order %s cannot be printed", order_id)


def paper_pdf(fair: Fair, order: Order, paper: Invoice) -> bytes:
    """The paper as stored; one that waits for its printing is printed for this reader."""
    if paper.document_id is not None:
        return store.read(db.session.get_one(store.Document, paper.document_id))
    return _render(fair, order, paper)


def filename(paper: Invoice) -> str:
    return f"{NAMES[paper.kind]}-{paper.number.replace('/', '-').replace('Đ', 'D')}.pdf"


def _print(order_id: int, kinds: tuple[str, ...]) -> None:
    order = db.session.get_one(Order, order_id)
    fair = db.session.get_one(Fair, order.fair_id)
    papers = list(
        db.session.scalars(
            select(Invoice).where(Invoice.order_id == order_id, Invoice.kind.in_(kinds)).order_by(Invoice.id)
        )
    )
    db.session.commit()
    printed = {paper.id: _render(fair, order, paper) for paper in papers if paper.document_id is None}
    with transaction():
        keys = []
        for paper in papers:
            if paper.id not in printed:
                continue
            document = store.put(fair.id, paper.kind, filename(paper), "application/pdf", printed[paper.id])
            first = db.session.execute(
                update(Invoice)
                .where(Invoice.id == paper.id, Invoice.document_id.is_(None))
                .values(document_id=document.id)
                .execution_options(synchronize_session=False)
            )
            if not first.rowcount:  # type: ignore[attr-defined]
                raise RuntimeError(f"paper {paper.id} was printed by somebody else")
            keys.append(document.key)
        if keys and kinds[0] not in FUNDERS:
            _mail(fair, order, papers, keys)


def _mail(fair: Fair, order: Order, papers: list[Invoice], keys: list[str]) -> None:
    exhibitor = db.session.get_one(Exhibitor, order.exhibitor_id)
    if not exhibitor.email:
        return
    context: dict[str, Any] = {
        "name": exhibitor.representative or exhibitor.name,
        "reference": order.reference,
        "booths": order.labels,
        "of_extras": order.is_of_extras,
        "total_minor": order.total_minor,
        "currency": order.currency,
    }
    kind, content = papers[-1].kind, papers[-1].content
    template = {"contract": "booths_confirmed", "invoice": "extras_confirmed", "receipt": "balance_paid"}.get(
        kind, "order_refunded"
    )
    if kind == "contract" and order.state == OrderState.DEPOSITED and order.balance_due_at is not None:
        with force_locale(exhibitor.locale):
            due = moment(clock.local(fair, order.balance_due_at))
        context |= {"open_minor": due_now(order).minor, "due": due}
    elif kind == "receipt":
        context["amount_minor"] = content["amount_minor"]
    elif content.get("fee"):
        template, context = "order_called_off", context | content["fee"]
    queue_mail(exhibitor.email, template, exhibitor.locale, fair.id, context, keys)


def _render(fair: Fair, order: Order, paper: Invoice) -> bytes:
    content = paper.content if "lines" in paper.content else paper_content(fair, order, paper.issued_at)
    currency = content["currency"]

    def vi(minor: int) -> str:
        return format_money(Money(minor, currency), "vi")

    def en(minor: int) -> str:
        return format_money(Money(minor, currency), "en")

    zone = ZoneInfo(content["fair"]["time_zone"])
    names: dict[str, Any] = {
        "paper": paper,
        "content": content,
        "money_vi": vi,
        "money_en": en,
        "paid_at": datetime.fromisoformat(content["paid_at"]).astimezone(zone),
        "balance_due_at": datetime.fromisoformat(content["balance_due_at"]).astimezone(zone)
        if content.get("balance_due_at")
        else None,
        "starts_on": date.fromisoformat(content["fair"]["starts_on"]),
        "ends_on": date.fromisoformat(content["fair"]["ends_on"]),
        "printed_at": clock.now().astimezone(zone),
    }
    with current_app.test_request_context(base_url=current_app.config["FAIR_PUBLIC_URL"]), force_locale("vi"):
        g.fair = fair
        return render_pdf(f"papers/{paper.kind}.html", **names)
