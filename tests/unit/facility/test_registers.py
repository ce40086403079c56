"""The public register: sites, legal entities, what is doubtful, and the facility files made from it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from hygie.core.errors import DataError, DocumentError, EvidenceError, Finding, SchemaError, StoreError
from hygie.facility.blueprints import Blueprints
from hygie.facility.facility_files import load_facility
from hygie.facility.registers import (
    Register,
    RegisterFinding,
    read_register,
    summarise_findings,
    to_facility,
    write_facility_yaml,
)
from hygie.knowledge.catalogue import Catalogue

COLUMNS = [
    "finess",
    "finess_ej",
    "name",
    "category",
    "legal_status",
    "region_name",
    "dept_code",
    "city",
    "ght_code",
    "ght_name",
    "beds_mco",
    "day_places_mco",
    "stays_mco",
    "bed_days_mco",
    "beds_ssr",
    "beds_psy",
    "beds_usld",
    "beds_icu",
    "ed_visits",
    "operating_rooms",
    "fte_medical",
    "fte_non_medical",
    "lat",
    "mri",
    "ct_scanners",
]
SITE = {
    "finess": "010000024",
    "finess_ej": "010780054",
    "name": "CH DU LAC",
    "category": "CH",
    "legal_status": "public",
    "region_name": "Auvergne-Rhône-Alpes",
    "dept_code": "01",
    "city": "SAINT-ÉTIENNE",
    "ght_code": "84103",
    "ght_name": "BRESSE",
    "beds_mco": "100",
    "day_places_mco": "10",
    "stays_mco": "5000",
    "bed_days_mco": "30000",
    "fte_medical": "40.25",
    "fte_non_medical": "359.5",
}
# A second site of the same entity, a neighbour of the group, and a clinic on its own.
ANNEX = {**SITE, "finess": "010000032", "name": "CH DU LAC ANNEXE", "category": "USLD_long_stay", "beds_usld": "40"} | {
    "beds_mco": "",
    "day_places_mco": "",
    "stays_mco": "",
    "bed_days_mco": "",
    "fte_medical": "1",
    "fte_non_medical": "19",
}
NEIGHBOUR = {**SITE, "finess": "2A0000048", "finess_ej": "2A0780999", "name": "HÔPITAL SACRÉ-CŒUR", "city": "BOURG"}
CLINIC = {
    "finess": "690000054",
    "finess_ej": "690780119",
    "name": "123 CLINIQUE: L’AVENIR #1",
    "category": "surgical_clinic",
    "legal_status": "private_for_profit",
    "region_name": "Auvergne-Rhône-Alpes",
    "dept_code": "69",
    "city": "LYON",
    "beds_mco": "60",
    "operating_rooms": "8",
    "fte_non_medical": "120",
}

Read = Callable[..., Register]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write rows as a register and read it."""

    def read_rows(*rows: dict[str, str], name: str = "register.csv") -> Register:
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
        return read_register(path)

    return read_rows


def only_finding(register: Register) -> RegisterFinding:
    assert len(register.findings) == 1, [finding.render() for finding in register.findings]
    return register.findings[0]


class TestEntities:
    def test_sites_are_summed(self, read: Read) -> None:
        register = read(SITE, ANNEX, CLINIC)
        entity = register.entities["010780054"]
        assert entity.sites == ("010000024", "010000032")
        assert (entity.beds_mco, entity.places, entity.beds_usld, entity.beds) == (100, 10, 40, 150)
        assert (entity.stays, entity.bed_days, entity.emergency_visits) == (5000, 30_000, 0)
        assert entity.fte == pytest.approx(40.25 + 359.5 + 1 + 19)
        assert register.findings == ()

    def test_the_site_with_most_staff_names_and_classes_the_entity(self, read: Read) -> None:
        small_first = read(ANNEX, SITE).entities["010780054"]
        assert (small_first.name, small_first.category) == ("CH DU LAC", "ch")
        assert read(SITE, {**ANNEX, "fte_non_medical": "2000"}).entities["010780054"].category == "long_stay"

    def test_the_order_of_rows_does_not_matter(self, read: Read) -> None:
        assert read(SITE, ANNEX, CLINIC).entities == read(CLINIC, ANNEX, SITE).entities

    @pytest.mark.parametrize(
        ("theirs", "ours"),
        [
            ("CH", "ch"),
            ("CHR_CHU", "chu"),
            ("HIA_army", "ch"),
            ("CLCC_cancer_centre", "cancer_centre"),
            ("CHS_psychiatry", "psychiatric"),
            ("psychiatric_clinic", "psychiatric"),
            ("SSR_private", "rehabilitation"),
            ("CH_ex_hopital_local", "local_hospital"),
            ("USLD_long_stay", "long_stay"),
            ("HAD_home_hospital", "home_care"),
            ("multidisciplinary_private", "clinic"),
            ("surgical_clinic", "clinic"),
            ("medical_clinic", "clinic"),
            ("obstetric_clinic", "clinic"),
            ("dialysis_centre", "other"),
            ("GCS_ES", "other"),
        ],
    )
    def test_categories(self, read: Read, blueprints: Blueprints, theirs: str, ours: str) -> None:
        register = read({**SITE, "category": theirs})
        assert register.entities["010780054"].category == ours
        assert register.sites[0].register_category == theirs
        assert ours in blueprints.categories
        assert register.findings == ()

    def test_blank_is_not_zero_for_a_site(self, read: Read) -> None:
        site = read({**SITE, "beds_mco": "", "beds_ssr": "0"}).sites[0]
        assert (site.beds_mco, site.beds_ssr) == (None, 0)

    def test_bed_days_stay_unknown_when_no_site_gives_them(self, read: Read) -> None:
        assert read(CLINIC).entities["690780119"].bed_days is None


