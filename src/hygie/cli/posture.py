"""``hygie posture``: say how far each control is in place, by questionnaire or from another tool, and see it."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hygie.cli.options import JsonFlag, Lang, parse_date, parse_language, print_json

if TYPE_CHECKING:
    from hygie.views.posture import PostureEdit

__all__ = ["posture_app"]

posture_app = typer.Typer(
    help="Posture: how far each control is in place, and how that is known.", no_args_is_help=True
)

FacilityFile = Annotated[Path, typer.Argument(help="Facility file (YAML).", show_default=False)]
Full = Annotated[bool, typer.Option("--full", help="All questions, about 60; by default the 15 that matter most.")]
Replace = Annotated[
    bool, typer.Option("--replace", help="Also replace entries that the owner wrote, that are newer, or have no date.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change; write nothing.")]
AsOf = Annotated[str | None, typer.Option(help="Date of what has none, YYYY-MM-DD; today by default.")]


@posture_app.command("ask")
def ask_posture(
    facility: FacilityFile,
    full: Full = False,
    answers: Annotated[
        Path | None, typer.Option(help="Where answers are kept; <facility>.answers.yaml beside it by default.")
    ] = None,
    replace: Replace = False,
    lang: Lang = None,
) -> None:
    """Ask the questionnaire here; stop and go on when you like, every answer is kept."""
    from hygie.cli.posture_questions import run_questions
    from hygie.service.questioning import open_questioning

    language = parse_language(lang)
    sitting = open_questioning(facility, answers=answers, full=full, language=language, today=date.today())
    code = run_questions(sitting, facility, language=language, replace=replace)
    if code:
        raise typer.Exit(code)


@posture_app.command("form")
def write_form(
    out: Annotated[Path, typer.Argument(help="File to write: .yaml, .csv or .xlsx.", show_default=False)],
    full: Full = False,
    lang: Lang = None,
) -> None:
    """Write an empty form of the questionnaire, to fill in elsewhere."""
    from hygie.service.posture import write_questionnaire
    from hygie.views.messages import translator

    language = parse_language(lang)
    count = write_questionnaire(out, full=full, language=language, as_of=date.today())
    typer.echo(translator(language)("{path}: {count} questions", path=str(out), count=count))


@posture_app.command("fill")
def fill_posture(
    facility: FacilityFile,
    answers: Annotated[Path, typer.Argument(help="Filled form or answers file.", show_default=False)],
    as_of: AsOf = None,
    replace: Replace = False,
    dry_run: DryRun = False,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Put the posture that a filled form makes into a facility file."""
    from hygie.service.posture import fill_posture as fill

    language = parse_language(lang)
    edit = fill(facility, answers, as_of=parse_date(as_of), language=language, replace=replace, dry_run=dry_run)
    _report(edit, language, as_json=as_json)


@posture_app.command("import")
def import_posture(
    facility: FacilityFile,
    file: Annotated[Path, typer.Argument(help="What another tool wrote.", show_default=False)],
    form: Annotated[
        str | None,
        typer.Option(
            "--format", help="csv, oscal, ciso-assistant or navigator; guessed by default, but not navigator."
        ),
    ] = None,
    framework: Annotated[
        str | None, typer.Option(help="Framework of requirements whose file does not name it.")
    ] = None,
    score_max: Annotated[
        float | None, typer.Option(help="Highest score of an audit; its scores are then used instead of its verdicts.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Of a workbook with several sheets: the name of one.")] = None,
    as_of: AsOf = None,
    replace: Replace = False,
    dry_run: DryRun = False,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Put the posture that another tool wrote into a facility file."""
    from hygie.service.posture import import_posture as read

    language = parse_language(lang)
    edit = read(
        facility,
        file,
        as_of=parse_date(as_of),
        language=language,
        form=form,
        framework=framework,
        score_max=score_max,
        sheet=sheet,
        replace=replace,
        dry_run=dry_run,
    )
    _report(edit, language, as_json=as_json)


@posture_app.command("show")
def show_posture(facility: FacilityFile, as_of: AsOf = None, lang: Lang = None, as_json: JsonFlag = False) -> None:
    """Show each control: what is known of it, since when and from where, or the sector average."""
    from hygie.cli.posture_pages import print_posture
    from hygie.service.posture import show_posture as show

    language = parse_language(lang)
    view = show(facility, as_of=parse_date(as_of), language=language)
    if as_json:
        print_json(view.model_dump(mode="json"))
    else:
        print_posture(view, language)


def _report(edit: PostureEdit, language: str, *, as_json: bool) -> None:
    """Print what was done; exit code 1 when entries were kept against it, or parts could not be read."""
    from hygie.cli.posture_pages import print_edit
    from hygie.views.error_words import translate_rendered

    if as_json:
        print_json(edit.model_dump(mode="json"))
    else:
        print_edit(edit, language)
    for finding in edit.findings if not as_json else ():
        sys.stderr.write(translate_rendered(finding, language) + "\n")
    if edit.findings or any(row.outcome == "conflict" for row in edit.rows):
        raise typer.Exit(1)
