"""View models of calibrated judgement: a quiz, and a pool of experts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hygie.views.assessment import View

__all__ = ["ExpertRow", "PoolView", "PooledRow", "QuizAnswerRow", "QuizView"]


class QuizAnswerRow(View):
    """One answer beside the truth."""

    id: str
    kind: Literal["interval", "statement"]
    question: str
    answer: str
    truth: str
    good: Annotated[bool, Field(description="interval: it holds the truth; statement: on the right side of 50 %")]
    source: str
    link: str | None


class QuizView(View):
    """Scores of a quiz and what to do about them."""

    language: str
    intervals: int
    hits: int
    hit_rate: float | None
    calibrated: Annotated[
        bool | None,
        Field(description="whether so few or fewer hits come to a calibrated person 5 times in 100 or more"),
    ]
    chance: Annotated[float | None, Field(description="chance of so few or fewer hits for a calibrated person")]
    statements: int
    brier: Annotated[float | None, Field(description="mean square of probability minus outcome; 0.25 is ignorance")]
    advice: list[str]
    answers: list[QuizAnswerRow]


class ExpertRow(View):
    """One expert's scores (Cooke's classical model)."""

    id: str
    calibration: float
    information: float
    weight: float


class PooledRow(View):
    """One quantity of interest: 5, 50 and 95 % quantiles of the pools."""

    id: str
    unit: str
    equal: list[float]
    performance: list[float]


class PoolView(View):
    """Scores of experts and pooled ranges."""

    seeds: int
    experts: list[ExpertRow]
    quantities: list[PooledRow]
    notes: list[str]
