"""Writes who exhibits, which booths they took, and the money that came for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from app.booths.models import Allocation, Booth, BoothState
from app.demo.edition import ZONE, Edition
from app.demo.exhibitors import PlannedExhibitor, plan_exhibitors
from app.demo.papers import content_of_papers
from app.demo.rows import Rows
from app.demo.write_fair import FairGround, price
from app.fairs.models import Exhibitor
from app.money import apply_rate
from app.payments.models import Invoice, Order, OrderLine, OrderState, Payment, PaymentState
from app.payments.orders import LETTERS


@dataclass(frozen=True)
class _Letting:
    """What an exhibitor took, when, and how it was paid; `free`: a programme paid."""

    exhibitor_id: int
    exhibitor: PlannedExhibitor
    ordered_at: datetime
    let_at: datetime
    by_card: bool
    free: bool


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
                Exhibitor,
                fair_id=ground.fair_id,
                kind=exhibitor.kind,
                name=exhibitor.name,
                name_en=exhibitor.name_en,
                main_id=None if exhibitor.main is None else ids[exhibitor.main],
                folded=exhibitor.folded,
                country=exhibitor.country,
                province=exhibitor.province,
                address=exhibitor.address,
                tax_code=exhibitor.tax_code,
                representative=exhibitor.representative,
                email=exhibitor.email,
                phone=exhibitor.phone,
                products=exhibitor.products,
                category=exhibitor.category,
                locale="vi" if exhibitor.country == "VN" else "en",
                created_at=joined_at,
            )
        )
    lettings = [_plan_letting(random, edition, ground, *one) for one in zip(ids, planned, strict=True) if one[1].booths]
    serial = 0
    for letting in sorted(lettings, key=lambda one: one.let_at):  # papers are numbered as the money came
        order_id = None
        if not letting.free:
            serial += 1
            order_id = _write_order(rows, random, edition, ground, letting, serial)
        for booth in letting.exhibitor.booths:
            booth_id = ground.booth_ids[booth.number]
            booths_by_id[booth_id] |= {
                "state": BoothState.LET.value,
                "exhibitor_id": letting.exhibitor_id,
                "changed_at": letting.let_at,
                "category": booth.category,
                "name": booth.name,
                "name_en": booth.name_en,
            }
            rows.add(
                Allocation,
                fair_id=ground.fair_id,
                booth_id=booth_id,
                exhibitor_id=letting.exhibitor_id,
                order_id=order_id,
                state=BoothState.LET.value,
                free_of_charge=letting.free,
                created_at=letting.ordered_at,
                let_at=letting.let_at,
            )
    return list(zip(ids, planned, strict=True))


def _name_the_demonstrated(planned: list[PlannedExhibitor]) -> None:
    """The firm that the demonstration's exhibitor signs in for: the same one in every edition."""
    firm = next(
        one for one in planned if one.kind == "main" and one.province == "ha-noi" and one.category == "ceramics"
    )
    firm.name, firm.name_en = DEMONSTRATED
    firm.representative, firm.email = "Nguyễn Đặng Thuỳ Hương", "exhibitor@example.com"
    firm.province, firm.address, firm.tax_code = "ha-noi", DEMONSTRATED_AT, DEMONSTRATED_TAX_CODE


DEMONSTRATED = ("Công ty TNHH Gốm Thuỳ Hương", "Thuy Huong Ceramics Co., Ltd")
DEMONSTRATED_AT = "Bát Tràng, Gia Lâm, Hà Nội"
DEMONSTRATED_TAX_CODE = "0100000102"


def _plan_letting(
    random: Random, edition: Edition, ground: FairGround, exhibitor_id: int, exhibitor: PlannedExhibitor
) -> _Letting:
    """When the exhibitor ordered and paid, and how; pavilions of provinces are paid for by the programme."""
    day = edition.starts_on - timedelta(days=random.randint(18, 60))
    ordered_at = edition.at(day, random.randint(8, 17), random.randrange(60))
    free = exhibitor.booths[0].kind == "pavilion"
    total = sum(price(booth) + apply_rate(price(booth), ground.vat_bp) for booth in exhibitor.booths)
    by_card = total < STRIPE_LIMIT_MINOR and random.random() < 0.38
    waits = timedelta(minutes=random.randint(3, 18)) if by_card else timedelta(hours=random.randint(2, 60))
    return _Letting(exhibitor_id, exhibitor, ordered_at, ordered_at if free else ordered_at + waits, by_card, free)


def _write_order(
    rows: Rows, random: Random, edition: Edition, ground: FairGround, letting: _Letting, serial: int
) -> int:
    lines = [(booth, price(booth), apply_rate(price(booth), ground.vat_bp)) for booth in letting.exhibitor.booths]
    net, vat = sum(line[1] for line in lines), sum(line[2] for line in lines)
    method = "card" if letting.by_card else "transfer"
    year = edition.starts_on.year
    contract_number = f"{serial:04}/{year}/HĐTG"
    order_id = rows.add(
        Order,
        fair_id=ground.fair_id,
        exhibitor_id=letting.exhibitor_id,
        reference="PH" + "".join(random.choice(LETTERS) for _ in range(8)),
        pay_by=method,
        state=OrderState.PAID.value,
        currency="VND",
        net_minor=net,
        vat_minor=vat,
        total_minor=net + vat,
        created_at=letting.ordered_at,
        due_at=letting.ordered_at + timedelta(days=3),
        paid_at=letting.let_at,
        contract_number=contract_number,
    )
    for booth, net_minor, vat_minor in lines:
        rows.add(
            OrderLine,
            fair_id=ground.fair_id,
            order_id=order_id,
            kind="booth",
            booth_id=ground.booth_ids[booth.number],
            label=f"Gian hàng / Booth {booth.number}, {ground.hall_names[booth.number]}, {booth.area_m2} m²",
            unit_minor=net_minor,
            net_minor=net_minor,
            vat_bp=ground.vat_bp,
            vat_minor=vat_minor,
        )
    rows.add(
        Payment,
        fair_id=ground.fair_id,
        order_id=order_id,
        method=method,
        external_id=f"{'pi_demo' if letting.by_card else 'FT'}{edition.number}{serial:06}",
        amount_minor=net + vat,
        currency="VND",
        received_at=letting.let_at,
        state=PaymentState.SETTLED.value,
        payer=letting.exhibitor.name,
    )
    content = content_of_papers(rows, len(lines), letting.exhibitor_id)
    for kind, number in (("invoice", f"HD{year}-{serial:05}"), ("contract", contract_number)):
        rows.add(
            Invoice,
            fair_id=ground.fair_id,
            order_id=order_id,
            kind=kind,
            serial=serial,
            number=number,
            issued_on=letting.let_at.astimezone(ZONE).date(),
            issued_at=letting.let_at,
            content=content,
        )
    return order_id
