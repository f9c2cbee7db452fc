"""Writes the programme of the edition that is open: a talk, a seminar, a final, and who has signed up so far."""

from __future__ import annotations

from datetime import timedelta

from app.demo.edition import ZONE, Edition
from app.demo.rows import Rows
from app.demo.write_fair import FairGround
from app.visitors.models import Badge, BadgeState, Gate, Registration
from app.visitors.session_models import FairSession, SessionSignup

# title in both languages, room, days from today, begins at, minutes, seats, sign-up needed, categories
SESSIONS: tuple[tuple[str, str, str, int, int, int, int | None, bool, list[str]], ...] = (
    ("Chung kết thiết kế mẫu thủ công mỹ nghệ", "Final of the handicraft design contest", "Sân khấu chính",
     0, 16, 90, None, False, []),
    ("Mây tre vào chuỗi bán lẻ Nhật Bản", "Rattan and bamboo for Japanese retail", "Phòng hội thảo 1",
     1, 9, 90, 40, True, ["trade", "importer"]),
    ("Xu hướng quà tặng và trang trí nhà 2027", "Trends in gifts and home decoration 2027", "Phòng hội thảo 2",
     1, 14, 120, 60, False, []),
    ("Chứng nhận xuất khẩu cho làng nghề", "Export certificates for craft villages", "Phòng hội thảo 1",
     2, 10, 60, 30, True, []),
)  # fmt: skip


def write_sessions(rows: Rows, edition: Edition, ground: FairGround) -> None:
    """Every third seat is signed up for, by visitors whose badges are good."""
    mine = [row for row in rows.of(Registration) if row["fair_id"] == ground.fair_id]
    good = {row["registration_id"] for row in rows.of(Badge) if row["state"] == BadgeState.VALID}
    today, made_at = edition.now.astimezone(ZONE).date(), edition.at(edition.starts_on, 8) - timedelta(days=20)
    for n, (title, title_en, room, days, hour, minutes, seats, needed, categories) in enumerate(SESSIONS):
        begins_at = edition.at(min(today + timedelta(days=days), edition.ends_on), hour)
        session_id = rows.add(
            FairSession, fair_id=ground.fair_id, code=f"S{n + 1}", title=title, title_en=title_en, room=room,
            begins_at=begins_at, ends_at=begins_at + timedelta(minutes=minutes), seats=seats, needs_sign_up=needed,
            categories=categories, published_at=made_at, created_at=made_at,
        )  # fmt: skip
        rows.add(
            Gate, fair_id=ground.fair_id, code=f"S{n + 1}", name=title[:60], name_en=title_en[:60],
            session_id=session_id,
        )  # fmt: skip
        kinds = {ground.category_ids[code] for code in categories or ("trade", "importer")}
        who = [row for row in mine if row["id"] in good and row["category_id"] in kinds][n :: len(SESSIONS)]
        for row in who[: (seats or 0) // 3]:
            at = max(made_at, row["created_at"] + timedelta(minutes=20))
            rows.add(
                SessionSignup, fair_id=ground.fair_id, session_id=session_id, registration_id=row["id"],
                signed_up_at=min(at, edition.now), changed_at=min(at, edition.now),
            )  # fmt: skip
