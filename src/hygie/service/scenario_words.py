"""What a scenario says in words: labels of its figures, its headline, and the steps of the event that is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hygie.core.tables import FORMS, YELT_COLUMNS
from hygie.service.scenario_figures import Paired, Spread
from hygie.service.scenario_path import PathStep
from hygie.service.words import FORM_LABELS
from hygie.views.messages import Translate
from hygie.views.numbers import (
    format_count,
    format_euros,
    format_number,
    format_percent,
    natural_frequency,
)

__all__ = [
    "label_quantity",
    "say_frequency",
    "say_paired",
    "say_results",
    "say_span",
    "say_step",
    "say_supposition",
    "say_when",
]

_HOURS_PER_DAY = 24.0
_FEW_DAYS = 2.0


def label_quantity(name: str, _: Translate) -> str:
    """Return the label of a column of the loss table, or of a figure made of several."""
    labels = {
        "kept": _("Events that end as the scenario asks"),
        "zones_hit": _("Zones hit"),
        "hosts_hit": _("Machines hit"),
        "outage_h": _("Hours until every zone is fully back"),
        "outage_days": _("Days until every zone is fully back"),
        "inside_days": _("Days from the first foothold to the end of the attack"),
        "bed_days_lost": _("Bed-days of care lost"),
        "stays_lost": _("Stays lost"),
        "operations_lost": _("Operations lost"),
        "consultations_lost": _("Consultations lost"),
        "visits_diverted": _("Emergency visits diverted"),
        "ambulances_diverted": _("Ambulances diverted"),
        "transfers": _("Patients transferred"),
        "exposed_bed_days": _("Bed-days in degraded care"),
        "crisis_h": _("Hours of crisis"),
        "overtime_h": _("Extra staff hours"),
        "loss_eur": _("Economic loss"),
        "loss_own_eur": _("Loss left after public compensation"),
        **{f"loss_{form}_eur": _(FORM_LABELS[form]) for form in FORMS},
    }
    # A column that is newer than these words is shown as the dictionary describes it.
    return labels.get(name) or YELT_COLUMNS[name].description


def say_supposition(
    *,
    kind: str,
    facility: str,
    threat_class: str,
    names: Mapping[str, str],
    per_100: float,
    language: str,
    _: Translate,
) -> list[str]:
    """Return what is supposed, and how many of 100 such events end as asked.

    Parameters
    ----------
    names
        Names of the actor, entry, provider and targets, where supposed.
    """
    count = format_number(per_100, language)
    if kind == "provider":
        first = _(
            "Suppose that “{provider}” is attacked or down, and that {facility} is among those touched.",
            provider=names["provider"],
            facility=facility,
        )
        second = _("All such events are shown.")
    elif kind == "campaign":
        first = _("Suppose a denial of service aimed at {facility}.", facility=facility)
        second = _("Of 100, about {count} have a visible effect; these are shown.", count=count)
    else:
        first = _("Suppose one attempt against {facility}.", facility=facility)
        second = (
            _("Of 100, about {count} end so; these are shown.", count=count)
            if "outcomes" in names
            else _(
                "Of 100, about {count} end as “{threat_class}”; these are shown.",
                count=count,
                threat_class=threat_class,
            )
        )
    more = [
        text
        for name, text in (
            ("actor", _("By: {name}.", name=names.get("actor", ""))),
            ("entry", _("Way in: {name}.", name=names.get("entry", ""))),
            ("targets", _("After: {name}.", name=names.get("targets", ""))),
            ("outcomes", _("Only events that end so: {name}.", name=names.get("outcomes", ""))),
        )
        if name in names
    ]
    return [" ".join([first, *more]), second]


def say_frequency(frequency_per_y: float, language: str, _: Translate) -> str:
    """Return how often events like those shown happen, as a natural frequency."""
    count, base = natural_frequency(1.0 - 2.718281828459045**-frequency_per_y)
    if count < 1:
        return _("In the next 12 months, fewer than 1 in 100,000 facilities like this one would see such an event.")
    return _(
        "In the next 12 months, about {count} in {base} facilities like this one would see such an event.",
        count=format_count(count, language),
        base=format_count(base, language),
    )


def say_results(figures: Mapping[str, Spread], *, seen: float | None, language: str, _: Translate) -> list[str]:
    """Return outage, care and money in three sentences; `seen` is the share found out before they strike."""
    loss, outage, beds = figures["loss_eur"], figures["outage_days"], figures["bed_days_lost"]
    lines = [
        _(
            "Half of these events cost more than {median}; 1 in 20 costs more than {high}.",
            median=format_euros(loss.median, language),
            high=format_euros(loss.high, language),
        ),
        _(
            "At the median every system is back after {median}, in 1 event of 20 after more than {high}.",
            median=say_span(outage.median, language, _),
            high=say_span(outage.high, language, _),
        ),
        _(
            "At the median no bed-day of care is lost, in 1 event of 20 more than {high}.",
            high=format_number(beds.high, language),
        )
        if beds.median <= 0.0
        else _(
            "At the median {median} bed-days of care are lost, in 1 event of 20 more than {high}.",
            median=format_number(beds.median, language),
            high=format_number(beds.high, language),
        ),
    ]
    if seen is not None:
        lines.append(
            _(
                "In {share} of these events the attackers are seen before the end of the attack.",
                share=format_percent(seen, language),
            )
        )
    return lines


def say_paired(paired: Mapping[str, Paired], *, controls: str, language: str, _: Translate) -> str:
    """Return what the supposed controls change, on the same events."""
    loss, kept = paired["loss_eur"], paired["kept"]
    words = {
        "controls": controls,
        "before": format_number(100.0 * kept.without, language),
        "after": format_number(100.0 * kept.with_, language),
        "difference": format_euros(abs(loss.difference), language),
        "error": format_euros(loss.error, language),
    }
    if loss.difference <= 0.0:
        return _(
            "With {controls}, the same 100 events end so {after} times instead of {before}, and cost {difference} less "
            "each, on average (standard error {error}).",
            **words,
        )
    return _(
        "With {controls}, the same 100 events end so {after} times instead of {before}, and cost {difference} more "
        "each, on average (standard error {error}).",
        **words,
    )


def say_span(days: float, language: str, _: Translate) -> str:
    """Return a length of time in words: in hours when it is short."""
    if days < _FEW_DAYS:
        return _("{hours} h", hours=format_number(days * _HOURS_PER_DAY, language))
    return _("{days} days", days=format_number(days, language))


def say_when(hours: float, language: str, _: Translate) -> str:
    """Return a time since the beginning in words."""
    if hours < 0.5:
        return _("At the start")
    if hours < _HOURS_PER_DAY * _FEW_DAYS:
        return _("After {hours} h", hours=format_count(hours, language))
    return _("After {days} days", days=format_number(hours / _HOURS_PER_DAY, language))


def say_step(
    step: PathStep,
    *,
    zones: Sequence[str],
    crossings: Mapping[str, str],
    hit: Sequence[str],
    machines: int,
    _: Translate,
    language: str,
) -> str:
    """Return one step in words.

    Parameters
    ----------
    zones
        Names of the zones.
    crossings
        Names of crossings and entry vectors.
    hit
        Names of the zones with machines hit, the most machines first.
    """
    zone = zones[step.zone] if step.zone >= 0 else ""
    if step.kind == "entry":
        way = crossings.get(step.crossing, "")
        if not way:
            return _("The attackers come in through the provider, into “{zone}”.", zone=zone)
        return _("The attackers come in ({way}), into “{zone}”.", way=way.lower(), zone=zone)
    if step.kind == "move":
        return _(
            "From “{source}” they reach “{zone}” ({way}).",
            source=zones[step.source],
            zone=zone,
            way=crossings[step.crossing].lower(),
        )
    if step.kind == "damage":
        return _(
            "They strike. Machines hit: {machines}; zones hit: {zones}; first of all: {names}.",
            machines=format_count(machines, language),
            zones=format_count(len(hit), language),
            names=", ".join(hit[:3]),
        )
    fixed = {
        "seen": _("Someone sees them; the race begins."),
        "theft": _("Before the end, personal data have been copied and taken out."),
        "contained": _("The attack is contained; nothing was damaged."),
        "left": _("The attackers leave without having damaged anything."),
        "outage": _("A service from outside is lost; no one is in the network of the facility."),
    }
    return fixed[step.kind]
