"""Use cases of insurance on stored results: price, hold against an appetite, preview, save."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import hygie
from hygie.core.errors import ModelError, StoreError, UsageError, suggest
from hygie.core.tables import YELT_COLUMNS
from hygie.loss.appetite import AppetitePoint, AppetiteVerdict, compare_with_appetite
from hygie.loss.preview import prepare_preview, preview
from hygie.loss.tables import YearLossTable
from hygie.service.complaints import draw_complaints
from hygie.service.insurance import PricedProgramme, price_programme
from hygie.service.insurance_view import describe_programme, say_often, show_figure
from hygie.service.loss_tables import load_losses
from hygie.service.programme_files import ProgrammeFile, load_appetite, load_programme
from hygie.store.results import write_result
from hygie.views.charts_programme import programme_chart_files
from hygie.views.messages import LANGUAGES, Language, Translate, translator
from hygie.views.numbers import format_count, format_euros, format_number, format_percent
from hygie.views.programme import AppetiteRow, AppetiteView, PreviewPart, PreviewView, ProgrammeView

__all__ = [
    "check_programme",
    "hold_against_appetite",
    "judge_appetite",
    "preview_programme",
    "price",
    "save_programme",
    "save_programme_charts",
]


def check_programme(path: Path) -> ProgrammeFile:
    """Read and check a programme file; see `hygie.service.programme_files.load_programme` for what is refused."""
    return load_programme(path)


def price(folder: Path, programme: Path) -> tuple[PricedProgramme, dict[Language, ProgrammeView]]:
    """Price a programme on a stored result, in both languages.

    Raises
    ------
    HygieError
        The result or the programme file is wrong.
    """
    file = load_programme(programme)
    priced = price_programme(load_losses(folder), file)
    return priced, {language: describe_programme(priced, source=programme, language=language) for language in LANGUAGES}


def save_programme(priced: PricedProgramme, views: Mapping[Language, ProgrammeView], out: Path) -> Path:
    """Write the events with their insured loss, the years of each layer and the views; whole or not at all.

    Raises
    ------
    StoreError
        The place is taken by something else, or cannot be written.
    """
    losses = priced.losses
    events = {**losses.columns, "loss_insured_eur": priced.insured.paid}
    layers = [item.layer for item in priced.layers]
    groups = priced.insured.year.size
    manifest: dict[str, Any] = {
        **{
            name: losses.manifest[name]
            for name in ("request", "facility", "digest", "model_digest", "packs", "labels")
            if name in losses.manifest
        },
        "kind": "programme",
        "version": hygie.__version__,
        "programme": priced.file.model_dump(mode="json", by_alias=True),
    }
    units = {f"unit.{name}": column.unit for name, column in YELT_COLUMNS.items()}
    return write_result(
        out,
        manifest=manifest,
        views={f"programme.{name}": view.model_dump(mode="json") for name, view in views.items()},
        tables={
            "events": (events, {"digest": losses.digest, **units}),
            "layers": (
                {
                    "layer": np.repeat(np.arange(len(layers), dtype=np.int32), groups),
                    "year": np.tile(priced.insured.year, len(layers)),
                    "paid_eur": np.ascontiguousarray(priced.insured.annual).reshape(-1),
                    "reinstatement_premium_eur": np.ascontiguousarray(priced.insured.extra).reshape(-1),
                },
                {"layers": ",".join(layer.id for layer in layers), "unit.paid_eur": "EUR_2024"},
            ),
        },
    )


def save_programme_charts(view: ProgrammeView, folder: Path) -> list[Path]:
    """Write the charts of a programme as SVG, PNG and CSV; files of the same name are replaced.

    Raises
    ------
    StoreError
        The folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for name, data in programme_chart_files(view).items():
            (folder / name).write_bytes(data)
            paths.append(folder / name)
    except OSError as error:
        raise StoreError(
            f"the charts could not be written: {error.strerror}", file=str(folder), repair="choose another --charts"
        ) from error
    return paths


