"""A real PostgreSQL server of the tests' own: made in a temporary folder, stopped at their end."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pytest

PASSWORD = "s3cret/of:tests"
_NUMBERS = count(1)


class PostgresServer:
    """A server that listens on a Unix socket only."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self.socket = folder / "socket"

    def start(self) -> None:
        data, passwords = self._folder / "data", self._folder / "password"
        self.socket.mkdir()
        passwords.write_text(PASSWORD, encoding="utf-8")
        if os.getuid() == 0:
            for path in (self._folder, self.socket, passwords):
                shutil.chown(path, "nobody", "nogroup")
        self.run("initdb", "-D", data, "-U", "hygie", "-A", "scram-sha-256", "-E", "UTF8", "--no-locale", "--no-sync",
                 f"--pwfile={passwords}")  # fmt: skip
        options = f"-c listen_addresses= -c unix_socket_directories={self.socket} -c fsync=off -c full_page_writes=off"
        self.run("pg_ctl", "-D", data, "-w", "-t", "60", "-l", self._folder / "log", "-o", options, "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", self._folder / "data", "-m", "immediate", "-w", "stop")

    def run(self, program: str, *arguments: str | Path) -> None:
        command = [str(self._programs / program), *map(str, arguments)]
        if os.getuid() == 0:
            # PostgreSQL refuses to be run by root.
            command = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *command]
        # Output to a file: the server keeps a pipe open, and the call would never end.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(command, stdout=output, stderr=output, cwd=self._folder, timeout=120, check=False)
            if done.returncode != 0:
                output.seek(0)
                pytest.fail(f"{program} failed: {output.read().decode(errors='replace')}")

    def url(self, database: str, *, password: str = PASSWORD) -> str:
        return f"postgresql://hygie:{quote(password, safe='')}@/{database}?host={self.socket}"

    def new_database(self, *, encoding: str = "UTF8") -> str:
        """Return the URL of a new, empty database."""
        import psycopg

        name = f"test_{os.getpid()}_{next(_NUMBERS)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0")
        return self.url(name)


def find_programs() -> Path | None:
    """Return the folder of initdb and pg_ctl."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("initdb")
    candidates = [*installed, *([Path(found).resolve().parent] if found else [])]
    return next(
        (folder for folder in candidates if (folder / "pg_ctl").exists() and (folder / "initdb").exists()), None
    )


def require_programs() -> Path:
    """Return the folder of the programs; skip the test without, or fail when `HYGIE_REQUIRE` names postgres."""
    programs = find_programs()
    if programs is None:
        reason = "initdb and pg_ctl of PostgreSQL are not installed"
        if "postgres" in os.environ.get("HYGIE_REQUIRE", "").split(","):
            pytest.fail(f"HYGIE_REQUIRE asks for PostgreSQL, but {reason}")
        pytest.skip(reason)
    return programs


@contextmanager
def serve_postgres() -> Iterator[PostgresServer]:
    """Run a server while the block goes on."""
    programs = require_programs()
    # A short path: that of a Unix socket has at most 107 bytes.
    with tempfile.TemporaryDirectory(prefix="hygie-pg-", ignore_cleanup_errors=True) as folder:
        server = PostgresServer(programs, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()
