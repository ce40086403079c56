"""A facility described by answers: which questions, what an answer may be, and the file that answers make."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from hygie.core.errors import StoreError
from hygie.facility.blueprints import load_blueprints
from hygie.facility.organisation import Activity, Organisation
from hygie.knowledge.packs import load_catalogue
from hygie.store.text_folding import fold_words

__all__ = [
    "QUESTIONS",
    "Answer",
    "Problem",
    "Question",
    "build_facility",
    "forget_draft",
    "guess_department",
    "guess_year",
    "judge_answer",
    "list_categories",
    "read_answers",
    "read_draft",
    "save_draft",
]

Answer = str | int | float
_FINESS = re.compile(r"[0-9][0-9AB][0-9]{7}")
_DEPARTMENT = re.compile(r"(?:0[1-9]|[1-8][0-9]|9[0-5]|2[AB])")
# Digits in groups, as French and English write them, and one mark before decimals.
_NUMBER = re.compile(r"-?[0-9]{1,12}(?:[.,][0-9]{1,6})?")
_DAYS_OF_LEAP_YEAR = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question: the field that it fills.

    Parameters
    ----------
    kind
        `count` is a whole number, `amount` may have decimals.
    required
        Whether an empty answer is refused; other empty answers leave the field out.
    """

    field: str
    kind: Literal["text", "finess", "category", "status", "year", "count", "amount"]
    required: bool = False


