"""What ./fair run does inside Python, in one process: migrate, make the demonstration, print sign-ins, serve."""

import errno
import fcntl
from pathlib import Path

import click
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app.db import db
from app.demo.commands import create, print_sign_ins
from app.fairs.models import Fair
from app.fairs.queries import demo_exists
from app.serve import serve
from config import own_url


@click.command("run-fair")
@click.option("--empty", is_flag=True, help="Without the demonstration: starts with the set-up page.")
@click.pass_context
@with_appcontext
def run_fair(context: click.Context, empty: bool) -> None:
    """Serve on FAIR_HOST and FAIR_PORT; on first start make the demonstration fair."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    refuse_moved_clock(app)
    refuse_half_a_stripe(app)
    if app.config["FAIR_TLS"] and app.config["FAIR_ON_LOOPBACK"] and not empty:
        raise click.ClickException("On this machine the camera opens without --tls: leave it out, or add --host.")
    try:
        migrate()
    except OperationalError as error:
        said = str(error.orig).strip().splitlines()[0]
        named = "Start it, or mend FAIR_DATABASE_URL." if app.config["DATABASE_NAMED"] else "Is the disk full?"
        raise click.ClickException(f"The database cannot be used: {said}. {named}") from error
    if _served_already(app):
        raise click.ClickException(
            f"Another ./fair run serves {app.config['FAIR_DATA_DIR']} already: stop it, or name another folder in "
            "FAIR_DATA_DIR. Several web processes need PostgreSQL (FAIR_DATABASE_URL)."
        )
    fairs = db.session.scalar(select(func.count()).select_from(Fair))
    demonstrated = demo_exists()
    begun_empty = Path(app.config["FAIR_DATA_DIR"]) / "begun-empty"  # its owner need not say --empty twice
    if empty and demonstrated:
        raise click.ClickException(
            f"{app.config['FAIR_DATA_DIR']} holds the demonstration. Your own fair wants a folder of its own: "
            "FAIR_DATA_DIR=my-fair ./fair run --empty"
        )
    if not fairs and not empty and not begun_empty.exists():
        _refuse_demonstration_beyond_loopback(app)
        _make_demonstration(context)
    elif not fairs:
        begun_empty.touch()
    elif demonstrated:
        _refuse_demonstration_beyond_loopback(app)
        context.invoke(print_sign_ins)
    db.session.remove()
    host, port = app.config["FAIR_HOST"], int(app.config["FAIR_PORT"])
    address = own_url(host, port, bool(app.config["FAIR_TLS"]))
    click.echo(f"\nPhiên is at {address}/  (Ctrl-C stops it)")
    if not db.session.scalar(select(func.count()).select_from(Fair)):
        click.echo("Open it: the page sets up the organiser's account and your fair.")
    db.session.remove()
    if app.config["FAIR_TLS"]:
        click.echo(f"A phone trusts it once {address}/ca.crt is installed there.")
    serve(app, host, port)


def _make_demonstration(context: click.Context) -> None:
    try:
        context.invoke(create)
    except (OperationalError, OSError) as error:
        if "full" not in str(error).lower() and getattr(error, "errno", None) != errno.ENOSPC:
            raise
        raise click.ClickException("The disk is full: make room and start again.") from error


def _served_already(app: Flask) -> bool:
    """Whether another process serves from the same SQLite: two would make each other's writers wait."""
    if not app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        return False
    lock = (Path(app.config["FAIR_DATA_DIR"]) / "serving.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return True
    app.extensions["serving_lock"] = lock  # it goes with the last process that serves
    return False


def migrate() -> None:
    """Bring the tables up to date; costs one query when they are."""
    scripts = ScriptDirectory("migrations")
    with db.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current != scripts.get_current_head():
        upgrade()


def refuse_beyond_loopback(app: Flask) -> None:
    """Raises ClickException where a network would reach what is for rehearsals on this machine."""
    refuse_moved_clock(app)
    refuse_half_a_stripe(app)
    if not app.config["FAIR_ON_LOOPBACK"] and demo_exists():
        _refuse_demonstration_beyond_loopback(app)


def refuse_half_a_stripe(app: Flask) -> None:
    """Raises ClickException where cards could be charged but nobody could prove that they were."""
    if app.config["FAIR_STRIPE_KEY"] and not app.config["FAIR_STRIPE_WEBHOOK_SECRET"]:
        raise click.ClickException(
            "FAIR_STRIPE_KEY is set without FAIR_STRIPE_WEBHOOK_SECRET: payments by card could not be told from forged "
            "ones. Set the signing secret of the webhook endpoint /webhooks/stripe."
        )


def refuse_moved_clock(app: Flask) -> None:
    if float(app.config["FAIR_CLOCK_OFFSET_SECONDS"]) and not app.config["FAIR_ON_LOOPBACK"]:
        raise click.ClickException("A moved clock serves this machine only: unset FAIR_CLOCK_OFFSET_SECONDS.")


def _refuse_demonstration_beyond_loopback(app: Flask) -> None:
    if not app.config["FAIR_ON_LOOPBACK"]:
        raise click.ClickException(
            "The demonstration's accounts serve this machine only: "
            "to serve a network, name a new folder in FAIR_DATA_DIR and add --empty."
        )
