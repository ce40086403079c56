"""The dossier in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from hygie.report.units import show_quantity
from hygie.service.validation.judge import Judgement
from hygie.service.validation.targets import Target
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_number, format_percent
from hygie.views.validation import FitView, TargetView

__all__ = ["describe_target", "list_limits", "show_amount", "summarise"]

Verdict = Literal["pass", "fail", "reported"]


def show_amount(value: float, unit: str, language: str) -> str:
    """Return a value with its unit in words."""
    if unit == "d":
        return translator(language)("{n} days", n=format_number(value, language))
    return show_quantity(value, unit, language)


def describe_target(target: Target, judgement: Judgement, verdict: Verdict, language: Literal["fr", "en"]) -> str:
    """Return one sentence: what the model says, where the observed value falls, and the verdict."""
    _ = translator(language)
    if not judgement.events:
        return _("No simulated event to compare with.")
    if target.measure.kind == "split":
        assert judgement.statistic is not None
        assert target.observed is not None
        said = ", ".join(f"{low}–{high}" for low, high in judgement.predicted)
        text = _(
            "The model expects {ranges} (5 to 95%) where {counts} were counted; posterior predictive p = {p}.",
            ranges=said,
            counts=" / ".join(str(count) for count in target.observed.counts),
            p=format_number(judgement.statistic, language),
        )
    else:
        text = _describe_values(target, judgement, language, _)
    return " ".join([text, _verdict(target, verdict, language, _)]).strip()


def _describe_values(target: Target, judgement: Judgement, language: Literal["fr", "en"], _: Translate) -> str:
    unit = (target.observed.unit if target.observed else None) or {"cost": "EUR_2024", "outage": "d"}.get(
        target.measure.kind, "share"
    )
    low, middle, high = (show_amount(judgement.quantiles[i], unit, language) for i in (0, 2, 4))
    match target.rule.kind:
        case "probability_above":
            assert judgement.statistic is not None
            assert target.observed is not None
            assert target.observed.high is not None
            return _(
                "The model goes above {limit} in {share} of such events.",
                limit=show_amount(target.observed.high, unit, language),
                share=format_percent(judgement.statistic, language),
            )
        case "ratio_at_most":
            assert judgement.statistic is not None
            return _(
                "From {low} to {high} (5 to 95%): a factor of {ratio}.",
                low=low,
                high=high,
                ratio=format_number(judgement.statistic, language),
            )
    if judgement.statistic is not None:
        text = _("In the model this is so in {share} of events.", share=format_percent(judgement.statistic, language))
    else:
        text = _("Model: {middle} ({low} to {high}, 5 to 95%).", middle=middle, low=low, high=high)
    if target.observed is None or target.observed.low is None or target.observed.high is None:
        return text
    seen = show_amount(target.observed.low, unit, language)
    if target.observed.high > target.observed.low:
        seen = _("{low} to {high}", low=seen, high=show_amount(target.observed.high, unit, language))
    if judgement.position is None or judgement.statistic is not None:
        return f"{text} {_('Observed: {value}.', value=seen)}"
    place = _(
        "Observed: {value}, above {share} of the model.",
        value=seen,
        share=format_percent(round(judgement.position, 2), language),
    )
    return f"{text} {place}"


def _verdict(target: Target, verdict: Verdict, language: str, _: Translate) -> str:
    if verdict == "reported":
        return _("Shown only.")
    kind = target.rule.kind
    low, high = target.rule.low, target.rule.high
    if kind == "inside":
        return _("Inside: met.") if verdict == "pass" else _("Outside: missed.")
    if low is not None and high is not None:
        bounds = f"{format_number(low, language)} – {format_number(high, language)}"
    elif high is not None:
        bounds = _("at most {n}", n=format_number(high, language))
    else:
        bounds = _("at least {n}", n=format_number(low or 0.0, language))
    if verdict == "pass":
        return _("Met (wanted: {bounds}).", bounds=bounds)
    return _("Missed (wanted: {bounds}).", bounds=bounds)


def summarise(
    rows: Sequence[TargetView],
    *,
    held: int,
    groups: int,
    needed: int,
    fits: Sequence[FitView],
    language: Literal["fr", "en"],
) -> list[str]:
    """Return the dossier in a few sentences, failures named."""
    _ = translator(language)
    fitted = [row for row in rows if row.role == "fitted"]
    others = [row for row in rows if row.role == "held_back" and row.group is None]
    lines = [
        _(
            "Fitted targets met: {n} of {total}.",
            n=format_count(sum(row.verdict == "pass" for row in fitted), language),
            total=format_count(len(fitted), language),
        ),
        _(
            "Held-back cases met: {n} of {total} (at least {needed} wanted).",
            n=format_count(held, language),
            total=format_count(groups, language),
            needed=format_count(needed, language),
        ),
        _(
            "Other held-back demands met: {n} of {total}.",
            n=format_count(sum(row.verdict == "pass" for row in others), language),
            total=format_count(len(others), language),
        ),
    ]
    missed = [row.name for row in rows if row.verdict == "fail"]
    if missed:
        lines.append(_("Missed: {names}.", names="; ".join(missed)))
    for fit in fits:
        lines.append(
            _(
                "Fit “{name}”: {draws} draws, effective size {size}.",
                name=fit.id,
                draws=format_count(fit.draws * fit.rounds, language),
                size=format_count(fit.effective_size, language),
            )
        )
        if fit.stale:
            lines.append(
                _(
                    "Fit “{name}” is out of date: the priors of {names} have changed; run `hygie validate --fit`.",
                    name=fit.id,
                    names=", ".join(fit.stale),
                )
            )
    return lines


def list_limits(_: Translate) -> list[str]:
    """Return what the dossier cannot show."""
    return [
        _("Four hospitals and one yearly count: a model with this many parameters is hardly tested by them."),
        _("Published cases are the large ones; costs are what the hospital chose to count, in euros of the year."),
        _("The stated errors of observations are judgements; a smaller error would pull the fit harder."),
        _("Only margins are stored: parameters that trade off against each other are drawn independently afterwards."),
        _("Priors were set by people who knew the cases, held-back ones too: holding back is weaker than it sounds."),
    ]