class TestFindings:
    """Missing and doubtful values are listed with their line; nothing is corrected."""

    @pytest.mark.parametrize(
        ("column", "value", "message"),
        [
            ("beds_mco", "-5", "cannot be negative"),
            ("beds_mco", "12.5", "whole number"),
            ("beds_mco", "about 20", "not a number"),
            ("stays_mco", "5 000", "not a number"),
            ("stays_mco", "1e3", "not a number"),
            ("stays_mco", "９", "not a number"),
            ("fte_medical", "40,25", "not a number"),
            ("fte_medical", "nan", "not a number"),
            ("fte_medical", "-1.5", "cannot be negative"),
            ("beds_psy", "1" * 5000, "not a number"),
        ],
    )
    def test_a_count_that_cannot_be_read_is_left_out(self, read: Read, column: str, value: str, message: str) -> None:
        row = {**SITE, "bed_days_mco": ""}
        register = read(CLINIC, {**row, column: value})
        finding = only_finding(register)
        assert message in finding.message
        assert (finding.line, finding.field, finding.code) == (3, column, "HYG-202")
        assert finding.value is not None
        assert finding.value[:5] == value[:5]
        assert finding.repair
        kept = read(CLINIC, {**row, column: ""})
        assert register.entities == kept.entities

    def test_blanks_around_a_number_are_harmless(self, read: Read) -> None:
        assert read({**SITE, "beds_mco": " 100 "}).entities == read(SITE).entities

    @pytest.mark.parametrize("column", ["finess", "finess_ej"])
    @pytest.mark.parametrize(
        ("value", "message", "repair"),
        [
            ("", "there is no FINESS number", "nine characters"),
            ("10000025", "not a FINESS number", "leading zeros"),
            ("0100000245", "not a FINESS number", "nine characters"),
            ("01000002X", "not a FINESS number", "nine characters"),
        ],
    )
    def test_a_row_without_its_number_is_left_out(
        self, read: Read, column: str, value: str, message: str, repair: str
    ) -> None:
        register = read({**SITE, column: value}, CLINIC)
        finding = only_finding(register)
        assert message in finding.message
        assert (finding.line, finding.field) == (2, column)
        assert repair in (finding.repair or "")
        assert list(register.entities) == ["690780119"]

    def test_a_site_that_stands_twice_counts_once(self, read: Read) -> None:
        register = read(SITE, CLINIC, {**SITE, "beds_mco": "999"})
        finding = only_finding(register)
        assert (finding.line, finding.value) == (4, "010000024")
        assert "first on line 2" in finding.message
        assert register.entities["010780054"].beds_mco == 100

    def test_unknown_category(self, read: Read) -> None:
        register = read({**SITE, "category": "CHR_CHUU"})
        assert only_finding(register).repair == "did you mean “CHR_CHU”?"
        assert register.entities["010780054"].category == "other"

    @pytest.mark.parametrize("column", ["name", "region_name", "dept_code"])
    def test_empty_cells_that_should_not_be(self, read: Read, column: str) -> None:
        finding = only_finding(read({**SITE, column: " "}))
        assert (finding.field, finding.line) == (column, 2)

    def test_row_with_a_comma_too_many(self, read: Read, tmp_path: Path) -> None:
        read(SITE, CLINIC)
        path = tmp_path / "register.csv"
        path.write_text(path.read_text(encoding="utf-8").replace("LYON", "LYON, 3e"), encoding="utf-8")
        finding = only_finding(read_register(path))
        assert (finding.line, finding.kind) == (3, "doubtful")
        assert finding.message == "the row has 26 cells, the header 25: the row is left out"
        assert "double quotes" in (finding.repair or "")

    def test_empty_rows_are_nothing(self, read: Read, tmp_path: Path) -> None:
        register = read(SITE)
        path = tmp_path / "register.csv"
        path.write_text(path.read_text(encoding="utf-8") + "\n,,,\n\n", encoding="utf-8")
        assert read_register(path).entities == register.entities

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"beds_icu": "101"}, "101 critical-care beds among 100 acute beds"),
            ({"bed_days_mco": "40000"}, "40,000 days in 100 acute beds are more than a year holds"),
            ({"fte_medical": "", "fte_non_medical": "0"}, "no site gives its staff"),
        ],
    )
    def test_what_contradicts_itself(self, read: Read, change: dict[str, str], message: str) -> None:
        finding = only_finding(read({**SITE, **change}))
        assert finding.message == message
        assert finding.value == "010780054 CH DU LAC"

    def test_sites_that_contradict_each_other(self, read: Read) -> None:
        register = read(SITE, {**ANNEX, "legal_status": "private_non_profit", "ght_code": ""})
        assert [finding.message for finding in register.findings] == [
            "sites of one legal entity differ: private, public",
            "sites of one legal entity differ: none, 84103",
        ]
        assert register.entities["010780054"].status == "public"

    def test_an_invisible_character_does_not_travel(self, read: Read) -> None:
        register = read({**SITE, "name": "CH\x07 DU\u202e LAC"})
        assert "invisible" in only_finding(register).message
        assert register.entities["010780054"].name == "CH DU LAC"

    def test_a_file_full_of_mistakes_is_summed_up(self, read: Read) -> None:
        register = read(SITE, *[{**SITE, "finess": f"x{index}"} for index in range(1500)])
        assert len(register.findings) == 1001
        assert register.findings[-1].message == "500 more findings are not listed"
        (group,) = summarise_findings(register.findings).doubtful
        assert (group.topic, group.field, group.count) == ("finess", "finess", 1500)

    @pytest.mark.parametrize("column", ["finess", "finess_ej"])
    def test_a_leading_zero_that_a_spreadsheet_took_away_is_restored_and_listed(self, read: Read, column: str) -> None:
        register = read({**SITE, column: SITE[column][1:]}, CLINIC)
        finding = only_finding(register)
        assert (finding.kind, finding.line, finding.field) == ("repaired", 2, column)
        assert (finding.value, finding.message[-9:]) == (SITE[column][1:], SITE[column])
        assert register.entities == read(SITE, CLINIC).entities

    def test_a_leading_zero_that_the_department_contradicts_is_not_restored(self, read: Read) -> None:
        register = read({**SITE, "finess": "10000024", "dept_code": "69"}, CLINIC)
        assert only_finding(register).kind == "doubtful"
        assert list(register.entities) == ["690780119"]

    def test_a_number_with_blanks_is_read_and_listed(self, read: Read) -> None:
        register = read({**SITE, "finess": "01 000 002 4"})
        finding = only_finding(register)
        assert (finding.kind, finding.topic, finding.value) == ("repaired", "spelling", "01 000 002 4")
        assert register.sites[0].finess == "010000024"

    def test_a_wrong_check_digit_is_doubted_and_kept(self, read: Read) -> None:
        register = read({**SITE, "finess": "010000025"})
        finding = only_finding(register)
        assert (finding.kind, finding.topic) == ("doubtful", "check_digit")
        assert register.sites[0].finess == "010000025"


