"""States of the whole sector: what raises or lowers a threat class for everybody while it lasts.

A common factor cancels in the multipliers between facilities, so it stands apart: it multiplies the exposure of past
counts, and the frequency of the year ahead.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from hygie.core.errors import EvidenceError, SchemaError
from hygie.core.estimate import Estimate
from hygie.core.sampling import EpistemicSample
from hygie.facility.blueprints import read_section
from hygie.facility.records import Identifier, Record, Words
from hygie.knowledge.checks import list_classes
from hygie.knowledge.packs import Catalogue
from hygie.knowledge.records import expand_date
from hygie.knowledge.schemas import PartialDate
from hygie.store.documents import Document

__all__ = ["SectorState", "StateSpec", "average_state", "forecast_state", "load_states", "mean_state"]

FloatArray = NDArray[np.float64]

YEAR_AHEAD = timedelta(days=365)


class StateSpec(Record):
    """A state of the sector; its multiplier is the parameter ``state.<id>.multiplier``."""

    id: Identifier
    threat_class: Identifier
    from_: PartialDate = Field(alias="from")
    until: PartialDate | None = None
    evidence: Annotated[tuple[str, ...], Field(min_length=1)]
    name: Words
    note: Words | None = None


class _States(Record):
    states: tuple[StateSpec, ...]


@dataclass(frozen=True, slots=True)
class SectorState:
    """A state of the sector with its days and its multiplier.

    Parameters
    ----------
    first, last
        Days on which it holds, both included; `last` is None while it goes on.
    """

    spec: StateSpec
    first: date
    last: date | None
    multiplier: Estimate

    @property
    def parameter(self) -> str:
        """Id of the multiplier."""
        return f"state.{self.spec.id}.multiplier"

    def overlap(self, start: date, end: date) -> tuple[date, date] | None:
        """Return the part of the days from `start` to `end` on which it holds, or None."""
        first, last = max(self.first, start), min(self.last or end, end)
        return (first, last) if first <= last else None


def load_states(catalogue: Catalogue) -> tuple[SectorState, ...]:
    """Return the states that the packs know, by first day; none when no pack has any.

    Raises
    ------
    SchemaError, EvidenceError
        A date or a field is wrong; a class, an estimate or evidence is in no pack; an id stands twice.
    """
    if "states" not in catalogue.sections:
        return ()
    states: dict[str, SectorState] = {}
    for document, part in read_section(catalogue, "states", _States):
        for index, spec in enumerate(part.states):
            state = _build_state(catalogue, spec, document=document, index=index)
            if spec.id in states:
                raise _refuse(SchemaError, document, index, "id", f"“{spec.id}” stands twice", repair="rename one")
            states[spec.id] = state
    return tuple(sorted(states.values(), key=lambda state: (state.first, state.spec.id)))


def _build_state(catalogue: Catalogue, spec: StateSpec, *, document: Document, index: int) -> SectorState:
    first = expand_date(spec.from_)[0]
    last = expand_date(spec.until)[1] if spec.until is not None else None
    if last is not None and last < first:
        raise _refuse(SchemaError, document, index, "until", "a state ends before it starts", repair="check both dates")
    classes = list_classes(catalogue.sections)
    if spec.threat_class not in classes:
        repair = f"use one of: {', '.join(classes)}"
        message = f"unknown threat class “{spec.threat_class}”"
        raise _refuse(EvidenceError, document, index, "threat_class", message, repair=repair)
    for ref in spec.evidence:
        if ref not in catalogue.evidence:
            message = f"“{ref}” is in no loaded pack"
            raise _refuse(EvidenceError, document, index, "evidence", message, repair="check the ref, or add the entry")
    name = f"state.{spec.id}.multiplier"
    if name not in catalogue.estimates:
        repair = f"add the parameter “{name}”, without unit (1)"
        raise _refuse(EvidenceError, document, index, "id", f"no multiplier for “{spec.id}”", repair=repair)
    estimate = catalogue.estimate(name)
    if estimate.unit != "1" or estimate.distribution.support[0] < 0.0:
        raise _refuse(
            SchemaError,
            document,
            index,
            "id",
            f"“{name}” is no multiplier",
            repair="give it the unit 1 and a law above 0, such as lognormal",
        )
    return SectorState(spec, first, last, estimate)


def _refuse(
    kind: type[SchemaError] | type[EvidenceError],
    document: Document,
    index: int,
    field: str,
    message: str,
    *,
    repair: str,
) -> SchemaError | EvidenceError:
    return kind(
        message,
        file=document.name,
        line=document.line_near(("states", index, field)),
        field=f"states.{index}.{field}",
        repair=repair,
    )


def average_state(
    states: Sequence[SectorState],
    multipliers: Mapping[str, FloatArray],
    threat_class: str,
    *,
    start: date,
    end: date,
) -> FloatArray:
    """Return the mean of g over the days from `start` to `end`, both included [K].

    States that hold on one day multiply; a day without any counts 1.

    Parameters
    ----------
    multipliers
        Draws of the multiplier by id of the state [K].
    """
    chosen = [state for state in states if state.spec.threat_class == threat_class]
    spans = [span for state in chosen if (span := state.overlap(start, end)) is not None]
    edges = sorted({start, *(span[0] for span in spans), *(span[1] + timedelta(days=1) for span in spans)})
    edges = [edge for edge in edges if edge <= end] + [end + timedelta(days=1)]
    sized = next(iter(multipliers.values()), np.ones(1))
    total = np.zeros(sized.shape)
    for first, following in pairwise(edges):
        factor = np.ones(sized.shape)
        for state in chosen:
            if state.overlap(first, first) is not None:
                factor = factor * multipliers[state.spec.id]
        total += factor * (following - first).days
    return np.asarray(total / ((end - start).days + 1))


def mean_state(states: Sequence[SectorState], threat_class: str, *, start: date, end: date) -> float:
    """Return the mean of g over the days from `start` to `end`, each multiplier at its median.

    What the filter takes as the exposure multiplier of a count: its window is known, and the doubt about a state is
    small beside that about coverage.
    """
    middle = {state.spec.id: np.array([state.multiplier.distribution.quantile(0.5)]) for state in states}
    return float(average_state(states, middle, threat_class, start=start, end=end)[0])


def forecast_state(
    states: Sequence[SectorState],
    threat_class: str,
    *,
    known: Container[str],
    sample: EpistemicSample,
    as_of: date,
    into: str,
) -> FloatArray:
    """Return g over the twelve months after `as_of` [K]: states known then, times what may come that nobody knows.

    A state that has not started by then is not known; one without an end goes on. The rest is ``state.<class>.ahead``,
    centred on 1; a class without that estimate has no such doubt.

    Parameters
    ----------
    known
        Ids of the estimates that exist.
    into
        Compiled column, for the lineage.
    """
    start, end = as_of + timedelta(days=1), as_of + YEAR_AHEAD
    met = [
        state
        for state in states
        if state.spec.threat_class == threat_class and state.first <= as_of and state.overlap(start, end) is not None
    ]
    draws = {state.spec.id: sample.values(state.parameter, into=into) for state in met}
    ahead = f"state.{threat_class}.ahead"
    doubt = sample.values(ahead, into=into) if ahead in known else np.ones(sample.draws)
    return np.asarray(doubt * average_state(met, draws, threat_class, start=start, end=end))
