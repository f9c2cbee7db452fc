"""What was tried against applications: other people's, plan changes, closed booking, what is kept for somebody else."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.allocation.models import Application, ApplicationState, Wish
from app.audit import SYSTEM
from app.booths import booking
from app.booths.errors import BookingClosed, OfAnApplication
from app.booths.holds import release_hold
from app.booths.letting import NotEqual, equal_offers, take_other_booths
from app.booths.models import Booth, BoothState, Hold
from app.booths.workflows import Workflow
from app.db import db
from app.errors import DomainError, FieldErrors
from app.fairs.models import Approval, Exhibitor, ExhibitorMember, Fair
from app.front.plan_drawing import take_off
from app.fulfilment import choose_equal, receive_payment
from app.money import Money
from app.payments.models import Order
from app.payments.settlement import Arrival
from tests.allocation.selection_stage import Chooser, at
from tests.allocation.stage import Applicants
from tests.conftest import Client
from tests.support.cast import LONG_AGO

FAIR = "/fairs/test-fair"


def test_a_booth_that_is_wished_for_leaves_the_plan_and_keeps_its_number(applicants: Applicants) -> None:
    sent = applicants.apply(["A03"], may_wait=False)

    def off(fair: Fair) -> None:
        take_off(db.session.scalars(select(Booth).where(Booth.number == "A03")).one(), clock.now())

    applicants(off)
    assert applicants.states("A03") == {"A03": "gone"}
    assert applicants.count(Wish) == 1
    applicants.withdraw(sent)


def test_a_hall_that_is_applied_for_stays_and_goes_once_nobody_asks(client: Client, applicants: Applicants) -> None:
    sent = applicants.apply(["A03"], may_wait=False)
    client.sign_in(applicants.cast.ola)
    removal = f"{FAIR}/organise/halls/{applicants.cast.hall.id}/removal"
    assert client.post(removal).status_code == 409
    applicants.withdraw(sent)
    assert client.post(removal).status_code in (302, 303)
    assert applicants.count(Wish) == 0
    assert applicants.now(sent).state == ApplicationState.WITHDRAWN


def test_the_organisers_staff_writes_and_withdraws_nobodys_application(call: Any, applicants: Applicants) -> None:
    applicants.ways(Workflow.APPLY)
    wishes = {"exhibitor": applicants.cast.exhibitor.id, "wishes": [["A03"]]}
    assert call("sales", "POST", "/applications", wishes).status_code == 404
    made = call("exhibitor", "POST", "/applications", wishes).json
    assert call("finance", "DELETE", f"/applications/{made['id']}").status_code == 403


def test_finance_with_a_company_of_its_own_does_nothing_to_others(client: Client, applicants: Applicants) -> None:
    sent = applicants.apply(["A03"], may_wait=False)
    order = applicants.order(applicants.offer(sent, "A03"))

    def join(fair: Fair) -> None:
        db.session.add(
            ExhibitorMember(
                fair_id=fair.id, exhibitor_id=applicants.cast.rival.id, person_id=applicants.cast.fin.id,
                created_at=LONG_AGO,
            )
        )  # fmt: skip

    applicants(join)
    client.sign_in(applicants.cast.fin)
    assert client.get(f"{FAIR}/orders/{order.reference}").status_code == 200
    for deed in ("cancellation", "transfer", "checkout", "balance", "calling-off"):
        assert client.post(f"{FAIR}/orders/{order.reference}/{deed}").status_code == 404, deed


def test_who_may_not_hold_may_not_apply(applicants: Applicants) -> None:
    guest = applicants.company("Chưa duyệt")

    def unapprove(fair: Fair) -> None:
        one = db.session.get_one(Exhibitor, guest)
        one.approval, one.kind, one.main_id = Approval.REQUESTED, "co", applicants.cast.exhibitor.id

    applicants(unapprove)
    with pytest.raises(FieldErrors) as refusal:
        applicants.apply(["A03"], of=guest, may_wait=False)
    assert list(refusal.value.fields) == ["exhibitor"]


def test_what_is_kept_for_an_application_is_let_go_there_alone(applicants: Applicants) -> None:
    sent = applicants.apply(["A03"], may_wait=False)
    offer = applicants.offer(sent, "A03")

    def release(fair: Fair) -> None:
        release_hold(SYSTEM, fair, db.session.get_one(Hold, offer.hold_id), clock.now(), by_organiser=True)

    with pytest.raises(OfAnApplication):
        applicants(release)
    assert applicants.states("A03") == {"A03": "held"}


def test_what_was_offered_before_booking_closed_can_be_ordered_and_nothing_is_approved_after(
    applicants: Applicants,
) -> None:
    applicants.ways(Workflow.REQUEST)
    request = applicants.ask(applicants.hold("A05", of=applicants.cast.rival.id))
    sent = applicants.apply(["A03"], may_wait=False)
    offer = applicants.offer(sent, "A03")

    def close(fair: Fair) -> None:
        fair.booking_closed_at = clock.now()

    applicants(close)
    with pytest.raises(BookingClosed):
        applicants.approve(request)
    assert applicants.order(offer).total_minor > 0


def test_late_money_takes_no_booth_that_is_given_by_application(applicants: Applicants) -> None:
    order = applicants.order(applicants.offer(applicants.apply(["A03"], may_wait=False), "A03"))
    applicants.ways(Workflow.BUY, zone=Workflow.APPLY)

    def other(fair: Fair) -> list[Any]:
        found = db.session.merge(order)
        offered = equal_offers(found, clock.now())
        take_other_booths(SYSTEM, fair, found, ["A05"], clock.now())
        return offered

    with pytest.raises(NotEqual):
        applicants(other)
    assert applicants(lambda fair: equal_offers(db.session.merge(order), clock.now())) == []
    assert applicants.states("A05") == {"A05": BoothState.FREE}
    assert applicants.count(Application) == 1


def paid_late(chooser: Chooser) -> int:
    """Ema's order of A03 ran out, somebody else has A03, then Ema's money came; the order's id."""
    hold = chooser.hold("A03")

    def place(fair: Fair) -> int:
        kept = db.session.get_one(Hold, hold.id)
        return booking.place_order(SYSTEM, fair, kept, "transfer", clock.now()).id

    order_id = int(chooser(place))
    at(clock.now() + timedelta(days=4))
    chooser.sweep()
    chooser.let("A03")

    def pay(fair: Fair) -> None:
        whole = Money(db.session.get_one(Order, order_id).total_minor, "VND")
        arrival = Arrival("transfer", "FT9", whole, clock.now(), "")
        receive_payment(SYSTEM, fair.id, order_id, arrival, clock.now())

    chooser(pay)
    return order_id


