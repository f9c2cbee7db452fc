"""What the coming edition sells with its booths: an early-bird price, and extras of a real order form."""

from datetime import timedelta

from app.booths.models import Extra, PriceList
from app.demo.edition import Edition
from app.demo.rows import Rows

EARLY_BIRD_BP = 1000
EARLY_UNTIL = timedelta(days=40)  # before the fair opens
ORDERED_UNTIL = timedelta(days=14)
EXTRAS = (  # name, English, unit, English, what it is, English, price before VAT, stock
    ("Điện 1 pha", "Power, single phase", "kW", "kW", "Gồm ổ cắm, aptomat và tiền điện bốn ngày",
     "With socket, breaker and four days of power", 650_000, 600),
    ("Bàn quầy", "Counter table", "cái", "piece", "100 × 50 × 75 cm, phủ vải trắng",
     "100 × 50 × 75 cm, white cloth", 250_000, 260),
    ("Ghế gấp", "Folding chair", "cái", "piece", "", "", 60_000, 900),
    ("Đèn chiếu 30 W", "Spotlight 30 W", "cái", "piece", "Đã gồm điện, lắp trên khung gian hàng",
     "Power included, fixed to the booth's frame", 180_000, 400),
    ("Kệ trưng bày 4 tầng", "Shelf, four boards", "cái", "piece", "Gỗ công nghiệp, 100 × 40 × 180 cm",
     "Wood board, 100 × 40 × 180 cm", 350_000, 120),
    ("Thảm nỉ", "Felt carpet", "m²", "m²", "Đỏ hoặc xám, trải sẵn trước ngày khai mạc",
     "Red or grey, laid before the opening", 45_000, None),
    ("Internet có dây", "Wired internet", "đường", "line", "20 Mb/giây riêng cho gian hàng",
     "20 Mb/s for the booth alone", 1_200_000, 40),
)  # fmt: skip


def write_selling(rows: Rows, edition: Edition, fair_id: int) -> None:
    began = edition.now - timedelta(days=30)
    rows.add(
        PriceList,
        fair_id=fair_id,
        name="Giá đặt sớm",
        name_en="Early bird",
        from_on=began.date(),
        to_on=edition.starts_on - EARLY_UNTIL,
        off_bp=EARLY_BIRD_BP,
        per_m2_minor=None,
        created_at=began,
    )
    for position, (name, name_en, unit, unit_en, about, about_en, price, stock) in enumerate(EXTRAS, start=1):
        rows.add(
            Extra,
            fair_id=fair_id,
            name=name,
            name_en=name_en,
            unit=unit,
            unit_en=unit_en,
            about=about,
            about_en=about_en,
            price_minor=price,
            stock=stock,
            taken=0,
            order_until=edition.starts_on - ORDERED_UNTIL,
            position=position,
            created_at=began,
        )
