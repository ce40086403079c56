"""The register of 2023 itself, when the shared data are there: totals, one hospital, and the population of the pack."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
from numpy.testing import assert_allclose

from hygie.facility.blueprints import Blueprints
from hygie.facility.facility_files import load_facility
from hygie.facility.registers import (
    Register,
    read_register,
    select,
    sum_regions,
    summarise_findings,
    to_facility,
    write_facility_yaml,
)
from hygie.knowledge.catalogue import Catalogue
from hygie.scenario.portfolio import portfolio_of
from hygie.threat.context import contextual_multiplier


@pytest.fixture(scope="module")
def sae(shared_data: Path) -> Register:
    return read_register(shared_data / "fr_hospitals_sae2023.csv")


class TestSae2023:
    def test_size(self, sae: Register) -> None:
        assert len(sae.sites) == 3975
        assert len(sae.entities) == 2176
        assert len({entity.ght_code for entity in sae.entities.values()} - {""}) == 135

    def test_totals_by_region_are_those_of_the_file(self, sae: Register, shared_data: Path) -> None:
        expected: defaultdict[tuple[str, str], float] = defaultdict(float)
        with (shared_data / "fr_hospitals_sae2023.csv").open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                for column in ("beds_mco", "stays_mco", "ed_visits", "fte_medical", "fte_non_medical"):
                    expected[row["region_name"], column[:3]] += float(row[column] or 0)
        ours: defaultdict[tuple[str, str], float] = defaultdict(float)
        for site in sae.sites:
            for name, value in (
                ("bed", site.beds_mco),
                ("sta", site.stays),
                ("ed_", site.emergency_visits),
                ("fte", site.fte),
            ):
                ours[site.region, name] += value or 0
        assert len({region for region, _ in ours}) == 18
        assert dict(ours) == pytest.approx(dict(expected))

    def test_regions_are_sums_of_the_file(self, sae: Register, shared_data: Path) -> None:
        """Every count and every machine, recomputed from the text of the file."""
        columns = {**{name: name for name in ("beds_ssr", "beds_psy", "beds_usld", "operating_rooms", "mri")}} | {
            "places": "day_places_mco",
            "bed_days": "bed_days_mco",
            "ct_scanners": "ct_scanners",
            "had_places": "had_places",
        }
        expected: dict[str, Counter[str]] = defaultdict(Counter)
        with (shared_data / "fr_hospitals_sae2023.csv").open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                expected[row["region_name"]]["sites"] += 1
                for name, column in columns.items():
                    expected[row["region_name"]][name] += int(row[column] or 0)
        totals = sum_regions(sae)
        assert {region: {name: total[name] for name in ("sites", *columns)} for region, total in totals.items()} == {
            region: dict(counts) for region, counts in expected.items()
        }

    def test_it_loads_with_its_report_in_ten_seconds(self, shared_data: Path) -> None:
        start = perf_counter()
        register = read_register(shared_data / "fr_hospitals_sae2023.csv")
        summary = summarise_findings(register.findings)
        assert perf_counter() - start < 10.0
        assert (register.year, register.kind, register.evidence) == (2023, "sae", ("sae-2023-register",))
        assert sum(group.count for group in summary.missing) == 27
        assert sum(group.count for group in summary.doubtful) == 34
        assert summary.repaired == ()

    def test_parts_of_the_country_make_it_whole(self, sae: Register) -> None:
        regions = {entity.region for entity in sae.entities.values()}
        parts = [select(sae, region=region) for region in regions]
        assert sum(len(part.entities) for part in parts) == len(sae.entities)
        assert sum(len(part.sites) for part in parts) == len(sae.sites)
        group = select(sae, ght="cœur grand est")
        assert {entity.ght_name for entity in group.entities.values()} == {"CŒUR GRAND EST"}
        assert group.entities == {
            finess: entity for finess, entity in sae.entities.items() if entity.ght_name == "CŒUR GRAND EST"
        }

    def test_entities_hold_all_that_their_sites_do(self, sae: Register) -> None:
        for name in ("beds_mco", "places", "beds_ssr", "beds_psy", "beds_usld", "beds_icu", "stays", "bed_days"):
            of_sites = sum(getattr(site, name) or 0 for site in sae.sites)
            assert sum(getattr(entity, name) or 0 for entity in sae.entities.values()) == of_sites > 0
        assert sum(len(entity.sites) for entity in sae.entities.values()) == len(sae.sites)

    def test_south_of_paris(self, sae: Register) -> None:
        entity = sae.get_entity("910002773")
        assert (entity.beds_mco, entity.places, entity.beds_icu, entity.stays) == (694, 84, 22, 36_265)
        assert entity.fte == pytest.approx(3851.27)
        assert entity in sae.find("sud francilien")
        assert {member.finess for member in sae.list_group(entity)} == {"910019447", "910110014"}

    def test_example_file_says_the_same(
        self, sae: Register, chsf_file: Path, blueprints: Blueprints, catalogue: Catalogue
    ) -> None:
        example = load_facility(chsf_file, blueprints=blueprints, known_evidence=frozenset(catalogue.evidence))
        for organisation in [example, *(link.neighbour for link in example.links)]:
            assert organisation.finess is not None
            mapping = to_facility(sae.get_entity(organisation.finess), sae)
            figures = organisation.activity.model_dump(exclude={"evidence"}, exclude_defaults=True)
            ours = {name: value for name, value in mapping["activity"].items() if name in figures}
            assert figures == pytest.approx(ours, abs=1.0)
            assert (mapping["category"], mapping["status"]) == (organisation.category, organisation.status)
        assert len(to_facility(sae.get_entity("910002773"), sae)["links"]) == len(example.links)

    def test_population_of_the_pack_is_this_register(
        self, sae: Register, blueprints: Blueprints, catalogue: Catalogue
    ) -> None:
        strata = blueprints.population.strata
        assert sum(stratum.entities for stratum in strata) == len(sae.entities)
        # The pack classes an entity by the category with most staff, the importer by its largest site.
        theirs: Counter[tuple[str, str]] = Counter()
        for stratum in strata:
            theirs[stratum.category, stratum.status] += stratum.entities
        ours = Counter((entity.category, entity.status) for entity in sae.entities.values())
        assert (ours - theirs).total() <= 0.01 * len(sae.entities)

    def test_size_moves_risk_and_not_its_level(
        self, sae: Register, blueprints: Blueprints, catalogue: Catalogue
    ) -> None:
        """Over the real register too, the multiplier of size averages one."""
        floor = catalogue.estimate("exposure.fte_floor").distribution.quantile(0.5)
        elasticity = catalogue.estimate("context.size_elasticity").distribution.ppf(np.array([0.05, 0.5, 0.95]))
        staff = [entity.fte for entity in sae.entities.values()]
        multiplier = contextual_multiplier(staff, population=blueprints.population, elasticity=elasticity, floor=floor)
        assert_allclose(multiplier.mean(axis=1), 1.0, rtol=0.02)

    def test_doubts_are_few(self, sae: Register) -> None:
        about = Counter((finding.field, finding.line is None) for finding in sae.findings)
        assert about == {("fte_medical", True): 27, ("bed_days_mco", True): 33, ("legal_status", True): 1}

    def test_almost_every_entity_gives_a_facility_file(
        self, sae: Register, tmp_path: Path, blueprints: Blueprints, catalogue: Catalogue
    ) -> None:
        """One in 50 of all, the largest group among them, from the register to a portfolio."""
        evidence = frozenset(catalogue.evidence)
        for finess in [*list(sae.entities)[::50], "750712184", "690781810"]:
            path = tmp_path / f"{finess}.yaml"
            write_facility_yaml(to_facility(sae.entities[finess], sae), path)
            facility = load_facility(path, blueprints=blueprints, known_evidence=evidence)
            assert len(portfolio_of(facility).nodes) == 1 + len(sae.list_group(sae.entities[finess]))
