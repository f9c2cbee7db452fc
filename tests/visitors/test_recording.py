"""Scans kept on a real database: works, refused, repeated, raced."""

import threading
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import badge_token
from app.audit import SYSTEM
from app.db import db, transaction
from app.fairs.models import Fair
from app.visitors.badges import reissue_badge, revoke_badge
from app.visitors.models import Badge, RehearsalScan, Scan, ScanFault, Visit, VisitorCategory
from tests.support.cast import Cast
from tests.visitors.stage import NOON, SECRET, a_scan, at, change_fair, counts, new_badge, send, token_for


@pytest.fixture
def gate(app: Flask, cast: Cast) -> dict[str, str]:
    at(NOON)
    return token_for(app, "gate")


def verdicts(results: list[dict[str, Any]]) -> list[str]:
    return [result["verdict"] for result in results]


def change_badge(app: Flask, badge: Badge, how: Any, *more: Any) -> Any:
    with app.app_context(), transaction():
        return how(db.session.get_one(Badge, badge.id), *more, SYSTEM, NOON)


def test_first_entry_is_a_visit_and_the_next_is_not(app: Flask, client: Any, gate: dict[str, str]) -> None:
    badge = new_badge(app, "huong@example.jp")
    [first] = send(client, gate, a_scan(badge.token))
    [second] = send(client, gate, a_scan(badge.token, gate="C2"))
    assert (first["verdict"], first["colour"], first["counts"], first["repeat"]) == (
        "admitted",
        "green",
        "visit",
        False,
    )
    assert (second["verdict"], second["counts"], second["detail"]["gate"]) == ("admitted_again", "entry", "C1")
    assert first["person"]["name"] == "Đặng Thị Hương"
    assert counts(app) == (1, 2)


def test_number_typed_by_hand_is_the_same_badge(app: Flask, client: Any, gate: dict[str, str]) -> None:
    badge = new_badge(app, "huong@example.jp")
    assert verdicts(send(client, gate, a_scan(badge.number))) == ["admitted"]
    assert verdicts(send(client, gate, a_scan(badge.token))) == ["admitted_again"]


def test_every_refusal_is_kept(app: Flask, client: Any, gate: dict[str, str]) -> None:
    badge = new_badge(app, "huong@example.jp")
    payload = badge_token.Payload(fair=8, code_id=bytes(8), category=1, days_mask=15)
    elsewhere = badge_token.encode(payload, badge_token.open_key(badge_token.new_key(SECRET)[1], SECRET))
    forged = badge.token[:-1] + str((int(badge.token[-1]) + 1) % 10)
    codes = ["", "xyz", forged, elsewhere, "48213077561964033819", "1" * 193, badge.token + "0"]
    answers = verdicts(
        send(client, gate, *[a_scan(code, moment=NOON + timedelta(seconds=n)) for n, code in enumerate(codes)])
    )
    assert answers[:4] == ["unknown", "unknown", "forged", "wrong_fair"]
    assert set(answers[4:]) <= {"unknown", "not_known_here", "forged", "wrong_fair"}
    assert counts(app) == (0, len(codes))
    with app.app_context():
        assert set(db.session.scalars(select(Scan.actor))) == {"token:1"}


def test_revoked_badge_is_refused_at_once(app: Flask, client: Any, gate: dict[str, str]) -> None:
    badge = new_badge(app, "huong@example.jp")
    assert verdicts(send(client, gate, a_scan(badge.token))) == ["admitted"]
    change_badge(app, badge, revoke_badge, "misuse")
    [refused] = send(client, gate, a_scan(badge.token))
    assert refused["verdict"] == "revoked"
    assert refused["detail"]["reason"] == "misuse"


def test_reissued_badge_carries_the_visit_on(app: Flask, client: Any, gate: dict[str, str], cast: Cast) -> None:
    badge = new_badge(app, "huong@example.jp")
    send(client, gate, a_scan(badge.token))
    with app.app_context(), transaction():
        fresh = reissue_badge(
            db.session.get_one(Fair, cast.fair.id), db.session.get_one(Badge, badge.id), SECRET, SYSTEM, NOON
        )
        token = fresh.token
    assert verdicts(send(client, gate, a_scan(badge.token), a_scan(token))) == ["replaced", "admitted_again"]
    assert counts(app)[0] == 1


