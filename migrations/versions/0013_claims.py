"""how often an exhibitor took booths, so that two of its claims never count the same ones"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("exhibitor", sa.Column("claims", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("exhibitor", "claims")
