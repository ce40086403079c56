"""How good forecasts of past counts were, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import exp
from pathlib import Path

from hygie.core.errors import SchemaError, UsageError
from hygie.knowledge.packs import load_catalogue
from hygie.knowledge.records import CountObservation, expand_date
from hygie.service.requests import BacktestRequest
from hygie.store.byte_sources import ByteSource
from hygie.threat.backtest import CONSTANT, MIN_ORIGINS, OURS, Backtest, ForecasterScore, backtest_series
from hygie.threat.forecasts import DiscountedFilter
from hygie.threat.series import Period, SeriesColumns, read_series
from hygie.views.backtest import BacktestRow, BacktestView, YearlyCountRow, YearlyCountsView
from hygie.views.landscape_words import date_label
from hygie.views.messages import Language, Translate, translator
from hygie.views.numbers import format_count, format_number, format_percent

__all__ = ["describe_yearly_counts", "run_backtest"]


def run_backtest(request: BacktestRequest) -> BacktestView:
    """Read a series, forecast each of its periods from those before, and score the forecasts.

    Raises
    ------
    UsageError
        An option is not well formed.
    DataError
        The file is not such a table, or too short.
    """
    language = request.language
    series = read_series(ByteSource.from_path(Path(request.series)), _read_columns(request))
    discount = load_catalogue(as_of=request.as_of).estimate("threat.discount").distribution
    result = backtest_series(series, discount=discount)
    return _show(result, file=Path(request.series).name, language=language)


def _read_columns(request: BacktestRequest) -> SeriesColumns:
    where: dict[str, str] = {}
    for text in request.where:
        column, sign, wanted = text.partition("=")
        if not (sign and column.strip() and wanted.strip()):
            raise UsageError(
                "this condition is not well formed",
                field="--where",
                value=text,
                allowed="column=text",
                repair="write the name of a column, an equals sign and the text that its cells must hold",
            )
        where[column.strip()] = wanted.strip()
    return SeriesColumns(
        day=request.date_,
        count=request.column,
        where=where,
        by=request.by,
        period=Period(request.period),
        first=_read_day(request.from_, "--from", last=False),
        last=_read_day(request.to, "--to", last=True),
    )


def _read_day(text: str | None, option: str, *, last: bool) -> date | None:
    if text is None:
        return None
    try:
        return expand_date(text)[last]
    except SchemaError as error:
        raise UsageError.from_findings(error.located(field=option).findings) from None


def _show(result: Backtest, *, file: str, language: Language) -> BacktestView:
    _ = translator(language)
    labels = _label(_)
    rows = [
        BacktestRow(
            id=score.name,
            label=labels[score.name],
            log_score=score.log_score,
            crps=score.crps,
            coverage={f"{level:g}": share for level, share in score.coverage.items()},
            band_coverage={f"{level:g}": share for level, share in score.band_coverage.items()},
            pit=list(score.pit),
            pit_p=score.pit_p,
            gain=score.gain.mean,
            gain_error=score.gain.error,
        )
        for score in result.scores
    ]
    precision = "month" if result.period is Period.MONTH else "day"
    first, last = (
        date_label(result.period.begin(number).isoformat(), precision, language)
        for number in (result.first, result.last)
    )
    numbers = {
        "n": format_count(result.forecasts, language),
        "origins": format_count(result.origins, language),
        "first": first,
        "last": last,
    }
    title = (
        _("{file}: {n} forecasts, one for each period from {first} to {last}", file=file, **numbers)
        if result.series == 1
        else _(
            "{file}: {n} forecasts of {series} series, over {origins} periods from {first} to {last}",
            file=file,
            series=format_count(result.series, language),
            **numbers,
        )
    )
    return BacktestView(
        file=file,
        period=result.period.value,
        series=result.series,
        periods=result.periods,
        forecasts=result.forecasts,
        origins=result.origins,
        first=result.period.begin(result.first).isoformat(),
        last=result.period.begin(result.last).isoformat(),
        rows=rows,
        verdict=result.verdict,
        log_score_holds=result.log_score_holds,
        coverage_holds=result.coverage_holds,
        discount=result.discount,
        dispersion=result.dispersion,
        title=title,
        sentences=_say(result, labels=labels, language=language),
        cautions=[
            _("Periods without a row count as zero."),
            _("Counts are those known today, not those that were known at the time: later corrections are in them."),
        ],
    )


def _label(_: Translate) -> dict[str, str]:
    return {
        OURS: _("filter"),
        "filter_open": _("filter, any memory"),
        "filter_poisson": _("filter, Poisson only"),
        "constant": _("constant rate"),
        "constant_poisson": _("constant, Poisson"),
        "constant_bursty": _("constant, bursty"),
        "last_value": _("last value"),
    }


def _say(result: Backtest, *, labels: dict[str, str], language: Language) -> list[str]:
    _ = translator(language)
    scores = {score.name: score for score in result.scores}
    ours = scores[OURS]
    rival = max((scores[name] for name in CONSTANT), key=lambda score: score.log_score)
    said = [_verdict(result, language), _compare(rival, language)]
    said.append(
        _(
            "Bands meant to hold {level} of the counts held {share}.",
            level=format_percent(0.8, language),
            share=format_percent(ours.coverage[0.8], language),
        )
    )
    above = sum(ours.pit[5:])
    if abs(above - 0.5) > 0.1:
        share = format_percent(max(above, 1.0 - above), language)
        said.append(
            _("{share} of the counts came out above the middle of their forecast: it follows a rise late.", share=share)
            if above > 0.5
            else _("{share} of the counts came out below the middle: the forecast follows a fall late.", share=share)
        )
    said.append(
        _(
            "By these counts, {share} of what one tells still holds a year later; "
            "their spread around the level is mean + {dispersion} × mean².",
            share=format_percent(result.discount, language),
            dispersion=format_number(result.dispersion, language),
        )
    )
    better = [
        labels[score.name]
        for score in result.scores
        if score.gain.mean < -2.0 * score.gain.error and score.name != OURS
    ]
    if better:
        said.append(_("Clearly better than the filter here: {names}.", names=", ".join(better)))
    return said


def _verdict(result: Backtest, language: Language) -> str:
    _ = translator(language)
    if result.verdict == "too_few":
        return _(
            "Too few periods to pass or fail: {n}, where {least} are needed. What follows describes, no more.",
            n=format_count(result.origins, language),
            least=MIN_ORIGINS,
        )
    if result.verdict == "pass":
        return _("Passed: not worse than a constant rate, and bands that cover about what they say.")
    if result.log_score_holds:
        return _("Failed: the bands do not cover what they say.")
    return _("Failed: a constant rate forecasts better.")


def _compare(rival: ForecasterScore, language: Language) -> str:
    _ = translator(language)
    ratio = format_number(exp(abs(rival.gain.mean)), language)
    if abs(rival.gain.mean) <= max(2.0 * rival.gain.error, 0.05):
        return _("The filter and the best constant rate forecast about equally well.")
    return (
        _(
            "What happened was, typically, {ratio} times likelier by the filter than by the best constant rate.",
            ratio=ratio,
        )
        if rival.gain.mean > 0.0
        else _(
            "What happened was, typically, {ratio} times likelier by a constant rate than by the filter.", ratio=ratio
        )
    )


def describe_yearly_counts(*, as_of: date, language: Language, threat_class: str = "ransomware") -> YearlyCountsView:
    """Set each yearly count of a class beside what the filter expected from those before: no verdict, too few years."""
    _ = translator(language)
    catalogue = load_catalogue(as_of=as_of)
    counts = [
        count
        for count in catalogue.counts
        if count.threat_class == threat_class and count.role == "level" and _is_year(count)
    ]
    counts.sort(key=lambda count: count.window_end)
    rows = _forecast_years(
        counts, discount=DiscountedFilter(discount=catalogue.estimate("threat.discount").distribution, period_years=1.0)
    )
    return YearlyCountsView(
        rows=rows,
        title=_("Ransomware in French health care, yearly counts of the pack"),
        sentences=[
            _(
                "{n} yearly counts: too few to pass or fail a forecast. This only shows them side by side.",
                n=len(rows),
            ),
            _("Sources count differently from year to year, which these forecasts ignore; the level allows for it."),
            _("To score forecasts, give a longer series: hygie threat backtest FILE.csv"),
        ],
    )


def _is_year(count: CountObservation) -> bool:
    return count.window_start.endswith("-01-01") and count.window_end == f"{count.window_start[:4]}-12-31"


def _forecast_years(counts: Sequence[CountObservation], *, discount: DiscountedFilter) -> list[YearlyCountRow]:
    rows: list[YearlyCountRow] = []
    for count in counts:
        year = int(count.window_start[:4])
        low = median = high = None
        if rows:
            for _year in range(rows[-1].year + 1, year):
                discount.wait()
            forecast = discount.forecast()
            (low, high), (median, _same) = forecast.band(0.8), forecast.band(0.0)
        discount.observe(count.count)
        rows.append(
            YearlyCountRow(
                ref=count.ref,
                year=year,
                count=count.count,
                at_least=count.at_least,
                source=count.source_kind,
                low=low,
                median=median,
                high=high,
            )
        )
    return rows
