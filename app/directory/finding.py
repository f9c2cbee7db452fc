"""The directory: companies of a fair found by what they show, where they come from, and where they stand."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, distinct, exists, func, or_, select, union_all

from app.booths.exhibiting import is_on_a_booth
from app.booths.models import Booth, BoothState
from app.db import db
from app.directory.models import CompanyProfile, Picture, ProfileItem
from app.fairs.models import Exhibitor, Hall, Zone
from app.fairs.queries import exhibitors_matching, is_shown
from app.search import words

ASKED = ("q", "province", "country", "category", "hall", "zone")


def exhibitors_found(
    fair_id: int, q: str = "", province: str = "", country: str = "", category: str = "", hall: str = "", zone: str = ""
) -> Select[Exhibitor]:
    """Companies that are shown, with a booth or without (`is_on_a_booth` tells them apart).

    `q` is found with or without accents, each word anywhere in names or profile.

    A category is the company's or one of its products'; hall and zone are codes, of the booth where it stands.
    """
    found = exhibitors_matching(fair_id, province=province, country=country)
    for word in words(q):
        said = exists().where(
            CompanyProfile.fair_id == fair_id,
            CompanyProfile.exhibitor_id == Exhibitor.id,
            CompanyProfile.folded.contains(word, autoescape=True),
        )
        found = found.where(or_(Exhibitor.folded.contains(word, autoescape=True), said))
    if category:
        product = exists().where(
            ProfileItem.fair_id == fair_id,
            ProfileItem.exhibitor_id == Exhibitor.id,
            ProfileItem.category == category,
            ProfileItem.hidden == "",
        )
        found = found.where(or_(Exhibitor.category == category, product))
    if hall or zone:
        standing = select(Booth.exhibitor_id).where(Booth.fair_id == fair_id, Booth.state == BoothState.LET)
        if hall:
            standing = standing.join(Hall, Hall.id == Booth.hall_id).where(Hall.code == hall)
        if zone:
            standing = standing.join(Zone, Zone.id == Booth.zone_id).where(Zone.code == zone)
        found = found.where(func.coalesce(Exhibitor.main_id, Exhibitor.id).in_(standing))
    return found


def categories_shown(fair_id: int) -> list[tuple[str, int]]:
    """How many companies show each category of goods, the most frequent first."""
    own = select(Exhibitor.id, Exhibitor.category).where(*_on_lists(fair_id), Exhibitor.category != "")
    products = (
        select(Exhibitor.id, ProfileItem.category)
        .join(ProfileItem, ProfileItem.exhibitor_id == Exhibitor.id)
        .where(*_on_lists(fair_id), ProfileItem.category != "", ProfileItem.hidden == "")
    )
    both = union_all(own, products).subquery()
    company, category = both.c
    counted = func.count(distinct(company))
    rows = db.session.execute(select(category, counted).group_by(category).order_by(counted.desc(), category))
    return [(code, count) for code, count in rows]


def places_shown(fair_id: int) -> tuple[list[tuple[Hall, int]], list[tuple[Zone, int]]]:
    """Halls and zones with let booths, in their order, and how many main exhibitors stand in each; two queries."""
    let = (Booth.fair_id == fair_id, Booth.state == BoothState.LET)
    counted = func.count(distinct(Booth.exhibitor_id))
    halls = db.session.execute(
        select(Hall, counted).join(Booth, Booth.hall_id == Hall.id).where(*let).group_by(Hall.id)
        .order_by(Hall.position, Hall.code)
    )  # fmt: skip
    zones = db.session.execute(
        select(Zone, counted).join(Booth, Booth.zone_id == Zone.id).where(*let).group_by(Zone.id).order_by(Zone.code)
    )
    return [(hall, n) for hall, n in halls], [(zone, n) for zone, n in zones]


def origins_shown(fair_id: int, column: Any) -> list[tuple[str, int]]:
    """How many companies share a province or a country, the most frequent first; those without one left out."""
    rows = db.session.execute(
        select(column, func.count())
        .where(*_on_lists(fair_id), column.is_not(None), column != "")
        .group_by(column)
        .order_by(func.count().desc(), column)
    )
    return [(value, count) for value, count in rows]


def _on_lists(fair_id: int) -> tuple[ColumnElement[bool], ...]:
    return Exhibitor.fair_id == fair_id, is_shown(), is_on_a_booth(fair_id)


def logos_of(fair_id: int, exhibitor_ids: Collection[int]) -> dict[int, str]:
    """Digests of small logos that visitors see, by company; one query."""
    rows = db.session.execute(
        select(CompanyProfile.exhibitor_id, Picture.small_sha256)
        .join(Picture, Picture.id == CompanyProfile.logo_id)
        .where(
            CompanyProfile.fair_id == fair_id,
            CompanyProfile.exhibitor_id.in_(exhibitor_ids),
            CompanyProfile.logo_hidden == "",
        )
    )
    return {exhibitor_id: digest for exhibitor_id, digest in rows}
