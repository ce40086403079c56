"""Pool the ranges of several experts: equal weights, and weights earned on questions whose answer is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from hygie.core.errors import DataError, Finding
from hygie.core.judgement import pool_quantiles, score_experts
from hygie.store.documents import read_document, validate_model
from hygie.views.judgement import ExpertRow, PooledRow, PoolView
from hygie.views.messages import Language, translator

__all__ = ["pool_experts"]

FEW_SEEDS = 10

_Name = Annotated[str, Field(min_length=1, max_length=120)]
_Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e18, le=1e18)]
_Triple = Annotated[tuple[_Number, ...], Field(min_length=3, max_length=3)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Question(_Part):
    """One question: what each expert says, and the truth where it is known."""

    id: _Name
    unit: Annotated[str, Field(max_length=40)] = ""
    truth: _Number | None = None
    answers: Annotated[dict[_Name, _Triple], Field(min_length=1, max_length=200)]


class _Panel(_Part):
    """A panel of experts: seed questions have a truth, the others are what one wants to know."""

    cutoff: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    questions: Annotated[tuple[_Question, ...], Field(min_length=1, max_length=1000)]


def pool_experts(path: Path, *, language: Language) -> PoolView:
    """Score a panel on its seed questions and pool the others.

    Raises
    ------
    DataError, SchemaError, ModelError
        The file is wrong: an expert is missing somewhere, or quantiles do not increase.
    """
    document = read_document(path)
    panel = validate_model(document, _Panel)
    names = list(panel.questions[0].answers)
    findings = []
    for index, question in enumerate(panel.questions):
        for name in sorted(set(names) ^ set(question.answers)):
            findings.append(
                Finding(
                    code="HYG-202",
                    message=f"“{name}” does not answer every question",
                    file=document.name,
                    line=document.line_near(("questions", index, "answers")),
                    field=f"questions.{index}.answers",
                    value=name,
                    repair="ask the same experts everything, or leave out who did not answer",
                )
            )
        for name, triple in question.answers.items():
            if not triple[0] < triple[1] < triple[2]:
                findings.append(
                    Finding(
                        code="HYG-204",
                        message="quantiles of an answer increase",
                        file=document.name,
                        line=document.line_near(("questions", index, "answers", name)),
                        field=f"questions.{index}.answers.{name}",
                        value=str(list(triple)),
                        allowed="[5 %, 50 %, 95 %]",
                        repair="put the three values in order, none twice",
                    )
                )
    if findings:
        raise DataError.from_findings(findings)
    seeds = [question for question in panel.questions if question.truth is not None]
    if not seeds:
        raise DataError(
            "no question has a truth, so nobody can earn a weight",
            file=document.name,
            field="questions",
            repair="add seed questions with `truth`; ten or more",
        )
    answers = np.array([[question.answers[name] for name in names] for question in seeds], dtype=np.float64)
    truths = np.array([question.truth for question in seeds], dtype=np.float64)
    scores = score_experts(answers, truths, cutoff=panel.cutoff)
    even = np.full(len(names), 1.0 / len(names))
    rows = []
    for question in panel.questions:
        given = np.array([question.answers[name] for name in names], dtype=np.float64)
        extra = None if question.truth is None else np.array([question.truth])
        rows.append(
            PooledRow(
                id=question.id,
                unit=question.unit,
                equal=pool_quantiles(given, even, extra=extra).tolist(),
                performance=pool_quantiles(given, scores.weight, extra=extra).tolist(),
            )
        )
    notes = []
    if len(seeds) < FEW_SEEDS:
        _ = translator(language)
        notes.append(
            _(
                "{count} seed questions are few: ten or more are advised, weights move with each of them.",
                count=len(seeds),
            )
        )
    return PoolView(
        seeds=len(seeds),
        experts=[
            ExpertRow(
                id=name,
                calibration=float(scores.calibration[index]),
                information=float(scores.information[index]),
                weight=float(scores.weight[index]),
            )
            for index, name in enumerate(names)
        ],
        quantities=rows,
        notes=notes,
    )
