"""One block of years as a task that any worker can do: a pure function of what it is given."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from threading import Event
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import ModelError
from hygie.core.tables import YELT_COLUMNS, yelt_dtype
from hygie.core.waists import CompiledModel, SimulationPlan
from hygie.simulation.block import (
    ATTEMPT,
    CAMPAIGN,
    FREE,
    FULL,
    OVERFLOW,
    PROVIDER,
    ROW_FIELDS,
    simulate_block,
)
from hygie.simulation.layout import KernelArrays, pack_model
from hygie.simulation.streams import MAX_OCCURRENCE, derive_keys

__all__ = [
    "BlockTask",
    "Columns",
    "OneEvent",
    "Runner",
    "Span",
    "choose_block_years",
    "cut_span",
    "cut_years",
    "prepare_task",
    "run_block",
]

Columns = Mapping[str, NDArray[np.generic]]
Span = tuple[int, int]


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


# Pieces of a block: what is made twice, at most, is one of them.
_PIECES = 32
# Attempts in a block of many organisations; and its fewest years.
_ATTEMPTS = 60_000
_LEAST_YEARS = 64
_KINDS = {"attempt": ATTEMPT, "provider": PROVIDER, "campaign": CAMPAIGN}


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockTask:
    """What every block of a run has in common: sent to a worker once.

    Parameters
    ----------
    arrays
        The model as kernels read it.
    keys
        Philox keys [draws, 2].
    starts
        First year of each draw, and the total [draws + 1].
    forced
        The given event, as `simulate_block` reads it [3].
    """

    arrays: KernelArrays
    keys: NDArray[np.uint32]
    starts: NDArray[np.int64]
    forced: NDArray[np.int64]


class Runner(Protocol):
    """Maps a task over blocks of years: on threads of this machine, or on other machines."""

    def map_blocks(self, task: BlockTask, spans: Sequence[Span]) -> Generator[Columns, None, None]:
        """Yield the rows of each span of years, in the order of `spans`; closing the iterator stops the work.

        At most some blocks per worker are under way or waiting at any time, so memory does not grow with the years.
        """
        ...


def prepare_task(model: CompiledModel, plan: SimulationPlan, *, given: OneEvent | None = None) -> BlockTask:
    """Pack a model and a plan for workers.

    Raises
    ------
    ModelError
        The plan does not fit the model.
    """
    if plan.draws != model.draws:
        raise ModelError("plan and model differ in draws", value=plan.draws, allowed=str(model.draws))
    event = [FREE, 0, 0] if given is None else [_KINDS[given.kind], given.index, given.process]
    return BlockTask(
        arrays=pack_model(model),
        keys=derive_keys(plan.seed, plan.draws),
        starts=np.concatenate(([0], np.cumsum(plan.years_per_draw()))).astype(np.int64),
        forced=np.array(event, dtype=np.int64),
    )


def choose_block_years(model: CompiledModel, *, most: int) -> int:
    """Return years per block, a power of two: so many that its rows fill some twenty megabytes.

    It depends on the model alone, so that a run that goes on, on another machine too, cuts the years as before.
    """
    expected = float(np.asarray(model.arrays["node_rate_per_y"]).sum(axis=(1, 2)).mean())
    fitting = max(_ATTEMPTS / max(expected, 1e-9), 1.0)
    return int(min(max(2 ** int(np.log2(fitting)), _LEAST_YEARS), most))


def cut_years(years: int, *, block_years: int) -> list[Span]:
    """Return the spans [begin, end) of `block_years` years, the last one shorter."""
    return cut_span(0, years, step=block_years)


def cut_span(begin: int, end: int, *, step: int) -> list[Span]:
    """Return the spans of `step` years in [begin, end), the last one shorter."""
    return list(pairwise([*range(begin, end, step), end]))


def run_block(task: BlockTask, span: Span, stop: Event | None = None) -> Columns:
    """Simulate one span of years and return its rows as columns; no rows when `stop` is set meanwhile.

    Raises
    ------
    ModelError
        A year holds more events than a counter can name.
    """
    begin, end = span
    # Rows per year differ by a thousand between one hospital and a country: a piece that does not fit is made again
    # in a larger table, and the pieces after it have that size from the start.
    step = max((end - begin) // _PIECES, 1)
    capacity = 2 * step + 64
    pieces = []
    for first, last in cut_span(begin, end, step=step):
        while stop is None or not stop.is_set():
            rows = np.empty((capacity, ROW_FIELDS))
            written = simulate_block(task.arrays, task.keys, task.starts, task.forced, first, last, rows)
            if written == OVERFLOW:
                raise ModelError(
                    f"more than {MAX_OCCURRENCE} events of one process in one year",
                    repair="check the rates: a yearly frequency this high is not a rare event",
                )
            if written != FULL:
                pieces.append(rows[:written].copy())
                break
            capacity *= 2
    if not pieces:
        pieces = [np.empty((0, ROW_FIELDS))]
    return {
        name: np.concatenate([piece[:, index].astype(yelt_dtype(name)) for piece in pieces])
        for index, name in enumerate(YELT_COLUMNS)
    }
