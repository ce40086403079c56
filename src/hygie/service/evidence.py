"""Evidence and estimates as they are shown."""

from __future__ import annotations

from collections.abc import Iterable

from hygie.core.estimate import Estimate
from hygie.core.evidence import TLP, Evidence
from hygie.knowledge.markings import strictest_tlp
from hygie.knowledge.packs import Catalogue
from hygie.knowledge.records import CountObservation, expand_date
from hygie.views.assessment import EvidenceView
from hygie.views.explanation import EstimateView
from hygie.views.landscape_words import window_label

__all__ = ["mark_result", "name_counts", "show_estimate", "show_evidence"]


def mark_result(catalogue: Catalogue) -> TLP:
    """Return the marking of what is computed from a catalogue: the strictest of all evidence in it.

    Figures mix everything that is known; none of them shows what it owes to one piece alone.
    """
    return strictest_tlp(evidence.tlp for evidence in catalogue.evidence.values()) or TLP.CLEAR


def name_counts(refs: Iterable[str], catalogue: Catalogue, language: str) -> dict[str, str]:
    """Return published counts in words: who published each, and for which window."""
    known = {count.ref: count for count in catalogue.counts}
    return {ref: _name_count(known[ref], catalogue, language) for ref in refs}


def _name_count(count: CountObservation, catalogue: Catalogue, language: str) -> str:
    window = window_label(expand_date(count.window_start)[0], expand_date(count.window_end)[1], language)
    return f"{catalogue.evidence[count.evidence[0]].publisher}, {window}"


def show_estimate(estimate: Estimate, catalogue: Catalogue, language: str) -> EstimateView:
    """Return an estimate with its range and its evidence in a language."""
    low, median, high = (estimate.distribution.quantile(q) for q in (0.05, 0.5, 0.95))
    return EstimateView(
        id=estimate.id,
        description=estimate.description.in_language(language),
        unit=estimate.unit,
        low=low,
        median=median,
        high=high,
        method=estimate.method.value,
        note=estimate.note.in_language(language) if estimate.note else None,
        evidence=[show_evidence(catalogue.evidence[ref], language) for ref in estimate.evidence],
    )


def show_evidence(evidence: Evidence, language: str) -> EvidenceView:
    """Return one piece of evidence in a language."""
    return EvidenceView(
        ref=evidence.ref,
        title=evidence.title.in_language(language),
        publisher=evidence.publisher,
        link=evidence.link,
        grade=evidence.grade,
        published_on=evidence.published_on,
        read_on=evidence.read_on,
        tlp=evidence.tlp.value,
        derived=evidence.derived.in_language(language) if evidence.derived else None,
    )
