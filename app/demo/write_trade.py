"""Writes who exhibits, which booths they took, and the money that came for them."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from app.booths.models import Allocation, Booth, BoothState
from app.demo.edition import ZONE, Edition
from app.demo.exhibitors import PlannedExhibitor, plan_exhibitors
from app.demo.rows import Rows
from app.demo.write_fair import FairGround, price
from app.fairs.models import Exhibitor
from app.money import apply_rate
from app.payments.models import Invoice, Order, OrderLine, OrderState, Payment, PaymentState

STRIPE_LIMIT_MINOR = 100_000_000  # eight digits at most: from here on the bank transfer only


def write_exhibitors(
    rows: Rows, random: Random, edition: Edition, ground: FairGround
) -> list[tuple[int, PlannedExhibitor]]:
    """Everyone who exhibits, with booths let and paid; answers each with its id."""
    planned = plan_exhibitors(random, edition, ground.lettable)
    _name_the_demonstrated(planned)
    booths_by_id = {row["id"]: row for row in rows.of(Booth) if row["fair_id"] == ground.fair_id}
    ids: list[int] = []
    for exhibitor in planned:
        joined_at = edition.at(edition.starts_on - timedelta(days=random.randint(62, 110)), random.randint(8, 17))
        ids.append(
            rows.add(
                Exhibitor, fair_id=ground.fair_id, kind=exhibitor.kind, name=exhibitor.name, name_en=exhibitor.name_en,
                main_id=None if exhibitor.main is None else ids[exhibitor.main], folded=exhibitor.folded,
                country=exhibitor.country, province=exhibitor.province, address=exhibitor.address,
                tax_code=exhibitor.tax_code, representative=exhibitor.representative, email=exhibitor.email,
                phone=exhibitor.phone, products=exhibitor.products, category=exhibitor.category,
                locale="vi" if exhibitor.country == "VN" else "en", created_at=joined_at,
            )
        )  # fmt: skip
    serial = 0
    for exhibitor_id, exhibitor in zip(ids, planned, strict=True):
        if not exhibitor.booths:
            continue
        ordered_at = edition.at(edition.starts_on - timedelta(days=random.randint(18, 60)), random.randint(8, 17),
                                random.randrange(60))  # fmt: skip
        order_id, let_at = None, ordered_at
        free = exhibitor.booths[0].kind == "pavilion"
        if not free:
            serial += 1
            order_id, let_at = _write_order(rows, random, edition, ground, exhibitor_id, exhibitor, serial, ordered_at)
        for booth in exhibitor.booths:
            booth_id = ground.booth_ids[booth.number]
            booths_by_id[booth_id] |= {
                "state": BoothState.LET.value, "exhibitor_id": exhibitor_id, "changed_at": let_at,
                "category": booth.category, "name": booth.name, "name_en": booth.name_en,
            }  # fmt: skip
            rows.add(
                Allocation, fair_id=ground.fair_id, booth_id=booth_id, exhibitor_id=exhibitor_id, order_id=order_id,
                state=BoothState.LET.value, free_of_charge=free, created_at=ordered_at, let_at=let_at,
            )  # fmt: skip
    return list(zip(ids, planned, strict=True))


def _name_the_demonstrated(planned: list[PlannedExhibitor]) -> None:
    """The firm that the demonstration's exhibitor signs in for: the same one in every edition."""
    firm = next(one for one in planned if one.kind == "main" and one.country == "VN" and one.category == "ceramics")
    firm.name, firm.name_en = DEMONSTRATED
    firm.representative, firm.email = "Nguyễn Đặng Thuỳ Hương", "exhibitor@example.com"


DEMONSTRATED = ("Công ty TNHH Gốm Thuỳ Hương", "Thuy Huong Ceramics Co., Ltd")


def _write_order(
    rows: Rows, random: Random, edition: Edition, ground: FairGround, exhibitor_id: int, exhibitor: PlannedExhibitor,
    serial: int, ordered_at: datetime,
) -> tuple[int, datetime]:  # fmt: skip
    lines = [(booth, price(booth), apply_rate(price(booth), ground.vat_bp)) for booth in exhibitor.booths]
    net, vat = sum(line[1] for line in lines), sum(line[2] for line in lines)
    total = net + vat
    by_card = total < STRIPE_LIMIT_MINOR and random.random() < 0.38
    paid_at = ordered_at + (timedelta(minutes=random.randint(3, 18)) if by_card else timedelta(hours=random.randint(2, 60)))
    year = edition.starts_on.year
    order_id = rows.add(
        Order, fair_id=ground.fair_id, exhibitor_id=exhibitor_id, reference=f"HN{year % 100:02}{edition.number}{serial:04}",
        pay_by="card" if by_card else "transfer", state=OrderState.PAID.value, currency="VND", net_minor=net,
        vat_minor=vat, total_minor=total, created_at=ordered_at, due_at=ordered_at + timedelta(days=3), paid_at=paid_at,
        contract_number=f"{serial:04}/{year}/HĐTG",
    )  # fmt: skip
    for booth, net_minor, vat_minor in lines:
        rows.add(
            OrderLine, fair_id=ground.fair_id, order_id=order_id, kind="booth", booth_id=ground.booth_ids[booth.number],
            label=f"Gian hàng {booth.number}, {booth.area_m2} m²", quantity=1, unit_minor=net_minor, net_minor=net_minor,
            vat_bp=ground.vat_bp, vat_minor=vat_minor,
        )  # fmt: skip
    rows.add(
        Payment, fair_id=ground.fair_id, order_id=order_id, method="card" if by_card else "transfer",
        external_id=f"{'pi_demo' if by_card else 'FT'}{edition.number}{serial:06}", amount_minor=total, currency="VND",
        received_at=paid_at, state=PaymentState.SETTLED.value, payer=exhibitor.name,
    )  # fmt: skip
    rows.add(
        Invoice, fair_id=ground.fair_id, order_id=order_id, kind="invoice", serial=serial, number=f"HD{year}-{serial:05}",
        issued_on=paid_at.astimezone(ZONE).date(), issued_at=paid_at, content={"order_id": order_id},
    )  # fmt: skip
    return order_id, paid_at
