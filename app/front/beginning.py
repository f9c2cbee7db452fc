"""The first fair of an installation: its organiser, its halls in rows and columns, and what every fair needs."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import ClassVar

from sqlalchemy import case, delete, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.access import Role
from app.accounts.models import Person
from app.accounts.people import sign_up, tidy_email
from app.allocation.placing import forget_wishes
from app.audit import Actor, record
from app.booths.currency_lists import forget_amounts
from app.booths.floorplan import on_plan
from app.booths.groups import forget_zones
from app.booths.models import Allocation, Booth, PlanDraft, PlanVersion
from app.booths.plan_pictures import forget_pictures
from app.booths.pricing import list_price_minor
from app.db import db
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.models import Fair, Hall, Membership, Organiser, VatRate, Zone
from app.fairs.settings import day_faults
from app.i18n_marks import N_
from app.payments.models import OrderLine
from app.visitors.categories import forget_places
from app.visitors.device_models import GateDevice
from app.visitors.models import Device, Gate, Scan, VisitorCategory
from app.visitors.session_models import FairSession

FIRST_NUMBER = 1
AISLE_CM, MARGIN_CM = 300, 400
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # no I and no O: read aloud they are numbers
# code, number in the badge code, name, English name, counts as a visit, offered online, becomes a buyer, colour
CATEGORIES = (
    ("trade", 1, "Khách thương mại", "Trade buyer", True, True, True, "ink"),
    ("importer", 2, "Nhà nhập khẩu", "Importer", True, True, True, "ink"),
    ("public", 3, "Khách tham quan", "Public visitor", True, True, False, "white"),
    ("press", 4, "Báo chí", "Press", False, True, False, "turmeric"),
    ("exhibitor", 5, "Đơn vị trưng bày", "Exhibitor", False, False, False, "indigo"),
    ("organiser", 6, "Ban tổ chức", "Organiser", False, False, False, "celadon"),
    ("crew", 7, "Thi công, dịch vụ", "Crew", False, False, False, "celadon"),
)


class AlreadyBegun(DomainError):
    code: ClassVar[str] = "already_begun"
    message: ClassVar[str] = N_("This installation has an organiser already. Sign in.")


class HallInUse(DomainError):
    code: ClassVar[str] = "hall_in_use"
    message: ClassVar[str] = N_("Booths of %(hall)s have been held or let: the hall stays.")


class HallOfGroup(DomainError):
    code: ClassVar[str] = "hall_of_group"
    message: ClassVar[str] = N_(
        "The price of the group “%(group)s” is for a zone of %(hall)s. Give the group another zone first."
    )


@dataclass(frozen=True)
class Beginning:
    """What the set-up page asks for."""

    person_name: str
    email: str
    password: str
    organiser: str
    name: str
    name_en: str
    slug: str
    starts_on: date
    ends_on: date
    opens: time
    closes: time
    venue: str
    city: str
    time_zone: str
    currency: str
    price_per_m2_minor: int
    vat_bp: int


@dataclass(frozen=True)
class HallPlan:
    """A hall of equal booths: `rows` of `columns`, two rows back to back, an aisle after every pair."""

    name: str
    name_en: str
    rows: int
    columns: int
    booth_width_cm: int
    booth_depth_cm: int
    gates: int

    @property
    def booths(self) -> int:
        return self.rows * self.columns


@dataclass(frozen=True)
class BlankHall:
    """A hall whose booths are drawn by hand."""

    name: str
    name_en: str
    width_cm: int
    depth_cm: int
    gates: int


def nobody_yet() -> bool:
    return db.session.scalar(select(Person.id).limit(1)) is None


def begin_fair(asked: Beginning, locale: str, at: datetime) -> tuple[Person, Fair]:
    """The first organiser and their fair, not yet published. Only while there is nobody, and only once.

    Raises AlreadyBegun, FieldErrors.
    """
    if not nobody_yet():
        raise AlreadyBegun()
    faults = day_faults(asked.starts_on, asked.ends_on, asked.opens, asked.closes)
    if faults:
        raise FieldErrors(faults)
    fair = _first_fair(asked, locale, at)
    person = sign_up(asked.email, asked.person_name, asked.password, locale, at)
    person.email_verified_at = at  # nobody is there who could prove it to, and nobody else can have come before
    db.session.add(Membership(fair_id=fair.id, person_id=person.id, role=Role.OWNER, created_at=at))
    db.session.add(VatRate(fair_id=fair.id, rate_bp=asked.vat_bp, from_on=at.date() - timedelta(days=366)))
    for code, number, name, name_en, counts, online, is_trade, colour in CATEGORIES:
        db.session.add(
            VisitorCategory(
                fair_id=fair.id, code=code, number=number, name=name, name_en=name_en, counts=counts, online=online,
                is_trade=is_trade, colour=colour,
            )
        )  # fmt: skip
    record(Actor("person", person.id, person.name), "fair.begin", "fair", fair.id, fair.id)
    return person, fair


def draw_hall(actor: Actor, fair: Fair, plan: HallPlan) -> Hall:
    """One more hall with its booths, a zone for each row, and its gates in the south wall."""
    taken = {code.upper() for code in db.session.scalars(select(Zone.code).where(Zone.fair_id == fair.id))}
    numbers = db.session.scalars(select(Booth.number).where(Booth.fair_id == fair.id))
    taken |= {
        number.rstrip("0123456789").upper() for number in numbers
    }  # a zone may be called otherwise than its booths
    letters = (letter for letter in map(_letter, count()) if letter not in taken)
    w, d = plan.booth_width_cm, plan.booth_depth_cm
    pairs = -(-plan.rows // 2)
    width, depth = plan.columns * w + 2 * MARGIN_CM, plan.rows * d + (pairs - 1) * AISLE_CM + 2 * MARGIN_CM
    hall = _hall(fair, plan.name, plan.name_en, width, depth)
    for row in range(plan.rows):
        letter = next(letters)
        y = MARGIN_CM + row * d + row // 2 * AISLE_CM
        label_x = MARGIN_CM // 2 if row % 2 == 0 else hall.width_cm - MARGIN_CM // 2  # two neighbours' names never meet
        zone = Zone(
            fair_id=fair.id, hall_id=hall.id, code=letter, name=f"Dãy {letter}", name_en=f"Row {letter}",
            label_x_cm=label_x, label_y_cm=y + d // 2,
        )  # fmt: skip
        db.session.add(zone)
        db.session.flush()
        db.session.add_all(_row(fair, hall, zone, plan, y))
    add_gates(fair, hall, plan.gates)
    record(actor, "hall.drawn", "hall", hall.id, fair.id, booths=plan.booths)
    return hall


def blank_hall(actor: Actor, fair: Fair, asked: BlankHall) -> Hall:
    """One more hall with its gates in the south wall and no booth yet."""
    hall = _hall(fair, asked.name, asked.name_en, asked.width_cm, asked.depth_cm)
    add_gates(fair, hall, asked.gates)
    record(actor, "hall.drawn", "hall", hall.id, fair.id, booths=0)
    return hall


def _hall(fair: Fair, name: str, name_en: str, width_cm: int, depth_cm: int) -> Hall:
    codes = set(db.session.scalars(select(Hall.code).where(Hall.fair_id == fair.id)))
    code = next(f"H{n}" for n in count(1) if f"H{n}" not in codes)
    hall = Hall(
        fair_id=fair.id, code=code, name=name, name_en=name_en, position=len(codes), width_cm=width_cm,
        depth_cm=depth_cm, features=[],
    )  # fmt: skip
    db.session.add(hall)
    db.session.flush()
    return hall


def rows_of_halls(fair: Fair) -> dict[int, str]:
    """What stands in each hall, by its id: "A01 – F12", for who looks for a booth's place."""
    rows = db.session.execute(
        select(Booth.hall_id, func.min(Booth.number), func.max(Booth.number))
        .where(Booth.fair_id == fair.id, on_plan())
        .group_by(Booth.hall_id)
    )
    return {hall_id: f"{first} – {last}" if first != last else first for hall_id, first, last in rows}


