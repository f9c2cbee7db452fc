"""Where a person can go from here: entries of the bar and the rail, by what they may do."""

from typing import Any, NamedTuple

from flask import current_app, g, request, url_for
from flask_babel import gettext as _

from app.access import Permission as P
from app.access import principal
from app.i18n_marks import N_


class Entry(NamedTuple):
    endpoint: str
    icon: str
    label: str
    needs: tuple[P, ...] = ()


PUBLIC = (
    Entry("booths.plan", "map-search", N_("Floor plan")),
    Entry("fairs.exhibitors", "building-store", N_("Exhibitors")),
    Entry("visitors.register", "ticket", N_("Visit the fair")),
)
PORTAL = (
    Entry("fairs.portal", "flag", N_("My fair"), (P.PORTAL,)),
    Entry("booths.plan", "map-search", N_("Floor plan")),
    Entry("deals.index", "file-check", N_("Deals"), (P.DEALS_SEE,)),
)
ORGANISER = (
    Entry("fairs.today", "calendar-event", N_("Today"), (P.SEE_DAY,)),
    Entry("booths.organise", "map-search", N_("Booths"), (P.BOOTHS_SEE,)),
    Entry("allocation.index", "list-numbers", N_("Applications"), (P.BOOTHS_SEE,)),
    Entry("fairs.organise_exhibitors", "building-store", N_("Exhibitors"), (P.EXHIBITORS_SEE,)),
    Entry("tasks.index", "list-check", N_("Exhibitors' tasks"), (P.TASKS_KEEP,)),
    Entry("visitors.organise", "id-badge-2", N_("Visitors, badges"), (P.VISITORS_SEE,)),
    Entry("gates.organise", "door-enter", N_("Gates"), (P.SCANS_SEE,)),
    Entry("sessions.organise", "presentation", N_("Programme"), (P.SESSIONS_KEEP,)),
    Entry("gates.gate", "scan", N_("Scan badges"), (P.SCAN,)),
    Entry("deals.index", "file-check", N_("Deals"), (P.DEALS_SEE,)),
    Entry("payments.money", "cash", N_("Money"), (P.MONEY_SETTLE,)),
    Entry("reports.figures", "clipboard-data", N_("Report"), (P.FIGURES_SEE,)),
    Entry("audit.index", "list-details", N_("Log"), (P.AUDIT_SEE,)),
    Entry("fairs.settings", "settings", N_("Settings"), (P.SETTINGS,)),
)
# four on a phone's bottom edge; of a group the first that the person may open, and where that leaves room, of the rest
PHONE = (("fairs.today",), ("booths.organise", "gates.organise"), ("deals.index",), ("visitors.organise",))
PHONE_REST = ("payments.money", "reports.figures", "fairs.organise_exhibitors")
PHONE_AT_MOST = 4
WHOLE = ("deals", "payments", "reports", "tasks", "allocation", "sessions")  # one entry for all of their pages


def navigation(where: str) -> list[dict[str, Any]]:
    """The entries of "public", "portal", "organiser" or its "phone" that this person may open.

    On public pages whoever has a place of their own in the fair is shown the way to it.
    """
    if g.get("fair") is None:
        return []
    who = principal()
    entries = {"public": PUBLIC, "portal": PORTAL, "organiser": ORGANISER, "phone": _on_phone()}[where]
    if where == "public" and who.can(P.PORTAL):
        entries = (*PUBLIC, PORTAL[0], PORTAL[2])
    elif where == "public" and who.is_staff:
        first = next((e for e in ORGANISER if any(who.can(p) for p in e.needs)), None)
        entries = (*PUBLIC, first) if first else PUBLIC
    shown = [e for e in entries if not e.needs or any(who.can(p) for p in e.needs)]
    return [
        {
            "label": _(entry.label),
            "icon": entry.icon,
            "url": url_for(entry.endpoint),
            "current": _is_current(entry.endpoint),
        }
        for entry in shown
        if entry.endpoint in current_app.view_functions
    ]


def _on_phone() -> tuple[Entry, ...]:
    """What the bottom of a phone has room for, in short words; the menu has all of it."""
    own = {entry.endpoint: entry for entry in ORGANISER if any(principal().can(p) for p in entry.needs)}
    found = [next((own[name] for name in group if name in own), None) for group in PHONE]
    found += [own[name] for name in PHONE_REST if name in own]
    short = {"visitors.organise": N_("Visitors")}
    fitting = [entry for entry in found if entry is not None][:PHONE_AT_MOST]
    return tuple(entry._replace(label=short.get(entry.endpoint, entry.label)) for entry in fitting)


def _is_current(endpoint: str) -> bool:
    asked = request.endpoint or ""
    blueprint = endpoint.partition(".")[0]
    return asked == endpoint or (blueprint in WHOLE and asked.partition(".")[0] == blueprint)
