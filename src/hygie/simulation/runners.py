"""A run is a map of one pure function over blocks of years."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import pairwise
from threading import Event
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import ModelError
from hygie.core.tables import YELT_COLUMNS, yelt_dtype
from hygie.core.waists import CompiledModel, SimulationPlan, YearEventLossTable
from hygie.simulation.block import (
    ATTEMPT,
    CAMPAIGN,
    FREE,
    FULL,
    OVERFLOW,
    PROVIDER,
    ROW_FIELDS,
    count_outcomes,
    simulate_block,
)
from hygie.simulation.layout import KernelArrays, pack_model
from hygie.simulation.streams import MAX_OCCURRENCE, derive_keys

__all__ = ["DEFAULT_BLOCK", "OneEvent", "count_population_outcomes", "simulate"]

DEFAULT_BLOCK = 8192

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class OneEvent:
    """Exactly one event a year, and nothing else: what is simulated when an event is given.

    Parameters
    ----------
    kind
        An attempt against node `index` by `process`, an event of provider `index`, or a campaign of kind `index`.
    """

    kind: Literal["attempt", "provider", "campaign"]
    index: int
    process: int = 0


_KINDS = {"attempt": ATTEMPT, "provider": PROVIDER, "campaign": CAMPAIGN}


def simulate(
    model: CompiledModel,
    plan: SimulationPlan,
    *,
    given: OneEvent | None = None,
    threads: int = 2,
    block_years: int = DEFAULT_BLOCK,
    progress: Progress | None = None,
) -> YearEventLossTable:
    """Simulate `plan.years` years of `model`.

    Parameters
    ----------
    given
        One such event in each year instead of what rates say; a year in which it is blocked leaves no row.
    threads
        Workers; the result does not depend on it.
    block_years
        Years per block; the result does not depend on it.
    progress
        Called with (years done, years in all) after each block.

    Raises
    ------
    ModelError
        The plan does not fit the model, or a year holds more events than a counter can name.
    """
    if plan.draws != model.draws:
        raise ModelError("plan and model differ in draws", value=plan.draws, allowed=str(model.draws))
    arrays = pack_model(model)
    keys = derive_keys(plan.seed, plan.draws)
    starts = np.concatenate(([0], np.cumsum(plan.years_per_draw()))).astype(np.int64)
    edges = [*range(0, plan.years, block_years), plan.years]
    forced = np.array(
        [FREE, 0, 0] if given is None else [_KINDS[given.kind], given.index, given.process], dtype=np.int64
    )
    stop = Event()

    def run(begin: int, end: int) -> NDArray[np.float64]:
        return _run_block(arrays, keys, starts, forced, begin, end, stop)

    parts: list[NDArray[np.float64]] = []
    with ThreadPoolExecutor(max_workers=max(threads, 1)) as pool:
        futures: list[Future[NDArray[np.float64]]] = [pool.submit(run, a, b) for a, b in pairwise(edges)]
        try:
            for (_, end), future in zip(pairwise(edges), futures, strict=True):
                parts.append(future.result())
                if progress is not None:
                    progress(end, plan.years)
        except BaseException:
            stop.set()
            for future in futures:
                future.cancel()
            wait(futures, return_when=FIRST_EXCEPTION)
            raise
    rows = np.concatenate(parts)
    columns = {
        name: np.ascontiguousarray(rows[:, index].astype(yelt_dtype(name))) for index, name in enumerate(YELT_COLUMNS)
    }
    return YearEventLossTable(plan=plan, columns=columns, labels=model.labels, model_digest=model.digest)


def _run_block(
    arrays: KernelArrays,
    keys: NDArray[np.uint32],
    starts: NDArray[np.int64],
    forced: NDArray[np.int64],
    begin: int,
    end: int,
    stop: Event,
) -> NDArray[np.float64]:
    capacity = 2 * (end - begin) + 64
    while not stop.is_set():
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
    return np.empty((0, ROW_FIELDS))


def count_population_outcomes(
    model: CompiledModel,
    weights: NDArray[np.float64],
    *,
    seed: int,
    attempts: int,
    threads: int = 2,
) -> NDArray[np.int64]:
    """Count outcomes of attempts over a population, one row of `weights` per draw.

    Parameters
    ----------
    weights
        Share of attempts that each node receives [K, nodes]; rows sum to one.
    attempts
        Attempts per draw and process.

    Returns
    -------
    ndarray
        Counts [K, processes, outcomes].
    """
    arrays = pack_model(model)
    keys = derive_keys(seed, model.draws)
    processes, outcomes = model.arrays["process_outcome_class"].shape
    counts = np.zeros((model.draws, processes, outcomes), dtype=np.int64)
    cumulative = np.ascontiguousarray(np.cumsum(weights, axis=1))
    edges = np.linspace(0, model.draws, min(model.draws, 8 * max(threads, 1)) + 1).astype(int)
    with ThreadPoolExecutor(max_workers=max(threads, 1)) as pool:
        jobs = [
            pool.submit(count_outcomes, arrays, keys, cumulative, attempts, int(a), int(b), counts)
            for a, b in pairwise(edges)
        ]
        for job in jobs:
            job.result()
    return counts
