"""What is shown of a company: its profile, pictures, booths, and who stands there with it. Reads only."""

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, exists, or_, select

from app.access import Permission, Principal
from app.booths.models import Booth, BoothState
from app.db import db
from app.directory.editing import PAPER
from app.directory.models import CompanyProfile, ItemKind, Picture, ProfileItem
from app.documents.store import Document
from app.errors import NotFound
from app.fairs.models import Exhibitor, Fair
from app.fairs.queries import by_shown_name, is_shown


@dataclass(frozen=True)
class ShownItem:
    """A product or a certificate with its file."""

    item: ProfileItem
    picture: Picture | None
    document: Document | None


@dataclass
class Company:
    """An exhibitor as its page shows it; of who has said nothing yet `profile` is None."""

    exhibitor: Exhibitor
    profile: CompanyProfile | None
    logo: Picture | None
    products: list[ShownItem] = field(default_factory=list)
    certificates: list[ShownItem] = field(default_factory=list)
    host: Exhibitor | None = None
    guests: list[Exhibitor] = field(default_factory=list)
    booths: list[str] = field(default_factory=list)
    shows_hidden: bool = True  # to the company itself and to the organiser

    @property
    def has_words(self) -> bool:
        """Whether there is a text about the company that the reader may see."""
        profile = self.profile
        if profile is None or (profile.about_hidden and not self.shows_hidden):
            return False
        return bool(profile.about or profile.about_en)

    @property
    def website(self) -> str:
        return self.profile.website if self.profile is not None else self.exhibitor.website


def company_shown(fair: Fair, exhibitor_id: int) -> Company:
    """What visitors see, without what is hidden. Raises NotFound for who is not on the fair's lists."""
    exhibitor = db.session.scalar(
        select(Exhibitor).where(Exhibitor.id == exhibitor_id, Exhibitor.fair_id == fair.id, is_shown())
    )
    if exhibitor is None:
        raise NotFound()
    return _without_hidden(company_kept(fair, exhibitor))


def preview_of(fair: Fair, exhibitor: Exhibitor) -> Company:
    """The same of any company, on the lists or not yet: for itself."""
    return _without_hidden(company_kept(fair, exhibitor))


def company_kept(fair: Fair, exhibitor: Exhibitor) -> Company:
    """Everything that the company keeps, what is hidden too; five queries."""
    found = db.session.execute(
        select(CompanyProfile, Picture)
        .outerjoin(Picture, Picture.id == CompanyProfile.logo_id)
        .where(CompanyProfile.fair_id == fair.id, CompanyProfile.exhibitor_id == exhibitor.id)
    ).first()
    company = Company(exhibitor, *(found or (None, None)))
    for item, picture, document in db.session.execute(
        select(ProfileItem, Picture, Document)
        .outerjoin(Picture, Picture.id == ProfileItem.picture_id)
        .outerjoin(Document, Document.id == ProfileItem.document_id)
        .where(ProfileItem.fair_id == fair.id, ProfileItem.exhibitor_id == exhibitor.id)
        .order_by(ProfileItem.id)
    ):
        shelf = company.products if item.kind == ItemKind.PRODUCT else company.certificates
        shelf.append(ShownItem(item, picture, document))
    if exhibitor.main_id is not None:
        company.host = db.session.get(Exhibitor, exhibitor.main_id)
    company.guests = _guests(fair, exhibitor)
    company.booths = booth_numbers(fair.id, [exhibitor.main_id or exhibitor.id]).get(
        exhibitor.main_id or exhibitor.id, []
    )
    return company


def item_kept(fair: Fair, exhibitor_id: int, item_id: int) -> ShownItem:
    """A product or certificate of a company, with its file. Raises NotFound."""
    row = db.session.execute(
        select(ProfileItem, Picture, Document)
        .outerjoin(Picture, Picture.id == ProfileItem.picture_id)
        .outerjoin(Document, Document.id == ProfileItem.document_id)
        .where(ProfileItem.id == item_id, ProfileItem.fair_id == fair.id, ProfileItem.exhibitor_id == exhibitor_id)
    ).first()
    if row is None:
        raise NotFound()
    return ShownItem(*row)


