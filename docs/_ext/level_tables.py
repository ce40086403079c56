"""Tables of the level of a threat class, fitted each time the pages are built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
from tables import Table

from hygie.core.distributions import Beta, Distribution
from hygie.core.estimate import Estimate
from hygie.core.sampling import EpistemicSample
from hygie.facility.blueprints import load_blueprints
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.packs import load_catalogue
from hygie.threat.counts import build_term, decimal_year, read_priors
from hygie.threat.histories import LevelDesign, measure_recovery
from hygie.threat.sector import fit_classes
from hygie.threat.summaries import FittedClass

__all__ = ["LEVEL_TABLES"]

_AS_OF = date(2026, 11, 23)
_CLASS = "ransomware"
_SYMBOLS = {
    "coverage": "coverage κ",
    "definition": "definition q",
    "out_of_scope": "out of scope o",
    "discount": "discount δ",
}
_REPLICATIONS = 250
_SCALES = (0.5, 0.75, 1.0, 1.25, 1.5)


@cache
def _catalogue() -> Catalogue:
    return load_catalogue(as_of=_AS_OF)


@cache
def _entities() -> int:
    return sum(stratum.entities for stratum in load_blueprints(_catalogue()).population.strata)


def _fit(catalogue: Catalogue) -> FittedClass:
    sample = EpistemicSample(catalogue.estimate, seed=1, draws=2)
    return fit_classes(catalogue, [_CLASS], entities=_entities(), sample=sample, as_of=_AS_OF)[_CLASS]


def _percent(values: tuple[float, ...]) -> str:
    low, middle, high = (f"{value:.2%}" if value < 0.1 else f"{value:.0%}" for value in values)
    return f"{middle} ({low} to {high})"


def _level() -> Table:
    """Return the rate of ransomware before and after the counts, per legal entity and per site."""
    found = _fit(_catalogue()).summary
    low, median, high, _ = found.per_site()
    rows = [
        ("legal entity, before the counts", _percent((found.prior_low, found.prior_median, found.prior_high)), ""),
        ("legal entity", _percent((found.low, found.median, found.high)), f"{found.spread:.2f}"),
        ("site", _percent((low, median, high)), f"{high / low:.2f}"),
    ]
    return ("events a year per", "median (5 % to 95 %)", "95 % over 5 %"), rows


def _prior_to_posterior() -> Table:
    """Return what was believed of κ, q, o and δ before the counts of ransomware, and after."""
    rows = [
        (_SYMBOLS[row.kind], row.key, _percent(row.prior), _percent(row.posterior))
        for row in _fit(_catalogue()).summary.nuisances
    ]
    return ("unknown", "source", "before the counts", "after"), rows


def _compared() -> Table:
    """Return counts beside what was expected of them."""
    rows = []
    for row in _fit(_catalogue()).summary.compared:
        expected = "" if row.median is None else f"{row.median} ({row.low} to {row.high})"
        if row.basis == "larger_count":
            expected += ", given the larger counts"
        inside = {True: "inside", False: "**outside**", None: ""}[row.inside]
        observed = f"at least {row.observed}" if row.at_least else str(row.observed)
        share = "" if row.share is None else _percent(row.share.posterior)
        rows.append((f"`{row.ref}`", row.role, observed, expected, inside, share))
    return ("count", "role", "observed", "expected, median (5 % to 95 %)", "", "share of the larger count, after"), rows


def _three_coverages() -> Table:
    """Return the level under lower and higher beliefs in coverage."""
    rows = []
    for label, scale in (("a quarter lower", 0.75), ("as in the pack", 1.0), ("a quarter higher", 1.25)):
        found = _fit(_scale_coverage(_catalogue(), scale)).summary
        per_year = f"{found.median * found.entities:.0f}"
        rows.append((label, _percent((found.low, found.median, found.high)), per_year))
    return ("prior of every κ", "events a year per legal entity", "in the sector, median"), rows


def _scale_coverage(catalogue: Catalogue, scale: float) -> Catalogue:
    def changed(estimate: Estimate) -> Estimate:
        if not estimate.id.startswith("threat.coverage"):
            return estimate
        return replace(estimate, distribution=_scale_beta(estimate.distribution, scale))

    return replace(
        catalogue,
        estimates={name: changed(estimate) for name, estimate in catalogue.estimates.items()},
        earlier={name: tuple(changed(item) for item in items) for name, items in catalogue.earlier.items()},
    )


def _scale_beta(prior: Distribution, scale: float) -> Distribution:
    assert isinstance(prior, Beta)
    return Beta.from_mean(scale * prior.mean(), prior.a + prior.b)


def _misspecified() -> Table:
    """Return how far the level is off, and how often its band misses, when the priors of coverage are wrong."""
    catalogue = _catalogue()
    fitted = _fit(catalogue)
    priors = read_priors(catalogue, fitted.counts)
    design = LevelDesign(
        terms=tuple(build_term(catalogue, count, entities=_entities()) for count in fitted.counts),
        prior_shape=fitted.level.prior[0],
        prior_median=fitted.summary.prior_median,
        coverage=priors.coverage,
        definition=priors.definition,
        out_of_scope=priors.out_of_scope,
        discount=catalogue.estimate("threat.discount").distribution,
        as_of=decimal_year(_AS_OF),
    )
    rows = []
    for scale in _SCALES:
        found = measure_recovery(
            design, replications=_REPLICATIONS, generator=np.random.default_rng(7), coverage_scale=scale
        )
        rows.append((f"× {scale:g}", f"× {np.exp(np.median(found.log_error)):.2f}", f"{found.coverage(0.9):.0%}"))
    header = (
        "true coverage over its prior",
        "median estimate over the true rate",
        "90 % bands that hold the true rate",
    )
    return header, rows


LEVEL_TABLES: dict[str, Callable[[], Table]] = {
    "level": _level,
    "level-compared": _compared,
    "level-coverages": _three_coverages,
    "level-misspecified": _misspecified,
    "level-priors": _prior_to_posterior,
}
