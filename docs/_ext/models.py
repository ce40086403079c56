"""Fields of pydantic models and options of commands as tables: what is accepted comes from the code."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from hygie.cli.main import app
from hygie.core.tables import DRIVERS
from hygie.facility import blueprints, controls, frameworks, organisation, records, zone_graphs
from hygie.facility.posture import questionnaire, readings
from hygie.facility.synthetic import published
from hygie.knowledge import fitted, kinds, parameters, schemas
from hygie.scenario import specs
from hygie.service import programme_files
from hygie.service.validation import targets
from hygie.threat import covariates, states

__all__ = ["describe_command", "describe_fields", "find_model", "list_commands"]

# Validators that stand for a form of text, by name.
_FORMS = {
    "_check_text": "text",
    "_check_ref": "reference",
    "_check_pack": "lower-case letters, digits, “_”",
    "_check_date": "date YYYY, YYYY-MM or YYYY-MM-DD",
    "_check_day": "date YYYY-MM-DD",
}
_PATTERNS = {
    r"^[a-z][a-z0-9_]*$": "lower-case letters, digits and “_”",
    r"^[a-z][a-z0-9]*$": "lower-case letters and digits",
    r"^[A-Za-z0-9][A-Za-z0-9._-]*$": "letters, digits, “.”, “_” and “-”",
    r"^[a-z0-9][a-z0-9._-]*$": "lower-case letters, digits, “.”, “_” and “-”",
    r"^[a-z0-9][a-z0-9-]*$": "lower-case letters, digits and “-”",
    r"^[0-9]{2}$": "code of a region",
    r"^[0-9][0-9AB][0-9]?$": "code of a department",
    r"^[0-9][0-9AB][0-9]{7}$": "nine characters of a FINESS number",
    "^(" + "|".join(DRIVERS) + ")$": "a [driver](columns.md#codes)",
}
_KINDS = {str: "text", int: "whole number", float: "number", bool: "true or false"}


_MODULES = (
    organisation,
    blueprints,
    controls,
    frameworks,
    zone_graphs,
    records,
    schemas,
    parameters,
    fitted,
    targets,
    specs,
    kinds,
    questionnaire,
    readings,
    published,
    covariates,
    programme_files,
    states,
)


def find_model(name: str) -> type[BaseModel]:
    """Return a model of a facility file or of a pack file by its class name, `module.Class` where two share it."""
    place, _, word = name.rpartition(".")
    for module in _MODULES:
        model = getattr(module, word, None) if module.__name__.endswith(place) else None
        if isinstance(model, type) and issubclass(model, BaseModel):
            return model
    raise LookupError(f"no model is called {name}")


def describe_fields(model: type[BaseModel], meanings: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Return field, accepted values, default and meaning of each field of `model`.

    Raises
    ------
    LookupError
        A field has no meaning, or a meaning has no field: the page and the code have drifted apart.
    """
    fields = {info.alias or name: info for name, info in model.model_fields.items()}
    missing, unknown = fields.keys() - meanings.keys(), meanings.keys() - fields.keys()
    if missing or unknown:
        raise LookupError(f"{model.__name__}: not explained {sorted(missing)}, not in the code {sorted(unknown)}")
    return [(f"`{name}`", _accepts(info), _default(info), str(meanings[name])) for name, info in fields.items()]


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    value = info.get_default(call_default_factory=True, validated_data={})
    return "" if value is None or value in ((), {}, []) else f"`{value}`"


def _accepts(info: FieldInfo) -> str:
    return _describe(info.annotation, info.metadata)


def _describe(annotation: Any, metadata: Iterable[Any] = ()) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _describe(arguments[0], [*arguments[1:], *metadata])
    details = list(_flatten(metadata))
    for item in details:
        form = _FORMS.get(getattr(getattr(item, "func", None), "__name__", ""))
        if form is not None:
            return form
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_describe(part) for part in arguments if part is not type(None))
    if origin is typing.Literal:
        return ", ".join(f"`{value}`" for value in arguments)
    if origin in (tuple, list):
        return f"list of {_describe(arguments[0])}" + _limits(details)
    if origin is not None and issubclass(origin, Mapping):
        return f"by {_key(arguments[0])}: {_describe(arguments[1])}" + _limits(details)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"group `{annotation.__name__}`"
    return _KINDS.get(annotation, "any") + _limits(details)


def _key(annotation: Any) -> str:
    text = _describe(annotation)
    return "name" if text.startswith("text") else text


def _flatten(metadata: Iterable[Any]) -> Iterable[Any]:
    for item in metadata:
        # Annotated[str, Field(pattern=…)] carries a FieldInfo with the constraints inside.
        if isinstance(item, FieldInfo):
            yield from item.metadata
        else:
            yield item


def _limits(details: Iterable[Any]) -> str:
    bounds: dict[str, Any] = {}
    for item in details:
        for name in ("ge", "gt", "le", "lt", "min_length", "max_length", "pattern"):
            if getattr(item, name, None) is not None:
                bounds[name] = getattr(item, name)
    words = []
    if "ge" in bounds and "le" in bounds:
        words.append(f"{_number(bounds.pop('ge'))} to {_number(bounds.pop('le'))}")
    forms = {
        "ge": "≥ {}",
        "gt": "> {}",
        "le": "≤ {}",
        "lt": "< {}",
        "min_length": "at least {}",
        "max_length": "at most {}",
    }
    words += [form.format(_number(bounds[name])) for name, form in forms.items() if name in bounds]
    if "pattern" in bounds:
        words.append(_PATTERNS.get(bounds["pattern"], f"pattern `{bounds['pattern']}`"))
    return "".join(f", {word}" for word in words)


def _number(value: float) -> str:
    return (
        f"{value:,g}"
        if value < 10_000 and value != int(value)
        else (f"{int(value):,}" if value >= 10_000 else f"{int(value)}")
    )


def list_commands() -> dict[str, Any]:
    """Return every command that does something, by its words after `hygie`."""
    found: dict[str, Any] = {}

    def walk(command: Any, words: tuple[str, ...]) -> None:
        children = getattr(command, "commands", None)
        if children is None:
            found[" ".join(words)] = command
            return
        for name, child in children.items():
            walk(child, (*words, name))

    walk(typer.main.get_command(app), ())
    return found


def describe_command(words: str) -> list[tuple[str, str, str]]:
    """Return argument or option, default and meaning of one command."""
    rows = []
    for parameter in list_commands()[words].params:
        if getattr(parameter, "hidden", False) or parameter.name == "help":
            continue
        is_option = parameter.param_type_name == "option"
        name = " ".join(parameter.opts) if is_option else parameter.name.upper()
        default = (
            "required" if parameter.required else ("" if parameter.default in (None, False) else str(parameter.default))
        )
        rows.append((f"`{name}`", default, str(parameter.help or "")))
    return rows
