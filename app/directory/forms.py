"""Forms of a profile. They read what was typed; what may stand in a profile is checked by the verbs."""

import secrets
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import HiddenField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.widgets import CheckboxInput, ListWidget

from app.accounts.forms import Faulty
from app.directory.editing import Said, Thing
from app.directory.models import CompanyProfile, ItemKind, ProfileItem
from app.directory.words import CURRENCIES, SEEKS
from app.errors import FieldErrors
from app.fairs.models import Exhibitor
from app.fairs.product_categories import product_categories
from app.formats import language
from app.i18n_marks import N_
from app.input import row_number
from app.money import NotMoney
from app.typed import amount_minor, typed_amount

PHOTOGRAPHS = "image/jpeg,image/png"
NO_PRICE = N_("Write the price in digits, 150,000 for instance, or leave it empty.")


class Kept(Faulty):
    """What every form of a profile carries besides: the revision that was seen, and a file that came already."""

    revision = HiddenField()
    kept = HiddenField()  # digest of a photograph or PDF that was sent with an earlier try

    def seen(self) -> int:
        try:
            return row_number(self.revision.data or "0")
        except ValueError:
            return 0


class ProfileForm(Kept):
    photograph = FileField(_l("Logo"))
    about = TextAreaField(_l("About the company"))
    about_en = TextAreaField(_l("About the company, in English"))
    seeks = SelectMultipleField(_l("What you seek at the fair"), validate_choice=False,
                                widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())  # fmt: skip
    website = StringField(_l("Website"))
    contact_name = StringField(_l("Whom to ask for"))
    contact_email = StringField(_l("E-mail for visitors"))
    contact_phone = StringField(_l("Phone for visitors"))

    def __init__(self, exhibitor: Exhibitor, profile: CompanyProfile | None, *args: Any, **kwargs: Any) -> None:
        data: dict[str, Any] = {"website": exhibitor.website, "revision": "0"}
        if profile is not None:
            words = ("about", "about_en", "seeks", "website", "contact_name", "contact_email", "contact_phone")
            data = {name: getattr(profile, name) for name in (*words, "revision")}
        super().__init__(*args, data=data, **kwargs)
        self.seeks.choices = [(code, _(name)) for code, name in SEEKS.items()]

    def said(self, logo_id: int | None) -> Said:
        names = ("about", "about_en", "website", "contact_name", "contact_email", "contact_phone")
        return Said(
            **{name: self[name].data or "" for name in names}, seeks=tuple(self.seeks.data or ()), logo_id=logo_id
        )


class ItemForm(Kept):
    """A product or a certificate."""

    key = HiddenField()
    photograph = FileField(_l("Photograph"))
    name = StringField(_l("Name"))
    name_en = StringField(_l("Name in English"))
    about = TextAreaField(_l("Some words"))
    about_en = TextAreaField(_l("Some words in English"))
    category = SelectField(_l("Goods"), validate_choice=False)
    currency = SelectField(_l("Currency"), validate_choice=False)
    price_from = StringField(_l("Price from"))
    price_to = StringField(_l("Price to"))

    def __init__(self, kind: ItemKind, item: ProfileItem | None, category: str, *args: Any, **kwargs: Any) -> None:
        data: dict[str, Any] = {"category": category, "currency": "VND", "revision": "0", "key": secrets.token_hex(16)}
        if item is not None:
            data = {name: getattr(item, name) for name in ("name", "name_en", "about", "about_en", "category", "key")}
            data |= {"revision": item.revision, "currency": item.currency or "VND"}
            data |= {
                f"price_{end}": typed_amount(getattr(item, f"price_{end}_minor"), item.currency)
                for end in ("from", "to")
            }
        super().__init__(*args, data=data, **kwargs)
        self.kind = kind
        self.category.choices = product_categories(language())
        self.currency.choices = [(code, code) for code in CURRENCIES]
        if kind == ItemKind.CERTIFICATE:
            self.photograph.label.text = _("Photograph or PDF")
            for name in ("category", "currency", "price_from", "price_to"):
                del self[name]

    def thing(self, picture_id: int | None, document_id: int | None) -> Thing:
        """Raises FieldErrors for a price that is none."""
        words: dict[str, Any] = {name: self[name].data or "" for name in ("name", "name_en", "about", "about_en")}
        if self.kind == ItemKind.CERTIFICATE:
            return Thing(**words, picture_id=picture_id, document_id=document_id)
        currency = self.currency.data if self.currency.data in CURRENCIES else "VND"
        return Thing(
            **words, category=self.category.data or "", currency=self.currency.data or "",
            price_from_minor=_minor(self.price_from.data, currency, "price_from"),
            price_to_minor=_minor(self.price_to.data, currency, "price_to"), picture_id=picture_id,
        )  # fmt: skip


def _minor(text: str | None, currency: str, field: str) -> int | None:
    try:
        return amount_minor(text, currency)
    except NotMoney:
        raise FieldErrors({field: NO_PRICE}) from None
