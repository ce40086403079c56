"""Simulated tables against closed forms; tolerances in standard errors (|z| < 4), seeds stated."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from hygie.core.errors import ModelError
from hygie.core.tables import OUTCOMES, YELT_COLUMNS
from hygie.core.waists import CompiledModel, SimulationPlan, YearEventLossTable
from hygie.loss.curves import build_exceedance_curve
from hygie.loss.metrics import estimate_aal
from hygie.loss.tables import YearLossTable, build_year_loss_table
from hygie.simulation.runners import count_population_outcomes, simulate
from kit import certain_server, one_campaign, one_link, one_provider, toy_model

SERVER = OUTCOMES.index("server")
MEAN_COST, SIGMA = 50_000.0, 0.5


def run(model: CompiledModel, *, years: int, seed: int) -> YearEventLossTable:
    return simulate(model, SimulationPlan(years=years, draws=model.draws, seed=seed))


def sum_years(table: YearEventLossTable) -> YearLossTable:
    return build_year_loss_table(
        table.columns["year"], table.columns["loss_eur"], years_per_draw=table.plan.years_per_draw()
    )


def cost_cdf(loss: np.ndarray) -> np.ndarray:
    return np.asarray(ndtr((np.log(loss / MEAN_COST) + 0.5 * SIGMA**2) / SIGMA))


def assert_share(hits: int, trials: int, share: float) -> None:
    assert abs(hits - trials * share) < 4.0 * np.sqrt(trials * share * (1.0 - share)), (hits, trials, share)


@pytest.mark.parametrize(("rate", "seed"), [(0.05, 1), (0.5, 2), (3.0, 3)])
def test_events_are_poisson(rate: float, seed: int) -> None:
    years = 40_000
    table = run(toy_model(**certain_server(), node_rate_per_y=np.full((1, 1, 1), rate)), years=years, seed=seed)
    assert set(table.columns["outcome"]) == {SERVER}
    counts = np.bincount(table.columns["year"], minlength=years)
    assert abs(counts.mean() - rate) < 4.0 * np.sqrt(rate / years)
    # The fourth central moment of a Poisson count is λ + 3λ².
    assert abs(counts.var() - rate) < 4.0 * np.sqrt((rate + 2.0 * rate**2) / years)
    for n in range(4):
        share = np.exp(-rate) * rate**n / np.prod(np.arange(1, n + 1))
        assert_share(int((counts == n).sum()), years, float(share))
    # Consecutive years are independent.
    assert abs(np.corrcoef(counts[1:], counts[:-1])[0, 1]) < 4.0 / np.sqrt(years)


def test_occurrences_count_up_inside_a_year_and_days_are_uniform() -> None:
    table = run(toy_model(**certain_server(), node_rate_per_y=np.full((1, 1, 1), 2.0)), years=20_000, seed=4)
    year, occurrence, day = (table.columns[name] for name in ("year", "occurrence", "day"))
    first = np.searchsorted(year, year, side="left")
    np.testing.assert_array_equal(occurrence, np.arange(year.size) - first)
    assert day.min() == 0
    assert day.max() == 364
    expected = day.size / 365.0
    chi_square = ((np.bincount(day, minlength=365) - expected) ** 2 / expected).sum()
    assert abs(chi_square - 364.0) < 4.0 * np.sqrt(2.0 * 364.0)


@pytest.mark.parametrize(("rate", "seed"), [(0.05, 5), (0.8, 6)])
def test_compound_poisson_moments_and_oep(rate: float, seed: int) -> None:
    table = sum_years(
        run(toy_model(**certain_server(), node_rate_per_y=np.full((1, 1, 1), rate)), years=100_000, seed=seed)
    )
    aal = estimate_aal(table)
    assert abs(aal.value - rate * MEAN_COST) < 4.0 * aal.mc_error
    # Standard error of the mean in closed form: √(λ E[X²] / n).
    assert aal.mc_error == pytest.approx(MEAN_COST * np.exp(0.5 * SIGMA**2) * np.sqrt(rate / 1e5), rel=0.05)
    loss = np.array([20e3, 40e3, 60e3, 100e3, 150e3])
    exact = 1.0 - np.exp(-rate * (1.0 - cost_cdf(loss)))
    curve = build_exceedance_curve(table, basis="OEP", loss_eur=loss)
    z = (curve.probability - exact) / np.sqrt(exact * (1.0 - exact) / table.n_years)
    assert np.abs(z).max() < 4.0


def test_each_draw_has_its_own_rate() -> None:
    rates = np.array([0.1, 0.4, 1.6, 0.0])
    model = toy_model(draws=4, **certain_server(draws=4), node_rate_per_y=rates[:, None, None])
    table = run(model, years=80_003, seed=7)
    years = table.plan.years_per_draw()
    np.testing.assert_array_equal(years, [20_001, 20_001, 20_001, 20_000])
    counts = np.bincount(table.columns["draw"], minlength=4)
    assert counts[3] == 0
    z = (counts - rates * years) / np.sqrt(np.maximum(rates, 1e-9) * years)
    assert np.abs(z).max() < 4.0
    start = np.cumsum(years) - years
    inside = table.columns["year"] - start[table.columns["draw"]]
    assert np.all((inside >= 0) & (inside < years[table.columns["draw"]]))


def test_aal_is_rate_times_probability_times_cost() -> None:
    # The fixed item is paid for one outcome only; its probability is measured on another set of keys.
    rate, attempts = 0.5, 200_000
    model = toy_model(item_unit_cost=np.array([[MEAN_COST, 0.0]]))
    counts = count_population_outcomes(model, np.ones((1, 1)), seed=1001, attempts=attempts)[0, 0]
    assert counts.sum() == attempts
    table = run(model, years=200_000, seed=8)
    share = counts[SERVER] / attempts
    aal = estimate_aal(sum_years(table))
    error = np.hypot(aal.mc_error, rate * MEAN_COST * np.sqrt(share * (1.0 - share) / attempts))
    assert abs(aal.value - rate * share * MEAN_COST) < 4.0 * error
    # Frequencies of all outcomes: events per year are Poisson, attempts binomial.
    found = np.bincount(table.columns["outcome"], minlength=len(OUTCOMES))
    shares = counts / attempts
    spread = np.sqrt(rate * shares / 200_000 + rate**2 * shares / attempts)
    z = (found / 200_000 - rate * shares)[1:7] / spread[1:7]
    assert np.abs(z).max() < 4.0
    assert found[0] == 0


def test_outcomes_of_a_population_follow_the_weights() -> None:
    # Node 1 is never breached at its door, node 0 always is: the share of attempts shows.
    effective = np.zeros((1, 2, 2))
    effective[0, 1] = 1.0
    model = toy_model(
        nodes=2, **certain_server(nodes=2), node_opeff=effective, steepness=np.full(1, 1e4),
        common_shape=np.full(1, 1e9), type_resistance=np.full((1, 4), 0.5), capability_sd=np.zeros(1),
        actor_capability=np.zeros((1, 2)),
    )  # fmt: skip
    counts = count_population_outcomes(model, np.array([[0.3, 0.7]]), seed=1, attempts=1000, threads=1)
    assert counts[0, 0, SERVER] == 300
    assert counts[0, 0, 0] == 700


def test_link_penetration_is_the_share_of_rebounds() -> None:
    model = toy_model(
        nodes=2, **certain_server(nodes=2), **one_link(zone=2, target=2, penetration=0.35),
        node_rate_per_y=np.array([[[1.0], [0.0]]]),
    )  # fmt: skip
    table = run(model, years=30_000, seed=9)
    own, rebounds = ((table.columns["origin"] == origin).sum() for origin in (0, 1))
    assert_share(int(rebounds), int(own), 0.35)
    np.testing.assert_array_equal(table.columns["facility"], table.columns["origin"])
    # What passes the link is another severity draw, not a copy.
    costs = table.columns["loss_eur"]
    assert abs(np.log(costs[table.columns["origin"] == 1] / MEAN_COST).mean() + 0.5 * SIGMA**2) < 4.0 * SIGMA / np.sqrt(
        rebounds
    )


def test_provider_events_hit_clients_together() -> None:
    rate, hit, years = 0.4, 0.7, 40_000
    model = toy_model(nodes=2, **one_provider(rate=rate, hit=hit, penetration=0.0), node_rate_per_y=np.zeros((1, 2, 1)))
    table = run(model, years=years, seed=10)
    columns = table.columns
    per_node = np.bincount(columns["facility"], minlength=2)
    assert np.abs((per_node - rate * hit * years) / np.sqrt(rate * hit * years)).max() < 4.0
    event = columns["year"] * 64 + columns["occurrence"]
    _, clients = np.unique(event, return_counts=True)
    both = rate * hit * hit * years
    assert abs((clients == 2).sum() - both) < 4.0 * np.sqrt(both)
    # One outage, felt by both on the same day for the same hours.
    pairs = np.flatnonzero(np.diff(event) == 0)
    np.testing.assert_array_equal(columns["day"][pairs], columns["day"][pairs + 1])
    np.testing.assert_array_equal(columns["outage_h"][pairs], columns["outage_h"][pairs + 1])
    log_hours = np.log(columns["outage_h"][columns["facility"] == 0] / 48.0)
    assert abs(log_hours.mean()) < 4.0 * 0.8 / np.sqrt(log_hours.size)


def test_campaigns_hit_with_the_probability_of_their_size_law() -> None:
    rate, mean, shape, seen, resists, years = 0.5, 12.0, 0.7, 0.03, 0.2, 60_000
    model = toy_model(
        **one_campaign(rate=rate, mean=mean, shape=shape), node_rate_per_y=np.zeros((1, 1, 1)),
        node_visibility=np.full((1, 1), seen), template_ddos_zone=np.array([[0, 2]]),
    )  # fmt: skip
    columns = run(model, years=years, seed=11).columns

    def generate(z: float) -> float:
        return float((1.0 + mean * (1.0 - z) / shape) ** -shape)

    # 1 - E[(1 - v)^N | N ≥ 1], from the generating function of the negative binomial.
    chance = 1.0 - (generate(1.0 - seen) - generate(0.0)) / (1.0 - generate(0.0))
    expected = rate * chance * (1.0 - resists) * years
    assert abs(columns["year"].size - expected) < 4.0 * np.sqrt(expected)
    assert set(columns["outcome"]) == {OUTCOMES.index("outage")}
    # Servers are lost with a quarter of them; only then does the theatre, which needs nothing else hit, stop.
    assert_share(int((columns["operations_lost"] > 0.0).sum()), columns["year"].size, 0.25)


def test_too_many_events_in_a_year_are_refused() -> None:
    model = toy_model(**certain_server(), node_rate_per_y=np.full((1, 1, 1), 5000.0))
    with pytest.raises(ModelError, match="events of one process in one year"):
        run(model, years=4, seed=1)


@pytest.mark.parametrize("overrides", [one_provider(rate=5000.0), one_campaign(rate=5000.0)])
def test_too_many_shared_events_in_a_year_are_refused(overrides: dict[str, np.ndarray]) -> None:
    model = toy_model(nodes=2, **overrides, node_rate_per_y=np.zeros((1, 2, 1)))
    with pytest.raises(ModelError, match="events of one process in one year"):
        run(model, years=4, seed=1)


def test_a_busy_year_keeps_every_event() -> None:
    table = run(toy_model(**certain_server(), node_rate_per_y=np.full((1, 1, 1), 300.0)), years=60, seed=12)
    assert abs(len(table) - 18_000) < 4.0 * np.sqrt(18_000)
    assert table.columns["occurrence"].max() > 200


def test_no_threat_is_an_empty_table() -> None:
    table = run(toy_model(node_rate_per_y=np.zeros((1, 1, 1))), years=1000, seed=1)
    assert len(table) == 0
    assert set(table.columns) == set(YELT_COLUMNS)
    assert estimate_aal(sum_years(table)).value == 0.0
