"""Role × endpoint, made from the URL map: whoever lacks the right is refused by every way in.

The page in docs says the same.
"""

import os
import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter

from app.access import (
    DEVICE_COOKIE,
    DEVICE_HEADER,
    OPEN_ENDPOINTS,
    ROLE_PERMISSIONS,
    TOKEN_ROLES,
    Role,
    declared_access,
    digest_of,
)
from app.accounts.tokens import create_token
from app.audit import SYSTEM
from app.clock import now
from app.db import db, transaction
from app.visitors.device_models import GateDevice
from app.visitors.models import Gate

PAGE = Path(__file__).parents[2] / "docs" / "access.md"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def endpoints(app: Flask) -> list[tuple[str, str, str, object]]:
    """(rule, method, a path to try, declared access), in the order of addresses."""
    found = []
    with app.app_context():
        for rule in sorted(app.url_map.iter_rules(), key=lambda r: r.rule):
            if rule.endpoint in OPEN_ENDPOINTS:
                continue
            parts = []
            for dynamic, data in rule._trace:
                if not dynamic:
                    parts.append(data)
                elif data == "slug":
                    parts.append("test-fair")
                else:
                    parts.append(_sample(rule._converters[data]))
            path = "".join(parts).lstrip("|")
            for method in METHODS:
                if method in (rule.methods or ()):
                    found.append((rule.rule, method, path, declared_access(rule.endpoint, method)))
    return found


def _sample(converter: BaseConverter) -> str:
    if isinstance(converter, AnyConverter):
        return sorted(converter.items)[0]
    return "999999999" if isinstance(converter, IntegerConverter) else "nothing"


def opens(access: object, role: Role) -> bool:
    if access in ("public", "signed_in"):
        return access == "public" or role is not Role.DEVICE  # a device is nobody who signs in
    return isinstance(access, tuple) and bool(set(access) & ROLE_PERMISSIONS[role])


def table(app: Flask) -> str:
    """The matrix as the page shows it."""
    lines = [
        "# Who may open what",
        "",
        "Made from the URL map by the tests; run them with `FAIR_WRITE_DOCS=1` to make it anew.",
        "A filled square opens the address; within it, exhibitors and buyers reach only what is theirs.",
        "",
        "| address | method | stranger | " + " | ".join(role.value for role in Role) + " |",
        "|---|---|---|" + "---|" * len(Role),
    ]
    for rule, method, _path, access in endpoints(app):
        cells = ["■" if access == "public" else "·", *("■" if opens(access, role) else "·" for role in Role)]
        lines.append(f"| `{rule}` | {method} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def test_the_page_of_rights_is_what_the_url_map_says(app: Flask) -> None:
    made = table(app)
    if os.environ.get("FAIR_WRITE_DOCS"):
        PAGE.write_text(made)
    assert PAGE.read_text() == made


@pytest.mark.parametrize("role", [None, *TOKEN_ROLES])
def test_a_token_opens_only_what_its_role_may(app: Flask, cast, role: str | None) -> None:
    headers = {}
    if role is not None:
        with app.app_context(), transaction():
            own = {"exhibitor": {"exhibitor_id": cast.exhibitor.id}, "buyer": {"buyer_id": cast.buyer.id}}.get(role, {})
            headers["Authorization"] = "Bearer " + create_token(SYSTEM, cast.fair.id, role, **own)
    client = app.test_client()
    for rule, method, path, access in endpoints(app):
        if not rule.startswith("/api/v1/fairs/"):
            continue
        answer = client.open(
            path, method=method, headers=headers, json={} if method in ("POST", "PUT", "PATCH") else None
        )
        assert answer.status_code < 500, (rule, method)
        if access == "public":
            continue
        if role is None:
            assert answer.status_code == 401, (rule, method)
        elif not opens(access, TOKEN_ROLES[role]):
            assert answer.status_code == 403, (rule, method, role)
        else:
            assert answer.status_code not in (401, 403), (rule, method, role)


@pytest.mark.parametrize("name", ["ola", "ema", "bao", "gia", "stan", None])
def test_a_page_opens_only_for_who_may(app: Flask, cast, client, name: str | None) -> None:
    roles = {"ola": {Role.OWNER}, "ema": {Role.EXHIBITOR}, "bao": {Role.BUYER}, "gia": {Role.GATE}}.get(
        name or "", set()
    )
    if name is not None:
        client.sign_in(getattr(cast, name))
    for rule, method, path, access in endpoints(app):
        if not rule.startswith("/fairs/<slug>") or method != "GET" or rule.endswith("/live") or access == "public":
            continue
        answer = client.get(path)
        assert answer.status_code < 500, rule
        if name is None:
            assert answer.status_code == 302 and "/sign-in" in answer.headers["Location"], rule
        elif access != "signed_in" and not any(opens(access, role) for role in roles):
            assert answer.status_code == 403, (rule, name)
        else:
            assert answer.status_code != 403, (rule, name)


def test_a_device_opens_only_its_gate(app: Flask, cast) -> None:
    """A phone that joined by a QR code: the gate's pages, what they ask of the API, and nothing else of anybody."""
    phone, secret = app.test_client(), "its own"
    with app.app_context(), transaction():
        gate = db.session.scalars(select(Gate).where(Gate.fair_id == cast.fair.id)).first()
        device = GateDevice(
            fair_id=cast.fair.id, gate_id=gate.id, name="Phone", made_at=now(), made_by="system", link_salt="",
            link_digest="", link_ends_at=now(), joined_at=now(), secret_digest=digest_of(secret),
        )  # fmt: skip
        db.session.add(device)
    for path in ("/fairs/test-fair/gate", "/api/v1/fairs/test-fair"):
        phone.set_cookie(DEVICE_COOKIE, secret, path=path)
    token = re.findall(r'name="csrf-token" content="([^"]+)"', phone.get("/fairs/test-fair/gate").text)[0]
    headers = {DEVICE_HEADER: "1", "X-CSRFToken": token}
    for rule, method, path, access in endpoints(app):
        if access == "public" or rule.endswith("/live"):
            continue
        body = {} if method in ("POST", "PUT", "PATCH") else None
        answer = phone.open(path, method=method, headers=headers, json=body)
        assert answer.status_code < 500, (rule, method)
        if opens(access, Role.DEVICE):
            assert answer.status_code not in (401, 403), (rule, method)
        elif answer.status_code == 302:
            assert "/sign-in" in answer.headers["Location"] and not rule.startswith("/api/"), (rule, method)
        else:
            assert answer.status_code in (401, 403), (rule, method, answer.status_code)


def test_a_token_of_another_fair_opens_nothing(app: Flask, cast) -> None:
    with app.app_context(), transaction():
        token = create_token(SYSTEM, cast.other_fair.id, "organiser")
    answer = app.test_client().get("/api/v1/fairs/test-fair/badges", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