def test_crew_are_no_visits(app: Flask, client: Any, gate: dict[str, str]) -> None:
    badge = new_badge(app, "tho@example.vn", "crew")
    assert verdicts(send(client, gate, a_scan(badge.token))) == ["admitted_staff"]
    assert verdicts(send(client, gate, a_scan(badge.token))) == ["admitted_staff"]
    assert counts(app) == (0, 2)


def test_wrong_gate_for_the_category(app: Flask, client: Any, gate: dict[str, str]) -> None:
    badge = new_badge(app, "huong@example.jp")
    with app.app_context(), transaction():
        db.session.get_one(VisitorCategory, badge.category_id).gates = ["C2"]
    assert verdicts(send(client, gate, a_scan(badge.token), a_scan(badge.token, "C2"))) == ["wrong_gate", "admitted"]


def test_midnight_in_ha_noi_divides_two_visits(app: Flask, client: Any, gate: dict[str, str]) -> None:
    badge = new_badge(app, "huong@example.jp")
    midnight = datetime(2019, 12, 12, 17, tzinfo=UTC)
    before, after = a_scan(badge.token, moment=midnight - timedelta(seconds=1)), a_scan(badge.token, moment=midnight)
    assert verdicts(send(client, gate, after, before)) == ["admitted", "admitted"]
    with app.app_context():
        assert [day.isoformat() for day in db.session.scalars(select(Visit.day).order_by(Visit.day))] == [
            "2019-12-12", "2019-12-13",
        ]  # fmt: skip


def test_day_of_a_clock_change_is_one_day(app: Flask, client: Any, gate: dict[str, str]) -> None:
    at(datetime(2019, 11, 3, 12, tzinfo=UTC))
    change_fair(
        app, time_zone="America/New_York", starts_on=datetime(2019, 11, 2).date(), ends_on=datetime(2019, 11, 4).date()
    )
    badge = new_badge(app, "ny@example.com")
    moments = [
        datetime(2019, 11, 3, 4, tzinfo=UTC),
        datetime(2019, 11, 4, 4, 59, tzinfo=UTC),
        datetime(2019, 11, 4, 5, tzinfo=UTC),
    ]
    answers = send(client, gate, *[a_scan(badge.token, moment=moment) for moment in moments])
    assert verdicts(answers) == ["admitted", "admitted_again", "admitted"]


def test_drift_decides_the_day(app: Flask, client: Any, gate: dict[str, str]) -> None:
    badge = new_badge(app, "huong@example.jp")
    tomorrow = a_scan(badge.token, moment=NOON + timedelta(days=1), drift_ms=24 * 3600 * 1000)
    send(client, gate, tomorrow)
    with app.app_context():
        kept = db.session.scalars(select(Scan)).one()
        assert (kept.counted_at, kept.scanned_at) == (NOON, NOON + timedelta(days=1)) or abs(
            kept.counted_at - NOON
        ) < timedelta(seconds=1)
        assert kept.day.isoformat() == "2019-12-13"


def test_same_scan_again_gets_the_first_answer(app: Flask, client: Any, gate: dict[str, str]) -> None:
    badge = new_badge(app, "huong@example.jp")
    scan = a_scan(badge.token)
    [first], [again] = send(client, gate, scan), send(client, gate, scan)
    assert again == first | {"repeat": True}
    assert counts(app) == (1, 1)
    both = send(client, gate, scan, scan)
    assert verdicts(both) == ["admitted", "admitted"]
    assert counts(app) == (1, 1)


