"""One's own tables of sites: guessed headers, column maps, workbooks, and what hostile ones hold."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from hygie.core.errors import DataError, SchemaError, UsageError
from hygie.facility.registers import Register, RegisterFinding, RegisterMap, read_register, summarise_findings

FRENCH = "N° FINESS;FINESS EJ;Raison sociale;Catégorie;Statut;Département;Commune;Lits MCO;Séjours;ETP;Année\n"
ROW = "010000024;010780054;Hôpital du Lac;Centre hospitalier;public;01;Viriat;1 354;18 459;1 945,88;2024\n"


def write(folder: Path, text: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def write_workbook(
    path: Path, rows: Sequence[Sequence[Any]], *, merge: tuple[int, int, int, int, Any] | None = None
) -> Path:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Sites")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    if merge:
        sheet.merge_range(*merge)
    book.close()
    return path


def find(register: Register, topic: str) -> RegisterFinding:
    (finding,) = [one for one in register.findings if one.topic == topic]
    return finding


class TestGuessedHeaders:
    def test_french(self, tmp_path: Path) -> None:
        register = read_register(write(tmp_path, FRENCH + ROW))
        (site,) = register.sites
        assert (register.kind, register.year, register.findings) == ("own", 2024, ())
        assert (site.finess, site.entity, site.name, site.city) == (
            "010000024",
            "010780054",
            "Hôpital du Lac",
            "Viriat",
        )
        assert (site.category, site.status, site.region) == ("ch", "public", "Auvergne-Rhône-Alpes")
        assert (site.beds_mco, site.stays, site.fte) == (1354, 18_459, pytest.approx(1945.88))

    def test_english(self, tmp_path: Path) -> None:
        text = "finess,name,category,status,dept,acute beds,icu beds,mri,lat,lon\n"
        text += "2A0000048,Sea Hospital,university hospital,public,2A,300,12,2,41.92,8.73\n"
        site = read_register(write(tmp_path, text, "sites-2022.csv")).sites[0]
        assert (site.category, site.region, site.beds_mco, site.beds_icu, site.mri) == ("chu", "Corse", 300, 12, 2)
        assert (site.lat, site.lon) == (41.92, 8.73)

    @pytest.mark.parametrize(
        ("theirs", "ours"),
        [("EHPAD", "ehpad"), ("500", "ehpad"), ("611", "laboratory"), ("Clinique", "clinic"), ("small_ch", "small_ch")],
    )
    def test_categories_by_word_code_or_our_name(self, tmp_path: Path, theirs: str, ours: str) -> None:
        text = f"finess;name;category;status;etp\n010000024;A;{theirs};privé;12\n"
        register = read_register(write(tmp_path, text), year=2024)
        assert register.sites[0].category == ours
        assert [finding.topic for finding in register.findings] == ["column"]  # no legal entity

    def test_what_is_not_there_is_said_once(self, tmp_path: Path) -> None:
        text = "finess;nom;couleur\n010000024;A;bleu\n690000054;B;vert\n"
        register = read_register(write(tmp_path, text), year=2024)
        summary = summarise_findings(register.findings)
        assert {group.field for group in summary.missing if group.topic == "column"} == {
            *("category", "status", "entity", "fte")
        }
        assert [group.findings[0].value for group in summary.doubtful] == ["couleur"]
        assert [site.entity for site in register.sites] == ["010000024", "690000054"]

    def test_two_columns_for_one_field(self, tmp_path: Path) -> None:
        with pytest.raises(SchemaError, match="two columns give “city”: ville, commune") as caught:
            read_register(write(tmp_path, "finess;ville;commune\n010000024;A;B\n"), year=2024)
        assert caught.value.findings[0].line == 1

    def test_compressed(self, tmp_path: Path) -> None:
        path = tmp_path / "table.csv.gz"
        path.write_bytes(gzip.compress((FRENCH + ROW).encode()))
        assert read_register(path).sites == read_register(write(tmp_path, FRENCH + ROW)).sites


class TestHostileTables:
    @pytest.mark.parametrize(
        ("cells", "topic", "field", "value", "kind"),
        [
            ("010000024;010780054;A;CH;public;01;X;-5;1;1;2024", "number", "Lits MCO", "-5", "doubtful"),
            ("010000024;010780054;A;CH;public;01;X;2,5;1;1;2024", "number", "Lits MCO", "2,5", "doubtful"),
            ("010000024;010780054;A;CH;public;01;X;=1+1;1;1;2024", "number", "Lits MCO", "=1+1", "doubtful"),
            ("010000024;010780054;A;Chateau;public;01;X;5;1;1;2024", "category", "Catégorie", "Chateau", "doubtful"),
            ("010000024;010780054;A;CH;royal;01;X;5;1;1;2024", "status", "Statut", "royal", "doubtful"),
            ("010000024;010780054;A;CH;public;01;X;5;1;1;hier", "year", "Année", "hier", "doubtful"),
            ("10000024;010780054;A;CH;public;1;X;5;1;1;2024", "leading_zero", "N° FINESS", "10000024", "repaired"),
            ("010000024;010780054;A;CH;public;1;X;5;1;1;2024", "department", "Département", "1", "repaired"),
            ("010000024.0;010780054;A;CH;public;01;X;5;1;1;2024", "spelling", "N° FINESS", "010000024.0", "repaired"),
            ("10000024.0;010780054;A;CH;public;01;X;5;1;1;2024", "leading_zero", "N° FINESS", "10000024.0", "repaired"),
            ("2a0000048;010780054;A;CH;public;2A;X;5;1;1;2024", "spelling", "N° FINESS", "2a0000048", "repaired"),
        ],
    )
    def test_each_mistake_has_row_field_and_value(
        self, tmp_path: Path, cells: str, topic: str, field: str, value: str, kind: str
    ) -> None:
        text = FRENCH + ROW.replace("010000024", "690000054") + cells
        register = read_register(write(tmp_path, text), year=2024)
        finding = find(register, topic)
        assert (finding.line, finding.field, finding.value, finding.kind) == (3, field, value, kind)
        assert finding.repair
        assert len(register.sites) == 2

    def test_duplicates_shifted_cells_and_mixed_years(self, tmp_path: Path) -> None:
        other = ROW.replace("010000024", "690000054")
        text = FRENCH + ROW + ROW + other.replace("Viriat", "Lyon; 3e") + other.replace("2024", "2023")
        register = read_register(write(tmp_path, text))
        assert [(one.topic, one.line) for one in register.findings] == [("duplicate", 3), ("layout", 4), ("year", None)]
        assert (len(register.sites), register.year) == (2, 2024)

    def test_an_undivided_text_never_moves_figures(self, tmp_path: Path) -> None:
        # The last cell of the row is blank, so the shifted row is as wide as the header.
        text = "finess;ville;lits mco;etp;salles de bloc\n010000024;Lyon; 3e;100;50;\n690000054;Lyon;100;50;\n"
        register = read_register(write(tmp_path, text), year=2024)
        assert [site.finess for site in register.sites] == ["690000054"]
        assert find(register, "layout").line == 2

    def test_no_finess_column(self, tmp_path: Path) -> None:
        with pytest.raises(SchemaError, match="no column holds FINESS numbers"):
            read_register(write(tmp_path, "nom;ville\nA;B\n"), year=2024)

    def test_positions_out_of_this_world(self, tmp_path: Path) -> None:
        text = "finess;lat;lon\n010000024;91;5\n690000054;45,5;4,8\n"
        register = read_register(write(tmp_path, text), year=2024)
        assert [(site.lat, site.lon) for site in register.sites] == [(None, None), (45.5, 4.8)]
        assert (find(register, "position").line, find(register, "position").value) == (2, "91")


class TestWorkbooks:
    def test_numbers_lose_their_zeros_and_get_them_back(self, tmp_path: Path) -> None:
        rows = [
            ["FINESS", "Nom", "Département", "Lits MCO", "ETP"],
            [10000024, "Hôpital", 1, 354, 1945.88],
            [690000054, "Clinique", 69, 60.0, 120],
            [10000025, "Faux", 1, 1, 1],
        ]
        register = read_register(write_workbook(tmp_path / "sites-2024.xlsx", rows))
        assert [(site.finess, site.department, site.beds_mco) for site in register.sites] == [
            ("010000024", "01", 354),
            ("690000054", "69", 60),
        ]
        zero = find(register, "leading_zero")
        assert (zero.kind, zero.line, zero.value) == ("repaired", 2, "10000024")
        # Its check digit does not fit, so a zero is not the only thing that may be missing.
        assert (find(register, "finess").line, find(register, "finess").value) == (4, "10000025")

    def test_merged_cells_are_reported_with_their_row(self, tmp_path: Path) -> None:
        rows = [["FINESS", "Nom", "Lits MCO"], ["010000024", "A", 10], ["690000054", "B", 20], ["010000032", None, 30]]
        path = write_workbook(tmp_path / "sites-2024.xlsx", rows, merge=(2, 1, 3, 1, "B et C"))
        register = read_register(path)
        merged = [one for one in register.findings if one.topic == "layout"]
        assert [(one.line, one.value) for one in merged] == [(3, "Sites!B3:B4"), (4, "Sites!B3:B4")]
        assert all("unmerge" in (one.repair or "") for one in merged)
        # Values stay where the workbook has them: none is spread over the merged cells.
        assert [site.name for site in register.sites] == ["A", "B et C", ""]
        assert [site.beds_mco for site in register.sites] == [10, 20, 30]

    def test_a_sheet_must_be_chosen(self, tmp_path: Path) -> None:
        path = tmp_path / "sites-2024.xlsx"
        book = xlsxwriter.Workbook(str(path))
        for name in ("Notes", "Sites"):
            book.add_worksheet(name).write_row(2, 0, ["FINESS", "Nom"])
        book.get_worksheet_by_name("Sites").write_row(3, 0, ["010000024", "A"])
        book.close()
        with pytest.raises(UsageError, match="several sheets"):
            read_register(path)
        chosen = RegisterMap(columns={"finess": "FINESS"}, sheet="Sites")
        assert [site.finess for site in read_register(path, map=chosen).sites] == ["010000024"]


class TestColumnMaps:
    def test_columns_constants_and_values(self, tmp_path: Path) -> None:
        table = write(tmp_path, "Titre\nNuméro;Quoi;Genre;Agents\n010000024;A;Grand hôpital;12,5\n")
        columns = write(
            tmp_path,
            "columns: {finess: Numéro, name: Quoi, category: Genre, fte: Agents}\n"
            "constants: {status: public, department: '01'}\n"
            "values: {category: {grand hopital: chu}}\nyear: 2021\nheader: 2\n",
            "map.yaml",
        )
        register = read_register(table, map=columns)
        (site,) = register.sites
        assert (register.year, site.name, site.category, site.status, site.fte) == (2021, "A", "chu", "public", 12.5)
        assert site.region == "Auvergne-Rhône-Alpes"

    def test_a_field_or_a_header_that_does_not_exist(self, tmp_path: Path) -> None:
        with pytest.raises(SchemaError, match="no such field") as caught:
            read_register(write(tmp_path, FRENCH), map=write(tmp_path, "columns: {finness: A}\n", "map.yaml"))
        assert "finess" in (caught.value.findings[0].repair or "")
        with pytest.raises(SchemaError, match="no column “FINES”") as caught:
            read_register(write(tmp_path, FRENCH + ROW), map=RegisterMap(columns={"finess": "FINES"}))
        assert "N° FINESS" in (caught.value.findings[0].allowed or "")

    def test_the_year_is_never_guessed(self, tmp_path: Path) -> None:
        text = "finess;nom\n010000024;A\n"
        with pytest.raises(DataError, match="nothing says which year"):
            read_register(write(tmp_path, text, "2023-2024.csv"))
        assert read_register(write(tmp_path, text, "sites-2023.csv")).year == 2023
        assert read_register(write(tmp_path, text, "sites-20230401.csv")).year == 2023
        assert read_register(write(tmp_path, text), year=2022).year == 2022
