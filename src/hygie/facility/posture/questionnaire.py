"""The questionnaire on defences, as packs write it: questions in plain words, and the controls they speak of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from hygie.core.errors import EvidenceError, Finding, suggest
from hygie.core.evidence import LocalText
from hygie.facility.blueprints import read_section
from hygie.facility.controls import ControlSpec
from hygie.facility.records import Basis, Identifier, Record, Share, Words
from hygie.knowledge.packs import Catalogue
from hygie.store.documents import Document

__all__ = ["UNKNOWN", "Choice", "Question", "Questionnaire", "find_unasked", "load_questionnaire"]

# The answer “I do not know”: the controls of the question keep what is assumed for the sector.
UNKNOWN = "unknown"

Weight = Annotated[float, Field(gt=0.0, le=10.0)]


class ChoiceSpec(Record):
    """One answer of a scale, and the share it stands for."""

    id: Identifier
    share: Share
    name: Words


class ScaleSpec(Record):
    """Answers that several questions share, from least to most."""

    id: Identifier
    choices: Annotated[tuple[ChoiceSpec, ...], Field(min_length=2, max_length=8)]


class TopicSpec(Record):
    """A part of the questionnaire."""

    id: Identifier
    name: Words


class QuestionSpec(Record):
    """One question, and how much it weighs for each control that it speaks of."""

    id: Identifier
    topic: Identifier
    scale: Identifier
    short: bool = False
    percent: bool = False
    text: Words
    why: Words
    controls: Annotated[Mapping[Identifier, Weight], Field(min_length=1, max_length=6)]


class QuestionnaireSpec(Record):
    """The questionnaire as written."""

    basis: Basis
    scales: Annotated[tuple[ScaleSpec, ...], Field(min_length=1)]
    topics: Annotated[tuple[TopicSpec, ...], Field(min_length=1)]
    questions: Annotated[tuple[QuestionSpec, ...], Field(min_length=1, max_length=500)]


class _Section(Record):
    questionnaire: QuestionnaireSpec


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer, and the share it stands for."""

    id: str
    share: float
    name: LocalText


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question with its answers in place.

    Parameters
    ----------
    percent
        Whether a percentage may be answered instead of a choice.
    weights
        By control: how much this question counts among those that speak of the control.
    """

    id: str
    topic: LocalText
    short: bool
    percent: bool
    text: LocalText
    why: LocalText
    choices: tuple[Choice, ...]
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """All questions, in the order in which they are asked."""

    basis: Basis
    questions: tuple[Question, ...]

    def select(self, *, full: bool) -> tuple[Question, ...]:
        """Return the questions of the full form, or of the short one."""
        return tuple(question for question in self.questions if full or question.short)


def load_questionnaire(catalogue: Catalogue, controls: Iterable[ControlSpec]) -> Questionnaire:
    """Read the questionnaire of the packs; the last pack that has one is taken.

    Raises
    ------
    SchemaError
        A field is wrong.
    EvidenceError
        No pack has a questionnaire, a name leads nowhere, or an id stands twice; every finding is listed.
    """
    document, section = read_section(catalogue, "questionnaire", _Section)[-1]
    spec = section.questionnaire
    findings = list(_check_names(spec, document, [control.id for control in controls]))
    if findings:
        raise EvidenceError.from_findings(findings)
    topics = {topic.id: topic.name.local() for topic in spec.topics}
    scales = {
        scale.id: tuple(Choice(choice.id, choice.share, choice.name.local()) for choice in scale.choices)
        for scale in spec.scales
    }
    return Questionnaire(
        spec.basis,
        tuple(
            Question(
                id=question.id,
                topic=topics[question.topic],
                short=question.short,
                percent=question.percent,
                text=question.text.local(),
                why=question.why.local(),
                choices=scales[question.scale],
                weights=dict(question.controls),
            )
            for question in spec.questions
        ),
    )


def find_unasked(questions: Iterable[Question], controls: Iterable[ControlSpec]) -> list[str]:
    """Return the controls that no question speaks of."""
    asked = {control for question in questions for control in question.weights}
    return [control.id for control in controls if control.id not in asked]


def _check_names(spec: QuestionnaireSpec, document: Document, controls: Sequence[str]) -> Iterable[Finding]:
    def note(message: str, path: tuple[str | int, ...], value: str, known: Sequence[str], repair: str) -> Finding:
        return Finding(
            code=EvidenceError.code,
            message=message,
            file=document.name,
            line=document.line_near(("questionnaire", *path)),
            field=".".join(str(part) for part in ("questionnaire", *path)),
            value=value,
            allowed=", ".join(known) or None,
            repair=suggest(value, known) or repair,
        )

    for part, ids in (
        ("scales", [scale.id for scale in spec.scales]),
        ("topics", [topic.id for topic in spec.topics]),
        ("questions", [question.id for question in spec.questions]),
    ):
        for index, name in enumerate(ids):
            if name in ids[:index]:
                yield note(f"the id “{name}” stands twice", (part, index, "id"), name, (), "rename one of the two")
    for index, scale in enumerate(spec.scales):
        names = [choice.id for choice in scale.choices]
        for rank, name in enumerate(names):
            if name in names[:rank] or name == UNKNOWN:
                message = f"the answer “{name}” is taken"
                yield note(message, ("scales", index, "choices", rank, "id"), name, (), "give it another id")
    scales, topics = [scale.id for scale in spec.scales], [topic.id for topic in spec.topics]
    for index, question in enumerate(spec.questions):
        place = ("questions", index)
        if question.scale not in scales:
            message = f"unknown scale “{question.scale}”"
            yield note(message, (*place, "scale"), question.scale, scales, "use one of the scales")
        if question.topic not in topics:
            message = f"unknown topic “{question.topic}”"
            yield note(message, (*place, "topic"), question.topic, topics, "use one of the topics")
        for control in question.controls:
            if control not in controls:
                message = f"unknown control “{control}”"
                yield note(message, (*place, "controls", control), control, controls, "use the id of a control")