@pytest.mark.parametrize(
    "change", [{"gate": "C2"}, {"direction": "out"}, {"scanned_at": "2019-12-13T06:00:00Z"}, {"code": "0"}]
)
def test_same_id_with_other_content_is_a_fault_and_kept(
    app: Flask, client: Any, gate: dict[str, str], change: dict[str, str]
) -> None:
    badge = new_badge(app, "huong@example.jp")
    scan = a_scan(badge.token)
    send(client, gate, scan)
    [answer] = send(client, gate, scan | change)
    assert (answer["verdict"], answer["repeat"], answer["counts"]) == ("id_conflict", False, "no")
    assert counts(app) == (1, 1)
    with app.app_context():
        assert db.session.scalars(select(ScanFault.scan_id)).one() == scan["id"]


def test_taken_back_scan_gives_the_visit_to_the_next(app: Flask, client: Any, gate: dict[str, str]) -> None:
    badge = new_badge(app, "huong@example.jp")
    first = a_scan(badge.token)
    second = a_scan(badge.token, gate="C2", moment=NOON + timedelta(minutes=2))
    send(client, gate, first)
    send(client, gate, second)
    back = a_scan(badge.token, moment=NOON + timedelta(minutes=3), annuls=first["id"])
    assert verdicts(send(client, gate, back)) == ["annulled"]
    with app.app_context():
        visit = db.session.scalars(select(Visit)).one()
        assert visit.scan_id == second["id"]
    back = a_scan(badge.token, gate="C2", moment=NOON + timedelta(minutes=4), annuls=second["id"])
    assert verdicts(send(client, gate, back)) == ["annulled"]
    assert counts(app)[0] == 0
    assert verdicts(send(client, gate, a_scan(badge.token, moment=NOON + timedelta(minutes=5)))) == ["admitted"]
    late = a_scan(badge.token, moment=NOON + timedelta(minutes=30), annuls=first["id"])
    assert verdicts(send(client, gate, late)) == ["unknown"]


def test_scan_of_yesterday_is_not_taken_back_by_claiming_yesterdays_time(
    app: Flask, client: Any, gate: dict[str, str]
) -> None:
    entry = a_scan(new_badge(app, "huong@example.jp").token)
    send(client, gate, entry)
    for later in (timedelta(minutes=31), timedelta(hours=2), timedelta(days=1)):
        at(NOON + later)
        claims = [{"scanned_at": entry["scanned_at"]}, {"scanned_at": (NOON + timedelta(minutes=9)).isoformat()}]
        claims.append({"drift_ms": int(later.total_seconds() * 1000) - 60_000})  # a clock that goes wrong by just that
        backs = [a_scan("x", annuls=entry["id"]) | claim for claim in claims]
        answers = [send(client, gate, back)[0] for back in backs] + send(client, gate, *backs)
        assert {(a["verdict"], a["detail"]["marks"][0]) for a in answers} == {("unknown", "too_late_to_annul")}
    assert counts(app) == (1, 10)


def test_scan_is_not_taken_back_before_it_was_made(app: Flask, client: Any, gate: dict[str, str]) -> None:
    entry = a_scan(new_badge(app, "huong@example.jp").token, moment=NOON)
    send(client, gate, entry)
    [back] = send(client, gate, a_scan("x", moment=NOON - timedelta(seconds=1), annuls=entry["id"]))
    assert (back["verdict"], back["detail"]["marks"]) == ("unknown", ["nothing_to_annul"])
    assert counts(app) == (1, 2)


@pytest.mark.parametrize("together", [True, False])
def test_gate_that_was_offline_takes_back_hours_later(
    app: Flask, client: Any, gate: dict[str, str], together: bool
) -> None:
    """The scan and its taking back come up in one call, or one soon after the other."""
    entry = a_scan(new_badge(app, "huong@example.jp").token, moment=NOON, device_verdict="admitted")
    back = a_scan(entry["code"], moment=NOON + timedelta(minutes=2), annuls=entry["id"], device_verdict="annulled")
    at(NOON + timedelta(hours=5))
    if together:
        answers = send(client, gate, entry, back)
    else:
        answers = send(client, gate, entry)
        at(NOON + timedelta(hours=5, minutes=12))
        answers += send(client, gate, back)
    assert verdicts(answers) == ["admitted", "annulled"]
    assert counts(app) == (0, 2)


