"""render(): a stored result as a document."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import hygie
from hygie.core.errors import StoreError
from hygie.report.assessment import export_charts, render_assessment_html
from hygie.store.results import read_result
from hygie.views.assessment import AssessmentView
from hygie.views.messages import Language

__all__ = ["load_view", "save_charts", "save_report"]


def load_view(folder: Path, *, language: Language) -> AssessmentView:
    """Return the view of a stored result in a language.

    Raises
    ------
    StoreError
        Not a result, or one of another version.
    """
    manifest, data = read_result(folder, language=language)
    if manifest.get("version") != hygie.__version__:
        raise StoreError(
            "this result was written by another version of hygie",
            file=str(folder),
            value=f"hygie {manifest.get('version')}",
            allowed=f"hygie {hygie.__version__}",
            repair="run the assessment again with this version",
        )
    try:
        return AssessmentView.model_validate(data)
    except ValueError as error:
        raise StoreError(
            "this result cannot be read by this version of hygie", file=str(folder), repair="run the assessment again"
        ) from error


def save_report(folder: Path, out: Path, *, language: Language) -> Path:
    """Write the report of a stored result as one HTML file that needs no network; whole or not at all.

    Raises
    ------
    StoreError
        The result cannot be read, or the file cannot be written.
    """
    page = render_assessment_html(load_view(folder, language=language))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=out.parent, suffix=".part", delete=False) as part:
            part.write(page)
        os.chmod(part.name, 0o644)  # noqa: PTH101 - the name is a string
        return Path(part.name).replace(out)
    except OSError as error:
        raise StoreError(
            f"the report could not be written: {error.strerror}", file=str(out), repair="choose another --out"
        ) from error


def save_charts(folder: Path, out: Path, *, language: Language) -> list[Path]:
    """Write every chart of a stored result as SVG, PNG and CSV into `out`."""
    view = load_view(folder, language=language)
    try:
        return export_charts(view, out)
    except OSError as error:
        raise StoreError(
            f"the charts could not be written: {error.strerror}", file=str(out), repair="choose another --charts"
        ) from error
