"""flask --app wsgi demo …: make the demonstration, and say how to sign in to it."""

from __future__ import annotations

import time

import click
from flask.cli import AppGroup

from app import clock
from app.access import ROLE_NAMES, Role
from app.demo.accounts import sign_ins
from app.demo.create import create_demo
from app.errors import DomainError

demo = AppGroup("demo", help="The demonstration fair.")
WIDTH = 100


@demo.command("create")
def create() -> None:
    """Make the three editions, some 20 seconds, and print one sign-in for each role."""
    started = time.monotonic()
    with click.progressbar(length=WIDTH, label="Making the demonstration fair", show_pos=False) as bar:
        try:
            rows = create_demo(clock.now(), lambda share: bar.update(int(share * WIDTH) - bar.pos))
        except DomainError as error:
            raise click.ClickException(error.message) from error
        bar.update(WIDTH - bar.pos)
    click.echo(f"{rows:,} rows written in {time.monotonic() - started:.1f} s")
    _print_sign_ins()


@demo.command("sign-ins")
def print_sign_ins() -> None:
    """Print one sign-in for each role."""
    _print_sign_ins()


def _print_sign_ins() -> None:
    click.echo(f"\n{'Role':<12} {'E-mail':<24} Password")
    for account, password in sign_ins():
        click.echo(f"{ROLE_NAMES[Role(account.role)]:<12} {account.email:<24} {password}")
