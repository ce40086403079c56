"""A calibration quiz: 90 % intervals and probabilities on facts of the packs, scored against their sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from hygie.core.errors import DataError, EvidenceError, Finding, suggest
from hygie.core.evidence import Evidence, LocalText
from hygie.core.judgement import score_brier, score_chance
from hygie.facility.blueprints import read_section
from hygie.facility.records import Identifier, Record, Words
from hygie.knowledge.packs import load_catalogue
from hygie.store.documents import read_document, validate_model
from hygie.views.judgement import QuizAnswerRow, QuizView
from hygie.views.messages import Language, Translate, translator
from hygie.views.numbers import format_number, format_percent

__all__ = ["QuizAnswers", "QuizForm", "QuizQuestion", "load_quiz", "read_answers", "score_quiz", "write_form"]

CALIBRATED_FROM = 0.05
FEW_QUESTIONS = 10

_Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e15, le=1e15)]


class IntervalSpec(Record):
    """A question that is answered by a 90 % interval."""

    id: Identifier
    text: Words
    unit: Words
    truth: float
    evidence: str


class StatementSpec(Record):
    """A statement that is answered by a probability."""

    id: Identifier
    text: Words
    truth: bool
    evidence: str


class QuizSpec(Record):
    """The quiz as a pack writes it."""

    intervals: Annotated[tuple[IntervalSpec, ...], Field(min_length=1, max_length=200)]
    statements: Annotated[tuple[StatementSpec, ...], Field(max_length=200)] = ()


class _Section(Record):
    judgement_quiz: QuizSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class QuizQuestion:
    """One question, in one language; the truth is not part of what is asked."""

    id: str
    kind: Literal["interval", "statement"]
    text: str
    unit: str
    truth: float
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class QuizForm:
    """All questions, in the order in which they are asked."""

    questions: tuple[QuizQuestion, ...]


class QuizAnswers(BaseModel):
    """Answers: intervals by id, probabilities (0 to 1) by id. What is left out is not scored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    intervals: Annotated[
        dict[str, Annotated[tuple[_Number, ...], Field(min_length=2, max_length=2)] | None], Field(max_length=500)
    ] = {}
    statements: Annotated[
        dict[str, Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)] | None], Field(max_length=500)
    ] = {}


def load_quiz(language: Language) -> QuizForm:
    """Return the quiz of the packs; the last pack that has one is taken.

    Raises
    ------
    EvidenceError
        A question cites evidence that no pack has.
    """
    catalogue = load_catalogue(as_of=date.today())
    document, section = read_section(catalogue, "judgement_quiz", _Section)[-1]

    def ask(spec: IntervalSpec | StatementSpec) -> QuizQuestion:
        if spec.evidence not in catalogue.evidence:
            raise EvidenceError(
                f"evidence “{spec.evidence}” does not exist",
                file=document.name,
                field=f"judgement_quiz.{spec.id}.evidence",
                value=spec.evidence,
                repair=suggest(spec.evidence, catalogue.evidence) or "cite an evidence ref of a loaded pack",
            )
        interval = isinstance(spec, IntervalSpec)
        unit: LocalText | None = spec.unit.local() if isinstance(spec, IntervalSpec) else None
        return QuizQuestion(
            id=spec.id,
            kind="interval" if interval else "statement",
            text=spec.text.local().in_language(language),
            unit=unit.in_language(language) if unit is not None else "",
            truth=float(spec.truth),
            evidence=catalogue.evidence[spec.evidence],
        )

    quiz = section.judgement_quiz
    specs: list[IntervalSpec | StatementSpec] = [*quiz.intervals, *quiz.statements]
    return QuizForm(tuple(ask(spec) for spec in specs))


def write_form(form: QuizForm) -> str:
    """Return the questions as a YAML file to fill in."""
    lines = ["# 90 %: [low, high]; probability that the statement is true: 0 to 1. Leave null what you do not answer."]
    for kind, heading in (("interval", "intervals"), ("statement", "statements")):
        lines.append(f"{heading}:")
        for question in form.questions:
            if question.kind == kind:
                unit = f" ({question.unit})" if question.unit else ""
                lines += [f"  # {question.text}{unit}", f"  {question.id}: null"]
    return "\n".join(lines) + "\n"


