"""What was studied beside an assessment: controls, an insurance programme, a scenario, as sections of its report."""

from __future__ import annotations

from hygie.report.blocks import (
    hide_rows,
    join_range,
    make_cell,
    make_table,
    show_amount,
    show_picture,
    write_bullets,
    write_note,
    write_paragraph,
)
from hygie.report.document import Block, Cell, Section, Strong, Table
from hygie.views.charts_layout import NARROW
from hygie.views.charts_programme import draw_before_after, draw_tower, tabulate_curves, tabulate_tower
from hygie.views.charts_scenario import draw_bands
from hygie.views.decide import ControlDecisionView, WorthView
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_euros, format_percent, round_significant
from hygie.views.programme import ProgrammeView
from hygie.views.scenario import ScenarioView

__all__ = ["describe_decision", "describe_programme", "describe_scenario", "tabulate_options"]

_SHOWN = 12


def describe_decision(view: ControlDecisionView) -> Section:
    """Return what controls are worth, alone and together."""
    _, language = translator(view.language), view.language
    assumed = (
        _("One input is an assumption.")
        if view.assumed_inputs == 1
        else _("{count} inputs are assumptions.", count=format_count(view.assumed_inputs, language))
    )
    blocks: list[Block] = [
        write_paragraph(
            _(
                "Each control was tried on the same simulated years as today’s state, over {years} years, discounted "
                "at {rate} a year. Care spared is counted beside, never turned into euros.",
                years=format_count(view.horizon_y, language),
                rate=format_percent(view.discount, language),
            )
        ),
        write_bullets(view.sentences),
    ]
    if view.options:
        blocks.append(tabulate_options(view, most=_SHOWN))
    if view.frontier:
        blocks.append(_tabulate_frontier(view, _))
    blocks.append(
        write_note("method", _("How it was computed"), [assumed, _("Made by: {command}", command=view.reproduce)])
    )
    return Section("controls", _("What controls are worth"), tuple(blocks))


def tabulate_options(view: ControlDecisionView, *, most: int) -> Table:
    """Return the controls that help most, one by one."""
    _ = translator(view.language)
    rows = [(make_cell(row.name), *_show_worth(row, view.language, _)) for row in view.options[:most]]
    more = len(view.options) - most
    sentence = ""
    if more == 1:
        sentence = _("One more control was tried; it is worth less for its cost.")
    elif more > 1:
        sentence = _(
            "{count} more controls were tried; they are worth less for their cost.",
            count=format_count(more, view.language),
        )
    return make_table(
        "options",
        _("Controls, one by one"),
        _worth_columns(_("Control"), _),
        rows,
        sentence=sentence,
        shares=(2.5, 1.0, 1.5, 0.9, 0.9, 0.9, 0.9),
    )


def _tabulate_frontier(view: ControlDecisionView, _: Translate) -> Table:
    rows = []
    for bundle in view.frontier:
        name = ", ".join(bundle.names) if bundle.controls else _("nothing")
        first = make_cell((Strong(name),)) if bundle.best else make_cell(name)
        rows.append((first, *_show_worth(bundle, view.language, _)))
    return make_table(
        "frontier",
        _("Sets within the budget that no other beats on cost and loss"),
        _worth_columns(_("Set of controls"), _),
        rows,
        sentence=_("In bold, the set with the least sum of cost and loss left."),
        shares=(3.2, 1.0, 1.5, 0.9, 0.9, 0.9, 0.9),
    )


def _worth_columns(first: str, _: Translate) -> list[tuple[str, ...]]:
    return [
        ("name", first),
        ("avoided", _("avoided a year"), "EUR_2024/y"),
        ("range", _("likely range")),
        ("bed_days", _("bed-days a year"), "beds/y"),
        ("cost", _("cost"), "EUR_2024"),
        ("net", _("gain after cost"), "EUR_2024"),
        ("worth", _("worth it in"), "share"),
    ]


def _show_worth(row: WorthView, language: str, _: Translate) -> list[Cell]:
    gain, beds = row.loss_avoided_eur_per_y, row.bed_days_avoided_per_y.value
    low, high = format_euros(gain.low, language), format_euros(gain.high, language)
    return [
        make_cell(format_euros(gain.value, language), gain.value),
        make_cell(join_range(low, high, language)),
        make_cell(format_count(round_significant(beds, 2), language), beds),
        make_cell(format_euros(row.cost_eur.value, language), row.cost_eur.value),
        make_cell(format_euros(row.net_eur.value, language), row.net_eur.value),
        make_cell(format_percent(row.p_worth, language), row.p_worth),
    ]


