"""From what a person or a pack writes to a distribution, with checks that teach."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf, isfinite, log
from sys import float_info
from typing import Any

from hygie.core.distributions import (
    MAX_LOG_SD,
    Beta,
    Constant,
    Distribution,
    Empirical,
    Gamma,
    LogNormal,
    Mixture,
    NegativeBinomial,
    Normal,
    Pert,
    Poisson,
    Triangular,
    Truncated,
    Uniform,
)
from hygie.core.errors import ElicitationError, suggest

__all__ = ["FAMILIES", "parse_distribution"]

MAX_FLOAT = float_info.max

Builder = Callable[..., Distribution]


def _mixture(*, parts: Any) -> Distribution:
    if not isinstance(parts, list) or not parts:
        raise ElicitationError(
            "a mixture needs a list of parts", field="parts", repair="give a list of {weight, …} entries"
        )
    weights: list[float] = []
    distributions: list[Distribution] = []
    for part in parts:
        if not isinstance(part, Mapping):
            raise ElicitationError(
                "a part of a mixture is a group of “name: value” lines",
                field="parts",
                value=part,
                repair="write {weight: 0.5, family: …}",
            )
        spec = dict(part)
        weights.append(_number(spec.pop("weight", None), name="weight"))
        distributions.append(parse_distribution(spec))
    return Mixture(tuple(distributions), tuple(weights))


def _list(value: Any, *, name: str) -> tuple[float, ...]:
    if not isinstance(value, list):
        raise ElicitationError(f"“{name}” must be a list of numbers", field=name, value=value, repair="write [1, 2, 3]")
    return tuple(_number(item, name=name) for item in value)


# One row per accepted set of keys: family → (keys → constructor).
FAMILIES: dict[str, tuple[tuple[tuple[str, ...], Builder], ...]] = {
    "constant": ((("value",), lambda value: Constant(value)),),
    "uniform": ((("low", "high"), lambda low, high: Uniform(low, high)),),
    "triangular": ((("low", "mode", "high"), lambda low, mode, high: Triangular(low, mode, high)),),
    "pert": (
        (("low", "mode", "high"), lambda low, mode, high: Pert(low, mode, high)),
        (("low", "mode", "high", "gamma"), lambda low, mode, high, gamma: Pert(low, mode, high, gamma)),
    ),
    "beta": (
        (("a", "b"), lambda a, b: Beta(a, b)),
        (("mean", "size"), lambda mean, size: Beta.from_mean(mean, size)),
    ),
    "normal": ((("mean", "sd"), lambda mean, sd: Normal(mean, sd)),),
    "lognormal": (
        (("p05", "p95"), lambda p05, p95: LogNormal.from_quantiles(p05, p95, probability=0.05)),
        (("p10", "p90"), lambda p10, p90: LogNormal.from_quantiles(p10, p90, probability=0.10)),
        (("mean", "sd"), lambda mean, sd: LogNormal.from_moments(mean, sd)),
        (("mu", "sigma"), lambda mu, sigma: LogNormal(mu, sigma)),
    ),
    "gamma": ((("shape", "rate"), lambda shape, rate: Gamma(shape, rate)),),
    "poisson": ((("rate",), lambda rate: Poisson(rate)),),
    "negative_binomial": ((("mean", "size"), lambda mean, size: NegativeBinomial(mean, size)),),
    "empirical": (
        (("values",), lambda values: Empirical(_list(values, name="values"))),
        (
            ("values", "weights"),
            lambda values, weights: Empirical(_list(values, name="values"), _list(weights, name="weights")),
        ),
    ),
    "mixture": ((("parts",), lambda parts: _mixture(parts=parts)),),
}

_STRUCTURED = {"values", "weights", "parts"}


def _number(value: Any, *, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ElicitationError(
            f"“{name}” must be a number", field=name, value=value, repair="write a number, with a point for decimals"
        )
    # Whole numbers have no limit, floats do.
    number = float(value) if abs(value) <= MAX_FLOAT else inf
    if not isfinite(number):
        raise ElicitationError(f"“{name}” must be finite", field=name, value=value, repair="use a finite number")
    return number


def parse_distribution(spec: Mapping[str, Any], *, factor: float = 1.0) -> Distribution:
    """Build a distribution from a mapping such as ``{family: lognormal, p05: 150, p95: 900}``.

    Parameters
    ----------
    spec
        `family`, the parameters of one accepted key set, and optional bounds `lower`, `upper`.
    factor
        Unit conversion: every value, in the unit of the mapping, is multiplied by it. Scale-free
        parameters (shape, size, sigma, weights) are not.

    Raises
    ------
    ElicitationError
        Unknown family or key, quantiles that do not increase, untruncated lognormal with sigma above 2.
    """
    family = spec.get("family")
    if not isinstance(family, str) or family not in FAMILIES:
        raise ElicitationError(
            f"unknown distribution family “{family}”",
            field="family",
            value=family,
            allowed=", ".join(FAMILIES),
            repair=suggest(str(family), FAMILIES) or "choose one of the families",
        )
    given = {key for key in spec if key not in ("family", "lower", "upper")}
    chosen = next(((keys, build) for keys, build in FAMILIES[family] if given == set(keys)), None)
    if chosen is None:
        accepted = " or ".join("{" + ", ".join(keys) + "}" for keys, _ in FAMILIES[family])
        known = {key for keys, _ in FAMILIES[family] for key in keys}
        stray = sorted(given - known)
        raise ElicitationError(
            f"“{family}” cannot be built from {sorted(given) or 'nothing'}",
            field=stray[0] if stray else "family",
            value=sorted(given),
            allowed=accepted,
            repair=(suggest(stray[0], known) if stray else None) or f"give exactly {accepted}",
        )
    keys, build = chosen
    arguments = {key: spec[key] if key in _STRUCTURED else _number(spec[key], name=key) for key in keys}
    distribution = _scale(build(**arguments), factor)
    lower = _number(spec["lower"], name="lower") * factor if "lower" in spec else None
    upper = _number(spec["upper"], name="upper") * factor if "upper" in spec else None
    if isinstance(distribution, LogNormal) and distribution.sigma > MAX_LOG_SD and upper is None:
        raise ElicitationError(
            f"an untruncated lognormal with sigma {distribution.sigma:.2f} is refused: "
            "its mean rests on values nobody has seen",
            field="sigma",
            value=round(distribution.sigma, 3),
            allowed=f"sigma ≤ {MAX_LOG_SD:g}, or an upper bound",
            repair="add `upper:` (the most that can be lost), or narrow the quantiles",
        )
    if lower is None and upper is None:
        return distribution
    low, high = distribution.support
    return Truncated(distribution, low if lower is None else lower, high if upper is None else upper)


def _scale(distribution: Distribution, factor: float) -> Distribution:
    if factor == 1.0:
        return distribution
    if factor <= 0:
        raise ElicitationError("a unit factor must be positive", value=factor, repair="check the unit")
    match distribution:
        case Constant(value):
            return Constant(value * factor)
        case Uniform(low, high):
            return Uniform(low * factor, high * factor)
        case Triangular(low, mode, high):
            return Triangular(low * factor, mode * factor, high * factor)
        case Pert(low, mode, high, gamma):
            return Pert(low * factor, mode * factor, high * factor, gamma)
        case Normal(mean, sd):
            return Normal(mean * factor, sd * factor)
        case LogNormal(mu, sigma):
            return LogNormal(mu + log(factor), sigma)
        case Gamma(shape, rate):
            return Gamma(shape, rate / factor)
        case Empirical(values, weights):
            return Empirical(tuple(value * factor for value in values), weights)
        case Mixture(parts, weights):
            return Mixture(tuple(_scale(part, factor) for part in parts), weights)
    raise ElicitationError(
        f"a “{distribution.family}” has no unit to convert",
        value=distribution.family,
        repair="state it in the canonical unit",
    )
