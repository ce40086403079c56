"""Facilities: the list, a new one from a register, a form, a file or the example, and one of them in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile
from starlette.responses import RedirectResponse

from hygie.core.errors import DocumentError
from hygie.service.accounts.principal import Principal
from hygie.views.messages import Language
from hygie.web.api.common import note_event
from hygie.web.auth.dependencies import current_principal, require_permission
from hygie.web.charts import answer_picture
from hygie.web.pages import link_with, render_page
from hygie.web.preferences import choose_language
from hygie.web.state import state_of
from hygie.web.uploading import read_text

if TYPE_CHECKING:
    from hygie.service.workspace import Workspace
    from hygie.views.facility import FacilityView
    from hygie.views.picture import InlineSvg

__all__ = ["facility_pages", "go", "open_own", "read_fields"]

facility_pages = APIRouter(include_in_schema=False)

Who = Annotated[Principal, Depends(current_principal)]
Writer = Annotated[Principal, Depends(require_permission("write_facility"))]
Words = Annotated[str, Query(max_length=200)]
_PER_PAGE = 25


def open_own(request: Request, principal: Principal) -> Workspace:
    """Return the workspace of the organisation of whoever asks."""
    return state_of(request).workspaces.open(principal.organisation_id)


@facility_pages.get("/facilities")
def list_facilities(request: Request, principal: Who, q: Words = "", after: Words = "") -> Response:
    """List facilities, those with every word of a text."""
    from hygie.service.facilities import open_facilities

    page = open_facilities(open_own(request, principal)).find(text=q, after=after or None, limit=_PER_PAGE)
    return render_page(
        request, "facilities.html.j2", principal=principal, active="facilities", page=page, q=q, after=after
    )


@facility_pages.get("/facilities/new")
def show_new(request: Request, principal: Who, q: Words = "") -> Response:
    """Show the ways to a new facility."""
    return _show_new(request, principal, q=q)


@facility_pages.post("/facilities/register")
def add_from_register(
    request: Request, principal: Writer, finess: Annotated[str, Form(max_length=20)] = ""
) -> Response:
    """Save what a register says of an organisation."""
    from hygie.service.facilities import create_from_register

    saved = create_from_register(open_own(request, principal), finess, principal=principal)
    return go(f"/facilities/{saved.ref}", done="created")


@facility_pages.post("/facilities/form")
async def add_from_form(request: Request, principal: Writer) -> Response:
    """Save the facility that the short form makes; what is not taken is shown beside its question."""
    from starlette.concurrency import run_in_threadpool

    given = await read_fields(request)
    return await run_in_threadpool(_add_from_form, request, principal, given)


@facility_pages.post("/facilities/file")
def add_from_file(request: Request, principal: Writer, file: Annotated[UploadFile | None, File()] = None) -> Response:
    """Save an uploaded facility file."""
    from hygie.service.facilities import open_facilities

    text, _name = read_text(file, name="facility.yaml", repair="choose the YAML file of a facility")
    facilities = open_facilities(open_own(request, principal))
    saved = facilities.save(text, expected_revision=None, principal=principal, origin="file")
    return go(f"/facilities/{saved.ref}", done="created")


@facility_pages.post("/facilities/example")
def add_example(request: Request, principal: Writer) -> Response:
    """Save the bundled example, once."""
    from hygie.service import facility_pages as service

    ref = service.add_example(open_own(request, principal), principal=principal)
    return go(f"/facilities/{ref}", done="example")


@facility_pages.get("/facilities/{ref}")
def show_facility(
    request: Request,
    ref: str,
    principal: Who,
    done: Annotated[str, Query(max_length=40)] = "",
    revision: Annotated[int | None, Query(ge=1, le=10**9)] = None,
) -> Response:
    """Show one facility: who it is, its zones, its links, its posture, its results."""
    from hygie.service.facilities import open_facilities
    from hygie.service.facility_pages import describe_stored
    from hygie.service.saved_results import list_results

    workspace, language = open_own(request, principal), choose_language(request, principal)
    document = open_facilities(workspace).get(ref, revision=revision)
    view = state_of(request).views.remember(
        ("facility", principal.organisation_id, ref, document.revision, document.digest, language),
        lambda: describe_stored(workspace, ref, revision=document.revision, language=language),
    )
    return render_page(
        request,
        "facility.html.j2",
        principal=principal,
        active="facilities",
        document=document,
        view=view,
        pictures={}
        if view is None
        else state_of(request).views.remember(
            ("facility-pictures", principal.organisation_id, ref, document.revision, document.digest, language),
            lambda: _draw_all(view),
        ),
        results=list_results(workspace, facility=ref, kind="assessment", limit=5, language=language).items,
        done=done,
        mounted=request.app.state.mounted,
    )


@facility_pages.get("/facilities/{ref}/pictures/{picture}.{ending}")
def show_picture(
    request: Request,
    ref: str,
    picture: Literal["attack_ways", "needs", "network"],
    ending: Literal["svg", "png", "csv"],
    principal: Who,
    revision: Annotated[int | None, Query(ge=1, le=10**9)] = None,
    lang: Language | None = None,
) -> Response:
    """Return the zones of a facility, what needs what, or its network, as a file."""
    from hygie.service.facilities import open_facilities
    from hygie.service.facility_pages import describe_stored
    from hygie.views.charts_facility import draw_facility_picture, tabulate_facility_picture

    workspace, language = open_own(request, principal), lang or choose_language(request, principal)
    document = open_facilities(workspace).get(ref, revision=revision)
    key = ("facility", principal.organisation_id, ref, document.revision, document.digest, language)
    view = state_of(request).views.remember(
        key, lambda: describe_stored(workspace, ref, revision=document.revision, language=language)
    )
    if view is None:
        raise DocumentError("this facility cannot be drawn yet", value=ref, repair="mend what its page names first")
    return answer_picture(
        request,
        name=picture.replace("_", "-"),
        ending=ending,
        language=language,
        key=key,
        draw=lambda: draw_facility_picture(view, picture),
        tabulate=lambda: tabulate_facility_picture(view, picture),
    )


@facility_pages.get("/facilities/{ref}/file")
def download_file(
    request: Request, ref: str, principal: Who, revision: Annotated[int | None, Query(ge=1, le=10**9)] = None
) -> Response:
    """Return a facility as the YAML file that the command line takes."""
    from hygie.service.facilities import open_facilities

    document = open_facilities(open_own(request, principal)).get(ref, revision=revision)
    details = {"document": "facility", "revision": document.revision}
    note_event(request, principal, "data.export", target=document.ref, details=details)
    headers = {"Content-Disposition": f'attachment; filename="{document.ref}.yaml"'}
    return Response(document.text, media_type="application/yaml; charset=utf-8", headers=headers)


async def read_fields(request: Request) -> dict[str, str]:
    """Return the texts of a form."""
    form = await request.form(max_fields=300)
    return {name: value[:500] for name, value in form.items() if isinstance(value, str)}


def go(path: str, **query: str) -> Response:
    """Lead to a page after a form."""
    return RedirectResponse(link_with(path, None, **query), status_code=303)


def _draw_all(view: FacilityView) -> dict[str, InlineSvg]:
    """Return the pictures as parts of the page, which lends them its typeface."""
    from hygie.views.charts_facility import FACILITY_PICTURE_IDS, draw_facility_picture

    return {name: draw_facility_picture(view, name).inline for name in FACILITY_PICTURE_IDS}


def _show_new(
    request: Request,
    principal: Principal,
    *,
    q: str = "",
    given: dict[str, str] | None = None,
    problems: dict[str, str] | None = None,
) -> Response:
    from hygie.service.facility_form import guess_year
    from hygie.service.facility_pages import list_form, search_registers

    language = choose_language(request, principal)
    values: dict[str, str | int] = dict(given) if given is not None else {"year": guess_year()}
    return render_page(
        request,
        "facility_new.html.j2",
        principal=principal,
        active="facilities",
        status=422 if problems else 200,
        q=q,
        found=search_registers(open_own(request, principal), q, principal=principal),
        fields=list_form(values, language=language, problems=problems),
        problems=problems or {},
    )


def _add_from_form(request: Request, principal: Principal, given: dict[str, str]) -> Response:
    from hygie.service.facility_pages import add_answers, judge_form

    answers, problems = judge_form(given, language=choose_language(request, principal))
    if problems:
        return _show_new(request, principal, given=given, problems=problems)
    saved = add_answers(open_own(request, principal), answers, principal=principal)
    return go(f"/facilities/{saved.ref}", done="created")
