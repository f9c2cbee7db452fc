"""A hall drawn by hand, over the API that the editor speaks: kept, judged, published; refused, repeated, raced."""

import copy
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.accounts.tokens import create_token
from app.audit import SYSTEM, AuditEntry
from app.booths import claims, holds
from app.booths.booking import end_unpaid
from app.booths.claims import UnknownBooth
from app.booths.errors import BoothNotAvailable
from app.booths.letting import confirm_booths
from app.booths.models import Allocation, Booth, BoothState, PlanDraft, PlanVersion
from app.db import db, transaction
from app.fairs.models import Fair, Hall, Zone
from app.front.plan_draft import DrawingChanged, hall_by_id, publish_draft, save_draft
from app.front.plan_drawing import PlanHasFaults
from app.payments.models import Order
from tests.conftest import Client
from tests.support.market import Market, later
from tests.support.node import node

API = "/api/v1/fairs/test-fair/halls"
HALLS = "/fairs/test-fair/organise/halls"
NOTHING = {"revision": 1, "plan": ""}


@pytest.fixture
def owner(app: Flask, market: Market, client: Client) -> Client:
    client.sign_in(market.cast.ola)
    client.environ_base["HTTP_AUTHORIZATION"] = bearer(app, market, "organiser")
    return client


def bearer(app: Flask, market: Market, role: str) -> str:
    with app.app_context(), transaction():
        return f"Bearer {create_token(SYSTEM, market.cast.fair.id, role, None, None, label='test')}"


@pytest.fixture
def hall_id(app: Flask, market: Market) -> int:
    with app.app_context():
        return market.booths(["A03"])["A03"].hall_id


@pytest.fixture
def address(hall_id: int) -> str:
    return f"{API}/{hall_id}/draft"


def booth(number: str, x_cm: int, y_cm: int, **more: Any) -> dict[str, Any]:
    return {"number": number, "x_cm": x_cm, "y_cm": y_cm, "width_cm": 300, "depth_cm": 300} | more


def entry(draft: dict[str, Any], number: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in draft["document"]["booths"] if one["number"] == number)
    return found


def save(client: Client, address: str, draft: dict[str, Any]) -> Any:
    return client.put(address, json={name: draft[name] for name in ("revision", "plan", "document")})


def publish(client: Client, address: str, draft: dict[str, Any]) -> Any:
    return client.post(f"{address}/publication", json={name: draft[name] for name in ("revision", "plan")})


def numbers(app: Flask, hall_id: int) -> dict[str, str]:
    with app.app_context():
        rows = db.session.execute(select(Booth.number, Booth.state).where(Booth.hall_id == hall_id))
        return {number: state for number, state in rows}


def test_what_is_drawn_is_kept_and_seen_by_nobody_until_it_is_published(
    app: Flask, owner: Client, address: str, hall_id: int
) -> None:
    draft = owner.get(address).json
    assert draft["revision"] == 0 and not draft["faults"]
    assert (draft["added"], draft["changed"], draft["removed"]) == ([], [], []), "it is the plan as it stands"
    before = numbers(app, hall_id)
    draft["document"]["width_cm"] += 4000
    free = draft["document"]["width_cm"] - 900
    draft["document"]["booths"] += [booth("N01", free, 300), booth("N02", free + 300, 300, zone="N", state="not_let")]
    entry(draft, "A05")["price_minor"] = 7_000_000
    draft["document"]["features"].append(
        {"kind": "pillar", "x_cm": 10, "y_cm": 10, "width_cm": 60, "depth_cm": 60, "name": "Cột"}
    )
    kept = save(owner, address, draft).json
    assert kept["revision"] > 0 and kept["floor"] and kept["added"] == ["N01", "N02"] and not kept["faults"]
    assert kept["changed"] == [{"number": "A05", "what": ["price"]}]
    assert numbers(app, hall_id) == before
    assert publish(owner, address, kept).json == {"version": 2, "added": 2, "changed": 1, "removed": 0}
    assert numbers(app, hall_id) == before | {"N01": "free", "N02": "not_let"}
    with app.app_context():
        hall = db.session.get_one(Hall, hall_id)
        assert hall.width_cm == draft["document"]["width_cm"]
        assert [one["kind"] for one in hall.features].count("pillar") == 1
        drawn = db.session.scalars(select(Booth).where(Booth.number == "N01")).one()
        assert (drawn.kind, drawn.open_sides) == ("corner", 3) and drawn.price_minor > 0
        assert db.session.scalars(select(Zone.name).where(Zone.code == "N")).one() == "N"
        assert db.session.scalars(select(Booth.price_minor).where(Booth.number == "A05")).one() == 7_000_000
        assert db.session.scalar(select(func.count()).select_from(PlanDraft)) == 0
        last = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert last.action == "plan.published" and last.details["added"] == ["N01", "N02"]
    again = owner.get(address).json
    assert (again["revision"], again["added"], again["changed"], again["removed"]) == (0, [], [], [])
    assert publish(owner, address, kept).status_code == 404, "published once"


