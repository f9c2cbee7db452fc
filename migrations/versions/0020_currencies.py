"""further currencies of a fair with fixed lists of their own"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def _of_fair() -> list:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
    ]


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def _primary(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _rate_index(name: str, columns: list, condition: str) -> None:
    op.create_index(
        name, "currency_rate", columns, unique=True, sqlite_where=sa.text(condition),
        postgresql_where=sa.text(condition),
    )


def upgrade() -> None:
    op.add_column("fair", sa.Column("currency_revision", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("exhibitor", sa.Column("currency", sa.String(length=3), nullable=False, server_default=""))
    op.add_column("hold", sa.Column("currency", sa.String(length=3), nullable=True))
    op.add_column("discount_code", sa.Column("currency", sa.String(length=3), nullable=True))
    op.create_table(
        "fair_currency",
        *_of_fair(),
        sa.Column("offered_to", sa.String(length=10), nullable=False),
        sa.Column("bank_name", sa.String(length=120), nullable=False),
        sa.Column("bank_swift", sa.String(length=11), nullable=False),
        sa.Column("bank_account", sa.String(length=34), nullable=False),
        sa.Column("bank_account_name", sa.String(length=120), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        _key("fair_currency", "fair_id", "fair"),
        _primary("fair_currency"),
        _unique("fair_currency", "fair_id", "currency"),
    )
    op.create_table(
        "currency_rate",
        *_of_fair(),
        sa.Column("zone_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("per_m2_minor", sa.BigInteger(), nullable=False),
        _key("currency_rate", "fair_id", "fair"),
        _key("currency_rate", "zone_id", "zone"),
        _primary("currency_rate"),
    )
    _rate_index("uq_currency_rate_zone", ["fair_id", "currency", "zone_id", "kind"], "zone_id IS NOT NULL")
    _rate_index("uq_currency_rate_everywhere", ["fair_id", "currency", "kind"], "zone_id IS NULL")
    op.create_table(
        "currency_amount",
        *_of_fair(),
        sa.Column("booth_id", sa.Integer(), nullable=True),
        sa.Column("extra_id", sa.Integer(), nullable=True),
        sa.Column("price_list_id", sa.Integer(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        _key("currency_amount", "fair_id", "fair"),
        _key("currency_amount", "booth_id", "booth"),
        _key("currency_amount", "extra_id", "extra"),
        _key("currency_amount", "price_list_id", "price_list"),
        _primary("currency_amount"),
        *(
            _unique("currency_amount", "fair_id", "currency", of)
            for of in ("booth_id", "extra_id", "price_list_id")
        ),
    )


def downgrade() -> None:
    for table in ("currency_amount", "currency_rate", "fair_currency"):
        op.drop_table(table)
    for table, column in (
        ("discount_code", "currency"), ("hold", "currency"), ("exhibitor", "currency"), ("fair", "currency_revision"),
    ):
        op.drop_column(table, column)
