"""How a stakeholder stands moves what comes through it: the scales of EBIOS Risk Manager, and the site it reaches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hygie.core.sampling import EpistemicSample
from hygie.facility.blueprints import Blueprints
from hygie.facility.facility_files import load_facility
from hygie.facility.facility_graphs import build_graph
from hygie.facility.organisation import Facility, Site
from hygie.knowledge.catalogue import Catalogue
from hygie.scenario.portfolio import portfolio_of
from hygie.scenario.shared_arrays import compile_links, compile_providers
from hygie.scenario.specs import ScenarioSpecs

DRAWS = 16
Arrays = dict[str, NDArray[np.generic]]
Compile = Callable[[Facility], tuple[Arrays, Arrays]]


@pytest.fixture
def chsf(chsf_file: Path, catalogue: Catalogue, blueprints: Blueprints) -> Facility:
    return load_facility(chsf_file, blueprints=blueprints, known_evidence=frozenset(catalogue.evidence))


@pytest.fixture
def compile_shared(catalogue: Catalogue, blueprints: Blueprints, specs: ScenarioSpecs) -> Compile:
    """Return the arrays of links and of providers of a facility."""

    def compile_facility(facility: Facility) -> tuple[Arrays, Arrays]:
        sample = EpistemicSample(catalogue.estimate, seed=1, draws=DRAWS)
        portfolio = portfolio_of(facility)
        graphs = [build_graph(node.organisation, blueprints) for node in portfolio.nodes]
        links, _ = compile_links(portfolio, graphs, blueprints, specs, sample)
        providers, _, _ = compile_providers(portfolio, graphs, blueprints, specs, sample)
        return links, providers

    return compile_facility


def rate_links(facility: Facility, **stakes: int) -> Facility:
    return facility.model_copy(update={"links": tuple(link.model_copy(update=stakes) for link in facility.links)})


def rate_providers(facility: Facility, **stakes: int) -> Facility:
    rated = tuple(use.model_copy(update=stakes) for use in facility.providers)
    return facility.model_copy(update={"providers": rated})


def test_the_middle_of_the_scales_moves_nothing(compile_shared: Compile, chsf: Facility) -> None:
    plain, _ = compile_shared(chsf)
    rated, _ = compile_shared(rate_links(chsf, penetration=2, maturity=2, trust=2, dependency=4))
    np.testing.assert_array_equal(plain["link_penetration"], rated["link_penetration"])


@pytest.mark.parametrize(
    ("stakes", "more"),
    [({"penetration": 4}, True), ({"penetration": 1}, False), ({"maturity": 4}, False), ({"trust": 1}, True)],
)
def test_each_scale_moves_the_penetration_its_way(
    compile_shared: Compile, chsf: Facility, stakes: dict[str, int], more: bool
) -> None:
    plain_links, plain_clients = compile_shared(chsf)
    links, _ = compile_shared(rate_links(chsf, **stakes))
    _, clients = compile_shared(rate_providers(chsf, **stakes))
    sign = 1.0 if more else -1.0
    for after, before in (
        (links["link_penetration"], plain_links["link_penetration"]),
        (clients["client_penetration"], plain_clients["client_penetration"]),
    ):
        moved = np.asarray(after, dtype=float) - np.asarray(before, dtype=float)
        # What is nearly impossible may move by less than can be written.
        assert (sign * moved >= 0.0).all()
        assert (sign * moved > 0.0).mean() > 0.9
        assert np.asarray(after, dtype=float).min() >= 0.0
        assert np.asarray(after, dtype=float).max() <= 1.0


def test_opposite_ratings_cancel(compile_shared: Compile, chsf: Facility) -> None:
    plain, _ = compile_shared(chsf)
    rated, _ = compile_shared(rate_links(chsf, penetration=4, maturity=4))
    np.testing.assert_array_equal(plain["link_penetration"], rated["link_penetration"])


def test_dependency_says_how_much_is_lost_with_a_provider(compile_shared: Compile, chsf: Facility) -> None:
    for dependency in (1, 2, 3, 4):
        _, clients = compile_shared(rate_providers(chsf, dependency=dependency))
        assert (np.asarray(clients["client_level"]) == dependency / 4.0).all()


def test_a_link_reaches_the_site_it_names(
    chsf: Facility, catalogue: Catalogue, blueprints: Blueprints, specs: ScenarioSpecs
) -> None:
    """Here with links that end on care workstations, of which each site has its own."""
    spec = blueprints.links["ght_shared_it"].model_copy(update={"target_zone": ("ward",)})
    with_wards = replace(blueprints, links={**blueprints.links, "ght_shared_it": spec})
    first, second = chsf.links
    sites = (Site(id="main", name="Main", fte=3000.0), Site(id="north", name="North", fte=851.0))
    facility = chsf.model_copy(
        update={"sites": sites, "links": (first, second.model_copy(update={"site": "north"}))},
    )
    portfolio = portfolio_of(facility)
    graphs = [build_graph(node.organisation, blueprints) for node in portfolio.nodes]
    sample = EpistemicSample(catalogue.estimate, seed=1, draws=DRAWS)
    links, _ = compile_links(portfolio, graphs, with_wards, specs, sample)
    reached = [graphs[0].zones[int(zone)].id for zone in np.asarray(links["link_target_zone"])]
    assert reached == ["ward", "ward_north"]
