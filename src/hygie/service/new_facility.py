"""A first facility file: prefilled from a register, or from answers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hygie.core.errors import EvidenceError
from hygie.facility.registers import to_facility, write_facility_yaml
from hygie.service.registers import Candidate, Registers, find_matches, view_match
from hygie.views.registers import NewFacilityView

__all__ = ["choose_candidates", "name_file", "prefill_facility", "write_facility"]


def choose_candidates(registers: Registers, question: str) -> list[Candidate]:
    """Return the legal entities that a number or some words may mean, at least one.

    Raises
    ------
    EvidenceError
        None.
    """
    found = find_matches(registers, question)
    if not found:
        raise EvidenceError(
            f"the register has no organisation “{question[:60]}”",
            value=question,
            allowed="the FINESS number of a legal entity or of one of its sites, or words of its name or town",
            repair="look with `hygie facility find`, or answer questions instead: `hygie facility new --form`",
        )
    return found


def prefill_facility(registers: Registers, candidate: Candidate) -> tuple[dict[str, Any], Candidate]:
    """Return the facility file that a register fills, and the candidate with its territorial group.

    Raises
    ------
    DataError
        The register lacks what a file cannot do without.
    """
    whole = registers.complete(candidate)
    return to_facility(whole.entity, whole.register), whole


def name_file(candidate: Candidate) -> Path:
    """Return the name of the file of an organisation; that of one that does not exist says so."""
    return Path(f"{'synthetic-' if candidate.register.synthetic else ''}{candidate.entity.finess}.yaml")


def write_facility(
    facility: Mapping[str, Any],
    path: Path,
    *,
    candidate: Candidate | None = None,
    asked: str | None = None,
    overwrite: bool = False,
) -> NewFacilityView:
    """Write a facility file, and return what to tell about it.

    Parameters
    ----------
    candidate
        Where its figures come from; None when somebody gave them.
    asked
        The number that was asked for, to say when it is that of a site.

    Raises
    ------
    StoreError
        The file exists, or cannot be written.
    """
    synthetic = candidate is not None and candidate.register.synthetic
    write_facility_yaml(facility, path, overwrite=overwrite, synthetic=synthetic)
    activity = facility["activity"]
    beds = sum(count for name, count in activity.items() if name == "places" or name.startswith("beds_"))
    doubts: tuple[str, ...] = ()
    if candidate is not None:
        numbers = (candidate.entity.finess, *candidate.entity.sites)
        doubts = tuple(
            finding.render()
            for finding in candidate.register.findings
            if finding.value and any(number in finding.value for number in numbers)
        )
    return NewFacilityView(
        path=str(path),
        name=facility["name"],
        beds=beds - activity.get("beds_icu", 0),
        fte=activity["fte"],
        match=view_match(candidate) if candidate is not None else None,
        site=asked if candidate is not None and asked in candidate.entity.sites else None,
        doubts=doubts,
        complete=activity["fte"] > 0,
    )