def test_booths_that_are_held_or_let_stay_whatever_is_drawn(
    app: Flask, owner: Client, market: Market, address: str, hall_id: int
) -> None:
    with app.app_context():
        market.hold("A05")
        market.order(market.hold("A06"), "transfer")
        was = {n: (b.x_cm, b.y_cm, b.width_cm, b.price_minor) for n, b in market.booths(["A05", "A06"]).items()}
    draft = owner.get(address).json
    assert {one["booth"]["number"]: one["state"] for one in draft["taken"]} == {"A05": "held", "A06": "reserved"}
    assert draft["taken"][0]["exhibitor"]
    entry(draft, "A05").update(x_cm=0, y_cm=0, width_cm=900, price_minor=1)
    draft["document"]["booths"] = [one for one in draft["document"]["booths"] if one["number"] != "A06"]
    kept = save(owner, address, draft).json
    assert not kept["changed"] and not kept["removed"] and not kept["faults"]
    assert entry(kept, "A05")["x_cm"] == was["A05"][0] and entry(kept, "A06")
    assert publish(owner, address, kept).status_code == 200
    with app.app_context():
        after = {
            n: (b.x_cm, b.y_cm, b.width_cm, b.price_minor, b.state) for n, b in market.booths(["A05", "A06"]).items()
        }
        assert after == {"A05": (*was["A05"], "held"), "A06": (*was["A06"], "reserved")}


def test_a_booth_that_somebody_had_leaves_the_plan_and_comes_back_with_its_history(
    app: Flask, owner: Client, market: Market, address: str, hall_id: int
) -> None:
    with app.app_context():
        hold = market.hold("A05")
        with transaction():
            holds.release_hold(SYSTEM, market.fair, hold, clock.now())
        had = market.booths(["A05"])["A05"].id
    whole = owner.get(address).json
    draft = copy.deepcopy(whole)
    draft["document"]["booths"] = [one for one in draft["document"]["booths"] if one["number"] not in ("A05", "A06")]
    kept = save(owner, address, draft).json
    assert kept["removed"] == ["A05", "A06"]
    assert publish(owner, address, kept).json["removed"] == 2
    left = numbers(app, hall_id)
    assert left["A05"] == "gone" and "A06" not in left, "what nobody ever had is deleted"
    assert "A05" not in [one["number"] for one in owner.get("/api/v1/fairs/test-fair/booths?limit=500").json["items"]]
    for page in ("plan?list=1", "plan", "organise/booths", "organise/", "organise/halls"):
        shown = owner.get(f"/fairs/test-fair/{page}")
        assert shown.status_code == 200 and ">A05<" not in shown.text, page
    assert "gone" not in owner.get("/fairs/test-fair/organise/booths").text
    assert "A05" not in owner.get(f"{HALLS}/plan.csv").data.decode("utf-8-sig")
    with app.app_context(), pytest.raises(UnknownBooth):
        market.hold("A05")
    fresh = owner.get(address).json
    fresh["document"]["booths"].append(entry(whole, "A05"))
    kept = save(owner, address, fresh).json
    assert kept["added"] == ["A05"]
    assert publish(owner, address, kept).json["added"] == 1
    with app.app_context():
        back = market.booths(["A05"])["A05"]
        assert (back.id, back.state) == (had, "free")
        assert db.session.scalar(select(func.count()).where(Allocation.booth_id == had)) == 1
        assert market.hold("A05")


def test_another_booth_that_is_given_a_taken_number_stays_what_it_is(
    app: Flask, owner: Client, market: Market, address: str
) -> None:
    with app.app_context():
        market.hold("A07")
        place = market.booths(["A07"])["A07"].x_cm, market.booths(["A07"])["A07"].y_cm
    draft = owner.get(address).json
    moved = entry(draft, "A05")
    moved["number"] = "A07"
    kept = save(owner, address, draft).json
    bearers = [one for one in kept["document"]["booths"] if one["number"] == "A07"]
    assert sorted((one["x_cm"], one["y_cm"]) for one in bearers) == sorted([place, (moved["x_cm"], moved["y_cm"])])
    assert {one["sentence"] for one in kept["faults"]} == {"Trong nhà này còn gian khác cũng mang số này."}


