"""View models of back-tests: how good forecasts of past counts were."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hygie.views.assessment import View

__all__ = ["BacktestRow", "BacktestView", "YearlyCountRow", "YearlyCountsView"]


class BacktestRow(View):
    """How one forecaster did."""

    id: str
    label: str
    log_score: float = Field(description="mean ln P(count); higher is better")
    crps: float = Field(description="events; lower is better")
    coverage: dict[str, float] = Field(description="by level: share of randomised PIT values in the central band")
    band_coverage: dict[str, float] = Field(description="by level: share of counts in the band of whole counts")
    pit: list[float] = Field(description="share of PIT values in each tenth")
    pit_p: float
    gain: float = Field(description="log score of the filter minus this one")
    gain_error: float = Field(description="standard error of the gain, robust to memory")


class BacktestView(View):
    """One back-test: scores, verdict, and what it means."""

    file: str
    period: Literal["month", "week", "day"]
    series: int
    periods: int
    forecasts: int
    origins: int
    first: str
    last: str
    rows: list[BacktestRow]
    verdict: Literal["pass", "fail", "too_few"]
    log_score_holds: bool
    coverage_holds: bool
    discount: float = Field(description="share of information kept per year, as weighted by the forecasts")
    dispersion: float = Field(description="α: variance is mean + α mean²")
    title: str
    sentences: list[str]
    cautions: list[str]


class YearlyCountRow(View):
    """One yearly count, and what the filter expected from those before it; None for the first."""

    ref: str
    year: int
    count: int
    at_least: bool
    source: str
    low: int | None
    median: int | None
    high: int | None


class YearlyCountsView(View):
    """Yearly counts of a class, for description only."""

    rows: list[YearlyCountRow]
    title: str
    sentences: list[str]
