"""funders, programmes of support, grants, what orders have of them, and what funders paid"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
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


def _amount(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "funder",
        *_of_fair(),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("tax_code", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        _moment("created_at", False),
        _key("funder", "fair_id", "fair"),
        _primary("funder"),
    )
    op.create_index("ix_funder_fair_id", "funder", ["fair_id"])
    op.create_table(
        "support_programme",
        *_of_fair(),
        sa.Column("funder_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("decision_number", sa.String(length=60), nullable=False),
        sa.Column("decision_on", sa.Date(), nullable=False),
        sa.Column("rate_bp", sa.Integer(), nullable=False),
        _amount("per_exhibitor_minor", True),
        _amount("per_booth_minor", True),
        _amount("budget_minor"),
        _amount("taken_minor"),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        _moment("created_at", False),
        _moment("withdrawn_at"),
        _key("support_programme", "fair_id", "fair"),
        _key("support_programme", "funder_id", "funder"),
        _primary("support_programme"),
    )
    op.create_index("ix_support_programme_fair_id_funder_id", "support_programme", ["fair_id", "funder_id"])
    op.create_table(
        "support_grant",
        *_of_fair(),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("exhibitor_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        _amount("taken_minor"),
        _moment("granted_at", False),
        sa.Column("granted_by", sa.String(length=120), nullable=False),
        _moment("withdrawn_at"),
        _key("support_grant", "fair_id", "fair"),
        _key("support_grant", "programme_id", "support_programme"),
        _key("support_grant", "exhibitor_id", "exhibitor"),
        _key("support_grant", "document_id", "document"),
        _primary("support_grant"),
    )
    _live_index("uq_support_grant_live", "support_grant", ["fair_id", "exhibitor_id"], "withdrawn_at IS NULL")
    op.create_index("ix_support_grant_fair_id_programme_id", "support_grant", ["fair_id", "programme_id"])
    op.create_table(
        "support",
        *_of_fair(),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("funder_id", sa.Integer(), nullable=False),
        sa.Column("rate_bp", sa.Integer(), nullable=False),
        _amount("base_minor"),
        _amount("net_minor"),
        _amount("vat_minor"),
        sa.Column("currency", sa.String(length=3), nullable=False),
        _moment("taken_at", False),
        _moment("released_at"),
        sa.Column("invoice_id", sa.Integer(), nullable=True),
        sa.Column("credit_id", sa.Integer(), nullable=True),
        _key("support", "fair_id", "fair"),
        _key("support", "order_id", "order"),
        _key("support", "grant_id", "support_grant"),
        _key("support", "programme_id", "support_programme"),
        _key("support", "funder_id", "funder"),
        _key("support", "invoice_id", "invoice"),
        _key("support", "credit_id", "invoice"),
        _primary("support"),
    )
    _live_index("uq_support_live", "support", ["fair_id", "order_id"], "released_at IS NULL")
    op.create_index("ix_support_fair_id_funder_id", "support", ["fair_id", "funder_id"])
    op.create_table(
        "funder_payment",
        *_of_fair(),
        sa.Column("funder_id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=False),
        _amount("amount_minor"),
        sa.Column("currency", sa.String(length=3), nullable=False),
        _moment("received_at", False),
        sa.Column("noted_by", sa.String(length=120), nullable=False),
        _moment("taken_back_at"),
        _key("funder_payment", "fair_id", "fair"),
        _key("funder_payment", "funder_id", "funder"),
        _primary("funder_payment"),
    )
    _live_index("uq_funder_payment_live", "funder_payment", ["fair_id", "external_id"], "taken_back_at IS NULL")
    op.create_index("ix_funder_payment_fair_id_funder_id", "funder_payment", ["fair_id", "funder_id"])


def downgrade() -> None:
    # what came before knows no funder's papers: the lines of orders stay, and say who supported them
    op.drop_index("ix_funder_payment_fair_id_funder_id", table_name="funder_payment")
    op.drop_index("uq_funder_payment_live", table_name="funder_payment")
    op.drop_table("funder_payment")
    op.drop_index("ix_support_fair_id_funder_id", table_name="support")
    op.drop_index("uq_support_live", table_name="support")
    op.drop_table("support")
    op.drop_index("ix_support_grant_fair_id_programme_id", table_name="support_grant")
    op.drop_index("uq_support_grant_live", table_name="support_grant")
    op.drop_table("support_grant")
    op.drop_index("ix_support_programme_fair_id_funder_id", table_name="support_programme")
    op.drop_table("support_programme")
    op.drop_index("ix_funder_fair_id", table_name="funder")
    op.drop_table("funder")
    op.execute("DELETE FROM invoice WHERE kind IN ('support', 'support_note')")
