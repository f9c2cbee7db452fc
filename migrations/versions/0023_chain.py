"""the chain that seals what proves figures, and what the organiser corrects of a gate"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chain_link",
        sa.Column("fair_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("row_id", sa.String(36), nullable=False),
        sa.Column("layout", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(16), nullable=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("link", sa.String(64), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("fair_id", "position", name="pk_chain_link"),
        sa.UniqueConstraint("fair_id", "kind", "row_id", name="uq_chain_link_fair_id_kind_row_id"),
    )
    op.create_table(
        "chain_head",
        sa.Column("fair_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("link", sa.String(64), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_position", sa.BigInteger(), nullable=True),
        sa.Column("breaks", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("fair_id", name="pk_chain_head"),
    )
    op.create_table(
        "correction",
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(14), nullable=False),
        sa.Column("scan_id", sa.String(36), nullable=False),
        sa.Column("undoes", sa.String(36), nullable=True),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("actor", sa.String(40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name="fk_correction_fair_id"),
        sa.PrimaryKeyConstraint("fair_id", "id", name="pk_correction"),
        sa.UniqueConstraint("fair_id", "undoes", name="uq_correction_fair_id_undoes"),
    )
    op.create_index("ix_correction_fair_id_made_at", "correction", ["fair_id", "made_at"])
    op.create_index("ix_correction_fair_id_scan_id", "correction", ["fair_id", "scan_id"])


def downgrade() -> None:
    op.drop_table("correction")
    op.drop_table("chain_head")
    op.drop_table("chain_link")
