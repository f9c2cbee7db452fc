"""Visits counted again from the rows are the visits that are kept, in whatever order gates, networks and people act."""

import random
import uuid
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.audit import SYSTEM, AuditEntry
from app.db import db, retrying, transaction
from app.errors import DomainError
from app.fairs.models import Fair
from app.visitors.corrections import Why, drop_entry, record_missed_entry, undo_correction
from app.visitors.models import Badge, Correction, Scan, Visit
from app.visitors.passages import is_entry
from app.visitors.recount import Totals, What, recount
from tests.support.cast import Cast
from tests.visitors.stage import NOON, a_scan, at, new_badge, send, token_for

NIGHT = NOON + timedelta(hours=12)  # midnight in Hà Nội
ROUNDS = 4


@pytest.fixture
def gate(app: Flask, cast: Cast) -> dict[str, str]:
    at(NOON)
    return token_for(app, "gate")


def a_fair(cast: Cast) -> Fair:
    return db.session.get_one(Fair, cast.fair.id)


def scans_of(dice: random.Random, badge: Badge) -> list[dict[str, Any]]:
    """Twelve readings around midnight, some of one moment, some of a device that decided alone; some taken back."""
    made = []
    for _ in range(12):
        moment = NIGHT + timedelta(minutes=dice.randint(-40, 40))
        alone = (
            {"device_verdict": dice.choice(["admitted", "admitted_again", "already_in"])} if dice.random() < 0.4 else {}
        )
        way = "out" if dice.random() < 0.25 else "in"
        code = badge.number if dice.random() < 0.2 else badge.token
        made.append(a_scan(code, dice.choice(["C1", "C2"]), way, moment, **alone))
    for scan in dice.sample(made, 3):
        moment = NIGHT + timedelta(minutes=dice.randint(-40, 50))
        made.append(a_scan(badge.token, scan["gate"], "in", moment, annuls=scan["id"]))
    return made


def correct(fair: Fair, dice: random.Random, badges: list[Badge]) -> None:
    """One correction of any kind; a refusal is an answer too."""
    entries = list(db.session.scalars(select(Scan.id).where(is_entry())))
    made = list(db.session.scalars(select(Correction.id).where(Correction.undoes.is_(None))))
    moment, key, now = (
        NIGHT + timedelta(minutes=dice.randint(-40, 40)),
        str(uuid.UUID(int=dice.getrandbits(128))),
        NIGHT,
    )
    badge, deed = dice.choice(badges).id, dice.randrange(3)
    try:
        if deed == 0:
            retrying(
                lambda: record_missed_entry(
                    fair, key, badge, "C1", moment, Why("let_in"), SYSTEM, now + timedelta(hours=1)
                )
            )
        elif deed == 1 and entries:
            retrying(lambda: drop_entry(fair, key, dice.choice(entries), Why("trial"), SYSTEM, now))
        elif made:
            retrying(lambda: undo_correction(fair, key, dice.choice(made), Why("mistaken"), SYSTEM, now))
    except DomainError:
        pass


def test_recount_is_what_is_kept_whatever_came_when(app: Flask, client: Any, cast: Cast, gate: dict[str, str]) -> None:
    at(NIGHT + timedelta(hours=1))
    for seed in range(ROUNDS):
        dice = random.Random(seed)
        badges = [new_badge(app, f"{seed}-{kind}@example.jp", kind) for kind in ("trade", "public", "crew")]
        waiting = [scan for badge in badges for scan in scans_of(dice, badge)]
        dice.shuffle(waiting)
        while waiting:
            batch, waiting = waiting[: (size := dice.choice([1, 1, 2, 6]))], waiting[size:]
            send(client, gate, *batch)
            if dice.random() < 0.4:
                with app.app_context():
                    correct(a_fair(cast), dice, badges)
        with app.app_context():
            found = recount(a_fair(cast))
            assert found.differences == [], f"seed {seed}"
            assert found.by_rule == found.kept, f"seed {seed}"
            db.session.remove()
    assert found.kept.staff_entries > ROUNDS
    assert found.kept.visits > found.kept.unique_visitors > ROUNDS


def test_order_of_arrival_changes_no_visit(app: Flask, client: Any, cast: Cast, gate: dict[str, str]) -> None:
    """Four entries, two of one moment: the visit is the earliest's, by the scan's id where the moment is the same."""
    moments = [NOON - timedelta(minutes=n) for n in (5, 9, 9, 2)]
    ids = [f"{n}0000000-0000-4000-8000-0000000000" for n in (1, 3, 2, 4)]
    holders = set()
    for k, order in enumerate(list(permutations(range(4)))[::3]):
        badge = new_badge(app, f"p{k}@example.jp")
        for n in order:
            send(client, gate, a_scan(badge.token, moment=moments[n]) | {"id": f"{ids[n]}{k:02x}"})
        with app.app_context():
            holders.add(db.session.scalar(select(Visit.scan_id).where(Visit.badge_id == badge.id))[:8])  # type: ignore[index]
            db.session.remove()
    assert holders == {"20000000"}


def test_what_was_changed_by_hand_is_told_row_by_row_and_mended(
    app: Flask, client: Any, cast: Cast, gate: dict[str, str]
) -> None:
    badges = [new_badge(app, f"{n}@example.jp") for n in range(4)]
    entries = [a_scan(badge.token, moment=NOON + timedelta(seconds=n)) for n, badge in enumerate(badges)]
    crew = a_scan(new_badge(app, "tho@example.vn", "crew").token)
    send(client, gate, *entries, crew)
    run, slug = app.test_cli_runner(), ["--fair", cast.fair.slug]
    assert run.invoke(args=["recount", *slug]).exit_code == 0
    with app.app_context():
        with transaction():
            run_sql = db.session.execute
            run_sql(text("DELETE FROM visit WHERE badge_id = :b"), {"b": badges[0].id})
            run_sql(text("UPDATE visit SET gate_id = gate_id + 1 WHERE badge_id = :b"), {"b": badges[1].id})
            run_sql(text("UPDATE scan SET annulled_by = 'x' WHERE id = :id"), {"id": entries[2]["id"]})
            run_sql(text("INSERT INTO visit SELECT fair_id, registration_id, '2019-12-14', badge_id, 'y', gate_id,"
                         " category_id, first_at FROM visit WHERE badge_id = :b"), {"b": badges[3].id})  # fmt: skip
        found = recount(a_fair(cast))
        kinds = [What.TAKEN_BACK, What.VISIT_DIFFERS, What.VISIT_MISSING, What.VISIT_NOT_DUE]
        assert sorted(one.what for one in found.differences) == sorted(kinds)
        assert found.by_rule == Totals(entries=5, staff_entries=1, visits=4, unique_visitors=4)
        assert found.kept == Totals(entries=4, staff_entries=1, visits=4, unique_visitors=3)
        db.session.remove()
    told = run.invoke(args=["recount", *slug])
    assert (told.exit_code, f"scan {entries[2]['id']}: taken back: kept x" in told.output) == (1, True), told.output
    mended = run.invoke(args=["recount", "--mend", *slug])
    assert (mended.exit_code, "4 rows mended" in mended.output) == (0, True), mended.output
    with app.app_context():
        mended_people = select(func.count()).where(AuditEntry.action == "visits.mended")
        assert db.session.scalar(mended_people) == 4
        with transaction():
            db.session.execute(text("UPDATE scan SET counts = 'no' WHERE id = :id"), {"id": entries[0]["id"]})
    raw = run.invoke(args=["recount", "--mend"])
    assert (raw.exit_code, "never written again" in raw.output) == (1, True)
