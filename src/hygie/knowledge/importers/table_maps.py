"""Column maps: which column of a table is which field, and how its values are written.

A map is a YAML file; `examples/incident-columns.yaml` explains every key. Without one, headers are compared with the
names of fields and with what they are called in English and French (`hygie.knowledge.importers.table_words`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hygie.core.errors import SchemaError, suggest
from hygie.knowledge.flat_columns import MARKING_HEADER, RECORD_COLUMNS, FlatColumn, list_columns
from hygie.knowledge.importers.table_words import TABLE_KINDS, translate_header
from hygie.knowledge.kinds import Kind
from hygie.knowledge.schemas import Row, Text
from hygie.store.documents import read_document, validate_model
from hygie.store.sheet_rows import SheetHead
from hygie.store.text_folding import fold_text

__all__ = ["SOURCE_COLUMNS", "Binding", "ColumnMap", "Plan", "plan_columns", "read_column_map"]

Value = str | int | float | bool | None
Header = Annotated[str, Field(max_length=4000)]

# The source of one row; each row makes one record of kind `source`, unless it names evidence by ref.
SOURCE_COLUMNS: tuple[FlatColumn, ...] = (
    FlatColumn(name="source.title", path=("title",), form="text"),
    FlatColumn(name="source.url", path=("url",), form="text"),
    FlatColumn(name="source.publisher", path=("publisher",), form="text"),
    FlatColumn(name="source.published_on", path=("published_on",), form="date"),
    FlatColumn(name="source.statement", path=("statement",), form="text"),
    FlatColumn(name="source.reliability", path=("reliability",), form="text", allowed=("A", "B", "C", "D", "E", "F")),
    FlatColumn(name="source.credibility", path=("credibility",), form="whole"),
    FlatColumn(name="source.licence", path=("licence",), form="text"),
)

# Names and definitions are the publisher's own words, in whichever language: one column may fill both.
_ONE_TEXT = ("name", "definition", "title")
# Fields that are made when no column has them.
_MADE = ("ref", "evidence", "date_precision", "actor.name", "actor.confidence", "outcomes")
# Kinds whose ref can be derived from what a row says; the others have refs of their publisher.
_NAMED_HERE = ("incident", "count", "actor", "software", "campaign")


class ColumnMap(Row):
    """The file that maps columns to fields.

    `columns` is field → header, or several headers for `summary`; `constants` is field → value of every row; `values`
    is field → value of the file → our value, null for "not reported".
    """

    kind: Kind
    columns: dict[str, Header | Annotated[list[Header], Field(min_length=1, max_length=50)]]
    constants: dict[str, Value | list[str]] = Field(default_factory=dict)
    values: dict[str, dict[str, Value | list[str]]] = Field(default_factory=dict)
    blanks: list[Text] = Field(default_factory=list)
    date_format: Text | list[Text] = Field(default_factory=list)
    decimal: Literal[".", ","] = "."
    thousands: Literal[".", ",", "'"] | None = None
    separator: Annotated[str, Field(min_length=1, max_length=5)] | None = None
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")] | None = None
    sheet: Text | None = None
    header: Annotated[int, Field(ge=1, le=1000)] | None = None

    @model_validator(mode="after")
    def _check_fields(self) -> Self:
        known = {column.name for column in _list_targets(self.kind)}
        both = {name for name in _ONE_TEXT if f"{name}.en" in known}
        for section in ("columns", "constants", "values"):
            for name in getattr(self, section):
                if name not in known | both:
                    raise _refuse_field(name, section=section, kind=self.kind, known=known | both)
        for name, headers in self.columns.items():
            if isinstance(headers, list) and len(headers) > 1 and name != "summary":
                raise SchemaError(
                    f"“{name}” takes one column",
                    field=f"columns.{name}",
                    value=", ".join(headers),
                    repair="keep one; several columns may be joined in “summary”",
                )
        if self.thousands == self.decimal:
            raise SchemaError(
                "decimals and thousands are marked alike",
                field="thousands",
                value=self.thousands,
                repair="leave “thousands” out: spaces are always accepted",
            )
        return self


def _refuse_field(name: str, *, section: str, kind: Kind, known: set[str]) -> SchemaError:
    if f"{name}.en" in known:
        return SchemaError(
            f"“{name}” is a text in two languages",
            field=f"{section}.{name}",
            repair=f"name “{name}.en” and “{name}.fr”, or put the column into “summary”, which has one language",
        )
    return SchemaError(
        f"a record of kind {kind} has no such field",
        field=f"{section}.{name}",
        value=name,
        allowed=", ".join(sorted(known)),
        repair=suggest(name, known) or "use one of these fields",
    )


def _list_targets(kind: Kind) -> tuple[FlatColumn, ...]:
    columns = list_columns(kind)
    sourced = any(column.name == "evidence" for column in columns)
    return (*columns, *(SOURCE_COLUMNS if sourced else ()), *RECORD_COLUMNS[1:])


def read_column_map(path: Path) -> ColumnMap:
    """Read a column map.

    Raises
    ------
    DataError
        The file cannot be read, or is no column map.
    """
    return validate_model(read_document(path), ColumnMap)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A field and the columns that give it: their places in a row and their headers."""

    column: FlatColumn
    places: tuple[int, ...]
    headers: tuple[str, ...]
    values: Mapping[str, Value | list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the rows of one table are read.

    Parameters
    ----------
    constants
        Field and value of every row.
    unmapped
        Columns of the file that are not used.
    missing
        Fields that a record needs and no column gives.
    guessed
        Whether the header alone told it.
    exact
        Whether the table was written here: its cells are then taken as they stand.
    """

    kind: Kind
    bindings: tuple[Binding, ...]
    constants: tuple[tuple[FlatColumn, Value | list[str]], ...] = ()
    unmapped: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    guessed: bool = False
    exact: bool = False
    blanks: frozenset[str] = frozenset()
    date_formats: tuple[str, ...] = ()
    decimal: str = "."
    thousands: str | None = None
    separator: str | None = None
    prefix: str = ""

    @property
    def sourced(self) -> bool:
        """Whether records of this kind rest on sources."""
        return any(column.name == "evidence" for column in list_columns(self.kind))


def plan_columns(head: SheetHead, table: ColumnMap | None, *, own_kind: Kind | None = None) -> Plan:
    """Return how the rows under a header are read.

    Parameters
    ----------
    own_kind
        What the rows say they are, in a table that was exported here.

    Raises
    ------
    SchemaError
        The map names a column that the file does not have, or nothing tells what the rows are.
    """
    if table is not None:
        return _apply_map(head, table)
    if own_kind is not None:
        names = {column.name for column in (*list_columns(own_kind), *RECORD_COLUMNS)}
        own = {header: [header] for header in head.columns if header in names}
        return _make_plan(head, own_kind, own, exact=True)
    guesses = {kind: _guess_columns(head, kind) for kind in TABLE_KINDS}
    scores = {kind: _score_guess(found) for kind, found in guesses.items()}
    best = max(scores, key=lambda kind: scores[kind])
    if scores[best] < 2 or list(scores.values()).count(scores[best]) > 1:
        raise SchemaError(
            "the header does not tell what the rows are",
            file=head.name,
            line=head.line,
            value=", ".join(head.columns),
            allowed=", ".join(TABLE_KINDS),
            repair="write a column map with “kind:” and “columns:”",
        )
    return _make_plan(head, best, guesses[best], guessed=True)


def _score_guess(found: Mapping[str, Sequence[str]]) -> int:
    return sum(1 for name in found if name != "summary" and not name.startswith(("source.", "record.")))


def _guess_columns(head: SheetHead, kind: Kind) -> dict[str, list[str]]:
    targets = {column.name for column in _list_targets(kind)}
    names = {fold_text(name): name for name in (*_ONE_TEXT, *targets) if name in targets or f"{name}.en" in targets}
    found: dict[str, list[str]] = {}
    for header in head.columns:
        name = names.get(fold_text(header)) or translate_header(header, kind=kind)
        # The first of two columns is taken; texts are joined.
        if name is not None and (name not in found or name == "summary"):
            found.setdefault(name, []).append(header)
    return found


def _apply_map(head: SheetHead, table: ColumnMap) -> Plan:
    folded: dict[str, list[str]] = {}
    for header in head.columns:
        folded.setdefault(fold_text(header), []).append(header)
    found: dict[str, list[str]] = {}
    for name, wanted in table.columns.items():
        found[name] = []
        for header in [wanted] if isinstance(wanted, str) else wanted:
            alike = folded.get(fold_text(header), [])
            match = header.strip() if header.strip() in head.columns else alike[0] if len(alike) == 1 else None
            if not match:
                raise SchemaError(
                    "the table has no such column",
                    file=head.name,
                    line=head.line,
                    field=name,
                    value=header,
                    allowed=", ".join(column for column in head.columns if column),
                    repair=suggest(header, head.columns) or "correct the column map",
                )
            found[name].append(match)
    return _make_plan(head, table.kind, found, table=table)


def _make_plan(
    head: SheetHead,
    kind: Kind,
    found: Mapping[str, Sequence[str]],
    *,
    table: ColumnMap | None = None,
    guessed: bool = False,
    exact: bool = False,
) -> Plan:
    targets = {column.name: column for column in (*_list_targets(kind), RECORD_COLUMNS[0])}
    bindings = []
    for name, headers in found.items():
        places = tuple(head.columns.index(header) for header in headers)
        values = {fold_text(text): value for text, value in (table.values if table else {}).get(name, {}).items()}
        for target in _expand(name, targets):
            bindings.append(Binding(column=target, places=places, headers=tuple(headers), values=values))
    constants = tuple(
        (target, value)
        for name, value in (table.constants if table else {}).items()
        for target in _expand(name, targets)
    )
    used = {header for headers in found.values() for header in headers}
    formats = table.date_format if table else []
    return Plan(
        kind=kind,
        bindings=tuple(bindings),
        constants=constants,
        unmapped=tuple(_list_unmapped(head, used, exact=exact)),
        missing=_find_missing(kind, [one.column for one in bindings], [column for column, _ in constants]),
        guessed=guessed,
        exact=exact,
        blanks=frozenset(fold_text(text) for text in (table.blanks if table else ())),
        date_formats=(formats,) if isinstance(formats, str) else tuple(formats),
        decimal=table.decimal if table else ".",
        thousands=table.thousands if table else None,
        separator=table.separator if table else None,
        prefix=(table.prefix or "") if table else "",
    )


def _expand(name: str, targets: Mapping[str, FlatColumn]) -> tuple[FlatColumn, ...]:
    if name in targets:
        return (targets[name],)
    return targets[f"{name}.en"], targets[f"{name}.fr"]


def _list_unmapped(head: SheetHead, used: set[str], *, exact: bool) -> Iterator[str]:
    for rank, header in enumerate(head.columns, start=1):
        if header not in used and not (exact and header.startswith(MARKING_HEADER)):
            yield header or f"column {rank}, which has no name"


def _find_missing(kind: Kind, bound: Sequence[FlatColumn], constant: Sequence[FlatColumn]) -> tuple[str, ...]:
    given = {column.name for column in (*bound, *constant)}
    groups = {column.path[:depth] for column in (*bound, *constant) for depth in range(1, len(column.path))}
    made = {*_MADE} if kind in _NAMED_HERE else {*_MADE} - {"ref"}
    return tuple(
        column.name
        for column in list_columns(kind)
        if column.needed and column.name not in given | made and (not column.group or column.group in groups)
    )
