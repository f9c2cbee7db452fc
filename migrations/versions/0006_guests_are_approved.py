"""companies on another's booth are asked for, approved or refused; a fair says how many have room"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("fair", sa.Column("approve_guests", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("fair", sa.Column("co_exhibitors_per_9_m2", sa.Integer(), nullable=True))
    op.add_column("exhibitor", sa.Column("approval", sa.String(10), nullable=False, server_default="approved"))
    op.add_column("exhibitor", sa.Column("refusal", sa.String(500), nullable=False, server_default=""))
    op.add_column("exhibitor", sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("exhibitor", sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_exhibitor_fair_id_main_id", "exhibitor", ["fair_id", "main_id"])


def downgrade() -> None:
    # what came before would show and count everybody who has not withdrawn
    op.execute(
        "UPDATE exhibitor SET withdrawn_at = coalesce(decided_at, requested_at, created_at) "
        "WHERE approval <> 'approved' AND withdrawn_at IS NULL"
    )
    op.drop_index("ix_exhibitor_fair_id_main_id", table_name="exhibitor")
    for column in ("decided_at", "requested_at", "refusal", "approval"):
        op.drop_column("exhibitor", column)
    for column in ("co_exhibitors_per_9_m2", "approve_guests"):
        op.drop_column("fair", column)
