"""sessions with seats, who signed up for them, and the door of each: a gate of its own"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fair_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("hall_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("title_en", sa.String(length=160), nullable=False),
        sa.Column("room", sa.String(length=80), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("held_minutes", sa.Integer(), nullable=False),
        sa.Column("needs_sign_up", sa.Boolean(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_fair_session_fair_id")),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"], name=op.f("fk_fair_session_hall_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fair_session")),
        sa.UniqueConstraint("fair_id", "code", name=op.f("uq_fair_session_fair_id_code")),
    )
    op.create_table(
        "session_signup",
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("signed_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["fair_id"], ["fair.id"], name=op.f("fk_session_signup_fair_id")),
        sa.ForeignKeyConstraint(["session_id"], ["fair_session.id"], name=op.f("fk_session_signup_session_id")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_session_signup_registration_id")
        ),
        sa.PrimaryKeyConstraint("fair_id", "session_id", "registration_id", name=op.f("pk_session_signup")),
    )
    op.create_index("ix_session_signup_fair_id_changed_at", "session_signup", ["fair_id", "changed_at"])
    op.create_index("ix_session_signup_fair_id_registration_id", "session_signup", ["fair_id", "registration_id"])
    with op.batch_alter_table("gate") as batch:
        batch.add_column(sa.Column("session_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_gate_session_id"), "fair_session", ["session_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("gate") as batch:
        batch.drop_constraint(op.f("fk_gate_session_id"), type_="foreignkey")
        batch.drop_column("session_id")
    op.drop_table("session_signup")
    op.drop_table("fair_session")
