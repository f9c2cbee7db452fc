"""Writes visitors and staff with their signed badges, what the gates read, and the visits that count."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from flask import current_app

from app import badge_token
from app.demo.edition import ZONE, Edition
from app.demo.people import PlannedPerson, plan_staff, plan_visitors
from app.demo.rows import Rows
from app.demo.scans import Bearer, GateLog, doubled_upload, readings_of, refused_readings
from app.demo.write_fair import FairGround
from app.fairs.models import Buyer
from app.visitors.models import Badge, BadgeState, Registration, Scan, Visit

EVERY_DAY = 0b1111


class Turnstile:
    """One edition's people on their way through the gates."""

    def __init__(self, rows: Rows, random: Random, edition: Edition, ground: FairGround) -> None:
        self.rows, self.random, self.edition, self.ground = rows, random, edition, ground
        self.key = badge_token.open_key(ground.key[1], current_app.config["FAIR_SECRET_KEY"])
        self.log = GateLog(random, edition, ground.fair_id, ground.gate_ids)
        self.buyers: list[tuple[int, PlannedPerson]] = []
        self._readings: list[Any] = []
        self._bearers: list[Bearer] = []

    def write(self, exhibitors: list[tuple[int, str]]) -> None:
        """Everybody's registration, badge, scans and visits."""
        visitors = plan_visitors(self.random, self.edition)
        _name_the_demonstrated(visitors)
        staff = plan_staff(self.random, self.edition, len(exhibitors))
        reissued = self.edition.size.reissued
        coming = [person for person in visitors if person.comes]
        lost = {id(person) for person in self.random.sample(coming, min(reissued, len(coming)))}
        away = [person for person in visitors if not person.comes]
        reasons = ["revoked"] * (len(away) // 36 + 1) + ["cancelled"] * (len(away) // 50 + 1)
        barred = {id(person): reason for person, reason in zip(away, reasons, strict=False)}
        for person in staff:
            if person.exhibitor is not None:
                person.exhibitor, person.company = exhibitors[person.exhibitor]
        for person in visitors + staff:
            registration_id = self._register(person, barred.get(id(person)))
            self._give_badge(person, registration_id, barred.get(id(person)), id(person) in lost)
        self.log.keep(self._readings + readings_of(self.random, self.edition, self._bearers))
        doubled = doubled_upload(self.random, self.log.scans, len(self.log.visits) // 290)
        for scan in self.log.scans + doubled:
            self.rows.add(Scan, fair_id=self.ground.fair_id, **scan)
        for visit in self.log.visits:
            self.rows.add(Visit, fair_id=self.ground.fair_id, **visit)

    def _register(self, person: PlannedPerson, barred: str | None) -> int:
        verified_at = person.registered_at + timedelta(hours=1) if person.source == "online" else None
        verified_at = verified_at if verified_at and verified_at <= self.edition.now else None
        registration_id = self.rows.add(
            Registration,
            fair_id=self.ground.fair_id,
            category_id=self.ground.category_ids[person.category],
            exhibitor_id=person.exhibitor,
            name=person.name,
            company=person.company,
            folded=person.folded,
            country=person.country,
            province=person.province,
            email=person.email,
            locale="vi" if person.country == "VN" else "en",
            source=person.source,
            consents={"entry": {"given": True, "at": person.registered_at.isoformat(), "text": "2019-1"}},
            created_at=person.registered_at,
            email_verified_at=verified_at,
            cancelled_at=self.edition.at(self.edition.starts_on, 7) if barred == "cancelled" else None,
        )
        if person.category in ("trade", "importer"):
            buyer_id = self.rows.add(
                Buyer,
                fair_id=self.ground.fair_id,
                registration_id=registration_id,
                name=person.name,
                company=person.company,
                folded=person.folded,
                country=person.country,
                email=person.email,
                locale="vi" if person.country == "VN" else "en",
                email_verified_at=verified_at,
                created_at=person.registered_at,
            )
            self.buyers.append((buyer_id, person))
        return registration_id

    def _give_badge(self, person: PlannedPerson, registration_id: int, barred: str | None, lost: bool) -> None:
        """A badge for the days paid for; who lost theirs has two, of which the older is refused."""
        days = sorted({self._day_index(first.astimezone(ZONE).date()) for first in person.comes})
        one_day = person.category == "public" and len(days) == 1 and self.random.random() < 0.05
        mask = 1 << days[0] if one_day else EVERY_DAY
        if lost:
            old = self._badge(person, registration_id, EVERY_DAY, 0, BadgeState.REPLACED.value)
            tried_at = person.comes[0] + timedelta(minutes=self.random.randint(20, 90))
            if self.random.random() < 0.5:
                self._readings += refused_readings(self.edition, old, "replaced", [tried_at])
        state = {"revoked": BadgeState.REVOKED.value, "cancelled": BadgeState.CANCELLED.value}.get(barred or "")
        bearer = self._badge(person, registration_id, mask, int(lost), state or BadgeState.VALID.value)
        if barred:
            tried_at = self.edition.at(self.random.choice(self.edition.days), 10, self.random.randrange(60))
            self._readings += refused_readings(self.edition, bearer, barred, [tried_at])
            return
        if one_day and self.random.random() < 0.4:
            other = self.edition.days[(days[0] + 1) % 4]
            self._readings += refused_readings(self.edition, bearer, "wrong_day", [self.edition.at(other, 11, 5)])
        self._bearers.append(bearer)

    def _badge(self, person: PlannedPerson, registration_id: int, mask: int, reissue: int, state: str) -> Bearer:
        code_id = self.random.randbytes(8)
        number = badge_token.with_check_digits(str(self.random.randrange(10**17, 10**18)))
        payload = badge_token.Payload(
            fair=self.edition.number,
            code_id=code_id,
            category=self.ground.category_numbers[person.category],
            days_mask=mask,
            reissue=reissue,
        )
        token = badge_token.encode(payload, self.key)
        replaced_at = person.comes[0] - timedelta(minutes=3) if person.comes else self.edition.now
        issued_at = replaced_at if reissue else person.registered_at
        category_id = self.ground.category_ids[person.category]
        badge_id = self.rows.add(
            Badge,
            fair_id=self.ground.fair_id,
            registration_id=registration_id,
            category_id=category_id,
            number=number,
            code_id=code_id.hex(),
            token=token,
            first_day=0,
            days_mask=mask,
            reissue=reissue,
            state=state,
            reason="lost" if state in ("replaced", "revoked") else "",
            created_at=issued_at,
            changed_at=None if state == "valid" else replaced_at,
        )
        comes = () if state == "replaced" else tuple(person.comes)
        return Bearer(badge_id, registration_id, category_id, person.counts, token, comes)

    def _day_index(self, day: date) -> int:
        return (day - self.edition.starts_on).days


def _name_the_demonstrated(visitors: list[PlannedPerson]) -> None:
    """The importer from Japan that the demonstration's buyer signs in as."""
    importer = next(one for one in visitors if one.category == "importer" and (one.comes or len(visitors) < 200))
    importer.name, importer.company, importer.country, importer.province = "Haruka Sato", "Sato Living", "JP", None
    importer.email, importer.source = "buyer@example.com", "online"
