"""Documents as files: whole or absent, named after the document, never above their marking."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from document_samples import make_document, make_empty, make_hostile
from hygie.core.errors import EvidenceError, StoreError, UsageError
from hygie.core.evidence import TLP
from hygie.report.document import Cite, Paragraph
from hygie.service import documents
from hygie.service.documents import DOCUMENT_FORMATS, check_markings, render_parquet_folder, save_document


def list_names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_every_format_is_written_and_named(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    out = tmp_path / "new" / "folder"
    document = make_document("fr")
    paths = save_document(document, out, formats=DOCUMENT_FORMATS, progress=lambda *step: told.append(step))
    assert [path.name for path in paths] == [
        "sample-fr.html",
        "sample-fr.pdf",
        "sample-fr.xlsx",
        "sample-fr-csv",
        "sample-fr-parquet",
    ]
    assert list_names(out / "sample-fr-parquet") == ["curve.parquet", "incidents.parquet", "key.parquet"]
    assert len(list_names(out)) == 5 + 5 + 3
    assert [step[0] for step in told] == [*DOCUMENT_FORMATS, "parquet"]
    assert told[-1][1:] == (5, 5)
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in paths)


def test_again_gives_the_same_bytes_and_leaves_nothing_behind(tmp_path: Path) -> None:
    document = make_document("en")
    save_document(document, tmp_path, formats=DOCUMENT_FORMATS)
    first = {name: (tmp_path / name).read_bytes() for name in list_names(tmp_path) if (tmp_path / name).is_file()}
    save_document(document, tmp_path, formats=DOCUMENT_FORMATS)
    second = {name: (tmp_path / name).read_bytes() for name in list_names(tmp_path) if (tmp_path / name).is_file()}
    assert first == second
    assert len(first) == 3 + 5 + 3


def test_parquet_holds_typed_columns_and_says_what_they_are(tmp_path: Path) -> None:
    render_parquet_folder(make_document("en"), tmp_path)
    file = str(tmp_path / "incidents.parquet")
    connection = duckdb.connect(":memory:")
    rows = connection.execute("SELECT * FROM read_parquet(?)", [file])
    assert [(name[0], str(name[1])) for name in rows.description] == [
        ("date", "VARCHAR"),
        ("victim", "VARCHAR"),
        ("beds", "BIGINT"),
        ("loss", "DOUBLE"),
    ]
    fetched = rows.fetchall()
    assert fetched[0] == ("2022-03-02", "Hospital of the valley, no.\u00a00", 100, 100_000.0)
    assert fetched[-1][3] == 103.5e6
    pairs = connection.execute("SELECT key, value FROM parquet_kv_metadata(?)", [file]).fetchall()
    said = {bytes(key).decode(): bytes(value).decode() for key, value in pairs}
    assert said["marking"] == "TLP:CLEAR"
    assert said["unit:loss"] == "EUR_2024"
    assert said["heading"].startswith("Table")


def test_tables_without_rows_and_hostile_names(tmp_path: Path) -> None:
    for document in (make_empty("en"), make_hostile("en")):
        save_document(document, tmp_path, formats=("csv", "parquet"))
    assert (tmp_path / "empty-en-parquet" / "none.parquet").exists()
    save_document(replace(make_empty("en"), id="../../etc/passwd"), tmp_path, formats=("csv",))
    assert (tmp_path / "etc-passwd-en-csv").is_dir()


@pytest.mark.parametrize(
    ("source", "document", "kept"),
    [
        ("amber", TLP.CLEAR, False),
        ("TLP:GREEN", TLP.CLEAR, False),
        ("amber+strict", TLP.AMBER, False),
        ("red", TLP.AMBER_STRICT, False),
        ("white", TLP.CLEAR, True),
        ("", TLP.CLEAR, True),
        ("green", TLP.AMBER, True),
        ("TLP:AMBER", TLP.AMBER, True),
    ],
)
def test_nothing_leaves_above_the_marking_of_the_document(
    tmp_path: Path, source: str, document: TLP, kept: bool
) -> None:
    full = make_document("en", tlp=document)
    marked = replace(full, sources=(replace(full.sources[0], tlp=source, title="Secret"), *full.sources[1:]))
    if kept:
        check_markings(marked)
        return
    with pytest.raises(UsageError, match="marked above the document") as caught:
        save_document(marked, tmp_path, formats=("html", "csv"))
    assert "Secret" not in str(caught.value)
    assert list_names(tmp_path) == []


def test_unknown_marking_or_format_is_refused(tmp_path: Path) -> None:
    full = make_document("en")
    with pytest.raises(UsageError, match="unknown marking"):
        check_markings(replace(full, sources=(replace(full.sources[0], tlp="purple"),)))
    with pytest.raises(UsageError, match="unknown format of documents"):
        save_document(full, tmp_path, formats=("docx",))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no format is chosen"):
        save_document(full, tmp_path, formats=())
    assert list_names(tmp_path) == []


def test_dead_citation_writes_nothing(tmp_path: Path) -> None:
    wrong = replace(make_document("en"), summary=(Paragraph((Cite("nowhere"),)),))
    with pytest.raises(EvidenceError):
        save_document(wrong, tmp_path, formats=DOCUMENT_FORMATS)
    assert list_names(tmp_path) == []


def test_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(StoreError, match="cannot be written"):
        save_document(make_empty("en"), tmp_path / "out", formats=("html",))
    assert (tmp_path / "out").read_text() == "mine"


def test_folder_of_someone_else_is_left_alone(tmp_path: Path) -> None:
    place = tmp_path / "empty-en-csv"
    place.mkdir()
    (place / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match="something else"):
        save_document(make_empty("en"), tmp_path, formats=("csv",))
    assert list_names(tmp_path) == ["empty-en-csv", "empty-en-csv/notes.txt"]


def test_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = make_empty("en")
    save_document(document, tmp_path, formats=("html", "csv"))
    before = {name: (tmp_path / name).read_bytes() for name in list_names(tmp_path) if (tmp_path / name).is_file()}

    def refuse(*_args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    changed = replace(document, title="Changed")
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StoreError, match="No space left"):
        save_document(changed, tmp_path, formats=("html",))
    monkeypatch.setattr(documents, "_write_files", refuse)
    with pytest.raises(StoreError, match="No space left"):
        save_document(changed, tmp_path, formats=("csv",))
    after = {name: (tmp_path / name).read_bytes() for name in list_names(tmp_path) if (tmp_path / name).is_file()}
    assert before == after
