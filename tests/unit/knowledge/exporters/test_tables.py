"""Tables for others: what leaves, how it is marked, and that nothing in them is run."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from hygie.core.errors import DocumentError, StoreError, UsageError
from hygie.core.evidence import TLP
from hygie.knowledge.exporters import tables
from hygie.knowledge.exporters.tables import LeftOut, export_csv, export_xlsx, list_headers
from hygie.knowledge.importers.protocol import ImportOptions
from hygie.knowledge.importers.tables import import_table, preview_table
from hygie.knowledge.kinds import IntelRecord, Kind, validate_facts
from hygie.knowledge.pack_records import read_pack_folders, read_pack_records
from hygie.store.byte_sources import ByteSource

DAY = date(2026, 11, 23)


def make_incident(
    ref: str = "a", *, tlp: TLP | None = TLP.CLEAR, pap: str | None = None, **facts: object
) -> IntelRecord:
    data = {
        "ref": ref,
        "evidence": ["ev-1"],
        "started_on": "2023",
        "date_precision": "year",
        "victim": {"name": "CH d’Ici", "kind": "ch"},
        "threat_class": "ddos",
        "actor": {"name": "unknown", "confidence": "none"},
        **facts,
    }
    return IntelRecord.from_facts("incident", validate_facts("incident", data), tlp=tlp, pap=pap)


def write_csv(*records: IntelRecord, kind: Kind = "incident", **options: object) -> list[list[str]]:
    content = b"".join(export_csv(records, kind=kind, **{"ceiling": TLP.RED, **options}))  # type: ignore[arg-type]
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def write_xlsx(path: Path, *records: IntelRecord, **options: object) -> tables.TableExport:
    return export_xlsx({"incident": records}, path, **{"ceiling": TLP.RED, "exported_on": DAY, **options})  # type: ignore[arg-type]


def read_back(source: ByteSource, *, sheet: str | None = None) -> list[object]:
    return list(import_table(source, ImportOptions(received_on=DAY, sheet=sheet, keep_names=True)))


# --- CSV ---


def test_csv_form() -> None:
    content = b"".join(export_csv([make_incident(summary='a "b"\nc')], kind="incident", ceiling=TLP.CLEAR))
    assert content.startswith(b"\xef\xbb\xbfref,evidence,started_on,")
    assert content.endswith(b"\r\n")
    assert b'"a ""b""\nc"' in content
    header, row = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert tuple(header) == (*list_headers("incident"), "marking: TLP:CLEAR")
    cells = dict(zip(header, row, strict=True))
    assert (cells["victim.name"], cells["record.kind"], cells["record.tlp"]) == ("CH d’Ici", "incident", "clear")


def test_csv_marking_is_the_strictest_of_what_left() -> None:
    records = [make_incident("a"), make_incident("b", tlp=TLP.GREEN), make_incident("c", tlp=TLP.RED)]
    rows = write_csv(*records, ceiling=TLP.AMBER)
    assert rows[0][-1] == "marking: TLP:GREEN"
    assert [row[0] for row in rows[1:]] == ["a", "b"]
    assert write_csv(*records)[0][-1] == "marking: TLP:RED"
    assert write_csv()[0][-1] == "marking: TLP:CLEAR"


def test_unmarked_records_travel_as_amber_unless_told_otherwise() -> None:
    record = make_incident(tlp=None)
    assert len(write_csv(record, ceiling=TLP.GREEN)) == 1
    assert write_csv(record, ceiling=TLP.AMBER)[0][-1] == "marking: TLP:AMBER"
    assert len(write_csv(record, ceiling=TLP.GREEN, unmarked=TLP.CLEAR)) == 2


def test_source_states_its_marking_among_its_facts() -> None:
    source = next(
        record for _, records in read_pack_records(read_pack_folders()) for record in records if record.kind == "source"
    )
    red = IntelRecord.from_facts("source", validate_facts("source", {**source.data, "tlp": "red"}))
    assert len(write_csv(red, kind="source", ceiling=TLP.AMBER_STRICT)) == 1


def test_pap_ceiling() -> None:
    records = [make_incident("a", pap="red"), make_incident("b", pap="green"), make_incident("c")]
    assert [row[0] for row in write_csv(*records, max_pap="amber")[1:]] == ["b", "c"]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+33 1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "  =1",
        '"=1',
        "'=1",
        "«\u00a0=1",
    ],
)
def test_formulas_are_neutralised_and_read_back(text: str) -> None:
    header, row = write_csv(make_incident(summary=text))
    cell = row[header.index("summary")]
    # A line break may begin a cell of its own: there may be a second apostrophe behind it.
    assert cell.startswith("'")
    assert cell.replace("'", "") == text.replace("'", "")
    (record,) = read_back(
        ByteSource(
            name="x.csv",
            content=b"".join(export_csv([make_incident(summary=text)], kind="incident", ceiling=TLP.CLEAR)),
        )
    )
    assert record == make_incident(summary=text)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "\n", "\r"])
def test_no_formula_for_a_reader_with_another_separator(separator: str) -> None:
    record = make_incident(summary=f"stopped{separator}=HYPERLINK(1){separator}x")
    content = b"".join(export_csv([record], kind="incident", ceiling=TLP.CLEAR)).decode("utf-8-sig")
    for one in (",", ";", "\t", "|"):
        # As a reader that knows no quotes, and splits lines wherever it can.
        for cell in re.split(f"[{one}\r\n]", content):
            assert not cell.lstrip(" \"'").startswith(("=", "+", "@")) or cell.lstrip(' "').startswith("'")
    assert read_back(ByteSource(name="x.csv", content=content.encode())) == [record]


def test_negative_numbers_stay_numbers() -> None:
    # No field of a record is negative: the writer must not take a number for a formula all the same.
    assert tables._write_cell(-0.5) == "-0.5"
    assert tables._write_cell("-0.5") == "'-0.5"
    assert tables._write_cell(0.1 + 0.2) == "0.30000000000000004"


def test_other_kinds_are_refused() -> None:
    with pytest.raises(UsageError, match="records of one kind"):
        write_csv(make_incident(), kind="actor")


def test_csv_is_written_as_records_come() -> None:
    seen: list[str] = []

    def stream() -> Iterator[IntelRecord]:
        for number in range(3):
            seen.append(str(number))
            yield make_incident(f"r{number}")

    pieces = export_csv(stream(), kind="incident", ceiling=TLP.CLEAR)
    assert seen == []
    assert b"".join(pieces).count(b"\r\n") == 4


def test_own_table_is_recognised() -> None:
    content = b"".join(export_csv([make_incident()], kind="incident", ceiling=TLP.CLEAR))
    preview = preview_table(ByteSource(name="x.csv", content=content))
    assert (preview.kind, preview.guessed, preview.unmapped, preview.missing) == ("incident", False, (), ())


# --- XLSX ---


def test_workbook_of_the_packs_comes_back_whole(tmp_path: Path) -> None:
    records: dict[Kind, list[IntelRecord]] = {}
    for _, some in read_pack_records(read_pack_folders()):
        for record in some:
            records.setdefault(record.kind, []).append(record)
    path = tmp_path / "base.xlsx"
    report = export_xlsx(records, path, ceiling=TLP.CLEAR, exported_on=DAY)
    assert report.written == {kind: len(some) for kind, some in records.items()}
    assert (report.left_out, report.marking) == ((), TLP.CLEAR)
    for kind, some in records.items():
        assert read_back(ByteSource.from_path(path), sheet=kind) == some
    first = path.read_bytes()
    export_xlsx(records, path, ceiling=TLP.CLEAR, exported_on=DAY)
    assert path.read_bytes() == first
    assert list(tmp_path.iterdir()) == [path]


def test_workbook_states_its_marking_and_provenance(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    records = [make_incident("a", tlp=TLP.GREEN), make_incident("b", tlp=TLP.RED), make_incident("c", tlp=None)]
    report = write_xlsx(path, *records, ceiling=TLP.AMBER, provenance={"Base": "=evil"})
    assert report.marking is TLP.AMBER
    assert report.written == {"incident": 2}
    assert report.left_out == (LeftOut(kind="incident", ref="b", reason="TLP:RED above the ceiling"),)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["about", "incident"]
    about = [tuple(cell or "" for cell in row) for row in book["about"].iter_rows(values_only=True)]
    assert about[0][:3] == ("Marking of this file", "Marquage de ce fichier", "TLP:AMBER")
    assert about[1][2] == "TLP:AMBER"
    assert about[2][:3] == ("Exported on", "Exporté le", "2026-11-23")
    assert ("Base", "Base", "'=evil", "") in about
    assert about[4][2] == "2"
    # How much was held back is nobody's business outside.
    assert not any("RED" in str(cell) for row in about[:8] for cell in row)
    legend = {row[0]: row for row in about}
    assert legend["incident: data_leaked"][3] == "yes, no, claimed, unknown"
    assert legend["incident: started_on"][2] == "date\u00a0: AAAA, AAAA-MM ou AAAA-MM-JJ"
    for sheet in book:
        assert sheet.oddHeader.center.text == "TLP:AMBER"


def test_every_column_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    write_xlsx(path, make_incident())
    about = openpyxl.load_workbook(path)["about"]
    explained = {str(row[0]) for row in about.iter_rows(values_only=True)}
    assert {f"incident: {header}" for header in list_headers("incident")} <= explained


def test_workbook_holds_no_formula_and_no_link(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    write_xlsx(path, make_incident(summary="=1+1", title="https://example.org", notes={"en": "{=1}", "fr": "@x"}))
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet2.xml")
        assert b"<f>" not in sheet
        assert b"hyperlink" not in sheet
        assert "xl/worksheets/_rels/sheet2.xml.rels" not in archive.namelist()
    (record,) = read_back(ByteSource.from_path(path), sheet="incident")
    assert isinstance(record, IntelRecord)
    assert record.data["summary"] == "=1+1"


def test_columns_without_values_are_hidden(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    write_xlsx(path, make_incident(title="t"))
    sheet = openpyxl.load_workbook(path)["incident"]
    headers = [cell.value for cell in sheet[1]]
    hidden = {
        headers[rank - 1]
        for dimension in sheet.column_dimensions.values()
        if dimension.hidden
        for rank in range(dimension.min, dimension.max + 1)
    }
    assert "title" not in hidden
    assert "victim.name" not in hidden
    assert {"summary", "loss.value", "record.pap"} <= hidden


def test_text_longer_than_a_cell_is_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    fits, long, wide = make_incident("a", summary="x" * 32_767), make_incident("b", summary="x" * 32_768), "😀" * 16_384
    report = write_xlsx(path, fits, long, make_incident("c", summary=wide))
    assert report.written == {"incident": 1}
    assert [one.ref for one in report.left_out] == ["b", "c"]
    assert "summary is longer than a cell" in report.left_out[0].reason
    assert read_back(ByteSource.from_path(path), sheet="incident") == [fits]


def test_full_sheet_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_SHEET_ROWS", 3)
    write_xlsx(tmp_path / "x.xlsx", make_incident("a"), make_incident("b"))
    with pytest.raises(DocumentError, match="no room for so many records"):
        write_xlsx(tmp_path / "y.xlsx", make_incident("a"), make_incident("b"), make_incident("c"))
    assert [path.name for path in tmp_path.iterdir()] == ["x.xlsx"]


def test_records_that_break_off_leave_no_file(tmp_path: Path) -> None:
    def stream() -> Iterable[IntelRecord]:
        yield make_incident()
        raise StoreError("the base is gone")

    with pytest.raises(StoreError, match="the base is gone"):
        export_xlsx({"incident": stream()}, tmp_path / "x.xlsx", ceiling=TLP.RED, exported_on=DAY)
    assert list(tmp_path.iterdir()) == []


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        write_xlsx(tmp_path / "no" / "x.xlsx", make_incident())


def test_empty_kind_has_a_sheet_with_a_header(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    assert write_xlsx(path).written == {"incident": 0}
    sheet = openpyxl.load_workbook(path)["incident"]
    assert [cell.value for cell in sheet[1]] == list(list_headers("incident"))
