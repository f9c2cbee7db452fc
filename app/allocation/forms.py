"""Forms: an exhibitor's wishes, and how booths are let."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

from app.accounts.forms import Faulty
from app.allocation.applying import LARGEST_M2, TOGETHER_AT_MOST, WISHES_AT_MOST, Asked
from app.allocation.queries import Shown
from app.booths.workflows import NO_DAYS, NO_HOURS, OFFER_HOURS, REQUEST_DAYS, Workflow
from app.fairs.models import Fair, Zone
from app.fields import NO_AMOUNT, WholeNumber
from app.formats import local_name
from app.i18n_marks import N_
from app.money import NotMoney, parse_money
from app.typed import typed_amount

WORKFLOW_NAMES = {
    Workflow.BUY: N_("Buy at once: hold, order, pay"),
    Workflow.REQUEST: N_("Request: hold, ask, and order once you approve"),
    Workflow.APPLY: N_("Application: exhibitors send ranked wishes, you offer booths"),
}
SHORT_NAMES = {Workflow.BUY: N_("Buy at once"), Workflow.REQUEST: N_("Request"), Workflow.APPLY: N_("Application")}


class WishesForm(Faulty):
    """Ranked wishes as booth numbers, then booths of a kind."""

    similar = BooleanField(_l("Other booths will do too, by zone, size and budget"))
    booths = WholeNumber(_l("How many, next to each other"), validators=[Optional(), NumberRange(1, TOGETHER_AT_MOST)])
    zone = SelectField(_l("Zone"), validate_choice=True)
    least_m2 = WholeNumber(_l("Each at least, m²"), validators=[Optional(), NumberRange(1, LARGEST_M2)])
    budget = StringField(_l("All together at most, with VAT"), validators=[Optional()])
    may_wait = BooleanField(_l("Keep me on the waiting list if nothing suits now"))
    note = TextAreaField(_l("What the organiser should know"), validators=[Optional()])
    revision = HiddenField()

    def __init__(self, fair: Fair, zones: Sequence[Zone], kept: Shown | None, *args: Any, **kwargs: Any) -> None:
        self.currency = fair.currency
        self.ranked: list[str] = [""] * WISHES_AT_MOST
        data: dict[str, Any] = {"may_wait": True, "booths": 1, "revision": "0"}
        if kept is not None:
            one = kept.application
            budget = typed_amount(one.budget_minor, fair.currency)
            data = {
                "similar": one.similar, "booths": one.booths, "zone": str(one.zone_id or ""), "least_m2": one.least_m2,
                "budget": budget, "may_wait": one.may_wait, "note": one.note, "revision": str(one.revision),
            }  # fmt: skip
            self.ranked = [", ".join(wish.numbers) for wish in kept.wishes]
            self.ranked += [""] * (WISHES_AT_MOST - len(self.ranked))
        self.wish_faults: dict[int, str] = {}
        super().__init__(*args, data=data, **kwargs)
        self.zone.choices = [("", _("Any zone"))] + [
            (str(zone.id), f"{zone.code} · {local_name(zone)}" if local_name(zone) != zone.code else zone.code)
            for zone in zones
        ]

    def read_wishes(self, typed: Sequence[str]) -> None:
        """What was typed as wishes, the first to the last: it stays as it was typed."""
        wishes = [text[:200] for text in typed[:WISHES_AT_MOST]]
        self.ranked = wishes + [""] * (WISHES_AT_MOST - len(wishes))

    def validate_budget(self, field: StringField) -> None:
        try:
            parse_money(field.data, self.currency)
        except NotMoney:
            raise ValidationError(_(NO_AMOUNT, currency=self.currency)) from None

    def take_wish_faults(self, sentences: dict[str, str]) -> dict[str, str]:
        """Put faults of wishes where they stand; answers the others."""
        places = {f"wish-{place}": place for place in range(1, WISHES_AT_MOST + 1)}
        self.wish_faults = {places[name]: said for name, said in sentences.items() if name in places}
        return {name: said for name, said in sentences.items() if name not in places}

    def asked(self) -> Asked:
        budget = (self.budget.data or "").strip()
        return Asked(
            wishes=[wish.replace(";", ",").split(",") for wish in self.ranked],
            similar=self.similar.data,
            booths=self.booths.data or 1,
            zone_id=int(self.zone.data) if self.zone.data else None,
            least_m2=self.least_m2.data,
            budget_minor=parse_money(budget, self.currency).minor if budget else None,
            may_wait=self.may_wait.data,
            note=self.note.data or "",
        )


class RulesForm(Faulty):
    """How booths are let, at the fair and in zones that differ."""

    workflow = RadioField(_l("How booths are let"), validators=[InputRequired(_l("Choose one of the list."))])
    offer_hours = WholeNumber(_l("Hours to answer an offer"), validators=[InputRequired(_l("Fill in this field."))])
    request_days = WholeNumber(
        _l("Days that a request keeps its booths"), validators=[InputRequired(_l("Fill in this field."))]
    )

    def __init__(self, fair: Fair, zones: Sequence[Zone], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, obj=fair, **kwargs)
        self.workflow.choices = [(one.value, _(WORKFLOW_NAMES[one])) for one in Workflow]
        self.zones = {zone.id: zone.workflow or "" for zone in zones}

    def validate_offer_hours(self, field: WholeNumber) -> None:
        if field.data is not None and field.data not in OFFER_HOURS:
            raise ValidationError(_(NO_HOURS))

    def validate_request_days(self, field: WholeNumber) -> None:
        if field.data is not None and field.data not in REQUEST_DAYS:
            raise ValidationError(_(NO_DAYS))

    def read_zones(self, form: Any) -> None:
        """What was chosen for each zone; what is no way of letting is as the fair's."""
        ways = {way.value for way in Workflow}
        self.zones = {
            zone_id: said if (said := form.get(f"zone-{zone_id}", "")) in ways else "" for zone_id in self.zones
        }

    def zone_workflows(self) -> dict[int, Workflow | None]:
        return {zone_id: Workflow(said) if said else None for zone_id, said in self.zones.items()}
