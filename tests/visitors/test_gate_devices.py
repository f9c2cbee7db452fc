"""Devices set up for a gate: works, refused, repeated, raced; and what a device may, and may not."""

import re
import subprocess
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.access import DEVICE_COOKIE
from app.audit import AuditEntry
from app.db import db
from app.fairs.models import Fair, Hall
from app.visitors.device_models import GateDevice
from app.visitors.gate_facts import gate_facts
from app.visitors.models import Device, Gate, RehearsalScan, Visit
from app.visitors.rehearsal import samples_of
from tests.conftest import Client
from tests.support.cast import Cast
from tests.support.node import node
from tests.visitors.stage import NOON, SECRET, a_scan, at, change_fair, counts, new_badge, token_for
from tests.visitors.test_board import add_hall_b

FAIR, API = "/fairs/test-fair", "/api/v1/fairs/test-fair"
AS_DEVICE = {"X-Gate-Device": "1"}


class Organiser:
    """Ola: her browser for pages, her key for the API."""

    def __init__(self, app: Flask, client: Client, cast: Cast) -> None:
        client.sign_in(cast.ola)
        self.pages, self.programs, self.key = client, app.test_client(), token_for(app, "organiser")

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        return self.programs.open(f"{API}/{path}", method=method, json=body, headers=self.key)

    def list(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.ask("GET", "gate-devices").get_json()["items"]
        return items


@pytest.fixture
def ola(app: Flask, client: Client, cast: Cast) -> Organiser:
    at(NOON)
    return Organiser(app, client, cast)


def made(ola: Organiser, **more: Any) -> dict[str, Any]:
    answer = ola.ask("POST", "gate-devices", {"name": "Điện thoại 3", "gate": "C1"} | more)
    assert answer.status_code == 201, answer.text
    device: dict[str, Any] = answer.get_json()
    return device


def path_of(device: dict[str, Any]) -> str:
    return FAIR + device["link"].partition(FAIR)[2]


def join(app: Flask, device: dict[str, Any], phone: Any = None) -> Any:
    """A phone of its own that has become the device."""
    phone = phone or app.test_client()
    answer = phone.post(path_of(device), data={"attempt": "this phone"})
    assert (answer.status_code, answer.location) == (303, f"{FAIR}/gate/ready"), answer.text
    return phone


def post(phone: Any, path: str, body: dict[str, Any]) -> Any:
    """As the gate's page sends it, with the token that the page holds."""
    token = re.search(r'name="csrf-token" content="([^"]+)"', phone.get(f"{FAIR}/gate").text)
    assert token is not None
    return phone.post(f"{API}/{path}", json=body, headers=AS_DEVICE | {"X-CSRFToken": token[1]})


def send(phone: Any, *scans: dict[str, Any]) -> Any:
    return post(phone, "scans", {"scans": list(scans)})


def test_phone_becomes_a_device_and_reads_badges(app: Flask, ola: Organiser, statements: Any) -> None:
    badge = new_badge(app, "huong@example.jp")
    device = made(ola)
    phone = app.test_client()
    page = phone.get(path_of(device)).text
    assert "Điện thoại 3" in page
    assert "Cổng 1" in page
    assert ola.list()[0]["state"] == "waiting"  # a look takes nothing
    join(app, device, phone)
    for path in ("gate", "gate/ready", "gate/rehearsal", "gate/worker.js"):
        assert phone.get(f"{FAIR}/{path}").status_code == 200
    snapshot = phone.get(f"{API}/snapshot", headers=AS_DEVICE)
    assert badge.number not in snapshot.text
    assert "Hương" not in snapshot.text
    assert snapshot.get_json()["may_force"] is False
    [result] = send(phone, a_scan(badge.token)).get_json()["results"]
    assert (result["verdict"], result.get("person")) == ("admitted", None)
    said = {"key": "somebody else's", "gate": "C2", "name": "x", "unsent": 4, "version": "abc", "ready": True}
    assert phone.post(f"{API}/devices", json=said, headers=AS_DEVICE).status_code == 400  # another site cannot send it
    assert post(phone, "devices", said).status_code == 200
    with statements() as seen:
        page = ola.pages.get(f"{FAIR}/organise/gates/devices").text
    assert len(seen) <= 15
    assert "sẵn sàng" in page
    [listed] = ola.list()
    assert (listed["state"], listed["unsent"], listed["app_version"]) == ("used", 4, "abc")
    with app.app_context():
        word = db.session.scalars(select(Device)).one()
        assert (word.name, word.key) == ("Điện thoại 3", f"set-up-{device['id']}")
        kept = db.session.scalars(select(GateDevice)).one()
        assert phone.get_cookie(DEVICE_COOKIE, path=f"{FAIR}/gate").value not in str(vars(kept))  # a digest alone
        assert device["link"].rsplit("/", 1)[1] not in str(vars(kept))
        deeds = set(db.session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == "device")))
        assert deeds == {"device.made", "device.joined"}
    cookie = phone.get_cookie(DEVICE_COOKIE, path=API)
    assert cookie.http_only


