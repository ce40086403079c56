"""The tables of a workspace, the same on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    func,
    literal_column,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from hygie.store.json_text import encode_json

__all__ = [
    "REVISION",
    "CanonicalJson",
    "Key",
    "Number",
    "UtcDateTime",
    "change",
    "feed_cursor",
    "import_run",
    "layer",
    "metadata",
    "organisation",
    "owner_column",
    "record",
    "register",
    "register_site",
]

# The migration that the tables below are the result of.
REVISION = "0004"


class CanonicalJson(TypeDecorator[Any]):
    """JSON with sorted keys: text on SQLite, JSONB on PostgreSQL. A `str` is taken for JSON that is ready."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            # The engine's `json_serializer` passes ready text on.
            return dialect.type_descriptor(JSONB(none_as_null=True))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        return value if value is None or isinstance(value, str) else encode_json(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        return json.loads(value) if isinstance(value, str) else value


class UtcDateTime(TypeDecorator[datetime]):
    """An instant in UTC, with its zone on both databases."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo is not None else value.replace(tzinfo=UTC)


# Byte order on both databases, so that the order of records never depends on the locale of a server.
Key = Text().with_variant(Text(collation="C"), "postgresql")
Number = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def owner_column(*, primary_key: bool = False) -> Column[str]:
    """Return the column that says whose row it is: every table has one."""
    owner = ForeignKey("organisation.organisation_id")
    return Column("organisation_id", Key, owner, primary_key=primary_key, nullable=False)


organisation = Table(
    "organisation",
    metadata,
    Column("organisation_id", Key, primary_key=True),
    Column("pseudonym_key", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

# What a reader sees: the fold of the layers, one row per object.
record = Table(
    "record",
    metadata,
    # Names the row in the full-text index of SQLite.
    Column("id", Number, primary_key=True, autoincrement=True),
    owner_column(),
    Column("kind", Key, nullable=False),
    Column("ref", Key, nullable=False),
    Column("name", Text, nullable=False),
    Column("data", CanonicalJson, nullable=False),
    Column("tlp", Text),
    Column("pap", Text),
    Column("document", CanonicalJson),
    Column("document_format", Text),
    Column("stamp", Text),
    Column("version", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("origins", CanonicalJson, nullable=False),
    Column("merged_into", Key),
    Column("merged", CanonicalJson, nullable=False),
    Column("deleted_at", UtcDateTime),
    # "analyst": stays deleted whatever is imported; "retired": no source speaks of it any more.
    Column("deletion", Text),
    Column("modified_at", UtcDateTime, nullable=False),
    Column("first_day", Date),
    Column("last_day", Date),
    Column("words", Text, nullable=False),
    Index("ix_record_key", "organisation_id", "kind", "ref", unique=True),
)

# Words are split and folded by hygie, so that both databases find the same; they are only indexed here.
Index(
    "ix_record_words",
    func.array_to_tsvector(func.string_to_array(record.c.words, literal_column("' '"))),
    postgresql_using="gin",
    _table=record,
).ddl_if(dialect="postgresql")

# What each origin says of an object; `data` of a patch is the JSON merge patch of {data, tlp, pap, name}.
layer = Table(
    "layer",
    metadata,
    owner_column(primary_key=True),
    Column("kind", Key, primary_key=True),
    Column("ref", Key, primary_key=True),
    Column("origin", Key, primary_key=True),
    Column("rank", Integer, nullable=False),
    Column("origin_version", Text),
    Column("is_patch", Boolean, nullable=False),
    Column("base_digest", Text),
    Column("name", Text, nullable=False),
    Column("data", CanonicalJson, nullable=False),
    Column("tlp", Text),
    Column("pap", Text),
    Column("document", CanonicalJson),
    Column("document_format", Text),
    Column("stamp", Text),
    Column("digest", Text, nullable=False),
    Column("modified_at", UtcDateTime, nullable=False),
    ForeignKeyConstraint(
        ["organisation_id", "kind", "ref"],
        ["record.organisation_id", "record.kind", "record.ref"],
        name="fk_layer_record",
    ),
    Index("ix_layer_origin", "organisation_id", "origin", "origin_version"),
)

# Append-only: triggers refuse UPDATE and DELETE.
change = Table(
    "change",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    owner_column(),
    Column("kind", Key, nullable=False),
    Column("ref", Key, nullable=False),
    Column("origin", Key, nullable=False),
    Column("action", Text, nullable=False),
    Column("other", Key),
    Column("author", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("reason", Text),
    Column("run", Number),
    Column("before", CanonicalJson),
    Column("digest_after", Text),
    Index("ix_change_key", "organisation_id", "kind", "ref"),
    Index("ix_change_number", "organisation_id", "number"),
    sqlite_autoincrement=True,
)

import_run = Table(
    "import_run",
    metadata,
    Column("run", Number, primary_key=True, autoincrement=True),
    owner_column(),
    Column("format", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("digest", Text),
    Column("author", Text, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("counts", CanonicalJson),
    Column("report", CanonicalJson),
    Index("ix_import_run_organisation", "organisation_id", "run"),
    sqlite_autoincrement=True,
)

feed_cursor = Table(
    "feed_cursor",
    metadata,
    owner_column(primary_key=True),
    Column("feed", Key, primary_key=True),
    Column("value", Text, nullable=False),
    Column("modified_at", UtcDateTime, nullable=False),
)

# An edition of a public register, as it was read: kept beside the others, never changed.
register = Table(
    "register",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),
    owner_column(),
    Column("kind", Key, nullable=False),
    Column("name", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("evidence", CanonicalJson, nullable=False),
    Column("author", Text, nullable=False),
    Column("imported_at", UtcDateTime, nullable=False),
    # True when it was drawn at random: nobody may take its sites for real ones.
    Column("synthetic", Boolean, nullable=False),
    Column("counts", CanonicalJson, nullable=False),
    Column("findings", CanonicalJson, nullable=False),
    Index("ix_register_digest", "organisation_id", "digest", unique=True),
    sqlite_autoincrement=True,
)

register_site = Table(
    "register_site",
    metadata,
    Column("register", Number, ForeignKey("register.number"), primary_key=True),
    # In the order of the file.
    Column("position", Integer, primary_key=True, autoincrement=False),
    owner_column(),
    Column("finess", Key, nullable=False),
    Column("entity", Key, nullable=False),
    Column("group_code", Key, nullable=False),
    # Words without case or accents, one space between.
    Column("words", Text, nullable=False),
    Column("payload", CanonicalJson, nullable=False),
    Index("ix_register_site_finess", "register", "finess"),
    Index("ix_register_site_entity", "register", "entity"),
    Index("ix_register_site_group", "register", "group_code"),
)
