"""The tables of the report: every cell already written as people read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hygie.report.units import show_quantity
from hygie.report.words import write_date
from hygie.views.assessment import (
    AssessmentView,
    BadEventView,
    BreakdownRow,
    EvidenceView,
    FigureView,
    LevelView,
    ModuleView,
)
from hygie.views.charts_curve import RETURN_PERIODS
from hygie.views.charts_event import sort_services
from hygie.views.charts_zones import order_zones
from hygie.views.messages import translator
from hygie.views.numbers import (
    format_count,
    format_euros,
    format_number,
    format_percent,
    natural_frequency,
    round_significant,
)

__all__ = [
    "Assumption",
    "Evidence",
    "FigureRow",
    "LevelRow",
    "show_assumptions",
    "show_event_facts",
    "show_evidence",
    "show_figures",
    "show_levels",
    "show_modules",
    "show_mortality",
    "show_parts",
    "show_periods",
    "show_services",
    "show_zones",
]

_TERMS = {"aal": "AAL", "aal_own": "AAL", "aep_10": "AEP", "aep_100": "AEP", "aep_200": "AEP", "tvar_99": "TVaR"}
_TERMS["var_99_own"] = "VaR"
_SAFE = ("https://", "http://")
_HALF = 0.5

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure: its label, the term specialists use, value, likely range, noise."""

    label: str
    term: str
    value: str
    range: str
    noise: str


