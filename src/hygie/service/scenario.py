"""The scenario explorer: suppose that one event happens, and see what follows."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from hygie.core.errors import StoreError
from hygie.core.tables import YELT_COLUMNS
from hygie.knowledge.markings import exceeds_ceiling
from hygie.knowledge.technique_words import TechniqueWords, describe_techniques
from hygie.service.scenario_exports import write_exports
from hygie.service.scenario_list import list_scenarios
from hygie.service.scenario_request import ScenarioRequest
from hygie.service.scenario_runs import Progress, ScenarioRun, run_events
from hygie.service.scenario_view import build_scenario_view
from hygie.store.results import write_result
from hygie.views.charts_scenario import draw_scenario_pictures
from hygie.views.messages import LANGUAGES, Language
from hygie.views.scenario import ScenarioView

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