def test_what_cannot_stand_is_kept_and_told_and_not_published(app: Flask, owner: Client, address: str) -> None:
    with app.app_context():
        other = db.session.scalars(
            select(Booth).join(Hall).where(Hall.id != int(address.split("/")[-2]), Booth.fair_id == Hall.fair_id)
        ).first()
        elsewhere = other.number if other else ""
    draft = owner.get(address).json
    size = len(draft["document"]["booths"])
    far = draft["document"]["width_cm"] - 100
    draft["document"]["booths"] += [
        booth("", 0, 0), booth("Z01", 0, 0), booth("z01", 4000, 0), booth("ô số", 0, 4000), booth("Z02", far, 0),
        booth(elsewhere or "Z03", 8000, 0),
    ]  # fmt: skip
    kept = save(owner, address, draft).json
    told = {(one["booth"] - size, one["column"]): one["sentence"] for one in kept["faults"] if one["booth"] >= size}
    assert told[0, "number"] == "Ghi số gian."
    assert told[1, "number"] == told[2, "number"] == "Trong nhà này còn gian khác cũng mang số này."
    assert (3, "number") in told and (4, "x") in told and (1, "x") in told
    if elsewhere:
        assert told[5, "number"] == f"Gian {elsewhere} nằm ở nhà khác."
    refused = publish(owner, address, kept)
    assert (refused.status_code, refused.json["code"]) == (409, "plan_has_faults")
    assert len(owner.get(address).json["document"]["booths"]) == size + 6, "nothing that was drawn is lost"


@pytest.mark.parametrize(
    "wrong", [{"width_cm": 10}, {"x_cm": -1}, {"x_cm": "4 m"}, {"sides": 5}, {"state": "let"}, {"price_minor": -1}]
)
def test_a_drawing_of_no_sense_is_refused(owner: Client, address: str, wrong: dict[str, Any]) -> None:
    draft = owner.get(address).json
    draft["document"]["booths"].append(booth("N01", 0, 0) | wrong)
    assert save(owner, address, draft).status_code == 422
    assert owner.get(address).json["revision"] == 0


def test_gates_are_moved_and_neither_made_nor_lost(app: Flask, owner: Client, address: str, hall_id: int) -> None:
    with app.app_context():
        db.session.get_one(Hall, hall_id).features = [
            {"kind": "entrance", "gate": "C1", "side": "south", "at_cm": 900, "width_cm": 300, "name": "Cổng 1",
             "name_en": "Gate 1"},
            {"kind": "entrance", "gate": "C2", "side": "south", "at_cm": 1800, "width_cm": 300, "name": "Cổng 2",
             "name_en": "Gate 2"},
        ]  # fmt: skip
        db.session.commit()
    draft = owner.get(address).json
    first = {"kind": "entrance", "gate": "C1", "side": "west", "at_cm": 500, "width_cm": 400, "name": "Cửa khác"}
    draft["document"]["features"] = [
        first,
        {"kind": "entrance", "gate": "C9", "side": "east", "at_cm": 1, "width_cm": 90},
    ]
    kept = save(owner, address, draft).json
    assert publish(owner, address, kept).status_code == 200
    with app.app_context():
        stands = {
            one["gate"]: (one["side"], one["at_cm"], one["name"]) for one in db.session.get_one(Hall, hall_id).features
        }
    assert stands == {"C1": ("west", 500, "Cổng 1"), "C2": ("south", 1800, "Cổng 2")}


