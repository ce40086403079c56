"""Registers as a workspace keeps them: to rows, and back from rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from hygie.core.errors import StoreError
from hygie.facility.registers.notes import RegisterFinding
from hygie.facility.registers.sites import Register, RegisterSite, build_register
from hygie.store.register_store import Edition, EditionContent, SiteRow

__all__ = ["count_register", "restore_register", "to_edition"]


def to_edition(register: Register, *, name: str) -> EditionContent:
    """Return a register as the workspace keeps it.

    Parameters
    ----------
    name
        What people call it.
    """
    return EditionContent(
        kind=register.kind,
        name=name,
        year=register.year,
        evidence=register.evidence,
        synthetic=register.synthetic,
        counts=count_register(register),
        findings=[asdict(finding) for finding in register.findings],
        sites=tuple(
            SiteRow(
                finess=site.finess,
                entity=site.entity,
                group=site.ght_code,
                text=f"{site.entity} {site.finess} {site.name} {site.city}",
                payload=asdict(site),
            )
            for site in register.sites
        ),
    )


def count_register(register: Register) -> dict[str, int]:
    """Return how many sites, legal entities and territorial groups a register holds."""
    groups = {entity.ght_code for entity in register.entities.values()} - {""}
    return {"sites": len(register.sites), "entities": len(register.entities), "groups": len(groups)}


def restore_register(edition: Edition, payloads: Iterable[Mapping[str, Any]]) -> Register:
    """Return the register that some sites of an edition make, with the findings of the whole edition.

    Raises
    ------
    StoreError
        The edition was imported by a version of hygie that knew other fields.
    """
    try:
        sites = [RegisterSite(**payload) for payload in payloads]
        findings = [RegisterFinding(**finding) for finding in edition.findings]
    except TypeError:
        raise StoreError(
            "this register was imported by another version of hygie",
            file=f"{edition.name} ({edition.year})",
            repair="import its file again with `hygie facility import`",
        ) from None
    return build_register(
        sites,
        year=edition.year,
        evidence=edition.evidence,
        findings=findings,
        kind=edition.kind,
        synthetic=edition.synthetic,
    )
