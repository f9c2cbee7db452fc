"""The demonstration that is made: its rows say the same thing wherever they are looked at."""

import stat
from collections import Counter
from collections.abc import Callable
from datetime import date
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import badge_token, clock
from app.accounts.models import Person
from app.booths.models import Allocation, Booth
from app.booths.pricing import list_price_minor
from app.clock import fair_day, fair_days
from app.db import db
from app.deals.confirmation import settle
from app.deals.models import Deal, DealConfirmation, DealDocument, DealRevision, DealState, DealVerification
from app.deals.terms import checked, terms_from_json, terms_of
from app.demo.accounts import FILE, BeyondLoopback, sign_ins
from app.demo.create import DemoExists, create_demo
from app.demo.edition import SMALL
from app.demo.floor import HALLS, plan_halls
from app.documents import store
from app.fairs.lookup import fair_by_slug
from app.fairs.models import Exhibitor, Fair, Membership
from app.fairs.provinces import PROVINCES_34, PROVINCES_63, provinces_on
from app.payments.invoices import paper_content
from app.payments.models import Invoice, Order, Payment
from app.search import like
from app.visitors.models import Badge, BadgeKey, Registration, Scan, Visit, VisitorCategory

ENTRIES = ("admitted", "admitted_again", "admitted_staff", "admitted_forced")


def fair_of(slug: str = "hanoi-2019") -> Fair:
    return fair_by_slug(slug)


def all_of(model: Any, fair: Fair) -> list[Any]:
    return list(db.session.scalars(select(model).where(model.fair_id == fair.id)))


def test_visits_are_what_the_counting_rule_gives_from_the_scans(small_demo: Flask) -> None:
    with small_demo.app_context():
        for slug in ("hanoi-2019", "hanoi-today"):
            fair = fair_of(slug)
            badges = {badge.id: badge for badge in all_of(Badge, fair)}
            counts = {category.id: category.counts for category in all_of(VisitorCategory, fair)}
            first: dict[tuple[int, date], Scan] = {}
            for scan in sorted(all_of(Scan, fair), key=lambda scan: scan.counted_at):
                assert scan.day == fair_day(fair, scan.counted_at)
                if scan.direction == "in" and scan.verdict in ENTRIES and counts[badges[scan.badge_id].category_id]:
                    first.setdefault((badges[scan.badge_id].registration_id, scan.day), scan)
            visits = {(visit.registration_id, visit.day): visit for visit in all_of(Visit, fair)}
            assert visits.keys() == first.keys()
            assert all(visits[key].scan_id == scan.id and scan.counts == "visit" for key, scan in first.items())
        assert len(all_of(Visit, fair_of("hanoi-2019"))) == SMALL.visits


def test_nothing_of_today_lies_in_the_future(small_demo: Flask) -> None:
    with small_demo.app_context():
        fair = fair_of("hanoi-today")
        assert fair_days(fair)[1] == fair_day(fair, clock.now())
        assert max(scan.counted_at for scan in all_of(Scan, fair)) <= clock.now()
        assert max(scan.received_at for scan in all_of(Scan, fair)) <= clock.now()
        assert {visit.day for visit in all_of(Visit, fair)} == set(fair_days(fair)[:2])
        assert max(deal.recorded_at for deal in all_of(Deal, fair)) <= clock.now()


def test_badges_are_signed_with_the_fairs_key_and_numbers_hold(small_demo: Flask) -> None:
    with small_demo.app_context():
        for slug in ("hanoi-2019", "hanoi-today"):
            fair = fair_of(slug)
            key = db.session.scalars(select(BadgeKey).where(BadgeKey.fair_id == fair.id)).one()
            badges = all_of(Badge, fair)
            for badge in badges:
                token = badge_token.decode(badge.token)
                assert badge_token.is_genuine(token, key.public_key)
                assert (token.payload.fair, token.payload.code_id.hex()) == (fair.number, badge.code_id)
                assert badge_token.is_number(badge.number)
            assert len(badges) == SMALL.visitors + SMALL.staff + SMALL.reissued


