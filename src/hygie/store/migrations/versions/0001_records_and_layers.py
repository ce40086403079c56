"""Records, their layers and their log; imports and feeds; full-text search."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.Text().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)

SQLITE = (
    """CREATE VIRTUAL TABLE record_words USING fts5(
        words, content='record', content_rowid='id', tokenize='ascii', detail='none', columnsize=0)""",
    """CREATE TRIGGER record_words_insert AFTER INSERT ON record BEGIN
        INSERT INTO record_words(rowid, words) VALUES (NEW.id, NEW.words); END""",
    """CREATE TRIGGER record_words_delete AFTER DELETE ON record BEGIN
        INSERT INTO record_words(record_words, rowid, words) VALUES ('delete', OLD.id, OLD.words); END""",
    """CREATE TRIGGER record_words_update AFTER UPDATE OF words ON record WHEN OLD.words <> NEW.words BEGIN
        INSERT INTO record_words(record_words, rowid, words) VALUES ('delete', OLD.id, OLD.words);
        INSERT INTO record_words(rowid, words) VALUES (NEW.id, NEW.words); END""",
    """CREATE TRIGGER change_update BEFORE UPDATE ON change BEGIN
        SELECT RAISE(ABORT, 'the log of changes is only added to'); END""",
    """CREATE TRIGGER change_delete BEFORE DELETE ON change BEGIN
        SELECT RAISE(ABORT, 'the log of changes is only added to'); END""",
    # INSERT OR REPLACE would remove a line without firing the trigger above.
    """CREATE TRIGGER change_insert BEFORE INSERT ON change
        WHEN EXISTS (SELECT 1 FROM change WHERE number = NEW.number) BEGIN
        SELECT RAISE(ABORT, 'the log of changes is only added to'); END""",
)
POSTGRESQL = (
    "CREATE INDEX ix_record_words ON record USING gin (array_to_tsvector(string_to_array(words, ' ')))",
    """CREATE FUNCTION hygie_refuse_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the log of changes is only added to'; END $$""",
    """CREATE TRIGGER change_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON change
        FOR EACH STATEMENT EXECUTE FUNCTION hygie_refuse_change()""",
)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "organisation",
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("pseudonym_key", sa.LargeBinary, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", name="pk_organisation"),
    )
    op.create_table(
        "record",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("ref", KEY, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("tlp", sa.Text),
        sa.Column("pap", sa.Text),
        sa.Column("document", JSON),
        sa.Column("document_format", sa.Text),
        sa.Column("stamp", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("origins", JSON, nullable=False),
        sa.Column("merged_into", KEY),
        sa.Column("merged", JSON, nullable=False),
        sa.Column("deleted_at", INSTANT),
        sa.Column("deletion", sa.Text),
        sa.Column("modified_at", INSTANT, nullable=False),
        sa.Column("first_day", sa.Date),
        sa.Column("last_day", sa.Date),
        sa.Column("words", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_record"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.organisation_id"], name="fk_record_organisation"),
    )
    op.create_index("ix_record_key", "record", ["organisation_id", "kind", "ref"], unique=True)
    op.create_table(
        "layer",
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("ref", KEY, nullable=False),
        sa.Column("origin", KEY, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("origin_version", sa.Text),
        sa.Column("is_patch", sa.Boolean, nullable=False),
        sa.Column("base_digest", sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("tlp", sa.Text),
        sa.Column("pap", sa.Text),
        sa.Column("document", JSON),
        sa.Column("document_format", sa.Text),
        sa.Column("stamp", sa.Text),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("modified_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "kind", "ref", "origin", name="pk_layer"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.organisation_id"], name="fk_layer_organisation"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "kind", "ref"],
            ["record.organisation_id", "record.kind", "record.ref"],
            name="fk_layer_record",
        ),
    )
    op.create_index("ix_layer_origin", "layer", ["organisation_id", "origin", "origin_version"])
    op.create_table(
        "change",
        sa.Column("number", NUMBER, autoincrement=True, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("ref", KEY, nullable=False),
        sa.Column("origin", KEY, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("other", KEY),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("run", NUMBER),
        sa.Column("before", JSON),
        sa.Column("digest_after", sa.Text),
        sa.PrimaryKeyConstraint("number", name="pk_change"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.organisation_id"], name="fk_change_organisation"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_change_key", "change", ["organisation_id", "kind", "ref"])
    op.create_index("ix_change_number", "change", ["organisation_id", "number"])
    op.create_table(
        "import_run",
        sa.Column("run", NUMBER, autoincrement=True, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("digest", sa.Text),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT),
        sa.Column("counts", JSON),
        sa.Column("report", JSON),
        sa.PrimaryKeyConstraint("run", name="pk_import_run"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.organisation_id"], name="fk_import_run_organisation"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_import_run_organisation", "import_run", ["organisation_id", "run"])
    op.create_table(
        "feed_cursor",
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("feed", KEY, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("modified_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "feed", name="pk_feed_cursor"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.organisation_id"], name="fk_feed_cursor_organisation"
        ),
    )
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    """Refuse: what analysts wrote would be lost."""
    raise NotImplementedError("the first migration cannot be undone: make a new workspace instead")
