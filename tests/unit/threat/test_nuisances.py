"""κ, q, o and δ, and what a count inside a larger one says of q."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from hygie.core.distributions import Beta, Constant, Uniform
from hygie.threat.nuisances import NuisancePriors, inform_definition

PRIORS = NuisancePriors(
    coverage={"s before": Beta(12.0, 8.0), "s after": Beta(14.0, 6.0), "t": Constant(0.5)},
    source={"s before": "s", "s after": "s", "t": "t"},
    definition={"s": Beta(38.0, 2.0), "t": Constant(1.0)},
    out_of_scope={"s": Beta(5.6, 14.4)},
    discount=Beta(17.0, 3.0),
)


def test_only_what_is_unknown_has_an_axis_and_steps_share_one() -> None:
    assert PRIORS.axes == (("discount", ""), ("coverage", "s"), ("definition", "s"), ("out_of_scope", "s"))


def test_scores_are_quantiles_of_the_priors() -> None:
    scores = np.random.default_rng(1).standard_normal((500, 4))
    values = PRIORS.place(scores)
    places = stats.norm.cdf(scores)
    assert_allclose(values.delta, stats.beta(17.0, 3.0).ppf(places[:, 0]), atol=1e-5)
    assert_allclose(values.kappa["s before"], stats.beta(12.0, 8.0).ppf(places[:, 1]), atol=1e-5)
    assert_allclose(values.kappa["s after"], stats.beta(14.0, 6.0).ppf(places[:, 1]), atol=1e-5)
    assert_allclose(values.kappa["t"], 0.5)
    assert_allclose(values.factor("s after"), values.kappa["s after"] * values.q["s"] / (1.0 - values.outside["s"]))
    assert_allclose(values.factor("t", within_population=True), 0.5)


def test_equal_weights_give_back_the_priors() -> None:
    points = stats.norm.ppf((np.arange(1, 4001)[:, None] * np.sqrt([2.0, 3.0, 5.0, 7.0])) % 1.0)
    for row in PRIORS.place(points).compare(np.full(4000, 1 / 4000)):
        assert_allclose(row.posterior, row.prior, atol=0.01)


class TestNestedCounts:
    def test_a_flat_prior_gives_the_textbook_beta(self) -> None:
        found = inform_definition(Uniform(0.0, 1.0), count=16, of=40)
        assert found.posterior.mean() == pytest.approx(17.0 / 42.0, abs=1e-3)
        assert_allclose(
            found.posterior.ppf(np.array([0.05, 0.5, 0.95])), stats.beta(17.0, 25.0).ppf([0.05, 0.5, 0.95]), atol=6e-3
        )
        # Before it was seen, any count was as likely.
        assert found.predicted == (2, 20, 38)

    def test_a_beta_prior_predicts_a_beta_binomial_count(self) -> None:
        found = inform_definition(Beta(12.0, 8.0), count=30, of=59)
        assert found.posterior.mean() == pytest.approx(42.0 / 79.0, abs=2e-3)
        assert found.predicted == tuple(stats.betabinom(59, 12.0, 8.0).ppf([0.05, 0.5, 0.95]))

    def test_events_outside_leave_fewer_to_share(self) -> None:
        """With half of the larger count elsewhere, 30 of 59 is all that there can be: the share is near one."""
        found = inform_definition(Beta(6.0, 4.0), count=30, of=59, outside=Constant(0.5))
        assert found.posterior.mean() > 0.8
        assert found.predicted[1] == stats.betabinom(59, 6.0, 4.0).ppf(0.5) // 2
