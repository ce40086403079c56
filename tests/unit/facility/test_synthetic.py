"""The synthetic register: its counts and sums are those published, it is the same each time, and it says what it is."""

from __future__ import annotations

import copy
from collections import Counter, defaultdict
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from pydantic import ValidationError

from hygie.core.errors import StoreError, UsageError
from hygie.facility.blueprints import Blueprints
from hygie.facility.facility_files import load_facility
from hygie.facility.registers import (
    LegalEntity,
    Register,
    RegisterSite,
    read_register,
    select,
    sum_regions,
    to_facility,
    write_facility_yaml,
)
from hygie.facility.registers.cells import has_check_digit
from hygie.facility.synthetic import (
    EVIDENCE,
    FIGURES,
    LABEL,
    PopulationTotals,
    load_totals,
    synthesize_register,
    write_table,
)
from hygie.facility.synthetic.chance import Chance
from hygie.facility.synthetic.comparison import compare_totals
from hygie.facility.synthetic.fitting import fit_margins, round_sums
from hygie.facility.synthetic.profiles import draw_profiles, draw_within
from hygie.facility.synthetic.published import FTE_BANDS
from hygie.knowledge.catalogue import Catalogue
from hygie.service.checks import check_pack_folders


@pytest.fixture(scope="module")
def totals(catalogue: Catalogue) -> PopulationTotals:
    return load_totals(catalogue)


@pytest.fixture(scope="module")
def drawn(totals: PopulationTotals) -> Register:
    return synthesize_register(totals, seed=1)


@pytest.fixture(scope="module")
def real(shared_data: Path) -> Register:
    return read_register(shared_data / "fr_hospitals_sae2023.csv")


def check_sums(register: Register, totals: PopulationTotals) -> None:
    """Fail unless all counts, and the sums of every figure by region, are those published."""
    names = {region.code: region.name for region in totals.regions}
    entities = Counter((entity.category, entity.status, entity.region) for entity in register.entities.values())
    sites = Counter((site.category, site.status, site.region) for site in register.sites)
    for found, part in ((entities, "entities"), (sites, "sites")):
        published = {
            (one.category, one.status, names[code]): count
            for one in totals.classes
            for code, count in getattr(one, part).items()
            if count
        }
        assert found == published
    departments = Counter((site.region, site.department) for site in register.sites)
    assert departments == {
        (region.name, code): count for region in totals.regions for code, count in region.departments.items()
    }
    sums = sum_regions(register)
    for region in totals.regions:
        assert {name: sums[region.name][name] for name in FIGURES} == {
            name: region.figures.get(name, 0) for name in FIGURES
        }
        assert sums[region.name]["fte"] == pytest.approx(region.fte, abs=1e-4)


class TestSums:
    def test_counts_and_regional_sums_are_those_published(self, drawn: Register, totals: PopulationTotals) -> None:
        assert (len(drawn.entities), len(drawn.sites)) == (totals.entities, totals.sites) == (2176, 3975)
        check_sums(drawn, totals)

    def test_sums_of_categories_are_near(self, drawn: Register, totals: PopulationTotals) -> None:
        compared = compare_totals(drawn, totals)
        for key, sums in compared.classes.items():
            for name in ("fte", "beds_mco", "beds_ssr", "beds_psy", "beds_usld", "stays"):
                got, published = sums[name]
                assert got == pytest.approx(published, rel=0.02, abs=20.0), (key, name)
        for sums in compared.regions.values():
            assert all(got == pytest.approx(published, abs=1e-4) for got, published in sums.values())

    def test_few_leave_their_size_band(self, drawn: Register, totals: PopulationTotals) -> None:
        compared = compare_totals(drawn, totals)
        assert compared.strays < 0.01 * totals.entities
        staff: defaultdict[tuple[str, str, float], list[float]] = defaultdict(list)
        for entity in drawn.entities.values():
            band = max(low for low in FTE_BANDS if low <= entity.fte)
            staff[entity.category, entity.status, band].append(entity.fte)
        for size in totals.sizes:
            if size.entities >= 10:
                mean = np.mean(staff[size.category, size.status, size.fte_from])
                assert mean == pytest.approx(size.fte / size.entities, rel=0.03)

    def test_profiles_keep_the_sums_of_their_band_before_the_fit(self, totals: PopulationTotals) -> None:
        profiles = draw_profiles(totals, Chance(7))
        for index, size in enumerate(totals.sizes):
            here = profiles.size == index
            assert here.sum() == size.entities
            assert profiles.sites[here].sum() == size.sites
            assert profiles.fte[here].sum() == pytest.approx(size.fte)
            assert profiles.fte[here].min() >= size.fte_from
            assert profiles.fte[here].max() <= size.fte_below
            for column, name in enumerate(FIGURES):
                total, having, _ = size.figures.get(name, (0, 0, 0))
                assert (profiles.figures[here, column] > 0.0).sum() == having
                assert profiles.figures[here, column].sum() == pytest.approx(total)

    @given(seed=st.integers(0, 2**63 - 1))
    @settings(max_examples=4, deadline=None)
    def test_any_seed_keeps_the_sums(self, totals: PopulationTotals, seed: int) -> None:
        check_sums(synthesize_register(totals, seed=seed), totals)

    def test_it_takes_less_than_two_seconds(self, totals: PopulationTotals) -> None:
        start = process_time()
        synthesize_register(totals, seed=3)
        assert process_time() - start < 2.0


