"""Documents of saved results: which there are, written once, shown inside a page, kept for the next reader."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import hygie
from hygie.core.errors import StoreError, UsageError
from hygie.core.evidence import TLP
from hygie.service.documents import DOCUMENT_FORMATS, DocumentFormat, save_document
from hygie.service.jobs.context import results_folder
from hygie.service.kept_documents import STUDY_FILES, TYPICAL, keep_document, name_key, recall_document
from hygie.service.markings import choose_marking
from hygie.service.report import ReportRequest, build_dossier_document, build_portfolio_document, build_report
from hygie.service.saved_results import read_result_view
from hygie.store.saved_result_store import ResultRow, ResultStore
from hygie.store.workspace import Workspace
from hygie.views.messages import Language
from hygie.views.reports import DocumentLineView
from hygie.views.study import StudyView
from hygie.views.validation import ValidationView

__all__ = [
    "DOCUMENTS",
    "DocumentFile",
    "DocumentName",
    "describe_document",
    "find_typical",
    "list_documents",
    "read_document_file",
    "read_preview",
]

DocumentName = Literal["report", "brief", "study", "dossier"]

# Those of each kind of result, the first one is shown when none is named.
DOCUMENTS: Mapping[str, tuple[DocumentName, ...]] = {
    "assessment": ("report", "brief"),
    "portfolio": ("report",),
    "study": ("study",),
    "dossier": ("dossier",),
}

_TYPES: Mapping[DocumentFormat, str] = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "application/zip",
    "parquet": "application/zip",
}
_POLICY = re.compile(rb'<meta http-equiv="Content-Security-Policy" content="([^"]{1,2000})">')
_BESIDE = ("decide.json", "programme", "scenario", STUDY_FILES)
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFile:
    """A document as it is sent: tables in several files travel as one archive."""

    name: str
    media_type: str
    content: bytes
    tlp: TLP


def list_documents(workspace: Workspace, result_id: str) -> list[DocumentName]:
    """Return the documents of a saved result, the usual one first; none for a kind that has none.

    Raises
    ------
    NotFoundError
        There is no such result in this organisation.
    """
    return list(DOCUMENTS.get(ResultStore(workspace).get(result_id).kind, ()))


def read_document_file(
    workspace: Workspace,
    result_id: str,
    *,
    document: str,
    form: str,
    language: Language,
    tlp: TLP | None = None,
) -> DocumentFile:
    """Return a document of a saved result; one that was written before comes from where it is kept.

    Parameters
    ----------
    tlp
        Its marking; by default that of its sources, and TLP:AMBER at least where it is about a named organisation.

    Raises
    ------
    NotFoundError, StoreError, UsageError
        There is no such result, its files are gone or of another version, it has no such document or format, or it may
        not be marked so low.
    """
    row = ResultStore(workspace).get(result_id)
    name, chosen = _check_document(row, document), _check_form(form)
    content, marking = _find_content(workspace, row, name, chosen, language, tlp)
    ending = f"{chosen}.zip" if chosen in ("csv", "parquet") else chosen
    return DocumentFile(
        name=f"hygie-{name}-{language}.{ending}", media_type=_TYPES[chosen], content=content, tlp=marking
    )


def find_typical(workspace: Workspace, result_id: str) -> Path | None:
    """Return the file of the typical hospital that a study was simulated for; None without one.

    Raises
    ------
    NotFoundError
        There is no such result in this organisation.
    """
    row = ResultStore(workspace).get(result_id)
    file = results_folder(workspace, row.result_id) / STUDY_FILES / TYPICAL
    return file if row.kind == "study" and file.is_file() else None


def read_preview(workspace: Workspace, result_id: str, *, document: str, language: Language) -> tuple[bytes, str]:
    """Return a document as a page, and the Content-Security-Policy that it is written for.

    Raises
    ------
    NotFoundError, StoreError, UsageError
        As for its file.
    """
    content = read_document_file(workspace, result_id, document=document, form="html", language=language).content
    found = _POLICY.search(content[:20_000])
    if found is None:
        raise StoreError("this document states no policy", value=result_id, repair="make it again with this version")
    policy = found[1].decode("ascii").replace("&#39;", "'")
    return content, policy


def describe_document(workspace: Workspace, result_id: str, *, document: str, language: Language) -> DocumentLineView:
    """Return what a page says of a document: title, marking, and the command that makes it again.

    Raises
    ------
    NotFoundError, StoreError, UsageError
        As for its file.
    """
    row = ResultStore(workspace).get(result_id)
    name = _check_document(row, document)
    try:
        made = _build(workspace, row, name, language, None)
    except StoreError:
        if name != "study":
            raise
        return _describe_older(workspace, row, language)
    return DocumentLineView(
        document=document,
        title=made.title,
        subtitle=made.subtitle,
        tlp=made.tlp,
        lowest=TLP(read_result_view(workspace, row.result_id, language=language).get("tlp") or made.tlp),
        reproduce=made.reproduce,
        sources=len(made.sources),
    )


def _describe_older(workspace: Workspace, row: ResultRow, language: Language) -> DocumentLineView:
    """Return what is known of a study of another version: the files that were written with it are still there."""
    data = read_result_view(workspace, row.result_id, language=language)
    return DocumentLineView(
        document="study",
        title=row.title,
        subtitle="",
        tlp=TLP(data["tlp"]),
        lowest=TLP(data["tlp"]),
        reproduce=str(data.get("reproduce", "")),
        sources=0,
    )


def _find_content(
    workspace: Workspace,
    row: ResultRow,
    document: DocumentName,
    form: DocumentFormat,
    language: Language,
    tlp: TLP | None,
) -> tuple[bytes, TLP]:
    folder = results_folder(workspace, row.result_id)
    key = name_key(
        result=row.result_id,
        digest=row.digest,
        kind=row.kind,
        document=document,
        form=form,
        language=language,
        tlp=tlp,
        beside=[*_tell_state(folder), *map(str, _find_decision(workspace, row, language))],
    )
    kept = recall_document(workspace, row.result_id, key=key, form=form)
    if kept is not None:
        return kept
    written = _find_written(folder, form, language) if document == "study" and tlp is None else None
    if written is not None:
        marking = TLP(read_result_view(workspace, row.result_id, language=language)["tlp"])
        content = _pack(written)
    else:
        made = _build(workspace, row, document, language, tlp)
        with tempfile.TemporaryDirectory(prefix="hygie-document-") as room:
            content = _pack(save_document(made, Path(room), formats=(form,), stem=f"{document}-{language}")[0])
        marking = made.tlp
    keep_document(workspace, row.result_id, key=key, form=form, content=content, tlp=marking)
    return content, marking


def _tell_state(folder: Path) -> list[tuple[str, int, int]]:
    """Return what tells whether something beside a result changed."""
    found = []
    for name in ("manifest.json", *_BESIDE):
        place = folder / name
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file():
                state = path.stat()
                found.append((str(path.relative_to(folder)), state.st_size, state.st_mtime_ns))
    return found


def _find_decision(workspace: Workspace, row: ResultRow, language: Language) -> tuple[Path, ...]:
    """Return the latest choice of controls for the same revision of the same facility.

    What was approved stays what its approver read: choices that came later are not in it.
    """
    if row.kind != "assessment" or row.facility_ref is None:
        return ()
    decisions = ResultStore(workspace).list_page(kind="decide_controls", facility=row.facility_ref, limit=20).items
    for found in decisions:
        file = results_folder(workspace, found.result_id) / f"decide_controls.{language}.json"
        late = row.status == "approved" and row.decided_at is not None and found.created_at > row.decided_at
        if found.facility_revision == row.facility_revision and not late and file.is_file():
            return (file,)
    return ()


def _find_written(folder: Path, form: DocumentFormat, language: Language) -> Path | None:
    """Return the file, or the folder of tables, that was written with a study."""
    name = f"study-{language}-{form}" if form in ("csv", "parquet") else f"study-{language}.{form}"
    place = folder / STUDY_FILES / name
    return place if place.exists() else None


def _pack(place: Path) -> bytes:
    """Return a file, or a folder as an archive that is the same for the same files."""
    if place.is_file():
        return place.read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(place.rglob("*")):
            if not path.is_file():
                continue
            entry = zipfile.ZipInfo(path.relative_to(place).as_posix(), date_time=_ZIP_TIME)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            archive.writestr(entry, path.read_bytes(), compresslevel=6)
    return packed.getvalue()


def _build(workspace: Workspace, row: ResultRow, document: DocumentName, language: Language, tlp: TLP | None) -> Any:
    folder = results_folder(workspace, row.result_id)
    if row.kind == "portfolio":
        return build_portfolio_document(folder, language=language, tlp=tlp)
    if row.kind == "assessment":
        kind: Literal["report", "brief"] = "brief" if document == "brief" else "report"
        beside = () if (folder / "decide.json").exists() else _find_decision(workspace, row, language)
        return build_report(ReportRequest(folder=folder, kind=kind, language=language, beside=beside, tlp=tlp))
    data = _read_view(workspace, row, language)
    if row.kind == "dossier":
        return build_dossier_document(_read_as(ValidationView, data, row), tlp=tlp)
    from hygie.report.study import build_study

    view = _read_as(StudyView, data, row)
    return build_study(view.model_copy(update={"tlp": choose_marking([view.tlp], wanted=tlp)}))


def _read_view(workspace: Workspace, row: ResultRow, language: Language) -> dict[str, Any]:
    data = read_result_view(workspace, row.result_id, language=language)
    if data.get("version") != hygie.__version__:
        raise StoreError(
            "this result was written by another version of hygie",
            value=f"hygie {data.get('version')}",
            allowed=f"hygie {hygie.__version__}",
            repair="make it again with this version",
        )
    return data


def _read_as(kind: type[Any], data: dict[str, Any], row: ResultRow) -> Any:
    try:
        return kind.model_validate(data)
    except ValueError as error:
        raise StoreError(
            "this result cannot be read by this version of hygie", value=row.result_id, repair="make it again"
        ) from error


def _check_document(row: ResultRow, document: str) -> DocumentName:
    known = DOCUMENTS.get(row.kind, ())
    for name in known:
        if name == document:
            return name
    raise UsageError(
        "this result has no such document",
        field="document",
        value=f"{document} of {row.kind}",
        allowed=", ".join(known) or "none",
        repair="read its view instead" if not known else "choose one of these",
    )


def _check_form(form: str) -> DocumentFormat:
    for name in DOCUMENT_FORMATS:
        if name == form:
            return name
    raise UsageError(
        "unknown format of documents",
        field="form",
        value=form,
        allowed=", ".join(DOCUMENT_FORMATS),
        repair="choose one of these",
    )
