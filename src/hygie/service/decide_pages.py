"""What pages of decisions need: jobs from forms, saved decisions, and a guess about another set of controls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel

from hygie.core.errors import NotFoundError
from hygie.service.accounts.principal import Principal
from hygie.service.decide_preview import preview_loss
from hygie.service.facilities import open_facilities
from hygie.service.jobs.kinds import find_kind
from hygie.service.jobs.queue import submit
from hygie.service.requests import ControlOption
from hygie.service.result_pages import check_years
from hygie.service.saved_results import get_result, list_results, read_result_view
from hygie.service.what_changed import label_kind
from hygie.store.workspace import Workspace
from hygie.views.application import JobView
from hygie.views.charts_decide import DecisionView
from hygie.views.decide import ControlDecisionView
from hygie.views.decide_mix import MixDecisionView
from hygie.views.decide_pages import ControlChoiceView, ControlPreviewView, DecisionRowView, RankedOptionView
from hygie.views.decide_uncertainty import UncertaintyView
from hygie.views.messages import Language, translator
from hygie.views.numbers import format_euros, format_percent

__all__ = [
    "DECISIONS",
    "ask_decision",
    "list_controls_of",
    "list_decisions",
    "load_decision_view",
    "preview_controls",
    "rank_options",
]

DECISIONS = ("decide_controls", "programme", "decide_mix", "decide_uncertainty")
_VIEWS: dict[str, type[BaseModel]] = {
    "decide_controls": ControlDecisionView,
    "decide_mix": MixDecisionView,
    "decide_uncertainty": UncertaintyView,
}
_JOB_OF = {"programme": "insure_price"}


def list_decisions(
    workspace: Workspace, *, facility: str | None, language: Language, limit: int = 12
) -> list[DecisionRowView]:
    """Return the latest decisions and prices of programmes, those of one facility or all."""
    rows = []
    for kind in DECISIONS:
        # A programme is priced on an assessment: its result carries no facility of its own.
        found = list_results(
            workspace,
            kind=kind,
            facility=facility if kind != "programme" else None,
            limit=limit,
            language=language,
        )
        for item in found.items:
            said: list[str] = item.headline.get(language) or next(
                (item.headline[name] for name in ("fr", "en") if item.headline.get(name)), []
            )
            rows.append(
                DecisionRowView(
                    result_id=item.result_id,
                    kind=kind,
                    label=label_kind(_JOB_OF.get(kind, kind), language),
                    title=item.title,
                    sentence=said[0] if said else "",
                    author=item.author,
                    at=item.created_at,
                    stale=bool(item.stale),
                )
            )
    return sorted(rows, key=lambda row: row.at, reverse=True)[:limit]


def list_controls_of(workspace: Workspace, facility: str, *, language: Language) -> list[ControlChoiceView]:
    """Return every control of the packs, with what a stored facility says of it; an empty ref for no facility."""
    from hygie.facility.blueprints import load_blueprints
    from hygie.knowledge.packs import load_catalogue

    said: dict[str, float] = {}
    if facility:
        posture = open_facilities(workspace).get(facility).data.get("posture")
        for name, entry in posture.items() if isinstance(posture, dict) else ():
            share = entry.get("coverage") if isinstance(entry, dict) else entry
            if isinstance(share, int | float):
                said[str(name)] = float(share)
    return [
        ControlChoiceView(
            id=spec.id,
            label=spec.name.local().in_language(language),
            description=spec.description.local().in_language(language),
            function=spec.function,
            coverage=said.get(spec.id),
        )
        for spec in load_blueprints(load_catalogue(as_of=date.today())).controls
    ]


def ask_decision(
    workspace: Workspace,
    kind: str,
    facility: str,
    *,
    take: Sequence[str],
    coverage: float,
    principal: Principal,
    language: Language,
    **more: Any,
) -> JobView:
    """Put a decision about a stored facility into the queue.

    Parameters
    ----------
    take
        Controls to look at; all that are not in place when empty.
    coverage
        What each is brought to [share].
    more
        Other fields of the request; None stands for its default.

    Raises
    ------
    DataError, NotFoundError
        The facility or a programme is not fit to be used, or not there.
    UsageError
        Fewer years than draws need.
    """
    years, draws = int(more["years"]), int(more["draws"])
    check_years(years, draws)
    request = find_kind(kind).request(
        facility=facility,
        options=[ControlOption(control=name, coverage=coverage) for name in take],
        as_of=date.today(),
        language=language,
        **{name: value for name, value in more.items() if value is not None},
    )
    return submit(workspace, kind=kind, request=request, principal=principal)


def load_decision_view(workspace: Workspace, result_id: str, *, language: Language) -> DecisionView:
    """Return a saved decision as it is shown; in the other language when it was made in that one only.

    Raises
    ------
    NotFoundError, StoreError
        There is none in this organisation, or its files are gone.
    """
    kind = get_result(workspace, result_id).kind
    if kind not in _VIEWS:
        raise NotFoundError("this result is no decision", value=result_id, allowed=", ".join(_VIEWS))
    view = _VIEWS[kind].model_validate(read_result_view(workspace, result_id, language=language))
    assert isinstance(view, ControlDecisionView | MixDecisionView | UncertaintyView)
    return view


def rank_options(
    view: ControlDecisionView, by: Literal["net", "avoided", "cost", "per_euro", "per_day"], *, rising: bool = False
) -> list[RankedOptionView]:
    """Return the controls in order: what costs least first for a price, what brings most first for the rest."""
    rows = []
    for option in view.options:
        cost, days = option.cost_eur.value, option.bed_days_avoided_per_y.value
        avoided = option.net_eur.value + cost
        rows.append(
            RankedOptionView(
                option=option,
                net=option.net_eur.value,
                avoided=option.loss_avoided_eur_per_y.value,
                cost=cost,
                per_euro=cost / avoided if avoided > 0.0 else None,
                per_day=cost / (view.horizon_y * days) if days > 0.0 else None,
            )
        )
    values = {row.option.id: getattr(row, by) for row in rows}
    known = [row for row in rows if values[row.option.id] is not None]
    known.sort(key=lambda row: values[row.option.id], reverse=not (rising or by in ("per_euro", "per_day")))
    # What has no figure stands at the end, whichever way.
    return [*known, *(row for row in rows if values[row.option.id] is None)]


def preview_controls(view: ControlDecisionView, controls: Sequence[str], *, language: Language) -> ControlPreviewView:
    """Return at once about what a set of the evaluated controls would leave; controls that were not are passed over."""
    _ = translator(language)
    known = {option.id: option for option in view.options}
    taken = [name for name in dict.fromkeys(controls) if name in known]
    before = view.aal_eur.value
    after = preview_loss(view, taken) if taken else before
    cost = sum(known[name].cost_eur.value for name in taken)
    if taken:
        sentence = _(
            "About {after} a year instead of {before}: {share} less, for {cost} over {years} years. A guess from each "
            "control alone; simulate the set to be sure.",
            after=format_euros(after, language),
            before=format_euros(before, language),
            share=format_percent(1.0 - after / before if before else 0.0, language),
            cost=format_euros(cost, language),
            years=view.horizon_y,
        )
    else:
        sentence = _("Tick controls to see at once about what they would leave together.")
    return ControlPreviewView(
        controls=taken,
        names=[known[name].name for name in taken],
        before_eur=before,
        after_eur=after,
        cost_eur=cost,
        sentence=sentence,
    )
