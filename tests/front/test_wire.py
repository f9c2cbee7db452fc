"""What goes over the wire: compressed, kept by browsers, and never one reader's own to another."""

import re
from typing import Any

from flask import Flask
from sqlalchemy import update

from app.db import db, transaction
from app.fairs.models import Exhibitor
from tests.booths.test_moving import let
from tests.conftest import Client
from tests.support.market import Market, desk, later, market, spring

__all__ = ["desk", "market", "spring"]
PLAN = "/fairs/test-fair/plan"
PACKED = {"Accept-Encoding": "gzip, br, zstd"}


def got(client: Client, address: str, **headers: str) -> Any:
    """The answer, with the file behind it read and closed."""
    with client.get(address, headers={name.replace("_", "-"): value for name, value in headers.items()}) as answer:
        answer.get_data()
        return answer


def token(page: str) -> str:
    return re.findall(r'<meta name="csrf-token" content="([^"]+)"', page)[0]


def test_pages_and_scripts_are_compressed_and_live_streams_are_not(client: Client, market: Market) -> None:
    page = client.get(PLAN, headers=PACKED)
    assert page.headers["Content-Encoding"] == "zstd"
    assert len(page.data) < len(client.get(PLAN).data) / 3
    assert "Accept-Encoding" in page.headers["Vary"]
    assert got(client, "/static/js/live.js", **PACKED).headers["Content-Encoding"] == "zstd"
    assert got(client, "/static/js/live.js").headers.get("Content-Encoding") is None
    stream = client.head("/fairs/test-fair/live?topics=booths", headers=PACKED)
    assert stream.headers.get("Content-Encoding") is None


def test_an_unchanged_plan_is_known_however_it_was_compressed(client: Client, market: Market) -> None:
    client.get(PLAN)
    for accepted in ("zstd", "gzip"):
        tag = client.get(PLAN, headers={"Accept-Encoding": accepted}).headers["ETag"]
        assert tag.endswith(f':{accepted}"')
        again = client.get(PLAN, headers={"Accept-Encoding": accepted, "If-None-Match": tag})
        assert (again.status_code, again.headers["ETag"]) == (304, tag)


def test_an_asset_of_this_version_is_kept_for_good_and_another_is_asked_for_again(
    client: Client, market: Market
) -> None:
    page = client.get(PLAN).text
    addresses = re.findall(r'(?:href|src)="(/static/[^"#]+)"', page)
    assert len(addresses) > 10
    for address in addresses:
        answer = got(client, address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["Cache-Control"], address
    version = addresses[0].split("/")[2]
    assert version.startswith("v-")
    assert got(client, "/static/v-another/js/app.js").headers["Cache-Control"] == "no-cache"
    assert client.get(f"/static/{version}/js/nothing.js").status_code == 404
    assert client.get(f"/static/{version}/../../config.py").status_code == 404


def test_all_modules_of_the_plan_are_named_at_once(client: Client, market: Market) -> None:
    """What a module imports, however deep, is on its way before the module has come."""
    page = client.get(PLAN).text
    named = set(re.findall(r'rel="modulepreload" href="([^"]+)"', page))
    waiting, needed = (
        [re.findall(r'[^"]+/js/app\.js', page)[0], next(one for one in named if "floorplan.js" in one)],
        set(),
    )
    while waiting:
        address = waiting.pop()
        needed.add(address)
        folder = address.rpartition("/")[0]
        for name in re.findall(r'^import .*from "(\.\.?/[^"]+)"', got(client, address).text, re.MULTILINE):
            at = f"{folder}/{name[2:]}" if name.startswith("./") else f"{folder.rpartition('/')[0]}/{name[3:]}"
            waiting += [at] if at not in needed else []
    assert len(needed) > 6
    assert needed <= named


def test_strangers_share_a_rendered_plan_but_no_form_token(app: Flask, market: Market) -> None:
    first, second = app.test_client(), app.test_client()
    one, other = first.get(PLAN).text, second.get(PLAN).text
    assert token(one) != token(other)
    assert one.replace(token(one), "") == other.replace(token(other), "")
    assert token(first.get(PLAN).text).split(".")[0] == token(one).split(".")[0], "one session, one token"


def test_a_strangers_plan_follows_holds_at_once_and_new_names_within_a_minute(
    app: Flask, client: Client, market: Market
) -> None:
    client.get(PLAN)
    with app.app_context():
        market.hold("A07")
        assert 'class="b held" id="b-A07"' in client.get(PLAN).text
        let(market, "A09")
        assert market.cast.exhibitor.name in client.get(PLAN).text
        with transaction():
            named = update(Exhibitor).where(Exhibitor.id == market.cast.exhibitor.id).values(name="Xưởng đổi tên")
            db.session.execute(named)
    later(minutes=1)
    assert "Xưởng đổi tên" in client.get(PLAN).text


def test_who_has_signed_in_is_never_served_a_strangers_page(client: Client, market: Market) -> None:
    client.get(PLAN)
    client.sign_in(market.cast.ola)
    assert market.cast.ola.name in client.get(PLAN).text
    client.sign_out()
    assert market.cast.ola.name not in client.get(PLAN).text
