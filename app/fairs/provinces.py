"""The provinces of Viet Nam: 63 until 2025-06-30, 34 from 2025-07-01, and which became part of which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

MERGED_ON = date(2025, 7, 1)


@dataclass(frozen=True)
class Province:
    """One province or city under the central government, as it was in its time.

    `code` names the province (statistical numbers were given anew in 2025: 24 was Bắc Giang and is Bắc Ninh now).
    `successor` is the code, among the 34, of the province that its land belongs to since 2025-07-01.
    """

    code: str
    name: str
    successor: str


def _provinces(lines: str) -> tuple[Province, ...]:
    rows = (line.split("|") for line in lines.strip().splitlines())
    return tuple(Province(code, name, successor or code) for code, name, successor in rows)


# Order and list of 2019: Decision 124/2004/QĐ-TTg with its amendments.
# The mergers: Resolution 202/2025/QH15, in force for administration from 2025-07-01.
PROVINCES_63 = _provinces("""
ha-noi|Hà Nội|
ha-giang|Hà Giang|tuyen-quang
cao-bang|Cao Bằng|
bac-kan|Bắc Kạn|thai-nguyen
tuyen-quang|Tuyên Quang|
lao-cai|Lào Cai|
dien-bien|Điện Biên|
lai-chau|Lai Châu|
son-la|Sơn La|
yen-bai|Yên Bái|lao-cai
hoa-binh|Hoà Bình|phu-tho
thai-nguyen|Thái Nguyên|
lang-son|Lạng Sơn|
quang-ninh|Quảng Ninh|
bac-giang|Bắc Giang|bac-ninh
phu-tho|Phú Thọ|
vinh-phuc|Vĩnh Phúc|phu-tho
bac-ninh|Bắc Ninh|
hai-duong|Hải Dương|hai-phong
hai-phong|Hải Phòng|
hung-yen|Hưng Yên|
thai-binh|Thái Bình|hung-yen
ha-nam|Hà Nam|ninh-binh
nam-dinh|Nam Định|ninh-binh
ninh-binh|Ninh Bình|
thanh-hoa|Thanh Hoá|
nghe-an|Nghệ An|
ha-tinh|Hà Tĩnh|
quang-binh|Quảng Bình|quang-tri
quang-tri|Quảng Trị|
thua-thien-hue|Thừa Thiên Huế|hue
da-nang|Đà Nẵng|
quang-nam|Quảng Nam|da-nang
quang-ngai|Quảng Ngãi|
binh-dinh|Bình Định|gia-lai
phu-yen|Phú Yên|dak-lak
khanh-hoa|Khánh Hoà|
ninh-thuan|Ninh Thuận|khanh-hoa
binh-thuan|Bình Thuận|lam-dong
kon-tum|Kon Tum|quang-ngai
gia-lai|Gia Lai|
dak-lak|Đắk Lắk|
dak-nong|Đắk Nông|lam-dong
lam-dong|Lâm Đồng|
binh-phuoc|Bình Phước|dong-nai
tay-ninh|Tây Ninh|
binh-duong|Bình Dương|ho-chi-minh
dong-nai|Đồng Nai|
ba-ria-vung-tau|Bà Rịa – Vũng Tàu|ho-chi-minh
ho-chi-minh|Thành phố Hồ Chí Minh|
long-an|Long An|tay-ninh
tien-giang|Tiền Giang|dong-thap
ben-tre|Bến Tre|vinh-long
tra-vinh|Trà Vinh|vinh-long
vinh-long|Vĩnh Long|
dong-thap|Đồng Tháp|
an-giang|An Giang|
kien-giang|Kiên Giang|an-giang
can-tho|Cần Thơ|
hau-giang|Hậu Giang|can-tho
soc-trang|Sóc Trăng|can-tho
bac-lieu|Bạc Liêu|ca-mau
ca-mau|Cà Mau|
""")

PROVINCES_34 = _provinces("""
ha-noi|Hà Nội|
cao-bang|Cao Bằng|
tuyen-quang|Tuyên Quang|
dien-bien|Điện Biên|
lai-chau|Lai Châu|
son-la|Sơn La|
lao-cai|Lào Cai|
thai-nguyen|Thái Nguyên|
lang-son|Lạng Sơn|
quang-ninh|Quảng Ninh|
bac-ninh|Bắc Ninh|
phu-tho|Phú Thọ|
hai-phong|Hải Phòng|
hung-yen|Hưng Yên|
ninh-binh|Ninh Bình|
thanh-hoa|Thanh Hoá|
nghe-an|Nghệ An|
ha-tinh|Hà Tĩnh|
quang-tri|Quảng Trị|
hue|Huế|
da-nang|Đà Nẵng|
quang-ngai|Quảng Ngãi|
gia-lai|Gia Lai|
khanh-hoa|Khánh Hoà|
dak-lak|Đắk Lắk|
lam-dong|Lâm Đồng|
dong-nai|Đồng Nai|
ho-chi-minh|Thành phố Hồ Chí Minh|
tay-ninh|Tây Ninh|
dong-thap|Đồng Tháp|
vinh-long|Vĩnh Long|
an-giang|An Giang|
can-tho|Cần Thơ|
ca-mau|Cà Mau|
""")

_OF_63 = {province.code: province for province in PROVINCES_63}
_OF_34 = {province.code: province for province in PROVINCES_34}


def provinces_on(day: date) -> tuple[Province, ...]:
    """The provinces that existed on a day: the 63 before 2025-07-01, the 34 since."""
    return PROVINCES_63 if day < MERGED_ON else PROVINCES_34


def province_name(code: str) -> str:
    """The name behind a code, of either time; the code itself when it is nobody's."""
    province = _OF_63.get(code) or _OF_34.get(code)
    return province.name if province else code


def successor_name(code: str) -> str:
    """The province among the 34 that the land of this one belongs to since 2025-07-01."""
    province = _OF_63.get(code) or _OF_34.get(code)
    return _OF_34[province.successor].name if province else code
