"""The scenario explorer: suppose that one event happens, and see what follows; list what can be supposed."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from hygie.core.errors import StoreError
from hygie.core.tables import OUTCOMES, YELT_COLUMNS
from hygie.facility.blueprints import Blueprints, load_blueprints
from hygie.facility.facility_files import load_facility
from hygie.facility.facility_graphs import build_graph
from hygie.facility.organisation import Facility
from hygie.knowledge.markings import exceeds_ceiling
from hygie.knowledge.packs import load_catalogue
from hygie.knowledge.technique_words import TechniqueWords, describe_techniques
from hygie.scenario.specs import ClassSpec, ScenarioSpecs, load_specs
from hygie.service.scenario_choices import attack_outcomes, list_entries, list_targets, process_of_class
from hygie.service.scenario_exports import write_exports
from hygie.service.scenario_request import ScenarioRequest
from hygie.service.scenario_runs import Progress, ScenarioRun, run_events
from hygie.service.scenario_view import build_scenario_view
from hygie.service.words import OUTCOME_LABELS
from hygie.store.results import write_result
from hygie.views.charts_scenario import draw_scenario_pictures
from hygie.views.messages import LANGUAGES, Language, Translate, translator
from hygie.views.scenario import ChoiceView, ClassChoiceView, ScenarioListView, ScenarioView

__all__ = ["Scenario", "list_scenarios", "run_scenario", "save_scenario"]


@dataclass(frozen=True, slots=True)
class Scenario:
    """The result of a scenario: what is shown, and what stands behind it."""

    request: ScenarioRequest
    run: ScenarioRun
    views: Mapping[Language, ScenarioView]
    words: Mapping[str, TechniqueWords]

    @property
    def view(self) -> ScenarioView:
        """The view in the language that was asked for."""
        return self.views[self.request.language]


def run_scenario(request: ScenarioRequest, *, threads: int = 2, progress: Progress | None = None) -> Scenario:
    """Suppose that one event happens to a facility, and return what follows.

    Parameters
    ----------
    threads
        Workers; the result does not depend on it.
    progress
        Called with (stage, done, in all).

    Raises
    ------
    HygieError
        Input that is wrong, with its repair, or suppositions under which no event is left.
    """

    def report(stage: str, done: int, total: int) -> None:
        if progress is not None:
            progress(stage, done, total)

    run = run_events(request, threads=threads, progress=report)
    words = describe_techniques(run.catalogue.techniques)
    views = {language: build_scenario_view(run, language, words=words) for language in LANGUAGES}
    report("measure", 1, 1)
    return Scenario(request, run, views, words)


def save_scenario(scenario: Scenario, folder: Path) -> tuple[Path, tuple[str, ...]]:
    """Write what a scenario shows and its events; return the folder and the exports that the ceiling held back.

    Raises
    ------
    StoreError
        The place is taken by something else, or cannot be written.
    """
    run = scenario.run
    yelt = run.events.yelt
    units = {name: column.unit for name, column in YELT_COLUMNS.items()}
    manifest = {
        "kind": "scenario",
        "version": scenario.view.version,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "marking": scenario.view.tlp,
        "request": scenario.request.model_dump(mode="json", by_alias=True),
        "facility": run.facility.model_dump(mode="json", by_alias=True),
        "digest": yelt.digest,
        "model_digest": yelt.model_digest,
        "packs": scenario.view.packs,
        "labels": {name: getattr(yelt.labels, name) for name in yelt.labels.__slots__},
        "platform": {"python": platform.python_version(), "machine": platform.machine(), "numpy": np.__version__},
    }
    written = write_result(
        folder,
        manifest=manifest,
        views={f"scenario.{name}": view.model_dump(mode="json") for name, view in scenario.views.items()},
        tables={
            "events": (
                yelt.columns,
                {"digest": yelt.digest, **{f"unit.{name}": unit for name, unit in units.items()}},
            )
        },
    )
    held = exceeds_ceiling(scenario.request.tlp, ceiling=scenario.request.tlp_ceiling)
    exports = write_exports(run, scenario.view, words=scenario.words)
    try:
        for name, content in draw_scenario_pictures(scenario.view).items():
            (written / name).write_bytes(content)
        for name, content in exports.items():
            if not held:
                (written / name).write_bytes(content)
    except OSError as error:
        raise StoreError(
            f"the result could not be written: {error.strerror}",
            file=str(written),
            repair="free some disk space or choose another --out",
        ) from error
    return written, tuple(exports) if held else ()


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
