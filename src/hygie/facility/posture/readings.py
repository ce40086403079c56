"""What an assessment says about requirements of a framework, and the posture that it makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from hygie.core.errors import Finding
from hygie.facility.blueprints import read_section
from hygie.facility.organisation import PostureEntry
from hygie.facility.posture.answers import DIGITS, clean_line, shorten
from hygie.facility.records import Basis, Identifier, Record, Share
from hygie.knowledge.packs import Catalogue

__all__ = ["Imported", "Origin", "Reading", "combine_readings", "load_assessment_scale"]

# Characters of the id of a requirement that are kept.
MAX_REF = 80

Origin = Literal["csv", "oscal", "ciso_assistant", "navigator"]


class _Scale(Record):
    basis: Basis
    shares: Annotated[Mapping[Identifier, Share], Field(min_length=1)]


class _Section(Record):
    assessment_scale: _Scale


@dataclass(frozen=True, slots=True)
class Reading:
    """One requirement that was assessed: its id in the file, our controls behind it, and how far it is met [share]."""

    element: str
    controls: tuple[str, ...]
    share: float
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an importer found.

    Parameters
    ----------
    read, used
        Requirements with a verdict, and those of them that lead to a control.
    passed_over
        Requirements that lead to none of our controls.
    notes
        What was read in a way that a reader should know of.
    """

    entries: Mapping[str, PostureEntry]
    read: int
    used: int
    passed_over: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = field(default=())


def load_assessment_scale(catalogue: Catalogue) -> dict[str, float]:
    """Return the share that stands for each verdict [share].

    Raises
    ------
    SchemaError, EvidenceError
        A field is wrong, or no pack has a scale.
    """
    shares: dict[str, float] = {}
    for _, section in read_section(catalogue, "assessment_scale", _Section):
        shares |= section.assessment_scale.shares
    return shares


def combine_readings(
    readings: Iterable[Reading],
    *,
    origin: Origin,
    source: str,
    on: date,
    notes: Iterable[str] = (),
    findings: Iterable[Finding] = (),
) -> Imported:
    """Return one entry for each control: the mean of the requirements that lead to it, each counted alike.

    An entry is as old as the oldest requirement behind it.

    Parameters
    ----------
    source
        Name of the file, kept as evidence with the ids of the requirements.
    on
        Date of readings that have none.
    """
    # Ids come from outside and are shown in a terminal.
    rows = [replace(reading, element=clean_line(reading.element)[:MAX_REF]) for reading in readings]
    behind: dict[str, list[Reading]] = {}
    for reading in rows:
        for control in reading.controls:
            behind.setdefault(control, []).append(reading)
    entries = {
        control: PostureEntry(
            coverage=round(sum(reading.share for reading in found) / len(found), DIGITS),
            on=min(reading.on or on for reading in found),
            origin=origin,
            evidence=shorten(f"{source}: {', '.join(reading.element for reading in found)}"),
        )
        for control, found in behind.items()
    }
    return Imported(
        entries=entries,
        read=len(rows),
        used=sum(bool(reading.controls) for reading in rows),
        passed_over=tuple(reading.element for reading in rows if not reading.controls),
        notes=tuple(notes),
        findings=tuple(findings),
    )
