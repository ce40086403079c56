"""The command line, in a process of its own, as a person runs it, or in this one."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

EXAMPLE = Path(__file__).parents[1] / "examples" / "chsf.yaml"
SMALL = ["--years", "4000", "--draws", "20", "--as-of", "2026-11-23", "--lang", "en"]


def hygie(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", "from hygie.cli.main import run; run()", *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def hygie_here(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in this process: spares seconds where a process of its own proves nothing more."""
    from hygie.cli.main import run

    shown, errors = io.StringIO(), io.StringIO()
    code = 0
    with (
        contextlib.chdir(cwd or Path.cwd()),
        mock.patch.dict(os.environ, environment),
        mock.patch.object(sys, "argv", ["hygie", *arguments]),
        contextlib.redirect_stdout(shown),
        contextlib.redirect_stderr(errors),
    ):
        try:
            run()
        except SystemExit as stop:
            code = int(stop.code or 0)
    return subprocess.CompletedProcess(arguments, code, shown.getvalue(), errors.getvalue())
