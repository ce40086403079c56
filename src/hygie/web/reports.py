"""Study and reports: a study asked for, documents of saved results shown in the page and kept as files."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response

from hygie.core.errors import NotFoundError
from hygie.core.evidence import TLP
from hygie.service.accounts.principal import Principal
from hygie.views.messages import Language
from hygie.web.api.common import note_event
from hygie.web.auth.dependencies import require_permission
from hygie.web.facilities import Who, go, open_own
from hygie.web.pages import keep_answer, render_page
from hygie.web.preferences import choose_language
from hygie.web.shield import CONTENT_SECURITY_POLICY
from hygie.web.state import state_of

if TYPE_CHECKING:
    from hygie.views.reports import DocumentLineView, StudyChoicesView

__all__ = ["report_pages", "send_document"]

report_pages = APIRouter(include_in_schema=False)

Runner = Annotated[Principal, Depends(require_permission("run"))]
Text = Annotated[str, Form(max_length=200)]
Several = Annotated[list[str], Form(max_length=10)]
Name = Annotated[str, Query(max_length=20)]


@report_pages.get("/reports")
def show_shelf(request: Request, principal: Who, done: Name = "") -> Response:
    """List studies, dossiers, and the results that reports are made of."""
    from hygie.service.jobs.queue import list_jobs
    from hygie.service.report_pages import list_shelf
    from hygie.service.stored_reports import DOCUMENTS

    workspace, language = open_own(request, principal), choose_language(request, principal)
    return render_page(
        request,
        "reports.html.j2",
        principal=principal,
        active="reports",
        shelf=list_shelf(workspace, language=language),
        jobs=[
            job
            for kind in ("study", "dossier")
            for state in ("running", "queued")
            for job in list_jobs(workspace, kind=kind, status=state).items
        ],
        documents=DOCUMENTS,
        done=done,
    )


@report_pages.get("/reports/new")
def show_form(request: Request, principal: Runner) -> Response:
    """Ask what a study is about, for whom, and in which form."""
    return _show_form(request, principal)


@report_pages.post("/reports")
def ask(
    request: Request,
    principal: Runner,
    sector: Text = "",
    country: Text = "",
    first: Annotated[str, Form(alias="from", max_length=200)] = "",
    to: Text = "",
    region: Text = "",
    department: Text = "",
    tlp: Text = "clear",
    as_of: Text = "",
    seed: Text = "1",
    simulation: Text = "",
    languages: Several = [],  # noqa: B006 - FastAPI copies it
    formats: Several = [],  # noqa: B006
) -> Response:
    """Put a study into the queue; what is not well formed is told at its field."""
    from hygie.service.report_pages import ask_study, judge_study

    given = {
        "sector": sector, "country": country, "from": first, "to": to, "region": region, "department": department,
        "tlp": tlp, "as_of": as_of or date.today().isoformat(), "seed": seed, "simulation": simulation,
    }  # fmt: skip
    asked, problems = judge_study(
        given,
        languages=languages,
        formats=formats,
        knowledge=_knowledge(request, principal),
        language=choose_language(request, principal),
    )
    if asked is None:
        given_all = {**given, "languages": languages, "formats": formats}
        return _show_form(request, principal, given=given_all, problems=problems)
    return go(f"/jobs/{ask_study(open_own(request, principal), asked, principal=principal).job_id}")


@report_pages.post("/reports/dossiers")
def ask_dossier(
    request: Request,
    principal: Runner,
    draws: Annotated[int, Form(ge=50, le=10_000)] = 1000,
    seed: Annotated[int, Form(ge=0, le=2**63 - 1)] = 1,
) -> Response:
    """Put the validation dossier into the queue."""
    from hygie.service.report_pages import ask_dossier

    job = ask_dossier(open_own(request, principal), draws=draws, seed=seed, principal=principal)
    return go(f"/jobs/{job.job_id}")


@report_pages.get("/reports/{result_id}")
def show_document(request: Request, result_id: str, principal: Who, document: Name = "") -> Response:
    """Show a document of a saved result inside the page, and the ways to keep it."""
    from hygie.service.saved_results import get_result
    from hygie.service.stored_reports import find_typical, list_documents

    workspace, language = open_own(request, principal), choose_language(request, principal)
    result = get_result(workspace, result_id, language=language)
    documents = list_documents(workspace, result_id)
    if not documents:
        raise NotFoundError(
            "this result has no document", value=result_id, allowed="an assessment, a portfolio, a study, a dossier"
        )
    chosen = document or documents[0]
    view = _describe(request, principal, result_id, chosen, language)
    answer = render_page(
        request,
        "report.html.j2",
        principal=principal,
        active="reports",
        result=result,
        documents=documents,
        chosen=chosen,
        view=view,
        has_typical=find_typical(workspace, result_id) is not None,
        levels=[(level.value, f"TLP:{level.value.upper()}") for level in list(TLP)[list(TLP).index(view.lowest) :]],
    )
    # The document alone is shown in a frame, and runs no script there.
    answer.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
    return answer


@report_pages.get("/reports/{result_id}/preview")
def show_preview(
    request: Request, result_id: str, principal: Who, document: Name, lang: Language | None = None
) -> Response:
    """Return a document as a page of its own, to be shown in a frame of this application or by itself."""
    from hygie.service.stored_reports import read_preview

    language = lang or choose_language(request, principal)
    content, policy = read_preview(open_own(request, principal), result_id, document=document, language=language)
    answer = keep_answer(request, Response(content, media_type="text/html; charset=utf-8"))
    answer.headers["Content-Security-Policy"] = f"{policy}; frame-ancestors 'self'"
    return answer


@report_pages.get("/reports/{result_id}/file")
def download(
    request: Request,
    result_id: str,
    principal: Who,
    document: Name,
    form: Name = "pdf",
    lang: Language | None = None,
    tlp: TLP | None = None,
) -> Response:
    """Return a document of a saved result as a file."""
    return send_document(
        request, principal, result_id, document=document, form=form,
        language=lang or choose_language(request, principal), tlp=tlp,
    )  # fmt: skip


@report_pages.get("/reports/{result_id}/typical-hospital.yaml")
def download_typical(request: Request, result_id: str, principal: Who) -> Response:
    """Return the hospital that a study is simulated for, which its commands take."""
    from hygie.service.stored_reports import find_typical

    file = find_typical(open_own(request, principal), result_id)
    if file is None:
        raise NotFoundError("this study has no typical hospital", value=result_id, allowed="a study with simulation")
    note_event(request, principal, "data.export", target=result_id, details={"document": file.name})
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
    return Response(file.read_bytes(), media_type="application/yaml; charset=utf-8", headers=headers)


@report_pages.post("/reports/{result_id}/delete")
def delete(request: Request, result_id: str, principal: Runner) -> Response:
    """Delete a study or a dossier with its files."""
    from hygie.service.saved_results import delete_result

    delete_result(open_own(request, principal), result_id, principal=principal)
    note_event(request, principal, "data.delete", target=result_id)
    return go("/reports", done="deleted")


def send_document(
    request: Request,
    principal: Principal,
    result_id: str,
    *,
    document: str,
    form: str,
    language: Language,
    tlp: TLP | None = None,
) -> Response:
    """Return a document as a file, and note in the audit log that it left."""
    from hygie.service.stored_reports import read_document_file

    made = read_document_file(
        open_own(request, principal), result_id, document=document, form=form, language=language, tlp=tlp
    )
    details = {"document": document, "format": form, "language": language, "tlp": made.tlp.value}
    note_event(request, principal, "data.export", target=result_id, details=details)
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return Response(made.content, media_type=made.media_type, headers=headers)


def _show_form(
    request: Request,
    principal: Principal,
    *,
    given: dict[str, Any] | None = None,
    problems: dict[str, str] | None = None,
) -> Response:
    choices = _choices(request, principal)
    return render_page(
        request,
        "report_new.html.j2",
        principal=principal,
        active="reports",
        status=422 if problems else 200,
        choices=choices,
        given=given if given is not None else choices.usual,
        wrong=bool(problems),
        problems=defaultdict(str, problems or {}),
    )


def _knowledge(request: Request, principal: Principal) -> Any:
    from hygie.service.landscape import load_base_knowledge

    return state_of(request).remember(principal, "knowledge", load_base_knowledge)


def _choices(request: Request, principal: Principal) -> StudyChoicesView:
    from hygie.service.report_pages import list_study_choices

    language, today = choose_language(request, principal), date.today()
    knowledge = _knowledge(request, principal)
    return state_of(request).remember(
        principal,
        ("study-choices", language, today),
        lambda _base: list_study_choices(knowledge, as_of=today, language=language),
    )


def _describe(
    request: Request, principal: Principal, result_id: str, document: str, language: Language
) -> DocumentLineView:
    from hygie.service.stored_reports import describe_document

    workspace = open_own(request, principal)
    return state_of(request).views.remember(
        ("document", principal.organisation_id, result_id, document, language),
        lambda: describe_document(workspace, result_id, document=document, language=language),
    )
