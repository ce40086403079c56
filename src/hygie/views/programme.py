"""View models of an insurance programme on a result, of an appetite, and of a preview."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hygie.views.assessment import CurveView, FigureView, View

__all__ = [
    "AppetiteRow",
    "AppetiteView",
    "CoverageRow",
    "LayerRow",
    "PeriodRow",
    "PremiumView",
    "PreviewPart",
    "PreviewView",
    "ProgrammeView",
    "TreatyRow",
]


class CoverageRow(View):
    """One head of cover: what falls on it, and what is left after its own terms."""

    id: str
    label: str
    forms: list[str]
    waiting_h: float
    deductible_eur: float
    sub_limit_eur: float | None
    loss_eur_per_y: Annotated[float, Field(description="average annual loss of its forms")]
    claim_eur_per_y: Annotated[float, Field(description="the same after waiting period, deductible and sub-limit")]


class PremiumView(View):
    """A technical premium and its parts, euros a year."""

    premium: FigureView
    expected: float
    load: float
    expenses: float


class LayerRow(View):
    """One layer: terms, what it pays, how often it is touched and used up."""

    id: str
    label: str
    attachment_eur: float
    limit_eur: float | None
    annual_limit_eur: float | None
    share: float
    premium_eur: float | None
    paid: FigureView
    attachment: Annotated[FigureView, Field(description="probability that the layer pays within a year")]
    exhaustion: Annotated[
        FigureView, Field(description="probability that a year uses it up; without annual limit, that an event does")
    ]
    rate_on_line: Annotated[float | None, Field(description="average annual payment over the limit of its share")]
    reinstatement_premium: Annotated[float, Field(description="average annual reinstatement premiums, euros")]
    pure_premium: Annotated[float, Field(description="initial premium that income just pays for the expected loss")]
    loss_ratio: Annotated[float | None, Field(description="average payment over premium and reinstatement premiums")]
    technical: PremiumView | None


class TreatyRow(View):
    """One treaty of reinsurance."""

    id: str
    label: str
    kind: str
    ceded: FigureView
    attachment: FigureView
    share_of_insured: float


class PeriodRow(View):
    """Annual loss and largest event at a return period: before and after the programme."""

    period_y: int
    aep_before: FigureView
    aep_after: FigureView
    oep_before: FigureView
    oep_after: FigureView


class ProgrammeView(View):
    """A programme on the events of one result. Amounts are euros of 2024."""

    language: Literal["fr", "en"]
    subject: str
    name: str
    note: str
    basis: Literal["economic", "own"]
    years: int
    draws: int
    seed: int
    figures: dict[str, FigureView]
    curves_before: list[CurveView]
    curves_after: list[CurveView]
    periods: list[PeriodRow]
    event_deductible_eur: float
    coverages: list[CoverageRow]
    uncovered: Annotated[list[CoverageRow], Field(description="forms that no coverage takes")]
    layers: list[LayerRow]
    treaties: list[TreatyRow]
    technical: PremiumView | None
    sentences: list[str]
    cautions: list[str]
    reproduce: str
    result_digest: str
    version: str


class AppetiteRow(View):
    """One point of an appetite against the curve."""

    amount_eur: float
    tolerated: float
    horizon_y: float
    probability: FigureView
    loss: Annotated[FigureView, Field(description="annual loss that comes with the tolerated probability")]
    exceeded: bool
    excess_eur: float
    certain: Annotated[bool, Field(description="the whole likely range is on the same side")]
    sentence: str


class AppetiteView(View):
    """An appetite held against the annual loss of a result, before or after a programme."""

    language: Literal["fr", "en"]
    subject: str
    programme: str | None
    rows: list[AppetiteRow]
    exceeded: int
    headline: str
    result_digest: str


class PreviewPart(View):
    """Figures of one amount in a preview."""

    id: str
    label: str
    aal: FigureView
    var_eur: float
    tvar_eur: float
    effective_years: float
    reliable: bool


class PreviewView(View):
    """A preview: other frequencies, other terms, without a new simulation."""

    language: Literal["fr", "en"]
    subject: str
    level: float
    factors: dict[str, float]
    parts: list[PreviewPart]
    milliseconds: Annotated[float, Field(description="time of the preview itself, reading of the result left out")]
    sentences: list[str]
    result_digest: str
