"""The migrated tables are the ones that the code speaks of, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

import hygie.store.migrations
from hygie.store.engine import open_engine, writing
from hygie.store.migrations import list_revisions, migrate, read_revision, roll_back
from hygie.store.schema import REVISION, metadata
from hygie.store.search import match_text
from postgres_kit import PostgresServer
from store_kit import content, open_store, put


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_metadata_equals_the_migrated_tables(engine: Engine) -> None:
    with writing(engine.connect()) as connection, connection.begin():
        migrate(connection)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": _is_own})
        differences = compare_metadata(context, metadata)

    assert differences == []


def _is_own(name: str | None, kind: str, parents: Any) -> bool:
    # The full-text index of SQLite keeps tables of its own; that of PostgreSQL is on an expression, which Alembic
    # cannot compare.
    return kind != "table" or not (name or "").startswith("record_words")


def test_search_and_log_are_guarded(engine: Engine) -> None:
    with writing(engine.connect()) as connection, connection.begin():
        migrate(connection)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            asked = "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
            expected = [
                f"{log}_{event}" for log in ("audit_entry", "change") for event in ("delete", "insert", "update")
            ]
            expected += [f"record_words_{event}" for event in ("delete", "insert", "update")]
        else:
            asked = (
                "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexdef LIKE '%USING gin%' "
                "UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
            )
            expected = ["audit_entry_is_append_only", "change_is_append_only", "ix_record_words"]
        assert sorted(connection.execute(text(asked)).scalars()) == expected


def test_the_last_revision_is_the_one_of_the_schema() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(hygie.store.migrations.__file__).parent))
    script = ScriptDirectory.from_config(config)

    assert script.get_heads() == [REVISION]
    assert sorted(revision.revision for revision in script.walk_revisions()) == list_revisions()


def test_a_migration_is_whole_or_absent(engine: Engine) -> None:
    with writing(engine.connect()) as connection, connection.begin() as transaction:
        migrate(connection)
        transaction.rollback()
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == []
        assert read_revision(connection, place="here") is None
    with writing(engine.connect()) as connection, connection.begin():
        migrate(connection)
        migrate(connection)
    with engine.connect() as connection:
        assert read_revision(connection, place="here") == REVISION


def test_a_base_of_the_first_version_keeps_its_rows(engine: Engine, tmp_path: Path, database_url: str) -> None:
    with writing(engine.connect()) as connection, connection.begin():
        migrate(connection, revision="0001")
        assert not inspect(connection).has_table("register")
        insert = "INSERT INTO organisation (organisation_id, pseudonym_key, created_at) VALUES ('default', :key, :at)"
        connection.execute(text(insert), {"key": b"k" * 32, "at": "2026-01-02 03:04:05"})

    with open_store(tmp_path, database_url) as store:
        assert store._workspace.pseudonym_key == b"k" * 32
        assert put(store, content()) == ["added"]
    with engine.connect() as connection:
        assert read_revision(connection, place="here") == REVISION
        assert inspect(connection).has_table("register_site")


def test_up_and_back_again_keeps_what_each_version_knew(engine: Engine, tmp_path: Path, database_url: str) -> None:
    """0002 → 0003 → 0002 → 0003 with rows of both in it."""

    def count(table: str) -> int:
        with engine.connect() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())

    with writing(engine.connect()) as connection, connection.begin():
        migrate(connection, revision="0002")
        owner = "INSERT INTO organisation (organisation_id, pseudonym_key, created_at) VALUES ('default', :key, :at)"
        connection.execute(text(owner), {"key": b"k" * 32, "at": "2026-01-02 03:04:05"})
        register = (
            "INSERT INTO register (organisation_id, kind, name, year, digest, evidence, author, imported_at, "
            "synthetic, counts, findings) VALUES ('default', 'own', 'own.csv', 2024, 'd', '[]', 'ana', :at, "
            ":no, '{}', '[]')"
        )
        connection.execute(text(register), {"at": "2026-01-02 03:04:05", "no": False})
        change = (
            "INSERT INTO change (organisation_id, kind, ref, origin, action, author, at) "
            "VALUES ('default', 'actor', 'a', 'analyst', 'added', 'ana', :at)"
        )
        connection.execute(text(change), {"at": "2026-01-02 03:04:05"})
    with writing(engine.connect()) as connection, connection.begin():
        migrate(connection, revision="0003")
        document = (
            "INSERT INTO document (organisation_id, kind, ref, name, revision, digest, words, created_at, modified_at, "
            "modified_by) VALUES ('default', 'facility', 'fr-1', 'A', 1, 'd', ' a ', :at, :at, 'ana')"
        )
        connection.execute(text(document), {"at": "2026-01-02 03:04:05"})
    assert [count(table) for table in ("organisation", "register", "change", "document")] == [1, 1, 1, 1]
    with writing(engine.connect()) as connection, connection.begin():
        roll_back(connection, revision="0002")
    with engine.connect() as connection:
        assert read_revision(connection, place="here") == "0002"
        assert not {"document", "job", "saved_result", "activity"} & set(inspect(connection).get_table_names())
    assert [count(table) for table in ("organisation", "register", "change")] == [1, 1, 1]
    with writing(engine.connect()) as connection, connection.begin():
        migrate(connection, revision="0003")
    assert [count(table) for table in ("organisation", "register", "change", "document")] == [1, 1, 1, 0]
    with open_store(tmp_path, database_url) as store:
        assert store._workspace.pseudonym_key == b"k" * 32
        assert put(store, content()) == ["added"]


def test_an_emptied_version_table_is_an_empty_database(engine: Engine, tmp_path: Path, database_url: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))

    with open_store(tmp_path, database_url) as store:
        assert put(store, content()) == ["added"]


def test_the_search_of_postgresql_uses_its_index(tmp_path: Path, postgres_server: PostgresServer) -> None:
    """The expression that is asked for must be the one that is indexed, letter for letter."""
    with open_store(tmp_path, postgres_server.new_database()) as store:
        put(store, *(content(f"a{number}", name=f"word{number}") for number in range(5_000)))
        condition = match_text("word77", dialect="postgresql")
        assert condition is not None
        engine = store._workspace.engine
        compiled = condition.compile(engine, compile_kwargs={"literal_binds": True})
        with engine.connect() as connection:
            plan = list(connection.exec_driver_sql(f"EXPLAIN SELECT * FROM record WHERE {compiled}").scalars())
        assert store.count(text="word77") == 11
    assert any("ix_record_words" in line for line in plan), plan
