"""A scenario in the formats of others: the told event as an Attack Flow, its techniques as Navigator layers."""

from __future__ import annotations

from collections.abc import Mapping

from hygie.knowledge.exporters.attack_flow import FlowStep, export_attack_flow
from hygie.knowledge.exporters.navigator import LayerDomain, export_navigator
from hygie.knowledge.technique_words import TechniqueWords
from hygie.service.scenario_runs import ScenarioRun
from hygie.views.messages import translator
from hygie.views.scenario import EventStepView, ScenarioView

__all__ = ["write_exports"]

# ATT&CK releases of the embedded Enterprise matrix and of the techniques that packs carry.
_RELEASES = {"enterprise-attack": "17", "ics-attack": "18"}
_FILES: Mapping[LayerDomain, str] = {"enterprise-attack": "navigator.json", "ics-attack": "navigator_ics.json"}
_ACTS = frozenset({"entry", "move", "theft", "damage", "outage", "seen", "contained", "left"})


def write_exports(run: ScenarioRun, view: ScenarioView, *, words: Mapping[str, TechniqueWords]) -> dict[str, bytes]:
    """Return the exports of a scenario by file name; a matrix without techniques gives no layer."""
    _ = translator(view.language)
    marking = run.request.tlp
    flow = export_attack_flow(
        _chain_steps(view.event.steps, {zone.id: zone.label for zone in view.event.zones}, words),
        name=view.title,
        description=" ".join([_("Simulated, not observed."), *view.sentences[:1], view.event.rule, view.reproduce]),
        created=f"{run.request.as_of.isoformat()}T00:00:00.000Z",
        marking=marking,
    )
    found = {"attack_flow.json": flow}
    for domain, name in _FILES.items():
        ics = domain == "ics-attack"
        scores = {
            technique.id: round(technique.share, 4)
            for technique in view.techniques
            if technique.id.startswith("T0") is ics and technique.share > 0.0
        }
        if scores:
            found[name] = export_navigator(
                scores,
                name=view.title[:100],
                description=_("Share of the simulated events that use each technique.") + " " + view.reproduce,
                attack_version=_RELEASES[domain],
                domain=domain,
                marking=marking,
                metadata={"digest": view.digest},
                language=view.language,
            )
    return found


def _chain_steps(
    steps: list[EventStepView], labels: Mapping[str, str], words: Mapping[str, TechniqueWords]
) -> list[FlowStep]:
    """Return the steps of the attack with what each comes after: the way into a zone, else the step before."""
    arrival: dict[str, int] = {}
    chain: list[FlowStep] = []
    for step in steps:
        if step.kind not in _ACTS:
            continue
        if not chain:
            after: tuple[int, ...] = ()
        elif step.source is not None and step.source in arrival:
            after = (arrival[step.source],)
        else:
            after = (len(chain) - 1,)
        if step.zone is not None:
            arrival.setdefault(step.zone, len(chain))
        chain.append(
            FlowStep(
                name=step.text,
                description=step.when,
                techniques={name: words[name].name if name in words else name for name in step.techniques},
                asset=None if step.zone is None else labels[step.zone],
                after=after,
            )
        )
        if not chain[-1].techniques:
            # What is no act is a condition, and says all in its description.
            chain[-1] = FlowStep(
                name=step.text,
                description=f"{step.when}: {step.text}",
                techniques={},
                asset=None,
                after=after,
            )
    return chain
