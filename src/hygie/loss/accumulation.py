"""What a portfolio loses, and where it piles up: sums by year and group, taken part by part in a fixed order.

Contribution to TVaR: mean loss of a group in the worst years of the portfolio, the Euler allocation of a coherent risk
measure (Tasche 2000, arXiv cond-mat/0104295; Kalkbrener 2005, doi:10.1111/j.1467-9965.2005.00227.x): contributions of
groups that partition the portfolio add up to its TVaR.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import ModelError
from hygie.core.tables import ORIGINS
from hygie.loss.curves import find_rank, read_order_statistic
from hygie.loss.tables import YearLossTable

__all__ = ["OWN_SITE", "GroupLoss", "PortfolioTally", "allocate_tail", "choose_tail_years", "summarise_group"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Columns = Mapping[str, NDArray[np.generic]]

_OWN, _NEIGHBOUR, _PROVIDER = (ORIGINS.index(name) for name in ("own", "neighbour", "provider"))
# Where what came from another site of the same owner is counted: after the origins of rows.
OWN_SITE = len(ORIGINS)
# Occurrences of one process in one year are below 4,096.
_OCCURRENCES = 4096


@dataclass(slots=True, kw_only=True)
class PortfolioTally:
    """Running sums over parts; `add` them in order.

    Parameters
    ----------
    years
        Simulated years in all.
    nodes, roots
        Organisations; and things that can begin an event of one kind, at most.
    groups
        By name of a division: the group of each organisation [nodes], -1 for none, and how many groups there are.
    classes, providers, processes
        Number of threat classes, of providers and of attack processes.
    owner
        Legal entity of each organisation [nodes]; each is its own when None. What came along a link from an attack on
        the same entity did not come through others.
    """

    years: int
    nodes: int
    roots: int
    classes: int
    providers: int
    groups: Mapping[str, tuple[IntArray, int]]
    processes: int = 1
    owner: IntArray | None = None
    loss: FloatArray = field(init=False)
    own: FloatArray = field(init=False)
    largest: FloatArray = field(init=False)
    bed_days: FloatArray = field(init=False)
    visits: FloatArray = field(init=False)
    widest: IntArray = field(init=False)
    by_group: dict[str, FloatArray] = field(init=False)
    by_class: FloatArray = field(init=False)
    by_origin: FloatArray = field(init=False)
    by_provider: FloatArray = field(init=False)
    provider_events: IntArray = field(init=False)
    provider_widest: IntArray = field(init=False)
    facility_loss: FloatArray = field(init=False)
    facility_through: FloatArray = field(init=False)
    facility_bed_days: FloatArray = field(init=False)
    facility_events: IntArray = field(init=False)
    generations: IntArray = field(init=False)
    rows: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        n, f = self.years, self.nodes
        self.loss, self.own, self.largest = np.zeros(n), np.zeros(n), np.zeros(n)
        self.bed_days, self.visits, self.widest = np.zeros(n), np.zeros(n), np.zeros(n, np.int64)
        self.by_group = {name: np.zeros((count, n)) for name, (_, count) in self.groups.items()}
        self.by_class, self.by_origin = np.zeros((self.classes, n)), np.zeros((OWN_SITE + 1, n))
        self.by_provider = np.zeros((self.providers, n))
        self.provider_events = np.zeros(self.providers, np.int64)
        self.provider_widest = np.zeros(self.providers, np.int64)
        self.facility_loss, self.facility_through = np.zeros(f), np.zeros(f)
        self.facility_bed_days, self.facility_events = np.zeros(f), np.zeros(f, np.int64)
        self.generations = np.zeros(1, np.int64)

    def add(self, columns: Columns, *, begin: int, end: int) -> None:
        """Add the rows of years `begin` to `end` (not included)."""
        year = np.asarray(columns["year"], np.int64) - begin
        span = end - begin
        if year.size and (int(year.min()) < 0 or int(year.max()) >= span):
            raise ModelError("a row lies outside its part", value=f"{begin} to {end - 1}")
        if not year.size:
            return
        loss = np.asarray(columns["loss_eur"], np.float64)
        node = np.asarray(columns["facility"], np.int64)
        origin = self._tell_own_sites(columns, node)
        beds = np.asarray(columns["bed_days_lost"], np.float64)
        here = slice(begin, end)
        self.rows += year.size
        for total, values in (
            (self.loss, loss),
            (self.own, np.asarray(columns["loss_own_eur"], np.float64)),
            (self.bed_days, beds),
            (self.visits, np.asarray(columns["visits_diverted"], np.float64)),
        ):
            total[here] = np.bincount(year, values, minlength=span)
        for name, (group, count) in self.groups.items():
            mine = group[node]
            kept = mine >= 0
            self.by_group[name][:, here] = _sum_pairs(mine[kept], year[kept], loss[kept], count, span)
        self.by_class[:, here] = _sum_pairs(
            np.asarray(columns["threat_class"], np.int64), year, loss, self.classes, span
        )
        self.by_origin[:, here] = _sum_pairs(origin, year, loss, OWN_SITE + 1, span)
        self.facility_loss += np.bincount(node, loss, minlength=self.nodes)
        self.facility_bed_days += np.bincount(node, beds, minlength=self.nodes)
        self.facility_events += np.bincount(node, minlength=self.nodes)
        came = (origin == _NEIGHBOUR) | (origin == _PROVIDER)
        self.facility_through += np.bincount(node[came], loss[came], minlength=self.nodes)
        generation = np.bincount(np.asarray(columns["generation"], np.int64))
        longer = np.zeros(max(self.generations.size, generation.size), np.int64)
        longer[: self.generations.size] += self.generations
        longer[: generation.size] += generation
        self.generations = longer
        self._add_events(columns, year, loss, begin=begin)

    def _tell_own_sites(self, columns: Columns, node: IntArray) -> IntArray:
        """Return the origin of each row, `OWN_SITE` for what came from an attack on the same owner."""
        origin = np.asarray(columns["origin"], np.int64)
        if self.owner is None:
            return origin
        begun = np.asarray(columns["root"], np.int64) == _OWN
        first = np.where(begun, np.asarray(columns["root_index"], np.int64) // self.processes, 0)
        same = begun & (self.owner[first] == self.owner[node])
        return np.where(same & (origin == _NEIGHBOUR), OWN_SITE, origin)

    def _add_events(self, columns: Columns, year: IntArray, loss: FloatArray, *, begin: int) -> None:
        """Rows of one event, one per organisation, make one event of the portfolio."""
        root = np.asarray(columns["root"], np.int64)
        index = np.asarray(columns["root_index"], np.int64)
        occurrence = np.asarray(columns["occurrence"], np.int64)
        key = ((year * len(ORIGINS) + root) * self.roots + index) * _OCCURRENCES + occurrence
        event, first, which = np.unique(key, return_index=True, return_inverse=True)
        total = np.bincount(which, loss, minlength=event.size)
        hit = np.bincount(which, minlength=event.size)
        np.maximum.at(self.largest, begin + year[first], total)
        np.maximum.at(self.widest, begin + year[first], hit)
        by = np.flatnonzero(root[first] == _PROVIDER)
        provider = index[first][by]
        np.add.at(self.by_provider, (provider, begin + year[first][by]), total[by])
        self.provider_events += np.bincount(provider, minlength=self.providers)
        np.maximum.at(self.provider_widest, provider, hit[by])

    def year_table(self, plan_years: IntArray) -> YearLossTable:
        """Return the year loss table of the portfolio: one row of an event is the event at all organisations."""
        kept = np.flatnonzero(self.loss > 0.0)
        sums = self.loss[kept]
        return YearLossTable(
            years_per_draw=plan_years, year=kept, annual_sum=sums, annual_max=np.minimum(self.largest[kept], sums)
        )


def _sum_pairs(code: IntArray, year: IntArray, loss: FloatArray, codes: int, years: int) -> FloatArray:
    flat = np.bincount(code * years + year, loss, minlength=codes * years)
    return np.asarray(flat, np.float64).reshape(codes, years)


def choose_tail_years(annual: FloatArray, *, level: float) -> tuple[IntArray, FloatArray]:
    """Return the worst years and their weights, which add up to one: what TVaR at `level` is the mean of.

    Years that tie at the threshold share what is left (Acerbi & Tasche 2002, doi:10.1016/S0378-4266(02)00283-2).
    """
    share = 1.0 - level
    n = annual.size
    threshold = read_order_statistic(np.sort(annual), n_years=n, rank=find_rank(share, n_years=n))
    above = np.flatnonzero(annual > threshold)
    ties = np.flatnonzero(annual == threshold)
    years = np.concatenate([above, ties])
    rest = max(share * n - above.size, 0.0)
    weights = np.concatenate([np.ones(above.size), np.full(ties.size, rest / max(ties.size, 1))]) / (share * n)
    kept = weights > 0.0
    order = np.argsort(years[kept], kind="stable")
    return years[kept][order], weights[kept][order]


def allocate_tail(by_year: FloatArray, years: IntArray, weights: FloatArray) -> FloatArray:
    """Return the contribution of each group to TVaR [groups], from its annual losses [groups, years]."""
    return np.asarray(by_year[:, years] @ weights)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLoss:
    """Losses of one group.

    Parameters
    ----------
    aal, aal_error
        Average annual loss, and its Monte Carlo error.
    loss_100
        Annual loss of the group that 1 year in 100 exceeds.
    tail
        Contribution to the TVaR of the portfolio.
    p_hit
        Probability of a year with a loss.
    """

    aal: float
    aal_error: float
    loss_100: float
    tail: float
    p_hit: float


def summarise_group(annual: FloatArray, *, tail: float) -> GroupLoss:
    """Return the figures of one group from its annual losses [years]."""
    n = annual.size
    return GroupLoss(
        aal=float(annual.mean()),
        aal_error=float(annual.std() / np.sqrt(n)),
        loss_100=read_order_statistic(np.sort(annual), n_years=n, rank=find_rank(0.01, n_years=n)),
        tail=tail,
        p_hit=float((annual > 0.0).mean()),
    )
