"""Whatever is typed into any field or address, the answer is ours: a page or a refusal, never a fault (500).

Fields are found by watching what each view looks up in the form and the query, so a new one is tried by itself.
"""

import io
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from flask import Flask, Request, has_request_context, request
from PIL import Image
from sqlalchemy import select
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import AnyConverter, Rule

from app import clock
from app.access import OPEN_ENDPOINTS, ROLE_PERMISSIONS, Role, declared_access
from app.allocation.applying import Asked, keep_wishes
from app.allocation.placing import offer_booths
from app.allocation.points_record import correct_points
from app.allocation.selecting import add_selection
from app.audit import SYSTEM
from app.booths import cancelling_fees, plan_pictures
from app.booths.extras import keep_extra
from app.booths.models import Hold
from app.booths.price_lists import add_price_list
from app.db import db, transaction
from app.directory.catalogue import ask_catalogue
from app.directory.editing import Thing, add_item
from app.directory.models import ItemKind
from app.directory.pictures import keep_picture, prepared
from app.fairs.models import Fair, Hall
from app.money import Money
from app.passes.handing import give_pass
from app.payments.funder_money import note_funder_payment
from app.payments.support_papers import support_papers_of
from app.tasks.answering import Said, answer_task
from app.tasks.keeping import keep_task
from app.visitors.alarm import raise_alarm
from app.visitors.badge_sheet import badge_link
from app.visitors.corrections import Why, record_missed_entry
from app.visitors.gate_devices import link_of, make_device
from app.visitors.models import Badge
from app.visitors.programme_link import programme_link
from app.visitors.sessions import Asked as AskedSession
from app.visitors.sessions import make_session, publish_session
from app.visitors.signing_up import sign_up
from tests.allocation.selection_stage import SETTINGS
from tests.booths.guests_stage import ask, let
from tests.directory.stage import photograph
from tests.support.cast import Cast, let_booth
from tests.support.currencies import opened
from tests.support.groups import group
from tests.support.groups import step as by_quantity
from tests.support.market import Market, desk, market, spring
from tests.support.subsidy import funder, granted
from tests.support.subsidy import order as supported_order
from tests.support.terms import arrive, code, fees
from tests.tasks.stage import GIVEN
from tests.visitors.stage import SECRET, new_badge

__all__ = ["desk", "market", "spring"]

