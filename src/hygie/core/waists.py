"""The two waists of the hourglass: what crosses from belief to computation, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import ModelError
from hygie.core.ids import digest_arrays, digest_columns
from hygie.core.tables import COMPILED_COLUMNS, YELT_COLUMNS

__all__ = ["CompiledModel", "Labels", "SimulationPlan", "YearEventLossTable"]

AnyArray = NDArray[np.generic]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What the indices of the arrays mean: names for people, never read by a kernel."""

    nodes: tuple[str, ...]
    templates: tuple[str, ...]
    zones: tuple[tuple[str, ...], ...]
    processes: tuple[str, ...]
    classes: tuple[str, ...]
    vectors: tuple[str, ...]
    actors: tuple[str, ...]
    controls: tuple[str, ...]
    types: tuple[str, ...]
    services: tuple[str, ...]
    items: tuple[str, ...]
    drivers: tuple[str, ...]
    links: tuple[str, ...]
    providers: tuple[str, ...]
    clients: tuple[str, ...]
    campaigns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledModel:
    """Waist 1: arrays only, each defined in the column dictionary.

    Parameters
    ----------
    draws
        Number of epistemic draws K: the length of every `draw` axis.
    arrays
        One array per entry of ``COMPILED_COLUMNS``, C-contiguous, read-only.
    lineage
        For each array, the ids of the estimates that entered it.
    """

    draws: int
    arrays: Mapping[str, AnyArray]
    labels: Labels
    lineage: Mapping[str, tuple[str, ...]]
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        missing = COMPILED_COLUMNS.keys() - self.arrays.keys()
        extra = self.arrays.keys() - COMPILED_COLUMNS.keys()
        if missing or extra:
            raise ModelError(
                "compiled arrays do not match the column dictionary",
                value=f"missing {sorted(missing)}, unknown {sorted(extra)}",
                repair="add the column to core/tables.py or fill it in scenario",
            )
        frozen: dict[str, AnyArray] = {}
        for name, column in COMPILED_COLUMNS.items():
            array = np.ascontiguousarray(self.arrays[name], dtype=column.dtype)
            if array.ndim != len(column.axes):
                raise ModelError(f"array “{name}” has {array.ndim} axes", allowed=", ".join(column.axes), field=name)
            if column.axes[0] == "draw" and array.shape[0] != self.draws:
                raise ModelError(f"array “{name}” holds {array.shape[0]} draws", allowed=str(self.draws), field=name)
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise ModelError(f"array “{name}” holds values that are not finite", field=name)
            array.flags.writeable = False
            frozen[name] = array
        object.__setattr__(self, "arrays", frozen)
        object.__setattr__(self, "digest", digest_arrays(frozen))


@dataclass(frozen=True, slots=True)
class SimulationPlan:
    """How many years each epistemic draw simulates: `years` in total, spread evenly over `draws`."""

    years: int
    draws: int
    seed: int

    def __post_init__(self) -> None:
        if self.draws < 1 or self.years < 2 * self.draws:
            raise ModelError(
                "too few simulated years for the draws",
                value=f"{self.years} years, {self.draws} draws",
                allowed="draws ≥ 1, and at least two years per draw",
                repair="raise --years or lower --draws",
            )
        if self.seed < 0:
            raise ModelError("a seed is a whole number ≥ 0", value=self.seed, repair="use --seed 1")

    def years_per_draw(self) -> NDArray[np.int64]:
        """Return the number of years of each draw [draws]; the first draws take the remainder."""
        base, rest = divmod(self.years, self.draws)
        return np.array([base + (draw < rest) for draw in range(self.draws)], dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class YearEventLossTable:
    """Waist 2: one row per event that touched an assessed organisation; years without a row had none.

    Rows are ordered by draw and year; within a year, attempts by organisation with their rebounds, then providers, then
    campaigns: the same order whatever the number of threads.

    Parameters
    ----------
    columns
        One array per entry of ``YELT_COLUMNS``. They may lie on disk, each read when it is asked for.
    digest, rows
        Digest of the columns and number of rows, where they are known already; worked out otherwise.
    """

    plan: SimulationPlan
    columns: Mapping[str, AnyArray]
    labels: Labels
    model_digest: str
    digest: str = ""
    rows: int = -1

    def __post_init__(self) -> None:
        if set(self.columns) != set(YELT_COLUMNS):
            raise ModelError("columns of the loss table do not match the dictionary")
        if not self.digest:
            object.__setattr__(self, "digest", digest_columns(self.columns))
        if self.rows < 0:
            object.__setattr__(self, "rows", int(self.columns["year"].shape[0]))

    def __len__(self) -> int:
        return self.rows
