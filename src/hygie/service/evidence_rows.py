"""Evidence of the base as pages list it: link, grade in words, marking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hygie.core.evidence import Evidence
from hygie.service.evidence import show_evidence
from hygie.views.landscape import SourceView
from hygie.views.landscape_words import label_of
from hygie.views.messages import translator

__all__ = ["list_sources", "show_source"]


def show_source(evidence: Evidence, language: str) -> SourceView:
    """Return one piece of evidence with its grade in words."""
    _ = translator(language)
    return SourceView(
        **show_evidence(evidence, language).model_dump(),
        link_text=evidence.link or _("no public link"),
        grade_text=_(
            "{reliability}, {credibility}",
            reliability=label_of("reliability", evidence.reliability, language),
            credibility=label_of("credibility", str(evidence.credibility), language),
        ),
    )


def list_sources(refs: Iterable[str], evidence: Mapping[str, Evidence], language: str) -> list[SourceView]:
    """Return the evidence behind something, in its order; refs that lead nowhere are passed over."""
    return [show_source(evidence[ref], language) for ref in refs if ref in evidence]
