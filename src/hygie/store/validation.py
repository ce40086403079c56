"""What a model refuses, in plain words: where, what was found, what is accepted, and the repair."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hygie.core.errors import suggest

__all__ = ["DataPath", "Problem", "explain_validation", "has_entry"]

DataPath = tuple[str | int, ...]

_QUOTED = re.compile(r"'([^']*)'")

# What a field must be, by the first words of pydantic's error type.
_KINDS: dict[str, str] = {
    "string": "a text",
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozen_set": "a list",
    "iterable": "a list",
    "dict": "a group of “name: value” lines",
    "mapping": "a group of “name: value” lines",
    "model": "a group of “name: value” lines",
    "dataclass": "a group of “name: value” lines",
    "date": "a date written YYYY-MM-DD",
    "date_from_datetime": "a date written YYYY-MM-DD",
    "none": "empty",
    "url": "a web address",
    "uuid": "a UUID",
}
_KIND_SUFFIXES = ("_type", "_parsing", "_parsing_size", "_from_float", "_inexact", "_attributes_type")

# Bounds, by pydantic's error type: message, and how the limit is printed.
_BOUNDS: dict[str, tuple[str, str, str]] = {
    "greater_than": ("is too small", "gt", "> {}"),
    "greater_than_equal": ("is too small", "ge", "≥ {}"),
    "less_than": ("is too large", "lt", "< {}"),
    "less_than_equal": ("is too large", "le", "≤ {}"),
    "multiple_of": ("is not accepted", "multiple_of", "a multiple of {}"),
    "string_too_short": ("is too short", "min_length", "at least {} characters"),
    "string_too_long": ("is too long", "max_length", "at most {} characters"),
    "too_short": ("has too few entries", "min_length", "at least {}"),
    "too_long": ("has too many entries", "max_length", "at most {}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with the data, relative to the validated part."""

    path: DataPath
    message: str
    value: object = None
    allowed: str | None = None
    repair: str | None = None


def has_entry(value: object, part: str | int) -> bool:
    """Return whether a mapping has the key, or a list the index, `part`."""
    if isinstance(value, dict):
        return part in value
    return isinstance(value, list) and isinstance(part, int) and 0 <= part < len(value)


def explain_validation(error: ValidationError, *, model: type[BaseModel], data: Any) -> list[Problem]:
    """Return one problem per wrong field of `data`, in the order of the model's fields.

    A validator that wants its own repair raises ``PydanticCustomError("…", message, {"allowed": …, "repair": …})``.
    """
    problems: dict[DataPath, list[Problem]] = {}
    for detail in error.errors(include_url=False):
        path = _locate(detail["loc"], data)
        problems.setdefault(path, []).append(_explain(detail, path, model))
    return [problem for group in problems.values() for problem in _merge(group)]


def _locate(loc: DataPath, data: Any) -> DataPath:
    """Return the part of a pydantic location that exists in the data: tags of unions do not."""
    path: list[str | int] = []
    value = data
    for rank, part in enumerate(loc):
        if has_entry(value, part):
            value = value[part]
            path.append(part)
        elif rank == len(loc) - 1 and isinstance(value, dict) and part != "[key]":
            path.append(part)
    return tuple(path)


def _explain(detail: ErrorDetails, path: DataPath, model: type[BaseModel]) -> Problem:
    kind, context, found = detail["type"], detail.get("ctx", {}), detail["input"]
    name = f"“{path[-1]}”" if path and isinstance(path[-1], str) else "this entry"
    if kind == "missing":
        return Problem(path=path, message=f"{name} is missing", repair=f"add “{path[-1] if path else ''}:”")
    if kind == "extra_forbidden":
        known = sorted(_known_fields(model, path[:-1]))
        close = suggest(str(path[-1]), known)
        return Problem(
            path=path,
            message=f"unknown field {name}",
            value=found,
            allowed=", ".join(known) or None,
            repair=close or "remove the field",
        )
    if kind in ("literal_error", "enum"):
        accepted = _QUOTED.findall(str(context["expected"])) or [str(context["expected"])]
        return Problem(
            path=path,
            message=f"{name} is not one of the accepted values",
            value=found,
            allowed=", ".join(accepted),
            repair=suggest(str(found), accepted) or "use one of the accepted values",
        )
    if kind in _BOUNDS:
        words, key, form = _BOUNDS[kind]
        # Lists are shown by their length: their content is not what is wrong.
        value = found if not isinstance(found, list | dict) else f"{len(found)} entries"
        return Problem(path=path, message=f"{name} {words}", value=value, allowed=form.format(context[key]))
    expected = _expected_kind(kind)
    if expected is not None:
        return Problem(
            path=path, message=f"{name} must be {expected}", value=found, repair=_repair_kind(expected, found)
        )
    if kind in ("value_error", "assertion_error"):
        return Problem(path=path, message=str(context.get("error") or detail["msg"]), value=found)
    if kind == "string_pattern_mismatch":
        return Problem(
            path=path,
            message=f"{name} is not written as expected",
            value=found,
            allowed=f"the pattern {context['pattern']}",
        )
    if kind == "finite_number":
        return Problem(path=path, message=f"{name} must be a finite number", value=found)
    allowed, repair = context.get("allowed"), context.get("repair")
    return Problem(
        path=path,
        message=detail["msg"],
        value=found,
        allowed=str(allowed) if allowed is not None else None,
        repair=str(repair) if repair is not None else None,
    )


def _expected_kind(kind: str) -> str | None:
    for suffix in _KIND_SUFFIXES:
        if kind.endswith(suffix):
            return _KINDS.get(kind.removesuffix(suffix))
    return None


def _repair_kind(expected: str, found: object) -> str | None:
    if expected == "a text" and isinstance(found, int | float):
        return f'put it in quotes: "{str(found).lower() if isinstance(found, bool) else found}"'
    if expected == "a list":
        return "write [a, b], or one “- a” line per entry"
    if "number" in expected and isinstance(found, str):
        return "write digits only, with a point for decimals, and no unit or quotes"
    if found is None:
        return "give a value"
    return None


def _merge(problems: list[Problem]) -> Iterator[Problem]:
    """Join what a field may be, when the model accepts one of several kinds."""
    choices = [problem for problem in problems if " must be " in problem.message]
    if len(choices) < 2 or len(choices) != len(problems):
        yield from problems
        return
    first = choices[0]
    kinds = list(dict.fromkeys(problem.message.split(" must be ", 1)[1] for problem in choices))
    prefix = first.message.split(" must be ", 1)[0]
    yield Problem(path=first.path, message=f"{prefix} must be {' or '.join(kinds)}", value=first.value)


def _known_fields(model: type[BaseModel], path: DataPath) -> set[str]:
    """Return the names of the fields that the models standing at `path` accept."""
    models = {model}
    for part in path:
        fields = [
            info.annotation for one in models for name, info in one.model_fields.items() if part in (name, info.alias)
        ]
        # An index, a key of a dictionary or the tag of a union leads into the same models.
        if fields:
            models = {found for annotation in fields for found in _find_models(annotation)}
    return {info.alias or name for one in models for name, info in one.model_fields.items()}


def _find_models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _find_models(argument)