class TestEstablishments:
    def test_what_cannot_be_is_not_drawn(self, drawn: Register) -> None:
        for site in drawn.sites:
            assert (site.beds_icu or 0) <= (site.beds_mco or 0)
            assert (site.bed_days or 0) <= 365 * (site.beds_mco or 0)
            assert all(count is None or count > 0 for count in (getattr(site, name) for name in FIGURES))

    def test_the_largest_is_where_the_staff_is(self, drawn: Register) -> None:
        """One legal entity has a fifteenth of all staff: no other region could hold it."""
        largest = max(drawn.entities.values(), key=lambda entity: entity.fte)
        assert (largest.region, largest.category) == ("Île-de-France", "chu")

    def test_legal_entities_have_several_sites_some_elsewhere(self, drawn: Register) -> None:
        regions: defaultdict[str, set[str]] = defaultdict(set)
        for site in drawn.sites:
            regions[site.entity].add(site.region)
        several = [entity for entity in drawn.entities.values() if len(entity.sites) > 1]
        assert 500 < len(several) < 650
        assert 5 < sum(len(places) > 1 for places in regions.values()) < 60
        sites = {site.finess: site for site in drawn.sites}
        for entity in several:
            assert sites[entity.sites[0]].fte == max(sites[finess].fte or 0.0 for finess in entity.sites)

    def test_groups_have_the_published_members_in_each_region(self, drawn: Register, totals: PopulationTotals) -> None:
        codes = {region.name: region.code for region in totals.regions}
        members: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for entity in drawn.entities.values():
            if entity.ght_code:
                assert entity.status == "public"
                members[entity.ght_code][codes[entity.region]] += 1
        assert len(members) == len(totals.groups) == 135

        def sort(groups: Any) -> list[list[tuple[str, int]]]:
            return sorted(sorted(group.items()) for group in groups)

        assert sort(members.values()) == sort(totals.groups)
        places: defaultdict[str, set[str]] = defaultdict(set)
        for entity in drawn.entities.values():
            places[entity.ght_code].add(entity.department)
        places.pop("")
        # Most groups stay within one department, like the real ones (100 of 135).
        assert sum(len(one) == 1 for one in places.values()) > 65
        # A group is led by a large hospital.
        leaders = {code: max(e.fte for e in drawn.entities.values() if e.ght_code == code) for code in members}
        assert np.median(list(leaders.values())) > 2_000.0


