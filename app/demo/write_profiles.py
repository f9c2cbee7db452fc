"""Profiles of the demonstration: words, drawn logos and pictures of products, so that the directory is alive."""

from __future__ import annotations

import io
import secrets
from datetime import datetime, timedelta
from math import cos, pi, sin
from random import Random
from typing import Any

from PIL import Image, ImageDraw

from app.demo.edition import Edition
from app.demo.exhibitors import PlannedExhibitor
from app.demo.rows import Rows
from app.directory.editing import folded_words
from app.directory.models import CompanyProfile, ItemKind, Picture, ProfileItem
from app.directory.words import SEEKS
from app.documents import store
from app.fairs.countries import country_name
from app.fairs.product_categories import product_category_name
from app.fairs.provinces import province_name

SIDE = 360  # pixels of a drawn picture
PROFILES = 45  # of an edition
DYES = ("#223F77", "#23694F", "#7F5300", "#A3123F", "#1F7A8A", "#75489A", "#6B4733", "#6E6B12")
GROUNDS = ("#FFFFFF", "#F3F3EE", "#FFF3D2", "#DDECE4")
SAID = {  # what a company of a category says, in both languages
    "bamboo": (
        "Xưởng đan mây, tre, guột theo mẫu của khách; nan được luộc và sấy chống mốc trước khi xuất.",
        "We weave rattan, bamboo and fern to your design; the splints are boiled and dried against mould.",
    ),
    "ceramics": (
        "Lò gốm làm men lam, men rạn và men ngọc, nung gas ở 1.250 °C; nhận đặt mẫu từ 200 chiếc.",
        "Blue, crackle and celadon glazes, fired with gas at 1,250 °C; your own design from 200 pieces.",
    ),
    "lacquer": (
        "Sơn mài truyền thống trên cốt gỗ và tre ép, mài tay mười hai lớp.",
        "Traditional lacquer on wood and pressed bamboo, twelve layers rubbed by hand.",
    ),
    "silk": (
        "Dệt lụa tơ tằm và thêu tay; nhuộm bằng lá, vỏ cây và chàm.",
        "Silk weaving and hand embroidery, dyed with leaves, bark and indigo.",
    ),
    "wood": (
        "Đồ gỗ mỹ nghệ từ gỗ rừng trồng có chứng chỉ, mộng ghép không đinh.",
        "Wooden craft from certified planted forests, joined without nails.",
    ),
    "other": (
        "Hàng thủ công làm tại làng nghề, giao mẫu trong mười ngày.",
        "Handmade in our craft village; samples within ten days.",
    ),
}
OURS = (  # products of who signs in as the exhibitor: names, words, prices in VND
    ("Ấm chén men lam", "Blue-glazed tea set", "Một ấm 450 ml và sáu chén.", "A pot of 450 ml and six cups.",
     380_000, 650_000),
    ("Bình hoa men rạn", "Crackle-glazed vase", "Cao 30 cm, vuốt tay.", "30 cm high, thrown by hand.", 520_000, None),
    ("Bát cơm hoa sen", "Rice bowl with lotus", "Vẽ tay dưới men, dùng được lò vi sóng.",
     "Painted by hand under the glaze, fit for microwave ovens.", None, None),
)  # fmt: skip


def write_profiles(
    rows: Rows, edition: Edition, fair_id: int, exhibitors: list[tuple[int, PlannedExhibitor]], ours: int
) -> None:
    """Some companies' profiles, and a full one of who signs in (`ours`). A seed of its own: nothing else moves."""
    random = Random(edition.seed + 200_000)
    others = [one for one in exhibitors if one[1].kind != "represented" and one[0] != ours]
    chosen = random.sample(others, min(PROFILES, len(others))) + [one for one in exhibitors if one[0] == ours]
    at = min(edition.now, edition.at(edition.starts_on - timedelta(days=20), 10))
    for exhibitor_id, exhibitor in chosen:
        products = OURS if exhibitor_id == ours else ()
        _write_profile(rows, random, fair_id, exhibitor_id, exhibitor, products, at)


