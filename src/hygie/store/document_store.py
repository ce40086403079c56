"""Documents that people write, in numbered revisions; a revision is never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from hygie.core.errors import ConflictError, NotFoundError
from hygie.store.application_schema import document, document_revision
from hygie.store.json_text import clean_json, clean_text, digest_json
from hygie.store.sessions import MAX_PAGE, Page, cut_page, read_rows, write_rows
from hygie.store.text_folding import fold_words
from hygie.store.workspace import Workspace

__all__ = ["DocumentRow", "DocumentStore", "Draft", "Revision"]

MAX_QUERY_WORDS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """A document as a list shows it."""

    ref: str
    name: str
    revision: int
    digest: str
    created_at: datetime
    modified_at: datetime
    modified_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is to become a revision: the text as it was written, and what it says."""

    name: str
    text: str
    data: Mapping[str, Any]
    words: str
    origin: str
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One revision of a document."""

    ref: str
    revision: int
    text: str
    data: Mapping[str, Any]
    digest: str
    account_id: str
    author: str
    at: datetime
    note: str | None
    origin: str


class DocumentStore:
    """The documents of one kind of one organisation."""

    def __init__(self, workspace: Workspace, *, kind: str) -> None:
        self._workspace = workspace
        self._kind = kind

    def list_page(self, *, text: str = "", after: str | None = None, limit: int = 50) -> Page[DocumentRow]:
        """Return documents by ref: those with every word of a text, in any case, with or without accents."""
        limit = max(1, min(limit, MAX_PAGE))
        conditions = [
            document.c.organisation_id == self._workspace.organisation_id,
            document.c.kind == self._kind,
            document.c.deleted_at.is_(None),
        ]
        # Folded words hold letters and digits only: nothing in them is a sign of LIKE.
        conditions += [document.c.words.like(f"%{word}%") for word in fold_words(text)[:MAX_QUERY_WORDS]]
        if after is not None:
            conditions.append(document.c.ref > after)
        wanted = select(document).where(*conditions).order_by(document.c.ref).limit(limit + 1)
        with read_rows(self._workspace) as connection:
            rows = [_read_row(row) for row in connection.execute(wanted)]
        return cut_page(rows, limit=limit, key=lambda row: row.ref)

    def get(self, ref: str, *, revision: int | None = None) -> Revision:
        """Return a revision, the latest by default.

        Raises
        ------
        NotFoundError
            There is none.
        """
        with read_rows(self._workspace) as connection:
            return self._get(connection, ref, revision)

    def find(self, ref: str) -> DocumentRow | None:
        """Return the row of a document; None without one, or with one that was deleted."""
        with read_rows(self._workspace) as connection:
            row = self._row(connection, ref)
        return _read_row(row) if row is not None and row.deleted_at is None else None

    def history(self, ref: str) -> list[Revision]:
        """Return all revisions, the latest first.

        Raises
        ------
        NotFoundError
            There is no such document.
        """
        wanted = select(document_revision).where(*self._mine(document_revision, ref))
        with read_rows(self._workspace) as connection:
            rows = connection.execute(wanted.order_by(document_revision.c.revision.desc())).all()
        if not rows:
            raise self._none(ref)
        return [_read_revision(row) for row in rows]

    def save(
        self, ref: str, draft: Draft, *, expected: int | None, account_id: str, author: str, connection: Connection
    ) -> tuple[Revision, bool]:
        """Add a revision in a transaction under way; return it and whether it is new.

        Parameters
        ----------
        expected
            The revision that the writer has seen; None for a new document.

        Raises
        ------
        ConflictError
            There is a later one; its `details` hold `base`, `theirs` and `mine`.
        """
        data, _ = clean_json(draft.data)
        digest = digest_json(data)
        row = self._row(connection, ref)
        current = row.revision if row is not None and row.deleted_at is None else None
        if current != expected:
            raise self._conflict(connection, ref, draft, expected=expected, current=current)
        if row is not None and current is not None and row.digest == digest:
            held = self._get(connection, ref, current)
            if held.text == clean_text(draft.text):
                return held, False
        number = (row.revision if row is not None else 0) + 1
        now = datetime.now(UTC)
        values = {
            "name": clean_text(draft.name),
            "revision": number,
            "digest": digest,
            "words": f" {' '.join(fold_words(draft.words))} ",
            "modified_at": now,
            "modified_by": clean_text(author),
            "deleted_at": None,
        }
        if row is None:
            owner = {"organisation_id": self._workspace.organisation_id, "kind": self._kind, "ref": ref}
            connection.execute(insert(document).values(**owner, created_at=now, **values))
        else:
            connection.execute(update(document).where(*self._mine(document, ref)).values(**values))
        connection.execute(
            insert(document_revision).values(
                organisation_id=self._workspace.organisation_id,
                kind=self._kind,
                ref=ref,
                revision=number,
                text=clean_text(draft.text),
                data=data,
                digest=digest,
                account_id=account_id,
                author=clean_text(author),
                at=now,
                note=clean_text(draft.note) if draft.note else None,
                origin=draft.origin,
            )
        )
        return self._get(connection, ref, number), True

    def delete(self, ref: str, *, expected: int, connection: Connection) -> None:
        """Hide a document from lists; its revisions stay, and saving it again goes on from them.

        Raises
        ------
        ConflictError, NotFoundError
            It has changed, or it is not there.
        """
        row = self._row(connection, ref)
        if row is None or row.deleted_at is not None:
            raise self._none(ref)
        if row.revision != expected:
            raise ConflictError(
                f"“{ref}” has changed since it was read",
                value=f"revision {expected}",
                allowed=f"revision {row.revision}",
                repair="look at the latest revision first",
            )
        connection.execute(update(document).where(*self._mine(document, ref)).values(deleted_at=datetime.now(UTC)))

    def writing(self) -> Any:
        """Return the transaction in which documents of this kind are written."""
        return write_rows(self._workspace, scope=f"{self._kind} documents")

    def _mine(self, table: Any, ref: str) -> list[Any]:
        return [
            table.c.organisation_id == self._workspace.organisation_id,
            table.c.kind == self._kind,
            table.c.ref == ref,
        ]

    def _row(self, connection: Connection, ref: str) -> Row[Any] | None:
        return connection.execute(select(document).where(*self._mine(document, ref))).one_or_none()

    def _get(self, connection: Connection, ref: str, revision: int | None) -> Revision:
        if revision is None:
            row = self._row(connection, ref)
            if row is None or row.deleted_at is not None:
                raise self._none(ref)
            revision = row.revision
        wanted = select(document_revision).where(
            *self._mine(document_revision, ref), document_revision.c.revision == revision
        )
        found = connection.execute(wanted).one_or_none()
        if found is None:
            raise self._none(ref, revision)
        return _read_revision(found)

    def _none(self, ref: str, revision: int | None = None) -> NotFoundError:
        what = f"“{ref}”" if revision is None else f"revision {revision} of “{ref}”"
        return NotFoundError(
            f"there is no {self._kind} {what}", field="ref", value=ref, repair="look at the list, and check its name"
        )

    def _conflict(
        self, connection: Connection, ref: str, draft: Draft, *, expected: int | None, current: int | None
    ) -> ConflictError:
        if current is None:
            message, allowed = f"“{ref}” is no longer there", "a new document"
        elif expected is None:
            message, allowed = f"there is a {self._kind} “{ref}” already", f"revision {current}"
        else:
            message, allowed = f"“{ref}” has changed since it was read", f"revision {current}"
        error = ConflictError(
            message,
            field="expected_revision",
            value=f"revision {expected}" if expected is not None else "new",
            allowed=allowed,
            repair="compare the two versions, keep what is right of each, and save on top of the latest revision",
        )
        theirs = self._get(connection, ref, current) if current is not None else None
        base = None
        if expected is not None and current is not None and 0 < expected < current:
            base = self._get(connection, ref, expected)
        error.details = {"ref": ref, "base": base, "theirs": theirs, "mine": dict(draft.data), "text": draft.text}
        return error


def _read_row(row: Row[Any]) -> DocumentRow:
    return DocumentRow(
        ref=row.ref,
        name=row.name,
        revision=row.revision,
        digest=row.digest,
        created_at=row.created_at,
        modified_at=row.modified_at,
        modified_by=row.modified_by,
    )


def _read_revision(row: Row[Any]) -> Revision:
    values = {name: getattr(row, name) for name in Revision.__dataclass_fields__}
    return Revision(**values)
