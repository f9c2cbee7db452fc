"""Answers: what proves, what does not, and what a revision in motion does to them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app import clock
from app.audit import Actor
from app.deals.errors import DealChanged, NoSuchDocument, NotConfirmedYet, NotYourSide, SameOnBothSides
from app.deals.models import DealConfirmation, DealVerification
from app.deals.proof import Means, Side, Voice, means_of_link
from app.errors import FieldErrors
from app.money import Money
from tests.deals.conftest import PDF, Desk

LINK = Actor("link")


def test_both_sides_make_it_confirmed(desk: Desk) -> None:
    deal_id = desk.record("ema")
    desk.confirm(deal_id, "bao")
    deal = desk.seen(deal_id)
    assert deal.state == "confirmed"
    assert deal.confirmed_at is not None
    assert {(to, t) for to, t in desk.mails() if t == "deal_confirmed"} == {
        ("ema@example.org", "deal_confirmed"), ("cleo@example.org", "deal_confirmed"),
    }  # fmt: skip


def test_confirming_twice_is_confirming_once(desk: Desk) -> None:
    deal_id = desk.record("ema")
    assert desk.confirm(deal_id, "bao") == desk.confirm(deal_id, "bao")
    assert desk.count(DealConfirmation) == 2
    assert [t for _to, t in desk.mails()].count("deal_confirmed") == 2  # one to each of the exhibitor's two people


@pytest.mark.parametrize("means", [Means.TYPED_LINK, Means.BADGE_SCAN])
def test_answer_that_proves_nothing_is_kept_and_leaves_it_declared(desk: Desk, means: Means) -> None:
    deal_id = desk.record("ema")
    voice = Voice(LINK, Side.BUYER, means, "Bảo")
    assert desk.confirm(deal_id, voice) == desk.confirm(deal_id, voice)
    assert desk.state(deal_id) == "declared"
    assert desk.answers(deal_id)[1:] == [("buyer", 1, "confirm", False, True)]


def test_unproven_objection_does_not_stop_a_deal(desk: Desk) -> None:
    deal_id = desk.record("ema")
    desk.dispute(deal_id, Voice(LINK, Side.BUYER, Means.TYPED_LINK))
    assert desk.state(deal_id) == "declared"
    desk.confirm(deal_id, "bao")
    assert desk.state(deal_id) == "confirmed"


def test_desk_confirms_for_the_person_who_is_present_and_keeps_who_took_it(desk: Desk) -> None:
    deal_id = desk.record("ema")
    present = replace(desk.voice("dana"), side=Side.BUYER, means=Means.DEAL_DESK, spoken_by="Sato Haruka")
    desk.confirm(deal_id, present)
    assert desk.state(deal_id) == "confirmed"
    with desk.loaded():
        from app.db import db

        kept = db.session.get(DealConfirmation, 2)
        assert kept is not None
        assert (kept.person_id, kept.person_name, kept.means) == (desk.cast.dana.id, "Sato Haruka", "deal_desk")


@pytest.mark.parametrize("name", ["dana", "ola"])
def test_organiser_does_not_answer_in_its_own_name(desk: Desk, name: str) -> None:
    deal_id = desk.record("ema")
    with pytest.raises(NotYourSide):
        desk.confirm(deal_id, name)


@pytest.mark.parametrize("name", ["ema", "cleo", "rita", "stan", "dana"])
def test_nobody_signed_in_speaks_for_the_buyer_but_the_buyer(desk: Desk, name: str) -> None:
    deal_id = desk.record("ema")
    with pytest.raises((NotYourSide, SameOnBothSides)):
        desk.confirm(deal_id, replace(desk.voice(name), side=Side.BUYER))
    assert desk.state(deal_id) == "declared"


@pytest.mark.parametrize("name", ["ema", "bao"])
def test_party_that_also_sits_at_the_desk_cannot_answer_there(desk: Desk, name: str) -> None:
    deal_id = desk.record("ema")
    with pytest.raises(SameOnBothSides):
        desk.confirm(deal_id, replace(desk.voice(name), side=Side.BUYER, means=Means.DEAL_DESK))


def test_dispute_takes_it_out_until_the_side_thinks_otherwise(desk: Desk) -> None:
    deal_id = desk.record("ema")
    desk.dispute(deal_id, "bao", reason="Chỉ 800 bộ")
    deal = desk.seen(deal_id)
    assert (deal.state, deal.state_reason) == ("disputed", "Chỉ 800 bộ")
    desk.confirm(deal_id, "bao")
    assert desk.state(deal_id) == "confirmed"
    assert desk.answers(deal_id)[1:] == [("buyer", 1, "dispute", True, False), ("buyer", 1, "confirm", True, True)]


def test_dispute_asks_for_a_reason(desk: Desk) -> None:
    deal_id = desk.record("ema")
    with pytest.raises(FieldErrors):
        desk.dispute(deal_id, "bao", reason=" ")


def test_confirming_a_replaced_revision_is_refused(desk: Desk) -> None:
    deal_id = desk.record("ema")
    desk.amend(deal_id, "ema", subject="Khác")
    with pytest.raises(DealChanged) as refusal:
        desk.confirm(deal_id, "bao", revision=1)
    assert refusal.value.params == {"current_revision": 2}
    with pytest.raises(DealChanged):
        desk.confirm(deal_id, "bao", revision=3)


def test_confirming_while_the_next_revision_is_made_never_confirms_what_was_not_read(desk: Desk, race: Any) -> None:
    """Whoever comes first: a confirmation of revision 1 stands for 1 or is refused, and is void once 2 is made."""
    for _round in range(6):
        deal_id = desk.record("ema")
        confirmed, amended = race(
            [lambda d=deal_id: desk.confirm(d, "bao"), lambda d=deal_id: desk.amend(d, "ema", value=Money(1, "USD"))]
        )
        assert amended == 2
        assert isinstance(confirmed, (int, DealChanged))
        assert desk.state(deal_id) == "declared"
        assert not [a for a in desk.answers(deal_id) if a[0] == "buyer" and a[4]]


def test_two_sides_confirming_in_the_same_instant_make_it_confirmed(desk: Desk, race: Any) -> None:
    for _round in range(6):
        deal_id = desk.record("dana")
        results = race([lambda d=deal_id: desk.confirm(d, "bao"), lambda d=deal_id: desk.confirm(d, "ema")])
        assert not [r for r in results if isinstance(r, Exception)]
        assert desk.state(deal_id) == "confirmed"


def test_many_confirmations_at_once_are_one(desk: Desk, race: Any) -> None:
    deal_id = desk.record("ema")
    results = race([lambda: desk.confirm(deal_id, "bao")] * 8)
    assert len(set(results)) == 1
    assert desk.count(DealConfirmation) == 2


def test_link_proves_only_when_the_address_was_the_partys_and_verified_before(desk: Desk) -> None:
    deal = desk.seen(desk.record("ema"))
    before, after = deal.recorded_at - timedelta(hours=1), deal.recorded_at + timedelta(seconds=1)
    assert means_of_link(deal, Side.BUYER, before, "self") is Means.VERIFIED_LINK
    assert means_of_link(deal, Side.BUYER, before, "organiser") is Means.VERIFIED_LINK
    assert means_of_link(deal, Side.BUYER, after, "self") is Means.TYPED_LINK
    assert means_of_link(deal, Side.BUYER, None, "self") is Means.TYPED_LINK
    assert means_of_link(deal, Side.BUYER, before, "exhibitor") is Means.TYPED_LINK


def test_organiser_verifies_what_both_confirmed_by_its_document(desk: Desk) -> None:
    deal_id = desk.record("ema")
    desk.confirm(deal_id, "bao")
    seen = desk.attach(deal_id)
    assert desk.verify(deal_id, seen) == desk.verify(deal_id, seen)
    deal = desk.seen(deal_id)
    assert deal.state == "verified"
    assert deal.verified_at is not None


def test_verified_deal_that_is_amended_falls_back(desk: Desk) -> None:
    deal_id = desk.record("ema")
    desk.confirm(deal_id, "bao")
    seen = desk.attach(deal_id)
    desk.verify(deal_id, seen)
    desk.amend(deal_id, "ema", value=Money(9, "USD"))
    assert (desk.seen(deal_id).state, desk.seen(deal_id).verified_at) == ("declared", None)
    desk.confirm(deal_id, "bao", revision=2)
    assert desk.state(deal_id) == "confirmed"
    desk.verify(deal_id, seen, revision=2)
    assert desk.state(deal_id) == "verified"


def test_declared_deal_cannot_be_verified(desk: Desk) -> None:
    deal_id = desk.record("ema")
    with pytest.raises(NotConfirmedYet):
        desk.verify(deal_id, desk.attach(deal_id))


def test_document_of_another_deal_proves_nothing(desk: Desk) -> None:
    deal_id, other = desk.record("ema"), desk.record("ema")
    desk.confirm(deal_id, "bao")
    with pytest.raises(NoSuchDocument):
        desk.verify(deal_id, desk.attach(other))


def test_party_cannot_verify_its_own_deal(desk: Desk) -> None:
    deal_id = desk.record("ema")
    desk.confirm(deal_id, "bao")
    seen = desk.attach(deal_id)
    for name in ("ema", "bao"):
        with pytest.raises(SameOnBothSides):
            desk.verify(deal_id, seen, by=name)


def test_verifying_while_it_is_amended_never_seals_what_was_not_seen(desk: Desk, race: Any) -> None:
    for _round in range(4):
        deal_id = desk.record("ema")
        desk.confirm(deal_id, "bao")
        seen = desk.attach(deal_id)
        sealed, amended = race(
            [lambda d=deal_id, s=seen: desk.verify(d, s), lambda d=deal_id: desk.amend(d, "ema", value=Money(7, "USD"))]
        )
        assert amended == 2
        assert isinstance(sealed, (int, DealChanged))
        assert desk.state(deal_id) == "declared"


def test_raced_seals_are_one(desk: Desk, race: Any) -> None:
    deal_id = desk.record("ema")
    desk.confirm(deal_id, "bao")
    seen = desk.attach(deal_id)
    assert len(set(race([lambda: desk.verify(deal_id, seen)] * 6))) == 1
    assert desk.count(DealVerification) == 1


def test_answers_are_dated_by_the_clock(desk: Desk) -> None:
    clock.set_offset(timedelta(days=3))
    deal_id = desk.record("ema")
    assert desk.seen(deal_id).recorded_at > clock.now() - timedelta(minutes=1)


def test_document_beyond_ten_megabytes_is_refused(desk: Desk) -> None:
    deal_id = desk.record("ema")
    with pytest.raises(FieldErrors):
        desk.attach(deal_id, content=PDF + b"0" * 10 * 1024 * 1024)


@pytest.mark.parametrize(
    ("name", "kept"),
    [("hợp đồng.pdf", "hợp đồng.pdf"), ("..\\..\\x\r\nSet-Cookie: a.PDF", "x Set-Cookie a.pdf"), ("", "document.pdf")],
)
def test_documents_name_is_made_safe(desk: Desk, name: str, kept: str) -> None:
    from app.documents.uploads import safe_name

    assert safe_name(name, "application/pdf") == kept
