"""``hygie``: noun and verb, ``--json`` everywhere, progress on stderr.

Exit codes: 0 ok, 1 findings, 2 usage, 3 data, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from hygie.cli.accounts import user_app
from hygie.cli.audit import audit_app
from hygie.cli.backup import backup, restore
from hygie.cli.controls import control_app
from hygie.cli.decide import decide_app
from hygie.cli.decide_mix import decide_mix
from hygie.cli.decide_uncertainty import decide_uncertainty
from hygie.cli.facility import facility_app
from hygie.cli.fair import fair_app
from hygie.cli.insure import insure_app
from hygie.cli.intel import intel_app
from hygie.cli.job import job_app
from hygie.cli.landscape import landscape
from hygie.cli.options import JsonFlag, Lang, guess_language, parse_date, parse_language, print_json
from hygie.cli.packs import pack_app
from hygie.cli.portfolio import portfolio_app
from hygie.cli.posture import posture_app
from hygie.cli.report import report
from hygie.cli.scenario import scenario_app
from hygie.cli.serve import serve
from hygie.cli.study import study
from hygie.cli.threat import threat_app
from hygie.cli.tokens import token_app
from hygie.cli.validate import validate
from hygie.cli.worker import worker
from hygie.core.errors import HygieError, UsageError

__all__ = ["app", "run"]

app = typer.Typer(
    name="hygie",
    help="Cyber risk in euros and days of care, each figure with its source.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(pack_app, name="pack")
app.add_typer(intel_app, name="intel")
app.command("landscape")(landscape)
app.command("study")(study)
app.add_typer(facility_app, name="facility")
app.add_typer(control_app, name="control")
app.add_typer(posture_app, name="posture")
app.add_typer(threat_app, name="threat")
app.add_typer(scenario_app, name="scenario")
app.command("validate")(validate)
decide_app.command("mix")(decide_mix)
decide_app.command("uncertainty")(decide_uncertainty)
app.add_typer(decide_app, name="decide")
app.add_typer(insure_app, name="insure")
app.add_typer(fair_app, name="fair")
app.add_typer(portfolio_app, name="portfolio")
app.command("report")(report)
app.command("serve")(serve)
app.add_typer(user_app, name="user")
app.add_typer(token_app, name="token")
app.add_typer(audit_app, name="audit")
app.command("worker")(worker)
app.add_typer(job_app, name="job")
app.command("backup")(backup)
app.command("restore")(restore)


def _version(shown: bool) -> None:
    if shown:
        import hygie

        typer.echo(f"hygie {hygie.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Cyber risk in euros and days of care, each figure with its source."""