def remove_hall(actor: Actor, fair: Fair, hall_id: int) -> Hall:
    """Take a hall off the plan while nobody has had a booth in it. Raises NotFound, HallInUse, HallOfGroup.

    Its gates go too, but for those where badges were read or a device stands or stood: scans keep their gate, also
    those that a phone still holds. A device that waits for its phone goes with its gate.
    """
    hall = db.session.scalar(select(Hall).where(Hall.fair_id == fair.id, Hall.id == hall_id).with_for_update())
    if hall is None:
        raise NotFound()
    booths = select(Booth.id).where(Booth.fair_id == fair.id, Booth.hall_id == hall.id)
    db.session.execute(booths.order_by(Booth.id).with_for_update()).all()  # who takes one now waits, and finds none
    had = exists().where(Allocation.fair_id == fair.id, Allocation.booth_id.in_(booths))
    ordered = exists().where(OrderLine.fair_id == fair.id, OrderLine.booth_id.in_(booths))
    zones = select(Zone.id).where(Zone.fair_id == fair.id, Zone.hall_id == hall.id)
    if db.session.scalar(select(or_(had, ordered))) or forget_wishes(fair.id, booths, zones):
        raise HallInUse(hall=hall.name)
    group = forget_zones(fair.id, zones)
    if group is not None:
        raise HallOfGroup(group=group.name, hall=hall.name)
    gates_gone = set()
    gates = select(Gate).where(Gate.fair_id == fair.id, Gate.hall_id == hall.id).order_by(Gate.id).with_for_update()
    of_the_hall = db.session.scalars(gates).all()  # who sets up a device for one now waits, and finds none
    devices = db.session.scalars(select(GateDevice).where(GateDevice.fair_id == fair.id)).all()
    for gate in of_the_hall:
        waiting = [one for one in devices if one.gate_id == gate.id and one.joined_at is None]
        joined = any(gate.id in (one.gate_id, *one.earlier_gates) for one in devices if one.joined_at is not None)
        read = exists().where(Scan.fair_id == fair.id, Scan.gate_id == gate.id)
        stands = exists().where(Device.fair_id == fair.id, Device.gate_id == gate.id)
        if joined or db.session.scalar(select(or_(read, stands))):
            gate.hall_id = None
        else:
            for device in waiting:
                record(actor, "device.removed", "device", device.id, fair.id, name=device.name, gate=gate.code)
                db.session.delete(device)
            db.session.flush()
            db.session.delete(gate)
            gates_gone.add(gate.code)
    forget_places(fair.id, hall.code, gates_gone)
    there = update(FairSession).where(FairSession.fair_id == fair.id, FairSession.hall_id == hall.id)
    named = case((FairSession.room == "", hall.name), else_=FairSession.room)
    db.session.execute(there.values(hall_id=None, room=named))
    for drawn in (PlanDraft, PlanVersion):
        db.session.execute(delete(drawn).where(drawn.fair_id == fair.id, drawn.hall_id == hall.id))
    forget_amounts(fair.id, booths, zones)
    forget_pictures(fair, hall)
    db.session.execute(delete(Booth).where(Booth.fair_id == fair.id, Booth.hall_id == hall.id))
    db.session.execute(delete(Zone).where(Zone.fair_id == fair.id, Zone.hall_id == hall.id))
    db.session.flush()
    db.session.delete(hall)
    record(actor, "hall.removed", "hall", hall.id, fair.id, name=hall.name)
    return hall


