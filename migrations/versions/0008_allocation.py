"""how booths are let: requests, applications with wishes, offers, the waiting list"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("fair", sa.Column("workflow", sa.String(length=10), nullable=False, server_default="buy"))
    op.add_column("fair", sa.Column("offer_hours", sa.Integer(), nullable=False, server_default="48"))
    op.add_column("fair", sa.Column("request_days", sa.Integer(), nullable=False, server_default="5"))
    op.add_column("fair", sa.Column("has_waiting", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("zone", sa.Column("workflow", sa.String(length=10), nullable=True))
    op.add_column("hold", sa.Column("kept_for", sa.String(length=10), nullable=False, server_default=""))
    op.create_table(
        "application",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("exhibitor_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("hold_id", sa.String(length=36), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("similar", sa.Boolean(), nullable=False),
        sa.Column("booths", sa.Integer(), nullable=False),
        sa.Column("zone_id", sa.Integer(), nullable=True),
        sa.Column("least_m2", sa.Integer(), nullable=True),
        sa.Column("budget_minor", sa.BigInteger(), nullable=True),
        sa.Column("may_wait", sa.Boolean(), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_application_fair_id")),
        sa.ForeignKeyConstraint(["exhibitor_id"], ["exhibitor.id"], name=op.f("fk_application_exhibitor_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_application_person_id")),
        sa.ForeignKeyConstraint(["hold_id"], ["hold.id"], name=op.f("fk_application_hold_id")),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name=op.f("fk_application_zone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("fair_id", "hold_id", name=op.f("uq_application_fair_id_hold_id")),
    )
    open_wishes = sa.text("ended_at IS NULL AND way = 'wishes'")
    op.create_index(
        "uq_application_open_wishes", "application", ["fair_id", "exhibitor_id"], unique=True,
        sqlite_where=open_wishes, postgresql_where=open_wishes,
    )  # fmt: skip
    op.create_index("ix_application_fair_id_state", "application", ["fair_id", "state"])
    op.create_index("ix_application_fair_id_exhibitor_id", "application", ["fair_id", "exhibitor_id"])
    op.create_table(
        "application_wish",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("booth_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_application_wish_fair_id")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_application_wish_application_id")
        ),
        sa.ForeignKeyConstraint(["booth_id"], ["booth.id"], name=op.f("fk_application_wish_booth_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_wish")),
        sa.UniqueConstraint(
            "fair_id", "application_id", "rank", "booth_id",
            name=op.f("uq_application_wish_fair_id_application_id_rank_booth_id"),
        ),
    )  # fmt: skip
    op.create_table(
        "offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("exhibitor_id", sa.Integer(), nullable=False),
        sa.Column("hold_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("booth_ids", sa.JSON(), nullable=False),
        sa.Column("answer_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_list", sa.Boolean(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_offer_fair_id")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_offer_application_id")),
        sa.ForeignKeyConstraint(["exhibitor_id"], ["exhibitor.id"], name=op.f("fk_offer_exhibitor_id")),
        sa.ForeignKeyConstraint(["hold_id"], ["hold.id"], name=op.f("fk_offer_hold_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("fair_id", "hold_id", name=op.f("uq_offer_fair_id_hold_id")),
    )
    op.create_index("ix_offer_fair_id_application_id", "offer", ["fair_id", "application_id"])
    op.create_index("ix_offer_fair_id_state", "offer", ["fair_id", "state"])


def downgrade() -> None:
    for table in ("offer", "application_wish", "application"):
        op.drop_table(table)
    op.drop_column("hold", "kept_for")
    op.drop_column("zone", "workflow")
    for name in ("has_waiting", "request_days", "offer_hours", "workflow"):
        op.drop_column("fair", name)
