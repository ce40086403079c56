"""A run of any length in bounded memory: parts of years, one after the other, in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import ModelError
from hygie.core.tables import YELT_COLUMNS, yelt_dtype
from hygie.core.waists import CompiledModel, SimulationPlan
from hygie.simulation.block import FREE, FULL, OVERFLOW, PROVIDER, ROW_FIELDS, simulate_block
from hygie.simulation.layout import pack_model
from hygie.simulation.streams import MAX_OCCURRENCE, derive_keys

__all__ = ["Part", "choose_part_years", "simulate_parts"]

# Rows of one part: some hundred megabytes at most, whatever the number of organisations.
_ROWS = 300_000
_LEAST_YEARS = 64


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of the years from `begin` to `end` (not included), columns as in ``YELT_COLUMNS``."""

    begin: int
    end: int
    columns: Mapping[str, NDArray[np.generic]]


def choose_part_years(model: CompiledModel, years: int) -> int:
    """Return how many years make a part of a few hundred thousand rows; nothing depends on it but memory."""
    rates = np.asarray(model.arrays["node_rate_per_y"])
    expected = float(rates.sum(axis=(1, 2)).mean()) + 1e-9
    return max(min(years, int(_ROWS / expected)), _LEAST_YEARS)


def simulate_parts(
    model: CompiledModel,
    plan: SimulationPlan,
    *,
    threads: int = 2,
    part_years: int | None = None,
    provider: int | None = None,
) -> Iterator[Part]:
    """Yield the rows of `plan` part by part; together they are those of `hygie.simulation.runners.simulate`.

    Parameters
    ----------
    part_years
        Years per part; the rows do not depend on it.
    provider
        One event of this provider in each year, and nothing else, instead of what rates say.

    Raises
    ------
    ModelError
        A year holds more events than a counter can name, or the plan does not fit the model.
    """
    if plan.draws != model.draws:
        raise ModelError("plan and model differ in draws", value=plan.draws, allowed=str(model.draws))
    arrays = pack_model(model)
    keys = derive_keys(plan.seed, plan.draws)
    starts = np.concatenate(([0], np.cumsum(plan.years_per_draw()))).astype(np.int64)
    forced = np.array([FREE, 0, 0] if provider is None else [PROVIDER, provider, 0], dtype=np.int64)
    size = part_years or choose_part_years(model, plan.years)
    threads = max(threads, 1)

    def run(begin: int, end: int) -> NDArray[np.float64]:
        capacity = 64 * (end - begin) + 64
        while True:
            rows = np.empty((capacity, ROW_FIELDS))
            written = simulate_block(arrays, keys, starts, forced, begin, end, rows)
            if written == OVERFLOW:
                raise ModelError(
                    f"more than {MAX_OCCURRENCE} events of one process in one year",
                    repair="check the rates: a yearly frequency this high is not a rare event",
                )
            if written != FULL:
                return rows[:written].copy()
            capacity *= 2

    with ThreadPoolExecutor(max_workers=threads) as pool:

        def submit(begin: int, end: int) -> list[Future[NDArray[np.float64]]]:
            cuts = np.unique(np.linspace(begin, end, 4 * threads + 1).astype(np.int64))
            return [pool.submit(run, int(a), int(b)) for a, b in pairwise(cuts)]

        edges = [(a, min(a + size, plan.years)) for a in range(0, plan.years, size)]
        ahead = submit(*edges[0])
        for index, (begin, end) in enumerate(edges):
            rows = np.concatenate([future.result() for future in ahead])
            if index + 1 < len(edges):
                ahead = submit(*edges[index + 1])
            columns = {
                name: np.ascontiguousarray(rows[:, at].astype(yelt_dtype(name))) for at, name in enumerate(YELT_COLUMNS)
            }
            yield Part(begin, end, columns)
