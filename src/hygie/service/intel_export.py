"""Intelligence out: records in the formats of others, under a TLP ceiling, written whole or not at all."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from hygie.core.errors import StoreError, UsageError, suggest
from hygie.core.evidence import TLP
from hygie.knowledge.exporters.redaction import Withheld, redact_data
from hygie.knowledge.exporters.stix_objects import derive_stix_id
from hygie.knowledge.kinds import KINDS, IntelRecord, Kind
from hygie.knowledge.markings import DEFAULT_UNMARKED, exceeds_ceiling, judge_tlp
from hygie.knowledge.projection import record_of
from hygie.service.intel import parse_kind
from hygie.service.workspace import Base
from hygie.store.record_store import StoredRecord
from hygie.views.intel import ExportSummary

__all__ = ["EXPORT_FORMATS", "export_file"]

EXPORT_FORMATS = ("stix", "veris", "csv", "xlsx", "navigator")
_BY_ENDING = {".csv": "csv", ".xlsx": "xlsx"}


def export_file(
    base: Base,
    out: Path,
    *,
    ceiling: TLP,
    format: str | None = None,  # noqa: A002 - the word of the command line
    kinds: Sequence[str] = (),
    text: str | None = None,
    origin: str | None = None,
    domain: str = "enterprise",
    actors: Sequence[str] = (),
) -> ExportSummary:
    """Write records to a file; nothing marked above the ceiling leaves, references included.

    Parameters
    ----------
    kinds, text, origin
        Which records; all of them by default.
    domain
        Of a Navigator layer: `enterprise` or `ics`.
    actors
        Of a Navigator layer: only what these actors use; what any record uses by default.

    Raises
    ------
    UsageError
        An unknown format or kind; a CSV file of several kinds.
    StoreError
        The file cannot be written.
    """
    name = format or _BY_ENDING.get(out.suffix.lower())
    if name is None or name not in EXPORT_FORMATS:
        raise UsageError(
            "the format of the file is not known" if name is None else f"there is no format “{name}”",
            field="--format",
            value=name or out.name,
            allowed=", ".join(EXPORT_FORMATS),
            repair=(suggest(name, EXPORT_FORMATS) if name else None) or "name the format with --format",
        )
    chosen = tuple(parse_kind(kind) for kind in kinds) or KINDS
    select = _Selection(base, kinds=chosen, text=text, origin=origin, ceiling=ceiling)
    writers: Mapping[str, Callable[[_Selection, Path], Counter[str]]] = {
        "stix": _write_stix,
        "veris": _write_veris,
        "csv": _write_csv,
        "xlsx": _write_xlsx,
        "navigator": lambda selection, path: _write_navigator(selection, path, domain=domain, actors=actors),
    }
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=".export-") as folder:
            part = Path(folder) / out.name
            withheld = writers[name](select, part)
            part.replace(out)
        if select.references_removed:
            withheld["references removed"] += select.references_removed
    except OSError as error:
        raise StoreError(
            f"the file could not be written: {error.strerror}", file=str(out), repair="choose another place"
        ) from error
    return ExportSummary(
        path=str(out),
        format=name,
        ceiling=f"TLP:{ceiling.value.upper()}",
        written=select.written,
        withheld=dict(withheld.most_common()),
    )


class _Selection:
    """The records to write, and those that the ceiling holds back."""

    def __init__(
        self, base: Base, *, kinds: Sequence[Kind], text: str | None, origin: str | None, ceiling: TLP
    ) -> None:
        self.base = base
        self.kinds = kinds
        self.ceiling = ceiling
        self.written = 0
        self.references_removed = 0
        self._text = text
        self._origin = origin

    def records(self, *kinds: Kind) -> Iterator[IntelRecord]:
        for kind in kinds or self.kinds:
            for stored in self.base.store.find(kind, text=self._text, origin=self._origin):
                yield _stamp(stored)

    def with_sources(self) -> Iterator[IntelRecord]:
        """Yield the records, then the sources that they name and that were not chosen themselves."""
        seen: set[str] = set()
        wanted: dict[str, None] = {}
        for record in self.records():
            if record.kind == "source":
                seen.add(record.ref)
            if self.allows(record):
                wanted.update(dict.fromkeys(record.data.get("evidence", ())))
            yield record
        refs = [ref for ref in wanted if ref not in seen]
        for start in range(0, len(refs), 500):
            for stored in self.base.store.get_many("source", refs[start : start + 500]):
                if stored.deleted_at is None:
                    yield _stamp(stored)

    def allows(self, record: IntelRecord) -> bool:
        """Return whether a record may travel under the ceiling."""
        return not exceeds_ceiling(judge_tlp(record, unmarked=DEFAULT_UNMARKED), ceiling=self.ceiling)

    def shared(self, records: Iterable[IntelRecord], withheld: Counter[str]) -> Iterator[IntelRecord]:
        """Yield what may travel under the ceiling, without references to what may not, and count the rest."""
        for record in records:
            if not self.allows(record):
                withheld[f"TLP:{record.tlp.value.upper()}" if record.tlp else "no TLP marking"] += 1
                continue
            redacted = redact_data(record, withheld=self.withheld)
            if redacted.reason is not None:
                withheld[redacted.reason] += 1
                continue
            self.references_removed += redacted.removed
            self.written += 1
            yield redacted.record

    @cached_property
    def withheld(self) -> Withheld:
        """All records of the base that may not travel under the ceiling, chosen or not."""
        withheld = Withheld()
        for record in map(record_of, self.base.store.find()):
            if self.allows(record):
                withheld.share(record)
            else:
                withheld.add(record, stix_id=derive_stix_id(record))
        return withheld


def _stamp(stored: StoredRecord) -> IntelRecord:
    """Return a record dated by its publisher, else by the last change in the base: receivers see that it changed."""
    record = record_of(stored)
    if record.stamp is not None:
        return record
    return replace(record, stamp=stored.modified_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def _write_stix(selection: _Selection, path: Path) -> Counter[str]:
    from hygie.knowledge.exporters.stix import export_stix

    export = export_stix(
        selection.with_sources(), ceiling=selection.ceiling, produced_at=datetime.now(UTC), withheld=selection.withheld
    )
    with path.open("wb") as stream:
        stream.writelines(export)
    selection.written = sum(export.report.exported.values())
    withheld = Counter(held.reason for held in export.report.held_back)
    selection.references_removed = export.report.removed
    return withheld


def _write_veris(selection: _Selection, path: Path) -> Counter[str]:
    from hygie.knowledge.exporters.veris import export_veris

    withheld: Counter[str] = Counter()
    store = selection.base.store

    def find_source(ref: str) -> IntelRecord | None:
        found = store.get_many("source", [ref])
        return record_of(found[0]) if found and found[0].deleted_at is None else None

    records = selection.shared(selection.records("incident"), withheld)
    with path.open("wb") as stream:
        stream.writelines(export_veris(records, ceiling=selection.ceiling, find_source=find_source))
    return withheld


def _write_csv(selection: _Selection, path: Path) -> Counter[str]:
    from hygie.knowledge.exporters.tables import export_csv

    if len(selection.kinds) != 1:
        raise UsageError(
            "a CSV file holds one kind of record",
            field="--kind",
            value=", ".join(selection.kinds[:3]) + " …",
            repair="add --kind, or write a workbook (.xlsx)",
        )
    (kind,) = selection.kinds
    withheld: Counter[str] = Counter()
    records = selection.shared(selection.records(kind), withheld)
    with path.open("wb") as stream:
        stream.writelines(export_csv(records, kind=kind, ceiling=selection.ceiling))
    return withheld


def _write_xlsx(selection: _Selection, path: Path) -> Counter[str]:
    from hygie.knowledge.exporters.tables import export_xlsx

    withheld: Counter[str] = Counter()
    sheets = {kind: selection.shared(selection.records(kind), withheld) for kind in selection.kinds}
    table = export_xlsx(sheets, path, ceiling=selection.ceiling, exported_on=datetime.now(UTC).date())
    selection.written = sum(table.written.values())
    return withheld + Counter(left.reason for left in table.left_out)


def _write_navigator(selection: _Selection, path: Path, *, domain: str, actors: Sequence[str]) -> Counter[str]:
    from hygie.knowledge.exporters.navigator import LayerDomain, count_techniques, export_navigator

    if domain not in ("enterprise", "ics"):
        raise UsageError(
            "there is no such matrix", field="--domain", value=domain, allowed="enterprise, ics", repair="use one"
        )
    matrix: LayerDomain = "enterprise-attack" if domain == "enterprise" else "ics-attack"
    store = selection.base.store
    names = _find_attack_ids(selection.base, actors)
    withheld: Counter[str] = Counter()
    used = (
        record
        for record in selection.records("incident", "relationship")
        if not names or record.data.get("source") in names or record.data.get("actor", {}).get("name") in names
    )
    records = (*selection.shared(used, withheld), *map(record_of, store.find("technique")))
    counts = count_techniques(records, domain=matrix, ceiling=selection.ceiling)
    if not counts:
        raise UsageError("no technique is used by these records", repair="choose other records or another matrix")
    versions = {origin.partition("/")[2]: version for origin, version, _ in store.origins()}
    whose = ", ".join(actors) or "all records"
    layer = export_navigator(
        counts,
        name=f"hygie: {whose}"[:100],
        description=f"Techniques by the number of records that use them: {whose}."[:500],
        attack_version=(versions.get(f"attack-{domain}") or "18").split(".")[0],
        domain=matrix,
        marking=selection.ceiling,
    )
    path.write_bytes(layer)
    selection.written = len(counts)
    return withheld


def _find_attack_ids(base: Base, actors: Sequence[str]) -> set[str]:
    """Return the refs under which records name these actors: their own, and their ids in ATT&CK."""
    found: set[str] = set()
    for ref in actors:
        stored = base.store.get_many("actor", [ref])
        if not stored:
            near = [item.ref for item in base.store.find("actor", text=ref, limit=5)]
            raise UsageError(
                f"there is no actor “{ref}”",
                field="--actor",
                value=ref,
                repair=f"did you mean {', '.join(near)}?" if near else None,
            )
        found |= {ref, *stored[0].data.get("attack_ids", ())}
    return found
