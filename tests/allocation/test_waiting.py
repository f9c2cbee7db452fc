"""The waiting list: in turn, passing on, all or nothing, and nobody buys past it."""

import pytest

from app import clock
from app.allocation.models import ApplicationState, Offer, OfferState
from app.allocation.offers import take_back
from app.audit import SYSTEM
from app.booths.errors import ForWaitingList
from app.booths.workflows import Workflow
from app.errors import FieldErrors
from tests.allocation.stage import Applicants
from tests.support.market import later


@pytest.fixture
def full(applicants: Applicants) -> Applicants:
    """Every booth but A19 and A20 is let."""
    applicants.let(*(f"A{n:02}" for n in range(1, 19)))
    applicants.hold("A19", "A20", of=applicants.company("Hai Gian"))
    return applicants


def test_what_is_free_is_held_like_by_everybody(full: Applicants) -> None:
    """Or the list would keep booths for days that others keep for minutes."""
    full.free("A05", "A07")
    for wishes, more, field in ((["A09"], {"similar": True}, "similar"), (["A05"], {}, "wish-1")):
        with pytest.raises(FieldErrors) as refusal:
            full.apply(wishes, **more)
        assert list(refusal.value.fields) == [field]
        assert refusal.value.params["numbers"] in ("A05", "A07")
    assert full.apply(["A09"]).waits


def test_what_the_organiser_takes_back_is_not_offered_again_by_itself(full: Applicants) -> None:
    sent = full.apply(["A05"])
    full.free("A05")
    full.sweep()
    full(lambda fair: take_back(SYSTEM, fair, full.offers()[0].id, clock.now()))
    full.sweep()
    assert [one.state for one in full.offers(sent)] == ["withdrawn"]
    assert full.offer(sent, "A05").state == "open"  # by hand it can be
    assert len(full.mails("application_taken_back")) == 1


def test_nobody_lets_the_list_keep_booths_again_and_again(full: Applicants) -> None:
    for number in ("A05", "A07", "A09", "A11"):
        sent = full.apply([number])
        full.free(number)
        full.sweep()
        full.withdraw(full.now(sent))
        again = full.apply([number]) if full.states(number)[number] != "free" else None
        assert again is None
        full.let(number)
    assert [one.numbers for one in full.offers()] == [["A05"], ["A07"], ["A09"]]


def test_wishes_that_need_the_organisers_yes_are_never_served_by_themselves(full: Applicants) -> None:
    full.ways(Workflow.BUY, zone=Workflow.REQUEST)
    asked = full.apply(["A05"])
    full.ways(Workflow.BUY)
    waits = full.apply(["A07"], of=full.cast.rival.id)
    full.ways(Workflow.BUY, zone=Workflow.APPLY)
    changed = full.apply(["A05"], of=full.cast.rival.id, seen=waits.revision)
    assert (asked.waits, waits.waits, changed.waits) == (False, True, False)
    full.free("A05")
    full.sweep()
    assert full.offers() == []


def test_words_alone_lose_no_place_on_the_list(full: Applicants) -> None:
    full.ways(Workflow.APPLY)
    sent = full.apply(["A05"])
    full.put_on_list()
    noted = full.apply(["A05"], seen=full.now(sent).revision, note="Gần cửa")
    changed = full.apply(["A07"], seen=noted.revision)
    assert (noted.waits, changed.waits) == (True, False)


def test_a_booth_that_comes_free_goes_to_the_first_and_passes_on(full: Applicants) -> None:
    first = full.apply(["A05"])
    later(minutes=1)
    second = full.apply(["A07"], ["A05"], of=full.cast.rival.id)
    full.sweep()
    assert full.offers() == []
    full.free("A05")
    full.sweep()
    [offer] = full.offers()
    assert (offer.application_id, offer.numbers) == (first.id, ["A05"])
    later(days=2.1)
    full.sweep()
    assert full.now(first).state == ApplicationState.LAPSED
    full.sweep()
    [passed_on] = full.offers(second)
    assert (passed_on.numbers, passed_on.rank, passed_on.state) == (["A05"], 2, OfferState.OPEN)
    assert passed_on.why["before"] == [{"rank": 1, "booths": ["A07"], "gone": ["A07"]}]


def test_who_declines_keeps_the_turn_for_other_booths(full: Applicants) -> None:
    first = full.apply(similar=True)
    later(minutes=1)
    second = full.apply(similar=True, of=full.cast.rival.id)
    full.free("A05")
    full.sweep()
    full.decline(full.offers()[0])
    full.sweep()
    assert [(one.application_id, one.state) for one in full.offers()] == [(first.id, "declined"), (second.id, "open")]
    assert full.offers()[1].why["earlier"] == [{"application": first.id, "because": "declined"}]
    full.free("A09")
    full.sweep()
    assert [one.numbers for one in full.offers(first)] == [["A05"], ["A09"]]


