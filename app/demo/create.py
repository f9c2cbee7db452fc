"""Makes the demonstration: three editions of one fair, and somebody to sign in for each role."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from argon2 import PasswordHasher

from app.accounts.models import Person
from app.db import transaction
from app.demo.accounts import ACCOUNTS, new_passwords, require_loopback
from app.demo.edition import FULL, TODAY, Edition, Size, editions
from app.demo.rows import Rows
from app.demo.specimen import specimen_pdf
from app.demo.write_applications import write_applications
from app.demo.write_deals import write_deals
from app.demo.write_fair import FairGround, write_fair, write_organiser
from app.demo.write_gates import Turnstile
from app.demo.write_profiles import write_profiles
from app.demo.write_selling import write_selling
from app.demo.write_sessions import write_sessions
from app.demo.write_tasks import write_answers, write_tasks
from app.demo.write_trade import DEMONSTRATED, DEMONSTRATED_AT, DEMONSTRATED_TAX_CODE, write_exhibitors
from app.documents import store
from app.errors import DomainError
from app.fairs.models import Buyer, Exhibitor, ExhibitorMember, Membership
from app.fairs.queries import demo_exists
from app.i18n_marks import N_
from app.search import fold
from app.visitors.models import Registration

STAFF = ("owner", "sales", "finance", "gate", "deals")
Progress = Callable[[float], None]


class DemoExists(DomainError):
    code = "demo_exists"
    message = N_("This data folder holds a demonstration already.")


def create_demo(now: datetime, on_progress: Progress, full: Size = FULL, today: Size = TODAY) -> int:
    """Write the demonstration as of `now`, all of it or nothing; answers the number of rows.

    `on_progress` is told the share that is done, from 0 to 1. Raises BeyondLoopback, DemoExists.
    """
    require_loopback()
    if demo_exists():
        raise DemoExists()
    specimen = _keep_specimen()
    rows = Rows()
    people = _write_people(rows, now)
    organiser_id = write_organiser(rows)
    planned = editions(now, full, today)
    for done, edition in enumerate(planned, start=1):
        _write_edition(rows, edition, organiser_id, people, specimen)
        on_progress(0.4 * done / len(planned))
    total, written = rows.count(), 0

    def wrote(number: int) -> None:
        nonlocal written
        written += number
        on_progress(0.4 + 0.6 * written / total)

    with transaction():
        rows.write(wrote)
    return total


def _write_edition(
    rows: Rows, edition: Edition, organiser_id: int, people: dict[str, int], specimen: dict[str, Any]
) -> None:
    random = Random(edition.seed)
    ground = write_fair(rows, random, edition, organiser_id)
    if not edition.let:
        write_selling(rows, edition, ground.fair_id)
        write_tasks(rows, edition, ground.fair_id)
        write_applications(rows, edition, ground.fair_id)
    for role in STAFF:
        rows.add(Membership, fair_id=ground.fair_id, person_id=people[role], role=role, created_at=edition.now)
    if not edition.let:
        _join_alone(rows, edition, ground, people["exhibitor"])
        return
    exhibitors = write_exhibitors(rows, random, edition, ground)
    turnstile = Turnstile(rows, random, edition, ground)
    turnstile.write([(id_, exhibitor.name) for id_, exhibitor in exhibitors if exhibitor.kind != "represented"])
    write_deals(rows, random, edition, ground.fair_id, exhibitors, turnstile.buyers, people["deals"], specimen)
    ours = next(id_ for id_, exhibitor in exhibitors if exhibitor.name == DEMONSTRATED[0])
    if edition.now < edition.at(edition.ends_on, 23):  # of the edition of 2019 nobody asks any more
        write_answers(rows, edition, ground.fair_id, exhibitors, ours, specimen)
        write_sessions(rows, edition, ground)
    write_profiles(rows, edition, ground.fair_id, exhibitors, ours)
    rows.add(
        ExhibitorMember,
        fair_id=ground.fair_id,
        exhibitor_id=ours,
        person_id=people["exhibitor"],
        created_at=edition.now,
    )
    for row in rows.of(Buyer) + rows.of(Registration):
        if row["email"] == "buyer@example.com" and row["fair_id"] == ground.fair_id:
            row["person_id"] = people["buyer"]


def _join_alone(rows: Rows, edition: Edition, ground: FairGround, person_id: int) -> None:
    """In the coming edition the demonstration's exhibitor has registered, and nothing is let."""
    name, name_en = DEMONSTRATED
    exhibitor_id = rows.add(
        Exhibitor,
        fair_id=ground.fair_id,
        name=name,
        name_en=name_en,
        folded=fold(f"{name} {name_en} {DEMONSTRATED_AT} gốm sứ"),
        province="ha-noi",
        address=DEMONSTRATED_AT,
        tax_code=DEMONSTRATED_TAX_CODE,
        representative="Nguyễn Đặng Thuỳ Hương",
        email="exhibitor@example.com",
        phone="+84 24 5550 0102",
        products="ấm chén, bình hoa men lam",
        category="ceramics",
        created_at=edition.now - timedelta(days=3),
    )
    rows.add(
        ExhibitorMember, fair_id=ground.fair_id, exhibitor_id=exhibitor_id, person_id=person_id, created_at=edition.now
    )


def _write_people(rows: Rows, now: datetime) -> dict[str, int]:
    """The accounts, with fresh passwords; where an address is somebody's already, that person keeps it."""
    passwords, hasher = new_passwords(), PasswordHasher()
    return {
        account.role: rows.add(
            Person,
            email=account.email,
            name=account.name,
            password_hash=hasher.hash(passwords[account.role]),
            locale=account.locale,
            created_at=now,
            email_verified_at=now,
        )
        for account in ACCOUNTS
    }


def _keep_specimen() -> dict[str, Any]:
    """Put the scanned contract that all verified deals show into the store; answers its size and digest."""
    content = specimen_pdf()
    return {"size": len(content), "sha256": store.keep_bytes(content)}
