"""A company keeps its profile; of two colleagues at once the second sees what the first saved.

Each verb first locks the company's profile row, so what it then reads stays as it is. Callers open the transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.audit import Actor, record
from app.db import db
from app.directory import words
from app.directory.errors import EditedMeanwhile, ItemGone, TooManyItems
from app.directory.models import CompanyProfile, ItemKind, Picture, ProfileItem
from app.documents.store import Document
from app.errors import FieldErrors, NotFound
from app.fairs.exhibiting import EMAIL, PHONE, WEBSITE
from app.fairs.models import Exhibitor, Fair
from app.fairs.product_categories import PRODUCT_CATEGORIES, product_category_name
from app.i18n_marks import N_
from app.input import is_mail_address
from app.search import fold

AT_MOST = {ItemKind.PRODUCT: words.PRODUCTS_AT_MOST, ItemKind.CERTIFICATE: words.CERTIFICATES_AT_MOST}
CATEGORY = N_("Choose what comes nearest.")
PAPER = "paper:"  # documents of this kind are certificates; behind it stands whose


@dataclass(frozen=True)
class Said:
    """What a company says of itself; checked by `checked`."""

    about: str = ""
    about_en: str = ""
    seeks: tuple[str, ...] = ()
    website: str = ""
    contact_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    logo_id: int | None = None  # a picture that the same company sent

    def checked(self) -> dict[str, Any]:
        """Columns of the profile, tidied. Raises FieldErrors."""
        one_line = {name: " ".join(getattr(self, name).split()) for name in ("website", *CONTACT)}
        if one_line["website"] and "://" not in one_line["website"]:
            one_line["website"] = "https://" + one_line["website"]
        values = one_line | {"about": lines_of(self.about), "about_en": lines_of(self.about_en)}
        digits = sum(letter.isdigit() for letter in values["contact_phone"])
        wrong = {
            "seeks": "" if set(self.seeks) <= set(words.SEEKS) else words.SEEK,
            "website": "" if _is_website(values["website"]) else WEBSITE,
            "contact_email": "" if not values["contact_email"] or is_mail_address(values["contact_email"]) else EMAIL,
            "contact_phone": "" if not values["contact_phone"] or digits >= 7 else PHONE,
        }
        _refuse(wrong, values, LONGEST)
        return values | {"seeks": [code for code in words.SEEKS if code in self.seeks], "logo_id": self.logo_id}


@dataclass(frozen=True)
class Thing:
    """A product, or a certificate, as it is sent; `picture_id` and `document_id` are the same company's."""

    name: str
    name_en: str = ""
    about: str = ""
    about_en: str = ""
    category: str = ""
    currency: str = ""
    price_from_minor: int | None = None
    price_to_minor: int | None = None
    picture_id: int | None = None
    document_id: int | None = None

    def checked(self, kind: ItemKind) -> dict[str, Any]:
        """Columns of the item, tidied. Raises FieldErrors."""
        values: dict[str, Any] = vars(self) | {
            name: " ".join(getattr(self, name).split()) for name in ("name", "name_en")
        }
        values |= {"about": lines_of(self.about), "about_en": lines_of(self.about_en)}
        wrong = {"name": "" if values["name"] else words.NAME}
        prices = [price for price in (self.price_from_minor, self.price_to_minor) if price is not None]
        if kind == ItemKind.PRODUCT:
            codes = {code for code, _vi, _en in PRODUCT_CATEGORIES}
            values |= {"document_id": None, "currency": self.currency if prices else ""}
            wrong["category"] = "" if self.category in codes else CATEGORY
            wrong["currency"] = words.CURRENCY if prices and self.currency not in words.CURRENCIES else ""
            wrong["price_to"] = words.PRICE_ORDER if prices != sorted(prices) else ""
        else:
            values |= {"category": "", "currency": "", "price_from_minor": None, "price_to_minor": None}
            wrong["photograph"] = words.PAPER if self.picture_id is None and self.document_id is None else ""
        _refuse(wrong, values, ITEM_LONGEST)
        return values