def _first_fair(asked: Beginning, locale: str, at: datetime) -> Fair:
    """Fair number 1: there is one of that number, so of several people who set up at once only one gets it."""
    organiser = Organiser(name=asked.organiser, email=tidy_email(asked.email))
    db.session.add(organiser)
    db.session.flush()
    fair = Fair(
        organiser_id=organiser.id,
        slug=asked.slug,
        number=FIRST_NUMBER,
        name=asked.name,
        name_en=asked.name_en,
        short_name=asked.name[:60],
        short_name_en=asked.name_en[:60],
        starts_on=asked.starts_on,
        ends_on=asked.ends_on,
        opens_at_time=asked.opens,
        closes_at_time=asked.closes,
        venue=asked.venue,
        city=asked.city,
        time_zone=asked.time_zone,
        currency=asked.currency,
        locale=locale,
        price_per_m2_minor=asked.price_per_m2_minor,
        created_at=at,
    )
    try:
        with db.session.begin_nested():
            db.session.add(fair)
    except IntegrityError:
        raise AlreadyBegun() from None
    return fair


def _row(fair: Fair, hall: Hall, zone: Zone, plan: HallPlan, y: int) -> list[Booth]:
    w, d = plan.booth_width_cm, plan.booth_depth_cm
    booths = []
    for column in range(plan.columns):
        sides = 1 + (column == 0) + (plan.columns > 1 and column == plan.columns - 1)
        booths.append(
            Booth(
                fair_id=fair.id, hall_id=hall.id, zone_id=zone.id, number=f"{zone.code}{column + 1:02}",
                x_cm=MARGIN_CM + column * w, y_cm=y, width_cm=w, depth_cm=d, open_sides=sides,
                kind="corner" if sides > 1 else "row", price_minor=list_price_minor(fair, w * d, sides),
            )
        )  # fmt: skip
    return booths


def add_gates(fair: Fair, hall: Hall, number: int) -> None:
    """Numbered through the fair; drawn as entrances at equal distances."""
    taken = set(db.session.scalars(select(Gate.code).where(Gate.fair_id == fair.id)))
    serials = (serial for serial in count(1) if f"C{serial}" not in taken)
    features = []
    for n, serial in zip(range(number), serials, strict=False):
        code, name, name_en = f"C{serial}", f"Cổng {serial}", f"Gate {serial}"
        db.session.add(
            Gate(fair_id=fair.id, hall_id=hall.id, code=code, name=name, name_en=name_en, position=serial - 1)
        )
        width = min(400, hall.width_cm // (2 * number))
        at_cm = hall.width_cm * (2 * n + 1) // (2 * number)  # the middle of the opening
        features.append(
            {"kind": "entrance", "gate": code, "side": "south", "at_cm": at_cm, "width_cm": width, "name": name,
             "name_en": name_en}
        )  # fmt: skip
    hall.features = features


def _letter(n: int) -> str:
    first, second = divmod(n, len(LETTERS))
    return (LETTERS[first - 1] if first else "") + LETTERS[second]
