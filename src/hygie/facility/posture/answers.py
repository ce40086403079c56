"""Answers to the questionnaire: what may be written, the file that keeps them, and the posture they make."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from hygie.core.errors import Finding, SchemaError, suggest
from hygie.facility.organisation import PostureEntry
from hygie.facility.posture.questionnaire import UNKNOWN, Question, Questionnaire
from hygie.facility.records import Identifier, Record
from hygie.store.documents import Document, validate_model

__all__ = ["Answer", "derive_entries", "interpret_answer", "read_answers", "read_share", "write_answers"]

MAX_NOTE = 500
MAX_EVIDENCE = 500
# Digits of a coverage: a thousandth is far finer than anyone knows.
DIGITS = 3

_NUMBER = re.compile(r"([0-9]{1,3}(?:[.,][0-9]{1,6})?)\s*(%|pct)?")
_UNKNOWN_WORDS = frozenset({UNKNOWN, "?", "i do not know", "i don't know", "je ne sais pas", "inconnu", "nsp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered to one question.

    Parameters
    ----------
    value
        The id of a choice, `unknown`, or a share [share].
    share
        The share it stands for, None for `unknown` [share].
    on
        When it was answered.
    """

    value: str | float
    share: float | None
    on: date | None = None
    note: str | None = None


Plain = Annotated[str, Field(max_length=100)] | Annotated[float, Field(strict=True)] | None


class _Row(Record):
    answer: Plain = None
    on: date | None = None
    note: Annotated[str, Field(max_length=MAX_NOTE)] | None = None


def _tag_answer(value: object) -> str:
    return "row" if isinstance(value, dict | _Row) else "plain"


class _File(Record):
    schema_: Literal["hygie.answers/1"] = Field(alias="schema")
    facility: str | None = None
    on: date | None = None
    answers: dict[
        Identifier, Annotated[Annotated[Plain, Tag("plain")] | Annotated[_Row, Tag("row")], Discriminator(_tag_answer)]
    ] = Field(default_factory=dict)


def read_share(text: str) -> float | None:
    """Return the share that a text states, None when it states none; above 1 it needs its sign.

    >>> read_share("60 %"), read_share("0,6"), read_share("60")
    (0.6, 0.6, None)
    """
    match = _NUMBER.fullmatch(text.replace("\u202f", " ").replace("\u00a0", " ").strip().lower())
    if match is None:
        return None
    value = float(match[1].replace(",", ".")) / (100.0 if match[2] else 1.0)
    return round(value, 6) if 0.0 <= value <= 1.0 else None


def interpret_answer(
    question: Question, value: str | float, *, on: date | None = None, note: str | None = None
) -> Answer:
    """Return the answer that a text or a number stands for.

    A choice is recognised by its id or by its words in either language; a share is accepted where the question asks
    for a percentage.

    Raises
    ------
    SchemaError
        It is none of the answers of the question.
    """
    text = str(value).strip() if isinstance(value, str) else ""
    if text:
        words = " ".join(text.replace("\u00a0", " ").replace("’", "'").casefold().split())
        if words in _UNKNOWN_WORDS:
            return Answer(value=UNKNOWN, share=None, on=on, note=note)
        for choice in question.choices:
            known = (choice.id, choice.name.en, choice.name.fr)
            if words in {" ".join(name.replace("’", "'").casefold().split()) for name in known}:
                return Answer(value=choice.id, share=choice.share, on=on, note=note)
    share = read_share(text) if isinstance(value, str) else (float(value) if 0.0 <= value <= 1.0 else None)
    if share is not None and question.percent:
        return Answer(value=share, share=share, on=on, note=note)
    names = [*(choice.id for choice in question.choices), UNKNOWN]
    raise SchemaError(
        "this is not an answer to the question",
        field=question.id,
        value=value,
        allowed=", ".join(names) + (", or a percentage such as 60 %" if question.percent else ""),
        repair=suggest(text, names) or "use one of the answers, or leave it empty",
    )


