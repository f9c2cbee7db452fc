"""areas of zones in a hall's plan, and a picture under it"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("hall_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(20), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_plan_picture_fair_id")),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"], name=op.f("fk_plan_picture_hall_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_picture")),
        sa.UniqueConstraint("fair_id", "key", name=op.f("uq_plan_picture_fair_id_key")),
    )
    op.create_index("ix_plan_picture_hall_id", "plan_picture", ["hall_id"])
    op.add_column("hall", sa.Column("areas", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("hall", sa.Column("background", sa.JSON(none_as_null=True), nullable=True))
    for drawn in ("plan_draft", "plan_version"):
        with op.batch_alter_table(drawn) as table:
            table.add_column(sa.Column("picture_id", sa.Integer(), nullable=True))
            table.create_foreign_key(op.f(f"fk_{drawn}_picture_id"), "plan_picture", ["picture_id"], ["id"])


def downgrade() -> None:
    for drawn in ("plan_version", "plan_draft"):
        with op.batch_alter_table(drawn) as table:
            table.drop_constraint(op.f(f"fk_{drawn}_picture_id"), type_="foreignkey")
            table.drop_column("picture_id")
    for column in ("background", "areas"):  # in place: SQLite would drop the hall that booths name
        op.drop_column("hall", column)
    op.drop_index("ix_plan_picture_hall_id", "plan_picture")
    op.drop_table("plan_picture")
