"""The typed kernel against its NumPy twin, its tables against the distributions, its years against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from hygie.core.distributions import Beta, Distribution, LogNormal, Pert, Truncated
from hygie.core.typed_model import average_table, draw_from_table, place_nodes, tabulate_quantiles
from hygie.core.waists import SimulationPlan
from hygie.loss.fft import CompoundPart, compute_compound_distribution, discretise_sample
from hygie.simulation.typed import GROUP_YEARS
from hygie.simulation.typed_counts import find_last_word
from hygie.simulation.typed_runner import simulate_typed
from hygie.simulation.typed_twin import look_up, simulate_typed_twin
from typed_kit import compile_typed, make_register, plain

RICH = (
    plain(
        "capability",
        threat_event_frequency={"min": 1, "mode": 3, "max": 9},
        susceptibility=None,
        threat_capability={"min": 0.2, "mode": 0.5, "max": 0.9},
        resistance_strength={"min": 0.3, "mode": 0.6, "max": 0.95},
        primary_loss={"productivity": {"p05": 1e4, "p95": 1e6}, "response": {"min": 1e3, "mode": 5e3, "max": 9e4}},
        secondary_loss={"frequency": 0.4, "fines_judgements": {"p05": 1e4, "p95": 2e6}},
        loss_cap=1_500_000,
        terms={"deductible": 20_000, "limit": 400_000, "annual_limit": 700_000},
    ),
    plain("event-share", susceptibility={"min": 0.1, "mode": 0.3, "max": 0.8, "varies": "event"}),
    plain(
        "known-strength",
        susceptibility=None,
        threat_capability={"min": 0.1, "mode": 0.5, "max": 1},
        resistance_strength=0.6,
    ),
)


def test_kernel_and_twin_agree_to_the_last_bit() -> None:
    model = compile_typed(make_register(*RICH), draws=3)
    plan = SimulationPlan(years=90, draws=3, seed=7)
    events = simulate_typed(model, plan, block_years=17, keep_events=True).events
    twin = simulate_typed_twin(model, plan)
    assert len(twin) > 100
    assert [tuple(row[:3]) for row in twin] == list(
        zip(events["year"].tolist(), events["scenario"].tolist(), events["occurrence"].tolist(), strict=True)
    )
    assert [row[3] for row in twin] == events["gross_eur"].tolist()
    assert [row[4] for row in twin] == events["paid_eur"].tolist()


def test_annual_tables_are_the_sums_of_the_events() -> None:
    model = compile_typed(make_register(*RICH), draws=2)
    result = simulate_typed(model, SimulationPlan(years=4000, draws=2, seed=3), keep_events=True)
    year = np.asarray(result.events["year"], dtype=np.int64)
    gross = np.asarray(result.events["gross_eur"], dtype=np.float64)
    assert np.allclose(np.bincount(year, weights=gross, minlength=4000), result.gross_sum_eur, rtol=1e-12)
    forms = sum(np.asarray(values) for name, values in result.events.items() if name.startswith("loss_"))
    assert np.allclose(forms, gross, rtol=1e-12)
    assert int(result.losses.sum()) == year.size
    assert np.all(result.paid_sum_eur <= result.gross_sum_eur * (1 + 1e-12))
    assert np.all(result.paid_max_eur <= result.paid_sum_eur * (1 + 1e-12))
    assert np.all(result.scenario_paid_eur[model.names.index("capability")] <= 700_000)


@pytest.mark.parametrize(
    "distribution",
    [LogNormal(12.0, 2.0), Pert(0.02, 0.1, 0.9), Beta(0.7, 3.0), Truncated(LogNormal(12.0, 3.0), 0.0, 5e7)],
    ids=lambda item: item.family,
)
def test_tables_follow_the_quantile_function_into_both_tails(distribution: Distribution) -> None:
    table = tabulate_quantiles(distribution.ppf)
    words = np.unique(
        np.concatenate(
            [2 ** np.arange(32), 2**32 - 1 - 2 ** np.arange(31), np.random.default_rng(1).integers(0, 2**32, 20_000)]
        )
    ).astype(np.uint32)
    exact = distribution.ppf((words.astype(np.float64) + 0.5) / 2.0**32)
    read = draw_from_table(table, words)
    assert np.max(np.abs(read / exact - 1.0)) < 1e-3
    assert np.mean(np.abs(read / exact - 1.0)) < 1e-4
    assert average_table(table) == pytest.approx(distribution.mean(), rel=2e-4)
    assert [look_up(table, int(word)) for word in words[:50]] == read[:50].tolist()


def test_the_nodes_halve_towards_zero() -> None:
    nodes = place_nodes()
    assert nodes[0] == 2.0**-33
    assert nodes[-1] == 0.5
    assert np.all(np.diff(nodes) > 0.0)


def test_counts_and_decisions_follow_their_closed_forms() -> None:
    years = 200_000
    model = compile_typed(make_register(*RICH[1:], plain("often", threat_event_frequency=12.0, susceptibility=0.2)))
    result = simulate_typed(model, SimulationPlan(years=years, draws=1, seed=11))
    for index, name in enumerate(model.names):
        rate = float(np.asarray(model.arrays["rate_per_y"])[0, index])
        attempts, losses = int(result.attempts[index]), int(result.losses[index])
        assert abs(attempts - rate * years) < 4.0 * np.sqrt(rate * years)
        share = {
            "event-share": Pert(0.1, 0.3, 0.8).mean(),
            "known-strength": float(1.0 - Pert(0.1, 0.5, 1.0).cdf(np.array([0.6]))[0]),
            "often": 0.2,
        }[name]
        assert abs(losses - share * attempts) < 4.0 * np.sqrt(share * (1 - share) * attempts)
    quiet = float((result.scenario_gross_eur[model.names.index("often")] == 0.0).mean())
    assert abs(quiet - np.exp(-2.4)) < 4.0 * np.sqrt(np.exp(-2.4) / years)


@pytest.mark.parametrize("rate", [0.0, 30.0, 60.0, 200.0, 500.0])
def test_counts_hold_for_any_rate(rate: float) -> None:
    model = compile_typed(make_register(plain("a", threat_event_frequency=rate, susceptibility=1)))
    result = simulate_typed(model, SimulationPlan(years=3000, draws=1, seed=2), keep_events=True)
    count = np.bincount(np.asarray(result.events["year"], dtype=np.int64), minlength=3000)
    assert abs(count.mean() - rate) <= 4.0 * np.sqrt(rate / 3000)
    assert abs(count.var() - rate) <= 4.0 * rate * np.sqrt(2.0 / 3000) + 4.0 * np.sqrt(rate / 3000)


def test_the_years_of_a_group_are_independent() -> None:
    """Attempts are counted for sixteen years at once: a year must not know what its neighbours got."""
    years = 160_000
    model = compile_typed(make_register(plain("a", threat_event_frequency=1.5, susceptibility=1)))
    result = simulate_typed(model, SimulationPlan(years=years, draws=1, seed=6), keep_events=True)
    count = np.bincount(np.asarray(result.events["year"], dtype=np.int64), minlength=years).reshape(-1, GROUP_YEARS)
    assert np.all(np.abs(count.mean(axis=0) - 1.5) < 4.0 * np.sqrt(1.5 * GROUP_YEARS / years))
    among = np.corrcoef(count, rowvar=False)[np.triu_indices(GROUP_YEARS, k=1)]
    assert np.max(np.abs(among)) < 4.5 * np.sqrt(GROUP_YEARS / years)
    shares = np.bincount(count.ravel(), minlength=6)[:6] / years
    expected = np.exp(-1.5) * 1.5 ** np.arange(6) / special.factorial(np.arange(6))
    assert np.all(np.abs(shares - expected) < 4.0 * np.sqrt(expected / years))


@pytest.mark.parametrize(
    ("push", "hold", "factor", "shift"),
    [
        (Pert(0.02, 0.1, 0.4), None, 1.0, 0.0),
        (Pert(0.2, 0.5, 0.9), Pert(0.3, 0.6, 0.95), 0.7, 0.05),
        (Beta(0.7, 3.0), Beta(2.0, 2.0), 1.0, -0.1),
        (Pert(0.1, 0.2, 0.3), Pert(0.5, 0.6, 0.7), 1.0, 0.0),
    ],
)
def test_no_attempt_that_could_succeed_is_passed_over(
    push: Distribution, hold: Distribution | None, factor: float, shift: float
) -> None:
    strong = tabulate_quantiles(push.ppf)
    firm = tabulate_quantiles(np.copy if hold is None else hold.ppf)
    last = find_last_word(strong.ravel(), factor, firm.ravel(), shift)
    best = float(draw_from_table(strong, np.array([2**32 - 1], dtype=np.uint32))[0]) * factor
    words = np.sort(np.random.default_rng(3).integers(0, 2**32, 200_000)).astype(np.uint32)
    succeeds = best > draw_from_table(firm, words) + shift
    assert np.all(words[succeeds] <= last)
    # Nor are many looked at in vain.
    assert np.mean((words <= last) & ~succeeds) < 1e-3


def test_the_annual_distribution_agrees_with_fft() -> None:
    """VaR and TVaR of a compound sum, where frequency × one magnitude is wrong by a factor."""
    years, step = 200_000, 5_000.0
    register = make_register(plain("a", threat_event_frequency=0.5, susceptibility=0.4, loss_cap=5_000_000))
    result = simulate_typed(compile_typed(register), SimulationPlan(years=years, draws=1, seed=5))
    severity = LogNormal.from_quantiles(10_000, 500_000, probability=0.05)
    u = (np.arange(400_000) + 0.5) / 400_000
    sample = np.minimum(severity.ppf(u), 5_000_000)
    part = CompoundPart(severity=discretise_sample(sample, step_eur=step, points=8192), rate_per_y=0.2)
    exact = compute_compound_distribution([part], step_eur=step)
    for level in (0.95, 0.99, 0.999):
        threshold = exact.quantile(level)
        share = float((result.gross_sum_eur > threshold).mean())
        error = np.sqrt(level * (1 - level) / years)
        assert abs(share - float(exact.exceed([threshold])[0])) < 4.0 * error
    assert abs(result.gross_sum_eur.mean() - exact.mean()) < 4.0 * np.sqrt(exact.variance() / years)


def test_the_largest_event_agrees_with_its_closed_form() -> None:
    years = 200_000
    result = simulate_typed(compile_typed(make_register(plain("a"))), SimulationPlan(years=years, draws=1, seed=9))
    severity = LogNormal.from_quantiles(10_000, 500_000, probability=0.05)
    for loss in (1e5, 5e5, 2e6):
        beyond = float(special.ndtr((severity.mu - np.log(loss)) / severity.sigma))
        expected = -np.expm1(-0.6 * beyond)
        share = float((result.gross_max_eur > loss).mean())
        assert abs(share - expected) < 4.0 * np.sqrt(expected * (1 - expected) / years)