class TestUnreadableFiles:
    """Hard errors: the file is not what it claims to be."""

    def refuse(self, path: Path, content: bytes, error: type[DataError], message: str) -> Finding:
        path.write_bytes(content)
        with pytest.raises(error, match=message) as caught:
            read_register(path)
        finding = caught.value.findings[0]
        assert finding.file == str(path)
        assert finding.repair
        return finding

    @pytest.mark.parametrize(
        ("content", "message", "repair"),
        [
            (b"", "the file is empty", "right file"),
            (b"PK\x03\x04\x14\x00\x08\x00\xff\xfe", "ZIP archive is damaged", "fetch it again"),
            (b"finess;finess_ej;name\n", "no site could be read", "one row per site"),
            (b"Dear colleagues\nplease find\n", "no column holds FINESS numbers", "right file"),
            (b'finess,name\n"unclosed,', "not a valid CSV", "double quotes"),
            ("finess;name\n010000024;CH".encode("utf-16"), "UTF-16", "UTF-8"),
            (b"finess,name\n010000024,C\x00H\n", "NUL character", "save it again"),
            (b"%PDF-1.7\n", "a PDF", "publisher"),
            (b"finess,name\n010000024,CH DU LAC\n", "nothing says which year", "which year"),
        ],
    )
    def test_not_a_csv(self, tmp_path: Path, content: bytes, message: str, repair: str) -> None:
        finding = self.refuse(tmp_path / "register.csv", content, DataError, message)
        assert repair in (finding.repair or "")

    def test_unclosed_quotes(self, tmp_path: Path) -> None:
        content = (",".join(COLUMNS) + '\n"010000024,').encode()
        finding = self.refuse(tmp_path / "register.csv", content, DocumentError, "not a valid CSV")
        assert finding.line == 2

    def test_a_cell_without_end(self, tmp_path: Path) -> None:
        content = (",".join(COLUMNS) + "\n" + "x" * 200_000).encode()
        self.refuse(tmp_path / "register.csv", content, DocumentError, "a row does not end|not a valid CSV")

    def test_missing_columns(self, tmp_path: Path) -> None:
        header = ",".join(COLUMNS).replace("beds_mco,", "bed_mco,").replace("ght_name,", "")
        finding = self.refuse(tmp_path / "r.csv", header.encode(), SchemaError, "missing: ght_name, beds_mco")
        assert (finding.line, finding.field) == (1, "ght_name")

    def test_a_misspelt_column(self, tmp_path: Path) -> None:
        header = ",".join(COLUMNS).replace("operating_rooms", "operating_room")
        finding = self.refuse(tmp_path / "r.csv", header.encode(), SchemaError, "missing: operating_rooms")
        assert finding.repair == "did you mean “operating_room”?"

    def test_a_column_twice(self, tmp_path: Path) -> None:
        header = ",".join([*COLUMNS, "beds_mco"])
        finding = self.refuse(tmp_path / "r.csv", header.encode(), SchemaError, "two columns have the same name")
        assert (finding.line, finding.field) == (1, "beds_mco")

    def test_too_large(self, tmp_path: Path) -> None:
        path = tmp_path / "r.csv"
        with path.open("wb") as stream:
            stream.truncate(64 * 2**20 + 1)
        with pytest.raises(DocumentError, match="too large") as caught:
            read_register(path)
        assert caught.value.findings[0].allowed == "at most 64 MiB"

    def test_not_a_file(self, tmp_path: Path) -> None:
        with pytest.raises(DocumentError, match="the folder holds no register"):
            read_register(tmp_path)
        with pytest.raises(DocumentError, match="No such file"):
            read_register(tmp_path / "none.csv")
        with pytest.raises(DocumentError, match="not a regular file"):
            read_register(Path("/dev/null"))

    def test_byte_order_mark_is_accepted(self, read: Read, tmp_path: Path) -> None:
        register = read(SITE)
        path = tmp_path / "register.csv"
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
        assert read_register(path).entities == register.entities


