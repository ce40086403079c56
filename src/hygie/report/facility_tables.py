"""The tables of the report of a facility: each cell as people read it, with the number itself beside it."""

from __future__ import annotations

from collections.abc import Sequence

from hygie.report.blocks import make_cell, make_table, show_figure, show_noise
from hygie.report.document import Cell, Table, Term, Text
from hygie.report.units import show_quantity
from hygie.views.assessment import AssessmentView, BadEventView, BreakdownRow, LevelView
from hygie.views.charts_curve import RETURN_PERIODS
from hygie.views.charts_event import sort_services
from hygie.views.charts_zones import order_zones
from hygie.views.messages import translator
from hygie.views.numbers import format_count, format_euros, format_number, format_percent, natural_frequency

__all__ = [
    "tabulate_assumptions",
    "tabulate_event",
    "tabulate_figures",
    "tabulate_items",
    "tabulate_levels",
    "tabulate_modules",
    "tabulate_parts",
    "tabulate_periods",
    "tabulate_services",
    "tabulate_zones",
]

_TERMS = {
    **dict.fromkeys(("aal", "aal_own"), Term("AAL", "aal")),
    **dict.fromkeys(("aep_10", "aep_100", "aep_200"), Term("AEP", "aep")),
    "tvar_99": Term("TVaR", "tvar"),
    "var_99_own": Term("VaR", "var"),
}
_HALF = 0.5


def tabulate_figures(view: AssessmentView, names: Sequence[str], *, table_id: str, title: str) -> Table:
    """Return some figures with their likely range and noise; names that the view does not have are left out."""
    _ = translator(view.language)
    rows = []
    for name in names:
        if name not in view.figures:
            continue
        figure = view.figures[name]
        value, low, high = show_figure(figure, view.language)
        label: Text = (figure.label, " (", _TERMS[name], ")") if name in _TERMS else (figure.label,)
        rows.append(
            (
                make_cell(label),
                make_cell(value, figure.value),
                make_cell(low, figure.low),
                make_cell(high, figure.high),
                make_cell(show_noise(figure, view.language), figure.mc_error),
            )
        )
    columns = [
        ("figure", _("Figure")),
        ("value", _("value")),
        ("low", _("likely from")),
        ("high", _("to")),
        ("noise", _("noise")),
    ]
    return make_table(table_id, title, columns, rows, shares=(3.2, 1.1, 1.4, 0.9, 0.8))


def tabulate_parts(rows: Sequence[BreakdownRow], language: str, *, table_id: str, title: str) -> Table:
    """Return parts of the average annual loss, the largest first: events a year where counted, euros, share."""
    _ = translator(language)
    counted = any(row.frequency_per_y is not None for row in rows)
    columns = [
        ("part", _("Part")),
        *([("events", _("events a year"), "1/y")] if counted else []),
        ("euros", _("euros a year"), "EUR_2024/y"),
        ("share", _("share"), "share"),
    ]
    return make_table(
        table_id,
        title,
        columns,
        [
            (
                make_cell(row.label),
                *(
                    [make_cell(format_number(row.frequency_per_y or 0.0, language), row.frequency_per_y)]
                    if counted
                    else []
                ),
                make_cell(format_euros(row.loss_eur_per_y, language), row.loss_eur_per_y),
                make_cell(format_percent(row.share, language), row.share),
            )
            for row in sorted(rows, key=lambda row: -row.loss_eur_per_y)
        ],
    )


def tabulate_modules(view: AssessmentView) -> Table:
    """Return the average annual loss by FAIR-MAM module, the largest first."""
    _, language = translator(view.language), view.language
    columns = [
        ("part", _("Part")),
        ("euros", _("euros a year"), "EUR_2024/y"),
        ("own_euros", _("left after compensation"), "EUR_2024/y"),
        ("share", _("share"), "share"),
    ]
    return make_table(
        "by_module",
        _("By FAIR-MAM module"),
        columns,
        [
            (
                make_cell(module.label),
                make_cell(format_euros(module.loss_eur_per_y, language), module.loss_eur_per_y),
                make_cell(format_euros(module.loss_own_eur_per_y, language), module.loss_own_eur_per_y),
                make_cell(format_percent(module.share, language), module.share),
            )
            for module in sorted(view.by_module, key=lambda module: -module.loss_eur_per_y)
        ],
    )


