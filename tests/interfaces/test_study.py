"""``hygie study``: what it says, where each figure comes from, and what it never gives away."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, get_args

import duckdb
import pypdf
import pytest

from base_kit import Desk
from document_kit import read_through
from hygie.core.evidence import TLP, LocalText
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.landscape import Knowledge, knowledge_of
from hygie.report.document import KeyFigures, Picture, Section, Table, walk_blocks, walk_sections
from hygie.report.numbering import walk_texts
from hygie.report.plain_text import write_plain
from hygie.report.study import build_study
from hygie.service.documents import DocumentFormat
from hygie.service.study import save_study
from hygie.views.messages import LANGUAGES
from hygie.views.study import StudyView
from landscape_kit import make_evidence, make_incident
from study_kit import make_study

pytestmark = pytest.mark.xdist_group("intel")

FORMATS: Sequence[DocumentFormat] = get_args(DocumentFormat)
SECRET = ("Zorglub", "Quuxville", "Snorkelgang", "Blipvent", "qzx-secret", "Wibblepub", "Frobtitle")


@pytest.fixture(scope="module")
def shipped(catalogue: Catalogue) -> Knowledge:
    return knowledge_of(catalogue)


def with_secret(knowledge: Knowledge, level: TLP) -> Knowledge:
    """Return knowledge with an incident of which every word is its own."""
    source = make_evidence("qzx-secret", tlp=level, source="https://qzx-secret.example.org/a")
    source = replace(source, title=LocalText("Frobtitle", "Frobtitle fr"), publisher="Wibblepub")
    incident = make_incident(
        "qzx-secret-1",
        actor="Snorkelgang",
        victim={"name": "Hospital Zorglub", "town": "Quuxville", "department": "48", "region": "Occitanie"},
        evidence=("qzx-secret",),
        care="Blipvent stopped",
        ot="Blipvent",
        disruption_days=77.0,
        loss=98_765_432.0,
        started_on="2022-09-13",
    )
    return replace(
        knowledge,
        incidents=(*knowledge.incidents, incident),
        evidence={**knowledge.evidence, "qzx-secret": source},
        tlp={**knowledge.tlp, ("incident", "qzx-secret-1"): level},
    )


def read_files(paths: Sequence[Path]) -> str:
    """Return all that files hold, packed parts and metadata unpacked."""
    texts: list[str] = []
    files = [file for path in paths for file in (sorted(path.rglob("*")) if path.is_dir() else [path])]
    for file in files:
        texts.append(file.name)
        if file.is_dir():
            continue
        content = file.read_bytes()
        if file.suffix == ".pdf":
            reader = pypdf.PdfReader(BytesIO(content))
            texts += [page.extract_text() for page in reader.pages]
            texts += [str(reader.metadata), str(reader.xmp_metadata and reader.xmp_metadata.stream.get_data())]
            texts += [str(item) for item in reader.outline]
        elif file.suffix == ".xlsx":
            with zipfile.ZipFile(BytesIO(content)) as parts:
                texts += [parts.read(name).decode("utf-8", "replace") for name in parts.namelist()]
        elif file.suffix == ".parquet":
            texts.append(str(duckdb.read_parquet(str(file)).fetchall()))
        texts.append(content.decode("utf-8", "replace"))
    return "\n".join(texts)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch, shipped: Knowledge) -> StudyView:
    return make_study(monkeypatch, knowledge=shipped)


# --- what it says -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_census_stands_beside_what_is_documented(
    monkeypatch: pytest.MonkeyPatch, shipped: Knowledge, language: str
) -> None:
    document = build_study(make_study(monkeypatch, knowledge=shipped, language=language))
    figures = next(block for block in walk_blocks(document) if isinstance(block, KeyFigures))
    shown = {item.id: item.raw for item in figures.items}
    assert shown == {
        "published-ransomware": 14, "published-intrusion": 13, "published-ddos": 16, "documented": 25, "care": 11,
        "loss": 7_000_000.0,
    }  # fmt: skip
    words = " ".join(write_plain(text) for text in walk_texts(document))
    for word in ("Citalid & Relyens", "LockBit", "Sud Francilien", "Dax"):
        assert word in words
    assert document.tlp is TLP.CLEAR
    assert document.reproduce.startswith("hygie study --sector health --country FR --from 2022-01 --to 2023-05")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_careful_reader_finds_nothing_to_mend(
    monkeypatch: pytest.MonkeyPatch, shipped: Knowledge, language: str
) -> None:
    document = build_study(make_study(monkeypatch, knowledge=shipped, language=language))
    found = [
        line
        for line in read_through(document)
        # Ids of techniques and DOIs have points, “2,352 M€” has three decimals, “None on care” starts a sentence.
        if not re.search(r"decimal point: …?.*(T\d{4}|doi|CVSS)|2,352|missing value: .*None |INC Ransom|ALPHV", line)
    ]
    assert found == []


def test_every_figure_leads_to_a_source(plain: StudyView) -> None:
    document = build_study(plain)
    refs = {source.ref for source in document.sources}
    behind = {s.ref for row in plain.landscape.incidents for s in row.sources}
    behind |= {s.ref for row in plain.landscape.census.counts for s in row.sources}
    behind |= {fact.source.ref for facts in plain.facts.values() for fact in facts}
    assert behind <= refs
    assert all(source.grade for source in document.sources)
    for block in walk_blocks(document):
        if isinstance(block, Picture):
            assert block.data is not None, block.id
            assert block.data.rows, block.id


def test_simulated_figures_name_seed_and_digest(plain: StudyView) -> None:
    document = build_study(plain)
    words = [write_plain(text) for text in walk_texts(document)]
    commands = [text for text in words if "hygie " in text]
    for command in (
        "hygie validate --draws 50 --seed 1",
        "hygie portfolio run --register synthetic --years 100",
        "hygie threat rates typical-hospital.yaml",
        "hygie decide controls typical-hospital.yaml",
    ):
        assert any(command in text for text in commands), command  # fmt: skip
    assert sum("graine 1" in text for text in words) >= 5


def test_equal_studies_give_equal_bytes(plain: StudyView, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        save_study(plain, tmp_path / folder, formats=FORMATS)
    for file in sorted((tmp_path / "a").rglob("*")):
        if file.is_file():
            twin = tmp_path / "b" / file.relative_to(tmp_path / "a")
            assert file.read_bytes() == twin.read_bytes(), file.name


# --- what it never gives away -----------------------------------------------------------------------------------


@pytest.mark.parametrize("ceiling", [TLP.CLEAR, TLP.GREEN])
def test_an_amber_incident_is_nowhere(
    monkeypatch: pytest.MonkeyPatch, shipped: Knowledge, tmp_path: Path, plain: StudyView, ceiling: TLP
) -> None:
    view = make_study(monkeypatch, knowledge=with_secret(shipped, TLP.AMBER), tlp_ceiling=ceiling)
    if ceiling is TLP.CLEAR:
        # Not a count of one, not a hole: the very study of somebody who never had it.
        assert view == plain
    text = read_files(save_study(view, tmp_path, formats=FORMATS))
    for word in SECRET:
        assert word.casefold() not in text.casefold(), word
    assert "98765432" not in text
    assert "Anonymous Sudan" in text


def test_under_its_own_marking_it_is_there(monkeypatch: pytest.MonkeyPatch, shipped: Knowledge, tmp_path: Path) -> None:
    view = make_study(monkeypatch, knowledge=with_secret(shipped, TLP.AMBER), tlp_ceiling=TLP.AMBER)
    assert view.tlp is TLP.AMBER
    assert view.landscape.facilities == 26
    text = read_files(save_study(view, tmp_path, formats=("html", "pdf", "xlsx")))
    for word in SECRET:
        assert word in text, word
    assert text.count("TLP:AMBER") > 10


def test_what_an_analyst_marks_is_not_told_by_the_packs_either(
    monkeypatch: pytest.MonkeyPatch, shipped: Knowledge, tmp_path: Path
) -> None:
    marked = replace(shipped, tlp={**shipped.tlp, ("incident", "W-R-10"): TLP.AMBER})
    view = make_study(monkeypatch, knowledge=marked)
    assert view.landscape.facilities == 24
    text = read_files(save_study(view, tmp_path, formats=("html", "pdf", "csv")))
    assert "Versailles" not in text
    assert "Mignot" not in text


# --- little, or nothing -----------------------------------------------------------------------------------------


def headings(view: StudyView) -> list[str]:
    return [section.id for _, section in walk_sections(build_study(view))]


@pytest.mark.parametrize(
    "fields",
    [
        {"from": "1990-01", "to": "1990-12"},
        {"country": "DE"},
        {"region": "Corse"},
        {"department": "48"},
        {"from": "2022-01-01", "to": "2022-01-31"},
        {"simulation": False},
        {"as_of": "2022-06-30"},
    ],
    ids=["empty", "other country", "region", "no victim", "one month", "no simulation", "earlier"],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_little_data_still_give_a_document(
    monkeypatch: pytest.MonkeyPatch, shipped: Knowledge, tmp_path: Path, fields: dict[str, Any], language: str
) -> None:
    view = make_study(monkeypatch, knowledge=shipped, language=language, **fields)
    document = build_study(view)
    assert [section.id for section in document.sections][:2] == ["meaning", "attacks"]
    for _, section in walk_sections(document):
        assert section.blocks, section.id
    for block in walk_blocks(document):
        assert not (isinstance(block, Table) and not block.rows), getattr(block, "id", block)
    assert all(isinstance(section, Section) for section in document.sections)
    if fields.get("country") == "DE" or fields.get("simulation") is False:
        assert view.numbers is None
        assert "cascade-counted" not in headings(view)
    if language == "en":
        (path,) = [p for p in save_study(view, tmp_path, formats=("pdf",)) if p.suffix == ".pdf"]
        assert len(pypdf.PdfReader(path).pages) >= 3


def test_one_actor_only(monkeypatch: pytest.MonkeyPatch, shipped: Knowledge) -> None:
    one = replace(shipped, incidents=tuple(row for row in shipped.incidents if row.ref == "W-R-06"), campaigns=())
    view = make_study(monkeypatch, knowledge=one, language="en")
    assert [actor.label for actor in view.actors if actor.facilities] == ["LockBit"]
    assert "actor-lockbit" in headings(view)


# --- the command ------------------------------------------------------------------------------------------------


def test_the_command_writes_files(desk: Desk) -> None:
    asked = ("study", "--from", "2022-01", "--to", "2023-05", "--as-of", "2026-11-23", "--lang", "fr")
    done = desk.run(*asked, "--no-simulation", "--format", "html, csv", "--out", "out")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (desk.folder / "out").iterdir()} == {"study-fr.html", "study-fr-csv"}
    assert "study-fr.html" in done.stdout
    page = (desk.folder / "out" / "study-fr.html").read_text()
    assert "État de la menace" in page
    # A marking that an analyst sets in the base holds in the study.
    desk.ask("intel", "qualify", "W-R-06", "--tlp", "amber", "--reason", "asked by the hospital")
    view = desk.ask(*asked, "--no-simulation", "--format", "html", "--out", "out")
    assert view["landscape"]["facilities"] == 24
    assert "Sud Francilien" not in (desk.folder / "out" / "study-fr.html").read_text()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--format", "docx"), "--format"),
        (("--format", ""), "--format"),
        (("--country", "FRA"), "--country"),
        (("--sector", "helth"), "--sector"),
        (("--seed", "-1"), "--seed"),
        (("--region", "Atlantis"), "--region"),
    ],
)
def test_what_is_wrong_is_said(filled_workspace: Path, options: tuple[str, ...], word: str) -> None:
    reader = Desk(filled_workspace.parent)
    done = reader.run("study", "--from", "2022-01", "--to", "2023-05", "--no-simulation", *options)
    assert done.returncode == 2
    assert word in done.stderr
    assert "Traceback" not in done.stderr
