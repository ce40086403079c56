"""STIX 2.1 bundles for others, under a ceiling: nothing above it leaves, nor what would lead to it.

The records are first spooled to a temporary file and judged, then written; memory holds ids only, whatever the
number of records.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, Final
from uuid import uuid5

from hygie.core.errors import SchemaError
from hygie.core.evidence import TLP
from hygie.knowledge.exporters.redaction import Withheld, redact_data
from hygie.knowledge.exporters.stix_definitions import define
from hygie.knowledge.exporters.stix_objects import StixIds, derive_stix_id
from hygie.knowledge.exporters.stix_redaction import redact_document
from hygie.knowledge.exporters.stix_write import is_stix, write_object
from hygie.knowledge.importers.stix_context import StixContext
from hygie.knowledge.importers.stix_terms import OWN_IDS, STIX_NAMESPACE
from hygie.knowledge.kinds import PAP, IntelRecord, Kind
from hygie.knowledge.markings import DEFAULT_UNMARKED, exceeds_ceiling, exceeds_pap, judge_tlp

__all__ = ["ExportReport", "HeldBack", "StixExport", "export_stix"]

_SPOOL_IN_MEMORY: Final = 64 * 1024**2
_CHUNK: Final = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """One record that did not leave, and why."""

    kind: Kind
    ref: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What left and what stayed; for those who export, never part of the bundle.

    Parameters
    ----------
    exported
        Number of records by kind [1].
    held_back
        Records that stayed, in the order in which they came.
    removed
        References taken out of records that left [1].
    """

    ceiling: TLP
    exported: Mapping[Kind, int]
    held_back: tuple[HeldBack, ...]
    removed: int


def export_stix(
    records: Iterable[IntelRecord],
    *,
    ceiling: TLP,
    produced_at: datetime,
    max_pap: PAP | None = None,
    unmarked: TLP = DEFAULT_UNMARKED,
    withheld: Withheld | None = None,
) -> StixExport:
    """Judge the records and return their bundle, to be read chunk by chunk.

    Objects that came as STIX go out as they came, with what was edited brought up to date, and then a `modified` one
    millisecond later; others are built, with ids derived from kind and ref and with the record's own stamp, so that
    equal content gives equal bytes but for the bundle's id. A record without a stamp is dated 2000-01-01: give stamps
    to records that change, or receivers will not see that they did. What STIX has no field for stands in our
    extension, so that an import gives back each field.

    Parameters
    ----------
    ceiling
        Nothing more restricted leaves (TLP).
    produced_at
        Instant of the export, with its time zone; only the bundle's id depends on it.
    max_pap
        Nothing on which fewer actions are permitted leaves; None for no such limit. What carries no PAP passes.
    unmarked
        Level at which records without TLP are judged. TLP:AMBER unless said otherwise: they may have been given in
        confidence. They leave without a marking, for nobody gave them one. Definitions of markings and extensions
        always leave, unless they are marked themselves.
    withheld
        What stays behind beside `records`, so that they do not name it either.

    Raises
    ------
    SchemaError
        `produced_at` has no time zone, or a record cannot be written as JSON.
    """
    if produced_at.tzinfo is None:
        raise SchemaError(
            "the instant has no time zone", field="produced_at", value=produced_at, repair="give it in UTC"
        )
    export = StixExport(ceiling=ceiling, produced_at=produced_at, max_pap=max_pap, unmarked=unmarked)
    if withheld is not None:
        export._withheld = withheld
    export.take(records)
    return export