class TestSearch:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("saint etienne", ["010780054"]),
            ("Saint-Étienne", ["010780054"]),
            ("ETIENNE lac", ["010780054"]),
            ("sacre coeur", ["2A0780999"]),
            ("Sacré-Cœur", ["2A0780999"]),
            ("annexe", ["010780054"]),
            ("690780119", ["690780119"]),
            ("2a0780999", ["2A0780999"]),
            ("010000032", ["010780054"]),
            ("6900", ["690780119"]),
            ("ch lac brest", []),
            ("", []),
            (" - ", []),
        ],
    )
    def test_by_name_city_and_number(self, read: Read, text: str, found: list[str]) -> None:
        register = read(SITE, ANNEX, NEIGHBOUR, CLINIC)
        assert [entity.finess for entity in register.find(text)] == found

    def test_the_largest_comes_first(self, read: Read) -> None:
        register = read(CLINIC, {**NEIGHBOUR, "city": "LYON"})
        assert [entity.finess for entity in register.find("lyon")] == ["2A0780999", "690780119"]

    def test_by_the_number_of_a_site(self, read: Read) -> None:
        register = read(SITE, ANNEX)
        assert register.get_entity("010000032") is register.get_entity(" 010780054 ")

    def test_a_number_that_nobody_has(self, read: Read) -> None:
        with pytest.raises(EvidenceError, match="no FINESS number “010780045”") as caught:
            read(SITE).get_entity("010780045")
        assert caught.value.findings[0].repair == "did you mean “010780054”?"


