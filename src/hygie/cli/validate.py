"""``hygie validate``: the validation dossier, computed anew, and the fit to its targets."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hygie.cli.options import JsonFlag, Lang, parse_date, parse_language, print_json
from hygie.cli.report import Marking, parse_formats
from hygie.cli.threat_options import read_request
from hygie.core.errors import UsageError

if TYPE_CHECKING:
    from hygie.service.documents import DocumentFormat
    from hygie.views.messages import Language
    from hygie.views.validation import ValidationView

__all__ = ["validate"]

_FIT_DRAWS = 1500
_DOSSIER_DRAWS = 1000


def validate(
    fit: Annotated[
        bool, typer.Option("--fit", help="Fit the priors to the fitted targets and print the pack file instead.")
    ] = False,
    draws: Annotated[
        int | None, typer.Option(help="Epistemic draws; 1000 by default, 1500 a round with --fit.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed; same inputs and seed, same figures.")] = 1,
    as_of: Annotated[str | None, typer.Option(help="Date of the facts, YYYY-MM-DD; today by default.")] = None,
    pack: Annotated[list[Path] | None, typer.Option(help="Extra pack folder; may be repeated.")] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
    out: Annotated[Path | None, typer.Option(help="Folder for validation.json, or for fitted.yaml with --fit.")] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="Also write the dossier into --out: html, pdf, xlsx, csv, parquet; several with commas.",
            show_default=False,
        ),
    ] = None,
    stored: Annotated[
        Path | None,
        typer.Option(
            "--from", help="Folder of an earlier dossier: shown and written again, not computed.", show_default=False
        ),
    ] = None,
    tlp: Marking = None,
) -> None:
    """Compare the model with published cases: each target, what the model says, met or missed.

    Exit code 1 when the dossier as a whole is missed.
    """
    from hygie.cli.progress import ProgressLine
    from hygie.service.requests import ValidationRequest
    from hygie.service.validation.dossier import make_fit, save_dossier, save_fit
    from hygie.service.validation.dossier import validate as run_validation

    language = parse_language(lang)
    formats = parse_formats(form)
    if formats and out is None and stored is None:
        raise UsageError("the dossier needs a place", field="--out", repair="give the folder for it as --out")
    if formats and fit:
        raise UsageError("a fit is a pack file", field="--format", value=form, repair="leave --format or --fit out")
    if stored is not None:
        _show_stored(stored, language, formats, tlp=tlp, out=out, as_json=as_json)
        return
    request = read_request(
        ValidationRequest,
        {
            "draws": draws if draws is not None else (_FIT_DRAWS if fit else _DOSSIER_DRAWS),
            "seed": seed,
            "as_of": parse_date(as_of),
            "language": language,
            "packs": tuple(str(path) for path in pack or ()),
        },
    )
    threads = os.cpu_count() or 1
    with ProgressLine(language) as progress:
        if fit:
            text = make_fit(request, threads=threads, progress=progress)
        else:
            view = run_validation(request, threads=threads, progress=progress)
    if fit:
        path = save_fit(text, out) if out is not None else None
        if as_json:
            import yaml

            print_json(yaml.safe_load(text))
        elif path is None:
            sys.stdout.write(text)
        else:
            typer.echo(str(path))
        return
    path = save_dossier(view, out) if out is not None else None
    if formats and out is not None:
        _write(view, formats, tlp=tlp, out=out)
    _show(view, language, path, as_json=as_json)


def _show_stored(
    folder: Path, language: Language, formats: tuple[DocumentFormat, ...], *, tlp: str | None, out: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    from hygie.service.report import load_dossier

    view = load_dossier(folder)
    if view.language != language:
        raise UsageError(
            "this dossier was written in another language",
            field="--lang",
            value=language,
            allowed=view.language,
            repair=f"give --lang {view.language}, or compute it again",
        )
    if formats:
        _write(view, formats, tlp=tlp, out=out or folder)
    _show(view, language, None, as_json=as_json)


def _write(view: ValidationView, formats: tuple[DocumentFormat, ...], *, tlp: str | None, out: Path) -> None:
    from hygie.service.markings import parse_tlp
    from hygie.service.report import build_dossier_document, save_as

    document = build_dossier_document(view, tlp=parse_tlp(tlp))
    for path in save_as(document, out=None, folder=out, stem=f"dossier.{view.language}", formats=formats):
        # Standard output may be JSON.
        typer.echo(str(path), err=True)


def _show(view: ValidationView, language: Language, path: Path | None, *, as_json: bool) -> None:
    if as_json:
        print_json(view.model_dump(mode="json"))
    else:
        _print(view, language, path)
    if not view.passed:
        raise typer.Exit(1)


def _print(view: ValidationView, language: Language, path: Path | None) -> None:
    from hygie.cli.threat_printer import Printer
    from hygie.views.numbers import format_number

    page = Printer(language)
    _ = page.translate
    marks = {"pass": "✓", "fail": "✗", "reported": "·"}
    parts = {"fitted": _("Fitted targets"), "held_back": _("Held back from the fit"), "reported": _("Shown only")}
    for role, title in parts.items():
        page.title(title)
        for row in view.targets:
            if row.role != role:
                continue
            page.line(f"{marks[row.verdict]} {row.name}", style="red" if row.verdict == "fail" else "")
            page.line(row.sentence, indent=2)
            if row.drivers:
                names = [f"{driver.id} ({format_number(driver.correlation, language)})" for driver in row.drivers]
                page.line(_("Moved by: {names}", names=", ".join(names)), indent=2, style="dim")
            if row.limits:
                page.line(row.limits, indent=2, style="dim")
            page.line(
                _("Evidence: {refs}", refs=", ".join(f"{item.ref} ({item.grade})" for item in row.evidence)),
                indent=2,
                style="dim",
            )
    page.title(_("What the fit made of the priors"))
    table = page.table(_("parameter"), _("prior, 5–50–95 %"), _("after the fit"), _("width"), _("shift"))
    table.columns[0].overflow = "fold"
    for item in view.parameters:
        page.row(
            table,
            item.id,
            " – ".join(format_number(value, language) for value in item.prior),
            " – ".join(format_number(value, language) for value in item.posterior)
            if item.posterior
            else (_("watched: prior kept") if item.watched else _("prior kept")),
            "–" if item.width_ratio is None else format_number(item.width_ratio, language),
            format_number(item.shift, language),
        )
    page.draw(table)
    page.title(_("In short"))
    page.items(view.summary)
    page.title(_("Limits"))
    page.items(view.limits)
    page.blank()
    if path is not None:
        page.line(_("Result saved in {path}", path=path))
    page.again(f"{view.reproduce} --lang {language}")
