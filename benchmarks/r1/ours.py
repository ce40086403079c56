"""R1 by hygie's own kernel, by a straightforward NumPy program, and exactly, by FFT."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from hygie.core.distributions import LogNormal, Pert
from hygie.core.ids import derive_entity
from hygie.core.typed_model import TypedModel, TypedResult, tabulate_quantiles
from hygie.core.waists import SimulationPlan
from hygie.loss.fft import CompoundPart, compute_compound_distribution, discretise_severity
from hygie.simulation.typed_runner import simulate_typed

__all__ = ["Exact", "build_model", "compute_exact", "read_figures", "run_numpy", "run_ours"]

Spec = dict[str, Any]
STEP, POINTS = 250.0, 1 << 17


def build_model(spec: Spec) -> TypedModel:
    """Return R1 as the arrays that `hygie fair run` compiles a register to."""
    scenarios = spec["scenarios"]
    count = len(scenarios)
    names = tuple(f"r1-{number:02d}" for number in range(count))
    tables = [tabulate_quantiles(np.copy)]
    tables += [tabulate_quantiles(Pert(*scenario["susceptibility"]).ppf) for scenario in scenarios]
    tables += [tabulate_quantiles(LogNormal(scenario["mu"], scenario["sigma"]).ppf) for scenario in scenarios]
    one = np.ones((1, count))
    arrays = {
        "entity": np.array([derive_entity("fair", name) for name in names], dtype=np.uint64),
        "rate_per_y": np.array([[scenario["rate"] for scenario in scenarios]]),
        "push_table": np.arange(1, count + 1),
        "hold_table": np.zeros(count),
        "push_factor": one,
        "hold_shift": 0.0 * one,
        "secondary_share": 0.0 * one,
        "loss_cap_eur": np.full(count, np.inf),
        "deductible_eur": np.full(count, float(spec["deductible"])),
        "limit_eur": np.full(count, float(spec["limit"])),
        "annual_limit_eur": np.full(count, float(spec["annual_limit"])),
        "form_ptr": np.arange(count + 1),
        "form_name": np.zeros(count),
        "form_secondary": np.zeros(count),
        "form_entity": np.zeros(count),
        "form_table": np.arange(count + 1, 2 * count + 1),
        "form_factor": one,
        "tables": np.stack(tables),
    }
    return TypedModel(draws=1, names=names, arrays=arrays)


def read_figures(total: np.ndarray, largest: np.ndarray, *, level: float) -> dict[str, float]:
    """Return AAL, VaR, TVaR, and the largest event at the same return period; zeros are dropped before sorting."""
    positive = total[total > 0.0]
    years = total.size
    rank = int(np.ceil(years * (1.0 - level)))
    place = positive.size - rank
    parted = np.partition(positive, place)
    threshold = float(parted[place])
    tail = threshold + float((parted[place:] - threshold).sum()) / (years * (1.0 - level))
    events = largest[largest > 0.0]
    worst = float(np.partition(events, events.size - rank)[events.size - rank])
    return {"aal": float(total.mean()), "var": threshold, "tvar": tail, "oep": worst, "aep": threshold}


def run_ours(model: TypedModel, spec: Spec, *, years: int, threads: int) -> tuple[TypedResult, dict[str, float]]:
    """Simulate and read the figures."""
    result = simulate_typed(model, SimulationPlan(years=years, draws=1, seed=1), threads=threads, by_scenario=False)
    return result, read_figures(result.paid_sum_eur, result.paid_max_eur, level=spec["level"])


def run_numpy(spec: Spec, *, years: int, seed: int = 1) -> dict[str, float]:
    """Do the same work as a good programmer writes it with NumPy: vectors, PCG64, one thread."""
    random = np.random.default_rng(seed)
    total = np.zeros(years)
    largest = np.zeros(years)
    for scenario in spec["scenarios"]:
        count = random.poisson(scenario["rate"], years)
        year = np.repeat(np.arange(years), count)
        low, mode, high = scenario["susceptibility"]
        a = 1.0 + 4.0 * (mode - low) / (high - low)
        susceptibility = low + (high - low) * random.beta(a, 6.0 - a, year.size)
        year = year[random.random(year.size) < susceptibility]
        loss = random.lognormal(scenario["mu"], scenario["sigma"], year.size)
        paid = np.minimum(np.maximum(loss - spec["deductible"], 0.0), spec["limit"])
        total += np.minimum(np.bincount(year, weights=paid, minlength=years), spec["annual_limit"])
        np.maximum.at(largest, year, np.minimum(paid, spec["annual_limit"]))
    return read_figures(total, largest, level=spec["level"])


@dataclass(frozen=True)
class Exact:
    """Exact figures, and the standard error that a simulation of n years has around them, times √n."""

    figures: dict[str, float]
    error: dict[str, float]


def compute_exact(spec: Spec) -> Exact:
    """Return R1 by FFT: thinned Poisson, layered severity, annual limit per scenario, then the convolution of all."""
    level, annual = spec["level"], spec["annual_limit"]
    transform = np.ones(POINTS // 2 + 1, dtype=complex)
    cell = int(annual / STEP)
    exceed: list[tuple[float, float, float, float]] = []
    for scenario in spec["scenarios"]:
        mu, sigma = scenario["mu"], scenario["sigma"]
        low, mode, high = scenario["susceptibility"]

        def survive(x: np.ndarray, mu: float = mu, sigma: float = sigma) -> np.ndarray:
            return np.asarray(special.ndtr((mu - np.log(x)) / sigma))

        reach = float(survive(np.array(float(spec["deductible"]))))
        rate = scenario["rate"] * (low + 4.0 * mode + high) / 6.0 * reach
        exceed.append((rate, mu, sigma, reach))

        def cdf(y: np.ndarray, reach: float = reach, survive: Any = survive) -> np.ndarray:
            return np.where(y >= spec["limit"], 1.0, 1.0 - survive(spec["deductible"] + y) / reach)

        severity = discretise_severity(cdf, step_eur=STEP, points=1 << 16)
        part = compute_compound_distribution([CompoundPart(severity=severity, rate_per_y=rate)], step_eur=STEP)
        mass = np.zeros(POINTS)
        mass[: cell + 1] = part.probability[: cell + 1]
        mass[cell] += max(0.0, 1.0 - float(mass.sum()))
        transform *= np.fft.rfft(mass)
    probability = np.maximum(np.fft.irfft(transform, n=POINTS), 0.0)
    probability /= probability.sum()
    loss = STEP * np.arange(POINTS)
    below = probability.cumsum()
    mean = float(probability @ loss)
    place = int(np.searchsorted(below, level))
    threshold = float(loss[place])
    excess = np.maximum(loss - threshold, 0.0)
    tail = threshold + float(probability @ excess) / (1.0 - level)
    width = 40
    density = float(below[place + width] - below[place - width]) / (2 * width * STEP)
    error = {
        "aal": float(np.sqrt(probability @ (loss - mean) ** 2)),
        "var": float(np.sqrt(level * (1.0 - level))) / density,
        "tvar": float(np.sqrt(probability @ excess**2 - (probability @ excess) ** 2)) / (1.0 - level),
    }

    def largest_exceeds(x: float) -> float:
        lam = sum(
            rate * float(special.ndtr((mu - np.log(spec["deductible"] + x)) / sigma)) / reach
            for rate, mu, sigma, reach in exceed
        )
        return -float(np.expm1(-lam))

    left, right = 0.0, float(spec["limit"])
    for _ in range(60):
        middle = 0.5 * (left + right)
        left, right = (middle, right) if largest_exceeds(middle) > 1.0 - level else (left, middle)
    oep = float(spec["limit"]) if largest_exceeds(float(spec["limit"]) * (1 - 1e-12)) > 1.0 - level else right
    return Exact({"aal": mean, "var": threshold, "tvar": tail, "oep": oep, "aep": threshold}, error)
