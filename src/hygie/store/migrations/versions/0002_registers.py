"""Public registers: their editions, and the sites of each."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.Text().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "register",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("evidence", JSON, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("imported_at", INSTANT, nullable=False),
        sa.Column("synthetic", sa.Boolean, nullable=False),
        sa.Column("counts", JSON, nullable=False),
        sa.Column("findings", JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_register"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.organisation_id"], name="fk_register_organisation"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_register_digest", "register", ["organisation_id", "digest"], unique=True)
    op.create_table(
        "register_site",
        sa.Column("register", NUMBER, nullable=False),
        sa.Column("position", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("finess", KEY, nullable=False),
        sa.Column("entity", KEY, nullable=False),
        sa.Column("group_code", KEY, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("payload", JSON, nullable=False),
        sa.PrimaryKeyConstraint("register", "position", name="pk_register_site"),
        sa.ForeignKeyConstraint(["register"], ["register.number"], name="fk_register_site_register"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.organisation_id"], name="fk_register_site_organisation"
        ),
    )
    op.create_index("ix_register_site_finess", "register_site", ["register", "finess"])
    op.create_index("ix_register_site_entity", "register_site", ["register", "entity"])
    op.create_index("ix_register_site_group", "register_site", ["register", "group_code"])


def downgrade() -> None:
    """Remove registers; they can be imported again."""
    op.drop_table("register_site")
    op.drop_table("register")
