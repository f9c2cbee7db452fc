"""Companies on another's booth: asked for, approved, refused, corrected, withdrawn; counted only when approved."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import clock
from app.audit import Actor, AuditEntry
from app.booths.guest_errors import (
    ApprovedAlready,
    GuestChanged,
    GuestsClosed,
    GuestsFull,
    GuestWithdrawn,
    NoBoothForGuests,
    NoRoomForGuests,
    RefusedAlready,
    ReportIsFinal,
)
from app.booths.guest_list import GuestKind, guests_of, room_of
from app.booths.guests import (
    IN_ITS_OWN_NAME,
    NO_REASON,
    OF_ANOTHER_KIND,
    ON_ANOTHER_BOOTH,
    correct_guest,
    decide_guest,
    place_guest,
    withdraw_guest,
)
from app.booths.own import has_booth
from app.db import db, retrying
from app.errors import DomainError, FieldErrors
from app.fairs.exhibiting import Company, change_company
from app.fairs.models import Approval, Exhibitor
from app.fairs.queries import exhibitors_matching, how_many
from app.fulfilment import give_back
from app.mail import Mail, compose
from app.reports.figures import figures_of
from app.reports.rules import RULES
from app.reports.tally import Tally
from tests.booths.guests_stage import FACTS, GOODS, ask, decide, let, rule, the_fair
from tests.support.cast import Cast
from tests.support.desk import Desk
from tests.support.market import Market, later

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def context(app: Flask):  # type: ignore[no-untyped-def]
    with app.app_context():
        yield


@pytest.fixture
def cast(cast: Cast, spring: Any) -> Cast:
    """The spring before the fair; A03 is Ema's, and Rita has none."""
    let(cast, "A03")
    return cast


def exhibitors(cast: Cast) -> int:
    db.session.rollback()
    return int(figures_of(Tally(the_fair(cast)), RULES["iso"])["exhibitors"].value or 0)


def listed(cast: Cast) -> tuple[int, int]:
    db.session.rollback()
    return how_many(exhibitors_matching(cast.fair.id))


def correct(cast: Cast, guest: Exhibitor, **facts: Any) -> Exhibitor:
    said = Company(**(FACTS | facts))
    actor = Actor("person", cast.ema.id)
    return retrying(lambda: correct_guest(actor, the_fair(cast), guest, said, clock.now()))


def withdraw(cast: Cast, guest: Exhibitor) -> bool:
    actor = Actor("person", cast.ema.id)
    return retrying(lambda: withdraw_guest(actor, the_fair(cast), guest, clock.now()))


def place(cast: Cast, kind: str = "co", rival: bool = False, **facts: Any) -> Exhibitor:
    main = db.session.get_one(Exhibitor, (cast.rival if rival else cast.exhibitor).id)
    said, ola = Company(**(FACTS | facts)), Actor("person", cast.ola.id)
    return retrying(lambda: place_guest(ola, the_fair(cast), main, GuestKind(kind), said, clock.now()))


def mails(template: str) -> list[Mail]:
    return list(db.session.scalars(select(Mail).where(Mail.template == template).order_by(Mail.id)))


def deeds(guest: Exhibitor) -> list[str]:
    about = AuditEntry.subject_id == str(guest.id)
    return list(db.session.scalars(select(AuditEntry.action).where(about).order_by(AuditEntry.id)))


def test_a_request_is_in_no_list_and_no_count_until_it_is_approved(cast: Cast) -> None:
    figure, before = exhibitors(cast), listed(cast)
    guest = ask(cast)
    assert (guest.approval, guest.kind, guest.main_id) == (Approval.REQUESTED, "co", cast.exhibitor.id)
    assert (exhibitors(cast), listed(cast)) == (figure, before)
    assert not has_booth(the_fair(cast), [guest.id], clock.now())
    decide(cast, guest)
    assert (exhibitors(cast), listed(cast)) == (figure + 1, (before[0] + 1, before[1]))
    assert has_booth(the_fair(cast), [guest.id], clock.now())
    assert deeds(guest) == ["guest.requested", "guest.approved"]
    assert [(mail.recipient, mail.context["name"]) for mail in mails("guest_requested")] == [
        ("ola@example.org", FACTS["name"])
    ]
    [told] = mails("guest_decided")
    assert (told.recipient, told.context["approved"]) == ("ema@example.org", True)


def test_represented_companies_are_listed_and_never_counted(cast: Cast) -> None:
    figure, before = exhibitors(cast), listed(cast)
    decide(cast, ask(cast, "represented"))
    assert exhibitors(cast) == figure
    assert listed(cast) == (before[0], before[1] + 1)


