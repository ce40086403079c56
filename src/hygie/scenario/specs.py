"""What packs say about attacks and losses: processes, vectors, crossings, classes, loss items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from hygie.core.tables import DRIVERS, FORMS, MODULES
from hygie.facility.blueprints import load_blueprints, read_section
from hygie.facility.records import Identifier, Record, Words, pick
from hygie.knowledge.packs import Catalogue

__all__ = ["ClassSpec", "CrossingSpec", "LossItemSpec", "ProcessSpec", "ScenarioSpecs", "VectorSpec", "load_specs"]

Form = Literal["response", "restoration", "activity", "third_party", "extortion", "reputation"]
# The ten cost modules of FAIR-MAM (FAIR Institute 2023, www.fairinstitute.org/fair-materiality-assessment-model).
Module = Literal[
    "information_privacy",
    "proprietary_data_loss",
    "business_interruption",
    "cyber_extortion",
    "network_security",
    "financial_fraud",
    "media_content",
    "hardware_bricking",
    "post_breach_security",
    "reputational_damage",
]
assert tuple(Form.__args__) == FORMS  # type: ignore[attr-defined]
assert tuple(Module.__args__) == MODULES  # type: ignore[attr-defined]


class ProcessSpec(Record):
    """An independent process of attempts with multinomial outcomes."""

    id: Identifier
    name: Words
    entries: tuple[Identifier, ...]
    objectives: tuple[Identifier, ...]
    payload_kinds: tuple[Literal["it", "building_ot", "medical_ot", "iomt"], ...]
    classes: Mapping[Literal["stopped", "theft_only", "encrypted"], Identifier]
    counted_class: Identifier


class VectorSpec(Record):
    """A way in."""

    id: Identifier
    crossing: Identifier
    techniques: tuple[str, ...]
    name: Words


class CrossingSpec(Record):
    """A step of an attack and the controls that resist it."""

    id: Identifier
    name: Words
    controls: tuple[Identifier, ...]
    techniques: tuple[str, ...] = ()


class ClassSpec(Record):
    """A threat class as reported."""

    id: Identifier
    occurs_as: Literal["facility", "campaign", "shared", "conditional"]
    name: Words
    techniques: tuple[str, ...] = ()


class LossItemSpec(Record):
    """One line of loss: a driver times a unit cost; it belongs to one form and to one FAIR-MAM module."""

    id: Identifier
    name: Words
    form: Form
    module: Module
    driver: Annotated[str, Field(pattern="^(" + "|".join(DRIVERS) + ")$")]
    factors: tuple[str, ...]
    complements: tuple[str, ...] = ()
    sigma: str | None = None
    noise: Identifier | None = None


@dataclass(frozen=True, slots=True)
class ScenarioSpecs:
    """Everything packs say about attacks and losses."""

    processes: tuple[ProcessSpec, ...]
    vectors: tuple[VectorSpec, ...]
    crossings: tuple[CrossingSpec, ...]
    classes: tuple[ClassSpec, ...]
    items: tuple[LossItemSpec, ...]


class _Processes(Record):
    processes: tuple[ProcessSpec, ...]


class _Vectors(Record):
    vectors: tuple[VectorSpec, ...]


class _Crossings(Record):
    crossings: tuple[CrossingSpec, ...]


class _Classes(Record):
    classes: tuple[ClassSpec, ...]


class _Items(Record):
    loss_items: tuple[LossItemSpec, ...]


def load_specs(catalogue: Catalogue) -> ScenarioSpecs:
    """Read processes, vectors, crossings, classes and loss items from the packs."""
    specs = ScenarioSpecs(
        processes=tuple(x for _, part in read_section(catalogue, "processes", _Processes) for x in part.processes),
        vectors=tuple(x for _, part in read_section(catalogue, "vectors", _Vectors) for x in part.vectors),
        crossings=tuple(x for _, part in read_section(catalogue, "crossings", _Crossings) for x in part.crossings),
        classes=tuple(x for _, part in read_section(catalogue, "classes", _Classes) for x in part.classes),
        items=tuple(x for _, part in read_section(catalogue, "loss_items", _Items) for x in part.loss_items),
    )
    blueprints = load_blueprints(catalogue)
    zones = {zone.id for graph in blueprints.graphs.values() for zone in graph.zones}
    controls = {control.id: control for control in blueprints.controls}
    for crossing in specs.crossings:
        for name in crossing.controls:
            pick(controls, name, kind="control", field=f"crossings.{crossing.id}.controls")
    for process in specs.processes:
        for zone in process.objectives:
            pick(dict.fromkeys(zones), zone, kind="zone", field=f"processes.{process.id}.objectives")
    return specs