IN_ONE_FIELD = {  # while the others hold what is reasonable: meets the verb behind the form
    "more digits than Python reads": "9" * 5000,
    "a digit that is none": "²",
    "two thousand words": "ab " * 2000,
    "half an address, in letters that unfold": "//[" + "ﷺ" * 117,
}
BEYOND_A_ROW = {  # what no column for a row's number takes
    "sqlite": {"a giant number": "9" * 30},
    "postgresql": {"one more than a row can have": "2147483648"},
}
DAYS = {"before the first day": "0001-01-01", "the last day": "9999-12-31"}
OF_A_GUEST = ("fairs.decide_on_guest", "fairs.withdraw_guest_for")  # their exhibitor is one on another's booth
FIELDS_OF_DAYS = ("_on", "day", "after", "before")
IN_ALL_FIELDS = {  # at once: meets what reads the fields
    "no number that raises": "sNaN",
    "more digits than a float holds": "9" * 400,
    "NUL": b"a\0b",
    "half a character": b"\xed\xa0\x80",
}
TYPED = {
    "address": "Phố Thử", "agreed": "y", "amount": "1000", "answer": "confirm", "badge": "", "base_revision": "1",
    "booths": "A05", "booths_held_at_most": "10", "buyer_country": "JP", "buyer_name": "Haruka",
    "category": "ceramics", "city": "Huế", "closes": "18:00", "closes_at_time": "18:00", "columns": "5",
    "co_exhibitors_per_9_m2": "2",
    "corner_surcharge": "10", "country": "VN", "currency": "VND", "current": "wrong", "decision": "refuse",
    "depth_m": "3", "email": "new@example.org",
    "ends_on": "2019-12-15",
    "entry_rule": "free_reentry", "gates": "2", "hold_minutes": "20", "identified_by": "passport", "kind": "order",
    "locale": "vi", "name": "Ola", "number": "FT1", "opens": "08:30", "opens_at_time": "08:30",
    "organiser": "Trung tâm", "password": "nón lá làng Chuông", "pay_by": "transfer", "person_name": "Ola",
    "paper": "A4", "view": "zone",
    "phone": "0241234567", "price_per_m2": "1000", "products": "gốm", "reason": "Chưa rõ hàng",
    "province": "01", "rehold_minutes": "10",
    "representative": "Ola", "revision": "1", "rows": "2", "side": "buyer", "signed_on": "2019-10-01",
    "slug": "lang-nghe", "spoken_by": "Haruka", "starts_on": "2019-12-12", "subject": "bình", "tax_code": "0101234567",
    "theme": "light", "time_zone": "Asia/Ho_Chi_Minh", "transfer_due_days": "3", "value": "1000", "vat_percent": "10",
    "venue": "Nhà", "width_m": "3", "organiser-name": "Trung tâm", "staff-email": "gia@example.org",
    "staff-role": "gate", "program-label": "Cửa", "program-role": "gate", "price": "1000", "stock": "10",
    "order_until": "2019-10-30", "unit": "kW", "prices-name": "Sớm", "prices-from_on": "2019-10-07",
    "prices-to_on": "2019-10-30", "prices-off_percent": "10", "extra-1": "1", "exhibitor": "1", "asks": "text",
    "seen_last": "",
    "title": "Tên biển", "due_on": "2019-11-01", "longest": "24", "booth_kinds": "row", "options": "Có\nKhông",
    "days_before": "7, 1", "answers": "1.1", "confirmed": "yes", "to": "up",
    "task": "1", "state": "sent", "wish": "A10", "do": "send", "least_m2": "9", "budget": "1000", "note": "Gần cửa",
    "numbers": "A10", "offers": "1.1.A10", "show": "decide", "workflow": "apply", "offer_hours": "48",
    "request_days": "5", "similar": "y", "may_wait": "y", "hold": "none", "why": "Đổi chỗ", "zone": "A",
    "money": "paid", "seen": "1", "other": "1",
    "schedule-deposit_percent": "30", "schedule-balance_on": "2019-11-12",
    "schedule-balance_days_before": "", "step-until_on": "2019-11-01", "step-fee_percent": "60", "code": "TET",
    "off_percent": "10", "off_amount": "", "from_on": "2019-10-07", "to_on": "2019-10-30", "most": "5",
    "fee_minor": "1584000", "back": "paid",
    "language": "vi", "arranged": "hall", "about": "Gốm", "website": "gom-chi.vn",
    "seeks": "agents", "contact_email": "ema@example.org", "contact_phone": "0241234567", "price_from": "1000",
    "price_to": "2000", "key": "k2", "hall": "A", "q": "gom",
    "per_9_m2": "2", "extra": "1", "company": "1",
    "decision_number": "123/QĐ", "decision_on": "2019-03-01", "rate_percent": "50", "per_booth": "1000",
    "per_exhibitor": "1000", "support_minor": "1",
    "offered_to": "foreign", "bank_name": "VCB", "bank_account": "007", "rate-per_m2": "100", "net_minor": "1",
    "booths-A05": "900", "extras-1": "5", "pick": "A05", "booth": "A05",
    "per_m2": "", "zone_id": "", "most_booths": "5", "most_m2": "",
    "back-booths": "A10", "back-until_on": "2019-10-30", "quantity-from_booths": "3", "quantity-off_percent": "5",
    "price_minor": "1",
    "fair": "12000", "hall-A": "500",
    "one": "0.1", "left": "1", "top": "1", "layer": "0", "numbered": "yes",
    "edition": "5", "on_time": "3", "late": "0", "released": "0", "points": "5", "basis": "points", "bands": "40, 20",
    "days": "21.10.2019", "from_time": "09:00", "to_time": "17:00", "slot_minutes": "30", "per_slot": "5",
    "general_on": "2019-10-28", "general_time": "09:00", "seed_source": "Xổ số", "draw_on": "2019-10-14",
    "entered_on": "2019-12-13", "entered_time": "09:30",
    "draw_time": "18:30", "seed": "62785", "accepts": "lost-phone", "arrived": "2019-12-12T11:00:00Z",
    "until": "2019-12-12T11:00:00Z",
    "unpaid_at_gate": "desk", "at_gates": "C1", "in_halls": "A", "asks_for": "phone",
    "from_0": "09:00", "to_0": "12:00",
    "gate": "C1", "sees_names": "y", "attempt": "this phone",
    "day": "2019-12-12", "room": "Phòng B", "seats": "20", "door": "open", "held_minutes": "10", "categories": "trade",
    "group": "came",
}  # fmt: skip


