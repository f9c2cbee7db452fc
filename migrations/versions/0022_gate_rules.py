"""gates' rules: hours, halls, fees and what is asked at the door; answers of scans; gates that are retired"""

import sqlalchemy as sa
from alembic import op

from app.db import UTCDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("fair", sa.Column("counts_exits", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("fair", sa.Column("unpaid_at_gate", sa.String(5), nullable=False, server_default="desk"))
    op.add_column("fair", sa.Column("gate_may_force", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("gate", sa.Column("retired_at", UTCDateTime(), nullable=True))
    op.add_column("visitor_category", sa.Column("hours", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("visitor_category", sa.Column("halls", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("visitor_category", sa.Column("has_fee", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("visitor_category", sa.Column("asks", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("registration", sa.Column("fee_received_at", UTCDateTime(), nullable=True))
    op.add_column("registration", sa.Column("fee_minor", sa.BigInteger(), nullable=True))
    op.add_column("registration", sa.Column("fee_actor", sa.String(40), nullable=False, server_default=""))
    op.add_column("registration", sa.Column("gate_changed_at", UTCDateTime(), nullable=True))
    op.create_index("ix_registration_fair_id_gate_changed_at", "registration", ["fair_id", "gate_changed_at"])
    op.add_column("scan", sa.Column("answers", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("scan", "answers")
    op.drop_index("ix_registration_fair_id_gate_changed_at", table_name="registration")
    for name in ("gate_changed_at", "fee_actor", "fee_minor", "fee_received_at"):
        op.drop_column("registration", name)
    for name in ("asks", "has_fee", "halls", "hours"):
        op.drop_column("visitor_category", name)
    op.drop_column("gate", "retired_at")
    for name in ("gate_may_force", "unpaid_at_gate", "counts_exits"):
        op.drop_column("fair", name)