def test_a_group_waits_for_three_in_a_row_and_others_are_served_meanwhile(full: Applicants) -> None:
    group = full.apply(similar=True, booths=3)
    later(minutes=1)
    single = full.apply(similar=True, of=full.cast.rival.id)
    full.free("A05", "A09")  # A05, A07, A09 stand side by side
    full.sweep()
    [offer] = full.offers()
    assert offer.application_id == single.id
    assert offer.why["earlier"] == [{"application": group.id, "because": "row"}]
    full.decline(offer)
    full.withdraw(full.now(single))
    full.free("A07")
    full.sweep()
    [three] = full.offers(group)
    assert three.numbers == ["A05", "A07", "A09"]


def test_a_group_on_the_last_day_has_an_hour(full: Applicants) -> None:
    later(days=66)  # the fair has opened
    group = full.apply(similar=True, booths=3)
    full.free("A05", "A07", "A09")
    full.sweep()
    [offer] = full.offers(group)
    assert 3600 <= (offer.answer_until - offer.made_at).total_seconds() <= 3 * 86400
    full.order(offer)
    assert full.now(group).state == ApplicationState.PLACED


def test_nobody_buys_past_the_list(full: Applicants) -> None:
    full.apply(["A05"])
    group = full.apply(similar=True, booths=2, of=full.cast.rival.id)
    full.free("A05", "A09")
    stranger = full.company("Người lạ")
    with pytest.raises(ForWaitingList) as refusal:
        full.hold("A05", "A09", of=stranger)
    assert refusal.value.params["booths"] == ["A05"]
    full.hold("A09", of=stranger)  # alone it is no use to the group
    full.sweep()
    assert [one.numbers for one in full.offers()] == [["A05"]]
    full.free("A11")
    with pytest.raises(ForWaitingList):
        full.free("A13")
        full.hold("A13", of=stranger)
    full.sweep()
    assert [one.numbers for one in full.offers(group)] == [["A11", "A13"]]


def test_a_hold_that_runs_out_goes_to_the_list_before_any_buyer(full: Applicants) -> None:
    waits = full.apply(["A19"])
    later(minutes=21)
    with pytest.raises(ForWaitingList):  # the sweep has not been by
        full.hold("A19", of=full.cast.rival.id)
    full.sweep()
    [offer] = full.offers(waits)
    assert offer.numbers == ["A19"]


def test_two_servers_serve_the_list_once(full: Applicants) -> None:
    full.apply(["A05"])
    full.apply(similar=True, of=full.cast.rival.id)
    full.free("A05", "A09")
    full.at_once(full.sweep, full.sweep, full.sweep)
    full.sweep()
    assert sorted(one.numbers for one in full.offers()) == [["A05"], ["A09"]]


def test_who_does_not_want_to_wait_is_not_served(applicants: Applicants) -> None:
    applicants.let("A03")
    applicants.apply(["A03"], may_wait=False)
    applicants.free("A03")
    applicants.sweep()
    assert applicants.count(Offer) == 0


def test_applications_wait_when_the_organiser_says_so_in_the_order_they_were_sent(applicants: Applicants) -> None:
    applicants.ways(Workflow.APPLY)
    first = applicants.apply(["A03"])
    later(minutes=1)
    second = applicants.apply(["A03"], ["A05"], of=applicants.cast.rival.id)
    proud = applicants.apply(["A03"], of=applicants.company("Không Chờ"), may_wait=False)
    applicants.sweep()
    assert applicants.count(Offer) == 0
    assert applicants.proposed() == [(first.id, ["A03"]), (second.id, ["A05"]), (proud.id, [])]
    assert applicants.put_on_list() == [first.id, second.id]
    applicants.sweep()
    assert [(one.application_id, one.numbers) for one in applicants.offers()] == [
        (first.id, ["A03"]),
        (second.id, ["A05"]),
    ]


def test_a_budget_counts_vat_and_the_price_of_the_day(full: Applicants) -> None:
    price = 9 * 1_600_000
    poor = full.apply(similar=True, budget_minor=price)  # enough without VAT, not with it
    full.free("A05")
    full.sweep()
    assert full.offers() == []
    full.let("A05")
    full.apply(similar=True, budget_minor=price * 11 // 10, seen=full.now(poor).revision)
    full.free("A05")
    full.sweep()
    assert [one.numbers for one in full.offers(poor)] == [["A05"]]


def test_a_deadline_that_is_near_is_said_once(full: Applicants) -> None:
    from app.allocation.waiting import remind_of_offers

    def remind() -> int:
        with full.app.app_context():
            remind_of_offers()
        return len(full.mails("application_deadline"))

    full.apply(["A05"])
    full.free("A05")
    full.sweep()
    assert remind() == 0
    later(minutes=37 * 60)
    assert [remind(), remind()] == [1, 1]
