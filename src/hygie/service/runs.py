"""Simulate in memory or to parts on disk: who does it, what is kept when it stops, and how it goes on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from hygie.core.ids import ColumnDigest
from hygie.core.tables import YELT_COLUMNS
from hygie.core.waists import CompiledModel, SimulationPlan, YearEventLossTable
from hygie.simulation.compiler import fingerprint_engine, is_cache_warm
from hygie.simulation.runners import OneEvent, Runner, ThreadRunner
from hygie.simulation.runners_blocks import Columns, Span, cut_years, prepare_task, run_block
from hygie.store.parts import PartColumns, list_receipts, open_parts, parts_folder

__all__ = [
    "PART_YEARS",
    "STREAM_FROM",
    "Kept",
    "choose_runner",
    "find_kept",
    "forget_parts",
    "is_engine_compiled",
    "is_streamed",
    "parts_of",
    "simulate_to_parts",
]

STREAM_FROM = 1_000_000
"""Runs of more years than this go to parts on disk, unless told otherwise."""

PART_YEARS = 65_536
"""Years per part: about 5 MB of rows in memory and 1.5 MB on disk for one hospital."""

Progress = Callable[[int, int], None]
Visit = Callable[[int, int, Columns], None]


@dataclass(frozen=True, slots=True)
class Kept:
    """What an unfinished run left: simulated years in whole parts, years in all, and where they lie."""

    done: int
    total: int
    folder: Path


def choose_runner(*, threads: int, scheduler: str | None = None) -> Runner:
    """Return the workers of the Dask cluster of `scheduler`, or threads of this machine without one.

    Raises
    ------
    UsageError
        The address is none, or Dask is not installed.
    """
    if scheduler is None:
        return ThreadRunner(threads)
    from hygie.simulation.runners_dask import DaskRunner

    return DaskRunner(scheduler)


def is_streamed(years: int, choice: bool | None) -> bool:
    """Return whether a run goes to parts on disk: as chosen, else by its size."""
    return years > STREAM_FROM if choice is None else choice


def simulate_to_parts(
    model: CompiledModel,
    plan: SimulationPlan,
    result: Path,
    *,
    given: OneEvent | None = None,
    runner: Runner | None = None,
    block_years: int = PART_YEARS,
    progress: Progress | None = None,
    visit: Visit | None = None,
) -> YearEventLossTable:
    """Simulate `plan.years` years, each block to one Parquet part beside `result`; whole parts are not made again.

    Rows are never all in memory: the table that is returned reads its columns from the parts when they are asked for.
    It has the digest that `simulate` gives in memory.

    Parameters
    ----------
    result
        The result folder to be; parts lie in ``RESULT.parts`` until `write_result` takes them.
    progress
        Called with (years done, years in all) after each part.
    visit
        Called with (first year, year after the last, rows) of each part, in the order of years, made now or before.

    Raises
    ------
    StoreError
        The disk refuses, or another process is at the same run; parts written so far are kept.
    RunnerError
        The machines of the runner cannot be reached; parts written so far are kept.
    """
    spans = cut_years(plan.years, block_years=block_years)
    task = prepare_task(model, plan, given=given)
    run: dict[str, str | int] = {
        "model": model.digest,
        "engine": fingerprint_engine(),
        "years": plan.years,
        "draws": plan.draws,
        "seed": plan.seed,
        "part_years": block_years,
        "given": repr(given),
    }
    units = {name: column.unit for name, column in YELT_COLUMNS.items()}
    digest = ColumnDigest()
    with open_parts(result, run=run, units=units) as store:
        missing: list[Span] = [span for span in spans if not store.has(span[0])]
        awaited = set(missing)
        with closing((runner or ThreadRunner()).map_blocks(task, missing)) as made:
            for span in spans:
                columns = None if span in awaited else store.read(*span)
                if columns is None:
                    # A part that is there but damaged is made again on the spot.
                    columns = next(made) if span in awaited else run_block(task, span)
                    store.write(*span, columns)
                digest.update(columns)
                if visit is not None:
                    visit(*span, columns)
                if progress is not None:
                    progress(span[1], plan.years)
        return YearEventLossTable(
            plan=plan,
            columns=store.columns(rows=digest.rows),
            labels=model.labels,
            model_digest=model.digest,
            digest=digest.finish(),
            rows=digest.rows,
        )


def find_kept(result: Path) -> Kept | None:
    """Return what the latest unfinished run to `result` left; None without any."""
    runs = sorted(parts_folder(result).glob("*/run.json"), key=lambda file: file.stat().st_mtime)
    if not runs:
        return None
    folder = runs[-1].parent
    done = sum(receipt.end - receipt.begin for receipt in list_receipts(folder))
    return Kept(done, int(json.loads(runs[-1].read_text(encoding="utf-8"))["years"]), folder)


def forget_parts(result: Path) -> None:
    """Remove what an unfinished run to `result` left: nobody will go on with it."""
    shutil.rmtree(parts_folder(result), ignore_errors=True)


def parts_of(yelt: YearEventLossTable) -> PartColumns | None:
    """Return the parts behind a loss table; None for one in memory."""
    return yelt.columns if isinstance(yelt.columns, PartColumns) else None


def is_engine_compiled() -> bool:
    """Return whether the first run, which compiles the kernels, is behind us."""
    return is_cache_warm("simulate_block")