def test_names_are_shown_where_they_are_allowed(app: Flask, ola: Organiser) -> None:
    badge = new_badge(app, "huong@example.jp")
    phone = join(app, made(ola, sees_names=True))
    assert send(phone, a_scan(badge.token)).get_json()["results"][0]["person"]["name"] == "Đặng Thị Hương"
    assert phone.get(f"{API}/badges?q=huong", headers=AS_DEVICE).get_json()["items"][0]["name"] == "Đặng Thị Hương"
    blind = join(app, made(ola))
    [found] = blind.get(f"{API}/badges?q=huong", headers=AS_DEVICE).get_json()["items"]
    assert "name" not in found
    change_fair(app, names_at_gate=False)
    assert "name" not in phone.get(f"{API}/badges?q=huong", headers=AS_DEVICE).get_json()["items"][0]


def test_what_is_missing_is_said_and_what_was_typed_stays(app: Flask, ola: Organiser) -> None:
    answer = ola.pages.post(f"{FAIR}/organise/gates/devices", data={"name": "Máy quầy", "gate": "nowhere"})
    assert answer.status_code == 422
    assert 'value="Máy quầy"' in answer.text
    assert "Hãy chọn cổng" in answer.text
    assert ola.ask("POST", "gate-devices", {"name": "", "gate": "C1"}).get_json()["fields"].keys() == {"name"}
    change_fair(app, published_at=None)
    assert ola.ask("POST", "gate-devices", {"name": "x", "gate": "C1"}).get_json()["code"] == "fair_not_published"


def test_link_opens_once_and_says_why_it_does_not(app: Flask, ola: Organiser) -> None:
    device = made(ola)
    first = join(app, device)
    assert first.get(path_of(device)).location == f"{FAIR}/gate/ready"  # the phone that has it opens it once more
    second = app.test_client()
    for answer in (second.get(path_of(device)), second.post(path_of(device), data={"attempt": "another"})):
        assert answer.status_code == 409
        assert "mỗi mã chỉ thiết lập một máy" in answer.text
    assert second.get(f"{FAIR}/gate").status_code == 302
    late = made(ola, name="Điện thoại 4")
    at(NOON + timedelta(minutes=31))
    assert "đã hết hạn" in app.test_client().get(path_of(late)).text
    renewed = ola.ask("POST", f"gate-devices/{late['id']}/link").get_json()
    assert app.test_client().get(path_of(late)).status_code == 404  # the code before
    join(app, renewed)
    assert ola.ask("POST", f"gate-devices/{late['id']}/link").get_json()["code"] == "device_in_use"


def test_answer_that_was_lost_is_asked_for_again(app: Flask, ola: Organiser) -> None:
    device = made(ola)
    lost = join(app, device)
    phone = join(app, device)  # the same try: its answer was lost with the network
    assert phone.get(f"{FAIR}/gate").status_code == 200
    assert lost.get(f"{FAIR}/gate").status_code == 401


def test_of_two_phones_in_one_moment_one_wins(app: Flask, ola: Organiser) -> None:
    device, barrier = made(ola), threading.Barrier(6)
    answers: list[int] = []

    def try_it(n: int) -> None:
        phone = app.test_client()
        barrier.wait()
        answers.append(phone.post(path_of(device), data={"attempt": f"phone {n}"}).status_code)

    phones = [threading.Thread(target=try_it, args=(n,)) for n in range(6)]
    for phone in phones:
        phone.start()
    for phone in phones:
        phone.join()
    assert sorted(answers) == [303] + [409] * 5
    with app.app_context():
        joined = select(func.count()).where(AuditEntry.action == "device.joined")
        assert db.session.scalar(joined) == 1


