"""prices by date, and extras that are sold with booths"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "price_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=60), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("off_bp", sa.Integer(), nullable=True),
        sa.Column("per_m2_minor", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_price_list_fair_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_list")),
    )
    op.create_index("ix_price_list_fair_id_from_on", "price_list", ["fair_id", "from_on"])
    op.create_table(
        "extra",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("unit_en", sa.String(length=20), nullable=False),
        sa.Column("about", sa.String(length=300), nullable=False),
        sa.Column("about_en", sa.String(length=300), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("order_until", sa.Date(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_extra_fair_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extra")),
    )
    op.create_index("ix_extra_fair_id", "extra", ["fair_id"])
    with op.batch_alter_table("order_line") as line:
        line.add_column(sa.Column("extra_id", sa.Integer(), nullable=True))
        line.add_column(sa.Column("kept", sa.Boolean(), nullable=False, server_default=sa.false()))
        line.add_column(sa.Column("price_note", sa.String(length=130), nullable=False, server_default=""))
        line.add_column(sa.Column("listed_minor", sa.BigInteger(), nullable=True))
        line.create_foreign_key(op.f("fk_order_line_extra_id"), "extra", ["extra_id"], ["id"])
    with op.batch_alter_table("order_line") as line:
        line.alter_column("kept", server_default=None)
        line.alter_column("price_note", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("order_line") as line:
        line.drop_constraint(op.f("fk_order_line_extra_id"), type_="foreignkey")
        for name in ("listed_minor", "price_note", "kept", "extra_id"):
            line.drop_column(name)
    op.drop_table("extra")
    op.drop_table("price_list")
