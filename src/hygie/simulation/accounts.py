"""An exact account of a simulation, loss item by loss item.

The loss table holds forms; this holds items, and through them FAIR-MAM modules. Every event is rounded once, to the
cent, and cents are added as integers: the account depends on neither threads nor blocks, and whatever way it is added
up, every cent is counted once.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import ModelError
from hygie.core.tables import FORMS, MODULES, YELT_COLUMNS
from hygie.core.waists import CompiledModel, SimulationPlan
from hygie.simulation.block import FREE, FULL, OVERFLOW, ROW_FIELDS, simulate_block
from hygie.simulation.layout import pack_model
from hygie.simulation.runners import DEFAULT_BLOCK
from hygie.simulation.streams import derive_keys

__all__ = ["LossAccount", "account_items"]

IntArray = NDArray[np.int64]

_COLUMNS = list(YELT_COLUMNS)
_DRAW, _FACILITY, _CLASS = (_COLUMNS.index(name) for name in ("draw", "facility", "threat_class"))


@dataclass(frozen=True, slots=True)
class LossAccount:
    """Totals over all simulated years [cents of EUR_2024].

    Parameters
    ----------
    economic, own
        By draw, threat class and loss item [K, classes, items]: economic loss, and what is left after compensation.
    forms, modules
        Form and module of each item [items], as indices in ``FORMS`` and ``MODULES``.
    """

    economic: IntArray
    own: IntArray
    forms: IntArray
    modules: IntArray

    @property
    def compensated(self) -> IntArray:
        """What public funds give back [K, classes, items]."""
        return self.economic - self.own

    def sum_by_form(self, cents: IntArray) -> IntArray:
        """Add items [..., items] up to forms [..., forms]."""
        return _add_up(cents, self.forms, len(FORMS))

    def sum_by_module(self, cents: IntArray) -> IntArray:
        """Add items [..., items] up to FAIR-MAM modules [..., modules]."""
        return _add_up(cents, self.modules, len(MODULES))


def _add_up(cents: IntArray, group: IntArray, groups: int) -> IntArray:
    total = np.zeros((*cents.shape[:-1], groups), dtype=np.int64)
    for item, index in enumerate(group):
        total[..., index] += cents[..., item]
    return total


def account_items(
    model: CompiledModel, plan: SimulationPlan, *, threads: int = 2, block_years: int = DEFAULT_BLOCK
) -> LossAccount:
    """Simulate `plan` once more and add up every loss item.

    Parameters
    ----------
    threads, block_years
        How the work is cut; the account does not depend on them.

    Raises
    ------
    ModelError
        The plan does not fit the model, or a year holds more events than a counter can name.
    """
    if plan.draws != model.draws:
        raise ModelError("plan and model differ in draws", value=plan.draws, allowed=str(model.draws))
    arrays = pack_model(model)
    forms = np.asarray(model.arrays["item_form"], dtype=np.int64)
    compensation = np.asarray(model.arrays["node_compensation"], dtype=np.float64)
    keys = derive_keys(plan.seed, plan.draws)
    starts = np.concatenate(([0], np.cumsum(plan.years_per_draw()))).astype(np.int64)
    forced = np.array([FREE, 0, 0], dtype=np.int64)
    shape = (plan.draws, len(model.labels.classes), forms.size)

    def run(begin: int, end: int) -> tuple[IntArray, IntArray]:
        capacity, written = end - begin + 64, FULL
        while written == FULL:
            rows = np.empty((capacity, ROW_FIELDS + forms.size))
            written = simulate_block(arrays, keys, starts, forced, begin, end, rows)
            capacity *= 2
        if written == OVERFLOW:
            raise ModelError(
                "more events of one process in one year than a counter can name",
                repair="check the rates: a yearly frequency this high is not a rare event",
            )
        draw, facility, kind = (rows[:written, column].astype(np.int64) for column in (_DRAW, _FACILITY, _CLASS))
        amounts = rows[:written, ROW_FIELDS:]
        kept = amounts * (1.0 - compensation[draw, facility][:, forms])
        part = np.zeros((2, *shape), dtype=np.int64)
        for total, values in zip(part, (amounts, kept), strict=True):
            np.add.at(total, (draw, kind), np.rint(100.0 * values).astype(np.int64))
        return part[0], part[1]

    economic, own = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    edges = [*range(0, plan.years, block_years), plan.years]
    with ThreadPoolExecutor(max_workers=max(threads, 1)) as pool:
        for paid, left in pool.map(run, *zip(*pairwise(edges), strict=True)):
            economic += paid
            own += left
    return LossAccount(
        economic=economic, own=own, forms=forms, modules=np.asarray(model.arrays["item_module"], dtype=np.int64)
    )
