"""The view model of a run of typed scenarios: what the command line and the JSON show."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hygie.views.assessment import CheckView, CurveView, FigureView, View

__all__ = ["FairCurves", "FairView", "FormRow", "OptionRow", "RangeRow", "ScenarioRow", "ShortcutView"]


class RangeRow(View):
    """One typed range and what it rests on."""

    owner: str
    field: str
    unit: str
    varies: Annotated[str, Field(description="`belief` once per draw, `event` at each event")]
    p05: float
    mean: float
    p95: float
    method: str
    sources: list[str]


class ScenarioRow(View):
    """One scenario: from attempts to euros."""

    id: str
    name: str
    attempts_per_y: float
    loss_share: Annotated[float, Field(description="share of attempts that became loss events")]
    losses_per_y: float
    mean_event_eur: float
    aal_eur: float
    aal_mc_error: float
    aal_insured_eur: float
    share: Annotated[float, Field(description="share of the average annual loss")]
    tail_share: Annotated[float, Field(description="share of the mean of the worst year in 100")]
    shortcut_p99_eur: float
    p99_eur: float


class FormRow(View):
    """Average annual loss of one form, before terms."""

    id: str
    label: str
    aal_eur: float
    share: float


class OptionRow(View):
    """One control that is not in place: paired difference on the same random numbers."""

    id: str
    name: str
    aal_saved_eur: float
    aal_saved_mc_error: float
    tvar_99_saved_eur: float
    cost_per_y: float | None
    p_worth_it: Annotated[float | None, Field(description="share of draws in which the mean saving exceeds the cost")]


class ShortcutView(View):
    """Frequency × one magnitude, the shortcut of many products, beside the compound annual loss."""

    sentence: str
    mean_eur: float
    p95_eur: float
    p99_eur: float
    compound_p95_eur: float
    compound_p99_eur: float


class FairCurves(View):
    """Exceedance curves before terms, and of what the terms pay."""

    gross: list[CurveView]
    insured: list[CurveView]


class FairView(View):
    """The result of a run."""

    language: str
    id: str
    name: str
    as_of: str
    years: int
    draws: int
    seed: int
    headline: list[str]
    figures: dict[str, FigureView]
    curves: FairCurves
    scenarios: list[ScenarioRow]
    forms: list[FormRow]
    options: list[OptionRow]
    shortcut: ShortcutView
    ranges: list[RangeRow]
    sources: dict[str, str]
    checks: list[CheckView]
    reproduce: str
    digest: str
    model_digest: str
    version: str
