"""What it costs: told by hospitals, and what the model says of the same events."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10

from hygie.report.document import Block, Section, Table
from hygie.report.study_attacks import cite_incidents
from hygie.report.study_kit import StudyWriter, cell, paragraph
from hygie.views.charts_layout import NARROW, WIDE, Chart
from hygie.views.charts_study import Band, draw_bands
from hygie.views.study import StudyCase

__all__ = ["write_losses"]


def write_losses(writer: StudyWriter) -> Section:
    """Return known and modelled losses."""
    _, view = writer._, writer.view
    blocks: list[Block | Section] = [_write_told(writer)]
    costs = [case for case in view.cases if case.numbers.kind == "cost"]
    if costs:
        blocks.append(_write_costs(writer, costs))
    others = [case for case in view.cases if case.numbers.kind in ("outage", "activity")]
    if others:
        blocks.append(_write_others(writer, others))
    return Section("losses", _("What it costs"), tuple(blocks), new_page=True)


def _write_told(writer: StudyWriter) -> Section:
    _, view = writer._, writer.view.landscape
    loss, ransom = view.spreads["loss_eur"], view.spreads["ransom_eur"]
    rows = [
        (
            cell(row.victim),
            cell(label),
            cell(writer.euros(row.value), row.value),
            cell((row.note or "", *cite_incidents(writer, [row.incident], _("reported costs")))),
        )
        for label, part in ((_("cost"), loss), (_("ransom asked"), ransom))
        for row in part.values
    ]
    blocks: list[Block] = [
        paragraph(loss.title, _(": "), loss.sentence),
        paragraph(ransom.title, _(": "), ransom.sentence),
    ]
    if rows:
        blocks.append(
            writer.table(
                "amounts",
                _("Amounts reported in the window"),
                (("victim", _("Victim"), 1.2), ("what", _("What"), 1.1), ("amount", ">" + _("Amount"), 0.8),
                 ("note", _("Note"), 2.4)),
                rows,
                _("Euros of their day; amounts in other currencies at the rate of the time."),
            )
        )  # fmt: skip
    facts = writer.facts("cost", _("reported costs"))
    if facts is not None:
        blocks += [paragraph(_("Beyond the window and its cases:")), facts]
    return Section("losses-told", _("Reported losses"), tuple(blocks))


def _write_costs(writer: StudyWriter, cases: Sequence[StudyCase]) -> Section:
    _ = writer._
    low = min(min(case.numbers.low, case.numbers.observed_low or case.numbers.low) for case in cases)
    high = max(max(case.numbers.high, case.numbers.observed_high or case.numbers.high) for case in cases)
    ticks = _list_steps(low, high)
    apart = [case for case in cases if not _meets(case)]
    sentence = (
        _("Every reported amount lies in what the model finds likely.")
        if not apart
        else _(
            "{n} of {all} reported amounts lie in what the model finds likely. Outside: {names}.",
            n=writer.count(len(cases) - len(apart)),
            all=writer.count(len(cases)),
            names=("\u00a0; " if writer.language == "fr" else "; ").join(case.label for case in apart),
        )
    )

    def draw(width: int) -> Chart:
        return draw_bands(
            [
                Band(
                    label=case.label,
                    low=case.numbers.low,
                    middle=case.numbers.median,
                    high=case.numbers.high,
                    text=writer.euros(case.numbers.observed_high or 0.0),
                    observed=(case.numbers.observed_low or 0.0, case.numbers.observed_high or 0.0),
                )
                for case in cases
            ],
            id="losses-modelled",
            title=_("Reported by hospitals, and likely by the model"),
            sentence=sentence,
            ticks=[(value, writer.euros(value)) for value in ticks],
            key=(_("likely by the model, 90 times in 100"), _("reported")),
            log=True,
            width=width,
        )

    data = writer.tabulate(
        "losses-modelled", _("Reported by hospitals, and likely by the model"), _tabulate_cases(writer, cases)
    )
    sources = {source.ref: source for case in cases for source in case.sources}
    limits = [paragraph(case.label, _(": "), case.limits) for case in cases if case.limits]
    return Section(
        "losses-and-model",
        _("The same events in the model"),
        (
            paragraph(
                _(
                    "The model replays an attack on everything at a hospital of the same size, many times, with what "
                    "is not known drawn anew each time. The bar holds 90 of 100 outcomes; the mark is what was "
                    "reported, which also depends on what the hospital chose to count."
                )
            ),
            writer.picture(draw(WIDE), data, *writer.cite(sources.values(), _("reported costs")), narrow=draw(NARROW)),
            *limits[:4],
            writer.simulated(
                _(
                    "{draws} sets of plausible values of what is not known; the whole list of cases is the validation "
                    "dossier.",
                    draws=writer.count(writer.require_numbers().plan.case_draws),
                ),
                f"hygie validate --draws {writer.require_numbers().plan.case_draws} "
                f"--seed {writer.require_numbers().seed} --as-of {writer.day}",
                with_file=False,
            ),
        ),
    )


def _meets(case: StudyCase) -> bool:
    numbers = case.numbers
    if numbers.observed_low is None or numbers.observed_high is None:
        return True
    return numbers.observed_low <= numbers.high and numbers.observed_high >= numbers.low


def _list_steps(low: float, high: float) -> list[float]:
    """Return powers of ten that bound a range of amounts."""
    steps = [10.0 ** floor(log10(low))]
    while steps[-1] < high:
        steps.append(steps[-1] * 10.0)
    return steps


def _tabulate_cases(
    writer: StudyWriter, cases: Sequence[StudyCase]
) -> tuple[list[str], list[list[str | float | None]]]:
    _ = writer._
    header = [_("Case"), _("reported, low"), _("reported, high"), _("model, 5 %"), _("model, middle"), _("model, 95 %")]
    rows: list[list[str | float | None]] = [
        [
            case.label,
            case.numbers.observed_low,
            case.numbers.observed_high,
            case.numbers.low,
            case.numbers.median,
            case.numbers.high,
        ]
        for case in cases
    ]
    return header, rows


def _write_others(writer: StudyWriter, cases: Sequence[StudyCase]) -> Section:
    _ = writer._
    return Section(
        "durations-and-model",
        _("How long, and how much care goes on"),
        (
            _tabulate_others(writer, cases),
            paragraph(
                _(
                    "Cases marked as held back were never shown to the model while it was fitted: they are its exam. "
                    "The others helped to set it."
                )
            ),
        ),
    )


def _tabulate_others(writer: StudyWriter, cases: Sequence[StudyCase]) -> Table:
    _ = writer._
    roles = {"fitted": _("fitted to"), "held_back": _("held back"), "reported": _("shown only")}

    def show(value: float | None, kind: str) -> str:
        if value is None:
            return "–"
        return writer.percent(value) if kind == "activity" else _("{n} days", n=writer.count(value))

    rows = [
        (
            cell((case.label, *writer.cite(case.sources, _("durations and activity")))),
            cell(show(case.numbers.observed_high, case.numbers.kind), case.numbers.observed_high),
            cell(
                _(
                    "{low} to {high}",
                    low=show(case.numbers.low, case.numbers.kind),
                    high=show(case.numbers.high, case.numbers.kind),
                )
            ),
            cell(roles[case.numbers.role]),
        )
        for case in cases
    ]
    return writer.table(
        "durations-modelled",
        _("Durations and activity, reported and modelled"),
        (("case", _("Case"), 2.4), ("told", ">" + _("Reported"), 0.8), ("model", ">" + _("Model, 90 in 100"), 1.3),
         ("role", _("Role"), 0.8)),
        rows,
        _("Activity is a share of a normal day, over the days that the case names."),
    )  # fmt: skip
