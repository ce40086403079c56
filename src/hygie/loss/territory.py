"""Care that a territory lacks, day by day: beds and emergency capacity, expected and on a bad day.

An event takes the same part of care away on each day of its outage; days run on into the next year, which is taken to
be the same year again (a year is like another). The scar that comes after an outage is not a lack of capacity and is
left out.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

__all__ = ["DAYS", "TerritoryTally"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

DAYS = 365
_HOURS = 24.0
# Levels are counted in bins that grow by 2 %: from a thousandth of a bed to ten million.
_LOWEST, _GROWTH, _BINS = 1e-3, 1.02, 1163
_EDGES = _LOWEST * _GROWTH ** np.arange(_BINS)


class TerritoryTally:
    """Levels of two kinds of loss per area and day, counted part by part.

    Parameters
    ----------
    area
        Area of each organisation [nodes], -1 for none.
    areas
        How many; one more is kept for all of them together.
    measures
        Names of what is lost.
    """

    def __init__(self, area: IntArray, areas: int, *, measures: tuple[str, ...]) -> None:
        self._area = area
        self.areas = areas
        self.measures = measures
        self.total = np.zeros((len(measures), areas + 1))
        self.counts = np.zeros((len(measures), areas + 1, _BINS + 1), np.int64)
        self.days = 0

    def add(
        self, *, year: IntArray, day: IntArray, node: IntArray, outage_h: FloatArray, lost: Mapping[str, FloatArray],
        years: int,
    ) -> None:  # fmt: skip
        """Add the rows of a part.

        Parameters
        ----------
        year
            Year inside the part [rows], below `years`.
        lost
            By measure: what each row lost during its outage [rows], in measure-days.
        """
        self.days += years * DAYS
        length = np.clip(np.ceil(outage_h / _HOURS), 1, DAYS).astype(np.int64)
        area = self._area[node]
        order = np.argsort(area, kind="stable")
        cuts = np.searchsorted(area[order], np.arange(self.areas + 1))
        for index, name in enumerate(self.measures):
            level = lost[name] / length
            for a in range(self.areas):
                mine = order[cuts[a] : cuts[a + 1]]
                self._count(index, a, year[mine], day[mine], length[mine], level[mine], years)
            self._count(index, self.areas, year, day, length, level, years)

    def _count(
        self, measure: int, area: int, year: IntArray, day: IntArray, length: IntArray, level: FloatArray, years: int
    ) -> None:
        some = level > 0.0
        if not some.any():
            return
        year, day, length, level = year[some], day[some], length[some], level[some]
        self.total[measure, area] += float((level * length).sum())
        base = year * DAYS
        stop = day + length
        over = stop > DAYS
        at = np.concatenate((base + day, base + np.minimum(stop, DAYS), base[over], base[over] + stop[over] - DAYS))
        change = np.concatenate((level, -level, level[over], -level[over]))
        # The level stands still between changes: days are not walked through one by one.
        days, which = np.unique(at, return_inverse=True)
        levels = np.cumsum(np.bincount(which, weights=change))
        held = np.diff(days, append=years * DAYS)
        lacking = levels >= _LOWEST
        bins = np.searchsorted(_EDGES, levels[lacking], side="right")
        self.counts[measure, area] += np.bincount(bins, weights=held[lacking], minlength=_BINS + 1).astype(np.int64)

    def mean(self, measure: str) -> FloatArray:
        """Return the expected level per area, all areas together last [areas + 1]."""
        return np.asarray(self.total[self.measures.index(measure)] / max(self.days, 1))

    def quantile(self, measure: str, share: float) -> FloatArray:
        """Return the level that a share of days exceeds, per area [areas + 1], to about 2 %."""
        counts = self.counts[self.measures.index(measure)]
        beyond = counts[:, ::-1].cumsum(axis=1)[:, ::-1]
        # The highest bin that more than `share` of days reach.
        reached = beyond > share * self.days
        last = np.where(reached.any(axis=1), _BINS - np.argmax(reached[:, ::-1], axis=1), 0)
        middle = np.concatenate(([0.0], _EDGES * np.sqrt(_GROWTH)))
        return np.asarray(np.where(last > 0, middle[last], 0.0))
