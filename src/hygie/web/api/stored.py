"""Facilities, programmes and portfolios: documents with revisions, which several people may write."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Path, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict
from starlette.responses import Response

from hygie.core.errors import UsageError
from hygie.service.facilities import create_from_register, open_facilities
from hygie.service.other_documents import open_portfolios, open_programmes
from hygie.service.stored_documents import StoredDocuments, write_yaml
from hygie.service.workspace import Workspace
from hygie.views.application import DocumentRowView, DocumentView, FindingView, PageView, RevisionView
from hygie.web.api.common import (
    PREFIX,
    Cursor,
    Limit,
    Reader,
    Search,
    Writer,
    answer,
    answer_page,
    make_router,
    note_event,
    open_workspace,
)

__all__ = ["facility_routes", "portfolio_routes", "programme_routes"]

Ref = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$", description="Ref of the document.")]
Number = Annotated[int, Path(ge=1, le=10**9, description="Number of a revision.")]
IfMatch = Annotated[
    str | None, Header(max_length=200, description="The `ETag` of the revision that the writer started from.")
]
IfNoneMatch = Annotated[str | None, Header(max_length=200, description="`*`: only when there is none of this ref.")]
_TAG = re.compile(r'(?:W/)?"([1-9][0-9]{0,8})(?:\.[0-9a-f]+)?"')
_EXAMPLE: JsonDict = {
    "text": "schema: hygie.facility/1\nid: ch-exemple\nname: CH de l’Exemple\ncategory: ch\nstatus: public\n"
    "region: Île-de-France\nactivity: {year: 2024, beds_mco: 200, fte: 900}\n",
    "note": "beds of 2024",
}
Noted = Annotated[str | None, Field(max_length=500, description="why it is changed")]


class DocumentBody(BaseModel):
    """A document to check or to save: its YAML text, or its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    text: Annotated[str | None, Field(max_length=2_000_000, description="YAML or JSON; comments stay")] = None
    data: Annotated[dict[str, Any] | None, Field(description="fields, in place of a text")] = None
    note: Noted = None

    @model_validator(mode="after")
    def _check_one(self) -> DocumentBody:
        if (self.text is None) == (self.data is None):
            raise ValueError("give the text of the document or its data: one of them")
        return self

    def write(self) -> str:
        """Return the document as text."""
        return self.text if self.text is not None else write_yaml(self.data or {})


class NewDocumentBody(DocumentBody):
    """A new document."""

    ref: Annotated[str | None, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$", description="its own id by default")] = (
        None
    )


class RestoreBody(BaseModel):
    """Which revision comes back."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [{"revision": 2}]})

    revision: Annotated[int, Field(ge=1, le=10**9)]
    note: Noted = None


class RegisterBody(BaseModel):
    """Which facility of a register is described."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [{"finess": "910002773"}]})

    finess: Annotated[str, Field(pattern=r"^[0-9AB]{9}$", description="FINESS number of an entity or a site")]


class FindingsView(BaseModel):
    """What is wrong with a document; nothing when the list is empty."""

    findings: list[FindingView]


def _tag(view: DocumentView) -> str:
    # What is wrong with a text may change with the packs: a second part, for readers only.
    seen = hashlib.sha256(view.model_dump_json().encode()).hexdigest()[:16]
    return f'"{view.revision}.{seen}"'


def _show(request: Request, view: DocumentView, *, status: int = 200, place: str | None = None) -> Response:
    tag = _tag(view)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
    if place is not None:
        headers["Location"] = f"{place}/{view.ref}"
    known = [part.strip() for part in request.headers.get("if-none-match", "").split(",")]
    if request.method == "GET" and tag in known:
        return Response(status_code=304, headers=headers)
    return Response(view.model_dump_json(), status_code=status, headers=headers, media_type="application/json")


def _read_expected(if_match: str | None) -> int:
    if if_match is None:
        raise HTTPException(428)
    found = _TAG.fullmatch(if_match.strip())
    if found is None:
        raise UsageError(
            "this tag names no revision",
            field="If-Match",
            value=if_match,
            allowed='the ETag of one revision, such as "3"',
            repair="read the document, and send its ETag back",
        )
    return int(found[1])


