"""One day of a stored scenario: what care can do, which zones are down, in words and figures."""

from __future__ import annotations

from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_number, format_percent
from hygie.views.scenario import ScenarioView
from hygie.views.scenario_pages import DayLinkView, ScenarioDayView, ServiceDayView, ZoneDayView

__all__ = ["find_worst_day", "tell_day"]

# Less than this is felt by no one.
_NORMAL = 0.995
_FEW = 4


def tell_day(view: ScenarioView, day: int | None) -> ScenarioDayView:
    """Return the state of a facility on a day; the worst one for None, the nearest one where there is no such day."""
    _ = translator(view.language)
    first, last = (0 if _has_intruders(view) else 1), len(view.day)
    worst = find_worst_day(view)
    chosen = worst if day is None else min(max(day, first), last)
    services = [_read_service(view, index, chosen) for index in range(len(view.services))]
    zones = [
        ZoneDayView(id=zone.id, label=zone.label, share=zone.reached if chosen == 0 else zone.down_share[chosen - 1])
        for zone in view.zones
    ]
    return ScenarioDayView(
        day=chosen,
        first=first,
        last=last,
        title=_name_day(chosen, last, view.language, _),
        sentences=_say_day(view, chosen, services, zones, _),
        services=sorted(services, key=lambda service: (service.median, service.low)),
        zones=sorted((zone for zone in zones if zone.share > 0.0), key=lambda zone: -zone.share),
        marks=_mark_days(first, worst, last, _),
    )


def find_worst_day(view: ScenarioView) -> int:
    """Return the first day with the least care on average over services, at the median."""
    lost = [
        sum(service.median[index] + 0.01 * service.low[index] for service in view.services) for index in _days(view)
    ]
    return lost.index(min(lost)) + 1


def _days(view: ScenarioView) -> range:
    return range(len(view.day))


def _has_intruders(view: ScenarioView) -> bool:
    return any(zone.reached or zone.hit for zone in view.zones)


def _read_service(view: ScenarioView, index: int, day: int) -> ServiceDayView:
    strip = view.services[index]
    low, median, high, told = (
        1.0 if day == 0 else values[day - 1] for values in (strip.low, strip.median, strip.high, strip.told)
    )
    return ServiceDayView(id=strip.id, label=strip.label, low=low, median=median, high=high, told=told)


def _name_day(day: int, last: int, language: str, _: Translate) -> str:
    if day == 0:
        return _("Before the damage")
    return _("Day {day} of {last}", day=format_count(day, language), last=format_count(last, language))


def _mark_days(first: int, worst: int, last: int, _: Translate) -> list[DayLinkView]:
    labels = {0: _("Before the damage"), 1: _("First day")}
    named = {first: labels[first], 1: labels[1]}
    named.setdefault(worst, _("Worst day"))
    week = 7
    if week < last:
        named.setdefault(week, _("After a week"))
    month = 30
    if month < last:
        named.setdefault(month, _("After a month"))
    named.setdefault(last, _("Last day"))
    return [DayLinkView(day=day, label=label) for day, label in sorted(named.items())]


def _say_day(
    view: ScenarioView, day: int, services: list[ServiceDayView], zones: list[ZoneDayView], _: Translate
) -> list[str]:
    language = view.language
    if day == 0:
        often = [zone.label for zone in sorted(zones, key=lambda zone: -zone.share) if zone.share >= 0.5]
        said = (
            _("In at least half of these events the attackers hold: {zones}.", zones=_list_some(often, language, _))
            if often
            else _("There is no zone that the attackers hold in half of these events.")
        )
        return [said, _("Services still have their normal capacity.")]
    down = view.zones_down
    zones_down = _(
        "Zones with half of their function lost: {median} at the median, {low} to {high} in 9 events of 10.",
        median=format_number(down.median[day - 1], language),
        low=format_number(down.low[day - 1], language),
        high=format_number(down.high[day - 1], language),
    )
    if not services:
        return [zones_down]
    worst = min(services, key=lambda service: (service.median, service.low))
    words = {
        "service": worst.label,
        "median": format_percent(worst.median, language),
        "low": format_percent(worst.low, language),
        "high": format_percent(worst.high, language),
    }
    if worst.median >= _NORMAL:
        lines = [_("At the median every service has its normal capacity.")]
        low = min(services, key=lambda service: service.low)
        if low.low < _NORMAL:
            lines.append(
                _(
                    "In 1 event of 20, “{service}” still has {low} of it or less.",
                    service=low.label,
                    low=format_percent(low.low, language),
                )
            )
    else:
        lines = [
            _(
                "“{service}” can do least: {median} of its normal capacity at the median, {low} to {high} in 9 events "
                "of 10.",
                **words,
            )
        ]
    lines.append(zones_down)
    return lines


def _list_some(names: list[str], language: str, _: Translate) -> str:
    shown = ", ".join(names[:_FEW])
    more = len(names) - _FEW
    return shown if more <= 0 else _("{names} and {count} more", names=shown, count=format_count(more, language))
