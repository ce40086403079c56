"""The texts of the report of an assessment."""

from __future__ import annotations

from hygie.report.document_words import Entry, explain_grades, write_date
from hygie.views.assessment import AssessmentView
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count
from hygie.views.posture import state_meter

__all__ = ["Entry", "explain_grades", "list_terms", "write_cautions", "write_date", "write_subject", "write_words"]


def write_subject(view: AssessmentView) -> str:
    """Return who is assessed, in one line."""
    _ = translator(view.language)
    subject = view.subject
    status = {"public": _("public sector"), "private": _("private sector")}.get(subject.status, subject.status)
    size = _(
        "{beds} beds, {fte} full-time staff",
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


def write_words(view: AssessmentView) -> dict[str, str]:
    """Return the fixed texts of the page, by name."""
    _ = translator(view.language)
    words = {
        "title": _("Cyber risk over the next 12 months"),
        "skip": _("Go to the content"),
        "contents": _("Contents"),
        "dated": _("As of {date}", date=write_date(view.plan.as_of, view.language)),
        "plan": _(
            "{years} simulated years, {draws} draws, seed {seed}",
            years=format_count(view.plan.years, view.language),
            draws=format_count(view.plan.draws, view.language),
            seed=view.plan.seed,
        ),
        "neighbours": _("Linked facilities"),
        "providers": _("Shared providers"),
        "cautions": _("Before you read"),
        "no_major": _("No major encryption was simulated: it is too rare for a picture."),
        "footer": _(
            "Made by hygie {version}. This page holds everything: it opens without network.", version=view.version
        ),
    }
    return words | _section_words(_) | _column_words(_) | _end_words(_)


def _section_words(_: Translate) -> dict[str, str]:
    return {
        "summary": _("In short"),
        "figures": _("Key figures"),
        "figures_lead": _(
            "Each figure has a value, the range in which it likely lies given what is not known (9 chances in 10), and "
            "the noise of the simulation. Amounts are euros of 2024, before any insurance."
        ),
        "how_often": _("How often, within a year"),
        "how_much": _("How much"),
        "curve": _("How much could a year cost?"),
        "no_loss": _("No loss was simulated: there is nothing to draw."),
        "parts": _("What the loss is made of"),
        "parts_lead": _("Average annual loss, cut in two ways."),
        "origin": _("Where it comes from"),
        "origin_lead": _(
            "An attack can start elsewhere: at a linked facility, or at a provider that many facilities share. What "
            "comes through others is shown in brown."
        ),
        "care": _("What it means for care"),
        "care_lead": _("Days of care lost are counted, never converted into money."),
        "mortality": _("Deaths, by evidence from abroad"),
        "event": _("One bad event, day by day"),
        "event_lead": _(
            "This is not the worst case, and not a forecast: it is the middle one of the major encryptions."
        ),
        "no_event": _("No major encryption was simulated, so there is no event to tell."),
        "drivers": _("What moves the result most"),
        "drivers_lead": _(
            "Rank correlation of each uncertain input with the average annual loss: from −1 to +1, and 0 when it does "
            "not matter. Better evidence on the first ones narrows the range most."
        ),
        "no_drivers": _(
            "No single input stands out: either there are fewer than 30 draws, or none passes the noise of ranks."
        ),
        "frequency": _("What the counts say about frequency"),
        "frequency_lead": _(
            "Published counts of incidents place the frequency of each threat, for an average facility and before its "
            "own defences."
        ),
        "no_frequency": _("No published count places a frequency here: all of them are assumptions."),
        "validity": _("How far to trust it"),
        "assumptions": _("Assumptions"),
        "evidence": _("Evidence"),
        "reproduce": _("How to reproduce"),
        "terms": _("Glossary"),
    }


def _column_words(_: Translate) -> dict[str, str]:
    return {
        "figure": _("Figure"),
        "value": _("value"),
        "range": _("likely range"),
        "noise": _("noise"),
        "part": _("Part"),
        "events": _("events a year"),
        "euros": _("euros a year"),
        "share": _("share"),
        "service": _("Service"),
        "lowest": _("lowest capacity"),
        "below_half": _("days under half"),
        "normal_after": _("normal after"),
        "zone": _("Zone"),
        "reached": _("reached after"),
        "machines": _("machines affected"),
        "down": _("days down"),
        "threat": _("Threat"),
        "before": _("before the counts"),
        "after": _("after the counts"),
        "counts": _("Counts used"),
        "by_class": _("By threat"),
        "by_outcome": _("By outcome"),
        "by_module": _("By FAIR-MAM module"),
        "own_euros": _("left after compensation"),
        "input": _("Input"),
        "chart_figures": _("Figures of this chart"),
        "return_period": _("One year in"),
        "year_total": _("the year costs more than"),
        "largest": _("its largest event more than"),
    }


def _end_words(_: Translate) -> dict[str, str]:
    return {
        "good": _("Good"),
        "careful": _("With care"),
        "placed_by": _("Placed by"),
        "compared_with": _("Compared with"),
        "assumptions_lead": _(
            "Inputs that rest on judgement, without published evidence: the middle value, and the range that holds 9 "
            "chances in 10. They are the first to question and to replace."
        ),
        "no_assumptions": _("Every input has published evidence."),
        "evidence_lead": _(
            "Each statement is graded on the Admiralty scale: a letter for the source, a figure for the statement."
        ),
        "no_evidence": _("No published evidence is behind this result."),
        "grades": _("What the grades mean"),
        "source_grade": _("The source"),
        "statement_grade": _("The statement"),
        "derived": _("How it is derived"),
        "no_link": _("no public link"),
        "reproduce_lead": _("Same inputs, same version, same digest. This command makes the result again:"),
        "version": _("Version"),
        "digest": _("Digest of the result"),
        "model_digest": _("Digest of the model"),
        "packs": _("Packs"),
    }


def list_terms(language: str) -> list[Entry]:
    """Return the technical terms of the page and what they mean."""
    _ = translator(language)
    return [
        ("AAL", _("Average annual loss: the mean over all simulated years, good and bad.")),
        ("AEP", _("Aggregate exceedance probability: the chance that all losses of a year together pass an amount.")),
        ("OEP", _("Occurrence exceedance probability: the chance that the largest event of a year passes an amount.")),
        ("VaR", _("Value at risk: the annual loss that a given share of years does not pass.")),
        ("TVaR", _("Tail value at risk: the mean loss of the worst years, beyond the value at risk.")),
    ]
