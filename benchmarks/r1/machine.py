"""How far the kernel is from what the machine can do: its two ingredients alone, then its own stages switched off."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hygie.core.typed_model import TypedModel, TypedResult
from hygie.simulation.compiler import kernel
from hygie.simulation.typed_words import fill_words, look_up

__all__ = ["measure_limits"]

_CHUNK = 4096


@kernel
def make_words(repeats: int, out: NDArray[np.float64]) -> float:
    """Draw Philox blocks and nothing else; `out` is [4, chunk]."""
    index = np.arange(out.shape[1]).astype(np.int32)
    total = 0.0
    for repeat in range(repeats):
        fill_words(
            np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4), repeat * out.shape[1], np.uint64(5), index,
            out.shape[1], out[0], out[1], out[2], out[3],
        )  # fmt: skip
        total += out[0, repeat % out.shape[1]]
    return total


@kernel
def read_table(repeats: int, words: NDArray[np.float64], table: NDArray[np.float64]) -> float:
    """Turn words into lognormal losses and nothing else; `words` is [chunk]."""
    bits = words.view(np.uint64)
    out = np.empty(words.size)
    total = 0.0
    for repeat in range(repeats):
        for i in range(words.size):
            out[i] = look_up(table, bits[i], words[i])
        total += out[repeat % words.size]
    return total


def _rate(action: Any, count: int) -> float:
    action()
    best = np.inf
    for _ in range(5):
        used = time.process_time()
        action()
        best = min(best, time.process_time() - used)
    return count / best


def measure_limits(
    model: TypedModel, result: TypedResult, spec: dict[str, Any], *, cpu_seconds: float
) -> dict[str, float]:
    """Return throughput of the ingredients [1/s per core], the time R1 needs of them, and where the rest goes [s].

    What R1 needs: a quarter of a Philox block for each count of a scenario and year, half a block for each attempt
    (one for each odd one left over), one block for each loss; two table readings per attempt and one per loss.
    """
    words = np.empty((4, _CHUNK))
    repeats = 500
    philox = _rate(lambda: make_words(repeats, words), repeats * _CHUNK)
    arrays = {name: np.asarray(array) for name, array in model.arrays.items()}
    table = np.ascontiguousarray(arrays["tables"][-1])
    lognormal = _rate(lambda: read_table(repeats, words[0].copy(), table), repeats * _CHUNK)
    rates = arrays["rate_per_y"][0]
    years = spec["years"]
    # Σ ceil(N / 2) = (Σ N + number of odd N) / 2, P(N odd) = (1 - exp(-2λ)) / 2.
    pairs = years * float(((rates + (1.0 - np.exp(-2.0 * rates)) / 2.0) / 2.0).sum())
    attempts, losses = int(result.attempts.sum()), int(result.losses.sum())
    blocks = years * len(rates) / 4.0 + pairs + losses
    needed_philox = blocks / philox
    needed_tables = (2 * attempts + losses) / lognormal

    def spend(**changed: np.ndarray) -> float:
        other = TypedModel(draws=1, names=model.names, arrays={**model.arrays, **changed})
        best = np.inf
        for _ in range(3):
            used = time.process_time()
            run_ours_only(other, spec)
            best = min(best, time.process_time() - used)
        return float(best)

    counting = spend(rate_per_y=np.zeros_like(arrays["rate_per_y"]))
    attempting = spend(push_factor=np.zeros_like(arrays["push_factor"]))
    whole = spend()
    return {
        "philox_blocks_per_s": philox,
        "lognormals_per_s": lognormal,
        "philox_s": needed_philox,
        "tables_s": needed_tables,
        "measured_cpu_s": cpu_seconds,
        "share_of_limit": (needed_philox + needed_tables) / whole,
        "counts_s": counting,
        "attempts_s": attempting - counting,
        "losses_s": whole - attempting,
        "figures_s": max(cpu_seconds - whole, 0.0),
    }


def run_ours_only(model: TypedModel, spec: dict[str, Any]) -> None:
    """Simulate without reading figures, on one thread."""
    from hygie.core.waists import SimulationPlan
    from hygie.simulation.typed_runner import simulate_typed

    simulate_typed(model, SimulationPlan(years=spec["years"], draws=1, seed=1), threads=1, by_scenario=False)
