"""For whom: what moves risk between organisations, and that the sector's level stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose

from hygie.core.errors import EvidenceError
from hygie.core.sampling import EpistemicSample
from hygie.facility.blueprints import Blueprints
from hygie.facility.organisation import Facility
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.records import Incident
from hygie.threat.context import Context, contextual_multiplier, load_context, multiply_context, share_visibility
from hygie.threat.covariates import (
    Traits,
    describe_organisations,
    describe_population,
    load_covariates,
)
from hygie.threat.nearby import Closeness, measure_nearby, measure_nearby_departments, read_closeness

DRAWS = 40
DAY = date(2026, 11, 23)


def sample_of(catalogue: Catalogue) -> EpistemicSample:
    return EpistemicSample(catalogue.estimate, seed=1, draws=DRAWS)


@pytest.fixture(scope="module")
def context(catalogue: Catalogue, blueprints: Blueprints) -> Context:
    return load_context(catalogue, blueprints.population, sample=sample_of(catalogue), as_of=DAY)


def entities_of(blueprints: Blueprints) -> np.ndarray:
    return np.array([float(stratum.entities) for stratum in blueprints.population.strata])


def traits(
    *, fte: float = 900.0, category: str = "ch", status: str = "public", place: str = "", **counted: float
) -> Traits:
    nothing = {name: np.array([counted.get(name, np.nan)]) for name in ("links", "maintainers", "internet")}
    return Traits(
        fte=np.array([fte]),
        category=(category,),
        status=(status,),
        counted=nothing,
        region=("",),
        department=(place,),
        names=("CH de X",),
        peers=(frozenset(),),
    )


def facility(**fields: object) -> Facility:
    return Facility.model_validate(
        {
            "schema": "hygie.facility/1",
            "id": "one",
            "name": "One",
            "category": "ch",
            "status": "public",
            "activity": {"year": 2023, "beds_mco": 300, "fte": 1000.0},
            **fields,
        }
    )


def neighbour(name: str) -> dict[str, object]:
    return {
        "kind": "ght_shared_it",
        "neighbour": {
            "id": name.lower(),
            "name": name,
            "category": "ch",
            "status": "public",
            "activity": {"year": 2023, "fte": 100.0},
        },
    }


class TestLevelStays:
    def test_multiplier_averages_one_over_the_population_in_each_draw(
        self, context: Context, blueprints: Blueprints
    ) -> None:
        entities = entities_of(blueprints)
        multiplier = multiply_context(describe_population(blueprints.population), context)
        assert multiplier.shape == (DRAWS, entities.size)
        assert_allclose(multiplier @ entities / entities.sum(), 1.0, rtol=1e-12)

    def test_so_it_does_when_every_trait_is_spelt_out(
        self, context: Context, catalogue: Catalogue, blueprints: Blueprints
    ) -> None:
        """Each stratum taken apart into all combinations of links, maintainers and exposure, with their shares."""
        covariates = load_covariates(catalogue)
        total = np.zeros(DRAWS)
        for stratum in blueprints.population.strata:
            profiles = [
                next(p for p in covariates[name].profiles if p.fits(stratum.category, stratum.status))
                for name in ("links", "maintainers", "internet")
            ]
            for parts in product(*(list(zip(p.values, p.shares, strict=True)) for p in profiles)):
                values = dict(zip(("links", "maintainers", "internet"), (value for value, _ in parts), strict=True))
                one = traits(fte=stratum.fte, category=stratum.category, status=stratum.status, **values)
                total += (
                    stratum.entities * np.prod([share for _, share in parts]) * multiply_context(one, context)[:, 0]
                )
        assert_allclose(total / entities_of(blueprints).sum(), 1.0, rtol=1e-9)

    def test_visibility_sums_to_one_over_the_population(self, context: Context, blueprints: Blueprints) -> None:
        entities = entities_of(blueprints)
        visibility = share_visibility(describe_population(blueprints.population), context)
        assert_allclose(visibility @ entities, 1.0, rtol=1e-12)
        assert (visibility <= 1.0).all()


class TestEffects:
    def test_size_counts_by_its_elasticity(self, context: Context) -> None:
        ratio = multiply_context(traits(fte=2000.0), context) / multiply_context(traits(fte=1000.0), context)
        assert_allclose(ratio[:, 0], 2.0**context.attempts.size)

    def test_below_the_floor_size_no_longer_counts(
        self, context: Context, catalogue: Catalogue, blueprints: Blueprints
    ) -> None:
        small = [multiply_context(traits(fte=fte), context) for fte in (0.0, 49.0, 50.0, 60.0)]
        assert_allclose(small[0], small[1])
        assert_allclose(small[1], small[2])
        assert (small[3] > small[2]).all()
        lower = load_context(catalogue, blueprints.population, sample=sample_of(catalogue), as_of=DAY, floor=10.0)
        tiny = traits(fte=10.0)
        assert (multiply_context(tiny, lower) < multiply_context(tiny, context)).all()

    @pytest.mark.parametrize(
        ("name", "more", "less", "step"),
        [("links", 9.0, 4.0, np.log(2.0)), ("maintainers", 3.0, 0.0, np.log(4.0)), ("internet", 2.0, 0.5, np.log(4.0))],
    )
    def test_what_is_counted_enters_by_its_logarithm(
        self, context: Context, name: str, more: float, less: float, step: float
    ) -> None:
        ratio = multiply_context(traits(**{name: more}), context) / multiply_context(traits(**{name: less}), context)
        assert_allclose(np.log(ratio[:, 0]), context.attempts.counted[name] * step, atol=1e-12)

    def test_category_and_status(self, context: Context) -> None:
        base = multiply_context(traits(category="clinic", status="private", links=0.0, maintainers=1.0), context)
        public = multiply_context(traits(category="clinic", links=0.0, maintainers=1.0), context)
        other = multiply_context(traits(category="psychiatric", status="private", links=0.0, maintainers=1.0), context)
        effects = context.attempts
        assert_allclose(np.log(public / base)[:, 0], effects.public, atol=1e-12)
        assert_allclose(
            np.log(other / base)[:, 0], effects.category["psychiatric"] - effects.category["clinic"], atol=1e-12
        )

    def test_a_category_without_an_estimate_has_no_effect(self, context: Context) -> None:
        assert np.isfinite(multiply_context(traits(category="spa"), context)).all()

    def test_what_is_unknown_lies_between(self, context: Context, blueprints: Blueprints) -> None:
        known = [multiply_context(traits(internet=ratio), context) for ratio in (0.5, 2.0)]
        unknown = multiply_context(traits(), context)
        low, high = np.minimum(*known), np.maximum(*known)
        assert ((low <= unknown) & (unknown <= high)).all()

    def test_no_effect_on_average_where_there_is_no_evidence(self, catalogue: Catalogue) -> None:
        centred = ["context.public", "context.links", "context.maintainers", "context.nearby"]
        centred += [name for name in catalogue.estimates if name.startswith("context.category.")]
        for name in centred:
            estimate = catalogue.estimate(name)
            assert estimate.distribution.quantile(0.5) == pytest.approx(0.0, abs=1e-9)
            assert (estimate.method, estimate.evidence) == ("assumed", ())

    def test_university_hospitals_are_more_visible_than_their_size(self, context: Context) -> None:
        ratio = share_visibility(traits(category="chu"), context) / share_visibility(traits(), context)
        assert_allclose(np.log(ratio[:, 0]), context.visibility.category["chu"])
        assert np.median(ratio) > 1.5

    def test_the_part_of_size_alone(self, context: Context, blueprints: Blueprints) -> None:
        size = contextual_multiplier(
            [1000.0, 2000.0], population=blueprints.population, elasticity=context.attempts.size, floor=50.0
        )
        assert_allclose(size[:, 1] / size[:, 0], 2.0**context.attempts.size)


class TestDescription:
    def test_what_a_file_does_not_speak_of_is_unknown(self, catalogue: Catalogue) -> None:
        described = describe_organisations([facility()], catalogue=catalogue)
        assert all(np.isnan(values).all() for values in described.counted.values())

    def test_what_a_file_says_counts(self, catalogue: Catalogue) -> None:
        said = facility(
            links=[neighbour("Alpha"), neighbour("Beta")],
            providers=[
                {"kind": kind, "id": kind, "name": kind} for kind in ("maintainer", "building_maintainer", "hds_host")
            ],
        )
        described = describe_organisations([said, facility(links=[], providers=[])], catalogue=catalogue)
        assert described.counted["links"].tolist() == [2.0, 0.0]
        assert described.counted["maintainers"].tolist() == [2.0, 0.0]
        assert described.peers == (frozenset({"Alpha", "Beta"}), frozenset())

    def test_exposed_machines_stand_beside_what_size_implies(
        self, catalogue: Catalogue, blueprints: Blueprints
    ) -> None:
        share = blueprints.library.by_id()["internet"].hosts.share
        implied = 1000.0 * catalogue.estimate("exposure.servers_per_fte").distribution.quantile(0.5) * share
        described = describe_organisations([facility(zones={"internet": {"hosts": 12}})], catalogue=catalogue)
        assert described.counted["internet"][0] == pytest.approx(12.0 / implied)


def incident(catalogue: Catalogue, day: str, **victim: str | None) -> Incident:
    base = catalogue.incidents[0]
    where = {"name": "CH de Y", "department": "29", "region": "Bretagne", "unnamed": None, **victim}
    return replace(base, started_on=day, threat_class="ransomware", victim=replace(base.victim, **where))


def placed(name: str, department: str, region: str, *peers: str) -> Traits:
    return replace(traits(), region=(region,), department=(department,), names=(name,), peers=(frozenset(peers),))


class TestNearby:
    day = date(2023, 7, 1)

    @pytest.fixture
    def closeness(self, catalogue: Catalogue) -> Closeness:
        return read_closeness(sample_of(catalogue), None)

    def x(self, one: Traits, *incidents: Incident, closeness: Closeness) -> float:
        return float(np.expm1(measure_nearby(one, incidents, closeness=closeness, as_of=self.day)[0]))

    def test_the_closer_the_more(self, catalogue: Catalogue, closeness: Closeness) -> None:
        hit = incident(catalogue, "2023-07-01")
        brest, rennes, lille = (
            placed("Clinique A", "29", "Bretagne"),
            placed("Clinique B", "35", "Bretagne"),
            placed("Clinique C", "59", "Hauts-de-France"),
        )
        assert self.x(brest, hit, closeness=closeness) == pytest.approx(closeness.department)
        assert self.x(rennes, hit, closeness=closeness) == pytest.approx(closeness.region)
        assert self.x(lille, hit, closeness=closeness) == 0.0
        member = placed("CH de Z", "35", "Bretagne", "CH de Y")
        assert self.x(member, hit, closeness=closeness) == pytest.approx(1.0)
        assert 0.0 < closeness.region < closeness.department < 1.0

    def test_the_older_the_less(self, catalogue: Catalogue, closeness: Closeness) -> None:
        one = placed("Clinique A", "29", "Bretagne")
        ages = [
            self.x(one, incident(catalogue, day), closeness=closeness)
            for day in ("2023-07-01", "2023-04-01", "2022-08-01", "2022-06-01", "2023-07-02")
        ]
        assert ages[1] == pytest.approx(0.5 * ages[0], rel=0.01)
        assert ages[1] > ages[2] > 0.0
        # Beyond the window, and not yet.
        assert ages[3:] == [0.0, 0.0]

    def test_several_add_up(self, catalogue: Catalogue, closeness: Closeness) -> None:
        hit = incident(catalogue, "2023-07-01")
        one = placed("Clinique A", "35", "Bretagne")
        assert self.x(one, *[hit] * 10, closeness=closeness) == pytest.approx(10 * closeness.region)

    def test_ones_own_incidents_say_nothing_of_ones_surroundings(
        self, catalogue: Catalogue, blueprints: Blueprints
    ) -> None:
        context = load_context(catalogue, blueprints.population, sample=sample_of(catalogue), as_of=self.day)
        hit = incident(catalogue, "2023-07-01", name="CH d’Arles", department="13", region="Provence-Alpes-Côte d'Azur")
        own = placed("CENTRE HOSPITALIER D'ARLES", "13", "Provence-Alpes-Côte d'Azur")
        assert self.x(own, hit, closeness=context.closeness) == 0.0
        same_name_elsewhere = placed("CENTRE HOSPITALIER D'ARLES", "29", "Bretagne")
        assert self.x(same_name_elsewhere, hit, closeness=context.closeness) == 0.0
        next_door = placed("Clinique Jeanne d’Arc", "13", "Provence-Alpes-Côte d'Azur")
        assert self.x(next_door, hit, closeness=context.closeness) == pytest.approx(context.closeness.department)

    def test_a_name_of_common_words_is_no_match(self, catalogue: Catalogue, blueprints: Blueprints) -> None:
        context = load_context(catalogue, blueprints.population, sample=sample_of(catalogue), as_of=self.day)
        hit = incident(catalogue, "2023-07-01", name="Centre hospitalier")
        assert self.x(placed("Hôpital", "29", "Bretagne"), hit, closeness=context.closeness) > 0.0

    def test_ten_incidents_in_a_region_move_risk_there_and_not_the_level(
        self, catalogue: Catalogue, blueprints: Blueprints
    ) -> None:
        ten = [incident(catalogue, "2023-06-15", name=f"CH {index}", department="29") for index in range(10)]
        changed = replace(catalogue, incidents=(*catalogue.incidents, *ten))
        before, after = (
            load_context(each, blueprints.population, sample=sample_of(catalogue), as_of=self.day)
            for each in (catalogue, changed)
        )
        here, far = placed("Clinique A", "35", "Bretagne"), placed("Clinique C", "59", "Hauts-de-France")
        moved = multiply_context(here, after)[:, 0] / multiply_context(here, before)[:, 0]
        spared = multiply_context(far, after)[:, 0] / multiply_context(far, before)[:, 0]
        rises = after.attempts.nearby > 0.0
        assert rises.any()
        assert not rises.all()
        assert (moved[rises] > 1.0).all()
        assert (moved[~rises] < 1.0).all()
        # What rises in Brittany falls elsewhere: the mean over departments stays one.
        assert (spared[rises] < 1.0).all()
        assert (spared[~rises] > 1.0).all()

    def test_departments_average_out(self, catalogue: Catalogue, blueprints: Blueprints) -> None:
        """Weighted by entities, the factor over all departments is its mean."""
        from hygie.threat.covariates import load_places

        context = load_context(catalogue, blueprints.population, sample=sample_of(catalogue), as_of=self.day)
        places = load_places(catalogue)
        assert places is not None
        x = measure_nearby_departments(
            places.departments, catalogue.incidents, closeness=context.closeness, as_of=self.day
        )
        assert x.max() > 0.1
        entities = np.array([place.entities for place in places.departments], dtype=float)
        assert entities.sum() == entities_of(blueprints).sum()
        factors = [
            multiply_context(placed("Clinique A", place.department, place.region), context)[:, 0]
            for place in places.departments
        ]
        unknown = multiply_context(traits(), context)[:, 0]
        assert_allclose(np.array(factors).T @ entities / entities.sum(), unknown, rtol=1e-12)


def test_a_pack_that_leaves_a_covariate_out_is_told(catalogue: Catalogue, blueprints: Blueprints) -> None:
    bare = replace(catalogue, sections={k: v for k, v in catalogue.sections.items() if k != "covariates"})
    with pytest.raises(EvidenceError, match="spread over the population") as refusal:
        load_context(bare, blueprints.population, sample=sample_of(catalogue), as_of=DAY)
    assert "links" in str(refusal.value.findings[0].value)
