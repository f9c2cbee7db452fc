"""The demonstration's visitors and staff: who registers, as what, and on which days each of them comes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from app.demo.edition import CLOSES, OPENS, ZONE, Edition
from app.demo.names import person_name, trading_company
from app.fairs.provinces import provinces_on
from app.search import fold

# code, number in the badge code, name, name_en, counts, offered online, is_trade, colour
CATEGORIES = (
    ("trade", 1, "Khách thương mại", "Trade buyer", True, True, True, "ink"),
    ("importer", 2, "Nhà nhập khẩu", "Importer", True, True, True, "ink"),
    ("public", 3, "Khách tham quan", "Public visitor", True, True, False, "white"),
    ("press", 4, "Báo chí", "Press", False, True, False, "turmeric"),
    ("exhibitor", 5, "Đơn vị trưng bày", "Exhibitor", False, False, False, "indigo"),
    ("organiser", 6, "Ban tổ chức", "Organiser", False, False, False, "celadon"),
    ("crew", 7, "Đội thi công", "Crew", False, False, False, "celadon"),
)
FROM_ABROAD = {"trade": 0.10, "importer": 0.86, "public": 0.025, "press": 0.08}
ABROAD = ("JP", "KR", "CN", "US", "DE", "FR", "AU", "GB", "NL", "TH", "LA", "IN", "ID", "PL")
ABROAD_WEIGHTS = (16, 12, 13, 12, 8, 8, 6, 5, 4, 5, 4, 4, 3, 2)
DAY_WEIGHTS = (2684, 3207, 3891, 3286)  # Thursday to Sunday: the weekend is fullest
DOMAINS = ("example.com", "example.net", "example.org")
HOURS = ((8, 5), (9, 17), (10, 19), (11, 9), (12, 5), (13, 10), (14, 15), (15, 11), (16, 6), (17, 3))


@dataclass
class PlannedPerson:
    """Somebody with a badge. `comes` holds the first moment of each day on which the person comes."""

    category: str
    name: str
    company: str
    country: str
    province: str | None
    email: str
    registered_at: datetime
    source: str
    exhibitor: int | None = None
    comes: list[datetime] = field(default_factory=list)

    @property
    def folded(self) -> str:
        return fold(f"{self.name} {self.company}")[:400]

    @property
    def counts(self) -> bool:
        return self.category in ("trade", "importer", "public")


def plan_visitors(random: Random, edition: Edition) -> list[PlannedPerson]:
    """Everybody who registered to visit. With a number of visits given, exactly that many come true by the rule."""
    provinces = [province.code for province in provinces_on(edition.starts_on)]
    people = [_visitor(random, edition, i, provinces) for i in range(edition.size.visitors)]
    if edition.size.visits:
        coming = _visit_counts(edition.size.visitors, edition.size.visits)
    else:
        coming = [random.choices((0, 1, 2, 3), (10, 62, 22, 6))[0] for _ in people]
    random.shuffle(coming)
    for person, number in zip(people, coming, strict=True):
        _come(random, edition, person, _some_days(random, edition.days, number))
        if not edition.size.visits and person.source == "desk" and not person.comes:
            person.source = "online"
    return people


def plan_staff(random: Random, edition: Edition, exhibitors: int) -> list[PlannedPerson]:
    """Exhibitors' staff, press, crew and the organiser's own: they enter daily and are never visitors."""
    size = edition.size.staff
    kinds = ["press"] * (size // 18) + ["crew"] * (size // 8) + ["organiser"] * (size // 24)
    kinds += ["exhibitor"] * (size - len(kinds))
    people = []
    for i, kind in enumerate(kinds):
        name = person_name(random)
        company = {"press": f"Toà soạn {name.split()[-1]} Mai", "crew": "Đội thi công gian hàng"}.get(kind, "")
        registered_at = edition.at(edition.starts_on - timedelta(days=random.randint(3, 20)), 10, random.randrange(60))
        person = PlannedPerson(
            kind,
            name,
            company,
            "VN",
            "ha-noi",
            _email(name, i + 50_000),
            registered_at,
            "exhibitor" if kind == "exhibitor" else "desk",
        )
        if kind == "exhibitor":
            person.exhibitor = i % exhibitors
        for day in _some_days(random, edition.days, random.choices((4, 3, 2), (8, 2, 1))[0]):
            first = edition.at(day, 7 if kind != "press" else 9, random.randrange(20, 60), random.randrange(60))
            if first <= edition.now:
                person.comes.append(first)
        people.append(person)
    return people


def _visitor(random: Random, edition: Edition, i: int, provinces: list[str]) -> PlannedPerson:
    category = random.choices(("public", "trade", "importer"), (77, 16, 7))[0]
    country = "VN"
    if random.random() < FROM_ABROAD[category]:
        country = random.choices(ABROAD, ABROAD_WEIGHTS)[0]
    province = None
    if country == "VN":
        province = "ha-noi" if random.random() < 0.7 else random.choice(provinces)
    name = person_name(random, country)
    company = trading_company(random, country) if category != "public" else ""
    at_desk = category == "public" and random.random() < 0.35
    days_before = min(int(random.expovariate(0.09)) + 1, 45)
    registered_at = edition.at(
        edition.starts_on - timedelta(days=days_before), random.randint(7, 22), random.randrange(60)
    )
    return PlannedPerson(
        category, name, company, country, province, _email(name, i), registered_at, "desk" if at_desk else "online"
    )


def _visit_counts(people: int, visits: int) -> list[int]:
    """How often each person comes: most once, some again, a few every day; some five in a hundred never."""
    staying_away = people * 49 // 1000
    fourfold, threefold = people * 5 // 1000, people * 28 // 1000
    twofold = visits - (people - staying_away) - 3 * fourfold - 2 * threefold
    onefold = people - staying_away - fourfold - threefold - twofold
    assert min(twofold, onefold) >= 0, "so many visits do not fit so many people"
    return [0] * staying_away + [4] * fourfold + [3] * threefold + [2] * twofold + [1] * onefold


def _some_days(random: Random, days: list[date], number: int) -> list[date]:
    left, weights, chosen = list(days), list(DAY_WEIGHTS), []
    for _ in range(number):
        i = random.choices(range(len(left)), weights)[0]
        chosen.append(left.pop(i))
        weights.pop(i)
    return sorted(chosen)


def _come(random: Random, edition: Edition, person: PlannedPerson, days: list[date]) -> None:
    hours, weights = [hour for hour, _ in HOURS], [weight for _, weight in HOURS]
    for day in days:
        hour = random.choices(hours, weights)[0]
        minute = random.randrange(30, 60) if hour == OPENS.hour else random.randrange(60)
        first = edition.at(day, min(hour, CLOSES.hour - 1), minute, random.randrange(60))
        if first <= edition.now:
            person.comes.append(first)
    if person.source == "desk" and person.comes:
        person.registered_at = person.comes[0] - timedelta(minutes=random.randint(4, 15))
    person.registered_at = min(person.registered_at, edition.now)


def _email(name: str, i: int) -> str:
    ascii_name = "".join(c if c.isascii() and c.isalnum() else "." for c in fold(name))
    return f"{ascii_name.strip('.')}.{i}@{DOMAINS[i % 3]}".replace("..", ".")


def local_day(instant: datetime) -> date:
    """The day at the fair, for the generators."""
    return instant.astimezone(ZONE).date()
