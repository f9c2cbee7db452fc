"""tasks of exhibitors with deadlines, their answers, and who was reminded"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _of_fair() -> list:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fair_id", sa.Integer(), nullable=False),
    ]


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def _primary(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def _said() -> list:
    """What was sent, as an answer and each of its revisions keep it."""
    return [
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("person_name", sa.String(length=120), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "task",
        *_of_fair(),
        sa.Column("code", sa.String(length=20), nullable=True),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("title_en", sa.String(length=120), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("about_en", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("dated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asks", sa.String(length=10), nullable=False),
        sa.Column("longest", sa.Integer(), nullable=True),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("must_accept", sa.Boolean(), nullable=False),
        sa.Column("booth_kinds", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        _key("task", "fair_id", "fair"),
        _primary("task"),
        sa.UniqueConstraint("fair_id", "code", name=op.f("uq_task_fair_id_code")),
    )
    op.create_index("ix_task_fair_id", "task", ["fair_id"])
    op.create_table(
        "task_answer",
        *_of_fair(),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("exhibitor_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        *_said(),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        _key("task_answer", "fair_id", "fair"),
        _key("task_answer", "task_id", "task"),
        _key("task_answer", "exhibitor_id", "exhibitor"),
        _key("task_answer", "document_id", "document"),
        _key("task_answer", "person_id", "person"),
        _primary("task_answer"),
        sa.UniqueConstraint(
            "fair_id", "task_id", "exhibitor_id", name=op.f("uq_task_answer_fair_id_task_id_exhibitor_id")
        ),
    )
    op.create_index("ix_task_answer_fair_id_state", "task_answer", ["fair_id", "state"])
    op.create_table(
        "task_answer_revision",
        *_of_fair(),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        *_said(),
        _key("task_answer_revision", "fair_id", "fair"),
        _key("task_answer_revision", "answer_id", "task_answer"),
        _key("task_answer_revision", "document_id", "document"),
        _key("task_answer_revision", "person_id", "person"),
        _primary("task_answer_revision"),
        sa.UniqueConstraint(
            "fair_id", "answer_id", "revision", name=op.f("uq_task_answer_revision_fair_id_answer_id_revision")
        ),
    )
    op.create_table(
        "task_reminder",
        *_of_fair(),
        sa.Column("exhibitor_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("days_before", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        _key("task_reminder", "fair_id", "fair"),
        _key("task_reminder", "exhibitor_id", "exhibitor"),
        _key("task_reminder", "task_id", "task"),
        _primary("task_reminder"),
        sa.UniqueConstraint(
            "fair_id",
            "exhibitor_id",
            "task_id",
            "due_on",
            "days_before",
            name=op.f("uq_task_reminder_fair_id_exhibitor_id_task_id_due_on_days_before"),
        ),
    )
    op.create_table(
        "task_rule",
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("days_before", sa.JSON(), nullable=False),
        _key("task_rule", "fair_id", "fair"),
        sa.PrimaryKeyConstraint("fair_id", name=op.f("pk_task_rule")),
    )


def downgrade() -> None:
    op.drop_table("task_rule")
    op.drop_table("task_reminder")
    op.drop_table("task_answer_revision")
    op.drop_index("ix_task_answer_fair_id_state", table_name="task_answer")
    op.drop_table("task_answer")
    op.drop_index("ix_task_fair_id", table_name="task")
    op.drop_table("task")
