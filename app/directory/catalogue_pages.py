"""The catalogue as HTML for a PDF: title, entries, indexes by name and by booth, the halls as maps."""

import io
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from flask import render_template
from flask_babel import gettext as _
from markupsafe import Markup
from PIL import Image
from sqlalchemy import select

from app.booths.floorplan import booths_of_hall, halls, holders, zones
from app.booths.models import Booth, BoothState
from app.booths.plan_colours import View, colouring
from app.booths.plan_paper_svg import paper_svg, paper_units
from app.booths.plan_sheet import Sheet, sheet_for, text_width
from app.booths.pricing import price_terms
from app.db import db
from app.directory.models import CompanyProfile, ItemKind, Picture, ProfileItem
from app.documents import store
from app.fairs.models import Exhibitor, Fair, Hall
from app.fairs.product_categories import product_categories
from app.fairs.queries import by_shown_name, is_shown
from app.formats import language, local_name
from app.search import fold

LOGO = 220  # pixels: 18 mm at 300 dots an inch
PAPER = "A4"
COLUMN_LINES = 48  # of an index
LINE, LINE_AT = 23.0, 19.0  # room for a name, in heights of its type; with a booth's number before it


@dataclass
class Entry:
    """A company in the catalogue."""

    exhibitor: Exhibitor
    profile: CompanyProfile | None
    logo: str = ""  # data: address
    products: list[ProfileItem] = field(default_factory=list)
    certificates: list[ProfileItem] = field(default_factory=list)
    host: Exhibitor | None = None
    booths: list[Booth] = field(default_factory=list)

    @property
    def website(self) -> str:
        return self.profile.website if self.profile is not None else self.exhibitor.website


@dataclass(frozen=True)
class Chapter:
    heading: str
    entries: list[Entry]


@dataclass(frozen=True)
class Line:
    """Of an index: a letter, or a company and where it stands."""

    heading: str = ""
    at: str = ""
    words: str = ""
    numbers: str = ""
    entry: Entry | None = None


Spread = tuple[list[Line], ...]  # the columns of a page


@dataclass(frozen=True)
class Map:
    hall: Hall
    sheet: Sheet
    svg: Markup
    units: tuple[float, float]


def catalogue_html(fair: Fair, arranged: str, now: datetime) -> tuple[str, int]:
    """The catalogue in the reader's language, and how many companies are in it: who has a booth, or stands on one."""
    entries = _entries(fair)
    chapters = _by_hall(fair, entries) if arranged == "hall" else _by_category(entries)
    html = render_template(
        "directory/catalogue_pdf.html",
        fair=fair,
        chapters=chapters,
        by_name=_by_name(entries),
        by_booth=_by_booth(entries),
        maps=_maps(fair, now),
        made_at=now,
        total=len(entries),
        svg_address=lambda svg: f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}",
    )
    return html, len(entries)


def _entries(fair: Fair) -> list[Entry]:
    """Everybody on the fair's lists who is found on a let booth, in the order of names; five queries."""
    booths: dict[int, list[Booth]] = defaultdict(list)
    let = select(Booth).where(Booth.fair_id == fair.id, Booth.state == BoothState.LET).order_by(Booth.number)
    for booth in db.session.scalars(let):
        booths[booth.exhibitor_id or 0].append(booth)
    rows = db.session.execute(
        select(Exhibitor, CompanyProfile, Picture)
        .outerjoin(CompanyProfile, CompanyProfile.exhibitor_id == Exhibitor.id)
        .outerjoin(Picture, (Picture.id == CompanyProfile.logo_id) & (CompanyProfile.logo_hidden == ""))
        .where(Exhibitor.fair_id == fair.id, is_shown())
        .order_by(*by_shown_name())
    ).all()
    known = {row[0].id: row[0] for row in rows}
    found = {}
    for exhibitor, profile, picture in rows:
        standing = booths.get(exhibitor.main_id or exhibitor.id)
        if standing:
            logo = _logo(picture) if picture is not None else ""
            host = known.get(exhibitor.main_id or 0)
            found[exhibitor.id] = Entry(exhibitor, profile, logo, host=host, booths=standing)
    items = select(ProfileItem).where(ProfileItem.fair_id == fair.id, ProfileItem.hidden == "")
    for item in db.session.scalars(items.order_by(ProfileItem.id)):
        entry = found.get(item.exhibitor_id)
        if entry is not None:
            (entry.products if item.kind == ItemKind.PRODUCT else entry.certificates).append(item)
    return list(found.values())


