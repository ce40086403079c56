"""Documents of results: listed, fetched; a study or a dossier is asked for as a job."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request
from starlette.responses import Response

from hygie.core.evidence import TLP
from hygie.views.application import PageView
from hygie.views.messages import LANGUAGES, Language
from hygie.views.reports import DocumentRefView
from hygie.web.api.common import PREFIX, Id, Reader, answer_page, language_of, make_router, open_workspace
from hygie.web.reports import send_document

__all__ = ["document_routes"]

document_routes = make_router("results")

Form = Literal["html", "pdf", "xlsx", "csv", "parquet"]
_BINARY = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TYPES: dict[str, str] = {
    "html": "text/html",
    "pdf": "application/pdf",
    "xlsx": _WORKBOOK,
    "csv": "application/zip",
    "parquet": "application/zip",
}
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file; tables as CSV or Parquet are an archive, one file for each.",
        "content": dict.fromkeys(_TYPES.values(), _BINARY),
    }
}
_LISTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The documents.",
        "content": {
            "application/json": {
                "example": {
                    "items": [
                        {
                            "document": "study",
                            "language": "fr",
                            "format": "pdf",
                            "media_type": "application/pdf",
                            "href": "/api/v1/results/20261123-101500-000123-1a2b3c4d/documents/study.pdf?lang=fr",
                        }
                    ],
                    "next": None,
                }
            }
        },
    }
}


@document_routes.get(
    "/results/{result_id}/documents",
    response_model=PageView[DocumentRefView],
    summary="List documents of a result",
    responses=_LISTED,
)
def list_all(request: Request, principal: Reader, result_id: Id) -> Response:
    """Return the documents of a result in each language and format; none for a kind that has none."""
    from hygie.service.stored_reports import list_documents

    items = [
        DocumentRefView(
            document=document,
            language=language,
            format=form,
            media_type=media_type,
            href=f"{PREFIX}/results/{result_id}/documents/{document}.{form}?lang={language}",
        )
        for document in list_documents(open_workspace(request, principal), result_id)
        for language in LANGUAGES
        for form, media_type in _TYPES.items()
    ]
    return answer_page(request, PageView[DocumentRefView](items=items, next=None))


@document_routes.get(
    "/results/{result_id}/documents/{document}.{form}", summary="Fetch a document of a result", responses=_FILES
)
def fetch(
    request: Request,
    principal: Reader,
    result_id: Id,
    document: Annotated[
        Literal["report", "brief", "study", "dossier"],
        Path(description="Report and brief of an assessment, report of a portfolio, study, dossier."),
    ],
    form: Annotated[Form, Path(description="Format; `csv` and `parquet` are archives of tables.")],
    tlp: Annotated[
        TLP | None,
        Query(
            description="Marking, never below that of the sources; left out, amber at least for a named organisation."
        ),
    ] = None,
    lang: Annotated[Language | None, Query(description="Language; that of the account by default.")] = None,
) -> Response:
    """Return a document of a result. It is written once and kept; each fetch is noted in the audit log."""
    return send_document(
        request, principal, result_id, document=document, form=form, tlp=tlp,
        language=lang or language_of(request, principal),
    )  # fmt: skip