def instead(chooser: Chooser, order_id: int, by_organiser: bool) -> list[str]:
    """Take A05 for it; the booths that were offered."""

    def work(fair: Fair) -> list[str]:
        order, now = db.session.get_one(Order, order_id), clock.now()
        offered = [booth.number for each in equal_offers(order, now, by_organiser) for booth in each]
        try:
            choose_equal(SYSTEM, fair, order, ["A05"], now, by_organiser)
        except DomainError as refused:
            db.session.rollback()
            return [*offered, refused.code]
        return offered

    return list(chooser(work))


def test_late_money_chooses_no_booth_before_its_turn(chooser: Chooser) -> None:
    order_id = paid_late(chooser)
    chooser.add()
    chooser.fix()
    assert instead(chooser, order_id, by_organiser=False) == ["turns_not_drawn"]
    assert chooser.states("A05") == {"A05": BoothState.FREE}
    assert "A05" in instead(chooser, order_id, by_organiser=True)
    assert chooser.states("A05") == {"A05": BoothState.LET}


def test_late_money_takes_no_booth_without_the_organisers_approval(chooser: Chooser) -> None:
    order_id = paid_late(chooser)
    chooser.ways(Workflow.REQUEST)
    assert instead(chooser, order_id, by_organiser=False) == ["needs_approval"]
    assert chooser.states("A05") == {"A05": BoothState.FREE}
    assert "A05" in instead(chooser, order_id, by_organiser=True)
    assert chooser.states("A05") == {"A05": BoothState.LET}
