"""The entries of packs as records of the CTI base."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hygie.core.errors import DataError
from hygie.core.evidence import TLP
from hygie.knowledge.folders import PackFolder, read_packs
from hygie.knowledge.kinds import KIND_MODELS, IntelRecord, Kind
from hygie.knowledge.packs import DEFAULT_PACKS, check_packs

__all__ = ["PACK_SECTIONS", "read_pack_folders", "read_pack_records"]

# Sections of pack files that are objects of the base, and the kind of each.
PACK_SECTIONS: Mapping[str, Kind] = {
    "evidence": "source",
    "incidents": "incident",
    "counts": "count",
    "campaigns": "campaign",
    "actors": "actor",
    "techniques": "technique",
}
_WINDOW = "observation_window"


def read_pack_folders(
    names: Sequence[str] = DEFAULT_PACKS, *, extra_paths: Sequence[Path] = ()
) -> tuple[PackFolder, ...]:
    """Return the folders of packs that are fit to be loaded, each after the ones it requires.

    Raises
    ------
    DataError
        With every finding of every file.
    """
    findings = check_packs(names, extra_paths=extra_paths)
    if findings:
        raise DataError.from_findings(findings)
    folders, _ = read_packs(names, extra_paths=extra_paths)
    return tuple(folders)


def read_pack_records(folders: Sequence[PackFolder]) -> Iterator[tuple[PackFolder, list[IntelRecord]]]:
    """Yield the records of each pack; the marking of one is the strictest of its evidence."""
    markings: dict[str, TLP] = {}
    for folder in folders:
        records: list[IntelRecord] = []
        for section, kind in PACK_SECTIONS.items():
            for row in _iterate_rows(folder, section):
                facts = KIND_MODELS[kind].model_validate(row)
                if kind == "source":
                    tlp = TLP(row["tlp"])
                    markings[row["ref"]] = tlp
                else:
                    order = list(TLP)
                    tlp = max((markings[ref] for ref in row.get("evidence", ())), key=order.index, default=TLP.CLEAR)
                records.append(IntelRecord.from_facts(kind, facts, tlp=tlp))
        yield folder, records


def _iterate_rows(folder: PackFolder, section: str) -> Iterator[dict[str, Any]]:
    for document in folder.documents:
        rows = document.data.get(section, ())
        for row in rows:
            # The period over which campaigns were looked for may stand once, at the top of the file.
            shared = {_WINDOW: document.data[_WINDOW]} if section == "campaigns" and _WINDOW in document.data else {}
            yield {**shared, **row}
