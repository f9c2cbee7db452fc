"""Closing a fair day: who answers for scans that a device may still hold; nothing that comes later is lost."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.audit import AuditEntry
from app.db import db
from app.visitors import recording
from app.visitors.day_models import DayClosing
from tests.support.cast import Cast
from tests.visitors.stage import NOON, a_scan, at, change_fair, many_badges, new_badge, send, token_for

DAY = "2019-12-13"
EVENING = NOON + timedelta(hours=6, minutes=30)  # 18:30: the gates have closed at 18:00
API = "/api/v1/fairs/test-fair"
PAGE = f"/fairs/test-fair/organise/gates/closing/{DAY}"


@pytest.fixture
def gate(app: Flask, cast: Cast) -> dict[str, str]:
    at(NOON)
    return token_for(app, "gate")


@pytest.fixture
def owner(app: Flask, gate: dict[str, str]) -> dict[str, str]:
    return token_for(app, "organiser")


def report(client: Any, gate: dict[str, str], key: str, unsent: int = 0, name: str = "") -> None:
    body = {"key": key, "name": name, "gate": "C1", "unsent": unsent}
    assert client.post(f"{API}/devices", json=body, headers=gate).status_code == 200


def close(client: Any, owner: dict[str, str], **body: Any) -> Any:
    return client.post(f"{API}/days/{DAY}/closing", json=body, headers=owner)


def day_of(client: Any, owner: dict[str, str]) -> Any:
    return next(one for one in client.get(f"{API}/days", headers=owner).get_json()["items"] if one["day"] == DAY)


def test_a_lost_phone_is_accepted_by_name_and_what_comes_later_is_counted(
    app: Flask, client: Any, gate: dict[str, str], owner: dict[str, str]
) -> None:
    first, second = new_badge(app, "a@example.jp"), new_badge(app, "b@example.jp")
    send(client, gate, a_scan(first.token, moment=NOON))
    report(client, gate, "lost-phone", 12, "Máy 3")
    report(client, gate, "good-phone")
    at(EVENING)
    report(client, gate, "good-phone")
    [unsure] = day_of(client, owner)["unsure"]
    assert (unsure["key"], unsure["name"], unsure["unsent"]) == ("lost-phone", "Máy 3", 12)

    refused = close(client, owner)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "scans_unsent")
    assert refused.get_json()["devices"] == ["lost-phone"]
    assert close(client, owner, accepts=["lost-phone"]).get_json()["fields"].keys() == {"reason"}
    closed = close(client, owner, accepts=["lost-phone"], reason="Bị mất ở bãi xe")
    assert (closed.status_code, closed.get_json()["visits_at_closing"]) == (201, 1)
    assert close(client, owner).get_json()["code"] == "day_closed"

    send(client, gate, a_scan(second.token, moment=NOON))  # the phone was found
    day = day_of(client, owner)
    assert (day["visits"], day["visits_at_closing"], day["scans_after"]) == (2, 1, 1)
    assert [one["unsent"] for one in day["accepted"]] == [12]
    with app.app_context():
        [entry] = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "day.closed")).all()
        assert entry.details["accepted"] == ["lost-phone"]
        db.session.rollback()


def test_a_device_that_fell_silent_in_the_afternoon_may_hold_scans(
    client: Any, gate: dict[str, str], owner: dict[str, str]
) -> None:
    report(client, gate, "silent-phone")
    at(NOON + timedelta(minutes=1))
    assert day_of(client, owner)["unsure"] == []  # heard a minute ago
    at(EVENING)
    assert [one["unsent"] for one in day_of(client, owner)["unsure"]] == [0]
    report(client, gate, "silent-phone")  # found again, with nothing left
    assert close(client, owner).status_code == 201


def test_a_loss_accepted_yesterday_is_not_asked_about_again(
    client: Any, gate: dict[str, str], owner: dict[str, str]
) -> None:
    report(client, gate, "lost-phone", 12)
    at(EVENING)
    assert close(client, owner, accepts=["lost-phone"], reason="Mất").status_code == 201
    at(EVENING + timedelta(days=1))
    assert client.post(f"{API}/days/2019-12-14/closing", json={}, headers=owner).status_code == 201


def test_days_that_cannot_be_closed(client: Any, gate: dict[str, str], owner: dict[str, str]) -> None:
    tomorrow = client.post(f"{API}/days/2019-12-14/closing", json={}, headers=owner)
    assert (tomorrow.status_code, list(tomorrow.get_json()["fields"])) == (422, ["day"])
    for day in ("2019-12-20", "yesterday", "2019-13-99"):
        assert client.post(f"{API}/days/{day}/closing", json={}, headers=owner).status_code == 404
    assert client.post(f"{API}/days/{DAY}/closing", json={}, headers=gate).status_code == 403
    again = client.post(f"{API}/days/{DAY}/reopening", json={"reason": "Sai"}, headers=owner)
    assert (again.status_code, again.get_json()["code"]) == (409, "day_not_closed")


def test_of_eight_who_close_at_once_one_does(app: Flask, owner: dict[str, str]) -> None:
    start, answers = threading.Barrier(8), []

    def one() -> None:
        client = app.test_client()
        start.wait()
        answers.append(close(client, owner).status_code)

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201] + [409] * 7
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(DayClosing)) == 1
        db.session.rollback()


def test_on_the_page_what_was_typed_stays_and_a_closing_is_taken_back_with_its_reason(
    client: Any, cast: Cast, gate: dict[str, str]
) -> None:
    report(client, gate, "lost-phone", 12, "Máy 3")
    at(EVENING)
    client.sign_in(cast.ola)
    assert "Máy 3" in client.get(PAGE).text
    refused = client.post(PAGE, data={"reason": "Chưa tìm thấy"})
    assert refused.status_code == 409
    assert "Chưa tìm thấy" in refused.text
    assert "Máy 3" in refused.text
    closed = client.post(PAGE, data={"accepts": "lost-phone", "reason": "Bị mất"}, follow_redirects=True)
    assert "Bị mất" in closed.text
    assert client.post(f"{PAGE}/reopening", data={"reason": " "}).status_code == 422
    opened = client.post(f"{PAGE}/reopening", data={"reason": "Đã tìm thấy máy"}, follow_redirects=True)
    assert "Đã tìm thấy máy" in opened.text
    assert "Máy 3" in opened.text  # asked about again
    client.sign_in(cast.gia)
    assert client.get(PAGE).status_code == 403


@pytest.mark.parametrize("before", [True, False])
def test_what_was_on_its_way_when_the_day_was_closed_came_after(
    app: Flask, client: Any, gate: dict[str, str], owner: dict[str, str], monkeypatch: Any, before: bool
) -> None:
    badges, was, closed = many_badges(app, "trade", 260), recording._entered, []

    def entered(*args: Any) -> Any:
        closes, answers = not closed, []
        if not before or not closes:
            answers = was(*args)
        if closes:
            other = threading.Thread(target=lambda: closed.append(close(app.test_client(), owner).status_code))
            other.start()
            other.join()
        return answers or was(*args)

    monkeypatch.setattr(recording, "_entered", entered)
    at(EVENING)
    send(client, gate, *(a_scan(b.token, moment=NOON + timedelta(milliseconds=n)) for n, b in enumerate(badges)))
    assert closed == [201]
    day = day_of(client, owner)
    assert (day["entries"], day["scans_after"]) == (260, 260 if before else 10)
    assert day["entries_at_closing"] + day["scans_after"] == day["entries"]


def test_double_entries_are_counted_beyond_those_that_a_page_shows(
    app: Flask, client: Any, gate: dict[str, str], owner: dict[str, str]
) -> None:
    badges = many_badges(app, "public", 260)
    for moment, where in ((NOON - timedelta(hours=1), "C1"), (NOON - timedelta(hours=2), "C2")):
        send(client, gate, *(a_scan(b.token, where, moment=moment, device_verdict="admitted") for b in badges))
    assert day_of(client, owner)["doubles"] == 260
    assert close(client, owner).status_code == 201
    with app.app_context():
        assert db.session.scalars(select(DayClosing.doubles)).one() == 260


def test_who_came_in_once_more_than_the_rule_allows_is_among_the_double_entries(
    app: Flask, client: Any, gate: dict[str, str], owner: dict[str, str], cast: Cast
) -> None:
    def doubles() -> list[int]:
        days = client.get(f"{API}/days", headers=owner).get_json()["items"]
        return [day["doubles"] for day in days]

    change_fair(app, entry_rule="once_per_edition")
    twice = new_badge(app, "a@example.jp")
    at(NOON + timedelta(days=1))
    send(client, gate, a_scan(twice.token))
    send(client, gate, a_scan(twice.token, "C2", moment=NOON, device_verdict="admitted"))  # offline, the day before
    assert doubles()[-1] == sum(doubles()) == 1  # with the later day, which the rule forbids
    change_fair(app, entry_rule="single_entry")
    third, day = new_badge(app, "c@example.jp"), NOON + timedelta(days=1)
    send(client, gate, a_scan(third.token, moment=day - timedelta(hours=4)))
    send(client, gate, a_scan(third.token, "C1", "out", day - timedelta(hours=3)))
    send(client, gate, a_scan(third.token, moment=day - timedelta(hours=2)))
    before = sum(doubles())
    send(client, gate, a_scan(third.token, "C2", moment=day - timedelta(hours=1), device_verdict="admitted_again"))
    assert sum(doubles()) == before + 1
