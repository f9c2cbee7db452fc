"""What an order has off the price of its booths: its group's price or that of the quantity, the better, never both.

First comes the price of the day with its surcharges; then this line; then a discount code, of what is left; then a
funder's support, of what is left after that. Everything here is reckoned from what it is given, without the database.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from app.booths.group_models import PriceGroup, QuantityStep
from app.booths.models import Booth
from app.booths.pricing import Price, list_price_minor
from app.fairs.models import Fair
from app.money import Money, apply_rate, format_money
from app.payments.orders import Line

CM2 = 10_000
NUMBERS_ROOM = 33  # letters that the booths' numbers take on a line; more are counted


@dataclass(frozen=True)
class Reduction:
    """A line below zero. `group`: whose price it is, None where the quantity's; `booths` have it, by number."""

    line: Line
    group: PriceGroup | None
    booths: tuple[Booth, ...]

    @property
    def area_cm2(self) -> int:
        return sum(booth.area_cm2 for booth in self.booths)

    @property
    def total(self) -> Money:
        """Below zero, with VAT."""
        return self.line.net + self.line.vat


def reduction_for(
    fair: Fair,
    booths: Sequence[Booth],
    lines: Sequence[Line],
    groups: Iterable[PriceGroup],
    steps: Iterable[QuantityStep],
    day: date,
) -> Reduction | None:
    """What comes off these booths, if anything. `lines`: theirs, at the price of `day`, in the same order.

    Of several groups the one that takes most off; the quantity's, where a group takes no more: it uses up no limit.
    """
    whole = sum(line.net.minor for line in lines)
    step = best_step(steps, booths)
    by_quantity = apply_rate(whole, step.off_bp) if step is not None else 0
    best, off, theirs = None, by_quantity, tuple(booths)
    for group in groups:
        taken, some = off_by_group(fair, group, booths, lines, day)
        if taken > off:
            best, off, theirs = group, taken, some
    if not off:
        return None
    vat_bp = lines[0].vat_bp
    vat = min(apply_rate(off, vat_bp), sum(line.vat.minor for line in lines))  # the order's is never below zero
    label, note = _said_of_group(fair, best, theirs, booths) if best is not None else _said_of_step(step)
    line = Line(
        kind="group" if best is not None else "quantity",
        booth_id=None,
        label=label,
        net=Money(-off, lines[0].net.currency),
        vat_bp=vat_bp,
        vat=Money(-vat, lines[0].net.currency),
        price_note=note,
    )
    return Reduction(line, best, theirs)


def bare_lines(booths: Sequence[Booth], prices: Sequence[Price]) -> list[Line]:
    """Booths' lines without their words: for reckoning."""
    priced = zip(booths, prices, strict=True)
    return [Line("booth", booth.id, "", price.net, price.vat_bp, price.vat) for booth, price in priced]


def off_by_group(
    fair: Fair, group: PriceGroup, booths: Sequence[Booth], lines: Sequence[Line], day: date
) -> tuple[int, tuple[Booth, ...]]:
    """How much a group's price takes off, before VAT, and which booths have it: as long as its limit has room.

    Rounded half up for each booth. A price that is no lower than the day's takes nothing off.
    """
    if not group.from_on <= day <= group.to_on or group.withdrawn_at is not None:
        return 0, ()
    room, floor = rooms_left(group)
    off, having = 0, []
    for booth, line in sorted(zip(booths, lines, strict=True), key=lambda pair: pair[0].number):
        area_cm2 = booth.area_cm2
        less = _off_booth(fair, group, booth, line.net)
        fits = (room is None or room >= 1) and (floor is None or floor >= area_cm2)
        if less <= 0 or not fits or group.zone_id not in (None, booth.zone_id):
            continue
        room, floor = room and room - 1, floor if floor is None else floor - area_cm2
        off += less
        having.append(booth)
    return off, tuple(having)


def why_not(group: PriceGroup, booths: Sequence[Booth], day: date) -> str:
    """Why booths have nothing of a group's price on a day: days, limit; empty where another reason is plain to see."""
    if group.off_bp is None and group.per_m2_minor is None and group.per_booth_minor is None:
        return ""
    if not group.from_on <= day <= group.to_on:
        return "days"
    room, floor = rooms_left(group)
    least = min((booth.area_cm2 for booth in booths), default=0)
    return "limit" if room == 0 or (floor is not None and floor < least) else ""


