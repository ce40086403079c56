"""The financial terms of one programme on the rows of a loss table: compiled.

For each insured year, for each event of it by day, then by row::

    x_c = Σ forms of coverage c            activity × max(0, outage - waiting) / outage
    y   = Σ_c min(sub-limit_c, max(0, x_c - deductible_c))
    y   = max(0, y - deductible)           0 when the complaint was missed
    z_l = min(limit_l, max(0, y - attachment_l))
    a_l = what of z_l passes the annual deductible and still fits the annual limit
    paid = Σ_l share_l · a_l

The twin in ``loss/terms_twin.py`` says the same in plain NumPy.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hygie.loss.kernels import kernel

__all__ = ["LAYER_FIELDS", "run_terms"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Columns of the table of layers.
LAYER_FIELDS = (
    "attachment",
    "limit",
    "aggregate_deductible",
    "annual_limit",
    "share",
    "reinstated",
    "reinstatement_rate",
    "by_time",
)

_DAYS = 365
_SHORT = 24


@kernel
def run_terms(
    starts: IntArray,
    day: NDArray[np.int16],
    outage_h: FloatArray,
    forms: tuple[FloatArray, ...],
    factor: FloatArray,
    filed: NDArray[np.uint8],
    coverage_of: IntArray,
    accrues: NDArray[np.uint8],
    coverages: FloatArray,
    deductible: float,
    layers: FloatArray,
    priced: IntArray,
    paid: FloatArray,
    annual: FloatArray,
    full: NDArray[np.uint8],
    extra: FloatArray,
) -> None:  # pragma: no cover - compiled
    """Fill what is paid per row, and per layer and insured year.

    Parameters
    ----------
    starts
        First row of each insured year, and the number of rows [groups + 1].
    day, outage_h
        [rows] Day of the year, hours of outage [h].
    forms
        One column per form of loss [rows] each [EUR_2024].
    factor
        Share of the loss that is insured, [rows], or [0] for all of it.
    filed
        1 where the complaint was filed in time, [rows], or [0] for always.
    coverage_of, accrues
        [forms] Coverage of a form, -1 for none; 1 when it grows with the hours of outage.
    coverages
        [coverages, 3] Waiting period [h], deductible, sub-limit [EUR_2024].
    layers
        [layers, len(LAYER_FIELDS)]
    priced
        [layers] Column of `extra`, -1 when reinstatements are free.
    paid
        Out [rows].
    annual, full
        Out [groups, layers]: paid in the year; 1 when an event went through the top of the layer.
    extra
        Out [groups, priced layers] Reinstatement premiums of the year.
    """
    n_layers = layers.shape[0]
    n_coverages = coverages.shape[0]
    used = np.zeros(n_layers)
    spent = np.zeros(n_layers)
    head = np.zeros(n_coverages)
    short = np.empty(_SHORT, dtype=np.int64)
    slots = np.zeros(_DAYS + 2, dtype=np.int64)
    long = np.empty(0, dtype=np.int64)
    for g in range(starts.shape[0] - 1):
        first = starts[g]
        count = starts[g + 1] - first
        # Stable order by day: insertion for the usual few, counting for a year of a whole portfolio.
        if count <= _SHORT:
            order = short
            for i in range(count):
                row = first + i
                j = i - 1
                while j >= 0 and day[order[j]] > day[row]:
                    order[j + 1] = order[j]
                    j -= 1
                order[j + 1] = row
        else:
            if long.shape[0] < count:
                long = np.empty(count, dtype=np.int64)
            order = long
            slots[:] = 0
            for i in range(count):
                slots[min(max(day[first + i], 0), _DAYS) + 1] += 1
            for d in range(_DAYS + 1):
                slots[d + 1] += slots[d]
            for i in range(count):
                d = min(max(day[first + i], 0), _DAYS)
                order[slots[d]] = first + i
                slots[d] += 1
        used[:] = 0.0
        spent[:] = 0.0
        for i in range(count):
            row = order[i]
            y = 0.0
            if filed.shape[0] == 0 or filed[row] != 0:
                head[:] = 0.0
                hours = outage_h[row]
                for f in range(len(forms)):
                    c = coverage_of[f]
                    if c < 0:
                        continue
                    x = forms[f][row]
                    if accrues[f] != 0 and coverages[c, 0] > 0.0:
                        x = x * (hours - coverages[c, 0]) / hours if hours > coverages[c, 0] else 0.0
                    head[c] += x
                scale = 1.0 if factor.shape[0] == 0 else factor[row]
                for c in range(n_coverages):
                    y += min(coverages[c, 2], max(0.0, head[c] * scale - coverages[c, 1]))
                y = max(0.0, y - deductible)
            total = 0.0
            if y > 0.0:
                for k in range(n_layers):
                    z = y - layers[k, 0]
                    if z <= 0.0:
                        continue
                    if z >= layers[k, 1]:
                        z = layers[k, 1]
                        full[g, k] = 1
                    before = max(0.0, used[k] - layers[k, 2])
                    used[k] += z
                    amount = min(max(0.0, used[k] - layers[k, 2]) - before, layers[k, 3] - spent[k])
                    if amount <= 0.0:
                        continue
                    if priced[k] >= 0:
                        back = min(spent[k] + amount, layers[k, 5]) - min(spent[k], layers[k, 5])
                        rest = 1.0 - day[row] / _DAYS if layers[k, 7] != 0.0 else 1.0
                        extra[g, priced[k]] += layers[k, 6] * back * rest
                    spent[k] += amount
                    share = layers[k, 4] * amount
                    annual[g, k] += share
                    total += share
            paid[row] = total
