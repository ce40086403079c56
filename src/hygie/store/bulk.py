"""Many rows into one table, by the fastest way that the driver has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Connection, Dialect, Table
from sqlalchemy.exc import DBAPIError

from hygie.store.json_text import encode_json
from hygie.store.schema import CanonicalJson

__all__ = ["insert_rows"]


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns; JSON may stand in them as text that is ready.

    SQLAlchemy would build a mapping of parameters per row, which takes longer than the database does.
    """
    if not rows:
        return
    columns = [table.c[name] for name in rows[0]]
    names = ", ".join(connection.dialect.identifier_preparer.quote(column.name) for column in columns)
    values = _convert_rows(connection, columns, rows)
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {table.name} ({names}) FROM STDIN", values)
    else:
        marks = ", ".join("?" for _ in columns)
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", list(values))  # noqa: S608


def _convert_rows(
    connection: Connection, columns: Sequence[Column[Any]], rows: Iterable[Mapping[str, Any]]
) -> Iterator[tuple[Any, ...]]:
    converters = [
        (place, convert)
        for place, column in enumerate(columns)
        if (convert := _find_converter(column, connection.dialect)) is not None
    ]
    for row in rows:
        values = list(row.values())
        for place, convert in converters:
            if values[place] is not None:
                values[place] = convert(values[place])
        yield tuple(values)


def _find_converter(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    if isinstance(column.type, CanonicalJson):
        # COPY takes JSON as text; the type would wrap it for a statement.
        return _make_text
    convert = column.type.dialect_impl(dialect).bind_processor(dialect)
    # Rows of one batch have their instants in common.
    return lru_cache(maxsize=64)(convert) if convert is not None else None


def _make_text(value: Any) -> str:
    return value if isinstance(value, str) else encode_json(value)


def _copy(connection: Connection, statement: str, rows: Iterable[Sequence[Any]]) -> None:
    driver = connection.dialect.loaded_dbapi
    try:
        with connection.connection.cursor().copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except driver.Error as error:
        raise DBAPIError.instance(
            statement, None, error, driver.Error, hide_parameters=True, dialect=connection.dialect
        ) from error
