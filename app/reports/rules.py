"""The counting rules as data: what each body lets stand as a figure, with its source, and what it leaves open."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from app.i18n_marks import N_


class Way(StrEnum):
    """How a rule counts a figure where it says so itself."""

    AS_DEFINED = "as_defined"  # as the product's vocabulary, which follows ISO 25639
    WITH_EXHIBITOR_STAFF = "with_exhibitor_staff"
    NOT_COMPUTED = "not_computed"


@dataclass(frozen=True)
class Treatment:
    """What one rule does with one figure; `why` is said to the reader."""

    way: Way
    why: str


@dataclass(frozen=True)
class InternationalTest:
    """The least foreign shares, in per cent, for calling a fair international."""

    exhibitors_percent: int
    visits_percent: int
    both: bool
    sentence: str


@dataclass(frozen=True)
class Rule:
    """A body's way of counting. A figure that `differs` does not name is counted as the vocabulary defines it."""

    code: str
    name: str
    source: str
    differs: dict[str, Treatment] = field(default_factory=dict)
    international: InternationalTest | None = None


RULES: dict[str, Rule] = {
    "iso": Rule(
        "iso",
        "ISO 25639",
        N_("ISO 25639-1 (vocabulary) and ISO 25639-2 (measurement of statistics)"),
        international=InternationalTest(
            10, 5, False, N_("ISO: at least 10 %% foreign exhibitors, or at least 5 %% visits from abroad")
        ),
    ),
    "ufi": Rule("ufi", "UFI", N_("UFI, the Global Association of the Exhibition Industry: auditing rules")),
    "fkm": Rule(
        "fkm",
        "FKM",
        N_("FKM, Society for Voluntary Control of Fair and Exhibition Statistics: definitions and FAQ"),
        {
            "unique_visitors": Treatment(
                Way.NOT_COMPUTED, N_("what FKM calls visitors are visits; it defines no count of persons")
            )
        },
        InternationalTest(
            10,
            5,
            True,
            N_(
                "FKM: at least 10 %% foreign exhibitors and at least 5 %% visits from abroad; outside its certification"
            ),
        ),
    ),
    "centrex": Rule(
        "centrex",
        "CENTREX",
        N_("CENTREX, International Exhibition Statistics Union: auditing rules"),
        {
            "visits": Treatment(
                Way.AS_DEFINED,
                N_("repeat visits count here because each is shown by a scan of its own day; free passes too"),
            )
        },
    ),
    "fr": Rule(
        "fr",
        "Code de commerce A762-1",
        N_("France, Code de commerce, article A762-1, 2°"),
        {
            "visits": Treatment(
                Way.WITH_EXHIBITOR_STAFF, N_("adds the daily badges of exhibitors' staff to the visits")
            ),
            "unique_visitors": Treatment(
                Way.NOT_COMPUTED, N_("A762-1 adds up daily attendance; it defines no count of persons")
            ),
        },
    ),
}
DEFAULT_RULE = "iso"
