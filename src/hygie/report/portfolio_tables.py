"""The tables of the report of a portfolio."""

from __future__ import annotations

from collections.abc import Sequence

from hygie.report.blocks import make_cell, make_table, show_amount
from hygie.report.document import Cell, Table
from hygie.views.messages import translator
from hygie.views.numbers import format_count, format_euros, format_number, format_percent
from hygie.views.portfolio import AreaView, GroupRow, OutageRow

__all__ = ["tabulate_areas", "tabulate_groups", "tabulate_outages"]

_MOST = 40


def tabulate_groups(rows: Sequence[GroupRow], language: str, *, table_id: str, title: str) -> Table:
    """Return groups of a portfolio: members, average year, worst years; the largest contributions first."""
    _ = translator(language)
    with_members = any(row.members is not None for row in rows)
    with_widest = any(row.widest is not None for row in rows)
    with_through = any(row.through_share is not None for row in rows)
    columns = [
        ("group", _("Group")),
        *([("members", _("members"))] if with_members else []),
        ("loss", _("euros a year"), "EUR_2024/y"),
        ("share", _("share"), "share"),
        ("tail", _("in the worst 1% of years"), "EUR_2024"),
        ("tail_share", _("share"), "share"),
        *([("widest", _("most hit at once"))] if with_widest else []),
        *([("through", _("through others"), "share")] if with_through else []),
    ]
    made: list[list[Cell]] = []
    for row in rows[:_MOST]:
        cells = [make_cell(row.label)]
        if with_members:
            cells.append(make_cell(format_count(row.members or 0, language), row.members))
        cells += [
            make_cell(format_euros(row.loss_eur_per_y, language), row.loss_eur_per_y),
            make_cell(format_percent(row.share, language), row.share),
            make_cell(format_euros(row.tail_eur, language), row.tail_eur),
            make_cell(format_percent(row.tail_share, language), row.tail_share),
        ]
        if with_widest:
            cells.append(make_cell(format_count(row.widest or 0, language), row.widest))
        if with_through:
            share = row.through_share
            cells.append(make_cell("–" if share is None else format_percent(share, language), share))
        made.append(cells)
    return make_table(table_id, title, columns, made, sentence=_say_more(len(rows), language))


def tabulate_areas(areas: Sequence[AreaView], language: str) -> Table:
    """Return what each department lacks in a day, the one that lacks most first; all together last."""
    _ = translator(language)
    departments = [area for area in areas if area.code]
    whole = [area for area in areas if not area.code]
    ordered = sorted(departments, key=lambda area: (-area.beds_lost_100, -area.beds_lost, area.code))
    rows = [
        (
            make_cell(f"{area.name} ({area.code})" if area.code else area.name),
            make_cell(format_count(area.beds, language), area.beds),
            *(
                make_cell(show_amount(value, "beds", language), value)
                for value in (
                    area.beds_lost,
                    area.beds_lost_100,
                    area.visits_per_day,
                    area.visits_lost,
                    area.visits_lost_100,
                )
            ),
        )
        for area in [*ordered, *whole]
    ]
    columns = [
        ("area", _("Department")),
        ("beds", _("beds"), "beds"),
        ("beds_lost", _("beds lacking"), "beds"),
        ("beds_lost_100", _("1 day in 100"), "beds"),
        ("visits", _("emergency visits a day"), "visits/d"),
        ("visits_lost", _("turned away"), "visits/d"),
        ("visits_lost_100", _("1 day in 100"), "visits/d"),
    ]
    table = make_table("areas", _("Care that territories lack, per day"), columns, rows, shares=(2.0, *[1.0] * 6))
    return Table(table.id, table.title, table.columns, table.rows, table.sentence, total=bool(whole))


def tabulate_outages(rows: Sequence[OutageRow], language: str) -> Table:
    """Return what each organisation loses in the outage of a provider."""
    _ = translator(language)
    relayed = any(row.through for row in rows)
    made = [
        (
            make_cell(row.name),
            *([make_cell(row.through or _("the provider"))] if relayed else []),
            make_cell(format_number(row.outage_days, language), row.outage_days),
            make_cell(show_amount(row.bed_days, "beds", language), row.bed_days),
            make_cell(show_amount(row.visits, "visits", language), row.visits),
            make_cell(format_euros(row.loss_eur, language), row.loss_eur),
            make_cell(format_euros(row.loss_low_eur, language), row.loss_low_eur),
            make_cell(format_euros(row.loss_high_eur, language), row.loss_high_eur),
        )
        for row in rows[:_MOST]
    ]
    columns = [
        ("organisation", _("Organisation")),
        *([("through", _("through"))] if relayed else []),
        ("outage", _("outage, days"), "d"),
        ("bed_days", _("bed-days"), "beds"),
        ("visits", _("visits"), "visits"),
        ("loss", _("loss"), "EUR_2024"),
        ("low", _("likely from"), "EUR_2024"),
        ("high", _("to"), "EUR_2024"),
    ]
    return make_table(
        "outages",
        _("Who loses what"),
        columns,
        made,
        sentence=_say_more(len(rows), language),
        shares=(2.2, *([1.4] if relayed else []), 0.8, 0.9, 1.0, 0.9, 1.2, 0.9),
        words=2 if relayed else 1,
    )


def _say_more(count: int, language: str) -> str:
    _ = translator(language)
    more = count - _MOST
    if more == 1:
        return _("And one more, smaller.")
    return _("And {count} more, smaller.", count=format_count(more, language)) if more > 1 else ""