def hold_against_appetite(
    folder: Path,
    *,
    appetite: Path | None = None,
    points: Sequence[str] = (),
    programme: Path | None = None,
    language: Language,
) -> AppetiteView:
    """Hold the annual loss of a result against an appetite, before or after a programme.

    Parameters
    ----------
    appetite
        Appetite file.
    points
        Points written ``amount:probability`` or ``amount:probability:years``, instead of a file.

    Raises
    ------
    HygieError
        The result, a file or a point is wrong; an appetite that decreases.
    """
    if (appetite is None) == (not points):
        raise UsageError(
            "an appetite comes from a file or from points",
            field="--appetite, --point",
            allowed="one of the two",
            repair="write --point 2000000:0.02 for “more than 2 M EUR at most 2 years in 100”",
        )
    told = load_appetite(appetite).appetite() if appetite is not None else tuple(_parse_point(text) for text in points)
    losses = load_losses(folder)
    name = None
    amount = losses.amounts("loss_eur")
    if programme is not None:
        priced = price_programme(losses, load_programme(programme))
        name, amount = priced.file.name, priced.retained
    try:
        return judge_appetite(
            losses.sum_years(amount),
            told,
            subject=losses.subject,
            programme=name,
            digest=losses.digest,
            language=language,
        )
    except ModelError as error:
        raise error.located(file=str(appetite) if appetite is not None else None) from error


def judge_appetite(
    annual: YearLossTable,
    points: Sequence[AppetitePoint],
    *,
    subject: str,
    programme: str | None,
    digest: str,
    language: Language,
) -> AppetiteView:
    """Hold an annual loss against the points of an appetite.

    Raises
    ------
    ModelError
        The appetite decreases.
    """
    verdicts = compare_with_appetite(annual, points)
    _ = translator(language)
    rows = [_show_verdict(index, verdict, language, _) for index, verdict in enumerate(verdicts)]
    exceeded = sum(row.exceeded for row in rows)
    if exceeded:
        headline = _(
            "The appetite is exceeded at {count} of {all} points.",
            count=format_count(exceeded, language),
            all=format_count(len(rows), language),
        )
    else:
        headline = _("The appetite holds at every point.")
    return AppetiteView(
        language=language,
        subject=subject,
        programme=programme,
        rows=rows,
        exceeded=exceeded,
        headline=headline,
        result_digest=digest,
    )


def _parse_point(text: str) -> AppetitePoint:
    try:
        numbers = [float(part.replace("_", "")) for part in text.split(":")]
    except ValueError:
        numbers = []
    if len(numbers) not in (2, 3):
        raise UsageError(
            "this is not a point of an appetite",
            field="--point",
            value=text,
            allowed="amount:probability or amount:probability:years",
            repair="write 2000000:0.02",
        )
    return AppetitePoint(amount_eur=numbers[0], probability=numbers[1], horizon_y=numbers[2] if numbers[2:] else 1.0)


def _show_verdict(index: int, verdict: AppetiteVerdict, language: str, _: Translate) -> AppetiteRow:
    point = verdict.point
    words = {
        "amount": format_euros(point.amount_eur, language),
        "tolerated": format_percent(point.probability, language),
        "found": format_percent(verdict.probability.value, language),
        "low": format_percent(verdict.probability.low, language),
        "high": format_percent(verdict.probability.high, language),
        "years": format_number(point.horizon_y, language),
        "loss": format_euros(verdict.loss_eur.value, language),
        "excess": format_euros(verdict.excess_eur, language),
        "often": say_often(point.yearly, language, _),
    }
    if point.horizon_y == 1.0:
        first = _(
            "More than {amount} in a year: {found} (likely {low} to {high}), {tolerated} accepted.",
            **words,
        )
    else:
        first = _(
            "A year above {amount} within {years} years: {found} (likely {low} to {high}), {tolerated} accepted.",
            **words,
        )
    if verdict.exceeded:
        second = _("Exceeded: in {often} the loss is above {loss}, {excess} more than accepted.", **words)
    else:
        second = _("It holds: in {often} the loss is above {loss}.", **words)
    doubt = "" if verdict.certain else " " + _("The likely range lies on both sides.")
    return AppetiteRow(
        amount_eur=point.amount_eur,
        tolerated=point.probability,
        horizon_y=point.horizon_y,
        probability=show_figure(f"p_{index}", _("Probability within the horizon"), verdict.probability),
        loss=show_figure(f"loss_{index}", _("Annual loss at the accepted probability"), verdict.loss_eur),
        exceeded=verdict.exceeded,
        excess_eur=verdict.excess_eur,
        certain=verdict.certain,
        sentence=f"{first} {second}{doubt}",
    )


