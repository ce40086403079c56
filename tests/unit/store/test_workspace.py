"""Opening a workspace: what is made, what is refused and how, and that secrets stay secret."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from hygie.core.errors import StoreError, UsageError
from hygie.store import engine as engines
from hygie.store.schema import REVISION
from hygie.store.workspace import Workspace, open_workspace
from postgres_kit import PASSWORD, PostgresServer
from store_kit import content, open_store, put

SECRET = "tr0ub4dor"


def _open(folder: Path, **options: str) -> Workspace:
    workspace = open_workspace(folder, **options)
    workspace.engine.dispose()
    return workspace


def test_folder_and_file_are_made_for_their_owner_alone(tmp_path: Path) -> None:
    workspace = _open(tmp_path / "deep" / "ws")

    assert workspace.folder == tmp_path / "deep" / "ws"
    assert (tmp_path / "deep" / "ws").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "deep" / "ws" / "hygie.db").stat().st_mode & 0o777 == 0o600


def test_places_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("HYGIE_WORKSPACE", raising=False)
    monkeypatch.delenv("HYGIE_DATABASE", raising=False)
    if sys.platform == "linux":
        default = open_workspace()
        default.engine.dispose()
        assert default.folder == tmp_path / "data" / "hygie" / "workspace"
    monkeypatch.setenv("HYGIE_WORKSPACE", str(tmp_path / "ws"))
    monkeypatch.setenv("HYGIE_DATABASE", str(tmp_path / "other.db"))
    chosen = open_workspace()
    chosen.engine.dispose()
    assert chosen.folder == tmp_path / "ws"
    assert (tmp_path / "other.db").exists()
    assert not (tmp_path / "ws" / "hygie.db").exists()


def test_the_key_is_made_once_per_organisation_and_never_shown(tmp_path: Path, database_url: str) -> None:
    first = _open(tmp_path, database=database_url)
    again = _open(tmp_path, database=database_url)
    other = _open(tmp_path, database=database_url, organisation="ght-2")

    assert len(first.pseudonym_key) == 32
    assert again.pseudonym_key == first.pseudonym_key
    assert other.pseudonym_key != first.pseudonym_key
    assert "pseudonym_key" not in repr(first)
    assert PASSWORD not in repr(first)


@pytest.mark.parametrize("name", ["", "a b", "-a", "é", "a" * 65, "a\n", "../x", "a;b"])
def test_odd_organisations_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot name an organisation"):
        open_workspace(tmp_path / "ws", organisation=name)
    assert not (tmp_path / "ws").exists()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for folder in (tmp_path / "file", tmp_path / "file" / "ws"):
        with pytest.raises(StoreError, match="the workspace cannot be made here") as caught:
            open_workspace(folder)
        assert "HYGIE_WORKSPACE" in str(caught.value)
    with pytest.raises(StoreError, match="the database cannot be opened"):
        open_workspace(tmp_path, database=str(tmp_path / "none" / "x.db"))


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("mysql://u:tr0ub4dor@h/d", "kind of database is not supported"),
        ("postgresql+asyncpg://u:tr0ub4dor@h/d", "kind of database is not supported"),
        ("postgresql://u:tr0ub4dor@h:port/d", "address of the database cannot be read"),
        ("://tr0ub4dor", "address of the database cannot be read"),
        ("sqlite://", "the database must be a file"),
        ("sqlite:///:memory:", "the database must be a file"),
        ("sqlite:///x.db?mode=ro", "the database must be a file"),
        ("postgresql://u:tr0ub4dor@127.0.0.1:1/d?connect_timeout=2", "server cannot be reached"),
        ("postgres://u:tr0ub4dor@127.0.0.1:1/d", "server cannot be reached"),
        ("postgresql://u@127.0.0.1:1/d?password=tr0ub4dor", "server cannot be reached"),
        ("postgresql://u:p@127.0.0.1:1/d?tr0ub4dor=1&password=tr0ub4dor", "the database"),
    ],
)
def test_addresses_that_do_not_work(tmp_path: Path, address: str, message: str) -> None:
    with pytest.raises(StoreError, match=message) as caught:
        open_workspace(tmp_path, database=address)
    if "?tr0ub4dor" not in address:
        assert SECRET not in str(caught.value)
        assert caught.value.findings[0].repair is not None


def test_a_server_that_refuses(tmp_path: Path, postgres_server: PostgresServer) -> None:
    for address in (postgres_server.url("postgres", password=SECRET), postgres_server.url("nowhere")):
        with pytest.raises(StoreError, match="server cannot be reached") as caught:
            open_workspace(tmp_path, database=address)
        assert SECRET not in str(caught.value)
        assert PASSWORD not in str(caught.value)
        assert "postgresql" in str(caught.value)


def test_without_the_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(StoreError, match="driver of PostgreSQL is not installed") as caught:
        open_workspace(tmp_path, database=f"postgresql://u:{SECRET}@h/d")

    assert "hygie[postgres]" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_an_encoding_that_cannot_hold_every_text(tmp_path: Path, postgres_server: PostgresServer) -> None:
    with pytest.raises(StoreError, match="cannot hold every text") as caught:
        open_workspace(tmp_path, database=postgres_server.new_database(encoding="LATIN1"))
    assert "UTF8" in str(caught.value)


def _execute(database_url: str, *statements: str) -> None:
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def test_a_later_version_is_refused(tmp_path: Path, database_url: str) -> None:
    with open_store(tmp_path, database_url) as store:
        put(store, content())
    _execute(database_url, "UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StoreError, match="made by a later version of hygie") as caught:
        open_workspace(tmp_path, database=database_url)

    assert "pip install --upgrade hygie" in str(caught.value)
    _execute(database_url, f"UPDATE alembic_version SET version_num = '{REVISION}'")
    with open_store(tmp_path, database_url) as store:
        assert store.count() == 1


@pytest.mark.parametrize(
    "statements",
    [
        ("CREATE TABLE payroll (id INTEGER)",),
        ("CREATE TABLE alembic_version (version_num TEXT)", "INSERT INTO alembic_version VALUES ('0001')"),
        ("CREATE TABLE alembic_version (version_num TEXT)", "CREATE TABLE record (id INTEGER)"),
    ],
)
def test_a_database_of_something_else_is_left_alone(
    tmp_path: Path, database_url: str, statements: tuple[str, ...]
) -> None:
    _execute(database_url, *statements)

    with pytest.raises(StoreError, match="holds something else") as caught:
        open_workspace(tmp_path, database=database_url)

    assert "choose an empty database" in str(caught.value)
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\x00" + b"\x00" * 5000])
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "hygie.db").write_bytes(content)

    with pytest.raises(StoreError, match="not a database, or it is damaged") as caught:
        open_workspace(tmp_path)

    assert (tmp_path / "hygie.db").read_bytes() == content
    assert str(tmp_path / "hygie.db") in str(caught.value)


def test_an_empty_file_is_an_empty_database(tmp_path: Path) -> None:
    (tmp_path / "hygie.db").touch()

    with open_store(tmp_path, str(tmp_path / "hygie.db")) as store:
        assert put(store, content()) == ["added"]


def test_sqlite_is_set_up_for_several_processes(tmp_path: Path) -> None:
    with open_store(tmp_path, str(tmp_path / "hygie.db")) as store, store._workspace.engine.connect() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout", "recursive_triggers")
        }

    assert settings == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "synchronous": 1,
        "busy_timeout": 60_000,
        "recursive_triggers": 1,
    }


def test_another_writer_is_waited_for_and_then_named(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "LOCK_WAIT_S", 0.3)
    with (
        open_store(tmp_path, database_url) as one,
        open_store(tmp_path, database_url) as two,
        one.transaction() as transaction,
    ):
        transaction.put([content()], origin="import/stix", rank=20)
        with pytest.raises(StoreError, match="another process is writing") as caught:
            put(two, content("b"))
        assert two.count() == 0
        assert "try again" in str(caught.value)


def test_processes_may_open_a_new_workspace_at_once(tmp_path: Path, database_url: str) -> None:
    code = (
        "import sys, hashlib, pathlib\n"
        "from hygie.store.workspace import open_workspace\n"
        "sys.stdin.readline()\n"
        "opened = open_workspace(pathlib.Path(sys.argv[1]), database=sys.argv[2])\n"
        "opened.engine.dispose()\n"
        "print(hashlib.sha256(opened.pseudonym_key).hexdigest())\n"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(tmp_path / "ws"), database_url]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    (tmp_path / "ws").mkdir()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60) for process in processes]

    assert [error for _, error in answers] == [""] * 4
    assert len({output for output, _ in answers}) == 1
    with open_store(tmp_path / "ws", database_url) as store:
        assert store.count() == 0


def test_a_writer_that_is_killed_leaves_nothing(tmp_path: Path, database_url: str) -> None:
    with open_store(tmp_path, database_url) as store:
        put(store, content("kept"))
    code = (
        "import os, sys\n"
        "sys.path.insert(0, sys.argv[3])\n"
        "from pathlib import Path\n"
        "from store_kit import content, open_store\n"
        "with open_store(Path(sys.argv[1]), sys.argv[2]) as store, store.transaction() as transaction:\n"
        "    transaction.put([content(f'gone-{n}') for n in range(3000)], origin='import/stix', rank=20)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    tests = str(Path(__file__).parents[2])
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path), database_url, tests], timeout=60, check=False)

    assert done.returncode == -9
    with open_store(tmp_path, database_url) as store:
        assert [stored.ref for stored in store.find()] == ["kept"]
        assert put(store, content("gone-1")) == ["added"]


def test_nothing_of_sql_is_loaded_with_the_package() -> None:
    code = "import sys, hygie, hygie.cli.main; print({'sqlalchemy', 'alembic', 'psycopg'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "set()"


def test_results_of_an_up_to_date_workspace_need_no_alembic(tmp_path: Path) -> None:
    _open(tmp_path)
    code = (
        "import sys, pathlib\n"
        "from hygie.store.workspace import open_workspace\n"
        "open_workspace(pathlib.Path(sys.argv[1])).engine.dispose()\n"
        "print('alembic' in sys.modules)\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "HYGIE_DATABASE"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env=environment,
    )
    assert done.stdout.strip() == "False"
