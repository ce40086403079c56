"""Waist 1 of typed scenarios: a register of FAIR scenarios as arrays, and its year table at waist 2.

Axes: draw (belief), scenario, form (one loss form of one scenario), table (a quantile function), line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import ModelError
from hygie.core.ids import check_entities, digest_arrays
from hygie.core.waists import SimulationPlan

__all__ = [
    "CELLS_PER_OCTAVE",
    "FORM_NAMES",
    "MAX_RATE_PER_Y",
    "OCTAVES",
    "TypedModel",
    "TypedResult",
    "average_table",
    "draw_from_table",
    "place_nodes",
    "tabulate_quantiles",
]

FloatArray = NDArray[np.float64]

FORM_NAMES = (
    "unsplit",
    "productivity",
    "response",
    "replacement",
    "competitive_advantage",
    "fines_judgements",
    "reputation",
)
"""Forms of loss of Open FAIR (O-RT 3.0.1, section 4.2), after a magnitude that is not split."""

OCTAVES = 32
CELLS_PER_OCTAVE = 64
MAX_RATE_PER_Y = 500.0

_COLUMNS: dict[str, tuple[str, tuple[str, ...]]] = {
    "entity": ("uint64", ("scenario",)),
    "rate_per_y": ("float64", ("draw", "scenario")),
    "push_table": ("int64", ("scenario",)),
    "hold_table": ("int64", ("scenario",)),
    "push_factor": ("float64", ("draw", "scenario")),
    "hold_shift": ("float64", ("draw", "scenario")),
    "secondary_share": ("float64", ("draw", "scenario")),
    "loss_cap_eur": ("float64", ("scenario",)),
    "deductible_eur": ("float64", ("scenario",)),
    "limit_eur": ("float64", ("scenario",)),
    "annual_limit_eur": ("float64", ("scenario",)),
    "form_ptr": ("int64", ("scenario+1",)),
    "form_name": ("int64", ("form",)),
    "form_secondary": ("int64", ("form",)),
    "form_entity": ("uint64", ("form",)),
    "form_table": ("int64", ("form",)),
    "form_factor": ("float64", ("draw", "form")),
    "tables": ("float64", ("table", "line", "intercept or slope")),
}


def place_nodes() -> FloatArray:
    """Return the probabilities in (0, ½] where quantiles are tabulated: 64 equal cells per halving, 32 halvings.

    A word w of 32 bits stands for u = (w + ½) / 2³². Folded at ½, it is a distance t + ½ from 0 or from 1, in units
    of 2⁻³²: its binary exponent names the octave, the first six bits of its mantissa the cell.
    """
    octave = np.repeat(np.arange(-1, OCTAVES - 1), CELLS_PER_OCTAVE)
    cell = np.tile(np.arange(CELLS_PER_OCTAVE), OCTAVES)
    inner = np.ldexp(1.0 + cell / CELLS_PER_OCTAVE, octave)
    return np.append(inner, np.ldexp(1.0, OCTAVES - 1)) * 2.0**-32


def tabulate_quantiles(ppf: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Return a quantile function as straight lines in the folded word, lower side then upper side [4,096, 2].

    Line i gives ``line[i, 0] + line[i, 1] × (t + ½)``. Cells halve with the distance from either end, so a tail keeps
    its shape down to 2⁻³³; for a lognormal with σ = 2 the relative error stays below 1e-4
    (`tests/oracle/test_typed_tables.py`).

    Parameters
    ----------
    ppf
        Quantile function of probabilities in (0, 1).
    """
    nodes = place_nodes()
    sides = []
    for value in (ppf(nodes), ppf(1.0 - nodes)):
        slope = np.diff(value) / (np.diff(nodes) * 2.0**32)
        sides.append(np.stack([value[:-1] - slope * nodes[:-1] * 2.0**32, slope], axis=-1))
    return np.concatenate(sides).astype(np.float64)


def draw_from_table(table: FloatArray, words: NDArray[np.uint32]) -> FloatArray:
    """Return the tabulated quantiles of 32-bit words, as kernels read them."""
    folded = words.astype(np.uint32).view(np.int32).astype(np.float64) + 0.5
    mantissa, exponent = np.frexp(np.abs(folded))
    cell = exponent * CELLS_PER_OCTAVE + ((2.0 * mantissa - 1.0) * CELLS_PER_OCTAVE).astype(np.int64)
    line = table[cell + OCTAVES * CELLS_PER_OCTAVE * (folded < 0.0)]
    return np.asarray(line[:, 0] + line[:, 1] * np.abs(folded), dtype=np.float64)