def test_a_represented_company_may_lack_what_only_a_contract_needs(cast: Cast) -> None:
    assert ask(cast, "represented").tax_code == ""
    with pytest.raises(FieldErrors) as wrong:
        ask(cast, "represented", name="Tơ", tax_code="12")
    assert list(wrong.value.fields) == ["tax_code"]
    with pytest.raises(FieldErrors) as missing:
        ask(cast, "co", **{name: "" for name in FACTS} | {"country": "VN", "name": "Tơ"})
    assert {"tax_code", "address", "representative", "phone", "province"} <= set(missing.value.fields)


def test_without_approval_they_are_there_at_once(cast: Cast) -> None:
    rule(cast, approve_guests=False)
    figure = exhibitors(cast)
    guest = ask(cast)
    assert guest.approval == Approval.APPROVED
    assert exhibitors(cast) == figure + 1
    assert mails("guest_requested") == []
    assert deeds(guest) == ["guest.added"]


def test_who_has_no_let_booth_has_no_room_for_others(market: Market) -> None:
    market.hold("A05", rival=True)
    with pytest.raises(NoBoothForGuests):
        ask(market.cast, rival=True)


def test_the_same_form_again_makes_nothing_new(cast: Cast) -> None:
    first, again = ask(cast), ask(cast)
    assert first.id == again.id
    assert deeds(first) == ["guest.requested"]
    with pytest.raises(FieldErrors) as other:
        ask(cast, "represented", **FACTS)
    assert other.value.fields == {"name": OF_ANOTHER_KIND}


def test_sent_again_with_other_details_it_is_corrected(cast: Cast) -> None:
    guest = ask(cast)
    later(minutes=1)
    again = ask(cast, phone="0988 111 222")
    assert (again.id, again.phone, again.approval) == (guest.id, "0988 111 222", Approval.REQUESTED)
    assert again.requested_at is not None and again.requested_at > again.created_at  # who read the old reads it anew
    placed = place(cast, phone="0977 111 222")
    assert (placed.id, placed.phone, placed.approval) == (guest.id, "0977 111 222", Approval.APPROVED)
    assert deeds(guest) == ["guest.requested", "exhibitor.changed", "guest.approved", "exhibitor.changed"]


def test_who_is_at_the_fair_already_is_not_taken_onto_the_booth(cast: Cast) -> None:
    rival = cast.rival
    with pytest.raises(FieldErrors) as own:
        ask(cast, name=rival.name, tax_code=rival.tax_code)
    assert own.value.fields == {"name": IN_ITS_OWN_NAME}
    let(cast, "A05", rival=True)
    ask(cast)
    with pytest.raises(FieldErrors) as elsewhere:
        ask(cast, rival=True)
    assert elsewhere.value.fields == {"name": ON_ANOTHER_BOOTH}


def test_a_refusal_needs_a_reason_that_the_exhibitor_reads(cast: Cast) -> None:
    guest = ask(cast)
    with pytest.raises(FieldErrors) as silent:
        decide(cast, guest, Approval.REFUSED, "  ")
    assert silent.value.fields == {"reason": NO_REASON}
    guest = decide(cast, guest, Approval.REFUSED, "Ghi đúng tên trên giấy đăng ký.")
    assert (guest.approval, guest.refusal) == (Approval.REFUSED, "Ghi đúng tên trên giấy đăng ký.")
    [told] = mails("guest_decided")
    assert (told.context["approved"], told.context["reason"]) == (False, guest.refusal)
    again = correct(cast, guest, name="Xưởng đèn lồng Cleo Hà Nội")
    assert (again.approval, again.refusal, again.id) == (Approval.REQUESTED, "", guest.id)
    assert len(mails("guest_requested")) == 2


@pytest.mark.parametrize("kind", ["co", "represented"])
def test_letters_read_well_in_both_languages(cast: Cast, kind: str) -> None:
    guest = decide(cast, ask(cast, kind))
    withdraw(cast, guest)
    decide(cast, ask(cast, kind), Approval.REFUSED, "Ghi đúng tên.")
    asked, approved, again, refused = db.session.scalars(select(Mail).order_by(Mail.id))
    read = {}
    for mail in (asked, approved, refused):
        for locale in ("vi", "en"):
            mail.locale = locale
            letter = compose(mail)
            body = letter.get_body(("plain",))
            assert body is not None
            read[mail.id, locale] = f"{letter['Subject']}\n{body.get_content()}"
    assert again.template == "guest_requested"
    assert f"{guest.name} chờ bạn duyệt" in read[asked.id, "vi"]
    assert "/organise/exhibitors#requests" in read[asked.id, "en"]
    assert f"{guest.name} is approved" in read[approved.id, "en"]
    assert "Lý do của ban tổ chức: Ghi đúng tên." in read[refused.id, "vi"]
    assert f"/portal/company/{cast.exhibitor.id}/companies" in read[refused.id, "en"]


