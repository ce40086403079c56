"""Records as rows of a table: the columns of each kind, read off its model, and the way there and back.

A nested field is named with dots (`victim.name`). A list of texts is one cell, its items divided by `; `; a list that
would read differently, and a list of groups (`ids`, `activity`), is one cell of JSON. A cell that is blank, a group
without a value and a list without an item all mean the same: not reported.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from hygie.core.errors import SchemaError
from hygie.core.evidence import TLP
from hygie.knowledge.kinds import KIND_MODELS, PAP, IntelRecord, Kind, canonical_json
from hygie.knowledge.schemas import Day, PartialDate, Ref, Row, Words

__all__ = [
    "MARKING_HEADER",
    "RECORD_COLUMNS",
    "FlatColumn",
    "Form",
    "Value",
    "flatten_record",
    "join_items",
    "list_columns",
    "nest_values",
    "split_items",
]

Form = Literal["text", "ref", "date", "whole", "number", "flag", "list", "json"]
Path = tuple[str, ...]
Value = str | int | float | bool | None

_DIVIDER = re.compile(r"[;|\n]")


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatColumn:
    """One column.

    Parameters
    ----------
    name
        Dotted name, the header of the column.
    path
        Where the value stands in the facts of a record.
    form
        What a cell holds: `ref` is a name in the sense of `Ref`, `date` is YYYY, YYYY-MM or YYYY-MM-DD.
    allowed
        The only values, when the field has a closed list.
    needed
        Whether the field must have a value, within `group` if there is one.
    group
        The innermost group around the field that may be absent; empty for none.
    words
        Whether the field is one of the two languages of a text.
    """

    name: str
    path: Path
    form: Form
    allowed: tuple[str, ...] = ()
    needed: bool = False
    group: Path = ()
    words: bool = False


# Beginning of the header that states the strictest marking of an exported table.
MARKING_HEADER = "marking: "

# What is said of a record beside its facts.
RECORD_COLUMNS: tuple[FlatColumn, ...] = (
    FlatColumn(name="record.kind", path=("kind",), form="text", allowed=tuple(KIND_MODELS)),
    FlatColumn(name="record.name", path=("name",), form="text"),
    FlatColumn(name="record.tlp", path=("tlp",), form="text", allowed=tuple(TLP)),
    FlatColumn(name="record.pap", path=("pap",), form="text", allowed=get_args(PAP)),
    FlatColumn(name="record.stamp", path=("stamp",), form="text"),
)


@cache
def list_columns(kind: Kind) -> tuple[FlatColumn, ...]:
    """Return the columns of the facts of a kind, in the order of its model.

    >>> [column.name for column in list_columns("other")]
    ['ref', 'type', 'name']
    """
    return tuple(_walk(KIND_MODELS[kind], path=(), group=()))


def _walk(model: type[Row], *, path: Path, group: Path) -> list[FlatColumn]:
    hints = get_type_hints(model, include_extras=True)
    columns: list[FlatColumn] = []
    for name, info in model.model_fields.items():
        here = (*path, info.alias or name)
        hint, optional = _strip_none(hints[name])
        required = info.is_required()
        if isinstance(hint, type) and issubclass(hint, Row):
            # A group that may be absent is one that its model does not ask for.
            inner = here if optional or not required else group
            columns += _walk(hint, path=here, group=inner)
            continue
        form, allowed = _find_form(hint)
        columns.append(
            FlatColumn(
                name=".".join(here),
                path=here,
                form=form,
                allowed=allowed,
                needed=required and form not in ("list", "json"),
                group=group,
                words=model is Words,
            )
        )
    return columns


def _strip_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) in (Union, UnionType):
        parts = [part for part in get_args(hint) if part is not NoneType]
        assert len(parts) == 1, f"a table has no cell for {hint}"
        return parts[0], True
    return hint, False


def _find_form(hint: Any) -> tuple[Form, tuple[str, ...]]:
    if hint in (PartialDate, Day):
        return "date", ()
    if hint == Ref:
        return "ref", ()
    if get_origin(hint) is Annotated:
        return _find_form(get_args(hint)[0])
    if hint == Literal[True]:
        return "flag", ()
    if get_origin(hint) is Literal:
        return "text", get_args(hint)
    if get_origin(hint) is list:
        item, _ = _strip_none(get_args(hint)[0])
        if isinstance(item, type) and issubclass(item, Row):
            return "json", ()
        return "list", _find_form(item)[1]
    forms: dict[Any, Form] = {str: "text", int: "whole", float: "number", bool: "flag"}
    return forms[hint], ()


def flatten_record(record: IntelRecord) -> dict[str, Value]:
    """Return the cells of a record by column name; blank ones are left out."""
    cells: dict[str, Value] = {}
    for column in list_columns(record.kind):
        value: Any = record.data
        for part in column.path:
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is None or value == []:
            continue
        if column.form == "list":
            value = join_items(value)
        elif column.form == "json":
            value = canonical_json(value)
        cells[column.name] = value
    beside = {"kind": record.kind, "name": record.name, "tlp": record.tlp, "pap": record.pap, "stamp": record.stamp}
    cells |= {f"record.{key}": str(value) for key, value in beside.items() if value is not None}
    return cells


def nest_values(values: Mapping[Path, Any]) -> dict[str, Any]:
    """Return the facts in which each value stands at its path.

    >>> nest_values({("victim", "name"): "CHU", ("ref",): "a"})
    {'victim': {'name': 'CHU'}, 'ref': 'a'}
    """
    facts: dict[str, Any] = {}
    for path, value in values.items():
        place = facts
        for part in path[:-1]:
            place = place.setdefault(part, {})
        place[path[-1]] = value
    return facts


def join_items(items: Sequence[str]) -> str:
    """Return a list as one cell.

    >>> join_items(["T1486", "T1490"]), join_items(["a; b"])
    ('T1486; T1490', '["a; b"]')
    """
    plain = "; ".join(items)
    alike = not plain.lstrip().startswith("[") and split_items(plain) == list(items)
    return plain if alike else canonical_json(list(items))


def split_items(cell: str, *, divider: str | None = None) -> list[str]:
    """Return the items of a cell: of a JSON list, else divided by `divider` (`;`, `|` or a line break by default).

    Raises
    ------
    SchemaError
        The cell begins like a JSON list and is none, or not one of texts.
    """
    if cell.lstrip().startswith("["):
        try:
            items = json.loads(cell)
        except (ValueError, RecursionError):
            items = None
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise SchemaError(
                "the cell begins like a list in JSON, and is none of texts",
                value=cell,
                allowed='["first", "second"], or first; second',
                repair="correct the list",
            )
        return items
    parts = _DIVIDER.split(cell) if divider is None else cell.split(divider)
    return [part.strip() for part in parts if part.strip()]
