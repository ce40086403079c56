"""Rows of every table as lines of JSON, and back: the same lines for SQLite and PostgreSQL."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Connection, Date, LargeBinary, Table, func, select, text

from hygie.core.errors import DocumentError
from hygie.store.bulk import insert_rows
from hygie.store.json_text import encode_json
from hygie.store.schema import CanonicalJson, UtcDateTime

__all__ = ["export_rows", "import_rows", "set_counters"]

MAX_LINE_BYTES = 256 * 2**20
_BATCH = 500


def export_rows(connection: Connection, table: Table) -> Iterator[str]:
    """Yield the rows of a table as JSON, in the order of its primary key."""
    columns = list(table.columns)
    wanted = select(table).order_by(*table.primary_key.columns)
    found = connection.execution_options(stream_results=True, yield_per=_BATCH).execute(wanted)
    for row in found:
        yield encode_json({column.name: _write(column, row[place]) for place, column in enumerate(columns)})


def import_rows(connection: Connection, table: Table, lines: Iterable[bytes], *, name: str) -> int:
    """Insert rows; return how many.

    Parameters
    ----------
    name
        What messages call the place of the lines.

    Raises
    ------
    DocumentError
        A line is no row of this table.
    """
    count = 0
    batch: list[dict[str, Any]] = []
    for number, line in enumerate(lines, start=1):
        batch.append(_read_row(table, line, name=name, number=number))
        count += 1
        if len(batch) == _BATCH:
            insert_rows(connection, table, batch)
            batch = []
    insert_rows(connection, table, batch)
    return count


def set_counters(connection: Connection, tables: Iterable[Table]) -> None:
    """Let numbers that the database gives begin after those that were brought; SQLite does by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        column = next((column for column in table.primary_key.columns if column.autoincrement is True), None)
        if column is None:
            continue
        highest = connection.execute(select(func.max(column))).scalar_one()
        sequence = connection.execute(
            text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
        ).scalar_one()
        if sequence is not None:
            connection.execute(
                text("SELECT setval(CAST(:sequence AS regclass), :value, :used)"),
                {"sequence": sequence, "value": highest or 1, "used": highest is not None},
            )


def _write(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, LargeBinary):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def _read_row(table: Table, line: bytes, *, name: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
        if not isinstance(row, Mapping) or not set(row) <= set(table.columns.keys()):
            raise ValueError("not a row of this table")
        return {column.name: _read(column, row.get(column.name)) for column in table.columns if column.name in row}
    except (ValueError, TypeError, RecursionError) as error:
        raise DocumentError(
            "the backup holds a row that cannot be read", file=name, line=number, value=str(error)
        ) from None


def _read(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, CanonicalJson):
        return encode_json(value)
    if isinstance(column.type, LargeBinary):
        return base64.b64decode(value, validate=True)
    if isinstance(column.type, UtcDateTime):
        return datetime.fromisoformat(value)
    if isinstance(column.type, Date):
        return date.fromisoformat(value)
    return value
