"""Writes an edition's own rows: organiser, fair, rates, halls, zones, booths, gates, categories, keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from random import Random

from flask import current_app

from app import badge_token
from app.booths.models import Booth, BoothState
from app.demo.edition import CLOSES, OPENS, Edition
from app.demo.floor import PlannedBooth, PlannedHall, plan_halls
from app.demo.people import CATEGORIES
from app.demo.rows import Rows
from app.demo.scans import GATES
from app.fairs.models import ExchangeRate, Fair, Hall, Organiser, VatRate, Zone
from app.fairs.product_categories import product_category_name
from app.visitors.models import BadgeKey, Gate, VisitorCategory

PRICE_PER_M2, CORNER_SURCHARGE_BP = 1_500_000, 1_000
CONTEST = ("Cuộc thi thiết kế mẫu thủ công mỹ nghệ", "Handicraft design contest")


@dataclass
class FairGround:
    """What the other writers need to know of an edition that was laid out."""

    fair_id: int
    organiser_id: int
    halls: list[PlannedHall]
    booth_ids: dict[str, int]
    lettable: list[PlannedBooth]
    gate_ids: dict[str, int]
    category_ids: dict[str, int]
    category_numbers: dict[str, int]
    key: tuple[bytes, bytes]  # public, sealed private
    vat_bp: int

    @cached_property
    def hall_names(self) -> dict[str, str]:
        """A booth's number → the name of its hall."""
        named = ((f"Nhà {n} / Hall {n}", hall) for n, hall in enumerate(self.halls, start=1))
        return {booth.number: name for name, hall in named for booth in hall.booths}


def write_organiser(rows: Rows) -> int:
    """The invented body that runs all three editions."""
    return rows.add(
        Organiser,
        name="Trung tâm Hội chợ Thủ công mỹ nghệ Hà Nội (mô phỏng)",
        name_en="Hanoi Handicraft Fair Centre (demonstration)",
        address="Số 1 đường Triển Lãm, Hà Nội",
        tax_code="0100000001",
        representative="Nguyễn Thị Thu Hà",
        representative_title="Giám đốc",
        email="organiser@example.com",
        phone="+84 24 5550 0000",
        bank_name="Ngân hàng Mô phỏng",
        bank_bin="999999",  # no bank's: nobody can pay a demonstration with true money
        bank_account="0000123456789",
        bank_account_name="TRUNG TAM HOI CHO THU CONG MY NGHE",
    )


def write_fair(rows: Rows, random: Random, edition: Edition, organiser_id: int) -> FairGround:
    """The fair with its floor, where nothing is let yet."""
    year = edition.starts_on.year
    before = edition.at(edition.starts_on - timedelta(days=150), 9)
    created_at = min(before, edition.now)
    fair_id = rows.add(
        Fair,
        organiser_id=organiser_id,
        slug=edition.slug,
        number=edition.number,
        name=f"Hội chợ Quốc tế Quà tặng hàng Thủ công mỹ nghệ Hà Nội {year}",
        name_en=f"Hanoi International Gift Show {year}",
        short_name=f"Quà tặng Thủ công mỹ nghệ Hà Nội {year}",
        short_name_en=f"Hanoi Gift Show {year}",
        theme="Sản phẩm thủ công sáng tạo",
        theme_en="Creative handicraft products",
        starts_on=edition.starts_on,
        ends_on=edition.ends_on,
        opens_at_time=OPENS,
        closes_at_time=CLOSES,
        venue="Trung tâm Triển lãm Hà Nội",
        venue_en="Hanoi Exhibition Centre",
        city="Hà Nội",
        is_demo=True,
        published_at=created_at,
        booking_closed_at=edition.at(edition.starts_on - timedelta(days=5), 17) if edition.let else None,
        created_at=created_at,
        price_per_m2_minor=PRICE_PER_M2,
        corner_surcharge_bp=CORNER_SURCHARGE_BP,
    )
    vat_bp = _write_rates(rows, fair_id, edition)
    halls = plan_halls(random, edition.size.halls, edition.size.merged)
    rows_of_floor = [booth for hall in halls for booth in hall.booths if booth.kind == "row"]
    not_let = {booth.number for booth in random.sample(rows_of_floor, edition.size.not_let)}
    for hall in halls:
        for booth in hall.booths:
            if booth.kind == "show" and booth.name == CONTEST[0]:
                booth.name, booth.name_en = f"{CONTEST[0]} {year}"[:80], f"{CONTEST[1]} {year}"
    gate_ids, booth_ids = _write_floor(rows, fair_id, halls, not_let)
    category_ids = {
        code: rows.add(
            VisitorCategory,
            fair_id=fair_id,
            code=code,
            number=number,
            name=name,
            name_en=name_en,
            counts=counts,
            online=online,
            is_trade=is_trade,
            colour=colour,
        )
        for code, number, name, name_en, counts, online, is_trade, colour in CATEGORIES
    }
    key = badge_token.new_key(current_app.config["FAIR_SECRET_KEY"])
    rows.add(BadgeKey, fair_id=fair_id, number=0, public_key=key[0], private_key_sealed=key[1], created_at=created_at)
    lettable = [b for hall in halls for b in hall.booths if b.kind != "show" and b.number not in not_let]
    numbers = {category[0]: category[1] for category in CATEGORIES}
    return FairGround(fair_id, organiser_id, halls, booth_ids, lettable, gate_ids, category_ids, numbers, key, vat_bp)