def read_answers(document: Document, questionnaire: Questionnaire) -> tuple[dict[str, Answer], str | None]:
    """Return the answers of a file by question, and the facility that it names.

    Empty answers are left out. An answer without a date of its own has that of the file.

    Raises
    ------
    SchemaError
        A field is wrong, a question is unknown, or an answer is none of its question; all findings are listed.
    """
    file = validate_model(document, _File)
    questions = {question.id: question for question in questionnaire.questions}
    answers: dict[str, Answer] = {}
    findings: list[Finding] = []
    for name, given in file.answers.items():
        row = given if isinstance(given, _Row) else _Row(answer=given)
        path = ("answers", name)
        if name not in questions:
            findings.append(
                SchemaError(
                    f"there is no question “{name}”",
                    file=document.name,
                    line=document.line_near(path),
                    field=f"answers.{name}",
                    repair=suggest(name, questions) or "remove the line",
                ).findings[0]
            )
        elif row.answer is not None and str(row.answer).strip():
            try:
                answers[name] = interpret_answer(questions[name], row.answer, on=row.on or file.on, note=row.note)
            except SchemaError as error:
                findings += error.located(file=document.name, line=document.line_near(path)).findings
    if findings:
        raise SchemaError.from_findings(findings)
    return answers, file.facility


def write_answers(answers: Mapping[str, Answer], *, facility: str) -> str:
    """Return the text of an answers file."""
    lines = ["schema: hygie.answers/1", f"facility: {quote(facility)}", "answers:" if answers else "answers: {}"]
    for name, answer in answers.items():
        parts = [f"answer: {answer.value if isinstance(answer.value, str) else f'{answer.value:g}'}"]
        if answer.on is not None:
            parts.append(f"on: {answer.on.isoformat()}")
        if answer.note:
            parts.append(f"note: {quote(answer.note)}")
        lines.append(f"  {name}: {{{', '.join(parts)}}}")
    return "\n".join(lines) + "\n"


def clean_line(text: str) -> str:
    """Return a text on one line, without what does not print; spaces of every kind are kept."""
    return "".join(ch if ch.isprintable() or unicodedata.category(ch) == "Zs" else " " for ch in text)


def quote(text: str) -> str:
    """Return a YAML scalar in double quotes that stands for a text."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{clean_line(escaped)}"'


def derive_entries(
    questionnaire: Questionnaire, answers: Mapping[str, Answer], *, source: str, on: date
) -> dict[str, PostureEntry]:
    """Return the posture that answers make: for each control the weighted mean of the shares answered.

    Questions without an answer, or answered “I do not know”, do not count; a control with none left gets no entry,
    and keeps what is assumed for the sector. An entry is as old as the oldest answer behind it.

    Parameters
    ----------
    source
        What the evidence of an entry names before the questions.
    on
        Date of answers that have none.
    """
    behind: dict[str, list[tuple[str, float, Answer]]] = {}
    for question in questionnaire.questions:
        answer = answers.get(question.id)
        if answer is not None and answer.share is not None:
            for control, weight in question.weights.items():
                behind.setdefault(control, []).append((question.id, weight, answer))
    entries: dict[str, PostureEntry] = {}
    for control, rows in behind.items():
        total = sum(weight for _, weight, _ in rows)
        mean = sum(weight * (answer.share or 0.0) for _, weight, answer in rows) / total
        entries[control] = PostureEntry(
            coverage=round(mean, DIGITS),
            on=min(answer.on or on for _, _, answer in rows),
            origin="questionnaire",
            evidence=shorten(f"{source}: {', '.join(name for name, _, _ in rows)}"),
        )
    return entries


def shorten(text: str) -> str:
    """Return a text that fits the evidence of an entry."""
    clean = clean_line(text)
    return clean if len(clean) <= MAX_EVIDENCE else clean[: MAX_EVIDENCE - 1] + "…"
