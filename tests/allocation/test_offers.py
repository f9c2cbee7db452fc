"""Applications and offers: sent, changed, offered, accepted, declined, lapsed, refused, taken back, raced."""

import pytest
from sqlalchemy import select

from app.allocation.errors import ApplicationClosed, ChangedMeanwhile, NothingToSend, OfferClosed, OfferWaits
from app.allocation.models import Application, ApplicationState, Offer, OfferState
from app.allocation.offers import take_back
from app.audit import SYSTEM, AuditEntry
from app.booths.errors import BookingClosed, BoothNotAvailable, GivenByApplication, NotApproved, NotTogether
from app.booths.models import Allocation, Booth, Hold
from app.booths.workflows import Workflow
from app.db import db
from app.errors import FieldErrors
from app.fairs.models import Zone
from tests.allocation.stage import Applicants
from tests.support.market import later


def test_booths_by_application_cannot_be_held(applicants: Applicants) -> None:
    applicants.ways(Workflow.APPLY)
    with pytest.raises(GivenByApplication) as refusal:
        applicants.hold("A03", "A04")
    assert refusal.value.params["booths"] == ["A03", "A04"]
    assert applicants.count(Hold) == 0


def test_a_zone_may_differ_from_its_fair(applicants: Applicants) -> None:
    applicants.ways(Workflow.APPLY, zone=Workflow.BUY)
    assert applicants.hold("A03").kept_for == ""
    applicants.ways(Workflow.BUY, zone=Workflow.REQUEST)
    assert applicants.hold("A05").kept_for == "request"


def test_booths_that_need_approval_are_not_held_with_others(applicants: Applicants) -> None:
    applicants.ways(Workflow.BUY, zone=Workflow.REQUEST)

    def without_zone(fair: object) -> None:
        booth = db.session.scalars(select(Booth).where(Booth.number == "A03")).one()
        booth.zone_id = None

    applicants(without_zone)
    with pytest.raises(NotTogether) as refusal:
        applicants.hold("A03", "A05")
    assert refusal.value.params["booths"] == ["A05"]


def test_wishes_are_sent_once_and_keep_their_turn_when_changed(applicants: Applicants) -> None:
    applicants.let("A03", "A05", "A06", "A07", "A08", "A09", "A10", "A11", "A12", "A13", "A14", "A15", "A16")
    sent = applicants.apply(["A03"], ["a05", " A06 "])
    assert (sent.state, sent.revision, sent.waits) == (ApplicationState.SENT, 1, True)
    later(minutes=5)
    changed = applicants.apply(["A07"], seen=1, booths=2)
    assert (changed.id, changed.sent_at, changed.revision) == (sent.id, sent.sent_at, 2)
    with pytest.raises(ChangedMeanwhile) as refusal:
        applicants.apply(["A08"], seen=1)
    assert refusal.value.params["revision"] == 2
    assert applicants.count(Application) == 1


