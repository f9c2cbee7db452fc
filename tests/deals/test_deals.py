"""Recording, amending and cancelling: works, refused, repeated, raced."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.audit import AuditEntry
from app.db import db, retrying
from app.deals.deals import record_deal
from app.deals.errors import DealChanged, DealClosed, DealWithOneself, NotCancellable, NothingChanged, NotYourSide
from app.deals.models import Deal, DealRevision
from app.errors import FieldErrors, NotFound
from app.fairs.models import Buyer, Exhibitor, Fair
from app.money import Money
from tests.deals.conftest import TERMS, Desk


def test_exhibitor_records_a_deal_and_stands_behind_it_alone(desk: Desk) -> None:
    deal = desk.seen(desk.record("ema"))
    assert (deal.number, deal.state, deal.revision, deal.recorded_side) == ("GD-0001", "declared", 1, "exhibitor")
    assert desk.answers(deal.id) == [("exhibitor", 1, "confirm", True, True)]
    assert desk.mails() == [("bao@example.org", "deal_recorded")]


def test_buyer_records_a_deal_and_the_exhibitors_people_are_told(desk: Desk) -> None:
    deal_id = desk.record("bao")
    assert desk.answers(deal_id) == [("buyer", 1, "confirm", True, True)]
    assert desk.mails() == [("ema@example.org", "deal_recorded"), ("cleo@example.org", "deal_recorded")]


def test_organiser_records_for_both_and_confirms_for_neither(desk: Desk) -> None:
    deal_id = desk.record("dana")
    assert desk.answers(deal_id) == []
    assert {to for to, _template in desk.mails()} == {"bao@example.org", "ema@example.org", "cleo@example.org"}


@pytest.mark.parametrize(
    ("minor", "currency"),
    [(40_000_000, "VND"), (4_000_000, "USD"), (6_000_000, "JPY"), (12_345_678, "KWD"), (1, "VND")],
)
def test_value_is_kept_to_the_minor_unit(desk: Desk, minor: int, currency: str) -> None:
    deal = desk.seen(desk.record("ema", value=Money(minor, currency), currency=currency))
    assert (deal.amount_minor, deal.currency) == (minor, currency)


def test_memorandum_may_leave_the_value_open(desk: Desk) -> None:
    assert desk.seen(desk.record("ema", kind="memorandum", value=None)).amount_minor is None


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("value", {"value": None}),
        ("value", {"value": Money(0, "USD")}),
        ("kind", {"kind": "promise"}),
        ("category", {"category": "guns"}),
        ("currency", {"currency": "XXX", "value": Money(5, "XXX")}),
        ("signed_on", {"signed_on": TERMS.signed_on.replace(year=2999)}),
        ("signed_on", {"signed_on": TERMS.signed_on.replace(year=19)}),
        ("subject", {"subject": "x" * 301}),
        ("note", {"note": "x" * 2_001}),
    ],
)
def test_terms_that_cannot_be_are_refused_by_their_field(desk: Desk, field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(FieldErrors) as refusal:
        desk.record("ema", **changes)
    assert list(refusal.value.fields) == [field]
    assert desk.count(Deal) == 0


def test_company_of_another_fair_is_not_found(desk: Desk) -> None:
    with desk.loaded() as (_fair, _none):
        other = db.session.get(Fair, desk.cast.other_fair.id)
        exhibitor, buyer = db.session.get(Exhibitor, desk.cast.exhibitor.id), db.session.get(Buyer, desk.cast.buyer.id)
        with pytest.raises(NotFound):
            retrying(lambda: record_deal(other, exhibitor, buyer, TERMS, desk.voice("ema"), clock.now()))  # type: ignore[arg-type]


@pytest.mark.parametrize("by_address", [False, True])
def test_exhibitor_cannot_deal_with_its_own_people(desk: Desk, by_address: bool) -> None:
    with desk.loaded(), db.session.begin_nested():
        buyer = db.session.get(Buyer, desk.cast.buyer.id)
        assert buyer is not None
        buyer.person_id = None if by_address else desk.cast.cleo.id
        buyer.email = "Cleo@example.org" if by_address else ""
        db.session.commit()
    for name in ("ema", "dana"):
        with pytest.raises(DealWithOneself):
            desk.record(name)


def test_form_sent_twice_is_one_deal(desk: Desk) -> None:
    key = "0d8f3b8a-6a5c-4a8e-9c39-8f6c3e9d4a11"
    assert desk.record("ema", form_key=key) == desk.record("ema", form_key=key)
    assert desk.count(Deal) == 1
    assert len(desk.mails()) == 1


def test_somebody_elses_form_key_opens_nothing(desk: Desk) -> None:
    key = "0d8f3b8a-6a5c-4a8e-9c39-8f6c3e9d4a11"
    desk.record("ema", form_key=key)
    with pytest.raises(NotFound):
        desk.record("bao", form_key=key)


def test_raced_records_get_numbers_without_a_gap(desk: Desk, race: Any) -> None:
    results = race([lambda: desk.record("ema")] * 12)
    assert not [r for r in results if isinstance(r, Exception)]
    with desk.loaded():
        numbers = sorted(db.session.scalars(select(Deal.number)))
    assert numbers == [f"GD-{n:04}" for n in range(1, 13)]


def test_amending_begins_a_revision_and_voids_what_was_said(desk: Desk) -> None:
    deal_id = desk.record("ema")
    desk.confirm(deal_id, "bao")
    assert desk.state(deal_id) == "confirmed"
    assert desk.amend(deal_id, "ema", value=Money(4_200_000, "USD")) == 2
    deal = desk.seen(deal_id)
    assert (deal.state, deal.amount_minor, deal.confirmed_at) == ("declared", 4_200_000, None)
    assert desk.answers(deal_id) == [
        ("exhibitor", 1, "confirm", True, False),
        ("buyer", 1, "confirm", True, False),
        ("exhibitor", 2, "confirm", True, True),
    ]
    assert desk.mails()[-1] == ("bao@example.org", "deal_amended")


def test_amendment_keeps_the_earlier_terms(desk: Desk) -> None:
    deal_id = desk.record("ema")
    desk.amend(deal_id, "ema", value=Money(5_000, "KWD"), currency="KWD")
    with desk.loaded():
        kept = db.session.scalars(select(DealRevision).order_by(DealRevision.revision)).all()
        assert [(r.terms["amount_minor"], r.terms["currency"]) for r in kept] == [(4_000_000, "USD"), (5_000, "KWD")]


def test_organisers_amendment_leaves_no_side_confirmed(desk: Desk) -> None:
    deal_id = desk.record("ema")
    desk.confirm(deal_id, "bao")
    desk.amend(deal_id, "dana", subject="Ấm chén, 1.000 bộ")
    assert [a for a in desk.answers(deal_id) if a[4]] == []
    assert {to for to, template in desk.mails() if template == "deal_amended"} == {
        "bao@example.org", "ema@example.org", "cleo@example.org",
    }  # fmt: skip


def test_amending_without_a_change_is_refused(desk: Desk) -> None:
    deal_id = desk.record("ema")
    with pytest.raises(NothingChanged):
        desk.amend(deal_id, "ema")
    assert desk.seen(deal_id).revision == 1


def test_same_amendment_twice_is_one_revision(desk: Desk) -> None:
    deal_id = desk.record("ema")
    value = Money(4_200_000, "USD")
    assert desk.amend(deal_id, "ema", value=value) == desk.amend(deal_id, "ema", value=value) == 2
    assert [template for _to, template in desk.mails()].count("deal_amended") == 1


def test_amending_a_revision_that_was_replaced_is_refused(desk: Desk) -> None:
    deal_id = desk.record("ema")
    desk.amend(deal_id, "ema", subject="Khác")
    with pytest.raises(DealChanged) as refusal:
        desk.amend(deal_id, "bao", base=1, subject="Khác nữa")
    assert refusal.value.params["current_revision"] == 2


def test_of_raced_amendments_exactly_one_makes_the_revision(desk: Desk, race: Any) -> None:
    for _round in range(4):
        deal_id = desk.record("ema")
        works = [lambda n=n, d=deal_id: desk.amend(d, "ema", subject=f"Bản {n}") for n in range(6)]
        results = race(works)
        assert sorted(map(str, [r for r in results if not isinstance(r, Exception)])) == ["2"]
        assert all(isinstance(r, DealChanged) for r in results if isinstance(r, Exception))
        assert desk.seen(deal_id).revision == 2


def test_same_amendment_raced_is_one_revision_for_all(desk: Desk, race: Any) -> None:
    deal_id = desk.record("ema")
    assert race([lambda: desk.amend(deal_id, "ema", subject="Một")] * 6) == [2] * 6
    assert len(desk.answers(deal_id)) == 2


def test_side_withdraws_what_it_recorded(desk: Desk) -> None:
    deal_id = desk.record("ema")
    desk.cancel(deal_id, "ema")
    desk.cancel(deal_id, "ema", reason="lần nữa")
    deal = desk.seen(deal_id)
    assert (deal.state, deal.state_reason) == ("cancelled", "Khách đổi ý")
    assert [template for _to, template in desk.mails()].count("deal_cancelled") == 1


def test_other_side_cannot_withdraw_it(desk: Desk) -> None:
    deal_id = desk.record("ema")
    with pytest.raises(NotYourSide):
        desk.cancel(deal_id, "bao")


def test_confirmed_deal_is_cancelled_by_the_organiser_alone(desk: Desk) -> None:
    deal_id = desk.record("ema")
    desk.confirm(deal_id, "bao")
    with pytest.raises(NotCancellable):
        desk.cancel(deal_id, "ema")
    desk.cancel(deal_id, "dana")
    assert desk.state(deal_id) == "cancelled"


def test_cancelling_asks_for_a_reason(desk: Desk) -> None:
    deal_id = desk.record("ema")
    with pytest.raises(FieldErrors):
        desk.cancel(deal_id, "ema", reason="  ")


def test_cancelled_deal_takes_no_amendment_and_no_answer(desk: Desk) -> None:
    deal_id = desk.record("ema")
    desk.cancel(deal_id, "dana")
    with pytest.raises(DealClosed):
        desk.amend(deal_id, "ema", subject="Khác")
    with pytest.raises(DealClosed):
        desk.confirm(deal_id, "bao")
    with pytest.raises(DealClosed):
        desk.attach(deal_id)


def test_day_of_signing_is_judged_by_the_fairs_calendar(desk: Desk) -> None:
    """Late in the evening in Hà Nội it is tomorrow already in Tokyo: a contract signed there today is accepted."""
    day = clock.fair_day(desk.cast.fair, clock.now())
    assert desk.record("bao", signed_on=day + timedelta(days=1))
    with pytest.raises(FieldErrors):
        desk.record("bao", signed_on=day + timedelta(days=2))


def test_every_deed_is_in_the_audit_without_names(desk: Desk) -> None:
    deal_id = desk.record("ema")
    desk.confirm(deal_id, "bao")
    desk.amend(deal_id, "ema", subject="Khác")
    desk.cancel(deal_id, "dana", revision=2)
    with desk.loaded():
        entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [e.action for e in entries] == ["deal.recorded", "deal.confirm", "deal.amended", "deal.cancelled"]
    assert not any("Ema" in str(e.details) or "Bảo" in str(e.details) for e in entries)
