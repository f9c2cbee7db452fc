"""Applications of the coming edition: one zone is given by application, and more want its corners than there are."""

from datetime import timedelta
from typing import Any

from app.allocation.models import Application, ApplicationState, Way, Wish
from app.booths.models import Booth
from app.booths.workflows import Workflow
from app.demo.edition import Edition
from app.demo.rows import Rows
from app.fairs.models import Exhibitor, Zone
from app.search import fold

ZONE = "U"
APPLICANTS: tuple[tuple[Any, ...], ...] = (  # …, wishes as places in the zone, note, more
    ("HTX Trà Shan tuyết Suối Giàng", "Suoi Giang Shan Tea Cooperative", "lao-cai", "Suối Giàng, Lào Cai",
     "Vàng Thị Mỷ", "chè Shan tuyết", ((0,), (1,), (2, 4)), "Chúng tôi pha trà mời khách, xin gần lối đi chính.", {}),
    ("Cơ sở Miến dong Cự Đà", "Cu Da Glass Noodles", "ha-noi", "Làng Cự Đà, Hà Nội",
     "Vũ Văn Định", "miến dong, tương", ((0,), (2,)), "", {}),
    ("HTX Nông sản Mộc Châu", "Moc Chau Farm Produce Cooperative", "son-la", "Mộc Châu, Sơn La",
     "Lò Văn Thắng", "mận sấy, chè ô long", ((1,), (0,), (4,)), "Có hai quầy nếm thử, cần điện.", {}),
    ("Công ty TNHH Mật ong Bạc hà Mèo Vạc", "Meo Vac Mint Honey Co., Ltd", "tuyen-quang", "Mèo Vạc, Tuyên Quang",
     "Sùng Mí Pó", "mật ong bạc hà", ((4,), (5,)), "", {"similar": True}),
    ("Liên nhóm Nước mắm Ba Làng", "Ba Lang Fish Sauce Group", "thanh-hoa", "Ba Làng, Thanh Hoá",
     "Nguyễn Văn Khải", "nước mắm", ((7, 8, 9),), "Ba hộ đi cùng nhau.", {"similar": True, "booths": 3}),
    ("Cơ sở Bánh cáy làng Nguyễn", "Nguyen Village Rice Cakes", "hung-yen", "Làng Nguyễn, Hưng Yên",
     "Phạm Thị Nhài", "bánh cáy", ((2,), (3,)), "", {}),
    ("HTX Cà phê Sơn La", "Son La Coffee Cooperative", "son-la", "Chiềng Ban, Sơn La",
     "Cầm Thị Mòn", "cà phê arabica", ((0,),), "", {"may_wait": False}),
)  # fmt: skip


def write_applications(rows: Rows, edition: Edition, fair_id: int) -> None:
    """One after the other in the last days; none is answered yet, so that an organiser can."""
    zone = next((row for row in rows.of(Zone) if row["fair_id"] == fair_id and row["code"] == ZONE), None)
    if zone is None:  # a small edition has fewer zones
        return
    zone["workflow"] = Workflow.APPLY.value
    booths = sorted(
        (row["number"], row["id"])
        for row in rows.of(Booth)
        if row["fair_id"] == fair_id and row["zone_id"] == zone["id"] and row["state"] == "free"
    )
    for n, (name, name_en, province, address, who, products, wishes, note, more) in enumerate(APPLICANTS):
        sent_at = edition.now - timedelta(hours=90 - 11 * n)
        exhibitor_id = rows.add(
            Exhibitor,
            fair_id=fair_id, name=name, name_en=name_en, folded=fold(f"{name} {name_en} {address} {products}"),
            province=province, address=address, tax_code=f"02000004{n:02}", representative=who,
            email=f"ocop{n + 1}@example.com", phone=f"+84 24 5550 04{n:02}", products=products, category="food",
            created_at=sent_at - timedelta(minutes=20),
        )  # fmt: skip
        application_id = rows.add(
            Application,
            fair_id=fair_id, exhibitor_id=exhibitor_id, person_id=None, way=Way.WISHES.value,
            state=ApplicationState.SENT.value, revision=1, hold_id=None, note=note, zone_id=zone["id"], least_m2=None,
            budget_minor=None, created_at=sent_at, sent_at=sent_at, ended_at=None, **more,
        )  # fmt: skip
        for rank, places in enumerate(wishes, start=1):
            for place in places:
                rows.add(Wish, fair_id=fair_id, application_id=application_id, rank=rank, booth_id=booths[place][1])
