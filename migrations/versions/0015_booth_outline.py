"""booths of any shape: their corners, and their floor, which every figure adds up"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("booth", sa.Column("outline", sa.JSON(), nullable=True))
    op.add_column("booth", sa.Column("area_cm2", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE booth SET area_cm2 = width_cm * depth_cm")


def downgrade() -> None:
    # what came before reads the box of a shape as the booth: its own price stays with it
    op.drop_column("booth", "area_cm2")
    op.drop_column("booth", "outline")
