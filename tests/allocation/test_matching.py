"""Which booths meet an application: pure, and checked against every choice there is."""

from itertools import combinations, pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.allocation.matching import PassedBy, Spot, Wanted, match, passed_by, rows_of


def spot(id: int, x: int, y: int = 0, hall: int = 1, zone: int | None = 1, size: int = 300, price: int = 100) -> Spot:
    return Spot(id, f"A{id:02}", hall, zone, x * size, y * size, size, size, size * size, price)


ROW = {n: spot(n, n) for n in range(1, 6)}  # A01 to A05 side by side


def test_first_wish_that_is_free_as_a_whole_is_offered() -> None:
    wanted = Wanted(1, wishes=(frozenset({9}), frozenset({1, 9}), frozenset({3}), frozenset({1})))
    found = match(wanted, ROW)
    assert found is not None
    assert ([one.number for one in found.spots], found.rank) == (["A03"], 3)


def test_what_was_declined_is_not_offered_again() -> None:
    wanted = Wanted(1, wishes=(frozenset({1}), frozenset({2})), declined=frozenset({frozenset({1})}))
    found = match(wanted, ROW)
    assert found is not None
    assert found.rank == 2


def test_without_similar_nothing_else_is_offered() -> None:
    assert match(Wanted(1, wishes=(frozenset({9}),)), ROW) is None


def test_three_in_a_row_are_given_together_or_not_at_all() -> None:
    wanted = Wanted(1, similar=True, booths=3)
    assert match(wanted, {n: ROW[n] for n in (1, 2, 4, 5)}) is None
    found = match(wanted, {n: ROW[n] for n in (1, 3, 4, 5)})
    assert found is not None
    assert [one.number for one in found.spots] == ["A03", "A04", "A05"]


def test_a_corner_is_no_row() -> None:
    around = {1: spot(1, 0, 0), 2: spot(2, 1, 0), 3: spot(3, 1, 1)}
    assert match(Wanted(1, similar=True, booths=3), around) is None
    assert match(Wanted(1, similar=True, booths=2), around) is not None


def test_one_behind_the_other_is_a_row_too() -> None:
    assert match(Wanted(1, similar=True, booths=3), {n: spot(n, 4, n) for n in (1, 2, 3)}) is not None


@pytest.mark.parametrize(
    "other",
    [
        spot(2, 1, hall=2),
        Spot(2, "A02", 1, 1, 300, 0, 300, 400, 120_000, 100),
        Spot(2, "A02", 1, 1, 303, 0, 300, 300, 90_000, 100),
        Spot(2, "A02", 1, 1, 300, 0, 300, 300, 45_000, 100, upright=False),
    ],
    ids=["another hall", "another depth", "a gap of three centimetres", "a shape of its own"],
)
def test_what_is_no_neighbour_in_a_row(other: Spot) -> None:
    assert list(rows_of([spot(1, 0), other], 2)) == []


def test_zone_area_and_budget_bind() -> None:
    free = {1: spot(1, 0, zone=1, price=90), 2: spot(2, 2, zone=2, size=400, price=160), 3: spot(3, 9, zone=2)}
    assert match(Wanted(1, similar=True, zone_id=2, least_m2=16), free).ids == {2}  # type: ignore[union-attr]
    assert match(Wanted(1, similar=True, budget_minor=95), free).ids == {1}  # type: ignore[union-attr]
    assert match(Wanted(1, similar=True, budget_minor=80), free) is None
    assert match(Wanted(1, similar=True, zone_id=3), free) is None


def test_nearest_to_the_first_wish_is_better_else_the_cheapest() -> None:
    free = {n: spot(n, n, price=200 - n) for n in (1, 2, 8)}
    assert match(Wanted(1, similar=True), free).ids == {8}  # type: ignore[union-attr]
    taken = {9: spot(9, 0)}
    found = match(Wanted(1, wishes=(frozenset({9}),), similar=True), free, free | taken)
    assert found is not None
    assert (found.ids, found.rank) == ({1}, None)


def test_why_an_earlier_application_is_passed_by() -> None:
    offered = [ROW[1]]
    free = {1: ROW[1]}
    assert passed_by(Wanted(1, wishes=(frozenset({2}),)), offered, free) is PassedBy.OTHERS
    assert passed_by(Wanted(1, similar=True, zone_id=2), offered, free) is PassedBy.ZONE
    assert passed_by(Wanted(1, similar=True, least_m2=10), offered, free) is PassedBy.AREA
    assert passed_by(Wanted(1, similar=True, booths=3), offered, free) is PassedBy.ROW
    assert passed_by(Wanted(1, similar=True, budget_minor=50), offered, free) is PassedBy.BUDGET
    declined = frozenset({frozenset({1})})
    assert passed_by(Wanted(1, similar=True, declined=declined), offered, free) is PassedBy.DECLINED


@given(
    places=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=9, unique=True),
    number=st.integers(1, 4),
)
def test_rows_are_just_those_that_stand_in_one_line_without_a_gap(places: list[tuple[int, int]], number: int) -> None:
    spots = [spot(n, x, y) for n, (x, y) in enumerate(places)]

    def in_line(chosen: tuple[Spot, ...]) -> bool:
        for along, across in (("x_cm", "y_cm"), ("y_cm", "x_cm")):
            for order in permutations(chosen):
                starts = [getattr(one, along) for one in order]
                steps = all(b - a == 300 for a, b in pairwise(starts))
                if len({getattr(one, across) for one in order}) == 1 and steps:
                    return True
        return False

    by_hand = {frozenset(one.id for one in chosen) for chosen in combinations(spots, number) if in_line(chosen)}
    assert {frozenset(one.id for one in run) for run in rows_of(spots, number)} == by_hand
