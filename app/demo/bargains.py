"""The demonstration's deals, each with the revisions and answers that make its state true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from app.demo.edition import CLOSES, Edition
from app.demo.people import local_day

ITEMS = {
    "bamboo": ("giỏ mây", "khay tre", "đèn mây tre", "chụp đèn đan"),
    "ceramics": ("bộ ấm chén", "bình hoa men lam", "bát đĩa men rạn", "chậu gốm"),
    "lacquer": ("khay sơn mài", "hộp trang sức", "tranh sơn mài", "bát vỏ dừa sơn"),
    "silk": ("khăn lụa", "túi thêu", "vải đũi", "chăn thổ cẩm"),
    "wood": ("lọ gỗ tiện", "tượng gỗ", "thớt gỗ", "đồ chơi gỗ"),
    "stone": ("tượng đá", "khay đá", "đèn đá"),
    "metal": ("vòng bạc", "tranh đồng", "chuông đồng", "hộp đồng"),
    "paper": ("sổ giấy dó", "đèn lồng", "tranh dân gian", "hộp quà giấy"),
    "food": ("chè", "mật ong", "kẹo dừa", "cà phê"),
    "other": ("hộp quà làng nghề", "bộ quà tặng"),
}
REASONS = {
    "disputed": ("Đơn giá chưa đúng với báo giá", "Số lượng ghi thừa một lô", "Bên mua chưa chốt điều kiện giao hàng"),
    "cancelled": ("Ghi trùng với giao dịch trước", "Hai bên thôi thoả thuận", "Bên mua đổi kế hoạch nhập hàng"),
}
EURO = ("DE", "FR", "NL")


@dataclass
class PlannedBuyer:
    """A trade visitor who may buy: `days` are those on which the gates saw the person."""

    buyer_id: int
    name: str
    company: str
    country: str
    days: list[date]
    address_verified: bool


@dataclass
class PlannedSeller:
    exhibitor_id: int
    name: str
    representative: str
    category: str


@dataclass
class PlannedDeal:
    """One deal as it stands at the end, with how many times its terms were changed."""

    buyer: PlannedBuyer
    seller: PlannedSeller
    state: str
    kind: str
    category: str
    subject: str
    amounts: list[int | None]  # minor units, one for each revision
    currency: str
    recorded_at: datetime
    by_side: str
    buyer_means: str
    reason: str = ""

    @property
    def revision(self) -> int:
        return len(self.amounts)

    @property
    def signed_on(self) -> date:
        return local_day(self.recorded_at)


def plan_deals(
    random: Random, edition: Edition, buyers: list[PlannedBuyer], sellers: list[PlannedSeller]
) -> list[PlannedDeal]:
    """As many deals of each state as the edition wants, in the order in which they were recorded."""
    came = [buyer for buyer in buyers if buyer.days]
    abroad = [buyer for buyer in came if buyer.country != "VN"] or came
    deals = []
    for state, number in edition.size.deals.items():
        for _ in range(number):
            buyer = random.choice(abroad) if random.random() < 0.46 else random.choice(came)
            deals.append(_plan_deal(random, edition, state, buyer, random.choice(sellers)))
    return sorted(deals, key=lambda deal: deal.recorded_at)


def _plan_deal(random: Random, edition: Edition, state: str, buyer: PlannedBuyer, seller: PlannedSeller) -> PlannedDeal:
    currency = _currency(random, buyer.country)
    kind = random.choices(("order", "contract", "memorandum"), (47, 44, 9))[0]
    if state == "verified" and kind == "memorandum":
        kind = "contract"
    value: int | None = _value(random, currency)
    if kind == "memorandum" and random.random() < 0.3:
        value = None
    amounts: list[int | None] = [value]
    if value is not None and random.random() < 0.11:
        amounts.insert(0, _rounded(int(value * random.choice((0.8, 0.9, 1.1, 1.25))), currency))
    day = random.choice(buyer.days)
    until = min(edition.at(day, CLOSES.hour), edition.now)
    since = min(edition.at(day, 9), until - timedelta(minutes=20))
    recorded_at = since + (until - since) * random.random() * 0.8
    quantity = random.choice((120, 200, 240, 300, 500, 600, 800, 1000, 1200, 2000, 3000, 5000))
    side = random.choices(("exhibitor", "organiser", "buyer"), (72, 20, 8))[0]
    means = "verified_link" if buyer.address_verified else "deal_desk"
    return PlannedDeal(
        buyer,
        seller,
        state,
        kind,
        seller.category,
        f"{quantity:,} {random.choice(ITEMS[seller.category])}".replace(",", "."),
        amounts,
        currency,
        recorded_at.replace(microsecond=0),
        side,
        means,
        random.choice(REASONS.get(state, ("",))),
    )


def _currency(random: Random, country: str) -> str:
    if country == "VN":
        return "VND"
    return "EUR" if random.random() < (0.7 if country in EURO else 0.05) else "USD"


def _value(random: Random, currency: str) -> int:
    """A few million to some billion đồng; a thousand to some hundred thousand of the hard currencies."""
    if currency == "VND":
        return _rounded(min(max(int(random.lognormvariate(17.6, 1.0)), 3_000_000), 4_200_000_000), "VND")
    return _rounded(min(max(int(random.lognormvariate(9.3, 0.95)), 900), 480_000) * 100, currency)


def _rounded(minor: int, currency: str) -> int:
    step = 100_000 if currency == "VND" else 50_00
    return max(minor // step, 1) * step
