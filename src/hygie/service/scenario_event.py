"""One event of a scenario told hour by hour, then day by day."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hygie.core.tables import OUTCOMES
from hygie.service.scenario_figures import care_columns
from hygie.service.scenario_path import PathReader, PathStep
from hygie.service.scenario_runs import ScenarioRun
from hygie.service.scenario_words import label_quantity, say_span, say_step, say_when
from hygie.service.words import OUTCOME_LABELS
from hygie.views.messages import Language, Translate
from hygie.views.numbers import format_count, format_euros, format_number, format_percent
from hygie.views.scenario import ChoiceView, EventStepView, EventView, EventZoneView

__all__ = ["HALF_DOWN", "tell_event"]

# A zone or a service counts as down with half of its function lost.
HALF_DOWN = 0.5
_HOURS_PER_DAY = 24.0
# Less than this is felt by no one.
_BACK = 0.99


def tell_event(
    run: ScenarioRun, reader: PathReader, *, actors: Mapping[str, str], language: Language, _: Translate
) -> EventView:
    """Return the event that is told."""
    told, columns = run.told, run.shown.yelt.columns
    row = int(told.rows[0])
    zones = [zone.name.local().in_language(language) for zone in run.graph.zones]
    crossings = {spec.id: spec.name.local().in_language(language) for spec in run.specs.crossings}
    crossings |= {spec.id: spec.name.local().in_language(language) for spec in run.specs.vectors}
    hosts = told.hosts[0]
    hit = [zones[z] for z in np.argsort(-hosts, kind="stable") if hosts[z] > 0.0]
    path = reader.read(told, 0)

    def show(step: PathStep) -> EventStepView:
        return EventStepView(
            kind=step.kind,
            hour=round(step.hour, 2),
            when=say_when(step.hour, language, _),
            text=say_step(
                step,
                zones=zones,
                crossings=crossings,
                hit=hit,
                machines=int(hosts.sum()),
                _=_,
                language=language,
            ),
            zone=run.graph.zones[step.zone].id if step.zone >= 0 else None,
            source=run.graph.zones[step.source].id if step.source >= 0 else None,
            crossing=step.crossing or None,
            techniques=list(step.techniques),
        )

    outage_h = float(columns["outage_h"][row])
    outcome, actor = OUTCOMES[int(columns["outcome"][row])], int(columns["actor"][row])
    vector = int(told.vector[0])
    steps = [show(step) for step in path]
    steps += _tell_care(run, path[-1].hour, outage_h, language=language, _=_)
    start = float(told.reach_h[0, told.entry_zone[0]]) if told.entry_zone[0] >= 0 else 0.0
    care = {name: float(columns[name][row]) for name in care_columns()}
    return EventView(
        rule=_rule(run, language, _),
        rank=run.rank,
        outcome=ChoiceView(id=outcome, label=_(OUTCOME_LABELS[outcome])),
        actor=None
        if actor < 0
        else ChoiceView(id=run.shown.model.labels.actors[actor], label=actors[run.shown.model.labels.actors[actor]]),
        entry=None
        if vector < 0
        else ChoiceView(id=run.specs.vectors[vector].id, label=crossings[run.specs.vectors[vector].id]),
        sentences=[
            _(
                "It costs {loss}, of which {own} are left to the organisation after public compensation.",
                loss=format_euros(float(columns["loss_eur"][row]), language),
                own=format_euros(float(columns["loss_own_eur"][row]), language),
            ),
            *(
                _(
                    "{label}: {value}",
                    label=label_quantity(name, _),
                    value=format_number(value, language) if value < 10.0 else format_count(value, language),
                )
                for name, value in care.items()
                if value > 0.0
            ),
        ],
        steps=steps,
        zones=[
            EventZoneView(
                id=zone.id,
                label=zones[z],
                reached_h=round(float(told.reach_h[0, z]) - start, 2)
                if told.reach_h[0, z] <= told.end_h[0] and told.entry_zone[0] >= 0
                else None,
                hosts=int(hosts[z]),
                down_days=float((told.zone_down[0, :, z] >= HALF_DOWN).sum()),
            )
            for z, zone in enumerate(run.graph.zones)
        ],
        outage_days=outage_h / _HOURS_PER_DAY,
        loss_eur=float(columns["loss_eur"][row]),
        loss_own_eur=float(columns["loss_own_eur"][row]),
        care=care,
    )


def _rule(run: ScenarioRun, language: Language, _: Translate) -> str:
    words = {
        "count": format_count(run.shown.rows.size, language),
        "rank": format_count(run.rank, language),
    }
    if run.request.event == "median":
        return _("The event nearest to the median loss, of {count} events.", count=words["count"])
    if run.request.event == "worst":
        return _("The costliest of {count} events.", count=words["count"])
    return _("Number {rank} of {count} events, from the costliest.", **words)


def _tell_care(
    run: ScenarioRun, since: float, outage_h: float, *, language: Language, _: Translate
) -> list[EventStepView]:
    """Return what happens to care after the damage: the lowest point, half of the services back, all back."""
    flows = np.asarray(run.shown.model.arrays["node_flow_per_h"])[0].sum(axis=1)
    active = np.flatnonzero(flows > 0.0)
    capacity = run.told.capacity[0][:, active]
    steps: list[EventStepView] = []

    def add(kind: str, day: float, text: str) -> None:
        hour = since + day * _HOURS_PER_DAY
        steps.append(
            EventStepView.model_validate(
                {"kind": kind, "hour": round(hour, 2), "when": say_when(hour, language, _), "text": text}
            )
        )

    if not capacity.size or float(capacity.min()) >= _BACK:
        add("care", 0.0, _("Care goes on: no service loses more than 1% of its capacity."))
    else:
        day, worst = (int(x) for x in np.unravel_index(int(capacity.argmin()), capacity.shape))
        name = run.blueprints.services[int(active[worst])].name.local().in_language(language)
        add(
            "care",
            day,
            _(
                "The service that suffers most is “{service}”: {share} of its normal capacity.",
                service=name,
                share=format_percent(float(capacity[day, worst]), language),
            ),
        )
        below = np.flatnonzero((capacity < _BACK).any(axis=1))
        last = int(below[-1]) + 1
        if last < capacity.shape[0]:
            add("back", last, _("Every service has its normal capacity again."))
    if outage_h > 0.0:
        add(
            "back",
            outage_h / _HOURS_PER_DAY,
            _(
                "Every system is fully back, {span} after the damage.",
                span=say_span(outage_h / _HOURS_PER_DAY, language, _),
            ),
        )
    return sorted(steps, key=lambda step: step.hour)
