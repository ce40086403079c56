"""From the documents of packs to records, each with the place where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, Generic, TypeVar

from hygie.core.errors import (
    DataError,
    ElicitationError,
    Finding,
    HygieError,
    SchemaError,
    UnitError,
    suggest,
)
from hygie.core.estimate import Estimate
from hygie.core.evidence import Evidence
from hygie.knowledge.folders import PackFolder
from hygie.knowledge.kinds import TechniqueFacts
from hygie.knowledge.parameters import PARAMETER_ID, ParameterRow
from hygie.knowledge.records import Campaign, CountObservation, Incident, ThreatActor
from hygie.knowledge.schemas import (
    ActorRow,
    CampaignRow,
    CountRow,
    EvidenceRow,
    IncidentRow,
    WindowRow,
)
from hygie.store.documents import DataPath, Document, render_path, validate_model

__all__ = ["PACK_SCHEMA", "Entry", "Shelf", "Source", "fill_shelf"]

PACK_SCHEMA = "hygie.pack/1"

T = TypeVar("T")
_ListRow = EvidenceRow | IncidentRow | CountRow | CampaignRow | ActorRow | TechniqueFacts

_ROWS: dict[str, type[_ListRow]] = {
    "evidence": EvidenceRow,
    "incidents": IncidentRow,
    "counts": CountRow,
    "campaigns": CampaignRow,
    "actors": ActorRow,
    "techniques": TechniqueFacts,
}
_PARAMETERS = "parameters"
# A file of campaigns may state once, at its top, the period over which they were looked for.
_WINDOW = "observation_window"


@dataclass(frozen=True, slots=True)
class Source:
    """Where an entry stands."""

    pack: str
    document: Document
    path: DataPath

    @property
    def place(self) -> str:
        """File and line, as messages print them."""
        return f"{self.document.name}:{self.document.line_near(self.path)}"

    def refuse(
        self,
        message: str,
        *parts: str | int,
        error: type[DataError] = SchemaError,
        value: object = None,
        allowed: str | None = None,
        repair: str | None = None,
    ) -> Finding:
        """Return a finding about the part of the entry at `parts`."""
        path = (*self.path, *parts)
        return error(
            message,
            file=self.document.name,
            line=self.document.line_near(path),
            field=render_path(path) or None,
            value=value,
            allowed=allowed,
            repair=repair,
        ).findings[0]


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """A record, and where it stands."""

    record: T
    source: Source


@dataclass(slots=True)
class Shelf:
    """All that was read from packs, by ref, with what is wrong.

    Parameters
    ----------
    parameters
        The estimates of each parameter, oldest first.
    broken
        By kind, refs of entries that were refused: they exist, so a reference to one is no further finding.
    """

    evidence: dict[str, Entry[Evidence]] = field(default_factory=dict)
    incidents: dict[str, Entry[Incident]] = field(default_factory=dict)
    counts: dict[str, Entry[CountObservation]] = field(default_factory=dict)
    campaigns: dict[str, Entry[Campaign]] = field(default_factory=dict)
    actors: dict[str, Entry[ThreatActor]] = field(default_factory=dict)
    techniques: dict[str, Entry[TechniqueFacts]] = field(default_factory=dict)
    parameters: dict[str, Entry[tuple[Estimate, ...]]] = field(default_factory=dict)
    sections: dict[str, list[Document]] = field(default_factory=dict)
    broken: dict[str, set[str]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def knows(self, kind: str, ref: str) -> bool:
        """Return whether some pack has an entry `ref` of this kind, even a refused one."""
        return ref in getattr(self, kind) or ref in self.broken.get(kind, ())


def fill_shelf(folders: Sequence[PackFolder]) -> Shelf:
    """Interpret the documents of packs, which are ordered so that each comes after the ones it requires."""
    shelf = Shelf()
    reach: dict[str, set[str]] = {}
    for folder in folders:
        name = folder.info.name
        reach[name] = {part for other in folder.requires for part in (other, *reach.get(other, ()))}
        for document in folder.documents:
            section = _find_section(Source(name, document, ()), shelf)
            if section in _ROWS:
                _add_list(Source(name, document, (section,)), shelf)
            elif section == _PARAMETERS:
                _add_parameters(Source(name, document, (section,)), shelf, below=reach[name])
            elif section is not None:
                # The marker `schema:` has been checked; the room that owns the section need not know it.
                content = {section: document.data[section]}
                shelf.sections.setdefault(section, []).append(replace(document, data=content))
    return shelf


def _find_section(source: Source, shelf: Shelf) -> str | None:
    """Return the one top-level key of a pack file, or None when the file is refused."""
    data = source.document.data
    if not isinstance(data, dict):
        repair = f"start the file with one key, such as “{_PARAMETERS}:”"
        shelf.findings.append(source.refuse("a pack file is a group of “name: value” lines", repair=repair))
        return None
    marker = data.get("schema", PACK_SCHEMA)
    if marker != PACK_SCHEMA:
        repair = "write this version, or upgrade hygie"
        refusal = source.refuse("unknown schema", "schema", value=marker, allowed=PACK_SCHEMA, repair=repair)
        shelf.findings.append(refusal)
        return None
    companions = {"schema", _WINDOW} if "campaigns" in data else {"schema"}
    keys = [key for key in data if key not in companions]
    if len(keys) != 1:
        message = f"a pack file has one top-level key, this one has {len(keys)}"
        value = ", ".join(keys) or None
        shelf.findings.append(source.refuse(message, value=value, repair="write one file per subject"))
        return None
    key = str(keys[0])
    kinds = [*_ROWS, _PARAMETERS]
    # A misspelt kind would pass for a section of another room and be lost. The first letter must agree, though:
    # `factors` is not a misspelt `actors`.
    close = [kind for kind in get_close_matches(key.lower(), kinds, n=1, cutoff=0.85) if kind[0] == key[0].lower()]
    if key not in kinds and close:
        shelf.findings.append(source.refuse(f"unknown section “{key}”", key, repair=f"did you mean “{close[0]}”?"))
        return None
    return key


def _add_list(source: Source, shelf: Shelf) -> None:
    kind = str(source.path[-1])
    rows = source.document.data[kind]
    if not isinstance(rows, list):
        repair = "start each entry with “- ref: …”"
        shelf.findings.append(source.refuse(f"“{kind}” must be a list", repair=repair))
        return
    model, shelved = _ROWS[kind], getattr(shelf, kind)
    window = None
    if _WINDOW in source.document.data:
        try:
            window = validate_model(source.document, WindowRow, path=(_WINDOW,))
        except HygieError as error:
            shelf.findings.extend(error.findings)
            return
    for index, row in enumerate(rows):
        place = Source(source.pack, source.document, (kind, index))
        ref = row.get("ref") if isinstance(row, dict) else None
        try:
            entry = validate_model(source.document, model, path=place.path)
            record = _build_record(entry, window=window)
        except HygieError as error:
            shelf.findings.extend(_place_findings(error, place))
            if isinstance(ref, str):
                shelf.broken.setdefault(kind, set()).add(ref)
            continue
        if record.ref in shelved:
            shelf.findings.append(_refuse_repeat(place, shelved[record.ref].source, record.ref, "ref"))
            continue
        shelved[record.ref] = Entry(record, place)


def _build_record(entry: _ListRow, *, window: WindowRow | None) -> Any:
    match entry:
        case TechniqueFacts():
            # Nothing to convert: the facts are the record.
            return entry
        case CampaignRow():
            return entry.to_record(window=window)
        case _:
            return entry.to_record()


def _add_parameters(source: Source, shelf: Shelf, *, below: set[str]) -> None:
    rows = source.document.data[_PARAMETERS]
    if not isinstance(rows, dict):
        repair = "write each parameter as “id:” followed by its fields"
        shelf.findings.append(source.refuse(f"“{_PARAMETERS}” must be a group of “name: value” lines", repair=repair))
        return
    for parameter in rows:
        place = Source(source.pack, source.document, (_PARAMETERS, parameter))
        if not PARAMETER_ID.fullmatch(parameter):
            allowed = "lower-case words of letters, digits and “_”, joined by “.”"
            message = f"“{parameter[:80]}” is not the id of a parameter"
            shelf.findings.append(place.refuse(message, value=parameter, allowed=allowed, repair="rename it"))
            continue
        try:
            row = validate_model(source.document, ParameterRow, path=place.path)
        except HygieError as error:
            shelf.findings.extend(error.findings)
            shelf.broken.setdefault(_PARAMETERS, set()).add(parameter)
            continue
        refusal = _judge_override(place, row, shelf, below)
        if refusal is not None:
            shelf.findings.append(refusal)
            continue
        estimates = _build_estimates(place, row, shelf)
        if estimates:
            shelf.parameters[parameter] = Entry(estimates, place)


def _judge_override(place: Source, row: ParameterRow, shelf: Shelf, below: set[str]) -> Finding | None:
    parameter = str(place.path[-1])
    known = shelf.parameters.get(parameter)
    if known is None:
        if row.overrides and not shelf.knows(_PARAMETERS, parameter):
            repair = suggest(parameter, shelf.parameters) or "remove the line “overrides:”"
            return place.refuse(f"“{parameter}” overrides nothing", "overrides", repair=repair)
        return None
    if known.source.pack == place.pack:
        return _refuse_repeat(place, known.source, parameter)
    if known.source.pack not in below:
        repair = f"add “{known.source.pack}” to `requires:` in {place.pack}, or rename the parameter"
        return place.refuse(f"“{parameter}” also stands in {known.source.place}", value=parameter, repair=repair)
    if not row.overrides:
        repair = "write `overrides: true` if this value is to replace the other one, or rename the parameter"
        return place.refuse(f"“{parameter}” also stands in {known.source.place}", value=parameter, repair=repair)
    return None


def _build_estimates(place: Source, row: ParameterRow, shelf: Shelf) -> tuple[Estimate, ...]:
    estimates = []
    for day in sorted(row.values):
        try:
            estimates.append(row.to_record(str(place.path[-1]), day=day))
        except UnitError as error:
            # The unit is shared by all dates: one finding is enough.
            shelf.findings.extend(_place_findings(error, place))
            break
        except HygieError as error:
            shelf.findings.extend(_place_findings(error, place, inside=("values", day)))
    if len(estimates) < len(row.values):
        shelf.broken.setdefault(_PARAMETERS, set()).add(str(place.path[-1]))
    return tuple(estimates)


def _place_findings(error: HygieError, place: Source, *, inside: DataPath = ()) -> list[Finding]:
    """Return the findings of an error raised while a record was built, with file, line and full field."""
    placed = []
    for finding in error.findings:
        if finding.file is not None:
            placed.append(finding)
            continue
        names: DataPath = tuple(finding.field.split(".")) if finding.field else ()
        match error:
            case UnitError():
                candidates: list[DataPath] = [("unit",), ("disruption", "unit")]
            case ElicitationError():
                candidates = [(*inside, "distribution", *names), (*inside, "distribution")]
            case _:
                candidates = [(*inside, *names)]
        found = (path for path in candidates if place.document.line_of((*place.path, *path)) is not None)
        path = (*place.path, *next(found, inside))
        line, dotted = place.document.line_near(path), render_path(path)
        placed.append(replace(finding, file=place.document.name, line=line, field=dotted))
    return placed


def _refuse_repeat(place: Source, first: Source, name: str, *parts: str) -> Finding:
    repair = "rename or remove one of the two"
    return place.refuse(f"“{name}” stands twice, first in {first.place}", *parts, value=name, repair=repair)
