"""Migrations make what the models say, on both databases, and can be taken back with rows in the tables."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from app import create_app
from app.db import db
from tests.support.cast import make_cast


@pytest.fixture
def bare_app(database: str, request: pytest.FixtureRequest, tmp_path: Path):
    url = (
        request.getfixturevalue("cluster").url(f"bare_{tmp_path.name[-8:].lower()}") if database == "postgresql" else ""
    )
    app = create_app(
        {"TESTING": True, "FAIR_DATA_DIR": str(tmp_path), "FAIR_DATABASE_URL": url, "FAIR_SECRET_KEY": "tests-only"}
    )
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_migrations_make_what_the_models_say_and_can_be_taken_back(bare_app, password_hash: str) -> None:
    upgrade()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []
    make_cast(password_hash)
    db.session.remove()
    downgrade(revision="base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
