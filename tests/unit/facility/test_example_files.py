"""The example facility files say what the public register says, and nothing about defences."""

from __future__ import annotations

from pathlib import Path

import pytest

from hygie.facility.blueprints import Blueprints
from hygie.facility.facility_files import load_facility
from hygie.facility.organisation import Facility
from hygie.facility.registers import Register, read_register, to_facility
from hygie.knowledge.catalogue import Catalogue

EXAMPLES = Path(__file__).parents[3] / "examples"
FILES = ("chsf", "dax", "chu-rouen", "clinique-reims", "ehpad")
FROM_SAE = FILES[:-1]


def load(name: str, blueprints: Blueprints, catalogue: Catalogue) -> Facility:
    return load_facility(EXAMPLES / f"{name}.yaml", blueprints=blueprints, known_evidence=frozenset(catalogue.evidence))


@pytest.fixture(scope="module")
def sae(shared_data: Path) -> Register:
    return read_register(shared_data / "fr_hospitals_sae2023.csv", year=2023)


def test_every_facility_file_is_tested() -> None:
    found = {path.stem for path in EXAMPLES.glob("*.yaml") if "hygie.facility/1" in path.read_text(encoding="utf-8")}
    assert found == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_links_are_assumed_and_defences_not_told(name: str, blueprints: Blueprints, catalogue: Catalogue) -> None:
    facility = load(name, blueprints, catalogue)
    assert facility.posture == {}
    assert {link.method for link in facility.links} <= {"assumed"}
    assert {use.method for use in facility.providers} == {"assumed"}


@pytest.mark.parametrize("name", FROM_SAE)
def test_figures_are_those_of_the_register(
    name: str, sae: Register, blueprints: Blueprints, catalogue: Catalogue
) -> None:
    facility = load(name, blueprints, catalogue)
    for organisation in [facility, *(link.neighbour for link in facility.links)]:
        assert organisation.finess is not None
        mapping = to_facility(sae.get_entity(organisation.finess), sae)
        figures = organisation.activity.model_dump(exclude={"evidence", "equipment"}, exclude_defaults=True)
        theirs = {key: value for key, value in mapping["activity"].items() if key in figures}
        assert figures == pytest.approx(theirs, abs=1.0)
        assert (mapping["category"], mapping["status"]) == (organisation.category, organisation.status)
    assert facility.finess is not None
    members = to_facility(sae.get_entity(facility.finess), sae).get("links", [])
    assert {link.neighbour.finess for link in facility.links} == {link["neighbour"]["finess"] for link in members}


@pytest.mark.parametrize("name", FROM_SAE)
def test_sites_are_those_of_the_register(
    name: str, sae: Register, blueprints: Blueprints, catalogue: Catalogue
) -> None:
    facility = load(name, blueprints, catalogue)
    sites = {site.finess: site for site in sae.sites if site.entity == facility.finess}
    for site in facility.sites:
        theirs = sites[str(site.finess)]
        assert (site.beds, site.fte) == (theirs.beds, pytest.approx(theirs.fte, abs=1.0))
    if facility.sites:
        assert sum(site.beds or 0 for site in facility.sites) == facility.activity.beds
    for group in facility.groups:
        assert group.id == f"ght-{sae.get_entity(str(facility.finess)).ght_code}"


def test_the_nursing_home_says_that_it_does_not_exist(blueprints: Blueprints, catalogue: Catalogue) -> None:
    facility = load("ehpad", blueprints, catalogue)
    assert "fictif" in facility.name
    assert facility.finess is None
    assert facility.activity.evidence == ()
    assert all("fictif" in link.neighbour.name for link in facility.links)
