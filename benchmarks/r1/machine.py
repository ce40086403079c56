"""How far the kernel is from what the machine can do: its two ingredients alone, then its own stages switched off."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hygie.core.typed_model import TypedModel, TypedResult, tabulate_quantiles
from hygie.simulation.compiler import kernel
from hygie.simulation.typed import GROUP_YEARS
from hygie.simulation.typed_counts import find_last_word
from hygie.simulation.typed_words import TABLE_SIZE, fill_words, look_up

__all__ = ["measure_limits"]

_CHUNK = 4096


@kernel
def make_words(repeats: int, out: NDArray[np.uint32]) -> int:
    """Draw Philox blocks and nothing else; `out` is [4, chunk]."""
    group = np.arange(out.shape[1]).astype(np.uint32)
    total = 0
    for repeat in range(repeats):
        fill_words(
            np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4), repeat * out.shape[1], 5, group, group,
            out.shape[1], out[0], out[1], out[2], out[3],
        )  # fmt: skip
        total += np.int64(out[0, repeat % out.shape[1]])
    return total


@kernel
def read_table(repeats: int, words: NDArray[np.uint32], table: NDArray[np.float64]) -> float:
    """Turn words into lognormal losses and nothing else; `words` is [chunk]."""
    folded = np.empty(words.size)
    out = np.empty(words.size)
    total = 0.0
    for repeat in range(repeats):
        look_up(table, words, words.size, folded, out)
        total += out[repeat % words.size]
    return total


@kernel
def find_hopeful(push: NDArray[np.float64], factor: float, hold: NDArray[np.float64], shift: float) -> float:
    """Return the share of attempts whose hold the strongest push can beat."""
    return (find_last_word(push, factor, hold, shift) + 1) / 2.0**32


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

    What R1 needs: a block of Philox words for each 64 counted scenario-years, for each four attempts, and for each
    hopeful attempt (one whose hold the strongest push can beat); two table readings per hopeful attempt, one per loss.
    """
    words = np.empty((4, _CHUNK), dtype=np.uint32)
    repeats = 500
    philox = _rate(lambda: make_words(repeats, words), repeats * _CHUNK)
    arrays = {name: np.asarray(array) for name, array in model.arrays.items()}
    tables = arrays["tables"].reshape(-1, TABLE_SIZE)
    lognormal = _rate(lambda: read_table(repeats, words[0].copy(), tables[-1]), repeats * _CHUNK)
    hopeful = sum(
        float(result.attempts[index])
        * find_hopeful(
            tables[arrays["push_table"][index]],
            float(arrays["push_factor"][0, index]),
            tables[arrays["hold_table"][index]],
            float(arrays["hold_shift"][0, index]),
        )
        for index in range(len(model.names))
    )
    attempts, losses = int(result.attempts.sum()), int(result.losses.sum())
    blocks = spec["years"] * len(model.names) / (4 * GROUP_YEARS) + attempts / 4 + hopeful
    needed_philox = blocks / philox
    needed_tables = (2 * hopeful + losses) / lognormal

    def spend(**changed: np.ndarray) -> float:
        other = TypedModel(draws=1, names=model.names, arrays={**model.arrays, **changed})
        best = np.inf
        for _ in range(3):
            used = time.process_time()
            run_ours_only(other, spec)
            best = min(best, time.process_time() - used)
        return float(best)

    # No attempt; no hopeful one; a push as strong at its best, and next to never strong.
    counting = spend(rate_per_y=np.zeros_like(arrays["rate_per_y"]))
    choosing = spend(push_factor=np.zeros_like(arrays["push_factor"]))
    weak = arrays["tables"].copy()
    for index in arrays["push_table"]:
        best = float(weak[index, TABLE_SIZE // 4].sum())
        weak[index] = tabulate_quantiles(lambda u, best=best: np.where(u > 1.0 - 2.0**-30, best, 0.0))
    deciding = spend(tables=weak)
    whole = spend()
    return {
        "philox_blocks_per_s": philox,
        "lognormals_per_s": lognormal,
        "philox_s": needed_philox,
        "tables_s": needed_tables,
        "measured_cpu_s": cpu_seconds,
        "share_of_limit": (needed_philox + needed_tables) / whole,
        "counts_s": counting,
        "attempts_s": choosing - counting,
        "decisions_s": deciding - choosing,
        "losses_s": whole - deciding,
        "hopeful_share": hopeful / attempts,
        "figures_s": max(cpu_seconds - whole, 0.0),
    }


def run_ours_only(model: TypedModel, spec: dict[str, Any]) -> None:
    """Simulate without reading figures, on one thread."""
    from hygie.core.waists import SimulationPlan
    from hygie.simulation.typed_runner import simulate_typed

    simulate_typed(model, SimulationPlan(years=spec["years"], draws=1, seed=1), threads=1, by_scenario=False)
