"""The fair itself: who runs it, where, with whom."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import db


class Organiser(db.Model):
    """The body that runs fairs and answers for their figures; the seller on invoices and booth contracts."""

    __tablename__ = "organiser"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    tax_code: Mapped[str] = mapped_column(String(20), default="")
    representative: Mapped[str] = mapped_column(String(120), default="")
    representative_title: Mapped[str] = mapped_column(String(120), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    bank_name: Mapped[str] = mapped_column(String(120), default="")
    bank_bin: Mapped[str] = mapped_column(String(6), default="")  # NAPAS bank number, for VietQR
    bank_account: Mapped[str] = mapped_column(String(30), default="")
    bank_account_name: Mapped[str] = mapped_column(String(120), default="")

    @property
    def takes_transfers(self) -> bool:
        """Whether a payer can be told where to send money."""
        return bool(self.bank_name and self.bank_account)


class Fair(db.Model):
    """One edition of a fair, with its dates, place, time zone, currency and rules."""

    __tablename__ = "fair"
    id: Mapped[int] = mapped_column(primary_key=True)
    organiser_id: Mapped[int] = mapped_column(ForeignKey("organiser.id"))
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    number: Mapped[int] = mapped_column(unique=True)  # 16 bits, in every badge code
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    short_name: Mapped[str] = mapped_column(String(60), default="")
    short_name_en: Mapped[str] = mapped_column(String(60), default="")
    theme: Mapped[str] = mapped_column(String(300), default="")
    theme_en: Mapped[str] = mapped_column(String(300), default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    opens_at_time: Mapped[time]  # local to the fair
    closes_at_time: Mapped[time]
    venue: Mapped[str] = mapped_column(String(200), default="")
    venue_en: Mapped[str] = mapped_column(String(200), default="")
    city: Mapped[str] = mapped_column(String(80), default="")
    country: Mapped[str] = mapped_column(String(2), default="VN")
    time_zone: Mapped[str] = mapped_column(String(40), default="Asia/Ho_Chi_Minh")
    currency: Mapped[str] = mapped_column(String(3), default="VND")
    currency_revision: Mapped[int] = mapped_column(default=0)  # counts changes of further currencies; 0: it has none
    locale: Mapped[str] = mapped_column(String(8), default="vi")
    is_demo: Mapped[bool] = mapped_column(default=False)
    published_at: Mapped[datetime | None]  # strangers see it from then on
    booking_closed_at: Mapped[datetime | None]
    frozen_at: Mapped[datetime | None]  # the report is final: no more scans
    created_at: Mapped[datetime]
    # rules: booths
    hold_minutes: Mapped[int] = mapped_column(default=20)
    rehold_minutes: Mapped[int] = mapped_column(default=10)
    booths_held_at_most: Mapped[int] = mapped_column(default=10)
    transfer_due_days: Mapped[int] = mapped_column(default=3)
    workflow: Mapped[str] = mapped_column(String(10), default="buy")  # buy, request, apply: app/booths/workflows.py
    offer_hours: Mapped[int] = mapped_column(default=48)  # so long an offer waits for its answer
    request_days: Mapped[int] = mapped_column(default=5)  # so long a request keeps its booths
    has_waiting: Mapped[bool] = mapped_column(default=False)  # somebody is, or was, on its waiting list
    selects_until: Mapped[datetime | None]  # until then some booths are chosen in turn: app/booths/choosing.py
    price_per_m2_minor: Mapped[int] = mapped_column(BigInteger, default=0)  # before VAT
    corner_surcharge_bp: Mapped[int] = mapped_column(default=0)  # basis points for each open side after the first
    approve_guests: Mapped[bool] = mapped_column(default=True)
    co_exhibitors_per_9_m2: Mapped[int | None]  # of let area; none: as many as one likes
    # rules: gates
    entry_rule: Mapped[str] = mapped_column(String(20), default="free_reentry")
    names_at_gate: Mapped[bool] = mapped_column(default=True)
    approve_buyers: Mapped[bool] = mapped_column(default=False)

    organiser: Mapped[Organiser] = relationship(lazy="joined")


class Hall(db.Model):
    """A building or part of one; its plan is drawn in centimetres from its north-west corner."""

    __tablename__ = "hall"
    __table_args__ = (UniqueConstraint("fair_id", "code"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    code: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    position: Mapped[int] = mapped_column(default=0)
    width_cm: Mapped[int]
    depth_cm: Mapped[int]
    features: Mapped[list[Any]] = mapped_column(default=list)
    areas: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")  # of zones, as in app/booths/areas.py
    background: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # as in app/booths/models.py
    # features: [{"kind": "entrance", "gate": "C1", "side": "south", "at_cm": 2700, "width_cm": 600, "name", "name_en"},
    #   {"kind": "pillar"|"text"|"stage"|"exit"|"wc", "x_cm", "y_cm", "width_cm", "depth_cm", "name", "name_en"}]


class Zone(db.Model):
    """Groups booths by product or province: a letter and a name on the floor."""

    __tablename__ = "zone"
    __table_args__ = (UniqueConstraint("fair_id", "code"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    hall_id: Mapped[int] = mapped_column(ForeignKey("hall.id"))
    code: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80), default="")
    category: Mapped[str] = mapped_column(String(40), default="")  # product category code
    workflow: Mapped[str | None] = mapped_column(String(10))  # none: as the fair's
    label_x_cm: Mapped[int] = mapped_column(default=0)
    label_y_cm: Mapped[int] = mapped_column(default=0)


class Membership(db.Model):
    """A person's role on the organiser's side of one fair: owner, sales, finance, gate, deals."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("fair_id", "person_id", "role"), Index("ix_membership_person_id", "person_id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]


