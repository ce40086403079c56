"""A run is a map of one pure function over blocks of years, by a runner: threads here, or machines elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hygie.core.tables import YELT_COLUMNS
from hygie.core.waists import CompiledModel, SimulationPlan, YearEventLossTable
from hygie.simulation.block import count_outcomes
from hygie.simulation.layout import pack_model
from hygie.simulation.runners_blocks import Columns, OneEvent, Runner, cut_years, prepare_task
from hygie.simulation.runners_threads import ThreadRunner
from hygie.simulation.streams import derive_keys

__all__ = ["DEFAULT_BLOCK", "OneEvent", "Runner", "ThreadRunner", "count_population_outcomes", "simulate"]

DEFAULT_BLOCK = 8192

Progress = Callable[[int, int], None]


def simulate(
    model: CompiledModel,
    plan: SimulationPlan,
    *,
    given: OneEvent | None = None,
    threads: int = 2,
    block_years: int = DEFAULT_BLOCK,
    runner: Runner | None = None,
    progress: Progress | None = None,
) -> YearEventLossTable:
    """Simulate `plan.years` years of `model`, in memory.

    Parameters
    ----------
    given
        One such event in each year instead of what rates say; a year in which it is blocked leaves no row.
    threads
        Workers; the result does not depend on it.
    block_years
        Years per block; the result does not depend on it.
    runner
        Who simulates the blocks, `threads` threads by default; the result does not depend on it.
    progress
        Called with (years done, years in all) after each block.

    Raises
    ------
    ModelError
        The plan does not fit the model, or a year holds more events than a counter can name.
    RunnerError
        The machines of the runner cannot be reached.
    """
    task = prepare_task(model, plan, given=given)
    spans = cut_years(plan.years, block_years=block_years)
    parts: list[Columns] = []
    with closing((runner or ThreadRunner(threads)).map_blocks(task, spans)) as blocks:
        for (_, end), block in zip(spans, blocks, strict=True):
            parts.append(block)
            if progress is not None:
                progress(end, plan.years)
    columns = {name: np.concatenate([part[name] for part in parts]) for name in YELT_COLUMNS}
    return YearEventLossTable(plan=plan, columns=columns, labels=model.labels, model_digest=model.digest)


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
