"""Phiên runs a trade fair from the floor plan to the signed contract. This file is its table of contents."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from importlib import import_module
from typing import Any

import structlog
from flask import Flask
from flask_migrate import Migrate
from jinja2 import StrictUndefined

import config
from app import clock
from app.access import init_access
from app.accounts.session import init_sign_in
from app.db import db
from app.errors import init_errors
from app.fairs.lookup import init_fairs
from app.formats import init_formats
from app.i18n import init_i18n
from app.input import init_input
from app.jobs import init_jobs
from app.live import init_live
from app.pages import init_pages
from app.security import init_security
from app.turns import init_turns

BLUEPRINTS = (
    "app.health:blueprint",
    "app.local_tls:blueprint",
    "app.outbox:blueprint",
    "app.accounts.views:blueprint",
    "app.front.views:blueprint",
    "app.booths.plan_views:blueprint",  # and the other …_views.py beside it
    "app.front.money_views:blueprint",  # and app/front/order_views.py
    "app.webhooks:blueprint",
    "app.deals.views:blueprint",
    "app.deals.record_views:blueprint",
    "app.deals.desk_views:blueprint",
    "app.deals.answer_views:blueprint",
    "app.tasks.views:blueprint",
    "app.allocation.views:blueprint",
    "app.directory.views:blueprint",
    "app.passes.views:blueprint",
    "app.visitors.organiser_views:blueprint",
    "app.visitors.gates_views:blueprint",
    "app.visitors.gate_rules_views:blueprint",
    "app.visitors.desk_views:blueprint",
    "app.visitors.sessions_views:blueprint",
    "app.reports.views:blueprint",
    "app.reports.audit_views:blueprint",
)
MODELS = (
    "app.chain",
    "app.accounts.models",
    "app.fairs.models",
    "app.booths.models",
    "app.booths.discount_models",
    "app.payments.models",
    "app.payments.support_models",
    "app.visitors.models",
    "app.visitors.session_models",
    "app.visitors.day_models",
    "app.visitors.device_models",
    "app.deals.models",
    "app.tasks.models",
    "app.allocation.models",
    "app.allocation.selection_models",
    "app.directory.models",
    "app.passes.models",
    "app.documents.store",
    "app.api.idempotency",
    "app.mail",
)
SWEEPERS = (  # nobody else needs to import what works by itself
    "app.chain_walk",
    "app.allocation.selection_letters",
    "app.allocation.waiting",
    "app.tasks.reminders",
)


def create_app(settings: Mapping[str, Any] | None = None) -> Flask:
    """The application. `settings` override the FAIR_… variables of the environment."""
    app = Flask(__name__)
    app.config.update(config.from_environment(settings))
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    clock.set_offset(timedelta(seconds=float(app.config["FAIR_CLOCK_OFFSET_SECONDS"])))
    for module in MODELS:
        import_module(module)
    db.init_app(app)
    Migrate(app, db, directory="migrations", render_as_batch=True)
    init_turns(app)
    init_i18n(app)
    init_security(app)
    init_input(app)
    init_fairs(app)
    init_sign_in(app)
    init_access(app)
    init_errors(app)
    init_formats(app)
    init_pages(app)
    init_jobs(app)
    init_live(app)
    for name in BLUEPRINTS:
        module, _colon, attribute = name.partition(":")
        app.register_blueprint(getattr(import_module(module), attribute))
    import_module("app.demo.stripe_desk.views").init_stripe_desk(app)
    import_module("app.api").init_api(app)
    import_module("app.cli").init_cli(app)
    for module in SWEEPERS:
        import_module(module)
    return app
