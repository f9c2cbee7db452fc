"""Sessions with seats: made, published, signed up for, scanned at their doors; none of it is a visit to the fair."""

import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.audit import SYSTEM, AuditEntry
from app.db import db, transaction
from app.fairs.models import Fair, Hall
from app.front.beginning import remove_hall
from app.mail import Mail, compose
from app.visitors.gate_facts import gate_facts
from app.visitors.inside import inside_on
from app.visitors.models import Badge, Gate, Scan
from app.visitors.recount import recount
from app.visitors.session_models import SessionSignup
from tests.support.cast import Cast
from tests.visitors.stage import NOON, a_scan, at, change_fair, counts, many_badges, new_badge, send, token_for

API = "/api/v1/fairs/test-fair"
BEGINS, ENDS = NOON + timedelta(hours=1), NOON + timedelta(hours=2)  # 13:00 to 14:00 in Hà Nội


@pytest.fixture
def owner(app: Flask, cast: Cast) -> dict[str, str]:
    at(NOON)
    return token_for(app, "organiser")


@pytest.fixture
def gate(app: Flask, owner: dict[str, str]) -> dict[str, str]:
    return token_for(app, "gate")


def said(**more: Any) -> dict[str, Any]:
    times = {"begins_at": BEGINS.isoformat(), "ends_at": ENDS.isoformat()}
    return {"title": "Xu hướng thiết kế", "title_en": "Design trends", "room": "Phòng B"} | times | more


def made(client: Any, owner: dict[str, str], published: bool = True, **more: Any) -> str:
    answer = client.post(f"{API}/sessions", json=said(**more), headers=owner)
    assert answer.status_code == 201, answer.text
    code: str = answer.get_json()["code"]
    if published:
        assert client.post(f"{API}/sessions/{code}/publication", headers=owner).get_json()["state"] == "published"
    return code


def sign(client: Any, owner: dict[str, str], code: str, badge: Badge) -> Any:
    return client.post(f"{API}/sessions/{code}/sign-ups", json={"badge": badge.id}, headers=owner)


def figures(client: Any, owner: dict[str, str], code: str) -> tuple[int, int, int]:
    one = client.get(f"{API}/sessions/{code}", headers=owner).get_json()
    return one["signed_up"], one["came"], one["walked_in"]


def at_door(client: Any, gate: dict[str, str], code: str, badge: Badge, **more: Any) -> str:
    [result] = send(client, gate, a_scan(badge.token, code, **more))
    verdict: str = result["verdict"]
    return verdict


def test_a_session_from_draft_to_cancelled(app: Flask, client: Any, owner: dict[str, str]) -> None:
    code = made(client, owner, published=False, seats=2, needs_sign_up=True, categories=["trade"], hall="A", room="")
    assert client.get(f"{API}/sessions").get_json()["items"] == []  # a draft is nobody's
    huong = new_badge(app, "huong@example.jp")
    assert sign(client, owner, code, huong).status_code == 404
    assert client.post(f"{API}/sessions/{code}/publication", headers=owner).status_code == 200
    [shown] = client.get(f"{API}/sessions").get_json()["items"]
    assert (shown["free"], shown["hall"], "came" in shown) == (2, "A", False)
    assert sign(client, owner, code, huong).get_json()["again"] is False
    assert sign(client, owner, code, huong).get_json()["again"] is True  # the same seat
    body = said(seats=2, needs_sign_up=True, room="Phòng C")
    assert client.put(f"{API}/sessions/{code}", json=body, headers=owner).get_json()["room"] == "Phòng C"
    assert client.put(f"{API}/sessions/{code}", json=body, headers=owner).status_code == 200  # nothing new: no mail
    for _ in range(2):
        gone = client.post(f"{API}/sessions/{code}/cancellation", json={"reason": "Diễn giả ốm"}, headers=owner)
    assert (gone.status_code, gone.get_json()["code"]) == (409, "session_cancelled")
    assert client.put(f"{API}/sessions/{code}", json=body, headers=owner).get_json()["code"] == "session_cancelled"
    with app.app_context():
        mails = db.session.execute(select(Mail.template, Mail.recipient).order_by(Mail.id)).all()
        about = ("session_moved", "session_cancelled")
        assert [(t, to) for t, to in mails if t in about] == [(one, "huong@example.jp") for one in about]
        for mail in db.session.scalars(select(Mail).where(Mail.template.in_(about))):
            for mail.locale in ("en", "vi"):
                assert "Phòng C" in compose(mail).get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert "Diễn giả ốm" in compose(mail).get_body(("html",)).get_content()  # type: ignore[union-attr]
        deeds = db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("session.%"))).all()
        steps = ("made", "published", "signed_up", "changed", "cancelled")
        assert sorted(deeds) == sorted(f"session.{step}" for step in steps)
        assert db.session.scalar(select(Gate.retired_at).where(Gate.code == code)) is not None
        db.session.rollback()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": " "}, "title"), ({"room": ""}, "room"), ({"hall": "Z"}, "hall"),
        ({"categories": ["vip"]}, "categories"),
        ({"ends_at": BEGINS.isoformat()}, "ends_at"), ({"ends_at": (ENDS + timedelta(days=1)).isoformat()}, "ends_at"),
        ({"begins_at": (BEGINS + timedelta(days=9)).isoformat()}, "begins_at"), ({"seats": 0}, "seats"),
    ],
)  # fmt: skip
def test_what_is_no_session(client: Any, owner: dict[str, str], wrong: dict[str, Any], field: str) -> None:
    refused = client.post(f"{API}/sessions", json=said(**wrong), headers=owner)
    assert (refused.status_code, list(refused.get_json()["fields"])[-1].split(".")[-1]) == (422, field)


