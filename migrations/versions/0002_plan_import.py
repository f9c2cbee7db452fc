"""plans sent as tables"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_import",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=2), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("removes", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_plan_import_fair_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_import")),
    )
    op.create_index("ix_plan_import_fair_id", "plan_import", ["fair_id"])


def downgrade() -> None:
    op.drop_index("ix_plan_import_fair_id", table_name="plan_import")
    op.drop_table("plan_import")
