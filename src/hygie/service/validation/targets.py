"""Targets of a pack: what was observed, how it is measured in the model, and what role it plays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hygie.core.errors import EvidenceError, suggest
from hygie.core.tables import FORMS
from hygie.facility.blueprints import read_section
from hygie.facility.organisation import Organisation
from hygie.facility.records import Identifier, Record, Words
from hygie.knowledge.packs import Catalogue
from hygie.scenario.specs import ScenarioSpecs

__all__ = ["FitSpec", "Measure", "Observed", "Rule", "Target", "Targets", "load_targets"]

Outcome = Literal["stopped", "theft_only", "workstation", "server", "several_servers", "everything"]
Ref = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=80)]
Day = Annotated[float, Field(ge=0.0, le=730.0)]


class Measure(Record):
    """What is read from simulated events.

    `split`, `population_share`: outcomes of attempts over the population. `cost`: euros of `components`. `outage`: days
    until every zone is back. `activity`: share of normal `flow` of `services` (all by default) from `from_day` to
    `to_day`. `systems`: function of server zones over that time. `care_effect`, `no_care_effect`: whether a bed-day or
    a visit is lost.
    """

    kind: Literal["split", "population_share", "cost", "outage", "activity", "systems", "care_effect", "no_care_effect"]
    groups: Annotated[tuple[tuple[Outcome, ...], ...], Field(max_length=6)] = ()
    of: tuple[Outcome, ...] = ()
    among: tuple[Outcome, ...] = ()
    components: tuple[Identifier, ...] = ()
    flow: Literal["bed_days", "stays", "operations", "visits", "revenue"] = "bed_days"
    services: tuple[Identifier, ...] = ()
    from_day: Day = 0.0
    to_day: Day = 1.0

    @property
    def of_population(self) -> bool:
        """Whether attempts over the population are counted, rather than events at one facility."""
        return self.kind in ("split", "population_share")

    @property
    def of_days(self) -> bool:
        """Whether an event must be followed day by day."""
        return self.kind in ("activity", "systems")

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.of_days and self.to_day <= self.from_day:
            raise ValueError("to_day comes after from_day")
        if self.kind == "split" and len(self.groups) < 2:
            raise ValueError("a split has two groups or more")
        if self.kind == "cost" and not self.components:
            raise ValueError("a cost names its components")
        return self


class Observed(Record):
    """An observed value or range, or counts; `error`: log-sd of an amount, standard deviation of a share."""

    low: float | None = None
    high: float | None = None
    counts: tuple[Annotated[int, Field(ge=0, le=500)], ...] = ()
    error: Annotated[float, Field(gt=0.0, le=2.0)] | None = None
    unit: Literal["EUR_2024", "share", "d"] | None = None

    @property
    def middle(self) -> float | None:
        """Middle of the range."""
        return None if self.low is None or self.high is None else 0.5 * (self.low + self.high)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if (self.low is None) != (self.high is None) or (self.low is None) == (not self.counts):
            raise ValueError("give low and high, or counts")
        if self.low is not None and self.high is not None and self.high < self.low:
            raise ValueError("high is not below low")
        return self


class Rule(Record):
    """When a target is met.

    `inside`: the observed range meets the 5 to 95 % range of the model. `predictive_p`: the posterior predictive
    p-value lies between `low` and `high`. `probability_above`: so does P(model > observed). `ratio_at_most`: the 95 %
    quantile is at most `high` times the 5 % quantile. `share_at_least`: the mean is at least `low`.
    """

    kind: Literal["inside", "predictive_p", "probability_above", "ratio_at_most", "share_at_least", "none"]
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _has_bounds(self) -> Self:
        needs = {
            "predictive_p": ("low", "high"),
            "probability_above": ("low", "high"),
            "ratio_at_most": ("high",),
            "share_at_least": ("low",),
        }
        if any(getattr(self, name) is None for name in needs.get(self.kind, ())):
            raise ValueError(f"the rule {self.kind} needs {' and '.join(needs[self.kind])}")
        return self


class Target(Record):
    """One published observation, and what it is compared with."""

    id: Ref
    name: Words
    role: Literal["fitted", "held_back", "reported"]
    fit: Identifier | None = None
    group: Ref | None = None
    facility: Identifier | None = None
    event: Literal["attempt", "campaign"] = "attempt"
    outcomes: tuple[Outcome, ...] = ()
    measure: Measure
    observed: Observed | None = None
    rule: Rule
    evidence: Annotated[tuple[str, ...], Field(min_length=1)]
    limits: Words | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if (self.role == "fitted") != (self.fit is not None):
            raise ValueError("a fitted target names its fit, another one none")
        if self.measure.of_population == (self.facility is not None):
            raise ValueError("an event needs a facility, the population has none")
        if self.observed is None and self.rule.kind in ("inside", "predictive_p", "probability_above"):
            raise ValueError("this rule needs an observed value")
        if self.measure.kind == "split" and (
            self.observed is None or len(self.observed.counts) != len(self.measure.groups)
        ):
            raise ValueError("a split has one count for each group")
        return self


class FitSpec(Record):
    """One fit: parameters that targets may move, and others that are only watched."""

    id: Identifier
    parameters: Annotated[tuple[str, ...], Field(min_length=1, max_length=100)]
    watched: Annotated[tuple[str, ...], Field(max_length=100)] = ()


class TargetFacility(Organisation):
    """A facility of the dossier: its public activity, nothing else."""

    id: Identifier


class Targets(Record):
    """The section `targets`."""

    facilities: Annotated[tuple[TargetFacility, ...], Field(max_length=100)]
    components: Mapping[Identifier, tuple[Identifier, ...]]
    fits: Annotated[tuple[FitSpec, ...], Field(max_length=20)]
    held_back_at_least: Annotated[int, Field(ge=0, le=100)]
    entries: Annotated[tuple[Target, ...], Field(min_length=1, max_length=300)]


class _Section(Record):
    targets: Targets


def load_targets(catalogue: Catalogue, specs: ScenarioSpecs) -> Targets:
    """Return the targets of the last pack that has some, their references checked.

    Raises
    ------
    SchemaError, EvidenceError
        A field is wrong, or a name leads nowhere.
    """
    document, section = read_section(catalogue, "targets", _Section)[-1]
    targets = section.targets
    items = {item.id: None for item in specs.items}
    facilities = {facility.id: None for facility in targets.facilities}
    fits = {fit.id: None for fit in targets.fits}

    def find(known: Mapping[str, object], name: str, what: str, *path: str | int) -> None:
        if name not in known:
            raise EvidenceError(
                f"unknown {what} “{name}”",
                file=document.name,
                line=document.line_near(("targets", *path)),
                field=".".join(map(str, ("targets", *path))),
                value=name,
                repair=suggest(name, known) or "use a name that is there",
            )

    if len(targets.components) >= len(FORMS):
        raise EvidenceError(
            "too many components",
            file=document.name,
            field="targets.components",
            allowed=f"at most {len(FORMS) - 1}",
            repair="merge some of them",
        )
    for name, parts in targets.components.items():
        for item in parts:
            find(items, item, "loss item", "components", name)
    for index, fit in enumerate(targets.fits):
        for parameter in (*fit.parameters, *fit.watched):
            find(catalogue.estimates, parameter, "parameter", "fits", index, "parameters")
    for index, entry in enumerate(targets.entries):
        for ref in entry.evidence:
            find(catalogue.evidence, ref, "evidence", "entries", index, "evidence")
        if entry.facility is not None:
            find(facilities, entry.facility, "facility", "entries", index, "facility")
        if entry.fit is not None:
            find(fits, entry.fit, "fit", "entries", index, "fit")
        for component in entry.measure.components:
            find(targets.components, component, "component", "entries", index, "measure", "components")
    return targets
