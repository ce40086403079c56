"""Property: an incident sent as VERIS and read again says the same, whatever its facts, its document and its edits."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.core.evidence import TLP
from hygie.knowledge.exporters.veris import export_veris
from hygie.knowledge.importers.protocol import ImportOptions
from hygie.knowledge.importers.veris import import_veris
from hygie.knowledge.importers.veris_mapping import derive_patch
from hygie.knowledge.kinds import IntelRecord, canonical_json, validate_facts
from hygie.store.byte_sources import ByteSource
from hygie.store.record_fold import apply_patch

SETTINGS = settings(max_examples=150, deadline=None, derandomize=True)
FILE = Path(__file__).parents[1] / "data" / "veris" / "incidents.json"
OPTIONS = ImportOptions(received_on=date(2026, 11, 23))

texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).filter(str.strip)
refs = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,30}", fullmatch=True)
days = st.dates(date(1990, 1, 1), date(2026, 11, 1)).map(date.isoformat)
partial = days.flatmap(lambda day: st.sampled_from([day, day[:7], day[:4]]))
amounts = st.floats(0, 1e12, allow_nan=False)
words = st.fixed_dictionaries({"en": texts, "fr": texts})
sides = st.sampled_from(["external", "internal", "partner", "unknown", "else"])
kinds = st.sampled_from(
    ["hacking", "malware", "social", "error", "misuse", "physical", "environmental", "unknown", "x"]
)
varieties = st.sampled_from(["Ransomware", "DoS", "Unknown", "Other", "Extortion", "SQLi", "a.b", " padded "]) | texts


def terms(first: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(first | st.tuples(first, varieties).map(".".join), max_size=4)


veris_words = st.fixed_dictionaries(
    {},
    optional={
        "actors": terms(sides),
        "motives": terms(sides),
        "actions": terms(kinds),
        "vectors": terms(kinds),
        "assets": st.lists(varieties, max_size=3),
        "data_disclosure": st.sampled_from(["Yes", "No", "Potentially", "Unknown"]) | texts,
        "data_varieties": st.lists(varieties, max_size=3),
        "data_total": st.integers(0, 10**9),
        "integrity": st.lists(varieties, max_size=3),
        "availability": st.lists(varieties, max_size=3),
        "availability_duration": amounts,
        "availability_unit": st.sampled_from(["Hours", "Days", "Never", "NA"]) | texts,
        "discovery": st.sampled_from(["Ext - customer", "Unknown", "external.Customer; partner.Audit"]) | texts,
        "security_incident": st.sampled_from(["Confirmed", "Suspected", "Near miss"]),
    },
)
victims = st.fixed_dictionaries(
    {"name": texts | st.just("unknown"), "kind": texts | st.sampled_from(["naics-622110", "naics-", "unknown", "chu"])},
    optional={
        "town": texts,
        "region": texts,
        "country": st.sampled_from(["FR", "BE", "US"]),
        "sector": refs | st.sampled_from(["health", "finance"]),
        "employees": texts | st.sampled_from(["1 to 10", "2500"]),
    },
)
money = st.fixed_dictionaries({"value": amounts, "unit": st.just("EUR")}, optional={"note": words})
changes = st.fixed_dictionaries(
    {},
    optional={
        "started_on": partial,
        "date_precision": st.sampled_from(["day", "week", "month", "year"]),
        "victim": victims,
        "threat_class": refs | st.sampled_from(["ransomware", "ddos", "extortion", "error", "leak_claim"]),
        "census_class": st.sampled_from(["ransomware", "ddos", "other"]),
        "event": refs,
        "actor": st.fixed_dictionaries(
            {"name": refs | st.just("unknown"), "confidence": st.sampled_from(["high", "medium", "low", "none"])}
        ),
        "disruption": st.fixed_dictionaries(
            {
                "value": amounts,
                "unit": st.sampled_from(["min", "h", "d", "week", "month", "y"]) | texts,
                "estimated": st.booleans(),
            }
        ),
        "care_impact": words,
        "data_leaked": st.sampled_from(["yes", "no", "claimed", "unknown"]),
        "ransom_demand": money,
        "loss": money,
        "notes": words,
        "date_basis": st.sampled_from(["attack", "discovery", "leak_post", "disclosure"]),
        "discovered_on": partial,
        "published_on": partial,
        "techniques": st.lists(refs, max_size=2),
        "veris": veris_words,
        "ids": st.lists(st.fixed_dictionaries({"catalogue": texts | st.just("veris"), "id": texts}), max_size=2),
        "title": texts,
        "summary": texts,
    },
)
minimum: dict[str, Any] = {
    "ref": "an-incident",
    "evidence": ["a-source"],
    "started_on": "2024-05-06",
    "date_precision": "day",
    "victim": {"name": "CH d’Exemple", "kind": "ch"},
    "threat_class": "ransomware",
    "actor": {"name": "unknown", "confidence": "none"},
}


def build(data: dict[str, Any], **fields: Any) -> IntelRecord:
    return IntelRecord.from_facts("incident", validate_facts("incident", data), **fields)


def send(record: IntelRecord) -> tuple[bytes, IntelRecord]:
    content = b"".join(export_veris([record], ceiling=TLP.AMBER))
    items = list(import_veris(ByteSource(name="records", content=content), OPTIONS))
    (back,) = [item for item in items if not isinstance(item, IntelRecord) or item.kind == "incident"]
    assert isinstance(back, IntelRecord), back
    return content, back


def without_names(record: IntelRecord) -> dict[str, Any]:
    return {key: value for key, value in record.data.items() if key not in ("ref", "evidence")}


@SETTINGS
@given(changes)
def test_an_incident_survives_from_its_facts_alone(change: dict[str, Any]) -> None:
    record = build({**minimum, **change})
    content, back = send(record)
    assert without_names(back) == without_names(record)
    # Read and sent again, it is the same to the byte.
    assert send(back)[0] == content


@SETTINGS
@given(
    st.integers(0, 1), changes, st.lists(st.sampled_from(["summary", "loss", "disruption", "veris", "ids"]), max_size=2)
)
def test_an_edited_record_survives_over_its_document(index: int, change: dict[str, Any], removed: list[str]) -> None:
    items = import_veris(ByteSource.from_path(FILE), OPTIONS)
    original = [item for item in items if isinstance(item, IntelRecord) and item.kind == "incident"][index]
    kept = json.loads(canonical_json(original.document))
    data = {key: value for key, value in {**original.data, **change}.items() if key not in removed}
    record = build(data, document=kept, document_format="veris", stamp=original.stamp)
    _, back = send(record)
    assert back.data == record.data
    assert back.stamp == record.stamp


values = st.recursive(
    st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2),
    lambda inner: st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=10,
)
objects = st.dictionaries(st.text(max_size=2), values, max_size=4)


@SETTINGS
@given(objects, objects)
def test_a_patch_turns_one_object_into_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert apply_patch(before, derive_patch(before, after)) == after
    assert derive_patch(before, before) == {}