def _write_profile(
    rows: Rows,
    random: Random,
    fair_id: int,
    exhibitor_id: int,
    exhibitor: PlannedExhibitor,
    products: tuple[Any, ...],
    at: datetime,
) -> None:
    about, about_en = SAID.get(exhibitor.category, SAID["other"])
    place = province_name(exhibitor.province) if exhibitor.province else country_name(exhibitor.country, "en")
    name = exhibitor.products.split(",")[0].strip()
    name = name[:1].upper() + name[1:] or product_category_name(exhibitor.category, "vi")
    told = products or ((name, product_category_name(exhibitor.category, "en"), "", "", None, None),)
    made = {"fair_id": fair_id, "exhibitor_id": exhibitor_id, "changed_at": at, "changed_by": exhibitor.representative}
    items = [
        {
            "kind": ItemKind.PRODUCT.value, "key": secrets.token_hex(16), "revision": 1, "name": one[0],
            "name_en": one[1], "about": one[2], "about_en": one[3], "category": exhibitor.category,
            "currency": "VND" if one[4] is not None else "", "price_from_minor": one[4], "price_to_minor": one[5],
            "picture_id": _picture(rows, fair_id, exhibitor_id, _still_life(random), at) if products else None,
            "document_id": None, "hidden": "", "created_at": at, **made,
        }
        for one in told
    ]  # fmt: skip
    profile = {
        "revision": 1, "about": f"{about} ({place})", "about_en": f"{about_en} ({place})", "about_hidden": "",
        "seeks": sorted(random.sample(list(SEEKS), 2), key=list(SEEKS).index), "website": exhibitor.website,
        "contact_name": exhibitor.representative, "contact_email": exhibitor.email,
        "contact_phone": exhibitor.phone, "logo_hidden": "",
        "logo_id": _picture(rows, fair_id, exhibitor_id, _logo(random), at), **made,
    }  # fmt: skip
    shown = [ProfileItem(**item) for item in items]
    rows.add(CompanyProfile, **profile, folded=folded_words(CompanyProfile(**profile), shown))
    for item in items:
        rows.add(ProfileItem, **item)


def _picture(rows: Rows, fair_id: int, exhibitor_id: int, drawn: Image.Image, at: datetime) -> int:
    out = io.BytesIO()
    drawn.quantize(32).save(out, "PNG")
    sha256 = store.keep_bytes(out.getvalue())
    return rows.add(
        Picture, fair_id=fair_id, exhibitor_id=exhibitor_id, sha256=sha256, small_sha256=sha256,
        media_type="image/png", width=drawn.width, height=drawn.height, created_at=at,
    )  # fmt: skip


def _logo(random: Random) -> Image.Image:
    """A mark of plaits, petals, rings or a kiln, in one dye, sometimes two."""
    ground, dye, second = random.choice(GROUNDS), *random.sample(DYES, 2)
    picture = Image.new("RGB", (SIDE, SIDE), ground)
    pen, middle = ImageDraw.Draw(picture), SIDE // 2
    match random.randrange(4):
        case 0:  # a plait of so many strips
            n = random.choice((3, 4, 5))
            cell = (SIDE - 80) / n
            for row in range(n):
                for column in range(n):
                    x, y = 40 + column * cell, 40 + row * cell
                    for part in (0.08, 0.56):
                        if (row + column) % 2:
                            box = (x + 2, y + part * cell, x + cell - 2, y + (part + 0.36) * cell)
                        else:
                            box = (x + part * cell, y + 2, x + (part + 0.36) * cell, y + cell - 2)
                        pen.rectangle(box, fill=dye)
        case 1:  # petals
            n = random.choice((5, 6, 8, 10))
            for petal in range(n):
                x, y = middle + 78 * cos(2 * pi * petal / n), middle + 78 * sin(2 * pi * petal / n)
                pen.ellipse((x - 48, y - 48, x + 48, y + 48), outline=dye, width=13)
            pen.ellipse((middle - 22, middle - 22, middle + 22, middle + 22), fill=second)
        case 2:  # rings
            for radius in range(140, 20, -random.choice((30, 40))):
                pen.ellipse((middle - radius, middle - radius, middle + radius, middle + radius), outline=dye, width=14)
        case _:  # a kiln's arch over the water
            pen.pieslice((50, 60, SIDE - 50, SIDE + 120), 180, 360, fill=dye)
            pen.pieslice((130, 150, SIDE - 130, SIDE + 60), 180, 360, fill=ground)
            for wave in range(3):
                pen.rectangle((50, 262 + wave * 26, SIDE - 50 - wave * 40, 272 + wave * 26), fill=second)
    return picture


def _still_life(random: Random) -> Image.Image:
    """A vessel on a table, in flat colours: drawn, so that nobody takes it for a photograph."""
    wall, table = random.choice((("#E8E8E1", "#C9C7BD"), ("#DDECE4", "#BFD3C7"), ("#E5E9F2", "#C4CDE0")))
    glaze, band = random.sample(DYES, 2)
    picture = Image.new("RGB", (480, SIDE), wall)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 270, 480, SIDE), fill=table)
    wide = random.choice((70, 90, 110))
    pen.ellipse((240 - wide, 300, 240 + wide, 326), fill="#A8A69C")
    pen.ellipse((240 - wide, 120, 240 + wide, 314), fill=glaze)
    neck = random.choice((24, 34, 50))
    pen.rectangle((240 - neck, 80, 240 + neck, 150), fill=glaze)
    pen.ellipse((240 - neck - 8, 68, 240 + neck + 8, 92), fill=glaze)
    pen.ellipse((240 - neck, 72, 240 + neck, 88), fill="#1B1917")
    for row in range(3):
        pen.arc((240 - wide + 8, 150 + row * 22, 240 + wide - 8, 250 + row * 22), 20, 160, fill=band, width=5)
    return picture