@dataclass(frozen=True, slots=True)
class LevelRow:
    """Frequency of one threat, before and after the counts."""

    threat: str
    before: str
    after: str
    counts: tuple[str, ...]
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assumption:
    """One assumed input."""

    id: str
    description: str
    value: str
    range: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One statement, its grade in words; `link` only when it is a web address."""

    ref: str
    title: str
    publisher: str
    link: str | None
    grade: str
    date: str
    derived: str | None


def show_figures(view: AssessmentView, names: Sequence[str]) -> list[FigureRow]:
    """Return the rows of some figures; names that the view does not have are left out."""
    return [_show_figure(view.figures[name], view.language) for name in names if name in view.figures]


def _show_figure(figure: FigureView, language: str) -> FigureRow:
    noise = format_percent(figure.mc_error / figure.value, language, digits=1) if figure.value else ""
    if figure.unit == "share":
        value, span = _show_chance(figure, language)
    else:
        low, value, high = (_show_amount(x, figure.unit, language) for x in (figure.low, figure.value, figure.high))
        span = f"{low} – {high}"
    return FigureRow(figure.label, _TERMS.get(figure.id, ""), value, span, f"±\u00a0{noise}" if noise else "–")


def _show_amount(value: float, unit: str, language: str) -> str:
    if unit.startswith("EUR"):
        return format_euros(value, language)
    return format_count(round_significant(value, 2), language) if value >= 10 else format_number(value, language)


def _show_chance(figure: FigureView, language: str) -> tuple[str, str]:
    """Return a yearly probability and its range as natural frequencies on one base."""
    _ = translator(language)
    if figure.value <= 0.0:
        return "0", f"0 – {format_percent(figure.high, language)}"
    base = max(100, natural_frequency(figure.value)[1])
    low, value, high = (format_number(x * base, language) for x in (figure.low, figure.value, figure.high))
    return _("{count} in {base}", count=value, base=format_count(base, language)), f"{low} – {high}"


def show_parts(rows: Sequence[BreakdownRow], language: str) -> list[Row]:
    """Return label, events a year (not for forms of loss), euros a year, share; largest first."""
    return [
        (
            row.label,
            *(() if row.frequency_per_y is None else (format_number(row.frequency_per_y, language),)),
            format_euros(row.loss_eur_per_y, language),
            format_percent(row.share, language),
        )
        for row in sorted(rows, key=lambda row: -row.loss_eur_per_y)
    ]


def show_modules(modules: Sequence[ModuleView], language: str) -> list[Row]:
    """Return FAIR-MAM module, euros a year, of which own after compensation, share; largest first."""
    return [
        (
            module.label,
            format_euros(module.loss_eur_per_y, language),
            format_euros(module.loss_own_eur_per_y, language),
            format_percent(module.share, language),
        )
        for module in sorted(modules, key=lambda module: -module.loss_eur_per_y)
    ]


def show_mortality(view: AssessmentView) -> str:
    """Return the range of deaths as a sentence, empty when it was not asked for."""
    if view.mortality is None:
        return ""
    _ = translator(view.language)
    low, value, high = (
        format_number(x, view.language) for x in (view.mortality.low, view.mortality.value, view.mortality.high)
    )
    return _("{value} deaths a year on average (likely between {low} and {high}).", value=value, low=low, high=high)


def show_periods(view: AssessmentView) -> list[Row]:
    """Return return period, loss of the year (AEP) and its range, largest event (OEP) and its range."""
    rows: list[Row] = []
    for period in RETURN_PERIODS:
        cells = [format_count(period, view.language)]
        for basis in ("aep", "oep"):
            figure = view.figures.get(f"{basis}_{period}")
            if figure is None:
                break
            cells += [
                format_euros(figure.value, view.language),
                f"{format_euros(figure.low, view.language)} – {format_euros(figure.high, view.language)}",
            ]
        else:
            rows.append(tuple(cells))
    return rows


def show_event_facts(event: BadEventView, language: str) -> list[tuple[str, str]]:
    """Return what happened in the bad event, as pairs of words."""
    _ = translator(language)
    return [
        (_("Where it starts"), event.origin),
        (_("What is hit"), event.outcome),
        (_("Backups"), _("lost") if event.backups_lost else _("usable")),
        (_("Until systems are back in full"), _("{days} days", days=format_number(event.outage_days, language))),
        (_("Bed-days of care lost"), format_number(event.bed_days_lost, language)),
        (_("Emergency visits diverted"), format_number(event.visits_diverted, language)),
        (_("Cost"), format_euros(event.loss_eur, language)),
        (_("Left after public compensation"), format_euros(event.loss_own_eur, language)),
    ]


def show_services(event: BadEventView, language: str) -> list[Row]:
    """Return service, lowest capacity, days under half, day after which it is normal."""
    _ = translator(language)
    rows: list[Row] = []
    for service in sort_services(event):
        last = max(day for day, value in enumerate(service.capacity, 1) if value < 1.0)
        rows.append(
            (
                service.label,
                format_percent(min(service.capacity), language),
                format_count(sum(value < _HALF for value in service.capacity), language),
                _("day {day}", day=format_count(last, language)) if last < len(service.capacity) else "–",
            )
        )
    return rows


def show_zones(event: BadEventView, language: str) -> list[Row]:
    """Return zone, time until it is reached, machines affected, days down."""
    _ = translator(language)
    return [
        (
            zone.label,
            _("not reached")
            if zone.reached_h is None
            else _("{hours}\u00a0h", hours=format_count(zone.reached_h, language)),
            format_count(zone.hosts, language),
            format_number(zone.down_days, language),
        )
        for zone in order_zones(event.zones)
    ]


def show_levels(view: AssessmentView) -> list[LevelRow]:
    """Return the frequency of each counted threat before and after its counts."""
    labels = {row.id: row.label for row in view.by_class}
    return [_show_level(level, labels, view.language) for level in view.levels]


def _show_level(level: LevelView, labels: dict[str, str], language: str) -> LevelRow:
    _ = translator(language)
    base = max(100, natural_frequency(level.median)[1])
    before, low, median, high = (
        format_number(value * base, language) for value in (level.prior_median, level.low, level.median, level.high)
    )
    words = format_count(base, language)
    return LevelRow(
        threat=labels.get(level.threat_class, level.threat_class),
        before=_("{count} in {base} a year", count=before, base=words),
        after=_("{count} in {base} a year (likely {low} to {high})", count=median, base=words, low=low, high=high),
        counts=tuple(level.counts),
        checks=tuple(level.checks),
    )


def show_assumptions(view: AssessmentView) -> list[Assumption]:
    """Return the assumed inputs with their middle value and their range, units written out."""
    return [
        Assumption(
            id=row.id,
            description=row.description,
            value=show_quantity(row.median, row.unit, view.language),
            range=f"{show_quantity(row.low, row.unit, view.language)} – "
            f"{show_quantity(row.high, row.unit, view.language)}",
        )
        for row in view.assumptions
    ]


def show_evidence(rows: Sequence[EvidenceView], language: str) -> list[Evidence]:
    """Return the evidence; anything but a web address is no link."""
    return [
        Evidence(
            ref=row.ref,
            title=row.title,
            publisher=row.publisher,
            link=row.link if row.link is not None and row.link.startswith(_SAFE) else None,
            grade=row.grade,
            date=write_date(row.published_on, language) if row.published_on else "",
            derived=row.derived,
        )
        for row in rows
    ]
