"""Invented people and firms: names that are plausible, of nobody. Everything is drawn from a seeded generator."""

from __future__ import annotations

from random import Random

from app.search import fold


def _words(text: str) -> list[str]:
    return text.split()


FAMILY = _words(
    "Nguyễn Nguyễn Nguyễn Nguyễn Nguyễn Trần Trần Trần Lê Lê Phạm Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Đặng Bùi Đỗ Hồ Ngô "
    "Dương Lý Đinh Đoàn Trịnh Mai Tạ Lương Cao Đào Quách Chu"
)
MIDDLE_WOMEN = _words("Thị Thị Thị Thuỳ Ngọc Thu Minh Khánh Diệu Bích Kim Hồng Phương Mỹ Thanh")
MIDDLE_MEN = _words("Văn Văn Văn Đức Hữu Minh Quang Xuân Đình Quốc Công Bá Trọng Hoàng Thế")
GIVEN_WOMEN = _words(
    "Hương Lan Hoa Mai Trang Linh Thảo Ngân Hà Nga Yến Phượng Dung Oanh Thuý Hạnh Nhung Quỳnh Vân Thơm Loan Đào Cúc "
    "Hiền Diễm Mỵ Tuyết Xuyến Uyên Giang Hằng Ánh Nguyệt Sen Liễu"
)
GIVEN_MEN = _words(
    "Hùng Dũng Tuấn Nam Sơn Long Thắng Cường Bình Hải Đạt Khoa Phúc Thịnh Vinh Quân Tùng Kiên Toàn Lộc Hậu Đức Trí "
    "Việt Thành Huy Đông Nghĩa Khánh Lâm Bảo Giáp Ưng Đăng"
)
FOREIGN_PEOPLE: dict[str, tuple[str, str]] = {
    "JP": (
        "Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Mori",
        "Haruka Kenji Yui Daichi Aiko",
    ),
    "KR": ("Kim Lee Park Choi Jung Kang Yoon Jang Lim Han", "Min-jun Seo-yeon Ji-woo Ha-eun Jun-ho"),
    "CN": ("Wang Li Zhang Liu Chen Yang Zhao Huang Zhou Wu", "Wei Fang Min Jing Lei Yan"),
    "US": ("Miller Davis Wilson Anderson Taylor Thomas Moore Clark Lewis Walker", "Emma Noah Olivia Liam Grace Ethan"),
    "DE": ("Müller Schmidt Schneider Fischer Weber Wagner Becker Hoffmann Koch Bauer", "Anna Lukas Lena Jonas Katrin"),
    "FR": ("Martin Bernard Dubois Thomas Robert Petit Durand Leroy Moreau Simon", "Camille Hugo Chloé Louis Élodie"),
    "AU": ("Smith Jones Williams Brown Wilson Taylor Harris King Young Scott", "Olivia Jack Amelia Henry Isla"),
    "GB": ("Evans Hughes Green Hall Wood Harris Clarke Turner Hill Cooper", "Emily Oliver Sophie Harry Alice"),
    "NL": ("de Jong Bakker Visser Smit Meijer Mulder Bos Vos Peters Hendriks", "Sanne Daan Femke Bram Lotte"),
    "LA": ("Phommachanh Sisavath Vongsa Keomany Douangchay Inthavong", "Somchay Bounmy Khamla Noy Vanida"),
    "TH": ("Saetang Srisuk Chaiyasit Wongsa Thongdee Rattana", "Somchai Malee Anong Niran Ploy"),
    "IN": ("Sharma Patel Gupta Reddy Nair Iyer Mehta Rao", "Priya Arjun Ananya Rahul Kavita"),
    "ID": ("Wijaya Santoso Pratama Hidayat Lestari Kusuma", "Dewi Budi Sari Agus Putri"),
    "PL": ("Nowak Kowalski Wójcik Mazur Zieliński Krawczyk", "Zofia Jan Hanna Piotr Maja"),
}
AUSPICIOUS = _words(
    "An Bình Cát Tường Chi Dung Đại Đông Đức Gia Hà Hải Hiền Hoa Hoà Hồng Hưng Khánh Khang Lâm Lan Lộc Long Mai Minh "
    "Mộc Mỹ Nam Ngân Ngọc Nguyên Nhật Ninh Phát Phong Phú Phúc Phương Quang Quế Sen Sơn Tâm Tân Tây Thanh Thảo "
    "Thịnh Thuận Tiến Trung Trường Tuệ Vân Việt Vinh Xuân Yên"
)
FIRMS = (
    "Công ty TNHH",
    "Công ty TNHH",
    "Công ty Cổ phần",
    "Hợp tác xã",
    "Cơ sở",
    "Hộ kinh doanh",
    "Doanh nghiệp tư nhân",
)
TRADES: dict[str, tuple[tuple[str, str], ...]] = {
    "bamboo": (("Mây tre", "Rattan"), ("Tre trúc", "Bamboo"), ("Mây đan", "Wicker"), ("Cói", "Seagrass")),
    "ceramics": (("Gốm", "Pottery"), ("Gốm sứ", "Ceramics"), ("Gốm mỹ nghệ", "Art Ceramics")),
    "lacquer": (("Sơn mài", "Lacquer"), ("Sơn khảm", "Inlaid Lacquer")),
    "silk": (("Lụa", "Silk"), ("Thêu tay", "Hand Embroidery"), ("Dệt thổ cẩm", "Brocade"), ("Tơ tằm", "Raw Silk")),
    "wood": (("Đồ gỗ", "Woodcraft"), ("Gỗ mỹ nghệ", "Fine Wood"), ("Tiện gỗ", "Turned Wood")),
    "stone": (("Đá mỹ nghệ", "Stonecraft"), ("Điêu khắc đá", "Stone Carving")),
    "metal": (("Kim hoàn", "Silverware"), ("Đúc đồng", "Bronze"), ("Chạm bạc", "Chased Silver")),
    "paper": (("Giấy dó", "Dó Paper"), ("Đồ chơi dân gian", "Folk Toys"), ("Tranh dân gian", "Folk Prints")),
    "food": (("Đặc sản", "Specialities"), ("Trà", "Tea"), ("Nông sản", "Farm Foods"), ("Mật ong", "Honey")),
}
FOREIGN_FIRMS: dict[str, tuple[str, ...]] = {
    "LA": ("Mekong Loom", "Luang Weavers", "Vientiane Silverhouse", "Xieng Bamboo"),
    "JP": ("Midori Craft", "Kawabe Washi", "Hoshino Lacquer"),
    "KR": ("Hanbit Hanji", "Dawon Ceramics", "Seorak Living"),
    "IN": ("Jaipur Bluework", "Kaveri Brass", "Malwa Textiles", "Sundara Crafts"),
    "TH": ("Chiang Clay", "Siam Benjarong", "Lanna Weave"),
    "ID": ("Bali Teak Atelier", "Batik Melati", "Rotan Nusantara"),
    "PL": ("Bursztyn Baltic", "Manufaktura Wisła"),
}


