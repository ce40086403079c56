"""Postures of other tools: what is read, what it comes to, and what is refused."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hygie.core.errors import DataError, DocumentError, SchemaError, UsageError
from hygie.facility.blueprints import Blueprints
from hygie.facility.frameworks import load_crosswalk
from hygie.facility.posture.importers import Format, ImportContext, read_posture
from hygie.facility.posture.readings import Imported, load_assessment_scale
from hygie.facility.posture.requirements import index_requirements
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.exporters.navigator import export_navigator
from hygie.store.documents import parse_document

DATA = Path(__file__).parents[3] / "data" / "posture"
DAY = date(2026, 11, 27)
MITIGATED = {"T1566": ["M1017", "M1021"], "T1078": ["M1026", "M1032"], "T1003": ["M1043"], "T1021": ["M1030"]}

Read = Callable[..., tuple[Format, Imported]]


@pytest.fixture(scope="module")
def context(catalogue: Catalogue, blueprints: Blueprints) -> ImportContext:
    return ImportContext(
        controls=blueprints.controls,
        requirements=index_requirements(load_crosswalk(catalogue, blueprints.controls)),
        scale=load_assessment_scale(catalogue),
        mitigated=MITIGATED,
        on=DAY,
    )


@pytest.fixture
def read(tmp_path: Path, context: ImportContext) -> Read:
    def read_text(name: str, text: str | bytes, form: Format | None = None, **options: Any) -> tuple[Format, Imported]:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_posture(path, replace(context, **options), form=form)

    return read_text


def coverages(found: Imported) -> dict[str, float]:
    return {control: entry.coverage for control, entry in found.entries.items()}


class TestTable:
    @pytest.mark.parametrize(
        "text",
        [
            "control,coverage,on,evidence\nmfa,0.6,2026-10-12,audit\nsegmentation,35%,,\n",
            "Mesure;Couverture;Date;Preuve\r\nmfa;60 %;12/10/2026;audit\r\nCloisonnement du réseau;0,35;;\r\n",
            "Contrôle\tPart\tLe\tPreuves\nmfa\t0.6\t12.10.2026\taudit\nsegmentation\t0.35\t\t\n",
        ],
    )
    def test_both_languages_and_their_ways(self, read: Read, text: str) -> None:
        form, found = read("mine.csv", text)
        assert form == "csv"
        assert coverages(found) == {"mfa": 0.6, "segmentation": 0.35}
        assert found.entries["mfa"].on == date(2026, 10, 12)
        assert found.entries["mfa"].evidence == "mine.csv: mfa, audit"
        assert found.entries["segmentation"].on == DAY
        assert found.entries["segmentation"].origin == "csv"

    def test_old_encodings_are_read_and_told(self, read: Read) -> None:
        text = "Mesure;Couverture;Preuve\nmfa;60 %;vérifié\n"
        _, found = read("mine.csv", text.encode("cp1252"))
        assert found.entries["mfa"].evidence == "mine.csv: mfa, vérifié"
        assert "Windows-1252" in found.notes[0]

    def test_every_fault_is_told_and_nothing_is_taken(self, read: Read) -> None:
        rows = (
            "mfaa,0.5,",
            "mfa,60,",
            "mfa,1.2,",
            "mfa,yes,",
            "awareness,0.5,soon",
            "monitoring,0.5,",
            "monitoring,1,",
        )
        with pytest.raises(SchemaError) as caught:
            read("mine.csv", "control,coverage,on\n" + "\n".join(rows) + "\n")
        told = [(finding.line, finding.field) for finding in caught.value.findings]
        assert told == [
            (2, "control"),
            (3, "coverage"),
            (4, "coverage"),
            (5, "coverage"),
            (6, "on"),
            (8, "control"),
        ]
        assert caught.value.findings[0].repair == "did you mean “mfa”?"
        assert "60 %" in str(caught.value.findings[1].repair)

    def test_without_its_columns(self, read: Read) -> None:
        with pytest.raises(SchemaError, match="no column “coverage”"):
            read("mine.csv", "control,value\nmfa,1\n")
        with pytest.raises(SchemaError, match="no row states a coverage"):
            read("mine.csv", "control,coverage\nmfa,\n")


class TestOscal:
    def test_the_example_of_nist(self, context: ImportContext) -> None:
        form, found = read_posture(DATA / "nist_ifa_assessment_results.json", context)
        assert form == "oscal"
        expected = context.requirements.find("nist80053", "AC-6")
        assert expected
        assert coverages(found) == dict.fromkeys(expected, context.scale["not_satisfied"])
        entry = found.entries[expected[0]]
        assert (entry.on, entry.origin) == (date(2023, 6, 2), "oscal")
        assert entry.evidence == "nist_ifa_assessment_results.json: ac-6.1"

    def make(self, *findings: tuple[str, str], start: str = "2026-01-02T00:00:00Z") -> dict[str, Any]:
        return {
            "start": start,
            "findings": [
                {"target": {"type": "objective-id", "target-id": target, "status": {"state": state}}}
                for target, state in findings
            ],
        }

    def dump(self, *results: dict[str, Any]) -> str:
        return json.dumps({"assessment-results": {"results": list(results)}})

    def test_parts_of_a_control_make_one_mean(self, read: Read, context: ImportContext) -> None:
        result = self.make(("ia-2_obj.a", "satisfied"), ("ia-2_obj.b", "not-satisfied"), ("ia-2_smt", "satisfied"))
        _, found = read("ar.json", self.dump(result))
        mean = (2 * context.scale["satisfied"] + context.scale["not_satisfied"]) / 3
        assert found.entries["mfa"].coverage == round(mean, 3)
        assert found.read == 1

    def test_the_latest_result_counts(self, read: Read, context: ImportContext) -> None:
        old = self.make(("ia-2_obj", "not-satisfied"), start="2025-01-02T00:00:00Z")
        new = self.make(("ia-2_obj", "satisfied"))
        for results in ((old, new), (new, old)):
            _, found = read("ar.json", self.dump(*results))
            assert found.entries["mfa"].coverage == context.scale["satisfied"]
            assert found.entries["mfa"].on == date(2026, 1, 2)

    def test_yaml_is_read_too(self, read: Read, context: ImportContext) -> None:
        text = (
            "assessment-results:\n  results:\n    - end: 2026-03-04T10:00:00+01:00\n      findings:\n"
            "        - target: {type: objective-id, target-id: ia-2_obj, status: {state: satisfied}}\n"
        )
        _, found = read("ar.yaml", text)
        assert found.entries["mfa"].on == date(2026, 3, 4)

    def test_what_is_passed_over_is_told(self, read: Read) -> None:
        result = self.make(("ia-2_obj", "satisfied"), ("A.5.1", "satisfied"), ("ac-2_obj", "maybe"))
        result["findings"] += [{}, "x"]
        _, found = read("ar.json", self.dump(result))
        assert len(found.findings) == 4
        assert all(finding.repair and finding.line for finding in found.findings)

    @pytest.mark.parametrize("results", [[], [{"start": "2026-01-01"}], [{"findings": 3}], ["x"]])
    def test_without_findings(self, read: Read, results: list[Any]) -> None:
        with pytest.raises(SchemaError, match="no finding on a control"):
            read("ar.json", json.dumps({"assessment-results": {"results": results}}))

    def test_without_results(self, read: Read) -> None:
        with pytest.raises(SchemaError, match="results"):
            read("ar.json", '{"assessment-results": {"results": 3}}')
        with pytest.raises(SchemaError, match="“results” is missing"):
            read("ar.json", '{"assessment-results": {}}')


class TestCisoAssistant:
    def test_the_table_of_an_audit(self, context: ImportContext) -> None:
        form, found = read_posture(DATA / "audit.csv", context)
        assert form == "ciso-assistant"
        scale = context.scale
        assert found.entries["awareness"].coverage == pytest.approx(
            (scale["compliant"] + scale["partially_compliant"]) / 2
        )
        assert found.entries["mfa"].coverage == scale["non_compliant"]
        assert found.entries["mfa"].evidence == "audit.csv: anssi-guide-hygiene 13"
        assert (found.read, found.used) == (3, 3)

    def test_scores_count_when_their_scale_is_told(self, context: ImportContext) -> None:
        _, found = read_posture(DATA / "audit.csv", replace(context, score_max=100.0))
        assert found.entries["mfa"].coverage == 0.1
        assert found.entries["awareness"].coverage == pytest.approx((0.8 + context.scale["partially_compliant"]) / 2)

    def test_the_export_of_a_domain(self, context: ImportContext) -> None:
        form, found = read_posture(DATA / "domain.json", context)
        assert form == "ciso-assistant"
        # Its audit says that scores go from 1 to 4.
        assert found.entries["mfa"].coverage == 1.0
        assert found.entries["awareness"].coverage == context.scale["compliant"]
        assert found.read == 2

    def test_requirement_assessments_as_yaml(self, read: Read, context: ImportContext) -> None:
        text = (
            "requirement_assessments:\n"
            "  - {requirement: {urn: 'urn:intuitem:risk:req_node:iso27001-2022:a.6.3'}, result: compliant}\n"
            "  - {requirement: 'urn:intuitem:risk:req_node:iso27001-2022:5.1', result: compliant}\n"
        )
        form, found = read("audit.yaml", text)
        assert form == "ciso-assistant"
        assert coverages(found) == {"awareness": context.scale["compliant"]}
        assert found.passed_over == ("iso27001-2022 5.1",)

    def test_a_table_without_urns_needs_the_framework(self, read: Read, context: ImportContext) -> None:
        text = "ref_id,compliance_result\n13,compliant\n"
        with pytest.raises(SchemaError, match="framework of this requirement") as caught:
            read("audit.csv", text)
        assert "--framework" in str(caught.value.findings[0].repair)
        _, found = read("audit.csv", text, framework="anssi_hygiene")
        assert found.entries["mfa"].coverage == context.scale["compliant"]

    def test_verdicts_that_do_not_exist(self, read: Read) -> None:
        text = "urn,compliance_result\nurn:intuitem:risk:req_node:anssi-guide-hygiene:13,great\n"
        with pytest.raises(SchemaError) as caught:
            read("audit.csv", text)
        assert caught.value.findings[0].line == 2
        assert "no requirement has a verdict" in str(caught.value)


class TestNavigator:
    def test_scores_reach_controls_through_mitigations(self, context: ImportContext) -> None:
        form, found = read_posture(DATA / "layer.json", context, form="navigator")
        assert form == "navigator"
        assert found.entries["awareness"].coverage == 0.8
        # Under two tactics the lower score counts; what is disabled or has no score does not.
        assert found.entries["mfa"].coverage == 0.4
        assert "credential_protection" not in found.entries
        assert "segmentation" not in found.entries
        assert found.entries["mfa"].evidence == "layer.json: T1078"

    def test_a_layer_must_be_asked_for(self, context: ImportContext) -> None:
        with pytest.raises(UsageError, match="attacks as well as defences") as caught:
            read_posture(DATA / "layer.json", context)
        assert "--format navigator" in str(caught.value.findings[0].repair)

    def test_layers_as_this_program_writes_them(self, read: Read) -> None:
        layer = export_navigator({"T1566": 0.25, "T1078": 1.0}, name="x", description="x", attack_version="18")
        _, found = read("layer.json", layer, "navigator")
        assert found.entries["awareness"].coverage == 0.25
        assert found.entries["mfa"].coverage == 1.0

    def test_mitigations_in_place_of_techniques(self, read: Read) -> None:
        layer = {
            "domain": "enterprise-attack",
            "techniques": [{"techniqueID": "M1032", "score": 3}],
            "gradient": {"minValue": 0, "maxValue": 4},
        }
        _, found = read("layer.json", json.dumps(layer), "navigator")
        assert coverages(found) == {"mfa": 0.75}

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"gradient": None}, "lowest and highest"),
            ({"gradient": {"minValue": 5, "maxValue": 5}}, "lowest and highest"),
            ({"gradient": {"minValue": True, "maxValue": 5}}, "lowest and highest"),
            ({"techniques": []}, "no technique has a score"),
            ({"techniques": [{"techniqueID": "T1566", "score": 9}]}, "outside the gradient"),
            ({"techniques": [{"techniqueID": "G0001", "score": 1}]}, "no scored technique"),
            ({"techniques": "T1566"}, "not a layer"),
        ],
    )
    def test_what_is_refused(self, read: Read, change: dict[str, Any], message: str) -> None:
        layer = {
            "domain": "x",
            "techniques": [{"techniqueID": "T1566", "score": 1}],
            "gradient": {"minValue": 0, "maxValue": 4},
        }
        with pytest.raises(SchemaError, match=message):
            read("layer.json", json.dumps({**layer, **change}), "navigator")


class TestHostile:
    def test_nesting(self, read: Read) -> None:
        with pytest.raises(DocumentError, match="nested too deeply"):
            read("ar.json", '{"assessment-results":' + "[" * 5000 + "]" * 5000 + "}")

    def test_size(self, read: Read) -> None:
        with pytest.raises(DocumentError, match="too large"):
            read("ar.json", b" " * (9 * 2**20))
        with pytest.raises(UsageError, match="too large"):
            read("mine.csv", b"x" * (9 * 2**20))

    def test_entities_and_objects_of_yaml(self, read: Read) -> None:
        for text in ("a: &a [1]\nb: *a\n", "a: !!python/object:os.system x\n"):
            with pytest.raises(DocumentError):
                read("x.yaml", text)

    def test_a_table_that_expands_without_end(self, tmp_path: Path, context: ImportContext) -> None:
        path = tmp_path / "bomb.csv"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("mine.csv", b"control,coverage\n" + b"mfa,0.5\n" * 20_000_000)
        with pytest.raises(DataError, match="expands beyond reason|too large|too many rows"):
            read_posture(path, context)

    @pytest.mark.parametrize("text", ["{}", "[]", '"x"', '{"catalog": {}}', '{"objects": [1, null, {"model": 3}]}'])
    def test_documents_that_are_no_posture(self, read: Read, text: str) -> None:
        with pytest.raises(UsageError, match="no posture that can be imported"):
            read("x.json", text)

    def test_control_characters_do_not_reach_the_facility_file(self, read: Read) -> None:
        _, found = read("mine.csv", "control,coverage,evidence\nmfa,0.5,\x1b[31mred\u202e\n")
        evidence = found.entries["mfa"].evidence
        assert evidence == "mine.csv: mfa,  [31mred "
        parse_document(f'a: "{evidence}"'.encode(), name="x.yaml")

    def test_one_format_is_not_read_as_another(self, read: Read) -> None:
        with pytest.raises(SchemaError, match="not a layer"):
            read("x.json", '{"assessment-results": {}}', "navigator")
        with pytest.raises(UsageError, match="JSON or YAML"):
            read("x.csv", "control,coverage\nmfa,1\n", "oscal")
