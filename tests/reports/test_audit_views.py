"""The log of deeds: read by the organiser alone, narrowed and paged."""

import ast
import re
from pathlib import Path

from flask import Flask

from app.audit import SYSTEM, Actor, record
from app.db import transaction
from app.reports.audit_words import ACTIONS, KINDS

APP = Path(__file__).parents[2] / "app"


def write(app: Flask, cast, times: int = 1, kind: str = "order", actor: Actor = SYSTEM) -> None:
    with app.app_context(), transaction():
        for n in range(times):
            record(actor, f"{kind}.placed", kind, n, cast.fair.id, booths=["A01", "A02"])


def test_the_organiser_reads_who_did_what(app: Flask, client, cast) -> None:
    write(app, cast, actor=Actor("person", cast.ema.id, "Ema"))
    client.sign_in(cast.ola)
    page = client.get("/fairs/test-fair/organise/audit").get_data(as_text=True)
    assert "order.placed" in page
    assert "Ema" in page
    assert "A01, A02" in page


def test_a_long_log_is_paged_without_gap_or_repeat(app: Flask, client, cast, statements) -> None:
    write(app, cast, 120)
    client.sign_in(cast.ola)
    seen, address, pages = 0, "/fairs/test-fair/organise/audit", 0
    while address and pages < 9:
        with statements() as asked:
            page = client.get(address).get_data(as_text=True)
        assert len(asked) <= 15
        seen, pages = seen + page.count("order.placed"), pages + 1
        older = re.search(r'class="btn" href="([^"]*before=\d+)"', page)
        address = older[1] if older else ""
    assert (seen, pages) == (120, 3)


def test_a_kind_narrows_and_a_bad_address_is_refused(app: Flask, client, cast) -> None:
    write(app, cast, kind="order")
    write(app, cast, kind="badge")
    client.sign_in(cast.ola)
    page = client.get("/fairs/test-fair/organise/audit?kind=badge").get_data(as_text=True)
    assert "badge.placed" in page
    assert "order.placed" not in page
    assert client.get("/fairs/test-fair/organise/audit?before=x").status_code == 422


def test_nobody_else_reads_it_nor_of_another_fair(app: Flask, client, cast) -> None:
    for person in (cast.sam, cast.fin, cast.gia, cast.dana, cast.ema, cast.bao):
        client.sign_in(person)
        assert client.get("/fairs/test-fair/organise/audit").status_code == 403
    client.sign_in(cast.ola)
    assert client.get("/fairs/other-fair/organise/audit").status_code == 403


def recorded() -> set[tuple[str, str]]:
    """(action, kind of thing) of every `record(…)` in the code whose words stand there literally."""
    found = set()
    for path in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and len(node.args) > 3 and ast.unparse(node.func).endswith("record"):
                said = [one.value for one in node.args[1:3] if isinstance(one, ast.Constant)]
                if len(said) == 2 and "." in str(said[0]):
                    found.add((str(said[0]), str(said[1])))
    return found


def test_every_deed_that_the_code_records_has_words() -> None:
    deeds = {(action, kind) for action, kind in recorded() if not action.startswith("person.")}  # these have no fair
    assert len(deeds) > 30
    assert {action for action, _kind in deeds} - ACTIONS.keys() == set()
    assert {kind for _action, kind in deeds} - KINDS.keys() == set()
    assert {"deal.confirm", "deal.dispute"} <= ACTIONS.keys()  # composed, so not among those found


def test_a_deed_is_shown_in_words(app: Flask, client, cast) -> None:
    write(app, cast)
    client.sign_in(cast.ola)
    assert "Đặt đơn" in client.get("/fairs/test-fair/organise/audit").get_data(as_text=True)