def _write_rates(rows: Rows, fair_id: int, edition: Edition) -> int:
    """VAT as it was: 10 % by law; 8 % on most goods and services for the periods that the National Assembly set."""
    for rate_bp, from_on, to_on, source in (
        (1000, date(2009, 1, 1), date(2025, 6, 30), "Luật Thuế GTGT 13/2008/QH12, điều 8"),
        (800, date(2025, 7, 1), date(2026, 12, 31), "Nghị quyết 204/2025/QH15"),
        (1000, date(2027, 1, 1), None, "Luật Thuế GTGT 48/2024/QH15, điều 9"),
    ):
        rows.add(VatRate, fair_id=fair_id, rate_bp=rate_bp, from_on=from_on, to_on=to_on, source=source)
    rate_on = edition.ends_on + timedelta(days=1)
    if rate_on <= edition.now.date():
        for currency, rate in (("USD", "23164"), ("EUR", "25747")):
            rows.add(
                ExchangeRate,
                fair_id=fair_id,
                currency=currency,
                rate_on=rate_on,
                rate=rate,
                source="demo",
            )
    ordered_on = edition.starts_on - timedelta(days=30)
    return 800 if date(2025, 7, 1) <= ordered_on <= date(2026, 12, 31) else 1000


def _write_floor(
    rows: Rows, fair_id: int, halls: list[PlannedHall], not_let: set[str]
) -> tuple[dict[str, int], dict[str, int]]:
    gate_ids: dict[str, int] = {}
    booth_ids: dict[str, int] = {}
    gate_names = {code: (name, name_en) for code, name, name_en, _ in GATES}
    for position, hall in enumerate(halls, start=1):
        hall_id = rows.add(
            Hall,
            fair_id=fair_id,
            code=hall.code,
            name=f"Nhà {position}",
            name_en=f"Hall {position}",
            position=position,
            width_cm=hall.width_cm,
            depth_cm=hall.depth_cm,
            features=_features(hall, gate_names),
        )
        for gate, _ in hall.gates:
            name, name_en = gate_names[gate]
            gate_ids[gate] = rows.add(
                Gate,
                fair_id=fair_id,
                hall_id=hall_id,
                code=gate,
                name=name,
                name_en=name_en,
                position=len(gate_ids) + 1,
            )
        zone_ids = {
            zone.code: rows.add(
                Zone,
                fair_id=fair_id,
                hall_id=hall_id,
                code=zone.code,
                name=product_category_name(zone.category, "vi"),
                name_en=product_category_name(zone.category, "en"),
                category=zone.category,
                label_x_cm=zone.label_x_cm,
                label_y_cm=zone.label_y_cm,
            )
            for zone in hall.zones
        }
        for booth in hall.booths:
            state = BoothState.SHOW if booth.kind == "show" else BoothState.FREE
            state = BoothState.NOT_LET if booth.number in not_let else state
            booth_ids[booth.number] = rows.add(
                Booth,
                fair_id=fair_id,
                hall_id=hall_id,
                zone_id=zone_ids.get(booth.zone),
                number=booth.number,
                x_cm=booth.x_cm,
                y_cm=booth.y_cm,
                width_cm=booth.width_cm,
                depth_cm=booth.depth_cm,
                area_cm2=booth.width_cm * booth.depth_cm,
                open_sides=booth.open_sides,
                kind=booth.kind,
                category=booth.category,
                name=booth.name,
                name_en=booth.name_en,
                price_minor=0 if booth.kind == "show" else price(booth),
                state=state.value,
            )
    name, name_en = gate_names["NV"]
    gate_ids["NV"] = rows.add(Gate, fair_id=fair_id, code="NV", name=name, name_en=name_en, position=len(gate_ids) + 1)
    return gate_ids, booth_ids


def price(booth: PlannedBooth) -> int:
    """Area by the price of a square metre, and the surcharge for each open side after the first (basis points)."""
    base = booth.area_m2 * PRICE_PER_M2
    return base + base * CORNER_SURCHARGE_BP * (booth.open_sides - 1) // 10_000


def _features(hall: PlannedHall, gate_names: dict[str, tuple[str, str]]) -> list[dict[str, object]]:
    features: list[dict[str, object]] = [
        {
            "kind": "entrance",
            "gate": gate,
            "side": "south",
            "at_cm": at,
            "width_cm": 800,
            "name": gate_names[gate][0],
            "name_en": gate_names[gate][1],
        }
        for gate, at in hall.gates
    ]
    middle = hall.depth_cm // 2
    for x in (0, hall.width_cm - 60):
        features.append(
            {
                "kind": "exit",
                "x_cm": x,
                "y_cm": middle - 200,
                "width_cm": 60,
                "depth_cm": 400,
                "name": "Lối thoát hiểm",
                "name_en": "Emergency exit",
            }
        )
    return features
