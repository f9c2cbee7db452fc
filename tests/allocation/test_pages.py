"""Applications as people meet them: the plan's drawer, an exhibitor's own page, the organiser's lists."""

from typing import Any

import pytest
from sqlalchemy import event, select

from app.allocation.models import Application, ApplicationState, OfferState
from app.audit import AuditEntry
from app.booths.workflows import Workflow
from app.db import db
from tests.allocation.stage import Applicants
from tests.conftest import Client

FAIR = "/fairs/test-fair"
OWN = f"{FAIR}/portal/applications"
ORGANISE = f"{FAIR}/organise/applications"


def wishes(applicants: Applicants, *typed: str, seen: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "exhibitor": applicants.cast.exhibitor.id,
        "revision": seen,
        "wish": list(typed),
        "zone": "",
        "do": "send",
    } | more


def test_drawer_offers_what_the_zone_allows(client: Client, applicants: Applicants) -> None:
    client.sign_in(applicants.cast.ema)
    plan = f"{FAIR}/plan/drawer?booth=A03"
    assert "Giữ A03" in client.get(plan).text
    applicants.ways(Workflow.BUY, zone=Workflow.APPLY)
    page = client.get(plan).text
    assert "Thêm A03 vào nguyện vọng" in page
    assert "Giữ A03" not in page
    refused = client.post(f"{FAIR}/booths/A03/hold")
    assert refused.status_code == 409
    assert "Gian A03 được xét theo đơn" in refused.text
    applicants.ways(Workflow.REQUEST)
    assert "Ở đây ban tổ chức duyệt từng yêu cầu" in client.get(plan).text


def test_a_readers_kept_plan_is_fresh_after_the_way_of_letting_changed(client: Client, applicants: Applicants) -> None:
    tag = client.get(f"{FAIR}/plan?booth=A03").headers["ETag"]
    assert client.get(f"{FAIR}/plan?booth=A03", headers={"If-None-Match": tag}).status_code == 304
    applicants.ways(Workflow.BUY, zone=Workflow.APPLY)
    assert client.get(f"{FAIR}/plan?booth=A03", headers={"If-None-Match": tag}).status_code == 200


def test_booths_from_the_plan_become_wishes(client: Client, applicants: Applicants) -> None:
    client.sign_in(applicants.cast.ema)
    exhibitor = applicants.cast.exhibitor.id
    for numbers in ("A03", "A04,A06", "A03"):
        sent = client.post(f"{OWN}/wishes", data={"numbers": numbers, "exhibitor": exhibitor})
        assert sent.status_code == 303
    page = client.get(OWN).text
    assert 'value="A03"' in page
    assert 'value="A04, A06"' in page
    with applicants.app.app_context():
        [kept] = db.session.scalars(select(Application)).all()
        assert (kept.state, kept.sent_at) == (ApplicationState.DRAFT, None)


def test_waiting_for_one_booth_takes_one_press(client: Client, applicants: Applicants) -> None:
    applicants.let("A03", "A05")
    client.sign_in(applicants.cast.ema)
    assert "Chờ gian A03" in client.get(f"{FAIR}/plan/drawer?booth=A03").text
    waiting = {"numbers": "A03", "exhibitor": applicants.cast.exhibitor.id, "wait": "1"}
    page = client.post(f"{OWN}/wishes", data=waiting, follow_redirects=True).text
    assert "Bạn đã vào danh sách chờ gian A03." in page
    assert "Trong danh sách chờ, thứ 1" in page
    client.post(f"{OWN}/wishes", data=waiting | {"numbers": "A05"})
    applicants.free("A05")
    applicants.sweep()
    assert [one.numbers for one in applicants.offers()] == [["A05"]]


def test_what_was_typed_stays_when_something_is_refused(client: Client, applicants: Applicants) -> None:
    client.sign_in(applicants.cast.ema)
    typed = wishes(applicants, "A03", "Z9", may_wait="y", similar="y", booths="2", budget="abc", note="Gần cửa")
    page = client.post(OWN, data=typed)
    assert page.status_code == 422
    for text in ('value="Z9"', 'value="abc"', "Gần cửa", 'value="A03"'):
        assert text in page.text
    page = client.post(OWN, data=typed | {"budget": "30.000.000"})
    assert page.status_code == 422
    assert "Hội chợ không có gian Z9." in page.text
    free = client.post(OWN, data=typed | {"budget": "", "wish": ["A03"]})
    assert free.status_code == 422
    assert "Gian A03 đang trống: hãy giữ ngay trên sơ đồ." in free.text
    applicants.let("A03")
    assert client.post(OWN, data=typed | {"budget": "", "wish": ["A03"], "similar": []}).status_code == 303
    applicants.let("A05")
    stale = client.post(OWN, data=wishes(applicants, "A05"))
    assert stale.status_code == 409
    assert "Người khác của đơn vị bạn vừa sửa đơn này." in stale.text
    assert 'value="A05"' in stale.text
    assert 'name="revision" type="hidden" value="1"' in stale.text