def test_rehearsal_counts_nothing_and_is_stored_apart(app: Flask, client: Any, gate: dict[str, str]) -> None:
    badge = new_badge(app, "huong@example.jp")
    scan = a_scan(badge.token, rehearsal=True)
    [first], [again] = send(client, gate, scan), send(client, gate, scan)
    assert (first["verdict"], first["counts"], again["repeat"]) == ("admitted", "no", True)
    assert counts(app) == (0, 0)
    with app.app_context():
        assert db.session.scalars(select(RehearsalScan.id)).one() == scan["id"]


def test_two_offline_gates_both_keep_their_word(app: Flask, client: Any, gate: dict[str, str]) -> None:
    badge = new_badge(app, "huong@example.jp")
    hour = timedelta(hours=1)
    at_c1 = a_scan(badge.token, "C1", moment=NOON - hour, device_verdict="admitted")
    at_c2 = a_scan(badge.token, "C2", moment=NOON - 2 * hour, device_verdict="admitted")
    assert [(r["verdict"], r["counts"]) for r in send(client, gate, at_c1) + send(client, gate, at_c2)] == [
        ("admitted", "visit"),
        ("admitted", "entry"),
    ]
    with app.app_context():
        visit = db.session.scalars(select(Visit)).one()
        assert visit.scan_id == at_c2["id"]  # the order that counts is the time, not the arrival
    client.sign_in(cast_of(app, "Ola"))
    page = client.get("/fairs/test-fair/organise/gates?day=2019-12-13").text
    assert "Đặng Thị Hương" in page


def cast_of(app: Flask, name: str) -> Any:
    from app.accounts.models import Person

    with app.app_context():
        person = db.session.scalars(select(Person).where(Person.name == name)).one()
        db.session.expunge(person)
    return person


def test_late_device_never_admits_a_forged_code(app: Flask, client: Any, gate: dict[str, str]) -> None:
    badge = new_badge(app, "huong@example.jp")
    forged = badge.token[:-1] + str((int(badge.token[-1]) + 1) % 10)
    scan = a_scan(forged, moment=NOON - timedelta(hours=1), device_verdict="admitted")
    assert verdicts(send(client, gate, scan)) == ["forged"]


def test_late_device_makes_no_visit_on_a_day_that_the_fair_has_not(
    app: Flask, client: Any, gate: dict[str, str]
) -> None:
    badge = new_badge(app, "huong@example.jp")
    lies = [a_scan(badge.token, moment=NOON - timedelta(days=d), device_verdict="admitted") for d in range(30, 90)]
    lies.append(a_scan(badge.token, moment=NOON + timedelta(days=3), drift_ms=60_000, device_verdict="admitted"))
    at(NOON + timedelta(days=4))
    answers = [send(client, gate, lie)[0] for lie in lies[::10]] + send(client, gate, *lies)
    assert {(a["verdict"], a["counts"]) for a in answers} == {("wrong_day", "no")}
    assert counts(app) == (0, 61)


@pytest.mark.parametrize("minutes", [-30, 9, 600])
def test_late_device_keeps_its_word_on_a_revoked_badge(
    app: Flask, client: Any, gate: dict[str, str], minutes: int
) -> None:
    """Revoked so many minutes before it is scanned at a gate that is cut off; the scan comes hours later."""
    badge = new_badge(app, "huong@example.jp")
    change_badge(app, badge, revoke_badge, "misuse")
    at(NOON + timedelta(hours=11))
    scan = a_scan(badge.token, moment=NOON + timedelta(minutes=minutes), device_verdict="admitted")
    [result] = send(client, gate, scan)
    assert (result["verdict"], result["counts"], result.get("refused")) == ("admitted", "visit", "revoked")
    assert counts(app) == (1, 1)
    assert send(client, gate, scan)[0] == result | {"repeat": True}


