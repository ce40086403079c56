"""doctor(): is this installation fit for work? One finding per weakness, with its repair."""

from __future__ import annotations

import importlib.util
import shutil
import sqlite3
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from hygie.core.errors import HygieError
from hygie.knowledge.packs import check_packs
from hygie.store.cache import cache_root
from hygie.store.parts import count_unfinished
from hygie.store.results import count_partial, write_table

__all__ = ["Diagnosis", "diagnose"]

_FREE_BYTES = 500 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One check of the installation."""

    name: str
    ok: bool
    detail: str
    repair: str | None = None


def diagnose(folder: Path) -> list[Diagnosis]:
    """Check the installation for work in `folder`: nothing is changed, nothing goes on the network."""
    return [
        _check_python(),
        _check_compiler(),
        _check_cache(),
        _check_fonts(),
        _check_database(),
        _check_parquet(),
        _check_disk(folder),
        _check_leftovers(folder),
        _check_stopped(folder),
        _check_packs(),
    ]


def _check_python() -> Diagnosis:
    found = ".".join(map(str, sys.version_info[:3]))
    return Diagnosis(name="python", ok=sys.version_info >= (3, 11), detail=found, repair="install Python 3.11 or later")


def _check_compiler() -> Diagnosis:
    from hygie.simulation.streams import philox_block

    out = np.zeros((1, 4), dtype=np.uint32)
    philox_block(np.zeros((1, 4), dtype=np.uint32), np.zeros((1, 2), dtype=np.uint32), out)
    ok = [f"{int(word):08x}" for word in out[0]] == ["6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8"]
    return Diagnosis(
        name="compiler",
        ok=ok,
        detail=f"numba {version('numba')}: random streams " + ("match the published vector" if ok else "differ"),
        repair="reinstall the locked environment: `make demo` in a fresh clone",
    )


def _check_cache() -> Diagnosis:
    from hygie.simulation.compiler import cache_folder, is_cache_warm

    place = cache_folder()
    lasting = not place.is_relative_to(tempfile.gettempdir())
    state = "compiled" if is_cache_warm("simulate_block") else "not compiled yet (the first run does it)"
    return Diagnosis(
        name="compiler cache",
        ok=lasting,
        detail=f"{place}: kernels {state}",
        repair="the user cache cannot be written, so kernels are compiled again after a reboot: "
        "set HYGIE_CACHE_DIR to a folder that lasts",
    )


def _check_fonts() -> Diagnosis:
    folder = importlib.util.find_spec("font_source_sans_pro")
    places = list(folder.submodule_search_locations or ()) if folder else []
    faces = [face for place in places for face in Path(place).rglob("SourceSansPro-*.otf")]
    return Diagnosis(
        name="fonts",
        ok=bool(faces),
        detail=f"Source Sans Pro, {len(faces)} faces",
        repair="reinstall the package font-source-sans-pro",
    )


def _check_database() -> Diagnosis:
    with sqlite3.connect(":memory:") as connection:
        try:
            connection.execute("CREATE VIRTUAL TABLE probe USING fts5(text)")
            search = True
        except sqlite3.OperationalError:
            search = False
    return Diagnosis(
        name="database",
        ok=search,
        detail=f"SQLite {sqlite3.sqlite_version}" + (", full-text search" if search else " without full-text search"),
        repair="use a Python built with SQLite FTS5",
    )


def _check_parquet() -> Diagnosis:
    try:
        with tempfile.TemporaryDirectory() as place:
            file = Path(place) / "probe.parquet"
            write_table(file, {"loss_eur": np.array([1.0])}, {"unit": "EUR_2024"})
            size = file.stat().st_size
        return Diagnosis(name="tables", ok=size > 0, detail=f"DuckDB {version('duckdb')} writes Parquet")
    except (OSError, HygieError) as error:
        return Diagnosis(name="tables", ok=False, detail=str(error), repair="reinstall duckdb")


def _check_disk(folder: Path) -> Diagnosis:
    places = {folder.resolve(), cache_root()}
    free = {}
    for place in places:
        existing = next(parent for parent in (place, *place.parents) if parent.exists())
        free[str(existing)] = shutil.disk_usage(existing).free
    least = min(free, key=lambda place: free[place])
    return Diagnosis(
        name="disk",
        ok=free[least] >= _FREE_BYTES,
        detail=f"{free[least] / 2**30:.1f} GiB free in {least}",
        repair="free at least 0.5 GiB, or choose another --out",
    )


def _check_leftovers(folder: Path) -> Diagnosis:
    places = [folder, folder / "results"]
    left = sum(count_partial(place) for place in places if place.is_dir())
    return Diagnosis(
        name="killed runs",
        ok=left == 0,
        detail=f"{left} unfinished result(s) left by killed runs",
        repair="the next assessment written there removes them; `rm -r .hygie-partial-*` does too",
    )


def _check_stopped(folder: Path) -> Diagnosis:
    places = [place for place in (folder, folder / "results") if place.is_dir()]
    found = [(place, *count_unfinished(place)) for place in places]
    runs, size = sum(row[1] for row in found), sum(row[2] for row in found)
    where = ", ".join(str(place / "*.parts") for place, count, _ in found if count) or "*.parts"
    return Diagnosis(
        name="stopped runs",
        ok=runs == 0,
        detail=f"{runs} stopped run(s) that can go on" + (f", {size / 2**20:.0f} MiB, in {where}" if runs else ""),
        repair="run the same command again (run.json in each says which), or remove the folder",
    )


def _check_packs() -> Diagnosis:
    findings = check_packs()
    return Diagnosis(
        name="packs",
        ok=not findings,
        detail=f"{len(findings)} finding(s) in base and health_fr",
        repair="run `hygie pack check`",
    )