def preview_programme(
    folder: Path,
    *,
    frequency: Sequence[str] = (),
    programme: Path | None = None,
    level: float = 0.99,
    language: Language,
) -> PreviewView:
    """Preview other frequencies, other terms or both, without a new simulation.

    Parameters
    ----------
    frequency
        Factors written ``class=factor``, such as ``ransomware=1.5``; ``all=2`` for every class.

    Raises
    ------
    HygieError
        The result, the programme file, a class or a factor is wrong.
    """
    losses = load_losses(folder)
    classes = losses.labels["classes"]
    factors = _parse_factors(frequency, classes)
    terms = None if programme is None else load_programme(programme).programme()
    filed = None
    if terms is not None:
        filed = draw_complaints(losses.columns, plan=losses.plan, labels=losses.labels, filed=terms.complaint_filed)
    base = prepare_preview(losses.columns, years_per_draw=losses.plan.years_per_draw(), n_classes=len(classes))
    preview(base, factors=np.ones(len(classes)), programme=terms, filed=filed, level=level)  # compiled, caches warm
    begin = time.perf_counter()
    done = preview(base, factors=[factors[name] for name in classes], programme=terms, filed=filed, level=level)
    elapsed = 1e3 * (time.perf_counter() - begin)
    _ = translator(language)
    labels = {"gross": _("before insurance"), "insured": _("paid by insurance"), "retained": _("left after insurance")}
    sentences = [
        _(
            "{part}: {aal} a year on average (± {noise}), more than {var} one year in {period}.",
            part=labels[name].capitalize(),
            aal=format_euros(figures.aal.value, language),
            noise=format_percent(figures.aal.mc_error / figures.aal.value if figures.aal.value else 0.0, language),
            var=format_euros(figures.var_eur, language),
            period=format_number(1.0 / (1.0 - level), language, digits=3),
        )
        for name, figures in done.items()
    ]
    if not all(figures.reliable for figures in done.values()):
        sentences.append(
            _("Too few simulated years carry this preview: run the assessment again with these frequencies.")
        )
    return PreviewView(
        language=language,
        subject=losses.subject,
        level=level,
        factors={name: factor for name, factor in factors.items() if factor != 1.0},
        parts=[
            PreviewPart(
                id=name,
                label=labels[name],
                aal=show_figure(f"aal_{name}", labels[name], figures.aal),
                var_eur=figures.var_eur,
                tvar_eur=figures.tvar_eur,
                effective_years=figures.effective_years,
                reliable=figures.reliable,
            )
            for name, figures in done.items()
        ],
        milliseconds=round(elapsed, 3),
        sentences=sentences,
        result_digest=losses.digest,
    )


def _parse_factors(texts: Sequence[str], classes: Sequence[str]) -> dict[str, float]:
    factors = dict.fromkeys(classes, 1.0)
    for text in texts:
        name, _separator, number = text.partition("=")
        try:
            factor = float(number)
        except ValueError:
            factor = -1.0
        if not 0.0 < factor <= 100.0:
            raise UsageError(
                "this is not a factor of a frequency",
                field="--frequency",
                value=text,
                allowed="class=factor, the factor above 0 and at most 100",
                repair="write ransomware=1.5, or all=0.5",
            )
        if name == "all":
            factors = {key: value * factor for key, value in factors.items()}
        elif name in factors:
            factors[name] = factor
        else:
            raise UsageError(
                f"unknown class “{name}”",
                field="--frequency",
                value=name,
                allowed=", ".join([*classes, "all"]),
                repair=suggest(name, classes) or "use one of the listed classes",
            )
    return factors
