"""Documents of the workspace, whatever their kind: list, read, save, compare, go back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from hygie.core.errors import ConflictError, Finding, HygieError, SchemaError
from hygie.facility.registers.prefill import dump_facility
from hygie.service.accounts.permissions import require
from hygie.service.accounts.principal import Principal
from hygie.service.merging import list_differences, merge
from hygie.store.activity_store import note_activity
from hygie.store.document_store import DocumentRow, DocumentStore, Draft, Revision
from hygie.store.documents import Document, parse_document
from hygie.store.json_text import clean_json
from hygie.store.workspace import Workspace
from hygie.views.application import (
    ConflictView,
    DocumentRowView,
    DocumentView,
    FindingView,
    PageView,
    RevisionView,
)

__all__ = ["DocumentKind", "StoredDocuments", "show_conflict", "show_findings", "write_yaml"]

_REF = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
MAX_NOTE = 500

Check = Callable[[Document], list[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKind:
    """What the documents of one kind have in common.

    Parameters
    ----------
    check
        Returns what is wrong with a document; it can be kept all the same, and mended later.
    ref_of
        Returns the ref that a document gives itself; None when it gives none.
    words_of
        Returns the texts by which it is found.
    """

    name: str
    check: Check
    ref_of: Callable[[Mapping[str, Any]], Any]
    words_of: Callable[[Mapping[str, Any]], str]


def show_findings(findings: tuple[Finding, ...] | list[Finding]) -> list[FindingView]:
    """Return findings as an interface shows them."""
    return [FindingView(**asdict(finding)) for finding in findings]


def write_yaml(data: Mapping[str, Any]) -> str:
    """Return a document as YAML, in the order of its fields."""
    return dump_facility(clean_json(data)[0])


class StoredDocuments:
    """The documents of one kind, for whoever is at work."""

    def __init__(self, workspace: Workspace, kind: DocumentKind) -> None:
        self._workspace = workspace
        self._kind = kind
        self._store = DocumentStore(workspace, kind=kind.name)

    def find(self, *, text: str = "", after: str | None = None, limit: int = 50) -> PageView[DocumentRowView]:
        """Return documents by ref, those with every word of a text."""
        page = self._store.list_page(text=text, after=after, limit=limit)
        return PageView[DocumentRowView](items=[_show_row(row) for row in page.items], next=page.next)

    def get(self, ref: str, *, revision: int | None = None) -> DocumentView:
        """Return a revision, the latest by default, with what is wrong with it.

        Raises
        ------
        NotFoundError
            There is none.
        """
        return self._show(self._store.get(ref, revision=revision))

    def find_row(self, ref: str) -> DocumentRowView | None:
        """Return a document as a list shows it; None when there is none."""
        row = self._store.find(ref)
        return None if row is None else _show_row(row)

    def history(self, ref: str) -> tuple[RevisionView, ...]:
        """Return all revisions, the latest first.

        Raises
        ------
        NotFoundError
            There is no such document.
        """
        return tuple(_show_revision(row) for row in self._store.history(ref))

    def check(self, text: str, *, name: str) -> list[FindingView]:
        """Return everything that is wrong with a document that is not saved yet.

        Raises
        ------
        DocumentError, SchemaError
            It cannot be read at all.
        """
        return show_findings(self._kind.check(self._parse(text, name)))

    def save(
        self,
        text: str,
        *,
        expected_revision: int | None,
        principal: Principal,
        ref: str | None = None,
        note: str | None = None,
        origin: str = "edited",
    ) -> DocumentView:
        """Save a document as its next revision; what is the same as before makes none.

        Parameters
        ----------
        expected_revision
            The revision that the writer started from; None for a new document.
        ref
            What it must be called; as it says itself by default.

        Raises
        ------
        ConflictError
            Somebody else saved meanwhile; `show_conflict` tells both versions.
        ForbiddenError
            The role of the writer does not go so far.
        DocumentError, SchemaError
            It cannot be read at all, or gives itself another name. What else is wrong with it does not keep it from
            being saved.
        """
        require(principal, "write_facility")
        document = self._parse(text, f"{ref or self._kind.name}.yaml")
        own = self._kind.ref_of(document.data)
        ref = ref or (own if isinstance(own, str) else "")
        if not _REF.fullmatch(ref) or own not in (None, ref):
            raise SchemaError(
                "a stored document keeps its id" if _REF.fullmatch(ref) else "this cannot be the id of a document",
                file=document.name,
                line=document.line_near(("id",)),
                field="id",
                value=own if _REF.fullmatch(ref) else ref,
                allowed=ref
                if _REF.fullmatch(ref)
                else "1 to 80 small letters without accents, digits, dots, dashes and underscores",
                repair="put the id back, or save a new document",
            )
        draft = Draft(
            name=str(document.data.get("name") or ref)[:200],
            text=text,
            data=document.data,
            words=f"{ref} {self._kind.words_of(document.data)}",
            origin=origin,
            note=note[:MAX_NOTE] if note else None,
        )
        with self._store.writing() as connection:
            saved, is_new = self._store.save(
                ref,
                draft,
                expected=expected_revision,
                account_id=principal.account_id,
                author=principal.name,
                connection=connection,
            )
            if is_new:
                self._note(connection, "saved", saved.ref, principal, name=draft.name, revision=saved.revision)
        return self._show(saved)

    def restore(
        self, ref: str, *, revision: int, expected_revision: int, principal: Principal, note: str | None = None
    ) -> DocumentView:
        """Save an older revision as the next one: nothing between is lost.

        Raises
        ------
        ConflictError, NotFoundError
            Somebody else saved meanwhile, or there is no such revision.
        """
        older = self._store.get(ref, revision=revision)
        return self.save(
            older.text,
            expected_revision=expected_revision,
            principal=principal,
            ref=ref,
            note=note,
            origin=f"revision {revision}",
        )

    def delete(self, ref: str, *, expected_revision: int, principal: Principal) -> None:
        """Take a document out of the lists; its revisions stay.

        Raises
        ------
        ConflictError, NotFoundError
            Somebody else saved meanwhile, or there is no such document.
        """
        require(principal, "write_facility")
        name = self._store.get(ref).data.get("name", ref)
        with self._store.writing() as connection:
            self._store.delete(ref, expected=expected_revision, connection=connection)
            self._note(connection, "deleted", ref, principal, name=str(name))

    def _note(self, connection: Any, event: str, ref: str, principal: Principal, **data: Any) -> None:
        note_activity(
            connection,
            organisation_id=self._workspace.organisation_id,
            event=f"{self._kind.name}_{event}",
            subject=(self._kind.name, ref),
            author=principal.name,
            data=data,
        )

    def _parse(self, text: str, name: str) -> Document:
        document = parse_document(text.encode(), name=name)
        if not isinstance(document.data, dict):
            raise SchemaError(
                "a document is a mapping of fields", file=name, line=1, repair="write fields such as `name: …`"
            )
        return document

    def _show(self, row: Revision) -> DocumentView:
        try:
            findings = self._kind.check(self._parse(row.text, f"{row.ref}.yaml"))
        except HygieError as error:
            findings = list(error.findings)
        held = self._store.find(row.ref)
        return DocumentView(
            **_show_revision(row).model_dump(),
            text=row.text,
            data=dict(row.data),
            findings=show_findings(findings),
            latest=held.revision if held is not None else row.revision,
        )


def show_conflict(error: ConflictError) -> ConflictView:
    """Return both versions of a conflict, what differs, and both changes together where they do not clash."""
    base, theirs, mine = error.details["base"], error.details["theirs"], error.details["mine"]
    start = dict(base.data) if base is not None else None
    other = dict(theirs.data) if theirs is not None else {}
    return ConflictView(
        ref=error.details["ref"],
        base=_show_revision(base) if base is not None else None,
        theirs=_show_revision(theirs) if theirs is not None else None,
        theirs_text=theirs.text if theirs is not None else None,
        mine_text=error.details["text"],
        differences=list_differences(start, other, mine),
        merged=merge(start, other, mine),
    )


def _show_row(row: DocumentRow) -> DocumentRowView:
    return DocumentRowView(
        ref=row.ref,
        name=row.name,
        revision=row.revision,
        created_at=row.created_at,
        modified_at=row.modified_at,
        modified_by=row.modified_by,
    )


def _show_revision(row: Revision) -> RevisionView:
    return RevisionView(
        ref=row.ref,
        revision=row.revision,
        author=row.author,
        at=row.at,
        note=row.note,
        origin=row.origin,
        digest=row.digest,
    )
