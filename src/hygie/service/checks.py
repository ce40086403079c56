"""Checks of a user's files, as findings rather than failures."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from hygie.core.errors import DataError, Finding, HygieError
from hygie.facility.blueprints import load_blueprints
from hygie.facility.controls import check_control_parameters
from hygie.facility.facility_files import load_facility
from hygie.facility.frameworks import load_crosswalk
from hygie.facility.synthetic import load_totals
from hygie.knowledge.packs import check_packs, load_catalogue
from hygie.scenario.levers import check_effects
from hygie.scenario.specs import load_specs
from hygie.threat.covariates import load_covariates, load_places
from hygie.threat.states import load_states

__all__ = ["check_facility_file", "check_pack_folders"]


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
    folders = tuple(extra)
    # What packs say together is judged only once each says it well.
    if findings := check_packs(extra_paths=folders):
        return findings
    try:
        catalogue = load_catalogue(as_of=date.today(), extra_paths=folders)
        controls = load_blueprints(catalogue).controls
        crossings = load_specs(catalogue).crossings
        load_crosswalk(catalogue, controls)
        load_totals(catalogue)
        load_covariates(catalogue)
        load_places(catalogue)
        load_states(catalogue)
    except HygieError as error:
        return list(error.findings)
    return [*check_control_parameters(controls, catalogue.estimates), *check_effects(controls, crossings)]
