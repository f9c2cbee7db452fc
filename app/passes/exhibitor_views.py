"""An exhibitor hands out passes to its staff."""

from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from app import clock
from app.access import Permission, allow, principal
from app.db import after_commit, retrying
from app.errors import DomainError, FieldErrors, NotFound
from app.input import sent_number
from app.jobs import hurry
from app.passes.blueprint import blueprint
from app.passes.handing import MAILED_AT_MOST, give_pass, rename_pass, withdraw_pass
from app.passes.quota import companies_on_booth, own_mains, passes_of, quotas_of
from app.security import limit
from app.visitors.badge_sheet import badge_link

OWN = "/portal/passes/<int:exhibitor_id>"


@blueprint.get("/portal/passes")
@allow(Permission.PROFILE_KEEP)
def own() -> str:
    return _page()


@blueprint.post(OWN)
@allow(Permission.PROFILE_KEEP)
def give(exhibitor_id: int) -> Any:
    typed = {name: request.form.get(name, "") for name in ("name", "email")}
    secret, actor, now, for_id = _given(exhibitor_id), principal().actor(), clock.now(), sent_number("company")

    def work() -> Any:
        after_commit(hurry, current_app._get_current_object(), "mail_badges")  # type: ignore[attr-defined]
        return give_pass(
            actor, g.fair, exhibitor_id, typed["name"], typed["email"], for_id or exhibitor_id, secret, now
        )

    try:
        _pace(typed["email"])
        made = retrying(work)
    except NotFound:
        raise
    except DomainError as error:
        return _page((exhibitor_id, 0, error, typed)), error.status
    flash(_("%(name)s has a pass.", name=made.registration.name))
    return _back()


@blueprint.post(f"{OWN}/<int:registration_id>/name")
@allow(Permission.PROFILE_KEEP)
def rename(exhibitor_id: int, registration_id: int) -> Any:
    typed = {name: request.form.get(name, "") for name in ("name", "email")}
    secret, actor, now, seen = _given(exhibitor_id), principal().actor(), clock.now(), sent_number("badge") or 0

    def work() -> Any:
        after_commit(hurry, current_app._get_current_object(), "mail_badges")  # type: ignore[attr-defined]
        return rename_pass(
            actor, g.fair, exhibitor_id, registration_id, seen, typed["name"], typed["email"], secret, now
        )

    try:
        _pace(typed["email"])
        retrying(work)
    except NotFound:
        raise
    except DomainError as error:
        return _page((exhibitor_id, registration_id, error, typed)), error.status
    flash(_("Changed. The badge in the older name opens no gate any more; use the new one."))
    return _back()


@blueprint.post(f"{OWN}/<int:registration_id>/withdraw")
@allow(Permission.PROFILE_KEEP)
def withdraw(exhibitor_id: int, registration_id: int) -> AnyResponse:
    _given(exhibitor_id)
    actor, now = principal().actor(), clock.now()
    retrying(lambda: withdraw_pass(actor, g.fair, exhibitor_id, registration_id, now))
    flash(_("Withdrawn. The badge opens no gate any more, and the pass can be given again."))
    return _back()


def _pace(email: str) -> None:
    if email.strip():
        limit("passes", MAILED_AT_MOST, 600, principal().actor().key)


def _given(exhibitor_id: int) -> str:
    """The secret that opens the key which signs badges. NotFound for who does not speak for the company."""
    if exhibitor_id not in principal().exhibitor_ids:
        raise NotFound()
    return str(current_app.config["FAIR_SECRET_KEY"])


def _back() -> AnyResponse:
    return redirect(url_for(".own"), 303)


def _page(refused: tuple[int, int, DomainError, dict[str, str]] | None = None) -> str:
    """`refused`: of which company and pass (0: a new one), why, and what was typed."""
    quotas = quotas_of(g.fair, [one.id for one in own_mains(g.fair, principal())])
    faults = refused[2].sentences() if refused and isinstance(refused[2], FieldErrors) else {}
    return render_template(
        "passes/own.html", quotas=quotas, refused=refused, faults=faults, badge_link=badge_link,
        passes={quota.exhibitor.id: passes_of(g.fair.id, quota.exhibitor.id) for quota in quotas},
        companies={quota.exhibitor.id: companies_on_booth(g.fair, quota.exhibitor.id) for quota in quotas},
        names_stay=clock.fair_day(g.fair, clock.now()) >= g.fair.starts_on,
    )  # fmt: skip
