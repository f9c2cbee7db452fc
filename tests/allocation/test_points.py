"""Priority points: the sum and its lines, who is known again, corrections by hand."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from app import clock
from app.allocation.points import USUAL, Correction, Edition, Weights, score
from app.allocation.points_record import correct_points, corrections_of, rule_of, scores, set_rule, withdraw_correction
from app.allocation.selection_models import PointsCorrection
from app.audit import SYSTEM, AuditEntry
from app.booths.models import Allocation, Booth
from app.db import db
from app.errors import FieldErrors, NotFound
from app.fairs.models import Exhibitor, Fair
from app.payments.models import Order, OrderState
from tests.allocation.selection_stage import Chooser

EMA, RITA = "0101111111", "0102222222"  # tax codes of the cast's companies
EDITION = Edition("Hội chợ 2019", "Fair 2019", 2019, "tax_code", ["C12", "C13"], 18.0, ["HN19A"])


def test_the_sum_is_explained_line_by_line() -> None:
    found = score(USUAL, [EDITION], [Correction(-2, "Trả gian muộn")])
    [line, correction] = found.lines
    assert [(part.why, part.points) for part in line.parts] == [("edition", 5), ("area", 2), ("on_time", 3)]
    assert (line.points, correction.points, found.points) == (10, -2, 8)
    assert line.parts[2].rows == ["HN19A"]
    assert line.kept()["edition"]["booths"] == ["C12", "C13"]


@pytest.mark.parametrize(
    ("edition", "points"),
    [
        ({"area_m2": 17.9}, 5 + 1 + 3),
        ({"on_time": ["A", "B", "C"]}, 5 + 2 + 3),  # splitting an order wins nothing
        ({"late": ["B"]}, 5 + 2 - 4),  # one late order takes the prize of the others
        ({"booths": [], "area_m2": 0, "on_time": [], "released": ["C1", "C2"]}, -6),
        ({"on_time": []}, 5 + 2),
    ],
)
def test_what_counts(edition: dict[str, Any], points: int) -> None:
    weights = Weights(edition=5, per_9_m2=1, on_time=3, late=4, released=6)
    assert score(weights, [Edition(**(vars(EDITION) | edition))]).points == points


def test_a_company_is_known_again_by_its_tax_code(chooser: Chooser) -> None:
    cast = chooser.cast
    chooser.past("Gốm Chi (tên cũ)", f" {EMA[:4]} {EMA[4:]}", booths=2)
    chooser.past("Gốm Chi", EMA, year=2017, paid_late=True)
    chooser.past("Của người khác", EMA, year=2018, organiser=False)
    found = chooser.scores()
    assert found[cast.exhibitor.id].points == (5 + 2 + 3) + (5 + 1)
    assert [line.edition.year for line in found[cast.exhibitor.id].lines if line.edition] == [2018, 2017]
    assert found[cast.rival.id].points == 0
    edition = found[cast.exhibitor.id].lines[0].edition
    assert edition is not None
    assert (edition.matched, len(edition.booths), edition.area_m2) == ("tax_code", 2, 18.0)


def test_one_past_counts_for_one_company(chooser: Chooser) -> None:
    """Who registers twice does not stand in line twice with the same points."""
    chooser.past("Gốm Chi", EMA)
    second = chooser.company("Gốm Chi hai")
    chooser(lambda fair: db.session.execute(update(Exhibitor).where(Exhibitor.id == second).values(tax_code=EMA)))
    found = chooser.scores()
    assert (found[chooser.cast.exhibitor.id].points, found[second].points) == (9, 0)


def test_without_a_tax_code_the_account_tells(chooser: Chooser) -> None:
    cast = chooser.cast
    chooser.past("Tên khác", "", member=cast.ema.id)
    chooser.past("Đại lý", "0109999999", year=2017, member=cast.rita.id)  # two codes that differ: two companies
    found = chooser.scores()
    [line] = found[cast.exhibitor.id].lines
    assert line.edition is not None
    assert line.edition.matched == "account"
    assert found[cast.rival.id].points == 0


def test_an_edition_that_still_runs_does_not_count(chooser: Chooser) -> None:
    chooser.past("Gốm Chi", EMA, year=2019)  # in December, this fair's own days
    assert chooser.scores()[chooser.cast.exhibitor.id].points == 0


def test_late_balances_and_releases_are_seen(chooser: Chooser) -> None:
    whose = chooser.past("Gốm Chi", EMA)

    def work(fair: Fair) -> None:
        set_rule(SYSTEM, fair, Weights(5, 1, 3, 4, 6))
        order = db.session.scalars(select(Order).where(Order.exhibitor_id == whose)).one()
        order.state, order.deposit_minor, order.deposit_paid_at = OrderState.DEPOSITED, 1, order.paid_at
        order.paid_at, order.balance_due_at = None, datetime(2018, 12, 1, tzinfo=UTC)
        booth = db.session.scalars(select(Booth).where(Booth.exhibitor_id == whose)).one()
        db.session.add_all(
            Allocation(
                fair_id=order.fair_id, booth_id=booth.id, exhibitor_id=whose, state="let", created_at=order.created_at,
                ended_at=order.created_at, end_reason=reason,
            )
            for reason in ("no_show", "other")
        )  # fmt: skip

    chooser(work)
    found = chooser.scores()[chooser.cast.exhibitor.id]
    assert [(part.why, part.points) for part in found.lines[0].parts] == [
        ("edition", 5), ("area", 1), ("late", -4), ("released", -6),
    ]  # fmt: skip
    assert found.lines[0].parts[3].rows == [f"{whose}-0"]  # what was released for another reason is not counted


def test_the_rule_is_kept_and_refused(chooser: Chooser) -> None:
    chooser(lambda fair: set_rule(SYSTEM, fair, Weights(8, 0, 0, 0, 0)))
    with pytest.raises(FieldErrors) as refused:
        chooser(lambda fair: set_rule(SYSTEM, fair, Weights(8, 1001, -1, 0, 0)))
    assert set(refused.value.fields) == {"per_9_m2", "on_time"}
    assert chooser(lambda fair: rule_of(fair.id)) == Weights(8, 0, 0, 0, 0)


def test_corrections_count_once_and_can_be_taken_back(chooser: Chooser) -> None:
    whose = chooser.cast.exhibitor.id

    def correct(points: int = 4, reason: str = " Tài trợ  kỳ 2016 ", of: int = whose) -> PointsCorrection:
        return chooser(lambda fair: correct_points(SYSTEM, fair, of, points, reason, clock.now()))

    made = chooser.at_once(*[correct] * 4)
    assert len({one.id for one in made}) == 1
    assert chooser.scores()[whose].points == 4
    assert chooser.scores()[whose].lines[0].reason == "Tài trợ kỳ 2016"
    for wrong in ({"points": 0}, {"points": 10_001}, {"reason": " "}, {"reason": "x" * 301}):
        with pytest.raises(FieldErrors):
            correct(**wrong)
    with pytest.raises(NotFound):
        correct(of=99_999)
    for _twice in range(2):
        chooser(lambda fair: withdraw_correction(SYSTEM, fair, made[0].id, clock.now()))
    assert chooser.scores()[whose].points == 0
    assert chooser(lambda fair: corrections_of(fair.id)) == []
    entries = chooser(
        lambda fair: list(db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.startswith("points"))))
    )
    assert sorted(entries) == ["points.corrected", "points.correction_withdrawn"]


def test_points_of_one_are_those_of_all(chooser: Chooser) -> None:
    chooser.past("Gốm Chi", EMA)
    whose = chooser.cast.exhibitor.id
    one = chooser(lambda fair: scores(fair, clock.now(), [whose]))
    assert one == {whose: chooser.scores()[whose]}
