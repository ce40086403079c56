"""The tables of the application: documents with revisions, jobs, saved results, connectors, and what changed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKeyConstraint, Index, Integer, Table, Text

from hygie.store.schema import CanonicalJson, Key, Number, UtcDateTime, metadata, owner_column

__all__ = ["activity", "approval", "connector", "document", "document_revision", "job", "job_event", "saved_result"]

# What analysts write: facilities, programmes, portfolios. The row of the latest revision, for lists.
document = Table(
    "document",
    metadata,
    owner_column(primary_key=True),
    Column("kind", Key, primary_key=True),
    Column("ref", Key, primary_key=True),
    Column("name", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    # Words without case or accents, one space between and around.
    Column("words", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("modified_at", UtcDateTime, nullable=False),
    Column("modified_by", Text, nullable=False),
    Column("deleted_at", UtcDateTime),
)

# Revisions are only added.
document_revision = Table(
    "document_revision",
    metadata,
    owner_column(primary_key=True),
    Column("kind", Key, primary_key=True),
    Column("ref", Key, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    # As it was written, so that a finding names its line.
    Column("text", Text, nullable=False),
    Column("data", CanonicalJson, nullable=False),
    Column("digest", Text, nullable=False),
    Column("account_id", Key, nullable=False),
    Column("author", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("note", Text),
    Column("origin", Text, nullable=False),
    ForeignKeyConstraint(
        ["organisation_id", "kind", "ref"],
        ["document.organisation_id", "document.kind", "document.ref"],
        name="fk_document_revision_document",
    ),
)

job = Table(
    "job",
    metadata,
    owner_column(primary_key=True),
    Column("job_id", Key, primary_key=True),
    Column("kind", Key, nullable=False),
    Column("request", CanonicalJson, nullable=False),
    Column("title", Text, nullable=False),
    Column("status", Key, nullable=False),
    Column("facility_ref", Key),
    Column("facility_revision", Integer),
    Column("connector_id", Key),
    Column("account_id", Key, nullable=False),
    Column("author", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("not_before", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("stage", Text),
    Column("done", BigInteger),
    Column("total", BigInteger),
    Column("rate_per_s", Float),
    Column("remaining_s", Float),
    Column("attempts", Integer, nullable=False),
    Column("cancel_requested", Boolean, nullable=False),
    # Who works on it, and until when nobody else may.
    Column("lease_owner", Text),
    Column("lease_until", UtcDateTime),
    Column("result_id", Key),
    Column("outcome", CanonicalJson),
    Column("findings", CanonicalJson, nullable=False),
    Index("ix_job_queue", "status", "not_before"),
    Index("ix_job_created", "organisation_id", "created_at"),
)

job_event = Table(
    "job_event",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    owner_column(),
    Column("job_id", Key, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("event", Text, nullable=False),
    Column("data", CanonicalJson, nullable=False),
    ForeignKeyConstraint(["organisation_id", "job_id"], ["job.organisation_id", "job.job_id"], name="fk_job_event_job"),
    Index("ix_job_event_job", "organisation_id", "job_id", "number"),
    sqlite_autoincrement=True,
)

saved_result = Table(
    "saved_result",
    metadata,
    owner_column(primary_key=True),
    Column("result_id", Key, primary_key=True),
    Column("kind", Key, nullable=False),
    Column("title", Text, nullable=False),
    Column("facility_ref", Key),
    Column("facility_revision", Integer),
    Column("facility_digest", Text),
    Column("digest", Text),
    Column("request", CanonicalJson, nullable=False),
    Column("headline", CanonicalJson, nullable=False),
    # What the figures were made from: digests of packs, version of hygie, last change of the base.
    Column("inputs", CanonicalJson, nullable=False),
    Column("inputs_digest", Text, nullable=False),
    Column("account_id", Key, nullable=False),
    Column("author", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("status", Key, nullable=False),
    Column("submitted_by", Key),
    Column("approved_by", Key),
    Column("approver", Text),
    Column("decided_at", UtcDateTime),
    Index("ix_saved_result_facility", "organisation_id", "facility_ref"),
)

# Append-only by use: each step of the approval of a result. Kept when the result goes.
approval = Table(
    "approval",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    owner_column(),
    Column("result_id", Key, nullable=False),
    Column("action", Text, nullable=False),
    Column("account_id", Key, nullable=False),
    Column("author", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("comment", Text),
    Index("ix_approval_result", "organisation_id", "result_id"),
    sqlite_autoincrement=True,
)

connector = Table(
    "connector",
    metadata,
    owner_column(primary_key=True),
    Column("connector_id", Key, primary_key=True),
    Column("name", Text, nullable=False),
    Column("protocol", Key, nullable=False),
    Column("settings", CanonicalJson, nullable=False),
    # Encrypted with the key file of the workspace.
    Column("secret", Text),
    Column("every_h", Integer, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime),
    Column("last_job", Key),
    Column("last_status", Text),
    Column("account_id", Key, nullable=False),
    Column("author", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
    Index("ix_connector_due", "enabled", "next_at"),
)

# The feed "what changed": data here, sentences when it is read.
activity = Table(
    "activity",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    owner_column(),
    Column("at", UtcDateTime, nullable=False),
    Column("event", Key, nullable=False),
    Column("subject_kind", Key, nullable=False),
    Column("subject_ref", Key, nullable=False),
    Column("author", Text, nullable=False),
    Column("data", CanonicalJson, nullable=False),
    Index("ix_activity_organisation", "organisation_id", "number"),
    sqlite_autoincrement=True,
)
