"""From published counts to the terms of the filter, and to the figures that are only compared with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from hygie.core.distributions import Distribution
from hygie.core.errors import Finding, ModelError
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.double_counts import find_double_counts
from hygie.knowledge.records import CountObservation
from hygie.threat.actors import start_of
from hygie.threat.level import CountTerm

__all__ = [
    "CommonState",
    "SourcePriors",
    "build_term",
    "coverage_key",
    "decimal_year",
    "exposure_of",
    "has_priors",
    "read_priors",
    "select_counts",
]

CommonState = Callable[[CountObservation], float]


@dataclass(frozen=True, slots=True)
class SourcePriors:
    """Priors of κ by coverage key, of q and o by source, and the estimates that they come from."""

    coverage: dict[str, Distribution]
    definition: dict[str, Distribution]
    out_of_scope: dict[str, Distribution]
    estimates: tuple[str, ...]


def decimal_year(day: date) -> float:
    """Return a date as a decimal year."""
    start = date(day.year, 1, 1)
    return day.year + (day - start).days / ((date(day.year + 1, 1, 1) - start).days)


def select_counts(catalogue: Catalogue, threat_class: str, *, as_of: date, role: str) -> list[CountObservation]:
    """Return the counts of a class with a role, known on `as_of` (published, and window closed).

    Raises
    ------
    ModelError
        When the same events would enter the level twice, or under a worse figure than a known one.
    """
    known = [
        count for count in catalogue.counts if count.threat_class == threat_class and _is_known(catalogue, count, as_of)
    ]
    if role == "level":
        _refuse_double_counts(known, catalogue)
    return [count for count in known if count.role == role]


def _is_known(catalogue: Catalogue, count: CountObservation, as_of: date) -> bool:
    published = [catalogue.evidence[ref].published_on for ref in count.evidence]
    late = [text for text in published if text is not None and start_of(text) > as_of]
    return start_of(count.window_end) <= as_of and len(late) < len(published)


def exposure_of(count: CountObservation, *, entities: int) -> float:
    """Return the entity-years of a count's window, both of its ends included."""
    days = (start_of(count.window_end) - start_of(count.window_start)).days + 1
    return entities * days / 365.25


def build_term(
    catalogue: Catalogue, count: CountObservation, *, entities: int, common_state: CommonState | None = None
) -> CountTerm:
    """Return a count as a term of the filter: one step at the end of its window, whatever its length.

    Parameters
    ----------
    entities
        Legal entities of the population.
    common_state
        State g of the sector during the window of a count; 1 when not given.
    """
    return CountTerm(
        ref=count.ref,
        count=count.count,
        exposure=exposure_of(count, entities=entities),
        at=decimal_year(start_of(count.window_end)),
        source=count.source_kind,
        coverage=coverage_key(catalogue, count),
        within_population=not count.out_of_scope,
        multiplier=1.0 if common_state is None else common_state(count),
    )


def read_priors(catalogue: Catalogue, counts: Iterable[CountObservation]) -> SourcePriors:
    """Return the priors that counts need, from the parameters `threat.coverage.<source>` and so on.

    - Dated values of a coverage are steps: the value in force in the middle of the window holds for the count.
    - “At least” counts take `threat.coverage_at_least.<source>`, which must lie below the ordinary coverage.
    - A count that keeps to the population (`out_of_scope: false`) needs no o.

    Raises
    ------
    ModelError
        When an “at least” count is believed to be at least as complete as an ordinary one.
    """
    priors = SourcePriors({}, {}, {}, ())
    names: dict[str, None] = {}
    for count in counts:
        source = count.source_kind
        name = _coverage_name(count)
        coverage = catalogue.estimate_on(name, _middle_of(count)).distribution
        ordinary = f"threat.coverage.{count.source_kind}"
        if count.at_least and ordinary in catalogue.estimates:
            _refuse_higher_coverage(name, coverage, catalogue.estimate_on(ordinary, _middle_of(count)).distribution)
        priors.coverage[coverage_key(catalogue, count)] = coverage
        names |= {name: None, f"threat.definition.{source}": None}
        priors.definition[source] = catalogue.estimate(f"threat.definition.{source}").distribution
        if count.out_of_scope:
            names[f"threat.out_of_scope.{source}"] = None
            priors.out_of_scope[source] = catalogue.estimate(f"threat.out_of_scope.{source}").distribution
    return SourcePriors(priors.coverage, priors.definition, priors.out_of_scope, tuple(names))


def has_priors(catalogue: Catalogue, count: CountObservation) -> bool:
    """Say whether coverage, definition and scope of a count's source are all documented."""
    names = [_coverage_name(count), f"threat.definition.{count.source_kind}"]
    names += [f"threat.out_of_scope.{count.source_kind}"] if count.out_of_scope else []
    return all(name in catalogue.estimates for name in names)


def _coverage_name(count: CountObservation) -> str:
    return f"threat.{'coverage_at_least' if count.at_least else 'coverage'}.{count.source_kind}"


def coverage_key(catalogue: Catalogue, count: CountObservation) -> str:
    """Return the key of κ: the source, with what tells its counts apart: a step, or being a minimum."""
    name = _coverage_name(count)
    parts = [count.source_kind]
    if count.at_least:
        parts.append("at least")
    if catalogue.earlier.get(name):
        parts.append(f"from {catalogue.estimate_on(name, _middle_of(count)).valid_from}")
    return ", ".join(parts)


def _middle_of(count: CountObservation) -> date:
    start, end = start_of(count.window_start), start_of(count.window_end)
    return start + (end - start) / 2


def _refuse_higher_coverage(name: str, coverage: Distribution, ordinary: Distribution) -> None:
    if coverage.mean() >= ordinary.mean():
        raise ModelError(
            "a count that is a minimum is believed to be as complete as an ordinary one",
            field=name,
            value=f"{coverage.mean():.2f}",
            allowed=f"below {ordinary.mean():.2f}, the ordinary coverage of the source",
            repair="lower the coverage of “at least” counts",
        )


def _refuse_double_counts(counts: Sequence[CountObservation], catalogue: Catalogue) -> None:
    findings = [
        Finding(
            code=ModelError.code,
            message=found.message,
            field=found.count.ref,
            value=found.value,
            allowed=found.allowed,
            repair=found.repair,
        )
        for found in find_double_counts(counts, catalogue.evidence)
    ]
    if findings:
        raise ModelError.from_findings(findings)
