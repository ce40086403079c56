"""``hygie insure``: programmes of insurance on stored results, appetite, previews, exchange of terms and tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hygie.cli.options import JsonFlag, Lang, parse_language, print_json

__all__ = ["insure_app"]

insure_app = typer.Typer(
    help="Insurance: programmes on stored events, appetite, previews, OED and ORD.", no_args_is_help=True
)

Result = Annotated[Path, typer.Argument(help="Result folder printed by `hygie assess`.", show_default=False)]
Terms = Annotated[Path, typer.Option("--programme", help="Programme file (YAML).", show_default=False)]
MaybeTerms = Annotated[Path | None, typer.Option("--programme", help="Programme file (YAML).")]


@insure_app.command("price")
def price_result(
    result: Result,
    programme: Terms,
    lang: Lang = None,
    as_json: JsonFlag = False,
    out: Annotated[Path | None, typer.Option(help="Also write events with their insured loss to this folder.")] = None,
    charts: Annotated[Path | None, typer.Option(help="Also write the tower and the curves as SVG, PNG, CSV.")] = None,
) -> None:
    """Apply a programme to every simulated event: what it pays, what stays, what it should cost."""
    from hygie.cli.insure_pages import print_programme, print_saved
    from hygie.service.insure import price, save_programme, save_programme_charts

    language = parse_language(lang)
    priced, views = price(result, programme)
    folder = save_programme(priced, views, out) if out is not None else None
    files = save_programme_charts(views[language], charts) if charts is not None else []
    if as_json:
        print_json({**views[language].model_dump(mode="json"), "result": None if folder is None else str(folder)})
        return
    print_programme(views[language])
    print_saved([path for path in (folder, charts if files else None) if path is not None], language)


@insure_app.command("check")
def check(
    programme: Annotated[Path, typer.Argument(help="Programme file (YAML).", show_default=False)],
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Check a programme file: fields, names, terms that contradict each other."""
    from hygie.cli.insure_pages import print_terms
    from hygie.service.insure import check_programme

    language = parse_language(lang)
    file = check_programme(programme)
    if as_json:
        print_json(file.model_dump(mode="json", by_alias=True))
    else:
        print_terms(file.name, len(file.coverages), len(file.layers), len(file.reinsurance), language)


@insure_app.command("appetite")
def appetite(
    result: Result,
    appetite_file: Annotated[Path | None, typer.Option("--appetite", help="Appetite file (YAML).")] = None,
    point: Annotated[
        list[str] | None, typer.Option(help="amount:probability or amount:probability:years; may be repeated.")
    ] = None,
    programme: MaybeTerms = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Hold the annual loss against an appetite, before a programme or after it; exit code 1 when it is exceeded."""
    from hygie.cli.insure_pages import print_appetite
    from hygie.service.insure import hold_against_appetite

    language = parse_language(lang)
    view = hold_against_appetite(
        result, appetite=appetite_file, points=tuple(point or ()), programme=programme, language=language
    )
    if as_json:
        print_json(view.model_dump(mode="json"))
    else:
        print_appetite(view)
    if view.exceeded:
        raise typer.Exit(1)


@insure_app.command("preview")
def preview(
    result: Result,
    frequency: Annotated[
        list[str] | None, typer.Option(help="class=factor, such as ransomware=1.5, or all=0.5; may be repeated.")
    ] = None,
    programme: MaybeTerms = None,
    level: Annotated[float, typer.Option(min=0.5, max=0.9999, help="Level of the quantile.")] = 0.99,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Preview other frequencies or other terms from stored events, without a new simulation."""
    from hygie.cli.insure_pages import print_preview
    from hygie.service.insure import preview_programme

    language = parse_language(lang)
    view = preview_programme(
        result, frequency=tuple(frequency or ()), programme=programme, level=level, language=language
    )
    if as_json:
        print_json(view.model_dump(mode="json"))
    else:
        print_preview(view)


@insure_app.command("export")
def export(
    result: Result,
    out: Annotated[Path, typer.Option(help="Folder of the tables.", show_default=False)],
    form: Annotated[str, typer.Option("--format", help="ord: loss tables; oed: the terms of a programme.")] = "ord",
    programme: MaybeTerms = None,
    table: Annotated[str, typer.Option(help="Loss tables as csv or parquet.")] = "csv",
    ord_version: Annotated[int, typer.Option(min=1, max=2, help="Codes of ORD 1 (numbers) or 2 (texts).")] = 2,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Write loss tables as Oasis ORD, or the terms of a programme as OED."""
    from hygie.cli.insure_pages import print_notes, print_saved
    from hygie.core.errors import UsageError
    from hygie.service.oasis import export_oed, export_ord

    language = parse_language(lang)
    lost: list[str] = []
    if form == "ord":
        files = export_ord(result, out, programme=programme, form=table, version=1 if ord_version == 1 else 2)
    elif form == "oed":
        if programme is None:
            raise UsageError(
                "OED holds the terms of a programme", field="--programme", repair="give the programme file"
            )
        files, lost = export_oed(result, programme, out)
    else:
        raise UsageError("unknown format", field="--format", value=form, allowed="ord, oed", repair="use one of them")
    if as_json:
        print_json({"files": [str(file) for file in files], "not_expressed": lost})
        return
    print_saved(files, language)
    print_notes(lost, language)


@insure_app.command("import")
def import_terms(
    account: Annotated[Path, typer.Argument(help="OED account file of class Cyber (CSV, XLSX).", show_default=False)],
    out: Annotated[Path, typer.Option(help="Programme file to write.", show_default=False)],
    number: Annotated[str | None, typer.Option("--account", help="AccNumber, when the file holds several.")] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a programme file from an OED account file of class Cyber."""
    from hygie.cli.insure_pages import print_notes, print_saved
    from hygie.service.oasis import import_oed

    language = parse_language(lang)
    file, notes = import_oed(account, out, number=number)
    if as_json:
        print_json({"file": str(out), "programme": file.model_dump(mode="json", by_alias=True), "notes": notes})
        return
    print_saved([out], language)
    print_notes(notes, language)