def test_who_may_and_who_may_not(app: Flask, client: Any, owner: dict[str, str], gate: dict[str, str]) -> None:
    code = made(client, owner, seats=1, categories=["trade"])
    assert client.post(f"{API}/sessions", json=said(), headers=gate).status_code == 403
    assert client.get(f"{API}/sessions/{code}/people", headers=gate).status_code == 403
    huong, public = new_badge(app, "huong@example.jp"), new_badge(app, "an@example.vn", "public")
    assert sign(client, owner, code, public).get_json()["code"] == "not_for_category"
    assert sign(client, owner, code, huong).status_code == 201
    full = sign(client, owner, code, new_badge(app, "sato@example.jp"))
    assert (full.status_code, full.get_json()["code"]) == (409, "session_full")
    assert "13:10" in full.get_json()["detail"]
    less = client.put(f"{API}/sessions/{code}", json=said(seats=None, categories=["trade"]), headers=owner)
    assert less.status_code == 200
    assert sign(client, owner, made(client, owner, seats=None), huong).get_json()["code"] == "no_sign_up"
    beside = made(client, owner, seats=5, begins_at=(BEGINS + timedelta(minutes=30)).isoformat())
    assert sign(client, owner, beside, huong).get_json()["at_the_same_time"] == [code]  # told, not forbidden
    at(BEGINS)
    assert sign(client, owner, code, new_badge(app, "ito@example.jp")).get_json()["code"] == "sign_up_closed"
    assert client.delete(f"{API}/sessions/{code}/sign-ups/{huong.id}", headers=owner).status_code == 204
    assert client.delete(f"{API}/sessions/{code}/sign-ups/{huong.id}", headers=owner).status_code == 204
    assert figures(client, owner, code) == (0, 0, 0)


def test_of_eight_who_sign_up_at_once_three_get_the_three_seats(
    app: Flask, client: Any, owner: dict[str, str], gate: dict[str, str]
) -> None:
    """One of them already taken by somebody who came early without signing up."""
    code = made(client, owner, seats=4)
    early, *badges = many_badges(app, "trade", 9)
    assert at_door(client, gate, code, early) == "admitted_session"
    start, answers = threading.Barrier(8), []

    def one(badge: Badge) -> None:
        own = app.test_client()
        start.wait()
        answers.append(sign(own, owner, code, badge).status_code)

    threads = [threading.Thread(target=one, args=(badge,)) for badge in badges]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201] * 3 + [409] * 5
    assert figures(client, owner, code) == (3, 1, 1)


