"""What a scenario can suppose, in a facility or in general; no engine is loaded for that."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hygie.core.tables import OUTCOMES
from hygie.facility.blueprints import Blueprints, load_blueprints
from hygie.facility.facility_files import load_facility
from hygie.facility.facility_graphs import build_graph
from hygie.facility.organisation import Facility
from hygie.knowledge.packs import load_catalogue
from hygie.scenario.specs import ClassSpec, ScenarioSpecs, load_specs
from hygie.service.scenario_choices import attack_outcomes, list_entries, list_targets, process_of_class
from hygie.service.words import OUTCOME_LABELS
from hygie.views.messages import Language, Translate, translator
from hygie.views.scenario import ChoiceView, ClassChoiceView, ScenarioListView

__all__ = ["list_scenarios"]


def list_scenarios(
    facility: Path | None, *, as_of: date, packs: tuple[str, ...] = (), language: Language
) -> ScenarioListView:
    """Return what a scenario can suppose, in a facility or, without one, in general.

    Raises
    ------
    HygieError
        The facility file is wrong, with its repair.
    """
    _ = translator(language)
    catalogue = load_catalogue(as_of=as_of, extra_paths=[Path(pack) for pack in packs])
    blueprints = load_blueprints(catalogue)
    specs = load_specs(catalogue)
    described = None
    if facility is not None:
        described = load_facility(facility, blueprints=blueprints, known_evidence=frozenset(catalogue.evidence))
    return ScenarioListView(
        language=language,
        facility=None if described is None else described.name,
        classes=[_list_class(spec, specs, blueprints, described, language, _) for spec in specs.classes],
        actors=[
            ChoiceView(id=ref, label=actor.name)
            for ref, actor in sorted(catalogue.actors.items())
            if actor.mode != "ddos" and actor.threat_classes
        ],
        providers=[ChoiceView(id=use.id, label=use.name) for use in (() if described is None else described.providers)],
        controls=[
            ChoiceView(id=control.id, label=control.name.local().in_language(language))
            for control in blueprints.controls
        ],
    )


def _list_class(
    spec: ClassSpec,
    specs: ScenarioSpecs,
    blueprints: Blueprints,
    facility: Facility | None,
    language: Language,
    _: Translate,
) -> ClassChoiceView:
    label = spec.name.local().in_language(language)
    position = process_of_class(specs, spec.id)
    if position is None:
        occurs = "campaign" if spec.occurs_as == "campaign" else "provider"
        return ClassChoiceView.model_validate(
            {"id": spec.id, "label": label, "occurs": occurs, "outcomes": [], "entries": [], "targets": []}
        )
    process = specs.processes[position]
    graphs = list(blueprints.graphs.values()) if facility is None else [build_graph(facility, blueprints)]
    zones = {zone.id: zone.name.local().in_language(language) for graph in graphs for zone in graph.zones}
    vectors = {vector.id: vector.name.local().in_language(language) for vector in specs.vectors}
    targets = dict.fromkeys(zone for graph in graphs for zone in list_targets(process, graph))
    entries = dict.fromkeys(vector for graph in graphs for vector in list_entries(process, graph))
    outcomes = attack_outcomes(process, spec.id)
    return ClassChoiceView(
        id=spec.id,
        label=label,
        occurs="attempt",
        outcomes=[
            ChoiceView(id=outcome, label=_(OUTCOME_LABELS[outcome])) for outcome in OUTCOMES if outcome in outcomes
        ],
        entries=[ChoiceView(id=name, label=vectors[name]) for name in process.entries if name in entries],
        targets=[ChoiceView(id=name, label=zones[name]) for name in targets],
    )
