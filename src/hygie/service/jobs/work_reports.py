"""The work of jobs that make documents: a study of the threat, the validation dossier; both languages, one result."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import hygie
from hygie.core.ids import digest_text
from hygie.service.jobs.context import JobContext, Made
from hygie.service.jobs.report_requests import DossierJobRequest, StudyJobRequest
from hygie.service.kept_documents import STUDY_FILES
from hygie.service.landscape import load_base_knowledge
from hygie.service.requests import ValidationRequest
from hygie.service.study import save_study, study_sector
from hygie.service.validation.dossier import validate_in
from hygie.store.results import write_result
from hygie.views.messages import LANGUAGES, Language

__all__ = ["write_dossier", "write_study"]


def write_study(request: StudyJobRequest, context: JobContext) -> Made:
    """Tell the state of the threat from the base of the organisation, and write its documents.

    What is shown is kept in both languages, files in those that are asked for: any other is written when it is wanted.
    """
    knowledge = load_base_knowledge(context.base())
    views = {
        language: study_sector(
            request.in_language(language), knowledge=knowledge, threads=context.threads, progress=context.progress
        )
        for language in LANGUAGES
    }
    context.folder.parent.mkdir(parents=True, exist_ok=True)
    # Named as other unfinished results: what a killed worker leaves is swept with them.
    with tempfile.TemporaryDirectory(prefix=f".hygie-partial-{os.getpid()}-", dir=context.folder.parent) as room:
        files = Path(room) / STUDY_FILES
        for language in sorted(set(request.languages)):
            context.progress("write", 0, 1)
            save_study(views[language], files, formats=request.formats, progress=context.progress)
        _write(context, "study", request, views, folders={STUDY_FILES: files})
    return Made("study", context.folder)


def write_dossier(request: DossierJobRequest, context: JobContext) -> Made:
    """Compute the validation dossier; its documents are written when they are asked for."""
    asked = ValidationRequest(draws=request.draws, seed=request.seed, as_of=request.as_of)
    views = validate_in(asked, LANGUAGES, threads=context.threads, progress=context.progress)
    _write(context, "dossier", request, views, folders={})
    return Made("dossier", context.folder)


def _write(
    context: JobContext,
    kind: str,
    request: BaseModel,
    views: Mapping[Language, Any],
    *,
    folders: Mapping[str, Path],
) -> None:
    shown = {language: view.model_dump(mode="json", by_alias=True) for language, view in views.items()}
    manifest: dict[str, Any] = {
        "kind": kind,
        "version": hygie.__version__,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "request": request.model_dump(mode="json", by_alias=True),
        # Of all that is shown, in each language: the same question to the same base gives the same one.
        "digest": digest_text("\n".join(views[language].model_dump_json() for language in sorted(views))),
        "packs": shown["en"]["packs"],
    }
    write_result(
        context.folder,
        manifest=manifest,
        views={f"{kind}.{language}": view for language, view in shown.items()},
        tables={},
        folders=folders,
    )