class TestLabels:
    def test_numbers_are_of_no_department_and_have_the_form_of_real_ones(self, drawn: Register) -> None:
        numbers = [site.finess for site in drawn.sites] + list(drawn.entities)
        assert len(set(numbers)) == len(numbers) == 3975 + 2176
        for number in numbers:
            assert len(number) == 9
            assert number.startswith("00")
            assert has_check_digit(number)

    def test_every_record_says_synthetic(self, drawn: Register) -> None:
        assert (drawn.kind, drawn.synthetic, drawn.year, drawn.evidence) == ("synthetic", True, 2023, (EVIDENCE,))
        assert "synthétique" in LABEL
        assert "synthetic" in LABEL
        records: list[RegisterSite | LegalEntity] = [*drawn.sites, *drawn.entities.values()]
        for record in records:
            assert "synthétique" in record.name
            assert record.city == LABEL
            assert not record.ght_code or LABEL in record.ght_name
        assert [finding.topic for finding in drawn.findings] == ["synthetic"]
        assert drawn.findings[0].count == 3975

    def test_a_part_still_says_it(self, drawn: Register) -> None:
        part = select(drawn, region="bretagne")
        assert (part.kind, part.synthetic) == ("synthetic", True)
        assert {entity.region for entity in part.entities.values()} == {"Bretagne"}
        assert part.entities == {
            finess: entity for finess, entity in drawn.entities.items() if entity.region == "Bretagne"
        }

    def test_the_table_is_read_back_as_what_it_is(self, drawn: Register, tmp_path: Path) -> None:
        path = tmp_path / "register.csv"
        write_table(drawn, path)
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith("synthetic,")
        assert all(line.startswith(LABEL) for line in lines[1:])
        read = read_register(path)
        assert (read.sites, read.kind, read.synthetic) == (drawn.sites, "synthetic", True)
        assert (read.year, read.evidence) == (drawn.year, drawn.evidence)
        assert [finding.topic for finding in read.findings] == ["synthetic"]
        with pytest.raises(StoreError, match="the file exists already"):
            write_table(drawn, path)

    @pytest.mark.parametrize("column", ["", "synthétique,"])
    def test_it_cannot_pass_for_a_real_one_without_its_column(self, column: str, tmp_path: Path) -> None:
        """The number says it, and the column says it of numbers that do not."""
        number = "005300017" if not column else "010780054"
        path = tmp_path / "own_2023.csv"
        cell = "oui," if column else ""
        real = f"{'non,' if column else ''}010780062,CH BUGEY SUD,ch,public,01,358"
        path.write_text(
            f"{column}finess,nom,catégorie,statut,département,etp\n{cell}{number},CHU,chu,public,35,6000\n{real}\n",
            encoding="utf-8",
        )
        register = read_register(path)
        assert (register.kind, register.synthetic) == ("synthetic", True)
        noted = [finding for finding in register.findings if finding.topic == "synthetic"]
        assert [finding.count for finding in noted] == [1]
        assert "1 of 2 sites do not exist" in noted[0].message

    def test_facility_files_say_it(
        self, drawn: Register, tmp_path: Path, blueprints: Blueprints, catalogue: Catalogue
    ) -> None:
        known = frozenset(catalogue.evidence)
        for finess in list(drawn.entities)[::200]:
            mapping = to_facility(drawn.entities[finess], drawn)
            path = tmp_path / f"{finess}.yaml"
            write_facility_yaml(mapping, path, synthetic=True)
            facility = load_facility(path, blueprints=blueprints, known_evidence=known)
            assert facility.id == f"synthetic-{finess}"
            assert facility.activity.evidence == (EVIDENCE,)
            first, second, *_ = path.read_text(encoding="utf-8").splitlines()
            assert first.startswith("# SYNTHETIC: ")
            assert second.startswith("# SYNTHÉTIQUE : ")
            assert "Public activity figures" not in path.read_text(encoding="utf-8")


class TestChance:
    def test_the_same_seed_gives_the_same_register(self, drawn: Register, totals: PopulationTotals) -> None:
        np.random.default_rng(5).random(3)
        again = synthesize_register(totals, seed=1)
        assert again.sites == drawn.sites
        assert again.entities == drawn.entities

    def test_another_seed_gives_other_establishments(self, drawn: Register, totals: PopulationTotals) -> None:
        other = synthesize_register(totals, seed=2)
        assert {site.fte for site in other.sites} != {site.fte for site in drawn.sites}
        assert list(other.entities) == list(drawn.entities)

    def test_a_decision_does_not_move_another(self, totals: PopulationTotals) -> None:
        """A band that is drawn otherwise leaves the others as they were."""
        changed = totals.model_copy(
            update={"sizes": (totals.sizes[0].model_copy(update={"fte": 40.0}), *totals.sizes[1:])}
        )
        before, after = draw_profiles(totals, Chance(1)), draw_profiles(changed, Chance(1))
        assert before.fte[0] != after.fte[0]
        assert_array_equal(before.fte[1:], after.fte[1:])
        assert_array_equal(before.figures[1:], after.figures[1:])

    def test_numbers_are_those_that_numpy_documents(self) -> None:
        stream = np.random.Generator(np.random.Philox(np.random.SeedSequence(9, spawn_key=(4, 2))))
        assert_array_equal(Chance(9).branch(4).branch(2).uniform(5), stream.random(5))

    @pytest.mark.parametrize("seed", [-1, 2**63])
    def test_a_seed_out_of_range_is_refused(self, totals: PopulationTotals, seed: int) -> None:
        with pytest.raises(UsageError, match="this seed cannot be used"):
            synthesize_register(totals, seed=seed)