# What moves a result most comes first: whoever stops early has given it.
QUESTIONS: tuple[Question, ...] = (
    Question(field="name", kind="text", required=True),
    Question(field="finess", kind="finess"),
    Question(field="category", kind="category", required=True),
    Question(field="status", kind="status", required=True),
    Question(field="region", kind="text"),
    Question(field="department", kind="text"),
    Question(field="year", kind="year", required=True),
    Question(field="fte", kind="amount", required=True),
    Question(field="beds_mco", kind="count"),
    Question(field="beds_icu", kind="count"),
    Question(field="places", kind="count"),
    Question(field="beds_ssr", kind="count"),
    Question(field="beds_psy", kind="count"),
    Question(field="beds_usld", kind="count"),
    Question(field="beds_ehpad", kind="count"),
    Question(field="stays", kind="count"),
    Question(field="bed_days", kind="count"),
    Question(field="emergency_visits", kind="count"),
    Question(field="operating_rooms", kind="count"),
)
_OF_ACTIVITY = frozenset(Activity.model_fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why an answer is not taken, for an interface that says it in the user's words.

    Parameters
    ----------
    limit
        What is allowed: the number, or the longest text.
    """

    reason: Literal["empty", "number", "whole", "small", "large", "long", "finess", "choice", "icu", "days", "sign"]
    limit: float | None = None


def list_categories(language: str) -> dict[str, str]:
    """Return the categories of facilities that the packs know, with their names in a language."""
    blueprints = load_blueprints(load_catalogue(as_of=date.today()))
    return {
        code: category.name.fr if language == "fr" else category.name.en
        for code, category in blueprints.categories.items()
    }


def judge_answer(
    question: Question, text: str, *, answers: Mapping[str, Answer], categories: Mapping[str, str]
) -> Answer | Problem | None:
    """Return the value of an answer, why it is not taken, or None for an empty one.

    Parameters
    ----------
    answers
        Those already given: beds bound critical-care beds and bed-days.
    categories
        Codes that are allowed, in the order in which their numbers stand for them.
    """
    text = text.strip()
    if not text:
        return Problem(reason="empty") if question.required else None
    if question.kind == "text":
        return _judge_text(question, text)
    if question.kind == "finess":
        number = re.sub(r"[\s.]", "", text).upper()
        return number if _FINESS.fullmatch(number) else Problem(reason="finess")
    if question.kind in ("category", "status"):
        codes = list(categories) if question.kind == "category" else ["public", "private"]
        return _choose(text, codes)
    return _judge_number(question, text, answers)


def _judge_text(question: Question, text: str) -> str | Problem:
    longest = 200 if question.field == "name" else 80
    if not text.isprintable():
        return Problem(reason="sign")
    return text if len(text) <= longest else Problem(reason="long", limit=longest)


def _choose(text: str, codes: list[str]) -> str | Problem:
    if text.isdecimal() and 1 <= int(text) <= len(codes):
        return codes[int(text) - 1]
    return text.lower() if text.lower() in codes else Problem(reason="choice", limit=len(codes))


def _judge_number(question: Question, text: str, answers: Mapping[str, Answer]) -> int | float | Problem:
    compact = re.sub(r"[\s\u00a0\u202f]", "", text)
    if not _NUMBER.fullmatch(compact):
        return Problem(reason="number")
    value = float(compact.replace(",", "."))
    low, high = _find_range(question.field)
    if value < low:
        return Problem(reason="small", limit=low)
    if value > high:
        return Problem(reason="large", limit=high)
    if question.kind != "amount" and not value.is_integer():
        return Problem(reason="whole")
    if question.field == "beds_icu" and value > (acute := float(answers.get("beds_mco", 0))):
        return Problem(reason="icu", limit=acute)
    most = _DAYS_OF_LEAP_YEAR * max(_count_beds(answers), 1.0)
    if question.field == "bed_days" and value > most:
        return Problem(reason="days", limit=most)
    return value if question.kind == "amount" else int(value)


def _count_beds(answers: Mapping[str, Answer]) -> float:
    names = (name for name in _OF_ACTIVITY if name == "places" or (name.startswith("beds_") and name != "beds_icu"))
    return sum(float(answers.get(name, 0)) for name in names)


def _find_range(field: str) -> tuple[float, float]:
    """Return what the facility file allows, from the model itself."""
    described = Activity.model_json_schema()["properties"][field]
    options = described.get("anyOf", [described])
    bounds = next(option for option in options if "maximum" in option)
    return float(bounds["minimum"]), float(bounds["maximum"])


def guess_department(answers: Mapping[str, Answer]) -> str | None:
    """Return the department that the first two characters of a FINESS number name, in metropolitan France."""
    start = str(answers.get("finess", ""))[:2]
    return start if _DEPARTMENT.fullmatch(start) else None


def guess_year() -> int:
    """Return the last year for which figures are complete: they come in the autumn of the next one."""
    return date.today().year - 1


def build_facility(answers: Mapping[str, Answer], *, base: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the facility file that answers make.

    Parameters
    ----------
    base
        What a register already says, links included; answers replace it field by field.
    """
    activity = {name: value for name, value in answers.items() if name in _OF_ACTIVITY}
    own = {name: value for name, value in answers.items() if name in Organisation.model_fields}
    if base is not None:
        known = base["activity"]
        asked = {question.field for question in QUESTIONS}
        kept = {name: value for name, value in known.items() if name not in asked}
        if any(known.get(name, 0) != activity.get(name, 0) for name in asked & _OF_ACTIVITY):
            # Figures that somebody has changed are no longer those of the register.
            kept.pop("evidence", None)
        return {**base, **own, "activity": {**activity, **kept}}
    number = own.get("finess")
    slug = "-".join(fold_words(str(own["name"])))[:60].strip("-")
    return {
        "schema": "hygie.facility/1",
        "id": f"fr-{str(number).lower()}" if number else slug or "facility",
        **own,
        "activity": activity,
    }


def read_answers(facility: Mapping[str, Any]) -> dict[str, Answer]:
    """Return what a facility file already answers; zeros are no answers."""
    said = {**facility, **facility["activity"]}
    return {question.field: said[question.field] for question in QUESTIONS if said.get(question.field)}


def read_draft(path: Path) -> dict[str, Answer]:
    """Return the answers that an interrupted form has left; none when there is no draft that can be read."""
    try:
        answers = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    known = {question.field for question in QUESTIONS}
    if not isinstance(answers, dict):
        return {}
    return {name: value for name, value in answers.items() if name in known and isinstance(value, str | int | float)}


def save_draft(answers: Mapping[str, Answer], path: Path) -> None:
    """Keep answers for the next call.

    Raises
    ------
    StoreError
        The file cannot be written.
    """
    try:
        path.write_text(json.dumps(dict(answers), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"the answers cannot be kept: {error.strerror}", file=str(path), repair="check the folder"
        ) from None


def forget_draft(path: Path) -> None:
    """Remove the draft of a form that is complete."""
    path.unlink(missing_ok=True)