class TestFacilityFiles:
    def write(self, register: Register, finess: str, folder: Path) -> Path:
        path = folder / f"{finess}.yaml"
        write_facility_yaml(to_facility(register.get_entity(finess), register), path)
        return path

    def test_round_trip(self, read: Read, tmp_path: Path, blueprints: Blueprints, catalogue: Catalogue) -> None:
        register = read(SITE, ANNEX, NEIGHBOUR, CLINIC)
        path = self.write(register, "010780054", tmp_path)
        facility = load_facility(path, blueprints=blueprints, known_evidence=frozenset(catalogue.evidence))
        assert (facility.id, facility.finess, facility.department) == ("fr-010780054", "010780054", "01")
        assert (facility.activity.beds_mco, facility.activity.beds_usld) == (100, 40)
        assert facility.activity.fte == pytest.approx(419.75)
        assert [(group.kind, group.id, group.name) for group in facility.groups] == [("ght", "84103", "BRESSE")]
        (link,) = facility.links
        assert (link.kind, link.method) == ("ght_shared_it", "assumed")
        assert (link.neighbour.id, link.neighbour.finess) == ("fr-2a0780999", "2A0780999")
        assert link.neighbour.name == "HÔPITAL SACRÉ-CŒUR"

    def test_machines(self, read: Read, tmp_path: Path, blueprints: Blueprints, catalogue: Catalogue) -> None:
        path = self.write(read({**SITE, "mri": "2", "ct_scanners": "0"}, ANNEX), "010780054", tmp_path)
        facility = load_facility(path, blueprints=blueprints, known_evidence=frozenset(catalogue.evidence))
        assert facility.activity.equipment == {"mri": 2}

    def test_no_group_no_links_and_a_difficult_name(
        self, read: Read, tmp_path: Path, blueprints: Blueprints, catalogue: Catalogue
    ) -> None:
        path = self.write(read(SITE, CLINIC), "690780119", tmp_path)
        facility = load_facility(path, blueprints=blueprints, known_evidence=frozenset(catalogue.evidence))
        assert facility.links == ()
        assert facility.name == "123 CLINIQUE: L’AVENIR #1"
        assert facility.activity.bed_days is None

    @pytest.mark.parametrize(
        "name", ["1e5", "null", "true", "- a", "{a: b}", "a: b", "#1", "'x'", '"x"', "0x1F", "&a *b"]
    )
    def test_names_stay_texts(
        self, read: Read, tmp_path: Path, blueprints: Blueprints, catalogue: Catalogue, name: str
    ) -> None:
        path = self.write(read({**CLINIC, "name": name}), "690780119", tmp_path)
        facility = load_facility(path, blueprints=blueprints, known_evidence=frozenset(catalogue.evidence))
        assert facility.name == name

    def test_an_entity_without_a_name_goes_by_its_number(self, read: Read) -> None:
        register = read({**CLINIC, "name": ""})
        assert to_facility(register.entities["690780119"], register)["name"] == "FINESS 690780119"

    def test_work_by_hand_is_never_overwritten(self, read: Read, tmp_path: Path) -> None:
        register = read(CLINIC)
        path = self.write(register, "690780119", tmp_path)
        with pytest.raises(StoreError, match="exists already"):
            self.write(register, "690780119", tmp_path)
        write_facility_yaml({"schema": "hygie.facility/1"}, path, overwrite=True)
        assert "CLINIQUE" not in path.read_text(encoding="utf-8")
        with pytest.raises(StoreError, match="cannot be written"):
            write_facility_yaml({}, tmp_path / "no" / "folder.yaml")

    def test_public_or_private_is_not_guessed(self, read: Read) -> None:
        register = read({**CLINIC, "legal_status": "mixed"})
        assert only_finding(register).message == "unknown legal status"
        with pytest.raises(DataError, match="public or private") as caught:
            to_facility(register.entities["690780119"], register)
        assert caught.value.findings[0].repair