def tabulate_items(view: AssessmentView) -> Table:
    """Return each item of cost with its form and module, the largest first."""
    _, language = translator(view.language), view.language
    columns = [
        ("item", _("Item of cost")),
        ("form", _("Form")),
        ("module", _("FAIR-MAM module")),
        ("euros", _("euros a year"), "EUR_2024/y"),
    ]
    items = [(item, module) for module in view.by_module for item in module.items]
    return make_table(
        "by_item",
        _("By item of cost"),
        columns,
        [
            (
                make_cell(item.label),
                make_cell(item.form),
                make_cell(module.label),
                make_cell(format_euros(item.loss_eur_per_y, language), item.loss_eur_per_y),
            )
            for item, module in sorted(items, key=lambda pair: -pair[0].loss_eur_per_y)
        ],
        shares=(2.2, 1.3, 1.5, 0.8),
        words=3,
    )


def tabulate_periods(view: AssessmentView) -> Table | None:
    """Return the loss of the year (AEP) and the largest event (OEP) at each return period; None without any."""
    _, language = translator(view.language), view.language
    rows: list[list[Cell]] = []
    for period in RETURN_PERIODS:
        row = [make_cell(format_count(period, language), period)]
        for basis in ("aep", "oep"):
            figure = view.figures.get(f"{basis}_{period}")
            if figure is None or not figure.value:
                break
            row += [
                make_cell(format_euros(value, language), value) for value in (figure.value, figure.low, figure.high)
            ]
        else:
            rows.append(row)
    if not rows:
        return None
    columns = [
        ("period", _("One year in"), "y"),
        ("aep", _("the year costs more than"), "EUR_2024"),
        ("aep_low", _("likely from"), "EUR_2024"),
        ("aep_high", _("to"), "EUR_2024"),
        ("oep", _("its largest event more than"), "EUR_2024"),
        ("oep_low", _("likely from"), "EUR_2024"),
        ("oep_high", _("to"), "EUR_2024"),
    ]
    return make_table(
        "periods",
        _("What a bad year costs"),
        columns,
        rows,
        shares=(0.9, 1.3, 0.9, 0.9, 1.3, 0.9, 0.9),
        sentence=_("The loss of the whole year is the AEP of insurers; its largest event is their OEP."),
    )


def tabulate_event(event: BadEventView, language: str) -> Table:
    """Return what happened in the bad event."""
    _ = translator(language)
    facts: list[tuple[str, str, float | str | None]] = [
        (_("Where it starts"), event.origin, None),
        (_("What is hit"), event.outcome, None),
        (_("Backups"), _("lost") if event.backups_lost else _("usable"), None),
        (
            _("Until systems are back in full"),
            _("{days} days", days=format_number(event.outage_days, language)),
            event.outage_days,
        ),
        (_("Bed-days of care lost"), format_number(event.bed_days_lost, language), event.bed_days_lost),
        (_("Emergency visits diverted"), format_number(event.visits_diverted, language), event.visits_diverted),
    ]
    if event.operations_lost is not None:
        facts.append((_("Operations cancelled"), format_number(event.operations_lost, language), event.operations_lost))
    facts += [
        (_("Cost"), format_euros(event.loss_eur, language), event.loss_eur),
        (_("Left after public compensation"), format_euros(event.loss_own_eur, language), event.loss_own_eur),
    ]
    return make_table(
        "event_facts",
        _("The event in a few figures"),
        [("what", _("What")), ("value", _("in this event"))],
        [(make_cell(name), make_cell(shown, raw)) for name, shown, raw in facts],
        shares=(1.4, 1.0),
    )


