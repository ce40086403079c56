"""The facility file: the example is accepted, and each mistake is named with its line and its repair."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hygie.core.errors import DataError, DocumentError, Finding, SchemaError
from hygie.facility.blueprints import Blueprints
from hygie.facility.facility_files import load_facility
from hygie.facility.organisation import Facility
from hygie.knowledge.catalogue import Catalogue

Load = Callable[..., Facility]


@pytest.fixture
def load(tmp_path: Path, chsf_file: Path, blueprints: Blueprints, catalogue: Catalogue) -> Load:
    """Load the example after replacing one passage, or after adding lines at its end."""

    def load_changed(old: str = "", new: str = "", *, add: str = "") -> Facility:
        text = chsf_file.read_text(encoding="utf-8")
        assert not old or text.count(old) >= 1, f"the example does not say {old!r}"
        path = tmp_path / "facility.yaml"
        path.write_text(text.replace(old, new, 1) + add, encoding="utf-8")
        return load_facility(path, blueprints=blueprints, known_evidence=frozenset(catalogue.evidence))

    return load_changed


def only_finding(caught: pytest.ExceptionInfo[DataError]) -> Finding:
    assert len(caught.value.findings) == 1, str(caught.value)
    return caught.value.findings[0]


class TestGoodFile:
    def test_example(self, load: Load) -> None:
        facility = load()
        assert facility.id == "fr-910002773"
        assert facility.activity.beds_mco == 694
        assert facility.activity.beds == 694 + 84 + 49 + 100
        assert [link.neighbour.department for link in facility.links] == ["91", "91"]
        assert len(facility.providers) == 5
        assert facility.posture == {}

    def test_what_the_owner_knows_better(self, load: Load) -> None:
        facility = load(add="posture: {mfa: 0.9, segmentation: 1, monitoring: 0}\nzones: {pacs: {hosts: 12}}\n")
        assert facility.posture == {"mfa": 0.9, "segmentation": 1.0, "monitoring": 0.0}
        assert facility.zones["pacs"].hosts == 12

    def test_a_neighbour_can_be_linked_twice(self, chsf_file: Path, load: Load) -> None:
        """A shared system and a trust between directories are two ways in."""
        text = chsf_file.read_text(encoding="utf-8")
        first = text[text.index("  - kind: ght_shared_it") : text.rindex("  - kind: ght_shared_it")]
        again = first.replace("ght_shared_it", "directory_trust")
        facility = load("  - kind: ght_shared_it", again + "  - kind: ght_shared_it")
        kinds = {link.kind for link in facility.links if link.neighbour.id == "fr-910019447"}
        assert kinds == {"ght_shared_it", "directory_trust"}

    def test_a_neighbour_described_twice_differently_is_refused(self, load: Load) -> None:
        with pytest.raises(DataError, match="described twice, differently"):
            load("id: fr-910110014", "id: fr-910019447")


class TestUnknownNames:
    """A name that leads nowhere is refused, with the closest one that exists."""

    @pytest.mark.parametrize(
        ("old", "new", "field", "repair"),
        [
            ("category: ch\n", "category: chh\n", "category", "did you mean “ch”?"),
            ("kind: ght_shared_it", "kind: ght_shared", "links.0.kind", "did you mean “ght_shared_it”?"),
            ("kind: payer", "kind: payor", "providers.4.kind", "did you mean “payer”?"),
            (
                "evidence: [sae-2023-register]",
                "evidence: [sae-2032-register]",
                "activity.evidence.0",
                "did you mean “sae-2023-register”?",
            ),
            (
                "evidence: [ght-creation, sae-2023-register]",
                "evidence: [ght-creation, ght-criation]",
                "links.0.evidence.1",
                "did you mean “ght-creation”?",
            ),
        ],
    )
    def test_in_the_example(self, load: Load, old: str, new: str, field: str, repair: str) -> None:
        with pytest.raises(DataError, match="unknown|does not exist") as caught:
            load(old, new)
        finding = only_finding(caught)
        assert (finding.field, finding.repair) == (field, repair)
        assert finding.file is not None
        assert finding.file.endswith("facility.yaml")
        assert finding.line is not None
        assert new.strip() in Path(finding.file).read_text(encoding="utf-8").splitlines()[finding.line - 1]

    @pytest.mark.parametrize(
        ("block", "field", "message", "repair"),
        [
            ("posture: {mfaa: 0.5}", "posture.mfaa", "unknown control", "did you mean “mfa”?"),
            ("posture: {antigravity: 0.5}", "posture.antigravity", "unknown control", "use one of the listed names"),
            ("zones: {offices: {hosts: 3}}", "zones.offices", "unknown zone", "did you mean “office”?"),
        ],
    )
    def test_in_what_the_owner_adds(self, load: Load, block: str, field: str, message: str, repair: str) -> None:
        with pytest.raises(DataError, match=message) as caught:
            load(add=block + "\n")
        finding = only_finding(caught)
        assert (finding.code, finding.field, finding.repair) == ("HYG-205", field, repair)
        assert finding.allowed

    def test_a_zone_that_this_category_does_not_have_can_be_added(self, load: Load) -> None:
        """Local hospitals have no imaging archive, but this one says that it has one."""
        facility = load("category: ch\n", "category: local_hospital\n", add="zones: {pacs: {hosts: 12}}\n")
        assert facility.zones["pacs"].hosts == 12

    def test_all_of_them_are_told_at_once(self, load: Load) -> None:
        with pytest.raises(DataError, match="unknown") as caught:
            load("category: ch\n", "category: hc\n", add="posture: {mfaa: 0.5, segmentatoin: 0.5}\n")
        assert [finding.field for finding in caught.value.findings] == [
            "category",
            "posture.mfaa",
            "posture.segmentatoin",
        ]


class TestWrongFigures:
    @pytest.mark.parametrize(
        ("old", "new", "field", "message"),
        [
            ("beds_mco: 694", "beds_mco: -694", "activity.beds_mco", "too small"),
            ("beds_mco: 694", 'beds_mco: "694"', "activity.beds_mco", "must be a whole number"),
            ("beds_mco: 694", "beds_mco: 694.5", "activity.beds_mco", "must be a whole number"),
            ("beds_mco: 694", "beds_mco: true", "activity.beds_mco", "must be a whole number"),
            ("beds_mco: 694", "beds_mco: many", "activity.beds_mco", "must be a whole number"),
            ("beds_mco: 694", "beds_mco: 69400000", "activity.beds_mco", "too large"),
            ("beds_mco: 694", "beds_mcco: 694", "activity.beds_mcco", "unknown field"),
            ("fte: 3851", 'fte: "3851"', "activity.fte", "must be a number"),
            ("fte: 3851", "fte: true", "activity.fte", "must be a number"),
            ("fte: 3851", "fte: .nan", "activity.fte", "must be a number"),
            ("  fte: 3851\n", "", "activity.fte", "is missing"),
            ("year: 2023", "year: 23", "activity.year", "too small"),
            ("status: public\n", "status: semi-public\n", "status", "not one of the accepted values"),
            ('finess: "910002773"', 'finess: "91000277"', "finess", "not written as expected"),
            ('finess: "910002773"', "finess: 910002773", "finess", "must be a text"),
            ("id: fr-910002773", "id: Hôpital Sud", "id", "not written as expected"),
            ("schema: hygie.facility/1", "schema: hygie.facility/2", "schema", "not one of the accepted values"),
        ],
    )
    def test_field_by_field(self, load: Load, old: str, new: str, field: str, message: str) -> None:
        with pytest.raises(SchemaError, match=message) as caught:
            load(old, new)
        finding = only_finding(caught)
        assert finding.field == field
        assert finding.line is not None

    @pytest.mark.parametrize(
        ("block", "message"),
        [
            ("posture: {mfa: 1.2}", "too large"),
            ("posture: {mfa: -0.1}", "too small"),
            ("posture: {mfa: true}", "must be a number"),
            ('posture: {mfa: "0.5"}', "must be a number"),
            ("posture: {mfa: 90 %}", "must be a number"),
            ("zones: {office: {hosts: -4}}", "too small"),
            ("zones: {office: {hosts: 4, colour: x}}", "unknown field"),
        ],
    )
    def test_maturity_and_hosts(self, load: Load, block: str, message: str) -> None:
        with pytest.raises(SchemaError, match=message) as caught:
            load(add=block + "\n")
        assert only_finding(caught).line is not None


class TestContradictions:
    def test_more_critical_care_beds_than_acute_beds(self, load: Load) -> None:
        with pytest.raises(DataError, match="more critical-care beds than acute beds") as caught:
            load("beds_icu: 22", "beds_icu: 2200")
        assert only_finding(caught).allowed == "at most beds_mco = 694"

    def test_more_days_than_a_year_holds(self, load: Load) -> None:
        with pytest.raises(DataError, match="more bed-days than beds allow"):
            load("bed_days: 198063", "bed_days: 1980630")

    def test_no_staff_and_no_beds(self, tmp_path: Path, blueprints: Blueprints) -> None:
        path = tmp_path / "empty.yaml"
        path.write_text(
            "schema: hygie.facility/1\nid: empty\nname: Empty\ncategory: other\nstatus: private\n"
            "activity: {year: 2023, fte: 0}\n",
            encoding="utf-8",
        )
        with pytest.raises(DataError, match="neither staff nor beds"):
            load_facility(path, blueprints=blueprints, known_evidence=frozenset())

    def test_nobody_is_his_own_neighbour(self, load: Load) -> None:
        with pytest.raises(SchemaError, match="its own neighbour"):
            load("id: fr-910019447", "id: fr-910002773")

    def test_a_provider_is_named_once(self, load: Load) -> None:
        with pytest.raises(SchemaError, match="two providers have the same id"):
            load("id: generic-payer", "id: generic-hds-host")


def test_a_missing_file_is_told_as_such(tmp_path: Path, blueprints: Blueprints) -> None:
    with pytest.raises(DocumentError, match="no such file"):
        load_facility(tmp_path / "none.yaml", blueprints=blueprints, known_evidence=frozenset())
