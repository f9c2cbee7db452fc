"""Passes: given within the quota, refused beyond it, given once, the last one raced; renamed, withdrawn, granted."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import clock
from app.booths.models import Booth
from app.db import db
from app.errors import FieldErrors, NotFound
from app.fairs.models import Exhibitor, Fair
from app.passes.errors import HasBooth, NamesFixed, NoBooth, PassChanged, QuotaUsed
from app.passes.handing import withdraw_passes
from app.passes.quota import passes_of, quota_of, without_booth
from app.visitors.models import Badge, BadgeState
from app.visitors.registration import RegistrationClosed
from tests.fairs.test_exhibitors import add_guests
from tests.passes.stage import Handing
from tests.tasks.stage import at


def numbers(handing: Handing) -> tuple[int, int, int]:
    quota = handing(lambda fair: quota_of(fair, handing.cast.exhibitor.id))
    return quota.ruled, quota.extra, quota.given


def states(handing: Handing, registration_id: int) -> list[str]:
    badges = select(Badge.state).where(Badge.registration_id == registration_id).order_by(Badge.id)
    return list(handing(lambda fair: list(db.session.scalars(badges))))


def test_two_passes_come_with_nine_square_metres(handing: Handing) -> None:
    first = handing.give("  Đặng  Thị Hương ", "Huong@example.org")
    assert (first.registration.name, first.registration.email) == ("Đặng Thị Hương", "huong@example.org")
    assert first.registration.badge_mail_due_at is not None
    assert first.badge.state == BadgeState.VALID
    handing.give("Lan")
    with pytest.raises(QuotaUsed) as refused:
        handing.give("Minh")
    assert refused.value.params == {"quota": 2}
    handing.grant(1)
    handing.give("Minh")
    assert numbers(handing) == (2, 1, 3)
    handing.let("A06")
    handing.rule(3)
    assert numbers(handing) == (6, 1, 3)
    handing.rule(0)
    assert numbers(handing) == (0, 1, 3)  # what is given stays


def test_what_is_no_pass_is_refused(handing: Handing) -> None:
    for name, email, field in ((" ", "", "name"), ("x" * 121, "", "name"), ("Lan", "lan@", "email")):
        with pytest.raises(FieldErrors) as refused:
            handing.give(name, email)
        assert list(refused.value.fields) == [field]
    with pytest.raises(FieldErrors) as refused:
        handing.give("Lan", for_id=handing.cast.rival.id)
    assert list(refused.value.fields) == ["company"]
    for wrong in (-1, 100):
        with pytest.raises(FieldErrors):
            handing.rule(wrong)
        with pytest.raises(FieldErrors):
            handing.grant(wrong)
    handing.cast.exhibitor = handing.cast.rival
    with pytest.raises(NoBooth):
        handing.give("Lan")


def test_the_same_pass_twice_is_one(handing: Handing) -> None:
    first, second = handing.at_once(lambda: handing.give("Lan"), lambda: handing.give("lan"))
    assert first.registration.id == second.registration.id
    assert numbers(handing) == (2, 0, 1)


def test_two_colleagues_take_the_last_pass_at_once(handing: Handing) -> None:
    handing.give("Lan")
    results = handing.at_once(*[lambda n=n: handing.give(f"Minh {n}", who=("ema", "cleo")[n % 2]) for n in range(6)])
    assert sum(isinstance(one, QuotaUsed) for one in results) == 5, results
    assert numbers(handing) == (2, 0, 2)


def test_another_name_makes_a_new_badge(handing: Handing) -> None:
    one = handing.give("Lan")
    renamed = handing.rename(one, "Minh")
    assert states(handing, one.registration.id) == ["replaced", "valid"]
    assert handing.rename(renamed, "Minh").badge.id == renamed.badge.id
    with pytest.raises(PassChanged):
        handing.rename(one, "Tú", "cleo")
    at(handing.cast.fair.starts_on)
    with pytest.raises(NamesFixed):
        handing.rename(renamed, "Tú")
    assert numbers(handing) == (2, 0, 1)


def test_a_withdrawn_pass_is_free_again(handing: Handing) -> None:
    one = handing.give("Lan")
    handing.give("Minh")
    with pytest.raises(NotFound):
        handing.withdraw(one.registration.id, handing.cast.rival.id)
    handing.at_once(*[lambda: handing.withdraw(one.registration.id)] * 3)
    assert states(handing, one.registration.id) == ["cancelled"]
    assert handing.give("Lan").registration.id != one.registration.id
    with pytest.raises(NotFound):
        handing.withdraw(999_999)


def test_co_exhibitors_share_the_quota(app: Flask, handing: Handing) -> None:
    add_guests(app, handing.cast)  # booth A01 besides
    with app.app_context():
        guests = {
            one.kind: one.id for one in db.session.scalars(select(Exhibitor).where(Exhibitor.main_id.is_not(None)))
        }
    made = handing.give("Lan", for_id=guests["co"])
    assert made.registration.company == "Mây Đồng Hành"
    with pytest.raises(FieldErrors):
        handing.give("Minh", for_id=guests["represented"])
    assert numbers(handing) == (4, 0, 1)
    with app.app_context():
        fair = db.session.get_one(Fair, handing.cast.fair.id)
        assert [p.registration.id for p in passes_of(fair.id, handing.cast.exhibitor.id)] == [made.registration.id]


def test_nobody_is_given_a_pass_after_the_fair(handing: Handing) -> None:
    at(handing.cast.fair.ends_on)
    handing.give("Lan")
    at(handing.cast.fair.ends_on + timedelta(days=1))
    with pytest.raises(RegistrationClosed):
        handing.give("Minh")


def test_passes_of_a_company_whose_booth_went_are_listed_and_withdrawn_all(handing: Handing) -> None:
    given = [handing.give(name) for name in ("Lan", "Minh")]
    ema = handing.cast.exhibitor.id

    def withdraw() -> int:
        return handing(lambda fair: withdraw_passes(handing.actor("ola"), fair, ema, clock.now()))

    def listed() -> list[tuple[int, int]]:
        return handing(lambda fair: [(one.id, number) for one, number in without_booth(fair)])

    assert listed() == []
    with pytest.raises(HasBooth):
        withdraw()
    handing(
        lambda fair: db.session.execute(
            update(Booth).where(Booth.number == "A05").values(state="free", exhibitor_id=None)
        )
    )
    assert listed() == [(ema, 2)]
    handing.grant(2)
    assert listed() == [], "granted besides any booth"
    handing.grant(0)
    assert [withdraw(), withdraw()] == [2, 0]
    assert listed() == []
    for one in given:
        assert states(handing, one.registration.id) == [BadgeState.CANCELLED]
    with pytest.raises(NotFound):
        handing(lambda fair: withdraw_passes(handing.actor("ola"), fair, 2**31 - 1, clock.now()))