def average_table(table: FloatArray) -> float:
    """Return the mean of what kernels draw from a table: straight lines have the value of their middle as mean."""
    nodes = place_nodes() * 2.0**32
    width = np.diff(nodes)
    middle = 0.5 * (nodes[1:] + nodes[:-1])
    # Below the first node lies nothing: the smallest word stands on it.
    width[0] += nodes[0]
    half = [float(((side[:, 0] + side[:, 1] * middle) * width).sum()) for side in np.split(table, 2)]
    return sum(half) / 2.0**32


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedModel:
    """Typed scenarios as arrays.

    An attempt is a loss event when ``push × push_factor > hold + hold_shift``: push is threat capability, hold is
    resistance strength; where susceptibility is typed, push is susceptibility and hold is uniform on (0, 1).

    Parameters
    ----------
    draws
        Number of epistemic draws.
    names
        Ids of the scenarios, sorted: the order of a register never changes a figure.
    arrays
        One array per column; see the source for axes.
    """

    draws: int
    names: tuple[str, ...]
    arrays: Mapping[str, NDArray[np.generic]]
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        if set(self.arrays) != set(_COLUMNS):
            raise ModelError("arrays of a typed model do not match", value=sorted(set(self.arrays) ^ set(_COLUMNS)))
        if list(self.names) != sorted(set(self.names)):
            raise ModelError("scenarios of a typed model are not sorted by id", value=self.names)
        frozen: dict[str, NDArray[np.generic]] = {}
        for name, (dtype, axes) in _COLUMNS.items():
            array = np.array(self.arrays[name], dtype=dtype, order="C")
            if array.ndim != len(axes) or (axes[0] == "draw" and array.shape[0] != self.draws):
                raise ModelError(f"array “{name}” has shape {array.shape}", field=name, allowed=", ".join(axes))
            if array.dtype.kind == "f" and np.isnan(array).any():
                raise ModelError(f"array “{name}” holds what is not a number", field=name)
            array.flags.writeable = False
            frozen[name] = array
        rate = np.asarray(frozen["rate_per_y"])
        if rate.size and not (float(rate.min()) >= 0.0 and float(rate.max()) <= MAX_RATE_PER_Y):
            raise ModelError(
                "a frequency is out of range",
                field="rate_per_y",
                value=float(rate.max()),
                allowed=f"0 to {MAX_RATE_PER_Y:g} attempts a year",
                repair="an attempt this frequent is noise: count only attempts that could become a loss",
            )
        check_entities(np.asarray(frozen["entity"], dtype=np.uint64), names=self.names)
        object.__setattr__(self, "arrays", frozen)
        object.__setattr__(self, "digest", digest_arrays(frozen))


@dataclass(frozen=True, kw_only=True)
class TypedResult:
    """Years and loss events of typed scenarios.

    Parameters
    ----------
    gross_sum_eur, gross_max_eur
        [years] Sum and largest loss event of the year, before terms.
    paid_sum_eur, paid_max_eur
        [years] What per-event and annual terms let through: sum, and the most of one event.
    scenario_gross_eur, scenario_paid_eur
        [scenarios, years] Sums by scenario.
    attempts, losses
        [scenarios] Number of attempts and of loss events in all years.
    events
        One row per loss event, ordered by year, scenario, number of the attempt; empty when events were not asked for.
    """

    plan: SimulationPlan
    names: tuple[str, ...]
    model_digest: str
    gross_sum_eur: FloatArray
    gross_max_eur: FloatArray
    paid_sum_eur: FloatArray
    paid_max_eur: FloatArray
    scenario_gross_eur: FloatArray
    scenario_paid_eur: FloatArray
    attempts: NDArray[np.int64]
    losses: NDArray[np.int64]
    events: Mapping[str, NDArray[np.generic]]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all of it, computed when asked for: it takes longer than a quarter of the simulation."""
        arrays = {
            name: getattr(self, name)
            for name in (
                "gross_sum_eur",
                "gross_max_eur",
                "paid_sum_eur",
                "paid_max_eur",
                "scenario_gross_eur",
                "scenario_paid_eur",
                "attempts",
                "losses",
            )
        }
        return digest_arrays({**arrays, **dict(self.events)})