def booth_numbers(fair_id: int, exhibitor_ids: Collection[int]) -> dict[int, list[str]]:
    """Numbers of the booths that are let to each."""
    found: dict[int, list[str]] = {}
    for exhibitor_id, number in db.session.execute(
        select(Booth.exhibitor_id, Booth.number)
        .where(Booth.fair_id == fair_id, Booth.exhibitor_id.in_(exhibitor_ids), Booth.state == BoothState.LET)
        .order_by(Booth.number)
    ):
        found.setdefault(exhibitor_id or 0, []).append(number)
    return found


def kept_by(fair: Fair, who: Principal, exhibitor_id: int) -> Exhibitor:
    """A company whose profile this person keeps: an own one, or one on its booth. Raises NotFound."""
    mine = or_(Exhibitor.id.in_(who.exhibitor_ids), Exhibitor.main_id.in_(who.exhibitor_ids))
    exhibitor = db.session.scalar(
        select(Exhibitor).where(
            Exhibitor.id == exhibitor_id, Exhibitor.fair_id == fair.id, Exhibitor.withdrawn_at.is_(None), mine
        )
    )
    if exhibitor is None:
        raise NotFound()
    return exhibitor


def all_kept_by(fair: Fair, who: Principal) -> list[tuple[Exhibitor, CompanyProfile | None]]:
    """Every company whose profile this person keeps, own ones first, with what it has."""
    mine = or_(Exhibitor.id.in_(who.exhibitor_ids), Exhibitor.main_id.in_(who.exhibitor_ids))
    rows = db.session.execute(
        select(Exhibitor, CompanyProfile)
        .outerjoin(CompanyProfile, CompanyProfile.exhibitor_id == Exhibitor.id)
        .where(Exhibitor.fair_id == fair.id, Exhibitor.withdrawn_at.is_(None), mine)
        .order_by(Exhibitor.main_id.is_not(None), *by_shown_name())
    )
    return [(exhibitor, profile) for exhibitor, profile in rows]


def file_of(fair: Fair, digest: str, who: Principal) -> tuple[Picture | Document, bool]:
    """A picture in one of its sizes, or a certificate's PDF, by its digest; and whether everybody may see it.

    Raises NotFound for what is hidden, unless who asks keeps it or is on the organiser's side.
    """
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise NotFound()
    pictures = select(Picture, _is_open_picture().label("open")).where(
        Picture.fair_id == fair.id, or_(Picture.sha256 == digest, Picture.small_sha256 == digest)
    )
    found = [(row[0], bool(row.open), row[0].exhibitor_id) for row in db.session.execute(pictures)]
    if not found:
        papers = (
            select(Document, ProfileItem.exhibitor_id, (is_shown() & (ProfileItem.hidden == "")).label("open"))
            .join(ProfileItem, ProfileItem.document_id == Document.id)
            .join(Exhibitor, Exhibitor.id == ProfileItem.exhibitor_id)
            .where(Document.fair_id == fair.id, Document.sha256 == digest, Document.kind.startswith(PAPER))
        )
        found = [(row[0], bool(row.open), row.exhibitor_id) for row in db.session.execute(papers)]
    for thing, is_open, _owner in found:
        if is_open:
            return thing, True
    for thing, _is_open, owner in found:
        if who.staff_can(Permission.EXHIBITORS_SEE) or (who.exhibitor_ids and _keeps(fair, who, owner)):
            return thing, False
    raise NotFound()


def _keeps(fair: Fair, who: Principal, exhibitor_id: int) -> bool:
    try:
        kept_by(fair, who, exhibitor_id)
    except NotFound:
        return False
    return True


def _is_open_picture() -> ColumnElement[bool]:
    on_lists = exists().where(Exhibitor.id == Picture.exhibitor_id, is_shown())
    as_logo = exists().where(CompanyProfile.logo_id == Picture.id, CompanyProfile.logo_hidden == "")
    of_item = exists().where(ProfileItem.picture_id == Picture.id, ProfileItem.hidden == "")
    return on_lists & or_(as_logo, of_item)


def _without_hidden(company: Company) -> Company:
    company.shows_hidden = False
    company.products = [one for one in company.products if not one.item.hidden]
    company.certificates = [one for one in company.certificates if not one.item.hidden]
    if company.profile is not None and company.profile.logo_hidden:
        company.logo = None
    return company


def _guests(fair: Fair, exhibitor: Exhibitor) -> list[Exhibitor]:
    guests = select(Exhibitor).where(Exhibitor.fair_id == fair.id, Exhibitor.main_id == exhibitor.id, is_shown())
    return list(db.session.scalars(guests.order_by(*by_shown_name())))
