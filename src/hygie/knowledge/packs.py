"""Load packs into a catalogue, or list everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from hygie.core.errors import DataError, EvidenceError, Finding
from hygie.core.estimate import Estimate
from hygie.core.ids import digest_text
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.checks import check_shelf
from hygie.knowledge.fitted import apply_fitted
from hygie.knowledge.folders import read_packs
from hygie.knowledge.shelf import Entry, fill_shelf

__all__ = ["DEFAULT_PACKS", "Catalogue", "check_packs", "load_catalogue"]

DEFAULT_PACKS = ("base", "health_fr")

T = TypeVar("T")


def load_catalogue(
    names: Sequence[str] = DEFAULT_PACKS, *, as_of: date, extra_paths: Iterable[Path] = (), fitted: bool = True
) -> Catalogue:
    """Read packs and return what they say on a date.

    Parameters
    ----------
    names
        Packs that come with hygie, or that installed packages declare; the packs they require are added.
    as_of
        Each parameter takes its latest value dated on or before this day. A parameter whose values are all
        later takes the earliest of them: the past then rests on the oldest figure known.
    extra_paths
        Folders of further packs.
    fitted
        Whether fitted distributions take the place of their priors.

    Raises
    ------
    DataError
        Files, fields or units are wrong; all findings of all files are listed.
    EvidenceError
        Every entry is well formed, but a pack cannot be found or a reference leads nowhere.
    """
    folders, findings = read_packs(names, extra_paths=extra_paths)
    shelf = fill_shelf(folders)
    findings += shelf.findings
    # References are judged only once every entry could be read, so that one mistake is not told twice.
    findings = findings or check_shelf(shelf)
    if findings:
        only_references = all(finding.code == EvidenceError.code for finding in findings)
        raise (EvidenceError if only_references else DataError).from_findings(findings)
    packs = tuple(folder.info for folder in folders)
    day = as_of.isoformat()[:10]
    stamps = [f"{pack.name}@{pack.version} {pack.digest}" for pack in packs]
    estimates = {name: _choose_estimate(entry.record, day) for name, entry in shelf.parameters.items()}
    priors: dict[str, Estimate] = {}
    if fitted:
        estimates, priors = apply_fitted(shelf, estimates, folders=folders)
    return Catalogue(
        as_of=as_of,
        packs=packs,
        evidence=_freeze(shelf.evidence),
        estimates=MappingProxyType(estimates),
        priors=MappingProxyType(priors),
        earlier=MappingProxyType(
            {name: values for name, entry in shelf.parameters.items() if (values := _list_earlier(entry.record, day))}
        ),
        incidents=tuple(entry.record for entry in shelf.incidents.values()),
        counts=tuple(entry.record for entry in shelf.counts.values()),
        campaigns=tuple(entry.record for entry in shelf.campaigns.values()),
        actors=_freeze(shelf.actors),
        techniques=_freeze(shelf.techniques),
        sections=MappingProxyType({name: tuple(documents) for name, documents in shelf.sections.items()}),
        digest=digest_text("\n".join([*stamps, day, *(() if fitted else ("priors",))])),
    )


def check_packs(names: Sequence[str] = DEFAULT_PACKS, *, extra_paths: Iterable[Path] = ()) -> list[Finding]:
    """Return every finding of every file of the packs; an empty list when all is well."""
    folders, findings = read_packs(names, extra_paths=extra_paths)
    shelf = fill_shelf(folders)
    return [*findings, *shelf.findings, *check_shelf(shelf)]


def _freeze(entries: Mapping[str, Entry[T]]) -> Mapping[str, T]:
    return MappingProxyType({name: entry.record for name, entry in entries.items()})


def _choose_estimate(estimates: Sequence[Estimate], day: str) -> Estimate:
    # Full ISO dates sort as text.
    known = [estimate for estimate in estimates if estimate.valid_from <= day]
    return known[-1] if known else estimates[0]


def _list_earlier(estimates: Sequence[Estimate], day: str) -> tuple[Estimate, ...]:
    return tuple([estimate for estimate in estimates if estimate.valid_from <= day][:-1])
