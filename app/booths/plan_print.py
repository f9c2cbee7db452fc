"""The plan on paper, A4 to A0: true to scale, with a legend and an index of exhibitors, as HTML for a PDF."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app, render_template, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select

from app.booths.floorplan import booths_of_hall, halls, holders, is_held_back, shown_state, zones
from app.booths.models import Booth, BoothState, PlanPicture
from app.booths.plan_colours import Colouring, View, colouring
from app.booths.plan_paper_svg import paper_svg, paper_units
from app.booths.plan_pictures import picture_bytes, shown_background
from app.booths.plan_sheet import PAPERS, Entry, Listing, Sheet, sheet_for
from app.booths.pricing import price_terms
from app.db import db
from app.errors import FieldErrors, NotFound
from app.fairs.models import Exhibitor, Fair, Hall
from app.fairs.queries import by_shown_name, is_shown
from app.formats import area, local_name, money
from app.i18n_marks import N_

PAPER = "A3"  # where nobody says which


@dataclass(frozen=True)
class Page:
    """One hall on its sheet."""

    hall: Hall
    sheet: Sheet
    svg: Markup
    units: tuple[float, float]
    colouring: Colouring
    held_back: bool  # some of its booths, for a group


def asked_paper(text: str) -> str:
    """`?paper=`; A3 where nothing is said. Raises FieldErrors."""
    paper = text.strip().upper() or PAPER
    if paper not in PAPERS:
        raise FieldErrors({"paper": N_("Choose A4, A3, A2, A1 or A0.")})
    return paper


def asked_halls(fair: Fair, code: str) -> list[Hall]:
    """The hall of a code, or every hall with booths where none is named. Raises NotFound."""
    drawn = set(db.session.scalars(select(Booth.hall_id).where(Booth.fair_id == fair.id).distinct()))
    found = [hall for hall in halls(fair.id) if hall.id in drawn and code in ("", hall.code)]
    if not found:
        raise NotFound()
    return found


def plan_html(fair: Fair, wanted: list[Hall], paper: str, view: View, now: datetime, prices: bool = False) -> str:
    """The halls as a page to print, one a sheet; app.documents.pdf makes a PDF of it, outside any transaction.

    With `prices`, for the organiser: what free booths cost, and a list of them.
    """
    every_zone = zones(fair.id)
    exhibitors = list(
        db.session.scalars(select(Exhibitor).where(Exhibitor.fair_id == fair.id, is_shown()).order_by(*by_shown_name()))
    )
    terms = price_terms(fair, now)

    def price(booth: Booth) -> str:
        return money(terms.price(fair, booth).total) if prices and booth.price_minor else ""

    pages: list[Page] = []
    following: list[Booth] = []
    for hall in wanted:
        booths = booths_of_hall(hall.id)
        named = holders(booth for booth in booths if booth.state == BoothState.LET)
        colours = colouring(view, fair, hall, booths, named, now, terms)
        listings = _listings(exhibitors, booths, price, prices, now)
        units = paper_units(hall)
        sheet = sheet_for(paper, units, _legend_letters(colours), listings)
        if not sheet.columns:
            following += booths
        zones_here = [zone for zone in every_zone if zone.hall_id == hall.id]
        svg = paper_svg(hall, booths, zones_here, named, colours, sheet, price, now, _picture(hall))
        pages.append(Page(hall, sheet, svg, units, colours, any(is_held_back(booth, now) for booth in booths)))
    return render_template(
        "booths/plan_pdf.html",
        fair=fair,
        pages=pages,
        listings=_listings(exhibitors, following, price, prices, now) if following else [],
        prices=prices,
        vat_known=terms.vat_bp is not None,
        printed_at=now,
        address=current_app.config["FAIR_PUBLIC_URL"] + url_for("booths.plan"),
        svg_address=_svg_address,
    )


def _listings(
    exhibitors: list[Exhibitor], booths: list[Booth], price: Callable[[Booth], str], prices: bool, now: datetime
) -> list[Listing]:
    """Who is found where, guests on the booths of their hosts; for the organiser, what is free."""
    numbers: dict[int, list[str]] = {}
    for booth in booths:
        if booth.state == BoothState.LET and booth.exhibitor_id:
            numbers.setdefault(booth.exhibitor_id, []).append(booth.number)
    found = [
        Entry(local_name(one), ", ".join(sorted(numbers[at])))
        for one in exhibitors
        if (at := one.id if one.id in numbers else one.main_id or 0) in numbers
    ]
    listings = [Listing(_("Exhibitors"), found)]
    if prices:
        free = sorted((b for b in booths if shown_state(b, now) == BoothState.FREE), key=lambda booth: booth.number)
        listings.append(Listing(_("Free booths"), [Entry(f"{b.number} · {area(b.area_m2)}", price(b)) for b in free]))
    return listings


def _picture(hall: Hall) -> str:
    """The background picture in the sheet itself, if everybody sees it."""
    if (background := shown_background(hall)) is None:
        return ""
    of_hall = select(PlanPicture).where(PlanPicture.hall_id == hall.id, PlanPicture.key == background["picture"])
    picture = db.session.scalars(of_hall).one()
    return f"data:{picture.media_type};base64,{b64encode(picture_bytes(picture)).decode()}"


def _svg_address(svg: str) -> str:
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def _legend_letters(colours: Colouring) -> int:
    """About how long the legend is, its samples counted as some letters each."""
    return 70 + sum(len(group.words) + len(group.mark) + 8 for group in colours.groups)
