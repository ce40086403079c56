"""Small scenarios of the example, simulated once for all tests of a session."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from hygie.service.scenario import Scenario, run_scenario
from hygie.service.scenario_request import ScenarioRequest

EXAMPLE = Path(__file__).parents[1] / "examples" / "chsf.yaml"
SIZE = {"events": 4_000, "draws": 20, "replays": 60, "as_of": date(2026, 11, 23)}


def request_of(threat_class: str, **more: Any) -> ScenarioRequest:
    return ScenarioRequest(facility=str(EXAMPLE), threat_class=threat_class, **{**SIZE, **more})


@cache
def scenario_of(threat_class: str, *more: tuple[str, Any]) -> Scenario:
    return run_scenario(request_of(threat_class, **dict(more)), threads=1)