class Approval(StrEnum):
    """Whether the organiser lets a company onto another's booth; who rents a booth of its own is approved at once."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"


class Exhibitor(db.Model):
    """A company that shows at the fair: main, co-exhibitor, or represented (goods shown, no staff)."""

    __tablename__ = "exhibitor"
    __table_args__ = (
        UniqueConstraint("fair_id", "tax_code", "name"),
        Index("ix_exhibitor_fair_id_country_province", "fair_id", "country", "province"),
        Index("ix_exhibitor_fair_id_main_id", "fair_id", "main_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    kind: Mapped[str] = mapped_column(String(12), default="main")  # main, co, represented
    main_id: Mapped[int | None] = mapped_column(ForeignKey("exhibitor.id"))
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    folded: Mapped[str] = mapped_column(String(500), default="")  # names, province, products: what search looks in
    country: Mapped[str] = mapped_column(String(2), default="VN")  # ISO 3166-1, of the address in the contract
    province: Mapped[str | None] = mapped_column(String(20))  # code of the list in force on the fair's dates
    address: Mapped[str] = mapped_column(String(300), default="")
    tax_code: Mapped[str] = mapped_column(String(30), default="")
    representative: Mapped[str] = mapped_column(String(120), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    website: Mapped[str] = mapped_column(String(200), default="")
    products: Mapped[str] = mapped_column(String(300), default="")
    category: Mapped[str] = mapped_column(String(40), default="")
    locale: Mapped[str] = mapped_column(String(8), default="vi")
    currency: Mapped[str] = mapped_column(String(3), default="")  # chosen last for a hold or an order
    approval: Mapped[str] = mapped_column(String(10), default=Approval.APPROVED)
    refusal: Mapped[str] = mapped_column(String(500), default="")  # why, as the exhibitor reads it
    requested_at: Mapped[datetime | None]  # of a guest: when it was last put before the organiser
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    claims: Mapped[int] = mapped_column(default=0, server_default="0")  # how often it took booths


class ExhibitorMember(db.Model):
    """A person who acts for an exhibitor."""

    __tablename__ = "exhibitor_member"
    __table_args__ = (
        UniqueConstraint("fair_id", "exhibitor_id", "person_id"),
        Index("ix_exhibitor_member_person_id", "person_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    exhibitor_id: Mapped[int] = mapped_column(ForeignKey("exhibitor.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]


class Buyer(db.Model):
    """Who may be the other side of a deal: a registered trade visitor, or somebody who never registered."""

    __tablename__ = "buyer"
    __table_args__ = (
        Index("ix_buyer_fair_id_folded", "fair_id", "folded"),
        Index("ix_buyer_person_id", "person_id"),
        Index("uq_buyer_fair_id_registration_id", "fair_id", "registration_id", unique=True),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(120))
    company: Mapped[str] = mapped_column(String(200), default="")
    folded: Mapped[str] = mapped_column(String(400), default="")
    country: Mapped[str] = mapped_column(String(2))
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    locale: Mapped[str] = mapped_column(String(8), default="en")
    email_verified_at: Mapped[datetime | None]  # they opened a link that was sent to it
    email_typed_by: Mapped[str] = mapped_column(String(12), default="self")  # self, exhibitor, organiser
    created_at: Mapped[datetime]


class VatRate(db.Model):
    """A rate with the days on which it holds: rates change, invoices do not."""

    __tablename__ = "vat_rate"
    __table_args__ = (UniqueConstraint("fair_id", "from_on"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    rate_bp: Mapped[int]  # basis points: 1000 is 10 %
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    source: Mapped[str] = mapped_column(Text, default="")


class ExchangeRate(db.Model):
    """What one unit of a currency was worth in the fair's currency on a day, and who said so."""

    __tablename__ = "exchange_rate"
    __table_args__ = (UniqueConstraint("fair_id", "currency", "rate_on"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fair_id: Mapped[int] = mapped_column(ForeignKey("fair.id"))
    currency: Mapped[str] = mapped_column(String(3))
    rate_on: Mapped[date]
    rate: Mapped[str] = mapped_column(String(32))  # decimal: major units of the fair's currency for one major unit
    source: Mapped[str] = mapped_column(String(200), default="")
