"""The sentences of the brief: natural frequencies, amounts, days of care, and what follows for those who decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from hygie.report.blocks import round_chance, show_figure
from hygie.views.assessment import AssessmentView, BadEventView, FigureView
from hygie.views.charts_bars import rebound_share
from hygie.views.messages import Language, Translate, translator
from hygie.views.numbers import (
    format_count,
    format_euros,
    format_percent,
    natural_frequency,
    round_significant,
)

if TYPE_CHECKING:
    from hygie.report.facility_report import FacilityStudy

__all__ = [
    "join_names",
    "list_decisions",
    "list_unknowns",
    "lower_article",
    "say_chances",
    "say_event",
    "say_own_share",
    "say_parts",
    "say_paths",
]

_MATTERS = 0.05
_DRIVERS = 2
_PARTS = 3


def join_names(names: Sequence[str], language: Language) -> str:
    """Return names as a sentence lists them: “A, B and C”."""
    if len(names) < 2:
        return "".join(names)
    return translator(language)("{first} and {last}", first=", ".join(names[:-1]), last=names[-1])


def lower_article(name: str, language: Language) -> str:
    """Return a name for the middle of a sentence: “Un hébergeur” becomes “un hébergeur”, “Dupont” stays.

    >>> lower_article("Un hébergeur", "fr")
    'un hébergeur'
    """
    articles = ("Un ", "Une ", "Le ", "La ", "Les ", "L’") if language == "fr" else ("A ", "An ", "The ")
    return name[:1].lower() + name[1:] if name.startswith(articles) else name


def say_chances(view: AssessmentView) -> list[str]:
    """Return how often lesser events come, as natural frequencies; those that were never simulated are left out."""
    _ = translator(view.language)
    written: dict[str, Callable[[str], str]] = {
        "p_encryption": lambda chance: _("Any encryption, even of a few workstations: about {chance}.", chance=chance),
        "p_outage_week": lambda chance: _(
            "An outage of a week or more, whatever its cause: about {chance}.", chance=chance
        ),
        "p_data_stolen": lambda chance: _("A theft of personal data: about {chance}.", chance=chance),
    }
    return [
        write(_say_chance(view.figures[name], view.language))
        for name, write in written.items()
        if name in view.figures and view.figures[name].value > 0.0
    ]


def _say_chance(figure: FigureView, language: Language) -> str:
    count, base = natural_frequency(figure.value)
    low, high = (round_chance(value * base, language) for value in (figure.low, figure.high))
    _ = translator(language)
    if low == high:
        return _("{count} in {base}", count=format_count(count, language), base=format_count(base, language))
    return _(
        "{count} in {base} (likely between {low} and {high})",
        count=format_count(count, language),
        base=format_count(base, language),
        low=low,
        high=high,
    )


def say_parts(view: AssessmentView) -> str:
    """Return what the average loss is mostly made of; empty when nothing was lost."""
    _ = translator(view.language)
    rows = sorted(view.by_form, key=lambda row: -row.loss_eur_per_y)[:_PARTS]
    named = [f"{row.label.lower()} ({format_percent(row.share, view.language)})" for row in rows if row.share > 0.0]
    return _("This cost is mostly made of: {parts}.", parts=join_names(named, view.language)) if named else ""


def say_own_share(view: AssessmentView) -> str:
    """Return what stays after public compensation; empty when nothing was lost or nothing is compensated."""
    _, figures = translator(view.language), view.figures
    own, whole = figures.get("aal_own"), figures["aal"]
    if own is None or whole.value <= 0.0:
        return ""
    if own.value >= 0.995 * whole.value:
        return _("No public compensation is counted: the facility bears all of it. No insurance is counted either.")
    tail = figures.get("var_99_own")
    text = _(
        "After public compensation, {share} of the average loss stays with the facility.",
        share=format_percent(own.value / whole.value, view.language),
    )
    if tail is None or tail.value <= 0.0:
        return text
    more = _(
        "One year in 100, more than {amount} stays; no insurance is counted.",
        amount=format_euros(tail.value, view.language),
    )
    return f"{text} {more}"


def say_event(event: BadEventView, language: Language) -> list[str]:
    """Return what a typical serious attack takes, in days and in care."""
    _ = translator(language)
    said = [
        _(
            "In a typical serious attack, the middle one of {count} simulated, systems take {days} days to come back "
            "in full.",
            count=format_count(event.events_like_this, language),
            days=format_count(max(event.outage_days, 1.0), language),
        )
        if event.outage_days >= 1.5
        else _(
            "In a typical serious attack, the middle one of {count} simulated, systems are back in full within a day "
            "or so.",
            count=format_count(event.events_like_this, language),
        )
    ]
    known = list(_count_care(event, language))
    if known:
        said.append(_("Meanwhile: {counts}.", counts=join_names(known, language)))
    said.append(_("It would cost {loss}.", loss=format_euros(event.loss_eur, language)))
    return said


def _count_care(event: BadEventView, language: Language) -> Iterator[str]:
    _ = translator(language)
    days, operations, visits = (
        round_significant(value, 2)
        for value in (event.bed_days_lost, event.operations_lost or 0.0, event.visits_diverted)
    )
    if round(days) == 1:
        yield _("one bed-day of care lost")
    elif days >= 1.5:
        yield _("{n} bed-days of care lost", n=format_count(days, language))
    if round(operations) == 1:
        yield _("one operation cancelled")
    elif operations >= 1.5:
        yield _("{n} operations cancelled", n=format_count(operations, language))
    if round(visits) == 1:
        yield _("one emergency visit diverted")
    elif visits >= 1.5:
        yield _("{n} emergency visits diverted", n=format_count(visits, language))


def say_paths(view: AssessmentView) -> list[str]:
    """Return by which ways losses come, of 100 euros."""
    _ = translator(view.language)
    shares = {row.id: row.share for row in view.by_origin}
    if not any(shares.values()):
        return [_("No loss was simulated.")]
    own = round(100.0 * (shares.get("own", 0.0) + shares.get("campaign", 0.0)))
    provider = min(round(100.0 * shares.get("provider", 0.0)), 100 - own)
    parts = [
        text
        for count, text in (
            (own, _("{n} by an attack on the facility itself", n=own)),
            (provider, _("{n} through a shared provider", n=provider)),
            (100 - own - provider, _("{n} through a linked facility", n=100 - own - provider)),
        )
        if count
    ]
    said = [_("Of 100 euros of average loss: {parts}.", parts=join_names(parts, view.language))]
    if rebound_share(view) >= _MATTERS:
        said.append(
            _(
                "What comes through others cannot be stopped by one’s own defences alone: it takes contracts, agreed "
                "procedures, and a way to work without them for a time."
            )
        )
    return said


def list_decisions(study: FacilityStudy) -> list[str]:
    """Return the questions that those who decide have to settle, with their figures."""
    view, decision = study.view, study.decision
    _, language, figures = translator(view.language), view.language, view.figures
    said = []
    tail = figures.get("aep_100")
    if tail is not None and tail.value > 0.0:
        said.append(
            _(
                "What loss can the facility bear? One year in 100 would cost more than {amount}.",
                amount=format_euros(tail.value, language),
            )
        )
    event = view.bad_event
    if event is not None and event.outage_days >= 1.5:
        said.append(
            _(
                "Can care go on for {days} days without computers? Name for each service how, and rehearse it.",
                days=format_count(event.outage_days, language),
            )
        )
    said.append(_write_measures(decision, _, language))
    if rebound_share(view) >= _MATTERS:
        said.append(
            _(
                "What is asked of providers and linked facilities? {share} of the average loss comes through them.",
                share=format_percent(rebound_share(view), language),
            )
        )
    own = figures.get("var_99_own")
    if own is not None and own.value > 0.0:
        said.append(
            _(
                "What to insure, what to set aside? The command “hygie insure price” holds a programme against "
                "these figures."
            )
            if study.programme is None
            else _(
                "Take the programme “{name}”? {sentence}",
                name=study.programme.name,
                sentence=study.programme.sentences[0],
            )
        )
    return said


def _write_measures(decision: object, _: Translate, language: Language) -> str:
    from hygie.views.decide import ControlDecisionView

    if not isinstance(decision, ControlDecisionView):
        return _("Which measures, with what budget? Ask for the study of measures before deciding.")
    best = decision.best
    if best is None or not best.controls:
        return _("Which measures, with what budget? The table above ranks them by what they are worth.")
    return _(
        "Are {cost} over {years} years granted for: {names}? On average they avoid {gain} a year.",
        cost=format_euros(best.cost_eur.value, language),
        years=decision.horizon_y,
        names=join_names(best.names, language),
        gain=format_euros(best.loss_avoided_eur_per_y.value, language),
    )


def list_unknowns(view: AssessmentView) -> list[str]:
    """Return what is not known, and how much it matters."""
    _, language = translator(view.language), view.language
    said = []
    known = view.subject.posture_known_share
    if known <= 0.0:
        said.append(
            _(
                "The facility’s own defences: none is described yet, so the average of the sector stands in. These "
                "figures do not rate its real security."
            )
        )
    elif known < 1.0:
        said.append(
            _(
                "Part of the facility’s own defences: {share} of the measures are not described, so the average of "
                "the sector stands in for them.",
                share=format_percent(1.0 - known, language),
            )
        )
    aal = view.figures["aal"]
    if aal.value > 0.0:
        value, low, high = show_figure(aal, language)
        said.append(
            _(
                "The average cost itself: it likely lies between {low} and {high} a year. The ranges in this brief "
                "hold 9 chances in 10.",
                value=value,
                low=low,
                high=high,
            )
        )
    names = [driver.description for driver in view.drivers[:_DRIVERS]]
    if len(names) == 1:
        said.append(_("What widens the range most: “{name}”.", name=names[0]))
    elif names:
        said.append(_("What widens the range most: “{first}” and “{second}”.", first=names[0], second=names[1]))
    count = len(view.assumptions)
    if count == 1:
        said.append(
            _("One input of the model rests on judgement, not on published evidence; the full report shows it.")
        )
    elif count:
        said.append(
            _(
                "{count} inputs of the model rest on judgement, not on published evidence; the full report lists them.",
                count=format_count(count, language),
            )
        )
    return said
