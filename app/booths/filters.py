"""The plan's filters: the same for the drawing and the list, kept in the address."""

from dataclasses import dataclass
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from app.booths.models import Booth, BoothState

SIZES = {"s": (0, 9), "m": (10, 18), "l": (19, 10_000)}


@dataclass(frozen=True)
class Filters:
    """What the reader wants to see; empty fields let everything through."""

    zone: str = ""
    size: str = ""
    sides: str = ""
    free: bool = False

    @classmethod
    def of(cls, args: MultiDict[str, str]) -> "Filters":
        size, sides = args.get("size", ""), args.get("sides", "")
        return cls(
            zone=args.get("zone", "")[:12],
            size=size if size in SIZES else "",
            sides=sides if sides in ("2", "4") else "",
            free=args.get("state") == "free",
        )

    @property
    def any(self) -> bool:
        return bool(self.zone or self.size or self.sides or self.free)

    def lets_through(self, booth: Booth, state: str, zone_id: int | None) -> bool:
        if self.free and state != BoothState.FREE:
            return False
        if zone_id is not None and booth.zone_id != zone_id:
            return False
        if self.size:
            least, most = SIZES[self.size]
            if not least <= booth.area_m2 <= most:
                return False
        return not self.sides or booth.open_sides >= int(self.sides)

    def pairs(self) -> list[tuple[str, str]]:
        """The filters as they stand in an address."""
        found = [
            ("zone", self.zone),
            ("size", self.size),
            ("sides", self.sides),
            ("state", "free" if self.free else ""),
        ]
        return [(name, value) for name, value in found if value]

    def query(self) -> str:
        return urlencode(self.pairs())