class TestFitting:
    @given(
        mean=st.floats(0.01, 0.99), count=st.integers(1, 300), low=st.sampled_from(FTE_BANDS), seed=st.integers(0, 99)
    )
    def test_values_stay_in_their_band_and_add_up(self, mean: float, count: int, low: float, seed: int) -> None:
        high = 2.0 * low or FTE_BANDS[1]
        total = count * (low + mean * (high - low))
        values = draw_within(low, high, total=total, count=count, chance=Chance(seed))
        assert values.sum() == pytest.approx(total)
        assert values.min() >= low * (1.0 - 1e-12)
        assert values.max() <= high * (1.0 + 1e-12)

    @given(
        values=st.lists(st.floats(0.0, 1e6), min_size=1, max_size=60),
        share=st.floats(0.0, 1.0),
        bound=st.integers(0, 3),
        room=st.integers(1, 10**6),
    )
    def test_whole_numbers_add_up_within_their_bounds(
        self, values: list[float], share: float, bound: int, room: int
    ) -> None:
        low = np.full(len(values), bound)
        high = low + room
        total = int(low.sum() + share * (high - low).sum())
        whole = round_sums(np.array(values), total, low=low, high=high)
        assert whole.sum() == total
        assert (whole >= low).all()
        assert (whole <= high).all()

    def test_too_few_units_go_to_the_largest(self) -> None:
        whole = round_sums(np.array([3.0, 9.0, 5.0]), 2, low=np.ones(3, np.int64), high=np.full(3, 9))
        assert_array_equal(whole, [0, 1, 1])

    def test_fitting_keeps_odds_ratios(self) -> None:
        """What iterative proportional fitting never changes, and the margins that it reaches (Deming & Stephan)."""
        values = np.array([1.0, 2.0, 3.0, 5.0])
        rows, columns = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
        fitted = fit_margins(
            values, rows=rows, columns=columns, row_sums=np.array([30.0, 70.0]), column_sums=np.array([45.0, 55.0])
        )
        assert_allclose(np.bincount(rows, weights=fitted), [30.0, 70.0], rtol=1e-9)
        assert_allclose(np.bincount(columns, weights=fitted), [45.0, 55.0], rtol=1e-12)
        assert fitted[0] * fitted[3] / (fitted[1] * fitted[2]) == pytest.approx(5.0 / 6.0)


