"""The organiser's list of companies, and one of them with all that it has at the fair."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select

from app import clock
from app.access import Permission, allow, principal
from app.accounts.models import Person
from app.booths.booking import place_order
from app.booths.claims import is_open, look_at
from app.booths.currency_choice import currencies_for, hold_in
from app.booths.floorplan import on_plan
from app.booths.guest_list import guests_of, requests_of
from app.booths.models import Booth, BoothState
from app.db import db, retrying, transaction
from app.deals.models import Deal
from app.errors import DomainError, FieldErrors, NotFound
from app.fairs.countries import country_name
from app.fairs.currencies import first_choice, open_currencies
from app.fairs.exhibiting import change_company, company_of, register_company
from app.fairs.forms import CompanyForm, form_for
from app.fairs.models import Buyer, Exhibitor, ExhibitorMember
from app.fairs.product_categories import product_category_name
from app.fairs.provinces import province_name
from app.fairs.queries import by_shown_name, counts_by, exhibitors_matching, hosts_of, how_many
from app.formats import language
from app.front.blueprint import blueprint
from app.input import asked_number
from app.payments.models import Order
from app.payments.orders import orders_of

PAGE = 60
DEALS_SHOWN = 20
REQUESTS_SHOWN = 20
BOOKED_AT_MOST = 101  # one more than a fair can let a company hold: it is refused, not left out
KEPT = (BoothState.HELD, BoothState.RESERVED, BoothState.LET)


@blueprint.get("/fairs/<slug>/organise/exhibitors")
@allow(Permission.EXHIBITORS_SEE)
def organise_exhibitors() -> str:
    return exhibitors_page()


def exhibitors_page(fault: tuple[int, str, str] | None = None, fault_in_reason: bool = False) -> str:
    """The list, with the requests that wait above it. `fault`: of which request, what is wrong, the reason typed."""
    asked = {name: request.args.get(name, "").strip()[:100] for name in ("q", "province", "country")}
    without_booth = request.args.get("booths") == "none"
    after = asked_number("after", 0)
    matching = exhibitors_matching(g.fair.id, **asked)
    if without_booth:
        matching = matching.where(Exhibitor.id.not_in(_with_booths()))
    counted = how_many(matching)
    rows = db.session.scalars(matching.order_by(*by_shown_name()).offset(after).limit(PAGE)).all()
    editor = principal().can(Permission.EXHIBITORS_EDIT)
    requests = requests_of(g.fair.id, REQUESTS_SHOWN + 1) if editor else []
    hosts = hosts_of([*rows, *requests])
    return render_template(
        "fairs/organise_exhibitors.html",
        rows=rows,
        requests=requests[:REQUESTS_SHOWN],
        more_requests=len(requests) > REQUESTS_SHOWN,
        fault=fault,
        fault_in_reason=fault_in_reason,
        hosts=hosts,
        booths=_booth_numbers([*(row.id for row in rows), *(host.id for host in hosts.values())]),
        asked=asked | {"booths": "none" if without_booth else ""},
        counted=counted,
        total=sum(counted),
        after=after,
        page=PAGE,
        provinces=[(code, province_name(code), n) for code, n in counts_by(g.fair.id, Exhibitor.province)],
        countries=[(code, country_name(code, language()), n) for code, n in counts_by(g.fair.id, Exhibitor.country)],
        place=_place,
        category_name=lambda code: product_category_name(code, language()),
    )


@blueprint.get("/fairs/<slug>/organise/exhibitors/<int:exhibitor_id>")
@allow(Permission.EXHIBITORS_SEE)
def organise_exhibitor(exhibitor_id: int) -> str:
    return _page(exhibitor_of(exhibitor_id))


@blueprint.post("/fairs/<slug>/organise/exhibitors/<int:exhibitor_id>/booths")
@allow(Permission.BOOTHS_EDIT)
def book_for_exhibitor(exhibitor_id: int) -> Any:
    """Booths for a company that writes or calls: held and ordered in one step, all or none, to be paid by transfer."""
    exhibitor, actor, now = exhibitor_of(exhibitor_id), principal().actor(), clock.now()
    numbers = _numbers_typed(request.form.get("booths", ""))
    currency = (request.form.get("currency") or None) if g.fair.currency_revision else None

    def work() -> Order:
        hold = hold_in(actor, g.fair, exhibitor.id, seen, now, currency, by_organiser=True)
        return place_order(actor, g.fair, hold, "transfer", now)

    try:
        seen = look_at(g.fair, numbers[:BOOKED_AT_MOST], now)
        order = retrying(work)
    except DomainError as error:
        sentence = error.sentences()["booths"] if isinstance(error, FieldErrors) else error.sentence()
        return _page(exhibitor, sentence), error.status
    flash(_("%(booths)s are kept for %(name)s until the money comes.", booths=", ".join(numbers), name=exhibitor.name))
    return redirect(url_for("payments.order", reference=order.reference))


def _numbers_typed(text: str) -> list[str]:
    """Booth numbers as the plan writes them, whatever the case; what is none stays as it was typed."""
    typed = text.replace(",", " ").replace(";", " ").split()
    asked = select(Booth.number).where(
        Booth.fair_id == g.fair.id, on_plan(), func.lower(Booth.number).in_({t.lower() for t in typed})
    )
    known = {number.lower(): number for number in db.session.scalars(asked)}
    return [known.get(one.lower(), one) for one in typed]


def _page(exhibitor: Exhibitor, refusal: str = "") -> str:
    booths = db.session.scalars(
        select(Booth)
        .where(Booth.fair_id == g.fair.id, Booth.exhibitor_id == exhibitor.id, Booth.state.in_(KEPT))
        .order_by(Booth.number)
    ).all()
    people = db.session.scalars(
        select(Person)
        .join(ExhibitorMember, ExhibitorMember.person_id == Person.id)
        .where(ExhibitorMember.exhibitor_id == exhibitor.id)
        .order_by(ExhibitorMember.id)
    ).all()
    deals = db.session.execute(
        select(Deal, Buyer)
        .join(Buyer, Buyer.id == Deal.buyer_id)
        .where(Deal.fair_id == g.fair.id, Deal.exhibitor_id == exhibitor.id)
        .order_by(Deal.recorded_at.desc())
        .limit(DEALS_SHOWN)
    ).all()
    who, offered = principal(), open_currencies(g.fair)
    return render_template(
        "fairs/organise_exhibitor.html",
        exhibitor=exhibitor,
        host=hosts_of([exhibitor]).get(exhibitor.id),
        guests=guests_of(g.fair.id, {exhibitor.id}) if exhibitor.kind == "main" else [],
        booths=[
            booth
            for booth in booths
            if booth.state == BoothState.LET or (booth.held_until or clock.now()) > clock.now()
        ],
        people=people,
        orders=orders_of(g.fair.id, [exhibitor.id]) if who.can(Permission.ORDERS_SEE) else [],
        deals=deals if who.can(Permission.DEALS_SEE) else [],
        place=_place,
        bookable=is_open(g.fair, clock.now()),
        refusal=refusal,
        typed=request.form.get("booths", ""),
        currencies=currencies_for(g.fair, [exhibitor], offered),
        currency=request.form.get("currency") or first_choice(g.fair, offered, exhibitor),
    )


@blueprint.route("/fairs/<slug>/organise/exhibitors/new", methods=["GET", "POST"])
@allow(Permission.EXHIBITORS_EDIT)
def add_exhibitor() -> Any:
    """For companies that write or call instead of registering themselves."""
    form = CompanyForm(g.fair)
    if form.validate_on_submit():
        try:
            exhibitor = retrying(
                lambda: register_company(principal().actor(), g.fair, form.company(), clock.now(), locale=g.fair.locale)
            )
        except FieldErrors as error:
            form.take_errors(error)
        else:
            flash(_("%(name)s is registered.", name=exhibitor.name))
            return redirect(url_for("fairs.organise_exhibitor", exhibitor_id=exhibitor.id))
    return render_template(
        "fairs/edit_exhibitor.html", form=form, exhibitor=None, host=None
    ), 422 if form.errors else 200


@blueprint.route("/fairs/<slug>/organise/exhibitors/<int:exhibitor_id>/edit", methods=["GET", "POST"])
@allow(Permission.EXHIBITORS_EDIT)
def edit_exhibitor(exhibitor_id: int) -> Any:
    exhibitor = exhibitor_of(exhibitor_id)
    form = form_for(exhibitor.kind, g.fair, data=vars(company_of(exhibitor)))
    if form.validate_on_submit():
        try:
            with transaction():
                change_company(principal().actor(), g.fair, exhibitor, form.company())
        except FieldErrors as error:
            form.take_errors(error)
        else:
            flash(_("Saved."))
            return redirect(url_for("fairs.organise_exhibitor", exhibitor_id=exhibitor.id))
    return render_template(
        "fairs/edit_exhibitor.html", form=form, exhibitor=exhibitor, host=None
    ), 422 if form.errors else 200


def exhibitor_of(exhibitor_id: int) -> Exhibitor:
    """Any exhibitor of the fair, guests too; NotFound for none."""
    exhibitor = db.session.get(Exhibitor, exhibitor_id)
    if exhibitor is None or exhibitor.fair_id != g.fair.id:
        raise NotFound()
    return exhibitor


def _place(exhibitor: Exhibitor) -> str:
    if exhibitor.country == g.fair.country and exhibitor.province:
        return province_name(exhibitor.province)
    return country_name(exhibitor.country, language())


def _with_booths() -> Any:
    return select(Booth.exhibitor_id).where(
        Booth.fair_id == g.fair.id, Booth.exhibitor_id.is_not(None), Booth.state.in_(KEPT)
    )


def _booth_numbers(exhibitor_ids: list[int]) -> dict[int, list[tuple[str, str]]]:
    """(number, state) of what each company has or holds."""
    found: dict[int, list[tuple[str, str]]] = {}
    for exhibitor_id, number, state in db.session.execute(
        select(Booth.exhibitor_id, Booth.number, Booth.state)
        .where(Booth.fair_id == g.fair.id, Booth.exhibitor_id.in_(exhibitor_ids), Booth.state.in_(KEPT))
        .order_by(Booth.number)
    ):
        assert exhibitor_id is not None  # one of those asked for
        found.setdefault(exhibitor_id, []).append((number, state))
    return found