CONTACT = ("contact_name", "contact_email", "contact_phone")
LONGEST = {
    "about": words.ABOUT_LENGTH, "about_en": words.ABOUT_LENGTH, "website": 200,
    "contact_name": 120, "contact_email": 254, "contact_phone": 40,
}  # fmt: skip
ITEM_LONGEST = {
    "name": words.NAME_LENGTH, "name_en": words.NAME_LENGTH,
    "about": words.ITEM_ABOUT_LENGTH, "about_en": words.ITEM_ABOUT_LENGTH,
}  # fmt: skip


def keep_profile(actor: Actor, fair: Fair, exhibitor_id: int, seen: int, said: Said, now: datetime) -> CompanyProfile:
    """Save the words, contacts and logo over the revision that was `seen` (0: none). The same sent twice is one.

    Raises NotFound, FieldErrors, EditedMeanwhile.
    """
    values = said.checked()
    profile = locked_profile(fair, exhibitor_id, now)
    _own_picture(fair, exhibitor_id, values["logo_id"])
    if all(getattr(profile, name) == value for name, value in values.items()) and profile.revision > 0:
        return profile
    if profile.revision != seen:
        raise EditedMeanwhile(revision=profile.revision)
    for name, value in values.items():
        setattr(profile, name, value)
    profile.revision += 1
    profile.changed_at, profile.changed_by = now, actor.name
    refold(profile)
    record(actor, "profile.changed", "exhibitor", exhibitor_id, fair.id, revision=profile.revision)
    return profile


def add_item(
    actor: Actor, fair: Fair, exhibitor_id: int, kind: ItemKind, key: str, thing: Thing, now: datetime
) -> ProfileItem:
    """A product, 12 at most, or a certificate, 10 at most. The same `key` sent twice is one.

    Raises NotFound, FieldErrors, TooManyItems.
    """
    values = thing.checked(kind)
    profile = locked_profile(fair, exhibitor_id, now)
    _own_files(fair, exhibitor_id, values)
    mine = (ProfileItem.fair_id == fair.id, ProfileItem.exhibitor_id == exhibitor_id)
    known = db.session.scalar(select(ProfileItem).where(*mine, ProfileItem.key == key))
    if known is not None:
        return known
    most = AT_MOST[kind]
    if (db.session.scalar(select(func.count()).where(*mine, ProfileItem.kind == kind)) or 0) >= most:
        raise TooManyItems(most=most)
    item = ProfileItem(
        fair_id=fair.id, exhibitor_id=exhibitor_id, kind=kind.value, key=key, created_at=now, changed_at=now,
        changed_by=actor.name, **values,
    )  # fmt: skip
    db.session.add(item)
    db.session.flush()
    refold(profile)
    record(actor, f"profile.{kind}_added", "exhibitor", exhibitor_id, fair.id, name=item.name)
    return item


def change_item(
    actor: Actor, fair: Fair, exhibitor_id: int, item_id: int, seen: int, thing: Thing, now: datetime
) -> ProfileItem:
    """Save a product or a certificate over the revision that was seen. The same sent twice is one.

    Raises NotFound, ItemGone, FieldErrors, EditedMeanwhile.
    """
    profile = locked_profile(fair, exhibitor_id, now)
    item = _item(fair, exhibitor_id, item_id)
    values = thing.checked(ItemKind(item.kind))
    _own_files(fair, exhibitor_id, values)
    if all(getattr(item, name) == value for name, value in values.items()):
        return item
    if item.revision != seen:
        raise EditedMeanwhile(revision=item.revision)
    for name, value in values.items():
        setattr(item, name, value)
    item.revision += 1
    item.changed_at, item.changed_by = now, actor.name
    refold(profile)
    record(actor, f"profile.{item.kind}_changed", "exhibitor", exhibitor_id, fair.id, name=item.name)
    return item


def remove_item(actor: Actor, fair: Fair, exhibitor_id: int, item_id: int, seen: int, now: datetime) -> None:
    """Delete a product or a certificate as it was seen; one that is gone already stays gone.

    Raises NotFound, EditedMeanwhile.
    """
    profile = locked_profile(fair, exhibitor_id, now)
    try:
        item = _item(fair, exhibitor_id, item_id)
    except ItemGone:
        return
    if item.revision != seen:
        raise EditedMeanwhile(revision=item.revision)
    db.session.delete(item)
    refold(profile)
    record(actor, f"profile.{item.kind}_removed", "exhibitor", exhibitor_id, fair.id, name=item.name)


