"""who had a booth before, and the organiser's words on why it ended"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("allocation") as table:
        table.add_column(sa.Column("end_note", sa.String(300), nullable=False, server_default=""))
        table.add_column(sa.Column("follows_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_allocation_follows_id"), "allocation", ["follows_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("allocation") as table:
        table.drop_constraint(op.f("fk_allocation_follows_id"), type_="foreignkey")
        table.drop_column("follows_id")
        table.drop_column("end_note")
