"""Incidents as VERIS records (version 1.4.0): a JSON list, record by record.

Written from the schema (https://github.com/vz-risk/veris, `verisc-merged.json`) and the publisher's converters.
A record that came as VERIS goes out as it came; what an analyst changed since is written over it, and nothing else.
Other incidents are written from their facts alone. What VERIS has no words for (the class of the threat, how care
was affected, what a date is based on …) goes to `plus.hygie`, a merge patch (RFC 7396) that our importer applies
again: `plus` is where VERIS lets each organisation extend it. Words that are not in the enumeration become `Other`
where it knows one, else `Unknown`; what the facts do not say is `Unknown`.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hygie.core.evidence import TLP
from hygie.knowledge.exporters.veris_words import settle_words, write_facts
from hygie.knowledge.importers.veris_mapping import (
    VERIS_FORMAT,
    derive_patch,
    list_references,
    map_incident,
    reference_ref,
)
from hygie.knowledge.kinds import IntelRecord, validate_facts
from hygie.knowledge.markings import DEFAULT_UNMARKED, exceeds_ceiling, judge_tlp

__all__ = ["SCHEMA_VERSION", "export_veris"]

SCHEMA_VERSION = "1.4.0"

FindSource = Callable[[str], IntelRecord | None]

# Fields that are no facts of the incident: its name here, and refs of sources of this base.
_NOT_PATCHED = ("ref", "evidence")


def export_veris(
    records: Iterable[IntelRecord],
    *,
    ceiling: TLP,
    unmarked: TLP = DEFAULT_UNMARKED,
    find_source: FindSource | None = None,
    enumerations: Mapping[str, Any] | None = None,
) -> Iterator[bytes]:
    """Yield the bytes of a JSON list of VERIS records.

    Parameters
    ----------
    records
        Records of any kind; incidents are written.
    ceiling
        Records and sources marked above it are left out.
    unmarked
        How to take what its publisher did not mark.
    find_source
        Gives the source record of a reference, for `reference`; without it, new sources are left out.
    enumerations
        The publisher's `verisc-enum.json`: in records written from facts alone, words that it does not have become
        `Other` or `Unknown`.

    Raises
    ------
    SchemaError
        The facts of a record are not those of an incident.
    """
    writer = _Writer(ceiling=ceiling, unmarked=unmarked, find_source=find_source, enumerations=enumerations or {})
    separator = b"[\n"
    for record in records:
        if record.kind == "incident" and writer.may_share(record):
            yield separator + json.dumps(writer.write(record), ensure_ascii=False, allow_nan=False).encode()
            separator = b",\n"
    yield b"[]\n" if separator == b"[\n" else b"\n]\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writer:
    ceiling: TLP
    unmarked: TLP
    find_source: FindSource | None
    enumerations: Mapping[str, Any]

    def may_share(self, record: IntelRecord) -> bool:
        """Return whether a record travels under the ceiling."""
        return not exceeds_ceiling(judge_tlp(record, unmarked=self.unmarked), ceiling=self.ceiling)

    def write(self, record: IntelRecord) -> dict[str, Any]:
        """Return the VERIS record of an incident."""
        data = dict(IntelRecord.from_facts("incident", validate_facts("incident", record.data)).data)
        if record.document is not None and record.document_format == VERIS_FORMAT:
            document, said = self._open_document(record.document)
        else:
            document, said = _begin_document(record, data), {}
        changed = _list_changes(said, data) if said else None
        if changed == set():
            return dict(record.document or {})
        self._write_sources(document, data["evidence"], changed)
        write_facts(document, data, changed=changed)
        if changed is None:
            settle_words(document, self.enumerations)
        patch = derive_patch(map_incident(document), data)
        patch = {key: value for key, value in patch.items() if key not in _NOT_PATCHED}
        if patch:
            document.setdefault("plus", {})["hygie"] = patch
        return document

    @staticmethod
    def _open_document(kept: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return a copy to write on, without what we added at an earlier export, and what the kept document says."""
        document = copy.deepcopy(dict(kept))
        said = map_incident(document)
        plus = document.get("plus")
        if isinstance(plus, dict):
            plus.pop("hygie", None)
        return document, said

    def _write_sources(self, document: dict[str, Any], refs: Sequence[str], changed: set[str] | None) -> None:
        if changed is not None and "evidence" not in changed:
            return
        known = {reference_ref(*reference): reference[0] for reference in list_references(document)}
        found = [known[ref] if ref in known else self._find_address(ref) for ref in refs]
        text = "; ".join(source for source in found if source)
        if text and (changed is None or all(found)):
            document["reference"] = text

    def _find_address(self, ref: str) -> str | None:
        source = self.find_source(ref) if self.find_source is not None else None
        return str(source.data["source"]) if source is not None and self.may_share(source) else None


def _begin_document(record: IntelRecord, data: Mapping[str, Any]) -> dict[str, Any]:
    known = [entry["id"] for entry in data.get("ids", []) if entry["catalogue"] == VERIS_FORMAT]
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "incident_id": known[0] if known else record.ref,
        "source_id": "hygie",
        "summary": "",
    }
    if record.stamp is not None:
        document["plus"] = {"modified": record.stamp}
    return document


def _list_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """Return the fields that differ, those of `victim` and `veris` one by one."""
    changed: set[str] = set()
    for key, value in derive_patch(before, after).items():
        if key in ("victim", "veris") and isinstance(value, dict):
            changed.update(f"{key}.{name}" for name in value)
        elif key != "ref":
            changed.add(key)
    return changed
