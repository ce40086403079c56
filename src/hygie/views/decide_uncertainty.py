"""View models of what is not known, and what it does to the result."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from hygie.views.assessment import View

__all__ = ["InformationView", "SourceShareView", "SwingView", "UncertaintyView"]


class SwingView(View):
    """One bar of the tornado."""

    id: str
    description: str
    group: str
    correlation: float = Field(description="Spearman's rank correlation over the draws")
    low: float = Field(description="Mean figure over the fifth of draws with the lowest input")
    high: float = Field(description="Mean figure over the fifth of draws with the highest input")


class SourceShareView(View):
    """Share of the variance of the figure that one source explains (Sobol indices)."""

    group: str
    label: str
    first: float = Field(description="Alone")
    first_error: float
    total: float = Field(description="With its interactions")
    total_error: float


class InformationView(View):
    """What it would be worth to know one input before choosing."""

    id: str
    description: str
    value_eur: float = Field(description="Over the horizon, present value")


class UncertaintyView(View):
    """What is not known at one facility, and what it does to the result."""

    language: str
    facility: str
    name: str
    aal_eur: float = Field(description="Average annual loss, economic")
    swings: dict[str, list[SwingView]] = Field(description="By figure: aal_eur, tail_eur, bed_days; widest first")
    noise_level: float = Field(description="Rank correlation that chance alone reaches in 1 of 370 inputs")
    noise_share: float = Field(description="Share of the variance between draws that comes from their few years")
    shares: list[SourceShareView] = Field(description="Empty when noise hides them")
    options: list[str]
    option_names: list[str] = Field(default_factory=list, description="Names of the options, in the same order")
    information: list[InformationView] = Field(description="Those above what chance reaches; empty without options")
    tornado: dict[str, Any] | None = Field(description="Vega-Lite specification")
    sentences: list[str]
    years: int
    draws: int
    seed: int
    as_of: str
    reproduce: str
