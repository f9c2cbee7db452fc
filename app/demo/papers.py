"""What the papers of a demonstration's order say: the same JSON as app/payments/invoices.py keeps for a real one."""

from __future__ import annotations

from typing import Any

from app.demo.rows import Rows
from app.fairs.models import Exhibitor, Fair, Organiser
from app.payments.invoices import place_of
from app.payments.models import Order, OrderLine

SELLER = ("name", "name_en", "address", "tax_code", "representative", "representative_title", "email", "phone")
BUYER = ("name", "name_en", "address", "tax_code", "representative", "email", "phone", "country")
FAIR = ("name", "name_en", "venue", "venue_en", "city", "time_zone")
AMOUNTS = ("reference", "currency", "net_minor", "vat_minor", "total_minor", "pay_by")
LINE = ("label", "quantity", "unit_minor", "net_minor", "vat_bp", "vat_minor", "booth_id")


def content_of_papers(rows: Rows, lines: int, exhibitor_id: int) -> dict[str, Any]:
    """The content of the invoice and contract of the order that was added last, with its last `lines` lines."""
    order, fair, seller = rows.of(Order)[-1], rows.of(Fair)[-1], rows.of(Organiser)[-1]
    exhibitors = rows.of(Exhibitor)
    buyer = exhibitors[exhibitor_id - exhibitors[0]["id"]]
    days = {"starts_on": fair["starts_on"].isoformat(), "ends_on": fair["ends_on"].isoformat()}
    return (
        {name: order[name] for name in AMOUNTS}
        | {
            "paid_at": order["paid_at"].isoformat(),
            "open_minor": 0,  # of an order that was due whole; its fair has no fees of cancelling
            "balance_due_at": None,
            "cancellation": [],
            "lines": [{name: line[name] for name in LINE} | {"price_note": ""} for line in rows.of(OrderLine)[-lines:]],
            "seller": {name: seller[name] for name in SELLER},
            "buyer": {name: buyer[name] for name in BUYER}
            | {
                "place": place_of(
                    buyer["country"], buyer.get("province"), fair["country"], fair["starts_on"], buyer["address"]
                )
            },
            "fair": {name: fair[name] for name in FAIR} | days,
        }
    )
