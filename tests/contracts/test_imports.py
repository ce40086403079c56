"""Importing hygie is quick, quiet and leaves no trace; rooms know only the rooms below them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import hygie

ROOT = Path(__file__).parents[2]
SOURCE = Path(hygie.__file__).parents[1]

# What only some commands need: loaded when they run, not when somebody asks for the version.
HEAVY = ("numba", "duckdb", "altair", "scipy.stats", "pandas", "sqlalchemy", "alembic", "requests", "openpyxl")

# Generated from the column dictionary, which describes each of its fields; its module says what it is for.
GENERATED = ["hygie.simulation.layout.KernelArrays", "hygie.simulation.rebound.Event"]

# Imports every module, and reports what importing did. Kernels keep compiled code in the cache folder, and Numba opens
# it when a kernel is declared: the folder may appear, with nothing in it.
PROBE = """
import contextlib, importlib, inspect, io, json, logging, pkgutil, sys, warnings

filters = []
def watch(function):
    def watched(*args, **kwargs):
        caller = sys._getframe(1).f_globals.get("__name__", "")
        if caller.split(".")[0] == "hygie":
            filters.append(caller)
        return function(*args, **kwargs)
    return watched
for name in ("filterwarnings", "simplefilter", "resetwarnings"):
    setattr(warnings, name, watch(getattr(warnings, name)))

def is_documented(thing):
    text = inspect.cleandoc(vars(thing).get("__doc__") or "") if inspect.isclass(thing) else inspect.getdoc(thing)
    # A dataclass without a docstring gets its signature for one.
    return bool(text) and not text.startswith(f"{thing.__name__}(")

import hygie
names = ["hygie"]
silent = []
for found in pkgutil.walk_packages(hygie.__path__, "hygie.", onerror=silent.append):
    # Alembic runs this one, with a context of its own; nobody imports it.
    if found.name != "hygie.store.migrations.env":
        names.append(found.name)
missing, undocumented, nameless, heard = [], [], [], io.StringIO()
with contextlib.redirect_stdout(heard), contextlib.redirect_stderr(heard):
    modules = [importlib.import_module(name) for name in names]
for module in modules:
    if not module.__doc__:
        nameless.append(module.__name__)
    for public in getattr(module, "__all__", ()):
        if not hasattr(module, public):
            missing.append(f"{module.__name__}.{public}")
            continue
        thing = getattr(module, public)
        own = str(getattr(thing, "__module__", "")).split(".")[0] == "hygie"
        if own and hasattr(thing, "__name__") and callable(thing) and not is_documented(thing):
            undocumented.append(f"{module.__name__}.{public}")
print(json.dumps({
    "modules": names,
    "not_imported": silent,
    "printed": heard.getvalue(),
    "filters": filters,
    "handlers": [repr(h) for name in ("", "hygie") for h in logging.getLogger(name).handlers],
    "missing": missing,
    "undocumented": undocumented,
    "nameless": nameless,
}))
"""


def run_python(code: str, *, home: Path) -> str:
    """Run `code` in a process of its own, in an empty folder and with an empty home; return what it printed."""
    cwd = home / "cwd"
    cwd.mkdir(parents=True)
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH")}
    environment = {
        **kept,
        "HOME": str(home),
        "USERPROFILE": str(home),
        "TMPDIR": str(home / "tmp"),
        "HYGIE_CACHE_DIR": str(home / "cache"),
        "PYTHONPATH": str(SOURCE),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    (home / "tmp").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def imported(home: Path) -> dict[str, list[str]]:
    """What importing every module of hygie did."""
    return json.loads(run_python(PROBE, home=home))


def test_the_package_alone_loads_nothing_heavy(tmp_path: Path) -> None:
    code = f"import hygie, json, sys; print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    assert json.loads(run_python(code, home=tmp_path / "home")) == []


@pytest.mark.parametrize("module", ["hygie.cli.main", "hygie.knowledge", "hygie.core.distributions"])
def test_neither_does_a_first_look(tmp_path: Path, module: str) -> None:
    """The command line answers --help, and packs are read, before anything is compiled or drawn."""
    code = f"import {module}, json, sys; print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    assert json.loads(run_python(code, home=tmp_path / "home")) == []


def test_every_module_is_there(imported: dict[str, list[str]]) -> None:
    files = {
        ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
        for path in (SOURCE / "hygie").rglob("*.py")
        # Alembic runs these, with a context of its own; nobody imports them.
        if "migrations" not in path.parts or path.name == "__init__.py"
    }
    assert imported["not_imported"] == []
    assert set(imported["modules"]) == files


def test_importing_says_nothing(imported: dict[str, list[str]]) -> None:
    assert imported["printed"] == ""


def test_importing_writes_nothing(imported: dict[str, list[str]], home: Path) -> None:
    assert [path for path in home.rglob("*") if not path.is_dir()] == []
    assert {path.name for path in home.iterdir()} <= {"cwd", "tmp", "cache"}
    assert list((home / "cwd").iterdir()) == []


def test_importing_changes_no_warning_filter(imported: dict[str, list[str]]) -> None:
    assert imported["filters"] == []


def test_importing_sets_up_no_logging(imported: dict[str, list[str]]) -> None:
    assert imported["handlers"] == []


def test_public_names_exist(imported: dict[str, list[str]]) -> None:
    assert imported["missing"] == []


def test_public_names_are_documented(imported: dict[str, list[str]]) -> None:
    assert imported["undocumented"] == GENERATED


def test_modules_say_what_they_are_for(imported: dict[str, list[str]]) -> None:
    assert imported["nameless"] == []


def test_rooms_know_only_the_rooms_below() -> None:
    """The contracts of pyproject.toml, by import-linter."""
    script = Path(sys.executable).parent / "lint-imports"
    assert script.exists(), "import-linter is part of the dev group: uv sync"
    done = subprocess.run(
        [str(script), "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