class TestPublishedTotals:
    @pytest.mark.parametrize(
        ("table", "row", "field", "value", "message"),
        [
            ("sizes", 0, "fte_from", 30.0, "no size band begins at 30 FTE"),
            ("sizes", 0, "fte", 900.0, "the mean staff lies outside 0 to 50 FTE"),
            ("sizes", 1, "sites", 3, "every legal entity has a site"),
            ("sizes", 4, "sites", 50, "do not count the same sites"),
            ("classes", 0, "entities", {"11": 1}, "do not count the same entities"),
            ("groups", 0, "88", 2, "no such region: 88"),
            ("regions", 0, "departments", {"971": 7}, "do not count the same sites in Guadeloupe"),
            ("regions", 0, "figures", {"beds_mco": 7}, "do not add up to the same beds_mco"),
        ],
    )
    def test_tables_that_contradict_each_other_are_refused(
        self, totals: PopulationTotals, table: str, row: int, field: str, value: object, message: str
    ) -> None:
        content = copy.deepcopy(totals.model_dump())
        content[table][row][field] = value
        with pytest.raises(ValidationError, match=message):
            PopulationTotals.model_validate(content)

    def test_pack_check_tells_of_them(self, tmp_path: Path) -> None:
        words = "{en: Own, fr: Propre}"
        (tmp_path / "pack.yaml").write_text(
            f"name: own\nversion: '1'\ntitle: {words}\ndescription: {words}\nlicence: CC0-1.0\nrequires: [base]\n",
            encoding="utf-8",
        )
        (tmp_path / "totals.yaml").write_text(
            "population_totals:\n  year: 2023\n  evidence: []\n  spreads: {}\n  beds_spread: 0.3\n  groups: []\n"
            "  sizes: [{category: ch, status: public, fte_from: 50, entities: 1, sites: 1, fte: 60, figures: {}}]\n"
            "  classes: [{category: ch, status: public, entities: {'01': 2}, sites: {'01': 2}}]\n"
            "  regions: [{code: '01', name: Own, fte: 60, figures: {}, departments: {'971': 2}}]\n",
            encoding="utf-8",
        )
        findings = check_pack_folders([tmp_path])
        assert len(findings) == 1
        assert "do not count the same entities" in findings[0].message
        assert (findings[0].file or "").endswith("totals.yaml")

    def test_the_pack_holds_aggregates_only(self, totals: PopulationTotals) -> None:
        assert set(totals.model_dump()) == {
            "year", "evidence", "sizes", "classes", "regions", "groups", "spreads", "beds_spread",
        }  # fmt: skip
        # Absent from the yearly statistics, hence from what is drawn.
        assert not {one.category for one in totals.classes} & {"ehpad", "laboratory", "radiotherapy_centre"}

    def test_categories_are_those_of_the_packs(self, totals: PopulationTotals, blueprints: Blueprints) -> None:
        assert {one.category for one in totals.classes} <= set(blueprints.categories)
        assert totals.evidence == blueprints.population.evidence


class TestAgainstTheRegister:
    """The register of 2023 itself, when the shared data are there."""

    def test_no_number_is_real(self, drawn: Register, real: Register) -> None:
        ours = {site.finess for site in drawn.sites} | set(drawn.entities)
        theirs = {site.finess for site in real.sites} | set(real.entities)
        assert not ours & theirs
        assert not any(number.startswith("00") for number in theirs)

    def test_the_real_register_has_the_published_sums(self, real: Register, totals: PopulationTotals) -> None:
        compared = compare_totals(real, totals)
        assert compared.strays == 0
        for sums in (*compared.regions.values(), *compared.classes.values()):
            assert all(got == pytest.approx(published, abs=0.02) for got, published in sums.values())

    def test_sizes_are_spread_like_the_real_ones(self, drawn: Register, real: Register) -> None:
        """Quantiles within a category that nothing fixes but the size bands."""

        def measure(register: Register, name: str, category: str) -> np.ndarray:
            found = [getattr(entity, name) for entity in register.entities.values() if entity.category == category]
            return np.quantile(found, [0.25, 0.5, 0.75, 0.9])

        for category in ("ch", "clinic", "rehabilitation", "local_hospital"):
            for name, tolerance in (("fte", 0.08), ("beds", 0.15)):
                assert_allclose(measure(drawn, name, category), measure(real, name, category), rtol=tolerance)

    def test_figures_go_together_like_the_real_ones(self, drawn: Register, real: Register) -> None:
        def correlate(register: Register) -> float:
            some = [(e.fte, e.beds) for e in register.entities.values() if e.fte > 0 and e.beds > 0]
            return float(np.corrcoef(np.log(np.array(some)).T)[0, 1])

        assert correlate(drawn) == pytest.approx(correlate(real), abs=0.05)

    def test_as_many_have_each_figure(self, drawn: Register, real: Register) -> None:
        for name in FIGURES:
            ours = sum(bool(getattr(entity, name)) for entity in drawn.entities.values())
            theirs = sum(bool(getattr(entity, name)) for entity in real.entities.values())
            assert ours == pytest.approx(theirs, rel=0.02), name

    def test_sites_per_legal_entity_are_spread_like_the_real_ones(self, drawn: Register, real: Register) -> None:
        def share_alone(register: Register) -> float:
            return float(np.mean([len(entity.sites) == 1 for entity in register.entities.values()]))

        assert share_alone(drawn) == pytest.approx(share_alone(real), abs=0.03)