def test_without_an_address_of_the_contract_its_people_are_told(cast: Cast) -> None:
    db.session.get_one(Exhibitor, cast.exhibitor.id).email = ""
    db.session.commit()
    decide(cast, ask(cast))
    assert [mail.recipient for mail in mails("guest_decided")] == ["ema@example.org", "cleo@example.org"]


def test_what_is_decided_stays_decided(cast: Cast) -> None:
    guest, refused = decide(cast, ask(cast)), ask(cast, name="Nón Chuông", tax_code="0109999999")
    with pytest.raises(ApprovedAlready):
        decide(cast, guest, Approval.REFUSED, "nhầm")
    decide(cast, refused, Approval.REFUSED, "nhầm")
    with pytest.raises(RefusedAlready):
        decide(cast, refused)
    assert len(mails("guest_decided")) == 2


def test_nobody_decides_on_what_was_not_read(cast: Cast) -> None:
    guest = ask(cast)
    seen = guest.requested_at
    later(minutes=1)
    correct(cast, guest, products="đèn lồng giấy")
    ola = Actor("person", cast.ola.id)
    with pytest.raises(GuestChanged):
        retrying(lambda: decide_guest(ola, the_fair(cast), guest, Approval.APPROVED, "", seen, clock.now()))
    withdraw(cast, guest)
    with pytest.raises(GuestWithdrawn):
        decide(cast, guest)


@pytest.mark.parametrize(
    ("facts", "approval"),
    [
        ({"products": "đèn giấy", "phone": "0988 111 222"}, Approval.APPROVED),
        ({"name": "Xưởng khác"}, Approval.REQUESTED),
        ({"tax_code": "0107777777"}, Approval.REQUESTED),
        ({"country": "JP", "province": "", "tax_code": ""}, Approval.REQUESTED),
    ],
)
def test_another_company_is_approved_anew(cast: Cast, facts: dict[str, str], approval: Approval) -> None:
    guest = decide(cast, ask(cast))
    assert correct(cast, guest, **facts).approval == approval


def test_withdrawn_is_kept_and_not_counted_and_can_come_again(cast: Cast) -> None:
    figure = exhibitors(cast)
    guest = decide(cast, ask(cast))
    assert [withdraw(cast, guest), withdraw(cast, guest)] == [True, False]
    assert exhibitors(cast) == figure
    assert [one.id for one in guests_of(cast.fair.id, {cast.exhibitor.id})] == [guest.id]
    with pytest.raises(GuestWithdrawn):
        correct(cast, guest)
    again = ask(cast)
    assert (again.id, again.approval, again.withdrawn_at) == (guest.id, Approval.REQUESTED, None)
    assert deeds(guest) == ["guest.requested", "guest.approved", "guest.withdrawn", "guest.requested"]


def test_the_organiser_enters_it_approved_and_moves_who_left_another_booth(cast: Cast) -> None:
    let(cast, "A05", rival=True)
    guest = place(cast)
    assert guest.approval == Approval.APPROVED
    with pytest.raises(FieldErrors):
        place(cast, rival=True)
    withdraw(cast, guest)
    moved = place(cast, rival=True)
    assert (moved.id, moved.main_id, moved.approval) == (guest.id, cast.rival.id, Approval.APPROVED)
    asked = ask(cast, name="Nón Chuông", tax_code="0109999999")
    assert place(cast, name="Nón Chuông", tax_code="0109999999").approval == Approval.APPROVED
    assert deeds(asked) == ["guest.requested", "guest.approved"]


def test_the_organiser_corrects_without_a_new_decision(cast: Cast) -> None:
    guest = decide(cast, ask(cast, "represented"))
    said = Company(**(GOODS | {"name": "Lụa Vạn Phúc Hà Đông"}))
    retrying(lambda: change_company(Actor("person", cast.ola.id), the_fair(cast), guest, said))
    assert (guest.name, guest.approval) == ("Lụa Vạn Phúc Hà Đông", Approval.APPROVED)