def test_every_let_booth_has_one_letting_and_a_paid_order(small_demo: Flask) -> None:
    with small_demo.app_context():
        for slug in ("hanoi-2019", "hanoi-today"):
            fair = fair_of(slug)
            lettings = {letting.booth_id: letting for letting in all_of(Allocation, fair)}
            let = {booth.id: booth for booth in all_of(Booth, fair) if booth.state == "let"}
            assert lettings.keys() == let.keys()
            assert all(letting.exhibitor_id == let[booth_id].exhibitor_id for booth_id, letting in lettings.items())
            orders = {order.id: order for order in all_of(Order, fair)}
            for letting in lettings.values():
                assert letting.free_of_charge == (letting.order_id is None)
            for order in orders.values():
                booths = [let[line.booth_id] for line in order.lines]
                assert order.net_minor == sum(booth.price_minor for booth in booths)
                assert order.net_minor + order.vat_minor == order.total_minor
                assert order.pay_by == "transfer" or order.total_minor < 100_000_000
            paid = Counter({payment.order_id: payment.amount_minor for payment in all_of(Payment, fair)})
            assert paid == {order.id: order.total_minor for order in orders.values()}


def test_prices_are_those_that_the_price_list_gives(small_demo: Flask) -> None:
    with small_demo.app_context():
        fair = fair_of("hanoi-next")
        for booth in all_of(Booth, fair):
            if booth.kind != "show":
                assert booth.price_minor == list_price_minor(fair, booth.area_cm2, booth.open_sides)


def test_papers_say_what_the_product_would_have_printed(small_demo: Flask) -> None:
    with small_demo.app_context():
        fair = fair_of()
        papers = sorted(all_of(Invoice, fair), key=lambda paper: (paper.kind, paper.serial))
        assert {paper.kind for paper in papers} == {"invoice", "contract"}
        for kind in ("invoice", "contract"):
            mine = [paper for paper in papers if paper.kind == kind]
            assert [paper.serial for paper in mine] == list(range(1, len(mine) + 1))
            assert [paper.issued_at for paper in mine] == sorted(paper.issued_at for paper in mine)
        order = db.session.get_one(Order, papers[0].order_id)
        assert papers[0].content == paper_content(fair, order, papers[0].issued_at)


def test_each_deals_state_follows_from_its_answers(small_demo: Flask) -> None:
    with small_demo.app_context():
        fair = fair_of()
        states: Counter[str] = Counter()
        for deal in all_of(Deal, fair):
            states[deal.state] += 1
            revisions = db.session.scalars(select(DealRevision).where(DealRevision.deal_id == deal.id)).all()
            assert sorted(r.revision for r in revisions) == list(range(1, deal.revision + 1))
            last = next(r for r in revisions if r.revision == deal.revision)
            assert terms_from_json(last.terms) == terms_of(deal)
            checked(terms_of(deal), fair.ends_on)
            if deal.state != DealState.CANCELLED:
                said, at = deal.state, deal.confirmed_at
                settle(deal, clock.now())
                assert (deal.state, deal.confirmed_at) == (said, at), deal.number
        assert states == SMALL.deals
        db.session.rollback()


def test_answers_to_a_changed_revision_are_void(small_demo: Flask) -> None:
    with small_demo.app_context():
        fair = fair_of()
        revisions = {deal.id: deal.revision for deal in all_of(Deal, fair)}
        for answer in all_of(DealConfirmation, fair):
            assert (answer.voided_at is not None) == (answer.revision < revisions[answer.deal_id])


def test_the_document_behind_a_verification_can_be_read(small_demo: Flask) -> None:
    with small_demo.app_context():
        seal = all_of(DealVerification, fair_of())[0]
        attached = db.session.get_one(DealDocument, seal.deal_document_id)
        assert store.read(db.session.get_one(store.Document, attached.document_id)).startswith(b"%PDF")


def test_provinces_are_those_of_the_fairs_dates(small_demo: Flask) -> None:
    with small_demo.app_context():
        for slug, size in (("hanoi-2019", 63), ("hanoi-today", 34)):
            fair = fair_of(slug)
            known = {province.code for province in provinces_on(fair.starts_on)}
            assert len(known) == size
            assert {one.province for one in all_of(Exhibitor, fair) if one.province} <= known


