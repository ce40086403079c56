"""Facilities as the shipped packs describe them, one alone: the categories that tests of properties go through.

``pack_model`` compiles one; ``change_model`` returns the same with arrays replaced.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from hygie.core.sampling import EpistemicSample
from hygie.core.waists import CompiledModel
from hygie.facility.blueprints import Blueprints, load_blueprints
from hygie.facility.facility_files import load_facility
from hygie.facility.facility_graphs import build_graph
from hygie.facility.organisation import Facility
from hygie.facility.zone_graphs import ZoneGraph
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.packs import load_catalogue
from hygie.scenario.compile import compile_model
from hygie.scenario.portfolio import Node, Portfolio
from hygie.scenario.specs import load_specs
from hygie.threat.rates import derive_rates

AS_OF = date(2026, 11, 23)
DRAWS = 8
CATEGORIES = ("ch", "chu", "clinic", "psychiatric", "ehpad")


@cache
def _catalogue() -> Catalogue:
    return load_catalogue(as_of=AS_OF)


@cache
def _blueprints() -> Blueprints:
    return load_blueprints(_catalogue())


def pack_facility(category: str) -> Facility:
    """The activity of the bundled example, as a facility of another category, without neighbours or providers."""
    example = load_facility(
        Path(__file__).parents[1] / "examples" / "chsf.yaml",
        blueprints=_blueprints(),
        known_evidence=frozenset(_catalogue().evidence),
    )
    return example.model_copy(
        update={"id": f"test-{category}", "category": category, "links": (), "providers": (), "groups": ()}
    )


def pack_graph(category: str) -> ZoneGraph:
    """Its zone graph."""
    return build_graph(pack_facility(category), _blueprints())


@cache
def pack_model(category: str, *, draws: int = DRAWS) -> CompiledModel:
    """One facility alone; the level of attempts is of no account where an event is given."""
    catalogue, blueprints = _catalogue(), _blueprints()
    specs = load_specs(catalogue)
    facility = pack_facility(category)
    sample = EpistemicSample(catalogue.estimate, seed=1, draws=draws)
    rates = derive_rates(
        catalogue, [facility], population=blueprints.population,
        classes=[process.counted_class for process in specs.processes], sample=sample, as_of=AS_OF,
    )  # fmt: skip
    return compile_model(
        Portfolio((Node(facility, assessed=True),), (), ()), catalogue=catalogue, blueprints=blueprints, specs=specs,
        rates=rates, susceptibility=np.full((draws, len(specs.processes)), 0.15), sample=sample,
    )  # fmt: skip


def change_model(model: CompiledModel, **arrays: Any) -> CompiledModel:
    """The same model with whole arrays replaced."""
    unknown = arrays.keys() - model.arrays.keys()
    assert not unknown, f"unknown arrays: {unknown}"
    return CompiledModel(
        draws=model.draws, arrays={**model.arrays, **arrays}, labels=model.labels, lineage=model.lineage
    )
