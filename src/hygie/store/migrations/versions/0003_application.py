"""Documents with revisions, jobs, saved results, approvals, connectors and the feed of what changed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.Text().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)

# The children first: what a rollback removes, in order.
TABLES = (
    "activity",
    "connector",
    "approval",
    "saved_result",
    "job_event",
    "job",
    "document_revision",
    "document",
)


def _owner(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id"], ["organisation.organisation_id"], name=f"fk_{table}_organisation"
    )


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "document",
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("ref", KEY, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("modified_at", INSTANT, nullable=False),
        sa.Column("modified_by", sa.Text, nullable=False),
        sa.Column("deleted_at", INSTANT),
        sa.PrimaryKeyConstraint("organisation_id", "kind", "ref", name="pk_document"),
        _owner("document"),
    )
    op.create_table(
        "document_revision",
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("ref", KEY, nullable=False),
        sa.Column("revision", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("origin", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "kind", "ref", "revision", name="pk_document_revision"),
        _owner("document_revision"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "kind", "ref"],
            ["document.organisation_id", "document.kind", "document.ref"],
            name="fk_document_revision_document",
        ),
    )
    op.create_table(
        "job",
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("job_id", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("request", JSON, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("status", KEY, nullable=False),
        sa.Column("facility_ref", KEY),
        sa.Column("facility_revision", sa.Integer),
        sa.Column("connector_id", KEY),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("not_before", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT),
        sa.Column("finished_at", INSTANT),
        sa.Column("stage", sa.Text),
        sa.Column("done", sa.BigInteger),
        sa.Column("total", sa.BigInteger),
        sa.Column("rate_per_s", sa.Float),
        sa.Column("remaining_s", sa.Float),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("cancel_requested", sa.Boolean, nullable=False),
        sa.Column("lease_owner", sa.Text),
        sa.Column("lease_until", INSTANT),
        sa.Column("result_id", KEY),
        sa.Column("outcome", JSON),
        sa.Column("findings", JSON, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "job_id", name="pk_job"),
        _owner("job"),
    )
    op.create_index("ix_job_queue", "job", ["status", "not_before"])
    op.create_index("ix_job_created", "job", ["organisation_id", "created_at"])
    op.create_table(
        "job_event",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("job_id", KEY, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_job_event"),
        _owner("job_event"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "job_id"], ["job.organisation_id", "job.job_id"], name="fk_job_event_job"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_job_event_job", "job_event", ["organisation_id", "job_id", "number"])
    op.create_table(
        "saved_result",
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("result_id", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("facility_ref", KEY),
        sa.Column("facility_revision", sa.Integer),
        sa.Column("facility_digest", sa.Text),
        sa.Column("digest", sa.Text),
        sa.Column("request", JSON, nullable=False),
        sa.Column("headline", JSON, nullable=False),
        sa.Column("inputs", JSON, nullable=False),
        sa.Column("inputs_digest", sa.Text, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("status", KEY, nullable=False),
        sa.Column("submitted_by", KEY),
        sa.Column("approved_by", KEY),
        sa.Column("approver", sa.Text),
        sa.Column("decided_at", INSTANT),
        sa.PrimaryKeyConstraint("organisation_id", "result_id", name="pk_saved_result"),
        _owner("saved_result"),
    )
    op.create_index("ix_saved_result_facility", "saved_result", ["organisation_id", "facility_ref"])
    op.create_table(
        "approval",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("result_id", KEY, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("comment", sa.Text),
        sa.PrimaryKeyConstraint("number", name="pk_approval"),
        _owner("approval"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_approval_result", "approval", ["organisation_id", "result_id"])
    op.create_table(
        "connector",
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("connector_id", KEY, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("protocol", KEY, nullable=False),
        sa.Column("settings", JSON, nullable=False),
        sa.Column("secret", sa.Text),
        sa.Column("every_h", sa.Integer, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("next_at", INSTANT, nullable=False),
        sa.Column("last_at", INSTANT),
        sa.Column("last_job", KEY),
        sa.Column("last_status", sa.Text),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "connector_id", name="pk_connector"),
        _owner("connector"),
    )
    op.create_index("ix_connector_due", "connector", ["enabled", "next_at"])
    op.create_table(
        "activity",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("event", KEY, nullable=False),
        sa.Column("subject_kind", KEY, nullable=False),
        sa.Column("subject_ref", KEY, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_activity"),
        _owner("activity"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_activity_organisation", "activity", ["organisation_id", "number"])


def downgrade() -> None:
    """Remove the tables of the application; result folders stay on disk."""
    for table in TABLES:
        op.drop_table(table)
