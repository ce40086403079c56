"""What portfolios are made of: files with revisions, chosen or uploaded; a synthetic register to begin with."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile

from hygie.core.errors import ConflictError
from hygie.service.accounts.principal import Principal
from hygie.web.auth.dependencies import require_permission
from hygie.web.facilities import Who, go, open_own
from hygie.web.pages import render_page
from hygie.web.preferences import choose_language
from hygie.web.uploading import read_text

__all__ = ["portfolio_file_pages"]

portfolio_file_pages = APIRouter(include_in_schema=False)

Writer = Annotated[Principal, Depends(require_permission("write_facility"))]
Number = Annotated[int, Form(ge=1, le=10**9)]
Chosen = Annotated[str, Form(max_length=120)]
_MAX_TEXT = 2 * 2**20


@portfolio_file_pages.post("/portfolio/register")
def draw_register(request: Request, principal: Writer, seed: Annotated[int, Form(ge=0, le=2**31 - 1)] = 1) -> Response:
    """Put a register of establishments that do not exist into the queue."""
    from hygie.service.portfolio_pages import ask_register

    language = choose_language(request, principal)
    job = ask_register(open_own(request, principal), seed=seed, language=language, principal=principal)
    return go(f"/jobs/{job.job_id}")


@portfolio_file_pages.post("/portfolio/files")
def add_selection(
    request: Request,
    principal: Writer,
    name: Annotated[str, Form(min_length=1, max_length=200)],
    facilities: Annotated[list[str] | None, Form()] = None,
    register_kind: Chosen = "",
    region: Chosen = "",
    ght: Chosen = "",
) -> Response:
    """Save a portfolio of stored facilities, a register, or both."""
    from hygie.service.portfolio_pages import make_ref, save_selection

    saved = save_selection(
        open_own(request, principal),
        ref=make_ref(name),
        name=name,
        facilities=(facilities or [])[:10_000],
        register=register_kind or None,
        region=region or None,
        ght=ght or None,
        principal=principal,
    )
    return go(f"/portfolio/files/{saved.ref}", done="created")


@portfolio_file_pages.post("/portfolio/files/upload")
def add_file(request: Request, principal: Writer, file: Annotated[UploadFile | None, File()] = None) -> Response:
    """Save an uploaded portfolio file."""
    from hygie.service.other_documents import open_portfolios
    from hygie.service.portfolio_pages import make_ref

    text, name = read_text(file, name="portfolio.yaml", repair="choose the YAML file of a portfolio")
    stored = open_portfolios(open_own(request, principal))
    saved = stored.save(
        text, expected_revision=None, principal=principal, ref=make_ref(name.rpartition(".")[0] or name), origin="file"
    )
    return go(f"/portfolio/files/{saved.ref}", done="created")


@portfolio_file_pages.get("/portfolio/files/{ref}")
def show_file(request: Request, ref: str, principal: Who, done: str = "", revision: int | None = None) -> Response:
    """Show a portfolio as it is stored, what is wrong with it, its revisions."""
    from hygie.service.other_documents import open_portfolios

    stored = open_portfolios(open_own(request, principal))
    document = stored.get(ref, revision=revision if revision is not None and 0 < revision < 10**9 else None)
    return render_page(
        request,
        "portfolio_file.html.j2",
        principal=principal,
        active="portfolio",
        document=document,
        revisions=stored.history(ref),
        done=done[:40],
    )


@portfolio_file_pages.get("/portfolio/files/{ref}/file")
def download_file(request: Request, ref: str, principal: Who) -> Response:
    """Return a portfolio as its YAML file."""
    from hygie.service.other_documents import open_portfolios

    document = open_portfolios(open_own(request, principal)).get(ref)
    headers = {"Content-Disposition": f'attachment; filename="{document.ref}.yaml"'}
    return Response(document.text, media_type="application/yaml; charset=utf-8", headers=headers)


@portfolio_file_pages.post("/portfolio/files/{ref}/text")
def save_text(
    request: Request,
    ref: str,
    principal: Writer,
    expected_revision: Number,
    text: Annotated[str, Form(max_length=_MAX_TEXT)] = "",
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Save a portfolio as text; when somebody else saved meanwhile, nothing is lost: both texts are shown."""
    from hygie.service.other_documents import open_portfolios

    stored = open_portfolios(open_own(request, principal))
    text = text.replace("\r\n", "\n")
    try:
        stored.save(text, expected_revision=expected_revision, principal=principal, ref=ref, note=note.strip() or None)
    except ConflictError as error:
        if "text" not in error.details:
            raise
        return render_page(
            request,
            "portfolio_file.html.j2",
            principal=principal,
            active="portfolio",
            status=409,
            document=stored.get(ref),
            revisions=stored.history(ref),
            done="",
            mine=text,
        )
    return go(f"/portfolio/files/{ref}", done="saved")


@portfolio_file_pages.post("/portfolio/files/{ref}/restore")
def restore_revision(
    request: Request, ref: str, principal: Writer, revision: Number, expected_revision: Number
) -> Response:
    """Save an older revision as the next one."""
    from hygie.service.other_documents import open_portfolios

    open_portfolios(open_own(request, principal)).restore(
        ref, revision=revision, expected_revision=expected_revision, principal=principal
    )
    return go(f"/portfolio/files/{ref}", done="restored")


@portfolio_file_pages.post("/portfolio/files/{ref}/delete")
def delete_file(request: Request, ref: str, principal: Writer, expected_revision: Number) -> Response:
    """Take a portfolio out of the list; its studies and its revisions stay."""
    from hygie.service.other_documents import open_portfolios

    open_portfolios(open_own(request, principal)).delete(ref, expected_revision=expected_revision, principal=principal)
    return go("/portfolio", done="removed")
