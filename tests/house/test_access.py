"""Every endpoint says who may use it, and a stranger gets no further than what is public."""

import pytest
from flask import Flask

from app.access import OPEN_ENDPOINTS, Permission, declared_access

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


def declared(app: Flask) -> list[tuple[str, str, object]]:
    found = []
    with app.app_context():
        for rule in app.url_map.iter_rules():
            for method in sorted((rule.methods or set()) & METHODS):
                if rule.endpoint not in OPEN_ENDPOINTS:
                    found.append((rule.endpoint, method, declared_access(rule.endpoint, method)))
    return found


def test_every_endpoint_declares_its_access(app: Flask) -> None:
    silent = [f"{method} {endpoint}" for endpoint, method, access in declared(app) if not access]
    assert silent == []


def test_what_an_endpoint_declares_exists(app: Flask) -> None:
    for endpoint, method, access in declared(app):
        if isinstance(access, tuple):
            assert all(isinstance(permission, Permission) for permission in access), (endpoint, method)
        else:
            assert access in ("public", "signed_in"), (endpoint, method)


def test_every_permission_opens_something(app: Flask) -> None:
    used = {permission for _e, _m, access in declared(app) if isinstance(access, tuple) for permission in access}
    asked_in_code = {Permission.PORTAL, Permission.SCAN_FORCE, Permission.AUDIT_SEE}
    assert set(Permission) - used - asked_in_code == set()


@pytest.mark.parametrize("method", ["GET"])
def test_get_never_writes(app: Flask, client, cast, statements, method: str) -> None:
    """Every page that needs no more than the fair's slug, asked as the owner: no INSERT, UPDATE or DELETE."""
    client.sign_in(cast.ola)
    for rule in app.url_map.iter_rules():
        if method not in (rule.methods or ()) or rule.arguments - {"slug"} or rule.rule.endswith("/live"):
            continue
        if rule.endpoint in OPEN_ENDPOINTS:
            continue
        with statements() as seen:
            client.get(rule.rule.replace("<slug>", cast.fair.slug))
        written = [s for s in seen if s.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))]
        assert written == [], rule.rule
