"""The stage of companies on another's booth: Ema's firm has booth A03, paid and let."""

from typing import Any

from app import clock
from app.audit import Actor
from app.booths.guest_list import GuestKind
from app.booths.guests import decide_guest, request_guest
from app.booths.models import Allocation, Booth, BoothState
from app.db import db, retrying, transaction
from app.fairs.exhibiting import Company
from app.fairs.models import Approval, Exhibitor, Fair
from tests.support.cast import Cast

FACTS = {
    "name": "Xưởng đèn lồng Cleo", "country": "VN", "province": "ha-noi", "address": "Đan Phượng",
    "tax_code": "0108888888", "representative": "Cleo", "phone": "0912 345 678", "category": "bamboo",
    "products": "đèn lồng tre",
}  # fmt: skip
GOODS = {"name": "Lụa Vạn Phúc", "country": "VN", "province": "ha-noi", "category": "bamboo", "products": "lụa"}


def let(cast: Cast, *numbers: str, rival: bool = False) -> None:
    """Booths that are paid: let on the plan, and a letting that the report counts."""
    exhibitor = cast.rival if rival else cast.exhibitor
    with transaction():
        for booth in db.session.query(Booth).filter(Booth.fair_id == cast.fair.id, Booth.number.in_(numbers)):
            booth.state, booth.exhibitor_id = BoothState.LET, exhibitor.id
            db.session.add(
                Allocation(
                    fair_id=cast.fair.id, booth_id=booth.id, exhibitor_id=exhibitor.id, state=BoothState.LET,
                    created_at=clock.now(), let_at=clock.now(),
                )
            )  # fmt: skip


def rule(cast: Cast, **values: Any) -> None:
    with transaction():
        fair = db.session.get_one(Fair, cast.fair.id)
        for name, value in values.items():
            setattr(fair, name, value)


def the_fair(cast: Cast) -> Fair:
    return db.session.get_one(Fair, cast.fair.id)


def ask(cast: Cast, kind: str = "co", rival: bool = False, **facts: Any) -> Exhibitor:
    """Ema (or Rita) enters a company."""
    person, main = (cast.rita, cast.rival) if rival else (cast.ema, cast.exhibitor)
    said = Company(**((FACTS if kind == "co" else GOODS) | facts))
    host = db.session.get_one(Exhibitor, main.id)
    return retrying(
        lambda: request_guest(Actor("person", person.id), the_fair(cast), host, GuestKind(kind), said, clock.now())
    )


def decide(cast: Cast, guest: Exhibitor, to: Approval = Approval.APPROVED, reason: str = "") -> Exhibitor:
    """Ola decides on what stands there now."""
    actor = Actor("person", cast.ola.id)
    retrying(lambda: decide_guest(actor, the_fair(cast), guest, to, reason, None, clock.now()))
    return db.session.get_one(Exhibitor, guest.id, populate_existing=True)
