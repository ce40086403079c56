"""Evidence as it is shown."""

from __future__ import annotations

from hygie.core.evidence import Evidence
from hygie.views.assessment import EvidenceView

__all__ = ["show_evidence"]


def show_evidence(evidence: Evidence, language: str) -> EvidenceView:
    """Return one piece of evidence in a language."""
    return EvidenceView(
        ref=evidence.ref,
        title=evidence.title.in_language(language),
        publisher=evidence.publisher,
        link=evidence.link,
        grade=evidence.grade,
        published_on=evidence.published_on,
        derived=evidence.derived.in_language(language) if evidence.derived else None,
    )
