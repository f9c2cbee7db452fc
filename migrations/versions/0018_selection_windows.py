"""priority points, and windows in which exhibitors choose in turn"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def _primary(table: str, column: str = "id") -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(column, name=op.f(f"pk_{table}"))


def _number(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _moment(name: str, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int) -> sa.Column:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _live_index(name: str, table: str, columns: list, condition: str) -> None:
    op.create_index(
        name, table, columns, unique=True, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition)
    )


def upgrade() -> None:
    op.add_column("fair", _moment("selects_until"))
    op.create_table(
        "points_rule",
        *(_number(name) for name in ("fair_id", "edition", "per_9_m2", "on_time", "late", "released")),
        _key("points_rule", "fair_id", "fair"),
        _primary("points_rule", "fair_id"),
    )
    op.create_table(
        "points_correction",
        *(_number(name) for name in ("id", "fair_id", "exhibitor_id", "points")),
        _text("reason", 300),
        _moment("made_at", False),
        _text("made_by", 120),
        _moment("withdrawn_at"),
        _key("points_correction", "fair_id", "fair"),
        _key("points_correction", "exhibitor_id", "exhibitor"),
        _primary("points_correction"),
    )
    _live_index(
        "uq_points_correction_live",
        "points_correction",
        ["fair_id", "exhibitor_id", "points", "reason"],
        "withdrawn_at IS NULL",
    )
    op.create_table(
        "selection",
        *(_number(name) for name in ("id", "fair_id", "number", "scope")),
        _number("zone_id", True),
        _text("state", 10),
        _number("revision"),
        sa.Column("binds", sa.Boolean(), nullable=False),
        _text("basis", 10),
        sa.Column("bands", sa.JSON(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("from_time", sa.Time(), nullable=False),
        sa.Column("to_time", sa.Time(), nullable=False),
        _number("slot_minutes"),
        _number("per_slot"),
        _moment("general_at", False),
        _text("seed_source", 200),
        _moment("draw_at", False),
        _moment("created_at", False),
        _moment("fixed_at"),
        sa.Column("list_text", sa.Text(), nullable=False),
        _text("digest", 64),
        _text("seed", 100),
        _moment("drawn_at"),
        _number("follows_id", True),
        _moment("ended_at"),
        _text("end_reason", 300),
        _key("selection", "fair_id", "fair"),
        _key("selection", "zone_id", "zone"),
        _key("selection", "follows_id", "selection"),
        _primary("selection"),
        sa.UniqueConstraint("fair_id", "number", name=op.f("uq_selection_fair_id_number")),
    )
    _live_index("uq_selection_live", "selection", ["fair_id", "scope"], "ended_at IS NULL")
    op.create_table(
        "selection_entry",
        *(_number(name) for name in ("id", "fair_id", "selection_id", "exhibitor_id", "points")),
        sa.Column("explained", sa.JSON(), nullable=False),
        _number("place", True),
        _text("draw_key", 64),
        _moment("starts_at"),
        _moment("ends_at"),
        _moment("reminded_at"),
        _key("selection_entry", "fair_id", "fair"),
        _key("selection_entry", "selection_id", "selection"),
        _key("selection_entry", "exhibitor_id", "exhibitor"),
        _primary("selection_entry"),
        sa.UniqueConstraint(
            "fair_id",
            "selection_id",
            "exhibitor_id",
            name=op.f("uq_selection_entry_fair_id_selection_id_exhibitor_id"),
        ),
        sa.UniqueConstraint(
            "fair_id", "selection_id", "place", name=op.f("uq_selection_entry_fair_id_selection_id_place")
        ),
    )
    op.create_index("ix_selection_entry_fair_id_exhibitor_id", "selection_entry", ["fair_id", "exhibitor_id"])


def downgrade() -> None:
    # what came before knows no turns: booking is open to all from then on
    op.drop_index("ix_selection_entry_fair_id_exhibitor_id", table_name="selection_entry")
    op.drop_table("selection_entry")
    op.drop_index("uq_selection_live", table_name="selection")
    op.drop_table("selection")
    op.drop_index("uq_points_correction_live", table_name="points_correction")
    op.drop_table("points_correction")
    op.drop_table("points_rule")
    op.drop_column("fair", "selects_until")
