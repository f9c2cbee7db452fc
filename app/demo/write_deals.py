"""Writes deals with the revisions, answers, documents and verifications that make each one's state true."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from random import Random
from typing import Any

from app.deals.models import Deal, DealConfirmation, DealDocument, DealRevision, DealVerification
from app.demo.bargains import PlannedBuyer, PlannedDeal, PlannedSeller, plan_deals
from app.demo.edition import ZONE, Edition
from app.demo.exhibitors import PlannedExhibitor
from app.demo.people import PlannedPerson
from app.demo.rows import Rows
from app.documents.store import Document
from app.search import fold

DESK = "Đặng Thuỳ Linh"


def write_deals(
    rows: Rows,
    random: Random,
    edition: Edition,
    fair_id: int,
    exhibitors: list[tuple[int, PlannedExhibitor]],
    buyers: list[tuple[int, PlannedPerson]],
    desk_id: int,
    specimen: dict[str, Any],
) -> None:
    """As many deals as the edition wants, between people who were there and firms with a booth."""
    sellers = [
        PlannedSeller(id_, one.name, one.representative, one.category)
        for id_, one in exhibitors
        if one.kind != "represented" and one.products
    ]
    known = [
        PlannedBuyer(
            id_,
            one.name,
            one.company,
            one.country,
            [first.astimezone(ZONE).date() for first in one.comes],
            one.source == "online",
        )
        for id_, one in buyers
    ]
    writer = _DealWriter(rows, random, edition, fair_id, desk_id, specimen)
    for serial, deal in enumerate(plan_deals(random, edition, known, sellers), start=1):
        writer.write(deal, f"GD-{serial:04}")


class _DealWriter:
    def __init__(
        self, rows: Rows, random: Random, edition: Edition, fair_id: int, desk_id: int, specimen: dict[str, Any]
    ) -> None:
        self.rows, self.random, self.edition, self.fair_id = rows, random, edition, fair_id
        self.desk_id, self.specimen = desk_id, specimen

    def write(self, deal: PlannedDeal, number: str) -> None:
        amended_at = [deal.recorded_at + timedelta(minutes=25 * i) for i in range(deal.revision)]
        amended_at = [min(at, self.edition.now) for at in amended_at]
        answered_at = min(amended_at[-1] + timedelta(minutes=self.random.randint(3, 60)), self.edition.now)
        both = deal.state in ("confirmed", "verified")
        verified_at = min(answered_at + timedelta(hours=self.random.randint(1, 40)), self.edition.now)
        folded = fold(f"{number} {deal.seller.name} {deal.buyer.company} {deal.buyer.name} {deal.subject}")[:800]
        deal_id = self.rows.add(
            Deal,
            fair_id=self.fair_id,
            number=number,
            exhibitor_id=deal.seller.exhibitor_id,
            buyer_id=deal.buyer.buyer_id,
            kind=deal.kind,
            category=deal.category,
            subject=deal.subject,
            amount_minor=deal.amounts[-1],
            currency=deal.currency,
            signed_on=deal.signed_on,
            state=deal.state,
            revision=deal.revision,
            recorded_at=deal.recorded_at,
            recorded_side=deal.by_side,
            recorded_by=self.desk_id if deal.by_side == "organiser" else None,
            confirmed_at=answered_at if both else None,
            verified_at=verified_at if deal.state == "verified" else None,
            state_reason=deal.reason,
            folded=folded,
        )
        for revision, (amount, made_at) in enumerate(zip(deal.amounts, amended_at, strict=True), start=1):
            self._write_revision(deal, deal_id, revision, amount, made_at)
            voided_at = amended_at[revision] if revision < deal.revision else None
            if deal.by_side != "organiser":
                self._answer(deal, deal_id, revision, deal.by_side, "signed_in", made_at, voided_at)
        self._answers(deal, deal_id, answered_at)
        if deal.state == "verified":
            self._verify(deal, deal_id, answered_at, verified_at)

    def _answers(self, deal: PlannedDeal, deal_id: int, at: datetime) -> None:
        """The answer of the side that has not spoken yet, as far as the state knows one."""
        silent = {"exhibitor": ("buyer",), "buyer": ("exhibitor",)}.get(deal.by_side, ("exhibitor", "buyer"))
        if deal.state in ("confirmed", "verified"):
            for side in silent:
                means = deal.buyer_means if side == "buyer" else "signed_in"
                means = "deal_desk" if deal.by_side == "organiser" else means
                self._answer(deal, deal_id, deal.revision, side, means, at)
        elif deal.state == "disputed":
            self._answer(deal, deal_id, deal.revision, silent[-1], "deal_desk", at, answer="dispute")
        elif deal.state == "declared" and silent[-1] == "buyer" and self.random.random() < 0.3:
            self._answer(deal, deal_id, deal.revision, "buyer", "badge_scan", at, proves=False)

    def _write_revision(self, deal: PlannedDeal, deal_id: int, revision: int, amount: int | None, at: datetime) -> None:
        terms = {
            "kind": deal.kind,
            "category": deal.category,
            "subject": deal.subject,
            "amount_minor": amount,
            "currency": deal.currency,
            "signed_on": deal.signed_on.isoformat(),
            "note": "",
        }
        self.rows.add(
            DealRevision,
            fair_id=self.fair_id,
            deal_id=deal_id,
            revision=revision,
            terms=terms,
            side=deal.by_side,
            person_id=self.desk_id if deal.by_side == "organiser" else None,
            person_name=self._name(deal, deal.by_side),
            made_at=at,
        )

    def _answer(
        self,
        deal: PlannedDeal,
        deal_id: int,
        revision: int,
        side: str,
        means: str,
        at: datetime,
        voided_at: datetime | None = None,
        answer: str = "confirm",
        proves: bool = True,
    ) -> None:
        at_desk = means in ("deal_desk", "badge_scan")
        self.rows.add(
            DealConfirmation,
            fair_id=self.fair_id,
            deal_id=deal_id,
            revision=revision,
            side=side,
            answer=answer,
            means=means,
            proves=proves,
            reason=deal.reason if answer == "dispute" else "",
            person_id=self.desk_id if at_desk else None,
            person_name=DESK if at_desk else self._name(deal, side),
            answered_at=at,
            voided_at=voided_at,
        )

    def _verify(self, deal: PlannedDeal, deal_id: int, added_at: datetime, verified_at: datetime) -> None:
        document_id = self.rows.add(
            Document,
            fair_id=self.fair_id,
            key=secrets.token_hex(16),
            kind="deal",
            filename="hop-dong.pdf",
            media_type="application/pdf",
            created_at=added_at,
            **self.specimen,
        )
        attached_id = self.rows.add(
            DealDocument,
            fair_id=self.fair_id,
            deal_id=deal_id,
            revision=deal.revision,
            document_id=document_id,
            side="exhibitor",
            added_at=added_at,
        )
        self.rows.add(
            DealVerification,
            fair_id=self.fair_id,
            deal_id=deal_id,
            revision=deal.revision,
            deal_document_id=attached_id,
            person_id=self.desk_id,
            person_name=DESK,
            verified_at=verified_at,
        )

    def _name(self, deal: PlannedDeal, side: str) -> str:
        return {"exhibitor": deal.seller.representative, "buyer": deal.buyer.name}.get(side, DESK)
