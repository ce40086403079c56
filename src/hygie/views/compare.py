"""View model of two saved assessments, side by side and split by cause."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hygie.views.assessment import View

__all__ = ["CompareView", "ComparedCause", "ComparedFigure", "ComparedSide"]


class ComparedSide(View):
    """One of the two assessments."""

    result_id: str
    name: str
    as_of: str
    facility_revision: int | None
    version: str
    packs: dict[str, str]
    years: int
    draws: int
    seed: int
    digest: str


class ComparedFigure(View):
    """One figure in both, with its epistemic band."""

    id: str
    label: str
    unit: str
    before: float
    before_low: float | None
    before_high: float | None
    after: float
    after_low: float | None
    after_high: float | None
    change: float
    noise: Annotated[float, Field(description="standard error of the change, as if both runs were independent")]


class ComparedCause(View):
    """What one cause did to the average annual loss."""

    id: str
    label: str
    change: Annotated[float, Field(description="[EUR_2024/y]")]
    noise: Annotated[float | None, Field(description="standard error [EUR_2024/y]")]
    sentence: str


class CompareView(View):
    """Two saved assessments of a facility; `causes` sum to the change of the average annual loss."""

    language: Literal["fr", "en"]
    facility: str
    before: ComparedSide
    after: ComparedSide
    figures: list[ComparedFigure]
    headline: list[str]
    causes: Annotated[list[ComparedCause], Field(description="empty until the split is computed")]
    notes: list[str]
