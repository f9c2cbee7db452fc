"""groups of exhibitors with a price, booths held back for them, prices by quantity"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None


def _of_fair() -> list:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fair_id", sa.Integer(), nullable=False),
    ]


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def _primary(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def _live_index(name: str, table: str, columns: list, condition: str) -> None:
    op.create_index(
        name, table, columns, unique=True, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition)
    )


def _moment(name: str, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "price_group",
        *_of_fair(),
        sa.Column("zone_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=60), nullable=False),
        sa.Column("off_bp", sa.Integer(), nullable=True),
        sa.Column("per_m2_minor", sa.BigInteger(), nullable=True),
        sa.Column("per_booth_minor", sa.BigInteger(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("most_booths", sa.Integer(), nullable=True),
        sa.Column("most_m2", sa.Integer(), nullable=True),
        sa.Column("taken_booths", sa.Integer(), nullable=False),
        sa.Column("taken_cm2", sa.BigInteger(), nullable=False),
        _moment("created_at", False),
        _moment("withdrawn_at"),
        _key("price_group", "fair_id", "fair"),
        _key("price_group", "zone_id", "zone"),
        _primary("price_group"),
    )
    op.create_index("ix_price_group_fair_id", "price_group", ["fair_id"])
    op.create_table(
        "price_group_member",
        *_of_fair(),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("exhibitor_id", sa.Integer(), nullable=False),
        _moment("added_at", False),
        sa.Column("added_by", sa.String(length=120), nullable=False),
        _moment("removed_at"),
        _key("price_group_member", "fair_id", "fair"),
        _key("price_group_member", "group_id", "price_group"),
        _key("price_group_member", "exhibitor_id", "exhibitor"),
        _primary("price_group_member"),
    )
    _live_index(
        "uq_price_group_member_live", "price_group_member", ["fair_id", "group_id", "exhibitor_id"],
        "removed_at IS NULL",
    )  # fmt: skip
    op.create_index(
        "ix_price_group_member_fair_id_exhibitor_id", "price_group_member", ["fair_id", "exhibitor_id"]
    )  # fmt: skip
    op.create_table(
        "price_group_use",
        *_of_fair(),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("exhibitor_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("booths", sa.Integer(), nullable=False),
        sa.Column("area_cm2", sa.BigInteger(), nullable=False),
        sa.Column("off_minor", sa.BigInteger(), nullable=False),
        _moment("used_at", False),
        _moment("released_at"),
        _key("price_group_use", "fair_id", "fair"),
        _key("price_group_use", "group_id", "price_group"),
        _key("price_group_use", "exhibitor_id", "exhibitor"),
        _key("price_group_use", "order_id", "order"),
        _primary("price_group_use"),
    )
    _live_index("uq_price_group_use_live", "price_group_use", ["fair_id", "order_id"], "released_at IS NULL")
    op.create_index("ix_price_group_use_fair_id_group_id", "price_group_use", ["fair_id", "group_id"])
    op.create_table(
        "quantity_step",
        *_of_fair(),
        sa.Column("from_booths", sa.Integer(), nullable=True),
        sa.Column("from_m2", sa.Integer(), nullable=True),
        sa.Column("off_bp", sa.Integer(), nullable=False),
        _moment("created_at", False),
        _moment("removed_at"),
        _key("quantity_step", "fair_id", "fair"),
        _primary("quantity_step"),
    )
    op.create_index("ix_quantity_step_fair_id", "quantity_step", ["fair_id"])
    # in SQL: the table is not copied, which no row that refers to a booth would survive on SQLite
    key = "CONSTRAINT fk_booth_held_back_group_id REFERENCES price_group (id)"
    op.execute(f"ALTER TABLE booth ADD COLUMN held_back_group_id INTEGER {key}")
    op.add_column("booth", _moment("held_back_until"))


def downgrade() -> None:
    # lines of orders stay, and say which price they had; no booth is held back any more
    op.drop_column("booth", "held_back_until")
    op.drop_column("booth", "held_back_group_id")
    op.drop_index("ix_quantity_step_fair_id", table_name="quantity_step")
    op.drop_table("quantity_step")
    op.drop_index("ix_price_group_use_fair_id_group_id", table_name="price_group_use")
    op.drop_index("uq_price_group_use_live", table_name="price_group_use")
    op.drop_table("price_group_use")
    op.drop_index("ix_price_group_member_fair_id_exhibitor_id", table_name="price_group_member")
    op.drop_index("uq_price_group_member_live", table_name="price_group_member")
    op.drop_table("price_group_member")
    op.drop_index("ix_price_group_fair_id", table_name="price_group")
    op.drop_table("price_group")
