"""Tasks as people meet them: the organiser's pages and files, the exhibitor's own list, who gets where."""

import io
from datetime import timedelta
from time import process_time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select

from app import clock
from app.audit import AuditEntry
from app.booths.models import Booth, BoothState
from app.db import db, transaction
from app.fairs.models import Exhibitor
from app.tasks.keeping import tasks_of
from app.tasks.models import TaskAnswer
from app.tasks.standing import Standing
from tests.conftest import Client
from tests.support.cast import Cast
from tests.tasks.stage import DUE, PDF, POWER, Manual, at

PAGE = "/fairs/test-fair/organise/tasks"
OWN = "/fairs/test-fair/portal/tasks"
TYPED = {"title": "Điện", "title_en": "Power", "due_on": "2019-11-01", "asks": "choice"}


def sent(manual: Manual, seen: int = 0, asks: str = "text", **more: Any) -> dict[str, Any]:
    return {"exhibitor": manual.cast.exhibitor.id, "revision": seen, "asks": asks} | more


def test_the_organiser_takes_the_usual_tasks_and_changes_one(client: Client, manual: Manual) -> None:
    client.sign_in(manual.cast.sam)
    assert "Lấy bộ việc thường dùng" in client.get(PAGE).text
    assert client.post(f"{PAGE}/usual").status_code == 303
    page = client.get(PAGE).text
    assert "Hợp đồng thuê gian hàng đã ký" in page
    assert "2 đơn vị đã thuê gian." in page
    task_id = manual(lambda fair: tasks_of(fair.id))[3].id
    assert "Đã đặt thêm điện 3 pha\n" in client.get(f"{PAGE}/{task_id}").text
    refused = client.post(f"{PAGE}/{task_id}", data=TYPED | {"options": "Chỉ một câu"})
    assert refused.status_code == 422
    assert "Nhập ít nhất hai câu để chọn" in refused.text
    assert "Chỉ một câu" in refused.text
    both = {"options": "Không\r\nCó", "options_en": "No\nYes", "booth_kinds": ["row"], "must_accept": "y"}
    assert client.post(f"{PAGE}/{task_id}", data=TYPED | both).status_code == 303
    kept = manual.stored(task_id)
    assert kept is not None
    assert kept.options == [{"name": "Không", "name_en": "No"}, {"name": "Có", "name_en": "Yes"}]
    assert (kept.must_accept, kept.booth_kinds) == (True, ["row"])
    assert client.post(f"{PAGE}/{task_id}/place", data={"to": "up"}).status_code == 303
    assert client.post(f"{PAGE}/{task_id}/removal").status_code == 303
    assert client.get(f"{PAGE}/{task_id}").status_code == 404


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"title": ""}, "Điền ô này."),
        ({"due_on": "0001-01-01"}, ""),
        ({"asks": "song"}, "Chọn một mục trong danh sách."),
        ({"asks": "text", "longest": "0"}, "từ 1 đến 2000"),
        ({"options": "a\nb", "options_en": "a\nb\nc"}, ""),
        ({"options": "a\nb", "options_en": "a"}, "Số câu tiếng Anh"),
    ],
)
def test_what_is_no_task_is_refused_and_stays_typed(
    client: Client, manual: Manual, typed: dict[str, str], sentence: str
) -> None:
    client.sign_in(manual.cast.ola)
    answer = client.post(f"{PAGE}/new", data=TYPED | {"options": "a\nb", "about": "Đọc kỹ."} | typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Đọc kỹ." in answer.text


def test_reminder_days_are_typed_as_people_do(client: Client, manual: Manual) -> None:
    client.sign_in(manual.cast.ola)
    manual.task()
    for typed, status in (("14, 3", 303), ("14 và 3", 303), ("", 303), ("hai ngày", 422), ("99", 422)):
        answer = client.post(f"{PAGE}/reminders", data={"days_before": typed})
        assert answer.status_code == status, typed
    assert 'value="99"' in answer.text
    assert "từ 1 đến 60" in answer.text


def test_an_exhibitor_answers_in_place(client: Client, manual: Manual) -> None:
    text, paper = manual.task(), manual.task(title="Bảo hiểm", asks="file", due_on=DUE + timedelta(days=1))
    client.sign_in(manual.cast.ema)
    portal = client.get("/fairs/test-fair/portal").text
    assert "Chuẩn bị cho hội chợ" in portal
    assert f"{OWN}?task={text}#task-{text}" in portal
    assert "Còn 25 ngày, hạn T6 01.11.2019." in portal  # the next step
    long = client.post(f"{OWN}/{text}/answers", data=sent(manual, answer="Công ty Gốm sứ Thuỳ Hương"))
    assert long.status_code == 422
    assert "Chỉ vừa 24 ký tự, bạn đã nhập 25." in long.text
    assert 'value="Công ty Gốm sứ Thuỳ Hương"' in long.text
    assert client.post(f"{OWN}/{text}/answers", data=sent(manual, answer="GỐM CHI")).status_code == 303
    page = client.get(OWN).text
    assert "Đã gửi. Ban tổ chức sẽ xem" in page
    assert "Chờ duyệt" in page
    html = sent(manual, asks="file", document=(io.BytesIO(b"<html>"), "x.pdf"))
    assert "PDF, PNG hoặc JPEG" in client.post(f"{OWN}/{paper}/answers", data=html).text
    good = sent(manual, asks="file", document=(io.BytesIO(PDF), "bảo hiểm.pdf"))
    assert client.post(f"{OWN}/{paper}/answers", data=good).status_code == 303
    answer_id = manual.company().asked[paper].answer.id  # type: ignore[union-attr]
    file = client.get(f"/fairs/test-fair/tasks/answers/{answer_id}/1/document")
    assert file.data == PDF
    assert file.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert client.get(f"/fairs/test-fair/tasks/answers/{answer_id}/2/document").status_code == 404


def test_the_second_colleague_reads_the_first_and_loses_nothing(client: Client, manual: Manual) -> None:
    task_id = manual.task()
    manual.answer(task_id, "cleo", text="GỐM CLEO")
    client.sign_in(manual.cast.ema)
    refused = client.post(f"{OWN}/{task_id}/answers", data=sent(manual, answer="GỐM EMA"))
    assert refused.status_code == 409
    assert "Đồng nghiệp của bạn vừa gửi trước." in refused.text
    assert "GỐM CLEO" in refused.text
    assert 'value="GỐM EMA"' in refused.text
    assert 'name="revision" value="1"' in refused.text
    assert client.post(f"{OWN}/{task_id}/answers", data=sent(manual, 1, answer="GỐM EMA")).status_code == 303
    assert "GỐM CLEO" in client.get(OWN).text  # among what was sent before


def test_who_is_late_and_what_waits_is_seen_and_decided_together(client: Client, manual: Manual) -> None:
    fascia, power = manual.task(), manual.task(title="Điện", title_en="Power", asks="choice", options=POWER)
    first, second = manual.answer(fascia), manual.answer(power, asks="choice", text="Thêm 3 kW")
    client.sign_in(manual.cast.ola)
    assert "2 phần chuẩn bị chờ duyệt" in client.get("/fairs/test-fair/organise/").text
    at(DUE + timedelta(days=2))
    page = client.get(PAGE).text
    assert '<a href="/fairs/test-fair/organise/tasks/answers?state=late">2 việc</a> quá hạn' in page
    late = client.get(f"{PAGE}/answers?state=late").text
    assert "Mây tre Phú Vinh" in late
    assert "Gốm Chi" not in late
    assert "quá 2 ngày" in late
    english = client.get(f"{PAGE}/answers?state=sent&task={power}&lang=en").text
    assert "3 kW more" in english
    client.get(f"{PAGE}?lang=vi", headers={"Accept": "text/html"})
    chosen = {"answers": [f"{first.id}.1", f"{second.id}.1", "x", "9"]}
    refused = client.post(f"{PAGE}/decisions?state=sent", data=chosen | {"decision": "send_back", "reason": " "})
    assert refused.status_code == 422
    assert f'value="{first.id}.1" checked' in refused.text
    assert "Ghi rõ còn thiếu hoặc sai gì" in refused.text
    back = {"answers": f"{first.id}.1", "decision": "send_back", "reason": "Viết hoa cả."}
    answer = client.post(f"{PAGE}/decisions?state=sent", data=back)
    assert answer.location.endswith("/organise/tasks/answers?state=sent")
    both = client.post(f"{PAGE}/decisions", data=chosen | {"decision": "accept"}, follow_redirects=True).text
    assert "Đã duyệt 1 phần." in both
    assert "1 phần vừa thay đổi" in both
    company = client.get(f"{PAGE}/exhibitors/{manual.cast.exhibitor.id}").text
    assert "Viết hoa cả." in company
    assert "ema@example.org" in company
    none = client.post(f"{PAGE}/decisions?exhibitor={manual.cast.exhibitor.id}", data={"decision": "accept"})
    assert none.status_code == 422
    assert "Chọn ít nhất một phần trả lời." in none.text


def test_a_retired_task_keeps_its_answers_readable(client: Client, manual: Manual) -> None:
    task_id = manual.task()
    manual.answer(task_id)
    client.sign_in(manual.cast.ola)
    assert client.post(f"{PAGE}/{task_id}/removal").status_code == 303
    assert "Không còn yêu cầu" in client.get(PAGE).text
    assert "GỐM CHI" in client.get(f"{PAGE}/answers?task={task_id}").text
    assert "GỐM CHI" in client.get(f"{PAGE}/answers.csv?task={task_id}").text
    assert "chờ duyệt" not in client.get("/fairs/test-fair/organise/").text


def test_lists_go_out_as_files(client: Client, manual: Manual) -> None:
    task_id = manual.task()
    manual.answer(task_id, text="=GỐM CHI")
    manual.task(title="Bảo hiểm", asks="file")
    client.sign_in(manual.cast.sam)
    table = client.get(f"{PAGE}/answers.csv").text.splitlines()
    assert table[0].startswith('\ufeff"Đơn vị trưng bày","Gian hàng","Việc","Hạn"')
    assert '"Gốm Chi","A01","Tên trên biển gian","2019-11-01","Chờ duyệt","\'=GỐM CHI"' in table[1]
    assert len(table) == 5
    assert len(client.get(f"{PAGE}/answers.csv?state=open").text.splitlines()) == 4
    assert client.get(f"{PAGE}/answers.xlsx?kind=row").data[:2] == b"PK"


@pytest.mark.parametrize("who", ["fin", "gia", "dana", "ema", "bao", "stan"])
def test_tasks_are_kept_by_sales_and_the_organiser_alone(client: Client, manual: Manual, who: str) -> None:
    task_id = manual.task()
    answer = manual.answer(task_id)
    client.sign_in(getattr(manual.cast, who))
    exhibitor = manual.cast.exhibitor.id
    for path in ("", "/new", f"/{task_id}", "/answers", "/answers.csv", f"/exhibitors/{exhibitor}"):
        assert client.get(PAGE + path).status_code in (403, 404), path
    for path in ("/usual", "/reminders", "/new", f"/{task_id}", f"/{task_id}/removal", f"/{task_id}/place"):
        assert client.post(PAGE + path, data=TYPED).status_code in (403, 404), path
    decision = {"decision": "accept", "answers": f"{answer.id}.1"}
    assert client.post(f"{PAGE}/decisions", data=decision).status_code in (403, 404)
    assert manual.company().asked[task_id].standing is Standing.SENT


@pytest.mark.parametrize("who", ["ola", "sam", "gia", "rita", "bao", "stan"])
def test_nobody_answers_for_another_company_or_reads_its_files(client: Client, manual: Manual, who: str) -> None:
    task_id, paper = manual.task(), manual.task(asks="file")
    answer = manual.answer(paper, asks="file", filename="x.pdf", content=PDF)
    client.sign_in(getattr(manual.cast, who))
    answered = client.post(f"{OWN}/{task_id}/answers", data=sent(manual, answer="x"))
    assert answered.status_code in (403, 404)
    file = client.get(f"/fairs/test-fair/tasks/answers/{answer.id}/1/document")
    assert file.status_code == (200 if who in ("ola", "sam") else 404 if who == "rita" else 403)
    assert manual.count(TaskAnswer) == 1


def test_a_stranger_is_asked_to_sign_in(client: Client, manual: Manual) -> None:
    assert "/sign-in" in client.get(OWN).location
    assert "/sign-in" in client.get(PAGE).location


def test_every_deed_stands_in_the_log(app: Flask, client: Client, manual: Manual) -> None:
    task_id = manual.task()
    manual.send_back({manual.answer(task_id).id: 1})
    client.sign_in(manual.cast.ola)
    client.post(f"{PAGE}/reminders", data={"days_before": "5"})
    at(DUE - timedelta(days=5))
    manual.remind()
    with app.app_context():
        actions = set(db.session.scalars(select(AuditEntry.action)))
    assert {"task.added", "task.answered", "task.sent_back", "task.reminders_set", "task.reminded"} <= actions
    log = client.get("/fairs/test-fair/organise/audit").text
    assert "Trả lại phần chuẩn bị" in log
    assert "“Tên trên biển gian”" in log


@pytest.fixture
def full_hall(app: Flask, manual: Manual) -> Manual:
    """320 companies with a booth each and 8 tasks, three quarters of them answered."""
    cast: Cast = manual.cast
    tasks = [manual.task(title=f"Việc {n}", asks="confirm", must_accept=bool(n % 2)) for n in range(8)]
    with app.app_context(), transaction():
        now, fair = clock.now(), cast.fair.id
        names = [{"fair_id": fair, "name": f"Công ty {n:03}", "folded": f"cong ty {n:03}", "country": "VN",
                  "created_at": now, "email": f"c{n}@example.org"} for n in range(318)]  # fmt: skip
        ids = list(db.session.scalars(insert(Exhibitor).returning(Exhibitor.id), names))
        booth = db.session.scalars(select(Booth).where(Booth.number == "A03")).one()
        same = ("fair_id", "hall_id", "y_cm", "width_cm", "depth_cm", "open_sides", "kind")
        shape = {name: getattr(booth, name) for name in same}
        db.session.execute(
            insert(Booth),
            [shape | {"number": f"B{n:03}", "x_cm": 300 * n, "state": BoothState.LET.value, "exhibitor_id": id_}
             for n, id_ in enumerate(ids)],
        )  # fmt: skip
        db.session.execute(
            insert(TaskAnswer),
            [{"fair_id": fair, "task_id": task, "exhibitor_id": id_, "revision": 1, "answered_at": now,
              "state": ("sent" if n % 2 else "done")} for n, id_ in enumerate(ids) for task in tasks[:6]],
        )  # fmt: skip
    return manual


def test_a_full_hall_is_seen_in_few_statements(client: Client, full_hall: Manual, statements: Any) -> None:
    client.sign_in(full_hall.cast.ola)
    at(DUE + timedelta(days=1))
    for path in ("", "/answers", "/answers?state=late", "?state=late&q=cong+ty", "/answers.csv"):
        client.get(PAGE + path)
        began = process_time()
        with statements() as seen:
            answer = client.get(PAGE + path)
            assert answer.status_code == 200
            assert len(answer.data) > 1000
        took = process_time() - began
        assert len(seen) <= 15, path
        assert took < 1, f"{path} took {took} s"  # of the processor, shared with others; alone it takes a tenth
    with statements() as seen:
        client.get(f"{PAGE}/exhibitors/{full_hall.cast.exhibitor.id}")
    assert len(seen) <= 15


def test_the_portal_stays_light(client: Client, manual: Manual, statements: Any) -> None:
    for n in range(8):
        manual.task(title=f"Việc {n}")
    client.sign_in(manual.cast.ema)
    for path in ("/fairs/test-fair/portal", OWN):
        with statements() as seen:
            assert client.get(path).status_code == 200
        assert len(seen) <= 15, path
