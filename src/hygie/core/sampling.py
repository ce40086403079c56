"""Epistemic samples of estimates, with a record of which estimate went where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import scipy
from numpy.typing import NDArray

from hygie.core.estimate import Estimate, draw_uniforms, draw_uniforms_each

__all__ = ["EpistemicSample", "logit"]

FloatArray = NDArray[np.float64]

# Draws of one estimate for several organisations that are kept [values].
_KEPT = 20_000


def logit(share: FloatArray) -> FloatArray:
    """Return log(p / (1 − p)), with p kept away from 0 and 1."""
    return np.asarray(scipy.special.logit(np.clip(share, 1e-9, 1.0 - 1e-9)), dtype=np.float64)


class EpistemicSample:
    """Draws of estimates by id, one Latin hypercube column each, and the lineage of compiled columns.

    Parameters
    ----------
    lookup
        Returns the estimate of an id, or raises.
    seed, draws
        The plan's seed and number of draws K.
    given
        Values [K] of some estimates, in place of draws from their distributions.
    moved
        Another seed, and which columns are drawn from it: one group of inputs taken from a second sample.
    """

    def __init__(
        self,
        lookup: Callable[[str], Estimate],
        *,
        seed: int,
        draws: int,
        given: Mapping[str, FloatArray] | None = None,
        moved: tuple[int, Callable[[str], bool]] | None = None,
    ) -> None:
        self._lookup = lookup
        self.seed = seed
        self.draws = draws
        self._moved = moved
        self._values: dict[str, FloatArray] = dict(given or {})
        self._lineage: dict[str, dict[str, None]] = {}
        self._members: dict[tuple[str, tuple[str, ...]], FloatArray] = {}

    def _seed_of(self, column: str) -> int:
        return self.seed if self._moved is None or not self._moved[1](column) else self._moved[0]

    def values(self, estimate: str, *, into: str | None = None) -> FloatArray:
        """Return the draws [K] of `estimate`, noting that they enter column `into`."""
        if estimate not in self._values:
            self._values[estimate] = self._lookup(estimate).sample(seed=self._seed_of(estimate), draws=self.draws)
        if into is not None:
            self.note(into, [estimate])
        return self._values[estimate]

    def centre(self, estimate: str, *, into: str | None = None) -> float:
        """Return the median of `estimate`, for structure that does not vary over draws."""
        if into is not None:
            self.note(into, [estimate])
        return self._lookup(estimate).distribution.quantile(0.5)

    def mean(self, estimate: str, *, into: str | None = None) -> float:
        """Return the mean of `estimate`."""
        if into is not None:
            self.note(into, [estimate])
        return self._lookup(estimate).distribution.mean()

    def values_for(self, estimate: str, *, who: str, into: str | None = None) -> FloatArray:
        """Return the draws [K] of `estimate` for one organisation: same distribution, draws of its own."""
        if into is not None:
            self.note(into, [estimate])
        uniforms = draw_uniforms(f"{estimate}@{who}", seed=self._seed_of(estimate), draws=self.draws)
        return self._lookup(estimate).distribution.ppf(uniforms)

    def values_for_each(self, estimate: str, *, whom: Sequence[str], into: str | None = None) -> FloatArray:
        """Return the draws [K, n] of `estimate` for many organisations, each as `values_for` gives it."""
        if into is not None:
            self.note(into, [estimate])
        members = (estimate, tuple(whom))
        if members in self._members:
            return self._members[members]
        names = [f"{estimate}@{who}" for who in whom]
        # One call for all: most of the time of a small call is its overhead.
        uniforms = draw_uniforms_each(names, seed=self._seed_of(estimate), draws=self.draws)
        values = self._lookup(estimate).distribution.ppf(uniforms)
        if values.size <= _KEPT:
            # A few facilities are asked about again and again, once per option; a whole sector only once.
            values.flags.writeable = False
            self._members[members] = values
        return values

    def uniforms(self, name: str) -> FloatArray:
        """Return a Latin hypercube column [K] for something that is not an estimate."""
        return draw_uniforms(name, seed=self._seed_of(name), draws=self.draws)

    def note(self, column: str, estimates: Iterable[str]) -> None:
        """Record that `estimates` entered `column`."""
        self._lineage.setdefault(column, {}).update(dict.fromkeys(estimates))

    @property
    def drawn(self) -> tuple[str, ...]:
        """Estimates whose draws have been asked for, in order of first use."""
        return tuple(self._values)

    @property
    def lineage(self) -> dict[str, tuple[str, ...]]:
        """Estimate ids by compiled column, in order of first use."""
        return {column: tuple(names) for column, names in self._lineage.items()}
