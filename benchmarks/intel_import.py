"""How fast STIX bundles are read and written, and with how much memory, however large they are.

    python benchmarks/intel_import.py --objects 200000 [--export] [--store] [--database URL] [--folder DIR]

A bundle of the given number of objects is generated (techniques, actors, software, incidents, indicators,
relationships, reports, in the shares of a busy platform, ATT&CK-sized texts), then read through the importer alone:
no store. With --store, it is imported twice into a new base (SQLite, or the given database). With --export, the
records are also written back as a bundle under TLP:AMBER.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from hygie.core.evidence import TLP
from hygie.knowledge.exporters.stix import export_stix
from hygie.knowledge.importers.protocol import ImportOptions, Refusal
from hygie.knowledge.importers.stix import import_stix
from hygie.knowledge.importers.stix_terms import TLP_2_MARKINGS
from hygie.knowledge.kinds import IntelRecord
from hygie.knowledge.loading import load_items
from hygie.knowledge.projection import project_record
from hygie.store.byte_sources import ByteSource
from hygie.store.record_store import RecordStore
from hygie.store.workspace import open_workspace

SEED = 20261123
# Shares of types in the bundle; relationships are the bulk of what platforms exchange.
SHARES = {
    "relationship": 0.55,
    "indicator": 0.20,
    "malware": 0.05,
    "attack-pattern": 0.05,
    "incident": 0.05,
    "intrusion-set": 0.03,
    "identity": 0.03,
    "vulnerability": 0.02,
    "report": 0.02,
}
WORDS = ["actor", "message", "link", "page", "password", "mail", "account", "server", "opened", "sent", "hospital"]


def generate_objects(count: int, *, seed: int = SEED) -> Iterator[dict[str, Any]]:
    """Yield `count` STIX 2.1 objects; the same seed gives the same objects."""
    rng = random.Random(seed)
    types = rng.choices(list(SHARES), weights=list(SHARES.values()), k=count)
    markings = list(TLP_2_MARKINGS)[:3]
    for number, type_ in enumerate(types):
        found: dict[str, Any] = {
            "type": type_,
            "spec_version": "2.1",
            "id": _name(type_, number),
            "created": "2024-01-01T00:00:00.000Z",
            "modified": f"2025-01-{1 + number % 28:02d}T00:00:00.000Z",
            "object_marking_refs": [markings[number % 3]],
        }
        if type_ == "relationship":
            ends = [rng.randrange(count) for _ in range(2)]
            found |= {
                "relationship_type": "uses",
                "source_ref": _name(types[ends[0]], ends[0]),
                "target_ref": _name(types[ends[1]], ends[1]),
            }
        else:
            found |= {"name": f"{type_} {number}", "description": _write_text(rng)}
        yield found | _detail(type_, number, rng, types)


def _detail(type_: str, number: int, rng: random.Random, types: list[str]) -> dict[str, Any]:
    links = [
        {"source_name": "Blog", "url": f"https://example.org/{rng.randrange(50_000)}", "description": "A post"}
        for _ in range(rng.randrange(4))
    ]
    match type_:
        case "attack-pattern":
            attack_id = f"T{1000 + number // 1000}.{number % 1000:03d}"
            return {
                "external_references": [{"source_name": "mitre-attack", "external_id": attack_id}, *links],
                "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": "impact"}],
                "x_mitre_platforms": ["Windows", "Linux"],
            }
        case "malware":
            return {"is_family": True, "external_references": links} if links else {"is_family": True}
        case "intrusion-set":
            return {"aliases": [f"alias {number}"], "first_seen": "2020-02-03T00:00:00Z"}
        case "identity":
            return {"identity_class": "organization", "sectors": ["healthcare"]}
        case "indicator":
            pattern = f"[ipv4-addr:value = '198.51.100.{number % 256}']"
            return {"pattern": pattern, "pattern_type": "stix", "valid_from": "2024-01-01T00:00:00Z"}
        case "vulnerability":
            return {"external_references": [{"source_name": "cve", "external_id": f"CVE-2024-{10000 + number}"}]}
        case "report":
            refs = [rng.randrange(len(types)) for _ in range(20)]
            return {"published": "2024-01-01T00:00:00Z", "object_refs": [_name(types[at], at) for at in refs]}
        case _:
            return {}


def _name(type_: str, number: int) -> str:
    return f"{type_}--{UUID(int=(number << 80) | 0x4000_8000_0000_0000_0000)}"


def _write_text(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randrange(20, 200)))


def write_bundle(path: Path, *, count: int) -> None:
    """Write a generated bundle, object by object."""
    with path.open("w", encoding="utf-8") as stream:
        stream.write('{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[\n')
        for number, found in enumerate(generate_objects(count)):
            stream.write((",\n" if number else "") + json.dumps(found))
        stream.write("\n]}\n")


def _read_records(path: Path, tally: Counter[str]) -> Iterator[IntelRecord]:
    for item in import_stix(ByteSource.from_path(path), ImportOptions(received_on=date(2026, 1, 2))):
        if isinstance(item, IntelRecord):
            tally[item.kind] += 1
            yield item
        elif isinstance(item, Refusal):
            tally["refused"] += 1


def _load(path: Path, folder: Path, *, database: str | None, count: int) -> None:
    """Import a bundle twice into a new base, as `hygie intel import` does."""
    workspace = open_workspace(folder / "workspace", database=database, organisation=f"bench-{time.time_ns()}")
    store = RecordStore(workspace, author="benchmark", project=project_record)
    for turn in ("first", "second"):
        start = time.perf_counter()
        items = import_stix(ByteSource.from_path(path), ImportOptions(received_on=date(2026, 1, 2)))
        report = load_items(store, items, format="stix", source=str(path))
        seconds = time.perf_counter() - start
        print(
            f"{turn} import into {workspace.engine.dialect.name} in {seconds:.1f} s: {count / seconds:,.0f} objects/s, "
            f"{ ({name: number for name, number in report.counts.items() if number}) }, peak {_peak():,.0f} MiB"
        )
    workspace.engine.dispose()


def _peak() -> float:
    """Return the highest resident memory of this process so far [MiB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=200_000)
    parser.add_argument("--export", action="store_true")
    parser.add_argument("--store", action="store_true")
    parser.add_argument("--database")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder) / "bundle.json"
        start = time.perf_counter()
        write_bundle(path, count=options.objects)
        size = path.stat().st_size / 2**20
        print(f"generated {options.objects:,} objects, {size:,.0f} MiB, in {time.perf_counter() - start:.1f} s")
        tally: Counter[str] = Counter()
        start = time.perf_counter()
        for _ in _read_records(path, tally):
            pass
        seconds = time.perf_counter() - start
        print(f"read in {seconds:.1f} s: {options.objects / seconds:,.0f} objects/s, peak {_peak():,.0f} MiB")
        print(", ".join(f"{kind} {count:,}" for kind, count in sorted(tally.items())))
        if options.store or options.database:
            _load(path, Path(folder), database=options.database, count=options.objects)
        if options.export:
            start = time.perf_counter()
            at = datetime(2026, 1, 2, tzinfo=UTC)
            export = export_stix(_read_records(path, Counter()), ceiling=TLP.AMBER, produced_at=at)
            written = sum(len(chunk) for chunk in export)
            seconds = time.perf_counter() - start
            left = sum(export.report.exported.values())
            print(
                f"read, judged and written in {seconds:.1f} s: {left:,} records, {written / 2**20:,.0f} MiB, "
                f"{len(export.report.held_back):,} held back, peak {_peak():,.0f} MiB"
            )


if __name__ == "__main__":
    main()
