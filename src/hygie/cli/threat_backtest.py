"""``hygie threat backtest``: how good forecasts of past counts were."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hygie.cli.options import JsonFlag, Lang, parse_language, print_json
from hygie.cli.threat_options import parse_day, read_request
from hygie.core.errors import UsageError

if TYPE_CHECKING:
    from hygie.views.backtest import BacktestView, YearlyCountsView
    from hygie.views.messages import Language

__all__ = ["backtest"]


def backtest(
    series: Annotated[
        Path | None,
        typer.Argument(
            help="CSV or XLSX of dated counts or events; without one, the yearly counts of the pack.",
            show_default=False,
        ),
    ] = None,
    date: Annotated[str, typer.Option("--date", help="Column of the date, YYYY-MM-DD or YYYY-MM.")] = "date",
    column: Annotated[
        str | None, typer.Option("--column", help="Column of the number of events; without it each row is one.")
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option(help="Only rows whose column holds a text, as column=text; may be repeated.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="Column that splits the file into several series, scored together.")
    ] = None,
    period: Annotated[str, typer.Option(help="month, week or day.")] = "month",
    from_: Annotated[
        str | None, typer.Option("--from", help="First month or day; by default the first whole one of the file.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", help="Last month or day; by default the last whole one of the file.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Date of the facts of the pack, YYYY-MM-DD; today by default.")
    ] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """Forecast each period of a series from those before it, and score the forecasts against simple ones."""
    from hygie.service.backtest import describe_yearly_counts, run_backtest
    from hygie.service.requests import BacktestRequest

    language = parse_language(lang)
    day = parse_day(as_of, "--as-of")
    if series is None:
        given = {"--column": column, "--where": where, "--by": by, "--from": from_, "--to": to}
        extra = next((name for name, value in given.items() if value), None)
        if extra is not None:
            raise UsageError("this option needs a file", field=extra, repair="give the CSV or XLSX file first")
        yearly = describe_yearly_counts(as_of=day, language=language)
        if as_json:
            print_json(yearly.model_dump(mode="json"))
        else:
            _print_years(yearly, language)
        return
    request = read_request(
        BacktestRequest,
        {
            "series": str(series),
            "date": date,
            "column": column,
            "where": tuple(where or ()),
            "by": by,
            "period": period,
            "from": from_,
            "to": to,
            "as_of": day,
            "language": language,
        },
    )
    view = run_backtest(request)
    if as_json:
        print_json(view.model_dump(mode="json"))
    else:
        _print_scores(view, language)


def _print_scores(view: BacktestView, language: Language) -> None:
    from hygie.cli.threat_printer import Printer
    from hygie.views.numbers import format_number, format_percent

    page = Printer(language)
    _ = page.translate
    page.title(view.title)
    levels = list(view.rows[0].coverage)
    heads = [format_percent(float(level), language) for level in levels]
    table = page.table(_("forecast"), _("log score"), _("CRPS"), *heads, _("filter’s gain"))
    for row in view.rows:
        own = row.id == view.rows[0].id
        gain = f"{format_number(row.gain, language)} ± {format_number(row.gain_error, language)}"
        page.row(
            table,
            row.label,
            format_number(row.log_score, language, digits=3),
            format_number(row.crps, language, digits=3),
            *(format_percent(round(row.coverage[level], 2), language) for level in levels),
            "–" if own else gain,
        )
    page.draw(table)
    page.line(
        _("Log score: higher is better. CRPS, in events: lower is better. Percentages: what central bands hold."),
        style="dim",
    )
    page.blank()
    page.items(view.sentences)
    page.blank()
    for text in view.cautions:
        page.line(text, style="dim")


def _print_years(view: YearlyCountsView, language: Language) -> None:
    from hygie.cli.threat_printer import Printer
    from hygie.views.numbers import format_count

    page = Printer(language)
    _ = page.translate
    page.title(view.title)
    table = page.table(_("year"), _("counted"), _("expected before"), _("range"))
    for row in view.rows:
        number = format_count(row.count, language)
        known = row.median is not None and row.low is not None and row.high is not None
        page.row(
            table,
            str(row.year),
            _("at least {n}", n=number) if row.at_least else number,
            format_count(row.median, language) if row.median is not None else "–",
            f"{format_count(row.low or 0, language)} – {format_count(row.high or 0, language)}" if known else "–",
        )
    page.draw(table)
    page.blank()
    page.items(view.sentences)
