"""Tables of the SAE, one folder per year: which cells give which figure, and what a folder can have wrong.

The folder is made by us (see its README): every mistake in it is there on purpose.
"""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from hygie.core.errors import DataError, DocumentError, SchemaError
from hygie.facility.registers import Register, RegisterFinding, read_register, summarise_findings

HOSPITAL, LONG_STAY, CLINIC, ISLAND, RADIOTHERAPY = "019900018", "019900026", "019900034", "979900040", "019900059"


@pytest.fixture(scope="module")
def folder() -> Path:
    return Path(__file__).parents[2] / "data" / "sae" / "2031"


@pytest.fixture(scope="module")
def sae(folder: Path) -> Register:
    return read_register(folder)


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "2031"))


def about(register: Register, topic: str, file: str) -> list[RegisterFinding]:
    found = [one for one in register.findings if one.topic == topic]
    return [one for one in found if Path(one.file or "").name.startswith(file)]


class TestFigures:
    def test_the_folder_tells_what_it_is(self, sae: Register) -> None:
        assert (sae.kind, sae.year, sae.synthetic, sae.evidence) == ("sae", 2031, False, ())
        assert [site.finess for site in sae.sites] == [HOSPITAL, LONG_STAY, CLINIC, ISLAND, RADIOTHERAPY]
        assert list(sae.entities) == ["019980010", "019980036", "019980051", "979980042"]

    def test_a_hospital(self, sae: Register) -> None:
        site = sae.sites[0]
        assert (site.name, site.city, site.category, site.status) == (
            *("HÔPITAL DU VAL INVENTÉ", "VAL INVENTE", "ch", "public"),
        )
        assert (site.beds_mco, site.places, site.stays, site.bed_days) == (120, 12, 6200, 33_000)
        # Totals of a table, not its lines by discipline; intensive care without intermediate care.
        assert (site.beds_ssr, site.beds_icu) == (30, 8 + 2)
        # Adults and children are two rows.
        assert site.emergency_visits == 20_000 + 4_000
        assert (site.emergency_authorised, site.smur, site.samu) == (True, True, False)
        assert (site.mri, site.ct_scanners, site.pet_scanners, site.angiography_rooms) == (1, 2, 1, 1)
        assert (site.gamma_cameras, site.had_places) == (None, None)
        # Stations of a centre and of a medical unit, not those at home.
        assert site.dialysis_stations == 12 + 6
        assert site.fte == pytest.approx(85.25 + 760.5)

    def test_others(self, sae: Register) -> None:
        sites = {site.finess: site for site in sae.sites}
        assert sites[LONG_STAY].beds_usld == 45
        assert sites[CLINIC].fte == pytest.approx(157.75)
        assert (sites[ISLAND].beds_psy, sites[ISLAND].department, sites[ISLAND].region) == (60, "971", "Guadeloupe")
        assert sites[ISLAND].register_status == "private_non_profit"

    def test_radiotherapy_centres_are_told_by_their_authorisation(self, sae: Register) -> None:
        site = sae.sites[-1]
        assert (site.register_category, site.category) == ("698", "radiotherapy_centre")

    def test_entities_are_sums(self, sae: Register) -> None:
        entity = sae.entities["019980010"]
        assert (entity.beds_mco, entity.beds_usld, entity.ct_scanners) == (120, 45, 2)
        assert entity.fte == pytest.approx(845.75 + 31.5)


