"""A company joins a fair as its exhibitor. Callers open the transaction."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Person
from app.audit import Actor, record
from app.db import db
from app.errors import FieldErrors
from app.fairs.countries import countries
from app.fairs.models import Exhibitor, ExhibitorMember, Fair
from app.fairs.product_categories import PRODUCT_CATEGORIES
from app.fairs.provinces import province_name, provinces_on
from app.i18n_marks import N_
from app.input import is_mail_address
from app.search import fold

HOST_COUNTRY = "VN"
NAME = N_("Enter the company's name as it stands in its registration.")
COUNTRY = N_("Choose a country.")
PROVINCE = N_("Choose the province of the company's address.")
TAX_CODE_FORM = re.compile(r"\d{10}(-?\d{3})?|\d{12}")  # 12: a household's, its owner's own number (86/2024/TT-BTC)
TAX_CODE = N_("A Vietnamese tax code has 10 digits, 10 and 3 (0101234567-001), or 12 for a household business.")
ADDRESS = N_("Enter the address; it goes into the contract.")
REPRESENTATIVE = N_("Enter who signs for the company.")
PHONE = N_("Enter a phone number with at least 7 digits.")
PRODUCTS = N_("Say in a few words what you show.")
CATEGORY = N_("Choose what comes nearest.")
EMAIL = N_("This is no e-mail address: name@example.com.")
WEBSITE = N_("An address on the web begins with https://")
MAY_LACK = {"represented": ("address", "tax_code", "representative", "phone")}  # nobody writes it a contract
COMPANIES_AT_MOST = 3  # of one person at one fair, else one account could hold the whole floor
TOO_MANY = N_("You have registered three companies here already. The organiser registers more for you.")
TAKEN = N_("This company is registered already. Ask the colleague who did it, or the organiser, to let you in.")


@dataclass(frozen=True)
class Company:
    """What a company says of itself when it joins; checked by `checked`."""

    name: str
    name_en: str = ""
    country: str = HOST_COUNTRY
    province: str = ""
    address: str = ""
    tax_code: str = ""
    representative: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    products: str = ""
    category: str = ""

    def checked(self, fair: Fair, kind: str = "main") -> "Company":
        """The same, tidied; FieldErrors for what a contract cannot be written with.

        Of a represented company less is asked: what stands in MAY_LACK may be missing, not wrong.
        """
        values = {name: " ".join(str(value or "").split()) for name, value in vars(self).items()}
        values["tax_code"] = values["tax_code"].replace(" ", "").replace(".", "")
        if values["website"] and "://" not in values["website"]:
            values["website"] = "https://" + values["website"]
        at_home = values["country"] == HOST_COUNTRY
        if not at_home:
            values["province"] = ""
        wrong = {
            "name": NAME if not values["name"] else "",
            "country": "" if values["country"] in dict(countries("en")) else COUNTRY,
            "province": PROVINCE if at_home and values["province"] not in _codes(fair) else "",
            "tax_code": TAX_CODE if at_home and not TAX_CODE_FORM.fullmatch(values["tax_code"]) else "",
            "address": ADDRESS if not values["address"] else "",
            "representative": REPRESENTATIVE if not values["representative"] else "",
            "phone": PHONE if len(re.sub(r"\D", "", values["phone"])) < 7 else "",
            "products": PRODUCTS if not values["products"] else "",
            "category": CATEGORY if values["category"] not in {code for code, _, _ in PRODUCT_CATEGORIES} else "",
            "email": EMAIL if values["email"] and not is_mail_address(values["email"]) else "",
            "website": WEBSITE
            if values["website"] and not values["website"].startswith(("https://", "http://"))
            else "",
        }
        may_lack = MAY_LACK.get(kind, ())
        faults = {n: sentence for n, sentence in wrong.items() if sentence and (values[n] or n not in may_lack)}
        if faults:
            raise FieldErrors(faults)
        return Company(**values)

    @property
    def folded(self) -> str:
        province = province_name(self.province) if self.province else ""
        return fold(f"{self.name} {self.name_en} {province} {self.products} {self.address}")[:500]


def register_company(
    actor: Actor, fair: Fair, company: Company, at: datetime, member_id: int | None = None, locale: str = "vi"
) -> Exhibitor:
    """The company as an exhibitor of the fair, and who acts for it. The same form again makes nothing new."""
    company = company.checked(fair)
    exhibitor = company_like(fair, company)
    if exhibitor is not None:
        if member_id is None or not _acts_for(exhibitor, member_id):
            raise FieldErrors({"name": TAKEN})
        return exhibitor
    if member_id is not None:  # one's companies queue up, so that their count stays true
        db.session.execute(select(Person.id).where(Person.id == member_id).with_for_update(key_share=True))
        if _companies_of(fair, member_id) >= COMPANIES_AT_MOST:
            raise FieldErrors({"name": TOO_MANY})
    exhibitor = Exhibitor(fair_id=fair.id, locale=locale, created_at=at)
    write_company(exhibitor, company)
    try:
        with db.session.begin_nested():
            db.session.add(exhibitor)
    except IntegrityError:  # the same form in the same moment, or somebody else's
        same = company_like(fair, company)
        if same is None or member_id is None or not _acts_for(same, member_id):
            raise FieldErrors({"name": TAKEN}) from None
        return same
    if member_id is not None:
        add_member(exhibitor, member_id, at)
    record(actor, "exhibitor.registered", "exhibitor", exhibitor.id, fair.id)
    return exhibitor


def change_company(actor: Actor, fair: Fair, exhibitor: Exhibitor, company: Company) -> None:
    """New details. Orders and papers keep the old ones: they were written with them."""
    company = company.checked(fair, exhibitor.kind)
    same = company_like(fair, company)
    if same is not None and same.id != exhibitor.id:
        raise FieldErrors({"name": TAKEN})
    write_company(exhibitor, company)
    record(actor, "exhibitor.changed", "exhibitor", exhibitor.id, fair.id)


def add_member(exhibitor: Exhibitor, person_id: int, at: datetime) -> None:
    """Let a person act for the exhibitor; once."""
    if not _acts_for(exhibitor, person_id):
        db.session.add(
            ExhibitorMember(fair_id=exhibitor.fair_id, exhibitor_id=exhibitor.id, person_id=person_id, created_at=at)
        )
        db.session.flush()


def company_of(exhibitor: Exhibitor) -> Company:
    return Company(**{name: getattr(exhibitor, name) or "" for name in Company.__dataclass_fields__})


def write_company(exhibitor: Exhibitor, company: Company) -> None:
    """Put checked details into the exhibitor's row."""
    for name, value in vars(company).items():
        setattr(exhibitor, name, value)
    exhibitor.province = company.province or None
    exhibitor.folded = company.folded


def company_like(fair: Fair, company: Company) -> Exhibitor | None:
    """Who is at the fair under this name and tax code already, withdrawn or not."""
    return db.session.scalar(
        select(Exhibitor).where(
            Exhibitor.fair_id == fair.id, Exhibitor.tax_code == company.tax_code, Exhibitor.name == company.name
        ),
        execution_options={"populate_existing": True},  # as it stands, not as this request read it before
    )


def _companies_of(fair: Fair, person_id: int) -> int:
    mine = select(func.count()).where(ExhibitorMember.fair_id == fair.id, ExhibitorMember.person_id == person_id)
    return db.session.scalar(mine) or 0


def _acts_for(exhibitor: Exhibitor, person_id: int) -> bool:
    return (
        db.session.scalar(
            select(ExhibitorMember.id).where(
                ExhibitorMember.fair_id == exhibitor.fair_id,
                ExhibitorMember.exhibitor_id == exhibitor.id,
                ExhibitorMember.person_id == person_id,
            )
        )
        is not None
    )


def _codes(fair: Fair) -> set[str]:
    return {province.code for province in provinces_on(fair.starts_on)}
