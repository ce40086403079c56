"""A single YAML file as a pack: several subjects in one file, lines of the whole, the same judgement."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hygie.core.errors import DataError, HygieError
from hygie.knowledge.packs import load_catalogue

AS_OF = date(2026, 11, 23)
FILE = """\
schema: hygie.pack/1
evidence:
  - ref: news-1
    source: https://example.org/1
    statement: an incident
    title: {en: An incident, fr: Un incident}
    publisher: Example
    read_on: "2026-11-02"
    reliability: B
    credibility: 2
    tlp: clear
    licence: facts-only
incidents:
  - ref: NEW-1
    evidence: [news-1]
    started_on: "2026-10-10"
    date_precision: day
    victim: {name: CH d’exemple, kind: ch, country: FR, sector: health}
    threat_class: ransomware
    actor: {name: qilin, confidence: high}
"""


def test_a_file_adds_to_the_packs(tmp_path: Path) -> None:
    file = tmp_path / "news.yaml"
    file.write_text(FILE, encoding="utf-8")
    plain, more = load_catalogue(as_of=AS_OF), load_catalogue(as_of=AS_OF, extra_paths=[file])
    assert [each.ref for each in more.incidents if each not in plain.incidents] == ["NEW-1"]
    assert more.evidence.keys() - plain.evidence.keys() == {"news-1"}
    assert more.digest != plain.digest


@pytest.mark.parametrize(
    ("old", "new", "message", "line"),
    [
        ("evidence: [news-1]", "evidence: [news-2]", "news-2", 15),
        ("name: qilin", "name: qillin", "qillin", 20),
        ("date_precision: day", "date_precision: hour", "date_precision|not one of|allowed", 17),
        ("threat_class: ransomware", "threat_class: ransom", "ransom", 19),
    ],
)
def test_findings_keep_the_lines_of_the_whole(tmp_path: Path, old: str, new: str, message: str, line: int) -> None:
    file = tmp_path / "news.yaml"
    file.write_text(FILE.replace(old, new), encoding="utf-8")
    with pytest.raises(DataError, match=message) as caught:
        load_catalogue(as_of=AS_OF, extra_paths=[file])
    assert [(finding.file, finding.line) for finding in caught.value.findings] == [(str(file), line)]


@pytest.mark.parametrize("content", ["", "- a\n", "incident: []\n", "\x00", "a: [", "incidents: 3\n"])
def test_what_is_no_pack_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "news.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(HygieError, match=".") as caught:
        load_catalogue(as_of=AS_OF, extra_paths=[file])
    assert caught.value.findings[0].file == str(file)


def test_the_header_of_a_pack_is_no_pack(tmp_path: Path) -> None:
    file = tmp_path / "pack.yaml"
    file.write_text("name: x\n", encoding="utf-8")
    with pytest.raises(DataError, match="header of a pack"):
        load_catalogue(as_of=AS_OF, extra_paths=[file])