def rooms_left(group: PriceGroup) -> tuple[int | None, int | None]:
    """Booths, and floor in cm², that may still have the price; None: as many as there are."""
    booths = None if group.most_booths is None else max(0, group.most_booths - group.taken_booths)
    floor = None if group.most_m2 is None else max(0, group.most_m2 * CM2 - group.taken_cm2)
    return booths, floor


def best_step(steps: Iterable[QuantityStep], booths: Sequence[Booth]) -> QuantityStep | None:
    """The one that takes most off of those that so many booths reach together."""
    area_cm2 = sum(booth.area_cm2 for booth in booths)
    reached = [
        step
        for step in steps
        if (step.from_booths is not None and len(booths) >= step.from_booths)
        or (step.from_m2 is not None and area_cm2 >= step.from_m2 * CM2)
    ]
    return max(reached, key=lambda step: step.off_bp, default=None)


def price_words(fair: Fair, group: PriceGroup, locale: str) -> str:
    """A group's price as it stands on lines: −20 %, 1.200.000 ₫/m²; nothing where it has none."""
    if group.off_bp is not None:
        return f"−{_percent(group.off_bp, locale)} %"
    minor = group.per_m2_minor if group.per_m2_minor is not None else group.per_booth_minor
    if minor is None:
        return ""
    units = {"vi": ("m²", "gian"), "en": ("m²", "booth")}[locale]
    return f"{format_money(Money(minor, fair.currency), locale)}/{units[group.per_m2_minor is None]}"


def _off_booth(fair: Fair, group: PriceGroup, booth: Booth, price: Money) -> int:
    net = price.minor
    if group.off_bp is not None:
        return apply_rate(net, group.off_bp)
    if price.currency != fair.currency:  # a price of its own is an amount of the fair's currency: nothing is converted
        return 0
    if group.per_booth_minor is not None:
        return net - group.per_booth_minor
    if group.per_m2_minor is None:
        return 0
    size = (booth.area_cm2, booth.open_sides)
    if booth.price_minor != list_price_minor(fair, *size):  # one with a price of its own keeps it, as with price lists
        return 0
    return net - list_price_minor(fair, *size, group.per_m2_minor)


def _said_of_group(fair: Fair, group: PriceGroup, having: Sequence[Booth], booths: Sequence[Booth]) -> tuple[str, str]:
    """Label and note of the line, in both languages as papers have them: the price, and which booths, if not all."""
    names = {"vi": _plain(group.name), "en": _plain(group.name_en or group.name)}
    words = {"vi": "Giá nhóm", "en": "Group price"}
    off = {locale: price_words(fair, group, locale) if group.off_bp is not None else "" for locale in names}
    label = " / ".join(f"{words[locale]}: {names[locale]} {off[locale]}".rstrip() for locale in names)
    numbers = _numbers(having) if len(having) < len(booths) else ""
    own = {locale: price_words(fair, group, locale) if group.off_bp is None else "" for locale in names}
    notes = [", ".join(filter(None, (own[locale], numbers))) for locale in names]
    return label, " / ".join(dict.fromkeys(notes))


def _said_of_step(step: QuantityStep | None) -> tuple[str, str]:
    if step is None:  # nothing off without a step
        return "", ""
    vi, en = (f"{_percent(step.off_bp, locale)} %" for locale in ("vi", "en"))
    if step.from_booths is not None:
        reached = f"từ {step.from_booths} gian", f"{step.from_booths} booths or more"
    else:
        reached = f"từ {step.from_m2} m²", f"{step.from_m2} m² or more"
    return f"Giá theo số lượng, {reached[0]}: −{vi} / Price by quantity, {reached[1]}: −{en}", ""


def _numbers(booths: Sequence[Booth]) -> str:
    shown = ", ".join(booth.number for booth in booths)
    if len(shown) <= NUMBERS_ROOM:
        return shown
    cut = shown[:NUMBERS_ROOM].rpartition(", ")[0]
    return f"{cut} +{len(booths) - cut.count(',') - 1}"


def _plain(name: str) -> str:
    """Brackets and slashes part languages and units on papers."""
    return name.replace(" (", ", ").replace("(", "").replace(")", "").replace(" / ", "/")


def _percent(basis_points: int, locale: str) -> str:
    shown = f"{basis_points / 100:g}"
    return shown.replace(".", ",") if locale == "vi" else shown
