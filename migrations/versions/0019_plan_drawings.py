"""plans sent as drawings: what was drawn, and how it lies in the hall"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("plan_import", sa.Column("drawing", sa.JSON(), nullable=True))
    op.add_column("plan_import", sa.Column("shapes", sa.JSON(), nullable=True))


def downgrade() -> None:
    # what came before knows no drawings: a table without lengths would stand there
    op.execute("DELETE FROM plan_import WHERE drawing IS NOT NULL")
    op.drop_column("plan_import", "shapes")
    op.drop_column("plan_import", "drawing")
