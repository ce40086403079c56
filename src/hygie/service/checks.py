"""Checks of a user's files, as findings rather than failures."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from hygie.core.errors import DataError, Finding
from hygie.facility.blueprints import load_blueprints
from hygie.facility.organisation import load_facility
from hygie.knowledge.packs import check_packs, load_catalogue

__all__ = ["check_facility_file", "check_pack_folders", "is_engine_compiled"]


def check_facility_file(path: Path) -> list[Finding]:
    """Return everything that is wrong with a facility file; empty when it can be assessed.

    Raises
    ------
    DocumentError
        The file cannot be read at all.
    """
    catalogue = load_catalogue(as_of=date.today())
    try:
        load_facility(path, blueprints=load_blueprints(catalogue), known_evidence=frozenset(catalogue.evidence))
    except DataError as error:
        if error.code == "HYG-201":
            raise
        return list(error.findings)
    return []


def check_pack_folders(extra: Iterable[Path] = ()) -> list[Finding]:
    """Return everything that is wrong with the built-in packs and those in `extra`."""
    return check_packs(extra_paths=extra)


def is_engine_compiled() -> bool:
    """Return whether the first run, which compiles the kernels, is behind us."""
    from hygie.simulation.compiler import is_cache_warm

    return is_cache_warm("simulate_block")
