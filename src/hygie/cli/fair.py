"""``hygie fair``: typed FAIR scenarios of any organisation, and help to type them well."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from hygie.cli.options import JsonFlag, Lang, parse_date, parse_language, print_json
from hygie.core.errors import UsageError

__all__ = ["fair_app"]

fair_app = typer.Typer(
    help="Typed FAIR scenarios of any organisation, calibration of experts, CRML and pyfair.", no_args_is_help=True
)

RegisterFile = Annotated[Path, typer.Argument(help="Register of typed scenarios (YAML).", show_default=False)]
Out = Annotated[Path | None, typer.Option(help="File to write; standard output by default.")]


@fair_app.command("run")
def run(
    register: RegisterFile,
    years: Annotated[int, typer.Option(min=2, max=100_000_000, help="Simulated years in all.")] = 200_000,
    draws: Annotated[int, typer.Option(min=1, max=10_000, help="Epistemic draws that share the years.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Seed; same inputs and seed, same digest.")] = 1,
    as_of: Annotated[
        str | None, typer.Option(help="First day of the twelve months, YYYY-MM-DD; today by default.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Threads; all cores by default. Never changes a figure.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Also write a result folder here.")] = None,
    explain: Annotated[
        str | None, typer.Option(help="Also show the ranges of this scenario and what they rest on; `all` for all.")
    ] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Simulate a register of typed scenarios: compound annual losses, curves, parts, options, checks."""
    from hygie.cli.progress import ProgressLine
    from hygie.core.waists import SimulationPlan
    from hygie.service.fair import run_register, save_fair_run
    from hygie.views.messages import translator

    language = parse_language(lang)
    try:
        with ProgressLine(language, notice=False) as progress:
            done = run_register(
                register,
                plan=SimulationPlan(years=years, draws=draws, seed=seed),
                as_of=parse_date(as_of),
                threads=threads or os.cpu_count() or 1,
                progress=progress,
            )
            folder = save_fair_run(done, out) if out is not None else None
    except KeyboardInterrupt:
        sys.stderr.write(translator(language)("Stopped. Nothing was written.") + "\n")
        raise typer.Exit(130) from None
    view = done.views[language]
    if as_json:
        print_json({**view.model_dump(mode="json"), **({"result": str(folder)} if folder else {})})
    else:
        from hygie.cli.fair_pages import print_fair_run

        print_fair_run(view, folder, explain=explain)


@fair_app.command("check")
def check(register: RegisterFile, lang: Lang = None, as_json: JsonFlag = False) -> None:
    """Check a register: names, ranges, sources, dates; exit code 1 when something is found."""
    from hygie.cli.findings import report_findings
    from hygie.service.fair import check_register_file

    report_findings(
        check_register_file(register), as_json=as_json, subject=str(register), language=parse_language(lang)
    )


@fair_app.command("import")
def import_file(
    file: Annotated[
        Path, typer.Argument(help="CRML document (YAML, JSON) or pyfair model (JSON).", show_default=False)
    ],
    out: Out = None,
    rate: Annotated[
        float | None, typer.Option(min=1e-9, max=1e9, help="Euros of 2024 for one unit of the file's currency.")
    ] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Turn a CRML document or a pyfair model into a register, and say what did not carry over."""
    from hygie.service.fair_exchange import import_register
    from hygie.views.messages import translator

    language = parse_language(lang)
    done = import_register(file, rate=rate)
    if out is not None:
        _write(out, done.text)
    if as_json:
        print_json({"register": done.register, "notes": list(done.notes)})
    else:
        if out is None:
            sys.stdout.write(done.text)
        else:
            typer.echo(translator(language)("Register saved in {path}", path=str(out)))
        for note in done.notes:
            sys.stderr.write(f"{note}\n")


@fair_app.command("export")
def export(
    register: RegisterFile,
    out: Annotated[
        Path, typer.Option(help="Folder for one document per scenario and a portfolio.", show_default=False)
    ],
    form: Annotated[Literal["crml"], typer.Option("--format", help="Format of the documents.")] = "crml",
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Write a register as CRML documents, and say what CRML cannot hold."""
    from hygie.service.fair_exchange import export_register
    from hygie.views.messages import translator

    language = parse_language(lang)
    files, notes = export_register(register, form=form)
    out.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        _write(out / name, text)
    if as_json:
        print_json({"files": sorted(files), "notes": list(notes)})
    else:
        typer.echo(translator(language)("{count} CRML documents saved in {path}", count=len(files), path=str(out)))
        for note in notes:
            sys.stderr.write(f"{note}\n")


@fair_app.command("quiz")
def quiz(
    answers: Annotated[Path | None, typer.Option(help="File of answers (YAML) instead of questions on screen.")] = None,
    questions: Annotated[bool, typer.Option("--questions", help="Print the questions as a file to fill in.")] = False,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Measure how well you are calibrated: 90 % intervals and probabilities on facts with a source."""
    from hygie.service.fair_quiz import load_quiz, read_answers, score_quiz, write_form

    language = parse_language(lang)
    form = load_quiz(language)
    if questions:
        sys.stdout.write(write_form(form))
        return
    if answers is not None:
        given = read_answers(answers, form)
    else:
        from hygie.cli.fair_quiz import ask_quiz

        given = ask_quiz(form, language)
    view = score_quiz(form, given, language=language)
    if as_json:
        print_json(view.model_dump(mode="json"))
    else:
        from hygie.cli.fair_quiz import print_quiz

        print_quiz(view)


@fair_app.command("pool")
def pool(
    experts: Annotated[Path, typer.Argument(help="Answers of the experts (YAML).", show_default=False)],
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Pool the ranges of several experts, with equal weights and with the weights their answers earn (Cooke)."""
    from hygie.service.fair_pool import pool_experts

    language = parse_language(lang)
    view = pool_experts(experts, language=language)
    if as_json:
        print_json(view.model_dump(mode="json"))
    else:
        from hygie.cli.fair_pages import print_pool

        print_pool(view, language)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"cannot write here: {error.strerror}", field="--out", value=str(file), repair="choose another place"
        ) from None