class Listening(ImmutableMultiDict[str, str]):
    """A form or a query that notes what its view looks up."""

    asked: dict[str, set[str]] = defaultdict(set)

    def _note(self, name: Any) -> None:
        if isinstance(name, str) and has_request_context() and request.endpoint:
            self.asked[request.endpoint].add(name)

    def get(self, key: Any, *more: Any, **options: Any) -> Any:
        self._note(key)
        return super().get(key, *more, **options)

    def getlist(self, key: Any, *more: Any) -> Any:
        self._note(key)
        return super().getlist(key, *more)

    def __getitem__(self, key: Any) -> Any:
        self._note(key)
        return super().__getitem__(key)

    def __contains__(self, key: Any) -> bool:
        self._note(key)
        return super().__contains__(key)


class ListeningRequest(Request):
    parameter_storage_class = Listening  # type: ignore[assignment]


def sold_with_booths(fair: Any) -> tuple[int, int]:
    """An extra and a price list; their ids."""
    with transaction():
        words = dict.fromkeys(("name_en", "unit", "unit_en", "about", "about_en"), "") | {"name": "Điện"}
        extra = keep_extra(SYSTEM, fair, words | {"price_minor": 1, "stock": 5, "order_until": None}, clock.now())
        days = {"from_on": date(2019, 10, 1), "to_on": date(2019, 10, 2), "off_bp": 1000, "per_m2_minor": None}
        prices = add_price_list(SYSTEM, fair, {"name": "Sớm", "name_en": ""} | days, clock.now())
    return extra.id, prices.id


def asked_and_answered(cast: Cast) -> tuple[int, int]:
    """A task, and Ema's answer to it; their ids."""
    let_booth(cast.exhibitor, "A20")
    with transaction():
        fair = db.session.get_one(Fair, cast.fair.id)
        task = keep_task(SYSTEM, fair, GIVEN, clock.now())
        said = Said(text="GỐM CHI")
        answer = answer_task(SYSTEM, fair, cast.exhibitor.id, task.id, 0, "text", said, clock.now())
    return task.id, answer.id


def applied_and_offered(cast: Cast) -> tuple[int, int]:
    """An application of Ema's, and what it is offered; their ids."""
    with transaction():
        fair, now = db.session.get_one(Fair, cast.fair.id), clock.now()
        sent = keep_wishes(SYSTEM, fair, cast.exhibitor.id, Asked(wishes=[["A08"]], may_wait=False), 0, now)
        offer = offer_booths(SYSTEM, fair, sent.id, ["A08"], sent.revision, now)
    return sent.id, offer.id


def shown(cast: Cast) -> tuple[int, str, int]:
    """A product of Ema's with its photograph, and a catalogue that waits; ids, and the photograph's digest."""
    with transaction():
        fair, now = db.session.get_one(Fair, cast.fair.id), clock.now()
        picture = keep_picture(fair.id, cast.exhibitor.id, prepared(photograph()), now)
        thing = Thing(name="Ấm", category="ceramics", picture_id=picture.id)
        item = add_item(SYSTEM, fair, cast.exhibitor.id, ItemKind.PRODUCT, "k1", thing, now)
        catalogue = ask_catalogue(SYSTEM, fair, "vi", "hall", now)
    return item.id, picture.sha256, catalogue.id


def set_up(cast: Cast) -> tuple[int, int]:
    """A draft of windows, and a correction of Ema's points: the draw's number, the correction's id."""
    with transaction():
        fair, now = db.session.get_one(Fair, cast.fair.id), clock.now()
        made = add_selection(SYSTEM, fair, SETTINGS, now)
        return made.number, correct_points(SYSTEM, fair, cast.exhibitor.id, 4, "Tài trợ", now).id


def given(cast: Cast) -> int:
    """A pass of Ema's staff; its registration's id."""
    with transaction():
        fair, whose = db.session.get_one(Fair, cast.fair.id), cast.exhibitor.id
        return give_pass(SYSTEM, fair, whose, "Lan", "", whose, SECRET, clock.now()).registration.id


