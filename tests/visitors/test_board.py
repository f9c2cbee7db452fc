"""The board of the gates: who is inside, what halls hold, the fire alarm. Works, refused, repeated, raced."""

import html
import re
import subprocess
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit import SYSTEM, AuditEntry
from app.db import db, transaction
from app.fairs.models import Fair, Hall
from app.visitors import occupancy
from app.visitors.badges import reissue_badge
from app.visitors.gate_facts import gate_facts
from app.visitors.models import Badge, FireAlarm, Gate
from app.visitors.rehearsal import samples_of
from tests.support.cast import Cast
from tests.support.node import node
from tests.visitors.stage import NOON, SECRET, a_scan, at, change_fair, new_badge, send, token_for

API = "/api/v1/fairs/test-fair"
PLACES = Path(__file__).parent / "places.mjs"
PAGES = "/fairs/test-fair/organise/gates"


@pytest.fixture
def gate(app: Flask, cast: Cast) -> dict[str, str]:
    """Headers of a gate; gates 1 and 2 lead to hall A, gate 3 to hall B."""
    at(NOON)
    add_hall_b(app, cast)
    return token_for(app, "gate")


@pytest.fixture
def ola(app: Flask, gate: dict[str, str]) -> dict[str, str]:
    return token_for(app, "organiser")


def add_hall_b(app: Flask, cast: Cast) -> None:
    with app.app_context(), transaction():
        hall = Hall(fair_id=cast.fair.id, code="B", name="Nhà B", name_en="Hall B", width_cm=900, depth_cm=900,
                    features=[], position=1)  # fmt: skip
        db.session.add(hall)
        db.session.flush()
        db.session.add(
            Gate(fair_id=cast.fair.id, hall_id=hall.id, code="C3", name="Cổng 3", name_en="Gate 3", position=2)
        )


def inside(client: Any, ola: dict[str, str]) -> dict[str, Any]:
    """{"A": (visitors, others), …} and "all"."""
    shown = client.get(f"{API}/board", headers=ola).get_json()["inside"]
    assert "each person once" in shown["rule"]
    halls = {hall["code"]: (hall["visitors"], hall["others"]) for hall in shown["halls"]}
    assert sum(v + o for v, o in halls.values()) == shown["people"]
    return halls | {"all": shown["people"]}


def log(app: Flask, prefix: str) -> list[tuple[str, dict[str, Any]]]:
    with app.app_context():
        entries = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action.startswith(prefix)).order_by(AuditEntry.id)
        )
        return [(entry.action, entry.details) for entry in entries]


def verdicts(results: list[dict[str, Any]]) -> list[str]:
    return [result["verdict"] for result in results]


def at_once(app: Flask, number: int, work: Any) -> None:
    start = threading.Barrier(number)

    def run(n: int) -> None:
        client = app.test_client()
        start.wait()
        work(client, n)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_inside_is_each_person_once_where_the_badge_was_read_last(
    app: Flask, client: Any, gate: dict[str, str], ola: dict[str, str], cast: Cast
) -> None:
    one, two, three = (new_badge(app, f"v{n}@example.jp") for n in range(3))
    crew = new_badge(app, "tho@example.vn", "crew")
    step = iter(NOON + timedelta(seconds=n) for n in range(99))
    send(client, gate, *[a_scan(badge.token, moment=next(step)) for badge in (one, one, two, three, crew)])
    assert inside(client, ola) == {"A": (3, 1), "B": (0, 0), "all": 4}
    send(client, gate, a_scan(one.token, "C3", "out", next(step)), a_scan(two.token, "C3", "in", next(step)))
    assert inside(client, ola) == {"A": (1, 1), "B": (1, 0), "all": 3}

    with app.app_context(), transaction():  # a new badge is still the same person
        fair = db.session.get_one(Fair, cast.fair.id)
        fresh = reissue_badge(fair, db.session.get_one(Badge, two.id), SECRET, SYSTEM, NOON).token
    late = a_scan(three.token, "C1", "out", NOON - timedelta(hours=1))  # of the morning, sent now
    taken_back = a_scan(three.token, "C1", "out", next(step))
    annul = a_scan(three.token, "C1", "out", next(step), annuls=taken_back["id"])
    send(client, gate, a_scan(fresh, "C1", "out", next(step)), late, taken_back, annul)
    assert inside(client, ola) == {"A": (1, 1), "B": (0, 0), "all": 2}

    people = client.get(f"{API}/inside", headers=ola).get_json()["items"]
    assert [(p["hall"], p["badge"], p["category"]) for p in people] == [
        ("A", three.number, "trade"), ("A", crew.number, "crew"),
    ]  # fmt: skip
    client.sign_in(cast.ola)
    page = client.get(PAGES).text
    assert "Đang ở bên trong" in page and "1 khách tham quan, và 1 nhân viên" in page
    at(NOON + timedelta(days=1))
    assert inside(client, ola) == {"A": (0, 0), "B": (0, 0), "all": 0}
    assert client.get(f"{API}/board?day=2019-12-13", headers=ola).get_json()["inside"] is None