@app.command()
def assess(
    facility: Annotated[Path, typer.Argument(help="Facility file (YAML).", show_default=False)],
    years: Annotated[int, typer.Option(help="Simulated years in all.")] = 200_000,
    draws: Annotated[int, typer.Option(help="Epistemic draws that share the years.")] = 200,
    pack: Annotated[list[Path] | None, typer.Option(help="Extra pack folder; may be repeated.")] = None,
    seed: Annotated[int, typer.Option(help="Seed; same inputs and seed, same digest.")] = 1,
    as_of: Annotated[str | None, typer.Option(help="Date of the assessment, YYYY-MM-DD; today by default.")] = None,
    mortality: Annotated[
        bool, typer.Option("--mortality", help="Also show a range of deaths, from United States evidence.")
    ] = False,
    lang: Lang = None,
    as_json: JsonFlag = False,
    out: Annotated[Path | None, typer.Option(help="Result folder; results/<facility id> by default.")] = None,
    threads: Annotated[int | None, typer.Option(help="Threads; all cores by default. Never changes a figure.")] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(help="Dask scheduler whose workers simulate, tcp://host:port. Never changes a figure."),
    ] = None,
    stream: Annotated[
        bool | None,
        typer.Option(
            "--stream/--in-memory",
            help="Events to parts on disk, so that a stopped run goes on; by default beyond a million years.",
            show_default=False,
        ),
    ] = None,
    block_years: Annotated[
        int | None, typer.Option(help="Years per block. Never changes a figure.", hidden=True)
    ] = None,
) -> None:
    """Assess a facility over the next twelve months: euros and days of care, with their bands."""
    from pydantic import ValidationError

    from hygie.cli.progress import ProgressLine, tell_kept
    from hygie.service.assess import assess as run_assessment
    from hygie.service.assess import save_assessment
    from hygie.service.requests import AssessmentRequest, write_command
    from hygie.service.runs import is_streamed

    language = parse_language(lang)
    try:
        request = AssessmentRequest.model_validate(
            {
                "facility": str(facility),
                "years": years,
                "draws": draws,
                "seed": seed,
                "as_of": parse_date(as_of),
                "language": language,
                "packs": [str(path) for path in pack or ()],
                "mortality": mortality,
            }
        )
    except ValidationError as error:
        first = error.errors()[0]
        option = str(first["loc"][0]).replace("_", "-")
        raise UsageError(
            "this option is out of range",
            field=f"--{option}",
            value=first["input"],
            allowed=first["msg"].removeprefix("Input should be "),
            repair="choose a value in the range; `hygie assess --help` shows the defaults",
        ) from None
    if threads is not None and not 1 <= threads <= 1024:
        raise UsageError("this option is out of range", field="--threads", value=threads, allowed="1 to 1024")
    if block_years is not None and not 1 <= block_years <= 10_000_000:
        raise UsageError(
            "this option is out of range", field="--block-years", value=block_years, allowed="1 to 10000000"
        )
    places: list[Path] = []
    again = write_command(request) + ("" if is_streamed(request.years, None) else " --stream")

    def choose_place(facility_id: str) -> Path:
        places.append(out or Path("results") / facility_id)
        return places[-1]

    try:
        with ProgressLine(language) as progress:
            assessment = run_assessment(
                request,
                threads=threads or os.cpu_count() or 1,
                block_years=block_years,
                scheduler=scheduler,
                stream_to=choose_place if is_streamed(request.years, stream) else None,
                progress=progress,
            )
            folder = save_assessment(assessment, choose_place(assessment.facility.id))
    except KeyboardInterrupt:
        tell_kept(again, places, language=language, stopped=True)
        raise typer.Exit(130) from None
    except HygieError:
        tell_kept(again, places, language=language, stopped=False)
        raise
    if as_json:
        print_json({**assessment.view.model_dump(mode="json"), "result": str(folder)})
    else:
        from hygie.cli.summary import print_summary

        print_summary(assessment.view, folder)


@app.command()
def explain(
    result: Annotated[Path, typer.Argument(help="Result folder printed by `hygie assess`.", show_default=False)],
    figure: Annotated[str, typer.Argument(help="A figure, such as aal, p_major, class.ransomware, form.activity.")],
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Walk a figure back to its evidence, naming every assumption on the way."""
    from hygie.service.explain import explain as explain_figure

    language = parse_language(lang)
    view = explain_figure(result, figure, language=language)
    if as_json:
        print_json(view.model_dump(mode="json"))
    else:
        from hygie.cli.explanation import print_explanation

        print_explanation(view, language)


@app.command()
def doctor(as_json: JsonFlag = False) -> None:
    """Check the installation: compiler, cache, fonts, database, disk, packs."""
    from dataclasses import asdict

    from hygie.service.doctor import diagnose

    checks = diagnose(Path())
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        for check in checks:
            typer.echo(f"{'ok  ' if check.ok else 'look'}  {check.name + ':':<16}{check.detail}")
            if not check.ok and check.repair:
                typer.echo(f"{'':22}repair: {check.repair}")
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


def run() -> None:
    """Run the command line; errors become messages and exit codes, never tracebacks."""
    try:
        app()
    except HygieError as error:
        from hygie.views.error_words import render_error

        sys.stderr.write(render_error(error, guess_language(sys.argv[1:])) + "\n")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader went away (`| head`): that is not our failure.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
