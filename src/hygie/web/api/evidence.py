"""Evidence brought in and judged by programs: uploads, incidents by hand, judgements, edits and their undoing."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body, File, Path, Request, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from hygie.core.errors import DataError, DocumentError
from hygie.views.assessment import View
from hygie.views.intel import RecordPage
from hygie.web.api.common import PREFIX, FactWriter, Id, answer, make_router, open_workspace
from hygie.web.state import state_of
from hygie.web.uploading import keep_file

__all__ = ["evidence_routes", "upload_routes"]

# A file is not held in memory to be compared with the one of an earlier write.
upload_routes = make_router("uploads", keep_answers=False)
evidence_routes = make_router("threat")

Ref = Annotated[str, Path(min_length=1, max_length=200, pattern=r"^[^\x00/]+$", description="Ref of an incident.")]
Word = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
Reason = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*$", description="kept with the change")]
_INCIDENT: dict[str, Any] = {
    "fields": {
        "victim.name": "CH de l’Exemple",
        "victim.kind": "ch",
        "started_on": "2026-05",
        "threat_class": "ransomware",
        "source.title": "Panne au CH de l’Exemple",
        "source.url": "https://gazette.example/panne",
    }
}


class UploadView(View):
    """A file that was kept for a job."""

    upload_id: str
    name: str
    size: Annotated[int, Field(description="[bytes]")]


class IncidentBody(BaseModel):
    """One incident with its source, by the names of columns of tables."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [_INCIDENT]})

    fields: Annotated[
        dict[str, Annotated[str, Field(max_length=4000, pattern=r"^[^\x00]*$")]],
        Field(max_length=30, description="victim.name, victim.kind, started_on, threat_class, source.title and others"),
    ]


class JudgementBody(BaseModel):
    """What an analyst judges; what is left out stays as it is."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={"examples": [{"actor": "lockbit", "confidence": "medium", "reason": "note of the group"}]},
    )

    reason: Reason
    actor: Word = ""
    confidence: Word = ""
    started_on: Word = ""
    precision: Word = ""
    date_basis: Word = ""
    threat_class: Word = ""
    tlp: Word = ""
    pap: Word = ""


class EditBody(BaseModel):
    """Fields of the record by dotted name; null takes one away."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={"examples": [{"changes": {"victim.town": "Dax"}, "reason": "named in the report"}]},
    )

    changes: Annotated[dict[str, str | int | float | bool | None], Field(min_length=1, max_length=50)]
    reason: Reason


class UndoBody(BaseModel):
    """Why edits are taken back."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [{"reason": "wrong note"}]})

    reason: Reason


@upload_routes.post("/uploads", response_model=UploadView, status_code=201, summary="Send a file")
def send(request: Request, principal: FactWriter, file: Annotated[UploadFile, File()]) -> Response:
    """Keep a file for `POST /jobs/import` or `POST /jobs/register`: 128 MiB at most, kept until a job has read it."""
    from hygie.service.uploads import find_upload

    workspace = open_workspace(request, principal)
    upload_id = keep_file(request, workspace, file)
    if upload_id is None:
        raise DocumentError("no file was sent", field="file", repair="send it as the part `file`, with a file name")
    place = find_upload(workspace, upload_id)
    view = UploadView(upload_id=upload_id, name=place.name, size=place.stat().st_size)
    return answer(request, view, status=201, headers={"Location": f"{PREFIX}/uploads/{upload_id}"})


@upload_routes.delete("/uploads/{upload_id}", status_code=204, summary="Remove a file")
def remove(request: Request, principal: FactWriter, upload_id: Id) -> Response:
    """Remove a file that no job shall read."""
    from hygie.service.uploads import find_upload, forget_upload

    workspace = open_workspace(request, principal)
    find_upload(workspace, upload_id)
    forget_upload(workspace, upload_id)
    return Response(status_code=204)


@evidence_routes.post("/incidents", response_model=RecordPage, status_code=201, summary="Record an incident")
def record(request: Request, principal: FactWriter, body: IncidentBody) -> Response:
    """Record one incident with its source; the same rules hold as for a row of a table."""
    from hygie.service.evidence_import import FORM_FIELDS, record_incident
    from hygie.service.qualification import show_record

    unknown = sorted(set(body.fields) - set(FORM_FIELDS))
    if unknown:
        raise DataError("there is no such field", field=unknown[0][:80], allowed=", ".join(FORM_FIELDS))
    base = state_of(request).base(principal)
    ref, problems = record_incident(base, body.fields)
    if ref is None:
        field, text = next(iter(problems.items()))
        raise DataError(
            "this field is needed" if text == "needed" else text.partition("\n")[0][:300],
            field=field or None,
            allowed=", ".join(name for name, needed in FORM_FIELDS.items() if needed),
        )
    view = show_record(base, ref, kind="incident")
    return answer(request, view, status=201, headers={"Location": f"{PREFIX}/records/incident/{ref}"})


@evidence_routes.post("/incidents/{ref}/qualify", response_model=RecordPage, summary="Judge an incident")
def qualify(request: Request, principal: FactWriter, ref: Ref, body: Annotated[JudgementBody, Body()]) -> Response:
    """Judge attribution, date, class or marking; what the record says already is not said again."""
    from hygie.service.incident_desk import judge_incident
    from hygie.service.qualification import show_record

    base = state_of(request).base(principal)
    judge_incident(base, ref, body.model_dump(exclude={"reason"}), reason=body.reason)
    return answer(request, show_record(base, ref, kind="incident"))


@evidence_routes.patch("/incidents/{ref}", response_model=RecordPage, summary="Edit an incident")
def edit(request: Request, principal: FactWriter, ref: Ref, body: EditBody) -> Response:
    """Change fields of an incident; what packs and files said stays below."""
    from hygie.service.qualification import edit_record, show_record

    base = state_of(request).base(principal)
    edit_record(base, ref, body.changes, reason=body.reason, kind="incident")
    return answer(request, show_record(base, ref, kind="incident"))


@evidence_routes.post("/incidents/{ref}/undo", response_model=RecordPage, summary="Take edits back")
def undo(request: Request, principal: FactWriter, ref: Ref, body: UndoBody) -> Response:
    """Take the edits of analysts back: the record says again what its sources say."""
    from hygie.service.incident_desk import take_back
    from hygie.service.qualification import show_record

    base = state_of(request).base(principal)
    take_back(base, ref, reason=body.reason)
    return answer(request, show_record(base, ref, kind="incident"))
