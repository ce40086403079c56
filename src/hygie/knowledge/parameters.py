"""Entries of `parameters:` as pydantic models, and how each dated value becomes an estimate."""

from __future__ import annotations

import re
from math import isfinite
from typing import Annotated, Any, Literal

from pydantic import Field

from hygie.core.distributions import Distribution
from hygie.core.elicitation import FAMILIES, parse_distribution
from hygie.core.errors import ElicitationError
from hygie.core.estimate import Estimate, Method
from hygie.core.units import convert_factor, get_unit
from hygie.knowledge.schemas import Day, Ref, Row, Text, Words, to_local

__all__ = ["PARAMETER_ID", "ParameterRow"]

# Dotted lower-case words, such as `impact.recovery.forensics_h`.
PARAMETER_ID = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+)*")


class LeafRow(Row):
    """One dated value of a parameter."""

    distribution: dict[str, Any]
    method: Literal["published", "fitted", "elicited", "assumed"]
    evidence: list[Ref]
    note: Words | None = None


class ParameterRow(Row):
    """One entry of `parameters:`."""

    description: Words
    unit: Text
    values: Annotated[dict[Day, LeafRow], Field(min_length=1)]
    last_checked_on: Day
    overrides: bool = False

    def to_record(self, parameter: str, *, day: str) -> Estimate:
        """Return the estimate that holds from `day` on, in the canonical unit."""
        leaf = self.values[day]
        unit = get_unit(self.unit)
        return Estimate(
            id=parameter,
            description=self.description.to_record(),
            unit=unit.canonical,
            distribution=_build(leaf.distribution, factor=convert_factor(self.unit, to=unit.canonical)),
            method=Method(leaf.method),
            evidence=tuple(leaf.evidence),
            valid_from=day,
            last_checked_on=self.last_checked_on,
            note=to_local(leaf.note),
        )


def _build(spec: dict[str, Any], *, factor: float) -> Distribution:
    if not isinstance(spec.get("family"), str):
        raise ElicitationError(
            "a distribution names its family",
            field="family",
            value=spec.get("family"),
            allowed=", ".join(FAMILIES),
            repair="add “family:”",
        )
    try:
        distribution = parse_distribution(spec, factor=factor)
        finite = isfinite(distribution.mean())
    except (TypeError, ValueError, ArithmeticError):
        finite = False
    if not finite:
        raise ElicitationError(
            "no distribution can be built from these figures",
            value=spec,
            repair="check the figures: their size, their order and their unit",
        )
    return distribution