def test_single_entry_asks_for_an_exit_and_a_force_needs_the_right(
    app: Flask, client: Any, gate: dict[str, str]
) -> None:
    change_fair(app, entry_rule="single_entry")
    badge = new_badge(app, "huong@example.jp")
    steps = [
        a_scan(badge.token, direction=way, moment=NOON + timedelta(minutes=n))
        for n, way in enumerate(["in", "in", "out", "in"])
    ]
    assert [verdicts(send(client, gate, step))[0] for step in steps] == [
        "admitted",
        "already_in",
        "goodbye",
        "admitted_again",
    ]
    forced = a_scan(badge.token, moment=NOON + timedelta(minutes=9), forced_reason="quên quét ra")
    assert verdicts(send(client, gate, forced)) == ["already_in"]
    [by_owner] = send(client, token_for(app, "organiser"), forced | {"id": str(uuid.uuid4())})
    assert (by_owner["verdict"], by_owner["refused"]) == ("admitted_forced", "already_in")


def test_report_that_is_final_takes_no_more_scans(app: Flask, client: Any, gate: dict[str, str]) -> None:
    badge = new_badge(app, "huong@example.jp")
    change_fair(app, frozen_at=NOON)
    answer = client.post("/api/v1/fairs/test-fair/scans", json={"scans": [a_scan(badge.token)]}, headers=gate)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "report_frozen")


def test_plain_scan_is_one_statement_on_postgresql(
    app: Flask, client: Any, gate: dict[str, str], statements: Any
) -> None:
    """The statement itself runs on the driver; nothing else may be asked around it but who asks, and the fair."""
    badge = new_badge(app, "huong@example.jp")
    send(client, gate, a_scan(badge.token))
    with app.app_context():
        on_sqlite = db.engine.dialect.name == "sqlite"
    if on_sqlite:
        pytest.skip("SQLite records in one transaction under the writer's lock")
    with statements() as seen:
        send(client, gate, a_scan(badge.token))
    assert not [s for s in seen if " scan " in s.lower() and "insert" in s.lower()]


def test_a_thousand_scans_in_one_call(app: Flask, client: Any, gate: dict[str, str]) -> None:
    badges = [new_badge(app, f"v{n}@example.jp") for n in range(20)]
    scans = [a_scan(badges[n % 20].token, moment=NOON + timedelta(seconds=n)) for n in range(1000)]
    answers = Counter(verdicts(send(client, gate, *scans)))
    assert answers == {"admitted": 20, "admitted_again": 980}
    assert counts(app) == (20, 1000)


@pytest.mark.parametrize("rule", ["free_reentry", "single_entry"])
def test_eight_gates_with_one_badge_admit_it_once(app: Flask, gate: dict[str, str], rule: str) -> None:
    """24 threads, 16 rounds (`./fair bench race` has a thousand): three badges at eight gates, one `admitted` each."""
    change_fair(app, entry_rule=rule)
    start, answers = threading.Barrier(24), []
    rounds = [[new_badge(app, f"r{n}b{b}@example.jp").token for b in range(3)] for n in range(16)]

    def scan_all(number: int) -> None:
        client = app.test_client()
        for tokens in rounds:
            start.wait()
            token = tokens[number % 3]
            answers.append((token, send(client, gate, a_scan(token, f"C{number % 2 + 1}"))[0]["verdict"]))

    threads = [threading.Thread(target=scan_all, args=(n,)) for n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    again = "admitted_again" if rule == "free_reentry" else "already_in"
    assert Counter(answers) == {
        (token, verdict): n for tokens in rounds for token in tokens for verdict, n in (("admitted", 1), (again, 7))
    }
    assert counts(app) == (48, 384)


def test_one_scan_sent_by_eight_connections_is_kept_once(app: Flask, gate: dict[str, str]) -> None:
    badges = [new_badge(app, f"s{n}@example.jp") for n in range(10)]
    scans = [a_scan(badge.token) for badge in badges]
    start, answers = threading.Barrier(8), []

    def send_all() -> None:
        client = app.test_client()
        for scan in scans:
            start.wait()
            answers.append((scan["id"], send(client, gate, scan)[0]["verdict"]))

    threads = [threading.Thread(target=send_all) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(answers) == {(scan["id"], "admitted"): 8 for scan in scans}
    assert counts(app) == (10, 10)