def _by_category(entries: list[Entry]) -> list[Chapter]:
    """Each company once, under its own category; who named none comes last."""
    names = product_categories(language())
    chapters = [Chapter(name, [e for e in entries if e.exhibitor.category == code]) for code, name in names]
    known = {code for code, _name in names}
    chapters.append(Chapter(_("Further companies"), [e for e in entries if e.exhibitor.category not in known]))
    return [chapter for chapter in chapters if chapter.entries]


def _by_hall(fair: Fair, entries: list[Entry]) -> list[Chapter]:
    """Each company once, in the hall of its first booth, in the order of the booths; guests behind their host."""

    def place(entry: Entry) -> tuple[str, bool]:
        return entry.booths[0].number, entry.host is not None

    chapters = [
        Chapter(local_name(hall), sorted((e for e in entries if e.booths[0].hall_id == hall.id), key=place))
        for hall in halls(fair.id)
    ]
    return [chapter for chapter in chapters if chapter.entries]


def _by_name(entries: Iterable[Entry]) -> list[Spread]:
    """The index by name, under the letters that names begin with once their marks are gone; figures come first."""
    lines, letter = [], ""
    for entry in sorted(entries, key=lambda one: fold(local_name(one.exhibitor))):
        name = local_name(entry.exhibitor)
        first = fold(name)[:1].upper()
        first = first if first.isalpha() else "#"
        if first != letter:
            lines.append(Line(heading=first))
        letter = first
        lines.append(Line(entry=entry, words=name, numbers=", ".join(booth.number for booth in entry.booths)))
    return _spreads(lines)


def _by_booth(entries: Iterable[Entry]) -> list[Spread]:
    """The index by booth: who rents it, then who stands on it."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda one: one.host is not None):
        for booth in entry.booths:
            found[booth.number].append(entry)
    lines = [
        Line(entry=entry, words=local_name(entry.exhibitor), at=number if entry is standing[0] else " ")
        for number, standing in sorted(found.items())
        for entry in standing
    ]
    return _spreads(lines)


def _spreads(lines: Iterable[Line]) -> list[Spread]:
    """Lines poured into two columns a page. CSS columns would do it too, in three times the time of the whole book."""
    columns: list[list[Line]] = [[]]
    left = COLUMN_LINES
    for line in lines:
        needs = 2 if line.heading else ceil(text_width(f"{line.words} {line.numbers}") / (LINE_AT if line.at else LINE))
        if needs + (2 if line.heading else 0) > left:  # a letter does not stand alone at a column's end
            columns.append([])
            left = COLUMN_LINES
        columns[-1].append(line)
        left -= needs
    return [tuple(columns[n : n + 2]) for n in range(0, len(columns), 2)]


def _maps(fair: Fair, now: datetime) -> list[Map]:
    """Each hall with booths on an A4 sheet, as the printed plan draws it."""
    every_zone, terms, found = zones(fair.id), price_terms(fair, now), []
    for hall in halls(fair.id):
        booths = booths_of_hall(hall.id)
        if not booths:
            continue
        named = holders(booth for booth in booths if booth.state == BoothState.LET)
        colours = colouring(View.STATE, fair, hall, booths, named, now, terms)
        units = paper_units(hall)
        sheet = sheet_for(PAPER, units, 0, ())
        zones_here = [zone for zone in every_zone if zone.hall_id == hall.id]
        svg = paper_svg(hall, booths, zones_here, named, colours, sheet, lambda _booth: "", now)
        found.append(Map(hall, sheet, svg, units))
    return found


def _logo(picture: Picture) -> str:
    """The logo small enough for some hundreds of them in one file."""
    with Image.open(io.BytesIO(store.bytes_of(picture.small_sha256))) as kept:
        small = kept.convert("RGB" if picture.media_type == "image/jpeg" else "RGBA")
    small.thumbnail((LOGO, LOGO), Image.Resampling.LANCZOS)
    out, kind = io.BytesIO(), "PNG" if small.mode == "RGBA" else "JPEG"
    small.save(out, kind, optimize=True)
    return f"data:image/{kind.lower()};base64,{b64encode(out.getvalue()).decode()}"
