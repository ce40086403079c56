"""One typed quantity: a number, minimum – most likely – maximum, or a 90 % interval, with what it rests on."""

from __future__ import annotations

from math import inf
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from hygie.core.distributions import Beta, Constant, Distribution, LogNormal, Normal, Pert, Truncated
from hygie.core.elicitation import parse_distribution
from hygie.core.errors import ElicitationError
from hygie.core.estimate import Method

__all__ = ["Range", "Variation", "build_distribution", "fit_beta"]

Variation = Literal["belief", "event"]
Number = Annotated[float, Field(ge=-1e15, le=1e15, allow_inf_nan=False)]

_SHAPES = (
    ("value",),
    ("min", "mode", "max"),
    ("p05", "p95"),
)


class Range(BaseModel):
    """A quantity as typed. A bare number is a constant.

    Exactly one of `value`; `min`, `mode` and `max` (PERT); `p05` and `p95` (90 % interval); `distribution`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Number | None = None
    min: Number | None = None
    mode: Number | None = None
    max: Number | None = None
    p05: Number | None = None
    p95: Number | None = None
    family: Literal["lognormal", "normal", "beta"] = "lognormal"
    upper: Annotated[Number | None, Field(description="most that is possible; cuts the distribution")] = None
    distribution: Annotated[dict[str, Any] | None, Field(description="any family of the distributions page")] = None
    varies: Annotated[
        Variation | None,
        Field(
            description="`belief`: one unknown value; `event`: another value at each event. The field's own by default"
        ),
    ] = None
    method: Method | None = None
    sources: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    note: Annotated[str | None, Field(max_length=2000)] = None

    @model_validator(mode="before")
    @classmethod
    def _read_number(cls, data: object) -> object:
        return {"value": data} if isinstance(data, (int, float)) and not isinstance(data, bool) else data

    @model_validator(mode="after")
    def _check_shape(self) -> Range:
        given = {name for name in ("value", "min", "mode", "max", "p05", "p95") if getattr(self, name) is not None}
        if self.distribution is not None:
            given.add("distribution")
        if given not in [{*shape} for shape in (*_SHAPES, ("distribution",))]:
            raise ElicitationError(
                "a range is a number, min – mode – max, or p05 – p95",
                value=sorted(given) or "nothing",
                allowed="{value} or {min, mode, max} or {p05, p95} or {distribution}",
                repair="write {min: 1, mode: 2, max: 5} or the 90 % interval {p05: 1, p95: 5}",
            )
        return self


def build_distribution(spec: Range, *, lower: float, upper: float) -> Distribution:
    """Return the distribution of a range inside the bounds of its unit.

    Raises
    ------
    ElicitationError
        The range contradicts itself, leaves its bounds, or is an untruncated lognormal with σ > 2.
    """
    made = _shape(spec)
    if isinstance(made, LogNormal) and spec.upper is None:
        # One rule for all of hygie: parse_distribution refuses σ > 2 without an upper bound.
        parse_distribution({"family": "lognormal", "mu": made.mu, "sigma": made.sigma})
    if spec.upper is not None:
        made = Truncated(made, made.support[0], spec.upper)
    low, high = made.support
    if high > upper * (1 + 1e-12):
        raise ElicitationError(
            "a range passes the most that is possible",
            value=f"{low:g} to {high:g}",
            allowed=f"{lower:g} to {upper:g}",
            repair=f"use min – mode – max, `family: beta`, or add `upper: {upper:g}`",
        )
    if low < lower:
        if not isinstance(made, (Normal, Truncated)):
            raise ElicitationError(
                "a range passes the least that is possible",
                value=f"{low:g} to {high:g}",
                allowed=f"{lower:g} to {upper:g}" if upper < inf else f"at least {lower:g}",
                repair="raise the lower end",
            )
        # The left tail of a normal is an artefact of its shape: cut where the quantity ends.
        made = Truncated(made.base if isinstance(made, Truncated) else made, lower, high)
    return made


def _shape(spec: Range) -> Distribution:
    if spec.distribution is not None:
        return parse_distribution(spec.distribution)
    if spec.value is not None:
        return Constant(spec.value)
    if spec.min is not None and spec.mode is not None and spec.max is not None:
        if spec.min == spec.mode == spec.max:
            return Constant(spec.mode)
        return Pert(spec.min, spec.mode, spec.max)
    low, high = spec.p05, spec.p95
    if low is None or high is None or not low < high:
        raise ElicitationError(
            "a 90 % interval goes from a lower to a higher value",
            value=(low, high),
            repair="put the value that is exceeded 95 times in 100 first",
        )
    if spec.family == "normal":
        return Normal(0.5 * (low + high), (high - low) / (2.0 * 1.6448536269514722))
    if spec.family == "beta":
        return fit_beta(low, high)
    return LogNormal.from_quantiles(low, high, probability=0.05)


def fit_beta(p05: float, p95: float) -> Beta:
    """Return the beta distribution with these 5 % and 95 % quantiles, both strictly inside (0, 1).

    >>> beta = fit_beta(0.1, 0.4)
    >>> [round(beta.quantile(q), 6) for q in (0.05, 0.95)]
    [0.1, 0.4]
    """
    from scipy import optimize, special  # 0.3 s: only where a beta interval is typed

    if not 0.0 < p05 < p95 < 1.0:
        raise ElicitationError(
            "a 90 % interval of a beta lies inside 0 and 1",
            value=(p05, p95),
            allowed="0 < p05 < p95 < 1",
            repair="use min – mode – max when an end can be reached",
        )
    middle = 0.5 * (p05 + p95)
    size = middle * (1.0 - middle) / ((p95 - p05) / 3.29) ** 2

    def miss(logs: np.ndarray[Any, Any]) -> list[float]:
        a, b = np.exp(logs)
        return [float(special.betainc(a, b, p05)) - 0.05, float(special.betainc(a, b, p95)) - 0.95]

    found = optimize.root(miss, np.log([max(middle * size, 0.2), max((1.0 - middle) * size, 0.2)]), tol=1e-12)
    if not found.success or max(map(abs, miss(found.x))) > 1e-8:
        raise ElicitationError(
            "no beta distribution has this 90 % interval", value=(p05, p95), repair="narrow or widen the interval"
        )
    a, b = np.exp(found.x)
    return Beta(float(a), float(b))