def test_revoked_device_is_refused_at_once_and_sends_what_it_kept_once_back(app: Flask, ola: Organiser) -> None:
    badge, device = new_badge(app, "huong@example.jp"), made(ola)
    phone, waiting = join(app, device), a_scan(badge.token)
    assert ola.ask("DELETE", f"gate-devices/{device['id']}").status_code == 204
    assert ola.ask("DELETE", f"gate-devices/{device['id']}").get_json()["code"] == "device_revoked_already"
    answer = phone.post(f"{API}/scans", json={"scans": [waiting]}, headers=AS_DEVICE)
    assert (answer.status_code, answer.get_json()["code"]) == (401, "device_revoked")
    for path in ("snapshot", "badges?q=huong"):
        assert phone.get(f"{API}/{path}", headers=AS_DEVICE).status_code == 401
    page = phone.get(f"{FAIR}/gate")
    assert page.status_code == 401
    assert "đã thu hồi thiết bị này" in page.text
    assert "gate-setting" not in page.text
    assert "hết hạn" in app.test_client().post(path_of(device), data={"attempt": "this phone"}).text
    join(app, ola.ask("POST", f"gate-devices/{device['id']}/link").get_json(), phone)
    assert send(phone, waiting).get_json()["results"][0]["counts"] == "visit"
    assert counts(app) == (1, 1)


def test_device_reads_for_its_own_gate_and_takes_along_what_it_read_before(app: Flask, ola: Organiser) -> None:
    badge = new_badge(app, "huong@example.jp")
    phone = join(app, made(ola))
    refused = send(phone, a_scan(badge.token, gate="C2"))
    assert refused.get_json()["fields"].keys() == {"scans.0.gate"}
    assert counts(app) == (0, 0)
    join(app, made(ola, gate="C2", name="Điện thoại 3b"), phone)
    assert send(phone, a_scan(badge.token, gate="C1"), a_scan(badge.token, gate="C2")).status_code == 200
    states = {d["name"]: d["state"] for d in ola.list()}
    assert states == {"Điện thoại 3": "revoked", "Điện thoại 3b": "used"}


def test_device_in_use_is_moved_to_another_gate(app: Flask, ola: Organiser) -> None:
    device = made(ola)
    phone, path = join(app, device), f"gate-devices/{device['id']}"
    badge, before = new_badge(app, "huong@example.jp"), new_badge(app, "khach@example.vn")
    changed = ola.ask("PATCH", path, {"gate": "C2", "name": " Điện  thoại 9 "})
    assert (changed.status_code, changed.get_json()["name"]) == (200, "Điện thoại 9")
    snapshot = phone.get(f"{API}/snapshot", headers=AS_DEVICE).get_json()
    assert snapshot["device"] == {"name": "Điện thoại 9", "gate": "C2"}
    assert send(phone, a_scan(badge.token, gate="C2")).status_code == 200
    assert send(phone, a_scan(before.token, gate="C1")).status_code == 200  # read before it heard of it
    assert send(phone, a_scan(before.token, gate="C3")).status_code == 422
    assert ola.ask("PATCH", path, {"gate": "C2"}).status_code == 200  # said again: nothing changes
    with app.app_context():
        deeds = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "device.changed")).all()
        assert [deed.details for deed in deeds] == [{"gate": ["C1", "C2"], "name": ["Điện thoại 3", "Điện thoại 9"]}]


def test_what_cannot_be_changed_is_said_and_what_was_typed_stays(app: Flask, ola: Organiser) -> None:
    device = made(ola)
    path = f"gate-devices/{device['id']}"
    for said, field in (({"gate": "Z9"}, "gate"), ({"name": ""}, "name"), ({"sees_names": 1}, "sees_names")):
        answer = ola.ask("PATCH", path, said)
        assert (answer.status_code, [*answer.get_json()["fields"]]) == (422, [field])
    assert ola.ask("PATCH", "gate-devices/999", {"gate": "C2"}).status_code == 404
    page = ola.pages.post(f"{FAIR}/organise/gates/devices/{device['id']}", data={"name": "Điện thoại 9", "gate": ""})
    assert page.status_code == 422
    assert 'value="Điện thoại 9"' in page.text
    assert ola.list()[0]["gate"] == "C1"
    assert (
        app.test_client().patch(f"{API}/{path}", json={"gate": "C2"}, headers=token_for(app, "gate")).status_code == 403
    )


