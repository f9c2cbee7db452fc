"""how many people halls and the fair hold; fire alarms, and which device heard of which"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None
INDEX = "ix_scan_fair_id_day_gate_id"
COLUMNS = ["fair_id", "day", "gate_id", "counts", "annulled_by", "counted_at"]


def upgrade() -> None:
    op.add_column("fair", sa.Column("capacity", sa.Integer(), nullable=True))
    op.add_column("hall", sa.Column("capacity", sa.Integer(), nullable=True))
    op.create_table(
        "fire_alarm",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_fire_alarm_fair_id_fair")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fire_alarm")),
    )
    with op.batch_alter_table("fire_alarm") as batch:
        batch.create_index(
            "uq_fire_alarm_fair_id_open",
            ["fair_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
    with op.batch_alter_table("device") as batch:
        batch.add_column(sa.Column("alarm_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_device_alarm_id_fire_alarm"), "fire_alarm", ["alarm_id"], ["id"])
    op.drop_index(INDEX, "scan")  # who is inside is read from it alone
    op.create_index(INDEX, "scan", [*COLUMNS, "badge_id"])


def downgrade() -> None:
    op.drop_index(INDEX, "scan")
    op.create_index(INDEX, "scan", COLUMNS)
    with op.batch_alter_table("device") as batch:
        batch.drop_constraint(op.f("fk_device_alarm_id_fire_alarm"), type_="foreignkey")
        batch.drop_column("alarm_id")
    op.drop_table("fire_alarm")
    op.drop_column("hall", "capacity")
    op.drop_column("fair", "capacity")
