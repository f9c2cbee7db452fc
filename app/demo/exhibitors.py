"""The demonstration's exhibitors: who comes from where with what, and which booths each of them takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from app.demo.edition import Edition
from app.demo.floor import PlannedBooth
from app.demo.names import FOREIGN_FIRMS, firm_name, person_name
from app.demo.villages import FOREIGN_PRODUCTS, SHARES, VILLAGES, VILLAGES_SINCE_2025
from app.fairs.countries import country_name
from app.fairs.product_categories import product_category_name
from app.fairs.provinces import province_name
from app.search import fold

OTHER_LOCALES = {"JP": "en", "KR": "en", "LA": "en", "IN": "en", "TH": "en", "ID": "en", "PL": "en"}


@dataclass
class PlannedExhibitor:
    """A company that comes to the fair. `main` is the position of the exhibitor on whose booth it stands."""

    kind: str
    name: str
    name_en: str
    country: str
    province: str | None
    address: str
    category: str
    products: str
    representative: str
    email: str
    phone: str
    tax_code: str
    website: str = ""
    main: int | None = None
    booths: list[PlannedBooth] = field(default_factory=list)

    @property
    def folded(self) -> str:
        place = province_name(self.province) if self.province else f"{country_name(self.country, 'vi')}"
        words = (
            self.name,
            self.name_en,
            place,
            self.address,
            self.products,
            product_category_name(self.category, "vi"),
        )
        return fold(" ".join(words))[:500]


def villages_of(edition: Edition) -> dict[str, tuple[tuple[str, str, str], ...]]:
    """Craft villages by the 26 provinces that show, named as they are on the fair's dates."""
    if not edition.after_mergers:
        return VILLAGES
    kept = ("ha-noi", "cao-bang", "son-la", "lao-cai", "thai-nguyen", "quang-ninh", "thanh-hoa", "nghe-an", "an-giang")
    found = {code: VILLAGES[code] for code in kept} | VILLAGES_SINCE_2025
    return dict(list(found.items())[:26])


def plan_exhibitors(random: Random, edition: Edition, booths: list[PlannedBooth]) -> list[PlannedExhibitor]:
    """Everyone who comes, and where they stand; every booth that is let has its exhibitor."""
    size = edition.size
    villages = villages_of(edition)
    pavilions = [booth for booth in booths if booth.kind == "pavilion"]
    taken: set[str] = set()
    planned = [_provincial_centre(random, code) for code in list(villages)[: len(pavilions)]]
    for centre, pavilion in zip(planned, pavilions, strict=True):
        centre.booths.append(pavilion)
        pavilion.province, pavilion.name = centre.province or "", province_name(centre.province or "")
        pavilion.name_en = pavilion.name
    foreign = [(country, firm) for country, firms in FOREIGN_FIRMS.items() for firm in firms]
    if size.mains < 100:
        foreign = foreign[::6]
    planned += [_foreign(random, country, firm) for country, firm in foreign]
    origins = _origins(random, villages, size.mains - len(planned), {centre.province for centre in planned})
    planned += [_village_firm(random, code, villages[code], taken) for code in origins]
    _let_booths(random, planned, [booth for booth in booths if booth.kind != "pavilion"])
    mains = len(planned)
    for i in range(size.co_exhibitors + size.represented):
        kind = "co" if i < size.co_exhibitors else "represented"
        main = random.randrange(len(pavilions)) if kind == "co" else random.randrange(len(pavilions), mains)
        province = planned[main].province or "ha-noi"
        guest = _village_firm(random, province, villages[province], taken)
        guest.kind, guest.main = kind, main
        planned.append(guest)
    for i, exhibitor in enumerate(planned, start=1):
        exhibitor.email = f"lienhe@dv{i:03d}.example.com"
        exhibitor.tax_code = f"0{edition.number}{random.randrange(10**7, 10**8)}" if exhibitor.country == "VN" else ""
        exhibitor.phone = f"+84 24 5550 {i:04d}" if exhibitor.country == "VN" else ""
    return planned


def _provincial_centre(random: Random, code: str) -> PlannedExhibitor:
    place = province_name(code)
    name = f"Gian hàng chung {place}"
    return PlannedExhibitor(
        "main",
        name,
        f"{fold(place).title()} Pavilion",
        "VN",
        code,
        place,
        "other",
        f"sản phẩm làng nghề {place}",
        person_name(random),
        "",
        "",
        "",
    )


def _foreign(random: Random, country: str, firm: str) -> PlannedExhibitor:
    category, city, products = FOREIGN_PRODUCTS[country]
    place = f"{city}, {country_name(country, 'en')}"
    return PlannedExhibitor(
        "main",
        firm,
        firm,
        country,
        None,
        place,
        category,
        products,
        person_name(random, country),
        "",
        "",
        "",
    )


def _village_firm(
    random: Random, code: str, villages: tuple[tuple[str, str, str], ...], taken: set[str]
) -> PlannedExhibitor:
    category, village, products = random.choice(villages)
    name, name_en = firm_name(random, category, taken)
    address = f"{village}, {province_name(code)}"
    return PlannedExhibitor(
        "main",
        name,
        name_en,
        "VN",
        code,
        address,
        category,
        products,
        person_name(random),
        "",
        "",
        "",
    )


def _origins(
    random: Random, villages: dict[str, tuple[tuple[str, str, str], ...]], wanted: int, shown: set[str | None]
) -> list[str]:
    """A province for each of the firms: each at least once where it has no pavilion, Hà Nội most often."""
    codes = list(villages)
    origins = [code for code in codes if code not in shown]
    weights = [SHARES.get(code, 6) for code in codes]
    origins += random.choices(codes, weights, k=wanted - len(origins))
    return origins[:wanted]


def _let_booths(random: Random, planned: list[PlannedExhibitor], booths: list[PlannedBooth]) -> None:
    """Firms take booths in the zone of their product, neighbours together; foreign ones the islands first."""
    free = {booth.number: booth for booth in booths}
    islands = [booth for booth in booths if booth.kind == "island"]
    firms = [exhibitor for exhibitor in planned if not exhibitor.booths]
    abroad = [exhibitor for exhibitor in firms if exhibitor.country != "VN"]
    for exhibitor, island in zip(abroad + random.sample(firms, len(firms)), islands, strict=False):
        if not exhibitor.booths:
            _take(exhibitor, [free.pop(island.number)])
    waiting = [exhibitor for exhibitor in firms if not exhibitor.booths]
    rest = list(free.values())  # in the order of the floor: what follows another stands beside it
    spare = len(rest) - len(waiting)
    wants = [1] * len(waiting)
    while spare > 0:
        i = random.randrange(len(wants))
        if wants[i] < 5:
            wants[i] += 1
            spare -= 1
    order = {category: i for i, category in enumerate(dict.fromkeys(booth.category for booth in rest))}
    rest.sort(key=lambda booth: order[booth.category])
    pairs = sorted(zip(waiting, wants, strict=True), key=lambda pair: order.get(pair[0].category, len(order)))
    for exhibitor, want in pairs:
        _take(exhibitor, [rest.pop(0) for _ in range(min(want, len(rest)))])


def _take(exhibitor: PlannedExhibitor, booths: list[PlannedBooth]) -> None:
    for booth in booths:
        booth.category = booth.category or exhibitor.category
    exhibitor.booths += booths