def locked_profile(fair: Fair, exhibitor_id: int, now: datetime) -> CompanyProfile:
    """The company's row, made if there is none: who keeps the same profile waits behind it. Raises NotFound."""
    wanted = select(CompanyProfile).where(
        CompanyProfile.fair_id == fair.id, CompanyProfile.exhibitor_id == exhibitor_id
    )
    locked = wanted.with_for_update()
    profile = db.session.scalar(locked, execution_options={"populate_existing": True})
    if profile is not None:
        return profile
    exhibitor = db.session.get(Exhibitor, exhibitor_id)
    if exhibitor is None or exhibitor.fair_id != fair.id:
        raise NotFound()
    profile = CompanyProfile(
        fair_id=fair.id, exhibitor_id=exhibitor_id, website=exhibitor.website, revision=0, about="", about_en="",
        about_hidden="", seeks=[], contact_name="", contact_email="", contact_phone="", logo_hidden="", changed_at=now,
    )  # fmt: skip
    db.session.add(profile)
    db.session.flush()  # of two at once one key is refused, and `retrying` finds the other's row
    return profile


def refold(profile: CompanyProfile) -> None:
    """What search finds of a profile: its words, products and certificates, but nothing that is hidden."""
    db.session.flush()
    items = db.session.scalars(
        select(ProfileItem).where(
            ProfileItem.fair_id == profile.fair_id,
            ProfileItem.exhibitor_id == profile.exhibitor_id,
            ProfileItem.hidden == "",
        )
    )
    profile.folded = folded_words(profile, items)
    db.session.flush()


def folded_words(profile: CompanyProfile, items: Any) -> str:
    said = [] if profile.about_hidden else [profile.about, profile.about_en]
    for item in items:
        said += [item.name, item.name_en, item.about, item.about_en]
        if item.category:
            said += [product_category_name(item.category, "vi"), product_category_name(item.category, "en")]
    return fold(" ".join(said))


def lines_of(text: str) -> str:
    """A text with its line breaks, without what nobody sees."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return "\n".join(lines).strip()


def _item(fair: Fair, exhibitor_id: int, item_id: int) -> ProfileItem:
    item = db.session.scalar(
        select(ProfileItem).where(
            ProfileItem.id == item_id, ProfileItem.fair_id == fair.id, ProfileItem.exhibitor_id == exhibitor_id
        ),
        execution_options={"populate_existing": True},
    )
    if item is None:
        raise ItemGone()
    return item


def _own_picture(fair: Fair, exhibitor_id: int, picture_id: int | None) -> None:
    picture = db.session.get(Picture, picture_id) if picture_id is not None else None
    if picture_id is not None and (
        picture is None or (picture.fair_id, picture.exhibitor_id) != (fair.id, exhibitor_id)
    ):
        raise NotFound()


def _own_files(fair: Fair, exhibitor_id: int, values: dict[str, Any]) -> None:
    _own_picture(fair, exhibitor_id, values["picture_id"])
    document = db.session.get(Document, values["document_id"]) if values["document_id"] is not None else None
    if document is not None and (document.fair_id, document.kind) != (fair.id, paper_kind(exhibitor_id)):
        raise NotFound()


def paper_kind(exhibitor_id: int) -> str:
    """The kind under which an exhibitor's certificates are kept: nobody else can refer to them."""
    return f"{PAPER}{exhibitor_id}"


def _is_website(address: str) -> bool:
    return not address or (
        address.startswith(("https://", "http://")) and "." in address and not set(address) & set(' <>"')
    )


def _refuse(wrong: dict[str, str], values: dict[str, Any], longest: dict[str, int]) -> None:
    long = [name for name, most in longest.items() if len(values[name]) > most]
    faults = {name: fault for name, fault in wrong.items() if fault} | {name: words.LONG for name in long}
    if faults:
        raise FieldErrors(faults, longest=max((longest[name] for name in long), default=0))
