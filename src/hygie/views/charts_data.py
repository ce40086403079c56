"""The figures behind each chart, as a table, and tables as CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from types import MappingProxyType

from hygie.core.spreadsheets import neutralise_cell
from hygie.views.assessment import AssessmentView, BreakdownRow
from hygie.views.charts_curve import LossCurves
from hygie.views.messages import translator

__all__ = ["Cell", "Rows", "tabulate_chart", "tabulate_curve", "write_csv"]

Cell = str | float | None
Rows = tuple[list[str], list[list[Cell]]]


def tabulate_chart(view: AssessmentView, chart_id: str) -> Rows:
    """Return header and rows of the figures behind a chart; no row when there is nothing to show.

    Raises
    ------
    KeyError
        No chart of that name.
    """
    return _TABLES[chart_id](view)


def write_csv(table: Rows) -> str:
    """Return a table as CSV (RFC 4180: commas, points), formulas neutralised."""
    header, rows = table
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([neutralise_cell(cell) for cell in header])
    writer.writerows([neutralise_cell(cell) for cell in row] for row in rows)
    return text.getvalue()


def _likelihood(view: AssessmentView) -> Rows:
    _ = translator(view.language)
    figure = view.figures["p_major"]
    header = [_("Figure"), _("value"), _("low (5%)"), _("high (95%)"), _("simulation error")]
    return header, [[figure.label, figure.value, figure.low, figure.high, figure.mc_error]]


def tabulate_curve(view: LossCurves) -> Rows:
    """Return the exceedance curves as rows, one basis below the other."""
    _ = translator(view.language)
    header = [
        _("Basis"),
        _("Loss (EUR of 2024)"),
        _("Probability to exceed"),
        _("low (5%)"),
        _("high (95%)"),
        _("simulation error"),
    ]
    rows: list[list[Cell]] = [
        [curve.basis, *values]
        for curve in view.curves
        for values in zip(
            curve.loss_eur, curve.probability, curve.band_low, curve.band_high, curve.mc_error, strict=True
        )
    ]
    return header, rows


def _parts(view: AssessmentView, parts: Sequence[BreakdownRow]) -> Rows:
    _ = translator(view.language)
    header = [_("Part"), _("Loss per year (EUR of 2024)"), _("simulation error"), _("share"), _("events a year")]
    rows: list[list[Cell]] = [
        [row.label, row.loss_eur_per_y, row.loss_mc_error, row.share, row.frequency_per_y] for row in parts
    ]
    return header, rows


def _services(view: AssessmentView) -> Rows:
    _ = translator(view.language)
    event = view.bad_event
    header = [_("Day"), *([service.label for service in event.services] if event else [])]
    rows: list[list[Cell]] = [
        [day, *(service.capacity[index] for service in event.services)]
        for index, day in enumerate(event.day if event else [])
        if event
    ]
    return header, rows


def _zones(view: AssessmentView) -> Rows:
    _ = translator(view.language)
    header = [_("Zone"), _("Reached (h after the attempt)"), _("Machines affected"), _("Days down")]
    zones = view.bad_event.zones if view.bad_event else []
    return header, [[zone.label, zone.reached_h, zone.hosts, zone.down_days] for zone in zones]


def _drivers(view: AssessmentView) -> Rows:
    _ = translator(view.language)
    header = [_("Input"), _("Name"), _("Rank correlation"), _("Assumed")]
    rows: list[list[Cell]] = [
        [driver.description, driver.id, driver.correlation, _("yes") if driver.assumed else _("no")]
        for driver in view.drivers
    ]
    return header, rows


_TABLES: Mapping[str, Callable[[AssessmentView], Rows]] = MappingProxyType(
    {
        "likelihood": _likelihood,
        "loss_exceedance": tabulate_curve,
        "loss_by_form": lambda view: _parts(view, view.by_form),
        "loss_by_class": lambda view: _parts(view, view.by_class),
        "loss_by_origin": lambda view: _parts(view, view.by_origin),
        "services": _services,
        "zones": _zones,
        "drivers": _drivers,
    }
)
