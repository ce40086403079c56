"""The files of the galaxies: found without running the package, and refused when they are not what they should be."""

from __future__ import annotations

import json
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest

from hygie.core.errors import DocumentError
from hygie.knowledge.embedded import galaxies
from hygie.knowledge.embedded.galaxies import (
    Cluster,
    Galaxy,
    clean_text,
    drop_object,
    list_texts,
    make_record,
    read_galaxy,
    require_text,
)
from hygie.knowledge.importers.protocol import Refusal
from hygie.knowledge.kinds import IntelRecord


def cluster(**fields: Any) -> Cluster:
    given = {"uuid": "u", "value": "v", "description": "", "meta": {}, "related": (), "revoked": False, **fields}
    return Cluster(**given)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of clusters of a package that is not the installed one."""
    spec = ModuleSpec("pymispgalaxies", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(galaxies, "find_spec", lambda _: spec)
    path = tmp_path / "data" / "misp-galaxy" / "clusters"
    path.mkdir(parents=True)
    return path


def test_a_cluster_is_read_whole(folder: Path) -> None:
    value = {
        "uuid": "1-2",
        "value": " Name ",
        "description": "Text.",
        "meta": {"synonyms": ["Other"]},
        "related": [{"dest-uuid": "3-4", "type": "uses", "tags": ["likely"]}],
        "revoked": True,
    }
    (folder / "toy.json").write_text(json.dumps({"version": 7, "values": [value, {"uuid": "5", "value": "Bare"}]}))
    galaxy = read_galaxy("toy")
    assert (galaxy.name, galaxy.version) == ("toy", "7")
    assert galaxy.clusters[0] == Cluster(
        uuid="1-2",
        value="Name",
        description="Text.",
        meta={"synonyms": ["Other"]},
        related=(("uses", "3-4"),),
        revoked=True,
    )
    assert galaxy.clusters[1] == cluster(uuid="5", value="Bare")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", '{"values": []}', '{"version": 1, "values": [{}]}', '{"version": 1, "values": ["a"]}']
    + ['{"version": 1, "values": [{"uuid": "u", "value": 3}]}', '{"version": 1, "values": null}'],
)
def test_a_file_of_another_shape_is_refused(folder: Path, text: str) -> None:
    (folder / "toy.json").write_text(text)
    with pytest.raises(DocumentError, match="another shape than expected") as caught:
        read_galaxy("toy")
    assert caught.value.findings[0].file == "pymispgalaxies/toy.json"
    assert "install pymispgalaxies" in (caught.value.findings[0].repair or "")


def test_bytes_that_are_no_text_are_refused(folder: Path) -> None:
    (folder / "toy.json").write_bytes(b'{"version": 1, "values": "\xff"}')
    with pytest.raises(DocumentError, match="another shape than expected"):
        read_galaxy("toy")


def test_a_missing_file_is_told(folder: Path) -> None:
    assert not list(folder.iterdir())
    with pytest.raises(DocumentError, match="cannot be read: No such file"):
        read_galaxy("toy")


def test_a_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(galaxies, "find_spec", lambda _: None)
    with pytest.raises(DocumentError, match="pymispgalaxies is not installed"):
        read_galaxy("sector")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Uses X.(Citation: Vendor 2020)(Citation: Other (Part 2))", "Uses X."),
        ("[Ryuk](https://attack.mitre.org/software/S0446) is ransomware.", "Ryuk is ransomware."),
        ("Runs <code>at</code> daily. <br>", "Runs at daily."),
        ("Seen.<sup>[[A June 2023](/references/1)]</sup><sup>[[B](/2)]</sup> Again.", "Seen. Again."),
        ("Keeps <unknown> and [brackets] (and parentheses).", "Keeps <unknown> and [brackets] (and parentheses)."),
        ("  (Citation: Alone) ", None),
        ("", None),
    ],
)
def test_descriptions_lose_marks_and_keep_words(text: str, expected: str | None) -> None:
    assert clean_text(text) == expected


def test_texts_are_listed_once_whatever_their_shape() -> None:
    meta = {"one": "A", "many": ["B", " A ", "", 3, None, "C"], "none": None, "number": 4}
    assert list_texts(meta, "one", "many", "none", "number", "absent") == ["A", "B", "C"]


def test_a_needed_field_is_needed() -> None:
    assert require_text(cluster(meta={"external_id": "T1"}), "external_id") == "T1"
    for meta in ({}, {"external_id": ""}, {"external_id": ["T1"]}):
        with pytest.raises(DocumentError, match="a cluster lacks a field") as caught:
            require_text(cluster(meta=meta, value="Phishing"), "external_id")
        assert (caught.value.findings[0].field, caught.value.findings[0].value) == ("external_id", "Phishing")


def test_empty_fields_are_left_out_of_records() -> None:
    record = make_record("software", "S0001", name="A", kind="tool", aliases=[], summary=None)
    assert isinstance(record, IntelRecord)
    assert record.data == {"ref": "S0001", "name": "A", "kind": "tool"}
    assert record.tlp == "clear"


def test_a_value_that_the_model_refuses_makes_a_refusal() -> None:
    refusal = make_record("technique", "T1", name="A", domain="enterprise")
    assert isinstance(refusal, Refusal)
    assert (refusal.ref, refusal.kind, refusal.dropped) == ("T1", "technique", False)
    assert refusal.finding.field == "ref"


def test_what_is_dropped_says_so() -> None:
    galaxy = Galaxy(name="toy", version="1", clusters=())
    refusal = drop_object("T1", "no longer in force", kind="technique", name="Old", galaxy=galaxy)
    assert refusal.dropped
    assert refusal.finding.message == "no longer in force"
    assert (refusal.finding.file, refusal.finding.value) == ("pymispgalaxies/toy.json", "Old")
