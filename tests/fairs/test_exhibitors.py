"""Who exhibits: counted by the rule, and found where the goods stand."""

from datetime import UTC, datetime

from flask import Flask

from app.booths.models import Booth, BoothState
from app.db import db, transaction
from app.fairs.models import Exhibitor
from app.fairs.queries import exhibitors_matching, how_many
from app.search import fold
from tests.support.cast import Cast


def add_guests(app: Flask, cast: Cast) -> None:
    """Ema's firm has booth A01, a co-exhibitor on it, and goods of a company that sends nobody."""
    with app.app_context(), transaction():
        for kind, name in (("co", "Mây Đồng Hành"), ("represented", "Gốm Vắng Mặt")):
            db.session.add(
                Exhibitor(
                    fair_id=cast.fair.id, kind=kind, main_id=cast.exhibitor.id, name=name, folded=fold(name),
                    created_at=datetime(2019, 6, 1, tzinfo=UTC),
                )
            )  # fmt: skip
        booth = db.session.query(Booth).filter_by(fair_id=cast.fair.id, number="A01").one()
        booth.state, booth.exhibitor_id = BoothState.LET, cast.exhibitor.id


def test_represented_companies_never_count_as_exhibitors(app: Flask, cast: Cast) -> None:
    with app.app_context():
        before = how_many(exhibitors_matching(cast.fair.id))
    add_guests(app, cast)
    with app.app_context():
        assert how_many(exhibitors_matching(cast.fair.id)) == (before[0] + 1, before[1] + 1)
        assert how_many(exhibitors_matching(cast.fair.id, q="gom vang")) == (0, 1)


def test_guests_are_listed_with_their_hosts_booth(app: Flask, client, cast: Cast, statements) -> None:
    add_guests(app, cast)
    with statements() as seen:
        page = client.get("/fairs/test-fair/exhibitors?q=may+dong").text
    assert len(seen) <= 15
    assert f"tại gian của {cast.exhibitor.name}" in page
    assert "booth=A01" in page
    client.sign_in(cast.ola)
    listed = client.get("/fairs/test-fair/organise/exhibitors").text
    assert f"do {cast.exhibitor.name} đại diện" in listed
    assert "1 doanh nghiệp được đại diện" in listed