def drawn_over(cast: Cast) -> str:
    """A picture under the cast's hall; its key."""
    out = io.BytesIO()
    Image.new("RGB", (20, 10), "white").save(out, "PNG")
    with transaction():
        fair, hall = db.session.get_one(Fair, cast.fair.id), db.session.get_one(Hall, cast.hall.id)
        return plan_pictures.keep_picture(SYSTEM, fair, hall, plan_pictures.prepared(out.getvalue()), clock.now()).key


def waiting_device(cast: Cast) -> tuple[int, str]:
    """A device that waits for its phone: its id, the word in its link."""
    with transaction():
        fair = db.session.get_one(Fair, cast.fair.id)
        made = make_device(SYSTEM, fair, {"name": "Máy 3", "gate": "C1"}, SECRET, clock.now())
        return made.id, link_of(made, SECRET)


def supported(market: Market) -> tuple[int, int, int, int]:
    """Ema's supported order, paid by both: ids of the funder, its programme, the grant, and the invoice."""
    one = granted(market)
    order = supported_order(market, "A15")
    arrive(order, order.total_minor, "FTA15")
    payer = funder(market).id
    with transaction():
        note_funder_payment(SYSTEM, market.fair, payer, "KB1", Money(5, "VND"), clock.now())
    return payer, one.programme_id, one.id, support_papers_of(order)[0].id


def alarmed(cast: Cast) -> int:
    """A fire alarm; its id."""
    with transaction():
        return raise_alarm(SYSTEM, db.session.get_one(Fair, cast.fair.id), clock.now())[0].id


def corrected_at_gate(cast: Cast, badge_id: int) -> str:
    """A missed entry that was recorded: the id of its scan, and of the correction."""
    with transaction():
        fair, key = db.session.get_one(Fair, cast.fair.id), "00000000-0000-4000-8000-000000000001"
        noon = datetime.combine(fair.starts_on, time(5), UTC)
        return record_missed_entry(fair, key, badge_id, "C1", noon, Why("let_in"), SYSTEM, noon).correction.id


def in_the_programme(cast: Cast, badge: Badge) -> str:
    """A published session for which the badge is signed up; its code."""
    with transaction():
        fair, now = db.session.get_one(Fair, cast.fair.id), clock.now()
        begins = datetime.combine(fair.starts_on, time(5), UTC)
        asked = AskedSession("Tọa đàm", begins, begins + timedelta(hours=1), room="B", seats=9)
        code = make_session(SYSTEM, fair, asked, now).code
        publish_session(SYSTEM, fair, code, now)
        sign_up(SYSTEM, fair, code, badge, now)
        return code