def describe_programme(view: ProgrammeView) -> Section:
    """Return what an insurance programme pays and leaves."""
    _ = translator(view.language)
    blocks: list[Block] = [write_paragraph(view.sentences[0])] if view.sentences else []
    if view.sentences[1:]:
        blocks.append(write_bullets(view.sentences[1:]))
    tower = draw_tower(view)
    english = tabulate_tower(view)
    blocks.append(
        show_picture(
            tower,
            narrow=draw_tower(view, width=NARROW),
            data=hide_rows("tower_data", tower.title, english, names=english[0]),
        )
    )
    curves = draw_before_after(view)
    if curves is not None:
        rows = tabulate_curves(view)
        blocks.append(
            show_picture(
                curves,
                narrow=draw_before_after(view, width=NARROW),
                data=hide_rows("before_after_data", curves.title, rows, names=rows[0]),
            )
        )
    blocks.append(_tabulate_layers(view, _))
    if view.periods:
        blocks.append(_tabulate_before_after(view, _))
    if view.cautions:
        blocks.append(write_note("caution", _("Before you read"), view.cautions, listed=True))
    blocks.append(write_note("method", _("How it was computed"), [_("Made by: {command}", command=view.reproduce)]))
    title = _("What the programme “{name}” pays", name=view.name)
    return Section("programme", title, tuple(blocks))


def _tabulate_layers(view: ProgrammeView, _: Translate) -> Table:
    language = view.language
    rows = [
        (
            make_cell(row.label),
            make_cell(format_euros(row.attachment_eur, language), row.attachment_eur),
            make_cell("–" if row.limit_eur is None else format_euros(row.limit_eur, language), row.limit_eur),
            make_cell(format_euros(row.paid.value, language), row.paid.value),
            make_cell(format_percent(row.attachment.value, language), row.attachment.value),
            make_cell(format_percent(row.exhaustion.value, language), row.exhaustion.value),
        )
        for row in view.layers
    ]
    columns = [
        ("layer", _("Layer")),
        ("attachment", _("from"), "EUR_2024"),
        ("limit", _("limit"), "EUR_2024"),
        ("paid", _("pays a year"), "EUR_2024/y"),
        ("touched", _("touched in a year"), "share"),
        ("used_up", _("used up"), "share"),
    ]
    return make_table("layers", _("Layers of the programme"), columns, rows)


def _tabulate_before_after(view: ProgrammeView, _: Translate) -> Table:
    language = view.language
    rows = [
        (
            make_cell(format_count(row.period_y, language), row.period_y),
            *(
                make_cell(format_euros(figure.value, language), figure.value)
                for figure in (row.aep_before, row.aep_after, row.oep_before, row.oep_after)
            ),
        )
        for row in view.periods
    ]
    columns = [
        ("period", _("One year in"), "y"),
        ("aep_before", _("the year costs, before"), "EUR_2024"),
        ("aep_after", _("after the programme"), "EUR_2024"),
        ("oep_before", _("its largest event, before"), "EUR_2024"),
        ("oep_after", _("after the programme"), "EUR_2024"),
    ]
    return make_table(
        "programme_periods", _("Bad years before and after the programme"), columns, rows, shares=(0.8, 1, 1, 1, 1)
    )


def describe_scenario(view: ScenarioView, number: int) -> Section:
    """Return what follows when one event of a kind happens."""
    _, language = translator(view.language), view.language
    blocks: list[Block] = [
        write_paragraph(_("Here the event is supposed to happen; nothing is said about how likely it is.")),
        write_bullets(view.sentences),
    ]
    bands = draw_bands(view)
    if bands is not None:
        blocks.append(show_picture(bands, narrow=draw_bands(view, width=NARROW)))
    shown = [row for row in view.figures if row.group in ("outage", "care", "loss")]
    if shown:
        rows = [
            (
                make_cell(row.label),
                *(
                    make_cell(show_amount(value, row.unit, language), value)
                    for value in (row.median, row.low, row.high)
                ),
            )
            for row in shown
        ]
        columns = [("figure", _("Figure")), ("median", _("median")), ("low", _("likely from")), ("high", _("to"))]
        blocks.append(make_table(f"scenario_{number}", _("What such an event takes"), columns, rows))
    blocks.append(write_note("method", _("How it was computed"), [_("Made by: {command}", command=view.reproduce)]))
    return Section(f"scenario-{number}", view.title, tuple(blocks))