def tabulate_services(event: BadEventView, language: str) -> Table | None:
    """Return each touched service: lowest capacity, days under half, day after which it is normal; None without any."""
    _ = translator(language)
    rows = []
    for service in sort_services(event):
        last = max((day for day, value in enumerate(service.capacity, 1) if value < 1.0), default=0)
        days = sum(value < _HALF for value in service.capacity)
        back = last < len(service.capacity)
        rows.append(
            (
                make_cell(service.label),
                make_cell(format_percent(min(service.capacity), language), min(service.capacity)),
                make_cell(format_count(days, language), days),
                make_cell(_("day {day}", day=format_count(last, language)) if back else "–", last if back else None),
            )
        )
    if not rows:
        return None
    columns = [
        ("service", _("Service")),
        ("lowest", _("lowest capacity"), "share"),
        ("below_half", _("days under half"), "d"),
        ("normal_after", _("normal after"), "d"),
    ]
    return make_table("event_services", _("Services in this event"), columns, rows)


def tabulate_zones(event: BadEventView, language: str) -> Table | None:
    """Return each zone: hours until it is reached, machines affected, days down; None without any."""
    _ = translator(language)
    rows = [
        (
            make_cell(zone.label),
            make_cell(
                _("not reached")
                if zone.reached_h is None
                else _("{hours}\u00a0h", hours=format_count(zone.reached_h, language)),
                zone.reached_h,
            ),
            make_cell(format_count(zone.hosts, language), zone.hosts),
            make_cell(format_number(zone.down_days, language), zone.down_days),
        )
        for zone in order_zones(event.zones)
    ]
    if not rows:
        return None
    columns = [
        ("zone", _("Zone")),
        ("reached", _("reached after"), "h"),
        ("machines", _("machines affected"), "hosts"),
        ("down", _("days down"), "d"),
    ]
    return make_table("event_zones", _("Parts of the network in this event"), columns, rows)


def tabulate_levels(view: AssessmentView) -> Table:
    """Return the frequency of each counted threat before and after its counts."""
    _ = translator(view.language)
    labels = {row.id: row.label for row in view.by_class}
    columns = [
        ("threat", _("Threat")),
        ("before", _("before the counts"), "1/y"),
        ("after", _("after the counts"), "1/y"),
        ("low", _("likely from"), "1/y"),
        ("high", _("to"), "1/y"),
    ]
    return make_table(
        "levels",
        _("Frequency of each threat, per facility and year"),
        columns,
        [_show_level(level, labels, view.language) for level in view.levels],
        shares=(1.8, 1.2, 1.2, 0.8, 0.8),
    )


def _show_level(level: LevelView, labels: dict[str, str], language: str) -> list[Cell]:
    _ = translator(language)
    base = max(100, natural_frequency(level.median)[1])
    words = format_count(base, language)

    def write(value: float) -> str:
        return _("{count} in {base}", count=format_number(value * base, language), base=words)

    return [
        make_cell(labels.get(level.threat_class, level.threat_class)),
        make_cell(write(level.prior_median), level.prior_median),
        make_cell(write(level.median), level.median),
        *(make_cell(format_number(value * base, language), value) for value in (level.low, level.high)),
    ]


def tabulate_assumptions(view: AssessmentView) -> Table:
    """Return the assumed inputs with their middle value and their range, units written out."""
    _, language = translator(view.language), view.language
    columns = [("input", _("Input")), ("value", _("value")), ("low", _("likely from")), ("high", _("to"))]
    rows = [
        (
            make_cell(f"{row.description} · {row.id}"),
            *(make_cell(show_quantity(value, row.unit, language), value) for value in (row.median, row.low, row.high)),
        )
        for row in view.assumptions
    ]
    return make_table("assumed_inputs", _("Assumed inputs"), columns, rows, shares=(5.0, 1.2, 1.2, 1.2))
