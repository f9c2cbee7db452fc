"""Applications, offers and the waiting list; and companies on another's booth."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import select

from app import clock
from app.allocation.applying import Asked, keep_wishes, send_request, withdraw
from app.allocation.models import OPEN, Application, Offer
from app.allocation.offers import take_back
from app.allocation.placing import approve, offer_booths, put_on_list, refuse
from app.allocation.waiting import serve
from app.audit import SYSTEM
from app.booths import booking, holds
from app.booths.guest_list import GuestKind, is_guest
from app.booths.guests import decide_guest, request_guest, withdraw_guest
from app.booths.models import Hold, HoldState
from app.booths.workflows import KeptFor, Workflow
from app.db import db, transaction
from app.fairs.exhibiting import Company
from app.fairs.models import Approval, Exhibitor
from tests.booths.guests_stage import FACTS, GOODS
from tests.support.machine.base import Stage, some_booths, which, who


class Waiting(Stage):
    @rule(way=st.sampled_from([Workflow.BUY, Workflow.BUY, Workflow.REQUEST, Workflow.APPLY]))
    def change_the_way(self, way: Workflow) -> None:
        with transaction():
            self.fair.workflow = way.value

    @rule(n=who, wanted=some_booths, booths=st.integers(1, 2), similar=st.booleans(), listed=st.booleans())
    def wish(self, n: int, wanted: list[str], booths: int, similar: bool, listed: bool) -> None:
        """Sent, or changed; on the list by itself where booths are bought, else by the organiser."""
        mine = select(Application.revision).where(
            Application.exhibitor_id == self.companies[n], Application.ended_at.is_(None), Application.way == "wishes"
        )
        seen, asked = db.session.scalar(mine) or 0, Asked(wishes=[wanted[:2]], similar=similar, booths=booths)
        self.attempt(lambda: keep_wishes(SYSTEM, self.fair, self.companies[n], asked, seen, clock.now()))
        if listed:
            self.attempt(lambda: put_on_list(SYSTEM, self.fair))

    @rule(n=who, m=which)
    def what_is_taken_comes_free(self, n: int, m: int) -> None:
        """The usual way: somebody waits for what another has, which is let go, and is offered it."""
        taken = self.pick(self.had(), m)
        if taken is not None:
            self.wish(self.companies.index(self.company_but(taken[1], n)), [taken[0]], 1, False, True)
            self.cancel(m)
            self.release_let(m, "withdrawn", False)
            self.sweep()

    @rule(n=which, wanted=some_booths)
    def offer(self, n: int, wanted: list[str]) -> None:
        one = self._application(n, Application.state.in_(OPEN))
        if one is not None:
            self.attempt(lambda: offer_booths(SYSTEM, self.fair, one.id, wanted, one.revision, clock.now()))

    @rule(n=which, deed=st.sampled_from(["accept", "accept", "decline", "take back"]))
    def deal_with_an_offer(self, n: int, deed: str) -> None:
        """Open or not; what nobody answers runs out by itself."""
        offer = self.pick(db.session.scalars(select(Offer).order_by(Offer.id.desc())), n)
        if offer is None:
            return
        held = db.session.get_one(Hold, offer.hold_id)
        deeds: dict[str, Any] = {
            "accept": lambda: booking.place_order(SYSTEM, self.fair, held, "transfer", clock.now()),
            "decline": lambda: holds.release_hold(SYSTEM, self.fair, held, clock.now()),
            "take back": lambda: take_back(SYSTEM, self.fair, offer.id, clock.now()),
        }
        self.attempt(deeds[deed])

    @rule(n=which, deed=st.sampled_from(["request", "approve", "refuse", "withdraw"]))
    def answer(self, n: int, deed: str) -> None:
        """What is held is asked for; what was asked for is approved, refused, or taken back."""
        now, one = clock.now(), self._application(n)
        held = self.pick([one for one in self.holds(HoldState.LIVE) if one.kept_for == KeptFor.REQUEST], n)
        if deed == "request" and held is not None:
            self.attempt(lambda: send_request(SYSTEM, self.fair, held, "", now))
        elif one is not None and deed != "request":
            deeds: dict[str, Any] = {
                "approve": lambda: approve(SYSTEM, self.fair, one.id, one.revision, now),
                "refuse": lambda: refuse(SYSTEM, self.fair, one.id, "Không hợp", one.revision, now),
                "withdraw": lambda: withdraw(SYSTEM, self.fair, one.id, now),
            }
            self.attempt(deeds[deed])

    @rule()
    def sweep(self) -> None:
        """What the server does by itself each second."""
        booking.end_unpaid()
        db.session.expire_all()
        serve(self.fair, clock.now())

    def _application(self, n: int, *which_ones: Any) -> Application | None:
        return self.pick(db.session.scalars(select(Application).where(*which_ones).order_by(Application.id)), n)

    @rule(n=who, kind=st.sampled_from(list(GuestKind)), m=st.integers(0, 2),
          then=st.sampled_from([Approval.APPROVED, Approval.REFUSED, "leave"]))  # fmt: skip
    def bring(self, n: int, kind: GuestKind, m: int, then: str) -> None:
        """A company onto a host's booth, one of three of its kind: the same may be on another's. Or one leaves."""
        if then == "leave":
            gone = self.pick(db.session.scalars(select(Exhibitor).where(is_guest()).order_by(Exhibitor.id)), n + m)
            self.attempt(lambda: withdraw_guest(SYSTEM, self.fair, gone, clock.now()) if gone is not None else None)
            return
        facts = FACTS if kind == GuestKind.CO else GOODS
        company = Company(**(facts | {"name": f"{facts['name']} {m}", "tax_code": f"010900000{m}"}))
        host, now = db.session.get_one(Exhibitor, self.companies[n]), clock.now()
        guest = self.attempt(lambda: request_guest(SYSTEM, self.fair, host, kind, company, now))
        if guest is not None:
            to, seen = Approval(then), guest.requested_at
            self.attempt(lambda: decide_guest(SYSTEM, self.fair, guest, to, "Không hợp", seen, now))
