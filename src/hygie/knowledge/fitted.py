"""Fitted distributions: what comparison with published targets made of priors, read in place of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from hygie.core.distributions import Beta, Constant, Distribution, LogNormal, Normal, Truncated
from hygie.core.elicitation import parse_distribution
from hygie.core.errors import EvidenceError, Finding, HygieError, ModelError, suggest
from hygie.core.estimate import Estimate, Method
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.folders import PackFolder
from hygie.knowledge.schemas import Day, Ref, Row, Text
from hygie.knowledge.shelf import Shelf
from hygie.store.documents import Document, validate_model

__all__ = [
    "FITTED",
    "FitRow",
    "FittedRow",
    "FittedValueRow",
    "LearntRow",
    "apply_fitted",
    "check_fitted",
    "read_fitted",
    "write_spec",
]

FITTED = "fitted"
_DIGITS = 6


Score = Annotated[float, Field(ge=-20.0, le=20.0)]


class LearntRow(Row):
    """What a fit said of a parameter: mean and sd of its prior's normal score, 0 and 1 when it said nothing."""

    parameter: Text
    shift: Score
    width: Annotated[float, Field(ge=0.0, le=20.0)]


class FitRow(Row):
    """One fit: how it was made, and the parameters whose priors stay."""

    id: Text
    draws: Annotated[int, Field(ge=1)]
    seed: Annotated[int, Field(ge=0)]
    as_of: Day
    effective_size: Annotated[float, Field(gt=0)]
    rounds: Annotated[int, Field(ge=1)]
    unchanged: Annotated[list[LearntRow], Field(max_length=1000)] = Field(default_factory=list)
    watched: Annotated[list[LearntRow], Field(max_length=1000)] = Field(default_factory=list)


class FittedValueRow(LearntRow):
    """The distribution of one parameter after a fit, and the one before, both in the canonical unit."""

    fit: Text
    distribution: dict[str, Any]
    prior: dict[str, Any]
    evidence: Annotated[list[Ref], Field(min_length=1)]


class FittedRow(Row):
    """The section `fitted` of a pack file."""

    fits: Annotated[list[FitRow], Field(max_length=100)]
    values: Annotated[list[FittedValueRow], Field(max_length=2000)]


class _Section(Row):
    fitted: FittedRow


def write_spec(distribution: Distribution) -> dict[str, Any]:
    """Return a distribution as packs write it, to six significant digits.

    >>> write_spec(Beta(2.0, 6.0))
    {'family': 'beta', 'mean': 0.25, 'size': 8.0}
    """

    def short(value: float) -> float:
        return float(f"{value:.{_DIGITS}g}")

    match distribution:
        case Beta(a=a, b=b):
            return {"family": "beta", "mean": short(a / (a + b)), "size": short(a + b)}
        case LogNormal(mu=mu, sigma=sigma):
            return {"family": "lognormal", "mu": short(mu), "sigma": short(sigma)}
        case Normal(mean_value=mean, sd=sd):
            return {"family": "normal", "mean": short(mean), "sd": short(sd)}
        case Constant(value=value):
            return {"family": "constant", "value": short(value)}
        case Truncated(base=base, lower=lower, upper=upper):
            spec = write_spec(base)
            bounds = {"lower": lower, "upper": upper}
            return {**spec, **{name: short(bound) for name, bound in bounds.items() if abs(bound) < float("inf")}}
    raise ModelError(
        "a distribution of this family cannot be fitted",
        value=distribution.family,
        allowed="beta, lognormal, normal",
        repair="leave the parameter out of the fit, or give its prior one of these families",
    )


def _read(documents: Sequence[Document]) -> Iterator[tuple[Document, FittedRow]]:
    for document in documents:
        yield document, validate_model(document, _Section).fitted


def read_fitted(catalogue: Catalogue) -> list[FittedRow]:
    """Return the fitted sections of a catalogue."""
    return [section for _, section in _read(catalogue.sections.get(FITTED, ()))]


def apply_fitted(
    shelf: Shelf, estimates: Mapping[str, Estimate], *, folders: Sequence[PackFolder]
) -> tuple[dict[str, Estimate], dict[str, Estimate]]:
    """Return the estimates with fitted ones in place, and the priors that these replace.

    `folders` are in the order in which packs were loaded. A pack that overrides a parameter has the last word:
    its value stays.
    """
    after = dict(estimates)
    priors: dict[str, Estimate] = {}
    order = {folder.info.name: rank for rank, folder in enumerate(folders)}
    rank_of = {document.name: order[folder.info.name] for folder in folders for document in folder.documents}
    for document, section in _read(shelf.sections.get(FITTED, ())):
        for row in section.values:
            prior = estimates[row.parameter]
            if order[shelf.parameters[row.parameter].source.pack] > rank_of[document.name]:
                continue
            evidence = tuple(dict.fromkeys((*prior.evidence, *row.evidence)))
            after[row.parameter] = replace(
                prior, distribution=parse_distribution(row.distribution), method=Method.FITTED, evidence=evidence
            )
            priors[row.parameter] = prior
    return after, priors


def check_fitted(shelf: Shelf) -> list[Finding]:
    """Return what is wrong with the fitted sections: unknown parameters, evidence, distributions."""
    findings: list[Finding] = []
    try:
        sections = list(_read(shelf.sections.get(FITTED, ())))
    except HygieError as error:
        return list(error.findings)
    for document, section in sections:
        for index, row in enumerate(section.values):

            def refuse(
                message: str,
                field: str,
                value: str,
                known: Mapping[str, Any],
                *,
                document: Document = document,
                index: int = index,
            ) -> Finding:
                path = (FITTED, "values", index, field)
                return EvidenceError(
                    message,
                    file=document.name,
                    line=document.line_near(path),
                    field=f"{FITTED}.values.{index}.{field}",
                    value=value,
                    repair=suggest(value, known) or "run `hygie validate --fit` to write the section anew",
                ).findings[0]

            if row.parameter not in shelf.parameters:
                findings.append(
                    refuse("no loaded pack has this parameter", "parameter", row.parameter, shelf.parameters)
                )
            for ref in row.evidence:
                if not shelf.knows("evidence", ref):
                    findings.append(refuse("no loaded pack has this evidence", "evidence", ref, shelf.evidence))
            try:
                parse_distribution(row.distribution)
            except HygieError as error:
                findings.extend(
                    replace(finding, file=document.name, field=f"{FITTED}.values.{index}.distribution")
                    for finding in error.findings
                )
    return findings
