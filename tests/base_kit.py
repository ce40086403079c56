"""A CTI base that is already filled, copied for each test that needs one."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from cli_kit import hygie
from hygie.cli.main import run

__all__ = ["Desk", "desk", "filled_workspace"]


@pytest.fixture(scope="session")
def filled_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which packs and embedded catalogues are loaded."""
    folder = tmp_path_factory.mktemp("base") / "workspace"
    done = hygie("intel", "find", "versailles", "--workspace", str(folder), cwd=folder.parent)
    assert done.returncode == 0, done.stderr
    return folder


class Desk:
    """An analyst's desk: a workspace and the command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workspace = folder / "workspace"

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run ``hygie`` in this workspace, in this process: starting one for each command would take minutes."""
        settings = {
            "HYGIE_WORKSPACE": str(self.workspace),
            "HYGIE_AUTHOR": "analyst",
            "LANG": "C.UTF-8",
            "COLUMNS": "200",
            **environment,
        }
        out, errors, code = io.StringIO(), io.StringIO(), 0
        with (
            mock.patch.dict(os.environ, settings),
            mock.patch.object(sys, "argv", ["hygie", *arguments]),
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(errors),
        ):
            try:
                run()
            except SystemExit as stop:
                code = int(stop.code or 0)
        return subprocess.CompletedProcess(arguments, code, out.getvalue(), errors.getvalue())

    def ask(self, *arguments: str, code: int = 0) -> Any:
        """Run ``hygie … --json`` and return what it prints."""
        done = self.run(*arguments, "--json")
        assert done.returncode == code, done.stderr + done.stdout
        return json.loads(done.stdout)

    def dump(self) -> dict[tuple[str, str], str]:
        """Return the digest of every record, the deleted ones included."""
        import sqlite3

        with sqlite3.connect(self.workspace / "hygie.db") as connection:
            rows = connection.execute("SELECT kind, ref, digest, deleted_at IS NULL FROM record").fetchall()
        return {(kind, ref): f"{digest} {alive}" for kind, ref, digest, alive in rows}


@pytest.fixture
def desk(tmp_path: Path, filled_workspace: Path) -> Desk:
    """A desk of one's own, with a filled base."""
    shutil.copytree(filled_workspace, tmp_path / "workspace")
    return Desk(tmp_path)