def test_an_older_version_goes_back_on_the_board(app: Flask, owner: Client, address: str, hall_id: int) -> None:
    before = numbers(app, hall_id)
    draft = owner.get(address).json
    draft["document"]["booths"] = [one for one in draft["document"]["booths"] if one["number"] != "A06"]
    assert publish(owner, address, save(owner, address, draft).json).status_code == 200
    page = f"{HALLS}/{hall_id}"
    shown = owner.get(f"{page}/versions").text
    assert "A06" in shown and "Sơ đồ trước lần vẽ đầu tiên" in shown
    assert owner.post(f"{page}/versions/1/drawing").status_code == 303
    assert owner.post(f"{page}/versions/1/drawing").status_code == 409, "over what a colleague draws meanwhile"
    seen = {"seen": owner.get(address).json["revision"]}
    assert owner.post(f"{page}/versions/1/drawing", data=seen).status_code == 303
    assert owner.post(f"{page}/versions/9/drawing").status_code == 404
    back = owner.get(address).json
    assert back["added"] == ["A06"] and "A06" not in numbers(app, hall_id)
    assert entry(back, "A06")["price_minor"] is None, "what the list says it still says"
    with app.app_context(), transaction():
        db.session.get_one(Fair, 1).price_per_m2_minor *= 2
    seen = {"seen": back["revision"]}
    assert owner.post(f"{page}/versions/1/drawing", data=seen).status_code == 303
    back = owner.get(address).json
    assert entry(back, "A06")["price_minor"] > 0, "prices are those of the version"
    assert all("kind" in one["what"] for one in back["changed"]), (
        "its neighbours alone change, for it closes their sides"
    )
    assert publish(owner, address, back).json["version"] == 3
    assert numbers(app, hall_id) == before


def test_a_drawing_is_thrown_away(app: Flask, owner: Client, address: str, hall_id: int) -> None:
    draft = owner.get(address).json
    assert save(owner, address, draft).status_code == 200
    assert "có bản vẽ chưa công bố" in owner.get(HALLS).text
    assert owner.post(f"{HALLS}/{hall_id}/drawing/removal", data={"seen": 1}).status_code == 409, "a colleague's, newer"
    assert owner.post(f"{HALLS}/{hall_id}/drawing/removal").status_code == 303
    assert owner.post(f"{HALLS}/{hall_id}/drawing/removal").status_code == 303
    assert save(owner, address, draft).status_code == 200, "it begins anew"
    assert owner.delete(address).status_code == 204 and owner.get(address).json["revision"] == 0


def test_a_blank_hall_is_drawn_from_nothing(app: Flask, owner: Client) -> None:
    refused = owner.post(f"{HALLS}/blank", data={"name": "", "width_m": "2", "depth_m": "20", "gates": "1"})
    assert refused.status_code == 422 and 'value="20"' in refused.text
    page = owner.post(
        f"{HALLS}/blank", data={"name": "Nhà vẽ", "width_m": "42", "depth_m": "20.5", "gates": "2"}
    ).location
    assert owner.get(page).status_code == 200
    with app.app_context():
        hall = db.session.scalars(select(Hall).where(Hall.name == "Nhà vẽ")).one()
        assert (hall.width_cm, hall.depth_cm) == (4200, 2050) and len(hall.features) == 2
        address = f"{API}/{hall.id}/draft"
    draft = owner.get(address).json
    draft["document"]["booths"] = [booth("V01", 300, 300), booth("V02", 600, 300)]
    assert publish(owner, address, save(owner, address, draft).json).json["added"] == 2


def test_only_who_may_change_the_fair_draws(app: Flask, market: Market, client: Client, address: str) -> None:
    assert client.get(address).status_code == 401
    for role in ("sales", "finance", "gate", "deals"):
        client.environ_base["HTTP_AUTHORIZATION"] = bearer(app, market, role)
        assert client.get(address).status_code == 403
        assert client.put(address, json={"revision": 0, "plan": "", "document": {}}).status_code == 403
        assert publish(client, address, NOTHING).status_code == 403
    client.environ_base["HTTP_AUTHORIZATION"] = bearer(app, market, "organiser")
    other = address.replace(address.split("/")[-2], "999999")
    assert client.get(other).status_code == 404 and publish(client, other, NOTHING).status_code == 404
    for person in (market.cast.gia, market.cast.ema, market.cast.stan):
        client.sign_in(person)
        assert client.get(f"{HALLS}/{address.split('/')[-2]}/drawing").status_code == 403
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(PlanDraft)) == 0


def test_a_final_report_keeps_its_plan(app: Flask, owner: Client, market: Market, address: str) -> None:
    kept = save(owner, address, owner.get(address).json).json
    with app.app_context(), transaction():
        db.session.get_one(Fair, market.cast.fair.id).frozen_at = clock.now()
    refused = publish(owner, address, kept)
    assert (refused.status_code, refused.json["code"]) == (409, "plan_frozen")


