"""For everybody: the start page, a fair's home, and who exhibits."""

from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import func, select

from app import clock
from app.access import Role, public, signed_in
from app.booths.exhibiting import is_on_a_booth
from app.booths.models import Booth, BoothState
from app.booths.pricing import price_list_at
from app.db import db
from app.directory.finding import ASKED, categories_shown, exhibitors_found, logos_of, origins_shown, places_shown
from app.fairs.countries import country_name
from app.fairs.models import Exhibitor, Fair, Zone
from app.fairs.product_categories import product_category_name
from app.fairs.provinces import province_name
from app.fairs.queries import (
    by_shown_name,
    editions,
    hosts_of,
    how_many,
    is_shown,
    places_to_work,
    time_of,
)
from app.formats import language, local_name, zone_words
from app.front.beginning import nobody_yet
from app.front.blueprint import blueprint
from app.front.miniature import miniature
from app.input import asked_number
from app.visitors.session_list import any_published

PAGE = 60


@blueprint.get("/")
@public
def start() -> Any:
    """The coming fair first; the one that is open and past ones beside it."""
    found = editions(clock.now())
    main = found.main
    if main is None:
        return redirect(url_for("fairs.set_up")) if nobody_yet() else render_template("fairs/nothing_yet.html")
    own = places_to_work(current_user.id, clock.now()) if current_user.is_authenticated else []
    others = [
        (time_of(fair, clock.now()), fair) for fair in (*found.open, *found.coming, *found.past) if fair is not main
    ]
    return render_template(
        "fairs/start.html",
        main=main,
        when=time_of(main, clock.now()),
        days_left=(main.starts_on - clock.fair_day(main, clock.now())).days,
        picture=miniature(main.id, clock.now()),
        others=others,
        own=[(fair, time_of(fair, clock.now()), _work_page(fair, roles)) for fair, roles in own],
    )


@blueprint.get("/fairs/<slug>/")
@public
def home() -> Any:
    when = time_of(g.fair, clock.now())
    return render_template(
        "fairs/home.html",
        when=when,
        days_left=(g.fair.starts_on - clock.fair_day(g.fair, clock.now())).days,
        picture=miniature(g.fair.id, clock.now()),
        price_list=price_list_at(g.fair, clock.now()),
        zones=_zones(g.fair),
        **_who_shows(),
        days=clock.fair_days(g.fair),
        programme=any_published(g.fair.id),
    )


@blueprint.get("/fairs/<slug>/exhibitors")
@public
def exhibitors() -> Any:
    """Who shows, found with or without accents by name and profile, by goods, origin and place; with their booths."""
    asked = {name: request.args.get(name, "").strip()[:100] for name in ASKED}
    after = asked_number("after", 0)
    matching = exhibitors_found(g.fair.id, **asked).where(is_on_a_booth(g.fair.id))
    counted = how_many(matching)
    rows = db.session.scalars(matching.order_by(*by_shown_name()).offset(after).limit(PAGE)).all()
    hosts = hosts_of(rows)
    halls, zones = places_shown(g.fair.id)
    return render_template(
        "fairs/exhibitors.html",
        rows=rows,
        hosts=hosts,
        booths=booths_of([*(row.id for row in rows), *(host.id for host in hosts.values())]),
        asked=asked,
        counted=counted,
        total=sum(counted),
        after=after,
        page=PAGE,
        provinces=[(code, province_name(code), n) for code, n in origins_shown(g.fair.id, Exhibitor.province)],
        countries=[
            (code, country_name(code, language()), n) for code, n in origins_shown(g.fair.id, Exhibitor.country)
        ],
        categories=[(code, product_category_name(code, language()), n) for code, n in categories_shown(g.fair.id)],
        halls=[(hall.code, local_name(hall), n) for hall, n in halls],
        zones=[(zone.code, zone_words(zone), n) for zone, n in zones],
        logos=logos_of(g.fair.id, [row.id for row in rows]),
    )


@blueprint.get("/mine")
@signed_in
def mine() -> Any:
    """The page at which this person's work begins."""
    places = places_to_work(current_user.id, clock.now())
    return redirect(_work_page(*places[0]) if places else url_for("fairs.start"))


def _work_page(fair: Fair, roles: set[Role]) -> str:
    """Where somebody's work at a fair begins."""
    if roles & {Role.OWNER, Role.SALES, Role.FINANCE, Role.DEALS}:
        return url_for("fairs.today", slug=fair.slug)
    return url_for("gates.gate" if Role.GATE in roles else "fairs.portal", slug=fair.slug)


def booths_of(exhibitor_ids: list[int]) -> dict[int, list[str]]:
    """Numbers of the booths that are let to each exhibitor."""
    found: dict[int, list[str]] = {}
    for exhibitor_id, number in db.session.execute(
        select(Booth.exhibitor_id, Booth.number)
        .where(Booth.fair_id == g.fair.id, Booth.exhibitor_id.in_(exhibitor_ids), Booth.state == BoothState.LET)
        .order_by(Booth.number)
    ):
        assert exhibitor_id is not None  # one of those asked for
        found.setdefault(exhibitor_id, []).append(number)
    return found


def _zones(fair: Fair) -> list[tuple[Zone | None, str, int, int]]:
    """What is shown, once by name: the first zone of that name, the letters of all, booths, and booths let.

    Booths of no zone come last, without one.
    """
    rows = db.session.execute(
        select(Zone, func.count(Booth.id), func.count(Booth.id).filter(Booth.state == BoothState.LET))
        .select_from(Booth)
        .outerjoin(Zone, Booth.zone_id == Zone.id)
        .where(Booth.fair_id == fair.id, Booth.state.not_in((BoothState.NOT_LET, BoothState.SHOW, BoothState.GONE)))
        .group_by(Zone.id)
        .order_by(Zone.code)
    )
    named: dict[str, tuple[Zone | None, str, int, int]] = {}
    for zone, booths, let in rows:
        called = (zone.name or zone.code) if zone is not None else ""
        first, letters, all_booths, all_let = named.get(called, (zone, "", 0, 0))
        code = zone.code if zone is not None else ""
        named[called] = (first, f"{letters}, {code}".strip(", "), all_booths + booths, all_let + let)
    return sorted(named.values(), key=lambda row: row[0] is None)


def _who_shows() -> dict[str, int]:
    """By the counting rule: main and co-exhibitors on let booths; who is only represented does not count."""
    exhibitors, provinces, abroad = db.session.execute(
        select(
            func.count(),
            func.count(Exhibitor.province.distinct()),
            func.count(Exhibitor.country.distinct()).filter(Exhibitor.country != g.fair.country),
        ).where(
            Exhibitor.fair_id == g.fair.id, is_shown(), is_on_a_booth(g.fair.id), Exhibitor.kind.in_(("main", "co"))
        )
    ).one()
    return {"exhibitors": exhibitors, "provinces": provinces, "abroad": abroad}