@pytest.mark.parametrize(
    ("wishes", "more", "field"),
    [
        ([], {}, "wish-1"),
        ([["A99"]], {}, "wish-1"),
        ([["A03"], ["A04", "B1"]], {}, "wish-2"),
        ([["A03", "A04"], ["A04", "A03"]], {}, "wish-2"),
        ([[f"A{n:02}" for n in range(1, 12)]], {}, "wish-1"),
        ([["A03"]], {"booths": 0}, "booths"),
        ([["A03"]], {"booths": 11}, "booths"),
        ([["A03"]], {"least_m2": 0}, "least_m2"),
        ([["A03"]], {"budget_minor": 0}, "budget"),
        ([["A03"]], {"zone_id": 10**6}, "zone"),
        ([["A03"]], {"note": "x" * 501}, "note"),
    ],
)
def test_wishes_that_cannot_be_taken(applicants: Applicants, wishes: list[list[str]], more: dict, field: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(FieldErrors) as refusal:
        applicants.apply(*wishes, **more)
    assert list(refusal.value.fields) == [field]
    assert applicants.count(Application) == 0


def test_an_offer_keeps_its_booths_and_is_accepted_by_ordering_it(applicants: Applicants) -> None:
    applicants.ways(Workflow.APPLY)
    sent = applicants.apply(["A03"], ["A05"])
    assert sent.waits is False  # the organiser looks first
    applicants.let("A03")
    offer = applicants.offer(sent, "A05")
    assert (offer.rank, offer.numbers) == (2, ["A05"])
    assert offer.why == {"before": [{"rank": 1, "booths": ["A03"], "gone": ["A03"]}]}
    assert applicants.states("A05") == {"A05": "held"}
    assert applicants.now(sent).state == ApplicationState.OFFERED
    [letter] = applicants.mails("application_offer")
    assert letter.recipient == "ema@example.org"
    with pytest.raises(OfferWaits):
        applicants.apply(["A07"], seen=applicants.now(sent).revision)
    order = applicants.order(offer)
    assert [one.state for one in applicants.offers()] == [OfferState.ACCEPTED]
    assert applicants.now(sent).state == ApplicationState.PLACED
    assert order.hold_id == offer.hold_id
    later(days=3)
    applicants.sweep()
    assert applicants.now(sent).state == ApplicationState.PLACED


def test_accepting_one_offer_frees_the_others(applicants: Applicants) -> None:
    applicants.ways(Workflow.APPLY)
    sent = applicants.apply(["A03"], ["A05"])
    first, second = applicants.offer(sent, "A03"), applicants.offer(sent, "A05", "A07")
    applicants.order(second)
    assert applicants.states("A03", "A05", "A07") == {"A03": "free", "A05": "reserved", "A07": "reserved"}
    assert [one.state for one in applicants.offers()] == [OfferState.WITHDRAWN, OfferState.ACCEPTED]
    with pytest.raises(Exception, match="hold_ended"):
        applicants.order(first)


def test_two_accepted_at_the_same_moment_are_one(applicants: Applicants) -> None:
    applicants.ways(Workflow.APPLY)
    sent = applicants.apply(["A03"], ["A05"])
    offers = [applicants.offer(sent, "A03"), applicants.offer(sent, "A05")]
    results = applicants.at_once(*(lambda one=one: applicants.order(one) for one in offers))
    assert sum(isinstance(one, Exception) for one in results) == 1
    assert sorted(one.state for one in applicants.offers()) == ["accepted", "withdrawn"]
    assert sorted(applicants.states("A03", "A05").values()) == ["free", "reserved"]


def test_declining_keeps_the_turn_and_frees_the_booths(applicants: Applicants) -> None:
    applicants.ways(Workflow.APPLY)
    sent = applicants.apply(["A03"], ["A05"])
    offer = applicants.offer(sent, "A03")
    applicants.decline(offer)
    applicants.decline(offer)
    assert applicants.states("A03") == {"A03": "free"}
    now = applicants.now(sent)
    assert (now.state, now.ended_at, now.sent_at) == (ApplicationState.SENT, None, sent.sent_at)
    assert applicants.proposed() == [(sent.id, ["A05"])]


def test_an_offer_nobody_answers_lapses(applicants: Applicants) -> None:
    applicants.ways(Workflow.APPLY, hours=2)
    sent = applicants.apply(["A03"])
    applicants.offer(sent, "A03")
    later(minutes=119)
    applicants.sweep()
    assert applicants.now(sent).state == ApplicationState.OFFERED
    later(minutes=2)
    applicants.sweep()
    assert applicants.now(sent).state == ApplicationState.LAPSED
    assert applicants.states("A03") == {"A03": "free"}
    assert len(applicants.mails("application_lapsed")) == 1
    again = applicants.apply(["A03"])
    assert again.id != sent.id


def test_an_offer_never_takes_a_booth_that_is_gone(applicants: Applicants) -> None:
    applicants.ways(Workflow.BUY)
    sent = applicants.apply(["A03", "A05"], may_wait=False)
    applicants.hold("A05", of=applicants.cast.rival.id)
    with pytest.raises(BoothNotAvailable):
        applicants.offer(sent, "A03", "A05")
    assert applicants.states("A03") == {"A03": "free"}
    assert applicants.count(Offer) == 0


def test_an_offer_and_a_buyer_at_the_same_moment(applicants: Applicants) -> None:
    sent = applicants.apply(["A03"], may_wait=False)
    rival = applicants.cast.rival.id
    results = applicants.at_once(lambda: applicants.offer(sent, "A03"), lambda: applicants.hold("A03", of=rival))
    assert sum(isinstance(one, Exception) for one in results) == 1
    with applicants.app.app_context():
        assert len(db.session.scalars(select(Allocation).where(Allocation.ended_at.is_(None))).all()) == 1


def test_the_organiser_takes_an_offer_back_once(applicants: Applicants) -> None:
    applicants.ways(Workflow.APPLY)
    sent = applicants.apply(["A03"])
    offer = applicants.offer(sent, "A03")
    applicants(lambda fair: take_back(SYSTEM, fair, offer.id, offer.made_at))
    assert applicants.states("A03") == {"A03": "free"}
    assert applicants.now(sent).state == ApplicationState.SENT
    with pytest.raises(OfferClosed):
        applicants(lambda fair: take_back(SYSTEM, fair, offer.id, offer.made_at))


def test_an_offer_over_what_changed_meanwhile_is_refused(applicants: Applicants) -> None:
    from app import clock
    from app.allocation.placing import offer_booths

    applicants.ways(Workflow.APPLY)
    sent = applicants.apply(["A03"])
    applicants.apply(["A05"], seen=1)
    with pytest.raises(ApplicationClosed):
        applicants(lambda fair: offer_booths(SYSTEM, fair, sent.id, ["A03"], 1, clock.now()))
    assert applicants.states("A03") == {"A03": "free"}


def test_refusing_says_why_and_frees_everything(applicants: Applicants) -> None:
    applicants.ways(Workflow.APPLY)
    sent = applicants.apply(["A03"])
    applicants.offer(sent, "A03")
    with pytest.raises(FieldErrors):
        applicants.refuse(sent, "  ")
    applicants.refuse(sent)
    now = applicants.now(sent)
    assert (now.state, now.reason) == (ApplicationState.REFUSED, "Hết chỗ cho ngành này.")
    assert applicants.states("A03") == {"A03": "free"}
    [letter] = applicants.mails("application_refused")
    assert letter.context["reason"] == "Hết chỗ cho ngành này."


def test_withdrawing_frees_what_is_offered_and_is_final(applicants: Applicants) -> None:
    applicants.ways(Workflow.APPLY)
    sent = applicants.apply(["A03"])
    offer = applicants.offer(sent, "A03")
    applicants.withdraw(sent)
    applicants.withdraw(sent)
    assert applicants.states("A03") == {"A03": "free"}
    with pytest.raises(Exception, match="hold_ended"):
        applicants.order(offer)
    done = applicants.apply(["A05"])
    applicants.order(applicants.offer(done, "A05"))
    with pytest.raises(ApplicationClosed):
        applicants.withdraw(done)


def test_a_request_keeps_its_booths_until_it_is_answered(applicants: Applicants) -> None:
    applicants.ways(Workflow.REQUEST, days=3)
    hold = applicants.hold("A03", "A05")
    sent = applicants.ask(hold, "  Chúng tôi cần hai gian. ")
    assert applicants.ask(hold).id == sent.id
    assert (sent.note, sent.booths) == ("Chúng tôi cần hai gian.", 2)
    later(days=2)
    applicants.sweep()
    assert set(applicants.states("A03", "A05").values()) == {"held"}
    unapproved = Offer(hold_id=hold.id)
    with pytest.raises(NotApproved):
        applicants.order(unapproved)
    offer = applicants.approve(sent)
    assert (offer.hold_id, offer.numbers) == (hold.id, ["A03", "A05"])
    applicants.order(offer)
    assert set(applicants.states("A03", "A05").values()) == {"reserved"}
    assert applicants.now(sent).state == ApplicationState.PLACED


def test_a_request_nobody_answers_ends(applicants: Applicants) -> None:
    applicants.ways(Workflow.REQUEST, days=1)
    sent = applicants.ask(applicants.hold("A03"))
    later(days=1.1)
    applicants.sweep()
    assert applicants.now(sent).state == ApplicationState.LAPSED
    assert applicants.states("A03") == {"A03": "free"}
    [letter] = applicants.mails("application_lapsed")
    assert letter.context["booths"] == []
    with pytest.raises(ApplicationClosed):
        applicants.approve(sent)


def test_a_request_that_is_refused_or_let_go_frees_its_booths(applicants: Applicants) -> None:
    applicants.ways(Workflow.REQUEST)
    refused = applicants.ask(applicants.hold("A03"))
    applicants.refuse(refused)
    assert applicants.states("A03") == {"A03": "free"}
    hold = applicants.hold("A05")
    gone = applicants.ask(hold)
    applicants.decline(Offer(hold_id=hold.id))
    assert applicants.now(gone).state == ApplicationState.WITHDRAWN
    with pytest.raises(ApplicationClosed):
        applicants.approve(gone)


def test_what_ran_out_cannot_be_asked_for(applicants: Applicants) -> None:
    applicants.ways(Workflow.REQUEST)
    hold = applicants.hold("A03")
    later(minutes=25)
    with pytest.raises(NothingToSend):
        applicants.ask(hold)
    applicants.ways(Workflow.BUY)
    with pytest.raises(NothingToSend):
        applicants.ask(applicants.hold("A05", of=applicants.cast.rival.id))


def test_after_booking_has_closed_nothing_is_asked_or_offered(applicants: Applicants) -> None:
    applicants.ways(Workflow.APPLY)
    sent = applicants.apply(["A03"])
    later(days=100)
    with pytest.raises(BookingClosed):
        applicants.apply(["A05"], of=applicants.cast.rival.id)
    with pytest.raises(BookingClosed):
        applicants.offer(sent, "A03")


def test_deadlines_end_with_the_fair_and_are_never_shorter_than_an_hour(applicants: Applicants) -> None:
    applicants.ways(Workflow.APPLY)
    sent = applicants.apply(["A03"])
    later(days=65.85)  # 12 December, 05:24 in Hà Nội: the fair opens at 8:30
    offer = applicants.offer(sent, "A03")
    assert offer.answer_until.isoformat() == "2019-12-12T01:30:00+00:00"
    late = applicants.apply(["A05"], of=applicants.cast.rival.id)
    later(minutes=160)
    offer = applicants.offer(late, "A05")
    assert (offer.answer_until - offer.made_at).total_seconds() == 3600


def test_changing_how_booths_are_let_is_logged_and_leaves_what_began(applicants: Applicants) -> None:
    applicants.ways(Workflow.REQUEST)
    sent = applicants.ask(applicants.hold("A03"))
    applicants.ways(Workflow.BUY, zone=Workflow.APPLY, hours=24)
    assert applicants.approve(sent).numbers == ["A03"]
    with applicants.app.app_context():
        last = select(AuditEntry.details).where(AuditEntry.action == "workflow.set").order_by(AuditEntry.id.desc())
        assert db.session.scalars(last).first() == {
            "workflow": ["request", "buy"], "zone_A": [None, "apply"], "offer_hours": [48, 24],
        }  # fmt: skip
        assert db.session.scalar(select(Zone.workflow)) == "apply"