def test_of_two_changes_in_one_moment_none_is_lost(app: Flask, ola: Organiser) -> None:
    device = made(ola)
    start, answers = threading.Barrier(3), []

    def change(name: str) -> None:
        start.wait()
        with app.test_client() as client:
            path = f"{API}/gate-devices/{device['id']}"
            answers.append(client.patch(path, json={"name": name}, headers=ola.key).status_code)

    threads = [threading.Thread(target=change, args=(name,)) for name in ("Máy A", "Máy B", "Máy C")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {200, 409}
    with app.app_context():
        wanted = select(AuditEntry).where(AuditEntry.action == "device.changed").order_by(AuditEntry.id)
        names = [deed.details["name"] for deed in db.session.scalars(wanted)]
    assert [was for was, _ in names] == [device["name"], *(now for _, now in names[:-1])]  # none over another unseen
    assert ola.list()[0]["name"] == names[-1][1]


def test_phone_that_left_still_sends_what_it_read_when_it_is_another_device(app: Flask, ola: Organiser) -> None:
    first = made(ola)
    phone, waiting = join(app, first), a_scan(new_badge(app, "huong@example.jp").token)
    assert ola.ask("DELETE", f"gate-devices/{first['id']}").status_code == 204
    assert phone.post(f"{FAIR}/gate/leave").status_code == 303
    assert phone.get(f"{FAIR}/gate").status_code == 302  # nobody: sign in, or scan a code
    join(app, made(ola, name="Máy khác", gate="C2"), phone)
    assert send(phone, waiting).status_code == 200
    assert counts(app) == (1, 1)


def test_device_forces_where_gate_staff_may(app: Flask, ola: Organiser) -> None:
    change_fair(app, entry_rule="single_entry", gate_may_force=True)
    badge, phone = new_badge(app, "huong@example.jp"), join(app, made(ola))
    assert phone.get(f"{API}/snapshot", headers=AS_DEVICE).get_json()["may_force"] is True
    forced = a_scan(badge.token, moment=NOON + timedelta(minutes=5), forced_reason="Quên đồ ở gian B02")
    send(phone, a_scan(badge.token, moment=NOON))
    assert send(phone, forced).get_json()["results"][0]["verdict"] == "admitted_forced"
    change_fair(app, gate_may_force=False)
    again = a_scan(badge.token, moment=NOON + timedelta(minutes=9), forced_reason="Quên đồ ở gian B02")
    assert "admitted_forced" not in send(phone, again).text


def test_device_is_nobody_elsewhere(app: Flask, ola: Organiser, cast: Cast) -> None:
    """Its cookie speaks on the gate's pages, and in the API only for who says that it is a device."""
    phone = join(app, made(ola))
    assert phone.get(f"{API}/snapshot").status_code == 401
    assert phone.get(f"{FAIR}/organise/gates").status_code == 302
    assert phone.get("/api/v1/fairs/other-fair/snapshot", headers=AS_DEVICE).status_code == 401
    phone.sign_in(cast.ola)  # on her own phone: her pages are hers, the gate is the device's
    assert phone.get(f"{FAIR}/organise/gates").status_code == 200
    assert '"key": "set-up-' in phone.get(f"{FAIR}/gate").text
    assert phone.get(f"{API}/snapshot", headers=AS_DEVICE).get_json()["may_force"] is False
    assert phone.get(f"{API}/snapshot").get_json()["may_force"] is True


def test_samples_say_what_they_should_in_rehearsal_and_count_nowhere(app: Flask, ola: Organiser) -> None:
    at(NOON - timedelta(days=20))  # people train before the fair
    phone = join(app, made(ola))
    with app.app_context():
        fair = db.session.scalars(select(Fair).where(Fair.slug == "test-fair")).one()
        samples = samples_of(gate_facts(fair.id, fresh=True), SECRET)
    assert len({sample.code for sample in samples}) == 8
    scans = [a_scan(sample.code, rehearsal=True) for sample in samples]
    results = send(phone, *scans).get_json()["results"]
    assert [result["verdict"] for result in results] == [sample.verdict for sample in samples]
    assert {(result["counts"], result["detail"]["rehearsal"]) for result in results} == {("no", True)}
    again = send(phone, *scans).get_json()["results"]
    assert [(r["verdict"], r["repeat"]) for r in again] == [(sample.verdict, True) for sample in samples]
    for moment in (NOON - timedelta(days=20), NOON):
        at(moment)
        for sample in samples:  # at a real gate, alone and after a queue without a network
            late = a_scan(sample.code, moment=moment - timedelta(hours=1), device_verdict=sample.verdict)
            for scan in (a_scan(sample.code), late):
                [result] = send(phone, scan).get_json()["results"]
                assert (result["colour"], result["counts"]) == ("red", "no"), sample.verdict
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(RehearsalScan)) == 8
        assert db.session.scalar(select(func.count()).select_from(Visit)) == 0


