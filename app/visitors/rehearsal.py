"""Rehearsal: sample badges for training. They are signed by a key of their own, which no gate knows but in rehearsal.

So at a real gate each is refused, whatever else fails: the fair's keys prove none of them. Key and codes follow from
the server's secret and the fair's number, so printed samples stay good. `static/js/gate_rehearsal.js` is the twin of
`sample_state` and `sample_rules`.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app import badge_token
from app.badge_token import SAMPLE_KEY
from app.i18n_marks import N_
from app.visitors.checkin import BadgeFacts, Category, Passage, Reading, Rules, State, day_of
from app.visitors.gate_facts import GateFacts

EARLIER = timedelta(hours=1)  # when the badge that comes again came first
TODAY, TOMORROW = 0b01, 0b10  # of the rehearsal's days: its first is the day on which it is held


WORDS = {  # what a sample is, and what the gate does then
    "admitted": (N_("First entry of the day"), N_("Green: let the visitor in.")),
    "admitted_again": (N_("Came in an hour ago"), N_("Green too: the screen says when and where.")),
    "admitted_staff": (N_("Staff"), N_("Another green: comes in, and counts as no visitor.")),
    "revoked": (N_("Revoked badge"), N_("Red: do not let in, send to the desk.")),
    "wrong_day": (N_("Valid on another day"), N_("Red: the screen shows the days that are valid.")),
    "wrong_fair": (N_("Badge of another fair"), N_("Red: not our badge, show the way to the desk.")),
    "forged": (N_("Forged badge"), N_("Red: keep the visitor here and call the desk.")),
    "unknown": (N_("No badge at all"), N_("Red: wipe it, scan again, or type the 20 digits.")),
}
NO_BADGE = "https://example.org/"


@dataclass(frozen=True)
class Sample:
    """One sample badge, named by what it is answered, and the code on it."""

    verdict: str
    code: str
    facts: BadgeFacts | None = None
    was_in: bool = False

    @property
    def title(self) -> str:
        return WORDS[self.verdict][0]

    @property
    def what(self) -> str:
        return WORDS[self.verdict][1]


def samples_of(facts: GateFacts, secret: str) -> list[Sample]:
    """The sample badges of a fair; that of staff only where the fair has such a category."""
    categories = facts.rules.categories
    guest = next((n for n, c in categories.items() if c.counts), 1)
    staff = tuple(
        sorted(
            (n for n, c in categories.items() if not c.counts),
            key=lambda n: categories[n].code not in ("staff", "organiser"),
        )
    )[:1]
    return list(_samples(secret, facts.rules.fair, guest, staff))


@lru_cache(maxsize=64)
def _samples(secret: str, fair: int, guest: int, staff: tuple[int, ...]) -> tuple[Sample, ...]:
    """Signed once, not at every snapshot."""
    forged = _sample("forged", secret, fair, guest)
    return (
        _sample("admitted", secret, fair, guest),
        replace(_sample("admitted_again", secret, fair, guest), was_in=True),
        *(_sample("admitted_staff", secret, fair, number) for number in staff),
        _sample("revoked", secret, fair, guest, state="revoked", reason="lost"),
        _sample("wrong_day", secret, fair, guest, days=TOMORROW),
        replace(_sample("wrong_fair", secret, fair % 65535 + 1, guest), facts=None),
        replace(forged, code=_altered(forged.code), facts=None),
        Sample("unknown", NO_BADGE),
    )


def practice(facts: GateFacts, secret: str) -> dict[str, Any]:
    """What a device needs to rehearse: the samples' public key, and what is known of each, by its code's id."""
    known = {}
    for sample in samples_of(facts, secret):
        if sample.facts is not None:
            badge = {"state": sample.facts.state, "reason": sample.facts.reason, "category": sample.facts.category}
            days = {"first_day": sample.facts.first_day, "days_mask": sample.facts.days_mask}
            known[_code_id(sample.code)] = badge | days | {"changed_at": None, "was_in": sample.was_in}
    return {"key": _key(secret, facts.rules.fair).public_key().public_bytes_raw().hex(), "samples": known}


def sample_reading(facts: GateFacts, secret: str, code: str) -> tuple[Reading, Sample | None] | None:
    """What a sample says in rehearsal, and which it is; None for whatever is no sample of this server."""
    try:
        token = badge_token.decode(code)
    except badge_token.Unreadable:
        return None
    said = token.payload
    if said.key != SAMPLE_KEY:
        return None
    public = _key(secret, facts.rules.fair).public_key().public_bytes_raw()
    genuine = said.fair == facts.rules.fair and badge_token.is_genuine(token, public)
    found = next((s for s in samples_of(facts, secret) if s.code == code), None) if genuine else None
    return Reading("token", said.fair, genuine, said.category, said.first_day, said.days_mask), found


def sample_state(sample: Sample | None, at: datetime, gate: str, rules: Rules) -> State:
    """What a gate knows of a sample badge: on the server and on the device the same."""
    if sample is None:
        return State()
    if not sample.was_in:
        return State(sample.facts)
    first = at - EARLIER if day_of(at - EARLIER, rules) == day_of(at, rules) else at
    return State(sample.facts, (Passage("", first, gate, "in", visit=True),))


def sample_rules(at: datetime, rules: Rules) -> Rules:
    """The fair's rules as if it began today and every gate were for everybody: people train before it opens."""
    open_to_all = {number: Category(c.code, c.counts) for number, c in rules.categories.items()}
    return replace(
        rules, starts_on=day_of(at, rules), ends_on=None, categories=open_to_all, entry_rule="free_reentry", sessions={}
    )


def _sample(
    verdict: str, secret: str, fair: int, category: int, days: int = TODAY, state: str = "valid", reason: str = ""
) -> Sample:
    code_id = hashlib.sha256(f"sample {verdict} {fair}".encode()).digest()[:8]
    payload = badge_token.Payload(fair, code_id, category, days, key=SAMPLE_KEY)
    code = badge_token.encode(payload, _key(secret, fair))
    return Sample(verdict, code, BadgeFacts(state, category, 0, days, reason))


def _code_id(code: str) -> str:
    return badge_token.decode(code).payload.code_id.hex()


def _altered(code: str) -> str:
    """The same digits with another last one: the signature holds no more."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)


@lru_cache(maxsize=64)
def _key(secret: str, fair: int) -> Ed25519PrivateKey:
    """The samples' own key: it follows from the server's secret, and is no badge key of any fair."""
    derived = HKDF(SHA256(), length=32, salt=None, info=f"phien sample badges {fair}".encode()).derive(secret.encode())
    return Ed25519PrivateKey.from_private_bytes(derived)
