"""flask --app wsgi chain verify, recount: whether what is kept still is what was written."""

from __future__ import annotations

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from app import clock
from app.audit import SYSTEM
from app.chain import NO_FAIR
from app.chain_walk import LISTED, Walked, chains, keep, walk
from app.db import db
from app.errors import NotFound
from app.fairs.lookup import fair_by_slug
from app.fairs.models import Fair
from app.visitors.recount import RAW, Recount, mend, recount

chain = AppGroup("chain", help="The chain that seals scans, payments, confirmations, corrections and the log.")


@chain.command("verify")
@click.option("--fair", "slug", help="Slug of one fair; all unless told.")
@click.option("--head", "noted", default="", help="A head that you noted earlier, or its beginning: is it still there?")
def verify(slug: str | None, noted: str) -> None:
    """Walk the chain of every fair and say where it breaks. Ends with 1 if it does."""
    noted = noted.strip().lower()
    if noted and not (8 <= len(noted) <= 64 and set(noted) <= set("0123456789abcdef")):
        raise click.ClickException("A head is 64 hexadecimal digits; give at least the first 8.")
    if noted and slug is None:
        raise click.ClickException("Each fair has a head of its own: say which one with --fair SLUG.")
    names = _names()
    broken = False
    for fair_id in [_fair(slug).id] if slug else chains():
        walked = walk(fair_id, noted)
        keep(walked, clock.now())
        _tell(names.get(fair_id, f"fair {fair_id}"), walked)
        if noted and walked.noted_at is None:
            click.echo("  the head that you noted is not in this chain: links before it were rewritten")
        elif noted:
            click.echo(f"  the head that you noted stands at position {walked.noted_at:,}")
        broken = broken or walked.broken > 0 or bool(noted and walked.noted_at is None)
    if broken:
        raise SystemExit(1)


@click.command("recount")
@click.option("--fair", "slug", help="Slug of one fair; all unless told.")
@click.option("--mend", "mends", is_flag=True, help="Write visits and marks as the rows say, and note it in the log.")
@with_appcontext
def recount_command(slug: str | None, mends: bool) -> None:
    """Count entries, visits and visitors again from the scans; ends with 1 where something else is kept."""
    differ = False
    for fair in [_fair(slug)] if slug else db.session.scalars(select(Fair).order_by(Fair.id)).all():
        found = recount(fair)
        _tell_count(fair.slug, found)
        if mends and found.differences:
            click.echo(f"  {mend(fair, found.differences, SYSTEM):,} rows mended; counted again:")
            found = recount(fair)
            _tell_count(fair.slug, found)
        differ = differ or bool(found.differences)
    if differ:
        raise SystemExit(1)


def _tell_count(slug: str, found: Recount) -> None:
    click.echo(f"{slug:<28} {'from the rows':>13} {'kept':>13}")
    for name in ("entries", "staff_entries", "visits", "unique_visitors"):
        label = "  of staff, press, crew" if name == "staff_entries" else name.replace("_", " ")
        click.echo(f"  {label:<26} {getattr(found.by_rule, name):>13,} {getattr(found.kept, name):>13,}")
    for one in found.differences[:LISTED]:
        about = f"scan {one.scan_id}" if one.visit is None else f"registration {one.visit[0]}, {one.visit[1]}"
        raw = " (a scan is never written again: restore the row from a backup)" if one.what in RAW else ""
        click.echo(f"  {about}: {one.what.value}: kept {one.kept}, by the rows {one.by_rule}{raw}")
    if len(found.differences) > LISTED:
        click.echo(f"  and {len(found.differences) - LISTED:,} more")
    if not found.differences:
        click.echo("  nothing differs")


def _tell(name: str, walked: Walked) -> None:
    rows = f"{walked.sealed:,} rows sealed, {walked.waiting:,} waiting"
    if walked.forgotten:
        rows += f", {walked.forgotten:,} erased"
    found = "nothing broken" if not walked.broken else f"BROKEN in {walked.broken:,} places"
    click.echo(f"{name}: {rows}, head {walked.head}: {found}")
    for one in walked.breaks:
        what = f"{one.kind} {one.row_id}: " if one.kind else ""
        click.echo(f"  position {one.position:,}: {what}{one.what.value}")
    if walked.broken > LISTED:
        click.echo(f"  and {walked.broken - len(walked.breaks):,} more")


def _fair(slug: str) -> Fair:
    try:
        return fair_by_slug(slug)
    except NotFound as error:
        raise click.ClickException(f"There is no fair with the slug {slug!r}.") from error


def _names() -> dict[int, str]:
    found = {fair_id: slug for fair_id, slug in db.session.execute(select(Fair.id, Fair.slug))}
    return found | {NO_FAIR: "(accounts and keys, no fair)"}
