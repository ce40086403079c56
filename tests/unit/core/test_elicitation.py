"""From what a person or a pack writes to a distribution: good input, and refusals that teach."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from hygie.core.distributions import Beta, Empirical, Gamma, LogNormal, Pert, Truncated
from hygie.core.elicitation import FAMILIES, parse_distribution
from hygie.core.errors import ElicitationError

EXAMPLES: list[dict[str, Any]] = [
    {"family": "constant", "value": 3},
    {"family": "uniform", "low": 1, "high": 2},
    {"family": "triangular", "low": 1, "mode": 2, "high": 4},
    {"family": "pert", "low": 1, "mode": 2, "high": 4},
    {"family": "pert", "low": 1, "mode": 2, "high": 4, "gamma": 2},
    {"family": "beta", "a": 2, "b": 3},
    {"family": "beta", "mean": 0.4, "size": 5},
    {"family": "normal", "mean": 5, "sd": 1},
    {"family": "lognormal", "p05": 150, "p95": 900},
    {"family": "lognormal", "p10": 150, "p90": 900},
    {"family": "lognormal", "mean": 400, "sd": 250},
    {"family": "lognormal", "mu": 1, "sigma": 0.5},
    {"family": "gamma", "shape": 2, "rate": 0.5},
    {"family": "poisson", "rate": 4},
    {"family": "negative_binomial", "mean": 5, "size": 1.5},
    {"family": "empirical", "values": [1, 2, 4]},
    {"family": "empirical", "values": [1, 2, 4], "weights": [1, 1, 2]},
    {
        "family": "mixture",
        "parts": [
            {"weight": 0.25, "family": "constant", "value": 2},
            {"weight": 0.75, "family": "uniform", "low": 0, "high": 1},
        ],
    },
]


def test_every_accepted_set_of_keys_has_an_example_here() -> None:
    given = {(spec["family"], frozenset(spec) - {"family"}) for spec in EXAMPLES}
    accepted = {(family, frozenset(keys)) for family, builders in FAMILIES.items() for keys, _ in builders}
    assert given == accepted


@pytest.mark.parametrize("spec", EXAMPLES, ids=str)
def test_every_form_builds_its_family(spec: dict[str, Any]) -> None:
    distribution = parse_distribution(spec)
    assert distribution.family == spec["family"]
    assert np.isfinite(distribution.mean())


def test_a_range_means_its_quantiles() -> None:
    distribution = parse_distribution({"family": "lognormal", "p05": 150, "p95": 900})
    assert_allclose(distribution.ppf(np.array([0.05, 0.95])), [150.0, 900.0])


class TestUnits:
    """A factor converts values and leaves shapes alone."""

    # Days to hours. Families without a unit (shares, counts) are left out.
    @pytest.mark.parametrize(
        "spec", [s for s in EXAMPLES if s["family"] not in ("beta", "poisson", "negative_binomial")], ids=str
    )
    def test_quantiles_are_multiplied(self, spec: dict[str, Any]) -> None:
        u = np.array([0.01, 0.3, 0.5, 0.99])
        plain, converted = parse_distribution(spec), parse_distribution(spec, factor=24.0)
        assert_allclose(converted.ppf(u), 24.0 * plain.ppf(u), rtol=1e-12)
        assert converted.mean() == pytest.approx(24.0 * plain.mean())

    def test_bounds_are_converted_too(self) -> None:
        spec = {"family": "lognormal", "mu": 0, "sigma": 3, "lower": 1, "upper": 10}
        assert parse_distribution(spec, factor=24.0).support == (24.0, 240.0)

    def test_shapes_have_no_unit(self) -> None:
        assert parse_distribution({"family": "gamma", "shape": 2, "rate": 1}, factor=10.0) == Gamma(2.0, 0.1)
        converted = parse_distribution({"family": "pert", "low": 1, "mode": 2, "high": 4, "gamma": 3}, factor=2.0)
        assert converted == Pert(2.0, 4.0, 8.0, 3.0)
        weighted = parse_distribution({"family": "empirical", "values": [1, 2], "weights": [3, 1]}, factor=2.0)
        assert weighted == Empirical((2.0, 4.0), (3.0, 1.0))

    @pytest.mark.parametrize("spec", [s for s in EXAMPLES if s["family"] in ("beta", "poisson")], ids=str)
    def test_what_has_no_unit_cannot_be_converted(self, spec: dict[str, Any]) -> None:
        with pytest.raises(ElicitationError, match="no unit to convert"):
            parse_distribution(spec, factor=0.01)

    def test_a_factor_is_positive(self) -> None:
        with pytest.raises(ElicitationError, match="factor must be positive"):
            parse_distribution({"family": "constant", "value": 3}, factor=-1.0)


class TestHeavyTails:
    """A lognormal with sigma above 2 rests on values nobody has seen."""

    wide = {"family": "lognormal", "p05": 1, "p95": 1e6}

    def test_refused_with_advice(self) -> None:
        with pytest.raises(ElicitationError, match=r"sigma 4\.20 is refused") as caught:
            parse_distribution(self.wide)
        finding = caught.value.findings[0]
        assert finding.repair == "add `upper:` (the most that can be lost), or narrow the quantiles"
        assert "upper bound" in (finding.allowed or "")

    def test_accepted_with_an_upper_bound(self) -> None:
        distribution = parse_distribution({**self.wide, "upper": 2e6})
        assert isinstance(distribution, Truncated)
        assert distribution.support == (0.0, 2e6)

    def test_a_lower_bound_does_not_help(self) -> None:
        with pytest.raises(ElicitationError, match="is refused"):
            parse_distribution({**self.wide, "lower": 10})

    def test_a_part_of_a_mixture_is_no_way_round(self) -> None:
        with pytest.raises(ElicitationError, match="is refused"):
            parse_distribution({"family": "mixture", "parts": [{"weight": 1, **self.wide}]})

    def test_sigma_two_is_still_accepted(self) -> None:
        assert parse_distribution({"family": "lognormal", "mu": 0, "sigma": 2}) == LogNormal(0.0, 2.0)


def test_one_bound_is_completed_by_the_support() -> None:
    upper = parse_distribution({"family": "beta", "a": 2, "b": 2, "upper": 0.8})
    assert upper == Truncated(Beta(2.0, 2.0), 0.0, 0.8)
    lower = parse_distribution({"family": "normal", "mean": 0, "sd": 1, "lower": 0})
    assert lower.support == (0.0, float("inf"))


@pytest.mark.parametrize(
    ("spec", "message", "repair"),
    [
        ({"family": "lognormale", "p05": 1, "p95": 2}, "unknown distribution family", "did you mean “lognormal”?"),
        ({"family": "unknown"}, "unknown distribution family", "choose one of the families"),
        ({"p05": 1, "p95": 2}, "unknown distribution family", "choose one"),
        ({"family": ["beta"]}, "unknown distribution family", None),
        ({"family": "lognormal", "p05": 1, "p59": 2}, "cannot be built from", "did you mean “p95”?"),
        ({"family": "lognormal", "p05": 1, "p90": 2}, "cannot be built from", "give exactly {p05, p95} or"),
        ({"family": "beta"}, "cannot be built from nothing", "give exactly {a, b} or {mean, size}"),
        ({"family": "uniform", "low": 1, "high": 2, "mode": 1.5}, "cannot be built from", "give exactly"),
        ({"family": "lognormal", "p05": 900, "p95": 150}, "quantiles .* increase", "check the order"),
        ({"family": "lognormal", "p05": 0, "p95": 150}, "quantiles .* increase", "check the order"),
        ({"family": "pert", "low": 3, "mode": 2, "high": 4}, "values must increase", "increasing order"),
        ({"family": "constant", "value": float("nan")}, "must be finite", "finite number"),
        ({"family": "constant", "value": float("inf")}, "must be finite", "finite number"),
        ({"family": "constant", "value": 10**400}, "must be finite", "finite number"),
        ({"family": "constant", "value": True}, "must be a number", "write a number"),
        ({"family": "constant", "value": "3"}, "must be a number", "write a number"),
        ({"family": "constant", "value": None}, "must be a number", "write a number"),
        ({"family": "constant", "value": 3, "upper": "10"}, "must be a number", "write a number"),
        ({"family": "uniform", "low": 0, "high": 1, "lower": float("-inf")}, "must be finite", "finite number"),
        ({"family": "empirical", "values": 3}, "must be a list", "write [1, 2, 3]"),
        ({"family": "empirical", "values": [1, "a"]}, "must be a number", "write a number"),
        ({"family": "empirical", "values": []}, "at least one value", "list the observed values"),
        ({"family": "mixture", "parts": []}, "needs a list of parts", "give a list"),
        ({"family": "mixture", "parts": [1, 2]}, "a part of a mixture", "weight: 0.5"),
        ({"family": "mixture", "parts": [{"family": "constant", "value": 1}]}, "“weight” must be a number", None),
        (
            {"family": "mixture", "parts": [{"weight": 0.4, "family": "constant", "value": 1}]},
            "summing to 1",
            "rescale the weights",
        ),
    ],
    ids=str,
)
def test_refusals_say_what_to_do(spec: dict[str, Any], message: str, repair: str | None) -> None:
    with pytest.raises(ElicitationError, match=message) as caught:
        parse_distribution(spec)
    given = caught.value.findings[0].repair
    assert given
    if repair is not None:
        assert repair in given