def _make_routes(noun: str, one: str, open_documents: Callable[[Workspace], StoredDocuments]) -> APIRouter:
    """Return the routes of one kind of documents."""
    router = make_router(noun)
    base = f"/{noun}"

    @router.get(base, response_model=PageView[DocumentRowView], summary=f"List {noun}")
    def list_documents(
        request: Request, principal: Reader, q: Search = "", after: Cursor = None, limit: Limit = 50
    ) -> Response:
        """Return them by ref, those with every word of a search."""
        found = open_documents(open_workspace(request, principal)).find(text=q, after=after, limit=limit)
        return answer_page(request, found)

    @router.post(base, response_model=DocumentView, status_code=201, summary=f"Save a new {one}")
    def add_document(request: Request, principal: Writer, body: NewDocumentBody) -> Response:
        """Save a document that is not there yet. What is wrong with it is told, and does not keep it from being saved.

        One of the same ref is answered 409.
        """
        saved = open_documents(open_workspace(request, principal)).save(
            body.write(), expected_revision=None, principal=principal, ref=body.ref, note=body.note, origin="api"
        )
        return _show(request, saved, status=201, place=PREFIX + base)

    @router.post(f"{base}/check", response_model=FindingsView, summary=f"Check a {one} without saving it")
    def check_document(request: Request, principal: Reader, body: DocumentBody) -> Response:
        """Return everything that is wrong, each point with its place and its repair."""
        documents = open_documents(open_workspace(request, principal))
        return answer(request, FindingsView(findings=documents.check(body.write(), name="document.yaml")))

    @router.get(f"{base}/{{ref}}", response_model=DocumentView, summary=f"Read a {one}")
    def read_document(request: Request, principal: Reader, ref: Ref) -> Response:
        """Return the latest revision; its `ETag` is what a change has to send back."""
        return _show(request, open_documents(open_workspace(request, principal)).get(ref))

    @router.put(
        f"{base}/{{ref}}",
        response_model=DocumentView,
        summary=f"Save a {one}",
        responses={201: {"model": DocumentView, "description": "It is new."}},
    )
    def save_document(
        request: Request,
        principal: Writer,
        ref: Ref,
        body: DocumentBody,
        if_match: IfMatch = None,
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        """Save the next revision of a document.

        `If-Match` carries the `ETag` that was read: when somebody else has saved meanwhile the answer is 412 with both
        versions, what differs, and both changes together where they do not clash. `If-None-Match: *` saves a new one.
        Without either the answer is 428.
        """
        is_new = if_match is None and (if_none_match or "").strip() == "*"
        saved = open_documents(open_workspace(request, principal)).save(
            body.write(),
            expected_revision=None if is_new else _read_expected(if_match),
            principal=principal,
            ref=ref,
            note=body.note,
            origin="api",
        )
        return _show(request, saved, status=201 if is_new else 200, place=PREFIX + base)

    @router.delete(f"{base}/{{ref}}", status_code=204, summary=f"Take a {one} out of the lists")
    def delete_document(request: Request, principal: Writer, ref: Ref, if_match: IfMatch = None) -> Response:
        """Take a document out of the lists; its revisions stay."""
        documents = open_documents(open_workspace(request, principal))
        documents.delete(ref, expected_revision=_read_expected(if_match), principal=principal)
        note_event(request, principal, "data.delete", target=ref, details={"kind": one})
        return Response(status_code=204)

    @router.get(f"{base}/{{ref}}/history", response_model=PageView[RevisionView], summary=f"List revisions of a {one}")
    def list_revisions(request: Request, principal: Reader, ref: Ref) -> Response:
        """Return all revisions, the latest first."""
        history = open_documents(open_workspace(request, principal)).history(ref)
        return answer_page(request, PageView[RevisionView](items=list(history), next=None))

    @router.get(
        f"{base}/{{ref}}/revisions/{{revision}}", response_model=DocumentView, summary=f"Read a revision of a {one}"
    )
    def read_revision(request: Request, principal: Reader, ref: Ref, revision: Number) -> Response:
        """Return one revision with its text."""
        documents = open_documents(open_workspace(request, principal))
        return _show(request, documents.get(ref, revision=revision))

    @router.post(f"{base}/{{ref}}/restore", response_model=DocumentView, summary=f"Bring a revision of a {one} back")
    def restore_revision(
        request: Request, principal: Writer, ref: Ref, body: RestoreBody, if_match: IfMatch = None
    ) -> Response:
        """Save an older revision as the next one: nothing between is lost."""
        documents = open_documents(open_workspace(request, principal))
        expected = _read_expected(if_match)
        saved = documents.restore(
            ref, revision=body.revision, expected_revision=expected, principal=principal, note=body.note
        )
        return _show(request, saved)

    return router


facility_routes = _make_routes("facilities", "facility", open_facilities)
programme_routes = _make_routes("programmes", "programme", open_programmes)
portfolio_routes = _make_routes("portfolios", "portfolio", open_portfolios)


@facility_routes.post(
    "/facilities/from-register", response_model=DocumentView, status_code=201, summary="Describe a facility by register"
)
def add_from_register(request: Request, principal: Writer, body: RegisterBody) -> Response:
    """Save the facility that the registers of the workspace describe under a FINESS number."""
    saved = create_from_register(open_workspace(request, principal), body.finess, principal=principal)
    return _show(request, saved, status=201, place=f"{PREFIX}/facilities")
