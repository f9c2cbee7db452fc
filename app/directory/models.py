"""What a company shows of itself: its profile, products, certificates and pictures; and the printed catalogue."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import db


class ItemKind(StrEnum):
    PRODUCT = "product"
    CERTIFICATE = "certificate"


class CatalogueState(StrEnum):
    WAITING = "waiting"
    MAKING = "making"
    DONE = "done"
    FAILED = "failed"


class Picture(db.Model):
    """A photograph as it is shown: turned upright, without what the camera wrote into it, in two sizes."""

    __tablename__ = "picture"
    __table_args__ = (
        UniqueConstraint("fair_id", "exhibitor_id", "sha256"),
        Index("ix_picture_fair_id_sha256", "fair_id", "sha256"),
        Index("ix_picture_fair_id_small_sha256", "fair_id", "small_sha256"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    exhibitor_id: Mapped[int] = mapped_column(ForeignKey("exhibitor.id"))
    sha256: Mapped[str] = mapped_column(String(64))  # of the large one's bytes
    small_sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(20))
    width: Mapped[int]  # pixels of the large one
    height: Mapped[int]
    created_at: Mapped[datetime]


class CompanyProfile(db.Model):
    """What an exhibitor says of itself to visitors; one without a row has said nothing yet."""

    __tablename__ = "company_profile"
    __table_args__ = (UniqueConstraint("fair_id", "exhibitor_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    exhibitor_id: Mapped[int] = mapped_column(ForeignKey("exhibitor.id"))
    revision: Mapped[int] = mapped_column(default=0)  # counts what was saved of this row: who saves says which was seen
    about: Mapped[str] = mapped_column(Text, default="")  # plain text with line breaks
    about_en: Mapped[str] = mapped_column(Text, default="")
    about_hidden: Mapped[str] = mapped_column(String(500), default="")  # the organiser's reason; empty: it is shown
    seeks: Mapped[list[Any]] = mapped_column(default=list)  # codes of app.directory.words.SEEKS
    website: Mapped[str] = mapped_column(String(200), default="")
    contact_name: Mapped[str] = mapped_column(String(120), default="")  # these three are for everybody to read
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    logo_id: Mapped[int | None] = mapped_column(ForeignKey("picture.id"))
    logo_hidden: Mapped[str] = mapped_column(String(500), default="")
    folded: Mapped[str] = mapped_column(Text, default="")  # what visitors can read of it, for search
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(120), default="")


class ProfileItem(db.Model):
    """A product or a certificate of a company's profile."""

    __tablename__ = "profile_item"
    __table_args__ = (
        UniqueConstraint("fair_id", "exhibitor_id", "key"),
        Index("ix_profile_item_fair_id_exhibitor_id", "fair_id", "exhibitor_id", "kind"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    exhibitor_id: Mapped[int] = mapped_column(ForeignKey("exhibitor.id"))
    kind: Mapped[str] = mapped_column(String(12))
    key: Mapped[str] = mapped_column(String(36))  # made by who adds it: the same one sent twice is one
    revision: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120), default="")
    about: Mapped[str] = mapped_column(Text, default="")
    about_en: Mapped[str] = mapped_column(Text, default="")
    category: Mapped[str] = mapped_column(String(40), default="")  # of a product
    currency: Mapped[str] = mapped_column(String(3), default="")
    price_from_minor: Mapped[int | None] = mapped_column(BigInteger)  # both none: no price is said
    price_to_minor: Mapped[int | None] = mapped_column(BigInteger)
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("picture.id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))  # of a certificate that is a PDF
    hidden: Mapped[str] = mapped_column(String(500), default="")  # the organiser's reason; empty: it is shown
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(120), default="")


class Catalogue(db.Model):
    """A printed catalogue that the organiser asked for: a sweep makes it, its PDF is a document."""

    __tablename__ = "catalogue"
    __table_args__ = (Index("ix_catalogue_fair_id_state", "fair_id", "state"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    locale: Mapped[str] = mapped_column(String(8))
    arranged: Mapped[str] = mapped_column(String(10))  # by category, by hall
    state: Mapped[str] = mapped_column(String(10), default=CatalogueState.WAITING)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(120), default="")
    begun_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    entries: Mapped[int | None]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
