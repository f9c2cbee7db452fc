"""Alembic's way to the models: the application gives engine and metadata, one transaction holds a migration."""

from alembic import context
from flask import current_app

from app.db import UTCDateTime, db


def render_item(kind: str, thing: object, autogen_context: object) -> str | bool:
    """Migrations name our column type by the plain one below it, so that an old migration needs no app code."""
    if kind == "type" and isinstance(thing, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run() -> None:
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect().execution_options(phien_writes=True) as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=True,
            compare_type=False,
            render_item=render_item,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
