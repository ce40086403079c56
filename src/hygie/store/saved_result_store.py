"""Results that were kept: what each was made from, and how far its approval is. The figures are in its folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from hygie.core.errors import NotFoundError
from hygie.store.application_schema import approval, saved_result
from hygie.store.json_text import clean_json, clean_text, digest_json
from hygie.store.sessions import MAX_PAGE, Page, cut_page, read_rows, write_rows
from hygie.store.workspace import Workspace

__all__ = ["ApprovalRow", "NewResult", "ResultRow", "ResultStore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewResult:
    """A result to be kept.

    Parameters
    ----------
    inputs
        What the figures were made from; a result is stale when they change.
    """

    result_id: str
    kind: str
    title: str
    facility_ref: str | None
    facility_revision: int | None
    facility_digest: str | None
    digest: str | None
    request: Mapping[str, Any]
    headline: Mapping[str, Any]
    inputs: Mapping[str, Any]
    account_id: str
    author: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow(NewResult):
    """A result as it is kept."""

    inputs_digest: str
    created_at: datetime
    status: str
    submitted_by: str | None
    approved_by: str | None
    approver: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRow:
    """One step of an approval."""

    action: str
    author: str
    at: datetime
    comment: str | None


class ResultStore:
    """The saved results of one organisation."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def add(self, new: NewResult, *, connection: Connection) -> None:
        """Keep a result, in the transaction under way."""
        values = {name: getattr(new, name) for name in NewResult.__dataclass_fields__}
        inputs = clean_json(dict(new.inputs))[0]
        values |= {
            "title": clean_text(new.title),
            "request": clean_json(dict(new.request))[0],
            "headline": clean_json(dict(new.headline))[0],
            "inputs": inputs,
            "inputs_digest": digest_json(inputs),
        }
        connection.execute(
            insert(saved_result).values(
                organisation_id=self._workspace.organisation_id,
                created_at=datetime.now(UTC),
                status="draft",
                **values,
            )
        )

    def get(self, result_id: str, *, connection: Connection | None = None) -> ResultRow:
        """Return a result.

        Raises
        ------
        NotFoundError
            There is none, or it belongs to another organisation.
        """
        if connection is None:
            with read_rows(self._workspace) as own:
                return self.get(result_id, connection=own)
        row = connection.execute(select(saved_result).where(*self._mine(saved_result, result_id))).one_or_none()
        if row is None:
            raise NotFoundError(
                f"there is no result “{result_id[:80]}”",
                field="result",
                value=result_id,
                repair="look at the list of results",
            )
        return _read(row)

    def list_page(
        self,
        *,
        kind: str | None = None,
        facility: str | None = None,
        status: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Page[ResultRow]:
        """Return results, the latest first."""
        limit = max(1, min(limit, MAX_PAGE))
        table = saved_result
        conditions = [table.c.organisation_id == self._workspace.organisation_id]
        conditions += [table.c.kind == kind] if kind is not None else []
        conditions += [table.c.facility_ref == facility] if facility is not None else []
        conditions += [table.c.status == status] if status is not None else []
        conditions += [table.c.result_id < after] if after is not None else []
        wanted = select(table).where(*conditions).order_by(table.c.result_id.desc()).limit(limit + 1)
        with read_rows(self._workspace) as connection:
            rows = [_read(row) for row in connection.execute(wanted)]
        return cut_page(rows, limit=limit, key=lambda row: row.result_id)

    def list_approvals(self, result_id: str) -> Sequence[ApprovalRow]:
        """Return the steps of an approval, in order."""
        wanted = select(approval).where(*self._mine(approval, result_id)).order_by(approval.c.number)
        with read_rows(self._workspace) as connection:
            rows = connection.execute(wanted).all()
        return [ApprovalRow(action=row.action, author=row.author, at=row.at, comment=row.comment) for row in rows]

    def move(
        self,
        result_id: str,
        *,
        action: str,
        account_id: str,
        author: str,
        comment: str | None,
        connection: Connection,
        **values: Any,
    ) -> None:
        """Note a step of an approval, and change the result with it."""
        connection.execute(update(saved_result).where(*self._mine(saved_result, result_id)).values(**values))
        connection.execute(
            insert(approval).values(
                organisation_id=self._workspace.organisation_id,
                result_id=result_id,
                action=action,
                account_id=account_id,
                author=clean_text(author),
                at=datetime.now(UTC),
                comment=clean_text(comment) if comment else None,
            )
        )

    def delete(self, result_id: str, *, connection: Connection) -> None:
        """Forget a result; the steps of its approval stay."""
        connection.execute(delete(saved_result).where(*self._mine(saved_result, result_id)))

    def writing(self) -> Any:
        """Return the transaction in which results are written."""
        return write_rows(self._workspace, scope="results")

    def _mine(self, table: Any, result_id: str) -> list[Any]:
        return [table.c.organisation_id == self._workspace.organisation_id, table.c.result_id == result_id]


def _read(row: Row[Any]) -> ResultRow:
    return ResultRow(**{name: getattr(row, name) for name in ResultRow.__dataclass_fields__})