class Stage:
    """The cast's fair in spring, with one of each thing that an address can name."""

    def __init__(self, app: Flask, market: Market, client: Any) -> None:
        self.app, self.cast, self.client = app, market.cast, client
        client.sign_in(self.cast.ola)
        fair = "/fairs/test-fair"
        transfer = {"number": "FT0", "amount": "5", "reference": ""}
        assert client.post(f"{fair}/organise/money/transfers", data=transfer).status_code == 303
        deal = TYPED | {"exhibitor": self.cast.exhibitor.id, "buyer": self.cast.buyer.id}
        assert client.post(f"{fair}/deals/record", data=deal).status_code == 302
        table = {"file": (io.BytesIO(b"number,hall,x,y,width,depth\nX1,Hall,0,0,3,oops"), "plan.csv")}
        sent = client.post(f"{fair}/organise/halls/imports", data=table)
        outlines = b'<svg xmlns="http://www.w3.org/2000/svg"><rect id="X2" width="30" height="30"/></svg>'
        drawn = client.post(f"{fair}/organise/halls/imports", data={"file": (io.BytesIO(outlines), "plan.svg")})
        badge = new_badge(app, "huong@example.org")
        with app.app_context():
            let(self.cast, "A19")
            self.guest_id = ask(self.cast).id
        with app.test_request_context():
            hold = market.hold("A06").id
            order = market.order(db.session.get_one(Hold, hold), "transfer").reference
            extra, prices = sold_with_booths(market.fair)
            task, answer = asked_and_answered(market.cast)
            application, offer = applied_and_offered(market.cast)
            fees(market)
            step, discount = cancelling_fees.steps_of(market.cast.fair.id)[0].id, code(market).id
            item, digest, catalogue = shown(market.cast)
            passed = given(market.cast)
            draw, correction = set_up(market.cast)
            payer, programme, grant, paper = supported(market)
            opened(market)
            joined, quantity = group(market, name="Nhóm").id, by_quantity(market, 5).id
            picture = drawn_over(market.cast)
            device, device_link = waiting_device(market.cast)
            alarm = alarmed(market.cast)
            read = corrected_at_gate(market.cast, badge.id)
            missed = read
            held = db.session.scalars(select(Badge).where(Badge.id == badge.id)).one()
            link, own = badge_link(held), programme_link(held)
            session = in_the_programme(market.cast, held)
        self.things: dict[str, Any] = {
            "day": "2019-12-12",
            "slug": "test-fair", "number": "A05", "numbers": "A05", "exhibitor_id": self.cast.exhibitor.id,
            "badge_id": badge.id, "payment_id": 1, "refund_id": 1, "membership_id": 1, "token_id": 1, "mail_id": 1,
            "deal_id": 1, "document_id": 1, "attached_id": 1, "hold_id": hold, "reference": order, "signed": link,
            "hall_id": self.cast.hall.id, "import_id": sent.location.rsplit("/", 1)[1],
            "drawing_id": drawn.location.rsplit("/", 1)[1],
            "figure_id": "visits", "version": 1, "token": "nothing", "position": 0, "session_id": "cs_1",
            "object_id": "pi_1", "extra_id": extra, "price_list_id": prices, "task_id": task,
            "answer_id": answer, "application_id": application, "offer_id": offer, "step_id": step,
            "revision": 1, "guest_id": self.guest_id, "code_id": discount, "item_id": item,
            "digest": digest, "catalogue_id": catalogue, "what": "about", "part": "about", "registration_id": passed,
            "funder_id": payer, "programme_id": programme, "grant_id": grant, "paper_id": paper,
            "currency": "USD",
            "group_id": joined, "quantity_id": quantity,
            "picture_key": picture,
            "draw_number": draw, "correction_id": correction, "scan_id": read, "undone_id": missed,
            "gate_code": "C1", "category_code": "trade",
            "device_id": device, "link": device_link,
            "alarm_id": alarm,
            "session_code": session, "own": own,
        }  # fmt: skip

    def address(self, rule: Rule) -> str:
        """A rule's address with things that are there."""
        things = self.things | {"number": "GD-0001" if rule.endpoint.startswith("deal") else "A05"}
        if rule.endpoint == "fairs.place_plan":
            things["import_id"] = things["drawing_id"]
        if rule.endpoint in OF_A_GUEST:
            things["exhibitor_id"] = things["guest_id"]
        values = {}
        for name in rule.arguments:
            converter = rule._converters[name]
            values[name] = sorted(converter.items)[0] if isinstance(converter, AnyConverter) else things[name]
        built = rule.build(values, append_unknown=False)
        assert built is not None, rule.rule
        return built[1]

    def send(self, rule: Rule, method: str, typed: dict[str, Any]) -> int:
        """The answer's status when `typed` stands in the query, and in the form where there is one."""
        query = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in typed.items())
        form = {"data": query, "content_type": "application/x-www-form-urlencoded"} if method == "POST" else {}
        answer = self.client.open(self.address(rule), method=method, query_string=query, **form)
        answer.close()
        return int(answer.status_code)

    def fields(self, rule: Rule, method: str) -> list[str]:
        """What the view looks up, once with nothing and once with all of that as somebody reasonable would type it."""
        asked = Listening.asked[rule.endpoint]
        asked.clear()
        self.send(rule, method, {"csrf_token": ""})  # an empty form would be read by none
        self.send(rule, method, {name: TYPED[name] for name in asked if name in TYPED})
        return sorted(asked - {"lang", "csrf_token"})

    def faults(self, rule: Rule, method: str, in_one_field: dict[str, str]) -> Iterator[str]:
        """Which hostile values make a fault, and where."""
        fields = self.fields(rule, method)
        for what, value in IN_ALL_FIELDS.items() if fields else ():
            if self.send(rule, method, dict.fromkeys(fields, value)) >= 500:
                yield f"{method} {rule.rule}, all fields: {what}"
        reasonable = {name: TYPED[name] for name in fields if name in TYPED}
        for name in fields:
            for what, value in (in_one_field | (DAYS if name.endswith(FIELDS_OF_DAYS) else {})).items():
                if self.send(rule, method, reasonable | {name: value}) >= 500:
                    yield f"{method} {rule.rule}, {name}: {what}"


