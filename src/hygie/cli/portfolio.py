"""``hygie portfolio``: many organisations in the same years; what they lose together, and what ties them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hygie.cli.base import Place, with_place
from hygie.cli.options import JsonFlag, Lang, parse_date, parse_language, print_json
from hygie.cli.report import Formats, Marking, parse_formats
from hygie.core.errors import HygieError, UsageError

if TYPE_CHECKING:
    from hygie.service.portfolio import PortfolioRequest, PreparedPortfolio
    from hygie.service.portfolio_sites import Level

__all__ = ["portfolio_app"]

portfolio_app = typer.Typer(
    help="Many facilities at once: shared events, rebounds, where losses pile up.", no_args_is_help=True
)

_SPEC = typer.Argument(help="Portfolio file (YAML); not needed with --register.", show_default=False)
_REGISTER = typer.Option("--register", help="Register: sae, synthetic or another kind in the workspace, or a file.")
_REGION = typer.Option(help="Only the legal entities of a region.")
_DEPARTMENT = typer.Option(help="Only those of a department: its code.")
_GHT = typer.Option(help="Only those of a territorial group: its code or name.")
_LEVEL = typer.Option(
    help="What an organisation is: each legal entity of the register (entity), or each of its sites (site).",
    metavar="entity|site",
)
_SEED = typer.Option(help="Seed; same inputs and seed, same digest.")
_AS_OF = typer.Option(help="Date of the assessment, YYYY-MM-DD; today by default.")
_PACK = typer.Option(help="Extra pack folder; may be repeated.")
_THREADS = typer.Option(help="Threads; all cores by default. Never changes a figure.")


def _count_threads(threads: int | None) -> int:
    if threads is not None and not 1 <= threads <= 1024:
        raise UsageError("this option is out of range", field="--threads", value=threads, allowed="1 to 1024")
    return threads or os.cpu_count() or 1


def _read_level(level: str | None) -> Level | None:
    known: dict[str | None, Level | None] = {None: None, "entity": "entity", "site": "site"}
    if level not in known:
        raise UsageError("this is not a level", field="--level", value=level, allowed="entity, site")
    return known[level]


def _make_request(values: dict[str, Any]) -> PortfolioRequest:
    from pydantic import ValidationError

    from hygie.service.portfolio import PortfolioRequest

    try:
        return PortfolioRequest.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(
            "this option is out of range",
            field=f"--{str(first['loc'][0]).replace('_', '-')}",
            value=first["input"],
            allowed=first["msg"].removeprefix("Input should be "),
            repair="choose a value in the range; `hygie portfolio run --help` shows the defaults",
        ) from None


@contextmanager
def _prepare(
    place: Place, request: PortfolioRequest, *, spec: Path | None, register: str | None, threads: int,
    progress: Any, level: Level | None, **chosen: str | None,
) -> Iterator[PreparedPortfolio]:  # fmt: skip
    from hygie.cli.registers import open_shelf
    from hygie.service.portfolio import prepare_portfolio
    from hygie.service.portfolio_spec import choose_register, load_spec

    if spec is None and register is None:
        raise UsageError(
            "nothing says which facilities",
            field="SPEC",
            allowed="a portfolio file, --register, or both",
            repair="write a portfolio file, or try `--register sae`",
        )
    document = load_spec(spec) if spec is not None else None
    wanted = register or (document.register_ if document is not None else None)
    found = None
    if wanted is not None:
        beside = spec if register is None else None
        is_file = Path(wanted).exists() or (beside is not None and (beside.parent / wanted).exists())
        if is_file:
            found = choose_register(wanted, beside=beside)
        else:
            with open_shelf(place) as store:
                found = choose_register(wanted, beside=beside, store=store)
    yield prepare_portfolio(
        request, spec=document, register=found, beside=spec, threads=threads, progress=progress, level=level, **chosen
    )


@portfolio_app.command("run")
@with_place
def run_one(
    place: Place,
    spec: Annotated[Path | None, _SPEC] = None,
    register: Annotated[str | None, _REGISTER] = None,
    region: Annotated[str | None, _REGION] = None,
    department: Annotated[str | None, _DEPARTMENT] = None,
    ght: Annotated[str | None, _GHT] = None,
    level: Annotated[str | None, _LEVEL] = None,
    years: Annotated[int, typer.Option(help="Simulated years in all.")] = 10_000,
    draws: Annotated[int, typer.Option(help="Epistemic draws that share the years.")] = 20,
    pack: Annotated[list[Path] | None, _PACK] = None,
    seed: Annotated[int, _SEED] = 1,
    as_of: Annotated[str | None, _AS_OF] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
    out: Annotated[Path, typer.Option(help="Result folder.")] = Path("results/portfolio"),
    threads: Annotated[int | None, _THREADS] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(help="Dask scheduler whose workers simulate, tcp://host:port. Never changes a figure."),
    ] = None,
    block_years: Annotated[
        int | None, typer.Option(help="Years per block. Never changes a row.", hidden=True, min=1, max=1_000_000)
    ] = None,
) -> None:
    """Simulate many facilities in the same years: joint losses, accumulation, territories, contribution to the tail."""
    from hygie.cli.portfolio_pages import print_portfolio
    from hygie.cli.progress import ProgressLine, tell_kept
    from hygie.service.portfolio import run_portfolio, write_run_command

    language = parse_language(lang)
    chosen = _read_level(level)
    workers = _count_threads(threads)
    request = _make_request(
        {
            "years": years,
            "draws": draws,
            "seed": seed,
            "as_of": parse_date(as_of),
            "language": language,
            "packs": tuple(str(path) for path in pack or ()),
        }
    )
    # What is chosen on this command line, written again in full: the date above all, which is today's otherwise.
    again = write_run_command(
        request,
        spec=spec,
        register=register,
        region=region,
        department=department,
        ght=ght,
        level=level,
        scheduler=scheduler,
    )
    places: list[Path] = []
    try:
        with (
            ProgressLine(language) as progress,
            _prepare(
                place, request, spec=spec, register=register, threads=workers, progress=progress,
                region=region, department=department, ght=ght, level=chosen,
            ) as prepared,
        ):  # fmt: skip
            places.append(out)
            view = run_portfolio(
                prepared, request, out, threads=workers, scheduler=scheduler, block_years=block_years,
                progress=progress, reproduce=again,
            )  # fmt: skip
    except KeyboardInterrupt:
        tell_kept(again, places, language=language, stopped=True)
        raise typer.Exit(130) from None
    except HygieError:
        tell_kept(again, places, language=language, stopped=False)
        raise
    if as_json:
        print_json({**view.model_dump(mode="json"), "result": str(out)})
    else:
        print_portfolio(view, out)


@portfolio_app.command("show")
def show_one(
    result: Annotated[Path, typer.Argument(help="Result folder printed by `hygie portfolio run`.", show_default=False)],
    charts: Annotated[Path | None, typer.Option(help="Also write every chart as SVG, PNG and CSV here.")] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Show a portfolio that was simulated before; draw its pictures."""
    from hygie.cli.portfolio_pages import print_portfolio
    from hygie.service.portfolio_show import draw_portfolio, read_view
    from hygie.views.messages import translator

    language = parse_language(lang)
    view = read_view(result, language=language)
    if as_json:
        print_json(view.model_dump(mode="json"))
    else:
        print_portfolio(view, result)
    if charts is not None:
        written = draw_portfolio(view, charts)
        if not as_json:
            typer.echo(
                translator(language)("{count} chart files saved in {path}", count=len(written), path=str(charts))
            )


