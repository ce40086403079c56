"""From requirements as files write them to our controls."""

from __future__ import annotations

import pytest

from hygie.facility.blueprints import Blueprints
from hygie.facility.frameworks import load_crosswalk
from hygie.facility.posture.requirements import RequirementIndex, index_requirements
from hygie.knowledge.catalogue import Catalogue


@pytest.fixture(scope="module")
def index(catalogue: Catalogue, blueprints: Blueprints) -> RequirementIndex:
    return index_requirements(load_crosswalk(catalogue, blueprints.controls))


@pytest.mark.parametrize(
    ("framework", "ref", "control"),
    [
        ("anssi-guide-hygiene", "13", "mfa"),
        ("anssi_hygiene", "13", "mfa"),
        ("anssi-guide-hygiene", "2.r", "awareness"),
        ("iso27001-2022", "a.6.3", "awareness"),
        ("iso27001-2022", "A.6.3", "awareness"),
        ("iso27002", "6.3", "awareness"),
        ("nist-csf-2.0", "pr.at-01", "awareness"),
        ("nist-sp-800-53-rev5", "at-2(1)", "awareness"),
        ("nist80053", "at-2", "awareness"),
        ("nis2-directive", "21.2.j", "mfa"),
        ("nis2", "21(2)(j)", "mfa"),
        ("cis-controls-v8", "6.3", "mfa"),
    ],
)
def test_every_way_of_writing(index: RequirementIndex, framework: str, ref: str, control: str) -> None:
    assert control in index.find(framework, ref)


@pytest.mark.parametrize(
    ("framework", "ref"),
    [
        # Clauses of ISO/IEC 27001 have the numbers of other controls of ISO/IEC 27002.
        ("iso27001-2022", "6.3"),
        ("iso27001-2022", "8.5"),
        ("nist-csf-2.0", "gv.oc-01"),
        ("pci-dss-4", "1.1"),
        ("anssi-guide-hygiene", ""),
        ("anssi-guide-hygiene", "ii"),
        ("", "13"),
    ],
)
def test_what_leads_nowhere(index: RequirementIndex, framework: str, ref: str) -> None:
    assert index.find(framework, ref) == ()


def test_every_control_is_reached(index: RequirementIndex, blueprints: Blueprints) -> None:
    reached = {control for refs in index.controls.values() for found in refs.values() for control in found}
    assert reached == {control.id for control in blueprints.controls}