@pytest.fixture
def stage(app: Flask, client, market: Market, password_hash: str, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr("app.accounts.passwords._nobodys_hash", lambda: password_hash)  # quickly checked
    monkeypatch.setattr(app, "request_class", ListeningRequest)
    return Stage(app, market, client)


def test_no_field_makes_a_fault(stage: Stage, database: str) -> None:
    in_one_field = IN_ONE_FIELD | BEYOND_A_ROW[database]
    faults = []
    for rule, method in views(stage.app):
        for person in people_of(stage, rule, method):
            stage.client.sign_in(person)
            faults += stage.faults(rule, method, in_one_field)
    assert faults == []
    assert len(Listening.asked["deal_records.record"]) > 15, "the fields are no longer heard of"


def test_no_field_of_the_set_up_makes_a_fault(app: Flask, client, database: str, monkeypatch) -> None:
    monkeypatch.setattr(app, "request_class", ListeningRequest)
    monkeypatch.setattr("app.front.setup_views.begin_fair", begun_and_taken_back)
    monkeypatch.setattr("app.accounts.people.hash_password", lambda _password: "quickly")
    [rule] = [rule for rule in app.url_map.iter_rules() if rule.rule == "/set-up"]
    stage = Stage.__new__(Stage)
    stage.app, stage.client, stage.things = app, client, {}
    in_one_field = IN_ONE_FIELD | BEYOND_A_ROW[database]
    assert list(stage.faults(rule, "POST", in_one_field)) == []
    assert "vat_percent" in Listening.asked["fairs.set_up"]


def begun_and_taken_back(*arguments: Any) -> Any:
    """The first fair, written as far as the database, and then not: the next value finds nobody again."""
    from app.front.beginning import AlreadyBegun, begin_fair

    begin_fair(*arguments)
    db.session.flush()
    raise AlreadyBegun()


@pytest.mark.parametrize("thing", ["9" * 30, "2147483648", "²", "ﷺ" * 60, "..", "%", "a" * 3000, "A05,A05"])
def test_no_thing_in_an_address_makes_a_fault(stage: Stage, thing: str) -> None:
    faults = []
    for rule, method in views(stage.app):
        if rule.arguments - {"slug"}:
            address = stage.address(rule)
            for name in (rule.arguments & stage.things.keys()) - {"slug"}:
                known = "GD-0001" if name == "number" and rule.endpoint.startswith("deal") else stage.things[name]
                known = stage.things["guest_id"] if name == "exhibitor_id" and rule.endpoint in OF_A_GUEST else known
                answer = stage.client.open(address.replace(f"/{known}", f"/{quote(thing)}", 1), method=method)
                answer.close()
                faults += [f"{method} {rule.rule}, {name}"] if answer.status_code >= 500 else []
    assert faults == []


HOSTS = ["..", "[", "[::1", "a:b:c", "127.0.0.1:x", "127.0.0.1:99999999", "%", "x" * 300, "\x80", "evil.example", ""]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", ["/", "/mail/", "/sign-in", "/fairs/test-fair/plan", "/api/v1/fairs/test-fair/booths"])
def test_no_name_of_a_host_makes_a_fault(client, cast, path: str, host: str) -> None:
    answer = client.get(path, environ_overrides={"HTTP_HOST": host})
    assert answer.status_code < 500


def views(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every page, and every form that it sends; live streams do not end."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.endpoint in OPEN_ENDPOINTS or rule.endpoint == "live.stream" or rule.rule == "/set-up":
            continue
        for method in ("GET", "POST"):
            if method in (rule.methods or ()) and not (method == "POST" and rule.rule.startswith("/api/")):
                yield rule, method


def people_of(stage: Stage, rule: Rule, method: str) -> list[Any]:
    """The organiser; the exhibitor where the organiser may not, and where she sends the same form for herself."""
    with stage.app.app_context():
        access = declared_access(rule.endpoint, method)
    if not isinstance(access, tuple):
        return [stage.cast.ola]
    owners = bool(set(access) & ROLE_PERMISSIONS[Role.OWNER])
    hers = bool(set(access) & ROLE_PERMISSIONS[Role.EXHIBITOR]) and (method == "POST" or not owners)
    return [stage.cast.ola] * owners + [stage.cast.ema] * hers
