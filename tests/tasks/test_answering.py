"""Answers: taken, refused, sent twice, two at once, corrected, late; accepted and sent back."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.db import db
from app.errors import FieldErrors, NotFound
from app.tasks.errors import AnsweredMeanwhile, AnswerFixed, TaskChanged
from app.tasks.models import AnswerState, TaskAnswer, TaskAnswerRevision
from app.tasks.standing import Standing
from tests.tasks.stage import DUE, PDF, POWER, Manual, at


def standing(manual: Manual, task_id: int) -> tuple[Standing, bool]:
    one = manual.company().asked[task_id]
    return one.standing, one.answered_late


def test_each_kind_of_answer_is_taken(manual: Manual) -> None:
    text = manual.task(must_accept=True)
    tick = manual.task(asks="confirm", must_accept=False)
    choice = manual.task(asks="choice", options=POWER, must_accept=False)
    paper = manual.task(asks="file", must_accept=True)
    assert manual.answer(text, text="  GỐM  CHI\n").text == "GỐM CHI"
    manual.answer(tick, asks="confirm", confirmed=True)
    manual.answer(choice, asks="choice", text="Thêm 3 kW")
    manual.answer(paper, asks="file", filename="bảo hiểm.PDF", content=PDF)
    asked = manual.company().asked
    states = [asked[one].standing for one in (text, tick, choice, paper)]
    assert states == [Standing.SENT, Standing.DONE, Standing.DONE, Standing.SENT]
    document = asked[paper].document
    assert document is not None
    assert (document.filename, document.media_type) == ("bảo hiểm.pdf", "application/pdf")


@pytest.mark.parametrize(
    ("asks", "said", "field"),
    [
        ("confirm", {"text": "có"}, "answer"),
        ("text", {"text": " \n "}, "answer"),
        ("text", {"text": "Công ty Gốm sứ Thuỳ Hương"}, "answer"),  # 25
        ("choice", {"text": "Thêm 9 kW"}, "answer"),
        ("file", {"text": "x"}, "document"),
        ("file", {"filename": "x.pdf", "content": b"<html>"}, "document"),
    ],
)
def test_what_is_no_answer_is_refused(manual: Manual, asks: str, said: dict[str, Any], field: str) -> None:
    task_id = manual.task(asks=asks, options=POWER)
    with pytest.raises(FieldErrors) as refused:
        manual.answer(task_id, asks=asks, **said)
    assert list(refused.value.fields) == [field]
    assert manual.count(TaskAnswer) == 0


def test_letters_are_counted_as_they_are_read(manual: Manual) -> None:
    decomposed = "Gô\u0301m" + "o" * 21  # ố in two characters: 24 letters, 25 code points
    assert len(manual.answer(manual.task(), text=decomposed).text) == 24


def test_long_texts_keep_their_lines(manual: Manual) -> None:
    task_id = manual.task(longest=600)
    assert manual.answer(task_id, text="Một\r\n\r\nBa ").text == "Một\n\nBa"


def test_only_who_is_asked_can_answer(manual: Manual) -> None:
    rows_only = manual.task(booth_kinds=["row"])
    with pytest.raises(NotFound):
        manual.answer(rows_only)  # Ema has a corner
    manual.answer(rows_only, "rita")
    manual.cast.exhibitor, manual.cast.rival = manual.cast.rival, manual.cast.exhibitor
    with pytest.raises(NotFound):
        manual.answer(999)


def test_the_same_answer_sent_twice_is_one(manual: Manual) -> None:
    task_id, paper = manual.task(), manual.task(asks="file")
    for _time in range(2):
        assert manual.answer(task_id).revision == 1
        assert manual.answer(paper, asks="file", filename="x.pdf", content=PDF).revision == 1
    assert manual.count(TaskAnswerRevision) == 2
    assert [
        one.revision for one in (manual.answer(task_id, seen=1, text="CHI"), manual.answer(task_id, seen=1, text="CHI"))
    ] == [2, 2]


def test_of_two_colleagues_the_second_sees_what_the_first_wrote(manual: Manual) -> None:
    task_id = manual.task()
    results = manual.at_once(
        lambda: manual.answer(task_id, "ema", text="GỐM EMA"), lambda: manual.answer(task_id, "cleo", text="GỐM CLEO")
    )
    [refused] = [one for one in results if isinstance(one, Exception)]
    [kept] = [one for one in results if isinstance(one, TaskAnswer)]
    assert isinstance(refused, AnsweredMeanwhile)
    assert refused.params["revision"] == 1
    second = manual.answer(task_id, "cleo" if kept.person_name == "Ema" else "ema", seen=1, text="GỐM CHI")
    assert second.revision == 2
    with manual.app.app_context():
        revisions = db.session.scalars(select(TaskAnswerRevision).order_by(TaskAnswerRevision.revision)).all()
        assert [one.text for one in revisions] == [kept.text, "GỐM CHI"]


def test_corrections_at_once_never_overwrite_unseen(manual: Manual) -> None:
    task_id = manual.task()
    manual.answer(task_id)
    results = manual.at_once(*[lambda n=n: manual.answer(task_id, "cleo", 1, text=f"CHI {n}") for n in range(6)])
    assert sum(isinstance(one, TaskAnswer) for one in results) == 1, results
    assert manual.count(TaskAnswerRevision) == 2


def test_what_nobody_accepts_is_corrected_until_its_deadline(manual: Manual) -> None:
    task_id = manual.task(must_accept=False)
    manual.answer(task_id)
    at(DUE, 23)
    manual.answer(task_id, seen=1, text="CHI")
    at(DUE + timedelta(days=1), 0)
    with pytest.raises(AnswerFixed):
        manual.answer(task_id, seen=2, text="GỐM")
    assert standing(manual, task_id) == (Standing.DONE, False)


def test_what_must_be_accepted_is_corrected_until_it_is(manual: Manual) -> None:
    task_id = manual.task()
    answer = manual.answer(task_id)
    at(DUE + timedelta(days=2))
    manual.answer(task_id, seen=1, text="CHI")
    assert standing(manual, task_id) == (Standing.SENT, True)  # the one that stands came after the deadline
    assert manual.accept({answer.id: 1}) == []
    assert manual.accept({answer.id: 2}) == [answer.id]
    with pytest.raises(AnswerFixed):
        manual.answer(task_id, seen=2, text="GỐM")


def test_the_deadline_is_the_fairs_midnight_and_late_answers_are_taken(manual: Manual) -> None:
    task_id = manual.task(must_accept=False)
    at(DUE, 23)
    assert standing(manual, task_id) == (Standing.OPEN, False)
    at(DUE + timedelta(days=1), 0)
    assert standing(manual, task_id) == (Standing.LATE, False)
    manual.answer(task_id)
    assert standing(manual, task_id) == (Standing.DONE, True)


def test_answering_another_question_than_was_read_is_refused(manual: Manual) -> None:
    task_id = manual.task()
    manual.task(task_id, asks="confirm")
    with pytest.raises(TaskChanged):
        manual.answer(task_id)


def test_sent_back_with_a_reason_corrected_and_accepted(manual: Manual) -> None:
    task_id = manual.task()
    answer = manual.answer(task_id)
    for reason in ("  ", "x" * 501):
        with pytest.raises(FieldErrors):
            manual.send_back({answer.id: 1}, reason)
    assert manual.send_back({answer.id: 1}, "Thiếu dấu.") == [answer.id]
    assert manual.send_back({answer.id: 1}, "Lần nữa.") == []
    one = manual.company().asked[task_id]
    assert (one.standing, one.answer and one.answer.reason) == (Standing.SENT_BACK, "Thiếu dấu.")
    [mail] = manual.mails("task_sent_back")
    assert (mail.recipient, mail.context["reason"]) == ("ema@example.org", "Thiếu dấu.")
    assert manual.answer(task_id, seen=1).revision == 2  # the same text again: the organiser may have been wrong
    assert manual.accept({answer.id: 2}) == [answer.id]
    at(DUE + timedelta(days=1))
    assert manual.send_back({answer.id: 2}, "Sai chính tả.") == [answer.id]  # an accepted one too
    assert standing(manual, task_id)[0] is Standing.LATE
    assert manual.answer(task_id, seen=2, text="GỐM CHÍ").revision == 3


def test_one_mail_a_company_says_what_was_sent_back(manual: Manual) -> None:
    seen = {manual.answer(manual.task(title=title)).id: 1 for title in "ab"}
    seen[manual.answer(manual.task(title="c"), "rita").id] = 1
    assert len(manual.send_back(seen)) == 3
    assert sorted(len(mail.context["tasks"]) for mail in manual.mails("task_sent_back")) == [1, 2]


def test_accepted_while_it_is_corrected_is_never_accepted_unseen(manual: Manual) -> None:
    for _round in range(4):
        task_id = manual.task()
        answer = manual.answer(task_id)
        accepted, corrected = manual.at_once(
            lambda answer=answer: manual.accept({answer.id: 1}),
            lambda task_id=task_id: manual.answer(task_id, seen=1, text="CHI"),
        )
        assert bool(accepted) is isinstance(corrected, AnswerFixed), (accepted, corrected)


def test_raced_decisions_are_one(manual: Manual) -> None:
    answer = manual.answer(manual.task())
    results = manual.at_once(*[lambda: manual.accept({answer.id: 1}), lambda: manual.accept({answer.id: 1})])
    assert sorted(map(len, results)) == [0, 1]
    with pytest.raises(FieldErrors):
        manual.accept({})
    assert manual.count(TaskAnswer) == 1
    with manual.app.app_context():
        kept = db.session.scalars(select(TaskAnswer)).one()
        assert (kept.state, kept.decided_at is not None) == (AnswerState.DONE, True)


def test_another_fairs_answers_are_out_of_reach(manual: Manual) -> None:
    answer = manual.answer(manual.task())
    fair = manual.cast.fair
    manual.cast.fair = manual.cast.other_fair
    assert manual.accept({answer.id: 1}) == []
    manual.cast.fair = fair
    assert manual.accept({answer.id: 1}) == [answer.id]
    assert date(2019, 10, 7) == answer.answered_at.date()
