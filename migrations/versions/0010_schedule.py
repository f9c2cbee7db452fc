"""deposit and balance, cancellation by date with fees, discount codes"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
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


def upgrade() -> None:
    op.add_column("order", sa.Column("deposit_minor", sa.BigInteger(), nullable=True))
    for moment in ("deposit_paid_at", "balance_due_at", "checkout_ends_at"):
        op.add_column("order", sa.Column(moment, sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "sales_terms",
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("deposit_bp", sa.Integer(), nullable=True),
        sa.Column("balance_on", sa.Date(), nullable=True),
        sa.Column("balance_days_before", sa.Integer(), nullable=True),
        sa.Column("cancels_at_once", sa.Boolean(), nullable=False),
        _key("sales_terms", "fair_id", "fair"),
        sa.PrimaryKeyConstraint("fair_id", name=op.f("pk_sales_terms")),
    )
    op.create_table(
        "balance_reminder",
        *_of_fair(),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("days_before", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        _key("balance_reminder", "fair_id", "fair"),
        _key("balance_reminder", "order_id", "order"),
        _primary("balance_reminder"),
        sa.UniqueConstraint(
            "fair_id", "order_id", "days_before", name=op.f("uq_balance_reminder_fair_id_order_id_days_before")
        ),
    )
    op.create_table(
        "cancellation_step",
        *_of_fair(),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("fee_bp", sa.Integer(), nullable=False),
        _key("cancellation_step", "fair_id", "fair"),
        _primary("cancellation_step"),
        sa.UniqueConstraint("fair_id", "until_on", name=op.f("uq_cancellation_step_fair_id_until_on")),
    )
    op.create_table(
        "cancellation",
        *_of_fair(),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(length=120), nullable=False),
        sa.Column("fee_bp", sa.Integer(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=120), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("kept_minor", sa.BigInteger(), nullable=True),
        sa.Column("refund_minor", sa.BigInteger(), nullable=True),
        _key("cancellation", "fair_id", "fair"),
        _key("cancellation", "order_id", "order"),
        _primary("cancellation"),
    )
    _live_index("uq_cancellation_live", "cancellation", ["fair_id", "order_id"], "state IN ('asked', 'done')")
    op.create_index("ix_cancellation_fair_id_state", "cancellation", ["fair_id", "state"])
    op.create_table(
        "discount_code",
        *_of_fair(),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("off_bp", sa.Integer(), nullable=True),
        sa.Column("off_minor", sa.BigInteger(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        _key("discount_code", "fair_id", "fair"),
        _primary("discount_code"),
    )
    _live_index("uq_discount_code_live", "discount_code", ["fair_id", "code"], "withdrawn_at IS NULL")
    op.create_table(
        "discount_use",
        *_of_fair(),
        sa.Column("code_id", sa.Integer(), nullable=False),
        sa.Column("exhibitor_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        _key("discount_use", "fair_id", "fair"),
        _key("discount_use", "code_id", "discount_code"),
        _key("discount_use", "exhibitor_id", "exhibitor"),
        _key("discount_use", "order_id", "order"),
        _primary("discount_use"),
    )
    _live_index("uq_discount_use_live", "discount_use", ["fair_id", "code_id", "exhibitor_id"], "released_at IS NULL")
    op.create_index("ix_discount_use_fair_id_order_id", "discount_use", ["fair_id", "order_id"])


def downgrade() -> None:
    op.drop_index("ix_discount_use_fair_id_order_id", table_name="discount_use")
    op.drop_index("uq_discount_use_live", table_name="discount_use")
    op.drop_table("discount_use")
    op.drop_index("uq_discount_code_live", table_name="discount_code")
    op.drop_table("discount_code")
    op.drop_index("ix_cancellation_fair_id_state", table_name="cancellation")
    op.drop_index("uq_cancellation_live", table_name="cancellation")
    op.drop_table("cancellation")
    op.drop_table("cancellation_step")
    op.drop_table("balance_reminder")
    op.drop_table("sales_terms")
    # what came before knows neither state: booths with a deposit are let, and what was called off has been settled
    op.execute("UPDATE \"order\" SET state = 'paid', paid_at = deposit_paid_at WHERE state = 'deposited'")
    op.execute("UPDATE \"order\" SET state = 'refunded' WHERE state = 'called_off'")
    for column in ("checkout_ends_at", "balance_due_at", "deposit_paid_at", "deposit_minor"):
        op.drop_column("order", column)
