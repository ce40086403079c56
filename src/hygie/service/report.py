"""Stored results as documents: the report of a facility, its brief, the report of a portfolio, the dossier."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import hygie
from hygie.core.errors import DataError, StoreError, UsageError
from hygie.core.evidence import TLP
from hygie.report.board_brief import build_board_brief
from hygie.report.chart_files import export_charts
from hygie.report.document import Document
from hygie.report.dossier import build_dossier_report, mark_dossier
from hygie.report.facility_report import FacilityStudy, build_facility_report
from hygie.report.fair_report import build_fair_report
from hygie.report.portfolio_report import build_portfolio_report
from hygie.service.documents import DocumentFormat, save_document
from hygie.service.markings import NAMED, choose_marking
from hygie.service.portfolio_show import load_whatif, read_view
from hygie.service.studied import Studied, gather_studied
from hygie.store.results import read_document, read_kind, read_result
from hygie.views.assessment import AssessmentView
from hygie.views.fair import FairView
from hygie.views.messages import Language
from hygie.views.validation import ValidationView

__all__ = [
    "ReportKind",
    "ReportRequest",
    "build_dossier_document",
    "build_portfolio_document",
    "build_report",
    "load_dossier",
    "load_view",
    "save_as",
    "save_charts",
]

ReportKind = Literal["report", "brief"]

_MOST_BYTES = 64 * 2**20
_ENDINGS: Mapping[str, DocumentFormat] = {".html": "html", ".pdf": "pdf", ".xlsx": "xlsx"}


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What is asked of a report.

    Parameters
    ----------
    beside
        Results studied beside it: a decision about controls, a programme, scenarios.
    tlp
        The marking asked for; without it TLP:AMBER, or that of the sources where it is stricter.
    """

    folder: Path
    kind: ReportKind = "report"
    language: Language = "en"
    beside: tuple[Path, ...] = ()
    tlp: TLP | None = None


def load_view(folder: Path, *, language: Language) -> AssessmentView:
    """Return the view of a stored result in a language.

    Raises
    ------
    StoreError
        Not the result of an assessment, or one of another version.
    """
    return _load_assessment(folder, language=language)[0]


def _load_assessment(folder: Path, *, language: Language) -> tuple[AssessmentView, TLP]:
    kind = read_kind(folder)
    if kind not in ("", "assessment"):
        raise _refuse_kind(folder, kind)
    manifest, data = read_result(folder, language=language)
    _check_version(folder, manifest)
    try:
        view = AssessmentView.model_validate(data)
    except ValueError as error:
        raise StoreError(
            "this result cannot be read by this version of hygie", file=str(folder), repair="run the assessment again"
        ) from error
    return view, _read_marking(folder, manifest, view)


def _check_version(folder: Path, manifest: Mapping[str, Any]) -> None:
    if manifest.get("version") != hygie.__version__:
        raise StoreError(
            "this result was written by another version of hygie",
            file=str(folder),
            value=f"hygie {manifest.get('version')}",
            allowed=f"hygie {hygie.__version__}",
            repair="run the assessment again with this version",
        )


def _read_marking(folder: Path, manifest: Mapping[str, Any], view: AssessmentView) -> TLP:
    """Return the marking of a result; that of one which does not tell is known only when no pack was added."""
    if view.tlp is not None:
        return view.tlp
    request = manifest.get("request")
    if isinstance(request, dict) and not request.get("packs"):
        return TLP.CLEAR
    raise _refuse_unmarked(folder)


def _refuse_unmarked(place: Path) -> StoreError:
    return StoreError(
        "this result does not say how the knowledge behind it is marked",
        file=str(place),
        repair="make it again with this version",
    )


def _refuse_kind(folder: Path, kind: str) -> UsageError:
    repair = {
        "portfolio": "`hygie portfolio report` writes the report of a portfolio",
        "programme": "give the result it was priced on, and this folder as --with",
        "scenario": "give the result of an assessment of the facility, and this folder as --with",
        "fair": "typed scenarios have a report: leave --kind, --with and --charts out",
    }.get(kind, "give the folder printed by `hygie assess`")
    return UsageError("this result is not an assessment", field="RESULT", value=f"{folder} ({kind})", repair=repair)


def build_report(request: ReportRequest) -> Document:
    """Return the report or the brief of a stored result; nothing is simulated.

    Raises
    ------
    HygieError
        The result cannot be read, what is beside it is about something else, or it may not be marked so low.
    """
    if request.kind == "report" and not request.beside and read_kind(request.folder) == "fair":
        return _build_fair(request)
    view, mark = _load_assessment(request.folder, language=request.language)
    studied = gather_studied(request.folder, request.beside, view=view)
    tlp = choose_marking([mark, *studied.marks], wanted=request.tlp, usual=NAMED)
    build = build_board_brief if request.kind == "brief" else build_facility_report
    study = FacilityStudy(view, studied.decision, studied.programme, studied.scenarios)
    return build(study, tlp=tlp, reproduce=_write_commands(request, view, studied))