def test_real_badge_in_rehearsal_counts_nothing(app: Flask, ola: Organiser) -> None:
    badge = new_badge(app, "huong@example.jp")
    phone = join(app, made(ola))
    [result] = send(phone, a_scan(badge.token, rehearsal=True)).get_json()["results"]
    assert (result["verdict"], result["counts"]) == ("admitted", "no")
    assert counts(app) == (0, 0)
    assert send(phone, a_scan(badge.token)).get_json()["results"][0]["counts"] == "visit"


def test_gate_can_be_put_on_the_home_screen(app: Flask, ola: Organiser) -> None:
    manifest = app.test_client().get(f"{FAIR}/gate/app.webmanifest")
    assert manifest.mimetype == "application/manifest+json"
    said = manifest.get_json(force=True)
    assert (said["start_url"], said["display"]) == (f"{FAIR}/gate", "standalone")
    for one in said["icons"]:
        with ola.pages.get(one["src"]) as answer:
            assert answer.status_code == 200


def test_keys_of_gate_staff_work_as_before(app: Flask, ola: Organiser) -> None:
    badge = new_badge(app, "huong@example.jp")
    headers = token_for(app, "gate")
    answer = app.test_client().post(f"{API}/scans", json={"scans": [a_scan(badge.token, gate="C2")]}, headers=headers)
    assert answer.get_json()["results"][0]["person"]["name"] == "Đặng Thị Hương"


def test_what_a_device_knows_is_the_same_after_a_reload() -> None:
    facts = Path(__file__).parent / "facts.mjs"
    ran = subprocess.run([node(), str(facts)], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_only_a_set_up_device_speaks_for_itself(app: Flask, ola: Organiser) -> None:
    device = made(ola)
    post(join(app, device), "devices", {"key": "whatever", "unsent": 7})
    clerk, key = token_for(app, "gate"), f"set-up-{device['id']}"
    client = app.test_client()
    told = client.post(f"{API}/devices", json={"key": key, "unsent": 0}, headers=clerk)
    assert told.status_code == 422
    assert "key" in told.get_json()["fields"]
    scan = a_scan(new_badge(app, "a@example.jp").token)
    sent = client.post(f"{API}/scans", json={"scans": [scan], "device": key}, headers=clerk)
    assert sent.status_code == 422
    assert "device" in sent.get_json()["fields"]
    assert ola.list()[0]["unsent"] == 7


@pytest.mark.parametrize("name", ["Điện thoại\u00a03", "Điện thoại\u200b 3"])
def test_what_no_screen_shows_is_left_out_of_a_devices_name(app: Flask, cast: Cast, client: Any, name: str) -> None:
    body = {"key": "k" * 10, "name": name, "unsent": 5}
    assert client.post(f"{API}/devices", json=body, headers=token_for(app, "gate")).status_code == 200
    with app.app_context():
        assert db.session.scalars(select(Device.name)).one() == "Điện thoại 3"


def test_a_hall_goes_with_the_device_that_waits_and_leaves_the_gate_of_one_in_use(
    app: Flask, ola: Organiser, cast: Cast
) -> None:
    add_hall_b(app, cast)
    assert ola.ask("POST", "gates", {"name": "Cổng 4", "hall": "B"}).status_code == 201
    waiting, used = made(ola, gate="C3"), made(ola, gate="C4")
    join(app, used)
    with app.app_context():
        hall = db.session.scalars(select(Hall.id).where(Hall.fair_id == cast.fair.id, Hall.code == "B")).one()
    assert ola.pages.post(f"{FAIR}/organise/halls/{hall}/removal").status_code == 302
    assert [device["id"] for device in ola.list()] == [used["id"]] != [waiting["id"]]
    with app.app_context():
        gates = {gate.code: gate.hall_id for gate in db.session.scalars(select(Gate))}
    assert "C3" not in gates
    assert gates["C4"] is None
