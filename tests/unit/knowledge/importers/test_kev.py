"""CISA KEV: the published catalogue in JSON and CSV, the extract, and what is refused."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hygie.core.errors import DocumentError
from hygie.core.evidence import TLP
from hygie.knowledge.importers.delimited import MAX_REFUSALS
from hygie.knowledge.importers.kev import import_kev
from hygie.knowledge.importers.protocol import ImportItem, ImportOptions, Refusal, Release
from hygie.knowledge.importers.registry import detect_format
from hygie.knowledge.kinds import IntelRecord
from hygie.store.byte_sources import ByteSource

FOLDER = Path(__file__).parents[3] / "data" / "kev"
OPTIONS = ImportOptions(received_on=date(2026, 11, 23))
HEADER = "cveID,vendorProject,product,vulnerabilityName,dateAdded,shortDescription,requiredAction,dueDate"


def read(source: ByteSource) -> list[ImportItem]:
    return list(import_kev(source, OPTIONS))


def read_bytes(content: bytes) -> list[ImportItem]:
    return read(ByteSource(name="kev", content=content))


def vulnerabilities(items: list[ImportItem]) -> list[IntelRecord]:
    return [item for item in items if isinstance(item, IntelRecord) and item.kind == "vulnerability"]


def refusals(items: list[ImportItem]) -> list[Refusal]:
    return [item for item in items if isinstance(item, Refusal)]


def load_catalogue() -> dict[str, Any]:
    return json.loads((FOLDER / "kev.json").read_text(encoding="utf-8"))


def test_the_catalogue_is_a_release_a_source_and_its_entries() -> None:
    items = read(ByteSource.from_path(FOLDER / "kev.json"))
    assert items[0] == Release(name="kev", version="2025.02.25")
    source = items[1]
    assert isinstance(source, IntelRecord)
    assert source.kind == "source"
    assert (source.data["publisher"], source.data["reliability"], source.data["credibility"]) == ("CISA", "A", 2)
    first, second = vulnerabilities(items)
    assert source.tlp is first.tlp is TLP.CLEAR
    assert first.data == {
        "ref": "CVE-2099-10001",
        "name": "Exemplar Gateway Path Traversal Vulnerability",
        "vendor": "Exemplar",
        "product": "Gateway",
        "cwes": ["CWE-22", "CWE-59"],
        "exploited_since": "2025-02-25",
        "due_on": "2025-03-18",
        "ransomware_use": "known",
        "evidence": [source.ref],
        "summary": "Exemplar Gateway contains a path traversal in the /h/example function.",
    }
    assert first.document == load_catalogue()["vulnerabilities"][0]
    assert first.document_format == "kev"
    assert second.data["ransomware_use"] == "unknown"
    assert "cwes" not in second.data
    assert second.document is not None
    assert second.document["forensicTriage"] == "No"


def test_a_bad_entry_is_refused_alone_and_told() -> None:
    (refusal,) = refusals(read(ByteSource.from_path(FOLDER / "kev.json")))
    assert refusal.ref == "CVE-2099-1"
    assert refusal.finding.field == "ref"
    assert "CVE" in (refusal.finding.allowed or "")


@pytest.mark.parametrize("name", ["kev.json", "kev.csv", "extract.csv"])
def test_each_shape_is_recognised_and_says_the_same(name: str) -> None:
    source = ByteSource.from_path(FOLDER / name)
    assert detect_format(source) == "kev"
    first = vulnerabilities(read(source))[0].data
    reference = vulnerabilities(read(ByteSource.from_path(FOLDER / "kev.json")))[0].data
    assert {key: first[key] for key in first if key != "summary"} == {
        key: reference[key] for key in reference if key != "summary"
    }


def test_a_table_is_no_release_and_reads_quoted_cells() -> None:
    items = read(ByteSource.from_path(FOLDER / "kev.csv"))
    assert not any(isinstance(item, Release) for item in items)
    first, second = vulnerabilities(items)
    assert first.data["summary"] == 'Exemplar Gateway, before 9, contains a "path traversal".'
    assert second.data["summary"].splitlines()[1] == "It is the same everywhere."
    assert second.data["name"].endswith("Vulnerability")
    assert second.document_format == "kev-csv"


def test_the_extract_leaves_out_what_it_does_not_state() -> None:
    _, second = vulnerabilities(read(ByteSource.from_path(FOLDER / "extract.csv")))
    assert second.data["product"] == "PACS, Viewer"
    assert not {"due_on", "ransomware_use", "cwes", "summary"} & set(second.data)
    assert second.document is None


def test_a_compressed_catalogue_is_the_same() -> None:
    content = (FOLDER / "kev.json").read_bytes()
    assert read_bytes(gzip.compress(content)) == read_bytes(content)


def test_the_whole_extract_of_august_2025_is_taken(shared_data: Path) -> None:
    items = read(ByteSource.from_path(shared_data / "cisa_kev_2025-08-25.csv"))
    assert refusals(items) == []
    found = vulnerabilities(items)
    assert len(found) == len({record.ref for record in found}) == 1404
    assert all(record.facts() for record in found)


def test_a_catalogue_with_fewer_entries_than_it_states_is_refused() -> None:
    catalogue = load_catalogue()
    catalogue["vulnerabilities"].pop()
    with pytest.raises(DocumentError, match=r"3 stated, 2 found"):
        read_bytes(json.dumps(catalogue).encode())


@pytest.mark.parametrize("missing", ["count", "catalogVersion"])
def test_a_part_of_the_catalogue_is_no_release(missing: str) -> None:
    catalogue = load_catalogue()
    catalogue["vulnerabilities"].pop()
    catalogue["count"] = 2
    del catalogue[missing]
    items = read_bytes(json.dumps(catalogue).encode())
    assert not any(isinstance(item, Release) for item in items)
    assert len(vulnerabilities(items)) == 2


def test_a_bare_list_of_entries_is_taken() -> None:
    items = read_bytes(json.dumps(load_catalogue()["vulnerabilities"]).encode())
    assert len(vulnerabilities(items)) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"title": "x", "vulnerabilities": []}', "lists no vulnerabilities"),
        (b'{"objects": [1]}', "lists no vulnerabilities"),
        (b'{"catalogVersion": "1", "vulnerabilities": [{"cveID": ', "breaks off"),
        (b"", "its columns are others"),
        (b"a,b\n1,2\n", "its columns are others"),
        (b"cveID,dateAdded,cveID\n", "its columns are others"),
        ("cveID,dateAdded\n".encode("utf-16"), "not UTF-8"),
    ],
)
def test_another_file_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        read_bytes(content)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"dateAdded": "2025-02-30"}, "exploited_since"),
        ({"dateAdded": ""}, "dateAdded"),
        ({"knownRansomwareCampaignUse": "Perhaps"}, "knownRansomwareCampaignUse"),
        ({"vendorProject": 7}, "vendorProject"),
        ({"cwes": {"a": 1}}, "cwes"),
    ],
)
def test_a_wrong_member_is_named(change: dict[str, Any], field: str) -> None:
    entry = {**load_catalogue()["vulnerabilities"][0], **change}
    (refusal,) = refusals(read_bytes(json.dumps({"vulnerabilities": [entry]}).encode()))
    assert refusal.finding.field == field
    assert refusal.finding.file == "kev"


def test_entries_that_are_no_objects_are_refused() -> None:
    items = read_bytes(b'{"vulnerabilities": [1, null, "CVE-2099-10001"]}')
    assert [refusal.ref for refusal in refusals(items)] == ["entry 1", "entry 2", "entry 3"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (b"CVE-2099-10001,Exemplar\n", "2 cells instead of 8"),
        (b"CVE-2099-10001,Ex\x00emplar,a,b,2025-01-01,d,e,f\n", "NUL"),
        (b"CVE-2099-10001,Ex\xe9mplar,a,b,2025-01-01,d,e,f\n", "not valid UTF-8"),
        (b'CVE-2099-10001,"Ex"emplar,a,b,2025-01-01,d,e,f\n', "not sound CSV"),
        (b"CVE-2099-10001," + b"x" * 200_000 + b",a,b,2025-01-01,d,e,f\n", "not sound CSV"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(row: bytes, message: str) -> None:
    good = b"CVE-2099-10002,Exemplar,a,b,2025-01-01,d,e,2025-02-01\n"
    items = read_bytes(b"\xef\xbb\xbf" + HEADER.encode() + b"\n" + good + row + good)
    (refusal,) = refusals(items)
    assert message in refusal.finding.message
    assert refusal.finding.line == 3
    assert len(vulnerabilities(items)) == 2


def test_a_row_that_swallows_others_is_told_with_all_its_lines() -> None:
    rows = b'CVE-2099-10001,"Exemplar,a,b\nCVE-2099-10002,"\n'
    (refusal,) = refusals(read_bytes(HEADER.encode() + b"\n" + rows))
    assert "lines 2 to 3" in refusal.finding.message


@pytest.mark.parametrize("tail", [b"", b"CVE-2099-10002,x\n" * 10, b"y" * (1 << 20) + b"\n"])
def test_a_quotation_that_never_ends_refuses_the_file(tail: bytes) -> None:
    content = HEADER.encode() + b'\nCVE-2099-10001,"Exemplar,a,b\n' + tail
    with pytest.raises(DocumentError, match="a row does not end"):
        read_bytes(content + b"z\n")


def test_a_file_that_is_mostly_bad_is_refused() -> None:
    rows = b"CVE-1,x\n" * (MAX_REFUSALS + 1)
    with pytest.raises(DocumentError, match="too many entries cannot be read"):
        read_bytes(HEADER.encode() + b"\n" + rows)
