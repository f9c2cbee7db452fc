"""The gate's rules against the table of vectors that the device's twin is held to as well."""

import json
import subprocess
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from app import badge_token
from app.visitors.checkin import (
    Annullable,
    BadgeFacts,
    Category,
    Earlier,
    Passage,
    Reading,
    Rules,
    Scan,
    Session,
    State,
    Verdict,
    decide,
    passages_after,
)
from tests.support.node import node

TABLE = json.loads((Path(__file__).parent / "vectors.json").read_text())
TWIN = Path(__file__).parent / "twin.mjs"


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def moments(raw: dict[str, Any]) -> dict[str, Any]:
    return {name: moment(raw.get(name)) for name in ("at", "received_at")}


def rules_of(vector: dict[str, Any]) -> Rules:
    raw = TABLE["rules"] | vector["rules"]
    categories = {int(n): category_of(c) for n, c in raw["categories"].items()}
    days = {name: date.fromisoformat(raw[name]) for name in ("starts_on", "ends_on")}
    sessions = {gate: session_of(one) for gate, one in raw["sessions"].items()}
    return Rules(**raw | {"categories": categories, "sessions": sessions} | days)


def session_of(raw: dict[str, Any]) -> Session:
    times = {name: datetime.fromisoformat(raw[name]) for name in ("begins_at", "ends_at")}
    return Session(**raw | times | {"categories": tuple(raw["categories"])})


def category_of(raw: dict[str, Any]) -> Category:
    lists = {name: tuple(raw.get(name, ())) for name in ("gates", "halls", "asks")}
    hours = {int(day): tuple(span) for day, span in raw.get("hours", {}).items()}
    return Category(**raw | lists | {"hours": hours})


def earlier_of(raw: dict[str, Any] | None) -> Earlier | None:
    if raw is None:
        return None
    return Earlier(Verdict(**{k: v for k, v in raw["verdict"].items() if k != "colour"}), raw["same"])


def state_of(raw: dict[str, Any]) -> State:
    badge, target = raw["badge"], raw.get("target")
    return State(
        badge=BadgeFacts(**badge | {"changed_at": moment(badge["changed_at"]), "lacks": tuple(badge.get("lacks", ()))})
        if badge
        else None,
        passages=tuple(Passage(**p | {"at": moment(p["at"])}) for p in raw["passages"]),
        earlier=earlier_of(raw.get("earlier")),
        previous=earlier_of(raw.get("previous")),
        previous_at=moment(raw.get("previous_at")),
        target=Annullable(**target | moments(target)) if target else None,
        full=raw.get("full"),
        **{name: raw[name] for name in ("signed_up", "taken", "held") if name in raw},
    )


def plain(value: Any) -> Any:
    """A verdict's detail as JSON would have it."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value


@pytest.mark.parametrize("vector", TABLE["vectors"], ids=lambda v: v["name"])
def test_verdict_and_what_follows_from_it(vector: dict[str, Any]) -> None:
    rules, state = rules_of(vector), state_of(vector["state"])
    raw = vector["scan"]
    scan = Scan(**raw | {"reading": Reading(**raw["reading"]), "answers": tuple(raw.get("answers", ()))} | moments(raw))
    verdict = decide(state, scan, rules)
    for name, expected in vector["verdict"].items():
        assert plain(getattr(verdict, name)) == expected, name
    after = passages_after(state, scan, rules, verdict)
    assert [p.id + "*" * p.visit for p in after] == vector["after"]


@pytest.mark.parametrize("case", TABLE["codes"], ids=lambda c: c["name"])
def test_code_is_read_as_written(case: dict[str, Any]) -> None:
    if case["payload"] is None:
        with pytest.raises(badge_token.Unreadable):
            badge_token.decode(case["code"])
        return
    token = badge_token.decode(case["code"])
    payload = case["payload"] | {"code_id": bytes.fromhex(case["payload"]["code_id"])}
    assert token.payload == badge_token.Payload(**payload)
    assert badge_token.is_genuine(token, bytes.fromhex(TABLE["public_key"])) is case["genuine"]


@pytest.mark.parametrize("case", TABLE["numbers"], ids=lambda c: c["number"] or "empty")
def test_check_digits(case: dict[str, Any]) -> None:
    assert badge_token.is_number(case["number"]) is case["good"]


def test_the_devices_twin_gives_the_same_verdicts() -> None:
    """Every vector, code and number again, in JavaScript; the twin prints what differs."""
    ran = subprocess.run([node(), str(TWIN)], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{len(TABLE['vectors'])} vectors, {len(TABLE['codes'])} codes" in ran.stdout
