"""Every parameter with its evidence, every piece of evidence with what rests on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from hygie.core.estimate import Estimate
from hygie.core.evidence import Evidence
from hygie.knowledge.actor_names import fold_name
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.packs import load_catalogue
from hygie.report.units import show_quantity
from hygie.service.evidence_rows import list_sources, show_source
from hygie.service.uncertainty_groups import GROUP_LABELS, GROUPS, group_of
from hygie.views.landscape_words import label_of
from hygie.views.messages import Language, Translate, translator
from hygie.views.sources import (
    EvidenceLineView,
    EvidencePageView,
    ParameterLineView,
    ParameterPageView,
    ParametersPageView,
    ParameterValueView,
    ShareRowView,
)

__all__ = [
    "count_grades",
    "count_methods",
    "find_evidence",
    "find_parameters",
    "fold_words",
    "read_packs_today",
    "show_parameter",
    "write_line",
]

_SORTS = ("id", "description", "median", "method", "grade", "age")
_RANGE = (0.05, 0.95)


@lru_cache(maxsize=2)
def read_packs_today(as_of: date) -> Catalogue:
    """Return what the installed packs say on a day, read once."""
    return load_catalogue(as_of=as_of)


def find_parameters(
    *,
    text: str,
    method: str | None,
    group: str | None,
    sort: str,
    descending: bool,
    as_of: date,
    language: Language,
) -> ParametersPageView:
    """Return the parameters whose id, description or sources hold some words.

    Parameters
    ----------
    method, group
        Only those obtained so, or of this source of uncertainty.
    sort
        `id`, `description`, `median`, `method`, `grade` or `age`; `id` for any other word.
    """
    catalogue, _ = read_packs_today(as_of), translator(language)
    words = fold_words(text)
    found = [
        estimate
        for estimate in catalogue.estimates.values()
        if (method is None or estimate.method.value == method)
        and (group is None or group_of(estimate.id) == group)
        and all(word in _searchable(estimate, catalogue) for word in words)
    ]
    rows = [write_line(estimate, catalogue, as_of=as_of, language=language) for estimate in found]
    keys = {
        "id": lambda row: row.id,
        "description": lambda row: row.description.lower(),
        "median": lambda row: (row.unit, row.median),
        "method": lambda row: (row.method_label, row.id),
        "grade": lambda row: (row.grade or "Z9", row.id),
        "age": lambda row: (row.age_days, row.id),
    }
    rows.sort(key=keys[sort if sort in _SORTS else "id"], reverse=descending)
    everything = catalogue.estimates.values()
    methods = count_methods(everything, _)
    assumed = next((row.count for row in methods if row.id == "assumed"), 0)
    return ParametersPageView(
        rows=rows,
        found=len(rows),
        known=len(catalogue.estimates),
        methods=methods,
        groups=[
            ShareRowView(id=name, label=_(GROUP_LABELS[name]), count=sum(group_of(e.id) == name for e in everything))
            for name in GROUPS
        ],
        sentence=_(
            "{total} parameters enter the model. {assumed} of them are assumptions with a range, for want of a "
            "published figure; each says so wherever it is used.",
            total=len(catalogue.estimates),
            assumed=assumed,
        ),
    )


def fold_words(text: str) -> list[str]:
    """Return the words of a search without case and accents."""
    return [fold_name(word) for word in text.split() if fold_name(word)]


def show_parameter(parameter: str, *, as_of: date, language: Language) -> ParameterPageView:
    """Return one parameter with all that it rests on.

    Raises
    ------
    EvidenceError
        No loaded pack has it.
    """
    catalogue, _ = read_packs_today(as_of), translator(language)
    estimate = catalogue.estimate(parameter)
    methods = _name_methods(_)

    def write(role: str, value: Estimate) -> ParameterValueView:
        return ParameterValueView(
            role=role,
            valid_from=value.valid_from,
            median_text=show_quantity(value.distribution.quantile(0.5), value.unit, language),
            range_text=_write_range(value, language),
            method_label=methods[value.method.value],
        )

    prior = catalogue.priors.get(parameter)
    earlier = [write("earlier", value) for value in reversed(catalogue.earlier.get(parameter, ()))]
    low, high = (estimate.distribution.quantile(q) for q in _RANGE)
    return ParameterPageView(
        line=write_line(estimate, catalogue, as_of=as_of, language=language),
        low=low,
        high=high,
        valid_from=estimate.valid_from,
        note=estimate.note.in_language(language) if estimate.note else None,
        values=[write("now", estimate), *([write("prior", prior)] if prior else []), *earlier],
        sources=list_sources(estimate.evidence, catalogue.evidence, language),
        pack=", ".join(f"{pack.name} {pack.version}" for pack in catalogue.packs),
    )


def find_evidence(*, text: str, grade: str | None, as_of: date, language: Language) -> EvidencePageView:
    """Return the evidence of the packs whose title, publisher or address holds some words."""
    catalogue = read_packs_today(as_of)
    words = fold_words(text)
    parameters = Counter(ref for estimate in catalogue.estimates.values() for ref in estimate.evidence)
    records = Counter(
        ref
        for group in (catalogue.incidents, catalogue.counts, catalogue.campaigns, catalogue.actors.values())
        for record in group
        for ref in record.evidence
    )
    rows = [
        EvidenceLineView(source=show_source(item, language), parameters=parameters[ref], records=records[ref])
        for ref, item in catalogue.evidence.items()
        if (grade is None or item.grade == grade)
        and all(
            word in fold_name(f"{ref} {item.title.fr} {item.title.en} {item.publisher} {item.source}") for word in words
        )
    ]
    rows.sort(key=lambda row: (-row.parameters, -row.records, row.source.title))
    return EvidencePageView(
        rows=rows, found=len(rows), known=len(catalogue.evidence), grades=count_grades(catalogue, language)
    )


def count_methods(estimates: Iterable[Estimate], _: Translate) -> list[ShareRowView]:
    """Return how many parameters were obtained in each way."""
    counts = Counter(estimate.method.value for estimate in estimates)
    return [ShareRowView(id=name, label=label, count=counts[name]) for name, label in _name_methods(_).items()]


def count_grades(catalogue: Catalogue, language: Language) -> list[ShareRowView]:
    """Return how many pieces of evidence have each grade, best first."""
    _ = translator(language)
    counts = Counter(item.grade for item in catalogue.evidence.values())
    return [
        ShareRowView(id=grade, label=_say_grade(grade, language), count=count)
        for grade, count in sorted(counts.items())
    ]


def write_line(estimate: Estimate, catalogue: Catalogue, *, as_of: date, language: Language) -> ParameterLineView:
    """Return one parameter as lists show it."""
    _ = translator(language)
    grades = sorted(catalogue.evidence[ref].grade for ref in estimate.evidence)
    group = group_of(estimate.id)
    return ParameterLineView(
        id=estimate.id,
        description=estimate.description.in_language(language),
        group=group,
        group_label=_(GROUP_LABELS[group]),
        unit=estimate.unit,
        median=estimate.distribution.quantile(0.5),
        median_text=show_quantity(estimate.distribution.quantile(0.5), estimate.unit, language),
        range_text=_write_range(estimate, language),
        method=estimate.method.value,
        method_label=_name_methods(_)[estimate.method.value],
        grade=grades[0] if grades else "",
        grade_text=_say_grade(grades[0], language) if grades else "",
        sources=len(grades),
        last_checked_on=estimate.last_checked_on,
        age_days=(as_of - date.fromisoformat(estimate.last_checked_on)).days,
    )


def _words_of(item: Evidence) -> str:
    return fold_name(f"{item.ref} {item.title.fr} {item.title.en} {item.publisher} {item.source}")


def _searchable(estimate: Estimate, catalogue: Catalogue) -> str:
    titles = " ".join(catalogue.evidence[ref].title.fr + catalogue.evidence[ref].title.en for ref in estimate.evidence)
    return fold_name(f"{estimate.id} {estimate.description.fr} {estimate.description.en} {titles}")


def _write_range(estimate: Estimate, language: Language) -> str:
    _ = translator(language)
    low, high = (estimate.distribution.quantile(q) for q in _RANGE)
    plain = estimate.unit.partition("/")[0]
    return _(
        "{low} to {high}",
        low=show_quantity(low, plain, language),
        high=show_quantity(high, estimate.unit, language),
    )


def _say_grade(grade: str, language: Language) -> str:
    _ = translator(language)
    return _(
        "{reliability}, {credibility}",
        reliability=label_of("reliability", grade[0], language),
        credibility=label_of("credibility", grade[1], language),
    )


def _name_methods(_: Translate) -> dict[str, str]:
    return {
        "published": _("published"),
        "fitted": _("fitted"),
        "elicited": _("judged from evidence"),
        "assumed": _("assumed"),
    }
