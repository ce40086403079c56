"""The annual distribution of a simulation against two computations that simulate nothing.

A Poisson number of lognormal losses, once by the FFT of ``hygie.loss.fft`` and once by the PyPI package
``aggregate``. Importing that package takes seconds and warns about its own dependencies: both stay inside this module.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr

from hygie.core.waists import SimulationPlan
from hygie.loss.curves import build_exceedance_curve
from hygie.loss.fft import CompoundDistribution, CompoundPart, compute_compound_distribution, discretise_severity
from hygie.loss.metrics import estimate_aal, estimate_tail_value_at_risk, estimate_value_at_risk
from hygie.loss.tables import YearLossTable, build_year_loss_table
from hygie.simulation.runners import simulate
from kit import certain_server, toy_model

MEAN, RATE, SIGMA = 50_000.0, 0.8, 0.9
STEP, LOG2_POINTS = 500.0, 14
LEVELS = (0.6, 0.8, 0.95, 0.99, 0.999)


@pytest.fixture(scope="module")
def simulated() -> YearLossTable:
    model = toy_model(**certain_server(), node_rate_per_y=np.full((1, 1, 1), RATE), item_sigma=np.array([[SIGMA, 0.0]]))
    table = simulate(model, SimulationPlan(years=150_000, draws=1, seed=13))
    return build_year_loss_table(
        table.columns["year"], table.columns["loss_eur"], years_per_draw=table.plan.years_per_draw()
    )


@pytest.fixture(scope="module")
def transformed() -> CompoundDistribution:
    def cdf(loss: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.asarray(ndtr((np.log(loss / MEAN) + 0.5 * SIGMA**2) / SIGMA))

    severity = discretise_severity(cdf, step_eur=STEP, points=1 << LOG2_POINTS)
    return compute_compound_distribution([CompoundPart(severity=severity, rate_per_y=RATE)], step_eur=STEP)


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return ``aggregate.build``, with its files kept out of the home folder."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setenv("MPLBACKEND", "Agg")
        module = importlib.import_module("aggregate")
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        yield module.build


def assert_exceedance(table: YearLossTable, loss: np.ndarray, exact: np.ndarray) -> None:
    found = build_exceedance_curve(table, basis="AEP", loss_eur=loss).probability
    z = (found - exact) / np.sqrt(exact * (1.0 - exact) / table.n_years)
    assert np.abs(z).max() < 4.0, z


def test_exceedance_agrees_with_the_transform(simulated: YearLossTable, transformed: CompoundDistribution) -> None:
    loss = np.array([transformed.quantile(level) for level in LEVELS])
    assert_exceedance(simulated, loss, transformed.exceed(loss))


def test_quantiles_agree_with_the_transform(simulated: YearLossTable, transformed: CompoundDistribution) -> None:
    aal = estimate_aal(simulated)
    assert abs(aal.value - RATE * MEAN) < 4.0 * aal.mc_error
    for level in LEVELS:
        var, tail = estimate_value_at_risk(simulated, level), estimate_tail_value_at_risk(simulated, level)
        assert abs(var.value - transformed.quantile(level)) < 4.0 * var.mc_error + STEP
        assert abs(tail.value - transformed.tail_mean(level)) < 4.0 * tail.mc_error + STEP


@pytest.mark.filterwarnings("ignore")
def test_exceedance_agrees_with_the_aggregate_package(simulated: YearLossTable, build: Any) -> None:
    cv = np.sqrt(np.expm1(SIGMA**2))
    program = f"agg Test {RATE} claims sev lognorm {MEAN:g} cv {cv} poisson"
    theirs = build(program, log2=LOG2_POINTS, bs=STEP)
    cells = np.array([round(float(theirs.q(level)) / STEP) for level in LEVELS])
    survival = np.asarray(theirs.density_df["S"])[cells]
    # Their S at j steps is the mass above j, whose lower edge is half a step on.
    assert_exceedance(simulated, (cells + 0.5) * STEP, survival)