@portfolio_app.command("report")
def report_one(
    result: Annotated[Path, typer.Argument(help="Result folder printed by `hygie portfolio run`.", show_default=False)],
    form: Formats = None,
    outage: Annotated[
        Path | None,
        typer.Option("--whatif", help="File of `hygie portfolio whatif --out`, to show in it.", show_default=False),
    ] = None,
    tlp: Marking = None,
    out: Annotated[
        Path | None,
        typer.Option(help="File, or folder for several formats; in the result by default.", show_default=False),
    ] = None,
    lang: Lang = None,
) -> None:
    """Write the report of a portfolio: where losses pile up, and the care its territories lack."""
    from hygie.service.markings import parse_tlp
    from hygie.service.report import build_portfolio_document, save_as
    from hygie.views.messages import translator

    language = parse_language(lang)
    formats = parse_formats(form)
    document = build_portfolio_document(result, language=language, outage=outage, tlp=parse_tlp(tlp))
    for path in save_as(document, out=out, folder=result, stem=f"report.{language}", formats=formats):
        typer.echo(translator(language)("Report saved in {path}", path=str(path)))


@portfolio_app.command("whatif")
@with_place
def whatif(
    place: Place,
    spec: Annotated[Path | None, _SPEC] = None,
    provider: Annotated[str, typer.Option(help="The provider that is down: its id.", show_default=False)] = "",
    down: Annotated[str, typer.Option(help="For how long: 36h, 10d.")] = "10d",
    site: Annotated[
        str | None,
        typer.Option(help="Instead of a provider, a member that ransomware strikes: its id.", show_default=False),
    ] = None,
    register: Annotated[str | None, _REGISTER] = None,
    region: Annotated[str | None, _REGION] = None,
    department: Annotated[str | None, _DEPARTMENT] = None,
    ght: Annotated[str | None, _GHT] = None,
    level: Annotated[str | None, _LEVEL] = None,
    draws: Annotated[int, typer.Option(help="Epistemic draws.")] = 20,
    pack: Annotated[list[Path] | None, _PACK] = None,
    seed: Annotated[int, _SEED] = 1,
    as_of: Annotated[str | None, _AS_OF] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
    threads: Annotated[int | None, _THREADS] = None,
    out: Annotated[Path | None, typer.Option(help="Also write the result as JSON here, for a report.")] = None,
) -> None:
    """Take a provider down for a given time, or strike one facility: who loses what, and who depends on these."""
    from hygie.cli.portfolio_pages import print_whatif
    from hygie.cli.progress import ProgressLine
    from hygie.service.portfolio_show import save_whatif
    from hygie.service.portfolio_whatif import parse_duration, strike_site, take_provider_down

    language = parse_language(lang)
    chosen = _read_level(level)
    hours = parse_duration(down)
    if site is not None and provider:
        raise UsageError("one thing is supposed at a time", field="--site", value=site, allowed="--provider or --site")
    workers = _count_threads(threads)
    request = _make_request(
        {
            "draws": draws,
            "seed": seed,
            "as_of": parse_date(as_of),
            "language": language,
            "packs": tuple(str(path) for path in pack or ()),
        }
    )
    with (
        ProgressLine(language) as progress,
        _prepare(
            place, request, spec=spec, register=register, threads=workers, progress=progress,
            region=region, department=department, ght=ght, level=chosen,
        ) as prepared,
    ):  # fmt: skip
        view = (
            strike_site(prepared, request, site=site, threads=workers)
            if site is not None
            else take_provider_down(prepared, request, provider=provider, hours=hours, threads=workers)
        )
    if out is not None:
        save_whatif(view, out)
    if as_json:
        print_json(view.model_dump(mode="json"))
    else:
        print_whatif(view)