def test_of_eight_who_walk_in_at_once_two_get_the_two_seats(
    app: Flask, client: Any, owner: dict[str, str], gate: dict[str, str]
) -> None:
    code, start, answers = made(client, owner, seats=2), threading.Barrier(8), []

    def one(badge: Badge) -> None:
        own = app.test_client()
        start.wait()
        answers.append(at_door(own, gate, code, badge))

    threads = [threading.Thread(target=one, args=(badge,)) for badge in many_badges(app, "trade", 8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["admitted_session"] * 2 + ["full"] * 6
    assert figures(client, owner, code) == (0, 2, 2)


def test_a_seat_waits_for_its_owner_and_then_goes_to_somebody_else(
    app: Flask, client: Any, owner: dict[str, str], gate: dict[str, str]
) -> None:
    code = made(client, owner, seats=2, needs_sign_up=True)
    on_time, late, walker, second = many_badges(app, "trade", 4)
    for badge in (on_time, late):
        assert sign(client, owner, code, badge).status_code == 201
    assert at_door(client, gate, code, walker) == "wrong_gate"
    assert at_door(client, gate, code, on_time) == "admitted_session"
    assert at_door(client, gate, code, on_time) == "admitted_again"
    at(BEGINS + timedelta(minutes=10))
    assert at_door(client, gate, code, walker) == "admitted_session"
    assert at_door(client, gate, code, late) == "full"
    [out] = send(client, gate, a_scan(walker.token, code, "out"))
    assert (out["verdict"], out["counts"]) == ("goodbye", "session")
    assert at_door(client, gate, code, late) == "admitted_session"  # the walker's seat
    assert at_door(client, owner, code, second, forced_reason="Khách mời") == "admitted_forced"
    assert figures(client, owner, code) == (2, 4, 2)
    people = client.get(f"{API}/sessions/{code}/people?group=walked_in", headers=owner).get_json()["items"]
    assert {one["badge"] for one in people} == {walker.id, second.id}


def test_a_sessions_door_is_no_way_into_the_fair(
    app: Flask, client: Any, owner: dict[str, str], gate: dict[str, str]
) -> None:
    code = made(client, owner, seats=9, hall="A")
    change_fair(app, entry_rule="single_entry", capacity=1)
    huong, worker = new_badge(app, "huong@example.jp"), new_badge(app, "", "crew")
    send(client, gate, a_scan(huong.token))
    first = a_scan(huong.token, code)
    assert [one["verdict"] for one in send(client, gate, first, a_scan(worker.token, code))] == [
        "admitted_session", "admitted_staff",
    ]  # fmt: skip
    assert send(client, gate, first)[0]["repeat"] is True
    assert send(client, gate, a_scan(huong.token, code, "out"))[0]["counts"] == "session"
    assert send(client, gate, a_scan(huong.token))[0]["verdict"] == "already_in"  # nobody left the fair
    assert counts(app)[0] == 1
    assert figures(client, owner, code) == (0, 1, 1)
    [annulled] = send(client, gate, a_scan(huong.token, code, annuls=first["id"]))
    assert annulled["verdict"] == "annulled"
    assert figures(client, owner, code) == (0, 0, 0)
    with app.app_context():
        facts = gate_facts(db.session.scalar(select(Gate.fair_id).where(Gate.code == code)), fresh=True)
        assert inside_on(facts, NOON.date()).all.people == 1
        counted = recount(db.session.get_one(Fair, facts.fair_id))
        assert (counted.differences, counted.by_rule.entries, counted.by_rule.visits) == ([], 1, 1)
        db.session.rollback()
    missed = {"id": str(uuid.uuid4()), "badge": huong.id, "gate": code, "at": NOON.isoformat(), "reason": "let_in"}
    assert client.post(f"{API}/corrections/missed-entries", json=missed, headers=owner).status_code in (404, 422)
    assert code not in [one["code"] for one in client.get(f"{API}/gates", headers=owner).get_json()["items"]]


def test_what_a_door_admitted_without_a_network_stays_and_a_snapshot_brings_what_it_needs(
    app: Flask, client: Any, owner: dict[str, str], gate: dict[str, str]
) -> None:
    code = made(client, owner, seats=1)
    huong, sato = new_badge(app, "huong@example.jp"), new_badge(app, "sato@example.jp")
    whole = client.get(f"{API}/snapshot", headers=gate).get_json()
    assert (whole["rules"]["sessions"][code]["seats"], whole["seats"], whole["session_passages"]) == (1, [], [])
    at(NOON + timedelta(minutes=5))
    sign(client, owner, code, huong)
    assert at_door(client, gate, code, huong) == "admitted_session"
    news = client.get(f"{API}/snapshot", query_string={"after": whole["at"]}, headers=gate).get_json()
    assert news["seats"] == [[code, huong.registration_id, True]]
    assert [[row[0], row[3], row[4], row[6]] for row in news["session_passages"]] == [
        [huong.registration_id, code, "in", False]
    ]
    assert news["passages"] == []
    late = a_scan(sato.token, code, moment=NOON + timedelta(minutes=2), device_verdict="admitted_session")
    [kept] = send(client, gate, late)
    assert (kept["verdict"], kept["refused"], kept["counts"]) == ("admitted_session", "full", "session")
    assert figures(client, owner, code) == (1, 2, 1)


def test_eight_scans_of_one_badge_are_one_person(
    app: Flask, client: Any, owner: dict[str, str], gate: dict[str, str]
) -> None:
    code, huong = made(client, owner, seats=1), new_badge(app, "huong@example.jp")
    start, answers = threading.Barrier(8), []

    def one() -> None:
        own = app.test_client()
        start.wait()
        answers.append(at_door(own, gate, code, huong))

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["admitted_again"] * 7 + ["admitted_session"]
    assert figures(client, owner, code) == (0, 1, 1)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Scan)) == 8
        assert db.session.scalar(select(func.count()).select_from(SessionSignup)) == 0
        db.session.rollback()


