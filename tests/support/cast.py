"""The cast: Ola organises, Ema exhibits, Cleo co-exhibits, Bảo buys, Gia stands at the gate, Stan is a stranger."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import select

from app.accounts.models import Person
from app.booths.models import Booth, BoothState
from app.db import db, transaction
from app.fairs.models import Buyer, Exhibitor, ExhibitorMember, Fair, Hall, Membership, Organiser, VatRate, Zone
from app.search import fold
from app.visitors.models import Gate, VisitorCategory

PASSWORD = "lụa-tơ-tằm-2019"
LONG_AGO = datetime(2019, 6, 1, tzinfo=UTC)
CATEGORIES = (
    ("trade", 1, "Khách thương mại", "Trade buyer", True, True, True, "ink"),
    ("importer", 2, "Nhà nhập khẩu", "Importer", True, True, True, "ink"),
    ("public", 3, "Khách tham quan", "Public", True, True, False, "white"),
    ("press", 4, "Báo chí", "Press", False, True, False, "turmeric"),
    ("exhibitor", 5, "Đơn vị trưng bày", "Exhibitor staff", False, False, False, "indigo"),
    ("crew", 6, "Thi công", "Crew", False, False, False, "celadon"),
)


@dataclass
class Cast:
    fair: Fair
    other_fair: Fair
    hall: Hall
    exhibitor: Exhibitor  # Ema's
    rival: Exhibitor  # Rita's
    buyer: Buyer  # Bảo's
    ola: Person
    ema: Person
    cleo: Person
    rita: Person
    bao: Person
    gia: Person
    stan: Person
    sam: Person  # booth sales
    fin: Person  # finance
    dana: Person  # deal desk


def _person(name: str, hash_password: Any) -> Person:
    return Person(
        email=f"{fold(name)}@example.org",
        name=name,
        password_hash=hash_password,
        locale="vi",
        created_at=LONG_AGO,
        email_verified_at=LONG_AGO,
    )


def _fair(organiser: Organiser, slug: str, number: int, **more: Any) -> Fair:
    values: dict[str, Any] = dict(
        organiser_id=organiser.id, slug=slug, number=number, name="Hội chợ thử", name_en="Test Fair",
        short_name="Hội chợ thử", short_name_en="Test Fair", starts_on=date(2019, 12, 12), ends_on=date(2019, 12, 15),
        opens_at_time=time(8, 30), closes_at_time=time(18), venue="Nhà triển lãm", venue_en="Exhibition hall",
        city="Hà Nội", published_at=LONG_AGO, created_at=LONG_AGO, price_per_m2_minor=1_600_000,
        corner_surcharge_bp=1000,
    )  # fmt: skip
    return Fair(**(values | more))


def make_cast(password_hash: str) -> Cast:
    """Write the cast and a small fair: hall A with booths A01 to A20 (9 m²), two gates, six categories."""
    with transaction():
        organiser = Organiser(
            name="Trung tâm Khuyến công thử", name_en="Test Promotion Centre", address="1 Phố Thử, Hà Nội",
            tax_code="0100000000", representative="Ola", email="ola@example.org", bank_name="Ngân hàng Thử",
            bank_bin="970436", bank_account="0011001234567", bank_account_name="TRUNG TAM KHUYEN CONG",
        )  # fmt: skip
        db.session.add(organiser)
        db.session.flush()
        fair = _fair(organiser, "test-fair", 7)
        other = _fair(organiser, "other-fair", 8)
        people = {
            key: _person(name, password_hash)
            for key, name in {
                "ola": "Ola", "ema": "Ema", "cleo": "Cleo", "rita": "Rita", "bao": "Bảo", "gia": "Gia",
                "stan": "Stan", "sam": "Sam", "fin": "Fin", "dana": "Dana",
            }.items()
        }  # fmt: skip
        db.session.add_all([fair, other, *people.values()])
        db.session.flush()
        for key, role in {"ola": "owner", "sam": "sales", "fin": "finance", "gia": "gate", "dana": "deals"}.items():
            db.session.add(Membership(fair_id=fair.id, person_id=people[key].id, role=role, created_at=LONG_AGO))
        hall = Hall(
            fair_id=fair.id, code="A", name="Nhà A", name_en="Hall A", width_cm=4000, depth_cm=2000, features=[]
        )  # fmt: skip
        db.session.add(hall)
        db.session.flush()
        zone = Zone(fair_id=fair.id, hall_id=hall.id, code="A", name="Mây tre đan", name_en="Bamboo and rattan")
        exhibitors = {
            key: Exhibitor(
                fair_id=fair.id, name=name, folded=fold(name), country="VN", province=province, tax_code=tax,
                address="Làng nghề", representative=key.title(), email=f"{key}@example.org", created_at=LONG_AGO,
            )
            for key, name, province, tax in (
                ("ema", "Gốm Chi", "01", "0101111111"), ("rita", "Mây tre Phú Vinh", "01", "0102222222"),
            )
        }  # fmt: skip
        buyer = Buyer(
            fair_id=fair.id, person_id=people["bao"].id, name="Bảo", company="Mua Xa", folded=fold("Bảo Mua Xa"),
            country="JP", email="bao@example.org", email_verified_at=LONG_AGO, locale="vi", created_at=LONG_AGO,
        )  # fmt: skip
        db.session.add_all([zone, buyer, *exhibitors.values()])
        db.session.flush()
        for key, exhibitor in (("ema", "ema"), ("cleo", "ema"), ("rita", "rita")):
            db.session.add(
                ExhibitorMember(
                    fair_id=fair.id,
                    exhibitor_id=exhibitors[exhibitor].id,
                    person_id=people[key].id,
                    created_at=LONG_AGO,
                )
            )
        for n in range(1, 21):
            x, y = (n - 1) // 2 * 300 + 200, 400 + (n - 1) % 2 * 300
            corner = n in (1, 2, 19, 20)
            db.session.add(
                Booth(
                    fair_id=fair.id, hall_id=hall.id, zone_id=zone.id, number=f"A{n:02}", x_cm=x, y_cm=y, width_cm=300,
                    depth_cm=300, open_sides=2 if corner else 1, kind="corner" if corner else "row",
                    price_minor=9 * 1_600_000 + (1_440_000 if corner else 0),
                )
            )  # fmt: skip
        for position, code in enumerate(("C1", "C2")):
            db.session.add(
                Gate(fair_id=fair.id, hall_id=hall.id, code=code, name=f"Cổng {position + 1}",
                     name_en=f"Gate {position + 1}", position=position)
            )  # fmt: skip
        for code, number, name, name_en, counts, online, is_trade, colour in CATEGORIES:
            db.session.add(
                VisitorCategory(fair_id=fair.id, code=code, number=number, name=name, name_en=name_en, counts=counts,
                                online=online, is_trade=is_trade, colour=colour)
            )  # fmt: skip
        for rate_bp, from_on, to_on in (
            (1000, date(2009, 1, 1), date(2022, 1, 31)), (800, date(2022, 2, 1), date(2022, 12, 31)),
            (1000, date(2023, 1, 1), None),
        ):  # fmt: skip
            db.session.add(VatRate(fair_id=fair.id, rate_bp=rate_bp, from_on=from_on, to_on=to_on))
    return Cast(fair, other, hall, exhibitors["ema"], exhibitors["rita"], buyer, **people)


def let_booth(exhibitor: Exhibitor, number: str) -> None:
    """Give an exhibitor its booth: who stands at the fair may search its buyers by name."""
    with transaction():
        booth = db.session.scalars(
            select(Booth).where(Booth.fair_id == exhibitor.fair_id, Booth.number == number)
        ).one()
        booth.state, booth.exhibitor_id = BoothState.LET, exhibitor.id