def together(*works: Any) -> list[Any]:
    """What each answers or raises, all begun in the same moment."""
    gate, said = threading.Barrier(len(works)), [None] * len(works)

    def run(n: int, work: Any) -> None:
        gate.wait(10)
        try:
            said[n] = work()
        except Exception as error:
            said[n] = error

    threads = [threading.Thread(target=run, args=(n, work)) for n, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return said


def test_of_many_who_save_at_once_one_is_taken(
    app: Flask, owner: Client, market: Market, address: str, hall_id: int
) -> None:
    draft = owner.get(address).json
    fair_id = market.cast.fair.id

    def saving(revision: int) -> Any:
        def work() -> int:
            with app.app_context():
                fair = db.session.get_one(Fair, fair_id)
                with transaction():
                    return save_draft(
                        fair, hall_by_id(fair, hall_id), draft["document"], revision, draft["plan"], clock.now()
                    )

        return work

    revision = 0
    for _round in range(6):
        said = together(*[saving(revision)] * 8)
        taken = [one for one in said if isinstance(one, int)]
        assert len(taken) == 1 and sum(isinstance(one, DrawingChanged) for one in said) == 7, said
        revision = taken[0]


def test_a_buyer_and_a_publication_in_the_same_moment(
    app: Flask, owner: Client, market: Market, address: str, hall_id: int
) -> None:
    """A booth is taken off the plan while somebody holds it: one of both happens, and never half of each."""
    fair_id, exhibitor = market.cast.fair.id, market.cast.exhibitor.id
    for number in ("A03", "A05", "A06", "A07"):
        draft = owner.get(address).json
        draft["document"]["booths"] = [one for one in draft["document"]["booths"] if one["number"] != number]
        kept = save(owner, address, draft).json

        def publishing(kept: dict[str, Any] = kept) -> Any:
            with app.app_context():
                fair = db.session.get_one(Fair, fair_id)
                with transaction():
                    return publish_draft(SYSTEM, "", fair, hall_id, kept["revision"], kept["plan"], clock.now())[
                        1
                    ].removed

        def holding(number: str = number) -> Any:
            with app.app_context():
                fair = db.session.get_one(Fair, fair_id)
                seen = claims.look_at(fair, [number], clock.now())
                with transaction():
                    return holds.hold_booths(SYSTEM, fair, exhibitor, seen, clock.now()).id

        published, held = together(publishing, holding)
        state = numbers(app, hall_id).get(number, "deleted")
        if isinstance(held, str):
            assert state == BoothState.HELD and (published == 0 or isinstance(published, PlanHasFaults)), (
                state,
                published,
            )
        else:
            assert isinstance(held, (UnknownBooth, BoothNotAvailable)) and published == 1, (held, published)
            assert state in ("deleted", "gone")
        owner.delete(address)


def test_versions_count_up_when_two_publish_at_once(
    app: Flask, owner: Client, market: Market, address: str, hall_id: int
) -> None:
    kept = save(owner, address, owner.get(address).json).json
    fair_id = market.cast.fair.id

    def work() -> int:
        with app.app_context(), transaction():
            fair = db.session.get_one(Fair, fair_id)
            return publish_draft(SYSTEM, "", fair, hall_id, kept["revision"], kept["plan"], clock.now())[0].number

    said = together(work, work)
    assert sorted(type(one).__name__ for one in said) == ["NotFound", "int"], said
    with app.app_context():
        assert list(db.session.scalars(select(PlanVersion.number).order_by(PlanVersion.number))) == [1, 2]


def test_a_plan_that_changed_under_the_drawing_is_looked_at_again_before_it_is_published(
    app: Flask, owner: Client, market: Market, address: str, hall_id: int
) -> None:
    kept = save(owner, address, owner.get(address).json).json
    assert owner.post("/fairs/test-fair/organise/booths/A05/letting", data={"let": "no"}).status_code in (302, 303)
    refused = publish(owner, address, kept)
    assert (refused.status_code, refused.json["code"]) == (409, "plan_changed")
    with app.app_context():
        assert market.booths(["A05"])["A05"].state == BoothState.NOT_LET
    again = owner.get(address).json
    assert again["changed"] == [{"number": "A05", "what": ["state"]}], "what publishing would undo is said"
    with app.app_context():
        market.hold("A06")
    assert publish(owner, address, again).status_code == 200, "a hold changes no plan"


def test_who_drew_on_a_plan_of_before_writes_over_nobody(app: Flask, owner: Client, address: str) -> None:
    old = owner.get(address).json
    fresh = owner.get(address).json
    fresh["document"]["booths"].append(booth("N01", 9000, 9000))
    fresh["document"].update(width_cm=9900, depth_cm=9900)
    assert publish(owner, address, save(owner, address, fresh).json).status_code == 200
    late = save(owner, address, old)
    assert (late.status_code, late.json["code"]) == (409, "plan_changed"), "revision 0 is of another plan"


@pytest.mark.parametrize("piece", [{"kind": "pillar"}, {"kind": "text", "x_cm": 5}, {"kind": "entrance", "gate": "C1"}])
def test_a_piece_without_a_place_is_refused(owner: Client, address: str, piece: dict[str, Any]) -> None:
    draft = owner.get(address).json
    draft["document"]["features"] = [piece]
    assert save(owner, address, draft).status_code == 422


def test_what_stands_beyond_the_walls_is_told_and_not_published(owner: Client, address: str) -> None:
    draft = owner.get(address).json
    far = {"x_cm": draft["document"]["width_cm"], "y_cm": 0, "width_cm": 60, "depth_cm": 60}
    draft["document"]["features"].append({"kind": "pillar", "name": "Cột"} | far)
    kept = save(owner, address, draft).json
    assert [one["sentence"] for one in kept["outside"]] == ["Nằm ngoài vách nhà."]
    assert publish(owner, address, kept).json["code"] == "plan_has_faults"


def test_walls_and_words_alone_change_what_strangers_see(app: Flask, owner: Client, address: str, hall_id: int) -> None:
    with app.app_context():
        code = db.session.get_one(Hall, hall_id).code
    page = f"/fairs/test-fair/plan?hall={code}"
    before = owner.get(page)
    draft = owner.get(address).json
    place = {"x_cm": 10, "y_cm": 10, "width_cm": 300, "depth_cm": 100}
    draft["document"]["features"].append({"kind": "stage", "name": "Sân khấu <b>", "name_en": "Stage"} | place)
    kept = save(owner, address, draft).json
    assert kept["floor"] and not kept["changed"]
    assert publish(owner, address, kept).status_code == 200
    after = owner.get(page, headers={"If-None-Match": before.headers.get("ETag", "")})
    assert after.status_code == 200 and "Sân khấu &lt;b&gt;" in after.text


def test_a_hall_with_nothing_drawn_is_nobodys_to_see(app: Flask, owner: Client) -> None:
    asked = {"name": "Nhà trống", "width_m": "30", "depth_m": "30", "gates": "1"}
    assert owner.post(f"{HALLS}/blank", data=asked).status_code == 303
    assert "Nhà trống" not in owner.get("/fairs/test-fair/plan").text
    assert "Nhà trống" in owner.get(HALLS).text


def test_two_halls_of_one_name_keep_their_booths_apart(app: Flask, owner: Client, market: Market, hall_id: int) -> None:
    with app.app_context():
        name = db.session.get_one(Hall, hall_id).name
    page = owner.post(f"{HALLS}/blank", data={"name": name, "width_m": "30", "depth_m": "30", "gates": "0"}).location
    other = f"{API}/{page.split('/')[-2]}/draft"
    draft = owner.get(other).json
    draft["document"]["booths"] = [booth("W01", 0, 0, zone="W"), booth("A05", 900, 0)]
    told = save(owner, other, draft).json
    assert [one["sentence"] for one in told["faults"]] == ["Gian A05 nằm ở nhà khác."]
    told["document"]["booths"].pop()
    assert publish(owner, other, save(owner, other, told).json).status_code == 200
    with app.app_context():
        assert market.booths(["W01"])["W01"].hall_id == int(other.split("/")[-2])


def test_money_that_comes_late_gets_no_booth_that_was_drawn_anew(
    app: Flask, owner: Client, market: Market, address: str
) -> None:
    with app.app_context():
        order = market.order(market.hold("A05"), "transfer")
        order_id, due = order.id, order.due_at
        later(minutes=(due - clock.now()).total_seconds() / 60 + 1)
        end_unpaid()
    draft = owner.get(address).json
    draft["document"].update(width_cm=9900, depth_cm=9900)
    entry(draft, "A05").update(x_cm=6000, y_cm=6000, width_cm=1500, depth_cm=1500)
    assert publish(owner, address, save(owner, address, draft).json).status_code == 200
    with app.app_context(), transaction():
        order = db.session.get_one(Order, order_id)
        assert confirm_booths(SYSTEM, order, order.lines, clock.now()) is False
        assert market.booths(["A05"])["A05"].state == BoothState.FREE


def test_the_editor_moves_numbers_merges_and_splits_as_it_says() -> None:
    script = Path(__file__).parent / "drawing.mjs"
    done = subprocess.run([node(), str(script)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
