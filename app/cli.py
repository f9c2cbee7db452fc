"""Commands: flask --app wsgi …"""

import os
import signal
import threading

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from app.access import TOKEN_ROLES
from app.accounts.tokens import create_token
from app.audit import SYSTEM
from app.db import db, transaction
from app.demo.commands import demo
from app.errors import NotFound
from app.fairs.lookup import fair_by_slug
from app.fairs.models import Buyer, Exhibitor, Fair
from app.jobs import start_worker
from app.proof_commands import chain, recount_command
from app.serve import serve
from app.starting import refuse_beyond_loopback, run_fair
from config import is_loopback, own_url

tokens = AppGroup("tokens", help="Keys for programs.")


@tokens.command("create")
@click.option("--fair", "slug", required=True, help="Slug of the fair.")
@click.option("--role", required=True, type=click.Choice(sorted(TOKEN_ROLES)))
@click.option("--exhibitor", "exhibitor_id", type=int, help="For the role exhibitor: its id.")
@click.option("--buyer", "buyer_id", type=int, help="For the role buyer: its id.")
def create(slug: str, role: str, exhibitor_id: int | None, buyer_id: int | None) -> None:
    """Print a new API token, alone on the last line."""
    try:
        fair = fair_by_slug(slug)
    except NotFound as error:
        raise click.ClickException(f"There is no fair with the slug {slug!r}.") from error
    _require_own(fair, role, "exhibitor", Exhibitor, exhibitor_id)
    _require_own(fair, role, "buyer", Buyer, buyer_id)
    with transaction():
        token = create_token(SYSTEM, fair.id, role, exhibitor_id, buyer_id, label="command line")
    click.echo(token)


def _require_own(fair: Fair, role: str, name: str, model: type, thing_id: int | None) -> None:
    if (role == name) != (thing_id is not None):
        raise click.ClickException(f"--{name} ID goes with --role {name}, and that role needs it.")
    thing = db.session.get(model, thing_id) if thing_id is not None else None
    if thing_id is not None and (thing is None or thing.fair_id != fair.id):
        raise click.ClickException(f"This fair has no {name} with the id {thing_id}.")


@click.command("serve")
@click.option("--host", default=None, help="FAIR_HOST unless told.")
@click.option("--port", default=None, type=int, help="FAIR_PORT unless told.")
@with_appcontext
def serve_command(host: str | None, port: int | None) -> None:
    """Serve web and jobs until Ctrl-C."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    if host and host != app.config["FAIR_HOST"] and app.config["FAIR_ON_LOOPBACK"] and not is_loopback(host):
        raise click.ClickException("To serve a network, set FAIR_HOST: what is for this machine only goes by it.")
    refuse_beyond_loopback(app)
    if port and not os.environ.get("FAIR_PUBLIC_URL"):
        served_on = host or app.config["FAIR_HOST"]  # links in mails lead where it serves
        app.config["FAIR_PUBLIC_URL"] = own_url(served_on, port, bool(app.config["FAIR_TLS"]))
    serve(app, host or app.config["FAIR_HOST"], port or int(app.config["FAIR_PORT"]))


@click.command("jobs")
@with_appcontext
def jobs_command() -> None:
    """Work the queue in a process of its own (with FAIR_JOBS=separate), until Ctrl-C."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    worker = start_worker(app)
    done.wait()
    worker.stop()


def init_cli(app: Flask) -> None:
    app.cli.add_command(tokens)
    app.cli.add_command(demo)
    app.cli.add_command(chain)
    app.cli.add_command(recount_command)
    app.cli.add_command(serve_command)
    app.cli.add_command(run_fair)
    app.cli.add_command(jobs_command)