def test_the_cap_follows_the_let_area(cast: Cast) -> None:
    rule(cast, co_exhibitors_per_9_m2=1)
    first = ask(cast)
    assert room_of(the_fair(cast), cast.exhibitor.id).left == 0
    second = {"name": "Nón Chuông", "tax_code": "0109999999"}
    with pytest.raises(GuestsFull) as full:
        ask(cast, **second)
    assert full.value.params == {"at_most": 1}
    ask(cast, "represented")  # they stand in no cap
    let(cast, "A05")
    assert ask(cast, **second).approval == Approval.REQUESTED
    decide(cast, first, Approval.REFUSED, "chưa đủ")
    ask(cast, name="Tò he", tax_code="0106666666")
    with pytest.raises(GuestsFull):
        correct(cast, first)  # refused ones give their place away
    rule(cast, co_exhibitors_per_9_m2=0)
    with pytest.raises(NoRoomForGuests):
        ask(cast, name="Rối nước", tax_code="0105555555")


def test_after_the_fair_the_organiser_corrects_until_the_report_is_final(cast: Cast) -> None:
    guest = decide(cast, ask(cast))
    later(days=100)
    with pytest.raises(GuestsClosed):
        ask(cast, name="Nón Chuông", tax_code="0109999999")
    assert place(cast, name="Nón Chuông", tax_code="0109999999").approval == Approval.APPROVED
    rule(cast, frozen_at=clock.now())
    for deed in (lambda: withdraw(cast, guest), lambda: correct(cast, guest), lambda: place(cast), lambda: ask(cast)):
        with pytest.raises(ReportIsFinal):
            deed()


def test_guests_of_a_booth_that_is_given_back_count_no_more(market: Market, desk: Desk) -> None:
    cast = market.cast
    order = market.order(market.hold("A05", rival=True))
    desk.pay(str(order.stripe_session_id), int(clock.now().timestamp()))
    desk.deliver()
    decide(cast, ask(cast, rival=True))
    decide(cast, ask(cast, "represented", rival=True))
    assert exhibitors(cast) == 3  # Ema's, Rita's, and Rita's co-exhibitor
    assert sorted(group.kind for group in Tally(the_fair(cast)).exhibitors) == ["co", "main", "represented"]
    retrying(lambda: give_back(Actor("person", cast.ola.id), order, clock.now()))
    assert exhibitors(cast) == 1
    assert [(group.kind, group.number) for group in Tally(the_fair(cast)).exhibitors] == [("main", 1)]
    with pytest.raises(NoBoothForGuests):
        ask(cast, rival=True, name="Nón Chuông", tax_code="0109999999")
    let(cast, "A06", rival=True)
    assert exhibitors(cast) == 3  # with a booth of its host they are there again


def raced(app: Flask, *deeds: Callable[[], Any]) -> list[str]:
    """All at once, each in a thread of its own: what each came to."""
    start, said = threading.Barrier(len(deeds)), [""] * len(deeds)

    def one(n: int, deed: Callable[[], Any]) -> None:
        with app.app_context():
            start.wait()
            try:
                deed()
                said[n] = "done"
            except DomainError as error:
                said[n] = error.code
            finally:
                db.session.remove()

    threads = [threading.Thread(target=one, args=(n, deed)) for n, deed in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(said)


def test_two_requests_in_one_moment_do_not_pass_the_cap(app: Flask, cast: Cast) -> None:
    rule(cast, co_exhibitors_per_9_m2=1)
    db.session.remove()
    names = ("Một", "Hai", "Ba", "Bốn")
    wanted = [lambda n=n, name=name: ask(cast, name=name, tax_code=f"010444444{n}") for n, name in enumerate(names)]
    assert raced(app, *wanted) == ["done", "guests_full", "guests_full", "guests_full"]
    assert len(guests_of(cast.fair.id, {cast.exhibitor.id})) == 1


def test_the_same_request_four_times_in_one_moment_is_one(app: Flask, cast: Cast) -> None:
    db.session.remove()
    assert raced(app, *[lambda: ask(cast)] * 4) == ["done"] * 4
    [guest] = guests_of(cast.fair.id, {cast.exhibitor.id})
    assert deeds(guest) == ["guest.requested"]


def test_two_organisers_at_once_decide_once(app: Flask, cast: Cast) -> None:
    guest = ask(cast)
    db.session.remove()

    def say(to: Approval) -> Callable[[], Any]:
        return lambda: decide(cast, db.session.get_one(Exhibitor, guest.id), to, "không hợp")

    said = raced(app, say(Approval.APPROVED), say(Approval.REFUSED), say(Approval.APPROVED))
    assert said == ["done", "guest_decided", "guest_decided"]
    assert len(mails("guest_decided")) == 1
    assert len([deed for deed in deeds(guest) if deed != "guest.requested"]) == 1
