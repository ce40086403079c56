"""``hygie report``: a stored result as a document."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hygie.cli.options import Lang, parse_language
from hygie.core.errors import UsageError

if TYPE_CHECKING:
    from hygie.service.documents import DocumentFormat
    from hygie.service.report import ReportKind

__all__ = ["Formats", "Marking", "parse_formats", "report"]

Formats = Annotated[
    str | None,
    typer.Option("--format", help="html, pdf, xlsx, csv, parquet; several with commas.", show_default=False),
]
Marking = Annotated[
    str | None,
    typer.Option(help="Marking, clear to red, not below its sources; amber for organisations.", show_default=False),
]


def parse_formats(text: str | None, *, usual: str = "") -> tuple[DocumentFormat, ...]:
    """Return formats from an option such as ``html,pdf``."""
    from hygie.service.documents import DOCUMENT_FORMATS

    names = [name.strip().lower() for name in (text if text is not None else usual).split(",") if name.strip()]
    for name in names:
        if name not in DOCUMENT_FORMATS:
            raise UsageError(
                "no document has this format",
                field="--format",
                value=name,
                allowed=", ".join(DOCUMENT_FORMATS),
                repair="write --format html,pdf",
            )
    return tuple(form for form in DOCUMENT_FORMATS if form in names)


def report(
    result: Annotated[
        Path, typer.Argument(help="Result folder of `hygie assess` or `hygie fair run`.", show_default=False)
    ],
    kind: Annotated[str, typer.Option(help="report, or brief: two pages for those who decide.")] = "report",
    form: Formats = None,
    beside: Annotated[
        list[Path] | None,
        typer.Option(
            "--with",
            help="A decision, programme or scenario to show in it; may be repeated. Those in the result are found.",
            show_default=False,
        ),
    ] = None,
    tlp: Marking = None,
    out: Annotated[
        Path | None,
        typer.Option(help="File, or folder for several formats; in the result by default.", show_default=False),
    ] = None,
    charts: Annotated[Path | None, typer.Option(help="Also write every chart as SVG, PNG and CSV here.")] = None,
    lang: Lang = None,
) -> None:
    """Write the report of a result, or its brief of two pages: HTML, PDF, and every figure as a workbook or tables."""
    from hygie.service.markings import parse_tlp
    from hygie.service.report import ReportRequest, build_report, save_as, save_charts
    from hygie.views.messages import translator

    language = parse_language(lang)
    _ = translator(language)
    chosen = _parse_kind(kind)
    formats = parse_formats(form)
    request = ReportRequest(result, chosen, language, tuple(beside or ()), parse_tlp(tlp))
    document = build_report(request)
    usual: tuple[DocumentFormat, ...] = ("pdf",) if chosen == "brief" and (out is None or not out.suffix) else ()
    for path in save_as(document, out=out, folder=result, stem=f"{chosen}.{language}", formats=formats or usual):
        typer.echo(_("Report saved in {path}", path=str(path)))
    if charts is not None:
        written = save_charts(result, charts, language=language)
        typer.echo(_("{count} chart files saved in {path}", count=len(written), path=str(charts)))


def _parse_kind(text: str) -> ReportKind:
    if text == "report":
        return "report"
    if text == "brief":
        return "brief"
    raise UsageError(
        "no such document", field="--kind", value=text, allowed="report or brief", repair="write --kind brief"
    )