def test_without_exits_the_board_says_entries(
    app: Flask, client: Any, gate: dict[str, str], ola: dict[str, str], cast: Cast
) -> None:
    change_fair(app, counts_exits=False)
    assert client.patch(f"{API}/capacity", json={"halls": {"A": 1}}, headers=ola).status_code == 200
    badges = [new_badge(app, f"v{n}@example.jp") for n in range(2)]
    assert verdicts(send(client, gate, *[a_scan(b.token) for b in badges])) == ["admitted", "admitted"]
    shown = client.get(f"{API}/board", headers=ola).get_json()
    assert (shown["inside"], shown["entries"]) == (None, 2)
    client.sign_in(cast.ola)
    assert "Hội chợ này không quét lượt ra" in client.get(PAGES).text
    client.post(f"{PAGES}/alarm")
    shown = client.get(f"{API}/board", headers=ola).get_json()["inside"]
    assert (shown["people"], shown["at_most"], shown["capacity"], shown["halls"][0]["level"]) == (2, True, None, "")


def test_a_full_hall_lets_in_no_visitor_more(
    app: Flask, client: Any, gate: dict[str, str], ola: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(occupancy, "LIFE_SECONDS", 0.0)
    monkeypatch.setattr(occupancy, "SHARE", 0)
    client.patch(f"{API}/capacity", json={"halls": {"A": 2}, "fair": 3}, headers=ola)
    one, two, three, four = (new_badge(app, f"v{n}@example.jp") for n in range(4))
    crew = new_badge(app, "tho@example.vn", "crew")

    def scanned(badge: Badge, gate_code: str = "C1", **more: Any) -> Any:
        [result] = send(client, more.pop("headers", gate), a_scan(badge.token, gate_code, **more))
        return result["verdict"], result.get("detail")

    assert [scanned(one)[0], scanned(two)[0]] == ["admitted", "admitted"]
    assert scanned(three) == ("full", {"hall": "A"})
    shown = client.get(f"{API}/board", headers=ola).get_json()
    assert [hall["level"] for hall in shown["inside"]["halls"]] == ["red", ""]
    assert shown["refused"] == [{"verdict": "full", "scans": 1}]
    assert scanned(three, "C3") == ("admitted", None)
    assert scanned(four, "C3") == ("full", {"hall": ""})  # the whole fair
    assert scanned(three, "C3") == ("admitted_again", ANY) and scanned(one) == ("admitted_again", ANY)  # inside already
    assert scanned(crew)[0] == "admitted_staff"
    assert scanned(four, "C3", headers=ola, forced_reason="Khách mời")[0] == "admitted_forced"
    assert scanned(one, direction="out")[0] == "goodbye"
    for badge in (two, crew, four):
        scanned(badge, "C3", direction="out")
    assert scanned(one)[0] == "admitted_again"
    late = a_scan(two.token, moment=NOON - timedelta(minutes=5), device_verdict="full")
    [answer] = send(client, gate, late)
    assert (answer["verdict"], answer["counts"], answer["detail"]["marks"]) == ("full", "no", ["device"])


def test_a_phone_a_day_ahead_frees_no_place_of_today(
    app: Flask, client: Any, gate: dict[str, str], ola: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client.patch(f"{API}/capacity", json={"halls": {"A": 1}}, headers=ola)
    one, two, ahead = (new_badge(app, f"v{n}@example.jp") for n in range(3))
    assert verdicts(send(client, gate, a_scan(one.token))) == ["admitted"]
    was, once = occupancy.Occupancy.enter, []

    def enter(self: Any, places: dict[str, int]) -> str | None:
        if not once:
            once.append(True)
            tomorrow = a_scan(ahead.token, moment=NOON + timedelta(days=1))
            other = threading.Thread(target=lambda: send(app.test_client(), gate, tomorrow))
            other.start()
            other.join()
        return was(self, places)

    monkeypatch.setattr(occupancy.Occupancy, "enter", enter)
    assert verdicts(send(client, gate, a_scan(two.token))) == ["full"]


def test_eight_at_once_never_overfill_a_hall(
    app: Flask, client: Any, gate: dict[str, str], ola: dict[str, str]
) -> None:
    client.patch(f"{API}/capacity", json={"halls": {"A": 5}}, headers=ola)
    tokens = [new_badge(app, f"v{n}@example.jp").token for n in range(16)]
    answers: list[str] = []

    def scan_two(client: Any, n: int) -> None:
        for token in tokens[2 * n : 2 * n + 2]:
            answers.extend(verdicts(send(client, gate, a_scan(token, f"C{n % 2 + 1}"))))

    at_once(app, 8, scan_two)
    assert set(answers) == {"admitted", "full"} and answers.count("admitted") <= 5
    occupancy._kept.forget()
    for token in tokens:
        answers += verdicts(send(client, gate, a_scan(token)))[: 1 if answers.count("admitted") < 5 else 0]
    assert inside(client, ola)["A"][0] == 5


def test_who_is_inside_is_read_once_for_many_scans(
    app: Flask, client: Any, gate: dict[str, str], ola: dict[str, str], statements: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(occupancy, "LIFE_SECONDS", 60.0)
    tokens = [new_badge(app, f"v{n}@example.jp").token for n in range(6)]
    with statements() as seen:
        send(client, gate, a_scan(tokens[0]))
    assert not [s for s in seen if "row_number" in s]  # nothing is limited
    client.patch(f"{API}/capacity", json={"halls": {"A": 5}}, headers=ola)
    with statements() as seen:
        answers = [send(client, gate, a_scan(token))[0]["verdict"] for token in tokens[1:]]
    assert answers == ["admitted"] * 4 + ["full"]
    assert len([s for s in seen if "row_number" in s]) == 1


def test_capacity_is_set_once_and_bad_input_stays_typed(
    app: Flask, client: Any, ola: dict[str, str], cast: Cast
) -> None:
    assert client.patch(f"{API}/capacity", json={"halls": {"A": 900}}, headers=ola).get_json() == {
        "fair": None, "halls": {"A": 900, "B": None},
    }  # fmt: skip
    client.patch(f"{API}/capacity", json={"halls": {"A": 900}}, headers=ola)
    assert log(app, "capacity") == [("capacity.set", {"capacity": {"A": [None, 900]}})]
    for wrong in ({"halls": {"Z": 5}}, {"halls": {"A": 0}}, {"fair": "viele"}, {"fair": True}, {"halls": [1]}):
        assert client.patch(f"{API}/capacity", json=wrong, headers=ola).status_code == 422, wrong
    assert client.patch(f"{API}/capacity", json={"fair": 5}, headers=token_for(app, "gate")).status_code == 403

    client.sign_in(cast.ola)
    answer = client.post(f"{PAGES}/capacity", data={"fair": "12.000", "hall-A": "rất đông", "hall-B": ""})
    assert answer.status_code == 422 and 'value="rất đông"' in answer.text and "Nhập số người" in answer.text
    answer = client.post(f"{PAGES}/capacity", data={"fair": "12.000", "hall-A": "", "hall-B": "40"})
    assert answer.status_code == 303
    assert log(app, "capacity")[-1][1] == {"capacity": {"A": [900, None], "B": [None, 40], "fair": [None, 12000]}}
    assert "Đã đặt sức chứa" in client.get("/fairs/test-fair/organise/audit").text
    client.sign_in(cast.gia)
    assert client.get(f"{PAGES}/capacity").status_code == 403


def test_alarm_is_raised_once_heard_of_and_ended(
    app: Flask, client: Any, gate: dict[str, str], ola: dict[str, str], cast: Cast
) -> None:
    badge = new_badge(app, "huong@example.jp")
    send(client, gate, a_scan(badge.token))
    for refused in (gate, token_for(app, "sales")):
        assert client.post(f"{API}/alarm", headers=refused).status_code == 403
    assert client.get(f"{API}/inside", headers=gate).get_json()["code"] == "only_in_alarm"
    raised = client.post(f"{API}/alarm", headers=ola).get_json()["alarm"]
    assert client.post(f"{API}/alarm", headers=ola).get_json()["alarm"] == raised
    assert client.get(f"{API}/snapshot", headers=gate).get_json()["alarm"]["id"] == raised["id"]

    client.post(f"{API}/devices", json={"key": "12345678", "name": "Máy 1", "gate": "C1"}, headers=gate)
    client.sign_in(cast.ola)
    page = client.get(PAGES).text
    assert "Còn 1 người bên trong." in page and "Chưa nghe được từ: Máy 1 · Cổng 1." in page
    told = {"key": "12345678", "gate": "C1", "alarm": raised["id"]}
    client.post(f"{API}/devices", json=told, headers=gate)
    assert "1 máy đang quét ra." in client.get(PAGES).text
    client.post(f"{API}/devices", json=told | {"alarm": 2**40}, headers=gate)  # of no fair: as if none
    assert client.get(f"{API}/board", headers=ola).get_json()["devices"][0]["alarm"] is None

    [least] = client.get(f"{API}/inside", headers=gate).get_json()["items"]
    assert "name" not in least and least["badge"] == badge.number[-5:]
    sheet = client.get(f"{PAGES}/inside").text
    assert "Đặng Thị Hương" in sheet and badge.number[:5] in sheet
    assert client.get(f"{PAGES}/inside.pdf").data.startswith(b"%PDF")
    client.sign_in(cast.gia)
    sheet = client.get(f"{PAGES}/inside").text
    assert "Đặng Thị Hương" not in sheet and badge.number[:5] not in sheet and badge.number[-5:] in sheet
    client.sign_in(cast.dana)
    assert client.get(f"{PAGES}/inside").status_code == 403

    assert client.delete(f"{API}/alarm/{raised['id']}", headers=gate).status_code == 403
    assert client.delete(f"{API}/alarm/{raised['id'] + 1}", headers=ola).status_code == 404
    for _again in range(2):
        assert client.delete(f"{API}/alarm/{raised['id']}", headers=ola).status_code == 204
    assert client.get(f"{API}/alarm", headers=gate).get_json() == {"alarm": None}
    next_one = client.post(f"{API}/alarm", headers=ola).get_json()["alarm"]
    client.sign_in(cast.ola)
    client.post(f"{PAGES}/alarm/{raised['id']}/end")  # from a page that was open all the time
    assert client.get(f"{API}/alarm", headers=gate).get_json()["alarm"]["id"] == next_one["id"]
    assert [action for action, _details in log(app, "alarm")] == ["alarm.raised", "alarm.ended", "alarm.raised"]


def test_a_taking_back_that_comes_before_its_scan_is_listed(
    app: Flask, client: Any, gate: dict[str, str], ola: dict[str, str], cast: Cast
) -> None:
    badge = new_badge(app, "v@example.jp")
    entry = a_scan(badge.token, moment=NOON - timedelta(minutes=5), device_verdict="admitted")
    back = a_scan(badge.token, moment=NOON - timedelta(minutes=4), annuls=entry["id"], device_verdict="annulled")
    assert verdicts(send(client, gate, back) + send(client, gate, entry)) == ["unknown", "admitted"]
    client.sign_in(cast.ola)
    put_right = f"{PAGES}/scans/{entry['id']}"
    page = client.get(PAGES).text
    assert "Đã thu hồi nhưng lượt vào đến sau" in page and put_right in page


def test_figures_of_the_board_open_the_rows_that_come_to_them(
    app: Flask, client: Any, gate: dict[str, str], ola: dict[str, str], cast: Cast
) -> None:
    badge, other = new_badge(app, "v@example.jp"), new_badge(app, "w@example.jp")
    with app.app_context():
        sample = samples_of(gate_facts(cast.fair.id, fresh=True), SECRET)[0]
    wrong, scrap = a_scan(other.token), a_scan("not a badge")
    send(client, gate, a_scan(badge.token), a_scan(badge.token, "C2"), wrong, a_scan(sample.code), scrap)
    back = a_scan(other.token, annuls=wrong["id"])
    send(client, gate, back)
    send(client, gate, a_scan(badge.token, moment=NOON - timedelta(days=1, minutes=5)))
    send(client, gate, a_scan(badge.token, moment=NOON - timedelta(days=1, minutes=-5)))
    client.sign_in(cast.ola)
    board = client.get(PAGES).text
    refused = client.get(f"{API}/board", headers=ola).get_json()["refused"]
    assert refused == [{"verdict": "sample", "scans": 1}, {"verdict": "unknown", "scans": 1}]

    def rows(link: str) -> int:
        found = re.search(rf'href="([^"]*{link}[^"]*)"', board)
        assert found is not None, link
        return client.get(html.unescape(found[1])).text.count("corner2")

    assert rows("counts=visits") == 1
    assert rows("counts=refused") == 2
    assert rows("verdict=sample") == rows("verdict=unknown") == 1
    assert rows("until=") == 1
    page = client.get(f"{PAGES}/scans?day=2019-12-13").text
    assert "Thẻ mẫu" in page and "<s>lượt khách</s> không còn tính" in page and ":00, " in page


def test_eight_who_raise_it_at_once_raise_one(app: Flask, ola: dict[str, str]) -> None:
    said: list[tuple[int, int]] = []

    def press(client: Any, _n: int) -> None:
        answer = client.post(f"{API}/alarm", headers=ola)
        said.append((answer.status_code, answer.get_json()["alarm"]["id"]))

    at_once(app, 8, press)
    assert Counter(said) == {said[0]: 8} and said[0][0] == 200
    with app.app_context():
        assert len(db.session.scalars(select(FireAlarm)).all()) == 1
    assert len(log(app, "alarm")) == 1


def test_board_tells_the_day_in_few_statements(
    app: Flask, client: Any, gate: dict[str, str], ola: dict[str, str], cast: Cast, statements: Any
) -> None:
    badges = [new_badge(app, f"v{n}@example.jp") for n in range(3)]
    yesterday = NOON - timedelta(days=1)
    send(client, gate, *[a_scan(b.token, moment=yesterday + timedelta(hours=h)) for h, b in enumerate(badges)])
    send(client, gate, a_scan("xyz"), a_scan(badges[0].token), a_scan(badges[0].token, "C3"))
    shown = client.get(f"{API}/board", headers=ola).get_json()
    assert (shown["entries"], shown["visits"], shown["entries_day_before"]) == (2, 1, 1)
    assert shown["quarters"] == [
        {"begins_at": "2019-12-13T05:00:00+00:00", "gates": {"C1": 1, "C2": 0, "C3": 1}, "entries": 2}
    ]
    assert shown["refused"] == [{"verdict": "unknown", "scans": 1}]
    assert client.get(f"{API}/board?day=nonsense", headers=ola).status_code == 422
    assert client.get(f"{API}/board", headers=gate).status_code == 403
    client.sign_in(cast.ola)
    with statements() as seen:
        page = client.get(PAGES).text
    asked = [statement for statement in seen if statement != "BEGIN"]
    assert len(asked) <= 16, "\n".join(asked)
    assert 'verdict=unknown">1</a>' in page and "Hôm trước: 1 lượt vào" in page


def test_the_device_counts_by_the_same_rule() -> None:
    ran = subprocess.run([node(), str(PLACES)], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
