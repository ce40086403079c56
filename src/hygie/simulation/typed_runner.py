"""A run of typed scenarios: the kernel of `typed` over blocks of years, by threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hygie.core.typed_model import FORM_NAMES, TypedModel, TypedResult
from hygie.core.waists import SimulationPlan
from hygie.simulation.streams import derive_keys
from hygie.simulation.typed import EVENT_FIELDS, FULL, simulate_typed_block

__all__ = ["TYPED_BLOCK", "simulate_typed"]

TYPED_BLOCK = 4096

_ARGUMENTS = (
    "entity",
    "rate_per_y",
    "push_table",
    "hold_table",
    "push_factor",
    "hold_shift",
    "secondary_share",
    "loss_cap_eur",
    "deductible_eur",
    "limit_eur",
    "annual_limit_eur",
    "form_ptr",
    "form_name",
    "form_secondary",
    "form_entity",
    "form_table",
    "form_factor",
    "tables",
)


def simulate_typed(
    model: TypedModel,
    plan: SimulationPlan,
    *,
    threads: int = 2,
    block_years: int = TYPED_BLOCK,
    by_scenario: bool = True,
    keep_events: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> TypedResult:
    """Simulate `plan.years` years of typed scenarios.

    Parameters
    ----------
    threads, block_years
        How the work is cut; the result does not depend on them.
    by_scenario
        Keep annual sums by scenario.
    keep_events
        Keep one row per loss event, 104 bytes each.
    progress
        Called with (years done, years in all) after each block.
    """
    arguments = [model.arrays[name] for name in _ARGUMENTS]
    # Numba, not mypy, knows what a compiled function takes.
    simulate_block: Any = simulate_typed_block
    keys = derive_keys(plan.seed, plan.draws)
    scenarios = len(model.names)
    annual = [np.empty(plan.years) for _ in range(4)]
    sums = [np.empty((scenarios, plan.years if by_scenario else 0)) for _ in range(2)]
    blocks = _cut_blocks(plan.years_per_draw(), block_years)

    def run(block: tuple[int, int, int, int]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        draw, first, years, offset = block
        counted = np.zeros((scenarios, 2), dtype=np.int64)
        capacity = 2 * years + 64 if keep_events else 0
        while True:
            events = np.empty((capacity, EVENT_FIELDS))
            rows = simulate_block(*arguments, keys[draw], draw, first, years, offset, *annual, *sums, counted, events)
            if rows != FULL:
                kept = events[:rows]
                return counted, kept[np.lexsort((kept[:, 2], kept[:, 1], kept[:, 0]))]
            capacity *= 2

    totals = np.zeros((scenarios, 2), dtype=np.int64)
    parts: list[NDArray[np.float64]] = []
    with ThreadPoolExecutor(max_workers=max(threads, 1)) as pool:
        for block, (counted, kept) in zip(blocks, pool.map(run, blocks), strict=True):
            totals += counted
            if keep_events:
                parts.append(kept)
            if progress is not None:
                progress(block[3] + block[2], plan.years)
    return TypedResult(
        plan=plan,
        names=model.names,
        model_digest=model.digest,
        gross_sum_eur=annual[0],
        gross_max_eur=annual[1],
        paid_sum_eur=annual[2],
        paid_max_eur=annual[3],
        scenario_gross_eur=sums[0],
        scenario_paid_eur=sums[1],
        attempts=totals[:, 0].copy(),
        losses=totals[:, 1].copy(),
        events=_name_columns(np.concatenate(parts)) if parts else {},
    )


def _cut_blocks(years_per_draw: NDArray[np.int64], block_years: int) -> list[tuple[int, int, int, int]]:
    """Return (draw, first year of the draw, years, place in the annual arrays); no block holds two draws."""
    blocks = []
    offset = 0
    for draw, years in enumerate(years_per_draw.tolist()):
        for first, last in pairwise([*range(0, years, block_years), years]):
            blocks.append((draw, first, last - first, offset + first))
        offset += years
    return blocks


def _name_columns(rows: NDArray[np.float64]) -> dict[str, NDArray[Any]]:
    columns: dict[str, NDArray[Any]] = {
        "year": rows[:, 0].astype(np.int64),
        "scenario": rows[:, 1].astype(np.int32),
        "occurrence": rows[:, 2].astype(np.int32),
        "gross_eur": rows[:, 3].copy(),
        "paid_eur": rows[:, 4].copy(),
        "secondary_eur": rows[:, 5].copy(),
    }
    for place, name in enumerate(FORM_NAMES):
        columns[f"loss_{name}_eur"] = rows[:, 6 + place].copy()
    return columns
