"""A fair that is open today, badges for it, and scans as devices send them."""

import io
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from app import clock
from app.access import digest_of
from app.accounts.models import ApiToken
from app.audit import SYSTEM
from app.db import db, transaction
from app.documents.qr import qr_png
from app.fairs.models import Fair
from app.visitors.models import Badge, Registration, Scan, Visit, VisitorCategory
from app.visitors.registration import Entry, Registered, register_visitor

SECRET = "tests-only"
# For what a device decides alone: nothing of it depends on the database, its scans are stored as any others.
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True, scope="session")
NOON = datetime(2019, 12, 13, 5, tzinfo=UTC)  # 12:00 in Hà Nội, day 2 of the cast's fair


def at(moment: datetime) -> None:
    """Let the application's clock show this moment."""
    clock.set_offset(moment - datetime.now(UTC))


def change_fair(app: Flask, slug: str = "test-fair", **values: Any) -> None:
    with app.app_context(), transaction():
        fair = db.session.scalars(select(Fair).where(Fair.slug == slug)).one()
        for name, value in values.items():
            setattr(fair, name, value)


def open_today(app: Flask, slug: str = "test-fair") -> None:
    """Day 2 of 4 is today, by the true clock."""
    today = datetime.now(UTC).astimezone(clock.ZoneInfo("Asia/Ho_Chi_Minh")).date()
    change_fair(app, slug, starts_on=today - timedelta(days=1), ends_on=today + timedelta(days=2))


def new_badge(app: Flask, email: str, category: str = "trade", slug: str = "test-fair", **more: Any) -> Badge:
    """A registered visitor's badge, detached."""
    with app.app_context():
        fair = db.session.scalars(select(Fair).where(Fair.slug == slug)).one()
        if not db.session.scalar(
            select(VisitorCategory.online).where(VisitorCategory.fair_id == fair.id, VisitorCategory.code == category)
        ):
            return _staff_badge(fair, email, category)
        entry = Entry(
            **{"name": "Đặng Thị Hương", "company": "Mây Việt", "country": "JP", "agreed": True} | more,
            email=email,
            category=category,
        )
        with transaction():
            made: Registered = register_visitor(fair, entry, SECRET, SYSTEM, clock.now())
        db.session.expunge_all()
        return made.badge


def _staff_badge(fair: Fair, email: str, category: str) -> Badge:
    from app.visitors.badges import issue_badge

    with transaction():
        kind = db.session.scalars(
            select(VisitorCategory).where(VisitorCategory.fair_id == fair.id, VisitorCategory.code == category)
        ).one()
        person = Registration(
            fair_id=fair.id, category_id=kind.id, name="Thợ", email=email, source="desk", created_at=clock.now()
        )
        db.session.add(person)
        db.session.flush()
        badge = issue_badge(fair, person, kind, SECRET, clock.now())
    db.session.expunge_all()
    return badge


def many_badges(app: Flask, category: str, number: int) -> list[Badge]:
    """Badges of people without a name, detached."""
    with app.app_context(), transaction():
        fair = db.session.scalars(select(Fair).where(Fair.slug == "test-fair")).one()
        of = (VisitorCategory.fair_id == fair.id, VisitorCategory.code == category)
        kind = db.session.scalars(select(VisitorCategory).where(*of)).one()
        people = [
            Registration(fair_id=fair.id, category_id=kind.id, name="Khách", source="import", created_at=clock.now())
            for _ in range(number)
        ]
        db.session.add_all(people)
        db.session.flush()
        from app.visitors.badges import issue_badge

        with db.session.no_autoflush:
            made = [issue_badge(fair, person, kind, SECRET, clock.now()) for person in people]
        db.session.expunge_all()
    return made


def token_for(app: Flask, role: str, slug: str = "test-fair") -> dict[str, str]:
    """Headers of a program with this role."""
    with app.app_context(), transaction():
        fair = db.session.scalars(select(Fair).where(Fair.slug == slug)).one()
        secret = uuid.uuid4().hex
        db.session.add(ApiToken(fair_id=fair.id, digest=digest_of(secret), role=role, created_at=clock.now()))
    return {"Authorization": f"Bearer {secret}"}


def a_scan(
    code: str, gate: str = "C1", direction: str = "in", moment: datetime | None = None, **more: Any
) -> dict[str, Any]:
    scanned_at = (moment or clock.now()).isoformat()
    return {
        "id": str(uuid.uuid4()), "code": code, "gate": gate, "direction": direction, "scanned_at": scanned_at, **more
    }  # fmt: skip


def send(
    client: FlaskClient, headers: dict[str, str], *scans: dict[str, Any], slug: str = "test-fair"
) -> list[dict[str, Any]]:
    answer = client.post(f"/api/v1/fairs/{slug}/scans", json={"scans": list(scans)}, headers=headers)
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.get_json()["results"]
    assert [result["id"] for result in results] == [scan["id"] for scan in scans]
    return results


def counts(app: Flask) -> tuple[int, int]:
    """(visits, scans) in the database."""
    with app.app_context():
        found = (
            db.session.scalar(select(func.count()).select_from(Visit)) or 0,
            db.session.scalar(select(func.count()).select_from(Scan)) or 0,
        )
        db.session.rollback()
    return found


def film(path: Path, code: str, frames: int = 20) -> Path:
    """A camera's film of a badge held before it: MJPEG, 640 × 480, slightly turned."""
    code_image = Image.open(io.BytesIO(qr_png(code, 5))).convert("L").resize((315, 315), Image.Resampling.NEAREST)
    data = b""
    for n in range(frames):
        frame = Image.new("L", (640, 480), 90)
        turned = code_image.rotate(4 + n % 3, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
        frame.paste(turned, (150 + n % 4, 70))
        kept = io.BytesIO()
        frame.convert("RGB").save(kept, "JPEG", quality=85)
        data += kept.getvalue()
    path.write_bytes(data)
    return path
