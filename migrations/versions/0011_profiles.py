"""profiles of companies with pictures, products and certificates; printed catalogues; quotas of staff passes"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
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


def _time(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int = 0) -> sa.Column:
    return sa.Column(name, sa.String(length=length) if length else sa.Text(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "picture",
        *_of_fair(),
        sa.Column("exhibitor_id", sa.Integer(), nullable=False),
        _text("sha256", 64),
        _text("small_sha256", 64),
        _text("media_type", 20),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        _time("created_at"),
        _key("picture", "fair_id", "fair"),
        _key("picture", "exhibitor_id", "exhibitor"),
        _primary("picture"),
        sa.UniqueConstraint(
            "fair_id", "exhibitor_id", "sha256", name=op.f("uq_picture_fair_id_exhibitor_id_sha256")
        ),
    )
    op.create_index("ix_picture_fair_id_sha256", "picture", ["fair_id", "sha256"])
    op.create_index("ix_picture_fair_id_small_sha256", "picture", ["fair_id", "small_sha256"])
    op.create_table(
        "company_profile",
        *_of_fair(),
        sa.Column("exhibitor_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        _text("about"),
        _text("about_en"),
        _text("about_hidden", 500),
        sa.Column("seeks", sa.JSON(), nullable=False),
        _text("website", 200),
        _text("contact_name", 120),
        _text("contact_email", 254),
        _text("contact_phone", 40),
        sa.Column("logo_id", sa.Integer(), nullable=True),
        _text("logo_hidden", 500),
        _text("folded"),
        _time("changed_at"),
        _text("changed_by", 120),
        _key("company_profile", "fair_id", "fair"),
        _key("company_profile", "exhibitor_id", "exhibitor"),
        _key("company_profile", "logo_id", "picture"),
        _primary("company_profile"),
        sa.UniqueConstraint("fair_id", "exhibitor_id", name=op.f("uq_company_profile_fair_id_exhibitor_id")),
    )
    op.create_table(
        "profile_item",
        *_of_fair(),
        sa.Column("exhibitor_id", sa.Integer(), nullable=False),
        _text("kind", 12),
        _text("key", 36),
        sa.Column("revision", sa.Integer(), nullable=False),
        _text("name", 120),
        _text("name_en", 120),
        _text("about"),
        _text("about_en"),
        _text("category", 40),
        _text("currency", 3),
        sa.Column("price_from_minor", sa.BigInteger(), nullable=True),
        sa.Column("price_to_minor", sa.BigInteger(), nullable=True),
        sa.Column("picture_id", sa.Integer(), nullable=True),
        sa.Column("document_id", sa.Integer(), nullable=True),
        _text("hidden", 500),
        _time("created_at"),
        _time("changed_at"),
        _text("changed_by", 120),
        _key("profile_item", "fair_id", "fair"),
        _key("profile_item", "exhibitor_id", "exhibitor"),
        _key("profile_item", "picture_id", "picture"),
        _key("profile_item", "document_id", "document"),
        _primary("profile_item"),
        sa.UniqueConstraint("fair_id", "exhibitor_id", "key", name=op.f("uq_profile_item_fair_id_exhibitor_id_key")),
    )
    op.create_index("ix_profile_item_fair_id_exhibitor_id", "profile_item", ["fair_id", "exhibitor_id", "kind"])
    op.create_table(
        "catalogue",
        *_of_fair(),
        _text("locale", 8),
        _text("arranged", 10),
        _text("state", 10),
        _time("asked_at"),
        _text("asked_by", 120),
        _time("begun_at", nullable=True),
        _time("done_at", nullable=True),
        sa.Column("entries", sa.Integer(), nullable=True),
        sa.Column("document_id", sa.Integer(), nullable=True),
        _key("catalogue", "fair_id", "fair"),
        _key("catalogue", "document_id", "document"),
        _primary("catalogue"),
    )
    op.create_index("ix_catalogue_fair_id_state", "catalogue", ["fair_id", "state"])
    op.create_table(
        "pass_rule",
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("per_9_m2", sa.Integer(), nullable=False),
        _key("pass_rule", "fair_id", "fair"),
        sa.PrimaryKeyConstraint("fair_id", name=op.f("pk_pass_rule")),
    )
    op.create_table(
        "pass_allowance",
        sa.Column("fair_id", sa.Integer(), nullable=False),
        sa.Column("exhibitor_id", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Integer(), nullable=False),
        _time("granted_at"),
        _text("granted_by", 120),
        _key("pass_allowance", "fair_id", "fair"),
        _key("pass_allowance", "exhibitor_id", "exhibitor"),
        sa.PrimaryKeyConstraint("fair_id", "exhibitor_id", name=op.f("pk_pass_allowance")),
    )


def downgrade() -> None:
    op.drop_table("pass_allowance")
    op.drop_table("pass_rule")
    op.drop_index("ix_catalogue_fair_id_state", table_name="catalogue")
    op.drop_table("catalogue")
    op.drop_index("ix_profile_item_fair_id_exhibitor_id", table_name="profile_item")
    op.drop_table("profile_item")
    op.drop_table("company_profile")
    op.drop_index("ix_picture_fair_id_small_sha256", table_name="picture")
    op.drop_index("ix_picture_fair_id_sha256", table_name="picture")
    op.drop_table("picture")
