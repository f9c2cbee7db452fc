"""The log of deeds: read by the organiser alone, narrowed and paged."""

import re

from flask import Flask

from app.audit import SYSTEM, Actor, record
from app.db import transaction


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
