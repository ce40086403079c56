"""Sentences about what controls are worth, as a person would say them."""

from __future__ import annotations

from hygie.views.decide import ControlDecisionView
from hygie.views.messages import Language, Translate
from hygie.views.numbers import format_count, format_euros, format_percent

__all__ = ["say_decision"]


def say_decision(view: ControlDecisionView, _: Translate) -> list[str]:
    """Return the headline of a decision: what helps most, which set to take, and how sure that is."""
    language: Language = "fr" if view.language == "fr" else "en"

    def euros(value: float) -> str:
        return format_euros(value, language)

    said = []
    worth = [row for row in view.options if row.net_eur.value > 0.0]
    if not view.options:
        return [_("Every control is already in place: nothing is left to try here.")]
    most = max(view.options, key=lambda row: row.loss_avoided_eur_per_y.value)
    said.append(
        _(
            "What lowers the average loss most by itself: {name}, likely by between {low} and {high} a year.",
            name=most.name,
            low=euros(max(most.loss_avoided_eur_per_y.low, 0.0)),
            high=euros(max(most.loss_avoided_eur_per_y.high, 0.0)),
        )
    )
    said.append(
        _(
            "One of {total} controls avoids more loss over {years} years than it costs, on average: {name}.",
            total=len(view.options),
            years=view.horizon_y,
            name=worth[0].name,
        )
        if len(worth) == 1
        else _(
            "None of the {total} controls avoids more loss over {years} years than it costs, on average.",
            total=len(view.options),
            years=view.horizon_y,
        )
        if not worth
        else _(
            "{count} of {total} controls avoid more loss over {years} years than they cost, on average.",
            count=len(worth),
            total=len(view.options),
            years=view.horizon_y,
        )
    )
    best = view.best
    if best is not None and best.controls:
        said.append(
            _(
                "Within {budget}, the best set found costs {cost} over {years} years and avoids {gain} a year: "
                "{names}.",
                budget=euros(view.budget_eur or 0.0),
                cost=euros(best.cost_eur.value),
                years=view.horizon_y,
                gain=euros(best.loss_avoided_eur_per_y.value),
                names=", ".join(best.names),
            )
        )
        said.append(
            _(
                "It pays for itself in {share} of the draws, and spares about {days} bed-days a year, "
                "which are not in the euros.",
                share=format_percent(best.p_worth, language),
                days=format_count(best.bed_days_avoided_per_y.value, language),
            )
        )
        far = view.furthest
        if far is not None and far.controls != best.controls:
            said.append(
                _(
                    "Going further, up to {cost}, would avoid {gain} a year: {names}.",
                    cost=euros(far.cost_eur.value),
                    gain=euros(far.loss_avoided_eur_per_y.value),
                    names=", ".join(far.names),
                )
            )
    elif best is not None:
        said.append(
            _("Within this budget no set of controls earns back its cost in euros; care spared is not counted.")
        )
    return said
