"""The texts of the report of a facility that depend on its result."""

from __future__ import annotations

from hygie.report.blocks import shorten_digest, state_plan
from hygie.report.document_words import write_date
from hygie.views.assessment import AssessmentView
from hygie.views.messages import translator
from hygie.views.numbers import format_count
from hygie.views.posture import state_meter

__all__ = ["list_facts", "write_cautions", "write_subject"]


def write_subject(view: AssessmentView) -> str:
    """Return who is assessed, in one line."""
    _ = translator(view.language)
    subject = view.subject
    status = {"public": _("public sector"), "private": _("private sector")}.get(subject.status, subject.status)
    size = _(
        "{beds} beds and places, {fte} full-time equivalents",
        beds=format_count(subject.beds, view.language),
        fte=format_count(subject.fte, view.language),
    )
    return " · ".join((subject.category, status, size))


def write_cautions(view: AssessmentView) -> list[str]:
    """Return what must be known before the figures are read."""
    _ = translator(view.language)
    cautions = [view.validity]
    known = view.subject.posture_known_share
    if known < 1.0:
        cautions.append(state_meter(known, view.language))
        cautions.append(
            _("So the figures describe a facility of this size and activity; they do not rate its real security.")
        )
    return cautions


def list_facts(view: AssessmentView) -> tuple[tuple[str, str], ...]:
    """Return what the cover states: date, plan, what is linked, version and digests."""
    _, language, plan = translator(view.language), view.language, view.plan
    facts = [
        (_("As of"), write_date(plan.as_of, language)),
        state_plan(plan, language),
        (_("Version"), f"hygie {view.version}"),
        (_("Digest of the result"), shorten_digest(view.digest)),
    ]
    return tuple(facts)