class TestFindings:
    def test_everything_that_is_wrong_is_listed_and_nothing_else(self, sae: Register) -> None:
        assert Counter((one.kind, one.topic) for one in sae.findings) == {
            ("doubtful", "table"): 1,
            ("repaired", "encoding"): 2,
            ("repaired", "leading_zero"): 2,
            ("doubtful", "duplicate"): 1,
            ("doubtful", "number"): 2,
            ("doubtful", "entity"): 1,
            ("missing", "table"): 1,
            ("doubtful", "year"): 1,
            ("doubtful", "layout"): 1,
            ("missing", "group"): 1,
            ("missing", "staff"): 2,
        }

    def test_a_line_in_another_encoding(self, sae: Register) -> None:
        (line,) = about(sae, "encoding", "ID")
        assert (line.kind, line.line) == ("repaired", 3)
        assert r"\xc9RABLES" in (line.value or "")
        assert sae.sites[1].name == "USLD LES ÉRABLES"
        (whole,) = about(sae, "encoding", "SSR")
        assert (whole.line, whole.count) == (2, 3)

    def test_a_lost_zero_is_restored_and_shown(self, sae: Register) -> None:
        assert [(one.line, one.field, one.value) for one in about(sae, "leading_zero", "ID")] == [
            (6, "FI", "19900059"),
            (6, "FI_EJ", "19980051"),
        ]

    @pytest.mark.parametrize(
        ("topic", "file", "line", "field", "value"),
        [
            ("number", "MCO", 3, "JOU_MCO", "-15"),
            ("entity", "MCO", 4, "FI", "019900067"),
            ("number", "SYGEN", 5, "ETPSAL_TOT", "environ 10"),
            ("year", "SMURSAMU", None, "AN", "2030"),
            ("layout", "BLOCS_2031r", 3, None, None),
            ("duplicate", "ID", 7, "FI", HOSPITAL),
        ],
    )
    def test_what_is_left_out_has_its_place(
        self, sae: Register, topic: str, file: str, line: int | None, field: str | None, value: str | None
    ) -> None:
        (finding,) = about(sae, topic, file)
        assert (finding.line, finding.field, finding.value) == (line, field, value)
        assert finding.kind == "doubtful"
        assert finding.repair
        assert sae.sites[2].bed_days is None

    def test_of_two_editions_the_revised_one_counts(self, sae: Register) -> None:
        (finding,) = [one for one in about(sae, "table", "2031") if one.kind == "doubtful"]
        assert "BLOCS_2031r.csv counts, BLOCS_2031a.csv does not" in finding.message
        assert sae.sites[0].operating_rooms == 5

    def test_the_summary_counts_cases_not_findings(self, sae: Register) -> None:
        summary = summarise_findings(sae.findings)
        assert {group.topic: group.count for group in summary.repaired} == {"encoding": 4, "leading_zero": 1}
        assert sum(group.count for group in summary.missing) == 4
        assert [group.about for group in summary.missing if group.topic == "staff"] == ["no site gives its staff"]


class TestFolders:
    def test_a_folder_of_years(self, copy: Path) -> None:
        older = copy.parent / "2030"
        shutil.copytree(copy, older)
        for path in older.iterdir():
            path.rename(path.with_name(path.name.replace("2031", "2030")))
        with pytest.raises(DataError, match="several years") as caught:
            read_register(copy.parent)
        assert caught.value.findings[0].allowed == "2030, 2031"
        assert read_register(copy.parent, year=2031).year == 2031
        with pytest.raises(DataError, match="no tables of this year"):
            read_register(copy.parent, year=2029)

    def test_tables_and_directory_in_one_folder(self, copy: Path) -> None:
        (copy / "extract.csv").write_text("finess;etalab;1;2031-01-15\n", encoding="utf-8")
        with pytest.raises(DataError, match="tables of the SAE and extracts of the directory"):
            read_register(copy)

    def test_lost_zeros_in_a_whole_table_are_one_repair(self, copy: Path, sae: Register) -> None:
        table = copy / "MCO_2031r.csv"
        table.write_text(table.read_text(encoding="utf-8").replace(";0199", ";199"), encoding="utf-8")
        register = read_register(copy)
        assert register.entities == sae.entities
        (finding,) = about(register, "leading_zero", "MCO")
        assert (finding.kind, finding.line, finding.value, finding.count) == ("repaired", 2, "19900018", 2)

    def test_a_figure_column_that_is_not_there(self, copy: Path) -> None:
        table = copy / "USLD_2031r.csv"
        table.write_text(table.read_text(encoding="utf-8").replace("LIT", "LITS"), encoding="utf-8")
        register = read_register(copy)
        (finding,) = about(register, "table", "USLD")
        assert (finding.kind, finding.field, finding.repair) == ("missing", "LIT", "did you mean “LITS”?")
        assert register.sites[1].beds_usld is None

    def test_an_identity_column_that_is_not_there(self, copy: Path) -> None:
        table = copy / "ID_2031r.csv"
        table.write_bytes(table.read_bytes().replace(b";stjr;", b";statut;"))
        with pytest.raises(SchemaError, match="no column STJR"):
            read_register(copy)

    def test_unknown_codes(self, copy: Path) -> None:
        table = copy / "ID_2031r.csv"
        table.write_bytes(table.read_bytes().replace(b";1;355;", b";7;356;", 1))
        register = read_register(copy)
        assert (register.sites[0].category, register.sites[0].register_category) == ("other", "356")
        assert [one.value for one in about(register, "category", "ID")] == ["356"]
        assert [one.value for one in about(register, "status", "ID")] == ["7"]

    def test_without_sites(self, copy: Path) -> None:
        table = copy / "ID_2031r.csv"
        table.write_bytes(table.read_bytes().splitlines(keepends=True)[0])
        with pytest.raises(DocumentError, match="no site could be read"):
            read_register(copy)
        table.unlink()
        with pytest.raises(DocumentError, match="the folder holds no register"):
            read_register(copy)