def test_an_offer_is_seen_and_declined(client: Client, applicants: Applicants) -> None:
    applicants.ways(Workflow.APPLY)
    sent = applicants.apply(["A03"])
    offer = applicants.offer(sent, "A03")
    client.sign_in(applicants.cast.ema)
    assert "Bạn được mời nhận gian A03" in client.get(f"{FAIR}/portal").text
    page = client.get(OWN).text
    assert "Nhận và đặt gian" in page
    assert "15.840.000" in page  # 9 m² in a row, with VAT
    assert "Mời bạn nhận đến" in client.get(f"{FAIR}/plan/drawer?booth=A03").text
    for _twice in range(2):
        assert client.post(f"{OWN}/{sent.id}/offers/{offer.id}/refusal").status_code == 303
    assert [one.state for one in applicants.offers()] == [OfferState.DECLINED]


def test_a_request_is_sent_from_the_drawer(client: Client, applicants: Applicants) -> None:
    applicants.ways(Workflow.REQUEST)
    client.sign_in(applicants.cast.ema)
    assert client.post(f"{FAIR}/booths/A03/hold").status_code == 303
    assert "Gửi yêu cầu gian A03" in client.get(f"{FAIR}/portal").text
    with applicants.app.app_context():
        hold = db.session.scalars(select(Application.hold_id)).all() or None
        assert hold is None
    drawer = client.get(f"{FAIR}/plan/drawer?booth=A03").text
    assert "Gửi yêu cầu" in drawer
    hold_id = drawer.split('name="hold" value="')[1].split('"')[0]
    too_long = client.post(f"{FAIR}/portal/requests", data={"hold": hold_id, "note": "x" * 501})
    assert too_long.status_code == 422
    assert client.post(f"{FAIR}/portal/requests", data={"hold": hold_id, "note": "Gần cửa"}).status_code == 303
    assert "Yêu cầu gian A03" in client.get(OWN).text
    assert client.post(f"{FAIR}/booths/A03/order", data={"pay_by": "transfer"}).status_code == 409


def test_nobody_reaches_what_is_not_theirs(client: Client, applicants: Applicants) -> None:
    applicants.ways(Workflow.APPLY)
    sent = applicants.apply(["A03"])
    offer = applicants.offer(sent, "A03")
    client.sign_in(applicants.cast.rita)
    assert client.get(f"{OWN}?exhibitor={applicants.cast.exhibitor.id}").status_code == 404
    assert client.post(OWN, data=wishes(applicants, "A05")).status_code == 404
    assert client.post(f"{OWN}/{sent.id}/withdrawal").status_code == 404
    assert client.post(f"{OWN}/{sent.id}/offers/{offer.id}/refusal").status_code == 404
    assert client.post(f"{FAIR}/portal/requests", data={"hold": offer.hold_id}).status_code == 404
    assert client.get(ORGANISE).status_code == 403
    client.sign_in(applicants.cast.fin)
    assert client.get(ORGANISE).status_code == 200
    assert client.post(f"{ORGANISE}/{sent.id}/refusal", data={"reason": "x", "revision": 2}).status_code == 403
    client.sign_in(applicants.cast.sam)
    assert client.get(f"{ORGANISE}/rules").status_code == 403
    assert client.get(f"/fairs/other-fair/organise/applications/{sent.id}").status_code in (403, 404)


def test_a_draft_is_its_exhibitors_alone(client: Client, applicants: Applicants) -> None:
    client.sign_in(applicants.cast.ema)
    client.post(OWN, data=wishes(applicants, "A03", do="keep"))
    with applicants.app.app_context():
        [kept] = db.session.scalars(select(Application.id)).all()
    client.sign_in(applicants.cast.ola)
    assert "Gốm Chi" not in client.get(ORGANISE).text
    assert client.get(f"{ORGANISE}/{kept}").status_code == 404


