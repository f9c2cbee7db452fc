"""The stage of choosing in turn: an edition of the year before, and short ways to set up, publish and draw."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select, update

from app import clock
from app.allocation import selecting
from app.allocation.points import Score
from app.allocation.points_record import scores
from app.allocation.selection_models import Basis, Selection, SelectionEntry
from app.allocation.selection_settings import Settings
from app.audit import SYSTEM
from app.booths.models import Booth, BoothState
from app.db import db
from app.fairs.models import Exhibitor, ExhibitorMember, Fair, Hall, Organiser, Zone
from app.payments.models import Order, OrderState
from app.search import fold
from tests.allocation.stage import Applicants
from tests.support.cast import LONG_AGO

LIST_AT = datetime(2019, 10, 7, 2, 0, tzinfo=UTC)  # spring: 09:00 in Hà Nội
DRAW_AT = datetime(2019, 10, 14, 11, 30, tzinfo=UTC)  # 18:30
FIRST = datetime(2019, 10, 21, 2, 0, tzinfo=UTC)  # 09:00, the first window
GENERAL_AT = datetime(2019, 10, 28, 2, 0, tzinfo=UTC)
SEED = "62785 04119"
SETTINGS = Settings(
    zone_id=None, basis=Basis.POINTS, bands=(), days=(date(2019, 10, 21),), from_time=time(9), to_time=time(17),
    slot_minutes=30, per_slot=1, general_at=GENERAL_AT, seed_source="Giải đặc biệt xổ số miền Bắc tối 14.10",
    draw_at=DRAW_AT,
)  # fmt: skip


def at(instant: datetime) -> None:
    """Set the clock to an instant; it goes on from there."""
    clock.set_offset(instant - datetime.now(UTC))


class Chooser(Applicants):
    """Sets windows up for the cast's fair, and remembers what the year before was."""

    def past(
        self, name: str, tax_code: str, booths: int = 1, year: int = 2018, paid_late: bool = False,
        organiser: bool = True, member: int | None = None, orders: int = 1,
    ) -> int:  # fmt: skip
        """What a company had at an earlier edition: so many booths of 9 m² and paid orders; its id there."""

        def work(fair: Fair) -> int:
            edition = db.session.scalar(select(Fair).where(Fair.slug == f"past-{year}-{organiser}"))
            if edition is None:
                edition = self._edition(fair, year, organiser)
            one = Exhibitor(
                fair_id=edition.id, name=name, folded=fold(name), tax_code=tax_code, country="VN", created_at=LONG_AGO
            )
            db.session.add(one)
            db.session.flush()
            hall = db.session.scalars(select(Hall).where(Hall.fair_id == edition.id)).one()
            db.session.add_all(
                Booth(
                    fair_id=edition.id, hall_id=hall.id, number=f"{one.id}-{n}", x_cm=0, y_cm=0, width_cm=300,
                    depth_cm=300, state=BoothState.LET, exhibitor_id=one.id,
                )
                for n in range(booths)
            )  # fmt: skip
            due = datetime(year, 11, 1, tzinfo=UTC)
            db.session.add_all(
                Order(
                    fair_id=edition.id, exhibitor_id=one.id, reference=f"P{year}{one.id}N{n}", pay_by="transfer",
                    state=OrderState.PAID, currency="VND", net_minor=1, vat_minor=0, total_minor=1,
                    created_at=LONG_AGO, due_at=due, paid_at=due + timedelta(days=1 if paid_late and n == 0 else -1),
                )
                for n in range(orders)
            )  # fmt: skip
            if member is not None:
                db.session.add(
                    ExhibitorMember(fair_id=edition.id, exhibitor_id=one.id, person_id=member, created_at=LONG_AGO)
                )
            return one.id

        return int(self(work))

    def scores(self) -> dict[int, Score]:
        return self(lambda fair: scores(fair, clock.now()))  # type: ignore[no-any-return]

    def add(self, **more: Any) -> Selection:
        settings = Settings(**(vars(SETTINGS) | more))
        return self(lambda fair: selecting.add_selection(SYSTEM, fair, settings, clock.now()))

    def change(self, number: int, seen: int = 1, **more: Any) -> Selection:
        settings = Settings(**(vars(SETTINGS) | more))
        return self(lambda fair: selecting.change_selection(SYSTEM, fair, number, settings, seen, clock.now()))

    def fix(self, number: int = 1, seen: int = 1) -> Selection:
        return self(lambda fair: selecting.fix_list(SYSTEM, fair, number, seen, clock.now()))

    def draw(self, number: int = 1, seed: str = SEED) -> Selection:
        return self(lambda fair: selecting.draw(SYSTEM, fair, number, seed, clock.now()))

    def drawn(self, **more: Any) -> list[SelectionEntry]:
        """Set up, published and drawn; the entries in their order. The clock stands at the draw."""
        made = self.add(**more)
        self.fix(made.number)
        at(DRAW_AT)
        self.draw(made.number)
        return self.entries(made.number)

    def renew(self, number: int = 1, reason: str = "Sót một đơn vị.") -> Selection:
        return self(lambda fair: selecting.renew(SYSTEM, fair, number, reason, clock.now()))

    def call_off(self, number: int = 1, reason: str = "Còn nhiều gian trống.") -> None:
        self(lambda fair: selecting.call_off(SYSTEM, fair, number, reason, clock.now()))

    def entries(self, number: int = 1) -> list[SelectionEntry]:
        def work(fair: Fair) -> list[SelectionEntry]:
            wanted = select(SelectionEntry).join(Selection, Selection.id == SelectionEntry.selection_id)
            wanted = wanted.where(Selection.fair_id == fair.id, Selection.number == number)
            return list(db.session.scalars(wanted.order_by(SelectionEntry.place, SelectionEntry.exhibitor_id)))

        return list(self(work))

    def one(self, number: int = 1) -> Selection:
        return self(lambda fair: selecting.one_selection(fair.id, number))

    def second_zone(self, *numbers: str) -> int:
        """Zone B with these booths; its id."""

        def work(fair: Fair) -> int:
            zone = Zone(fair_id=fair.id, hall_id=self.cast.hall.id, code="B", name="Gốm", name_en="Pottery")
            db.session.add(zone)
            db.session.flush()
            db.session.execute(
                update(Booth).where(Booth.fair_id == fair.id, Booth.number.in_(numbers)).values(zone_id=zone.id)
            )
            return zone.id

        return int(self(work))

    def _edition(self, fair: Fair, year: int, same_organiser: bool) -> Fair:
        organiser_id = fair.organiser_id
        if not same_organiser:
            other = Organiser(name="Ban tổ chức khác")
            db.session.add(other)
            db.session.flush()
            organiser_id = other.id
        edition = Fair(
            organiser_id=organiser_id, slug=f"past-{year}-{same_organiser}", number=year + 1000 * same_organiser,
            name=f"Hội chợ {year}", name_en=f"Fair {year}", starts_on=date(year, 12, 12), ends_on=date(year, 12, 15),
            opens_at_time=time(8, 30), closes_at_time=time(18), created_at=LONG_AGO, published_at=LONG_AGO,
        )  # fmt: skip
        db.session.add(edition)
        db.session.flush()
        hall = Hall(fair_id=edition.id, code="A", name="Nhà A", width_cm=4000, depth_cm=2000, features=[])
        db.session.add(hall)
        db.session.flush()
        return edition