def _build_fair(request: ReportRequest) -> Document:
    """Return the report of typed scenarios: those who typed them decide how it is marked."""
    _check_version(request.folder, read_document(request.folder, "manifest"))
    try:
        view = FairView.model_validate(read_document(request.folder, f"fair.{request.language}"))
    except ValueError as error:
        raise StoreError(
            "this result cannot be read by this version of hygie",
            file=str(request.folder),
            repair="run `hygie fair run` again",
        ) from error
    place = _name_place(request.folder)
    words = ["hygie", "report", place, *_say_marking(request.tlp), "--lang", request.language]
    command = f"{view.reproduce} --out {place} && {' '.join(words)}"
    return build_fair_report(view, tlp=request.tlp or NAMED, reproduce=command)


def _name_place(folder: Path) -> str:
    """Return the name of a folder for a command, without the way to it on this machine."""
    return shlex.quote(folder.resolve().name)


def _say_marking(tlp: TLP | None) -> list[str]:
    return [] if tlp is None else ["--tlp", tlp.value]


def _write_commands(request: ReportRequest, view: AssessmentView, studied: Studied) -> str:
    """Return the commands that make the document again: the result first."""
    place = _name_place(request.folder)
    words = ["hygie", "report", place]
    if request.kind != "report":
        words += ["--kind", request.kind]
    for path in studied.paths:
        words += ["--with", _name_place(path)]
    words += _say_marking(request.tlp)
    words += ["--lang", request.language]
    return f"{view.reproduce} --out {place} && {' '.join(words)}"


def build_portfolio_document(
    folder: Path, *, language: Language, outage: Path | None = None, tlp: TLP | None = None
) -> Document:
    """Return the report of a stored portfolio.

    Raises
    ------
    HygieError
        The result or the outage cannot be read, or it may not be marked so low.
    """
    view = read_view(folder, language=language)
    if view.tlp is None:
        raise _refuse_unmarked(folder)
    down = None
    if outage is not None:
        down = load_whatif(outage)
        if down.tlp is None:
            raise _refuse_unmarked(outage)
        if down.language != language:
            raise UsageError(
                "this outage was written in another language",
                field="--whatif",
                value=f"{outage} ({down.language})",
                allowed=language,
                repair=f"run `hygie portfolio whatif` again with --lang {language}",
            )
    marking = choose_marking([view.tlp, down.tlp if down else None], wanted=tlp, usual=NAMED)
    place = _name_place(folder)
    first = f"{view.reproduce} --out {place} && " if view.reproduce else ""
    command = f"{first}hygie portfolio report {place}"
    if outage is not None:
        command += f" --whatif {_name_place(outage)}"
    command = " ".join([command, *_say_marking(tlp)])
    return build_portfolio_report(view, outage=down, tlp=marking, reproduce=f"{command} --lang {language}")


def load_dossier(folder: Path) -> ValidationView:
    """Return the dossier that `hygie validate --out` wrote into a folder.

    Raises
    ------
    StoreError, DataError
        There is none, or it cannot be read.
    """
    file = folder / "validation.json" if folder.is_dir() else folder
    repair = "write one with `hygie validate --out FOLDER`"
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise DataError("this file is too large for a dossier", file=str(file), allowed="at most 64 MiB")
        return ValidationView.model_validate_json(file.read_bytes())
    except OSError as error:
        raise StoreError(f"the dossier cannot be read: {error.strerror}", file=str(file), repair=repair) from None
    except ValueError:
        raise DataError("this file is not a validation dossier", file=str(file), repair=repair) from None


def build_dossier_document(view: ValidationView, *, tlp: TLP | None = None) -> Document:
    """Return the validation dossier as a document, in the language in which it was computed.

    Raises
    ------
    UsageError
        It may not be marked so low.
    """
    marking = choose_marking([mark_dossier(view)], wanted=tlp)
    words = [view.reproduce, *_say_marking(tlp), "--lang", view.language, "--out dossier --format html,pdf"]
    return build_dossier_report(view, tlp=marking, reproduce=" ".join(words))


def save_as(
    document: Document, *, out: Path | None, folder: Path, stem: str, formats: Sequence[DocumentFormat]
) -> list[Path]:
    """Write a document: to a file when `out` ends like one, else into a folder; each file whole or not at all.

    Parameters
    ----------
    out
        ``brief.pdf``: that file; another name: a folder; None: `folder`.
    formats
        Those asked for; by the ending of `out` when none is.

    Raises
    ------
    UsageError
        The ending of `out` and the formats contradict each other.
    StoreError
        The place cannot be written.
    """
    ending = _ENDINGS.get(out.suffix) if out is not None else None
    if out is None or ending is None:
        return save_document(document, out or folder, formats=formats or ("html",), stem=stem)
    if formats and tuple(formats) != (ending,):
        raise UsageError(
            "one file holds one format",
            field="--out",
            value=f"{out.name} with --format {','.join(formats)}",
            repair="give a folder as --out for several formats, or leave --format out",
        )
    return save_document(document, out.parent, formats=(ending,), stem=out.stem)


def save_charts(folder: Path, out: Path, *, language: Language) -> list[Path]:
    """Write every chart of a stored result as SVG, PNG and CSV into `out`."""
    return export_charts(load_view(folder, language=language), out)
