"""A preview against a full run with the other frequencies, and against FFT."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from hygie.core.programmes import Layer
from hygie.core.waists import SimulationPlan, YearEventLossTable
from hygie.loss.fft import CompoundPart, compute_compound_distribution, discretise_sample
from hygie.loss.metrics import estimate_aal, estimate_tail_value_at_risk, estimate_value_at_risk
from hygie.loss.preview import prepare_preview, preview
from hygie.loss.tables import YearLossTable, build_year_loss_table
from hygie.loss.terms import apply_programme
from hygie.simulation.runners import simulate
from kit import certain_server, one_campaign, toy_model
from terms_kit import everything

DRAWS, YEARS = 4, 60_000
PROGRAMME = everything(
    Layer(id="a", limit_eur=60_000.0, aggregate_limit_eur=90_000.0),
    Layer(id="b", attachment_eur=60_000.0, limit_eur=200_000.0, share=0.7),
    deductible_eur=10_000.0,
)


def run(factors: Mapping[str, float], seed: int) -> YearEventLossTable:
    """Simulate a toy model of two processes whose rates differ between draws, rates multiplied by the factors."""
    campaign = one_campaign(draws=DRAWS)
    rate = np.array([0.1, 0.2, 0.3, 0.6])
    overrides = {
        **certain_server(draws=DRAWS),
        **campaign,
        "node_rate_per_y": (rate * factors["hands_on"]).reshape(DRAWS, 1, 1),
        "campaign_rate_per_y": np.full((DRAWS, 1), 0.5 * factors["ddos"]),
        "node_visibility": np.full((DRAWS, 1), 0.2),
    }
    return simulate(toy_model(draws=DRAWS, **overrides), SimulationPlan(years=YEARS, draws=DRAWS, seed=seed))


def figures(table: YearEventLossTable, values: np.ndarray) -> YearLossTable:
    return build_year_loss_table(table.columns["year"], values, years_per_draw=table.plan.years_per_draw())


@pytest.mark.parametrize("scale", [0.5, 1.5, 2.0])
def test_other_frequencies_agree_with_a_full_run(scale: float) -> None:
    stored = run({"hands_on": 1.0, "ddos": 1.0}, seed=11)
    again = run({"hands_on": scale, "ddos": 1.0 / scale}, seed=12)
    classes = len(stored.labels.classes)
    code = np.asarray(stored.columns["threat_class"])
    process = np.asarray(stored.columns["process"])
    factors = np.ones(classes)
    factors[np.unique(code[process >= 0])] = scale
    factors[np.unique(code[process < 0])] = 1.0 / scale
    assert len(np.unique(code)) >= 2
    base = prepare_preview(stored.columns, years_per_draw=stored.plan.years_per_draw(), n_classes=classes)
    shown = preview(base, factors=factors, programme=PROGRAMME)
    paid = apply_programme(again.columns, PROGRAMME).paid
    gross = np.asarray(again.columns["loss_eur"])
    for name, values in {"gross": gross, "insured": paid, "retained": gross - paid}.items():
        part = shown[name]
        table = figures(again, values)
        full = estimate_aal(table)
        error = float(np.hypot(part.aal.mc_error, full.mc_error))
        assert abs(part.aal.value - full.value) < 4.0 * error, name
        # A doubled rate leaves few effective years beyond the quantile, and says so.
        assert part.reliable or scale == 2.0
        # The quantile and the mean beyond it, within four standard errors of both runs.
        for value, figure in (
            (part.var_eur, estimate_value_at_risk(table, 0.99)),
            (part.tvar_eur, estimate_tail_value_at_risk(table, 0.99)),
        ):
            widened = figure.mc_error * np.sqrt(1.0 + 600.0 / part.effective_years)
            assert abs(value - figure.value) < 4.0 * widened + 1e-9, name


def test_no_change_gives_the_figures_of_the_result() -> None:
    stored = run({"hands_on": 1.0, "ddos": 1.0}, seed=13)
    base = prepare_preview(
        stored.columns, years_per_draw=stored.plan.years_per_draw(), n_classes=len(stored.labels.classes)
    )
    table = figures(stored, np.asarray(stored.columns["loss_eur"]))
    for factors in (None, np.ones(len(stored.labels.classes))):
        part = preview(base, factors=factors, loss_eur=[0.0, 50_000.0])["gross"]
        full = estimate_aal(table)
        assert part.aal.value == pytest.approx(full.value)
        assert part.aal.mc_error == pytest.approx(full.mc_error, rel=1e-3)
        assert part.aal.low == pytest.approx(full.low, rel=1e-3)
        assert part.var_eur == estimate_value_at_risk(table, 0.99).value
        assert part.tvar_eur == pytest.approx(estimate_tail_value_at_risk(table, 0.99).value)
        np.testing.assert_allclose(
            part.probability, [(table.annual_sum > x).sum() / table.n_years for x in (0.0, 50_000.0)]
        )


def test_terms_alone_are_exact() -> None:
    stored = run({"hands_on": 1.0, "ddos": 1.0}, seed=13)
    base = prepare_preview(
        stored.columns, years_per_draw=stored.plan.years_per_draw(), n_classes=len(stored.labels.classes)
    )
    narrower = replace(PROGRAMME, deductible_eur=30_000.0)
    part = preview(base, programme=narrower)["insured"]
    full = estimate_aal(figures(stored, apply_programme(stored.columns, narrower).paid))
    assert part.aal.value == pytest.approx(full.value, rel=1e-12)


def test_a_doubled_frequency_agrees_with_fft() -> None:
    """Compound Poisson with one class: the annual distribution is known from severities and rate."""
    rng = np.random.default_rng(4)
    years, rate = 200_000, 0.4
    count = rng.poisson(rate, years)
    loss = rng.lognormal(3.0, 1.0, int(count.sum()))
    year = np.repeat(np.arange(years), count)
    columns = {
        "year": year,
        "facility": np.zeros(year.size),
        "threat_class": np.zeros(year.size),
        "loss_eur": loss,
        "loss_own_eur": loss,
    }
    base = prepare_preview(columns, years_per_draw=[years], n_classes=1)
    grid = [20.0, 60.0, 150.0, 300.0]
    part = preview(base, factors=[2.0], loss_eur=grid)["gross"]
    step = 0.5
    points = int(loss.max() / step) * 4
    exact = compute_compound_distribution(
        [CompoundPart(severity=discretise_sample(loss, step_eur=step, points=points), rate_per_y=2.0 * rate)],
        step_eur=step,
    )
    share = exact.exceed(grid)
    # Weighted years: the variance of a share is larger than binomial by about E[w²] = exp(λ) for a doubled rate.
    error = np.sqrt(share * (1.0 - share) / years * np.exp(2.0 * rate) * 4.0)
    assert np.all(np.abs(part.probability - share) < 4.0 * error)
    assert abs(part.aal.value - exact.mean()) < 4.0 * part.aal.mc_error