def test_the_organiser_offers_approves_refuses_and_is_told_what_changed(client: Client, applicants: Applicants) -> None:
    applicants.ways(Workflow.APPLY)
    sent = applicants.apply(["A03"], note="Gần cửa")
    client.sign_in(applicants.cast.sam)
    assert "1 đơn đăng ký gian chờ bạn" in client.get(f"{FAIR}/organise/").text
    page = client.get(f"{ORGANISE}/{sent.id}").text
    assert "Gần cửa" in page
    gone = client.post(f"{ORGANISE}/{sent.id}/offers", data={"numbers": "A03, Z9", "revision": 1})
    assert gone.status_code == 404
    assert "Hội chợ không có gian Z9" in gone.text or "Z9" in gone.text
    assert 'value="A03, Z9"' in gone.text
    stale = client.post(f"{ORGANISE}/{sent.id}/offers", data={"numbers": "A03", "revision": 0})
    assert stale.status_code == 409
    assert client.post(f"{ORGANISE}/{sent.id}/offers", data={"numbers": "a03", "revision": 1}).status_code == 303
    [offer] = applicants.offers()
    assert offer.made_by == "Sam"
    assert client.post(f"{ORGANISE}/{sent.id}/offers/{offer.id}/withdrawal").status_code == 303
    seen = applicants.now(sent).revision
    empty = client.post(f"{ORGANISE}/{sent.id}/refusal", data={"reason": " ", "revision": seen})
    assert empty.status_code == 422
    assert "Ghi rõ lý do" in empty.text
    refusal = {"reason": "Hết chỗ.", "revision": seen}
    assert client.post(f"{ORGANISE}/{sent.id}/refusal", data=refusal).status_code == 303
    assert "Hết chỗ." in client.get(f"{ORGANISE}/{sent.id}").text
    with applicants.app.app_context():
        actions = set(db.session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == "application")))
    assert {"application.sent", "offer.made", "offer.withdrawn", "application.refused"} <= actions


def test_a_proposal_offers_what_is_chosen_and_says_what_changed(client: Client, applicants: Applicants) -> None:
    applicants.ways(Workflow.APPLY)
    first, second = applicants.apply(["A03"]), applicants.apply(["A05"], of=applicants.cast.rival.id)
    client.sign_in(applicants.cast.sam)
    page = client.get(f"{ORGANISE}/proposal").text
    assert f'value="{first.id}.1.A03"' in page
    applicants.apply(["A07"], of=applicants.cast.rival.id, seen=1)
    chosen = {"offers": [f"{first.id}.1.A03", f"{second.id}.1.A05", "nonsense"]}
    answer = client.post(f"{ORGANISE}/proposal", data=chosen, follow_redirects=True).text
    assert "Đã gửi 1 lời mời." in answer
    assert "1 lời mời không gửi được" in answer
    assert [one.numbers for one in applicants.offers()] == [["A03"]]


def test_lists_are_searched_and_taken_along(client: Client, applicants: Applicants) -> None:
    applicants.let("A03")
    applicants.apply(["A03"])
    applicants.apply(["A03"], of=applicants.cast.rival.id)
    client.sign_in(applicants.cast.fin)
    page = client.get(f"{ORGANISE}?show=waiting&q=gom").text
    assert "Gốm Chi" in page
    assert "Mây tre Phú Vinh" not in page
    assert "Trong danh sách chờ, thứ 1" in page
    table = client.get(f"{ORGANISE}.csv?show=waiting").text
    assert "Mây tre Phú Vinh" in table
    assert client.get(f"{ORGANISE}.xlsx?show=waiting").data[:2] == b"PK"


def test_rules_are_set_zone_by_zone(client: Client, applicants: Applicants) -> None:
    client.sign_in(applicants.cast.ola)
    page = client.get(f"{ORGANISE}/rules").text
    zone = page.split('name="zone-')[1].split('"')[0]
    typed = {"workflow": "request", "offer_hours": "0", "request_days": "9", f"zone-{zone}": "apply"}
    refused = client.post(f"{ORGANISE}/rules", data=typed)
    assert refused.status_code == 422
    assert "Lời mời có hạn từ 1 đến 720 giờ." in refused.text
    assert 'value="apply" selected' in refused.text
    assert client.post(f"{ORGANISE}/rules", data=typed | {"offer_hours": "24"}).status_code == 303
    assert "xin duyệt" in client.get(ORGANISE).text


def test_lists_ask_the_database_the_same_number_of_times_however_long(client: Client, applicants: Applicants) -> None:
    counted: list[int] = []
    client.sign_in(applicants.cast.sam)
    applicants.let("A03", "A05", "A06")

    def asked() -> int:
        statements: list[str] = []
        with applicants.app.app_context():
            engine = db.engine

        def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            statements.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            assert client.get(f"{ORGANISE}?show=waiting").status_code == 200
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return len(statements)

    for number in range(12):
        applicants.apply(["A03"], ["A05", "A06"], of=applicants.company(f"Đơn vị {number}"), booths=2, similar=False)
        if number in (1, 11):
            counted.append(asked())
    assert counted[0] == counted[1]
    assert counted[0] <= 15


@pytest.mark.parametrize("show", ["decide", "offered", "waiting", "ended"])
def test_empty_lists_teach(client: Client, applicants: Applicants, show: str) -> None:
    client.sign_in(applicants.cast.ola)
    assert 'class="empty"' in client.get(f"{ORGANISE}?show={show}").text