def read_answers(path: Path, form: QuizForm) -> QuizAnswers:
    """Read a file of answers.

    Raises
    ------
    DataError, SchemaError
        A question is unknown, an interval is upside down, or a field is wrong.
    """
    document = read_document(path)
    answers = validate_model(document, QuizAnswers)
    findings = []
    kinds: Mapping[str, Mapping[str, object]] = {"intervals": answers.intervals, "statements": answers.statements}
    for kind, given in kinds.items():
        known = [question.id for question in form.questions if question.kind == kind[:-1]]
        for name, value in given.items():
            upside = isinstance(value, tuple) and not value[0] <= value[1]
            if name in known and not upside:
                continue
            findings.append(
                Finding(
                    code="HYG-202",
                    message="an interval goes from low to high" if upside else f"there is no question “{name}”",
                    file=document.name,
                    line=document.line_near((kind, name)),
                    field=f"{kind}.{name}",
                    value=str(value),
                    repair="swap the two" if upside else suggest(name, known) or "see `hygie fair quiz --questions`",
                )
            )
    if findings:
        raise DataError.from_findings(findings)
    return answers


def score_quiz(form: QuizForm, answers: QuizAnswers, *, language: Language) -> QuizView:
    """Score answers: hit rate of 90 % intervals, Brier score of probabilities, and what to do.

    Raises
    ------
    DataError
        Nothing was answered.
    """
    _ = translator(language)
    rows: list[QuizAnswerRow] = []
    probabilities: list[float] = []
    outcomes: list[float] = []
    for question in form.questions:
        if question.kind == "interval":
            interval = answers.intervals.get(question.id)
            if interval is None:
                continue
            low, high = interval
            good = low <= question.truth <= high
            answer = f"{_plain(low, language)} – {_plain(high, language)} {question.unit}"
            truth = f"{_plain(question.truth, language)} {question.unit}"
        else:
            probability = answers.statements.get(question.id)
            if probability is None:
                continue
            probabilities.append(probability)
            outcomes.append(question.truth)
            good = (probability > 0.5) == bool(question.truth) and probability != 0.5
            answer = format_percent(probability, language)
            truth = _("true") if question.truth else _("false")
        rows.append(
            QuizAnswerRow(
                id=question.id,
                kind=question.kind,
                question=question.text,
                answer=answer,
                truth=truth,
                good=good,
                source=f"{question.evidence.publisher}: {question.evidence.title.in_language(language)}",
                link=question.evidence.link,
            )
        )
    if not rows:
        raise DataError("nothing was answered", repair="answer at least one question; ten intervals say something")
    asked = [row for row in rows if row.kind == "interval"]
    hits = sum(row.good for row in asked)
    chance = score_chance(hits, len(asked)) if asked else None
    brier = score_brier(np.array(probabilities), np.array(outcomes)) if probabilities else None
    return QuizView(
        language=language,
        intervals=len(asked),
        hits=hits,
        hit_rate=hits / len(asked) if asked else None,
        calibrated=None if chance is None else chance >= CALIBRATED_FROM,
        chance=chance,
        statements=len(probabilities),
        brier=brier,
        advice=_advise(hits, len(asked), chance, brier, language=language, _=_),
        answers=rows,
    )


def _advise(
    hits: int, asked: int, chance: float | None, brier: float | None, *, language: Language, _: Translate
) -> list[str]:
    lines = []
    if chance is not None:
        shown = {"hits": hits, "asked": asked, "chance": format_percent(chance, language)}
        if chance < CALIBRATED_FROM:
            lines.append(
                _(
                    "Your intervals are too narrow: {hits} of {asked} hold the truth, where a calibrated person gets "
                    "so few with a chance of {chance}. Widen each end until you would bet 19 to 1 that the truth is "
                    "not beyond.",
                    **shown,
                )
            )
        elif hits == asked and asked >= 2 * FEW_QUESTIONS:
            lines.append(_("All {asked} intervals hold the truth: they may be wider than what you know.", asked=asked))
        else:
            lines.append(
                _("{hits} of {asked} intervals hold the truth: no sign of overconfidence.", hits=hits, asked=asked)
            )
        if asked < FEW_QUESTIONS:
            lines.append(_("Fewer than {count} intervals say little: answer more.", count=FEW_QUESTIONS))
    if brier is not None:
        score = format_number(brier, language)
        if brier > 0.25:
            lines.append(
                _("Brier score {score}: worse than saying 50 % each time (0.25). Stay nearer to 50 %.", score=score)
            )
        else:
            lines.append(_("Brier score {score}: better than saying 50 % each time (0.25).", score=score))
    return lines


def _plain(value: float, language: Language) -> str:
    return format_number(value, language, digits=6)
