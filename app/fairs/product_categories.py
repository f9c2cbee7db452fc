"""What is shown and sold at a handicraft fair: the product categories of booths, exhibitors and deals."""

from __future__ import annotations

PRODUCT_CATEGORIES: tuple[tuple[str, str, str], ...] = (
    ("bamboo", "Mây tre đan", "Bamboo and rattan"),
    ("ceramics", "Gốm sứ", "Ceramics"),
    ("lacquer", "Sơn mài", "Lacquer"),
    ("silk", "Lụa, thêu", "Silk and embroidery"),
    ("wood", "Gỗ", "Wood"),
    ("stone", "Đá", "Stone"),
    ("metal", "Bạc, đồng", "Silver and metal"),
    ("paper", "Giấy, đồ chơi", "Paper and toys"),
    ("food", "Đặc sản OCOP", "OCOP food"),
    ("other", "Hàng khác", "Other"),
)
_NAMES = {code: {"vi": name, "en": name_en} for code, name, name_en in PRODUCT_CATEGORIES}


def product_category_name(code: str, locale: str) -> str:
    """The category in the reader's language; what an organiser typed himself stays as typed."""
    return _NAMES.get(code, {}).get(locale[:2], code)


def product_categories(locale: str) -> list[tuple[str, str]]:
    """Every category as (code, name), in the order of the floor."""
    return [(code, product_category_name(code, locale)) for code, _, _ in PRODUCT_CATEGORIES]