def test_names_are_found_with_and_without_accents(small_demo: Flask) -> None:
    with small_demo.app_context():
        fair = fair_of()
        names = select(Exhibitor.name).where(Exhibitor.fair_id == fair.id)
        for typed in ("Gốm Thuỳ Hương", "gom thuy huong", "GỐM THUỲ HƯƠNG"):
            found = db.session.scalars(names.where(Exhibitor.folded.like(like(typed), escape="\\"))).all()
            assert found == ["Công ty TNHH Gốm Thuỳ Hương"]


def test_the_coming_edition_is_empty_and_published(small_demo: Flask) -> None:
    with small_demo.app_context():
        fair = fair_of("hanoi-next")
        assert fair.published_at is not None
        assert fair.starts_on > fair_day(fair, clock.now())
        assert {booth.state for booth in all_of(Booth, fair)} <= {"free", "not_let", "show"}
        assert all_of(Allocation, fair) == []
        assert all_of(Registration, fair) == []


def test_every_address_is_one_that_cannot_exist(small_demo: Flask) -> None:
    with small_demo.app_context():
        for model in (Person, Registration, Exhibitor):
            for email in db.session.scalars(select(model.email)):
                assert email.rpartition("@")[2].removeprefix("www.").split(".")[-2] == "example", email


def test_sign_ins_are_random_and_kept_for_their_owner_alone(small_demo: Flask) -> None:
    with small_demo.app_context():
        path = Path(small_demo.config["FAIR_DATA_DIR"]) / FILE
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        given = sign_ins()
        assert {account.role for account, _ in given} == {
            "owner", "sales", "finance", "gate", "deals", "exhibitor", "buyer",
        }  # fmt: skip
        assert len({password for _, password in given}) == len(given)
        roles = Counter(db.session.scalars(select(Membership.role)))
        assert roles == dict.fromkeys(("owner", "sales", "finance", "gate", "deals"), 3)


def test_it_is_made_once(small_demo: Flask) -> None:
    with small_demo.app_context():
        before = sign_ins()
        with pytest.raises(DemoExists):
            create_demo(clock.now(), lambda share: None, full=SMALL, today=SMALL)
        assert sign_ins() == before
        assert db.session.scalar(select(func.count()).select_from(Fair)) == 3


def test_it_is_refused_where_others_can_reach_it(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "FAIR_ON_LOOPBACK", False)
    with app.app_context(), pytest.raises(BeyondLoopback):
        create_demo(clock.now(), lambda share: None, full=SMALL, today=SMALL)


def test_new_rows_get_ids_of_their_own_afterwards(small_demo: Flask) -> None:
    with small_demo.app_context():
        db.session.add(Person(email="new@example.com", name="New", created_at=clock.now()))
        db.session.commit()


@pytest.mark.parametrize("made", [lambda: plan_halls(Random(2019), HALLS, 34)])
def test_no_booth_stands_on_another_and_aisles_are_three_metres_wide(made: Callable[[], Any]) -> None:
    for hall in made():
        for one in hall.booths:
            assert one.x_cm >= 0
            assert one.x_cm + one.width_cm <= hall.width_cm
            assert one.y_cm + one.depth_cm <= hall.depth_cm
        for one, other in combinations(hall.booths, 2):
            apart_x = max(other.x_cm - (one.x_cm + one.width_cm), one.x_cm - (other.x_cm + other.width_cm))
            apart_y = max(other.y_cm - (one.y_cm + one.depth_cm), one.y_cm - (other.y_cm + other.depth_cm))
            assert max(apart_x, apart_y) >= 0, (one.number, other.number)
            if one.zone != other.zone and max(apart_x, apart_y) > 0 and min(apart_x, apart_y) < 0:
                assert max(apart_x, apart_y) >= 300 or "pavilion" == one.kind == other.kind, (one.number, other.number)


def test_the_mergers_map_sixty_three_provinces_to_thirty_four() -> None:
    assert (len(PROVINCES_63), len(PROVINCES_34)) == (63, 34)
    assert {province.successor for province in PROVINCES_63} == {province.code for province in PROVINCES_34}
    assert provinces_on(date(2025, 6, 30)) is PROVINCES_63
    assert provinces_on(date(2025, 7, 1)) is PROVINCES_34