@dataclass(slots=True, weakref_slot=True)
class StixExport:
    """A bundle ready to be written, as an iterable of chunks of JSON text [bytes], and the report on it."""

    ceiling: TLP
    produced_at: datetime
    max_pap: PAP | None
    unmarked: TLP
    report: ExportReport = field(init=False)
    _spool: IO[bytes] = field(init=False, repr=False)
    _digest: Any = field(init=False, repr=False)
    _withheld: Withheld = field(init=False, default_factory=Withheld, repr=False)
    _context: StixContext = field(init=False, default_factory=StixContext, repr=False)
    _ids: StixIds = field(init=False, default_factory=StixIds, repr=False)

    def __post_init__(self) -> None:
        self._spool = tempfile.SpooledTemporaryFile(max_size=_SPOOL_IN_MEMORY)  # noqa: SIM115
        self._digest = hashlib.sha256()
        weakref.finalize(self, self._spool.close)

    def take(self, records: Iterable[IntelRecord]) -> None:
        """Judge records one by one, then against each other, until nothing more has to stay."""
        held: dict[tuple[Kind, str], HeldBack] = {}
        for record in records:
            reason = self._judge(record)
            if reason is None:
                self._write_spool(record)
            else:
                held[record.kind, record.ref] = self._hold(record, reason)
        self._gather()
        # Granular markings are judged once all marking definitions are known.
        more = True
        removed = 0
        while more:
            more, removed = False, 0
            for record in self._read_spool():
                reason, count = self._judge_links(record)
                removed += count
                if reason is not None:
                    held[record.kind, record.ref] = self._hold(record, reason)
                    more = True
            if more:
                self._gather()
        exported = Counter(record.kind for record in self._read_spool())
        self.report = ExportReport(
            ceiling=self.ceiling, exported=dict(exported), held_back=tuple(held.values()), removed=removed
        )

    def _judge(self, record: IntelRecord) -> str | None:
        level = judge_tlp(record, unmarked=self.unmarked)
        if exceeds_ceiling(level, ceiling=self.ceiling):
            stated = f"TLP:{level.value.upper()}" if record.tlp is not None or record.kind == "source" else "no TLP"
            return f"{stated}, above TLP:{self.ceiling.value.upper()}"
        if exceeds_pap(record.pap, ceiling=self.max_pap):
            return f"PAP:{str(record.pap).upper()}, above PAP:{str(self.max_pap).upper()}"
        return None

    def _judge_links(self, record: IntelRecord) -> tuple[str | None, int]:
        if is_stix(record) and self._marks_parts(record.document or {}):
            return f"a part of it is marked above TLP:{self.ceiling.value.upper()}", 0
        redacted = redact_data(record, withheld=self._withheld)
        if redacted.reason is not None:
            return redacted.reason, 0
        if not is_stix(record):
            ends = (("source", "source_kind"), ("target", "target_kind")) if record.kind == "relationship" else ()
            if any(self._ids.resolve(record.data[end], record.data.get(kind)) is None for end, kind in ends):
                return "one of its ends is not in the export", 0
            return None, redacted.removed
        document = redact_document(redacted.record, withheld=self._withheld)
        return document.reason, redacted.removed + document.removed

    def _marks_parts(self, document: Mapping[str, Any]) -> bool:
        """Return whether a granular marking restricts a part of an object beyond the ceiling, or may do so."""
        markings = document.get("granular_markings", [])
        for item in markings if isinstance(markings, list) else [None]:
            mark = item.get("marking_ref") if isinstance(item, dict) else ""
            if mark is None:
                continue
            level = self._context.tlp_of(str(mark))
            if level is None:
                level = TLP.CLEAR if mark in self._context.kinds else self.unmarked
            if exceeds_ceiling(level, ceiling=self.ceiling):
                return True
        return False

    def _hold(self, record: IntelRecord, reason: str) -> HeldBack:
        self._withheld.add(record, stix_id=derive_stix_id(record))
        return HeldBack(kind=record.kind, ref=record.ref, reason=reason)

    def _gather(self) -> None:
        self._context, self._ids = StixContext(), StixIds()
        for record in self._read_spool():
            # Links to sources name their publishers: as they may be named.
            stix_id = self._ids.note(redact_data(record, withheld=self._withheld).record)
            if is_stix(record):
                self._context.note(record.document)
            self._context.note_record(stix_id.partition("--")[0], stix_id, kind=record.kind, ref=record.ref)
            if record.kind in ("identity", "actor") and stix_id not in self._context.names:
                self._context.names[stix_id] = record.name

    def _write_spool(self, record: IntelRecord) -> None:
        content = [
            record.kind,
            record.ref,
            record.name,
            record.data,
            record.tlp,
            record.pap,
            record.document if is_stix(record) else None,
            record.document_format if is_stix(record) else None,
            record.stamp,
        ]
        try:
            line = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        except (TypeError, ValueError) as error:
            raise SchemaError(
                f"the record {record.kind} {record.ref} cannot be written as JSON: {error}",
                repair="correct the record: STIX knows texts, finite numbers, lists and objects",
            ) from None
        self._digest.update(line)
        self._spool.write(line)

    def _read_spool(self) -> Iterator[IntelRecord]:
        """Yield the records that may leave, as they are stored."""
        self._spool.seek(0)
        for line in self._spool:
            kind, ref, name, data, tlp, pap, document, document_format, stamp = json.loads(line)
            if (kind, ref) in self._withheld.records:
                continue
            yield IntelRecord(
                kind=kind,
                ref=ref,
                name=name,
                data=data,
                tlp=TLP(tlp) if tlp is not None else None,
                pap=pap,
                document=document,
                document_format=document_format,
                stamp=stamp,
            )

    def _iterate_objects(self) -> Iterator[dict[str, Any]]:
        defined: set[str] = set()
        for original in self._read_spool():
            record = redact_document(
                redact_data(original, withheld=self._withheld).record, withheld=self._withheld
            ).record
            written = write_object(record, original=original, context=self._context, ids=self._ids)
            if written["id"] in OWN_IDS:
                continue
            # What came damaged may hold nothing where a list should be.
            needed = [*(written.get("object_marking_refs") or ()), *(written.get("extensions") or ())]
            needed += [item.get("marking_ref") for item in written.get("granular_markings", [])]
            yield from _define_all(needed, defined)
            yield written

    def __iter__(self) -> Iterator[bytes]:
        key = f"{self.produced_at.isoformat()}\x1f{self.ceiling.value}\x1f{self._digest.hexdigest()}"
        head = f'{{"type":"bundle","id":"bundle--{uuid5(STIX_NAMESPACE, key)}"'
        parts, size, separator = [head.encode()], 0, b',"objects":['
        for written in self._iterate_objects():
            text = json.dumps(written, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
            parts += [separator, text]
            size += len(text)
            separator = b","
            if size >= _CHUNK:
                yield b"".join(parts)
                parts, size = [], 0
        parts.append(b"]}\n" if separator == b"," else b"}\n")
        yield b"".join(parts)


def _define_all(needed: Iterable[Any], defined: set[str]) -> Iterator[dict[str, Any]]:
    for stix_id in needed:
        if not isinstance(stix_id, str) or stix_id in defined:
            continue
        defined.add(stix_id)
        for item in define(stix_id):
            yield from _define_all([item.get("created_by_ref")], defined)
            yield item