def test_the_organisers_pages_and_a_visitors_own_programme(
    app: Flask, client: Any, cast: Cast, owner: dict[str, str], gate: dict[str, str]
) -> None:
    code, huong = made(client, owner, seats=2, needs_sign_up=True), new_badge(app, "huong@example.jp")
    pages = "/fairs/test-fair"
    typed = client.post(f"{pages}/programme", data={"number": huong.number[:-1] + "x"})
    assert (typed.status_code, huong.number[:-1] + "x" in typed.text) == (422, True)
    own = client.post(f"{pages}/programme", data={"number": huong.number}).location
    assert "Hương" not in client.get(own).text  # a number gives nobody's name away
    taken = client.post(f"{own}/{code}/seat", follow_redirects=True)
    assert "Bạn đã có chỗ, giữ đến 13:10." in taken.text
    assert client.post(f"{own}x/{code}/seat").status_code == 404
    client.sign_in(cast.ola)
    listed = client.get(f"{pages}/organise/sessions/{code}?group=signed_up").text
    assert "Đặng Thị Hương" in listed
    rows = client.get(f"{pages}/organise/sessions/{code}/people.csv?group=signed_up").text.splitlines()
    assert (len(rows), "huong@example.jp" in rows[1]) == (2, True)
    assert "Xu hướng thiết kế" in client.get(f"{pages}/organise/sessions.csv").text
    refused = client.post(f"{pages}/organise/sessions/{code}/cancellation", data={"reason": " "})
    assert (refused.status_code, "Hãy nêu lý do" in refused.text) == (422, True)
    assert client.post(f"{pages}/organise/sessions/{code}/sign-ups", data={"number": "1"}).status_code == 422
    again = {"number": f"{huong.number[:5]} {huong.number[5:]}"}
    assert client.post(f"{pages}/organise/sessions/{code}/sign-ups", data=again).status_code == 303
    assert client.post(f"{pages}/organise/sessions/{code}/sign-ups/{huong.id}/end").status_code == 303
    assert "Còn 2 chỗ" in client.get(own).text
    form = {
        "title": "Chung kết", "day": "2019-12-13", "from_time": "15:00", "to_time": "14:00", "room": "Sân khấu",
        "held_minutes": "5", "door": "open", "categories": "public",
    }  # fmt: skip
    wrong = client.post(f"{pages}/organise/sessions/new", data=form)
    assert (wrong.status_code, "Giờ kết thúc phải sau giờ bắt đầu." in wrong.text) == (422, True)
    kept = client.post(f"{pages}/organise/sessions/new", data=form | {"to_time": "16:00"})
    assert "Chung kết" in client.get(kept.location).text
    edited = client.post(f"{kept.location}/edit", data=form | {"to_time": "16:30", "seats": "7"}, follow_redirects=True)
    assert "16:30" in edited.text
    client.sign_in(cast.gia)
    for path in ("/organise/sessions", f"/organise/sessions/{code}", f"/organise/sessions/{code}/edit"):
        assert client.get(f"{pages}{path}").status_code == 403


def test_a_hall_that_is_taken_off_the_plan_leaves_its_name_with_the_session(
    app: Flask, client: Any, cast: Cast, owner: dict[str, str]
) -> None:
    code = made(client, owner, hall="A", room="")
    with app.app_context():
        hall = db.session.scalars(select(Hall).where(Hall.code == "A")).one()
        with transaction():
            remove_hall(SYSTEM, db.session.get_one(Fair, cast.fair.id), hall.id)
        name = hall.name
    shown = client.get(f"{API}/sessions/{code}", headers=owner).get_json()
    assert (shown["hall"], shown["room"]) == ("", name)