def person_name(random: Random, country: str = "VN") -> str:
    """A full name in the order in which its country writes it to foreigners; Vietnamese: family name first."""
    if country != "VN":
        families, given = FOREIGN_PEOPLE.get(country, FOREIGN_PEOPLE["GB"])
        return f"{random.choice(given.split())} {random.choice(families.split())}"
    if random.random() < 0.52:
        middle, name = random.choice(MIDDLE_WOMEN), random.choice(GIVEN_WOMEN)
    else:
        middle, name = random.choice(MIDDLE_MEN), random.choice(GIVEN_MEN)
    if random.random() < 0.06:
        middle = f"{random.choice(FAMILY)} {middle}"
    return f"{random.choice(FAMILY)} {middle} {name}"


def firm_name(random: Random, category: str, taken: set[str]) -> tuple[str, str]:
    """A firm's Vietnamese and English name, not given yet in this fair."""
    while True:
        trade, trade_en = random.choice(TRADES[category])
        first, second = random.sample(AUSPICIOUS, 2)
        form = random.choice(FIRMS)
        name = f"{form} {trade} {first} {second}"
        if name not in taken:
            taken.add(name)
            suffix = {"Hợp tác xã": "Cooperative", "Cơ sở": "Workshop", "Hộ kinh doanh": "Workshop"}.get(
                form, "Co., Ltd"
            )
            return name, f"{_plain(first)} {_plain(second)} {trade_en} {suffix}"


def trading_company(random: Random, country: str) -> str:
    """The firm that a trade visitor comes for."""
    if country == "VN":
        first, second = random.sample(AUSPICIOUS, 2)
        field = random.choice(
            ("Quà tặng", "Nội thất", "Xuất nhập khẩu", "Thương mại", "Trang trí", "Du lịch", "Siêu thị")
        )
        return f"Công ty {field} {first} {second}"
    families, _ = FOREIGN_PEOPLE.get(country, FOREIGN_PEOPLE["GB"])
    kind = random.choice(("Imports", "Living", "Home & Gift", "Interiors", "Trading", "Design"))
    return f"{random.choice(families.split())} {kind}"


def _plain(text: str) -> str:
    return fold(text).capitalize()
