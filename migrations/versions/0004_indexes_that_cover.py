"""three indexes that carry what the figures count, so that counting does not open the rows"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WIDER = {
    "ix_registration_fair_id_country": (
        "registration",
        ["fair_id", "country"],
        ["category_id", "cancelled_at", "exhibitor_id"],
    ),
    "ix_scan_fair_id_day_gate_id": ("scan", ["fair_id", "day", "gate_id"], ["counts", "annulled_by", "counted_at"]),
    "ix_visit_fair_id_day": ("visit", ["fair_id", "day", "gate_id", "category_id", "registration_id"], ["first_at"]),
}


def upgrade() -> None:
    for name, (table, columns, more) in WIDER.items():
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns + more)


def downgrade() -> None:
    for name, (table, columns, _more) in WIDER.items():
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns)
